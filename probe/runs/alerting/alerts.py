"""What somebody is told of one partner: what it was, what it is, why, who acts, since when, what comes next.

Of a partner that is checked again and again something is told when

1. it is checked for the first time and would fail;
2. its outcome is another one than before: it fails now, or it has recovered;
3. it still fails after so many days, and after each so many days again, counted from when it began to fail;
4. something else changed, for those who want to be told every change;
5. never, where the checking machine's own state kept it from the partner. That is told once, of the machine,
   and when the machine has its way out again.

The words are those of the report. Of a relationship that its administrator turned off nothing is told but a
change, to those who want every one; once it is turned on again, that it would fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum, StrEnum

import msgspec
from msgspec import Struct

from probe.errors import DataError
from probe.judgement.model import Outcome
from probe.report import summary
from probe.report.differences import ReportedChange, diff
from probe.report.document import FlipEntry, ResultDocument
from probe.report.json import encoded
from probe.report.letter import WrittenLetter

_ACCEPTED = (Outcome.SUCCESS, Outcome.WARNING)


class AlertKind(StrEnum):
    """Why something is told."""

    FIRST_FAILURE = "first-failure"
    CHANGED = "changed"
    RECOVERED = "recovered"
    STILL_FAILING = "still-failing"
    DETAIL = "detail"
    VANTAGE = "vantage"  # of the checking machine, and of no partner


class Alert(Struct, frozen=True):
    """What is told of one partner. `before` None: it was never checked before.

    `verdict_before` and `verdict` are the outcomes in words; `since`: when this outcome was first seen;
    `before_since`: when the one before was. `next_at`, `next_why`: when the verdict will change by itself.
    `letter`: what can be sent to who mends it, where that is wanted.
    """

    target: str
    before: str | None
    after: str
    observed_at: datetime
    changes: tuple[ReportedChange, ...] = ()
    kind: AlertKind = AlertKind.CHANGED
    verdict_before: str = ""
    verdict: str = ""
    cause: str = ""
    logged: str = ""
    actor: str = ""
    fix: str = ""
    since: datetime | None = None
    before_since: datetime | None = None
    next_at: datetime | None = None
    next_why: str = ""
    letter: WrittenLetter | None = None

    @property
    def calls_for_a_letter(self) -> bool:
        """Whether somebody has to be written to: it fails or soon will, and that is news or still so."""
        told = (AlertKind.FIRST_FAILURE, AlertKind.CHANGED, AlertKind.STILL_FAILING)
        return self.kind in told and self.after in (Outcome.FAILURE, Outcome.WARNING)


class Tells(Enum):
    """What somebody wants to be told."""

    NOTHING = "nothing"
    VERDICTS = "verdicts: failures, recoveries, reminders"
    EVERYTHING = "every change"

    def includes(self, alert: Alert | None) -> bool:
        """Whether this alert is wanted."""
        if alert is None or self is Tells.NOTHING:
            return False
        return alert.kind is not AlertKind.DETAIL or self is Tells.EVERYTHING


class Earlier(Struct, frozen=True):
    """The result before: its document where it differs, when it was seen, since when it had its outcome.

    `counted_as`: the outcome, or that it was not used and counted for nobody.
    """

    outcome: str
    counted_as: str
    observed_at: datetime
    since: datetime
    document: ResultDocument | None


def alert_of(document: ResultDocument, earlier: Earlier | None, remind_after: timedelta) -> Alert | None:
    """What there is to tell of a result after the one before; None: nothing.

    `remind_after` of 0 reminds never.
    """
    if summary.vantage_state(document) is not None:
        return None
    differing = earlier.document if earlier is not None else None
    changes = () if differing is None else diff(differing, document)
    kind = _kind(document, earlier, changes, remind_after)
    if kind is None:
        return None
    pair = summary.decisive(document)
    judgement = pair[1] if pair is not None else None
    remedy = next(iter(summary.remedies(judgement)), None) if judgement is not None else None
    logged = judgement.web_exception.text if judgement is not None and judgement.web_exception else ""
    coming = _next(document)
    same = earlier is not None and earlier.counted_as == summary.counted_as(document)
    return Alert(
        target=document.target.input,
        before=None if earlier is None else earlier.outcome,
        after=document.outcome,
        observed_at=document.observed_at,
        changes=changes,
        kind=kind,
        verdict_before=_verdict_before(earlier),
        verdict=summary.verdict(document),
        cause=summary.headline(document),
        logged=logged,
        actor=summary.ACTORS[remedy.actor] if remedy is not None else "",
        fix=remedy.text if remedy is not None else "",
        since=earlier.since if earlier is not None and same else document.observed_at,
        before_since=earlier.since if earlier is not None and not same else None,
        next_at=coming.at if coming is not None else None,
        next_why=coming.why if coming is not None else "",
    )


THIS_MACHINE = "this machine"


def vantage_alert(notes: Sequence[str], observed_at: datetime) -> Alert:
    """What is told of the checking machine: what it lacks, or without `notes` that it lacks nothing."""
    return Alert(
        target=THIS_MACHINE,
        before=None,
        after=Outcome.UNKNOWN if notes else Outcome.SUCCESS,
        observed_at=observed_at,
        kind=AlertKind.VANTAGE,
        verdict="what it says of partners is in doubt" if notes else "checks partners again as before",
        cause=" ".join(notes),
        since=observed_at,
    )


def _kind(
    document: ResultDocument,
    earlier: Earlier | None,
    changes: Sequence[ReportedChange],
    remind_after: timedelta,
) -> AlertKind | None:
    detail = AlertKind.DETAIL if changes else None
    if document.not_used is not None:
        return detail
    fails = document.outcome == Outcome.FAILURE
    if earlier is None:
        return AlertKind.FIRST_FAILURE if fails else None
    if earlier.counted_as == summary.NOT_USED:
        return AlertKind.CHANGED if fails else detail
    if earlier.outcome != document.outcome:
        recovered = document.outcome in _ACCEPTED and earlier.outcome not in _ACCEPTED
        return AlertKind.RECOVERED if recovered else AlertKind.CHANGED
    if fails and _is_due(earlier, document.observed_at, remind_after):
        return AlertKind.STILL_FAILING
    return detail


def _is_due(earlier: Earlier, now: datetime, remind_after: timedelta) -> bool:
    """Whether a multiple of `remind_after` since the failure began lies between the last result and this."""
    if not remind_after:
        return False
    return (now - earlier.since) // remind_after > (earlier.observed_at - earlier.since) // remind_after


def _verdict_before(earlier: Earlier | None) -> str:
    if earlier is None:
        return "never checked"
    if earlier.counted_as == summary.NOT_USED:
        return summary.STATES[summary.NOT_USED]
    if earlier.document is not None:
        return summary.verdict(earlier.document)
    return summary.VERDICTS[Outcome(earlier.outcome)]


def _next(document: ResultDocument) -> FlipEntry | None:
    """The first date at which a verdict changes by itself, else the first expiry."""
    flips = [judgement.flip for _, judgement in summary.pairs(document) if judgement.flip is not None]
    if flips:
        return min(flips, key=lambda flip: flip.at)
    moment = summary.expiry(document)
    if moment is None or moment <= document.observed_at:
        return None
    return FlipEntry(moment, "the first certificate expires")


def dumps(alert: Alert) -> bytes:
    """The alert as JSON, whatever characters a partner sent, while it waits to be told."""
    return encoded(alert)


def loads(data: bytes) -> Alert:
    """The alert of `dumps`.

    Raises:
        DataError: these bytes are none.
    """
    try:
        return msgspec.json.decode(data, type=Alert)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as damaged:
        raise DataError(f"an alert that waits to be told is damaged ({damaged})") from None
