"""The entries that the caller's Availability service would write for a failure.

The event is 4002, source MSExchange Availability ([exchange 5.2]). Names of the process, mailbox and
server are the caller's own and cannot be predicted, so they are left to the reader as `…`.
"""

from __future__ import annotations

from collections.abc import Sequence

from probe.judgement import wording
from probe.judgement.caller_profile import Caller
from probe.judgement.model import WebException

REQUEST_TYPE = "FederatedCrossForest"
CALLER_SIDS = "WSSecurity"
UNKNOWN = "…"


def log_lines(
    exceptions: Sequence[WebException], url: str, *, caller: Caller | None = None
) -> tuple[str, ...]:
    """Two lines for each exception: as the service wraps it, and event 4002 ([exchange 5.2]).

    `url` is the one that the caller would use, with its `/WSSecurity`. Without a caller it is one of
    Exchange 2013 or later.
    """
    return tuple(line for exception in exceptions for line in _entries(exception, url, caller))


def _entries(exception: WebException, url: str, caller: Caller | None) -> tuple[str, str]:
    wrapped = _wrapped(exception, caller)
    event = wording.EVENT_4002.format(UNKNOWN, REQUEST_TYPE, UNKNOWN, url, CALLER_SIDS, wrapped)
    return wrapped, event


def _wrapped(exception: WebException, caller: Caller | None) -> str:
    if caller is not None and caller.exchange == "2010":
        return wording.line(wording.AVAILABILITY_EXCEPTION, exception.text)
    outer = wording.line(wording.AVAILABILITY_EXCEPTION, wording.PROXY_REQUEST_FAILED)
    return wording.INNER.format(outer, exception.text)
