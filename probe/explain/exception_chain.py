"""The exception chain of a text, outermost first, and the WebExceptionStatus that its wording implies.

Accepts `Exception.ToString()`, the joined `--->` form of the event log, and the `, inner exception:` form of
Outlook on the web. Stack frames and the repetition that Exchange 2010 appends are left out. Sources:
[failures 5.1], [failures 5.1.1] and [failures 5.6.2] (which text belongs to which status), [exchange 5.2.4]
(layouts).
"""

from __future__ import annotations

import re
from functools import lru_cache

from probe.dotnet import WebExceptionStatus
from probe.explain.explanation_model import ExceptionLink
from probe.explain.pasted_text import ARROW, key

_MAXIMUM_LINKS = 32
_MAXIMUM_MESSAGE = 2_000

_FRAME = re.compile(r"\bat [A-Za-z_][\w.`<>\[\],+$|&]{2,300}\([^()\n]{0,400}\)(?: in [^\n]{1,200}:line \d+)?")
_INNER_END = re.compile(
    r"[-–—]{0,4}[ ]{0,2}End of (?:inner exception )?stack trace"
    r"(?: from previous location(?: where exception was thrown)?)?[ ]{0,2}[-–—]{0,4}",
    re.IGNORECASE,
)
_RETURNED = re.compile(r"Exception\s{1,40}returned\s{1,40}is\b", re.IGNORECASE)
_TAIL = re.compile(
    r"[:. ]{0,4}(?:<No response>)?[. ]{0,3}(?:The request information is\b"
    r"|Name of the server where exception originated\b|Make sure that the Active Directory"
    r"|Turn up logging for the Availability|This event may occur when)",
    re.IGNORECASE,
)
_TYPE = re.compile(
    r"(?<![\w.])((?:[A-Za-z_]\w{0,80}\.){0,12}[A-Za-z_]\w{0,80}Exception)"
    r"(?:[ ]?\(0x[0-9A-Fa-f]{1,8}\))?[ ]{0,2}(?::(?!//)[ ]?|(?=[ ]{0,2}--->|[ ]{0,2}$))"
)
_SEPARATOR = re.compile(r" ---> |[.,;]?[ ]{0,2}\b[Ii]nner [Ee]xception(?: is)?[ ]{0,2}:[ ]{0,2}")

_STATUS_BY_TEXT: tuple[tuple[str, WebExceptionStatus], ...] = (
    ("The remote name could not be resolved", WebExceptionStatus.NameResolutionFailure),
    ("The proxy name could not be resolved", WebExceptionStatus.ProxyNameResolutionFailure),
    ("Unable to connect to the remote server", WebExceptionStatus.ConnectFailure),
    (
        "Could not establish trust relationship for the SSL/TLS secure channel",
        WebExceptionStatus.TrustFailure,
    ),
    ("Could not create SSL/TLS secure channel", WebExceptionStatus.SecureChannelFailure),
    ("An unexpected error occurred on a receive", WebExceptionStatus.ReceiveFailure),
    ("An unexpected error occurred on a send", WebExceptionStatus.SendFailure),
    ("The connection was closed unexpectedly", WebExceptionStatus.ConnectionClosed),
    (
        "A connection that was expected to be kept alive was closed by the server",
        WebExceptionStatus.KeepAliveFailure,
    ),
    ("The server committed a protocol violation", WebExceptionStatus.ServerProtocolViolation),
    ("The request was aborted: The request was canceled", WebExceptionStatus.RequestCanceled),
    ("The request was aborted: The operation has timed out", WebExceptionStatus.Timeout),
    ("The operation has timed out", WebExceptionStatus.Timeout),
    ("The request failed with HTTP status", WebExceptionStatus.ProtocolError),
    ("The remote server returned an error: (", WebExceptionStatus.ProtocolError),
    ("Too many automatic redirections were attempted", WebExceptionStatus.ProtocolError),
    ("The message length limit was exceeded", WebExceptionStatus.MessageLengthLimitExceeded),
)
_STATUS_KEYS = tuple((key(text), status) for text, status in _STATUS_BY_TEXT)


@lru_cache(maxsize=2)  # several rules ask for that of one entry
def message_text(text: str) -> str:
    """`text` from where the exception begins, in one line, without stack frames and what follows them."""
    start = _RETURNED.search(text)
    body = text[start.end() :] if start else text
    body = _INNER_END.sub(" ", body)
    body = " ".join(body.split())
    body = _FRAME.sub(" ", body)
    tail = _TAIL.search(body)
    return " ".join((body[: tail.start()] if tail else body).split())


@lru_cache(maxsize=2)  # as above
def exception_chain(text: str) -> tuple[ExceptionLink, ...]:
    """The chain in `text`, at most 32 links; () if it names no exception."""
    body = message_text(text)
    links: list[ExceptionLink] = []
    for piece in _SEPARATOR.split(body)[:_MAXIMUM_LINKS]:
        links.extend(_links(piece.strip(), first=not links))
    if not any(link.type for link in links) and ARROW not in body:
        return tuple(links) if len(links) > 1 else ()
    return tuple(_without_repetition(links)[:_MAXIMUM_LINKS])


def implied_status(text: str) -> WebExceptionStatus | None:
    """The WebExceptionStatus that the wording of `text` stands for, or None ([failures 5.1])."""
    haystack = key(text)
    return next((status for wanted, status in _STATUS_KEYS if wanted in haystack), None)


def _links(piece: str, *, first: bool) -> list[ExceptionLink]:
    """The links of one piece between arrows: each type name starts one; text before the first is a message
    of its own unless it is the start of the whole text."""
    found = list(_TYPE.finditer(piece))[:_MAXIMUM_LINKS]
    if not found:
        return [ExceptionLink(None, _message(piece))] if piece else []
    links = []
    lead = piece[: found[0].start()].strip(" :.,")
    if lead and not first:
        links.append(ExceptionLink(None, _message(lead)))
    for match, after in zip(found, [*found[1:], None], strict=True):
        end = after.start() if after else len(piece)
        links.append(ExceptionLink(match.group(1), _message(piece[match.end() : end])))
    return links


def _message(text: str) -> str:
    return text.strip().removesuffix(":.").strip(" :;")[:_MAXIMUM_MESSAGE]


def _without_repetition(links: list[ExceptionLink]) -> list[ExceptionLink]:
    unique: list[ExceptionLink] = []
    for link in links:
        if (link.type or link.message) and (not unique or link != unique[-1]):
            unique.append(link)
    return unique
