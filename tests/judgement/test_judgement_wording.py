"""The texts of .NET and Winsock, compared with whole literals: a word that changes is a wrong prediction."""

from __future__ import annotations

import pytest

from probe.dotnet import WebExceptionStatus as Status
from probe.facts.observation import FailureKind, Phase, WireFailure
from probe.judgement import wording
from probe.judgement.connection import protocol_violation, tls_alerts, winsock

CLOSED = "System.Net.WebException: The underlying connection was closed: "
ABORTED = "System.Net.WebException: The request was aborted: "


@pytest.mark.parametrize(
    ("status", "text"),
    [
        pytest.param(Status.ReceiveFailure, f"{CLOSED}An unexpected error occurred on a receive.", id="3"),
        pytest.param(Status.SendFailure, f"{CLOSED}An unexpected error occurred on a send.", id="4"),
        pytest.param(Status.PipelineFailure, f"{CLOSED}A pipeline failure occurred.", id="5"),
        pytest.param(Status.ConnectionClosed, f"{CLOSED}The connection was closed unexpectedly.", id="8"),
        pytest.param(
            Status.TrustFailure,
            f"{CLOSED}Could not establish trust relationship for the SSL/TLS secure channel.",
            id="9",
        ),
        pytest.param(
            Status.KeepAliveFailure,
            f"{CLOSED}A connection that was expected to be kept alive was closed by the server.",
            id="12",
        ),
        pytest.param(
            Status.MessageLengthLimitExceeded, f"{CLOSED}The message length limit was exceeded.", id="17"
        ),
    ],
)
def test_connection_closed_wraps_the_status(status: Status, text: str) -> None:
    assert wording.connection_closed(status) == text


@pytest.mark.parametrize(
    ("status", "text"),
    [
        pytest.param(Status.RequestCanceled, f"{ABORTED}The request was canceled.", id="6"),
        pytest.param(
            Status.SecureChannelFailure, f"{ABORTED}Could not create SSL/TLS secure channel.", id="10"
        ),
        pytest.param(Status.Timeout, f"{ABORTED}The operation has timed out.", id="14"),
    ],
)
def test_request_aborted_wraps_the_status(status: Status, text: str) -> None:
    assert wording.request_aborted(status) == text


def test_only_three_statuses_have_no_text() -> None:
    without = {status for status in Status if status not in wording.STATUS_TEXT}
    assert without == {Status.ProtocolError, Status.Pending, Status.UnknownError}


@pytest.mark.parametrize(
    ("status", "reason", "text"),
    [
        pytest.param(401, "Go away", "(401) Unauthorized", id="own-label-wins"),
        pytest.param(503, "Service Unavailable", "(503) Server Unavailable", id="503-differs-from-the-wire"),
        pytest.param(505, "", "(505) Http Version Not Supported", id="505"),
        pytest.param(407, "", "(407) Proxy Authentication Required", id="407"),
        pytest.param(302, "Found", "(302) Redirect", id="302-is-redirect"),
        pytest.param(440, "Login Timeout", "(440) Login Timeout", id="unknown-status-echoes"),
        pytest.param(456, "", "(456)", id="unknown-status-without-phrase"),
    ],
)
def test_raw_request_labels(status: int, reason: str, text: str) -> None:
    wanted = f"System.Net.WebException: The remote server returned an error: {text}."
    assert wording.server_error(status, reason) == wanted


@pytest.mark.parametrize(
    ("section", "detail", "text"),
    [
        pytest.param(None, None, "The server committed a protocol violation", id="no-full-stop"),
        pytest.param(
            "ResponseStatusLine",
            None,
            "The server committed a protocol violation. Section=ResponseStatusLine",
            id="section",
        ),
        pytest.param(
            "ResponseHeader",
            "CR must be followed by LF",
            "The server committed a protocol violation. Section=ResponseHeader Detail=CR "
            "must be followed by LF",
            id="both",
        ),
        pytest.param(
            None,
            "Unexpected server response received",
            "The server committed a protocol violation. Detail=Unexpected server response received",
            id="detail",
        ),
    ],
)
def test_protocol_violation(section: str | None, detail: str | None, text: str) -> None:
    assert wording.protocol_violation(section, detail) == f"System.Net.WebException: {text}"


@pytest.mark.parametrize(
    ("errno", "number"),
    [
        pytest.param(104, 10054, id="linux-reset"),
        pytest.param(54, 10054, id="macos-reset"),
        pytest.param(10054, 10054, id="windows-reset"),
        pytest.param(111, 10061, id="linux-refused"),
        pytest.param(61, 10061, id="macos-refused"),
        pytest.param(110, 10060, id="linux-timed-out"),
        pytest.param(60, 10060, id="macos-timed-out"),
        pytest.param(101, 10051, id="linux-network-unreachable"),
        pytest.param(51, 10051, id="macos-network-unreachable"),
        pytest.param(113, 10065, id="linux-host-unreachable"),
        pytest.param(65, 10065, id="macos-host-unreachable"),
        pytest.param(112, 10064, id="linux-host-down"),
        pytest.param(103, 10053, id="linux-aborted"),
        pytest.param(13, 10013, id="access-denied"),
        pytest.param(32, 10054, id="broken-pipe"),
        pytest.param(5, None, id="nothing-like-it"),
        pytest.param(None, None, id="no-number"),
    ],
)
def test_errno_of_any_system_finds_its_winsock_number(errno: int | None, number: int | None) -> None:
    assert winsock.number(WireFailure(Phase.CONNECT, FailureKind.OS_ERROR, errno)) == number


@pytest.mark.parametrize(
    ("kind", "errno", "number"),
    [
        pytest.param(FailureKind.RESET, None, 10054, id="reset"),
        pytest.param(FailureKind.RESET, 32, 10054, id="reset-seen-as-broken-pipe"),
        pytest.param(FailureKind.REFUSED, None, 10061, id="refused"),
        pytest.param(FailureKind.TIMEOUT, None, 10060, id="timeout"),
        pytest.param(FailureKind.UNREACHABLE, None, 10065, id="unreachable"),
        pytest.param(FailureKind.UNREACHABLE, 101, 10051, id="network-unreachable"),
    ],
)
def test_kind_decides_before_errno(kind: FailureKind, errno: int | None, number: int) -> None:
    assert winsock.number(WireFailure(Phase.CONNECT, kind, errno)) == number


def test_winsock_texts_have_no_full_stop() -> None:
    assert not [text for text in winsock.TEXT.values() if text.endswith((".", " "))]


def test_connect_texts_name_the_end_point() -> None:
    assert winsock.text(10061, winsock.end_point("203.0.113.1", 443)) == (
        "No connection could be made because the target machine actively refused it 203.0.113.1:443"
    )
    assert winsock.end_point("2001:db8::1", 8443) == "[2001:db8::1]:8443"


@pytest.mark.parametrize(
    ("alert", "name", "code"),
    [
        pytest.param(10, "SEC_E_ILLEGAL_MESSAGE", 0x80090326, id="unexpected-message"),
        pytest.param(20, "SEC_E_MESSAGE_ALTERED", 0x8009030F, id="bad-record-mac"),
        pytest.param(21, "SEC_E_DECRYPT_FAILURE", 0x80090330, id="decryption-failed"),
        pytest.param(30, "SEC_E_MESSAGE_ALTERED", 0x8009030F, id="decompression-failure"),
        pytest.param(40, "SEC_E_ILLEGAL_MESSAGE", 0x80090326, id="handshake-failure"),
        pytest.param(42, "SEC_E_CERT_UNKNOWN", 0x80090327, id="bad-certificate"),
        pytest.param(44, "CRYPT_E_REVOKED", 0x80092010, id="certificate-revoked"),
        pytest.param(45, "SEC_E_CERT_EXPIRED", 0x80090328, id="certificate-expired"),
        pytest.param(48, "SEC_E_UNTRUSTED_ROOT", 0x80090325, id="unknown-ca"),
        pytest.param(49, "SEC_E_LOGON_DENIED", 0x8009030C, id="access-denied"),
        pytest.param(51, "SEC_E_DECRYPT_FAILURE", 0x80090330, id="decrypt-error"),
        pytest.param(70, "SEC_E_UNSUPPORTED_FUNCTION", 0x80090302, id="protocol-version"),
        pytest.param(71, "SEC_E_ALGORITHM_MISMATCH", 0x80090331, id="insufficient-security"),
        pytest.param(80, "SEC_E_INTERNAL_ERROR", 0x80090304, id="internal-error"),
        pytest.param(90, "SEC_E_UNFINISHED_CONTEXT_DELETED", 0x80090333, id="user-canceled"),
        pytest.param(116, "SEC_E_ILLEGAL_MESSAGE", 0x80090326, id="default"),
        pytest.param(None, "SEC_E_ILLEGAL_MESSAGE", 0x80090326, id="no-number"),
    ],
)
def test_alert_becomes_its_security_status(alert: int | None, name: str, code: int) -> None:
    status = tls_alerts.sspi_status(alert)
    assert (status.name, status.code) == (name, code)
    assert not status.text.endswith(".")


def test_alerts_are_named() -> None:
    assert tls_alerts.name(40) == "handshake_failure (40)"
    assert tls_alerts.name(200) == "alert 200"


LINE = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("raw", "section", "detail"),
    [
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", "ResponseStatusLine", None, id="no-http"),
        pytest.param(b"220 mail ESMTP\r\n", "ResponseStatusLine", None, id="smtp"),
        pytest.param(b"HTTP/1.1 20 OK\r\n", "ResponseStatusLine", None, id="two-digits"),
        pytest.param(b"HTTP/1.1 2000 OK\r\n", "ResponseStatusLine", None, id="four-digits"),
        pytest.param(b"HTTP/.1 200 OK\r\n", "ResponseStatusLine", None, id="no-major-version"),
        pytest.param(b"HTTP/1.1  200 OK\r\n", "ResponseStatusLine", None, id="two-blanks"),
        pytest.param(b"HTTP/1.1 200 OK\n\r\n", "ResponseStatusLine", None, id="bare-line-feed"),
        pytest.param(
            LINE + b"(x): y\r\n\r\n", "ResponseHeader", "Header name is invalid", id="separator-first"
        ),
        pytest.param(LINE + b": y\r\n\r\n", "ResponseHeader", "Header name is invalid", id="empty-name"),
        pytest.param(
            LINE + b"a b: y\r\n\r\n", "ResponseHeader", "CR must be followed by LF", id="blank-in-name"
        ),
        pytest.param(
            LINE + b"abc\r\nd: e\r\n\r\n", "ResponseHeader", "CR must be followed by LF", id="no-colon"
        ),
        pytest.param(LINE + b"abc\r\n: e\r\n\r\n", "ResponseHeader", "Invalid header name", id="colon-alone"),
        pytest.param(
            LINE + b"a: b\rc: d\r\n\r\n", "ResponseHeader", "CR must be followed by LF", id="bare-cr"
        ),
        pytest.param(LINE + b"a: b\n\r\n", "ResponseHeader", "CR must be followed by LF", id="bare-lf"),
        pytest.param(
            LINE + b"a: b\0c\r\n\r\n", "ResponseHeader", "CR must be followed by LF", id="nul-in-value"
        ),
        pytest.param(LINE + b"\rx", "ResponseHeader", "CR must be followed by LF", id="cr-at-the-end"),
        pytest.param(
            LINE + b"Content-Length: many\r\n\r\n",
            "ResponseHeader",
            "'Content-Length' header value is invalid",
            id="length-is-a-word",
        ),
        pytest.param(
            LINE + b"Content-Length: -1\r\n\r\n",
            "ResponseHeader",
            "'Content-Length' header value is invalid",
            id="length-is-negative",
        ),
    ],
)
def test_violation_is_found_where_dotnet_finds_it(raw: bytes, section: str, detail: str | None) -> None:
    assert protocol_violation.find(raw) == protocol_violation.Violation(section, detail)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"HTT", id="beginning-of-a-status-line"),
        pytest.param(b"HTTP/1.1 200 O", id="unfinished-status-line"),
        pytest.param(LINE + b"a: b", id="unfinished-header"),
        pytest.param(LINE + b"abc", id="unfinished-name"),
        pytest.param(LINE + b"a: b\r\n c\r\nd: e\r\n\r\n", id="folded-value"),
        pytest.param(LINE + b"a : b\r\n\r\n", id="blank-before-colon"),
        pytest.param(LINE + b"a\r\n : b\r\n\r\n", id="folded-before-colon"),
        pytest.param(LINE + b"a: \xe4\r\n\r\n", id="latin-1-value"),
        pytest.param(b"HTTP/1.1 404\r\n\r\n", id="no-phrase"),
        pytest.param(b"HTTP/12.34 999 \xff\r\n\r\n", id="odd-but-accepted"),
        pytest.param(LINE + b"Content-Length: 5,5\r\n\r\n", id="pair-of-lengths"),
        pytest.param(
            LINE + b"Content-Length: x\r\nTransfer-Encoding: chunked\r\n\r\n", id="chunked-ignores-length"
        ),
    ],
)
def test_what_dotnet_accepts_is_no_violation(raw: bytes) -> None:
    assert protocol_violation.find(raw) is None


def test_a_hostile_header_costs_no_time() -> None:
    # Folded lines of blanks without an end made a backtracking pattern explode.
    assert protocol_violation.find(LINE + b"a:" + b"\r\n      " * 5_000 + b"\0") is not None
