"""Every store format read by content, and every broken or mistaken file refused with one line."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs7,
    pkcs12,
)

from probe.errors import InputMissingError, TrustStoreError
from probe.facts.encoding import der
from probe.stores import limits
from probe.stores.loading import load

Roots = tuple[bytes, ...]
Writer = Callable[[Sequence[tuple[Mapping[int, bytes], bytes]]], bytes]


def pem(encoded: bytes, label: str = "CERTIFICATE") -> bytes:
    body = base64.encodebytes(encoded).decode()
    return f"-----BEGIN {label}-----\n{body}-----END {label}-----\n".encode()


def all_pem(roots: Roots) -> bytes:
    return b"".join(pem(root) for root in roots)


def bag(roots: Roots, encoding: Encoding = Encoding.DER) -> bytes:
    return pkcs7.serialize_certificates([x509.load_der_x509_certificate(root) for root in roots], encoding)


def indefinite(encoded: bytes) -> bytes:
    """The same ContentInfo with its outer length indefinite (BER), as old writers produced it."""
    outer, tagged = der.items(encoded)
    return b"\x30\x80" + der.whole(outer) + b"\xa0\x80" + bytes(tagged.data) + b"\0\0\0\0"


def pfx(roots: Roots, password: bytes | None) -> bytes:
    encryption = NoEncryption() if password is None else BestAvailableEncryption(password)
    certificates = [x509.load_der_x509_certificate(root) for root in roots]
    return pkcs12.serialize_key_and_certificates(b"roots", None, None, certificates, encryption)


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(all_pem, id="pem"),
        pytest.param(lambda roots: all_pem(roots).replace(b"\n", b"\r\n"), id="pem-crlf"),
        pytest.param(lambda roots: b"junk " + b"\n# words -- \n".join(map(pem, roots)), id="pem-with-junk"),
        pytest.param(lambda roots: b"<html>" + all_pem(roots), id="pem-in-html"),
        pytest.param(lambda roots: b"-----BEGIN \n" + all_pem(roots), id="pem-after-a-stray-begin"),
        pytest.param(lambda roots: pem(b"\x30\x00", "RSA PRIVATE KEY") + all_pem(roots), id="pem-with-a-key"),
        pytest.param(
            lambda roots: b"\xff\xfe" + all_pem(roots).decode().encode("utf-16-le"), id="pem-utf-16"
        ),
        pytest.param(lambda roots: b"\xef\xbb\xbf" + all_pem(roots), id="pem-utf-8-mark"),
        pytest.param(lambda roots: b"".join(pem(root, "X509 CERTIFICATE") for root in roots), id="pem-x509"),
        pytest.param(
            lambda roots: b"".join(pem(root + b"\x30\x03\x0c\x01x", "TRUSTED CERTIFICATE") for root in roots),
            id="pem-openssl-trusted",
        ),
        pytest.param(lambda roots: all_pem((*roots, *roots)), id="pem-with-duplicates"),
        pytest.param(lambda roots: all_pem(roots).decode().encode("utf-16-le"), id="pem-utf-16-without-mark"),
        pytest.param(lambda roots: pem(b"".join(roots)), id="pem-of-several-in-one-block"),
        pytest.param(lambda roots: pem(bag(roots)), id="pem-of-pkcs7-as-certificate-services-write-it"),
        pytest.param(lambda roots: pem(pfx(roots, None)), id="pem-of-pkcs12-as-certutil-encodes-it"),
        pytest.param(
            lambda roots: b"\xef\xbb\xbf" + base64.b64encode(bag(roots)), id="bare-base64-with-mark"
        ),
        pytest.param(
            lambda roots: b"\r\n".join(base64.b64encode(root) + b"\r\n" for root in roots),
            id="bare-base64-of-several",
        ),
        pytest.param(b"".join, id="der-one-after-the-other"),
        pytest.param(lambda roots: b"".join(roots) + b"\r\n\0", id="der-with-trailing-filling"),
        pytest.param(bag, id="pkcs7-der"),
        pytest.param(lambda roots: bag(roots, Encoding.PEM), id="pkcs7-pem"),
        pytest.param(lambda roots: indefinite(bag(roots)), id="pkcs7-ber"),
        pytest.param(lambda roots: base64.encodebytes(bag(roots)), id="pkcs7-bare-base64"),
        pytest.param(
            lambda roots: pem(bag(roots[:2]), "CMS") + pem(roots[2]), id="pkcs7-and-certificate-pem"
        ),
        pytest.param(lambda roots: pfx(roots, None), id="pkcs12-unencrypted"),
    ],
)
def test_a_format_gives_the_certificates(
    tmp_path: Path, roots: Roots, write: Callable[[Roots], bytes]
) -> None:
    file = tmp_path / "no-extension"
    file.write_bytes(write(roots))
    store = load([str(file)])
    assert sorted(root.der for root in store.roots) == sorted(roots)
    assert store.name == "no-extension"
    assert all(root.structure is not None for root in store.roots)


SERVER, EMAIL, ANY = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.4", "2.5.29.37.0"


def _settings(trusted: Sequence[str] = (), rejected: Sequence[str] = ()) -> bytes:
    """OpenSSL's X509_CERT_AUX."""

    def usages(tag: int, named: Sequence[str]) -> bytes:
        return (
            der.wrap(tag, b"".join(asn1.encode_der(x509.ObjectIdentifier(n)) for n in named))
            if named
            else b""
        )

    return der.wrap(0x30, usages(0x30, trusted) + usages(0xA0, rejected))


EMPTY_BAG = bytes.fromhex("302506092a864886f70d010702a01830160201013100300b06092a864886f70d010701a0003100")
# One certificate, written by `openssl pkcs12 -export -nokeys -passout pass:`: pyca writes no empty password.
EMPTY_PASSWORD = base64.b64decode(
    "MIIClwIBAzCCAk0GCSqGSIb3DQEHAaCCAj4EggI6MIICNjCCAjIGCSqGSIb3DQEHBqCCAiMwggIfAgEAMIICGAYJKoZIhvcN"
    "AQcBMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAioBh5n2izhLQICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQME"
    "ASoEEG0r7trky/2CmZ8+1KW5veqAggGwqnIZnVFeMroi1inhna4DBa81DYRsfHRz1bTLAPoVox4N4IVNMBiLBgqIw6Ch0Kic"
    "8B1RqVGtyGJSjcLTDt8cUjvAJIW57tnKP/1ge99Tj9dLjA5YRJbwN62JskGYNe2Nfz4g8JAnqGggM6uKf2e3Own8RMEBTe/d"
    "+ZB+M+c+DQT5G6Db/GWOSXZcrCGy/AxMVqyQdqBSxZkMXVAtL2fPbLoam3tSAey/0vZlKbRdfia+AJqTMFkVah7BgcesEJJd"
    "RaYfYL5HmbPOiGccpYkRva2v46azMs/jU9rM8m9wqwljxa1C7odRBbo2fsnjugu//FJbtEZa4GOY2E14f2pMSiVpUksoTXV+"
    "rRKnBwqAI1mC4mrnZRKm2BdGSTOiNCSpC1Aj5epK7j49Qb27JCP40CyNukYDMRp5jtOkc/COTv/IyKR2OuJBIx8Wbrqo8CrR"
    "Z2gduYRFWQ1jjilTzDoIrQ3PD69uEJKtWM7TtREPOLAAMj9OR5hWv9DiWYP1OU2CQIypxfQnl5WEF5R4EoNEst06G5myF03I"
    "gJBUvO0sHKrO/e7SeP1ShollodmOTTDHMEEwMTANBglghkgBZQMEAgEFAAQg+vt78mfwvdm5nVZ6YgX8D0YTncQ01KMsU4k/"
    "1tCcmr4ECLQQAFtpfcXLAgIIAA=="
)


def test_pkcs12_with_the_empty_password_opens(tmp_path: Path) -> None:
    file = tmp_path / "empty.p12"
    file.write_bytes(EMPTY_PASSWORD)
    assert [str(root.subject) for root in load([str(file)]).roots] == ["CN=R"]


def test_pkcs12_with_a_password_says_how_to_export_without(tmp_path: Path, roots: Roots) -> None:
    file = tmp_path / "locked.p12"
    file.write_bytes(pfx(roots, b"secret"))
    with pytest.raises(TrustStoreError, match=r"protected by a password: export .* -nokeys"):
        load([str(file)])


def revocation_list(key: ec.EllipticCurvePrivateKey) -> bytes:
    from datetime import UTC, datetime

    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Root 0")]))
        .last_update(datetime(2024, 1, 1, tzinfo=UTC))
        .next_update(datetime(2034, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def request(key: ec.EllipticCurvePrivateKey) -> bytes:
    return (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Server")]))
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def private_key(key: ec.EllipticCurvePrivateKey, encoding: Encoding = Encoding.DER) -> bytes:
    return key.private_bytes(encoding, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("write", "message"),
    [
        pytest.param(lambda key: b"", "is empty", id="empty"),
        pytest.param(lambda key: b" \r\n\0", "is empty", id="only-whitespace"),
        pytest.param(lambda key: b"<!DOCTYPE html><title>Sign in", "HTML page.*download", id="html-doctype"),
        pytest.param(lambda key: b"\n <HTML lang=en>", "HTML page", id="html-element"),
        pytest.param(lambda key: b'<?xml version="1.0"?>\n<html>', "HTML page", id="xhtml"),
        pytest.param(lambda key: b"MSCF\0\0", "cabinet.*extract", id="cabinet"),
        pytest.param(lambda key: b"PK\x03\x04", "ZIP archive", id="zip"),
        pytest.param(lambda key: b"\x1f\x8b\x08", "gzip", id="gzip"),
        pytest.param(lambda key: b"\xfe\xed\xfe\xed", "Java key store", id="java-key-store"),
        pytest.param(lambda key: b"%PDF-1.7", "PDF", id="pdf"),
        pytest.param(lambda key: b"\x89PNG", "none of PEM", id="other-binary"),
        pytest.param(lambda key: b"Hello there, no store", "none of PEM", id="words"),
        pytest.param(lambda key: b"aGVsbG8=", "text without certificates", id="base64-of-something-else"),
        pytest.param(lambda key: b"abc", "text without certificates", id="almost-base64"),
        pytest.param(
            lambda key: b'Root "Stammzertifikate"\r\n================ Zertifikat 0 ================\r\n',
            "print-out.*Export-Certificate",
            id="certutil-store",
        ),
        pytest.param(lambda key: b"X509-Zertifikat:\r\nVersion: 3\r\n", "print-out", id="certutil-dump"),
        pytest.param(
            lambda key: b"\xff\xfe" + "\r\nThumbprint : AB\r\nSubject : CN=R\r\n".encode("utf-16-le"),
            "print-out",
            id="powershell-list",
        ),
        pytest.param(
            lambda key: (
                b"\xff\xfe" + 'Windows Registry Editor Version 5.00\r\n"Blob"=hex:20'.encode("utf-16-le")
            ),
            "print-out",
            id="registry-export",
        ),
        pytest.param(
            lambda key: b"Certificate:\n    Data:\n        Version: 3 (0x2)\n", "print-out", id="openssl-text"
        ),
        pytest.param(
            lambda key: pem(request(key)), "block 1 .* is a certificate request", id="request-as-certificate"
        ),
        pytest.param(
            lambda key: pem(EMPTY_BAG), "holds no certificate", id="pkcs7-without-certificates-as-certificate"
        ),
        pytest.param(revocation_list, "revocation list", id="crl-der"),
        pytest.param(request, "certificate request", id="request-der"),
        pytest.param(private_key, "is a key", id="key-der"),
        pytest.param(lambda key: private_key(key, Encoding.PEM), "is a key", id="key-pem"),
        pytest.param(
            lambda key: key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            "is a key",
            id="public-key-der",
        ),
        pytest.param(
            lambda key: pem(request(key), "CERTIFICATE REQUEST"), "no certificate", id="request-pem"
        ),
        pytest.param(lambda key: pem(b"\x30\x00"), "holds no certificate", id="pem-of-something-else"),
        pytest.param(lambda key: b"-----BEGIN CERTIFICATE-----\nMII", "no end line", id="pem-cut-off"),
        pytest.param(
            lambda key: b"-----BEGIN CERTIFICATE-----\nM*I\n-----END CERTIFICATE-----",
            "block 1 .* not valid base64",
            id="pem-with-a-stray-character",
        ),
        pytest.param(lambda key: b"\0\0\0\0CERT", "cut off", id="serialized-store-cut-off"),
        pytest.param(
            lambda key: b"\0\0\0\0CERT" + bytes(12), "holds no certificate", id="serialized-store-empty"
        ),
        pytest.param(
            lambda key: b"\0\0\0\0CERT" + b"\x20\0\0\0\1\0\0\0\xff\0\0\0",
            "cut off",
            id="serialized-member-cut-off",
        ),
        pytest.param(
            lambda key: b"\0\0\0\0CERT" + b"\x20\0\0\0\1\0\0\0\x02\0\0\0\x30\0" + bytes(12),
            "member 1 is no certificate",
            id="serialized-member-is-none",
        ),
        pytest.param(lambda key: EMPTY_PASSWORD[:-4], "cut off", id="der-cut-off"),
        pytest.param(lambda key: EMPTY_BAG, "holds no certificate", id="pkcs7-without-certificates"),
        pytest.param(
            lambda key: der.wrap(0x30, bytes.fromhex("06092a864886f70d010703a0023000")),
            "PKCS #7 structure of another kind",
            id="pkcs7-enveloped",
        ),
        pytest.param(
            lambda key: der.wrap(0x30, bytes.fromhex("06092a864886f70d010702a0023000")),
            "damaged PKCS #7",
            id="pkcs7-damaged",
        ),
        pytest.param(
            lambda key: der.wrap(0x30, b"\x02\x01\x03\x30\x00"), "damaged PKCS #12", id="pkcs12-damaged"
        ),
    ],
)
def test_a_bad_file_is_refused_with_one_line(
    tmp_path: Path,
    key: ec.EllipticCurvePrivateKey,
    write: Callable[[ec.EllipticCurvePrivateKey], bytes],
    message: str,
) -> None:
    file = tmp_path / "roots.pem"
    file.write_bytes(write(key))
    with pytest.raises(TrustStoreError, match=message) as refused:
        load([str(file)])
    assert "roots.pem" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == 65


@pytest.mark.parametrize(
    ("settings", "left", "refused"),
    [
        pytest.param(b"", None, (), id="none"),
        pytest.param(_settings(trusted=(SERVER,)), (SERVER,), (), id="trusted-for-servers"),
        pytest.param(_settings(trusted=(EMAIL,)), (EMAIL,), (), id="trusted-for-mail-alone"),
        pytest.param(_settings(rejected=(SERVER,)), None, (SERVER,), id="rejected-for-servers"),
        pytest.param(
            _settings(trusted=(SERVER, EMAIL), rejected=(SERVER,)), (EMAIL,), (SERVER,), id="rejection-wins"
        ),
        pytest.param(
            _settings(trusted=(ANY,), rejected=(SERVER,)), None, (SERVER,), id="trusted-for-all-but"
        ),
        pytest.param(_settings(rejected=(ANY,)), (), (), id="rejected-for-all"),
    ],
)
def test_a_certificate_of_openssl_keeps_what_it_is_rejected_for(
    tmp_path: Path, roots: Roots, settings: bytes, left: tuple[str, ...] | None, refused: tuple[str, ...]
) -> None:
    file = tmp_path / "ca-bundle.trust.crt"
    file.write_bytes(pem(roots[0] + settings, "TRUSTED CERTIFICATE"))
    store = load([str(file)])
    properties = store.properties_of(store.roots[0])
    assert (properties.usages, properties.disallowed_usages) == (left, refused)


def test_settings_of_openssl_that_cannot_be_decoded_are_damage(tmp_path: Path, roots: Roots) -> None:
    file = tmp_path / "ca-bundle.trust.crt"
    file.write_bytes(pem(roots[0] + b"\x30\x05\x30\x01", "TRUSTED CERTIFICATE"))
    with pytest.raises(TrustStoreError, match=r"block 1 .* trust settings that cannot be decoded"):
        load([str(file)])


def test_the_second_certificate_of_a_damaged_der_file_is_missed(tmp_path: Path, roots: Roots) -> None:
    file = tmp_path / "roots.der"
    file.write_bytes(roots[0] + roots[1][:-1])
    with pytest.raises(TrustStoreError, match=f"after {len(roots[0])} bytes"):
        load([str(file)])


def test_a_pkcs12_file_that_asks_for_endless_work_is_refused(tmp_path: Path, roots: Roots) -> None:
    encryption = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(1).build(b"secret")
    certificates = [x509.load_der_x509_certificate(root) for root in roots]
    encoded = pkcs12.serialize_key_and_certificates(None, None, None, certificates, encryption)
    once = b"\x02\x01\x01\x30"  # the iteration count of PBKDF2 and what follows it
    assert encoded.count(once) >= 1
    file = tmp_path / "endless.p12"
    huge = _with_iterations(encoded, 1_000_001)
    file.write_bytes(huge)
    with pytest.raises(TrustStoreError, match="iterations"):
        load([str(file)])


def _with_iterations(encoded: bytes, count: int) -> bytes:
    from asn1crypto import pkcs12 as structure

    outer = structure.Pfx.load(encoded)
    outer["mac_data"]["iterations"] = count
    return bytes(outer.dump(force=True))


def test_a_file_over_the_size_limit_is_refused(
    tmp_path: Path, roots: Roots, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "roots.pem"
    file.write_bytes(all_pem(roots))
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", file.stat().st_size)
    assert len(load([str(file)]).roots) == 3
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", file.stat().st_size - 1)
    with pytest.raises(TrustStoreError, match="larger than"):
        load([str(file)])


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(all_pem, id="pem"),
        pytest.param(b"".join, id="der"),
        pytest.param(bag, id="pkcs7"),
        pytest.param(lambda roots: pfx(roots, None), id="pkcs12"),
    ],
)
def test_more_certificates_than_the_limit_are_refused(
    tmp_path: Path, roots: Roots, write: Callable[[Roots], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "roots"
    file.write_bytes(write(roots))
    monkeypatch.setattr(limits, "MAX_CERTIFICATES", 3)
    assert len(load([str(file)]).roots) == 3
    monkeypatch.setattr(limits, "MAX_CERTIFICATES", 2)
    with pytest.raises(TrustStoreError, match="more than 2 certificates"):
        load([str(file)])


def test_more_members_of_a_serialized_store_than_the_limit_are_refused(
    tmp_path: Path, roots: Roots, serialized: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "roots.sst"
    file.write_bytes(serialized([({}, root) for root in roots]))
    monkeypatch.setattr(limits, "MAX_CERTIFICATES", 2)
    with pytest.raises(TrustStoreError, match="more than 2 certificates"):
        load([str(file)])


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError, match="does not exist: check the path") as missing:
        load([str(tmp_path / "absent.pem")])
    assert missing.value.exit_code == 66


def test_a_certificate_that_cannot_be_decoded_inside_is_kept(tmp_path: Path, roots: Roots) -> None:
    content = bytearray(roots[0])
    # The time of notBefore made nonsense: the outer shape is that of a certificate, its content is not.
    position = roots[0].index(b"200101000000Z")
    content[position : position + 2] = b"xx"
    file = tmp_path / "odd.pem"
    file.write_bytes(pem(bytes(content)))
    (root,) = load([str(file)]).roots
    assert root.der == bytes(content)
    assert root.structure is None
