"""What a writer wrote before it was checked, folded under what came of it: kept, withdrawn and why, thought."""

from itertools import chain

from rag.types import Draft, Fault, FaultKind, WrittenSentence
from ui.web import strings
from ui.web.markup import literal

_HARMLESS = frozenset({FaultKind.UNFINISHED, FaultKind.REPEATED})  # faults that say nothing against the sentence
_FINISHES = {"length": strings.FINISH_LENGTH, "loop": strings.FINISH_LOOP}


def withdrawal(draft: Draft) -> str:
    """Return a line on how many sentences were taken out; nothing when all stand."""
    lost = [{fault.kind for fault in each.faults} for each in draft.sentences if not each.kept]
    wrong = sum(not kinds or bool(kinds - _HARMLESS) for kinds in lost)
    counts = ((strings.WITHDRAWN, wrong), (strings.LEFT_OUT, len(lost) - wrong))
    lines = [line.format(count=count) for line, count in counts if count]
    return f'<p class="yj-withdrawal">{strings.FAULTS_JOINED.join(lines)}</p>' if lines else ""


def folded(draft: Draft) -> str:
    """Return the draft, with what was withdrawn struck through, and the thinking, each folded."""
    parts = []
    if draft.text.strip():
        finish = _FINISHES.get(draft.finish)
        note = f'<p class="yj-finish">{finish}</p>' if finish else ""
        parts.append(_fold(strings.DRAFT_FOLDED, f'<div class="yj-draft">{_sentences(draft)}</div>{note}'))
    if draft.thinking.strip():
        parts.append(_fold(strings.THINKING_FOLDED, f'<div class="yj-draft">{literal(draft.thinking.strip())}</div>'))
    return "".join(parts)


def reason(fault: Fault, sentence: str) -> str:
    """Return what is wrong in words, with the characters it concerns unless they are the whole sentence."""
    whole = not fault.text.strip() or fault.text.strip() == sentence.strip()
    quoted = "" if whole else strings.FAULT_QUOTED.format(text=fault.text)
    return strings.FAULTS[fault.kind].format(quoted=quoted)


def _sentences(draft: Draft) -> str:
    pieces, position = [], 0
    for each in sorted(draft.sentences, key=lambda each: each.span):
        pieces += [literal(draft.text[position : each.span.start]), _sentence(each, each.span.of(draft.text))]
        position = each.span.end
    return "".join(chain(pieces, [literal(draft.text[position:])]))


def _sentence(written: WrittenSentence, text: str) -> str:
    if written.kept:
        return literal(text)
    reasons = strings.FAULTS_JOINED.join(dict.fromkeys(reason(fault, text) for fault in written.faults))
    why = f'<span class="yj-fault">{literal(reasons)}</span>' if reasons else ""
    return f"<del>{literal(text)}</del>{why}"


def _fold(summary: str, inner: str) -> str:
    return f'<details class="yj-fold"><summary>{summary}</summary>{inner}</details>'
