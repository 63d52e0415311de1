"""Where this engine disagrees with OpenSSL or pyca by design, each with its reason.

One row: a name, why, the question, and what each of the three answers. The test fails when an answer changes,
also when a disagreement disappears. "spec" is the project's specification of how the caller validates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from probe.lab import authority
from tests.judgement.engines import HOST, Answers, Question
from tests.judgement.judging import DAY, NOW

ROOT = authority.root()
ISSUING = authority.intermediate(ROOT)


@dataclass(frozen=True)
class Divergence:
    """A disagreement that is meant."""

    name: str
    reason: str
    make: Callable[[], Question]
    answers: Answers


def _leaf(**options: object) -> Question:
    leaf = authority.end_entity(ISSUING, **options)  # type: ignore[arg-type]
    return Question((leaf, ISSUING), (ROOT,))


def _below(**options: object) -> Question:
    issuing = authority.intermediate(ROOT, "Odd CA", **options)  # type: ignore[arg-type]
    return Question((authority.end_entity(issuing), issuing), (ROOT,))


def _under(**options: object) -> Question:
    root = authority.root("Odd Root CA", **options)  # type: ignore[arg-type]
    issuing = authority.intermediate(root)
    return Question((authority.end_entity(issuing), issuing), (root,))


def _at_not_after() -> Question:
    end = NOW + 10 * DAY
    leaf = authority.end_entity(ISSUING, not_after=end)
    return Question((leaf, ISSUING), (ROOT,), at=end)


def _better_path_behind_a_worse_one() -> Question:
    bridge = authority.root("Bridge CA")
    narrow = authority.intermediate(ROOT, "Bridge CA", key=bridge.key, excluded_dns=(HOST,))
    wide = authority.intermediate(
        ROOT, "Bridge CA", key=bridge.key, not_before=NOW - 900 * DAY, not_after=NOW + 100 * DAY
    )
    return Question((authority.end_entity(bridge), narrow, wide), (ROOT,))


def _common_name_beside_an_address() -> Question:
    leaf = authority.end_entity(ISSUING, common_names=(HOST,), dns_names=(), ip_addresses=("192.0.2.1",))
    return Question((leaf, ISSUING), (ROOT,))


DIVERGENCES: tuple[Divergence, ...] = (
    Divergence(
        "common-name-alone",
        "without a dNSName CryptoAPI compares the CN ([validation 5.1.1], 7,290 verdicts); pyca does not",
        lambda: _leaf(dns_names=()),
        Answers(probe=True, openssl=True, pyca=False),
    ),
    Divergence(
        "common-name-beside-an-address",
        "an iPAddress in the SAN does not keep CryptoAPI from the CN ([validation 5.1.1])",
        _common_name_beside_an_address,
        Answers(probe=True, openssl=True, pyca=False),
    ),
    Divergence(
        "partial-wildcard",
        "a `*` counts only as the whole label for CryptoAPI ([validation 3.2.3]); OpenSSL lets it be a part",
        lambda: _leaf(dns_names=("m*.partner.lab",)),
        Answers(probe=False, openssl=True, pyca=False),
    ),
    Divergence(
        "false-self-signature-of-the-root",
        "Windows reports NotSignatureValid for a root whose own signature is false ([validation 5.7]); the "
        "others do not look at an anchor's signature",
        lambda: _under(tampered=True),
        Answers(probe=False, openssl=True, pyca=True),
    ),
    Divergence(
        "sha-1",
        ".NET Framework does not opt in to the weak signature check ([validation 4.6.4]): accepted, with a "
        "warning; pyca refuses SHA-1",
        lambda: _leaf(hash="sha1"),
        Answers(probe=True, openssl=True, pyca=False),
    ),
    Divergence(
        "key-identifier-of-another-issuer",
        "CryptoAPI still builds by name ([validation 5.5]); OpenSSL then knows no issuer",
        lambda: _leaf(authority_key_identifier=b"\x01" * 20),
        Answers(probe=True, openssl=False, pyca=True),
    ),
    Divergence(
        "no-authority-key-identifier",
        "nothing in CryptoAPI demands one; the CA/Browser Forum does",
        lambda: _leaf(authority_key_identifier=None),
        Answers(probe=True, openssl=True, pyca=False),
    ),
    Divergence(
        "any-usage",
        "anyExtendedKeyUsage counts as serverAuth for CryptoAPI ([validation 5.4.2])",
        lambda: _leaf(usages=(authority.ANY_USAGE,)),
        Answers(probe=True, openssl=False, pyca=False),
    ),
    Divergence(
        "not-after-itself",
        "NotAfter itself is still valid for Windows ([validation 5.6])",
        _at_not_after,
        Answers(probe=True, openssl=False, pyca=True),
    ),
    Divergence(
        "end-entity-that-is-a-ca",
        "no fault for CryptoAPI (Wine crypt32 tests chain6); pyca's profile forbids it",
        lambda: _leaf(ca=True, key_usage=None),
        Answers(probe=True, openssl=True, pyca=False),
    ),
    Divergence(
        "root-without-basic-constraints",
        "a root needs none for CryptoAPI ([validation 4.3.8]); pyca's profile demands them",
        lambda: _under(ca=None),
        Answers(probe=True, openssl=True, pyca=False),
    ),
    Divergence(
        "ca-without-key-usage",
        "a missing key usage allows everything ([validation 4.3.9]); pyca's profile demands one",
        lambda: _below(key_usage=None),
        Answers(probe=True, openssl=True, pyca=False),
    ),
    Divergence(
        "better-path-behind-a-worse-one",
        "Windows finds a good path if there is one ([validation 5.3], BetterTLS); OpenSSL does not go back",
        _better_path_behind_a_worse_one,
        Answers(probe=True, openssl=False, pyca=True),
    ),
    Divergence(
        "basic-constraints-that-are-not-critical",
        "CryptoAPI applies them either way; pyca's profile demands that they are critical",
        lambda: _below(basic_constraints_critical=False),
        Answers(probe=True, openssl=True, pyca=False),
    ),
)
