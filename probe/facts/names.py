"""Distinguished names: the exact bytes, by which CryptoAPI compares them, and a readable form.

CertCompareCertificateName compares the encoded blobs byte for byte, so the DER is the identity of a name
and the attributes are only a view. Decoding is lenient: a string that no decoder accepts is shown as
Latin-1 and never makes a name unreadable. This module matches no host names (judge.hostname does).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cryptography.hazmat import asn1

from probe.escaping import in_words
from probe.facts.encoding import ber, der
from probe.facts.encoding.der import ObjectIdentifier

COMMON_NAME = "2.5.4.3"
DOMAIN_COMPONENT = "0.9.2342.19200300.100.1.25"
EMAIL_ADDRESS = "1.2.840.113549.1.9.1"

# Short names as .NET's X500DistinguishedName prints them (CertNameToStr with CERT_X500_NAME_STR).
SHORT_NAMES = {
    COMMON_NAME: "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "SERIALNUMBER",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "S",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "T",
    "2.5.4.17": "PostalCode",
    "2.5.4.42": "G",
    "2.5.4.43": "I",
    DOMAIN_COMPONENT: "DC",
    EMAIL_ADDRESS: "E",
}

_BMP_STRING = 0x1E
_UNIVERSAL_STRING = 0x1C
_UTF8_STRING = 0x0C
_STRING_CODECS = {_BMP_STRING: "utf-16-be", _UNIVERSAL_STRING: "utf-32-be", _UTF8_STRING: "utf-8"}


@asn1.sequence
class _AttributeTypeAndValue:
    type: ObjectIdentifier
    value: asn1.TLV


@asn1.sequence
class _Sets:
    sets: list[asn1.SetOf[_AttributeTypeAndValue]]


@dataclass(frozen=True)
class Name:
    """A distinguished name. `der` is the whole encoded Name and the only thing that equality looks at."""

    # Not slotted: cached_property keeps the decoded view in the instance dictionary.
    der: bytes

    @cached_property
    def attributes(self) -> tuple[tuple[str, str], ...]:
        """(OID, text) of every attribute, in encoded order; () if the name cannot be decoded."""
        try:
            return tuple(pair for rdn in self.rdns for pair in rdn)
        except ValueError:
            return ()

    @cached_property
    def rdns(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """The attributes of each relative name, in encoded order.

        Raises:
            ValueError: the name cannot be decoded.
        """
        try:
            return _rdns(self.der)
        except ValueError:
            return _rdns(ber.minimal(self.der))

    def reads_like(self, other: Name) -> bool:
        """Whether both are one name but for case, spaces and string types (RFC 5280 section 7.1)."""
        try:
            return self._spoken == other._spoken
        except ValueError:
            return False

    @cached_property
    def _spoken(self) -> tuple[frozenset[tuple[str, str]], ...]:
        return tuple(
            frozenset((oid, " ".join(text.casefold().split())) for oid, text in rdn) for rdn in self.rdns
        )

    def values(self, oid: str) -> tuple[str, ...]:
        """Every value of one attribute type, in encoded order."""
        return tuple(text for found, text in self.attributes if found == oid)

    @property
    def common_names(self) -> tuple[str, ...]:
        """Every CN, in encoded order."""
        return self.values(COMMON_NAME)

    def __str__(self) -> str:
        """The name as .NET prints it: most specific first, `CN=mail.contoso.com, O=Contoso`."""
        return self._text

    @property
    def in_words(self) -> str:
        """The name for a sentence of ours: cut, and quoted where it reads like more than a name."""
        return in_words(self._text)

    @cached_property
    def _text(self) -> str:
        return ", ".join(
            f"{SHORT_NAMES.get(oid, 'OID.' + oid)}={_quoted(text)}" for oid, text in reversed(self.attributes)
        )


def _rdns(encoded: bytes) -> tuple[tuple[tuple[str, str], ...], ...]:
    try:
        sets = [rdn.as_list() for rdn in asn1.decode_der(_Sets, der.wrap(der.SEQUENCE, encoded)).sets]
    except ValueError:  # a SET in another order than DER's, or none at all: each is read by its content
        sets = [_members(bytes(rdn.data)) for rdn in der.items(encoded)]
    return tuple(tuple((pair.type.dotted_string, _text(pair.value)) for pair in pairs) for pairs in sets)


def _members(rdn: bytes) -> list[_AttributeTypeAndValue]:
    return [pair.parse(_AttributeTypeAndValue) for pair in der.members(rdn)]


def _text(value: asn1.TLV) -> str:
    data = bytes(value.data)
    codec = _STRING_CODECS.get(value.tag_bytes[0], "latin-1")
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _quoted(text: str) -> str:
    """Quote as CertNameToStr does where a value would be ambiguous."""
    if not text or text != text.strip() or any(mark in text for mark in ',+="\n<>#;'):
        return '"' + text.replace('"', '""') + '"'
    return text
