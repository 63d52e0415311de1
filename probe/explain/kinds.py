"""What a piece of text is, by its form: which cmdlet, program or log wrote it. What it means is
decided elsewhere."""

from __future__ import annotations

import re

from probe.explain.explanation_model import Entry, EntryKind
from probe.explain.readers.cmdlet_results import is_relationship_test, result_kind
from probe.explain.readers.cmdlet_settings import is_checker_output, is_settings
from probe.explain.readers.exchange_log import FAULT_FRAGMENT
from probe.explain.readers.outlook import OUTLOOK

_STATUS_LINE = re.compile(r"^[ ]{0,8}HTTP/\d(?:\.\d)? \d{3}(?: |$)")
_LONE_STATUS = re.compile(
    r"^[ ]{0,8}(?:HTTP(?: (?:status|error))?[ :]{0,3})?[1-5]\d\d(?:\.\d{1,3})?"
    r"(?:[ :-]{1,3}[A-Z][A-Za-z' -]{2,60})?[.]?$"
)
_LONE_CODE = re.compile(
    r"^[ ]{0,8}(?:(?:error|code|exception ?code|LID)[ :#]{0,3}){0,2}\d{4,5}[.]?$", re.IGNORECASE
)
_EWS_RESPONSE = re.compile(
    r"<(?:\w{1,20}:)?(?:ResponseMessage|MessageText|ResponseCode|MessageXml)\b", re.IGNORECASE
)
_FEDERATION = re.compile(
    r"federation information could(?: not|n't) be received|Get-FederationInformation"
    r"|\bType=(?:Failure|Success);Url=",
    re.IGNORECASE,
)
_OAUTH_TEST = re.compile(
    r"Test-?OAuthConnectivity|Exchange Response Details:|OAuth Configuration checked", re.IGNORECASE
)
_TRUST_TEST = re.compile(r"Test-FederationTrust(?:Certificate)?\b", re.IGNORECASE)
_WIZARD = re.compile(
    r"Updating hybrid configuration failed|Hybrid Configuration Engine|Subtask \w{3,20} execution failed"
    r"|\bHCW\d{4}\b|Microsoft\.Exchange\.Management\.Hybrid\.|\[Client=|Session=(?:Tenant|OnPrem)",
)
_CONNECTIVITY_TEST = re.compile(
    r"Microsoft (?:Remote )?Connectivity Analyzer|testconnectivity\.microsoft\.com|Additional "
    r"Details[\s\S]{0,400}Elapsed Time",
    re.IGNORECASE,
)
_EXCEPTION = re.compile(r"\b\w{1,80}Exception\b")
_EVENT_TEXT = re.compile(r"\bfailed\b.{0,400}?Exception returned is|Caller SIDs:", re.IGNORECASE | re.DOTALL)
_EVENT_XML = re.compile(r"<EventID\b", re.IGNORECASE)


def kind_of(body: str, header: tuple[tuple[str, str], ...]) -> Entry:
    """The entry of a piece of text with its header fields, told by the fields first and by words after."""
    entry = Entry(EntryKind.UNKNOWN, body, header)
    identifier = entry.field("id") or ""
    if identifier and not identifier.isdigit():
        kind = result_kind(identifier) or EntryKind.TEST_ORGANIZATION_RELATIONSHIP
        return Entry(kind, body or (entry.field("description", "message") or ""), header)
    event = entry.field("event id", "eventid") or identifier
    if event or _EVENT_TEXT.search(body[:8000]) or _EVENT_XML.search(body[:8000]):
        return Entry(EntryKind.EVENT, body, header)
    if FAULT_FRAGMENT.search(body[:8000]):
        return Entry(EntryKind.HTTP_PROXY_LOG, body, (*header, ("fragment", "yes")))
    return Entry(_kind_of_text(body), body, header)


def is_lone(line: str) -> bool:
    """Whether the line is a status or code all by itself."""
    return bool(_LONE_STATUS.match(line) or _LONE_CODE.match(line))


def is_status_line(line: str) -> bool:
    """Whether the line is an HTTP answer's first."""
    return bool(_STATUS_LINE.match(line))


def _kind_of_text(body: str) -> EntryKind:
    if is_checker_output(body):
        return EntryKind.FREE_BUSY_CHECKER
    for pattern, kind in (
        (_EWS_RESPONSE, EntryKind.EWS_RESPONSE),
        (_WIZARD, EntryKind.HYBRID_WIZARD),
        (_CONNECTIVITY_TEST, EntryKind.CONNECTIVITY_TEST),
        (_OAUTH_TEST, EntryKind.TEST_OAUTH_CONNECTIVITY),
        (_FEDERATION, EntryKind.GET_FEDERATION_INFORMATION),
        (_TRUST_TEST, EntryKind.TEST_FEDERATION_TRUST),
        (OUTLOOK, EntryKind.OUTLOOK_LOG),
    ):
        if pattern.search(body):
            return kind
    if is_relationship_test(body):
        return EntryKind.TEST_ORGANIZATION_RELATIONSHIP
    first = body.split("\n", 1)[0]
    if is_status_line(first) or _LONE_STATUS.match(body):
        return EntryKind.HTTP_ANSWER
    if _LONE_CODE.match(body):
        return EntryKind.CODE
    if _EXCEPTION.search(body):
        return EntryKind.EXCEPTION
    return EntryKind.CONFIGURATION if is_settings(body) else EntryKind.UNKNOWN
