"""HTTP answers: which reading each gets, and the whole text of .NET's SOAP client for it."""

from __future__ import annotations

import pytest
from msgspec import structs

from probe.facts.observation import Endpoint, EndpointKind, HttpExchange
from probe.judgement.http import response, soap_client
from probe.judgement.http.answers import Confidence, ResponseReading
from probe.judgement.model import Outcome, Severity

URL = "https://mail.contoso.com/ews/exchange.asmx/WSSecurity"
EWS = Endpoint(EndpointKind.EWS_WSSECURITY, URL, "mail.contoso.com", 443, "given")
AUTODISCOVER = Endpoint(
    EndpointKind.AUTODISCOVER_WSSECURITY,
    "https://mail.contoso.com/autodiscover/autodiscover.svc/WSSecurity",
    "mail.contoso.com",
    443,
    "given",
)

XML = ("Content-Type", "text/xml; charset=utf-8")
HTML = ("Content-Type", "text/html; charset=utf-8")
EMPTY = ("Content-Length", "0")
ON = (("X-WSSecurity-Enabled", "True"), ("X-OAuth-Enabled", "True"), ("X-FEServer", "EX01"))
OFF = (("X-WSSecurity-Enabled", "False"), ("X-FEServer", "EX01"))
BASIC = ("WWW-Authenticate", 'Basic realm="mail.contoso.com"')
SECEXT = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"


def post(
    status: int, reason: str = "", *headers: tuple[str, str], body: bytes = b"", complete: bool = True
) -> HttpExchange:
    return HttpExchange("POST", URL, status, reason, headers=headers, body=body, body_complete=complete)


def get(status: int, *headers: tuple[str, str], body: bytes = b"") -> HttpExchange:
    return HttpExchange("GET", URL, status, "Unauthorized", headers=headers, body=body)


def fault(code: str, text: str, *, detail: bool = False) -> bytes:
    tail = "<detail><e:Code xmlns:e='urn:e'>X</e:Code></detail>" if detail else ""
    return (
        "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><s:Fault>"
        f"<faultcode xmlns:a='{SECEXT}'>{code}</faultcode><faultstring "
        f"xml:lang='en-US'>{text}</faultstring>{tail}"
        "</s:Fault></s:Body></s:Envelope>"
    ).encode()


def fault12(subcode: str, text: str) -> bytes:
    return (
        "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><s:Fault><s:Code>"
        f"<s:Value>s:Sender</s:Value><s:Subcode><s:Value "
        f"xmlns:a='{SECEXT}'>{subcode}</s:Value></s:Subcode></s:Code>"
        f"<s:Reason><s:Text xml:lang='en-US'>{text}</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>"
    ).encode()


VERIFYING = "An error occurred when verifying security for the message."
SOAP_BODY = (
    b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><ok/></s:Body></s:Envelope>"
)
MESSAGES = b"http://schemas.microsoft.com/exchange/services/2006/messages"
AUTODISCOVER_NAMESPACE = b"http://schemas.microsoft.com/exchange/2010/Autodiscover"


def soap_of(content: bytes, namespace: bytes = MESSAGES) -> bytes:
    return SOAP_BODY.replace(b"<ok/>", b"<" + content + b" xmlns='" + namespace + b"'/>")


LOGIN = b"<html><form method='post'><input name='p' type='password'></form></html>"

ROWS = [
    # Alive.
    pytest.param(
        (post(401, "Unauthorized", ("X-CasErrorCode", "BadSamlToken")), get(401, *ON)),
        "bad-saml-token",
        Outcome.SUCCESS,
        id="token-wanted",
    ),
    pytest.param(
        (post(500, "", XML, body=fault("a:InvalidSecurity", VERIFYING)),),
        "invalid-security-fault",
        Outcome.SUCCESS,
        id="invalid-security",
    ),
    pytest.param(
        (
            post(
                400,
                "",
                ("Content-Type", "application/soap+xml"),
                body=fault12("a:InvalidSecurity", VERIFYING),
            ),
        ),
        "invalid-security-fault",
        Outcome.SUCCESS,
        id="invalid-security-in-soap-12",
    ),
    pytest.param(
        (post(500, "", XML, body=fault("a:InvalidSecurityToken", "x")), get(401, *ON)),
        "security-fault",
        Outcome.SUCCESS,
        id="security-layer",
    ),
    pytest.param(
        (post(500, "", XML, body=fault("a:InvalidSecurityToken", "x")),),
        "soap-fault",
        Outcome.UNKNOWN,
        id="security-layer-of-whom",
    ),
    pytest.param(
        (post(500, "", ("Server", "Jetty(9)"), XML, body=fault("a:InvalidSecurity", "header")),),
        "soap-without-answer",
        Outcome.UNKNOWN,
        id="security-layer-of-java",
    ),
    pytest.param(
        (post(401, "Unauthorized", ("X-DiagInfo", "EX01")), get(401, *ON)),
        "wssecurity-enabled",
        Outcome.SUCCESS,
        id="switched-on",
    ),
    pytest.param(
        (post(401, "Unauthorized", ("X-DiagInfo", "EX01")),),
        "exchange-reached",
        Outcome.SUCCESS,
        id="exchange-only",
    ),
    # Not every proxy lets X-CasErrorCode through.
    pytest.param(
        (post(401, "Unauthorized", ("X-FEServer", "EX01")), get(401, *ON)),
        "wssecurity-enabled",
        Outcome.SUCCESS,
        id="front-end-without-its-code",
    ),
    pytest.param(
        (post(401, "Unauthorized", ("X-FEServer", "EX01"), BASIC), get(401, ("X-DiagInfo", "EX01"))),
        "exchange-reached",
        Outcome.SUCCESS,
        id="front-end-and-a-header-of-its-own-code",
    ),
    pytest.param(
        (post(401, "Anonymous Request Disallowed", ("X-FEServer", "EX01"), *ON), get(401, *ON)),
        "wssecurity-enabled",
        Outcome.SUCCESS,
        id="the-answer-to-a-get-given-to-all",
    ),
    # BadSamlToken is what a request gets that came as one to /WSSecurity.
    pytest.param(
        (post(401, "Unauthorized", ("X-CasErrorCode", "InvalidOAuthToken")), get(401, *ON)),
        "route-unseen",
        Outcome.UNKNOWN,
        id="front-end-with-another-code",
    ),
    pytest.param(
        (post(401, "Unauthorized", ("X-FEServer", "AM0PR02CA0123"), BASIC), get(401, BASIC)),
        "exchange-reached",
        Outcome.SUCCESS,
        id="front-end-of-exchange-online",
    ),
    # Taken for a request without the suffix.
    pytest.param(
        (post(401, "Anonymous Request Disallowed", ("X-FEServer", "EX01")), get(401, *ON)),
        "suffix-lost",
        Outcome.FAILURE,
        id="suffix-lost-on-the-way-to-ews",
    ),
    pytest.param(
        (post(401, "", ("X-FEServer", "EX01"), ("X-CasErrorCode", "UnauthenticatedRequest")), get(401, *ON)),
        "suffix-lost",
        Outcome.FAILURE,
        id="suffix-lost-on-the-way-to-autodiscover",
    ),
    pytest.param(
        (post(401, "Anonymous Request Disallowed", ("X-FEServer", "EX01")), get(401, *OFF)),
        "wssecurity-off",
        Outcome.FAILURE,
        id="suffix-lost-and-off",
    ),
    # Refused by IIS, which adds X-FEServer to all that it answers.
    pytest.param(
        (
            post(401, "Unauthorized", ("X-FEServer", "EX01"), BASIC),
            get(401, ("X-FEServer", "EX01"), BASIC),
        ),
        "anonymous-off",
        Outcome.FAILURE,
        id="anonymous-authentication-off",
    ),
    pytest.param(
        (post(200, "OK", XML, body=soap_of(b"GetUserAvailabilityResponse")),),
        "soap-answer",
        Outcome.SUCCESS,
        id="soap",
    ),
    pytest.param(
        (post(200, "OK", XML, body=soap_of(b"GetUserAvailabilityResponse", b"urn:other")),),
        "soap-without-answer",
        Outcome.UNKNOWN,
        id="soap-of-another-namespace",
    ),
    pytest.param(
        (post(200, "OK", XML, body=SOAP_BODY),), "soap-without-answer", Outcome.UNKNOWN, id="soap-of-another"
    ),
    pytest.param(
        (post(500, "Internal Server Error", XML, body=SOAP_BODY.replace(b"<ok/>", b"busy")),),
        "soap-without-answer",
        Outcome.UNKNOWN,
        id="soap-of-text-alone",
    ),
    # Switched off.
    pytest.param(
        (post(401, "Unauthorized", ("X-FEServer", "EX01")), get(401, *OFF)),
        "wssecurity-off",
        Outcome.FAILURE,
        id="off-by-the-get",
    ),
    pytest.param(
        (post(401, "", ("X-CasErrorCode", "BadSamlToken")), get(401, *OFF)),
        "wssecurity-off",
        Outcome.FAILURE,
        id="off-although-a-token-is-wanted",
    ),
    pytest.param(
        (post(404, "Not Found"), get(401, *OFF)), "wssecurity-off", Outcome.FAILURE, id="off-and-404"
    ),
    pytest.param((post(500, "", EMPTY), get(401, *OFF)), "wssecurity-off", Outcome.FAILURE, id="off-and-500"),
    pytest.param(
        (post(404, "Not Found", body=b"<p>WS-Security endpoint is not supported</p>"),),
        "autodiscover-wssecurity-off",
        Outcome.FAILURE,
        id="autodiscover-front-end",
    ),
    pytest.param(
        (post(404, "Not Found", ("X-FEServer", "EX01")), get(401, *ON)),
        "backend-wssecurity-off",
        Outcome.FAILURE,
        id="front-end-on-back-end-off",
    ),
    pytest.param(
        (post(500, "", XML, body=fault("a:InvalidSecurity", VERIFYING)), get(401, *OFF)),
        "wssecurity-differs",
        Outcome.UNKNOWN,
        id="fault-of-one-server-and-off-at-another",
    ),
    # Another service, which looks at the operation or the envelope first.
    pytest.param(
        (post(500, "", XML, body=fault("b:ActionNotSupported", "ContractFilter mismatch")),),
        "other-service",
        Outcome.FAILURE,
        id="action-not-supported",
    ),
    pytest.param(
        (post(500, "", XML, body=fault("s:VersionMismatch", "x")),),
        "other-service",
        Outcome.FAILURE,
        id="version-mismatch",
    ),
    # In the way.
    pytest.param(
        (post(401, "Unauthorized", BASIC), get(401, BASIC)), "pre-authentication", Outcome.FAILURE, id="tmg"
    ),
    pytest.param(
        (post(401, "Unauthorized"),), "pre-authentication", Outcome.FAILURE, id="401-without-anything"
    ),
    pytest.param(
        (post(401, "Unauthorized", BASIC), get(401, *ON)),
        "pre-authentication",
        Outcome.FAILURE,
        id="pre-authentication-of-the-post",
    ),
    pytest.param(
        (post(401, "Unauthorized"), get(401, *ON)),
        "pre-authentication",
        Outcome.UNKNOWN,
        id="something-else-refuses-the-post",
    ),
    pytest.param(
        (post(401, "", ("request-id", "63ed5608")),),
        "pre-authentication",
        Outcome.FAILURE,
        id="request-id-is-no-proof",
    ),
    pytest.param(
        (post(302, "Found", ("Location", "/owa/auth/logon.aspx?url=x")),),
        "login-form",
        Outcome.FAILURE,
        id="owa",
    ),
    pytest.param(
        (post(302, "Found", ("Location", "https://mail.contoso.com/owa/")),),
        "redirect-to-owa",
        Outcome.FAILURE,
        id="redirect-of-the-web-site",
    ),
    pytest.param(
        (post(200, "OK", HTML, body=b"<script>document.location.href='/vpn/index.html'</script>"),),
        "login-form",
        Outcome.FAILURE,
        id="script-that-leads-to-a-form",
    ),
    pytest.param(
        (post(200, "OK", HTML, body=b'<meta http-equiv="refresh" content="0;url=/owa/auth/logon.aspx">'),),
        "login-form",
        Outcome.FAILURE,
        id="refresh-that-leads-to-a-form",
    ),
    pytest.param(
        (post(200, "OK", HTML, body=b"<script>location='/welcome'</script>"),),
        "not-soap",
        Outcome.FAILURE,
        id="script-that-leads-elsewhere",
    ),
    pytest.param((post(302, "Found", ("Location", "/my.policy")),), "login-form", Outcome.FAILURE, id="f5"),
    pytest.param(
        (post(307, "", ("Location", "https://fs.contoso.com/adfs/ls/?wa=x")),),
        "login-form",
        Outcome.FAILURE,
        id="adfs",
    ),
    pytest.param((post(200, "OK", HTML, body=LOGIN),), "login-form", Outcome.FAILURE, id="form-with-200"),
    pytest.param((post(440, "Login Timeout"),), "login-form", Outcome.FAILURE, id="login-timeout"),
    pytest.param((post(403, "Forbidden"),), "forbidden", Outcome.FAILURE, id="forbidden"),
    pytest.param(
        (post(403, "Forbidden", ("cf-mitigated", "challenge")),),
        "robot-check",
        Outcome.UNKNOWN,
        id="robot-check",
    ),
    pytest.param(
        (post(503, "", ("Server", "cloudflare"), ("cf-mitigated", "challenge"), HTML, body=LOGIN),),
        "robot-check",
        Outcome.UNKNOWN,
        id="robot-check-with-503",
    ),
    pytest.param(
        (post(202, "Accepted", ("x-amzn-waf-action", "challenge"), EMPTY),),
        "robot-check",
        Outcome.UNKNOWN,
        id="robot-check-of-aws-with-202",
    ),
    pytest.param(
        (post(405, "", ("x-amzn-waf-action", "captcha")),),
        "robot-check",
        Outcome.UNKNOWN,
        id="robot-check-of-aws-with-405",
    ),
    pytest.param(
        (post(403, "", ("Server", "cloudflare"), body=b"error code: 1020"),),
        "robot-check",
        Outcome.UNKNOWN,
        id="rule-of-cloudflare",
    ),
    pytest.param(
        (post(403, "", ("Server", "cloudflare"), body=b"<span>Error</span>\n <span>1009</span>"),),
        "source-address-refused",
        Outcome.UNKNOWN,
        id="country-refused-by-cloudflare",
    ),
    pytest.param(
        (post(403, "", ("Server", "nginx"), body=b"error code: 1009"),),
        "forbidden",
        Outcome.FAILURE,
        id="number-of-cloudflare-at-another",
    ),
    pytest.param(
        (post(200, "OK", HTML, body=b"<html>Request unsuccessful. Incapsula incident ID: 7</html>"),),
        "robot-check",
        Outcome.UNKNOWN,
        id="incident-page-of-imperva",
    ),
    pytest.param(
        (
            post(
                200,
                "OK",
                HTML,
                body=b"The requested URL was rejected. Please consult with your administrator.",
            ),
        ),
        "firewall",
        Outcome.FAILURE,
        id="rejection-of-f5-with-200",
    ),
    pytest.param(
        (post(403, "", HTML, body=b"<h1>Web Page Blocked!</h1><p>Attack ID: 20000010</p>"),),
        "firewall",
        Outcome.FAILURE,
        id="attack-id-of-fortiweb",
    ),
    pytest.param(
        (post(403, "Forbidden", HTML, body=b"HTTP Error 403.4 - Forbidden"),),
        "plain-http-behind",
        Outcome.FAILURE,
        id="https-demanded-behind-what-ends-tls",
    ),
    pytest.param(
        (post(400, "", HTML, body=b"400 The plain HTTP request was sent to HTTPS port"),),
        "plain-http-behind",
        Outcome.FAILURE,
        id="plain-http-to-nginx",
    ),
    pytest.param(
        (post(403, "Forbidden", HTML, body=b"403.7 - Client certificate required"),),
        "client-certificate",
        Outcome.FAILURE,
        id="client-certificate-iis",
    ),
    pytest.param(
        (post(400, "Bad Request", HTML, body=b"No required SSL certificate was sent"),),
        "client-certificate",
        Outcome.FAILURE,
        id="client-certificate-nginx",
    ),
    pytest.param((post(429, "Too Many Requests"),), "throttled", Outcome.UNKNOWN, id="throttled"),
    pytest.param(
        (post(301, "", ("Location", "https://www.contoso.com/")),), "redirect", Outcome.FAILURE, id="redirect"
    ),
    # Not there, or broken.
    pytest.param((post(404, "Not Found"),), "not-found", Outcome.FAILURE, id="not-found"),
    pytest.param(
        (post(404, "Not Found", ("X-CasErrorCode", "UserNotFound")),),
        "mailbox-not-found",
        Outcome.UNKNOWN,
        id="our-mailbox-is-unknown",
    ),
    pytest.param(
        (post(405, "", ("X-FEServer", "EX01")),), "handler-missing", Outcome.FAILURE, id="handler-missing"
    ),
    pytest.param(
        (post(405, "Method Not Allowed"),),
        "handler-or-server-missing",
        Outcome.FAILURE,
        id="405-of-something",
    ),
    pytest.param(
        (post(405, "", ("Server", "AmazonS3")), get(403)),
        "handler-or-server-missing",
        Outcome.FAILURE,
        id="405-of-a-store-of-files",
    ),
    pytest.param(
        (post(405, "", ("Server", "Microsoft-IIS/10.0")), get(404)),
        "handler-or-server-missing",
        Outcome.FAILURE,
        id="405-of-iis-without-the-page",
    ),
    pytest.param((post(500, "", HTML, body=b"<h1>x</h1>"),), "server-error", Outcome.FAILURE, id="500-page"),
    pytest.param(
        (post(500, "", EMPTY, ("X-CasErrorCode", "ServerNotFound")),),
        "front-end-error",
        Outcome.FAILURE,
        id="500-of-the-front-end",
    ),
    pytest.param((post(500, "", EMPTY),), "server-error", Outcome.FAILURE, id="500-empty"),
    pytest.param(
        (post(503, "", ("X-CasErrorCode", "TooManyOutstandingProxyRequests")),),
        "front-end-overloaded",
        Outcome.FAILURE,
        id="503-of-an-overloaded-front-end",
    ),
    pytest.param(
        (post(503, "Service Unavailable", ("Server", "Microsoft-HTTPAPI/2.0")),),
        "service-stopped",
        Outcome.FAILURE,
        id="http-sys",
    ),
    pytest.param((post(503, "Service Unavailable"),), "service-stopped", Outcome.FAILURE, id="503"),
    pytest.param((post(502, "Bad Gateway"),), "bad-gateway", Outcome.FAILURE, id="502"),
    pytest.param((post(526, ""),), "bad-gateway", Outcome.FAILURE, id="cloudflare-526"),
    pytest.param((post(504, "Gateway Timeout"),), "gateway-timeout", Outcome.FAILURE, id="504"),
    pytest.param(
        (post(400, "Bad Request", HTML, body=b"<h2>Bad Request - Invalid Hostname</h2>"),),
        "bad-host-header",
        Outcome.FAILURE,
        id="bad-host-header",
    ),
    pytest.param((post(400, "Bad Request"),), "bad-request", Outcome.FAILURE, id="400"),
    pytest.param((post(415, "Unsupported Media Type"),), "other-service", Outcome.FAILURE, id="415"),
    pytest.param((post(413, ""),), "request-refused", Outcome.FAILURE, id="413"),
    pytest.param((post(421, ""),), "bad-host-header", Outcome.FAILURE, id="421"),
    pytest.param((post(509, ""),), "http-error", Outcome.FAILURE, id="509"),
    pytest.param((post(530, ""),), "bad-gateway", Outcome.FAILURE, id="cloudflare-530"),
    pytest.param((post(200, "OK"),), "empty-answer", Outcome.FAILURE, id="200-empty"),
    pytest.param(
        (post(200, "OK", HTML, body=b"<h1>It works!</h1>"),), "not-soap", Outcome.FAILURE, id="200-page"
    ),
    pytest.param(
        (post(500, "", HTML, body=fault("a:InvalidSecurity", VERIFYING)), get(401, *ON)),
        "content-type-changed",
        Outcome.FAILURE,
        id="fault-labelled-as-a-page",
    ),
    pytest.param(
        (post(500, "", body=fault("a:InvalidSecurity", VERIFYING)), get(401, *ON)),
        "content-type-changed",
        Outcome.FAILURE,
        id="fault-without-a-label",
    ),
    pytest.param((post(200, "OK", XML, body=b"<a></b>"),), "broken-xml", Outcome.FAILURE, id="broken-xml"),
    pytest.param((post(200, "OK", XML, body=b"<a/>"),), "not-soap", Outcome.FAILURE, id="xml-but-no-soap"),
    pytest.param(
        (post(200, "OK", XML, body=SOAP_BODY[:-10], complete=False),),
        "answer-too-long",
        Outcome.UNKNOWN,
        id="longer-than-read",
    ),
    pytest.param(
        (post(500, "", XML, body=fault("s:Server", "The server is too busy.")),),
        "soap-fault",
        Outcome.UNKNOWN,
        id="other-fault",
    ),
    # Only a GET, or nothing.
    pytest.param((get(401, *ON),), "wssecurity-enabled", Outcome.UNKNOWN, id="get-alone-never-decides"),
    pytest.param((get(404),), "not-found", Outcome.UNKNOWN, id="get-alone-404"),
    pytest.param((), "no-answer", Outcome.UNKNOWN, id="nothing"),
    pytest.param((HttpExchange("POST", URL),), "no-answer", Outcome.UNKNOWN, id="unanswered"),
]


def decisive(endpoint: Endpoint, *made: HttpExchange) -> ResponseReading:
    return response.read(endpoint, made)[0]


@pytest.mark.parametrize(("made", "code", "outcome"), ROWS)
def test_reading(made: tuple[HttpExchange, ...], code: str, outcome: Outcome) -> None:
    found = decisive(EWS, *made)
    assert (found.code, found.outcome) == (code, outcome)
    assert found.summary
    assert found.evidence or not any(exchange.status for exchange in made)


@pytest.mark.parametrize(
    ("endpoint", "content", "outcome"),
    [
        pytest.param(EWS, b"GetUserAvailabilityResponse", Outcome.SUCCESS, id="ews"),
        pytest.param(
            EWS, b"GetFederationInformationResponseMessage", Outcome.UNKNOWN, id="federation-at-ews"
        ),
        pytest.param(AUTODISCOVER, b"GetUserSettingsResponseMessage", Outcome.SUCCESS, id="autodiscover"),
        pytest.param(AUTODISCOVER, b"GetUserAvailabilityResponse", Outcome.UNKNOWN, id="ews-at-autodiscover"),
    ],
)
def test_each_endpoint_has_answers_of_its_own(endpoint: Endpoint, content: bytes, outcome: Outcome) -> None:
    namespace = MESSAGES if content.startswith(b"GetUserA") else AUTODISCOVER_NAMESPACE
    answer = post(200, "OK", XML, body=soap_of(content, namespace))
    assert decisive(endpoint, answer).outcome is outcome


@pytest.mark.parametrize(
    ("endpoint", "url", "outcome"),
    [
        pytest.param(EWS, EWS.url, Outcome.SUCCESS, id="ews-at-ews"),
        pytest.param(AUTODISCOVER, AUTODISCOVER.url, Outcome.SUCCESS, id="autodiscover-at-autodiscover"),
        pytest.param(EWS, AUTODISCOVER.url, Outcome.FAILURE, id="ews-at-autodiscover"),
        pytest.param(AUTODISCOVER, EWS.url.upper(), Outcome.FAILURE, id="autodiscover-at-ews"),
        pytest.param(
            EWS, "https://mail.contoso.com/fed/exchange.asmx/WSSecurity", Outcome.SUCCESS, id="published-so"
        ),
    ],
)
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(post(401, "", ("X-CasErrorCode", "BadSamlToken")), id="front-end"),
        pytest.param(post(500, "", XML, body=fault("a:InvalidSecurity", VERIFYING)), id="back-end"),
    ],
)
def test_each_service_asks_for_a_token_and_only_one_knows_the_operation(
    endpoint: Endpoint, url: str, outcome: Outcome, answer: HttpExchange
) -> None:
    found = decisive(structs.replace(endpoint, url=url), structs.replace(answer, url=url))
    assert found.outcome is outcome
    assert (found.code == "wrong-service") is (outcome is Outcome.FAILURE)
    assert found.same_answer is (outcome is Outcome.SUCCESS)


def test_a_redirect_of_autodiscover_is_followed_by_the_caller() -> None:
    moved = post(
        302, "Found", ("Location", "https://autodiscover-s.outlook.com/autodiscover/autodiscover.svc")
    )
    assert decisive(AUTODISCOVER, moved).outcome is Outcome.UNKNOWN
    assert decisive(EWS, moved).outcome is Outcome.FAILURE
    owa = post(302, "Found", ("Location", "https://mail.contoso.com/owa"))
    assert decisive(AUTODISCOVER, owa).outcome is Outcome.FAILURE
    plain = post(302, "Found", ("Location", "http://autodiscover.contoso.com/"))
    assert decisive(AUTODISCOVER, plain).outcome is Outcome.FAILURE


def test_the_value_of_a_header_counts_not_its_presence() -> None:
    wssecurity = decisive(EWS, post(401, "", ("X-WSSecurity-Enabled", "False"), ("X-FEServer", "EX01")))
    assert wssecurity.outcome is Outcome.FAILURE
    assert wssecurity.same_answer
    assert not decisive(EWS, post(401, "", ("X-CasErrorCode", "BadSamlToken")), get(401, *OFF)).same_answer


def test_besides_the_verdict_oauth_and_exchange_online_are_named() -> None:
    made = (post(401, "", ("X-CasErrorCode", "BadSamlToken"), ("X-OAuth-Enabled", "False")),)
    assert [reading.code for reading in response.read(EWS, made)] == ["bad-saml-token", "oauth-off"]
    online = HttpExchange(
        "POST",
        "https://outlook.office365.com/EWS/Exchange.asmx/WSSecurity",
        401,
        headers=(("X-FEServer", "AM0PR02CA0123"),),
    )
    assert [reading.code for reading in response.read(EWS, (online,))] == [
        "exchange-reached",
        "exchange-online",
    ]


def test_evidence_is_bounded_and_names_its_request() -> None:
    found = decisive(EWS, post(403, "F" * 10_000, HTML, body=b"word " * 50_000))
    assert all(len(said) <= 200 and said.startswith("POST: ") for said in found.evidence)
    assert found.confidence is Confidence.MEDIUM
    assert found.severity is Severity.FAILURE


def test_a_hostile_page_costs_no_time() -> None:
    page = b"<input " * 200_000 + b"<form " * 200_000
    assert decisive(EWS, post(200, "OK", HTML, body=page)).code == "not-soap"


KNOWN = "System.Net.WebException: The request failed with HTTP status"
CONTENT = "System.InvalidOperationException: Client found response content type of"
QUOTED = "The request failed with the error message:\r\n--\r\n"

TEXTS = [
    *(
        pytest.param(post(status, phrase), f"{KNOWN} {status}: {phrase}.", id=f"status-{status}")
        for status, phrase in (
            (400, "Bad Request"),
            (401, "Unauthorized"),
            (401, "Anonymous Request Disallowed"),
            (402, "Payment Required"),
            (403, "Forbidden"),
            (404, "Not Found"),
            (405, "Method Not Allowed"),
            (407, "Proxy Authentication Required"),
            (412, "Precondition Failed"),
            (440, "Login Timeout"),
            (501, "Not Implemented"),
            (502, "Bad Gateway"),
            (503, "Service Unavailable"),
            (504, "Gateway Timeout"),
            (599, "Whatever they call it"),
            (502, ""),
        )
    ),
    pytest.param(
        post(302, "Found", HTML, body=b"<h2>Object moved to &lt;here&gt;</h2>"),
        f"System.Net.WebException: {QUOTED}<h2>Object moved to <here></h2>\r\n--.",
        id="redirect-quotes-the-page-decoded",
    ),
    pytest.param(
        post(307, "Temporary Redirect", EMPTY),
        "System.Net.WebException: The request failed with an empty response.",
        id="redirect-without-a-page",
    ),
    pytest.param(
        post(200, "OK", HTML, body=b"<h1>hi</h1>"),
        f"{CONTENT} 'text/html; charset=utf-8', but expected 'text/xml'.\r\n{QUOTED}<h1>hi</h1>\r\n--.",
        id="page",
    ),
    pytest.param(
        post(500, "", ("Content-Type", "text/plain; charset=iso-8859-1"), body=b"gr\xfc\xdfe"),
        f"{CONTENT} 'text/plain; charset=iso-8859-1', but expected 'text/xml'.\r\n{QUOTED}grüße\r\n--.",
        id="500-page-in-latin-1",
    ),
    pytest.param(
        post(500, "", EMPTY),
        f"{CONTENT} '', but expected 'text/xml'.\r\nThe request failed with an empty response.",
        id="500-empty",
    ),
    pytest.param(
        post(200, "OK", XML, EMPTY),
        f"{CONTENT} 'text/xml; charset=utf-8', but expected 'text/xml'.\r\nThe request "
        "failed with an empty response.",
        id="xml-declared-empty",
    ),
    pytest.param(
        post(400, "Bad Request", HTML, body=b"x"),
        f"{KNOWN} 400: Bad Request.",
        id="400-page-keeps-its-status",
    ),
    pytest.param(
        post(500, "", XML, body=fault("s:Server", "The server is too busy.")),
        "System.Web.Services.Protocols.SoapHeaderException: The server is too busy.",
        id="fault-without-detail",
    ),
    pytest.param(
        post(500, "", XML, body=fault("s:Server", "An internal server error occurred.", detail=True)),
        "System.Web.Services.Protocols.SoapException: An internal server error occurred.",
        id="fault-with-detail",
    ),
    pytest.param(
        post(400, "", ("Content-Type", "application/soap+xml"), body=fault12("a:Other", "No.")),
        "System.Web.Services.Protocols.SoapException: No.",
        id="soap-12-is-always-soapexception",
    ),
    pytest.param(
        post(200, "OK", XML, body=b"<a></b>"),
        "System.InvalidOperationException: Response is not well-formed XML.",
        id="broken-xml",
    ),
    pytest.param(
        post(200, "OK", XML, body=b"<html/>"),
        "System.InvalidOperationException: Response is not well-formed XML.",
        id="no-envelope",
    ),
    pytest.param(
        post(200, "OK", XML, body=b"<Envelope xmlns='urn:x'/>"),
        "System.Web.Services.Protocols.SoapException: Possible SOAP version mismatch: "
        "Envelope namespace urn:x was "
        "unexpected. Expecting http://schemas.xmlsoap.org/soap/envelope/.",
        id="foreign-namespace",
    ),
]


@pytest.mark.parametrize(("exchange", "text"), TEXTS)
def test_soap_client_says(exchange: HttpExchange, text: str) -> None:
    found = soap_client.exception(exchange)
    assert found is not None
    assert found.text == text


@pytest.mark.parametrize(
    "exchange",
    [
        pytest.param(post(200, "OK", XML, body=SOAP_BODY), id="soap"),
        pytest.param(HttpExchange("POST", URL), id="none"),
    ],
)
def test_soap_client_takes_it(exchange: HttpExchange) -> None:
    assert soap_client.exception(exchange) is None


def test_a_long_page_is_quoted_in_part() -> None:
    found = soap_client.exception(post(302, "Found", HTML, body=b"x" * 1_000_000))
    assert found is not None
    assert "x" * soap_client.MAXIMUM_QUOTED in found.text
    assert "x" * (soap_client.MAXIMUM_QUOTED + 1) not in found.text


@pytest.mark.parametrize("charset", ["no-such-thing", "base64", "zlib"])
def test_an_odd_charset_does_not_hurt(charset: str) -> None:
    page = post(302, "Found", ("Content-Type", f"text/html; charset={charset}"), body=b"\xff<p>")
    assert "<p>" in soap_client.text(page)
