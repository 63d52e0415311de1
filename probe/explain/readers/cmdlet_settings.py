"""Settings as Get-OrganizationRelationship, Get-FederationTrust and others print them, and the differences
that Microsoft's FreeBusyChecker prints.

Read are names and values; which of them make a lookup impossible is listed here with the row's name for it
[exchange 1.1.2]. Dates are not judged: this code knows no time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_FIELD = re.compile(r"^[ ]{0,8}([A-Z][A-Za-z0-9]{3,60})[ ]{0,40}:(?!//)[ ]{0,4}(.*)$")
_EMPTY = frozenset({"", "{}", "$null", "none"})
_RELATIONSHIP = frozenset(
    {"targetapplicationuri", "freebusyaccessenabled", "targetautodiscoverepr", "targetsharingepr"}
)
_TRUST = frozenset({"applicationuri", "tokenissueruri", "orgprivcertificate", "applicationidentifier"})
_CONNECTOR = frozenset({"discoveryendpoint", "targetaddressdomains"})
_AUTH_SERVER = frozenset({"issueridentifier", "tokenissuingendpoint", "authmetadataurl"})
_AUTH_SERVER_NAMES = ("IssuerIdentifier", "TokenIssuingEndpoint", "AuthMetadataUrl", "Realm")
_ADDRESS_SPACE = frozenset({"forestname", "accessmethod"})
_DIRECTORY = frozenset({"wssecurityauthentication", "oauthauthentication"})
_KINDS = (_RELATIONSHIP, _TRUST, _CONNECTOR, _DIRECTORY, _AUTH_SERVER, _ADDRESS_SPACE)
_TABLED = frozenset().union(*_KINDS)
_EXPECTED = re.compile(
    r"^[ ]{0,12}(?:=> ?)?[^\n]{0,200}?\b(TargetApplicationUri|TargetSharingEpr|TargetAutodiscoverEpr"
    r"|FreeBusyAccessEnabled|FreeBusyAccessLevel|Enabled|DiscoveryEndpoint|TargetAddressDomains|TokenIssuerUris?"
    r"|ApplicationUri|ApplicationIdentifier|WSSecurityAuthentication|OAuthAuthentication|Domain ?Names)\b"
    r"[^\n]{0,200}?(?:should be|seems? not|is not correct|(?:is set to|:) ?False|is should)[^\n]{0,300}$",
    re.MULTILINE | re.IGNORECASE,
)
_CHECKER = re.compile(
    r"FreeBusyChecker|Summary - (?:Get-|Test-|Federation|Organization|On-?Prem)|Hybrid Free ?Busy "
    r"Configuration Checker|Free Busy Configuration Information Checker|Look out for Red!"
    r"|Get-OrganizationRelationship[ ]{1,4}\| Where|Federation Information TarGet",
    re.IGNORECASE,
)


def is_checker_output(text: str) -> bool:
    """Whether the text is of Microsoft's FreeBusyChecker."""
    return bool(_CHECKER.search(text[:65_536])) and bool(_EXPECTED.search(text[:262_144]))


def checker_differences(text: str) -> tuple[str, ...]:
    """The names of the settings that FreeBusyChecker finds different, in their order."""
    found = (match.group(1).replace(" ", "") for match in _EXPECTED.finditer(text[:262_144]))
    return tuple(dict.fromkeys("TokenIssuerUri" if name == "TokenIssuerUris" else name for name in found))


def objects(text: str) -> tuple[str, ...]:
    """The parts of a Format-List output, one for each object: where a name comes again, another begins."""
    found: list[list[str]] = [[]]
    names: set[str] = set()
    for line in text.split("\n"):
        match = _FIELD.match(line)
        name = match.group(1).lower() if match else None
        if name in names:
            found.append([])
            names.clear()
        if name is not None:
            names.add(name)
        found[-1].append(line)
    return tuple("\n".join(lines) for lines in found)


_RULE = re.compile(r"^[ ]{0,8}-{3,80}(?:[ ]{1,200}-{3,80}){1,20}[ ]{0,200}$")
_CUT = ("...", "…")


def tables_as_lists(text: str) -> str:
    """`text` with the tables of settings (`Select-Object`, `Format-Table`) as Format-List prints them.

    A value that the table cut is left out: nobody knows it.
    """
    if "---" not in text:
        return text
    lines = text.split("\n")
    found: list[str] = []
    columns: list[tuple[str, int, int]] = []
    for number, line in enumerate(lines):
        if number and _RULE.match(line):
            columns = _columns(lines[number - 1], line)
        elif not line.strip():
            columns = []
        elif columns:
            found.append("\n" + "\n".join(_row(line, columns)))
            continue
        found.append(line)
    return "\n".join(found)


def _columns(header: str, rule: str) -> list[tuple[str, int, int]]:
    """Name, begin and end of each column; none where the table is not of settings."""
    starts = [match.start() for match in re.finditer("-+", rule)]
    spans = list(zip(starts, [*starts[1:], len(rule) + 1_000], strict=True))
    columns = [(header[start:end].strip(), start, end) for start, end in spans]
    known = {name.lower() for name, _, _ in columns} & _TABLED
    return columns if known and all(name.isalnum() for name, _, _ in columns) else []


def _row(line: str, columns: list[tuple[str, int, int]]) -> Iterator[str]:
    for name, start, end in columns:
        value = line[start:end].strip()
        if not value.endswith(_CUT):
            yield f"{name} : {value}"


def read_settings(text: str) -> dict[str, str]:
    """Names (in lower case) and values of a Format-List output; the first of each name counts."""
    values: dict[str, str] = {}
    for line in text[:262_144].split("\n"):
        match = _FIELD.match(line)
        if match:
            values.setdefault(match.group(1).lower(), match.group(2).strip())
    return values


def is_settings(text: str) -> bool:
    """Whether the text lists settings of a relationship, trust, connector or virtual directory."""
    names = read_settings(text).keys()
    return "wssecurityauthentication" in names or any(len(names & wanted) >= 2 for wanted in _KINDS)


def faulty_settings(text: str) -> tuple[str, ...]:
    """The settings that make lookups impossible, by the names of the catalogue; () for none."""
    values = read_settings(text)
    if len(values.keys() & _RELATIONSHIP) >= 2:
        return tuple(_relationship_faults(values))
    if len(values.keys() & _TRUST) >= 2:
        wanted = ("ApplicationUri", "ApplicationIdentifier", "OrgPrivCertificate")
        faults = [name for name in wanted if values.get(name.lower(), "-").lower() in _EMPTY]
        issuer = values.get("tokenissueruri", "").lower()
        return (*faults, *(["TokenIssuerUri"] if "windowsliveid" in issuer else []))
    if len(values.keys() & _AUTH_SERVER) >= 2:
        disabled = values.get("enabled", "").lower() == "false"
        faults = [name for name in _AUTH_SERVER_NAMES if values.get(name.lower(), "-").lower() in _EMPTY]
        return (*(["AuthServerEnabled"] if disabled else []), *faults) or ("other-complete",)
    if len(values.keys() & _ADDRESS_SPACE) >= 2:
        return ("other-complete",)
    if len(values.keys() & _CONNECTOR) >= 2:
        disabled = values.get("enabled", "").lower() == "false"
        of_connector = ("DiscoveryEndpoint", "TargetAddressDomains")
        faults = [name for name in of_connector if values.get(name.lower(), "-").lower() in _EMPTY]
        return (*(["ConnectorEnabled"] if disabled else []), *faults)
    names = ("WSSecurityAuthentication", "OAuthAuthentication")
    return tuple(name for name in names if values.get(name.lower(), "").lower() == "false")


def _relationship_faults(values: dict[str, str]) -> list[str]:
    faults = [
        name
        for name in ("Enabled", "FreeBusyAccessEnabled")
        if values.get(name.lower(), "").lower() == "false"
    ]
    if values.get("freebusyaccesslevel", "-").lower() in _EMPTY:
        faults.append("FreeBusyAccessLevel")
    if values.get("targetapplicationuri", "-").lower() in _EMPTY:
        faults.append("TargetApplicationUri")
    addresses = [values[name] for name in ("targetsharingepr", "targetautodiscoverepr") if name in values]
    if len(addresses) == 2 and all(value.lower() in _EMPTY for value in addresses):
        faults.append("TargetEpr")
    issuers = values.get("tokenissueruris", "").lower()
    if issuers not in _EMPTY and "urn:federation:microsoftonline" not in issuers:
        faults.append("TokenIssuerUris")
    if values.get("domainnames", "-").lower() in _EMPTY:
        faults.append("DomainNames")
    return faults
