"""PKCS #7 / CMS SignedData: a bag of certificates, or the wrapper of a Microsoft certificate trust list.

The wrapper is read with asn1crypto, which also takes BER. Signatures are not verified: a bag has none, and
a trust list says so in a note. The certificates of the list's own signer do not become members of the store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from probe.errors import TrustStoreError
from probe.facts.encoding import der
from probe.stores import contents
from probe.stores.contents import Contents
from probe.stores.shape import DerShape, shape_of

if TYPE_CHECKING:
    from asn1crypto import cms

_TRUST_LIST = "1.3.6.1.4.1.311.10.1"
_OCTET_STRING = b"\x04"


def read(data: bytes) -> Contents:
    """The certificates of a PKCS #7 bag, or the list in a certificate trust list.

    Raises:
        TrustStoreError: it is damaged, or another kind of CMS.
    """
    from asn1crypto import cms

    try:
        outer = cms.ContentInfo.load(data)
        if outer["content_type"].native != "signed_data":
            raise TrustStoreError("is a PKCS #7 structure of another kind: export the certificates alone")
        signed = outer["content"]
        inner = signed["encap_content_info"]
        list_encoded = _content(inner) if inner["content_type"].dotted == _TRUST_LIST else None
        bag = () if list_encoded is not None else _certificates(signed)
    except TrustStoreError:
        raise
    except Exception as refused:  # asn1crypto leaks KeyError, AttributeError and more on hostile input
        raise TrustStoreError("is a damaged PKCS #7 structure: get an undamaged copy") from refused
    if list_encoded is None:
        return contents.of_certificates(bag)
    from probe.stores import trust_list

    return trust_list.read(list_encoded)


def _certificates(signed: cms.SignedData) -> tuple[bytes, ...]:
    members = tuple(member.chosen.dump() for member in signed["certificates"] if member.name == "certificate")
    if any(shape_of(member) is not DerShape.CERTIFICATE for member in members):
        raise TrustStoreError("is a damaged PKCS #7 structure: a member is no certificate")
    return members


def content_bytes(inner: cms.ContentInfo) -> bytes:
    """What a signature over this content covers: the value without its outermost tag (RFC 5652 5.4)."""
    (tagged,) = der.members(inner["content"].dump())
    (value,) = der.members(bytes(tagged.data))
    return bytes(value.data)


def _content(inner: cms.ContentInfo) -> bytes:
    """The content below its explicit tag, also when a newer writer put it into an OCTET STRING."""
    (tagged,) = der.members(inner["content"].dump())
    encoded = bytes(tagged.data)
    return content_bytes(inner) if encoded.startswith(_OCTET_STRING) else encoded
