"""Faults after a good handshake: on the wire where the answer is due, in its HTTP, and in what it says.

Status and words: [failures 5.4.6] to [failures 5.6.5]; what a healthy Exchange answers:
[exchange 3.1.1]. The SOAP client echoes the partner's own reason phrase.
"""

from __future__ import annotations

from probe.dotnet import WebExceptionStatus, X509ChainStatusFlags
from probe.lab.faults.fault_model import ACCEPTED, Expected, Fault

_ON_A_RECEIVE = (
    "System.Net.WebException: The underlying connection was closed: An unexpected error occurred on a"
    " receive. ---> System.IO.IOException: Unable to read data from the transport connection: An existing"
    " connection was forcibly closed by the remote host. ---> System.Net.Sockets.SocketException: An existing"
    " connection was forcibly closed by the remote host"
)
_BAD_RECORD_ALERT = (
    "System.Net.WebException: The underlying connection was closed: An unexpected error occurred on a"
    " receive. ---> System.IO.IOException: The decryption operation failed, see inner exception."
    " ---> System.ComponentModel.Win32Exception: The message or signature supplied for verification has"
    " been altered"
)
_CLOSED = (
    "System.Net.WebException: The underlying connection was closed: The connection was closed unexpectedly."
)
_CANCELED = "System.Net.WebException: The request was aborted: The request was canceled."
_TOO_LONG = (
    "System.Net.WebException: The underlying connection was closed: The message length limit was exceeded."
)
_VIOLATION = "System.Net.WebException: The server committed a protocol violation."
_CR_LF = "Section=ResponseHeader Detail=CR must be followed by LF"
_EMPTY = (
    "System.InvalidOperationException: Client found response content type of '', but expected 'text/xml'."
    "\r\nThe request failed with an empty response."
)
_HTML = (
    "System.InvalidOperationException: Client found response content type of 'text/html; charset=utf-8',"
    " but expected 'text/xml'.\r\nThe request failed with the error message:\r\n--\r\n"
)
_NOT_WELL_FORMED = "System.InvalidOperationException: Response is not well-formed XML."


def _expected(outcome: str, status: WebExceptionStatus | None = None, text: str | None = None) -> Expected:
    return Expected(outcome, ACCEPTED, X509ChainStatusFlags.NoError, status, text)


def _wire(name: str, summary: str, status: WebExceptionStatus | None, text: str | None) -> Fault:
    return Fault(name, summary, "receive", _expected("failure", status, text))


def _violation(name: str, summary: str, details: str) -> Fault:
    return _wire(name, summary, WebExceptionStatus.ServerProtocolViolation, f"{_VIOLATION} {details}")


def _status(name: str, summary: str, status_line: str) -> Fault:
    text = f"System.Net.WebException: The request failed with HTTP status {status_line}."
    return Fault(name, summary, "http", _expected("failure", WebExceptionStatus.ProtocolError, text))


def _redirect(name: str, summary: str, body: str) -> Fault:
    text = (
        f"System.Net.WebException: The request failed with the error message:\r\n--\r\n{body}\r\n--."
        if body
        else "System.Net.WebException: The request failed with an empty response."
    )
    return Fault(name, summary, "http", _expected("failure", WebExceptionStatus.ProtocolError, text))


def _content(name: str, summary: str, text: str | None, outcome: str = "failure") -> Fault:
    return Fault(name, summary, "http", _expected(outcome, None, text))


def _alive(name: str, summary: str) -> Fault:
    return Fault(name, summary, "http", _expected("success"))


LOGIN_REDIRECT_BODY = (
    "<html><head><title>Object moved</title></head><body>\r\n"
    '<h2>Object moved to <a href="/owa/auth/logon.aspx?replaceCurrent=1">here</a>.</h2>\r\n</body></html>\r\n'
)
OWA_BODY = '<head><title>Document Moved</title></head>\n<body><a HREF="/owa/">here</a></body>'
DOCUMENT_MOVED_BODY = (
    "<head><title>Document Moved</title></head>\n"
    '<body><h1>Object Moved</h1>This document may be found <a HREF="/exchange">here</a></body>'
)
LOGIN_FORM_BODY = (
    "<!DOCTYPE html>\r\n<html><head><title>Sign in</title></head><body>"
    '<form method="post" action="/sign-in"><input name="user"><input name="password" type="password"></form>'
    "</body></html>\r\n"
)
SERVER_ERROR_BODY = (
    "<html><head><title>Runtime Error</title></head><body><h1>Server Error in '/EWS' Application.</h1>"
    "</body></html>\r\n"
)

# HTTP statuses that the SOAP client only quotes: number, and the reason phrase the lab sends.
QUOTED_STATUSES: tuple[tuple[int, str], ...] = (
    (400, "Bad Request"),
    (402, "Payment Required"),
    (406, "Not Acceptable"),
    (407, "Proxy Authentication Required"),
    (408, "Request Timeout"),
    (409, "Conflict"),
    (410, "Gone"),
    (411, "Length Required"),
    (412, "Precondition Failed"),
    (413, "Request Entity Too Large"),
    (415, "Unsupported Media Type"),
    (417, "Expectation Failed"),
    (421, "Misdirected Request"),
    (440, "Login Timeout"),
    (456, "Blocked"),
    (501, "Not Implemented"),
    (502, "Bad Gateway"),
    (504, "Gateway Timeout"),
    (505, "HTTP Version Not Supported"),
    (520, "Origin Error"),
)

WIRE_ANSWER_FAULTS: tuple[Fault, ...] = (
    _wire(
        "reset-after-request",
        "the connection is reset after the request",
        WebExceptionStatus.ReceiveFailure,
        _ON_A_RECEIVE,
    ),
    _wire(
        "reset-in-headers",
        "the connection is reset in the middle of the answer's headers",
        WebExceptionStatus.ReceiveFailure,
        _ON_A_RECEIVE,
    ),
    _wire("reset-after-handshake", "the connection is reset before a request can be sent", None, None),
    _wire(
        "close-without-answer",
        "the connection is closed without an answer, and without close_notify",
        WebExceptionStatus.ConnectionClosed,
        _CLOSED,
    ),
    _wire(
        "close-notify-without-answer",
        "TLS is closed in good order where the answer is due",
        WebExceptionStatus.ConnectionClosed,
        _CLOSED,
    ),
    _wire(
        "close-in-headers",
        "the connection is closed in the middle of the answer's headers",
        WebExceptionStatus.ConnectionClosed,
        _CLOSED,
    ),
    _wire("close-in-body", "the connection is closed in the middle of the answer's body", None, None),
    _wire(
        "alert-after-request",
        "the fatal alert 20, bad_record_mac, comes where the answer is due",
        WebExceptionStatus.ReceiveFailure,
        _BAD_RECORD_ALERT,
    ),
    _wire(
        "undecryptable-record",
        "the answer is a TLS record that cannot be decrypted",
        WebExceptionStatus.ReceiveFailure,
        None,
    ),
    _wire("stall", "the request is never answered", WebExceptionStatus.RequestCanceled, _CANCELED),
    _wire("stall-in-headers", "the headers never end", WebExceptionStatus.RequestCanceled, _CANCELED),
    _wire("stall-in-body", "the answer's body stops halfway", WebExceptionStatus.RequestCanceled, _CANCELED),
    _wire("drip", "the answer comes byte by byte for ever", WebExceptionStatus.RequestCanceled, _CANCELED),
    _wire(
        "endless-header",
        "a header has no end",
        WebExceptionStatus.MessageLengthLimitExceeded,
        _TOO_LONG,
    ),
    _wire("endless-body", "the body of a 200 has no end", None, None),
    _violation("bad-status-line", "the answer is no HTTP", "Section=ResponseStatusLine"),
    # Which detail belongs to which mistake: WebHeaderCollection.ParseHeadersStrict of the reference source.
    _violation(
        "bad-header-name",
        "a header line begins with a character that no name may have",
        "Section=ResponseHeader Detail=Header name is invalid",
    ),
    _violation("blank-in-header-name", "a header name has a blank in it", _CR_LF),
    _violation("header-without-colon", "a header line has no colon", _CR_LF),
    _violation("bad-line-end", "a carriage return in a header is not followed by a line feed", _CR_LF),
    _violation(
        "broken-header-line",
        "a header line ends before its colon",
        "Section=ResponseHeader Detail=Invalid header name",
    ),
    _violation(
        "bad-content-length",
        "Content-Length is no number",
        "Section=ResponseHeader Detail='Content-Length' header value is invalid",
    ),
    # .NET 4.0 says "Response chunk format is invalid"; what 4.5 and later say depends on who reads the body.
    _wire("bad-chunk", "the chunks of a 200 have no sizes", None, None),
    Fault(
        "keep-alive-closed",
        "a connection that should be kept is closed after each answer",
        "receive",
        _expected("success"),
    ),
)

HTTP_FAULTS: tuple[Fault, ...] = (
    _alive("healthy", "nothing is wrong: Exchange 2019 with WS-Security on"),
    _alive("invalid-security-fault", "WCF answers the missing token with an InvalidSecurity fault: healthy"),
    _content("wssecurity-off", "WS-Security is disabled on the virtual directories", None),
    _status("wssecurity-unsupported", "the WS-Security endpoint is not supported", "404: Not Found"),
    _status("pre-authentication", "a device in front of Exchange wants credentials", "401: Unauthorized"),
    _redirect("login-form", "a device in front of Exchange redirects to a login form", LOGIN_REDIRECT_BODY),
    _content(
        "login-page",
        "a device in front of Exchange answers 200 with a login form",
        f"{_HTML}{LOGIN_FORM_BODY}\r\n--.",
    ),
    _status(
        "suffix-lost",
        "a device in front of Exchange takes /WSSecurity off the path",
        "401: Anonymous Request Disallowed",
    ),
    _status("anonymous-off", "IIS wants a logon before Exchange sees a request", "401: Unauthorized"),
    _redirect("redirect-to-owa", "the web site's redirect to Outlook on the web holds for EWS", OWA_BODY),
    _content("content-type-changed", "a device in front of Exchange relabels a SOAP fault as a page", None),
    _content("robot-check", "a check for robots answers the probe", None, "unknown"),
    _status("forbidden", "a device in front of Exchange forbids access", "403: Forbidden"),
    _status("not-found", "the virtual directory is not there", "404: Not Found"),
    _status("handler-missing", "the svc-Integrated handler is missing", "405: Method Not Allowed"),
    _content("server-error", "500 with an HTML page and no SOAP fault", f"{_HTML}{SERVER_ERROR_BODY}\r\n--."),
    _content("server-error-empty", "500 with an X-CasErrorCode and no body", _EMPTY),
    _status("service-stopped", "http.sys answers because the service is stopped", "503: Service Unavailable"),
    _redirect("moved-permanently", "301 to another path", DOCUMENT_MOVED_BODY),
    _redirect("temporary-redirect", "307 to another host, without a body", ""),
    _redirect("permanent-redirect", "308 to another host, without a body", ""),
    _content("empty-answer", "200 without content", _EMPTY),
    _content("broken-xml", "200 with XML that is not well-formed", _NOT_WELL_FORMED),
    # Whether a caller with a token would get these too cannot be seen from here.
    _content("soap-fault", "a SOAP fault that has nothing to do with the missing token", None, "unknown"),
    _content("soap-fault-with-detail", "a SOAP fault with detail", None, "unknown"),
    # The limit may be one for the probe's address only.
    _content("too-many-requests", "429: the partner limits requests", None, "unknown"),
    _status("own-reason-phrase", "403 in the words of the device in front", "403: Blocked by policy 17"),
    _status("no-reason-phrase", "502 without a reason phrase", "502: "),
    *(
        _status(f"status-{status}", f"{status} {reason}", f"{status}: {reason}")
        for status, reason in QUOTED_STATUSES
    ),
)
