"""The `yiju` command: what can be typed, and what comes back as an exit code.

Nothing heavy is imported here: `--help` is instant, and each command pays only for what it uses.
"""

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import NoReturn

from models.errors import BadInputError, UsageError, YijuError
from rag.milvus.address import DENSE_INDEXES, SHAPES, TOKEN, parse_address

DEFAULT_LIBRARY = Path(".yiju")
IN_PLACE = Path()  # what `--only-failing` is without a run
_QUESTIONS = "JSON Lines, a table (.csv, .xlsx), or LOADER:PATH[?option=value&…], as rgb:zh.json?noise=0.4"


class _Parser(argparse.ArgumentParser):
    """Tells a usage error in one line instead of printing the whole usage."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}: `{self.prog} --help` shows what it takes")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2024-03-05") from error


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0")
    return value


def _port(text: str) -> int:
    value = int(text)
    if not 0 < value < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (1 to 65535)")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a count (1 or more)")
    return value


class _Commands:
    """A group of commands under construction; every command takes the library folder."""

    def __init__(self, parser: argparse.ArgumentParser, destination: str, metavar: str) -> None:
        self._made = parser.add_subparsers(dest=destination, required=True, metavar=metavar, parser_class=_Parser)

    def command(self, name: str, run: str, text: str) -> argparse.ArgumentParser:
        """Add a command; `run` names the function that carries it out."""
        made = self._made.add_parser(name, help=text, description=text)
        made.add_argument(
            "--library", type=Path, default=DEFAULT_LIBRARY, metavar="DIR", help="library folder (./.yiju)"
        )
        made.set_defaults(run=run)
        return made

    def group(self, name: str, text: str) -> "_Commands":
        """Add a group of commands."""
        return _Commands(self._made.add_parser(name, help=text, description=text), "action", "ACTION")


def _json(parser: argparse.ArgumentParser, what: str = "print one JSON object") -> None:
    parser.add_argument("--json", action="store_true", help=what)


def _understanding(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as-of", type=_date, metavar="DATE", help="the day that 去年 and its like count from (today)")
    parser.add_argument(
        "--no-filters", action="store_true", help="do not read dates and publishers from the question's words"
    )
    parser.add_argument(
        "--strictness", type=_positive, default=1.0, metavar="S", help="above 1 declines more often (1)"
    )


def _writer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--writer", metavar="MODEL", help="let this chat model write: a GGUF file, or a name in the models folder"
    )


def _reranker(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--reranker",
        metavar="MODEL",
        help="order passages by this sentence-transformers CrossEncoder: a folder, or a name in the Hugging Face cache",
    )


def _milvus(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--milvus",
        type=parse_address,
        metavar="ADDRESS",
        help="find passages in a Milvus collection that `yiju milvus sync` filled, and not on this machine",
    )


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = _Parser(prog="yiju", description="Answers from your own Chinese articles, with the words they rest on.")
    commands = _Commands(parser, "command", "COMMAND")
    _add_articles(commands)
    _add_answers(commands)
    _add_evaluation(commands.group("eval", "measure answers on a question set"))
    models = commands.group("models", "the models at work")
    _json(models.command("list", "list_models", "known models, and the writers in the models folder"), "a JSON list")
    models.command("verify", "verify_models", "compare every model file with the catalogue")
    _add_milvus(commands.group("milvus", "passages in a Milvus collection, for libraries past one machine"))
    doctor = commands.command("doctor", "doctor", "what works on this machine, what does not, and what to do about it")
    doctor.add_argument(
        "--repair", action="store_true", help="first mend what can be mended of the index; tells what it did"
    )
    _json(doctor)
    return parser


def _add_articles(commands: _Commands) -> None:
    index = commands.command("index", "index_articles", "bring files and folders in, or in step again")
    index.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help=(
            "folder, archive (.zip .tar .tar.gz) or file: .txt .md .html .mhtml .eml .pdf .docx .epub; "
            "with one article a row or line: .csv .tsv .xlsx .jsonl (.xz .gz)"
        ),
    )
    index.add_argument(
        "--embedder",
        metavar="MODEL",
        help="for a new library: your own sentence-transformers folder, or a name in the Hugging Face cache",
    )
    index.add_argument("--dry-run", action="store_true", help="only tell what would change")
    index.add_argument("--reread", action="store_true", help="read files again that seem untouched since the last time")
    _json(index, "print the report as one JSON object")

    articles = commands.group("articles", "what is in the library")
    _json(articles.command("list", "list_articles", "all articles"), "print a JSON list")
    show = articles.command("show", "show_article", "one article: metadata, cleaned text, what was removed and why")
    show.add_argument("id", help="article id, as listed")
    _json(show)


def _add_answers(commands: _Commands) -> None:
    ask = commands.command("ask", "ask", "one answer")
    ask.add_argument("question", help="what you want to know, in Chinese")
    _json(ask)
    ask.add_argument("--history", type=Path, metavar="FILE", help="earlier turns: JSON list of {question, answer}")
    _understanding(ask)
    _writer(ask)
    _reranker(ask)
    _milvus(ask)

    chat = commands.command("chat", "chat", "the chat page")
    chat.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="index these first")
    chat.add_argument("--port", type=_port, metavar="N", help="port (the first free one from 7860)")
    chat.add_argument("--host", default="127.0.0.1", metavar="H", help="address to listen on (127.0.0.1)")
    _writer(chat)
    _reranker(chat)
    _milvus(chat)

    why = commands.command("why", "why", "which stage lost an article for a question, or that the answer rests on it")
    why.description = (
        "Tells which stage lost an article for a question, or that the answer rests on it. The question is answered as "
        "`yiju ask` does by quoting, from the index on this machine."
    )
    why.add_argument("question", help="what was asked")
    why.add_argument("--article", required=True, metavar="ID", help="article id as listed, or its file or title")
    _json(why)
    _understanding(why)

    verify = commands.command("verify", "verify", "whether a sentence is supported by a text, both on standard input")
    verify.description = (
        "Tells whether a sentence is supported by a cited text, and which number, date or name is not. Standard input: "
        "a JSON object {sentence, cited}, or the sentence on the first line and the text on the lines after it."
    )
    _json(verify)


def _add_milvus(milvus: _Commands) -> None:
    sync = milvus.command("sync", "sync_milvus", "bring a collection in step with the library; only changes travel")
    sync.add_argument(
        "address", type=parse_address, metavar="ADDRESS", help=f"{SHAPES}; a server's token is read from {TOKEN}"
    )
    sync.add_argument("--dry-run", action="store_true", help="only tell what would change")
    sync.add_argument("--shards", type=_count, metavar="N", help="for a new collection of a server: its shards (1)")
    sync.add_argument("--replicas", type=_count, metavar="N", help="the same: copies in memory (1)")
    sync.add_argument(
        "--dense-index", choices=DENSE_INDEXES, metavar="KIND", help=f"the same: {', '.join(DENSE_INDEXES)}"
    )
    _json(sync, "print the report as one JSON object")


def _add_evaluation(evaluation: _Commands) -> None:
    run = evaluation.command("run", "eval_run", "answer every question of a set and measure")
    run.add_argument("questions", type=Path, metavar="QUESTIONS", help=_QUESTIONS)
    run.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of this run")
    run.add_argument("--resume", action="store_true", help="go on with an interrupted run")
    run.add_argument("--retry-errors", action="store_true", help="go on, and ask again what came to an error")
    run.add_argument(
        "--only-failing",
        nargs="?",
        type=Path,
        const=IN_PLACE,
        metavar="RUN",
        help="only what went wrong in an earlier run; without RUN, ask that again in DIR and keep the rest",
    )
    run.add_argument("--limit", type=_count, metavar="N", help="only the first N questions")
    run.add_argument("--smoke", type=_count, metavar="N", help="only N questions, of every kind as many as its share")
    run.add_argument("--answer-always", action="store_true", help="never decline (sets in which all can be answered)")
    _writer(run)
    _reranker(run)
    _milvus(run)
    compare = evaluation.command(
        "compare", "eval_compare", "two runs of one set, question by question, and whether the second got worse"
    )
    compare.add_argument("a", type=Path, metavar="A", help="folder of the run to compare with")
    compare.add_argument("b", type=Path, metavar="B", help="folder of the run that must not be worse")
    _json(compare)
    score = evaluation.command("score", "eval_score", "score a run's stored answers again, without a model")
    score.add_argument("run_folder", type=Path, metavar="RUN", help="folder of the run")
    check = evaluation.command("check", "eval_check", "look for mistakes in a question set")
    check.add_argument("questions", type=Path, metavar="QUESTIONS", help=_QUESTIONS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; a user's error is one line on standard error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A question of bytes that are no text, a terminal without Chinese: told as JSON would, not with a traceback.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        parsed = build_parser().parse_args(arguments)
        if parsed.command == "eval":
            from ui import eval_commands as commands
        elif parsed.command == "doctor":
            from ui import doctor as commands  # type: ignore[no-redef]
        elif parsed.command == "why":
            from ui import why as commands  # type: ignore[no-redef]
        else:
            from ui import commands  # type: ignore[no-redef]
        run: Callable[[argparse.Namespace], int] = getattr(commands, parsed.run)
        return run(parsed)
    except YijuError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - this is the command line
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing is left to say.
        sys.stderr.close()
        return 0
    except OSError as error:
        # A full disk, a folder without permission: the file system's own words, and what is safe.
        place = f" {error.filename}" if error.filename else ""
        print(  # noqa: T201
            f"error: the file system refused{place} ({error.strerror or error}): check permissions and free space; "
            "what was there before is untouched",
            file=sys.stderr,
        )
        return BadInputError.exit_code
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)  # noqa: T201
        return 130


if __name__ == "__main__":
    sys.exit(main())
