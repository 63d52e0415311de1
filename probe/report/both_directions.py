"""Both directions of a federation before it is set up: would lookups reach the other side, who does what.

A direction is judged like any target: the partner's endpoints for the caller's Exchange and trust store. The
table is made of nothing else than the two results; what a remedy's actor means is turned into a side here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from msgspec import Struct

from probe.judgement.model import Actor, Outcome, Severity, worst
from probe.report import commands
from probe.report.document import FederationEntry, FindingEntry, ResultDocument
from probe.report.layout import VERDICTS, Style, command_lines, plain

SCHEMA = "probe.pair/1"
_COLUMN = 34
_ISSUERS_DIFFER = (
    "the two sides trust different token issuers ({} and {}), so no token of the one is good for the other"
)


class FederationSide(StrEnum):
    """One of the two organisations."""

    OURS = "ours"
    THEIRS = "theirs"


class ToDo(Struct, frozen=True):
    """What one side has to do, why, and whether judging again proved it."""

    side: FederationSide
    text: str
    because: str
    command: str | None = None
    proved: bool = False


class Direction(Struct, frozen=True):
    """Lookups of one side in the other: the outcome for the caller, and the result it follows from."""

    caller: FederationSide
    partner: FederationSide
    outcome: Outcome
    result: ResultDocument


class PairDocument(Struct, frozen=True):
    """The readiness of two organisations for each other. `token_issuers`: None, or how they differ."""

    schema: str
    outcome: Outcome
    outgoing: Direction
    incoming: Direction
    token_issuers: str | None
    to_do: tuple[ToDo, ...]


def document(ours: ResultDocument, theirs: ResultDocument) -> PairDocument:
    """The pair made of our domain judged for their caller, and theirs judged for ours."""
    outgoing = Direction(FederationSide.OURS, FederationSide.THEIRS, theirs.outcome, theirs)
    incoming = Direction(FederationSide.THEIRS, FederationSide.OURS, ours.outcome, ours)
    issuers = _token_issuers(ours.federation, theirs.federation)
    outcomes = [outgoing.outcome, incoming.outcome, *([Outcome.FAILURE] if issuers else [])]
    return PairDocument(
        schema=SCHEMA,
        outcome=worst(outcomes),
        outgoing=outgoing,
        incoming=incoming,
        token_issuers=issuers,
        to_do=tuple(dict.fromkeys((*_to_do(outgoing), *_to_do(incoming), *_trust(issuers)))),
    )


def render(document: PairDocument, style: Style) -> str:
    """The readiness table, and below it what each side has to do."""
    return "\n".join(_lines(document, style)) + "\n"


def _lines(document: PairDocument, style: Style) -> Iterator[str]:
    ours, theirs = document.incoming.result, document.outgoing.result
    names = [plain(result.target.input, limit=_COLUMN - 12) for result in (ours, theirs)]
    if names[0] == names[1]:
        names = [f"{name} ({side})" for name, side in zip(names, FederationSide, strict=True)]
    verdict = style.paint(VERDICTS[document.outcome], document.outcome)
    yield f"{style.strong(' and '.join(names))}: {verdict}"
    yield ""
    yield style.strong(_row("", names))
    yield _row("GetFederationInformation", [_answered(result.federation) for result in (ours, theirs)])
    yield _row("application URI", [_application_uri(result.federation) for result in (ours, theirs)])
    yield _row("token issuer", [_issuer(result.federation) for result in (ours, theirs)])
    yield _row("Autodiscover", [_endpoints(result, "autodiscover-wssecurity") for result in (ours, theirs)])
    yield _row("EWS", [_endpoints(result, "ews-wssecurity") for result in (ours, theirs)])
    yield _row("lookups from the other side", [VERDICTS[ours.outcome], VERDICTS[theirs.outcome]])
    if document.token_issuers is not None:
        yield ""
        yield style.paint(document.token_issuers, "failure")
    for side, name, result in zip(FederationSide, names, (ours, theirs), strict=True):
        yield ""
        yield style.strong(f"What {name} has to do")
        yield from _tasks([task for task in document.to_do if task.side == side], result, style)


def _row(label: str, cells: Sequence[str]) -> str:
    return "  ".join((f"{label:28}", *(f"{plain(cell, limit=_COLUMN):{_COLUMN}}" for cell in cells))).rstrip()


def _tasks(tasks: Sequence[ToDo], result: ResultDocument, style: Style) -> Iterator[str]:
    """What a side has to do; where nothing is known of a side that would not work, where to look."""
    if not tasks:
        yield "  nothing that was found"
    if not tasks and result.outcome in ("failure", "unknown"):
        domain = result.target.input
        # A record may be the other side's own file, and the line is there to be pasted.
        report = f"probe check {domain}" if _is_plain(domain) else "probe check of their domain"
        yield f"  why lookups from the other side do not work stands in the report of: {report}"
    for task in tasks:
        proof = " (proved)" if task.proved else ""
        yield f"  - {plain(task.text, limit=1000)}{proof}"
        yield style.dim(f"    because: {plain(task.because, limit=1000)}")
        yield from command_lines(task.command, 6)


def _is_plain(target: str) -> bool:
    return commands.is_host(target) or commands.is_url(target)


def _answered(federation: FederationEntry | None) -> str:
    if federation is None:
        return "not answered"
    if federation.malformed is not None:
        return f"malformed: {federation.malformed}"
    return "answered" if federation.error_code == "NoError" else str(federation.error_code)


def _application_uri(federation: FederationEntry | None) -> str:
    return (federation.application_uri if federation else None) or "unknown"


def _issuer(federation: FederationEntry | None) -> str:
    issuers = federation.token_issuers if federation else ()
    return ", ".join(issuer.uri for issuer in issuers) or "unknown"


def _endpoints(result: ResultDocument, kind: str) -> str:
    found = [endpoint for endpoint in result.endpoints if endpoint.kind == kind]
    if not found:
        return "none found"
    return VERDICTS[worst([worst([j.outcome for j in endpoint.judgements]) for endpoint in found])]


def _token_issuers(ours: FederationEntry | None, theirs: FederationEntry | None) -> str | None:
    """How the token issuers differ, or None while they agree or one side's are unknown."""
    first, second = (
        {issuer.uri for issuer in federation.token_issuers} if federation else set()
        for federation in (ours, theirs)
    )
    if not first or not second or first & second:
        return None
    return _ISSUERS_DIFFER.format(", ".join(sorted(first)), ", ".join(sorted(second)))


def _to_do(direction: Direction) -> Iterator[ToDo]:
    """Remedies of everything but notes, the actors turned into sides; the network is the caller's."""
    sides = {
        Actor.CALLER: direction.caller,
        Actor.PARTNER: direction.partner,
        Actor.NETWORK: direction.caller,
    }
    if direction.result.error is not None:
        yield ToDo(direction.partner, "check the domain that was given", direction.result.error)
    for finding in _findings(direction.result):
        for remedy in finding.remedies:
            yield ToDo(sides[remedy.actor], remedy.text, finding.summary, remedy.command, remedy.proved)


def _findings(result: ResultDocument) -> Iterator[FindingEntry]:
    for endpoint in result.endpoints:
        for judgement in endpoint.judgements:
            yield from (finding for finding in judgement.findings if finding.severity != Severity.INFO)


def _trust(issuers: str | None) -> Iterator[ToDo]:
    if issuers is not None:
        text = "agree on one authentication system and create the federation trust anew where it is another"
        for side in FederationSide:
            yield ToDo(side, text, issuers, "Get-FederationTrust | fl Name,TokenIssuerUri")
