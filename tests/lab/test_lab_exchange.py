"""The lab's answers are those of Exchange 2019, and of what stands in front of it ([exchange 3.1.1] to
[exchange 3.3.7])."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from probe.facts.certificate import Certificate
from probe.lab.faults.answer import QUOTED_STATUSES
from probe.lab.partner import Partner

Call = Callable[..., Any]
LAST = b"POST /ews/exchange.asmx/WSSecurity HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def ask(
    call: Call, partner: Partner, method: str, path: str, body: bytes = b""
) -> tuple[str, dict[str, str], bytes]:
    """Status line, headers (names in lower case, the last of each) and body of one answer."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {partner.host}\r\nConnection: close\r\nContent-Length: "
    seen = call(partner).ask(f"{head}{len(body)}\r\n\r\n".encode() + body)
    top, _, content = seen.data.partition(b"\r\n\r\n")
    line, *headers = top.decode("latin-1").split("\r\n")
    return line, {h.partition(": ")[0].lower(): h.partition(": ")[2] for h in headers}, content


@pytest.mark.parametrize(
    ("method", "path", "status_line", "headers"),
    [
        pytest.param(
            "GET",
            "/ews/exchange.asmx/WSSecurity",
            "HTTP/1.1 401 Anonymous Request Disallowed",
            {"x-wssecurity-enabled": "True", "x-oauth-enabled": "True", "x-feserver": "LAB-EX01"},
            id="get-ews",
        ),
        pytest.param(
            "GET",
            "/autodiscover/autodiscover.svc",
            "HTTP/1.1 401 Anonymous Request Disallowed",
            {"x-soap-enabled": "True", "x-wssecurity-enabled": "True"},
            id="get-autodiscover",
        ),
        pytest.param(
            "POST",
            "/ews/exchange.asmx/WSSecurity",
            "HTTP/1.1 401 Unauthorized",
            {"x-caserrorcode": "BadSamlToken", "server": "Microsoft-IIS/10.0"},
            id="post-ews-without-token",
        ),
        pytest.param(
            "POST",
            "/autodiscover/autodiscover.svc/wssecurity/",
            "HTTP/1.1 401 Unauthorized",
            {"x-caserrorcode": "BadSamlToken"},
            id="post-autodiscover-without-token",
        ),
        pytest.param(
            "POST",
            "/autodiscover/autodiscover.svc",
            "HTTP/1.1 401 Unauthorized",
            {"x-caserrorcode": "UnauthenticatedRequest"},
            id="post-autodiscover-without-action",
        ),
        pytest.param(
            "POST",
            "/ews/exchange.asmx",
            "HTTP/1.1 401 Anonymous Request Disallowed",
            {},
            id="post-ews-without-suffix",
        ),
        pytest.param(
            "GET", "/owa/", "HTTP/1.1 302 Found", {"x-owa-version": "15.2.1748.39"}, id="owa-tells-the-build"
        ),
        pytest.param("GET", "/", "HTTP/1.1 302 Redirect", {}, id="root"),
        pytest.param("GET", "/nothing", "HTTP/1.1 404 Not Found", {}, id="nothing-there"),
        pytest.param(
            "GET",
            "/autodiscover/autodiscover.json?Protocol=Nonsense",
            "HTTP/1.1 400 Bad Request",
            {"jsonerror": "true"},
            id="autodiscover-json-error",
        ),
    ],
)
def test_a_healthy_exchange_answers(
    call: Call, method: str, path: str, status_line: str, headers: dict[str, str]
) -> None:
    with Partner() as partner:
        line, got, _ = ask(call, partner, method, path)
    assert line == status_line
    assert headers.items() <= got.items()
    assert got["request-id"]


def test_wssecurity_headers_are_not_on_a_post(call: Call) -> None:
    with Partner() as partner:
        _, headers, _ = ask(call, partner, "POST", "/ews/exchange.asmx/WSSecurity")
    assert "x-wssecurity-enabled" not in headers


def test_autodiscover_json_names_the_ews_url(call: Call) -> None:
    with Partner() as partner:
        path = "/autodiscover/autodiscover.json?Email=a@partner.lab&Protocol=EWS"
        line, _, body = ask(call, partner, "GET", path)
        assert line == "HTTP/1.1 200 OK"
        assert body == (
            b'{"Protocol":"EWS","Url":"https://mail.partner.lab:%d/EWS/Exchange.asmx"}' % partner.port
        )


def federation_request(domain: str) -> bytes:
    namespace = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
    wanted = f"<a:Domain>{domain}</a:Domain>" if domain else ""
    return (
        f'<s:Envelope xmlns:s="s" xmlns:w="w" xmlns:a="{namespace}"><s:Header>'
        f"<w:Action>{namespace}/Autodiscover/GetFederationInformation</w:Action></s:Header>"
        f"<s:Body><a:GetFederationInformationRequestMessage><a:Request>{wanted}</a:Request>"
        "</a:GetFederationInformationRequestMessage></s:Body></s:Envelope>"
    ).encode()


@pytest.mark.parametrize(
    ("domain", "code", "uri"),
    [
        pytest.param("Partner.lab", "NoError", "FYDIBOHF25SPDLT.partner.lab", id="own-domain"),
        pytest.param("other.lab", "InvalidDomain", None, id="other-domain"),
        pytest.param("", "InvalidRequest", None, id="no-domain"),
    ],
)
def test_federation_information_is_answered_to_anybody(
    call: Call, domain: str, code: str, uri: str | None
) -> None:
    with Partner() as partner:
        line, _, body = ask(
            call, partner, "POST", "/autodiscover/autodiscover.svc", federation_request(domain)
        )
    namespace = "{http://schemas.microsoft.com/exchange/2010/Autodiscover}"
    document = ElementTree.fromstring(body)
    assert line == "HTTP/1.1 200 OK"
    assert document.findtext(f".//{namespace}ErrorCode") == code
    assert document.findtext(f".//{namespace}ApplicationUri") == uri
    assert document.findtext(f".//{namespace}MajorBuildNumber") == "1748"


def test_a_missing_token_draws_an_invalid_security_fault(call: Call) -> None:
    with Partner("invalid-security-fault") as partner:
        line, headers, body = ask(call, partner, "POST", "/ews/exchange.asmx/WSSecurity")
        get, _, _ = ask(call, partner, "GET", "/ews/exchange.asmx/WSSecurity")
    document = ElementTree.fromstring(body)
    assert line == "HTTP/1.1 500 Internal Server Error"
    assert headers["content-type"] == "text/xml; charset=utf-8"
    assert document.findtext(".//faultcode") == "a:InvalidSecurity"
    assert document.findtext(".//faultstring") == "An error occurred when verifying security for the message."
    assert document.find(".//detail") is None
    assert get == "HTTP/1.1 401 Anonymous Request Disallowed"


def test_wssecurity_off_shows_in_the_headers_and_on_autodiscover(call: Call) -> None:
    with Partner("wssecurity-off") as partner:
        _, headers, _ = ask(call, partner, "GET", "/ews/exchange.asmx/WSSecurity")
        line, _, body = ask(call, partner, "POST", "/autodiscover/autodiscover.svc/WSSecurity")
    assert headers["x-wssecurity-enabled"] == "False"
    assert (line, body) == ("HTTP/1.1 404 Not Found", b"WS-Security endpoint is not supported")


@pytest.mark.parametrize(
    ("fault", "status_line"),
    [
        pytest.param("pre-authentication", "HTTP/1.1 401 Unauthorized", id="pre-authentication"),
        pytest.param("login-form", "HTTP/1.1 302 Found", id="login-form"),
        pytest.param("login-page", "HTTP/1.1 200 OK", id="login-page"),
        pytest.param("forbidden", "HTTP/1.1 403 Forbidden", id="forbidden"),
        pytest.param("service-stopped", "HTTP/1.1 503 Service Unavailable", id="service-stopped"),
        pytest.param("moved-permanently", "HTTP/1.1 301 Moved Permanently", id="moved-permanently"),
        pytest.param("temporary-redirect", "HTTP/1.1 307 Temporary Redirect", id="temporary-redirect"),
        pytest.param("permanent-redirect", "HTTP/1.1 308 Permanent Redirect", id="permanent-redirect"),
        pytest.param("own-reason-phrase", "HTTP/1.1 403 Blocked by policy 17", id="own-reason-phrase"),
        pytest.param("no-reason-phrase", "HTTP/1.1 502 ", id="no-reason-phrase"),
        *(
            pytest.param(f"status-{status}", f"HTTP/1.1 {status} {reason}", id=str(status))
            for status, reason in QUOTED_STATUSES
        ),
    ],
)
def test_a_device_in_front_answers_without_a_mark_of_exchange(
    call: Call, fault: str, status_line: str
) -> None:
    with Partner(fault) as partner:
        for method in ("GET", "POST"):
            line, headers, _ = ask(call, partner, method, "/ews/exchange.asmx/WSSecurity")
            assert line == status_line
            assert not {"x-feserver", "request-id", "x-wssecurity-enabled"} & headers.keys()


@pytest.mark.parametrize(
    ("fault", "status_line"),
    [
        pytest.param("handler-missing", "HTTP/1.1 405 Method Not Allowed", id="handler-missing"),
        pytest.param("server-error", "HTTP/1.1 500 Internal Server Error", id="server-error"),
        pytest.param("server-error-empty", "HTTP/1.1 500 Internal Server Error", id="server-error-empty"),
        pytest.param("wssecurity-unsupported", "HTTP/1.1 404 Not Found", id="wssecurity-unsupported"),
        pytest.param("empty-answer", "HTTP/1.1 200 OK", id="empty-answer"),
        pytest.param("broken-xml", "HTTP/1.1 200 OK", id="broken-xml"),
    ],
)
def test_a_fault_of_the_service_shows_on_a_post_only(call: Call, fault: str, status_line: str) -> None:
    with Partner(fault) as partner:
        post, headers, _ = ask(call, partner, "POST", "/ews/exchange.asmx/WSSecurity")
        get, _, _ = ask(call, partner, "GET", "/ews/exchange.asmx/WSSecurity")
    assert post == status_line
    assert headers["x-feserver"] == "LAB-EX01"
    assert get == "HTTP/1.1 401 Anonymous Request Disallowed"


def test_a_head_request_gets_no_body(call: Call) -> None:
    with Partner("login-page") as partner:
        _, headers, body = ask(call, partner, "HEAD", "/")
    assert int(headers["content-length"]) > 0
    assert body == b""


def test_two_requests_are_answered_on_one_connection(call: Call) -> None:
    kept = b"POST /ews/exchange.asmx/WSSecurity HTTP/1.1\r\nContent-Length: 2\r\n\r\nab"
    with Partner() as partner:
        seen = call(partner).ask(kept + LAST)
    assert seen.data.count(b"BadSamlToken") == 2


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(
            b"POST /ews/exchange.asmx/WSSecurity HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n",
            id="chunked",
        ),
        pytest.param(
            b"POST /ews/exchange.asmx/WSSecurity HTTP/1.1\r\nExpect: 100-continue\r\n"
            b"Content-Length: 3\r\n\r\nabc",
            id="expecting-continue",
        ),
    ],
)
def test_a_request_is_read_to_its_end_in_any_framing(call: Call, request_bytes: bytes) -> None:
    with Partner() as partner:
        seen = call(partner).ask(request_bytes + LAST)
    assert seen.data.count(b"BadSamlToken") == 2
    assert seen.data.startswith(b"HTTP/1.1 100 Continue\r\n\r\n") is (b"Expect" in request_bytes)


@pytest.mark.parametrize(
    "nonsense",
    [
        pytest.param(b"nonsense\r\n\r\n", id="no-request-line"),
        pytest.param(b"GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n", id="bad-length"),
        pytest.param(b"GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", id="length-beyond-the-limit"),
        pytest.param(b"x" * (1 << 20) + b"yz", id="endless-header"),
    ],
)
def test_nonsense_is_hung_up_on(call: Call, nonsense: bytes) -> None:
    with Partner() as partner:
        seen = call(partner).ask(nonsense)
    assert (seen.data, seen.end) == (b"", "closed")


@pytest.mark.parametrize(
    ("fault", "is_issuer"),
    [
        pytest.param("missing-intermediate-aia", True, id="living"),
        pytest.param("missing-intermediate-garbage-aia", False, id="garbage"),
    ],
)
def test_the_aia_address_answers(fault: str, is_issuer: bool) -> None:
    import httpx

    with Partner(fault) as partner:
        leaf = partner.organisation.server.certificate
        url = _aia_url(leaf)
        answer = httpx.get(url, trust_env=False)
    assert answer.status_code == 200
    assert (Certificate(answer.content).subject.der == leaf.issuer.der) is is_issuer


def test_a_dead_aia_address_refuses() -> None:
    import httpx

    with Partner("missing-intermediate-dead-aia") as partner, pytest.raises(httpx.ConnectError):
        httpx.get(_aia_url(partner.organisation.server.certificate), trust_env=False)


def _aia_url(certificate: Certificate) -> str:
    extension = certificate.extension("1.3.6.1.5.5.7.1.1")
    assert extension is not None
    return extension.value[extension.value.index(b"http") :].decode("ascii")
