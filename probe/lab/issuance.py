"""Issuing one certificate from options alone: what authority.py's roles are made of.

A certificate is assembled from DER, because builders refuse most of what a partner can get wrong. Roles and
sensible defaults are authority.py's; nothing is checked here, because checking is what the result is for.
"""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from secrets import randbits
from typing import Any, Literal, TypedDict, Unpack

from probe.facts.certificate import Certificate, Extension
from probe.facts.encoding import der
from probe.lab import certificate_extensions as encoding
from probe.lab import keys
from probe.lab.keys import HashName, KeyKind, PrivateKey

_UTF8_STRING = 0x0C
_COMMON_NAME = "2.5.4.3"
_ORGANIZATION = "2.5.4.10"


class Options(TypedDict, total=False):
    """What can be told of a certificate. Everything is optional; None leaves the extension out."""

    # Names. `subject` and `issuer_name` replace the whole name: attributes in order, or its DER.
    common_names: Sequence[str]
    organization: str | None
    subject: Sequence[tuple[str, str]] | bytes
    issuer_name: Sequence[tuple[str, str]] | bytes
    # Subject alternative name. Text goes in unchecked; `other_names` are encoded GeneralNames.
    dns_names: Sequence[str | bytes]
    ip_addresses: Sequence[str | bytes]
    other_names: Sequence[bytes]
    san_oid: str
    san_critical: bool
    # Outer fields.
    not_before: datetime
    not_after: datetime
    serial: int
    version: Literal[1, 2, 3]
    # Keys and signature. `signed_by`: sign with this key instead of the issuer's.
    key: KeyKind | PrivateKey
    hash: HashName
    signed_by: PrivateKey
    signature_oid: str
    outer_signature_oid: str
    tampered: bool
    # Constraints. `ca` None: no basic constraints at all.
    ca: bool | None
    path_length: int | None
    basic_constraints_critical: bool
    key_usage: Sequence[str] | None
    usages: Sequence[str] | None
    permitted_dns: Sequence[str]
    excluded_dns: Sequence[str]
    permitted_ips: Sequence[str]
    excluded_ips: Sequence[str]
    subtree_minimum: int
    policies: Sequence[str]
    # Key identifiers: None leaves out, bytes replace, absent means the right one.
    subject_key_identifier: bytes | None
    authority_key_identifier: bytes | None
    authority_serial: int | None
    # Where things are.
    aia_urls: Sequence[str]
    ocsp_urls: Sequence[str]
    crl_urls: Sequence[str]
    # Anything else, after the others.
    extensions: Sequence[Extension]


@dataclass(frozen=True)
class Credential:
    """A certificate with its private key and the credential that issued it (None: itself, or nobody)."""

    # Not slotted: cached_property keeps the PEM texts in the instance dictionary.
    certificate: Certificate
    key: PrivateKey = field(repr=False)
    issuer: Credential | None = field(default=None, repr=False)

    @property
    def der(self) -> bytes:
        """The DER of the certificate."""
        return self.certificate.der

    @cached_property
    def pem(self) -> str:
        """The certificate as PEM."""
        return certificate_pem(self.certificate)

    @cached_property
    def key_pem(self) -> str:
        """The private key as unencrypted PKCS #8 PEM."""
        return keys.private_pem(self.key)

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """The certificate and its issuers, end-entity first, root last."""
        return (self.certificate, *(self.issuer.chain if self.issuer else ()))

    def chain_pem(self, *, with_root: bool = False) -> str:
        """The chain as PEM, as a server is configured with it: without its root unless asked for."""
        chain = self.chain if with_root or len(self.chain) == 1 else self.chain[:-1]
        return "".join(certificate_pem(certificate) for certificate in chain)


def certificate_pem(certificate: Certificate) -> str:
    """A certificate as PEM (RFC 7468), also one that no decoder can read."""
    lines = textwrap.wrap(base64.b64encode(certificate.der).decode("ascii"), 64)
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])


def issue(issuer: Credential | None, *, slot: str = "", **options: Unpack[Options]) -> Credential:
    """A certificate made of the options alone; self-signed when there is no issuer.

    `slot` chooses the pooled key of slow kinds (see keys.private_key). No option, no extension, except the
    key identifiers, which are left out by None.

    Raises:
        UsageError: the key and the hash do not go together, or there is no such kind of key.
    """
    chosen = options.get("key", "p256")
    key = keys.private_key(chosen, slot) if isinstance(chosen, str) else chosen
    signer = options.get("signed_by", issuer.key if issuer else key)
    hash_name = options.get("hash", "sha256")
    oid, parameters = keys.signature_algorithm(signer, hash_name)
    inner = _algorithm(options.get("signature_oid", oid), parameters)
    outer = _algorithm(options.get("outer_signature_oid", options.get("signature_oid", oid)), parameters)
    signed = _to_be_signed(options, key, issuer, inner)
    signature = keys.sign(signer, signed, hash_name)
    if options.get("tampered"):
        signature = signature[:-1] + bytes([signature[-1] ^ 1])
    encoded = encoding.sequence(signed, outer, der.wrap(0x03, b"\0" + signature))
    return Credential(Certificate(encoded), key, issuer)


def name(attributes: Sequence[tuple[str, str]] | bytes) -> bytes:
    """A Name, DER: one RDN for each (dotted OID, text), the text as UTF8String; bytes are passed through."""
    if isinstance(attributes, bytes):
        return attributes
    pairs = (
        encoding.sequence(encoding.object_identifier(oid), der.wrap(_UTF8_STRING, text.encode()))
        for oid, text in attributes
    )
    return encoding.sequence(*(der.wrap(0x31, pair) for pair in pairs))


def _algorithm(oid: str, parameters: bytes | None) -> bytes:
    return encoding.sequence(encoding.object_identifier(oid), parameters or b"")


def _to_be_signed(options: Options, key: PrivateKey, issuer: Credential | None, algorithm: bytes) -> bytes:
    version = options.get("version", 3)
    subject = _subject(options)
    issued_by = options.get("issuer_name", issuer.certificate.subject.der if issuer else subject)
    now = datetime.now(UTC)
    written = _extensions(options, key, issuer) if version == 3 else ()
    return encoding.sequence(
        der.wrap(0xA0, encoding.integer(version - 1)) if version > 1 else b"",
        encoding.integer(options.get("serial", randbits(120) | 1 << 119)),
        algorithm,
        name(issued_by),
        encoding.sequence(
            _time(options.get("not_before", now - timedelta(days=1))),
            _time(options.get("not_after", now + timedelta(days=90))),
        ),
        subject,
        keys.public_key_info(key),
        der.wrap(0xA3, encoding.sequence(*map(encoding.encode, written))) if written else b"",
    )


def _subject(options: Options) -> bytes:
    if "subject" in options:
        return name(options["subject"])
    organization = options.get("organization", "Lab Partner")
    attributes = [(_ORGANIZATION, organization)] if organization else []
    return name(attributes + [(_COMMON_NAME, common_name) for common_name in options.get("common_names", ())])


def _time(moment: datetime) -> bytes:
    """UTCTime through 2049, GeneralizedTime from then on (RFC 5280 section 4.1.2.5)."""
    utc = moment.astimezone(UTC)
    if 1950 <= utc.year < 2050:
        return der.wrap(0x17, utc.strftime("%y%m%d%H%M%SZ").encode("ascii"))
    return der.wrap(0x18, f"{utc.year:04}{utc:%m%d%H%M%S}Z".encode("ascii"))


def _extensions(options: Options, key: PrivateKey, issuer: Credential | None) -> tuple[Extension, ...]:
    parts = (
        *_identifiers(options, key, issuer),
        *_usages(options),
        *_alternative_names(options),
        *_constraints(options),
        *_locations(options),
        *options.get("extensions", ()),
    )
    return tuple(parts)


def _identifiers(options: Options, key: PrivateKey, issuer: Credential | None) -> list[Extension]:
    own = _identifier(key)
    subject = options.get("subject_key_identifier", own)
    authority = options.get("authority_key_identifier", _identifier(issuer.key) if issuer else own)
    serial = options.get("authority_serial")
    found = [] if subject is None else [encoding.subject_key_identifier(subject)]
    if authority is not None or serial is not None:
        issued_by = issuer.certificate.issuer.der if issuer and serial is not None else None
        found.append(encoding.authority_key_identifier(authority, issued_by, serial))
    return found


def _identifier(key: PrivateKey) -> bytes:
    return encoding.key_identifier(keys.public_key_bits(key))


def _usages(options: Options) -> list[Extension]:
    bits, usages = options.get("key_usage"), options.get("usages")
    found = [] if bits is None else [encoding.key_usage(bits)]
    return found if usages is None else [*found, encoding.extended_key_usage(usages)]


def _alternative_names(options: Options) -> list[Extension]:
    names = [encoding.dns_name(text) for text in options.get("dns_names", ())]
    names += [encoding.ip_address(address) for address in options.get("ip_addresses", ())]
    names += options.get("other_names", ())
    if not names:
        return []
    oid = options.get("san_oid", encoding.SUBJECT_ALTERNATIVE_NAME)
    return [encoding.subject_alternative_name(names, oid=oid, critical=options.get("san_critical", False))]


def _constraints(options: Options) -> list[Extension]:
    found = []
    ca = options.get("ca")
    if ca is not None:
        critical = options.get("basic_constraints_critical", True)
        found.append(
            encoding.basic_constraints(ca=ca, path_length=options.get("path_length"), critical=critical)
        )
    permitted, excluded = _trees(options, "permitted"), _trees(options, "excluded")
    if permitted or excluded:
        minimum = options.get("subtree_minimum", 0)
        found.append(encoding.name_constraints(permitted, excluded, minimum=minimum))
    if options.get("policies"):
        found.append(encoding.certificate_policies(options["policies"]))
    return found


def _trees(options: Options, role: Literal["permitted", "excluded"]) -> list[bytes]:
    given: dict[str, Any] = dict(options)
    dns = [encoding.dns_name(text) for text in given.get(f"{role}_dns", ())]
    return dns + [encoding.ip_network(network) for network in given.get(f"{role}_ips", ())]


def _locations(options: Options) -> list[Extension]:
    issuers, ocsp = options.get("aia_urls", ()), options.get("ocsp_urls", ())
    found = [encoding.authority_information_access(issuers, ocsp)] if issuers or ocsp else []
    crls = options.get("crl_urls")
    return [*found, encoding.crl_distribution_points(crls)] if crls else found
