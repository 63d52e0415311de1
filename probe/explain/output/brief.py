"""An explanation in short: what happened, who acts, what to do or run now, in at most 24 lines.

Everything that is left out is in the long form (`render`, `-v`). Decides nothing: the order of causes, advice
and next steps is the explanation's.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from probe.escaping import EVIDENCE, GUTTER
from probe.explain.explanation_model import CauseStanding, Explanation, Place, View, WeighedCause
from probe.explain.output.explanation_document import EXCERPT, Shown
from probe.remedies.advice import Actor, Advice

MAXIMUM_LINES = 24
"""Lines of a terminal of the usual size: an event that somebody pastes is answered on one screen."""

_WIDTH = 100
_DO_NOW = "Do now:        "
_MEANING_LINES = 3
_CITATION = re.compile(r"\[[a-z]+ \d+(?:\.\d+)*\]")
_HOST = re.compile(r"https?://([^/\s?#@]{1,260})(?:[/?#]|\Z)", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


def brief_lines(explanation: Explanation, shown: Shown) -> list[str]:
    """The short form of one explanation, at most `MAXIMUM_LINES` lines."""
    first = _first_open(explanation)
    lines = head_lines(explanation, shown)
    closing = list(_closing(explanation))
    others = [weighed for weighed in explanation.causes if weighed is not first]
    room = MAXIMUM_LINES - len(lines) - len(closing)
    blocks = [list(_meaning(explanation, shown))]
    if first is not None:
        blocks += [
            ["", *block] if number == 0 else block
            for number, block in enumerate(_cause(first, explanation, shown))
        ]
    detail = _whole_blocks(blocks, room - min(len(others), 2))
    return [*lines, *detail, *_others(others, room - len(detail)), *closing]


def _whole_blocks(blocks: list[list[str]], room: int) -> list[str]:
    """The first blocks that fit, none of them cut: a sentence that ends in its middle says nothing."""
    taken: list[str] = []
    for block in blocks:
        if len(taken) + len(block) > room:
            break
        taken += block
    return taken


def actor_name(actor: Actor, explanation: Explanation) -> str:
    """Who that is for the reader: in a log of the answering server the reader is that side."""
    if actor is Actor.NETWORK:
        return "the network between"
    if explanation.profile.view is View.ANSWERING_SERVER:
        return "the side whose log this is" if actor is Actor.PARTNER else "the side that asked"
    return "the partner" if actor is Actor.PARTNER else "your side"


def head_lines(explanation: Explanation, shown: Shown) -> list[str]:
    """What happened, who acts, what to do or run now."""
    return list(_head(explanation, _first_open(explanation), shown))


def _is_certain(weighed: WeighedCause, explanation: Explanation) -> bool:
    """Whether nothing else comes into question, or the text or a check names the cause."""
    return len(explanation.causes) == 1 or bool(weighed.evidence)


def _first_open(explanation: Explanation) -> WeighedCause | None:
    return next(
        (weighed for weighed in explanation.causes if weighed.standing is not CauseStanding.RULED_OUT), None
    )


def _head(explanation: Explanation, first: WeighedCause | None, shown: Shown) -> Iterator[str]:
    title = (
        explanation.knowledge.title
        if explanation.knowledge
        else "not known: the catalogue does not have this message"
    )
    happened = f"What happened: {title}"
    yield _cut(happened + _occasion(explanation, shown, _WIDTH - len(happened)))
    advice = first.cause.remedies[0] if first and first.cause.remedies else None
    actor = actor_name(advice.actor, explanation) if advice else "nobody yet: find out more first"
    yield f"Who acts:      {actor}"
    if first and advice and (_is_certain(first, explanation) or not explanation.next_steps):
        yield _cut(_DO_NOW + _first_sentence(advice.text))
    elif explanation.next_steps:
        yield f"Run now:       {explanation.next_steps[0].command}"
    else:
        yield "Run now:       probe explain -v, for all that could be read"
    if explanation.occurrences > 1:
        times = (
            f", {shown(explanation.first_seen)} to {shown(explanation.last_seen)}"
            if explanation.first_seen
            else ""
        )
        yield f"How often:     {explanation.occurrences} times{times}"


def _occasion(explanation: Explanation, shown: Shown, room: int) -> str:
    """Where, in brackets, as far as there is room: the host or path, the event, the way of asking."""
    way = explanation.profile.authentication.value
    known_way = way not in {"unknown", "none"} and not explanation.parts.http_path
    said = ""
    for part in (
        shown(_host(explanation.parts.url) or explanation.parts.http_path or ""),
        f"event {explanation.parts.event_id}" if explanation.parts.event_id else "",
        f"with {way}" if known_way else "",
    ):
        longer = f"{said}, {part}" if said and part else said or part
        if len(longer) + 3 <= room:
            said = longer
    return f" ({said})" if said else ""


def _host(url: str | None) -> str:
    match = _HOST.match(url or "")
    return match.group(1) if match else ""


def _meaning(explanation: Explanation, shown: Shown) -> Iterator[str]:
    yield ""
    if explanation.knowledge is None:
        yield from _wrapped(shown(explanation.text[:EXCERPT]), f"  {EVIDENCE}", f"  {EVIDENCE}")
        return
    sentences = _SENTENCE_END.split(explanation.knowledge.meaning)
    while len(sentences) > 1 and len(_wrapped(" ".join(sentences), "  ", "  ")) > _MEANING_LINES:
        sentences.pop()
    yield from _wrapped(" ".join(sentences), "  ", "  ")
    yield from (f"  {EVIDENCE}{shown(sentence)}" for sentence in explanation.evidence)


def _cause(weighed: WeighedCause, explanation: Explanation, shown: Shown) -> Iterator[list[str]]:
    mark = "Cause" if len(explanation.causes) == 1 else "Likeliest cause"
    seen = [f"    {EVIDENCE}seen: {shown(sentence)}" for sentence in weighed.evidence[:1]]
    yield [*_wrapped(f"{mark}: {weighed.cause.text}", "  ", "    "), *seen]
    yield _wrapped(f"How to tell: {weighed.cause.told_by}", "    ", "    ")
    said_now = (_is_certain(weighed, explanation) or not explanation.next_steps) and _fits(weighed)
    for number, advice in enumerate(weighed.cause.remedies):
        yield list(_advice(advice, explanation, whole=number == 0, begun=number == 0 and said_now))


def _fits(weighed: WeighedCause) -> bool:
    """Whether the first sentence of its first advice stood at the top uncut."""
    advice = weighed.cause.remedies[:1]
    return all(len(_DO_NOW + _first_sentence(piece.text)) <= _WIDTH for piece in advice)


def _advice(advice: Advice, explanation: Explanation, *, whole: bool, begun: bool) -> Iterator[str]:
    """The first advice with its commands; further ones by their first sentence. `begun`: the first sentence
    stands at the top already."""
    sentences = _SENTENCE_END.split(advice.text)
    said = " ".join(sentences[1:] if begun else sentences if whole else sentences[:1])
    if said:
        yield from _wrapped(f"Fix ({actor_name(advice.actor, explanation)}): {said}", "    ", "      ")
    if whole:
        yield from (f"      {GUTTER}{command}" for command in advice.commands[:6])


def _others(others: list[WeighedCause], room: int) -> Iterator[str]:
    """The other causes in at most `room` lines: one line each, those that do not fit by their names."""
    told = others if len(others) < room else others[: max(room - 2, 0)]
    if told:
        yield "  Other causes:"
    for weighed in told:
        ruled_out = "[ruled out] " if weighed.standing is CauseStanding.RULED_OUT else ""
        yield _cut(f"  {weighed.rank}. {ruled_out}{weighed.cause.text}")
    rest = ", ".join(weighed.cause.name for weighed in others[len(told) :])
    if rest:
        yield _cut(f"  {'Further' if told else 'Other causes'}: {rest} (-v)")


def _closing(explanation: Explanation) -> Iterator[str]:
    cited = dict.fromkeys(_CITATION.findall(explanation.knowledge.source if explanation.knowledge else ""))
    if explanation.profile.place is Place.UNKNOWN and explanation.parts.own_url:
        yield "  The URL in the text is your own server's; the partner's is not in it."
    yield f"  {', '.join(cited)}{': probe sources; ' if cited else ''}-v shows everything that was read"


def _first_sentence(text: str) -> str:
    return _SENTENCE_END.split(text)[0]


def _cut(line: str) -> str:
    if len(line) <= _WIDTH:
        return line
    return line[: line.rfind(" ", 0, _WIDTH - 1)] + " …"


def _wrapped(text: str, indent: str, further: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )
