"""The command line of the training: `python -m models.training <step> --data DIR --news DIR --work DIR`."""

import argparse
import functools
import sys
from collections.abc import Sequence
from pathlib import Path

from models.errors import UsageError, YijuError

VERSION = "v0"
READER_MINUTES = 58.0
EMBEDDER_MINUTES = 9.0
_SPANS_SHARE = 38 / 58  # of the reader's minutes; the rest is for groups
_STEPS = ("prepare", "reader", "choose", "embedder", "export", "figures", "cards", "all")
_say = functools.partial(print, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__)
    parser.add_argument("step", choices=_STEPS, help="what to do; all does everything, in this order")
    parser.add_argument("--data", type=Path, help="folder with rc/ and text/ (prepare)")
    parser.add_argument("--news", type=Path, help="folder with news*.jsonl or .jsonl.xz (prepare)")
    parser.add_argument("--work", type=Path, required=True, help="folder for prepared data, checkpoints and records")
    parser.add_argument("--out", type=Path, default=Path("models/weights"), help="folder of the finished weights")
    parser.add_argument("--tests", type=Path, default=Path("tests/data"), help="folder of the parity pairs")
    parser.add_argument("--minutes", type=float, help="training time of the step, or of all (reader 58, embedder 9)")
    parser.add_argument("--smoke", action="store_true", help="tiny models, to see that everything runs")
    return parser


def _minutes(given: argparse.Namespace, usual: float) -> float:
    """Return a step's training time; minutes given for all steps are shared out in the usual proportion."""
    if given.minutes is None:
        return usual
    minutes: float = given.minutes
    return minutes * usual / (READER_MINUTES + EMBEDDER_MINUTES) if given.step == "all" else minutes


def _prepare(given: argparse.Namespace) -> None:
    from models.training.prepare import prepare

    if given.data is None or given.news is None:
        msg = "prepare needs the data: give its folders with --data and --news"
        raise UsageError(msg)
    prepare(given.data, given.news, given.work, processes=1 if given.smoke else 2, say=_say)


def _reader(given: argparse.Namespace) -> None:
    from models.training.groups import train_groups
    from models.training.spans import train_spans

    minutes = _minutes(given, READER_MINUTES)
    train_spans(given.work, minutes * _SPANS_SHARE, smoke=given.smoke, say=_say)
    train_groups(given.work, minutes * (1 - _SPANS_SHARE), smoke=given.smoke, say=_say)


def _choose(given: argparse.Namespace) -> None:
    from models.training.choose import choose

    choose(given.work, smoke=given.smoke, say=_say)


def _embedder(given: argparse.Namespace) -> None:
    from models.training.embedder import train_embedder

    train_embedder(given.work, _minutes(given, EMBEDDER_MINUTES), smoke=given.smoke, say=_say)


def _export(given: argparse.Namespace) -> None:
    from models.training.checkpoint import Checkpoint
    from models.training.embedder import CHECKPOINT, save_embedder
    from models.training.export import export_gguf, export_parity
    from models.training.figures import shipped_checkpoint

    checkpoint = Checkpoint.load(shipped_checkpoint(given.work))
    network = checkpoint.network()
    export_gguf(network, checkpoint.characters, given.out / "reader.gguf", VERSION)
    export_parity(network, checkpoint.characters, given.tests, VERSION)
    if (given.work / CHECKPOINT).exists():
        save_embedder(given.work, given.out / "embedder")


def _figures(given: argparse.Namespace) -> None:
    from models.training.embedder import CHECKPOINT
    from models.training.figures import embedder_figures, reader_figures

    reader_figures(given.work, given.out, smoke=given.smoke, say=_say)
    if (given.work / CHECKPOINT).exists():
        embedder_figures(given.work, given.out, say=_say)


def _cards(given: argparse.Namespace) -> None:
    from models.training.cards import write_cards

    write_cards(given.work, given.out)


def _all(given: argparse.Namespace) -> None:
    for step in (_prepare, _reader, _choose, _embedder, _export, _figures, _cards):
        step(given)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one step and return the exit status; what the user did wrong is told in one line."""
    given = _parser().parse_args(arguments)
    steps = dict(zip(_STEPS, (_prepare, _reader, _choose, _embedder, _export, _figures, _cards, _all), strict=True))
    try:
        steps[given.step](given)
    except YijuError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
