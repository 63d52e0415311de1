"""One judgement as text: shared by the report of a target and that of a chain from a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from probe.report import summary
from probe.report.document import ChainEntry, ElementEntry, FindingEntry, JudgementEntry, RemedyEntry
from probe.report.layout import Style, command_lines, moment, plain, theirs, wrapped


def judgement_lines(
    judgement: JudgementEntry,
    style: Style,
    *,
    indent: int,
    reported: set[tuple[FindingEntry, ...]],
) -> Iterator[str]:
    """One judgement: the chain with its status, the verdict, the log line, causes and what to do."""
    pad = " " * indent
    if judgement.chain is not None:
        yield from _chain(judgement.chain, style, pad)
    yield from _errors(judgement, style, pad)
    if judgement.web_exception is not None:
        yield f"{pad}the Availability service would log ({judgement.web_exception.status})"
        yield f"{pad}  {style.paint(plain(judgement.web_exception.text, limit=4000), 'failure')}"
    if style.log_lines:
        for line in judgement.log_lines:
            yield f"{pad}  {plain(line, limit=4000)}"
    if judgement.findings and judgement.findings in reported:
        yield f"{pad}cause and what to do: as above"
    else:
        for finding in judgement.findings:
            yield from _finding(finding, style, indent)
    reported.add(judgement.findings)
    if judgement.flip is not None:
        why = plain(judgement.flip.why, limit=300)
        yield from wrapped(
            f"the certificate verdict holds until {moment(judgement.flip.at)}: {why}", indent, style
        )
    if (style.verbose or style.explain) and judgement.chain is not None:
        yield from _search(judgement, style, pad)


def _chain(chain: ChainEntry, style: Style, pad: str) -> Iterator[str]:
    yield f"{pad}chain as Windows builds it"
    for depth, element in enumerate(chain.elements):
        yield from _element(element, depth, style, pad)
    if flags := summary.chain_flags(chain):
        yield f"{pad}  the chain as a whole: {style.paint(', '.join(flags), 'failure')}"


def _element(element: ElementEntry, depth: int, style: Style, pad: str) -> Iterator[str]:
    branch = "" if depth == 0 else "   " * (depth - 1) + "└─ "
    status = ", ".join(element.status) or "NoError"
    painted = style.paint(status, "failure" if element.status else "success")
    yield f"{pad}  {branch}{plain(element.subject)} [{element.source}] {painted}"
    for reason in element.reasons:
        yield from wrapped(reason, len(pad) + 2 + 3 * (depth + 1), style)


def _errors(judgement: JudgementEntry, style: Style, pad: str) -> Iterator[str]:
    errors = judgement.ssl_policy_errors
    if errors is None:
        yield f"{pad}SslPolicyErrors: not reached, no certificate was seen"
        return
    yield f"{pad}SslPolicyErrors: {', '.join(errors) or 'None'}"
    name = judgement.name
    if name is not None and name.matched and name.by is not None:
        yield f"{pad}the name {plain(name.requested)} matches by {name.by}"
    elif name is not None and name.not_compared is not None:
        why = f"is not compared: {name.not_compared}"
        yield from wrapped(f"the name {name.requested} {why}", len(pad), style)
    elif name is not None and name.indeterminate is not None:
        yield from wrapped(
            f"the name {name.requested} cannot be compared: {name.indeterminate}", len(pad), style
        )


def _finding(finding: FindingEntry, style: Style, indent: int) -> Iterator[str]:
    pad = " " * indent
    label = {"failure": "cause", "unknown": "cannot tell", "warning": "warning", "info": "note"}
    yield pad + style.paint(f"{label.get(finding.severity, 'note')} ({finding.code})", finding.severity)
    yield from wrapped(finding.summary, indent + 2, style)
    for line in finding.evidence:
        yield from theirs(line, indent + 4, style)
    if finding.remedies:
        yield f"{pad}  what to do"
    # One change may be part of several sets: it is told once, with all of them.
    changes: dict[RemedyEntry, list[int]] = {}
    for remedy in finding.remedies:
        numbers = changes.setdefault(replace(remedy, together=None), [])
        if remedy.together is not None:
            numbers.append(remedy.together)
    for change, numbers in changes.items():
        yield from _remedy(change, numbers, indent + 4, style)


def _remedy(remedy: RemedyEntry, sets: Sequence[int], indent: int, style: Style) -> Iterator[str]:
    proof = ", proved: judged again with this change it is accepted" if remedy.proved else ""
    if sets:
        proof = f", proved together with the other changes of set {', or of set '.join(map(str, sets))}"
    yield from wrapped(
        f"- {summary.ACTORS.get(remedy.actor, remedy.actor)}: {remedy.text}{proof}", indent, style
    )
    yield from command_lines(remedy.command, indent + 4)


def _search(judgement: JudgementEntry, style: Style, pad: str) -> Iterator[str]:
    if judgement.chain is None:
        return
    yield f"{pad}issuers that were tried and lost"
    if not judgement.chain.rejected:
        yield style.dim(f"{pad}  none")
    for candidate in judgement.chain.rejected:
        yield f"{pad}  {plain(candidate.subject)} [{candidate.source}] {candidate.thumbprint}"
        yield from wrapped(candidate.why, len(pad) + 6, style)
