"""Events, exception texts and everything in prose: who asked what of whom, when, and with which outcome.

Every field is read on its own: a copy that lost one still gives the others. It concludes nothing. Source:
[exchange 5.2] and [exchange 5.4] (templates of events 4002 and 4001), [exchange 5.2.4] (layouts of Exchange
2010 and 2013).
"""

from __future__ import annotations

import re
from dataclasses import replace

from probe.explain.decisive_attempt import decisive_attempt
from probe.explain.explanation_model import DiscoveryAttempt, Entry, Parts
from probe.explain.pasted_text import one_line
from probe.explain.readers.cmdlet_results import result_outcome
from probe.explain.readers.outlook import own_url
from probe.explain.readers.w3c import parse_answer, parse_user_agent
from probe.facts.services.logon_pages import leads_to_logon

_MAXIMUM_MAILBOXES = 100

_PROCESS = re.compile(
    r"\bProcess (\S[^\n]{0,300}?): ?(?=Proxy ?Web ?Request|Proxy request|<|\S{1,200}@|SMTP:)"
)
_REQUEST = re.compile(
    r"\bProxy\s{0,4}(?:Web\s{0,4}Request|request) (\w{1,40}) from (?:Requester: ?)?"
    r"(\S{1,400}?) to (\S[^,]{0,600}?) failed\b",
)
# A console that breaks lines inside words: the same with all white space gone, so only known types are found.
_SQUEEZED_REQUEST = re.compile(
    r"Proxy(?:Web)?[Rr]equest(Local|IntraSite|CrossSite|CrossForest|FederatedCrossForest|PublicFolder)from"
    r"(?:Requester:)?([^:/]{1,200}?)to(https?://[^,]{1,600}?)failed"
)
_SQUEEZED_SERVER = re.compile(r"serverwhereexceptionoriginated:([\w-]{1,63})")
_OLD_REQUEST = re.compile(r"\bProxy request \w{1,40} from|\bRequester:")
_CALLER = re.compile(r"Caller SIDs: ?(.{0,2000}?)\. The exception", re.DOTALL)
_AFTER_MAILBOXES = re.compile(r"Parameters:|windowStart")
_SMTP = re.compile(r"SMTP:\s{0,8}([^\s,;<>]{1,320}@[^\s,;<>]{1,253})", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<![\w.+'-])([\w.+'-]++@[\w-]{1,63}(?:\.[\w-]{1,63}){1,10})")
_WINDOW = {
    "start": re.compile(r"windowStart\s{0,8}=\s{0,8}([^,]{1,80}),"),
    "end": re.compile(r"windowEnd\s{0,8}=\s{0,8}([^,]{1,80}),"),
    "view": re.compile(r"RequestedView\s{0,8}=\s{0,8}(\w{1,40})"),
}
_SERVER = re.compile(
    r"Name of the server where exception originated: ?([\w-]{1,63}(?:\.[\w-]{1,63}){0,10})", re.IGNORECASE
)
_LID = re.compile(r"\bLID\s{0,4}[:=]?\s{0,4}(\d{4,6})\b")
_URL = re.compile(r"https?://[^\s<>\"'|);,]{3,2000}", re.IGNORECASE)
_QUOTED_HOST = re.compile(r"['\"«„“‚‹]((?=[^'\"]{0,80}[A-Za-z])[\w-]{1,63}(?:\.[\w-]{1,63}){1,10})['\"»“”›]")
_DIAGNOSED_HOST = re.compile(r"WebException|SocketException|could not be resolved|resolv", re.IGNORECASE)
_XML_EVENT = re.compile(r"<EventID[^<>]{0,80}>\s{0,8}(\d{1,6})\s{0,8}<", re.IGNORECASE)
_NAMED_EVENT = re.compile(r"\bEvent (?:ID|Id)[ ]{0,20}:[ ]{0,20}(\d{1,6})\b")
_XML_SOURCE = re.compile(r"<Provider [^<>]{0,20}Name=['\"]([^'\"<>]{1,100})", re.IGNORECASE)
_XML_TIME = re.compile(r"<TimeCreated [^<>]{0,20}SystemTime=['\"]([^'\"<>]{1,60})", re.IGNORECASE)
_XML_COMPUTER = re.compile(r"<Computer>\s{0,8}([\w.-]{1,253})\s{0,8}<", re.IGNORECASE)
_HTTP_STATUS = re.compile(
    r"(?:HTTP status(?: code)?[ :]{1,3}(?P<a>[1-5]\d\d)(?:: ?(?P<ra>[^.\n]{0,200}))?"
    r"|(?:returned an error|WebException|HttpWebRequest)[^()\n]{0,160}\((?P<b>[1-5]\d\d)\) "
    r"?(?P<rb>[^.\n]{0,200})"
    r"|\b(?:HTTP )?Error (?P<d>[45]\d\d)(?:\.\d{1,2})? - (?P<rd>[^.\n]{0,100})"
    r"|WebException[^\n]{0,160}(?<![A-Za-z])HTTP[^\d\n./]{0,16}(?P<e>[1-5]\d\d)(?!\d)"
    r"(?:[ :]{0,2}(?P<re>[^.\n]{0,100}))"
    r"|^ {0,8}(?:HTTP(?: (?:status|error))?[ :]{0,3})?(?P<c>[1-5]\d\d)(?:\.(?P<sub>\d{1,3}))?"
    r"(?:[ :-]{1,3}(?P<rc>[A-Z][A-Za-z' -]{2,60}))?\.?$)",
    re.IGNORECASE,
)
_ERROR_PAGE = re.compile(r"\b(?:HTTP )?(?:Error|status) (4\d\d|5\d\d)\.(\d{1,2})\b", re.IGNORECASE)
_CODE = re.compile(
    r"(?:ExceptionCode\b[^<>]{0,200}> ?|\b(?:error|code|exception ?code)[ :#=]{0,4}|\(|^\s{0,8})"
    r"(5[01]\d\d)(?![\d.])",
    re.IGNORECASE,
)
_RESPONSE_CODE = re.compile(r"\bError[A-Z][A-Za-z0-9]{3,60}\b")
_FAULT = re.compile(r"<faultstring\b[^<>]{0,200}>([^<]{1,1000})", re.IGNORECASE)
_FAULT_CODE = re.compile(r"<faultcode\b[^<>]{0,200}>([^<]{1,200})", re.IGNORECASE)
_ORIGIN_TAG = re.compile(r"ExceptionServerName\b[^<>]{0,200}>\s?([\w.-]{1,253})\s?<", re.IGNORECASE)
_ATTEMPT = re.compile(r"\bType=(\w{1,40}); ?Url=([^;\s]{1,2000}); ?Exception=([^;]{0,1000});?", re.IGNORECASE)
_DOCUMENTATION = (
    "://go.microsoft.com",
    "://technet.microsoft.com",
    "://learn.microsoft.com",
    "://docs.microsoft.com",
    "://msdn.microsoft.com",
    "://support.microsoft.com",
    "://support.office.com",
    "://aka.ms",
)
"""Hosts of pages that a message sends its reader to: never what failed."""
_CAS_ERROR = re.compile(r"X-CasErrorCode[ :=]{1,4}(\w{1,60})", re.IGNORECASE)
_DISCOVERY_DOMAIN = re.compile(
    r"(?:for domain|forest/domain|-DomainName|Get-FederationInformation)\s{1,8}['\"]?"
    r"([\w-]{1,63}(?:\.[\w-]{1,63}){1,10})",
    re.IGNORECASE,
)
_RESULT_ID = re.compile(r"(?:^|\n)[ ]{0,8}Id[ ]{0,24}:[ ]{0,8}([A-Z]\w{3,120})")


def read_event(entry: Entry) -> Parts:
    """The parts of an entry of prose, event or exception text; a field that it does not say stays None."""
    parts = _event_parts(entry)
    parts = _outcome_parts(" ".join(entry.text.split()), parts)
    answer = parse_answer(entry.text)
    if answer:
        status, reason, headers = answer
        parts = replace(parts, http_status=status, http_reason=reason or None, http_headers=headers)
    parts = _without_own_urls(parts, entry.text)
    return replace(parts, domains=_domains(parts, entry.text))


def _event_parts(entry: Entry) -> Parts:
    text = " ".join(entry.text.split())
    process = _PROCESS.search(text)
    squeezed = "".join(text.split())
    request = _REQUEST.search(text) or _SQUEEZED_REQUEST.search(squeezed)
    caller = _CALLER.search(text)
    caller_sids = one_line(caller.group(1)) or None if caller else None
    identifier = entry.field("event id", "eventid", "id") or ""
    return Parts(
        event_id=int(identifier)
        if identifier.isdecimal() and len(identifier) <= 6
        else _event_id(entry.text),
        event_source=entry.field("source", "event source", "providername") or _group(_XML_SOURCE, entry.text),
        logged=entry.field("date", "timegenerated", "timecreated") or _group(_XML_TIME, entry.text),
        computer=entry.field("computer", "machinename") or _group(_XML_COMPUTER, entry.text),
        layout=_layout(text),
        process=one_line(process.group(1)) if process else None,
        request_type=request.group(1) if request else None,
        requester=request.group(2) if request else None,
        url=_joined_url(request.group(3)) if request else _failing_url(text) or _quoted_url(text),
        caller_sids=caller_sids,
        authentication=_authentication(caller_sids),
        mailboxes=_mailboxes(text),
        window_start=_group(_WINDOW["start"], text),
        window_end=_group(_WINDOW["end"], text),
        requested_view=_group(_WINDOW["view"], text),
        server=_group(_SERVER, text) or _group(_ORIGIN_TAG, text) or _group(_SQUEEZED_SERVER, squeezed),
        lid=_number(_LID, text),
        result_id=_test_result(entry),
        outcome=result_outcome(entry),
    )


def _outcome_parts(text: str, parts: Parts) -> Parts:
    status = _HTTP_STATUS.search(text)
    return replace(
        parts,
        code=_number(_CODE, text),
        response_code=_whole(_RESPONSE_CODE, text),
        http_status=int(_first(status, "a", "b", "c", "d", "e") or 0) or None,
        http_reason=one_line(_first(status, "ra", "rb", "rc", "rd", "re") or "") or None,
        sub_status=_sub_status(status, text),
        user_agent=parse_user_agent(text),
        soap_fault=_soap_fault(text),
        cas_error=_group(_CAS_ERROR, text),
        attempts=_attempts(text),
    )


def _event_id(text: str) -> int | None:
    """The event by XML or by its template when the header is lost: 4002 names the caller's SIDs."""
    written = _number(_XML_EVENT, text) or _number(_NAMED_EVENT, text)
    if written is not None:
        return written
    text = " ".join(text.split())
    if _REQUEST.search(text) or "Caller SIDs:" in text:
        return 4002
    lowered = text[:20_000].lower()
    if "exception returned is" in lowered and "autodiscoverfailedexception" in lowered:
        return 4001
    return None


def _layout(text: str) -> str | None:
    if _OLD_REQUEST.search(text):
        return "exchange-2007"
    if "request information is" in text:
        return "exchange-2010"
    if "Proxy web request failed." in text or "[w3wp.exe:" in text:
        return "exchange-2013+"
    return None


def _authentication(caller_sids: str | None) -> str | None:
    if not caller_sids:
        return None
    known = next(
        (name for name in ("NetworkCredentials", "WSSecurity", "OAuth") if name in caller_sids), None
    )
    return known or ("SIDs" if "S-1-" in caller_sids else None)


def _joined_url(text: str) -> str:
    """The URL between `to` and `failed`, with the line breaks that a console put into it taken out."""
    found = "".join(text.split()).strip("<>\"'")
    link = _URL.search(found)
    return link.group() if link else found


def _first_url(text: str) -> str | None:
    found = (match.group().rstrip(".,;:") for match in _URL.finditer(text[:65_536]))
    ignored = ("schemas.", "docs.oasis-open.org", "www.w3.org", *_DOCUMENTATION)
    return next(
        (url for url in found if not any(name in url for name in ignored) and not leads_to_logon(url)), None
    )


def _failing_url(text: str) -> str | None:
    """The URL that the failure is about: of the attempt that decides, else the first."""
    chosen = decisive_attempt(_attempts(text))
    return chosen.url if chosen else _first_url(text)


def _attempts(text: str) -> tuple[DiscoveryAttempt, ...]:
    return tuple(DiscoveryAttempt(*map(one_line, match)) for match in _ATTEMPT.findall(text)[:50])


def _quoted_url(text: str) -> str | None:
    host = _host_in_quotes(text)
    return f"https://{host}" if host else None


def _host_in_quotes(text: str) -> str | None:
    """A host that the message quotes, as .NET does in every language for a name that does not resolve."""
    if not _DIAGNOSED_HOST.search(text):
        return None
    found = (match.group(1) for match in _QUOTED_HOST.finditer(text[:65_536]))
    return next(
        (name for name in found if not name.lower().endswith((".dll", ".exe", ".config", ".ps1"))), None
    )


def _without_own_urls(parts: Parts, text: str) -> Parts:
    """A URL of the reader's own organization is not the one to check."""
    own = own_url(text)
    if own is None:
        return parts
    return replace(parts, own_url=own, url=None if parts.request_type is None else parts.url)


def _mailboxes(text: str) -> tuple[str, ...]:
    start = max(text.find("Mailbox list"), 0)
    after = _AFTER_MAILBOXES.search(text, start)
    found = _SMTP.findall(text[start : after.start() if after else start + 65_536])
    if not found and "e-mail address" in text.lower().replace("email", "e-mail"):
        found = _ADDRESS.findall(text[:65_536])
    return tuple(dict.fromkeys(address.rstrip(".,;:'\"") for address in found))[:_MAXIMUM_MAILBOXES]


def _domains(parts: Parts, text: str) -> tuple[str, ...]:
    """Partner domains that the entry names: of the mailboxes asked for, and of Get-FederationInformation."""
    named = [address.rpartition("@")[2] for address in parts.mailboxes]
    named += [match.rstrip(".") for match in _DISCOVERY_DOMAIN.findall(text[:65_536])[:20]]
    return tuple(dict.fromkeys(name.lower() for name in named if "." in name and len(name) <= 253))


def _sub_status(status: re.Match[str] | None, text: str) -> int | None:
    """The substatus behind the point of "403.6", beside the status or in IIS' own error page."""
    found = _first(status, "sub")
    if found is None:
        page = _ERROR_PAGE.search(text)
        found = page.group(2) if page else None
    return int(found) if found is not None else None


def _soap_fault(text: str) -> str | None:
    code, words = _group(_FAULT_CODE, text), _group(_FAULT, text)
    return " ".join(filter(None, (f"{code}:" if code and words else code, words))) or None


def _test_result(entry: Entry) -> str | None:
    identifier = entry.field("id") or ""
    return identifier if identifier and not identifier.isdigit() else _group(_RESULT_ID, entry.text)


def _group(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return one_line(match.group(1)) or None if match else None


def _whole(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match.group() if match else None


def _number(pattern: re.Pattern[str], text: str) -> int | None:
    match = pattern.search(text)
    return int(match.group(1)) if match else None


def _first(match: re.Match[str] | None, *names: str) -> str | None:
    return next((value for name in names if match and (value := match.group(name))), None)
