"""The short form of a target, at most 15 lines, and the list of many: what an operator reads in the morning.

1. Of one target: the verdict, which endpoint decides it and for which caller, the flags, the log line, the
   cause, the fix and by whom, until when it holds, and what the other endpoints do.
2. Of several: a line each, worst first; then those that would fail or cannot be told in the short form, at
   most `_IN_SHORT`; then the counts.

The whole story is `probe.report.formats.text`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from probe.escaping import GUTTER, one_line
from probe.judgement.model import Outcome, Severity
from probe.report import summary
from probe.report.document import EndpointEntry, FindingEntry, JudgementEntry, RemedyEntry, ResultDocument
from probe.report.layout import Style, command_lines, moment, plain, wrapped

_IN_SHORT = 20
_COMMANDS = 2
_NAME_WIDTH = 32
_LONGEST_HEADING = 80  # of a name: cut further it names nobody, and a terminal breaks the line
_ROOM_FOR_REASONS = 64  # columns, below which a few letters of a reason would cost the names theirs
_LABELS = {
    Severity.FAILURE: "cause",
    Severity.UNKNOWN: "why",
    Severity.WARNING: "warning",
    Severity.INFO: "note",
}
_VERDICT_WIDTH = len(summary.VERDICTS[Outcome.SUCCESS])
_LISTED = {**summary.VERDICTS, Outcome.WARNING: "with warnings"}


def target_lines(document: ResultDocument, style: Style) -> Iterator[str]:
    """One target in short, at most 15 lines."""
    name = plain(document.target.input, max(style.width - 20, _LONGEST_HEADING))
    yield f"{style.strong(name)}: {verdict(document, style)}"
    if document.not_used is not None:
        yield from wrapped(document.not_used, 2, style, most=2)
    pair = summary.decisive(document)
    if pair is None:
        yield from wrapped(summary.headline(document), 2, style, most=3)
        return
    endpoint, judgement = pair
    yield from wrapped(_where(endpoint, judgement), 2, style, most=_most(style) - 1)
    if document.not_used is not None:
        would_be = summary.judgement_verdict(judgement)
        met = f"were it used: {would_be}: {summary.reason(judgement)}"
        yield from wrapped(met, 2, style, most=3)
        return
    yield from _judged(judgement, style)
    if (others := _others(document, judgement)) is not None:
        yield from wrapped(others, 2, style, most=_most(style) - 2)


def list_lines(documents: Sequence[ResultDocument], style: Style) -> Iterator[str]:
    """Many targets: the list, those in trouble in short, the counts."""
    ordered = sorted(documents, key=lambda document: (summary.urgency(document), document.target.input))
    listed = [d for d in ordered if not (style.only_problems and summary.is_fine(d))]
    yield from _rows(listed, style)
    pressing = [document for document in ordered if summary.needs_action(document)]
    for document in pressing[:_IN_SHORT]:
        yield ""
        yield from target_lines(document, style)
    if len(pressing) > _IN_SHORT:
        yield ""
        yield f"… and {len(pressing) - _IN_SHORT} more, listed above; -v or --format html has all of each"
    yield ""
    yield from wrapped(counts(documents), 0, style)


def overview_lines(documents: Sequence[ResultDocument], style: Style) -> Iterator[str]:
    """What ends the stories of many targets: the counts, and a line for each that is not fine."""
    yield from wrapped(counts(documents), 0, style)
    listed = [document for document in documents if not summary.is_fine(document)]
    yield from _rows(sorted(listed, key=summary.urgency), style)


def counts(documents: Sequence[ResultDocument]) -> str:
    """How many targets have which outcome, worst first."""
    return f"{summary.counted(len(documents), 'target')}: {'; '.join(summary.tally(documents))}"


def verdict(document: ResultDocument, style: Style) -> str:
    """The verdict as text reports write it: what decides in capitals, in the colour of its outcome."""
    return painted(summary.verdict(document), document.outcome, style)


def painted(words: str, outcome: Outcome, style: Style) -> str:
    """A verdict's words, those up to a semicolon in capitals, in the colour of the outcome."""
    head, mark, rest = words.partition(";")
    return style.paint(head.upper() + mark + rest, outcome)


def host(endpoint: EndpointEntry) -> str:
    """The host of an endpoint's URL, cleaned."""
    try:
        return one_line(urlsplit(endpoint.url).hostname or endpoint.url)
    except ValueError:  # a result file that somebody else wrote
        return one_line(endpoint.url)


def _rows(documents: Sequence[ResultDocument], style: Style) -> Iterator[str]:
    """A line each: the verdict, the target, and why or until when where there is room, cut to the width."""
    narrow = style.width < _ROOM_FOR_REASONS
    longest = style.width if narrow else min(60, style.width // 2)
    names = [one_line(document.target.input, longest) for document in documents]
    column = min(max(map(len, names), default=0), _NAME_WIDTH)
    for document, name in zip(documents, names, strict=True):
        word = _listed(document)
        start = f"{word:<{_VERDICT_WIDTH}}  "
        text = name if narrow else f"{name:<{column}}  {_why(document)}".rstrip()
        yield style.paint(start, document.outcome) + one_line(text, max(style.width - len(start), 20))


def _listed(document: ResultDocument) -> str:
    if document.not_used is not None:
        return "not used"
    return "below limit" if summary.is_below_limit(document) else _LISTED[document.outcome]


def _why(document: ResultDocument) -> str:
    if not summary.is_fine(document) or document.not_used is not None:
        return summary.headline(document)
    expiry = summary.expiry(document)
    return "" if expiry is None else f"until {expiry:%Y-%m-%d}"


def _where(endpoint: EndpointEntry, judgement: JudgementEntry) -> str:
    at = f" at {endpoint.address}" if endpoint.address else ""
    return f"{summary.kind_name(endpoint)} of {host(endpoint)}{at}, for {judgement.caller}"


def _judged(judgement: JudgementEntry, style: Style) -> Iterator[str]:
    if judgement.ssl_policy_errors:
        status = (
            f" ({', '.join(judgement.chain.status)})" if judgement.chain and judgement.chain.status else ""
        )
        yield f"  SslPolicyErrors: {', '.join(judgement.ssl_policy_errors)}{status}"
    if judgement.web_exception is not None:
        yield f"  log: {plain(judgement.web_exception.text, 2000)}"
    finding = summary.main_finding(judgement)
    if finding is not None:
        label = "why" if summary.crosses_limit(judgement) else _LABELS[finding.severity]
        first, *rest = wrapped(f"{label}: {finding.summary}", 2, style, most=_most(style))
        yield first.replace(label, style.paint(label, finding.severity), 1)
        yield from rest
        yield from _fix(judgement, finding, style)
    if judgement.flip is not None:
        until = f"the certificate verdict holds until {moment(judgement.flip.at)}"
        yield from wrapped(until if finding else f"{until}: {judgement.flip.why}", 2, style, most=2)


def _fix(judgement: JudgementEntry, finding: FindingEntry, style: Style) -> Iterator[str]:
    """The first remedy of the cause, one that is proved before others."""
    remedies = sorted(finding.remedies or summary.remedies(judgement), key=lambda r: not summary.proof(r))
    if not remedies:
        return
    remedy = remedies[0]
    yield from wrapped(f"fix, {_by(remedy)}: {remedy.text}", 2, style, most=_most(style))
    yield from _cut(command_lines(remedy.command, 4))
    if len(remedies) > 1:
        yield f"  {summary.counted(len(remedies) - 1, 'other change')} may mend it: see -v"


def _cut(commands: list[str]) -> list[str]:
    """The first commands; of alternatives, which a comment sets apart, the first."""
    start = f"    {GUTTER}# or"
    other = next((number for number, line in enumerate(commands) if line.startswith(start)), None)
    if other is not None:
        return [*commands[:other], f"    … {commands[other].removeprefix(start[:-2]).rstrip(':')}: see -v"]
    if len(commands) <= _COMMANDS:
        return commands
    return [
        *commands[: _COMMANDS - 1],
        f"    … and {summary.counted(len(commands) - _COMMANDS + 1, 'line')}: see -v",
    ]


def _by(remedy: RemedyEntry) -> str:
    proved = " (proved)" if remedy.proved else " (proved with others)" if remedy.together is not None else ""
    return f"by {summary.ACTORS[remedy.actor]}{proved}"


def _others(document: ResultDocument, judgement: JudgementEntry) -> str | None:
    """What the other endpoints, addresses and callers get, in one line."""
    rest = [other for _, other in summary.pairs(document) if other is not judgement]
    if not rest:
        return None
    parts = summary.counted_verdicts((other.outcome, summary.crosses_limit(other)) for other in rest)
    return f"other endpoints, addresses or callers: {', '.join(parts)}"


def _most(style: Style) -> int:
    """Lines of a paragraph: three at a usual width, more where lines are short, so that it says as much."""
    return max(3, 240 // style.width)
