"""What .NET makes of a connection that broke: `WireFailure` → `WebException`.

The rows are those of [failures 5.4.1] to [failures 5.4.7], read off referencesource `_TLSstream.cs`,
`_ConnectStream.cs`, `_Connection.cs` and `_ChunkParser.cs`. Whether the caller would have come this far is
not asked here, and failures that say something about the probe only (interrupted, nothing to offer) have no
row: None.

A stall is `RequestCanceled`, not `Timeout`: the Availability service calls Begin/End (the founding article's
stacks show EndWrite and EndRead below WebClientAsyncResult), for which HttpWebRequest does not enforce its
Timeout; the service aborts the request itself when its 25 seconds are over ([exchange 1.1.7]).
Only an unanswered SYN is earlier: Windows gives up after 21 seconds, which is ConnectFailure with 10060.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from probe.dotnet import WebExceptionStatus as Status
from probe.facts.observation import Connection, FailureKind, HttpExchange, Phase, WireFailure
from probe.judgement import wording
from probe.judgement.connection import protocol_violation, tls_alerts, winsock
from probe.judgement.model import WebException

STALLED = frozenset({FailureKind.TIMEOUT, FailureKind.DEADLINE})
# How the collector says that a record's header came and nothing of its body, or that it has none.
_BODY_NOT_BEGUN = re.compile(r"after 0 of \d+ bytes of a record\Z|record of no length")
_SAYS_NOTHING = frozenset({FailureKind.INTERRUPTED, FailureKind.NOTHING_TO_OFFER, FailureKind.FLOOD})


def wire_exception(connection: Connection) -> WebException | None:
    """The exception for this connection's failure; None when there is none, or .NET has none like it."""
    failure = connection.failure
    if failure is None or failure.kind in _SAYS_NOTHING:
        return None
    return _BY_PHASE[failure.phase](connection, failure)


def trust_failure() -> WebException:
    """The exception for a certificate that is not accepted ([failures 5.4.5])."""
    inner = wording.line(wording.AUTHENTICATION_EXCEPTION, wording.CERTIFICATE_INVALID)
    return WebException(Status.TrustFailure, (wording.connection_closed(Status.TrustFailure), inner))


def secure_channel_failure() -> WebException:
    """The exception for a handshake that SChannel cannot finish: no inner exception ([failures 5.3.3])."""
    line = wording.request_aborted(Status.SecureChannelFailure)
    return WebException(Status.SecureChannelFailure, (line,))


def no_credential() -> WebException:
    """The exception where the caller has no usable version or suite itself ([failures 5.4.3])."""
    inner = wording.line(wording.WIN32_EXCEPTION, tls_alerts.ALGORITHM_MISMATCH.text)
    return WebException(Status.ReceiveFailure, (wording.connection_closed(Status.ReceiveFailure), inner))


def build_failure() -> WebException:
    """The exception when X509Chain.Build itself throws (an unknown signature algorithm).

    It is no AuthenticationException, so its status is that of any other exception in the handshake
    ([failures 5.3.1], inferred). The text of the CryptographicException inside is not known and left out.
    """
    return WebException(Status.ReceiveFailure, (wording.connection_closed(Status.ReceiveFailure),))


def _canceled() -> WebException:
    line = wording.request_aborted(Status.RequestCanceled)
    return WebException(Status.RequestCanceled, (line,))


def _resolve(connection: Connection, _failure: WireFailure) -> WebException:
    if connection.proxy is not None:
        name, status = _proxy_host(connection.proxy), Status.ProxyNameResolutionFailure
    else:
        name, status = connection.endpoint.host, Status.NameResolutionFailure
    return WebException(status, (wording.not_resolved(status, name),))


def _proxy_host(proxy: str) -> str:
    return proxy.rpartition("@")[2].removeprefix("http://").rstrip("/").rpartition(":")[0] or proxy


def _connect(connection: Connection, failure: WireFailure) -> WebException | None:
    if failure.kind is FailureKind.DEADLINE:
        return _canceled()
    number = winsock.number(failure)
    if number is None:
        return None
    where = None
    if connection.address is not None:
        where = winsock.end_point(connection.address, connection.port or connection.endpoint.port)
    outer = wording.line(wording.WEB_EXCEPTION, wording.STATUS_TEXT[Status.ConnectFailure])
    inner = wording.line(wording.SOCKET_EXCEPTION, winsock.text(number, where))
    return WebException(Status.ConnectFailure, (outer, inner))


def _tunnel(_connection: Connection, failure: WireFailure) -> WebException | None:
    # TunnelThroughProxy keeps the CONNECT request's own WebException, which carries the proxy's answer
    # (_Connection.cs ~3787); ClientProtocol.cs completes with it while the request stream is being opened,
    # so it comes out as HttpWebRequest's text and not as the SOAP client's.
    if failure.kind is FailureKind.PROXY_REFUSED:
        code, _, reason = failure.detail.strip().partition(" ")
        if not (code.isascii() and code.isdigit() and len(code) == 3):
            return None
        return WebException(Status.ProtocolError, (wording.server_error(int(code), reason),))
    if failure.kind in STALLED:
        return _canceled()
    return _broken(Status.ReceiveFailure, wording.READ_FAILURE, failure)


def _handshake(_connection: Connection, failure: WireFailure) -> WebException | None:
    match failure.kind:
        case FailureKind.ALERT | FailureKind.CLOSE_NOTIFY:
            # close_notify ends the SSPI loop with SEC_I_CONTEXT_EXPIRED, which is not OK either.
            return secure_channel_failure()
        case FailureKind.CLOSED if not _BODY_NOT_BEGUN.search(failure.detail):
            return _io(Status.SendFailure, wording.AUTHENTICATION_EOF)
        case FailureKind.CLOSED | FailureKind.TRUNCATED if _BODY_NOT_BEGUN.search(failure.detail):
            # The end came between a record's header and its body: AuthenticationException (_SslState.cs).
            return secure_channel_failure()
        case FailureKind.TRUNCATED:
            return _io(Status.SendFailure, wording.UNEXPECTED_EOF)
        case FailureKind.NOT_TLS:
            return _io(Status.SendFailure, wording.UNEXPECTED_FRAME)
        case FailureKind.TIMEOUT | FailureKind.DEADLINE:
            return _canceled()
        case FailureKind.TLS_ERROR:
            return secure_channel_failure()
        case _:
            # The handshake runs inside the header write, so its read error is a send failure.
            return _broken(Status.SendFailure, wording.READ_FAILURE, failure)


def _send(_connection: Connection, failure: WireFailure) -> WebException | None:
    if failure.kind in STALLED:
        return _canceled()
    if failure.kind is FailureKind.ALERT:
        return _alert_in_session(failure)
    return _broken(Status.SendFailure, wording.WRITE_FAILURE, failure)


def _receive(connection: Connection, failure: WireFailure) -> WebException | None:
    exchange = connection.exchanges[-1] if connection.exchanges else None
    match failure.kind:
        case FailureKind.TIMEOUT | FailureKind.DEADLINE:
            return _canceled()
        case FailureKind.ALERT | FailureKind.TLS_ERROR:
            return _alert_in_session(failure)
        case FailureKind.MALFORMED:
            return _malformed(exchange)
        case FailureKind.HEADER_LIMIT:
            status = Status.MessageLengthLimitExceeded
            return WebException(status, (wording.connection_closed(status),))
        case FailureKind.CLOSED | FailureKind.CLOSE_NOTIFY | FailureKind.TRUNCATED:
            return _closed(connection, exchange, failure)
        case _:
            return _reset(exchange, failure)


def _closed(connection: Connection, exchange: HttpExchange | None, failure: WireFailure) -> WebException:
    if exchange is not None and _in_body(exchange):
        return _cut_off(exchange)
    if failure.kind is FailureKind.TRUNCATED and "record" in failure.detail:
        # The end came inside a TLS record: SslStream notices before HTTP does (_FixedSizeReader.cs 117).
        return _io(Status.ReceiveFailure, wording.UNEXPECTED_EOF)
    if failure.kind is not FailureKind.TRUNCATED and is_reused(connection):
        status = Status.KeepAliveFailure
    else:
        status = Status.ConnectionClosed
    return WebException(status, (wording.connection_closed(status),))


def is_reused(connection: Connection) -> bool:
    """Whether the request that broke was made on a connection that had already answered another one."""
    answered = [exchange for exchange in connection.exchanges if exchange.status is not None]
    return bool(answered) and connection.exchanges[-1].status is None


def _in_body(exchange: HttpExchange) -> bool:
    return exchange.status is not None and not exchange.body_complete


def _cut_off(exchange: HttpExchange) -> WebException:
    # The SOAP client reads the body to its end before it looks at the status (ClientProtocol.cs
    # ReadAsyncResponse), so this hides the status. In a chunk's data it is a WebException
    # (_ChunkParser.cs 525), with Content-Length the stream's own IOException (_ConnectStream.cs EndRead).
    if "chunked" in (exchange.header("Transfer-Encoding") or "").lower():
        status = Status.ConnectionClosed
        return WebException(status, (wording.request_aborted(status),))
    message = wording.READ_FAILURE.format(wording.CONNECTION_CLOSED)
    return WebException(Status.ReceiveFailure, (wording.line(wording.IO_EXCEPTION, message),))


def _reset(exchange: HttpExchange | None, failure: WireFailure) -> WebException | None:
    broken = _broken(Status.ReceiveFailure, wording.READ_FAILURE, failure)
    if broken is None or exchange is None or not _in_body(exchange):
        return broken
    # In the body the stream throws what it holds, with no WebException around it (_ConnectStream.cs EndRead).
    return WebException(broken.status, broken.lines[1:])


def _malformed(exchange: HttpExchange | None) -> WebException | None:
    if exchange is None:
        return None
    if _in_body(exchange):
        # A bad chunk: .NET 4.5 and later do not raise the old "Response chunk format is invalid"
        # (_ChunkParser.cs 256), whose code is declared in _Connection.cs and set nowhere.
        message = wording.READ_FAILURE.format(wording.CONNECTION_CLOSED)
        return WebException(Status.ReceiveFailure, (wording.line(wording.IO_EXCEPTION, message),))
    found = protocol_violation.find(exchange.raw)
    if found is None:
        return None
    text = wording.protocol_violation(found.section, found.detail)
    return WebException(Status.ServerProtocolViolation, (text,))


def _alert_in_session(failure: WireFailure) -> WebException:
    status = tls_alerts.MESSAGE_ALTERED if failure.alert is None else tls_alerts.sspi_status(failure.alert)
    inner = wording.line(wording.WIN32_EXCEPTION, status.text)
    middle = wording.line(wording.IO_EXCEPTION, wording.DECRYPT_FAILED)
    return WebException(
        Status.ReceiveFailure, (wording.connection_closed(Status.ReceiveFailure), middle, inner)
    )


def _io(status: Status, message: str) -> WebException:
    inner = wording.line(wording.IO_EXCEPTION, message)
    return WebException(status, (wording.connection_closed(status), inner))


def _broken(status: Status, wrapper: str, failure: WireFailure) -> WebException | None:
    number = winsock.number(failure)
    if number is None:
        return None
    text = winsock.text(number)
    middle = wording.line(wording.IO_EXCEPTION, wrapper.format(text))
    inner = wording.line(wording.SOCKET_EXCEPTION, text)
    return WebException(status, (wording.connection_closed(status), middle, inner))


_BY_PHASE: dict[Phase, Callable[[Connection, WireFailure], WebException | None]] = {
    Phase.RESOLVE: _resolve,
    Phase.CONNECT: _connect,
    Phase.TUNNEL: _tunnel,
    Phase.HANDSHAKE: _handshake,
    Phase.SEND: _send,
    Phase.RECEIVE: _receive,
}
