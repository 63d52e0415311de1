"""A signer of trust lists below a root that nobody has, as Microsoft's lists come."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from probe.facts.encoding import der

ROOT_KEY_IDENTIFIER = bytes(range(20))
LIST_SIGNER = "1.3.6.1.4.1.311.10.3.9"
_START, _END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


@cache
def _key(owner: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class ListSigner:
    """Signs the content of a list; each mistake is a keyword argument.

    `usage`: the purpose of the signer. `alter`: sign other bytes than are sent. `end`: until when it holds.
    """

    usage: str = LIST_SIGNER
    alter: bool = False
    end: datetime = _END

    def __call__(self, content: bytes) -> tuple[bytes, bytes]:
        """The certificates and the signer information of a CMS structure over this content."""
        issuing = (
            self._certificate("Lab List CA", "Lab List Root", _key("authority"), _END)
            .add_extension(x509.AuthorityKeyIdentifier(ROOT_KEY_IDENTIFIER, None, None), critical=False)
            .sign(_key("authority"), hashes.SHA256())
        )
        signer = (
            self._certificate("Lab List Publisher", "Lab List CA", _key("signer"), self.end)
            .add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(self.usage)]), critical=False)
            .sign(_key("authority"), hashes.SHA256())
        )
        encoded = [c.public_bytes(serialization.Encoding.DER) for c in (signer, issuing)]
        information = self._information(signer, content + b"!" * self.alter)
        return der.wrap(0xA0, b"".join(encoded)), cms.SignerInfos([information]).dump()

    def _certificate(
        self, subject: str, issuer: str, key: rsa.RSAPrivateKey, end: datetime
    ) -> x509.CertificateBuilder:
        return x509.CertificateBuilder(
            _name(issuer), _name(subject), key.public_key(), x509.random_serial_number(), _START, end
        )

    def _information(self, signer: x509.Certificate, content: bytes) -> cms.SignerInfo:
        digest = core.OctetString(hashlib.sha256(content).digest())
        attributes = [
            cms.CMSAttribute({"type": "content_type", "values": ["1.3.6.1.4.1.311.10.1"]}),
            cms.CMSAttribute({"type": "message_digest", "values": [digest]}),
        ]
        signed = cms.CMSAttributes(attributes).dump()
        signature = _key("signer").sign(signed, padding.PKCS1v15(), hashes.SHA256())
        loaded = asn1_x509.Certificate.load(signer.public_bytes(serialization.Encoding.DER))
        sid = cms.IssuerAndSerialNumber({"issuer": loaded.issuer, "serial_number": loaded.serial_number})
        return cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier({"issuer_and_serial_number": sid}),
                "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                "signed_attrs": attributes,
                "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "rsassa_pkcs1v15"}),
                "signature": signature,
            }
        )
