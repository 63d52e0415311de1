"""Certificates that no authority would make: the signed part of a sound one edited and signed again."""

from __future__ import annotations

from collections.abc import Callable

from probe.facts.encoding import ber, der
from probe.lab import certificate_extensions as encoding
from probe.lab import keys
from probe.lab.authority import Credential

Edit = Callable[[list[bytes]], list[bytes]]

# Places of the fields in the signed part of a certificate of version 3 (RFC 5280 section 4.1).
VERSION, SERIAL, ALGORITHM, ISSUER, VALIDITY, SUBJECT, KEY, EXTENSIONS = range(8)


def fields(encoded: bytes) -> list[bytes]:
    """The fields of the signed part of a certificate, each as encoded."""
    signed, *_ = ber.members(ber.value(encoded))
    return [member.whole for member in ber.members(signed)]


def resigned(credential: Credential, *edits: Edit, unused_bits: int = 0, after: bytes = b"") -> bytes:
    """The certificate with its signed part edited, signed by the key of its issuer (or its own)."""
    parts = fields(credential.der)
    for edit in edits:
        parts = edit(parts)
    signer = credential.issuer.key if credential.issuer else credential.key
    signed = encoding.sequence(*parts)
    oid, parameters = keys.signature_algorithm(signer, "sha256")
    algorithm = encoding.sequence(encoding.object_identifier(oid), parameters or b"")
    signature = keys.sign(signer, signed, "sha256")
    return encoding.sequence(signed, algorithm, der.wrap(0x03, bytes([unused_bits]) + signature), after)


def put(place: int, value: bytes) -> Edit:
    """Replace one field."""
    return lambda parts: [*parts[:place], value, *parts[place + 1 :]]


def append(value: bytes) -> Edit:
    """Add a field at the end."""
    return lambda parts: [*parts, value]


def drop(place: int) -> Edit:
    """Leave a field out."""
    return lambda parts: [*parts[:place], *parts[place + 1 :]]


def validity(starts: bytes | None = None, ends: bytes | None = None) -> Edit:
    """Replace one end of the validity, given as encoded."""

    def edit(parts: list[bytes]) -> list[bytes]:
        times = [member.whole for member in ber.members(ber.value(parts[VALIDITY]))]
        parts[VALIDITY] = encoding.sequence(starts or times[0], ends or times[1])
        return parts

    return edit


def extra_extension(encoded: bytes) -> Edit:
    """Add an extension, given as encoded."""

    def edit(parts: list[bytes]) -> list[bytes]:
        (block,) = ber.members(ber.value(parts[EXTENSIONS]))
        parts[EXTENSIONS] = der.wrap(0xA3, encoding.sequence(block.content, encoded))
        return parts

    return edit
