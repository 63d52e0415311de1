"""Which topic of the letter a result is about: the fault in the terms of those who can mend it.

A topic is a table of the same name in the files of words (`en.toml`, `de.toml`). Findings are ours; what the
partner reads is chosen by their code, by how the connection broke and by what answered.
"""

from __future__ import annotations

from probe.facts.observation import FailureKind, Phase
from probe.report.document import EndpointEntry, FindingEntry, JudgementEntry

_BY_CODE = {
    "chain-incomplete": "missing-intermediate",
    "chain-needs-download": "missing-intermediate",
    "chain-untrusted-root": "untrusted-root",
    "chain-listed-root": "untrusted-root",
    "chain-listed-root-refused": "untrusted-root",
    "chain-explicit-distrust": "untrusted-root",
    "chain-automatic-root": "untrusted-root",
    "certificate-expired": "expired",
    "certificate-expires-soon": "expires-soon",
    "certificate-not-yet-valid": "not-yet-valid",
    "name-mismatch": "name-mismatch",
    "tls-refused": "tls",
    "http-wssecurity-off": "wssecurity-off",
    "http-autodiscover-wssecurity-off": "wssecurity-off",
    "http-backend-wssecurity-off": "wssecurity-off",
    "http-soap-fault": "wssecurity-off",
    "http-empty-answer": "wssecurity-off",
    "http-wssecurity-differs": "wssecurity-off",
    "http-route-unseen": "pre-authentication",
    "http-suffix-lost": "pre-authentication",
    "http-firewall": "pre-authentication",
    "http-content-type-changed": "pre-authentication",
    "http-plain-http-behind": "pre-authentication",
    "http-request-refused": "pre-authentication",
    "http-pre-authentication": "pre-authentication",
    "http-login-form": "pre-authentication",
    "http-forbidden": "pre-authentication",
    "http-client-certificate": "pre-authentication",
    "http-redirect": "pre-authentication",
    "http-not-soap": "pre-authentication",
    "http-broken-xml": "pre-authentication",
    "http-not-found": "handler",
    "http-handler-missing": "handler",
    "http-handler-or-server-missing": "handler",
    "http-other-service": "handler",
    "http-bad-host-header": "handler",
    "http-bad-request": "handler",
    "http-soap-without-answer": "handler",
    "http-mailbox-not-found": "handler",
    "http-server-error": "service",
    "http-front-end-error": "service",
    "http-front-end-overloaded": "service",
    "http-service-stopped": "service",
    "http-gateway-timeout": "service",
    "http-bad-gateway": "service",
    "http-http-error": "service",
    "http-throttled": "service",
}
_BROKEN = {
    FailureKind.NAME_NOT_FOUND: "dns",
    FailureKind.NO_ADDRESS: "dns",
    FailureKind.RESOLVER_FAILED: "dns",
    FailureKind.REFUSED: "unreachable",
    FailureKind.UNREACHABLE: "unreachable",
    FailureKind.NOT_TLS: "unreachable",
    FailureKind.TIMEOUT: "timeout",
    FailureKind.DEADLINE: "timeout",
    FailureKind.RESET: "reset",
    FailureKind.CLOSED: "reset",
    FailureKind.CLOSE_NOTIFY: "reset",
    FailureKind.TRUNCATED: "reset",
    FailureKind.ALERT: "tls",
    FailureKind.TLS_ERROR: "tls",
}
_TLS_TOPICS = frozenset(
    {
        "missing-intermediate",
        "untrusted-root",
        "expired",
        "expires-soon",
        "not-yet-valid",
        "name-mismatch",
        "unfit-certificate",
        "tls",
    }
)
OTHER = "other"


def of_partner(endpoint: EndpointEntry, judgement: JudgementEntry, finding: FindingEntry | None) -> str:
    """The topic for the partner."""
    code = "" if finding is None else finding.code
    if code in _BY_CODE:
        return _BY_CODE[code]
    if code.startswith(("certificate-", "chain-")) and judgement.chain is not None:
        return "unfit-certificate"
    if code.startswith("http-") or endpoint.failure is None:
        return OTHER
    if endpoint.failure.phase == Phase.CONNECT:
        return "unreachable"
    return _BROKEN.get(endpoint.failure.kind, OTHER)


def of_network(endpoint: EndpointEntry, finding: FindingEntry | None) -> str:
    """The topic for the own network team."""
    code = "" if finding is None else finding.code
    if code == "proxy-inspects-tls":
        return "tls-inspection"
    if code.startswith("proxy-"):
        return "proxy"
    if endpoint.failure is None:
        return OTHER
    if endpoint.failure.phase == Phase.CONNECT:
        return "unreachable"
    return "dns" if _BROKEN.get(endpoint.failure.kind) == "dns" else OTHER


def is_about_tls(topic: str) -> bool:
    """Whether the topic is mended where TLS ends and the certificate is bound."""
    return topic in _TLS_TOPICS


ALL = frozenset({*_BY_CODE.values(), *_BROKEN.values(), "unfit-certificate", OTHER})
ALL_OF_NETWORK = frozenset({"unreachable", "dns", "proxy", "tls-inspection", OTHER})
