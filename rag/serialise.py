"""Core values as the JSON objects of the public contract (design: "The public contract").

Beside the contract's fields, a hit has `also_in` and a shown article `reposts`: where else the same story stands.
"""

from rag.library import Listed
from rag.types import Answer, Article, Citation, Condition, Draft, Hit, Repost


def citation_to_json(citation: Citation) -> dict[str, object]:
    """Return one entry of `citations`."""
    return {
        "marker": citation.marker,
        "article_id": citation.article_id,
        "title": citation.title,
        "source": citation.source,
        "published": citation.published.isoformat() if citation.published else None,
        "path": citation.path,
        "part": citation.part,
        "start": citation.span.start,
        "end": citation.span.end,
        "quote": citation.quote,
        "raw_start": citation.raw.start,
        "raw_end": citation.raw.end,
    }


def repost_to_json(repost: Repost) -> dict[str, object]:
    """Return one entry of `also_in` or `reposts`."""
    return {
        "article_id": repost.article_id,
        "title": repost.title,
        "source": repost.source,
        "published": repost.published.isoformat() if repost.published else None,
        "path": repost.path,
    }


def hit_to_json(hit: Hit) -> dict[str, object]:
    """Return one entry of `hits`."""
    return {
        "rank": hit.rank,
        "score": hit.score,
        "article_id": hit.passage.article_id,
        "passage_id": hit.passage.id,
        "text": hit.passage.text,
        "also_in": [repost_to_json(repost) for repost in hit.also_in],
    }


def draft_to_json(draft: Draft) -> dict[str, object]:
    """Return `draft`: what a writer wrote, sentence by sentence with what checking made of it."""
    return {
        "text": draft.text,
        "thinking": draft.thinking,
        "finish": draft.finish,
        "sentences": [
            {
                "start": sentence.span.start,
                "end": sentence.span.end,
                "kept": sentence.kept,
                "faults": [{"kind": fault.kind.value, "text": fault.text} for fault in sentence.faults],
            }
            for sentence in draft.sentences
        ],
    }


def condition_to_json(condition: Condition) -> dict[str, object]:
    """Return one entry of `filters`; only a `hard` one leaves articles out."""
    return {
        "kind": condition.kind.value,
        "label": condition.label,
        "from": condition.start.isoformat() if condition.start else None,
        "to": condition.end.isoformat() if condition.end else None,
        "sources": list(condition.sources),
        "hard": condition.hard,
    }


def answer_to_json(answer: Answer) -> dict[str, object]:
    """Return the object that `yiju ask --json` prints and that a run stores as `prediction`.

    Beside the contract's fields, `filters` is what the question's words asked of the articles, and an answer that a
    writer drafted has `draft`.
    """
    return {
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "mode": answer.mode,
        "answer": answer.text,
        "short_answer": answer.short_answer,
        "abstained": answer.abstention is not None,
        "reason": answer.abstention.value if answer.abstention else None,
        "confidence": answer.confidence,
        "citations": [citation_to_json(c) for c in answer.citations],
        "hits": [hit_to_json(h) for h in answer.hits],
        "filters": [condition_to_json(condition) for condition in answer.conditions],
        "timings_ms": dict(answer.timings_ms),
        "models": dict(answer.models),
        **({"draft": draft_to_json(answer.draft)} if answer.draft else {}),
    }


def listed_to_json(listed: Listed) -> dict[str, object]:
    """Return one entry of `yiju articles list --json`."""
    return {
        "id": listed.id,
        "title": listed.title,
        "published": listed.published.isoformat() if listed.published else None,
        "source": listed.source,
        "path": listed.path,
        "passages": listed.passages,
    }


def article_detail_to_json(article: Article, listed: Listed) -> dict[str, object]:
    """Return the object that `yiju articles show ID --json` prints."""
    return {
        **listed_to_json(listed),
        "text": article.text,
        "head": {"start": article.head.start, "end": article.head.end},
        "date_as_written": article.date_as_written,
        "author": article.author,
        "encoding": article.encoding,
        "damaged": article.damaged,
        "removed": [{"raw_start": r.raw.start, "raw_end": r.raw.end, "reason": r.reason} for r in article.removed],
        "reposts": [repost_to_json(repost) for repost in article.reposts],
    }
