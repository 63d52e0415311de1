"""What a short answer needs from a result document: what decides, why, who acts, when it expires.

Selections only; nothing is judged again and nothing is cleaned (each renderer cleans for its own medium).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from probe.facts.observation import EndpointKind
from probe.judgement.model import Actor, Outcome, worst
from probe.report.document import (
    ChainEntry,
    EndpointEntry,
    FindingEntry,
    JudgementEntry,
    RemedyEntry,
    ResultDocument,
)

VERDICTS = {
    Outcome.SUCCESS: "would succeed",
    Outcome.WARNING: "would succeed, with warnings",
    Outcome.FAILURE: "would fail",
    Outcome.UNKNOWN: "cannot tell",
}
ACTORS = {
    Actor.CALLER: "you, the calling side",
    Actor.PARTNER: "the partner",
    Actor.NETWORK: "the network",
}
# Worst first: the order in which people want to read.
MOST_ON_A_PAGE = 500  # partners: a browser draws them in a second, and nobody reads more
URGENCY = (Outcome.FAILURE, Outcome.UNKNOWN, Outcome.WARNING, Outcome.SUCCESS)
NOT_USED = "not_used"  # what a relationship that no lookup uses counts as, whatever its outcome
STATES: dict[str, str] = {**{outcome: VERDICTS[outcome] for outcome in URGENCY}, NOT_USED: "not used"}
"""What a target counts as, the worst first, in words."""
MARKS = {"failure": "✕", "unknown": "?", "warning": "!", "success": "✓", NOT_USED: "–"}
"""A sign for each of `STATES`, for those who do not see its colour."""
_KINDS = {
    EndpointKind.EWS_WSSECURITY: "EWS",
    EndpointKind.AUTODISCOVER_WSSECURITY: "Autodiscover",
    EndpointKind.AUTODISCOVER: "Autodiscover SOAP",
}
BELOW_LIMIT = f"{VERDICTS[Outcome.SUCCESS]}, below your limit"
_TALLIED = (VERDICTS[URGENCY[0]], BELOW_LIMIT, *(VERDICTS[outcome] for outcome in URGENCY[1:]))
BELOW = "below_limit"
EXPIRES_SOON = "certificate-expires-soon"
_PER_DAY = 86400


def worst_outcome(documents: Sequence[ResultDocument], left_out: Sequence[str] = ()) -> Outcome:
    """The worst outcome of all targets, and of those left out of the report; `unknown` without any.

    Relationships that their administrators turned off do not count.
    """
    outcomes = [*(document.outcome for document in documents if document.not_used is None), *left_out]
    if documents and not outcomes:
        return Outcome.SUCCESS
    return worst([Outcome(outcome) for outcome in outcomes])


def unchanged(left_out: Sequence[str], *, others: bool) -> str:
    """What is said of targets that were checked and are not shown, because nothing changed at them."""
    count = len(left_out)
    targets = f"{count} {'more ' if others else ''}{'target' if count == 1 else 'targets'}"
    return f"{targets} checked, nothing changed" if others else f"nothing changed: {targets} checked"


def beyond(shown: int, others: int) -> str:
    """What a page says that has no room for all."""
    return (
        f"The {shown:,} worst of {shown + others:,} targets are shown; probe check --format ndjson, or probe "
        "merge of such results, prints all of them"
    )


def urgency(document: ResultDocument) -> tuple[int, bool]:
    """Where a target stands when the worst come first: what fails before what is below a limit.

    A relationship that is not used comes last.
    """
    if document.not_used is not None:
        return len(URGENCY), False
    return URGENCY.index(document.outcome), is_below_limit(document)


def worst_first(document: ResultDocument) -> tuple[tuple[int, bool], float]:
    """What results are sorted by: the worst outcome first, within it what expires first."""
    earliest = expiry(document)
    return urgency(document), float("inf") if earliest is None else earliest.timestamp()


def standing(document: ResultDocument) -> str | None:
    """What its outcome alone does not tell: that it is not used, or fails by a limit of the user's alone."""
    if document.not_used is not None:
        return NOT_USED
    return BELOW if is_below_limit(document) else None


def outcome_words(outcome: str, stands: str | None = None) -> str:
    """An outcome in the words of every report, with what `standing` says of it."""
    if stands == NOT_USED:
        return STATES[NOT_USED]
    return BELOW_LIMIT if stands == BELOW else STATES.get(outcome, outcome)


def counted_as(document: ResultDocument) -> str:
    """Its outcome, or that it counts for nobody."""
    return document.outcome if document.not_used is None else NOT_USED


def worst_of(documents: Sequence[ResultDocument]) -> tuple[Sequence[ResultDocument], Counter[str]]:
    """As many as a page can show, the worst first where there are more; and as what the others count."""
    if len(documents) <= MOST_ON_A_PAGE:
        return documents, Counter()
    ordered = sorted(documents, key=worst_first)
    rest = Counter(map(counted_as, ordered[MOST_ON_A_PAGE:]))
    return ordered[:MOST_ON_A_PAGE], rest


def is_fine(document: ResultDocument) -> bool:
    """Whether nobody has anything to do: it would succeed, or no lookup uses it."""
    return document.not_used is not None or document.outcome == Outcome.SUCCESS


def needs_action(document: ResultDocument) -> bool:
    """Whether lookups would fail or it cannot be told, at a relationship that is used."""
    return document.not_used is None and document.outcome in (Outcome.FAILURE, Outcome.UNKNOWN)


def vantage_state(document: ResultDocument) -> str | None:
    """What of this machine's own state kept it from the partner altogether, or None."""
    judged = [judgement for _, judgement in pairs(document)]
    states = [judgement.vantage_state for judgement in judged if judgement.vantage_state is not None]
    return states[0] if states and len(states) == len(judged) else None


def kind_name(endpoint: EndpointEntry) -> str:
    """The endpoint's kind as an administrator says it: EWS, Autodiscover."""
    return _KINDS.get(endpoint.kind, endpoint.kind)


def pairs(document: ResultDocument) -> Iterator[tuple[EndpointEntry, JudgementEntry]]:
    """Every endpoint with each of its judgements, in the document's order."""
    for endpoint in document.endpoints:
        for judgement in endpoint.judgements:
            yield endpoint, judgement


def decisive(document: ResultDocument) -> tuple[EndpointEntry, JudgementEntry] | None:
    """The first endpoint and judgement with the worst outcome, or None when nothing was judged."""
    return min(pairs(document), key=lambda pair: URGENCY.index(pair[1].outcome), default=None)


def verdict(document: ResultDocument) -> str:
    """The document's outcome in words; see `judgement_verdict`."""
    if document.not_used is not None:
        return STATES[NOT_USED]
    left = _left_of_limit(document)
    return VERDICTS[document.outcome] if left is None else _limit_words(left)


def _left_of_limit(document: ResultDocument) -> int | None:
    """Days left of a document whose outcome comes of expiry thresholds alone; None: of anything else."""
    worst_ones = [judgement for _, judgement in pairs(document) if judgement.outcome == document.outcome]
    crossed = [days_left(judgement) for judgement in worst_ones if crosses_limit(judgement)]
    known = [left for left in crossed if left is not None]
    return min(known) if known and len(known) == len(worst_ones) else None


def is_below_limit(document: ResultDocument) -> bool:
    """Whether lookups would succeed, and only a limit of the user's makes the outcome a failure."""
    return document.outcome == Outcome.FAILURE and _left_of_limit(document) is not None


def tally(documents: Sequence[ResultDocument]) -> list[str]:
    """How many targets have which verdict, worst first; what is not used last."""
    used = [document for document in documents if document.not_used is None]
    parts = counted_verdicts([(document.outcome, is_below_limit(document)) for document in used])
    return [*parts, f"{len(documents) - len(used)} not used"] if len(used) < len(documents) else parts


def counted_verdicts(outcomes: Iterable[tuple[Outcome, bool]]) -> list[str]:
    """How many of each, worst first; of an outcome whether it comes of the user's limit alone."""
    words = Counter(
        BELOW_LIMIT if of_limit and outcome == Outcome.FAILURE else VERDICTS[outcome]
        for outcome, of_limit in outcomes
    )
    return [f"{words[word]} {word}" for word in _TALLIED if words[word]]


def judgement_verdict(judgement: JudgementEntry) -> str:
    """The outcome in words. A threshold that is crossed is no failure, and is not called one."""
    left = days_left(judgement)
    if crosses_limit(judgement) and left is not None:
        return _limit_words(left)
    return VERDICTS[judgement.outcome]


def crosses_limit(judgement: JudgementEntry) -> bool:
    """Whether the caller would accept the endpoint, and the outcome comes of an expiry threshold alone."""
    if judgement.web_exception is not None or judgement.outcome not in (Outcome.WARNING, Outcome.FAILURE):
        return False
    decisive_ones = [f.code for f in judgement.findings if f.severity.value == judgement.outcome.value]
    return bool(decisive_ones) and set(decisive_ones) == {EXPIRES_SOON}


def days_left(judgement: JudgementEntry) -> int | None:
    """Whole days until the first element of the judged chain expires, or None when no date is known."""
    moment = chain_expiry(judgement)
    return None if moment is None else days(moment, judgement.at)


def _limit_words(left: int) -> str:
    when = f"expires in {counted(left, 'day')}" if left >= 0 else f"expired {counted(-left, 'day')} ago"
    return f"{VERDICTS[Outcome.SUCCESS]}; {when}, below your limit"


def groups(document: ResultDocument) -> list[tuple[JudgementEntry, list[tuple[EndpointEntry, str]]]]:
    """Judgements that differ only in their caller or endpoint, together: one, and (endpoint, caller) of each.

    The worst come first, so that a reader sees each distinct verdict once. The entries of the event log name
    the endpoint and are left out: who prints them takes them from each judgement.
    """
    found: dict[JudgementEntry, list[tuple[EndpointEntry, str]]] = {}
    for endpoint, judgement in pairs(document):
        found.setdefault(replace(judgement, caller="", log_lines=()), []).append((endpoint, judgement.caller))
    return sorted(found.items(), key=lambda group: URGENCY.index(group[0].outcome))


def main_finding(judgement: JudgementEntry) -> FindingEntry | None:
    """The finding that explains the outcome: the first of its severity, else the first that matters."""
    by_severity = [f for f in judgement.findings if f.severity.value == judgement.outcome.value]
    others = [f for f in judgement.findings if f.severity != "info"]
    return next(iter((*by_severity, *others)), None)


def headline(document: ResultDocument) -> str:
    """One sentence that says why the target has its outcome."""
    if document.not_used is not None:
        return document.not_used
    if document.error is not None:
        return f"Not checked: {document.error}"
    pair = decisive(document)
    return reason(pair[1]) if pair else "No endpoint was found that could be judged."


def reason(judgement: JudgementEntry) -> str:
    """One sentence that says why a judgement has its outcome."""
    finding = main_finding(judgement)
    if finding is not None:
        return finding.summary
    if judgement.web_exception is not None:
        return f"The caller would log {judgement.web_exception.status}."
    if judgement.outcome == "success":
        return "The caller would accept this endpoint."
    return "No reason is on record."


def remedies(judgement: JudgementEntry) -> tuple[RemedyEntry, ...]:
    """Every remedy once, those that were proved first."""
    every = dict.fromkeys(remedy for finding in judgement.findings for remedy in finding.remedies)
    return tuple(sorted(every, key=lambda remedy: (not proof(remedy), remedy.together or 0)))


def proof(remedy: RemedyEntry) -> str:
    """What judging again showed of a remedy, in words; empty when it was not shown to help."""
    if remedy.together is not None:
        return f"proved together with the other changes of set {remedy.together}"
    return "proved: judged again with this change it is accepted" if remedy.proved else ""


def chain_flags(chain: ChainEntry) -> tuple[str, ...]:
    """The flags that the chain has as a whole and none of its elements (PartialChain, mostly)."""
    told = {flag for element in chain.elements for flag in element.status}
    return tuple(flag for flag in chain.status if flag not in told and flag != "NoError")


def chain_expiry(judgement: JudgementEntry) -> datetime | None:
    """When the first element of the judged chain expires, or None when no chain or no date is known."""
    elements = judgement.chain.elements if judgement.chain else ()
    return min((e.not_after for e in elements if e.not_after is not None), default=None)


def presented_expiry(endpoint: EndpointEntry) -> datetime | None:
    """When the first of the presented certificates expires, or None when none was seen."""
    presented = endpoint.tls.presented if endpoint.tls else ()
    return min((c.not_after for c in presented if c.not_after is not None), default=None)


def expiry(document: ResultDocument) -> datetime | None:
    """When the first certificate in use expires: of the judged chains, else of what was presented."""
    judged = [moment for _, j in pairs(document) if (moment := chain_expiry(j)) is not None]
    seen = [moment for e in document.endpoints if (moment := presented_expiry(e)) is not None]
    return min(judged or seen, default=None)


def counted(number: int, noun: str) -> str:
    """The number with its noun, in the plural unless it is one."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def days(until: datetime, now: datetime) -> int:
    """Whole days from `now` until a moment, rounded down: 0 on the last day, negative when it is past."""
    return int((until - now).total_seconds() // _PER_DAY)
