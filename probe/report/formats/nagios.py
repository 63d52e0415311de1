"""Nagios and Icinga plugin output: one status line, performance data, and long output.

Grammar and exit codes are those of the Monitoring Plugins Development Guidelines; the numbers are the
contract's own exit codes (0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN). Expiry thresholds are already in the
outcome; here they only go into the performance data, as ranges (`30:` alerts below 30).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from types import MappingProxyType

from probe.judgement.model import Outcome
from probe.judgement.thresholds import DEFAULT_THRESHOLDS, Threshold, Thresholds
from probe.report import summary
from probe.report.clean import plugin_text
from probe.report.document import JudgementEntry, ResultDocument

STATES: Mapping[str, str] = {
    "success": "OK",
    "warning": "WARNING",
    "failure": "CRITICAL",
    "unknown": "UNKNOWN",
}
_NONE: Mapping[str, Thresholds] = MappingProxyType({})
MAXIMUM_BYTES = 4096
_PERFORMANCE_BYTES = 1600
_CUT = "the output is cut here: --format text or html has all of it"
_NAMED = 3  # how many targets the status line names before it only counts


def render(
    documents: Sequence[ResultDocument],
    *,
    now: datetime,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    own: Mapping[str, Thresholds] = _NONE,
    left_out: Sequence[str] = (),
) -> str:
    """The plugin's whole output. `now` is what days left are counted from.

    `own` has the thresholds of targets, by their input, that were judged with others than `thresholds`.
    `left_out` are the outcomes of targets that are not shown because nothing changed. The output has at most
    `MAXIMUM_BYTES`, the worst targets first: what Nagios itself and NRPE read of a plugin.
    """
    documents = sorted(documents, key=summary.urgency)
    state = STATES[summary.worst_outcome(documents, left_out)]
    performance = [
        item
        for document in documents
        for item in _performance(document, documents, now, own.get(document.target.input, thresholds))
    ]
    first = f"FEDPROBE {state} - {_status(documents, left_out)}"
    if performance:
        first += " | " + " ".join(_fitting(performance, _PERFORMANCE_BYTES))
    left = MAXIMUM_BYTES - _size(first) - _size(_CUT)
    lines = [line for document in documents for line in _long(document)]
    shown = _fitting(lines, left)
    return "\n".join((first, *shown, *([_CUT] if len(shown) < len(lines) else []))) + "\n"


def _fitting(texts: Sequence[str], limit: int) -> list[str]:
    """The first of these texts that have at most `limit` bytes in all, with what stands between them."""
    ends = accumulate(_size(text) for text in texts)
    return [text for text, end in zip(texts, ends, strict=True) if end <= limit]


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace")) + 1


def _status(documents: Sequence[ResultDocument], left_out: Sequence[str]) -> str:
    if not left_out:
        return _changed(documents)
    unchanged = summary.unchanged(left_out, others=bool(documents))
    return f"{_changed(documents)}; {unchanged}" if documents else unchanged


def _changed(documents: Sequence[ResultDocument]) -> str:
    if len(documents) == 1:
        return _in_brief(documents[0])
    bad = [document for document in documents if not summary.is_fine(document)]
    if not bad:
        return f"all {len(documents)} targets would succeed" if documents else "no target was checked"
    named = "; ".join(_in_brief(document) for document in bad[:_NAMED])
    more = f"; and {len(bad) - _NAMED} more" if len(bad) > _NAMED else ""
    return f"{len(documents)} targets: {', '.join(summary.tally(documents))}. {named}{more}"


def _in_brief(document: ResultDocument) -> str:
    """A target in a few words: endpoint, and the fault by .NET's name with the certificate at fault."""
    pair = summary.decisive(document)
    if pair is None or document.not_used is not None:
        return f"{plugin_text(document.target.input, 80)}: {plugin_text(summary.headline(document), 200)}"
    endpoint, judgement = pair
    where = f"{plugin_text(document.target.input, 80)} {summary.kind_name(endpoint)}"
    if judgement.outcome == "success":
        return f"{where}: {summary.VERDICTS[Outcome.SUCCESS]}"
    return f"{where}: {plugin_text(_fault(judgement), 300)}"


def _fault(judgement: JudgementEntry) -> str:
    chain = judgement.chain
    if chain is not None:
        for element in reversed(chain.elements):
            if element.status and judgement.outcome == "failure":
                return f"{', '.join(element.status)} ({element.subject})"
        if judgement.outcome == "failure" and (flags := summary.chain_flags(chain)):
            return f"{', '.join(flags)} ({summary.reason(judgement)})"
    if judgement.outcome == "failure" and judgement.ssl_policy_errors:
        return ", ".join(judgement.ssl_policy_errors)
    if judgement.outcome == "failure" and judgement.web_exception is not None:
        return f"{judgement.web_exception.status}: {summary.reason(judgement)}"
    return summary.reason(judgement)


def _performance(
    document: ResultDocument, documents: Sequence[ResultDocument], now: datetime, thresholds: Thresholds
) -> Iterator[str]:
    prefix = "" if len(documents) == 1 else f"{document.target.input} "
    expiry = _soonest(document)
    if expiry is not None:
        not_before, not_after = expiry
        limits = (_range(t, not_before, not_after) for t in (thresholds.warning, thresholds.critical))
        yield f"{_label(prefix + 'days_left')}={summary.days(not_after, now)};{';'.join(limits)}"
    if document.elapsed_ms is not None:
        yield f"{_label(prefix + 'time')}={document.elapsed_ms / 1000:.3f}s;;;0"


def _soonest(document: ResultDocument) -> tuple[datetime | None, datetime] | None:
    """Validity of the certificate in use that expires first."""
    judged = [
        (element.not_before, element.not_after)
        for _, judgement in summary.pairs(document)
        for element in (judgement.chain.elements if judgement.chain else ())
    ]
    seen = [(c.not_before, c.not_after) for e in document.endpoints if e.tls for c in e.tls.presented]
    known = [(before, after) for before, after in judged or seen if after is not None]
    return min(known, key=lambda validity: validity[1], default=None)


def _range(threshold: Threshold, not_before: datetime | None, not_after: datetime) -> str:
    """The range that alerts below the threshold; empty where a percentage has no lifetime to refer to."""
    if threshold.percent is None or not_before is None:
        return f"{threshold.days:g}:" if threshold.days is not None else ""
    return f"{threshold.margin(not_after - not_before) / timedelta(days=1):.4g}:"


def _label(text: str) -> str:
    """A quoted label; quotes and equals signs may not be in it."""
    return "'" + plugin_text(text, 100).replace("'", "").replace("=", "_") + "'"


def _long(document: ResultDocument) -> Iterator[str]:
    yield f"{plugin_text(document.target.input)}: {summary.verdict(document)}"
    if summary.decisive(document) is None:
        yield f"  {plugin_text(summary.headline(document))}"
    if document.not_used is not None:
        yield f"  {plugin_text(document.not_used)}"
        return
    for endpoint, judgement in summary.pairs(document):
        at = f" at {endpoint.address}" if endpoint.address else ""
        where = plugin_text(f"{summary.kind_name(endpoint)} {endpoint.url}{at}")
        yield f"  {STATES[judgement.outcome]} {where} for {plugin_text(judgement.caller)}"
        yield f"    {plugin_text(summary.reason(judgement))}"
        if judgement.web_exception is not None:
            yield f"    {plugin_text(judgement.web_exception.text, 1000)}"
        for remedy in summary.remedies(judgement):
            proved = f" ({proof})" if (proof := summary.proof(remedy)) else ""
            yield f"    {summary.ACTORS.get(remedy.actor, remedy.actor)}: {plugin_text(remedy.text)}{proved}"
