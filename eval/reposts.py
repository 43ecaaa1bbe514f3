"""How well reposts are told from other articles: pairs made by rules from news, and the pairs that must stay apart.

    python -m eval.reposts PATH... [--count 2000] [--seed 0]

From articles of the files or folders given, copies are made as reposts are: shortened, under another head, with other
punctuation, with sentences swapped, with a paragraph added, with another lead, and all of it together. From the same
articles come pairs that look alike and are not the same story: the same notice with other figures, two stories with
the same background paragraph, a follow-up that repeats half of the old report, and digests of two stories; and from the
news itself, notices of one series (the same head but for its figures). Everything lies in one pool and is clustered as
the index does it. Precision and recall are of the labelled pairs; reposts that the news itself holds are not labelled.
Prints a table, and one JSON document as the very last line.
"""

import argparse
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from models.fold import fold_text
from rag.articles import load, read_article
from rag.articles.reposts import clusters_of
from rag.text.sentences import sentence_spans
from rag.types import Refusal

_SHORTEST = 200  # characters of an article that copies are made from
_FIGURES = 8  # figures of an article that is made into a notice of a series
_HEAD = 24  # characters of a head by which notices of one series are known
_DIGITS = re.compile(r"\d+")
_WIDE = str.maketrans("，。！？：；（）“”", ',.!?:;()""')


@dataclass(frozen=True, slots=True)
class Labelled:
    """A pair of texts, by their places in the pool."""

    kind: str
    same: bool
    first: int
    second: int


def _sentences(text: str) -> list[str]:
    return [span.of(text) for span in sentence_spans(text)]


def _shortened(text: str, _: str, chance: random.Random) -> str:
    sentences = _sentences(text)
    kept = max(2, round(len(sentences) * chance.uniform(0.3, 0.7)))
    return "".join(sentences[:kept])


def _thinned(text: str, _: str, chance: random.Random) -> str:
    sentences = _sentences(text)
    kept = sorted(chance.sample(range(len(sentences)), max(2, round(len(sentences) * chance.uniform(0.4, 0.7)))))
    return "".join(sentences[i] for i in kept)


def _reheaded(text: str, other: str, chance: random.Random) -> str:
    head = _sentences(other)[0][: chance.randint(12, 40)]
    return f"{head}\n2023-08-{chance.randint(10, 28)} 来源：某某网 编辑：某某\n{text}"


def _repunctuated(text: str, _: str, chance: random.Random) -> str:
    spaced = re.sub(r"(?<=[，。；])", lambda _: chance.choice(("", " ", "\n")), text)
    return spaced.translate(_WIDE)


def _swapped(text: str, _: str, chance: random.Random) -> str:
    sentences = _sentences(text)
    for _swap in range(max(1, len(sentences) // 3)):
        i = chance.randrange(len(sentences) - 1)
        sentences[i], sentences[i + 1] = sentences[i + 1], sentences[i]
    return "".join(sentences)


def _lengthened(text: str, other: str, chance: random.Random) -> str:
    added, wanted = "", len(text) * chance.uniform(0.15, 0.5)
    for sentence in _sentences(other):
        added += sentence
        if len(added) >= wanted:
            break
    return f"{text}\n{added}" if chance.random() < 0.7 else f"{added}\n{text}"


def _other_lead(text: str, other: str, _: random.Random) -> str:
    return _sentences(other)[0] + "".join(_sentences(text)[1:])


def _everything(text: str, other: str, chance: random.Random) -> str:
    return _reheaded(
        _repunctuated(_swapped(_shortened(text, other, chance), other, chance), other, chance), other, chance
    )


def _refigured(text: str, _: str, chance: random.Random) -> str:
    """Return the next notice of a series: every figure another one with as many digits."""
    return _DIGITS.sub(lambda found: "".join(chance.choice("123456789") for _ in found[0]), text)


def _few_refigured(text: str, _: str, chance: random.Random) -> str:
    """Return a notice in which half of the figures are others."""
    return _DIGITS.sub(
        lambda found: "".join(chance.choice("123456789") for _ in found[0]) if chance.random() < 0.5 else found[0],
        text,
    )


def _with_background(text: str, other: str, chance: random.Random) -> str:
    """Return another story that ends in a paragraph of this one: 20 to 40 % of what it then is."""
    wanted = len(other) * chance.uniform(0.25, 0.67)
    background = ""
    for sentence in reversed(_sentences(text)):
        if len(background) >= wanted:
            break
        background = sentence + background
    return other + background


def _follow_up(text: str, other: str, _: random.Random) -> str:
    """Return a new report of which the second half repeats half of the old one."""
    old = _sentences(text)
    half = "".join(old[: max(1, len(old) // 2)])
    new = ""
    for sentence in _sentences(other):
        if len(new) >= len(half):
            break
        new += sentence
    return new + half


Rule = Callable[[str, str, random.Random], str]
REPOSTS: dict[str, Rule] = {
    "shortened": _shortened,
    "thinned out": _thinned,
    "another head": _reheaded,
    "other punctuation": _repunctuated,
    "sentences swapped": _swapped,
    "paragraph added": _lengthened,
    "another lead": _other_lead,
    "all of it": _everything,
}
OTHERS: dict[str, Rule] = {
    "other figures": _refigured,
    "half of the figures": _few_refigured,
    "same background": _with_background,
    "follow-up": _follow_up,
}


def _made(texts: Sequence[str], pool: list[str], chance: random.Random) -> Iterator[Labelled]:
    """Add copies of the texts to the pool, one of each article: each kind gets its share of them."""
    rules = [(kind, True, rule) for kind, rule in REPOSTS.items()] + [
        (kind, False, rule) for kind, rule in OTHERS.items()
    ]
    for place, text in enumerate(texts):
        kind, same, rule = rules[place % len(rules)]
        if "figures" in kind and len(_DIGITS.findall(text)) < _FIGURES:
            continue
        other = texts[(place + len(texts) // 2 + 1) % len(texts)]
        pool.append(rule(text, other, chance))
        yield Labelled(kind, same, place, len(pool) - 1)
    for first in range(0, len(texts) - 3, 20):
        # Two stories and a digest of both: the stories must stay apart.
        pool.append("".join(_sentences(texts[first])[:5]) + "\n" + "".join(_sentences(texts[first + 1])[:5]))
        yield Labelled("two in a digest", False, first, first + 1)


def _series(texts: Sequence[str]) -> Iterator[Labelled]:
    """Yield neighbours of one series in the news: heads that differ in their figures alone, other figures within."""
    by_head: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        head = fold_text(text)[: 2 * _HEAD]
        if len(_DIGITS.findall(head)) >= 2:
            by_head[_DIGITS.sub("#", head)[:_HEAD]].append(place)
    for places in by_head.values():
        for first, second in pairwise(places):
            one, two = (set(_DIGITS.findall(fold_text(texts[i]))) for i in (first, second))
            if len(one & two) < 0.6 * min(len(one), len(two)):
                yield Labelled("series in the news", False, first, second)


def _texts(paths: Sequence[Path], count: int, chance: random.Random) -> list[str]:
    kept: list[str] = []
    seen: set[str] = set()
    articles = [item for item in load(paths) if not isinstance(item, Refusal)]
    chance.shuffle(articles)
    for loaded in articles:
        article = read_article(loaded)
        if isinstance(article, Refusal):
            continue
        body = article.body.of(article.text)
        if len(body) >= _SHORTEST and len(_sentences(body)) >= 5 and body not in seen:
            seen.add(body)
            kept.append(body)
        if len(kept) == count:
            break
    return kept


def measured(paths: Sequence[Path], count: int, seed: int) -> dict[str, object]:
    """Return what became of the labelled pairs."""
    chance = random.Random(seed)  # noqa: S311 - a fixed choice, not a secret
    texts = _texts(paths, count, chance)
    pool = list(texts)
    labelled = [*_made(texts, pool, chance), *_series(texts)]
    cluster = {place: number for number, places in enumerate(clusters_of(pool)) for place in places}
    kinds: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    truth: dict[str, bool] = {}
    for pair in labelled:
        truth[pair.kind] = pair.same
        kinds[pair.kind][0] += 1
        kinds[pair.kind][1] += pair.first in cluster and cluster[pair.first] == cluster.get(pair.second)
    right = sum(joined for kind, (_, joined) in kinds.items() if truth[kind])
    wrong = sum(joined for kind, (_, joined) in kinds.items() if not truth[kind])
    positives = sum(total for kind, (total, _) in kinds.items() if truth[kind])
    return {
        "articles": len(texts),
        "kinds": {kind: {"same": truth[kind], "pairs": n, "joined": joined} for kind, (n, joined) in kinds.items()},
        "precision": right / max(1, right + wrong),
        "recall": right / max(1, positives),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", type=Path, nargs="+", help="files or folders of articles")
    parser.add_argument("--count", type=int, default=2000, help="articles to make pairs from")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    figures = measured(arguments.paths, arguments.count, arguments.seed)
    kinds = figures["kinds"]
    assert isinstance(kinds, dict)
    lines = [f"{'kind':22} {'pairs':>6} {'joined':>7} {'right':>7}"]
    for kind, row in kinds.items():
        right = row["joined"] if row["same"] else row["pairs"] - row["joined"]
        lines.append(f"{kind:22} {row['pairs']:6} {row['joined']:7} {100 * right / row['pairs']:6.1f}%")
    lines.append(
        f"precision {100 * float(str(figures['precision'])):.2f}, recall {100 * float(str(figures['recall'])):.2f}"
    )
    print("\n".join(lines), json.dumps(figures, ensure_ascii=False), sep="\n")  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
