"""What an authority publishes about revocation, right or wrong: CRLs and OCSP answers, and who has which.

    revocation.crl(issuing, [leaf.serial], next_update=yesterday)      # DER
    revocation.ocsp(leaf, revoked=True, responder=delegate)            # DER

The library writes them; what it refuses to write is not needed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Unpack, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ed448, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as encoding

from probe.errors import UsageError
from probe.facts.certificate import Extension
from probe.lab import authority
from probe.lab.issuance import Credential, Options
from probe.lab.keys import PrivateKey

OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
OCSP_NO_CHECK = "1.3.6.1.5.5.7.48.1.5"
ISSUING_CRL, ROOT_CRL, RESPONDER = "/issuing.crl", "/root.crl", "/ocsp"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the certificates of an organisation point at, and what is published there.

    `by`: crl, ocsp or both. `revoked`: server, issuing or nobody. `age`: days since the answers were made,
    for a week each. `delegated`: a responder of the authority signs OCSP answers. `dead`: nothing listens.
    """

    by: tuple[str, ...]
    revoked: str = "nobody"
    age: float = 1.0
    delegated: bool = False
    dead: bool = False

    def pointers(self, base: str, list_path: str) -> Options:
        """The options of a certificate that points there; `base` is scheme, host and port."""
        options: Options = {}
        if "crl" in self.by:
            options["crl_urls"] = (base + list_path,)
        if "ocsp" in self.by:
            options["ocsp_urls"] = (base + f"{RESPONDER}{list_path}",)
        return options

    def publish(self, server: Credential) -> tuple[tuple[str, bytes], ...]:
        """(path, content) of everything that is published about this server and its authority."""
        issuing = server.issuer
        if issuing is None or issuing.issuer is None:
            raise UsageError("only what an authority below a root has issued can be revoked")
        made = _now() - timedelta(days=self.age)
        published = []
        for name, path, credential, issuer in (
            ("server", ISSUING_CRL, server, issuing),
            ("issuing", ROOT_CRL, issuing, issuing.issuer),
        ):
            revoked = self.revoked == name
            serials = [serial(credential)] if revoked else []
            published.append((path, crl(issuer, serials, this_update=made)))
            responder = delegate(issuer) if self.delegated else None
            answer = ocsp(credential, revoked=revoked, this_update=made, responder=responder)
            published.append((RESPONDER + path, answer))
        return tuple(published)


PLANS: dict[str, Plan] = {
    "crl-good": Plan(("crl",)),
    "ocsp-good": Plan(("ocsp",)),
    "ocsp-delegated": Plan(("ocsp",), delegated=True),
    "revoked-crl": Plan(("crl",), revoked="server"),
    "revoked-ocsp": Plan(("ocsp",), revoked="server"),
    "revoked-intermediate": Plan(("crl",), revoked="issuing"),
    "crl-expired": Plan(("crl",), age=30),
    "crl-unreachable": Plan(("crl",), dead=True),
    "ocsp-unreachable": Plan(("ocsp",), dead=True),
}


def serial(credential: Credential) -> int:
    """The serial number of a certificate that can be read."""
    structure = credential.certificate.structure
    if structure is None:
        raise UsageError("a certificate that cannot be read has no serial number")
    return structure.serial


def crl(
    issuer: Credential,
    serials: Sequence[int] = (),
    *,
    this_update: datetime | None = None,
    next_update: datetime | None = None,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    entry_extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    revoked_at: datetime | None = None,
    signed_by: PrivateKey | None = None,
) -> bytes:
    """A CRL of `issuer` (DER) with these numbers on it, valid for a week from `this_update` (a day ago)."""
    made = this_update or _now() - timedelta(days=1)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(_parsed(issuer).subject)
        .last_update(made)
        .next_update(next_update or made + timedelta(days=7))
    )
    for number in serials:
        entry = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(revoked_at or made)
        for value, critical in entry_extensions:
            entry = entry.add_extension(value, critical)
        builder = builder.add_revoked_certificate(entry.build())
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    key = signed_by or issuer.key
    return builder.sign(_fit(key), _digest(key)).public_bytes(Encoding.DER)


def ocsp(
    credential: Credential,
    *,
    revoked: bool = False,
    this_update: datetime | None = None,
    next_update: datetime | None = None,
    responder: Credential | None = None,
    tampered: bool = False,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    along: Sequence[Credential] = (),
    status: encoding.OCSPCertStatus | None = None,
    by_name: bool = True,
) -> bytes:
    """An OCSP answer (DER) about what `credential.issuer` issued, valid for a week from `this_update`.

    `responder`: who signs, and sends its certificate along, before those of `along`; None: the issuer itself.
    """
    if credential.issuer is None:
        raise UsageError("nobody answers for what nobody issued")
    made = this_update or _now() - timedelta(days=1)
    signer = responder or credential.issuer
    standing = status or (encoding.OCSPCertStatus.REVOKED if revoked else encoding.OCSPCertStatus.GOOD)
    is_revoked = standing is encoding.OCSPCertStatus.REVOKED
    builder = (
        encoding.OCSPResponseBuilder()
        .add_response(
            cert=_parsed(credential),
            issuer=_parsed(credential.issuer),
            algorithm=hashes.SHA1(),  # noqa: S303  # the hash of every responder's CertID
            cert_status=standing,
            this_update=made,
            next_update=next_update or made + timedelta(days=7),
            revocation_time=made if is_revoked else None,
            revocation_reason=x509.ReasonFlags.key_compromise if is_revoked else None,
        )
        .responder_id(
            encoding.OCSPResponderEncoding.NAME if by_name else encoding.OCSPResponderEncoding.HASH,
            _parsed(signer),
        )
    )
    sent = [*([] if responder is None else [responder]), *along]
    if sent:
        builder = builder.certificates([*map(_parsed, sent)])
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    answer = builder.sign(_fit(signer.key), _digest(signer.key))
    encoded, signature = answer.public_bytes(Encoding.DER), answer.signature
    return encoded.replace(signature, signature[:-1] + bytes([signature[-1] ^ 1])) if tampered else encoded


def delegate(issuer: Credential, **changes: Unpack[Options]) -> Credential:
    """A responder to which `issuer` has delegated its OCSP answers; the changes are options of authority."""
    options: Options = {
        "usages": (OCSP_SIGNING,),
        "dns_names": (),
        "key_usage": ("digitalSignature",),
        "extensions": (Extension(OCSP_NO_CHECK, critical=False, value=b"\x05\x00"),),
    }
    return authority.end_entity(issuer, "Lab OCSP Responder", **cast("Options", {**options, **changes}))


def _parsed(credential: Credential) -> x509.Certificate:
    return x509.load_der_x509_certificate(credential.der)


def _fit(key: PrivateKey) -> PrivateKey:
    if isinstance(key, dsa.DSAPrivateKey):
        raise UsageError("the library signs no CRL and no OCSP answer with a DSA key")
    return key


def _digest(key: PrivateKey) -> hashes.SHA256 | None:
    return None if isinstance(key, ed448.Ed448PrivateKey | ed25519.Ed25519PrivateKey) else hashes.SHA256()


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
