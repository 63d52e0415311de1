"""The exact English texts that .NET Framework puts into exceptions, one literal a line, each with its source.

A `{placeholder}` stands where .NET itself fills one in; nothing else is ever put together. Texts of the
operating system are in `winsock` and `alerts`. This module decides nothing.

Sources, all in microsoft/referencesource: `S` = System/System.txt with the line,
`W` = System.Web.Services/System.Web.Services.txt with the line.
"""

from __future__ import annotations

from probe.dotnet import WebExceptionStatus as Status

# Types, as Exception.ToString writes them in front of the message.
WEB_EXCEPTION = "System.Net.WebException"
AUTHENTICATION_EXCEPTION = "System.Security.Authentication.AuthenticationException"
IO_EXCEPTION = "System.IO.IOException"
SOCKET_EXCEPTION = "System.Net.Sockets.SocketException"
WIN32_EXCEPTION = "System.ComponentModel.Win32Exception"
INVALID_OPERATION_EXCEPTION = "System.InvalidOperationException"
SOAP_HEADER_EXCEPTION = "System.Web.Services.Protocols.SoapHeaderException"
SOAP_EXCEPTION = "System.Web.Services.Protocols.SoapException"

# What a WebExceptionStatus is called in a message (S 758-775, net_webstatus_*). ProtocolError, Pending and
# UnknownError have no text.
STATUS_TEXT = {
    Status.Success: "Status success",
    Status.NameResolutionFailure: "The remote name could not be resolved",
    Status.ConnectFailure: "Unable to connect to the remote server",
    Status.ReceiveFailure: "An unexpected error occurred on a receive",
    Status.SendFailure: "An unexpected error occurred on a send",
    Status.PipelineFailure: "A pipeline failure occurred",
    Status.RequestCanceled: "The request was canceled",
    Status.ConnectionClosed: "The connection was closed unexpectedly",
    Status.TrustFailure: "Could not establish trust relationship for the SSL/TLS secure channel",
    Status.SecureChannelFailure: "Could not create SSL/TLS secure channel",
    Status.ServerProtocolViolation: "The server committed a protocol violation",
    Status.KeepAliveFailure: "A connection that was expected to be kept alive was closed by the server",
    Status.Timeout: "The operation has timed out",
    Status.ProxyNameResolutionFailure: "The proxy name could not be resolved",
    Status.MessageLengthLimitExceeded: "The message length limit was exceeded",
    Status.CacheEntryNotFound: "The request cache-only policy does not allow a network request and the response is not found in cache",  # noqa: E501
    Status.RequestProhibitedByCachePolicy: "The request could not be satisfied using a cache-only policy",
    Status.RequestProhibitedByProxy: "The IWebProxy object associated with the request did not allow the request to proceed",  # noqa: E501
}

CONNECTION_WAS_CLOSED = "The underlying connection was closed: {0}."  # S 637 net_connclosed
REQUEST_ABORTED = "The request was aborted: {0}."  # S 656 net_requestaborted
SERVER_ERROR = "The remote server returned an error: {0}."  # S 639 net_servererror
WITH_DATA = "{0}: '{1}'"  # WebException(string message, string data, …), WebException.cs

READ_FAILURE = "Unable to read data from the transport connection: {0}."  # S 877 net_io_readfailure
WRITE_FAILURE = "Unable to write data to the transport connection: {0}."  # S 876 net_io_writefailure
CONNECTION_CLOSED = "The connection was closed"  # S 878 net_io_connectionclosed
UNEXPECTED_EOF = " Received an unexpected EOF or 0 bytes from the transport stream."  # S 891 net_io_eof
AUTHENTICATION_EOF = (
    "Authentication failed because the remote party has closed the transport stream."  # S 972
)
UNEXPECTED_FRAME = "The handshake failed due to an unexpected packet format."  # S 953 net_ssl_io_frame
CERTIFICATE_INVALID = "The remote certificate is invalid according to the validation procedure."  # S 955
DECRYPT_FAILED = "The decryption operation failed, see inner exception."  # S 888 net_io_decrypt
TIMED_OUT = "The operation has timed out."  # S 665 net_timeout
TOO_MANY_REDIRECTIONS = "Too many automatic redirections were attempted."  # S 657

# Appended to the status text of ServerProtocolViolation (_Connection.cs ~3001).
VIOLATION_SECTION = ". Section={0}"
VIOLATION_SECTION_DETAIL = ". Section={0} Detail={1}"
VIOLATION_DETAIL = ". Detail={0}"
INVALID_HEADER_NAME = "Header name is invalid"  # S 748
INVALID_CONTENT_LENGTH = "'Content-Length' header value is invalid"  # S 749
INCOMPLETE_HEADER_LINE = "Invalid header name"  # S 750
CR_LF_ERROR = "CR must be followed by LF"  # S 751

# What the SOAP client says (SoapClientProtocol.cs ReadResponse, RequestResponse.cs).
HTTP_STATUS = "The request failed with HTTP status {0}: {1}."  # W 28 WebResponseKnownError
ERROR_MESSAGE = (
    "The request failed with the error message:\r\n--\r\n{0}\r\n--."  # W 29 WebResponseUnknownError
)
EMPTY_RESPONSE = "The request failed with an empty response."  # W 30 WebResponseUnknownErrorEmptyBody
CONTENT_TYPE = "Client found response content type of '{0}', but expected 'text/xml'.\r\n{1}"  # W 31
BAD_XML = "Response is not well-formed XML."  # W 33 WebResponseBadXml
ENVELOPE_NAMESPACE = (
    "Possible SOAP version mismatch: Envelope namespace {0} was unexpected. Expecting {1}."  # W 75
)

# Labels of the raw HttpWebRequest (S 801-832, net_httpstatuscode_*); others have the server's phrase.
HTTP_LABEL = {
    300: "Ambiguous Redirect",
    301: "Moved Redirect",
    302: "Redirect",
    303: "See Other",
    304: "Not Modified",
    305: "Use Proxy Redirect",
    307: "Temporary Redirect",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    409: "Conflict",
    410: "Gone",
    411: "Length Required",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Server Unavailable",
    504: "Gateway Timeout",
    505: "Http Version Not Supported",
}

# The entries of the Availability service in the caller's log ([exchange 5.2.4]): the exception of
# Exchange 2010 holds the chain as its message, that of 2013 and later as its inner exception, behind a
# message that ends in a blank.
AVAILABILITY_EXCEPTION = (
    "Microsoft.Exchange.InfoWorker.Common.Availability.ProxyWebRequestProcessingException"
)
PROXY_REQUEST_FAILED = "Proxy web request failed. "
INNER = "{0} ---> {1}"  # Exception.ToString, mscorlib/system/exception.cs
EVENT_4002 = (
    "Process {0}: ProxyWebRequest {1} from {2} to {3} failed. Caller SIDs: {4}. The exception returned is {5}"
)


def line(type_name: str, message: str) -> str:
    """One exception as Exception.ToString writes it: type, colon, message."""
    return f"{type_name}: {message}"


def connection_closed(status: Status) -> str:
    """The WebException line of NetRes.GetWebStatusString("net_connclosed", status)."""
    return line(WEB_EXCEPTION, CONNECTION_WAS_CLOSED.format(STATUS_TEXT[status]))


def request_aborted(status: Status) -> str:
    """The WebException line of NetRes.GetWebStatusString("net_requestaborted", status)."""
    return line(WEB_EXCEPTION, REQUEST_ABORTED.format(STATUS_TEXT[status]))


def not_resolved(status: Status, name: str) -> str:
    """The WebException line for a host or proxy name that has no address ([failures 5.4.1])."""
    return line(WEB_EXCEPTION, WITH_DATA.format(STATUS_TEXT[status], name))


def server_error(status: int, reason: str) -> str:
    """The WebException line of a raw HttpWebRequest for an error status ([failures 5.5.1]).

    The label is .NET's own where it has one, else the server's phrase, else nothing.
    """
    label = HTTP_LABEL.get(status, reason)
    return line(WEB_EXCEPTION, SERVER_ERROR.format(f"({status}) {label}" if label else f"({status})"))


def protocol_violation(section: str | None, detail: str | None) -> str:
    """The WebException line of ServerProtocolViolation; without section and detail it has no full stop."""
    text = STATUS_TEXT[Status.ServerProtocolViolation]
    if section and detail:
        text += VIOLATION_SECTION_DETAIL.format(section, detail)
    elif section:
        text += VIOLATION_SECTION.format(section)
    elif detail:
        text += VIOLATION_DETAIL.format(detail)
    return line(WEB_EXCEPTION, text)
