"""Each layout that Exchange, Windows and IIS have for the same failures gives its parts and its cause."""

from __future__ import annotations

import pytest

from probe.explain.explainer import explain
from probe.explain.explanation_model import EntryKind, ExceptionLink, UserAgent

PROXY = "Microsoft.Exchange.InfoWorker.Common.Availability.ProxyWebRequestProcessingException"
TRUST = (
    f"{PROXY}: System.Net.WebException: The underlying connection was closed: Could not establish trust "
    "relationship "
    "for the SSL/TLS secure channel. ---> System.Security.Authentication.AuthenticationException: The remote "
    "certificate is invalid according to the validation procedure."
)
RESET = (
    f"{PROXY}: System.Net.WebException: The underlying connection was closed: An unexpected error "
    "occurred on a "
    "receive. ---> System.IO.IOException: Unable to read data from the transport connection: An existing "
    "connection "
    "was forcibly closed by the remote host. ---> System.Net.Sockets.SocketException: An existing "
    "connection was "
    "forcibly closed by the remote host"
)
FRAMES = """
   at System.Net.TlsStream.EndWrite(IAsyncResult asyncResult)
   at System.Net.ConnectStream.WriteHeadersCallback(IAsyncResult ar)
   --- End of inner exception stack trace ---
   at System.Web.Services.Protocols.SoapHttpClientProtocol.EndInvoke(IAsyncResult asyncResult)
"""
URL = "https://mail.contoso.com/ews/exchange.asmx/WSSecurity"
TAIL = (
    "Make sure that the Active Directory site/forest that contain the user's mailbox has at least one "
    "local Exchange "
    "2010 server running the Availability service. Turn up logging for the Availability service and test "
    "basic "
    "network connectivity."
)

EXCHANGE_2007 = (
    "Process 9120[w3wp.exe:/LM/W3SVC/1/ROOT/EWS-1-130778800910201315]: Proxy request CrossForest from\n"
    "Requester:S-1-5-21-1016748826-3068013645-1401187561-1105 to "
    "https://mail.contoso.com/EWS/Exchange.asmx failed.\n"
    f"Caller SIDs: . The exception returned is {PROXY}:\n"
    "System.Net.WebException: The request failed with HTTP status 403: Forbidden.\n"
)
EXCHANGE_2010 = (
    "Process 1212: ProxyWebRequest FederatedCrossForest from "
    "S-1-5-21-1671710892-3805255249-3875359145-102309 to "
    f"{URL} failed. Caller SIDs: WSSecurity. The exception returned is {TRUST}{FRAMES}"
    "   --- End of inner exception stack trace ---:. The request information is ProxyWebRequest type = "
    f"FederatedCrossForest, url = {URL}\nMailbox list = <Jan Jansen>SMTP:jan@contoso.com, <Room "
    "1>SMTP:room1@contoso.com, "
    "Parameters: windowStart = 10/1/2013 12:00:00 AM, windowEnd = 11/1/2013 12:00:00 AM, "
    "MergedFBInterval = 30, "
    f"RequestedView = FreeBusyMerged\n. ---> {TRUST.split(': ', 1)[1]}{FRAMES}"
    f". Name of the server where exception originated: CAS01. {TAIL}"
)
EXCHANGE_2013 = (
    "Process 6424[w3wp.exe:/LM/W3SVC/2/ROOT/EWS-1-130778800910201315]: ProxyWebRequest "
    "FederatedCrossForest from "
    f"UserA@fabrikam.mail.onmicrosoft.com to {URL} failed. Caller SIDs: OAuth. The exception returned is "
    f"{PROXY}: "
    f"Proxy web request failed. ---> {RESET.split(': ', 1)[1]}{FRAMES}"
    f". Name of the server where exception originated: MBX01. LID: 43532. {TAIL}"
)
EVENT_4001 = (
    "Process Microsoft.Exchange.InfoWorker.Common.Delayed`1[System.String]: "
    "<johan@contoso.com>SMTP:johan@contoso.com "
    "failed. Exception returned is "
    "Microsoft.Exchange.InfoWorker.Common.Availability.AutoDiscoverFailedException: "
    "Autodiscover failed for e-mail address <johan@contoso.com>SMTP:johan@contoso.com with exception "
    "System.Web.Services.Protocols.SoapHeaderException: An error occurred when processing the security "
    "tokens in the "
    "message.\n   at System.Web.Services.Protocols.SoapHttpClientProtocol.ReadResponse(SoapClientMessage "
    "message)\n"
    ". This event may occur when Availability Service cannot discover an Availability Service in the "
    "remote forest."
)
WINDOWS_EXPORT = (
    "Log Name:      Application\nSource:        MSExchange Availability\nDate:          01/10/2013 10:00:00\n"
    "Event ID:      4002\nTask Category: Availability Service\nLevel:         Error\nKeywords:      Classic\n"
    f"User:          N/A\nComputer:      cas01.fabrikam.com\nDescription:\n{EXCHANGE_2010}\nEvent Xml:\n"
    '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System/></Event>\n'
)
GET_EVENTLOG = (
    "Index              : 81233\nEntryType          : Error\nInstanceId         : 3221229474\nMessage    "
    "        : "
    "Process 1212: ProxyWebRequest FederatedCrossForest from S-1-5-21-1-2-3-1104 to https://mail.cont\n"
    "                     oso.com/ews/exchange.asmx/WSSecurity failed. Caller SIDs: WSSecurity. The "
    "exception returned\n"
    f"                     is {TRUST}\n"
    "Category           : (4)\nCategoryNumber     : 4\nReplacementStrings : "
    "{1212, ProxyWebRequest FederatedCrossForest\n"
    "                     from S-1-5-21-1-2-3-1104 to https://other.example/x failed}\n"
    "Source             : MSExchange Availability\nTimeGenerated      : 10/1/2013 10:00:00 AM\n"
    "EventID            : 4002\nMachineName        : CAS01.fabrikam.com\n"
)
GET_WINEVENT = (
    "TimeCreated  : 10/1/2013 10:00:00 AM\nProviderName : MSExchange Availability\nId           : 4002\n"
    f"Message      : {EXCHANGE_2013}\n"
)
BARE_EXCEPTION = RESET.split(": ", 1)[1]

LAYOUTS = [
    pytest.param(EXCHANGE_2007, "cross-forest-403", "exchange-2007", id="exchange-2007"),
    pytest.param(EXCHANGE_2010, "trust-failure", "exchange-2010", id="exchange-2010"),
    pytest.param(EXCHANGE_2013, "reset-on-receive", "exchange-2013+", id="exchange-2013"),
    pytest.param(EVENT_4001, "security-tokens", None, id="event-4001"),
    pytest.param(WINDOWS_EXPORT, "trust-failure", "exchange-2010", id="windows-export"),
    pytest.param(GET_EVENTLOG, "trust-failure", None, id="get-eventlog"),
    pytest.param(GET_WINEVENT, "reset-on-receive", "exchange-2013+", id="get-winevent"),
]


@pytest.mark.parametrize(("text", "name", "layout"), LAYOUTS)
def test_an_event_in_each_layout(text: str, name: str, layout: str | None) -> None:
    (found,) = explain(text)
    assert found.knowledge is not None
    assert (found.kind, found.knowledge.name, found.parts.layout) == (EntryKind.EVENT, name, layout)


def test_the_parts_of_exchange_2010() -> None:
    (found,) = explain(WINDOWS_EXPORT)
    parts = found.parts
    assert (parts.event_id, parts.process, parts.request_type, parts.authentication) == (
        4002,
        "1212",
        "FederatedCrossForest",
        "WSSecurity",
    )
    assert (parts.url, parts.server, parts.computer) == (URL, "CAS01", "cas01.fabrikam.com")
    assert parts.mailboxes == ("jan@contoso.com", "room1@contoso.com")
    assert (parts.window_start, parts.window_end) == ("10/1/2013 12:00:00 AM", "11/1/2013 12:00:00 AM")
    assert parts.requested_view == "FreeBusyMerged"
    assert parts.requester == "S-1-5-21-1671710892-3805255249-3875359145-102309"
    assert (parts.event_source, parts.logged) == ("MSExchange Availability", "01/10/2013 10:00:00")


def test_the_chain_is_read_once_although_exchange_2010_repeats_it() -> None:
    (found,) = explain(EXCHANGE_2010)
    assert found.chain == (
        ExceptionLink(PROXY, ""),
        ExceptionLink(
            "System.Net.WebException",
            "The underlying connection was closed: Could not establish trust relationship for the "
            "SSL/TLS secure channel.",
        ),
        ExceptionLink(
            "System.Security.Authentication.AuthenticationException",
            "The remote certificate is invalid according to the validation procedure.",
        ),
    )
    assert found.status == "TrustFailure"


def test_the_parts_of_exchange_2013() -> None:
    (found,) = explain(EXCHANGE_2013)
    assert (found.parts.lid, found.parts.server, found.parts.authentication) == (43532, "MBX01", "OAuth")
    assert found.parts.process == "6424[w3wp.exe:/LM/W3SVC/2/ROOT/EWS-1-130778800910201315]"
    assert [link.type for link in found.chain] == [
        PROXY,
        "System.Net.WebException",
        "System.IO.IOException",
        "System.Net.Sockets.SocketException",
    ]
    assert found.status == "ReceiveFailure"


def test_the_parts_of_exchange_2007() -> None:
    (found,) = explain(EXCHANGE_2007)
    assert (found.parts.request_type, found.parts.url) == (
        "CrossForest",
        "https://mail.contoso.com/EWS/Exchange.asmx",
    )
    assert (found.parts.http_status, found.parts.http_reason) == (403, "Forbidden")
    assert found.parts.caller_sids is None


def test_a_url_that_the_console_broke_is_joined_and_replacement_strings_are_not_read() -> None:
    (found,) = explain(GET_EVENTLOG)
    assert (found.parts.url, found.parts.computer) == (URL, "CAS01.fabrikam.com")


def test_the_parts_of_event_4001() -> None:
    (found,) = explain(EVENT_4001)
    assert (found.parts.event_id, found.parts.domains) == (4001, ("contoso.com",))
    assert found.parts.process == "Microsoft.Exchange.InfoWorker.Common.Delayed`1[System.String]"
    assert [link.type for link in found.chain][-1] == "System.Web.Services.Protocols.SoapHeaderException"


def test_several_entries_in_one_file() -> None:
    text = f"{WINDOWS_EXPORT}\n{GET_WINEVENT}\n\n{EXCHANGE_2007}\n{EVENT_4001}\n{GET_EVENTLOG}"
    names = [found.knowledge.name for found in explain(text) if found.knowledge]
    assert names == [
        "trust-failure",
        "reset-on-receive",
        "cross-forest-403",
        "security-tokens",
        "trust-failure",
    ]


def test_events_that_a_copy_put_on_one_line() -> None:
    line = " ".join(f"{EXCHANGE_2010} {EXCHANGE_2007}".split())
    names = [found.knowledge.name for found in explain(line) if found.knowledge]
    assert names == ["trust-failure", "cross-forest-403"]


def test_the_markdown_of_a_blog_with_two_entries_and_prose_between() -> None:
    """Every paragraph of both entries is emphasised, arrows are entities, a space is lost."""
    lines = (
        f"{EXCHANGE_2010}\n\n{EXCHANGE_2013}".replace("--->", "&#8212;>")
        .replace("---", "&#8212;")
        .split("\n")
    )
    text = "\n\n".join(
        f"_{line}_" if line else "When looking at the _marked_ text you see the cause." for line in lines
    )
    found = explain(text.replace("originated: ", "originated:"))
    names = [one.knowledge.name for one in found if one.knowledge]
    assert names == ["trust-failure", "reset-on-receive"]
    assert [one.parts.server for one in found] == ["CAS01", "MBX01"]
    assert [one.parts.process for one in found] == [
        "1212",
        "6424[w3wp.exe:/LM/W3SVC/2/ROOT/EWS-1-130778800910201315]",
    ]


def test_markdown_links_around_addresses_are_undone() -> None:
    linked = "<[johan@contoso.com>SMTP:johan@contoso.com](mailto:johan@contoso.com%3ESMTP:johan@contoso.com)"
    (found,) = explain(EVENT_4001.replace("<johan@contoso.com>SMTP:johan@contoso.com", linked))
    assert (found.parts.mailboxes, found.parts.domains) == (("johan@contoso.com",), ("contoso.com",))


def test_a_reset_inside_the_organization_points_to_the_federation_certificate_first() -> None:
    """KB3057905: the certificate of the federation is missing in the site that the request goes to."""
    (found,) = explain(EXCHANGE_2013.replace("FederatedCrossForest", "CrossSite"))
    assert (found.causes[0].cause.name, found.causes[0].rank) == ("federation-certificate", 1)


def test_events_in_a_csv_export() -> None:
    row = '"4002","Error","{}","MSExchange Availability"'
    text = "\n".join(["Id,Level,Message,ProviderName", row.format(EXCHANGE_2013), row.format(EXCHANGE_2010)])
    names = [found.knowledge.name for found in explain(text) if found.knowledge]
    assert names == ["reset-on-receive", "trust-failure"]


def test_prose_around_an_entry_is_left_out() -> None:
    text = f"Hello,\nsince Monday we see this:\n\n{EXCHANGE_2010}\n"
    assert [found.kind for found in explain(text)] == [EntryKind.EVENT]


OTHERS = [
    pytest.param(BARE_EXCEPTION, EntryKind.EXCEPTION, "reset-on-receive", id="exception"),
    pytest.param(
        "Proxy web request failed. , inner exception: The request failed with HTTP status 401: Unauthorized.",
        EntryKind.EXCEPTION,
        "http-401",
        id="outlook-on-the-web",
    ),
    pytest.param(
        "HTTP/1.1 503 Service Unavailable\nServer: Microsoft-HTTPAPI/2.0\n",
        EntryKind.HTTP_ANSWER,
        "http-503",
        id="answer",
    ),
    pytest.param("HTTP/2 404", EntryKind.HTTP_ANSWER, "http-404", id="http-2-status"),
    pytest.param("401 Unauthorized", EntryKind.HTTP_ANSWER, "http-401", id="bare-status"),
    pytest.param("HTTP 405", EntryKind.HTTP_ANSWER, "http-405", id="bare-code"),
    pytest.param("5016", EntryKind.CODE, "proxy-web-request-failed", id="outlook-code"),
    pytest.param(
        "HTTP/1.1 500 Internal Server Error\nContent-Type: "
        "text/xml\n\n<s:Fault><faultcode>a:InvalidSecurity</faultcode>"
        "<faultstring>An error occurred when verifying security for the message.</faultstring></s:Fault>",
        EntryKind.HTTP_ANSWER,
        "verifying-security",
        id="answer-with-fault",
    ),
    pytest.param(
        "<ResponseMessage "
        "ResponseClass='Error'><MessageText>Microsoft.Exchange.InfoWorker.Common.Availability."
        "NoFreeBusyAccessException: The caller does not have access to free/busy "
        "data.</MessageText><ResponseCode>"
        "ErrorNoFreeBusyAccess</ResponseCode><MessageXml><ExceptionCode>5037</ExceptionCode><ExceptionServerName>"
        "MBX01</ExceptionServerName></MessageXml></ResponseMessage>",
        EntryKind.EWS_RESPONSE,
        "no-free-busy-access",
        id="ews-response",
    ),
    pytest.param(
        "Get-FederationInformation : The discovery process returned the following results:\n"
        "Type=Failure;Url=https://autodiscover.contoso.com/autodiscover/autodiscover.svc;"
        "Exception=Discovery for domain "
        "contoso.com "
        "failed.;\nType=Failure;Url=https://contoso.com/autodiscover/autodiscover.svc;Exception=Discovery "
        "for domain contoso.com failed.;\nFederation information could not be received from the external "
        "organization.",
        EntryKind.GET_FEDERATION_INFORMATION,
        "federation-information",
        id="get-federation-information",
    ),
    pytest.param(
        "RunspaceId  : d2b4\nIdentity    :\nId          : AutodiscoverServiceCallFailed\nStatus      : "
        "Error\n"
        "Description : The Autodiscover call failed.\nIsValid     : True\n",
        EntryKind.TEST_ORGANIZATION_RELATIONSHIP,
        "relationship-discovery-failed",
        id="test-organization-relationship",
    ),
    pytest.param(
        "IIS Logs:  2015-06-08 04:19:25 10.0.0.1 POST /EWS/Exchange.asmx &CorrelationID=<empty>; 443 "
        "dom\\svc 10.0.0.2 "
        "ASProxy/CrossForest/EmailDomain/EXCH/08.03.0083.000 - 403 0 0 718",
        EntryKind.IIS_LOG,
        "cross-forest-403",
        id="iis-without-fields",
    ),
    pytest.param(
        "2020-07-18 10:00:00 52.96.32.133 5050 10.0.0.1 443 HTTP/1.1 POST /ews/exchange.asmx/WSSecurity "
        "503 1 AppOffline "
        "MSExchangeServicesAppPool",
        EntryKind.HTTPERR_LOG,
        "application-pool-stopped",
        id="httperr",
    ),
]


@pytest.mark.parametrize(("text", "kind", "name"), OTHERS)
def test_other_entries(text: str, kind: EntryKind, name: str) -> None:
    (found,) = explain(text)
    assert found.knowledge is not None
    assert (found.kind, found.knowledge.name) == (kind, name)


def test_attempts_of_get_federation_information() -> None:
    (found,) = explain(str(OTHERS[9].values[0]))
    assert [attempt.url for attempt in found.parts.attempts] == [
        "https://autodiscover.contoso.com/autodiscover/autodiscover.svc",
        "https://contoso.com/autodiscover/autodiscover.svc",
    ]
    assert found.parts.domains == ("contoso.com",)


IIS_FILE = """#Software: Microsoft Internet Information Services 8.5
#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken
2020-07-18 10:00:00 10.0.0.1 GET /owa/ - 443 FABRIKAM\\jan 10.0.0.9 Mozilla/5.0 200 0 0 12
2020-07-18 10:00:01 10.0.0.1 POST /autodiscover/autodiscover.svc/WSSecurity - 443 - 52.96.32.133 ASAutoDiscover/CrossForest/EmailDomain//15.20.3195.0 500 0 0 31
2020-07-18 10:00:09 10.0.0.1 POST /autodiscover/autodiscover.svc/WSSecurity - 443 - 52.96.32.133 ASAutoDiscover/CrossForest/EmailDomain//15.20.3195.0 500 0 0 15
2020-07-18 10:01:00 10.0.0.1 POST /ews/exchange.asmx/WSSecurity - 443 - 52.96.32.133 ASProxy/CrossForest/Directory/https/15.20.3195.0 401 5 0 15
"""  # noqa: E501


def test_an_iis_log_shows_the_lookups_only_and_counts_what_repeats() -> None:
    found = explain(IIS_FILE)
    shown = [
        (one.knowledge.name if one.knowledge else None, one.occurrences, one.parts.sub_status)
        for one in found
    ]
    assert shown == [("http-500", 2, 0), ("http-401-5", 1, 5)]
    assert found[1].parts.user_agent == UserAgent(
        "ASProxy", "CrossForest", "Directory", "https", "15.20.3195.0"
    )
    assert any("TargetSharingEpr" in note.text for note in found[1].notes)
    assert any(note.text.startswith("401.5") for note in found[1].notes)


def test_an_answer_with_exchange_headers_rules_pre_authentication_out() -> None:
    text = (
        "HTTP/1.1 401 Unauthorized\nServer: Microsoft-IIS/10.0\nX-WSSecurity-Enabled: False\nX-FEServer: "
        "MBX01\n"
        "WWW-Authenticate: Negotiate\n"
    )
    (found,) = explain(text)
    best = found.causes[0]
    assert (best.cause.name, best.standing.value) == ("wssecurity-off-or-stale", "confirmed")


def test_an_answer_with_wssecurity_on_is_the_healthy_one() -> None:
    (found,) = explain("HTTP/1.1 401 Unauthorized\nX-WSSecurity-Enabled: True\nX-FEServer: MBX01\n")
    assert found.knowledge is not None
    assert found.knowledge.name == "anonymous-disallowed"


def test_the_phrase_of_tmg_confirms_pre_authentication() -> None:
    text = (
        "The request failed with HTTP status 401: Unauthorized ( The server requires authorization to "
        "fulfill the "
        "request. Access to the Web server is denied. Contact the server administrator.  )."
    )
    (found,) = explain(text)
    assert (found.causes[0].cause.name, found.causes[0].standing.value) == ("pre-authentication", "confirmed")


UNKNOWN = [
    pytest.param("something went wrong", id="prose"),
    pytest.param(
        f"Process 12: ProxyWebRequest FederatedCrossForest from S-1-5-21-1-2-3-4 to {URL} failed. Caller "
        "SIDs: WSSecurity. "
        f"The exception returned is {PROXY}: Proxy web request failed. ---> "
        "Contoso.Custom.StrangeException: A thing that "
        "nobody has described. Name of the server where exception originated: CAS01.",
        id="known-wrapper-unknown-inner",
    ),
    pytest.param(
        "Contoso.Custom.StrangeException: A thing that nobody has described.", id="unknown-exception"
    ),
]


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_is_not_known_is_said_to_be_not_known(text: str) -> None:
    (found,) = explain(text)
    assert (found.known, found.causes) == (False, ())
    assert found.next_steps


def test_an_unknown_message_still_gives_its_parts() -> None:
    (found,) = explain(str(UNKNOWN[1].values[0]))
    assert (found.parts.url, found.parts.server, found.chain[-1].type) == (
        URL,
        "CAS01",
        "Contoso.Custom.StrangeException",
    )
    assert found.next_steps[0].command == f"probe check {URL}"


def test_nothing_gives_nothing() -> None:
    assert explain(" \n\t ") == ()


def test_the_domain_of_a_missing_configuration_goes_into_the_next_command() -> None:
    text = "Configuration information for forest/domain contoso.com could not be found in Active Directory."
    (found,) = explain(text)
    assert [step.command for step in found.next_steps if step.shell == "probe"] == [
        "probe federation contoso.com",
        "probe pair YOUR-DOMAIN contoso.com",
    ]
