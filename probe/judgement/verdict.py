"""What the caller would do with this endpoint at this address, and what it would log.

The order is the caller's: name, TCP, proxy, TLS negotiation, certificate, HTTP ([validation 0.1]).
What stops the caller hides everything behind it: a TLS failure hides the certificate, a rejected
certificate hides every HTTP answer. Where a probe without a token, or at another place, cannot know, the
outcome is unknown and `possible` says what the log would hold if the caller met the same.

Which connection decides (`_posted`):

1. The handshake that the caller and the partner agree on (handshake.py) names the offer; only connections
   with that offer count.
2. Among these the last one that carried a POST decides, else the last one that broke before any request.
3. Where none has either, a connection of the caller's wider offer stands in, if its answer is whole and it
   presented the same certificates (it was sent beside the first one, collection's parallel_requests.py).
4. Otherwise the last connection that broke, else the last one at all.
"""

from __future__ import annotations

import errno
import re
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from probe.dotnet import SslPolicyErrors
from probe.facts.observation import Connection, FailureKind, HttpExchange, Phase, Visit, last_post
from probe.judgement.caller_profile import Caller
from probe.judgement.connection import handshake, own_offer, web_exception
from probe.judgement.connection.agreement import Agreement, State, library_gave_up, reached
from probe.judgement.connection.vantage_state import vantage_state
from probe.judgement.event_log import log_lines as log_lines
from probe.judgement.model import Outcome, WebException

if TYPE_CHECKING:
    from probe.judgement.http.answers import ResponseReading


class Stage(StrEnum):
    """Where the caller would have got to; `service` is the end of the way."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    TUNNEL = "tunnel"
    HANDSHAKE = "handshake"
    CERTIFICATE = "certificate"
    REQUEST = "request"
    SERVICE = "service"


class Verdict(Struct, frozen=True):
    """The answer for one visit and one caller: success, failure or unknown, and why in a sentence.

    `web_exception` is what the caller logs, for a failure only; `possible` what it would log if it met what
    the probe met, for unknown only. `connection` is the decisive one, `reading` what its answers say.
    """

    outcome: Outcome
    stage: Stage
    why: str
    web_exception: WebException | None = None
    possible: WebException | None = None
    agreement: Agreement | None = None
    connection: Connection | None = None
    reading: ResponseReading | None = None


def decide(
    visit: Visit, caller: Caller, errors: SslPolicyErrors | None, *, indeterminate: str | None = None
) -> Verdict:
    """The verdict. `errors` None: no certificate was judged; `indeterminate`: why they prove nothing."""
    if not any(reached(connection) for connection in visit.connections):
        return _unreached(visit.connections[0])
    agreement = handshake.agree(visit, caller)
    if agreement.state is State.UNKNOWN:
        return Verdict(
            Outcome.UNKNOWN,
            Stage.HANDSHAKE,
            agreement.why,
            agreement=agreement,
            connection=agreement.connection,
        )
    if agreement.state is State.REFUSED:
        return _refused(agreement, caller)
    if errors is None or indeterminate is not None:
        why = indeterminate or "no certificate was judged"
        return Verdict(
            Outcome.UNKNOWN, Stage.CERTIFICATE, why, agreement=agreement, connection=agreement.connection
        )
    if errors:
        return Verdict(
            Outcome.FAILURE,
            Stage.CERTIFICATE,
            "the caller rejects the certificate",
            web_exception=web_exception.trust_failure(),
            agreement=agreement,
            connection=agreement.connection,
        )
    return _request(visit, agreement, caller)


def _unreached(connection: Connection) -> Verdict:
    failure = connection.failure
    if failure is None:
        return Verdict(Outcome.UNKNOWN, Stage.CONNECT, "nothing was tried", connection=connection)
    stage = _STAGES[failure.phase]
    exception = web_exception.wire_exception(connection)
    doubt = _doubt_before_handshake(connection)
    if doubt is not None or exception is None:
        why = doubt or "the connection broke in a way that .NET has no text for"
        return Verdict(Outcome.UNKNOWN, stage, why, possible=exception, connection=connection)
    return Verdict(Outcome.FAILURE, stage, _STOPPED[failure.phase], exception, connection=connection)


_STAGES = {Phase.RESOLVE: Stage.RESOLVE, Phase.CONNECT: Stage.CONNECT, Phase.TUNNEL: Stage.TUNNEL}
_STOPPED = {
    Phase.RESOLVE: "the name has no address",
    Phase.CONNECT: "no connection can be made",
    Phase.TUNNEL: "the proxy does not open a way to the partner",
}


_NEVER_TRIED = {
    FailureKind.DEADLINE: "the time for the whole target was over before a connection was made",
    FailureKind.INTERRUPTED: "the run was stopped",
    FailureKind.FLOOD: "the proxy sends without an end, and this machine stopped reading",
}


def _doubt_before_handshake(connection: Connection) -> str | None:
    """Why a failure before the handshake says more about this machine than about the partner, or None."""
    failure = connection.failure
    if failure is None:
        return None
    if failure.kind in _NEVER_TRIED:
        return _NEVER_TRIED[failure.kind]
    if failure.errno == errno.EPERM and connection.address is None:
        return "this machine itself refused to connect"
    return vantage_state(connection)


def _refused(agreement: Agreement, caller: Caller) -> Verdict:
    failed = agreement.connection
    failure = None if failed is None else failed.failure
    exception: WebException | None = web_exception.secure_channel_failure()
    if not agreement.same_failure:
        exception = None
    elif agreement.cause in own_offer.NO_OFFER:
        exception = web_exception.no_credential()
    elif failed is not None and failure is not None and failure.phase is Phase.HANDSHAKE:
        exception = web_exception.wire_exception(failed) or exception
    waited = None if failed is None else short_wait(failed, caller)
    if waited is not None:
        why = (
            f"the handshake was not finished in the {waited:.1f} s that this run gave it; the caller waits "
            "longer"
        )
        return Verdict(Outcome.UNKNOWN, Stage.HANDSHAKE, why, None, exception, agreement, failed)
    return Verdict(
        Outcome.FAILURE, Stage.HANDSHAKE, agreement.why, exception, agreement=agreement, connection=failed
    )


def _request(visit: Visit, agreement: Agreement, caller: Caller) -> Verdict:
    from probe.judgement.http import (
        response,
        soap_client,
    )  # what judges answers, of which there are none before

    if agreement.connection is None:
        # Agreed in answer to the caller's own ClientHello, in what this machine cannot finish.
        why = f"{agreement.why}; no request could be made over it from this machine"
        return Verdict(Outcome.UNKNOWN, Stage.REQUEST, why, agreement=agreement)
    connection = _posted(visit, agreement.connection, caller)
    readings = response.read(visit.endpoint, response.exchanges(visit, connection, caller))
    reading = readings[0]
    post = last_post(connection.exchanges)
    if connection.failure is not None and _ended_by_failure(connection, post):
        return _broken(connection, agreement, reading, caller)
    if post is None or post.status is None:
        why = "no SOAP request was answered, so the service itself was not reached"
        return Verdict(Outcome.UNKNOWN, Stage.REQUEST, why, None, None, agreement, connection, reading)
    exception = soap_client.exception(post)
    outcome = reading.outcome
    stage = Stage.SERVICE if outcome is Outcome.SUCCESS else Stage.REQUEST
    return Verdict(
        outcome,
        stage,
        reading.summary,
        web_exception=exception if outcome is Outcome.FAILURE and reading.same_answer else None,
        possible=exception if outcome is Outcome.UNKNOWN else None,
        agreement=agreement,
        connection=connection,
        reading=reading,
    )


def _posted(visit: Visit, agreed: Connection | None, caller: Caller) -> Connection:
    """The connection that decides: the last with a POST on it, among those of the handshake agreed on.

    Where those were not waited for, it is the one beside them, in what else the caller may offer.
    """
    shape = None if agreed is None else agreed.offer.shape
    candidates = [c for c in visit.connections if c.tls is not None and c.offer.shape == shape]
    posted = [c for c in candidates if last_post(c.exchanges) is not None]
    broken = [c for c in candidates if c.failure is not None]
    beside = [c for c in visit.connections if agreed is not None and _stands_in(c, agreed, caller)]
    # A GET that broke does not take the place of a POST that was answered beside it.
    before_any_request = [c for c in broken if not c.exchanges]
    return (posted or before_any_request or beside or broken or candidates or list(visit.connections))[-1]


def _stands_in(connection: Connection, agreed: Connection, caller: Caller) -> bool:
    """Whether this connection's answer is the caller's too: a whole one, from who has the same certificates.

    It may differ from the caller's own handshake only in offering TLS 1.3, which that caller may do as well.
    """
    if agreed.offer.shape != caller.handshake_shape or connection.offer.shape != caller.wider_shape:
        return False
    post = last_post(connection.exchanges)
    whole = post is not None and post.status is not None and post.body_complete
    return whole and connection.failure is None and connection.presented == agreed.presented


def _ended_by_failure(connection: Connection, post: HttpExchange | None) -> bool:
    """Whether the failure ended the request that decides, not something after its whole answer."""
    if post is None or post.status is None:
        return True
    return post is connection.exchanges[-1] and not post.body_complete


def _broken(
    connection: Connection, agreement: Agreement, reading: ResponseReading, caller: Caller
) -> Verdict:
    exception = web_exception.wire_exception(connection)
    doubt = _doubt_after_handshake(connection) or _doubt_of_wait(connection, caller)
    if doubt is not None or exception is None:
        why = doubt or "the answer is one that only this machine's HTTP library refuses"
        return Verdict(Outcome.UNKNOWN, Stage.REQUEST, why, None, exception, agreement, connection, reading)
    return Verdict(
        Outcome.FAILURE, Stage.REQUEST, _how(connection), exception, None, agreement, connection, reading
    )


_AT_LEAST_WAITED_MS = 1000.0
# What OpenSSL says of a record that no TLS implementation can read.
_UNREADABLE = re.compile(
    r"BAD[_ ]RECORD[_ ]MAC|DECRYPTION[_ ]FAILED|WRONG[_ ]VERSION[_ ]NUMBER|BAD[_ ]RECORD[_ ]TYPE"
)


# How a server that is tired of an idle connection ends it, which races with the next request on it
# (RFC 9112 section 9.5): in good order, or with a reset when that request arrives after it has closed.
_ENDED = frozenset({FailureKind.CLOSED, FailureKind.CLOSE_NOTIFY, FailureKind.RESET})


def _doubt_after_handshake(connection: Connection) -> str | None:
    """Why what ended the request need not meet the caller, or None."""
    failure = connection.failure
    if failure is None:
        return None
    if failure.kind is FailureKind.INTERRUPTED:
        return "the run was stopped"
    if failure.kind is FailureKind.FLOOD:
        return f"the partner sends without an end ({failure.detail}), and this machine stopped reading"
    if failure.kind is FailureKind.TLS_ERROR and not _UNREADABLE.search(failure.detail.upper()):
        return library_gave_up(failure)
    if failure.kind is FailureKind.DEADLINE and _waited(connection) < _AT_LEAST_WAITED_MS:
        return "the time for the whole target was used up elsewhere"
    if failure.kind in _ENDED and web_exception.is_reused(connection):
        return "the partner ended a connection that had answered before; a first request may fare better"
    return None


def _waited(connection: Connection) -> float:
    failure = connection.failure
    spent = getattr(connection.timings, failure.phase.value, None) if failure is not None else None
    # Without a figure the wait is taken as long enough: the record is older or cut.
    return _AT_LEAST_WAITED_MS if spent is None else float(spent)


# 25 s is the default of Exchange 2013; of later versions no source says it ([exchange 1.1.7]).
_TOO_SLOW = (
    "the partner did not answer in time; Exchange 2013 waits 25 seconds and then cancels, and later versions "
    "are presumed to do the same"
)
_HOW = {
    FailureKind.RESET: "the connection was reset after the request was sent",
    FailureKind.CLOSED: "the connection was closed without an answer",
    FailureKind.CLOSE_NOTIFY: "the connection was closed without an answer",
    FailureKind.TRUNCATED: "the answer was cut off",
    FailureKind.ALERT: "the partner ended the session with a TLS alert",
    FailureKind.TLS_ERROR: "the partner sent a TLS record that cannot be read",
    FailureKind.TIMEOUT: _TOO_SLOW,
    FailureKind.DEADLINE: _TOO_SLOW,
    FailureKind.MALFORMED: "the answer breaks HTTP",
    FailureKind.FLOOD: "the partner sends without an end",
    FailureKind.HEADER_LIMIT: "the headers of the answer are longer than .NET accepts (64 KB)",
}


def _how(connection: Connection) -> str:
    failure = connection.failure
    return "" if failure is None else _HOW.get(failure.kind, "the connection broke during the request")


# A ClientHello that was lost is sent again after 1 and 3 seconds (RFC 6298 sections 2 and 5.5).
_SILENT_HANDSHAKE_SECONDS = 4.0
_ANSWERING = frozenset({Phase.SEND, Phase.RECEIVE})


def short_wait(connection: Connection, caller: Caller) -> float | None:
    """The seconds after which this run gave up on what the caller still waits for, or None.

    Without a figure the wait is taken as long enough: the record is older or cut. Whoever is silent in the
    handshake though a lost ClientHello was sent again, twice, is not slow, but held by something on the way.
    """
    failure, enough = connection.failure, caller.answer_timeout_seconds
    if failure is None or failure.kind not in web_exception.STALLED:
        return None
    if failure.phase is Phase.HANDSHAKE:
        waited, enough = connection.timings.handshake, min(enough, _SILENT_HANDSHAKE_SECONDS)
    elif failure.phase in _ANSWERING:
        waited = connection.timings.total
    else:
        return None
    return waited / 1000 if waited is not None and waited < enough * 1000 else None


def _doubt_of_wait(connection: Connection, caller: Caller) -> str | None:
    waited = short_wait(connection, caller)
    if waited is None:
        return None
    return f"the partner did not answer in the {waited:.1f} s that this run waited; the caller waits longer"
