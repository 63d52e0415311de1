"""The failure table, row by row: what the wire and HTTP did, and the whole text that the caller logs."""

from __future__ import annotations

import pytest

from probe.dotnet import SslPolicyErrors
from probe.dotnet import WebExceptionStatus as Status
from probe.facts.observation import (
    Connection,
    Endpoint,
    EndpointKind,
    FailureKind,
    HttpExchange,
    Phase,
    Timings,
    Visit,
    WireFailure,
)
from probe.facts.tls_negotiation import HandshakeOffer, TlsSession
from probe.judgement import verdict
from probe.judgement.caller_profile import profile
from probe.judgement.model import Outcome
from probe.judgement.verdict import Stage

CALLER = profile("exchange-2019")
URL = "https://mail.contoso.com/ews/exchange.asmx/WSSecurity"
ENDPOINT = Endpoint(EndpointKind.EWS_WSSECURITY, URL, "mail.contoso.com", 443, "given")
AS_CALLER = HandshakeOffer(CALLER.handshake_shape, CALLER.protocols, CALLER.cipher_suites)
SESSION = TlsSession("TLS 1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "mail.contoso.com")
ACCEPTED = SslPolicyErrors(0)
ALIVE = HttpExchange("POST", URL, 401, "Unauthorized", headers=(("X-CasErrorCode", "BadSamlToken"),))
UNTIMED = Timings()
UNANSWERED = HttpExchange("POST", URL, body_complete=False)

SEND = (
    "System.Net.WebException: The underlying connection was closed: An unexpected error occurred on a send."
)
RECEIVE = (
    "System.Net.WebException: The underlying connection was closed: "
    "An unexpected error occurred on a receive."
)
RESET = "An existing connection was forcibly closed by the remote host"
READ_RESET = (
    f"System.IO.IOException: Unable to read data from the transport connection: {RESET}."
    f" ---> System.Net.Sockets.SocketException: {RESET}"
)
CHANNEL = "System.Net.WebException: The request was aborted: Could not create SSL/TLS secure channel."
CANCELED = "System.Net.WebException: The request was aborted: The request was canceled."
CLOSED = (
    "System.Net.WebException: The underlying connection was closed: The connection was closed unexpectedly."
)
CONNECT = (
    "System.Net.WebException: Unable to connect to the remote server"
    " ---> System.Net.Sockets.SocketException: "
)
TRUST = (
    "System.Net.WebException: The underlying connection was closed: Could not establish "
    "trust relationship for the "
    "SSL/TLS secure channel. ---> System.Security.Authentication.AuthenticationException: "
    "The remote certificate is "
    "invalid according to the validation procedure."
)


def visit(*connections: Connection) -> Visit:
    return Visit(ENDPOINT, "203.0.113.1", connections)


def broken(
    phase: Phase,
    kind: FailureKind,
    *exchanges: HttpExchange,
    errno: int | None = None,
    alert: int | None = None,
    detail: str = "",
    tls: TlsSession | None = None,
    address: str | None = "203.0.113.1",
    timings: Timings = UNTIMED,
    proxy: str | None = None,
) -> Connection:
    failure = WireFailure(phase, kind, errno, alert, detail)
    return Connection(
        ENDPOINT,
        address,
        443,
        AS_CALLER,
        tls,
        exchanges=exchanges,
        failure=failure,
        timings=timings,
        proxy=proxy,
    )


def spoken(*exchanges: HttpExchange, failure: WireFailure | None = None) -> Connection:
    return Connection(ENDPOINT, "203.0.113.1", 443, AS_CALLER, SESSION, exchanges=exchanges, failure=failure)


def in_request(kind: FailureKind, *, detail: str = "", alert: int | None = None) -> Connection:
    return broken(Phase.RECEIVE, kind, UNANSWERED, alert=alert, detail=detail, tls=SESSION)


def in_body(kind: FailureKind, *headers: tuple[str, str], status: int = 200) -> Connection:
    answer = HttpExchange("POST", URL, status, "OK", headers=headers, body=b"<a", body_complete=False)
    return broken(Phase.RECEIVE, kind, answer, tls=SESSION)


def malformed(raw: bytes) -> Connection:
    answer = HttpExchange("POST", URL, raw=raw, body_complete=False)
    return broken(Phase.RECEIVE, FailureKind.MALFORMED, answer, tls=SESSION)


H = Phase.HANDSHAKE
TIMED_OUT = (
    "A connection attempt failed because the connected party did not properly respond "
    "after a period of time, or "
    "established connection failed because connected host has failed to respond 203.0.113.1:443"
)
REFUSED = "No connection could be made because the target machine actively refused it 203.0.113.1:443"

ROWS = [
    pytest.param(
        broken(Phase.RESOLVE, FailureKind.NAME_NOT_FOUND, address=None),
        Status.NameResolutionFailure,
        "System.Net.WebException: The remote name could not be resolved: 'mail.contoso.com'",
        id="name-not-found",
    ),
    pytest.param(
        broken(Phase.RESOLVE, FailureKind.NO_ADDRESS, address=None),
        Status.NameResolutionFailure,
        "System.Net.WebException: The remote name could not be resolved: 'mail.contoso.com'",
        id="no-address",
    ),
    pytest.param(
        broken(Phase.CONNECT, FailureKind.REFUSED, errno=111),
        Status.ConnectFailure,
        CONNECT + REFUSED,
        id="refused",
    ),
    pytest.param(
        broken(Phase.CONNECT, FailureKind.TIMEOUT),
        Status.ConnectFailure,
        CONNECT + TIMED_OUT,
        id="connect-timeout",
    ),
    pytest.param(
        broken(Phase.CONNECT, FailureKind.UNREACHABLE, errno=113),
        Status.ConnectFailure,
        CONNECT + "A socket operation was attempted to an unreachable host 203.0.113.1:443",
        id="host-unreachable",
    ),
    pytest.param(
        broken(Phase.TUNNEL, FailureKind.PROXY_REFUSED, address=None, detail="502 Bad Gateway"),
        Status.ProtocolError,
        "System.Net.WebException: The remote server returned an error: (502) Bad Gateway.",
        id="proxy-cannot-connect",
    ),
    pytest.param(
        broken(Phase.TUNNEL, FailureKind.TIMEOUT, address=None),
        Status.RequestCanceled,
        CANCELED,
        id="proxy-stalls",
    ),
    pytest.param(broken(H, FailureKind.ALERT, alert=40), Status.SecureChannelFailure, CHANNEL, id="alert-40"),
    pytest.param(broken(H, FailureKind.ALERT, alert=70), Status.SecureChannelFailure, CHANNEL, id="alert-70"),
    pytest.param(
        broken(H, FailureKind.ALERT, alert=112), Status.SecureChannelFailure, CHANNEL, id="alert-112"
    ),
    pytest.param(
        broken(H, FailureKind.CLOSE_NOTIFY), Status.SecureChannelFailure, CHANNEL, id="close-notify"
    ),
    pytest.param(
        broken(H, FailureKind.TLS_ERROR, detail="unsupported protocol (_ssl.c:1006)"),
        Status.SecureChannelFailure,
        CHANNEL,
        id="answers-with-a-version-not-offered",
    ),
    pytest.param(
        broken(H, FailureKind.RESET, errno=104),
        Status.SendFailure,
        f"{SEND} ---> {READ_RESET}",
        id="handshake-reset",
    ),
    pytest.param(
        broken(H, FailureKind.CLOSED),
        Status.SendFailure,
        f"{SEND} ---> System.IO.IOException: Authentication failed because the remote party "
        "has closed the transport "
        "stream.",
        id="handshake-closed-at-a-boundary",
    ),
    pytest.param(
        broken(H, FailureKind.TRUNCATED, detail="after 3 of 5 bytes of a record header"),
        Status.SendFailure,
        f"{SEND} ---> System.IO.IOException:  Received an unexpected EOF or 0 bytes from "
        "the transport stream.",
        id="handshake-closed-in-a-header",
    ),
    pytest.param(
        broken(H, FailureKind.TRUNCATED, detail="after 25 of 80 bytes of a record"),
        Status.SendFailure,
        f"{SEND} ---> System.IO.IOException:  Received an unexpected EOF or 0 bytes from "
        "the transport stream.",
        id="handshake-closed-in-a-record",
    ),
    pytest.param(
        broken(H, FailureKind.TRUNCATED, detail="after 0 of 80 bytes of a record"),
        Status.SecureChannelFailure,
        CHANNEL,
        id="handshake-closed-before-a-record-body",
    ),
    pytest.param(
        broken(H, FailureKind.NOT_TLS),
        Status.SendFailure,
        f"{SEND} ---> System.IO.IOException: The handshake failed due to an unexpected packet format.",
        id="plain-http",
    ),
    pytest.param(broken(H, FailureKind.TIMEOUT), Status.RequestCanceled, CANCELED, id="handshake-stalls"),
    pytest.param(
        broken(Phase.SEND, FailureKind.RESET, UNANSWERED, tls=SESSION),
        Status.SendFailure,
        f"{SEND} ---> System.IO.IOException: Unable to write data to the transport connection: {RESET}."
        f" ---> System.Net.Sockets.SocketException: {RESET}",
        id="reset-while-sending",
    ),
    pytest.param(
        broken(Phase.SEND, FailureKind.TIMEOUT, UNANSWERED, tls=SESSION),
        Status.RequestCanceled,
        CANCELED,
        id="stall-while-sending",
    ),
    pytest.param(
        in_request(FailureKind.RESET),
        Status.ReceiveFailure,
        f"{RECEIVE} ---> {READ_RESET}",
        id="reset-after-request",
    ),
    pytest.param(in_request(FailureKind.CLOSED), Status.ConnectionClosed, CLOSED, id="close-without-answer"),
    pytest.param(
        in_request(FailureKind.CLOSE_NOTIFY),
        Status.ConnectionClosed,
        CLOSED,
        id="close-notify-without-answer",
    ),
    pytest.param(
        in_request(FailureKind.TRUNCATED, detail="closed in the headers"),
        Status.ConnectionClosed,
        CLOSED,
        id="close-in-headers",
    ),
    pytest.param(
        in_request(FailureKind.TRUNCATED, detail="after 7 of 90 bytes of a record"),
        Status.ReceiveFailure,
        f"{RECEIVE} ---> System.IO.IOException:  Received an unexpected EOF or 0 bytes from "
        "the transport stream.",
        id="close-in-a-record",
    ),
    pytest.param(in_request(FailureKind.TIMEOUT), Status.RequestCanceled, CANCELED, id="stall"),
    pytest.param(in_request(FailureKind.DEADLINE), Status.RequestCanceled, CANCELED, id="drip"),
    pytest.param(
        in_request(FailureKind.ALERT, alert=116),
        Status.ReceiveFailure,
        f"{RECEIVE} ---> System.IO.IOException: The decryption operation failed, see inner exception."
        " ---> System.ComponentModel.Win32Exception: The message received was unexpected or badly formatted",
        id="alert-after-handshake",
    ),
    pytest.param(
        in_request(FailureKind.TLS_ERROR, detail="decryption failed or bad record mac"),
        Status.ReceiveFailure,
        f"{RECEIVE} ---> System.IO.IOException: The decryption operation failed, see inner exception."
        " ---> System.ComponentModel.Win32Exception: The message or signature supplied for "
        "verification has been "
        "altered",
        id="undecryptable-record",
    ),
    pytest.param(
        in_request(FailureKind.HEADER_LIMIT),
        Status.MessageLengthLimitExceeded,
        "System.Net.WebException: The underlying connection was closed: The message length "
        "limit was exceeded.",
        id="endless-header",
    ),
    pytest.param(
        malformed(b"220 mail ESMTP\r\n"),
        Status.ServerProtocolViolation,
        "System.Net.WebException: The server committed a protocol violation. Section=ResponseStatusLine",
        id="bad-status-line",
    ),
    pytest.param(
        malformed(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"),
        Status.ServerProtocolViolation,
        "System.Net.WebException: The server committed a protocol violation. Section=ResponseHeader "
        "Detail='Content-Length' header value is invalid",
        id="bad-content-length",
    ),
    pytest.param(
        malformed(b"HTTP/1.1 200 OK\r\nContent Type: text/xml\r\n\r\n"),
        Status.ServerProtocolViolation,
        "System.Net.WebException: The server committed a protocol violation. Section=ResponseHeader "
        "Detail=CR must be followed by LF",
        id="blank-in-header-name",
    ),
    pytest.param(
        in_body(FailureKind.MALFORMED, ("Transfer-Encoding", "chunked")),
        Status.ReceiveFailure,
        "System.IO.IOException: Unable to read data from the transport connection: The "
        "connection was closed.",
        id="bad-chunk",
    ),
    pytest.param(
        in_body(FailureKind.TRUNCATED, ("Content-Length", "900")),
        Status.ReceiveFailure,
        "System.IO.IOException: Unable to read data from the transport connection: The "
        "connection was closed.",
        id="close-in-body",
    ),
    pytest.param(
        in_body(FailureKind.TRUNCATED, ("Content-Length", "900"), status=403),
        Status.ReceiveFailure,
        "System.IO.IOException: Unable to read data from the transport connection: The "
        "connection was closed.",
        id="close-in-body-hides-the-status",
    ),
    pytest.param(
        in_body(FailureKind.TRUNCATED, ("Transfer-Encoding", "chunked")),
        Status.ConnectionClosed,
        "System.Net.WebException: The request was aborted: The connection was closed unexpectedly.",
        id="close-in-chunk",
    ),
    pytest.param(in_body(FailureKind.RESET), Status.ReceiveFailure, READ_RESET, id="reset-in-body"),
    pytest.param(in_body(FailureKind.TIMEOUT), Status.RequestCanceled, CANCELED, id="stall-in-body"),
]


@pytest.mark.parametrize(("connection", "status", "text"), ROWS)
def test_failure_is_logged_to_the_letter(connection: Connection, status: Status, text: str) -> None:
    found = verdict.decide(visit(connection), CALLER, ACCEPTED)
    assert found.outcome is Outcome.FAILURE
    assert found.web_exception is not None
    assert (found.web_exception.status, found.web_exception.text) == (status, text)
    assert found.possible is None
    assert found.why


STAGES = {
    Phase.RESOLVE: Stage.RESOLVE,
    Phase.CONNECT: Stage.CONNECT,
    Phase.TUNNEL: Stage.TUNNEL,
    Phase.HANDSHAKE: Stage.HANDSHAKE,
    Phase.SEND: Stage.REQUEST,
    Phase.RECEIVE: Stage.REQUEST,
}


@pytest.mark.parametrize(("connection", "status", "text"), ROWS)
def test_a_failure_says_how_far_the_caller_got_and_what_that_rests_on(
    connection: Connection, status: Status, text: str
) -> None:
    found = verdict.decide(visit(connection), CALLER, ACCEPTED)
    assert found.connection is connection
    assert found.stage is (Stage.REQUEST if connection.failure is None else STAGES[connection.failure.phase])
    before = found.stage in (Stage.RESOLVE, Stage.CONNECT, Stage.TUNNEL)
    assert (found.agreement is None) is before
    assert (found.reading is not None) is (found.stage is Stage.REQUEST)


@pytest.mark.parametrize(
    "errors",
    [
        pytest.param(SslPolicyErrors.RemoteCertificateChainErrors, id="untrusted-root"),
        pytest.param(SslPolicyErrors.RemoteCertificateNameMismatch, id="wrong-name"),
        pytest.param(SslPolicyErrors.RemoteCertificateNotAvailable, id="no-certificate"),
    ],
)
def test_rejected_certificate_hides_what_comes_after(errors: SslPolicyErrors) -> None:
    for connection in (spoken(ALIVE), in_request(FailureKind.RESET)):
        found = verdict.decide(visit(connection), CALLER, errors)
        assert found.stage is Stage.CERTIFICATE
        assert found.web_exception is not None
        assert (found.web_exception.status, found.web_exception.text) == (Status.TrustFailure, TRUST)


def test_refused_handshake_hides_the_certificate() -> None:
    liberal = Connection(
        ENDPOINT, "203.0.113.1", 443, tls=TlsSession("TLS 1.0", "TLS_RSA_WITH_AES_128_CBC_SHA", None)
    )
    refused = broken(H, FailureKind.ALERT, alert=70)
    found = verdict.decide(visit(refused, liberal), CALLER, SslPolicyErrors.RemoteCertificateChainErrors)
    assert found.stage is Stage.HANDSHAKE
    assert found.web_exception is not None
    assert found.web_exception.text == CHANNEL


def test_an_alive_service_is_success() -> None:
    found = verdict.decide(visit(spoken(ALIVE)), CALLER, ACCEPTED)
    assert (found.outcome, found.stage, found.web_exception) == (Outcome.SUCCESS, Stage.SERVICE, None)


def test_get_that_breaks_after_an_answered_post_changes_nothing() -> None:
    get = HttpExchange("GET", URL, body_complete=False)
    connection = spoken(ALIVE, get, failure=WireFailure(Phase.RECEIVE, FailureKind.RESET))
    assert verdict.decide(visit(connection), CALLER, ACCEPTED).outcome is Outcome.SUCCESS


def test_the_post_decides_when_the_get_is_on_another_connection() -> None:
    get = spoken(HttpExchange("GET", URL, 401, headers=(("X-WSSecurity-Enabled", "True"),)))
    found = verdict.decide(visit(in_request(FailureKind.RESET), get), CALLER, ACCEPTED)
    assert found.outcome is Outcome.FAILURE
    assert found.web_exception is not None
    assert found.web_exception.status is Status.ReceiveFailure


def test_a_failure_after_the_whole_answer_changes_nothing() -> None:
    connection = spoken(ALIVE, failure=WireFailure(Phase.RECEIVE, FailureKind.RESET))
    assert verdict.decide(visit(connection), CALLER, ACCEPTED).outcome is Outcome.SUCCESS


def test_the_text_names_the_port_that_was_connected_to() -> None:
    failure = WireFailure(Phase.CONNECT, FailureKind.REFUSED)
    found = verdict.decide(
        visit(Connection(ENDPOINT, "203.0.113.1", 8443, failure=failure)), CALLER, ACCEPTED
    )
    assert found.web_exception is not None
    assert found.web_exception.text.endswith("refused it 203.0.113.1:8443")


def test_an_answer_that_may_be_for_the_probe_alone_is_told_as_possible() -> None:
    throttled = HttpExchange("POST", URL, 429, "Too Many Requests")
    found = verdict.decide(visit(spoken(throttled)), CALLER, ACCEPTED)
    assert (found.outcome, found.web_exception) == (Outcome.UNKNOWN, None)
    assert found.possible is not None
    assert found.possible.text == (
        "System.Net.WebException: The request failed with HTTP status 429: Too Many Requests."
    )


CANNOT_TELL = [
    pytest.param(broken(Phase.RESOLVE, FailureKind.RESOLVER_FAILED, address=None), id="resolver-failed"),
    pytest.param(broken(Phase.CONNECT, FailureKind.DEADLINE), id="deadline-before-connecting"),
    pytest.param(broken(Phase.CONNECT, FailureKind.INTERRUPTED), id="interrupted"),
    pytest.param(broken(Phase.CONNECT, FailureKind.OS_ERROR, errno=13), id="local-packet-filter"),
    pytest.param(broken(Phase.CONNECT, FailureKind.UNREACHABLE, errno=101), id="no-route-here"),
    pytest.param(
        broken(Phase.CONNECT, FailureKind.UNREACHABLE, errno=101, address="2001:db8::1"), id="no-ipv6-here"
    ),
    pytest.param(
        broken(Phase.TUNNEL, FailureKind.PROXY_REFUSED, detail="407 Proxy Authentication Required"),
        id="proxy-wants-a-password",
    ),
    pytest.param(
        broken(Phase.TUNNEL, FailureKind.PROXY_REFUSED, detail="odd words"), id="proxy-says-no-status"
    ),
    pytest.param(broken(H, FailureKind.INTERRUPTED), id="interrupted-in-handshake"),
    pytest.param(broken(H, FailureKind.TLS_ERROR, detail="dh key too small"), id="own-library-gives-up"),
    pytest.param(in_request(FailureKind.INTERRUPTED), id="interrupted-in-request"),
    pytest.param(in_request(FailureKind.TLS_ERROR, detail="no idea"), id="own-library-gives-up-later"),
    pytest.param(malformed(b"HTTP/1.1 200 OK\r\na : b\r\n\r\n"), id="only-our-parser-refuses"),
    pytest.param(
        broken(
            Phase.RECEIVE,
            FailureKind.DEADLINE,
            UNANSWERED,
            tls=SESSION,
            timings=Timings(receive=12.0, total=40.0),
        ),
        id="deadline-used-up-elsewhere",
    ),
    pytest.param(
        broken(Phase.RECEIVE, FailureKind.CLOSED, HttpExchange("GET", URL, 401), UNANSWERED, tls=SESSION),
        id="kept-connection-closed",
    ),
    pytest.param(
        broken(Phase.RECEIVE, FailureKind.RESET, HttpExchange("GET", URL, 401), UNANSWERED, tls=SESSION),
        id="kept-connection-reset",
    ),
    pytest.param(
        broken(Phase.SEND, FailureKind.RESET, HttpExchange("GET", URL, 401), UNANSWERED, tls=SESSION),
        id="kept-connection-reset-while-sending",
    ),
    pytest.param(spoken(HttpExchange("GET", URL, 401, "Unauthorized")), id="only-a-get"),
    pytest.param(spoken(), id="nothing-said"),
    pytest.param(Connection(ENDPOINT, "203.0.113.1", 443), id="nothing-tried"),
]


@pytest.mark.parametrize("connection", CANNOT_TELL)
def test_what_cannot_be_told_is_neither_fine_nor_a_log_line(connection: Connection) -> None:
    found = verdict.decide(visit(connection), CALLER, ACCEPTED)
    assert (found.outcome, found.web_exception) == (Outcome.UNKNOWN, None)
    assert found.why


@pytest.mark.parametrize("connection", CANNOT_TELL)
def test_what_cannot_be_told_still_says_where_and_what_it_rests_on(connection: Connection) -> None:
    found = verdict.decide(visit(connection), CALLER, ACCEPTED)
    assert found.connection is connection
    assert found.why
    assert "None" not in found.why
    phase = Phase.CONNECT if connection.tls is None else Phase.RECEIVE
    if connection.failure is not None:
        phase = connection.failure.phase
    assert found.stage is STAGES[phase]
    assert (found.reading is not None) is (found.stage is Stage.REQUEST)
    assert (found.agreement is not None) is (found.stage in (Stage.HANDSHAKE, Stage.REQUEST))


@pytest.mark.parametrize("errors", [None, ACCEPTED], ids=["unjudged", "indeterminate"])
def test_a_certificate_in_doubt_is_where_the_verdict_stops(errors: SslPolicyErrors | None) -> None:
    connection = spoken(ALIVE)
    found = verdict.decide(visit(connection), CALLER, errors, indeterminate="because")
    assert (found.outcome, found.stage, found.why) == (Outcome.UNKNOWN, Stage.CERTIFICATE, "because")
    assert found.connection is connection
    assert found.agreement is not None
    assert found.web_exception is None


def test_a_rejected_certificate_rests_on_the_handshake_that_showed_it() -> None:
    connection = spoken(ALIVE)
    found = verdict.decide(visit(connection), CALLER, SslPolicyErrors.RemoteCertificateChainErrors)
    assert (found.outcome, found.stage) == (Outcome.FAILURE, Stage.CERTIFICATE)
    assert found.connection is connection
    assert found.agreement is not None
    assert verdict.decide(visit(connection), CALLER, ACCEPTED).connection is connection
    assert found.web_exception is not None
    assert found.web_exception.text == TRUST
    assert verdict.decide(visit(connection), CALLER, ACCEPTED).web_exception is None


@pytest.mark.parametrize(
    ("answer", "outcome", "stage"),
    [
        pytest.param(ALIVE, Outcome.SUCCESS, Stage.SERVICE, id="alive"),
        pytest.param(
            HttpExchange("POST", URL, 503, "Service Unavailable"),
            Outcome.FAILURE,
            Stage.REQUEST,
            id="stopped",
        ),
        pytest.param(
            HttpExchange("POST", URL, 429, "Too Many Requests"),
            Outcome.UNKNOWN,
            Stage.REQUEST,
            id="throttled",
        ),
    ],
)
def test_an_answer_is_the_end_of_the_way_only_if_it_is_the_services(
    answer: HttpExchange, outcome: Outcome, stage: Stage
) -> None:
    connection = spoken(answer)
    found = verdict.decide(visit(connection), CALLER, ACCEPTED)
    assert (found.outcome, found.stage) == (outcome, stage)
    assert found.connection is connection
    assert found.agreement is not None
    assert found.reading is not None
    assert found.why == found.reading.summary
    assert (found.web_exception is not None) is (outcome is Outcome.FAILURE)
    assert (found.possible is not None) is (outcome is Outcome.UNKNOWN)


def test_of_several_connections_the_last_with_a_post_decides() -> None:
    first, second = spoken(ALIVE), in_request(FailureKind.RESET)
    quiet = spoken()
    assert verdict.decide(visit(first, second), CALLER, ACCEPTED).connection is second
    assert verdict.decide(visit(second, first), CALLER, ACCEPTED).connection is first
    assert verdict.decide(visit(first, quiet), CALLER, ACCEPTED).connection is first
    unanswered = broken(Phase.RECEIVE, FailureKind.RESET, tls=SESSION)
    assert verdict.decide(visit(unanswered, quiet), CALLER, ACCEPTED).connection is unanswered


def test_unknown_says_what_would_be_logged() -> None:
    connection = broken(
        Phase.RECEIVE, FailureKind.CLOSED, HttpExchange("GET", URL, 401), UNANSWERED, tls=SESSION
    )
    found = verdict.decide(visit(connection), CALLER, ACCEPTED)
    assert found.possible is not None
    assert found.possible.status is Status.KeepAliveFailure
    assert found.possible.text == (
        "System.Net.WebException: The underlying connection was closed: A connection that "
        "was expected to be kept "
        "alive was closed by the server."
    )


def test_unjudged_or_indeterminate_certificate_is_unknown() -> None:
    assert verdict.decide(visit(spoken(ALIVE)), CALLER, None).outcome is Outcome.UNKNOWN
    found = verdict.decide(visit(spoken(ALIVE)), CALLER, ACCEPTED, indeterminate="a limit was reached")
    assert (found.outcome, found.why) == (Outcome.UNKNOWN, "a limit was reached")


def test_log_lines_of_2013_and_later_and_of_2010() -> None:
    found = verdict.decide(
        visit(spoken(ALIVE)), CALLER, SslPolicyErrors.RemoteCertificateChainErrors
    ).web_exception
    assert found is not None
    kind = "Microsoft.Exchange.InfoWorker.Common.Availability.ProxyWebRequestProcessingException: "
    exception, event = verdict.log_lines([found], URL, caller=CALLER)
    assert exception == f"{kind}Proxy web request failed.  ---> {TRUST}"
    assert event == (
        f"Process …: ProxyWebRequest FederatedCrossForest from … to {URL} failed. Caller SIDs: WSSecurity. "
        f"The exception returned is {exception}"
    )
    assert verdict.log_lines([found], URL, caller=profile("exchange-2010"))[0] == f"{kind}{TRUST}"
