"""Which failures may be gone a moment later, so that asking once more is fair.

Only what a busy network does: no answer in time, a reset before any request was sent, a resolver that
failed. A refusal, an unknown name, an alert, a certificate are answers, and answers are not asked again.
What happens after the request was sent is never repeated: the reset there is one of the two failures that
this program exists to show.
"""

from __future__ import annotations

from probe.facts.observation import FailureKind, Phase
from probe.report.document import FailureEntry, ResultDocument

_BEFORE_THE_REQUEST = frozenset({Phase.CONNECT.value, Phase.TUNNEL.value, Phase.HANDSHAKE.value})
_RESOLVER = frozenset({FailureKind.RESOLVER_FAILED.value, FailureKind.TIMEOUT.value})
_NETWORK = frozenset({FailureKind.TIMEOUT.value, FailureKind.RESET.value})


def transient_failure(document: ResultDocument) -> str | None:
    """The first failure of the document that may be transient, in words, or None."""
    for endpoint in document.endpoints:
        if endpoint.failure is not None and may_be_transient(endpoint.failure):
            where = f"{endpoint.url} at {endpoint.address}" if endpoint.address else endpoint.url
            return f"{where}: {endpoint.failure.phase}: {endpoint.failure.kind}"
    return None


def may_be_transient(failure: FailureEntry) -> bool:
    """Whether the same attempt could succeed a moment later."""
    if failure.phase == Phase.RESOLVE.value:
        return failure.kind in _RESOLVER
    return failure.phase in _BEFORE_THE_REQUEST and failure.kind in _NETWORK
