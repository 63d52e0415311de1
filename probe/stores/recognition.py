"""Which kind of store a file is, by its content alone, and its contents.

Names and extensions are not looked at: `.cer`, `.crt` and `.p7b` are used for DER and PEM alike, and a
download that failed is often an HTML page under the right name. Says what to do about files that are
commonly given by mistake.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from probe.errors import TrustStoreError
from probe.stores import contents, limits, pem, shape
from probe.stores.contents import Contents
from probe.stores.shape import DerShape, shape_of

SERIALIZED_STORE_MAGIC = b"\x00\x00\x00\x00CERT"  # version 0, fileType 0x54524543: MS-OSHARED 2.3.9.1
_CERTIFICATE_LABELS = {"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"}
_BAG_LABELS = {"PKCS7", "PKCS #7 SIGNED DATA", "CMS"}
_UTF16_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_DER_SEQUENCE = 0x30
_LONG_LENGTHS = (b"\x81", b"\x82", b"\x83", b"\x84")  # no text goes on like this after a "0"
_FILLING = b" \t\r\n\0"
_BASE64_TEXT = re.compile(rb"[A-Za-z0-9+/=\s]+\Z")
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,512}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)

# Files that are given by mistake, by their first bytes, and what to do with each.
_MISTAKES = (
    (
        b"MSCF",
        "is a cabinet file: extract it first (`expand -F:* FILE .` on Windows, `cabextract` elsewhere)",
    ),
    (b"PK\x03\x04", "is a ZIP archive: extract it first"),
    (b"\x1f\x8b", "is a gzip archive: extract it first"),
    (b"\xfe\xed\xfe\xed", "is a Java key store: export it with `keytool -exportcert -rfc`"),
    (b"%PDF", "is a PDF document, not certificates"),
)
_NOT_CERTIFICATES = {
    DerShape.REVOCATION_LIST: "is a certificate revocation list, not certificates",
    DerShape.REQUEST: "is a certificate request: give the certificate that was issued for it",
}


class NoCertificatesError(TrustStoreError):
    """The content is whole, but of no kind that holds certificates (or it holds none)."""


class KeyOnlyError(NoCertificatesError):
    """The content is a key: no store, and no damage either where keys and certificates lie together."""


def read(data: bytes) -> Contents:
    """The contents of a store file of any kind that probe knows.

    Raises:
        NoCertificatesError: it is of another kind, or holds no certificate.
        TrustStoreError: it is of a known kind and damaged, locked, or over a limit.
    """
    if not data.strip(_FILLING):
        raise NoCertificatesError("is empty")
    if data.startswith(SERIALIZED_STORE_MAGIC):
        from probe.stores import serialized_store

        found = serialized_store.read(data)
    elif (kind := shape_of(data)) is not DerShape.OTHER:
        found = _read_der(data, kind)
    elif data[0] == _DER_SEQUENCE and data[1:2] in _LONG_LENGTHS:
        raise TrustStoreError("is cut off or damaged (DER): get an undamaged copy")
    else:
        found = _read_text(data)
    if found.empty:
        raise NoCertificatesError("holds no certificate")
    return found


def _read_der(data: bytes, kind: DerShape) -> Contents:
    # Imported when met: most runs read one PEM file and need none of these decoders.
    if kind is DerShape.CERTIFICATE:
        return contents.of_certificates(_concatenated(data))
    if kind is DerShape.PKCS12:
        from probe.stores import pkcs12

        return pkcs12.read(data)
    if kind is DerShape.CONTENT_INFO:
        from probe.stores import signed_data

        return signed_data.read(data)
    if kind is DerShape.KEY:
        raise KeyOnlyError("is a key, not certificates")
    raise NoCertificatesError(_NOT_CERTIFICATES.get(kind, "holds no certificate"))


def _concatenated(data: bytes) -> Iterator[bytes]:
    """Certificates that follow each other without anything between, as `cat *.der` leaves them."""
    position = 0
    while data[position:].strip(_FILLING) if position >= len(data) - 64 else True:
        end = shape.value_end(data, position)
        if end is None or shape_of(data[position:end]) is not DerShape.CERTIFICATE:
            raise TrustStoreError(f"is damaged: after {position} bytes no further certificate begins")
        yield data[position:end]
        position = end


def _read_text(data: bytes) -> Contents:
    codec = _UTF16_MARKS.get(data[:2])
    if codec is not None:
        # Windows PowerShell 5 writes redirected output as UTF-16.
        data = data[2:].decode(codec, "replace").encode("ascii", "replace")
    if pem.BEGIN in data:
        return _read_pem(data)
    for magic, advice in _MISTAKES:
        if data.startswith(magic):
            raise NoCertificatesError(advice)
    if _HTML.match(data[:2048]):
        raise NoCertificatesError("is an HTML page, not certificates: download the file itself again")
    if _BASE64_TEXT.match(data):
        return _read_bare_base64(data)
    raise NoCertificatesError(
        "is none of PEM, DER, PKCS #7, PKCS #12, a Windows serialized store (SST) and a certificate trust "
        "list (STL)"
    )


def _read_bare_base64(data: bytes) -> Contents:
    """Base64 without the lines around it, as some consoles offer certificates for download."""
    try:
        decoded = binascii.a2b_base64(data.translate(None, b" \t\r\n"), strict_mode=True)
    except binascii.Error:
        decoded = b""
    kind = shape_of(decoded)
    if kind is DerShape.OTHER:
        raise NoCertificatesError("is text without certificates")
    return _read_der(decoded, kind)


def _read_pem(data: bytes) -> Contents:
    """The certificates of every block; keys, requests, revocation lists and parameters are passed over."""
    encoded: list[bytes] = []
    bags: list[Contents] = []
    keys = 0
    for block in pem.blocks(data):
        if block.label in _CERTIFICATE_LABELS:
            encoded.append(_certificate_in(block))
            contents.bounded(len(encoded))
        elif block.label in _BAG_LABELS:
            from probe.stores import signed_data

            bags.append(signed_data.read(block.decoded()))
            if len(bags) > limits.MAX_FOLDER_ENTRIES:
                raise TrustStoreError(f"holds more than {limits.MAX_FOLDER_ENTRIES:,} PKCS #7 blocks")
        elif block.label.endswith("KEY"):
            keys += 1
    if keys and not encoded and not bags:
        raise KeyOnlyError("is a key, not certificates")
    return contents.merged([contents.of_certificates(encoded), *bags])


def _certificate_in(block: pem.Block) -> bytes:
    decoded = block.decoded()
    # What may follow is OpenSSL's own trust data (TRUSTED CERTIFICATE), which Windows does not have.
    end = shape.value_end(decoded)
    if end is None or shape_of(decoded) is not DerShape.CERTIFICATE:
        raise TrustStoreError(
            f"block {block.number} ({block.label}) holds no certificate: get an undamaged copy"
        )
    return decoded[:end]
