"""RGB (Chen et al., AAAI-24; chen700564/RGB): questions over five passages, some of them noise.

Source: `zh.json`, `zh_refine.json`, `zh_int.json`, `zh_fact.json`: JSON Lines with `query`, `answer`, `positive`,
`negative`, and `positive_wrong` in the counterfactual part. The data is CC BY-NC-SA 4.0 and not part of this project.

Protocol, as `evalue.py` (commit 65ec39e) draws it: ceil(passages × noise) negatives, the rest positives, both from the
head of their lists and clipped to what there is; with noise 1 negatives only. Where `positive` is a list of lists
(`_int`), one passage of each part comes first, then more of them, then negatives. With `positive_wrong` (`_fact`) the
positives are drawn in their falsified form, `correct` of the passages in the true one. Shuffled; the generator starts
from `seed` at every question, so the passages of each are those of the original. A list of answers must be met in
full, a list within it by one alias. Where the answer has parts, passages of every part are needed (`evidence_groups`).

Options: `noise=0` (a rate from 0 to 1, or several with commas: the questions once for each, ids `ID@0.4`),
`passages=5`, `correct=0`, `seed=2333`.

What differs: the part is told by the shape of its data, not by the file's name. A question with negatives alone is
unanswerable, and declining it is right; RGB looks for 信息不足 in the text instead, counts it as wrong elsewhere
without reporting how often, and lets a model decide in its Rej* figure. `fakeanswer` is kept as `must_not`, so that
answers that state it are counted; whether the answerer says that a passage is wrong (RGB's error detection) is not
measured.
"""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.fields import shown
from eval.loaders.files import records
from eval.loaders.items import Item, ShapeError, string, strings
from eval.loaders.source import Loader, Options
from models.errors import BadInputError

Passage = tuple[str, int]
"""A text and its label: 1 holds the answer, 0 does not, -1 holds a false one."""


@dataclass(frozen=True, slots=True)
class Draw:
    """How passages are drawn."""

    noise: float
    passages: int = 5
    correct: float = 0.0
    seed: int = 2333


def _labelled(texts: Sequence[str], label: int) -> list[Passage]:
    return [(text, label) for text in texts]


def _integration(
    parts: Sequence[Sequence[str]], negative: list[Passage], draw: Draw, rng: random.Random
) -> list[Passage]:
    """One of each part first; then their second ones, and so on, until there are as many positives as wanted."""
    wanted = draw.passages - math.ceil(draw.passages * draw.noise)
    shuffled = [list(part) for part in parts]
    for part in shuffled:
        rng.shuffle(part)
    texts = [part[0] for part in shuffled]
    more = [part[i] for i in range(1, max(map(len, shuffled))) for part in shuffled if len(part) > i]
    texts += more[: max(0, wanted - len(texts))]
    return _labelled(texts, 1) + negative[: max(0, draw.passages - len(texts))]


def _counterfactual(
    positive: list[Passage], wrong: list[Passage], negative: list[Passage], draw: Draw, rng: random.Random
) -> list[Passage]:
    noisy = math.ceil(draw.passages * draw.noise)
    true = math.ceil(draw.passages * draw.correct)
    indexes = list(range(len(positive)))
    false = rng.sample(indexes, min(len(indexes), max(0, draw.passages - noisy - true)))
    left = [index for index in indexes if index not in false]
    drawn = [wrong[index] for index in false]
    if true > 0 and left:
        drawn += [positive[index] for index in rng.sample(left, min(len(left), true))]
    return drawn + negative[:noisy]


def _base(positive: list[Passage], negative: list[Passage], draw: Draw) -> list[Passage]:
    noisy = math.ceil(draw.passages * draw.noise)
    clean = draw.passages - noisy
    if noisy > len(negative) and draw.noise < 1:
        noisy, clean = len(negative), draw.passages - len(negative)
    elif clean > len(positive):
        noisy, clean = draw.passages - len(positive), len(positive)
    return positive[:clean] + negative[:noisy]


def draw_passages(values: Mapping[str, object], draw: Draw) -> list[Passage]:
    """Return the passages of a question, in the order in which they are given.

    Raises:
        ShapeError: a list of passages is missing or is something else.

    """
    rng = random.Random(draw.seed)  # noqa: S311 - the protocol's own generator
    negative = _labelled(strings(values, "negative"), 0)
    parts = values.get("positive")
    if isinstance(parts, list) and parts and all(isinstance(part, list) for part in parts):
        texts = [strings({"positive": part}, "positive") for part in parts]
        if not all(texts):
            msg = "`positive` holds an empty list; every part of the answer needs a passage"
            raise ShapeError(msg)
        drawn = _integration(texts, negative, draw, rng)
    else:
        positive = _labelled(strings(values, "positive"), 1)
        if "positive_wrong" in values:
            wrong = _labelled(strings(values, "positive_wrong"), -1)
            if len(wrong) != len(positive):
                msg = f"`positive_wrong` holds {len(wrong)} passages, but must hold one for each of {len(positive)}"
                raise ShapeError(f"{msg}; mend or remove this item")
            drawn = _counterfactual(positive, wrong, negative, draw, rng)
        else:
            drawn = _base(positive, negative, draw)
    if not drawn:
        msg = "`positive` and `negative` give no passage; mend or remove this item"
        raise ShapeError(msg)
    rng.shuffle(drawn)
    return drawn


def _answers(values: Mapping[str, object]) -> list[list[object]]:
    given = values.get("answer")
    items = given if isinstance(given, list) else [given]
    return [item if isinstance(item, list) else [item] for item in items]


def _groups(values: Mapping[str, object], drawn: Sequence[Passage]) -> list[list[str]]:
    """Return the ids of the passages drawn of each part of the answer; nothing where it has one part."""
    parts = values.get("positive")
    if not isinstance(parts, list) or not all(isinstance(part, list) for part in parts):
        return []
    return [
        [f"p{n}" for n, (text, label) in enumerate(drawn, start=1) if label == 1 and text in part] for part in parts
    ]


def _values(values: Mapping[str, object], draw: Draw, made_id: str, suffix: str) -> dict[str, object]:
    drawn = draw_passages(values, draw)
    contexts = [
        {"id": f"p{number}", "text": text, "label": label} for number, (text, label) in enumerate(drawn, start=1)
    ]
    part = "counterfactual" if "positive_wrong" in values else "base"
    if isinstance(values.get("positive"), list) and any(isinstance(i, list) for i in values["positive"]):  # type: ignore[attr-defined]
        part = "integration"
    given = values.get("id")
    found: dict[str, object] = {
        "id": f"{made_id if given is None else given}{suffix}",
        "question": string(values, "query"),
        "answers": _answers(values),
        "answerable": any(label != 0 for _, label in drawn),
        "contexts": contexts,
        "tags": [f"rgb-{part}", f"noise-{draw.noise:g}"],
        "noise_rate": draw.noise,
        "passage_num": draw.passages,
        "seed": draw.seed,
    }
    evidence = [{"doc_id": context["id"]} for context in contexts if context["label"] == 1]
    if evidence:
        found["evidence"] = evidence
    if evidence and (groups := _groups(values, drawn)):
        found["evidence_groups"] = groups
    if values.get("fakeanswer"):
        found["must_not"] = [values["fakeanswer"]]
    return found


def _rate(text: str, name: str, path: Path) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 1:
        msg = f"{path}: the option `{name}` is {shown(text)}, but must be a number from 0 to 1, such as 0.4"
        raise BadInputError(msg)
    return value


def _whole(text: str, name: str, path: Path, least: int) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < least:
        msg = f"{path}: the option `{name}` is {shown(text)}, but must be a whole number from {least}"
        raise BadInputError(msg)
    return int(text)


def read(path: Path, options: Options) -> Iterator[Item]:
    """Yield the questions of a part of RGB, once for every noise rate.

    Raises:
        BadInputError: the file cannot be read, or an option's value is wrong.

    """
    rates = [_rate(text, "noise", path) for text in options["noise"].split(",")]
    passages = _whole(options["passages"], "passages", path, 1)
    correct = _rate(options["correct"], "correct", path)
    seed = _whole(options["seed"], "seed", path, 0)
    found = list(records(path))
    for rate in rates:
        draw = Draw(rate, passages, correct, seed)
        suffix = f"@{rate:g}" if len(rates) > 1 else ""
        for number, record in enumerate(found, start=1):
            if isinstance(record, Item):
                yield record
                continue
            place, values = record
            try:
                yield Item(place, _values(values, draw, f"item-{number}", suffix))
            except ShapeError as error:
                yield Item(place, problems=(str(error),))


LOADER = Loader("rgb", read, {"noise": "0", "passages": "5", "correct": "0", "seed": "2333"})
"""RGB."""
