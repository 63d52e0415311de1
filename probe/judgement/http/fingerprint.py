"""Who answers: version of Exchange and IIS, and what sits in front, as far as the answers show it.

Every trait names its evidence. A header can be removed or invented by anything on the way, so nothing here
bears on a verdict. Source: [exchange 3.3.5] to [exchange 3.3.7] and [exchange 3.6.1]; build numbers by
CSS-Exchange `Shared/Get-ExchangeBuildVersionInformation.ps1`, cumulative updates only, because exact updates
age.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from urllib.parse import urlsplit

from msgspec import Struct

from probe.facts.observation import HttpExchange
from probe.facts.remembered import remembered
from probe.facts.services.microsoft_hosts import EXCHANGE_ONLINE, is_one_of
from probe.judgement.caller_profile import FIRST_SE_BUILD


class TraitKind(StrEnum):
    """What a trait is about."""

    EXCHANGE = "exchange"
    WEB_SERVER = "web-server"
    IN_FRONT = "in-front"


class Trait(Struct, frozen=True):
    """One thing recognised: `name` as people call it, `evidence` where it shows."""

    kind: TraitKind
    name: str
    evidence: str


_BUILD = re.compile(
    r"(?<![\d.])(?P<major>\d{1,2})\.(?P<minor>\d{1,2})\.(?P<build>\d{1,5})(\.(?P<revision>\d{1,5}))?(?![\d.])"
)
# Cumulative updates worth naming, by (major, minor, build).
_CUMULATIVE_UPDATES = {
    (14, 3, 123): "Exchange Server 2010 SP3",
    (15, 0, 847): "Exchange Server 2013 SP1",
    (15, 0, 1497): "Exchange Server 2013 CU23",
    (15, 1, 2507): "Exchange Server 2016 CU23",
    (15, 2, 1258): "Exchange Server 2019 CU13",
    (15, 2, 1544): "Exchange Server 2019 CU14",
    (15, 2, 1748): "Exchange Server 2019 CU15",
    (15, 2, 2562): "Exchange Server SE RTM",
}
_VERSION = re.compile(r"[0-9]{1,3}(\.[0-9]{1,5}){0,3}\Z")  # nothing else of the header stands in our words
_IIS = {
    "6.0": "Windows Server 2003",
    "7.0": "Windows Server 2008",
    "7.5": "Windows Server 2008 R2",
    "8.0": "Windows Server 2012",
    "8.5": "Windows Server 2012 R2",
    "10.0": "Windows Server 2016 or later",
}
# Cheaper than taking the URL of every partner apart.
_ONLINE_HINT = re.compile(r"outlook|office365", re.IGNORECASE)
# Servers of Exchange Online are named by region, role and number: AM0PR02CA0123.
_ONLINE_SERVER = re.compile(r"[A-Z]{2,3}\d{0,2}[A-Z0-9]{2,6}(CA|MB)\d{3,5}(\.|\Z)", re.IGNORECASE)

_SERVER_HEADERS = {
    name.lower(): name
    for name in ("X-FEServer", "X-BEServer", "X-CalculatedFETarget", "X-CalculatedBETarget")
}

# (what sits in front, header, pattern of its value); "" matches any value.
_FRONTS: tuple[tuple[str, str, str], ...] = (
    ("Cloudflare", "CF-RAY", ""),
    ("Cloudflare", "Server", r"^cloudflare"),
    ("Amazon CloudFront", "X-Amz-Cf-Id", ""),
    ("AWS load balancer", "Server", r"^awselb"),
    ("Azure Front Door", "X-Azure-Ref", ""),
    ("Azure Application Gateway", "Server", r"^Microsoft-Azure-Application-Gateway"),
    ("Akamai", "Server", r"^AkamaiGHost"),
    ("Imperva", "X-Iinfo", ""),
    ("Sucuri", "X-Sucuri-ID", ""),
    ("Fastly", "X-Served-By", r"^cache-"),
    ("F5 BIG-IP", "Server", r"^(BigIP|BIG-IP)"),
    ("F5 BIG-IP", "Set-Cookie", r"^(BIGipServer|MRHSession|LastMRH_Session|F5_|TS01)"),
    ("F5 BIG-IP APM", "Location", r"/my\.policy"),
    ("Citrix NetScaler", "Set-Cookie", r"^(NSC_|citrix_ns_id)"),
    ("Citrix NetScaler", "Via", r"NS-CACHE"),
    ("Citrix Gateway", "Location", r"/vpn/|/logon/LogonPoint"),
    ("Kemp LoadMaster", "Server", r"Kemp|LoadMaster"),
    ("Kemp LoadMaster", "Location", r"/lm_auth_proxy"),
    ("Forefront TMG or ISA Server", "Via", r"\b(ISA|TMG)\b"),
    ("Forefront TMG or ISA Server", "Location", r"/CookieAuth\.dll"),
    ("Forefront UAG", "Location", r"/InternalSite/|/uniquesig"),
    ("Web Application Proxy with AD FS", "Location", r"/adfs/ls"),
    ("Sophos", "Location", r"/_sophos|webserver_protection"),
    ("Barracuda", "Set-Cookie", r"^BNI_|^BNES_"),
    ("FortiWeb", "Set-Cookie", r"^FORTIWAFSID|^cookiesession1"),
    ("Apache", "Server", r"^Apache(/|\s|\Z)"),
    ("nginx", "Server", r"^(nginx|openresty)"),
    ("HAProxy", "Server", r"^HAProxy"),
    ("Envoy", "Server", r"^envoy"),
    ("Envoy", "X-Envoy-Upstream-Service-Time", ""),
    ("LiteSpeed", "Server", r"^LiteSpeed"),
    ("Caddy", "Server", r"^Caddy"),
    ("Squid", "Server", r"^squid"),
    ("Zscaler", "Server", r"Zscaler"),
    ("Azure AD Application Proxy", "X-MS-Proxy-App-Id", ""),
)
_FRONT_HEADERS = frozenset(header.lower() for _, header, _ in _FRONTS)
_TMG_PHRASE = "the server requires authorization to fulfill the request"
MAXIMUM_EVIDENCE = 200


def fingerprint(exchanges: Sequence[HttpExchange], *, server_version: str | None = None) -> tuple[Trait, ...]:
    """The traits that these answers show, each name once, in a fixed order.

    `server_version` is the ServerVersionInfo of a SOAP answer (`15.2.1748.26`), when one is known.
    """
    found = [*_exchange(exchanges, server_version), *_web_servers(exchanges), *_fronts(exchanges)]
    seen: dict[tuple[TraitKind, str], Trait] = {}
    for trait in found:
        seen.setdefault((trait.kind, trait.name), trait)
    return tuple(seen.values())


def exchange_version(text: str) -> str | None:
    """The product for a build number in `text`: `Exchange Server 2019 CU15 (15.2.1748.26)`; None for none."""
    match = _BUILD.search(text)
    if match is None:
        return None
    major, minor, build = int(match["major"]), int(match["minor"]), int(match["build"])
    name = _CUMULATIVE_UPDATES.get((major, minor, build)) or _generation(major, minor, build)
    return None if name is None else f"{name} ({match[0]})"


def _generation(major: int, minor: int, build: int) -> str | None:
    if major == 15 and minor == 2:
        return "Exchange Server SE" if build >= FIRST_SE_BUILD else "Exchange Server 2019"
    if major == 15 and minor >= 20:
        return "Exchange Online"
    names = {(15, 0): "Exchange Server 2013", (15, 1): "Exchange Server 2016"}
    if major == 14:
        return "Exchange Server 2010"
    return names.get((major, minor)) or ("Exchange Server 2007" if major == 8 else None)


def exchange_online(exchange: HttpExchange) -> tuple[str, ...]:
    """What shows that Exchange Online answers: its host names and its servers' names; () for nothing."""
    found = []
    if _ONLINE_HINT.search(exchange.url):
        host = (_host(exchange.url) or "").lower()
        if is_one_of(host, EXCHANGE_ONLINE):
            found.append(f"host {host}")
    named = exchange.named
    for lower, name in _SERVER_HEADERS.items():
        value = named.get(lower)
        if value is not None and (_ONLINE_SERVER.match(value) or ".prod.outlook.com" in value.lower()):
            found.append(f"{name}: {value}")
    return tuple(found)


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _exchange(exchanges: Iterable[HttpExchange], server_version: str | None) -> Iterable[Trait]:
    if server_version is not None and (name := exchange_version(server_version)):
        yield Trait(TraitKind.EXCHANGE, name, f"ServerVersionInfo {server_version}"[:MAXIMUM_EVIDENCE])
    for exchange in exchanges:
        for said in exchange_online(exchange):
            yield _trait(TraitKind.EXCHANGE, "Exchange Online", exchange, said)
        owa = exchange.header("X-OWA-Version")
        if owa is not None and (name := exchange_version(owa)):
            yield _trait(TraitKind.EXCHANGE, name, exchange, f"X-OWA-Version: {owa}")
        front_end = exchange.header("X-FEServer")
        if front_end is not None:
            said = f"X-FEServer: {front_end}"
            yield _trait(TraitKind.EXCHANGE, "Exchange Server 2013 or later", exchange, said)


def _web_servers(exchanges: Iterable[HttpExchange]) -> Iterable[Trait]:
    for exchange in exchanges:
        server = exchange.header("Server") or ""
        kind, _, version = server.partition("/")
        if kind.strip().lower() == "microsoft-iis":
            number = version.strip() if _VERSION.match(version.strip()) else ""
            on = _IIS.get(number)
            name = f"IIS {number}".rstrip() + (f" ({on})" if on else "")
            yield _trait(TraitKind.WEB_SERVER, name, exchange, f"Server: {server}")
        elif kind.strip().lower() == "microsoft-httpapi":
            said = f"Server: {server}"
            yield _trait(TraitKind.WEB_SERVER, "http.sys without IIS behind it", exchange, said)


def _fronts(exchanges: Iterable[HttpExchange]) -> Iterable[Trait]:
    for exchange in exchanges:
        found = [
            (row, f"{header}: {value}")
            for name, value in exchange.headers
            if name.lower() in _FRONT_HEADERS
            for row, header in _shown_by(name.lower(), value)
        ]
        for row, said in sorted(found, key=lambda entry: entry[0]):
            yield _trait(TraitKind.IN_FRONT, _FRONTS[row][0], exchange, said)
        if _TMG_PHRASE in exchange.reason.lower():
            name = "Forefront TMG or ISA Server"
            yield _trait(TraitKind.IN_FRONT, name, exchange, f"reason phrase {exchange.reason}")


@remembered(entries=256, longest=512)  # mostly the same few values, and a dozen patterns for some
def _shown_by(header: str, value: str) -> tuple[tuple[int, str], ...]:
    """(place in the table, name of the header as there) of every row that this header's value fits."""
    return tuple(
        (row, name)
        for row, (_, name, pattern) in enumerate(_FRONTS)
        if name.lower() == header and re.search(pattern, value, re.IGNORECASE)
    )


def _trait(kind: TraitKind, name: str, exchange: HttpExchange, said: str) -> Trait:
    return Trait(kind, name, f"{exchange.method}: {said}"[:MAXIMUM_EVIDENCE])
