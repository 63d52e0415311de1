"""The settings in the XML that Microsoft's HealthChecker writes (Export-Clixml).

Its layout differs between versions, so what is wanted is looked for by what it looks like: an object with
`TLSVersion` is a protocol's, one with `NetVersion` .NET's. Whatever else the file holds is passed over. The
stores, the Availability service's values, curves and web.config are not in it.

Source: microsoft/CSS-Exchange, Shared/TLS and Diagnostics/HealthChecker, versions of 2021 to 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from probe.errors import DataError
from probe.facts.server_settings import ServerSettings

_NAMESPACE = "{http://schemas.microsoft.com/powershell/2004/04}"
_GROUPS = frozenset({"MS", "Props", "DCT", "En", "LST", "IE"})
_MAXIMUM_DEPTH = 60
_MOST_DIGITS = 10
_DWORD = 0xFFFFFFFF


def is_health_checker(data: bytes) -> bool:
    """Whether `data` is a file of Export-Clixml."""
    head = data[:400].replace(b"\0", b"")
    return b"<Objs" in head


def read(data: bytes) -> ServerSettings:
    """The settings of the server that the file is about.

    Raises:
        DataError: it is no XML, has a document type, is too deep, or is about no Exchange server.
    """
    root = _parsed(data)
    server = _text(root, "ServerName")
    system = _named(root, "OSInformation")
    exchange = _named(root, "ExchangeInformation")
    if server is None or system is None:
        raise DataError("this XML is not HealthChecker's: give the file HealthChecker-SERVER-….xml")
    return ServerSettings(
        server=server.partition(".")[0],
        read_by=f"HealthChecker {_text(root, 'HealthCheckerVersion') or ''}".strip(),
        windows_build=_build(system),
        exchange_version=_exchange_version(exchange),
        dotnet_release=_number(_named(system, "NETFramework"), "RegistryValue"),
        dotnet=_dotnet(system),
        schannel=_schannel(system),
        cipher_suites=_cipher_suites(system),
        proxies=_proxies(_named(exchange, "GetExchangeServer")),
        renegotiation=_renegotiation(system),
        root_auto_update_disabled=_root_auto_update_disabled(system),
    )


class _Builder(TreeBuilder):
    """Builds the tree; refuses a document type, and with it every entity, before it can expand."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def doctype(self, *_: object) -> None:
        raise DataError("this XML has a document type, which HealthChecker's never has")

    def start(self, tag: str, attributes: dict[str, str]) -> Element:
        self._depth += 1
        if self._depth > _MAXIMUM_DEPTH:
            raise DataError(f"this XML is deeper than {_MAXIMUM_DEPTH} levels")
        return super().start(tag, attributes)

    def end(self, tag: str) -> Element:
        self._depth -= 1
        return super().end(tag)


def _parsed(data: bytes) -> Element:
    parser = XMLParser(target=_Builder())  # noqa: S314  # the builder refuses what is dangerous
    try:
        parser.feed(data)
        root: Element = parser.close()
    except ParseError as wrong:
        raise DataError(f"this XML is damaged ({wrong}): export it again") from None
    return root


def _walk(element: Element) -> Iterator[Element]:
    """Every named value at or below an element."""
    return (each for each in element.iter() if each.get("N"))


def _named(element: Element | None, name: str) -> Element | None:
    if element is None:
        return None
    return next((each for each in _walk(element) if each.get("N") == name), None)


def _text(element: Element | None, name: str) -> str | None:
    found = _named(element, name)
    return found.text.strip() if found is not None and found.text and found.text.strip() else None


def _number(element: Element | None, name: str) -> int | None:
    text = _text(element, name) or ""
    signed = _dword(text.removeprefix("-"))
    # PowerShell reads a DWORD as a number with a sign: 0xffffffff is -1.
    return -signed & _DWORD if signed is not None and text.startswith("-") else signed


def _dword(text: str) -> int | None:
    """The number, which the registry or Windows' version has in 32 bits; None: it is none."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else None


def _build(system: Element) -> int | None:
    for name in ("BuildVersion", "VersionBuild"):
        parts = (_text(_named(system, "BuildInformation"), name) or "").split(".")
        build = _dword(parts[2]) if len(parts) > 2 else None
        if build is not None:
            return build
    return _number(system, "BuildNumber")


def _exchange_version(exchange: Element | None) -> str | None:
    setup = _named(exchange, "ExchangeSetup")
    found = _text(setup, "FileVersion") or _text(_named(exchange, "BuildInformation"), "BuildVersion")
    return None if found is None else ".".join(part.lstrip("0") or "0" for part in found.split("."))


def _holders(system: Element, name: str) -> Iterator[Element]:
    """Every object that has a member of this name right inside."""
    for each in system.iter(f"{_NAMESPACE}Obj"):
        for group in each:
            if group.tag.removeprefix(_NAMESPACE) in _GROUPS and any(m.get("N") == name for m in group):
                yield group


def _schannel(system: Element) -> dict[str, dict[str, int]] | None:
    found: dict[str, dict[str, int]] = {}
    for values in _holders(system, "TLSVersion"):
        version = f"TLS {_text(values, 'TLSVersion')}"
        # Newer versions have the value itself, null where the registry has none; older ones the conclusion.
        pairs = (("Enabled", "ClientEnabled"), ("DisabledByDefault", "ClientDisabledByDefault"))
        found[version] = {
            name: number for name, key in pairs if (number := _registry_value(values, key)) is not None
        }
    return found or None


def _registry_value(values: Element, key: str) -> int | None:
    if _named(values, f"{key}Value") is not None:
        return _number(values, f"{key}Value")
    conclusion = _text(values, key)
    return None if conclusion is None else int(conclusion == "true")


def _framework_value(values: Element, key: str) -> int | None:
    """The value; of a conclusion only true is one: false stands for 0 and for no value alike."""
    if _named(values, f"{key}Value") is not None:
        return _number(values, f"{key}Value")
    return 1 if _text(values, key) == "true" else None


def _dotnet(system: Element) -> dict[str, dict[str, int]] | None:
    found: dict[str, dict[str, int]] = {}
    for values in _holders(system, "NetVersion"):
        version = _text(values, "NetVersion") or ""
        for prefix, hive in (("", ""), ("Wow", "Wow6432Node\\")):
            numbers = {
                name: _framework_value(values, prefix + name)
                for name in ("SystemDefaultTlsVersions", "SchUseStrongCrypto")
            }
            found[f"{hive}{version}"] = {name: n for name, n in numbers.items() if n is not None}
    return found or None


def _renegotiation(system: Element) -> dict[str, int] | None:
    """SChannel's strict mode; None where this version of HealthChecker does not look for it.

    Where the registry has no value it writes the word NULL (Get-OperatingSystemRegistryValues.ps1).
    """
    name = "AllowInsecureRenegoServers"
    if _named(system, name) is None:
        return None
    value = _number(system, name)
    return {} if value is None else {name: value}


def _root_auto_update_disabled(system: Element) -> bool | None:
    name = "DisableRootAutoUpdate"
    return None if _named(system, name) is None else _number(system, name) == 1


def _proxies(server: Element | None) -> dict[str, str] | None:
    """What Get-ExchangeServer says of the web proxy; "": there is none."""
    if server is None or _named(server, "InternetWebProxy") is None:
        return None
    bypass = _named(server, "InternetWebProxyBypassList")
    hosts = [each.text for each in bypass.iter(f"{_NAMESPACE}S") if each.text] if bypass is not None else []
    proxy = re.sub(r"//[^/@]*@", "//", _text(server, "InternetWebProxy") or "")
    return {"InternetWebProxy": proxy, **({"InternetWebProxyBypassList": ",".join(hosts)} if hosts else {})}


def _cipher_suites(system: Element) -> tuple[str, ...] | None:
    suites = _named(system, "TlsCipherSuite")
    if suites is None:
        return None
    names = [_text(values, "Name") for values in _holders(suites, "Name")]
    return tuple(name for name in names if name) or None
