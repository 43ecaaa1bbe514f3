"""Pages saved as one file (`.mhtml`, `.mht`) and messages (`.eml`): the part that is the page, as HTML or text."""

import email
import email.policy
import email.utils
from collections.abc import Iterator
from datetime import date
from email.message import EmailMessage, Message

from rag.articles.encoding import Decoded, UndecodableError, decode, family
from rag.articles.files import File, RefusedError
from rag.articles.hints import Hints
from rag.articles.loaded import Kind, Loaded
from rag.articles.markup import check_page
from rag.articles.pdf import usable
from rag.types import Refusal

_DAMAGE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What the parser of the standard library trips over in files that are no messages."""
_KINDS: dict[str, Kind] = {"text/html": "html", "application/xhtml+xml": "html", "text/plain": "text"}


def _decoded(part: Message) -> Decoded | None:
    """Return the text of a part; the charset that it states is a hint, held against how the text then looks."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes) or not data.strip():
        return None
    stated = part.get_content_charset()
    try:
        return decode(data, html=part.get_content_type() != "text/plain", stated=stated)
    except UndecodableError:
        if not stated or family(stated) is not None:
            raise
    try:
        return Decoded(data.decode(stated), stated)  # no Chinese text: what it says of itself is all there is
    except (LookupError, UnicodeDecodeError) as error:
        raise RefusedError(f"its text is not in the charset that it states ({stated})") from error


def _body(message: Message) -> tuple[Decoded, Kind] | None:
    """Return the first page in a message; its plain text, where there is no page."""
    for wanted, kind in _KINDS.items():
        for part in message.walk():
            if part.get_content_type() == wanted and part.get_content_disposition() != "attachment":
                decoded = _decoded(part)
                if decoded is not None:
                    return decoded, kind
    return None


def _stated(message: Message, name: str) -> str | None:
    try:
        return usable(str(message[name])) if message[name] is not None else None
    except _DAMAGE:
        return None


def _sent(message: Message) -> date | None:
    try:
        written = str(message["date"])
        return email.utils.parsedate_to_datetime(written).date()
    except _DAMAGE:
        return None


def _read(file: File, *, saved_page: bool) -> Iterator[Loaded | Refusal]:
    try:
        message = email.message_from_bytes(file.read(), EmailMessage, policy=email.policy.default)
        found = _body(message)
    except UndecodableError:
        raise
    except _DAMAGE as error:
        raise RefusedError("damaged: not a whole saved page or message") from error
    if found is None:
        raise RefusedError("no page and no text in it")
    decoded, kind = found
    if kind == "html":
        check_page(decoded.text)
    # A saved page is dated on the day that it was saved, which says nothing about its text.
    info = Hints(title=_stated(message, "subject"), published=None if saved_page else _sent(message))
    yield Loaded(file.path, decoded.text, decoded.encoding, kind, info=info)


def read_mhtml(file: File) -> Iterator[Loaded | Refusal]:
    """Yield the article of a page that a browser saved as one file."""
    return _read(file, saved_page=True)


def read_eml(file: File) -> Iterator[Loaded | Refusal]:
    """Yield a message as an article, without its attachments."""
    return _read(file, saved_page=False)
