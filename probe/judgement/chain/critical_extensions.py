"""Extensions that CryptoAPI knows, so that they may be critical, and how each of them is decoded.

The list is inferred from Wine's (crypt32/chain.c CRYPT_CriticalExtensionsSupported) and the object
identifiers of wincrypt.h. What is not on it is unknown and, when critical, a fault. What is on it and cannot
be decoded is a fault where a rule needs it; nothing tells what Windows makes of the others (see doubts.py).
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from probe.facts import constraints
from probe.facts import extensions as decode
from probe.facts.certificate import Certificate
from probe.facts.encoding import der
from probe.facts.remembered import remembered


class Known(Struct, frozen=True):
    """What a person calls an extension, and what raises ValueError when its value is none of its kind."""

    name: str
    decoder: Callable[[bytes], object]


def ill_formed(name: decode.GeneralName) -> bool:
    """Whether crypt32 refuses the name, and with it all others: NUL or no IA5 in it (Wine tests chain27).

    Inferred for what is no GeneralName at all (RFC 5280 section 4.2.1.6): of no kind that there is, or of
    another form than its kind has.
    """
    if name.kind in _TEXTUAL:
        return b"\x00" in name.value or not name.value.isascii()
    check = _FORMS.get(name.kind)
    if check is None:
        return name.kind > decode.REGISTERED_ID
    try:
        check(name.value)
    except ValueError:
        return True
    return False


_TEXTUAL = frozenset({decode.DNS_NAME, decode.RFC822_NAME, decode.URI})


def _other_name(content: bytes) -> None:
    identifier, value = der.members(content)
    der.oid(der.whole(identifier))
    if value.tag_bytes != b"\xa0":
        raise ValueError("an otherName without its value")


_FORMS: dict[int, Callable[[bytes], object]] = {
    decode.OTHER_NAME: _other_name,
    decode.DIRECTORY_NAME: der.items,
    decode.REGISTERED_ID: lambda content: der.oid(der.wrap(0x06, content)),
}


def _alternative_names(encoded: bytes) -> tuple[decode.GeneralName, ...]:
    names = decode.general_names(encoded)
    if any(map(ill_formed, names)):
        raise ValueError("a name has what it cannot have in it")
    return names


# Of those that nothing here reads, only the frame is looked at.
KNOWN: dict[str, Known] = {
    decode.BASIC_CONSTRAINTS: Known("basic constraints", decode.basic_constraints),
    decode.OBSOLETE_BASIC_CONSTRAINTS: Known("obsolete basic constraints", decode.obsolete_basic_constraints),
    decode.KEY_USAGE: Known("key usage", decode.key_usage),
    decode.EXTENDED_KEY_USAGE: Known("enhanced key usage", decode.extended_key_usage),
    decode.APPLICATION_POLICIES: Known("application policies", constraints.certificate_policies),
    decode.APPLICATION_POLICY_MAPPINGS: Known("application policy mappings", constraints.policy_mappings),
    decode.APPLICATION_POLICY_CONSTRAINTS: Known(
        "application policy constraints", constraints.policy_constraints
    ),
    decode.NAME_CONSTRAINTS: Known("name constraints", constraints.name_constraints),
    decode.SUBJECT_ALTERNATIVE_NAME: Known("subject alternative name", _alternative_names),
    decode.OBSOLETE_SUBJECT_ALTERNATIVE_NAME: Known("obsolete subject alternative name", _alternative_names),
    decode.AUTHORITY_KEY_IDENTIFIER: Known("authority key identifier", decode.authority_key_identifier),
    decode.SUBJECT_KEY_IDENTIFIER: Known("subject key identifier", decode.subject_key_identifier),
    decode.CERTIFICATE_POLICIES: Known("certificate policies", constraints.certificate_policies),
    decode.POLICY_MAPPINGS: Known("policy mappings", constraints.policy_mappings),
    decode.POLICY_CONSTRAINTS: Known("policy constraints", constraints.policy_constraints),
    decode.INHIBIT_ANY_POLICY: Known("inhibitAnyPolicy", constraints.inhibit_any_policy),
    decode.CRL_DISTRIBUTION_POINTS: Known("CRL distribution points", decode.crl_distribution_points),
    decode.FRESHEST_CRL: Known("freshest CRL", decode.crl_distribution_points),
    decode.AUTHORITY_INFORMATION_ACCESS: Known(
        "authority information access", decode.authority_information_access
    ),
    "2.5.29.1": Known("obsolete authority key identifier", der.items),  # szOID_AUTHORITY_KEY_IDENTIFIER
    "2.5.29.2": Known("key attributes", der.items),  # szOID_KEY_ATTRIBUTES
    "2.5.29.4": Known("key usage restriction", der.items),  # szOID_KEY_USAGE_RESTRICTION
    "2.5.29.5": Known("legacy policy mappings", der.items),  # szOID_LEGACY_POLICY_MAPPINGS
    "2.5.29.8": Known("obsolete issuer alternative name", decode.general_names),  # szOID_ISSUER_ALT_NAME
    "2.5.29.18": Known("issuer alternative name", decode.general_names),  # szOID_ISSUER_ALT_NAME2
    "1.3.6.1.4.1.311.10.9.1": Known("cross-certificate points", der.items),  # szOID_CROSS_CERT_DIST_POINTS
    "1.3.6.1.4.1.311.20.2": Known("template name", der.single),  # szOID_ENROLL_CERTTYPE_EXTENSION
    "1.3.6.1.4.1.311.21.1": Known("CA version", der.single),  # szOID_CERTSRV_CA_VERSION
    "1.3.6.1.4.1.311.21.2": Known("previous CA hash", der.single),  # szOID_CERTSRV_PREVIOUS_CERT_HASH
    "1.3.6.1.4.1.311.21.7": Known("template", der.items),  # szOID_CERTIFICATE_TEMPLATE
    "1.3.6.1.5.5.7.48.1.5": Known("OCSP no check", der.single),  # szOID_PKIX_OCSP_NOCHECK
}


def undecodable(certificate: Certificate) -> str | None:
    """The name of the first extension that is critical, known and cannot be decoded, or None."""
    for extension in certificate.extensions:
        known = KNOWN.get(extension.oid) if extension.critical else None
        if known is not None and not _decodes(extension.oid, extension.value):
            return known.name
    return None


@remembered(entries=512, longest=100)  # key usage and basic constraints are mostly the same few bytes
def _decodes(oid: str, value: bytes) -> bool:
    try:
        KNOWN[oid].decoder(value)
    except ValueError:
        return False
    return True
