"""The engine beside an independent one: agreement where the rules coincide, each divergence with its reason.

The other engine is cryptography's path validator with the Web PKI's server profile. A divergence that
disappears fails the test as much as a new one, so the table below stays true.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.dotnet import SslPolicyErrors
from probe.judge import hostname, policy
from probe.judge.caller import profile
from probe.lab import authority
from probe.lab.authority import Credential
from tests.judge.judging import DAY, EMAIL, NOW, Given, build, extension

HOST = "mail.partner.lab"
ROOT = authority.root()
ISSUING = authority.intermediate(ROOT)


def _ours(question: Given, host: str = HOST) -> bool:
    context = build(question)
    name = hostname.match(question.presented[0].certificate, host, profile("exchange-2019"))
    return policy.ssl_policy_errors(context, name) == SslPolicyErrors(0)


def _theirs(question: Given, host: str = HOST) -> bool:
    def load(credential: Credential) -> x509.Certificate:
        return x509.load_der_x509_certificate(credential.der)

    try:
        verifier = (
            PolicyBuilder()
            .store(Store([load(root) for root in question.roots]))
            .time(NOW)
            .build_server_verifier(x509.DNSName(host))
        )
        verifier.verify(load(question.presented[0]), [load(issuer) for issuer in question.presented[1:]])
    except (VerificationError, ValueError):
        return False
    return True


def _leaf(**options: object) -> Given:
    return Given((authority.end_entity(ISSUING, HOST, **options), ISSUING), (ROOT,))  # type: ignore[arg-type]


def _issuer(**options: object) -> Given:
    issuing = authority.intermediate(ROOT, **options)  # type: ignore[arg-type]
    return Given((authority.end_entity(issuing, HOST), issuing), (ROOT,))


def _root(**options: object) -> Given:
    root = authority.root(**options)  # type: ignore[arg-type]
    issuing = authority.intermediate(root)
    return Given((authority.end_entity(issuing, HOST), issuing), (root,))


PAST = {"not_before": NOW - 9 * DAY, "not_after": NOW - DAY}
FUTURE = {"not_before": NOW + DAY, "not_after": NOW + 9 * DAY}
UNKNOWN = (extension("1.2.3.4", b"\x05\x00", critical=True),)

REJECTED_BY_BOTH: dict[str, Callable[[], Given]] = {
    "expired": lambda: _leaf(**PAST),
    "not-yet-valid": lambda: _leaf(**FUTURE),
    "expired-issuer": lambda: _issuer(**PAST),
    "tampered": lambda: _leaf(tampered=True),
    "tampered-issuer": lambda: _issuer(tampered=True),
    "wrong-usage": lambda: _leaf(usages=(EMAIL,)),
    "wrong-usage-of-issuer": lambda: _issuer(usages=(EMAIL,)),
    "wrong-name": lambda: _leaf(dns_names=("other.partner.lab",)),
    "issuer-is-no-ca": lambda: _issuer(ca=False),
    "issuer-without-basic-constraints": lambda: _issuer(ca=None),
    "issuer-may-not-sign": lambda: _issuer(key_usage=("digitalSignature",)),
    "not-permitted": lambda: _issuer(permitted_dns=("elsewhere.test",)),
    "excluded": lambda: _issuer(excluded_dns=("partner.lab",)),
    "unknown-critical": lambda: _leaf(extensions=UNKNOWN),
    "unknown-critical-in-issuer": lambda: _issuer(extensions=UNKNOWN),
    "untrusted": lambda: Given(_leaf().presented, (authority.root("Another Root CA"),)),
    "missing-issuer": lambda: Given(_leaf().presented[:1], (ROOT,)),
    "expired-root": lambda: _root(**PAST),
    "unknown-to-windows": lambda: _root(key="ed25519"),
}

# What Windows accepts and the Web PKI does not.
ACCEPTED_BY_US_ONLY: dict[str, tuple[str, Callable[[], Given]]] = {
    "common-name-only": ("CryptoAPI falls back to the common name", lambda: _leaf(dns_names=())),
    "sha1": ("SHA-1 is refused by browsers, not by .NET Framework", lambda: _leaf(hash="sha1")),
    "root-without-basic-constraints": ("old roots have none", lambda: _root(ca=None)),
    "wildcard-common-name": (
        "a wildcard counts in the common name too",
        lambda: _leaf(dns_names=(), common_names=("*.partner.lab",)),
    ),
    "end-entity-is-a-ca": ("a CA may be an end-entity", lambda: _leaf(ca=True, key_usage=("keyCertSign",))),
    "version-1-root": ("a root needs no extensions", lambda: _root(version=1)),
}

# What Windows rejects and the Web PKI does not.
REJECTED_BY_US_ONLY: dict[str, tuple[str, Callable[[], Given]]] = {
    "weak-key": ("Windows looks at the end-entity's own key too", lambda: _leaf(key="rsa512")),
}


@pytest.mark.parametrize("question", REJECTED_BY_BOTH.values(), ids=REJECTED_BY_BOTH.keys())
def test_single_faults_are_rejected_by_both(question: Callable[[], Given]) -> None:
    asked = question()
    assert (_ours(asked), _theirs(asked)) == (False, False)


@pytest.mark.parametrize(("reason", "question"), ACCEPTED_BY_US_ONLY.values(), ids=ACCEPTED_BY_US_ONLY.keys())
def test_what_windows_accepts_alone(reason: str, question: Callable[[], Given]) -> None:
    asked = question()
    assert (_ours(asked), _theirs(asked)) == (True, False), reason


@pytest.mark.parametrize(("reason", "question"), REJECTED_BY_US_ONLY.values(), ids=REJECTED_BY_US_ONLY.keys())
def test_what_windows_rejects_alone(reason: str, question: Callable[[], Given]) -> None:
    asked = question()
    assert (_ours(asked), _theirs(asked)) == (False, True), reason


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    depth=st.integers(0, 4),
    unrelated=st.integers(0, 3),
    shuffled=st.randoms(use_true_random=False),
    constrained=st.booleans(),
)
def test_sound_hierarchies_are_accepted_by_both(
    depth: int, unrelated: int, shuffled: object, constrained: bool
) -> None:
    issuer, issuers = ROOT, []
    for number in range(depth):
        trees = {"permitted_dns": ("partner.lab",)} if constrained and number == 0 else {}
        issuer = authority.intermediate(issuer, f"CA {number}", **trees)  # type: ignore[arg-type]
        issuers.append(issuer)
    issuers += [authority.intermediate(ROOT, f"Unrelated {number}") for number in range(unrelated)]
    shuffled.shuffle(issuers)  # type: ignore[attr-defined]
    asked = Given((authority.end_entity(issuer, HOST), *issuers), (ROOT,))
    assert (_ours(asked), _theirs(asked)) == (True, True)
