"""Whether an authority has revoked a certificate, as far as its answers let the caller know.

Windows has three outcomes; the fourth is ours, for what Windows would learn and nobody here can (a download
that was not made, a delta CRL, a moment that the answer does not cover).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct

# An answer made while the target was looked at is younger than the observation's own time.
CLOCK_SLACK = timedelta(hours=1)


class RevocationStanding(Enum):
    """What becomes of one answer, or of all answers about one certificate."""

    GOOD = "not revoked"
    REVOKED = "revoked"
    UNKNOWN = "unknown to Windows"
    INDETERMINATE = "unknown here"


class Statement(Struct, frozen=True):
    """A standing and the sentence that gives the reason."""

    standing: RevocationStanding
    why: str


class Moment(Struct, frozen=True):
    """`asked`: the moment judged. `answered`: when the answers were fetched."""

    asked: datetime
    answered: datetime


def revoked(revoked_at: datetime, this_update: datetime, moment: Moment) -> Statement:
    """The standing of a certificate that an authentic answer names as revoked.

    That the answer has expired changes nothing (dotnet/runtime DynamicRevocationTests,
    RevokeEndEntityWithExpiredRevocation on Windows).
    """
    if this_update > moment.answered + CLOCK_SLACK:
        return Statement(
            RevocationStanding.INDETERMINATE,
            f"the answer is dated {_time(this_update)}, which is yet to come",
        )
    if revoked_at > moment.asked:
        return Statement(
            RevocationStanding.INDETERMINATE, f"it is revoked, but only since {_time(revoked_at)}"
        )
    return Statement(RevocationStanding.REVOKED, f"its issuer has revoked it as of {_time(revoked_at)}")


def good(this_update: datetime, next_update: datetime | None, moment: Moment) -> Statement:
    """The standing of a certificate that an authentic answer does not name as revoked.

    An answer without nextUpdate does not expire, and one made after the moment asked about serves
    (dotnet/runtime DynamicRevocationTests, TestRevocationWithNoNextUpdate and NothingRevoked on Windows).
    """
    if this_update > moment.answered + CLOCK_SLACK:
        return Statement(
            RevocationStanding.INDETERMINATE,
            f"the answer is dated {_time(this_update)}, which is yet to come",
        )
    if next_update is not None and next_update < moment.answered:
        return Statement(RevocationStanding.UNKNOWN, f"the answer is out of date since {_time(next_update)}")
    if next_update is not None and next_update < moment.asked:
        return Statement(
            RevocationStanding.INDETERMINATE, f"the answer covers nothing after {_time(next_update)}"
        )
    return Statement(RevocationStanding.GOOD, "its issuer has not revoked it")


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
