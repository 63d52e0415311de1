"""What .NET's SOAP client throws for an HTTP answer, as the Exchange caller uses it.

It swallows the WebException of an error status and looks at the answer itself, follows no redirect, and
echoes the server's own reason phrase: `The request failed with HTTP status 401: Unauthorized.` Whether the
caller, which has a token, would get this answer is not asked here. Source: referencesource
`SoapClientProtocol.cs` ReadResponse 589-700 and `RequestResponse.cs` CreateResponseExceptionString.
"""

from __future__ import annotations

import codecs
import re

from probe.dotnet import WebExceptionStatus as Status
from probe.facts import soap
from probe.facts.observation import HttpExchange
from probe.judgement import wording
from probe.judgement.model import WebException

# The whole body goes into .NET's message. A page of this length is recognised; the rest helps nobody.
MAXIMUM_QUOTED = 2_000

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_SOAP_TYPES = frozenset({"text/xml", "application/soap+xml"})


def exception(exchange: HttpExchange) -> WebException | None:
    """The exception for this answer, or None when the SOAP client takes it.

    Source: [failures 5.6.2], [failures 5.6.3]. Exceptions that are no WebException in .NET carry the
    status ProtocolError: the answer was complete and wrong. None, too, for an exchange without a status.
    """
    status = exchange.status
    if status is None:
        return None
    if status >= 300 and status not in (400, 500):
        return _protocol_error(exchange, status)
    if not is_soap(exchange) or _declared_empty(exchange):
        if status == 400:
            return _protocol_error(exchange, status)
        declared = exchange.header("Content-Type") or ""
        message = wording.CONTENT_TYPE.format(declared, _described(exchange, status))
        return _single_exception(wording.INVALID_OPERATION_EXCEPTION, message)
    return _from_document(exchange)


def is_soap(exchange: HttpExchange) -> bool:
    """Whether the content type is one that the SOAP client reads (Scalars.cs ContentType.IsSoap)."""
    return content_type(exchange) in _SOAP_TYPES


def content_type(exchange: HttpExchange) -> str:
    """The media type in lower case, without parameters; "" when none was sent."""
    return (exchange.header("Content-Type") or "").partition(";")[0].strip().lower()


def text(exchange: HttpExchange) -> str:
    """The body as text, decoded as its content type says, else as UTF-8 with what does not fit replaced."""
    found = _CHARSET.search(exchange.header("Content-Type") or "")
    try:
        encoding = codecs.lookup(found[1]).name if found else "utf-8"
        return exchange.body.decode(encoding, "replace")
    except (LookupError, ValueError):
        return exchange.body.decode("utf-8", "replace")


def _declared_empty(exchange: HttpExchange) -> bool:
    return (exchange.header("Content-Length") or "").strip() == "0"


def _from_document(exchange: HttpExchange) -> WebException | None:
    document = soap.read(exchange.body, complete=exchange.body_complete)
    # A root or Body that is not there makes the reader throw the same XmlException as broken XML does.
    if document is None:
        return _single_exception(wording.INVALID_OPERATION_EXCEPTION, wording.BAD_XML)
    if document.namespace not in (soap.SOAP_11, soap.SOAP_12, ""):
        message = wording.ENVELOPE_NAMESPACE.format(document.namespace, soap.SOAP_11)
        return _single_exception(wording.SOAP_EXCEPTION, message)
    if not document.is_envelope:
        return _single_exception(wording.INVALID_OPERATION_EXCEPTION, wording.BAD_XML)
    fault = document.fault
    if fault is None:
        return None
    # Without detail .NET takes a SOAP 1.1 fault for one about a header (ReadSoapException, last lines).
    header = not fault.has_detail and not fault.soap12
    return _single_exception(wording.SOAP_HEADER_EXCEPTION if header else wording.SOAP_EXCEPTION, fault.text)


def _protocol_error(exchange: HttpExchange, status: int) -> WebException:
    return _single_exception(wording.WEB_EXCEPTION, _described(exchange, status))


def _described(exchange: HttpExchange, status: int) -> str:
    if status >= 400 and status != 500:
        return wording.HTTP_STATUS.format(status, exchange.reason)
    content = text(exchange)
    if not content:
        return wording.EMPTY_RESPONSE
    import html  # its table of entities is large, and few answers come here

    return wording.ERROR_MESSAGE.format(html.unescape(content[:MAXIMUM_QUOTED]))


def _single_exception(type_name: str, message: str) -> WebException:
    return WebException(Status.ProtocolError, (wording.line(type_name, message),))
