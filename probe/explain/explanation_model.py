"""The records that pass between the stages of explaining, and out of it.

They say what was read and what is known about it. Nothing is parsed, matched or decided here. Text that
came from the input is kept as it came; `redaction` and `render` clean it on the way out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from probe.remedies.advice import Advice

EXPLAIN_SCHEMA = "probe.explain/1"


class EntryKind(StrEnum):
    """What a piece of the input is."""

    EVENT = "event"
    EXCEPTION = "exception"
    EWS_RESPONSE = "ews-response"
    TEST_ORGANIZATION_RELATIONSHIP = "test-organization-relationship"
    TEST_FEDERATION_TRUST = "test-federation-trust"
    TEST_OAUTH_CONNECTIVITY = "test-oauth-connectivity"
    GET_FEDERATION_INFORMATION = "get-federation-information"
    CONFIGURATION = "configuration"
    HYBRID_WIZARD = "hybrid-wizard"
    FREE_BUSY_CHECKER = "free-busy-checker"
    OUTLOOK_LOG = "outlook-log"
    CONNECTIVITY_TEST = "connectivity-test"
    IIS_LOG = "iis-log"
    HTTPERR_LOG = "httperr-log"
    HTTP_PROXY_LOG = "http-proxy-log"
    EWS_LOG = "ews-log"
    HTTP_ANSWER = "http-answer"
    CODE = "code"
    UNKNOWN = "unknown"


class Signal(StrEnum):
    """A fact about the partner that a check from here can establish, and a cause can rest on."""

    UNTRUSTED_ROOT = "untrusted-root"
    PARTIAL_CHAIN = "partial-chain"
    NAME_MISMATCH = "name-mismatch"
    NOT_TIME_VALID = "not-time-valid"
    OTHER_CHAIN_FAULT = "other-chain-fault"
    NO_COMMON_TLS = "no-common-tls"
    HANDSHAKE_BROKEN = "handshake-broken"
    NOT_TLS = "not-tls"
    RESET_AFTER_REQUEST = "reset-after-request"
    CLOSED_AFTER_REQUEST = "closed-after-request"
    NAME_NOT_RESOLVED = "name-not-resolved"
    NOT_CONNECTED = "not-connected"
    REFUSED = "refused"
    SLOW = "slow"
    WSSECURITY_OFF = "wssecurity-off"
    WSSECURITY_ANSWERS = "wssecurity-answers"
    PRE_AUTHENTICATION = "pre-authentication"
    REDIRECT = "redirect"
    FORBIDDEN = "forbidden"
    HANDLER_MISSING = "handler-missing"
    SERVER_ERROR = "server-error"
    SERVICE_STOPPED = "service-stopped"
    GATEWAY_TIMEOUT = "gateway-timeout"
    NOT_HTTP = "not-http"
    NOT_FEDERATED = "not-federated"
    NO_FEDERATION_ANSWER = "no-federation-answer"


class Authentication(StrEnum):
    """How the request authenticates [exchange 1.1.1], [exchange 5.2.3]."""

    WS_SECURITY = "WSSecurity"
    OAUTH = "OAuth"
    WINDOWS = "Windows"
    NONE = "none"
    UNKNOWN = "unknown"


class Place(StrEnum):
    """Where the other side of the failed request is."""

    OWN_ORGANIZATION = "own-organization"
    PARTNER = "partner"
    EXCHANGE_ONLINE = "exchange-online"
    HYBRID_AGENT = "hybrid-agent"
    MICROSOFT_SERVICE = "microsoft-service"
    WEB_PROXY = "web-proxy"
    UNKNOWN = "unknown"


class View(StrEnum):
    """Who wrote the entry: the side that asked, or the server that answered."""

    CALLER = "caller"
    ANSWERING_SERVER = "answering-server"


@dataclass(frozen=True, slots=True)
class Profile:
    """Who asks whom, and how: read before any cause is weighed."""

    authentication: Authentication = Authentication.UNKNOWN
    place: Place = Place.UNKNOWN
    view: View = View.CALLER


@dataclass(frozen=True, slots=True)
class Scope:
    """For which profiles something holds; an empty tuple: for every one."""

    authentications: tuple[Authentication, ...] = ()
    places: tuple[Place, ...] = ()
    views: tuple[View, ...] = ()

    def admits(self, profile: Profile) -> bool:
        """True if it holds for `profile`."""
        return (
            (not self.authentications or profile.authentication in self.authentications)
            and (not self.places or profile.place in self.places)
            and (not self.views or profile.view in self.views)
        )

    @property
    def conditions(self) -> int:
        """How many of the three it restricts: of two rows with the same words the more exact one wins."""
        return sum(map(bool, (self.authentications, self.places, self.views)))


EVERYWHERE = Scope()


@dataclass(frozen=True, slots=True)
class Cause:
    """One possible cause, and how to tell it from the others.

    `signals`: any of them, seen by a check, confirms the cause; `excluded_by_absence`: the cause is ruled
    out when the check could look and saw none of them (never so for causes that depend on the vantage).
    `scope`: profiles for which it can be the cause at all. `named_by`: words that put it first when the
    entry has one of them; `excluded_by`: words with which it cannot be the cause.
    """

    name: str
    text: str
    told_by: str
    remedies: tuple[Advice, ...] = ()
    signals: tuple[Signal, ...] = ()
    excluded_by_absence: bool = False
    scope: Scope = EVERYWHERE
    named_by: tuple[str, ...] = ()
    excluded_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """One message of the catalogue: how it is recognised, what it means, its causes (likeliest first).

    `patterns`: alternatives, each a sequence of fragments that must occur in this order. A `wrapper` says
    nothing itself: any other match wins. `probes` and `commands` (of the shell) are templates of what to run
    next, without `{}` fields
    that are unknown (`steps` fills them). `scope`: the profiles that it is about.
    `decisive`: the row names the whole situation and wins over whatever else the text matches.
    """

    name: str
    title: str
    meaning: str
    patterns: tuple[tuple[str, ...], ...]
    causes: tuple[Cause, ...]
    source: str
    probes: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    wrapper: bool = False
    scope: Scope = EVERYWHERE
    decisive: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """A numeric code, LID or result identifier: its name, its meaning, and the catalogue row it points to."""

    code: str
    name: str
    meaning: str
    source: str
    knowledge: str | None = None


@dataclass(frozen=True, slots=True)
class ExceptionLink:
    """One exception of a chain, outermost first. `type` None: the text gives a message only."""

    type: str | None
    message: str


@dataclass(frozen=True, slots=True)
class UserAgent:
    """The Availability service's own User-Agent, taken apart: `Category/Type/Source/Protocol/FileVersion`."""

    category: str
    request_type: str
    source: str
    protocol: str
    version: str


@dataclass(frozen=True, slots=True)
class DiscoveryAttempt:
    """One attempt of Get-FederationInformation as its verbose output lists it."""

    outcome: str
    url: str
    exception: str


@dataclass(frozen=True, slots=True)
class Parts:
    """What could be read out of an entry. None, "" or (): the entry does not say.

    Dates stay text, because the event log writes them in the server's culture. `layout` names the Exchange
    generation whose layout the entry has. `authentication`: WSSecurity, OAuth, NetworkCredentials, SIDs.
    `own_url`: a URL of the reader's own organization. `outcome`: the Type or Status of a test's result.
    `user_name`: whether a log line names a user. `alert`: a TLS alert's number.
    """

    event_id: int | None = None
    event_source: str | None = None
    logged: str | None = None
    computer: str | None = None
    layout: str | None = None
    process: str | None = None
    request_type: str | None = None
    requester: str | None = None
    url: str | None = None
    caller_sids: str | None = None
    authentication: str | None = None
    mailboxes: tuple[str, ...] = ()
    window_start: str | None = None
    window_end: str | None = None
    requested_view: str | None = None
    server: str | None = None
    lid: int | None = None
    code: int | None = None
    response_code: str | None = None
    http_status: int | None = None
    http_reason: str | None = None
    http_method: str | None = None
    http_path: str | None = None
    sub_status: int | None = None
    win32_status: int | None = None
    http_headers: tuple[tuple[str, str], ...] = ()
    user_agent: UserAgent | None = None
    client: str | None = None
    soap_fault: str | None = None
    result_id: str | None = None
    cas_error: str | None = None
    attempts: tuple[DiscoveryAttempt, ...] = ()
    domains: tuple[str, ...] = ()
    own_url: str | None = None
    outcome: str | None = None
    alert: int | None = None
    queue: str | None = None
    back_end_status: int | None = None
    user_name: bool | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece of the input: its kind, its normalised text, the fields of its header in lower case."""

    kind: EntryKind
    text: str
    header: tuple[tuple[str, str], ...] = ()

    def field(self, *names: str) -> str | None:
        """The first header field of one of these names that is not empty, or None."""
        wanted = [value for name in names for key, value in self.header if key == name and value]
        return wanted[0] if wanted else None


@dataclass(frozen=True, slots=True)
class NextStep:
    """One command to run next, ready to paste, and what it will tell. `shell`: probe, powershell or cmd."""

    command: str
    why: str
    shell: str = "probe"


class CauseStanding(StrEnum):
    """Where a cause stands after evidence was joined."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    RULED_OUT = "ruled-out"


@dataclass(frozen=True, slots=True)
class WeighedCause:
    """A cause with its commands filled in, its rank (1 is likeliest) and what evidence says about it."""

    rank: int
    cause: Cause
    standing: CauseStanding = CauseStanding.OPEN
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """One more thing that is known about the entry: a code, a LID, a header, and where that is known from."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known about one entry. `knowledge` None: not known; the parts are all there is."""

    kind: EntryKind
    text: str
    parts: Parts
    chain: tuple[ExceptionLink, ...]
    status: str | None
    knowledge: Knowledge | None
    profile: Profile = Profile()
    causes: tuple[WeighedCause, ...] = ()
    notes: tuple[Note, ...] = ()
    also: tuple[Knowledge, ...] = ()
    next_steps: tuple[NextStep, ...] = ()
    occurrences: int = 1
    first_seen: str | None = None
    last_seen: str | None = None
    evidence: tuple[str, ...] = field(default=())

    @property
    def known(self) -> bool:
        """True if the catalogue has this entry's message or code."""
        return self.knowledge is not None
