"""What may be wrong with a question set although it can be run: told, never a reason to stop.

A warning is worth its line only where it is right, so each rule speaks only where the set itself gives enough to tell:
quotes are looked into where there are quotes, contexts where the question brings its own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path, PurePath
from unicodedata import normalize

from eval.fields import shown
from eval.normal import normalise
from eval.prediction import context_lookup, is_document
from eval.questions import Evidence, Question, needs_library, read_set
from rag.library import Library
from rag.types import Context

_YES_OR_NO = frozenset(
    ("是", "不是", "否", "对", "不对", "错", "能", "不能", "可", "不可", "可以", "不可以", "有", "没有", "会", "不会")
) | {"需要", "不需要", "应当", "不应当", "yes", "no", "true", "false"}
"""Answers that are said of a passage, not found in it."""

_folded = lru_cache(maxsize=256)(normalise)  # the questions of one paragraph follow each other


def _without_gold(question: Question) -> Iterator[str]:
    gold = (question.answers, question.reference, question.nuggets, question.evidence, question.grades)
    if question.answerable is True and not any(gold):
        yield "is answerable, but nothing says how: no answers, reference, nuggets or evidence; add one"
    if question.answerable is True and question.expect == "refuse":
        yield "is answerable and expected to be declined (`expect`); change one of the two"


def _holds(text: str, words: str) -> bool:
    """Tell whether a text holds these words, as they stand (folding may depend on what is around) or normalised."""
    return words in text or normalise(words) in _folded(text)


def _stated(item: Sequence[str], texts: Sequence[str]) -> bool:
    """Tell whether one of the texts holds an alias; an answer that is no part of any text passes."""
    return any(normalise(alias) in _YES_OR_NO or any(_holds(text, alias) for text in texts) for alias in item)


def _answers_elsewhere(question: Question) -> Iterator[str]:
    """Look for gold answers in the question's own contexts, or else in the quotes of its evidence."""
    if question.answerable is False:
        return
    if question.contexts is not None:
        texts = [context.text for context in question.contexts]
        where, remedy = "its contexts", "mend the answer or the contexts"
    elif question.evidence and all(evidence.quote for evidence in question.evidence):
        texts = [evidence.quote for evidence in question.evidence]
        where, remedy = (
            "the quotes of its evidence",
            "add the article's own wording as an alternative, or mend the quote",
        )
    else:
        return
    for item in question.answers:
        if not _stated(item, texts):
            yield f"the answer {shown(' | '.join(item))} stands nowhere in {where}; {remedy}"


def _evidence_of_context(evidence: Evidence, context: Context) -> Iterator[str]:
    quote, start, end = evidence.quote, evidence.start, evidence.end
    name = shown(evidence.doc_id)
    if quote and not _holds(context.text, quote):
        yield f"the quote {shown(quote)} does not stand in the context {name}; copy it from there"
    elif start is not None and end is not None:
        cut = context.text[start:end]
        if (cut != quote) if quote else not cut:
            wanted = f"the quote {shown(quote)}" if quote else "any text"
            yield (
                f"the offsets {start} to {end} of the context {name} cut out {shown(cut)}, not {wanted};"
                " count characters from 0, or leave the offsets out"
            )


def _outside_contexts(question: Question) -> Iterator[str]:
    if question.contexts is None:
        return
    lookup = context_lookup(question.contexts)

    def named(doc: str) -> Context | None:
        return next((c for c in question.contexts or () if is_document(doc, c.id, lookup)), None)

    for doc in dict.fromkeys([*question.evidence_docs, *question.grades]):
        if named(doc) is None:
            yield f"its evidence is in {shown(doc)}, which is none of its contexts; give the id of a context"
    for evidence in question.evidence:
        if (context := named(evidence.doc_id)) is not None:
            yield from _evidence_of_context(evidence, context)


def _forbidden_gold(question: Question) -> Iterator[str]:
    for value in question.must_not:
        wrong = normalise(value)
        for alias in dict.fromkeys(alias for item in question.answers for alias in item):
            right = normalise(alias)
            if wrong == right:
                yield f"`must_not` forbids {shown(value)}, which is a gold answer; remove one of them"
            elif right in wrong:
                yield (
                    f"who answers {shown(value)}, which `must_not` forbids, is also right by the gold answer"
                    f" {shown(alias)}, a part of it; write more of the gold answer"
                )


_RULES: tuple[Callable[[Question], Iterator[str]], ...] = (
    _without_gold,
    _answers_elsewhere,
    _outside_contexts,
    _forbidden_gold,
)


def _asked(question: Question) -> object:
    """What makes two questions one: words, conversation, day and passages."""
    return normalise(question.question), question.history, question.as_of, question.contexts


def _gold(question: Question) -> object:
    if question.answers:
        return frozenset(frozenset(map(normalise, item)) for item in question.answers), question.answerable
    return normalise(question.reference or ""), question.answerable


def _place(question: Question, places: Mapping[str, str] | None) -> str:
    return (places or {}).get(question.id, f"question {question.id}")


def warnings(questions: Sequence[Question], places: Mapping[str, str] | None = None) -> list[str]:
    """Return what may be wrong, one line each, in the order of the questions.

    `places` says where each stands (file and line, or item), by id; without it a line begins with the id.
    """
    found: list[str] = []
    first: dict[object, Question] = {}
    for question in questions:
        texts = [text for rule in _RULES for text in rule(question)]
        other = first.setdefault(_asked(question), question)
        if _gold(other) != _gold(question):
            texts.append(f"asks the same as {shown(other.id)}, but has another gold answer; one of them must be wrong")
        found += [f"{_place(question, places)}: {text}" for text in texts]
    return found


def _names(article_id: str, path: str) -> Iterator[str]:
    """Yield everything by which gold data may name an article: see `eval.prediction.is_document`."""
    yield article_id
    whole = normalize("NFC", path).replace("\\", "/")
    rest: str | None = whole
    while rest is not None:
        yield rest
        _, mark, after = rest.partition("/")
        rest = after if mark else None
    file, mark, line = whole.rpartition("#")
    yield PurePath(file).stem + mark + line if line.isdigit() and mark else PurePath(whole).stem


def missing_articles(questions: Sequence[Question], library: Library) -> list[tuple[str, str]]:
    """Return (question id, document) wherever the gold names an article that is not in the library.

    One pass over the list of articles: a second for a hundred thousand. Questions that bring contexts need none.
    """
    wanted: dict[str, list[tuple[str, str]]] = {}
    order: list[tuple[str, str]] = []
    for question in questions:
        if question.contexts is None:
            for doc in dict.fromkeys([*question.evidence_docs, *question.grades]):
                order.append((question.id, doc))
                for name in {doc, normalize("NFC", doc).replace("\\", "/")}:
                    wanted.setdefault(name, []).append((question.id, doc))
    found: set[tuple[str, str]] = set()
    for article in library.articles() if wanted else ():
        for name in _names(article.id, article.path):
            found.update(wanted.get(name, ()))
    return [named for named in order if named not in found]


def check_library(
    questions: Sequence[Question], library: Library, places: Mapping[str, str] | None = None
) -> list[str]:
    """Return a line for each article that holds evidence and is not in the library."""
    by_id = {question.id: question for question in questions}
    return [
        f"{_place(by_id[name], places)}: its evidence is in {shown(doc)}, which is not in the library;"
        " index that article, or mend the name"
        for name, doc in missing_articles(questions, library)
    ]


def findings(
    path: Path | str, open_library: Callable[[], Library | None] = lambda: None
) -> tuple[list[str], list[str]]:
    """Return the problems of a set, which keep it from being run, and the warnings about its readable questions.

    Of a set that can be run and looks into a library, evidence that is not there is among the warnings; the library is
    opened for such a set only.

    Raises:
        BadInputError: the file cannot be read at all, or there is no such loader or option.

    """
    questions, problems, places = read_set(path)
    found = warnings(questions, places)
    if not problems and needs_library(questions) and (library := open_library()) is not None:
        found += check_library(questions, library, places)
    return problems, found
