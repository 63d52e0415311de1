"""Whether Microsoft signed a certificate trust list, as far as can be told without Microsoft's root.

Decides: the signature over the list, the signer's right to sign lists, and each certificate that came with it
up to one whose issuer is known by key identifier alone. It does not check revocation, nor the signature of
the topmost certificate, because the certificate of Microsoft's root is not in the package.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from probe.errors import TrustStoreError
from probe.stores.signed_data import content_bytes

# Microsoft Root Certificate Authority 2010 and 2011 (thumbprints 3B1EFD3A66EA28B16697394703A72CA340A05BD5 and
# 8F43288AD272F3103B6FB1428485EA3014C0BCFE); their key identifiers stand in Microsoft's own list.
MICROSOFT_ROOT_KEYS = frozenset(
    {"d5f656cb8fe8a25c6268d13d94905bd7ce9a18c4", "722d3a02319043b914054ee1eaa7c731d1238934"}
)
# szOID_ROOT_LIST_SIGNER and szOID_DISALLOWED_LIST of wincrypt.h: what a signer of lists must be for.
LIST_SIGNER_USAGES = frozenset({"1.3.6.1.4.1.311.10.3.9", "1.3.6.1.4.1.311.10.3.30"})
_MOST_CERTIFICATES = 8  # ours: a list comes with two
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_UNREADABLE = (InvalidSignature, ValueError, TypeError, KeyError, IndexError, AttributeError)


def verify(data: bytes, at: datetime, *, trusted_keys: frozenset[str] = MICROSOFT_ROOT_KEYS) -> str:
    """What was verified of a list that was issued `at` this moment, in one sentence.

    `trusted_keys`: key identifiers, lower-case hexadecimal, under which the signer's certificates must end.

    Raises:
        TrustStoreError: it is not signed, the signature is wrong, or the signer is not entitled.
    """
    from asn1crypto import cms

    try:
        signed = cms.ContentInfo.load(data)["content"]
        members = [member.chosen.dump() for member in signed["certificates"] if member.name == "certificate"]
        bag = [x509.load_der_x509_certificate(member) for member in members[:_MOST_CERTIFICATES]]
        information = signed["signer_infos"][0]
        signer = _signer(information, bag)
        _verify_content(information, signer, content_bytes(signed["encap_content_info"]))
        path = _path(signer, bag)
        root_key = _authority_key(path[-1])
    except _UNREADABLE as refused:
        raise TrustStoreError("its signature is wrong or cannot be read: the list is not used") from refused
    if root_key not in trusted_keys:
        raise TrustStoreError("its signer does not end under Microsoft's root: the list is not used")
    if any(not c.not_valid_before_utc <= at <= c.not_valid_after_utc for c in path):
        raise TrustStoreError("a certificate of its signer is out of date: the list is not used")
    names = " under ".join(_common_name(certificate) for certificate in path)
    return f"signed by {names}; the root above is known by its key identifier alone"


def _signer(information: Any, bag: Sequence[x509.Certificate]) -> x509.Certificate:
    wanted = information["sid"].chosen
    for certificate in bag:
        same_issuer = certificate.issuer.public_bytes() == wanted["issuer"].dump()
        if same_issuer and certificate.serial_number == wanted["serial_number"].native:
            usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            if LIST_SIGNER_USAGES.isdisjoint(usage.dotted_string for usage in usages):
                raise ValueError("the signer is not entitled to sign lists")
            return certificate
    raise ValueError("the signer's certificate is not there")


def _verify_content(information: Any, signer: x509.Certificate, content: bytes) -> None:
    """The digest of the content, and the signed attributes that hold it (RFC 5652 section 5.4)."""
    algorithm = information["digest_algorithm"]["algorithm"].native
    attributes = {one["type"].native: one["values"] for one in information["signed_attrs"]}
    if attributes["message_digest"][0].native != hashlib.new(algorithm, content).digest():
        raise ValueError("the content was changed")
    key = signer.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("the signer's key is of another kind")
    to_be_signed = information["signed_attrs"].untag().dump()
    key.verify(information["signature"].native, to_be_signed, padding.PKCS1v15(), _HASHES[algorithm])


def _path(signer: x509.Certificate, bag: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    path = [signer]
    while len(path) <= len(bag):
        issuers = (c for c in bag if c.subject == path[-1].issuer and c not in path)
        issuer = next(issuers, None)
        if issuer is None:
            break
        path[-1].verify_directly_issued_by(issuer)
        path.append(issuer)
    return path


def _authority_key(certificate: x509.Certificate) -> str:
    found = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    return (found.key_identifier or b"").hex()


def _common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()
