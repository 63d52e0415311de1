"""Who answers: Exchange, IIS, and what sits in front, each with where it shows."""

from __future__ import annotations

import pytest

from probe.facts.observation import HttpExchange
from probe.judgement.http import fingerprint
from probe.judgement.http.fingerprint import Trait, TraitKind

URL = "https://mail.contoso.com/ews/exchange.asmx/WSSecurity"


def answered(*headers: tuple[str, str], url: str = URL, reason: str = "") -> HttpExchange:
    return HttpExchange("POST", url, 401, reason, headers=headers)


@pytest.mark.parametrize(
    ("build", "product"),
    [
        pytest.param("8.3.83.0", "Exchange Server 2007 (8.3.83.0)", id="2007"),
        pytest.param("14.3.123.4", "Exchange Server 2010 SP3 (14.3.123.4)", id="2010-sp3"),
        pytest.param("14.2.247.5", "Exchange Server 2010 (14.2.247.5)", id="2010"),
        pytest.param("15.0.847.32", "Exchange Server 2013 SP1 (15.0.847.32)", id="2013-sp1"),
        pytest.param("15.0.1000.1", "Exchange Server 2013 (15.0.1000.1)", id="2013"),
        pytest.param("15.1.2507.6", "Exchange Server 2016 CU23 (15.1.2507.6)", id="2016-cu23"),
        pytest.param("15.1.225.42", "Exchange Server 2016 (15.1.225.42)", id="2016"),
        pytest.param("15.2.1748.26", "Exchange Server 2019 CU15 (15.2.1748.26)", id="2019-cu15"),
        pytest.param("15.2.196.0", "Exchange Server 2019 (15.2.196.0)", id="2019"),
        pytest.param("15.2.2561.9", "Exchange Server 2019 (15.2.2561.9)", id="last-before-se"),
        pytest.param("15.2.2562.17", "Exchange Server SE RTM (15.2.2562.17)", id="se-rtm"),
        pytest.param("15.2.3000.1", "Exchange Server SE (15.2.3000.1)", id="se-later"),
        pytest.param("15.20.7000.12", "Exchange Online (15.20.7000.12)", id="online"),
        pytest.param("Version 15.01.2507.006", "Exchange Server 2016 CU23 (15.01.2507.006)", id="with-zeros"),
        pytest.param("16.0.1.2", None, id="unknown"),
        pytest.param("4.0.30319", None, id="asp-net"),
        pytest.param("none", None, id="no-number"),
    ],
)
def test_build_number(build: str, product: str | None) -> None:
    assert fingerprint.exchange_version(build) == product


@pytest.mark.parametrize(
    ("header", "value", "kind", "name"),
    [
        pytest.param(
            "X-FEServer", "EX01", TraitKind.EXCHANGE, "Exchange Server 2013 or later", id="front-end"
        ),
        pytest.param(
            "X-FEServer", "AM0PR02CA0123", TraitKind.EXCHANGE, "Exchange Online", id="online-server"
        ),
        pytest.param(
            "X-OWA-Version",
            "15.2.1748.26",
            TraitKind.EXCHANGE,
            "Exchange Server 2019 CU15 (15.2.1748.26)",
            id="owa",
        ),
        pytest.param(
            "Server", "Microsoft-IIS/7.5", TraitKind.WEB_SERVER, "IIS 7.5 (Windows Server 2008 R2)", id="iis7"
        ),
        pytest.param(
            "Server", "Microsoft-IIS/10. Fix: run this", TraitKind.WEB_SERVER, "IIS", id="iis-with-an-order"
        ),
        pytest.param(
            "Server",
            "Microsoft-IIS/10.0",
            TraitKind.WEB_SERVER,
            "IIS 10.0 (Windows Server 2016 or later)",
            id="iis10",
        ),
        pytest.param(
            "Server",
            "Microsoft-HTTPAPI/2.0",
            TraitKind.WEB_SERVER,
            "http.sys without IIS behind it",
            id="http-sys",
        ),
        pytest.param("Server", "cloudflare", TraitKind.IN_FRONT, "Cloudflare", id="cloudflare"),
        pytest.param("CF-RAY", "8a1", TraitKind.IN_FRONT, "Cloudflare", id="cloudflare-ray"),
        pytest.param("Server", "nginx/1.22.1", TraitKind.IN_FRONT, "nginx", id="nginx"),
        pytest.param("Server", "Apache/2.4", TraitKind.IN_FRONT, "Apache", id="apache"),
        pytest.param("Server", "BigIP", TraitKind.IN_FRONT, "F5 BIG-IP", id="f5"),
        pytest.param("Set-Cookie", "BIGipServerpool_ex", TraitKind.IN_FRONT, "F5 BIG-IP", id="f5-cookie"),
        pytest.param("Location", "/my.policy", TraitKind.IN_FRONT, "F5 BIG-IP APM", id="f5-apm"),
        pytest.param("Set-Cookie", "NSC_TASS", TraitKind.IN_FRONT, "Citrix NetScaler", id="netscaler"),
        pytest.param("Via", "1.1 TMG01", TraitKind.IN_FRONT, "", id="a-name-is-no-proof"),
        pytest.param("Via", "1.1 TMG", TraitKind.IN_FRONT, "Forefront TMG or ISA Server", id="tmg-via"),
        pytest.param(
            "Location",
            "https://fs/adfs/ls/",
            TraitKind.IN_FRONT,
            "Web Application Proxy with AD FS",
            id="wap",
        ),
        pytest.param("Server", "Kemp LoadMaster", TraitKind.IN_FRONT, "Kemp LoadMaster", id="kemp"),
        pytest.param(
            "X-MS-Proxy-App-Id", "1", TraitKind.IN_FRONT, "Azure AD Application Proxy", id="hybrid-agent"
        ),
    ],
)
def test_trait(header: str, value: str, kind: TraitKind, name: str) -> None:
    found = fingerprint.fingerprint([answered((header, value))])
    wanted = [Trait(kind, name, f"POST: {header}: {value}")] if name else []
    assert [trait for trait in found if trait.kind is kind][:1] == wanted


def test_tmg_by_its_phrase() -> None:
    phrase = "Unauthorized ( The server requires authorization to fulfill the request. )"
    (trait,) = fingerprint.fingerprint([answered(reason=phrase)])
    assert trait.name == "Forefront TMG or ISA Server"


@pytest.mark.parametrize(
    ("url", "online"),
    [
        pytest.param("https://outlook.office365.com/EWS/Exchange.asmx", True, id="commercial"),
        pytest.param(
            "https://autodiscover-s.outlook.com/autodiscover/autodiscover.svc", True, id="autodiscover"
        ),
        pytest.param(
            "https://autodiscover-s.office365.us/autodiscover/autodiscover.svc", True, id="government"
        ),
        pytest.param("https://notoutlook.com/", False, id="looks-like-it"),
        pytest.param("https://outlook.com.contoso.com/", False, id="in-front-of-another-domain"),
        pytest.param("https://[bad/", False, id="no-url"),
    ],
)
def test_exchange_online_by_host(url: str, *, online: bool) -> None:
    assert bool(fingerprint.exchange_online(answered(url=url))) is online


def test_each_trait_is_named_once_and_bounded() -> None:
    made = [answered(("Server", "nginx/" + "9" * 5_000)), answered(("Server", "nginx"))]
    (trait,) = fingerprint.fingerprint(made)
    assert len(trait.evidence) <= 200


def test_server_version_of_a_soap_answer() -> None:
    (trait,) = fingerprint.fingerprint([], server_version="14.3.123.4")
    assert trait == Trait(
        TraitKind.EXCHANGE, "Exchange Server 2010 SP3 (14.3.123.4)", "ServerVersionInfo 14.3.123.4"
    )
