"""Which kind of store a file is, by its content alone, and its contents.

Names and extensions are not looked at: `.cer`, `.crt` and `.p7b` are used for DER and PEM alike, and a
download that failed is often an HTML page under the right name. Says what to do about files that are
commonly given by mistake.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import replace

from probe.errors import TrustStoreError
from probe.facts.certificate import Certificate
from probe.stores import contents, pem, shape
from probe.stores.contents import CertificateInStore, Contents
from probe.stores.shape import DerShape, shape_of

SERIALIZED_STORE_MAGIC = b"\x00\x00\x00\x00CERT"  # version 0, fileType 0x54524543: MS-OSHARED 2.3.9.1
_TRUSTED_LABEL = "TRUSTED CERTIFICATE"
# certutil -encode and Windows' certificate services write the first over whatever they encode.
_LABELS = {"CERTIFICATE", "X509 CERTIFICATE", "PKCS7", "PKCS #7 SIGNED DATA", "CMS"}
_UTF16_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_DER_SEQUENCE = b"\x30"
_LONG_LENGTHS = (b"\x81", b"\x82", b"\x83", b"\x84")  # no text goes on like this after a "0"
_FILLING = b" \t\r\n\0"
_UTF8_MARK = b"\xef\xbb\xbf"
_BASE64_TEXT = re.compile(rb"[A-Za-z0-9+/=\s]+\Z")
_BASE64_PIECE = re.compile(rb"[^=]+=*")
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
# Print-outs: certutil -store and -dump in any language, a registry export, PowerShell's lists and tables,
# openssl x509 -text, keytool -list.
_PRINTED = re.compile(
    rb"={6,} \S+ 0 ={6,}|\bCertUtil: |X509[ -][CZ]ertifi|^(?:Windows Registry Editor|REGEDIT4)|PSParentPath: "
    rb"|^\s*Thumbprint\b|^Certificate:\s+Data:|Certificate fingerprint",
    re.M,
)
_EXPORT = (
    "is a print-out about certificates, without the certificates: export them (`Get-ChildItem "
    "Cert:\\LocalMachine\\Root | Export-Certificate -Type SST -FilePath roots.sst` in PowerShell)"
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
    found = _read_binary(data)
    if found is None:
        found = _read_text(data)
    if found.empty:
        raise NoCertificatesError("holds no certificate")
    return found


def _read_binary(data: bytes) -> Contents | None:
    """The contents of a serialized store or of DER; None for what is neither."""
    if data.startswith(SERIALIZED_STORE_MAGIC):
        from probe.stores import serialized_store

        return serialized_store.read(data)
    if (kind := shape_of(data)) is not DerShape.OTHER:
        return _read_der(data, kind)
    if data[:1] == _DER_SEQUENCE and data[1:2] in _LONG_LENGTHS:
        raise TrustStoreError("is cut off or damaged (DER): get an undamaged copy")
    return None


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
    data = _in_one_encoding(data)
    if pem.BEGIN in data:
        return _read_pem(data)
    for magic, advice in _MISTAKES:
        if data.startswith(magic):
            raise NoCertificatesError(advice)
    if _HTML.match(data[:2048]):
        raise NoCertificatesError("is an HTML page, not certificates: download the file itself again")
    if _BASE64_TEXT.match(data):
        return _read_bare_base64(data)
    if _PRINTED.search(data[:65_536]):
        raise NoCertificatesError(_EXPORT)
    raise NoCertificatesError(
        "is none of PEM, DER, PKCS #7, PKCS #12, a Windows serialized store (SST) and a certificate trust "
        "list (STL)"
    )


def _in_one_encoding(data: bytes) -> bytes:
    """The text without its mark; as ASCII where it is UTF-16, as Windows PowerShell 5 redirects."""
    codec = _UTF16_MARKS.get(data[:2])
    if codec is None:
        codec = next((c for c in _UTF16_MARKS.values() if pem.BEGIN.decode().encode(c) in data), None)
    if codec is not None:
        return data.decode(codec, "replace").lstrip("\ufeff").encode("ascii", "replace")
    return data.removeprefix(_UTF8_MARK)


def _read_bare_base64(data: bytes) -> Contents:
    """Base64 without the lines around it, as some consoles offer certificates for download; also several."""
    pieces = _BASE64_PIECE.findall(data.translate(None, b" \t\r\n"))
    try:
        decoded = b"".join(binascii.a2b_base64(piece, strict_mode=True) for piece in pieces)
    except binascii.Error:
        decoded = b""
    found = _read_binary(decoded)
    if found is None:
        raise NoCertificatesError("is text without certificates")
    return found


def _read_pem(data: bytes) -> Contents:
    """The certificates of every block; keys, requests, revocation lists and parameters are passed over."""
    parts: list[Contents] = []
    keys = 0
    for block in pem.blocks(data):
        if block.label == _TRUSTED_LABEL:
            parts.append(_read_trusted(block))
        elif block.label in _LABELS:
            parts.append(_read_block(block))
        elif block.label.endswith("KEY"):
            keys += 1
        contents.bounded(len(parts))
    if keys and not parts:
        raise KeyOnlyError("is a key, not certificates")
    return _distinct(contents.merged(parts))


def _distinct(found: Contents) -> Contents:
    return replace(found, entries=tuple(dict.fromkeys(found.entries)))


def _read_block(block: pem.Block) -> Contents:
    """What one block holds, whatever of what probe knows that is."""
    decoded = block.decoded()
    where = f"block {block.number} ({block.label})"
    try:
        found = _read_binary(decoded)
    except TrustStoreError as refused:
        raise TrustStoreError(f"{where} {refused}") from refused
    if found is None:
        raise TrustStoreError(f"{where} holds no certificate: get an undamaged copy")
    return found


def _read_trusted(block: pem.Block) -> Contents:
    """A certificate of OpenSSL's, behind which stands what it is trusted and rejected for."""
    from probe.stores.properties import openssl_trust

    decoded = block.decoded()
    end = shape.value_end(decoded)
    if end is None or shape_of(decoded) is not DerShape.CERTIFICATE:
        raise TrustStoreError(
            f"block {block.number} ({block.label}) holds no certificate: get an undamaged copy"
        )
    try:
        trust = openssl_trust(decoded[end:])
    except TrustStoreError as refused:
        raise TrustStoreError(f"block {block.number} ({block.label}) {refused}") from refused
    return Contents((CertificateInStore(Certificate(decoded[:end]), trust),))
