"""What an entry says by its fields and not by its words, as words that the catalogue's rows are matched on.

A status with its substatus, an X-CasErrorCode, a result's id, an alert, a setting: each becomes a mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from probe.dotnet import WebExceptionStatus
from probe.explain.clues import healthy_anonymous
from probe.explain.exception_chain import exception_chain, implied_status
from probe.explain.explanation_model import Entry, EntryKind, ExceptionLink, Parts
from probe.explain.knowledge.federation_trust_results import trust_mark
from probe.explain.knowledge.http_statuses import HEALTHY_MARK
from probe.explain.knowledge.logs import CALLER_GONE_STATUS, FIRST_LEG_MARK, caller_gone_mark
from probe.explain.knowledge.numbers.identifiers import aadsts_mark
from probe.explain.knowledge.numbers.schannel_events import alert_mark, event_mark
from probe.explain.knowledge.numbers.substatus import substatus_mark
from probe.explain.knowledge.printed_settings import setting_mark
from probe.explain.knowledge.wire_messages import INTERNAL_HOST_MARK
from probe.explain.languages import wordings
from probe.explain.languages.other_exception_words import english_of
from probe.explain.languages.web_exception_words import (
    english_by_words,
    has_no_common_algorithm,
    is_english,
)
from probe.explain.profile import SERVER_LOGS
from probe.explain.readers.cmdlet_settings import checker_differences, faulty_settings
from probe.explain.readers.error_numbers import error_words
from probe.explain.readers.schannel import alert_of, is_schannel

_NO_FEDERATION_INFORMATION = "Federation information could not be received from the external organization"
_NO_CREDENTIALS = 2_148_074_254
_INTERNAL = (".local", ".lan", ".internal", ".intern", ".corp", ".home", ".localdomain", ".priv")
_ABOUT_CERTIFICATES = re.compile(r"certificat", re.IGNORECASE)
_ENTRA_CODE = re.compile(r"AADSTS(\d{4,8})(?!\d)")
_CAPI2 = re.compile(r"CAPI2", re.IGNORECASE)
_AVAILABILITY = re.compile(r"MSExchange Availability", re.IGNORECASE)
_COMMON = re.compile(r"MSExchange Common", re.IGNORECASE)


def read_marks(entry: Entry, parts: Parts) -> str:
    """The marks of `entry`, one a line; "" for none."""
    return "\n".join(
        (
            *_answer_marks(entry, parts),
            *_line_marks(entry, parts),
            *_entra_marks(entry),
            *_event_marks(entry, parts),
            *_setting_marks(entry, parts),
            *_wording_marks(entry, parts),
            *_number_marks(entry),
        )
    )


def neutral_words(entry: Entry, parts: Parts) -> str:
    """What exception types, their nesting and numbers say in any language, in English words; "" for nothing.

    A WebException around an AuthenticationException is a refused certificate, unless a Win32Exception is
    inside (then SChannel failed); around a SocketException it is a failed connection, and with an IOException
    between the two a connection that broke [failures 5.4.2] to [failures 5.4.6].
    """
    if parts.http_status:
        failed = "The request failed with " if "WebException" in entry.text else ""
        return f"{failed}HTTP status {parts.http_status} ."
    types = [_type_name(link) for link in exception_chain(entry.text)]
    if "WebException" not in types:
        return _NO_FEDERATION_INFORMATION if "GetFederationInformationFailedException" in entry.text else ""
    inside = types[types.index("WebException") + 1 :]
    if "Win32Exception" in inside:
        return wordings.CHANNEL
    if "AuthenticationException" in inside:
        return f"{wordings.TRUST} {wordings.CERTIFICATE}"
    if "SocketException" in inside:
        return wordings.RESET if "IOException" in inside else wordings.CONNECT
    return wordings.RESOLVE if parts.url and not inside and not parts.request_type else ""


def _answer_marks(entry: Entry, parts: Parts) -> Iterator[str]:
    by_status = entry.kind in SERVER_LOGS or entry.kind is EntryKind.HTTP_ANSWER
    if by_status and parts.http_status:
        yield f"HTTP status {parts.http_status} ."
    if parts.http_status and parts.sub_status is not None:
        yield substatus_mark(parts.http_status, parts.sub_status)
    if parts.cas_error:
        yield f"mark: cas error {parts.cas_error}"
    if parts.back_end_status:
        yield f"mark: back end answered {parts.back_end_status}"
    if entry.kind is EntryKind.HTTPERR_LOG and parts.http_reason:
        yield f"mark: httperr {parts.http_reason}"
    if healthy_anonymous(parts):
        yield HEALTHY_MARK
    if _host(parts.url).endswith(_INTERNAL):
        yield INTERNAL_HOST_MARK


def _line_marks(entry: Entry, parts: Parts) -> Iterator[str]:
    """What a log line says by its Win32 status and by Exchange's own response code."""
    if entry.kind not in SERVER_LOGS:
        return
    if (parts.http_status or 0) >= 500 and parts.win32_status in CALLER_GONE_STATUS:
        yield caller_gone_mark(parts.win32_status)
    if parts.http_status == 401 and parts.win32_status == _NO_CREDENTIALS:
        yield FIRST_LEG_MARK
    if parts.response_code:
        yield f"mark: response code {parts.response_code} end"


def _entra_marks(entry: Entry) -> Iterator[str]:
    for number in dict.fromkeys(_ENTRA_CODE.findall(entry.text[:65_536])):
        yield aadsts_mark(int(number))


def _event_marks(entry: Entry, parts: Parts) -> Iterator[str]:
    source = parts.event_source
    if parts.event_id is not None:
        for name, found in (
            ("schannel", is_schannel(source, "" if source else entry.text)),
            ("capi2", bool(_CAPI2.search(source or entry.text[:400]))),
            ("availability", bool(_AVAILABILITY.search(source or entry.text[:400]))),
            ("common", bool(_COMMON.search(source or entry.text[:400]))),
        ):
            if found:
                yield event_mark(name, parts.event_id)
    alert = alert_of(entry.text, parts.event_id)
    if alert:
        yield alert_mark(*alert)


def _wording_marks(entry: Entry, parts: Parts) -> Iterator[str]:
    """What a WebException says in a language that no table has, as its English message [exchange 10.11]."""
    if entry.kind in SERVER_LOGS or parts.http_status:
        return
    chain = exception_chain(entry.text)
    types = [_type_name(link) for link in chain]
    for kind, link, inner in zip(types, chain, [*types[1:], ""], strict=False):
        other = english_of(kind, link.message or "", inner)
        if other:
            yield other
    if "WebException" not in types:
        return
    at = types.index("WebException")
    message = chain[at].message or ""
    found = english_by_words(message) if implied_status(message) is None else None
    inside = types[at + 1 :]
    if found == wordings.CHANNEL and "AuthenticationException" in inside and "Win32Exception" not in inside:
        found = wordings.TRUST  # a refused certificate, whatever the words
    if found:
        yield found
    if found in {wordings.SEND, wordings.RECEIVE} and wordings.RESET in entry.text:
        yield wordings.RESET  # behind the moment, as in English
    status = implied_status(found or message)
    yield from _of_security_interface(status, inside, chain[-1].message or "")


def _of_security_interface(
    status: WebExceptionStatus | None, inside: list[str], message: str
) -> Iterator[str]:
    """What a Win32Exception inside says whatever its language [failures 5.4.3], [failures 5.4.6]."""
    if "Win32Exception" not in inside or is_english(message) or "common algorithm" in message:
        return
    if has_no_common_algorithm(message):
        yield wordings.NO_COMMON_ALGORITHM
    elif status is WebExceptionStatus.ReceiveFailure:
        direct = inside[0] == "Win32Exception"
        yield "AcquireCredentialsHandle failed" if direct else wordings.DECRYPTION
    else:
        yield wordings.CHANNEL


def _number_marks(entry: Entry) -> Iterator[str]:
    """What an error's number or name says where the words are missing or of another language."""
    if entry.kind not in SERVER_LOGS:
        yield from error_words(entry.text)


def _setting_marks(entry: Entry, parts: Parts) -> Iterator[str]:
    if entry.kind is EntryKind.TEST_FEDERATION_TRUST and parts.result_id:
        about = bool(_ABOUT_CERTIFICATES.search(entry.text))
        yield trust_mark(
            parts.result_id, about_certificates=about and parts.result_id == "FederationMetadata"
        )
    elif entry.kind is EntryKind.CONFIGURATION:
        faults = faulty_settings(entry.text)
        yield from (setting_mark(name) for name in faults or ("complete",))
    elif entry.kind is EntryKind.FREE_BUSY_CHECKER:
        yield from (setting_mark(name) for name in checker_differences(entry.text))


def _type_name(link: ExceptionLink) -> str:
    return (link.type or "").rpartition(".")[2]


def _host(url: str | None) -> str:
    try:
        return (urlsplit(url or "").hostname or "").lower()
    except ValueError:
        return ""
