"""A chat as the tokens of a prompt: the model's own template, with every message's text kept plain.

Templates are Jinja programs that come with the model; they run sandboxed. If the texts of messages went through them
and the whole were tokenised at once, `<|im_end|>` in an article would end the message. So a template is rendered with
an unguessable mark in place of each text and cut at the marks: only what the template itself wrote may become control
tokens, and a text never does.
"""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias

from models.errors import ModelError, one_line
from models.protocols import Message

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
Tokenise: TypeAlias = Callable[[str, bool], list[int]]  # text, whether control tokens in it count


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a prompt: what the template wrote, or a message's text, which is data."""

    text: str
    is_data: bool


@lru_cache(maxsize=4)
def _compiled(template: str) -> Any:
    import jinja2
    from jinja2.ext import Extension, loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(Extension):
        """`{% generation %}` marks what a model is trained on; here its body is written as it stands."""

        tags = {"generation"}  # noqa: RUF012 - Jinja's own attribute

        def parse(self, parser: Any) -> Any:
            next(parser.stream)
            return parser.parse_statements(("name:endgeneration",), drop_needle=True)

    def raise_exception(message: str) -> None:
        raise jinja2.TemplateError(message)

    def tojson(value: object, ensure_ascii: bool = False, indent: int | None = None) -> str:
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols], keep_trailing_newline=False
    )
    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = raise_exception
    environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)  # noqa: DTZ005 - local, as told
    return environment.from_string(template)


def _folded(messages: Sequence[Message]) -> list[Message]:
    """Return the messages with system texts in front of the first user text, and neighbours of one role joined."""
    system = "\n\n".join(message.text for message in messages if message.role == "system")
    joined: list[Message] = []
    for message in messages:
        if message.role == "system":
            continue
        text = message.text
        if system and message.role == "user":
            text, system = f"{system}\n\n{text}", ""
        if joined and joined[-1].role == message.role:
            joined[-1] = Message(message.role, f"{joined[-1].text}\n\n{text}")
        else:
            joined.append(Message(message.role, text))
    return [*([Message("user", system)] if system else []), *joined]


def _rendered(template: str, messages: Sequence[Message], special: Mapping[str, str]) -> list[Part]:
    """Return the parts of one rendering. Raises whatever the template raises, ModelError where a text is lost."""
    marks = [f"yiju{secrets.token_hex(12)}" for _ in messages]
    given = [{"role": m.role, "content": mark} for m, mark in zip(messages, marks, strict=True)]
    written = _compiled(template).render(
        messages=given, add_generation_prompt=True, enable_thinking=False, tools=None, documents=None, **special
    )
    parts: list[Part] = []
    for message, mark in zip(messages, marks, strict=True):
        before, found, written = written.partition(mark)
        if not found or mark in written:
            raise ModelError(f"its chat template does not write the {message.role}'s text exactly once, in order")
        parts += [Part(before, is_data=False), Part(message.text, is_data=True)]
    return [*parts, Part(written, is_data=False)]


def chat_parts(template: str, messages: Sequence[Message], special: Mapping[str, str]) -> list[Part]:
    """Return the prompt that asks for the next message of the assistant, thinking turned off, in parts.

    A template that knows no system role, or wants user and assistant to take turns, gets the system texts in front of
    the first user text, and neighbours of one role joined. `special` holds what a template may name, as `bos_token`.

    Raises:
        ModelError: the template is broken, or loses or repeats a text.

    """
    from jinja2 import TemplateError

    failures = (TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
    reasons: list[str] = []
    attempts = [list(messages)]
    if (folded := _folded(messages)) != attempts[0]:
        attempts.append(folded)
    for attempt in attempts:
        try:
            return _rendered(template, attempt, special)
        except ModelError as error:
            reasons.append(str(error))
        except failures as error:
            reason = one_line(error)[:200] or type(error).__name__
            reasons.append(f"its chat template fails ({reason})")
    raise ModelError(f"{reasons[0]}: take another GGUF of this model, or another model")


def opens_thinking(parts: Sequence[Part]) -> bool:
    """Tell whether the prompt's last words open a thinking block that the model is to close."""
    return parts[-1].text.rfind("<think>") > parts[-1].text.rfind("</think>")


def prompt_tokens(parts: Sequence[Part], tokenise: Tokenise, bos: int | None) -> list[int]:
    """Return the tokens of a prompt; `bos` stands first if the model wants one and the template has not written it."""
    tokens: list[int] = []
    for part in parts:
        if part.text:
            tokens += tokenise(part.text, not part.is_data)
    return tokens if bos is None or tokens[:1] == [bos] else [bos, *tokens]
