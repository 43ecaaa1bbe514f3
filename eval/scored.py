"""One row as the metrics see it: question, prediction and articles, and once each what several metrics need of them.

Nothing is worked out before a metric asks for it. What rows share (a passage's text, a gold answer's form) is kept
from row to row.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

from eval.content import content_tokens
from eval.normal import normalise, without_markers, without_punctuation
from eval.prediction import CitationJson, HitJson, Lookup, PredictionJson, is_document, is_story
from eval.questions import Question
from eval.support import Cited, figures
from models.fold import fold_text
from rag.text.sentences import sentence_spans

_MARKERS = re.compile(r"(?:\[\d+\]\s*)+")
_NUMBER = re.compile(r"\d+")
_WRAPPED = re.compile(r"(?<![。！？!?…：:\]\s])[ \t]*\n\s*")  # a line break that ends no sentence
_GAP = re.compile(r"(?<=[A-Za-z0-9])\s+(?=[A-Za-z0-9])")
_GROUPING = re.compile(r"(?<=\d),(?=\d{3})")


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of an answer and the citations that its markers name."""

    text: str  # without markers
    markers: tuple[int, ...]
    cited: tuple[Cited, ...]  # of the markers that stand for a citation
    factual: bool  # it says something that can be true or false


@lru_cache(maxsize=4096)
def folded_text(text: str) -> str:
    """Return a passage or quote folded, with its punctuation; `;` parts Latin words and numbers that white space did.

    Grouping commas are left out: 1,200 is 1200.
    """
    return _GROUPING.sub("", fold_text(_GAP.sub(";", text)))


@lru_cache(maxsize=4096)
def normal_text(text: str) -> str:
    """Return a passage or quote as `normalise` has it."""
    return without_punctuation(folded_text(text))


@lru_cache(maxsize=4096)
def normal_items(items: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """Return gold items normalised. An alias of nothing but punctuation is left out: every text would hold it."""
    return tuple(tuple(filter(None, map(normalise, item))) for item in items)


def _published(citation: CitationJson) -> date | None:
    try:
        return date.fromisoformat(citation.get("published") or "")
    except ValueError:  # a partial date
        return None


def _is_factual(text: str) -> bool:
    """Tell whether a sentence claims something: not a lead-in (具体如下：), a question, or words without content."""
    if text.rstrip("”」』）)").endswith(("：", ":", "？", "?")):
        return False
    return bool(content_tokens(text) or figures(text))


class Scored:
    """A question, what was predicted, and the articles."""

    def __init__(self, question: Question, prediction: PredictionJson, lookup: Lookup) -> None:
        self.question = question
        self.prediction = prediction
        self.lookup = lookup
        self._same: dict[tuple[str, str], bool] = {}

    @property
    def declined(self) -> bool:
        """Whether there is no answer."""
        return self.prediction["abstained"]

    @cached_property
    def answer(self) -> str:
        """The answer without markers; empty where it was declined, whose words answer nothing."""
        return "" if self.declined else without_markers(self.prediction["answer"])

    @cached_property
    def normal(self) -> str:
        """The answer as gold answers are looked for in it."""
        return normalise(self.answer)

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """The answer's content tokens."""
        return content_tokens(self.answer)

    @property
    def items(self) -> tuple[tuple[str, ...], ...]:
        """The gold answers, normalised."""
        return normal_items(self.question.answers)

    @cached_property
    def by_marker(self) -> dict[int, tuple[Cited, ...]]:
        """The citations of each marker."""
        found: dict[int, tuple[Cited, ...]] = {}
        for citation in self.prediction["citations"]:
            cited = Cited(citation["quote"], citation.get("title") or "", _published(citation))
            found[citation["marker"]] = (*found.get(citation["marker"], ()), cited)
        return found

    @cached_property
    def cited(self) -> tuple[Cited, ...]:
        """All citations."""
        return tuple(cited for together in self.by_marker.values() for cited in together)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """The answer's sentences; markers belong to the sentence that they stand in or directly behind."""
        if self.declined:
            return ()
        written: list[tuple[str, list[int]]] = []
        text = _WRAPPED.sub(" ", self.prediction["answer"])
        for span in sentence_spans(text):
            sentence = span.of(text)
            leading = _MARKERS.match(sentence)
            if leading and written:  # 工作结束。[1]另外……
                written[-1][1].extend(map(int, _NUMBER.findall(leading.group())))
                sentence = sentence[leading.end() :]
            named = [int(number) for run in _MARKERS.findall(sentence) for number in _NUMBER.findall(run)]
            if without_markers(sentence).strip():
                written.append((sentence, named))
            elif written:
                written[-1][1].extend(named)
        return tuple(self._statement(sentence, named) for sentence, named in written)

    def _statement(self, sentence: str, named: Iterable[int]) -> Statement:
        text, markers = without_markers(sentence).strip(), tuple(dict.fromkeys(named))
        cited = tuple(one for marker in markers for one in self.by_marker.get(marker, ()))
        return Statement(text, markers, cited, _is_factual(text))

    @cached_property
    def claims(self) -> tuple[Statement, ...]:
        """The sentences that claim something."""
        return tuple(statement for statement in self.statements if statement.factual)

    @property
    def shown(self) -> Iterator[str]:
        """The texts shown with the answer, folded one by one as they are asked for: quotes first, then hits."""
        yield from (folded_text(cited.quote) for cited in self.cited)
        yield from (folded_text(hit["text"]) for hit in self.prediction["hits"])

    @cached_property
    def hit_articles(self) -> tuple[str, ...]:
        """The article of each hit, in order."""
        return tuple(hit["article_id"] for hit in self.prediction["hits"])

    @cached_property
    def documents(self) -> tuple[str, ...]:
        """The ranking of articles: each at the place of its first hit."""
        return tuple(dict.fromkeys(self.hit_articles))

    @cached_property
    def stories(self) -> dict[str, HitJson]:
        """The first hit of each article, which tells where else its story stands."""
        found: dict[str, HitJson] = {}
        for hit in self.prediction["hits"]:
            found.setdefault(hit["article_id"], hit)
        return found

    def is_document(self, doc_id: str, article_id: str) -> bool:
        """Tell whether gold data that says `doc_id` means this article, or another that prints the same story."""
        pair = doc_id, article_id
        if pair not in self._same:
            hit = self.stories.get(article_id)
            same = is_document(doc_id, article_id, self.lookup) if hit is None else is_story(doc_id, hit, self.lookup)
            self._same[pair] = same
        return self._same[pair]

    def depth(self, doc_id: str) -> float:
        """Return the rank of the first hit of a gold article, counted from 1; infinity where there is none."""
        meant = {article for article in self.documents if self.is_document(doc_id, article)}
        places = (rank for rank, article in enumerate(self.hit_articles, start=1) if article in meant)
        return next(places, math.inf)

    @cached_property
    def document_depths(self) -> tuple[float, ...]:
        """The depth of each gold article."""
        return tuple(map(self.depth, self.question.grades))

    @cached_property
    def group_depths(self) -> tuple[float, ...]:
        """The depth of each evidence group: that of its first article found."""
        return tuple(min(map(self.depth, group), default=math.inf) for group in self.question.evidence_groups)

    @cached_property
    def answer_depth(self) -> float:
        """How many hits hold the gold answer together: at that depth every item has an alias in one of them."""
        missing, rank = list(self.items), 0
        for rank, hit in enumerate(self.prediction["hits"], start=1):
            if not missing:
                return rank - 1
            text = normal_text(hit["text"])
            missing = [item for item in missing if not any(alias in text for alias in item)]
        return math.inf if missing else rank
