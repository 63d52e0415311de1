"""Certificate properties of Windows (CERT_*_PROP_ID of wincrypt.h) as RootProperties.

The same property numbers appear in a serialized store, in a live store, and below
1.3.6.1.4.1.311.10.11 in a certificate trust list. Times are FILETIME: 100 ns since 1601, UTC.

A property that is present but empty counts as not set: Microsoft's list of July 2025 carries an empty
CERT_DISALLOWED_FILETIME for two roots whose distrust it had taken back (VeriSign Class 3 G5, thawte Primary
Root CA). What a CERT_NOT_BEFORE_FILETIME means is the judgement's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography.hazmat import asn1

from probe.errors import TrustStoreError
from probe.facts.encoding import der
from probe.facts.extensions import ANY_EXTENDED_KEY_USAGE
from probe.facts.trust_store import NO_PROPERTIES, RootProperties

ENHKEY_USAGE = 9
FRIENDLY_NAME = 11
KEY_IDENTIFIER = 20
SUBJECT_NAME_MD5 = 29
DISALLOWED_FILETIME = 104
DISALLOWED_ENHKEY_USAGE = 122
NOT_BEFORE_FILETIME = 126
NOT_BEFORE_ENHKEY_USAGE = 127

# Those that a root's properties are made of.
READ = (
    ENHKEY_USAGE,
    FRIENDLY_NAME,
    DISALLOWED_FILETIME,
    DISALLOWED_ENHKEY_USAGE,
    NOT_BEFORE_FILETIME,
    NOT_BEFORE_ENHKEY_USAGE,
)
_TRUSTED, _REJECTED = b"\x30", b"\xa0"  # of X509_CERT_AUX, OpenSSL's crypto/x509/x_x509a.c
_FILETIME_BYTES = 8
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


def root_properties(values: Mapping[int, bytes], *, automatic: bool = False) -> RootProperties:
    """The properties of a root from their encoded values by property number; others are not looked at.

    Raises:
        TrustStoreError: a value is not what its number says it is.
    """
    if not automatic and not any(values.get(number) for number in READ):
        return NO_PROPERTIES
    refused = _usages(values.get(DISALLOWED_ENHKEY_USAGE)) or ()
    enabled = _usages(values.get(ENHKEY_USAGE))
    return RootProperties(
        usages=None if enabled is None else tuple(usage for usage in enabled if usage not in refused),
        disallowed_after=_moment(values.get(DISALLOWED_FILETIME)),
        not_before=_moment(values.get(NOT_BEFORE_FILETIME)),
        not_before_usages=_usages(values.get(NOT_BEFORE_ENHKEY_USAGE)),
        friendly_name=_text(values.get(FRIENDLY_NAME)),
        automatic=automatic,
        disallowed_usages=refused,
    )


def openssl_trust(encoded: bytes) -> RootProperties:
    """What OpenSSL's trust settings behind a certificate (X509_CERT_AUX) leave it trusted for.

    Read as OpenSSL reads them (crypto/x509/x509_trust.c, obj_trust): what is rejected is refused, and where
    usages are trusted by name no other is. A distribution's bundle of this kind also holds what it distrusts.

    Raises:
        TrustStoreError: they cannot be decoded.
    """
    if not encoded:
        return NO_PROPERTIES
    try:
        parts = {part.tag_bytes: part for part in der.items(encoded)}
        trusted = _listed(parts.get(_TRUSTED))
        rejected = _listed(parts.get(_REJECTED)) or ()
    except ValueError as refused:
        raise TrustStoreError("has trust settings that cannot be decoded: get an undamaged copy") from refused
    if ANY_EXTENDED_KEY_USAGE in rejected:
        return RootProperties(usages=())
    everything = trusted is None or ANY_EXTENDED_KEY_USAGE in trusted
    return RootProperties(
        usages=None if everything else tuple(usage for usage in trusted or () if usage not in rejected),
        disallowed_usages=rejected,
    )


def _listed(part: asn1.TLV | None) -> tuple[str, ...] | None:
    if part is None:
        return None
    return tuple(der.oid(der.whole(usage)) for usage in der.members(bytes(part.data)))


def _usages(encoded: bytes | None) -> tuple[str, ...] | None:
    """The OIDs of an encoded EnhancedKeyUsage: None when it is not set, () when it allows nothing."""
    if not encoded:
        return None
    try:
        return _decoded_usages(encoded)
    except ValueError as refused:
        raise TrustStoreError("is damaged: a key usage property cannot be decoded") from refused


@lru_cache(maxsize=256)
def _decoded_usages(encoded: bytes) -> tuple[str, ...]:
    # The 514 roots of Microsoft's list share some 80 values.
    return tuple(der.oid(der.whole(usage)) for usage in der.items(encoded))


def _moment(encoded: bytes | None) -> datetime | None:
    if not encoded:
        return None
    if len(encoded) != _FILETIME_BYTES:
        raise TrustStoreError("is damaged: a time property does not have eight bytes")
    try:
        return _EPOCH + timedelta(microseconds=int.from_bytes(encoded, "little") // 10)
    except OverflowError:
        return _LAST  # beyond the year 9999, which Windows accepts as "never"


def _text(encoded: bytes | None) -> str | None:
    if not encoded:
        return None
    return encoded.decode("utf-16-le", "replace").split("\0", 1)[0] or None
