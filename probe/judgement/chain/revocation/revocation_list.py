"""What one CRL says of one certificate, if it is its issuer's, authentic, about it, and in time.

Rules: RFC 5280 section 6.3.3 without what CryptoAPI does not do by default (indirect and partitioned CRLs).
That a CRL with another issuer name or a signature that does not verify leaves the status unknown was observed
on Windows (dotnet/runtime DynamicRevocationTests, RevokeEndEntityWithInvalidRevocation*).
"""

from __future__ import annotations

from probe.facts import extensions
from probe.facts.certificate import Certificate
from probe.facts.revocation import crl
from probe.facts.revocation.crl import RevocationList
from probe.judgement.chain import signature
from probe.judgement.chain.certificate_reading import read
from probe.judgement.chain.revocation import revocation_status
from probe.judgement.chain.revocation.revocation_status import Moment, RevocationStanding, Statement
from probe.judgement.chain.signature import Verification

_KNOWN_CRITICAL = frozenset(
    {
        crl.ISSUING_DISTRIBUTION_POINT,
        crl.DELTA_CRL_INDICATOR,
        extensions.AUTHORITY_KEY_IDENTIFIER,
        extensions.FRESHEST_CRL,
        "2.5.29.20",  # CRL number
        "2.5.29.18",  # issuer alternative name
    }
)
_PEM_MARK = b"-----BEGIN X509 CRL"  # RFC 5280 section 4.2.1.13 wants DER [validation 4.1.7]
_SHORT_PREAMBLE = 64


def standing_by_crl(
    content: bytes, certificate: Certificate, issuer: Certificate, moment: Moment
) -> Statement:
    """The standing of `certificate` by the CRL in these bytes; anything wrong with it leaves it unknown."""
    try:
        found = crl.revocation_list(content)
    except ValueError as refused:
        return _unreadable(content, str(refused))
    return (
        _unauthentic(found, issuer)
        or _out_of_scope(found, certificate)
        or _looked_up(found, certificate, moment)
    )


def _unreadable(content: bytes, refused: str) -> Statement:
    if _PEM_MARK in content[:_SHORT_PREAMBLE]:
        why = "the CRL is in PEM, and whether Windows takes that is not known"
        return Statement(RevocationStanding.INDETERMINATE, why)
    if content[:1] != b"\x30":
        return Statement(RevocationStanding.UNKNOWN, "what was fetched is no CRL")
    return Statement(RevocationStanding.INDETERMINATE, f"the CRL cannot be read here ({refused[:200]})")


def _unauthentic(found: RevocationList, issuer: Certificate) -> Statement | None:
    if found.issuer != issuer.subject.der:
        return Statement(RevocationStanding.UNKNOWN, "the CRL is another authority's")
    usage = read(issuer).key_usage
    if usage is not None and not usage & extensions.CRL_SIGN:
        return Statement(
            RevocationStanding.INDETERMINATE, "the key usage of its issuer does not allow signing CRLs"
        )
    return unverified(signature.verify_signed(issuer, found.signed), "the CRL")


def unverified(outcome: Verification, what: str) -> Statement | None:
    """What a signature that was not found valid makes of an answer; None if it was."""
    if outcome is Verification.VALID:
        return None
    if outcome is Verification.NOT_COMPUTABLE:
        return Statement(RevocationStanding.INDETERMINATE, f"the signature of {what} cannot be computed here")
    return Statement(RevocationStanding.UNKNOWN, f"the key of its issuer did not sign {what}")


def _out_of_scope(found: RevocationList, certificate: Certificate) -> Statement | None:
    if found.extension(crl.DELTA_CRL_INDICATOR) is not None:
        return Statement(RevocationStanding.UNKNOWN, "what was fetched is a delta CRL and no complete one")
    strange = [e.oid for e in found.extensions if e.critical and e.oid not in _KNOWN_CRITICAL]
    if strange:
        return Statement(
            RevocationStanding.UNKNOWN, f"the CRL has an unknown critical extension, {strange[0]}"
        )
    scope = found.extension(crl.ISSUING_DISTRIBUTION_POINT)
    if scope is None or _covers(scope.value, certificate):
        return None
    return Statement(
        RevocationStanding.UNKNOWN, "the CRL is not about this certificate (issuing distribution point)"
    )


def _covers(encoded: bytes, certificate: Certificate) -> bool:
    try:
        scope = crl.issuing_distribution_point(encoded)
    except ValueError:
        return False
    constraints = read(certificate).basic_constraints
    authority = constraints is not None and constraints.ca
    if scope.only_end_entities and authority:
        return False
    if scope.only_authorities and not authority:
        return False
    if scope.some_reasons or scope.indirect or scope.only_attributes:
        return False
    return scope.names is None or not crl.crl_point_names(certificate).isdisjoint(scope.names)


def _looked_up(found: RevocationList, certificate: Certificate, moment: Moment) -> Statement:
    structure = certificate.structure
    try:
        entry = found.entry(structure.serial) if structure is not None else None
    except ValueError as refused:
        return Statement(
            RevocationStanding.INDETERMINATE, f"the CRL's entry cannot be read here ({str(refused)[:200]})"
        )
    if entry is not None and entry.critical:
        return Statement(RevocationStanding.UNKNOWN, "the CRL's entry has a critical extension")
    if entry is not None:
        return revocation_status.revoked(entry.revoked_at, found.this_update, moment)
    said = revocation_status.good(found.this_update, found.next_update, moment)
    newer = found.extension(extensions.FRESHEST_CRL) or certificate.extension(extensions.FRESHEST_CRL)
    if said.standing is RevocationStanding.GOOD and newer is not None:
        return Statement(
            RevocationStanding.INDETERMINATE, "a delta CRL, which is not fetched here, may revoke it"
        )
    return said
