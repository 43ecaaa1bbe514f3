"""The command line of the training: `python -m models.training <step> --data DIR --news DIR --work DIR`.

Training goes on from the checkpoints in the work folder; Ctrl-C saves one. The embedder comes before the reader:
questions that one report asks of another are found with its tokenizer.
"""

import argparse
import functools
import sys
from collections.abc import Sequence
from pathlib import Path

from models.errors import BadInputError, UsageError, YijuError

VERSION = "v1"
READER_MINUTES = 114.0
EMBEDDER_MINUTES = 12.0
_ALL = "all"
_SPANS_SHARE = 38 / 114  # of the reader's minutes; the rest is for groups
_say = functools.partial(print, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__)
    parser.add_argument("step", choices=[*_STEPS, _ALL], help="what to do; all does everything, in this order")
    parser.add_argument("--data", type=Path, help="folder with rc/ and text/ (prepare)")
    parser.add_argument("--news", type=Path, help="folder with news*.jsonl or .jsonl.xz (prepare, articles)")
    parser.add_argument(
        "--apart", type=Path, nargs="*", help="question files whose articles stay out (articles); else eval/sets/*/"
    )
    parser.add_argument("--work", type=Path, required=True, help="folder for prepared data, checkpoints and records")
    parser.add_argument("--out", type=Path, default=Path("models/weights"), help="folder of the finished weights")
    parser.add_argument("--tests", type=Path, default=Path("tests/data"), help="folder of the parity pairs")
    parser.add_argument("--model", choices=("reader", "embedder"), help="export, figures, cards: of this one alone")
    parser.add_argument("--minutes", type=float, help="training time of the step, or of all (reader 114, embedder 12)")
    parser.add_argument("--device", help="cpu, cuda, cuda:1, …; else a GPU if there is one")
    parser.add_argument("--smoke", action="store_true", help="tiny models, to see that everything runs")
    return parser


def _minutes(given: argparse.Namespace, usual: float) -> float:
    """Return a step's training time; minutes given for all steps are shared out in the usual proportion."""
    if given.minutes is None:
        return usual
    minutes: float = given.minutes
    return minutes * usual / (READER_MINUTES + EMBEDDER_MINUTES) if given.step == _ALL else minutes


def _apart(given: argparse.Namespace) -> list[Path]:
    return sorted(Path("eval/sets").glob("*/questions.jsonl")) if given.apart is None else given.apart


def _prepare(given: argparse.Namespace) -> None:
    from models.training.prepare import prepare

    if given.data is None or given.news is None:
        msg = "prepare needs the data: give its folders with --data and --news"
        raise UsageError(msg)
    prepare(given.data, given.news, given.work, _apart(given), processes=1 if given.smoke else 2, say=_say)


def _articles(given: argparse.Namespace) -> None:
    from models.training.embedder_articles import prepare_articles

    if given.news is None:
        msg = "articles needs the news: give its folder with --news"
        raise UsageError(msg)
    record = prepare_articles(given.news, given.work, _apart(given))
    _say(f"articles: {record['kept']} kept, {record['held_out']} held out, {record['apart']} near a question set")


def _reader(given: argparse.Namespace) -> None:
    from models.training.device import choose_device
    from models.training.groups import train_groups
    from models.training.spans import train_spans

    minutes, device = _minutes(given, READER_MINUTES), choose_device(given.device)
    train_spans(given.work, minutes * _SPANS_SHARE, smoke=given.smoke, device=device, say=_say)
    train_groups(given.work, minutes * (1 - _SPANS_SHARE), smoke=given.smoke, device=device, say=_say)


def _choose(given: argparse.Namespace) -> None:
    from models.training.choose import choose
    from models.training.device import choose_device

    choose(given.work, smoke=given.smoke, device=choose_device(given.device), say=_say)


def _embedder(given: argparse.Namespace) -> None:
    from models.training.embedder import train_embedder

    train_embedder(given.work, _minutes(given, EMBEDDER_MINUTES), smoke=given.smoke, say=_say)


def _reports(given: argparse.Namespace) -> None:
    from models.training.report_questions import prepare_reports

    record = prepare_reports(given.work, _say)
    _say(f"reports: {record['questions']} questions about {record['passages']} passages")


def _export(given: argparse.Namespace) -> None:
    if given.model != "embedder":
        _export_reader(given)
    if _embedder_too(given):
        from models.training.embedder import save_embedder

        save_embedder(given.work, given.out / "embedder")


def _embedder_too(given: argparse.Namespace) -> bool:
    """Say whether a step is about the embedder: it is named, or nothing is and it has been trained."""
    from models.training.embedder import CHECKPOINT

    return given.model == "embedder" or (given.model is None and (given.work / CHECKPOINT).exists())


def _export_reader(given: argparse.Namespace) -> None:
    from models.training.checkpoint import Checkpoint
    from models.training.export import export_gguf, export_parity
    from models.training.figures import shipped_checkpoint

    checkpoint = Checkpoint.load(shipped_checkpoint(given.work))
    network = checkpoint.network()
    export_gguf(network, checkpoint.characters, given.out / "reader.gguf", VERSION)
    export_parity(network, checkpoint.characters, given.tests, VERSION)


def _figures(given: argparse.Namespace) -> None:
    from models.training.device import choose_device
    from models.training.figures import embedder_figures, reader_figures

    if given.model != "embedder":
        device = choose_device(given.device)
        reader_figures(given.work, given.out, smoke=given.smoke, device=device, say=_say)
    if _embedder_too(given):
        embedder_figures(given.work, given.out, say=_say)


def _cards(given: argparse.Namespace) -> None:
    from models.training.cards import embedder_card, reader_card
    from models.training.files import write_text

    if given.model != "embedder":
        write_text(given.out / "reader.md", reader_card(given.work, given.out, VERSION))
    if _embedder_too(given):
        write_text(given.out / "embedder" / "README.md", embedder_card(given.work, given.out, VERSION))


_STEPS = {
    "prepare": _prepare,
    "articles": _articles,
    "embedder": _embedder,
    "reports": _reports,
    "reader": _reader,
    "choose": _choose,
    "export": _export,
    "figures": _figures,
    "cards": _cards,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one step and return the exit status; what the user did wrong is told in one line."""
    given = _parser().parse_args(arguments)
    try:
        for step in _STEPS.values() if given.step == _ALL else (_STEPS[given.step],):
            step(given)
    except YijuError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        place = f" {error.filename}" if error.filename else ""
        print(
            f"the file system refused{place} ({error.strerror or error}): check permissions and free space, then give "
            "the same command again; the last checkpoint is whole",
            file=sys.stderr,
        )
        return BadInputError.exit_code
    except KeyboardInterrupt:
        print("stopped; the same command goes on from what is saved", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
