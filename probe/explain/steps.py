"""Fills the catalogue's command templates with what the entry says: ready to paste into any shell.

Only a host, a path and a domain of harmless characters get into a command; user information, queries and
everything else that a hostile log line could carry are left out or percent-encoded. Nothing is run here.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote, urlsplit

from probe.explain.explanation_model import (
    Authentication,
    Cause,
    Knowledge,
    NextStep,
    Parts,
    Place,
    Profile,
    View,
)
from probe.explain.profile import host_place

UNKNOWN_TARGET = "PARTNER-DOMAIN-OR-URL"
UNKNOWN_OWN_DOMAIN = "YOUR-DOMAIN"

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})\Z|\[[0-9A-Fa-f:.]{2,45}\]\Z")
_PREFIXES = (
    "autodiscover.",
    "autodiscover-s.",
    "mail.",
    "webmail.",
    "owa.",
    "ews.",
    "exchange.",
    "legacy.",
    "hybrid.",
)
_WHY = {
    "check": "what the caller would get from this endpoint now, with the cause and a proved fix",
    "federation": "whether the partner's Autodiscover answers anonymously, and what it announces",
    "pair": "both directions of the relationship side by side",
}


_NO_CHECK = frozenset(
    {
        Place.OWN_ORGANIZATION,
        Place.MICROSOFT_SERVICE,
        Place.EXCHANGE_ONLINE,
        Place.HYBRID_AGENT,
        Place.WEB_PROXY,
    }
)
"""Where `probe check`, which judges a partner's Exchange, has nothing to say."""

_FEDERATION_STEPS = ("probe federation", "Test-FederationTrust", "Test-OrganizationRelationship")
_WHY_SHELL = {
    "Test-FederationTrust": "tests your trust and asks for a token; the verbose output names the fault",
    "Test-FederationTrustCertificate": "which of your servers have the federation certificate",
    "Test-OAuthConnectivity": "tests the OAuth token and names its fault",
    "Get-OrganizationRelationship": "the addresses, domains and access of your relationships",
    "Get-ExchangeServer": "which web proxy Exchange uses",
    ".\\HealthChecker.ps1": "TLS versions and cipher suites of your servers",
    "Test-NetConnection": "whether the port is open from this server",
    "Resolve-DnsName": "what this server's DNS gives",
}


def next_steps(knowledge: Knowledge | None, parts: Parts, profile: Profile) -> tuple[NextStep, ...]:
    """What to run next, most telling first; a template whose value is unknown is left out.

    Steps that say nothing for the profile are left out: no check of Microsoft's services or of own servers,
    nothing about the federation trust for OAuth and for accounts.
    """
    values = _values(parts)
    steps: list[NextStep] = []
    if profile.place not in _NO_CHECK:
        templates = knowledge.probes if knowledge else ("probe check {url}", "probe check {domain}")
        steps = [NextStep(command, _why(command)) for command in _filled(templates, values)]
        if not steps and profile.view is View.CALLER and (knowledge is None or knowledge.probes):
            target = values.get("url") or values.get("domain") or values.get("host") or UNKNOWN_TARGET
            steps.append(NextStep(f"probe check {target}", _WHY["check"]))
    if host_place(parts.url) is Place.MICROSOFT_SERVICE:
        values.pop("url", None)
    for command in _filled(knowledge.commands if knowledge else (), values):
        shell = "cmd" if command.startswith(("certutil", "iisreset", "nslookup", "netsh")) else "powershell"
        steps.append(
            NextStep(command, _WHY_SHELL.get(command.split()[0], "on a server of your organization"), shell)
        )
    if profile.authentication in {Authentication.OAUTH, Authentication.WINDOWS}:
        steps = [step for step in steps if not step.command.startswith(_FEDERATION_STEPS)]
    return tuple(steps)


def _why(command: str) -> str:
    """What the probe command tells."""
    return "whether importing that root cures it" if "--trust" in command else _WHY[command.split()[1]]


def check_target(parts: Parts) -> str | None:
    """What `probe check` would be run for: the entry's https URL, else its domain, else its host, or None."""
    values = _values(parts)
    return paste_url(parts.url) or values.get("domain") or values.get("host")


def filled_cause(cause: Cause, parts: Parts) -> Cause:
    """`cause` with the placeholders of its remedies' commands replaced by what the entry says."""
    domain = _values(parts).get("domain", "PARTNER-DOMAIN")
    remedies = tuple(
        replace(one, commands=tuple(command.replace("{domain}", domain) for command in one.commands))
        for one in cause.remedies
    )
    return replace(cause, remedies=remedies)


def paste_url(url: str | None) -> str | None:
    """The https URL as one word for any shell, or None: only host, port and path, percent-encoded."""
    split = _split(url)
    if split is None or split[0] != "https":
        return None
    _, host, port, path = split
    return f"https://{host}{port}{quote(path, safe='/._~-', errors='replace')}"


def _values(parts: Parts) -> dict[str, str]:
    found: dict[str, str] = {}
    split = _split(parts.url)
    url = paste_url(parts.url)
    if url:
        found["url"] = url
    if split:
        found["host"] = split[1].strip("[]")
        found["port"] = split[2].lstrip(":") or "443"
        if not url:
            found["url"] = f"{split[1]}{split[2]}"
    domain = next((name for name in parts.domains if _HOST.match(name)), None)
    if domain is None and host_place(parts.url) is None:
        domain = _domain_of(found.get("host"))
    if domain:
        found["domain"] = domain
    requester = (parts.requester or "").rpartition("@")
    found["ours"] = requester[2] if requester[1] and _HOST.match(requester[2]) else UNKNOWN_OWN_DOMAIN
    return found


def _domain_of(host: str | None) -> str | None:
    """The SMTP domain that a host name of the usual pattern belongs to, or None when it cannot be known."""
    prefix = next((prefix for prefix in _PREFIXES if host and host.lower().startswith(prefix)), None)
    rest = host[len(prefix) :] if host and prefix else ""
    return rest if "." in rest else None


def _split(url: str | None) -> tuple[str, str, str, str] | None:
    """Scheme, host, `:port` or "", and path of an http or https URL with a usable host, else None."""
    try:
        parts = urlsplit((url or "")[:2048])
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    shown = f"[{host}]" if ":" in host else host
    if parts.scheme not in {"http", "https"} or not _HOST.match(shown):
        return None
    return parts.scheme, shown, f":{port}" if port not in {None, 443} else "", parts.path


def _filled(templates: tuple[str, ...], values: dict[str, str]) -> list[str]:
    filled = []
    for template in templates:
        command = template
        for name, value in values.items():
            command = command.replace("{" + name + "}", value)
        if not re.search(r"\{(?:url|host|port|domain|ours)\}", command) and command not in filled:
            filled.append(command)
    return filled
