"""Whether a caller has anything to offer in a handshake, whoever its partner is.

With every version that its .NET asks for switched off in SChannel, or no cipher suite left for those that are
on, AcquireCredentialsHandle fails before a byte is sent [failures 5.4.3].
"""

from __future__ import annotations

from collections.abc import Sequence

from probe.judgement.caller_profile import Caller
from probe.judgement.cipher_suites import is_usable
from probe.judgement.connection.acceptance import ObjectionCause
from probe.judgement.connection.agreement import Agreement, State, listed

_VERSIONS = ("TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3")
NO_OFFER = frozenset({ObjectionCause.NO_PROTOCOL, ObjectionCause.NO_SUITE})


def is_any(caller: Caller) -> bool:
    """Whether it is sure to offer a version and a cipher suite that go together."""
    return bool(_usable(caller, caller.protocols))


def without_offer(caller: Caller, highest: str | None) -> Agreement | None:
    """That the caller offers nothing, or may offer nothing; None for one that has an offer.

    `highest`: the version that the partner agreed to with every version offered, None for nothing. Where that
    is older than all that the caller may offer, it fails with either [failures 6.5].
    """
    if is_any(caller):
        return None
    if caller.protocols:
        cause = ObjectionCause.NO_SUITE
        why = f"{caller.display} has no cipher suite for {listed(caller.protocols)}, which is all that is on"
    else:
        cause = ObjectionCause.NO_PROTOCOL
        why = f"{caller.display} has no protocol version switched on that its .NET is sure to ask for"
    may = _usable(caller, caller.may_offer)
    if may and highest in _VERSIONS and all(_VERSIONS.index(highest) < _VERSIONS.index(p) for p in may):
        either = (
            f"{why}; should it offer {listed(may)}, the partner speaks at most {highest}: it fails so too"
        )
        return Agreement(State.REFUSED, either, cause=cause, same_failure=False)
    if may:
        doubt = f"{why}; whether it offers {listed(may)} is not known, and with nothing it fails for everyone"
        return Agreement(State.UNKNOWN, doubt, cause=cause)
    return Agreement(State.REFUSED, f"{why}: it fails before it sends a byte, for every partner", cause=cause)


def _usable(caller: Caller, protocols: Sequence[str]) -> list[str]:
    """Those of these versions for which the caller has a cipher suite."""
    return [p for p in protocols if any(is_usable(suite, p) for suite in caller.cipher_suites)]
