"""The text report: it reads from top to bottom like a story, for a person at a terminal.

What was asked, each step with its time, the presented chain as a tree with each certificate's status, the
verdict in a sentence, the log line, the cause, and what to do, by whom. Everything a partner sent is cleaned
before it is printed. Whether colour is wanted is the caller's to decide.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from probe.report import overview
from probe.report.clean import one_line
from probe.report.document import (
    ChainDocument,
    ElementEntry,
    EndpointEntry,
    FederationEntry,
    FindingEntry,
    JudgementEntry,
    RemedyEntry,
    ResultDocument,
    StepEntry,
)

WIDTH = 100
VERDICTS = {
    "success": "WOULD SUCCEED",
    "warning": "WOULD SUCCEED, WITH WARNINGS",
    "failure": "WOULD FAIL",
    "unknown": "CANNOT TELL",
}
_COLOURS = {"success": "32", "warning": "33", "failure": "31", "unknown": "35", "info": "36"}
_ACTORS = {"caller": "you (the calling side)", "partner": "the partner", "network": "the network"}


@dataclass(frozen=True, slots=True)
class Style:
    """How to print: with ANSI colours or not, and how much. `explain` adds the search for issuers."""

    colour: bool = False
    verbose: bool = False
    explain: bool = False
    log_lines: bool = False

    def paint(self, text: str, outcome: str) -> str:
        """`text` in the colour of an outcome, bold."""
        if not self.colour:
            return text
        return f"\x1b[1;{_COLOURS.get(outcome, '0')}m{text}\x1b[0m"

    def dim(self, text: str) -> str:
        """`text` set back."""
        return f"\x1b[2m{text}\x1b[0m" if self.colour else text

    def strong(self, text: str) -> str:
        """`text` set off."""
        return f"\x1b[1m{text}\x1b[0m" if self.colour else text


PLAIN = Style()


def render(documents: Sequence[ResultDocument], style: Style = PLAIN) -> str:
    """The report of all targets, a blank line and a rule between them; after several, an overview."""
    rule = "\n" + style.dim("─" * WIDTH) + "\n\n"
    parts = ["\n".join(_target(document, style)) + "\n" for document in documents]
    if len(documents) > 1:
        parts.append("\n".join(overview.lines(documents, VERDICTS, style.paint)) + "\n")
    return rule.join(parts)


def render_chain(document: ChainDocument, style: Style = PLAIN) -> str:
    """The report of one chain judged from a file."""
    fields = {name: getattr(document, name) for name in JudgementEntry.__struct_fields__}
    judgement = JudgementEntry(**fields)
    title = style.paint(VERDICTS[judgement.outcome], judgement.outcome)
    lines = [f"Certificate chain: {title}", *_judgement(judgement, style, indent=0, told=set())]
    return "\n".join(lines) + "\n"


def _target(document: ResultDocument, style: Style) -> Iterator[str]:
    verdict = style.paint(VERDICTS[document.outcome], document.outcome)
    yield f"{style.strong(one_line(document.target.input))}: {verdict}"
    yield style.dim(_circumstances(document))
    if document.error is not None:
        yield ""
        yield from _wrapped(f"Not checked: {document.error}", 2)
        return
    yield from _notes(document)
    yield from _summary(document, style)
    if document.discovery:
        yield ""
        yield style.strong("How the endpoints were found")
        for step in document.discovery:
            yield from _step(step, style)
    if document.federation is not None:
        yield from _federation(document.federation, style)
    told: set[tuple[FindingEntry, ...]] = set()
    for endpoint in document.endpoints:
        yield ""
        yield from _endpoint(endpoint, style, told)
    yield from _contacted(document, style)


def _circumstances(document: ResultDocument) -> str:
    trust = document.trust
    counts = f"{trust.roots} roots" + (
        f", {trust.intermediates} intermediates" if trust.intermediates else ""
    )
    took = "" if document.elapsed_ms is None else f" · {_time(document.elapsed_ms)}"
    return (
        f"seen {_moment(document.observed_at)} · trust store {one_line(trust.name)} "
        f"({counts}, sha256 {trust.sha256[:12]}){took}"
    )


def _notes(document: ResultDocument) -> Iterator[str]:
    for note in (*document.trust.notes, *document.notes):
        yield from _wrapped(f"note: {note}", 2)


def _summary(document: ResultDocument, style: Style) -> Iterator[str]:
    """The verdict of each endpoint in a sentence, before the story that leads to it."""
    if document.endpoints:
        yield ""
    for endpoint in document.endpoints:
        for judgement in endpoint.judgements:
            verdict = style.paint(VERDICTS[judgement.outcome], judgement.outcome)
            at = f" at {endpoint.address}" if endpoint.address else ""
            cause = judgement.findings[0].summary if judgement.findings else ""
            yield f"  {verdict}: {endpoint.kind}{at} for {judgement.caller}"
            yield from _wrapped(cause, 4)


def _step(step: StepEntry, style: Style) -> Iterator[str]:
    mark = {"found": "+", "nothing": "-", "failed": "!", "skipped": "."}.get(step.outcome, "?")
    took = "" if step.elapsed_ms is None else f" ({_time(step.elapsed_ms)})"
    detail = f": {one_line(step.detail)}" if step.detail else ""
    yield f"  {mark} {one_line(step.step)} {one_line(step.url)} {style.dim(step.outcome + took)}{detail}"


def _federation(federation: FederationEntry, style: Style) -> Iterator[str]:
    yield ""
    yield style.strong("What the partner says of its federation (GetFederationInformation)")
    facts = [
        ("application URI", federation.application_uri),
        ("domains", None if federation.domains is None else ", ".join(federation.domains)),
        ("token issuers", ", ".join(issuer.uri for issuer in federation.token_issuers) or None),
        ("error", federation.error_code if federation.error_code != "NoError" else None),
        ("malformed", federation.malformed),
    ]
    for name, value in facts:
        if value is not None:
            yield f"  {name}: {one_line(value)}"


def _endpoint(endpoint: EndpointEntry, style: Style, told: set[tuple[FindingEntry, ...]]) -> Iterator[str]:
    at = f" at {endpoint.address}" if endpoint.address else ""
    yield style.strong(f"{endpoint.kind}  {one_line(endpoint.url)}") + at
    yield f"  found by: {one_line(endpoint.found_by)}"
    if endpoint.proxy:
        yield f"  through the proxy {one_line(endpoint.proxy)}"
    yield from _journey(endpoint, style)
    yield from _presented(endpoint, style)
    for judgement in endpoint.judgements:
        yield ""
        verdict = style.paint(VERDICTS[judgement.outcome], judgement.outcome)
        yield f"  {verdict} for {judgement.caller}, as of {_moment(judgement.at)}"
        yield from _judgement(judgement, style, indent=4, told=told)


def _journey(endpoint: EndpointEntry, style: Style) -> Iterator[str]:
    """Each phase with its time, and what every request was answered with."""
    timings = endpoint.timings_ms
    phases = ("resolve", "connect", "tunnel", "handshake")
    passed = [
        f"{phase} {_time(milliseconds)}"
        for phase in phases
        if (milliseconds := getattr(timings, phase)) is not None
    ]
    if passed:
        yield "  " + " · ".join(passed)
    if endpoint.tls is not None:
        sni = endpoint.tls.sni or "none"
        yield f"  {one_line(endpoint.tls.protocol)} with {one_line(endpoint.tls.cipher)}, SNI {one_line(sni)}"
    for exchange in endpoint.http:
        answer = (
            "no answer"
            if exchange.status is None
            else f"{exchange.status} {one_line(exchange.reason)}".rstrip()
        )
        took = "" if exchange.elapsed_ms is None else f" ({_time(exchange.elapsed_ms)})"
        note = f"; {one_line(exchange.note, limit=300)}" if exchange.note else ""
        yield f"  {exchange.method} answered: {answer}{style.dim(took)}{note}"
        if style.verbose:
            for name, value in exchange.headers.items():
                yield style.dim(f"      {one_line(name)}: {one_line(value)}")
    if endpoint.failure is not None:
        failure = endpoint.failure
        alert = "" if failure.alert is None else f", TLS alert {failure.alert}"
        detail = f": {one_line(failure.detail)}" if failure.detail else ""
        broke = f"broke in phase {failure.phase}: {failure.kind}{alert}{detail}"
        yield "  " + style.paint(broke, "failure")


def _presented(endpoint: EndpointEntry, style: Style) -> Iterator[str]:
    if endpoint.tls is None or not endpoint.tls.presented:
        return
    yield f"  presented chain ({len(endpoint.tls.presented)})"
    for depth, certificate in enumerate(endpoint.tls.presented):
        subject = (
            one_line(certificate.subject) if certificate.subject is not None else "unreadable certificate"
        )
        branch = "" if depth == 0 else "   " * (depth - 1) + "└─ "
        yield f"    {branch}{subject}"
        pad = "    " + "   " * depth
        yield style.dim(f"{pad}valid {_day(certificate.not_before)} to {_day(certificate.not_after)}")
        if depth == 0 and (certificate.dns_names or certificate.ip_addresses):
            names = ", ".join((*certificate.dns_names, *certificate.ip_addresses))
            yield style.dim(f"{pad}names: {one_line(names, limit=200)}")


def _judgement(
    judgement: JudgementEntry,
    style: Style,
    *,
    indent: int,
    told: set[tuple[FindingEntry, ...]],
) -> Iterator[str]:
    pad = " " * indent
    if judgement.chain is not None:
        yield f"{pad}chain as Windows builds it"
        for depth, element in enumerate(judgement.chain.elements):
            yield from _element(element, depth, style, pad)
    yield from _errors(judgement, pad)
    if judgement.web_exception is not None:
        yield f"{pad}the Availability service would log ({judgement.web_exception.status})"
        yield f"{pad}  {style.paint(one_line(judgement.web_exception.text, limit=4000), 'failure')}"
    if style.log_lines:
        for line in judgement.log_lines:
            yield f"{pad}  {one_line(line, limit=4000)}"
    if judgement.findings and judgement.findings in told:
        yield f"{pad}cause and what to do: as above"
    else:
        for finding in judgement.findings:
            yield from _finding(finding, style, indent)
    told.add(judgement.findings)
    if judgement.flip is not None:
        why = one_line(judgement.flip.why, limit=300)
        yield from _wrapped(
            f"the certificate verdict holds until {_moment(judgement.flip.at)}: {why}", indent
        )
    if (style.verbose or style.explain) and judgement.chain is not None:
        yield from _search(judgement, style, pad)


def _element(element: ElementEntry, depth: int, style: Style, pad: str) -> Iterator[str]:
    branch = "" if depth == 0 else "   " * (depth - 1) + "└─ "
    status = ", ".join(element.status) or "NoError"
    painted = style.paint(status, "failure" if element.status else "success")
    yield f"{pad}  {branch}{one_line(element.subject)} [{element.source}] {painted}"
    for reason in element.reasons:
        yield from _wrapped(reason, len(pad) + 2 + 3 * (depth + 1))


def _errors(judgement: JudgementEntry, pad: str) -> Iterator[str]:
    errors = judgement.ssl_policy_errors
    if errors is None:
        yield f"{pad}SslPolicyErrors: not reached, no certificate was seen"
        return
    yield f"{pad}SslPolicyErrors: {', '.join(errors) or 'None'}"
    name = judgement.name
    if name is not None and name.matched and name.by is not None:
        yield f"{pad}the name {one_line(name.requested)} matches by {name.by}"
    elif name is not None and name.masked is not None:
        yield from _wrapped(f"the name {name.requested} is not compared: {name.masked}", len(pad))


def _finding(finding: FindingEntry, style: Style, indent: int) -> Iterator[str]:
    pad = " " * indent
    label = {"failure": "cause", "unknown": "cannot tell", "warning": "warning", "info": "note"}
    yield pad + style.paint(f"{label.get(finding.severity, 'note')} ({finding.code})", finding.severity)
    yield from _wrapped(finding.summary, indent + 2)
    for line in finding.evidence:
        yield from _wrapped(f"· {line}", indent + 4)
    if finding.remedies:
        yield f"{pad}  what to do"
    # One change may be part of several sets: it is told once, with all of them.
    changes: dict[RemedyEntry, list[int]] = {}
    for remedy in finding.remedies:
        numbers = changes.setdefault(replace(remedy, together=None), [])
        if remedy.together is not None:
            numbers.append(remedy.together)
    for change, numbers in changes.items():
        yield from _remedy(change, numbers, indent + 4)


def _remedy(remedy: RemedyEntry, sets: Sequence[int], indent: int) -> Iterator[str]:
    proof = ", proved: judged again with this change it is accepted" if remedy.proved else ""
    if sets:
        proof = f", proved together with the other changes of set {', or of set '.join(map(str, sets))}"
    yield from _wrapped(f"- {_ACTORS.get(remedy.actor, remedy.actor)}: {remedy.text}{proof}", indent)
    for line in (remedy.command or "").splitlines():
        yield f"{' ' * (indent + 4)}{one_line(line, limit=1000)}"


def _search(judgement: JudgementEntry, style: Style, pad: str) -> Iterator[str]:
    if judgement.chain is None:
        return
    yield f"{pad}issuers that were tried and lost"
    if not judgement.chain.rejected:
        yield style.dim(f"{pad}  none")
    for candidate in judgement.chain.rejected:
        yield f"{pad}  {one_line(candidate.subject)} [{candidate.source}] {candidate.thumbprint}"
        yield from _wrapped(candidate.why, len(pad) + 6)


def _contacted(document: ResultDocument, style: Style) -> Iterator[str]:
    if not document.retrievals:
        return
    yield ""
    yield style.strong("Also contacted, because the caller would")
    for retrieval in document.retrievals:
        detail = f": {one_line(retrieval.detail)}" if retrieval.detail else ""
        yield f"  {retrieval.kind} {one_line(retrieval.url)} {retrieval.outcome}{detail}"


def _wrapped(text: str, indent: int) -> Iterable[str]:
    """`text` cleaned and wrapped; long words (URLs, thumbprints) are never broken."""
    pad = " " * indent
    return textwrap.wrap(
        one_line(text, limit=4000),
        width=max(WIDTH, indent + 40),
        initial_indent=pad,
        subsequent_indent=pad + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _day(moment: datetime | None) -> str:
    return "unknown" if moment is None else f"{moment:%Y-%m-%d}"


def _time(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 10_000 else f"{milliseconds / 1000:.1f} s"
