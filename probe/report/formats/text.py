"""The text report, for a person at a terminal: in short (`probe.report.formats.short`), or the whole story.

The story reads from top to bottom: what was asked, each step with its time, the presented chain as a tree
with each certificate's status, the verdict in a sentence, the log line, the cause, and what to do, by whom.
Everything a partner sent is cleaned before it is printed. Whether colour is wanted is the caller's to decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from probe.escaping import in_words
from probe.report import summary
from probe.report.document import (
    ChainDocument,
    EndpointEntry,
    FederationEntry,
    FindingEntry,
    ResultDocument,
    StepEntry,
)
from probe.report.formats import short
from probe.report.judgement_text import judgement_lines
from probe.report.layout import PLAIN, Style, day, moment, plain, theirs, time, wrapped
from probe.report.summary import counted


def render(
    documents: Sequence[ResultDocument],
    style: Style = PLAIN,
    *,
    left_out: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> str:
    """The report of all targets: in short, or with a verbose style each one's story and then the list.

    `left_out` are the outcomes of targets that are not shown because nothing changed; `notes`, what is said
    of the machine that ran the checks, comes before everything; a single target's own lines say it already.
    """
    notes = () if len(documents) == 1 and not left_out else notes
    about_here = "".join(f"{line}\n" for note in notes for line in wrapped(note, 0, style))
    return (f"{about_here}\n" if notes else "") + _targets(documents, style, left_out)


def _targets(documents: Sequence[ResultDocument], style: Style, left_out: Sequence[str]) -> str:
    rule = "\n" + style.dim("─" * style.width) + "\n\n"
    parts = []
    if style.verbose:
        shown = [d for d in documents if not (style.only_problems and summary.is_fine(d))]
        parts = ["\n".join(_target(document, style)) + "\n" for document in shown]
    if style.only_problems and len(documents) == 1 and summary.is_fine(documents[0]):
        parts.append(short.counts(documents) + "\n")
    elif len(documents) > 1:
        lines = short.overview_lines if style.verbose else short.list_lines
        parts.append("\n".join(lines(documents, style)) + "\n")
    elif not style.verbose:
        parts += ["\n".join(short.target_lines(document, style)) + "\n" for document in documents]
    if left_out:
        parts.append(summary.unchanged(left_out, others=bool(documents)) + "\n")
    return rule.join(parts)


def render_chain(document: ChainDocument, style: Style = PLAIN) -> str:
    """The report of one chain judged from a file."""
    title = short.painted(summary.judgement_verdict(document), document.outcome, style)
    lines = [f"Certificate chain: {title}", *judgement_lines(document, style, indent=0, reported=set())]
    return "\n".join(lines) + "\n"


def _target(document: ResultDocument, style: Style) -> Iterator[str]:
    yield f"{style.strong(plain(document.target.input))}: {short.verdict(document, style)}"
    yield style.dim(_circumstances(document))
    if document.error is not None:
        yield ""
        yield from wrapped(f"Not checked: {document.error}", 2, style)
        return
    yield from _notes(document, style)
    yield from _summary(document, style)
    if document.discovery:
        yield ""
        yield style.strong("How the endpoints were found")
        for step in document.discovery:
            yield from _step(step, style)
    if document.federation is not None:
        yield from _federation(document.federation, style)
    reported: set[tuple[FindingEntry, ...]] = set()
    for endpoint in document.endpoints:
        yield ""
        yield from _endpoint(endpoint, style, reported)
    yield from _contacted(document, style)


def _circumstances(document: ResultDocument) -> str:
    trust = document.trust
    counts = counted(trust.roots, "root")
    if trust.intermediates:
        counts += f", {counted(trust.intermediates, 'intermediate')}"
    took = "" if document.elapsed_ms is None else f" · {time(document.elapsed_ms)}"
    return (
        f"seen {moment(document.observed_at)} · trust store {plain(trust.name)} "
        f"({counts}, sha256 {trust.sha256[:12]}){took}"
    )


def _notes(document: ResultDocument, style: Style) -> Iterator[str]:
    if document.not_used is not None:
        yield from wrapped(f"not used: {document.not_used}", 2, style)
    for note in (*document.trust.notes, *document.notes):
        yield from wrapped(f"note: {note}", 2, style)


def _summary(document: ResultDocument, style: Style) -> Iterator[str]:
    """The verdict of each endpoint in a sentence, before the story that leads to it."""
    if document.endpoints:
        yield ""
    for endpoint in document.endpoints:
        for judgement in endpoint.judgements:
            verdict = short.painted(summary.judgement_verdict(judgement), judgement.outcome, style)
            at = f" at {endpoint.address}" if endpoint.address else ""
            cause = judgement.findings[0].summary if judgement.findings else ""
            yield f"  {verdict}: {endpoint.kind} of {short.host(endpoint)}{at} for {judgement.caller}"
            yield from wrapped(cause, 4, style)


def _step(step: StepEntry, style: Style) -> Iterator[str]:
    mark = {"found": "+", "nothing": "-", "failed": "!", "skipped": "."}.get(step.outcome, "?")
    took = "" if step.elapsed_ms is None else f" ({time(step.elapsed_ms)})"
    yield f"  {mark} {plain(step.step)} {plain(step.url)} {style.dim(step.outcome + took)}"
    yield from theirs(step.detail, 6, style)


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
            yield from theirs(f"{name}: {value}", 2, style)


def _endpoint(
    endpoint: EndpointEntry, style: Style, reported: set[tuple[FindingEntry, ...]]
) -> Iterator[str]:
    at = f" at {endpoint.address}" if endpoint.address else ""
    yield style.strong(f"{endpoint.kind}  {plain(endpoint.url)}") + at
    yield f"  found by: {plain(endpoint.found_by)}"
    if endpoint.proxy:
        yield f"  through the proxy {plain(endpoint.proxy)}"
    yield from _journey(endpoint, style)
    yield from _presented(endpoint, style)
    for judgement in endpoint.judgements:
        yield ""
        verdict = short.painted(summary.judgement_verdict(judgement), judgement.outcome, style)
        yield f"  {verdict} for {judgement.caller}, as of {moment(judgement.at)}"
        for note in judgement.caller_notes:
            yield from wrapped(note, 4, style)
        yield from judgement_lines(judgement, style, indent=4, reported=reported)


def _journey(endpoint: EndpointEntry, style: Style) -> Iterator[str]:
    """Each phase with its time, and what every request was answered with."""
    timings = endpoint.timings_ms
    phases = ("resolve", "connect", "tunnel", "handshake")
    passed = [
        f"{phase} {time(milliseconds)}"
        for phase in phases
        if (milliseconds := getattr(timings, phase)) is not None
    ]
    if passed:
        yield "  " + " · ".join(passed)
    if endpoint.tls is not None:
        sni = endpoint.tls.sni or "none"
        yield f"  {plain(endpoint.tls.protocol)} with {plain(endpoint.tls.cipher)}, SNI {plain(sni)}"
    for exchange in endpoint.http:
        answer = "no answer" if exchange.status is None else f"{exchange.status} {in_words(exchange.reason)}"
        took = "" if exchange.elapsed_ms is None else f" ({time(exchange.elapsed_ms)})"
        note = f"; {plain(exchange.note, limit=300)}" if exchange.note else ""
        yield f"  {exchange.method} answered: {plain(answer).rstrip()}{style.dim(took)}{note}"
        if style.verbose:
            for name, value in exchange.headers.items():
                yield from map(style.dim, theirs(f"{name}: {value}", 6, style))
    if endpoint.failure is not None:
        failure = endpoint.failure
        alert = "" if failure.alert is None else f", TLS alert {failure.alert}"
        detail = f": {plain(failure.detail)}" if failure.detail else ""
        broke = f"broke in phase {failure.phase}: {failure.kind}{alert}{detail}"
        yield "  " + style.paint(broke, "failure")


def _presented(endpoint: EndpointEntry, style: Style) -> Iterator[str]:
    if endpoint.tls is None or not endpoint.tls.presented:
        return
    yield f"  presented chain ({len(endpoint.tls.presented)})"
    for depth, certificate in enumerate(endpoint.tls.presented):
        subject = plain(certificate.subject) if certificate.subject is not None else "unreadable certificate"
        branch = "" if depth == 0 else "   " * (depth - 1) + "└─ "
        yield f"    {branch}{subject}"
        pad = "    " + "   " * depth
        yield style.dim(f"{pad}valid {day(certificate.not_before)} to {day(certificate.not_after)}")
        if depth == 0 and (certificate.dns_names or certificate.ip_addresses):
            names = ", ".join((*certificate.dns_names, *certificate.ip_addresses))
            yield style.dim(f"{pad}names: {plain(names, limit=200)}")


def _contacted(document: ResultDocument, style: Style) -> Iterator[str]:
    if not document.retrievals:
        return
    yield ""
    yield style.strong("Also contacted, because the caller would")
    for retrieval in document.retrievals:
        detail = f": {plain(retrieval.detail)}" if retrieval.detail else ""
        yield f"  {retrieval.kind} {plain(retrieval.url)} {retrieval.outcome}{detail}"
