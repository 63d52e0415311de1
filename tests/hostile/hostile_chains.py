"""The dearest certificates that a partner can present, and the context that presents them."""

from __future__ import annotations

import dataclasses
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path

from asn1crypto import algos

from probe.facts.certificate import Certificate
from probe.facts.encoding import der
from probe.lab import authority, keys
from probe.lab import certificate_extensions as encoding
from probe.lab.issuance import Credential
from tests.judgement import resigned as again
from tests.judgement.judging import extension, name_constraints

HOST = "mail.partner.lab"
ROOT = authority.root()
ISSUING = authority.intermediate(ROOT)

Chain = Callable[[], Sequence[Credential]]


def context_of(chain: Sequence[Credential], folder: Path, ciphers: str = "ALL:@SECLEVEL=0") -> ssl.SSLContext:
    """A server's context that presents exactly these certificates, end-entity first."""
    path = folder / "chain-with-key.pem"
    path.write_text(chain[0].key_pem + "".join(credential.pem for credential in chain), encoding="ascii")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(ciphers)
    context.load_cert_chain(path)
    return context


def sound() -> list[Credential]:
    """A chain that is right, for every host of the domain."""
    return [authority.end_entity(ISSUING, HOST, dns_names=["partner.lab", "*.partner.lab"]), ISSUING]


def with_rsa_key() -> list[Credential]:
    """A sound chain whose server can do DHE_RSA."""
    return [authority.end_entity(ISSUING, HOST, key=keys.private_key("rsa2048")), ISSUING]


def pointing(length: int, base: str) -> list[Credential]:
    """A sound chain of this length in which every certificate names five CRLs."""
    issuer, chain = ROOT, list[Credential]()
    for number in range(length - 1):
        urls = [f"{base}{number}-{other}.crl" for other in range(5)]
        issuer = authority.intermediate(issuer, f"CA {number}", crl_urls=urls)
        chain.insert(0, issuer)
    leaf = authority.end_entity(issuer, HOST, crl_urls=[f"{base}leaf-{other}.crl" for other in range(5)])
    return [leaf, *chain]


def names(prefix: str, count: int) -> list[bytes]:
    """Encoded host names."""
    return [der.wrap(0x82, f"{prefix}{number}.example.lab".encode()) for number in range(count)]


def _constrained(names_of_leaf: int = 2_000, **trees: list[bytes]) -> list[Credential]:
    issuing = authority.intermediate(ROOT, extensions=(name_constraints(**trees),))
    return [authority.end_entity(issuing, HOST, other_names=names("h", names_of_leaf)), issuing]


def _twins_with_constraints() -> list[Credential]:
    first = authority.intermediate(ROOT, extensions=(name_constraints(excluded=names("t", 40)),))
    more = [
        authority.intermediate(
            ROOT, key=first.key, extensions=(name_constraints(excluded=names(f"u{n}", 40)),)
        )
        for n in range(40)
    ]
    return [authority.end_entity(first, HOST, other_names=names("h", 1_000)), first, *more]


def _twins_that_did_not_sign() -> list[Credential]:
    twins = [authority.intermediate(ROOT, signed_by=keys.private_key("p256")) for _ in range(180)]
    return [authority.end_entity(twins[0], HOST, signed_by=ROOT.key), *twins]


def _mesh_of_one_name() -> list[Credential]:
    members = [authority.root("Same CA") for _ in range(14)]
    crossed = [
        authority.intermediate(issuer, "Same CA", key=subject.key)
        for issuer in members
        for subject in members
        if issuer is not subject
    ]
    return [authority.end_entity(members[0], HOST), *crossed]


def _policies() -> list[Credential]:
    oids = [f"1.3.6.1.4.1.{number}" for number in range(2_500)]
    issuing = authority.intermediate(ROOT, policies=oids)
    return [authority.end_entity(issuing, HOST, policies=oids), issuing]


def _long_subject() -> list[Credential]:
    units = [("2.5.4.11", f"unit {number}") for number in range(3_000)]
    return [authority.end_entity(ISSUING, HOST, subject=units), ISSUING]


def _blank_subject() -> list[Credential]:
    return [authority.end_entity(ISSUING, HOST, subject=[("2.5.4.11", "a" + " " * 60_000)]), ISSUING]


def _odd_extensions() -> list[Credential]:
    odd = [extension(f"1.2.3.{number}", b"", critical=True) for number in range(5_000)]
    return [authority.end_entity(ISSUING, HOST, extensions=odd), ISSUING]


def _nested_extension() -> list[Credential]:
    nested = b""
    for _ in range(12_000):
        nested = der.wrap(0x30, nested) if len(nested) < 40_000 else nested
    return [
        authority.end_entity(ISSUING, HOST, extensions=[extension("1.3.6.1.4.1.311.21.10", nested)]),
        ISSUING,
    ]


def _salt_of_2_to_the_80() -> list[Credential]:
    issuing = authority.intermediate(ROOT, key="rsa2048")
    leaf = authority.end_entity(issuing, HOST)
    parameters = algos.RSASSAPSSParams({"salt_length": 1 << 80}).dump()
    algorithm = encoding.sequence(encoding.object_identifier("1.2.840.113549.1.1.10"), parameters)
    signed = encoding.sequence(*again.put(again.ALGORITHM, algorithm)(again.fields(leaf.der)))
    signature = der.wrap(0x03, b"\0" + bytes(256))
    certificate = Certificate(encoding.sequence(signed, algorithm, signature))
    return [dataclasses.replace(leaf, certificate=certificate), issuing]


def wide(count: int = 12_000) -> list[Credential]:
    """A certificate with 250 KB of names, more than a handshake lets through."""
    return [authority.end_entity(ISSUING, HOST, other_names=names("h", count)), ISSUING]


CHAINS: dict[str, Chain] = {
    "names inside excluded subtrees": lambda: _constrained(excluded=[der.wrap(0x82, b"lab")] * 2_000),
    "names outside excluded subtrees": lambda: _constrained(excluded=names("t", 2_000)),
    "names outside permitted subtrees": lambda: _constrained(permitted=names("t", 2_000)),
    "twins with constraints": _twins_with_constraints,
    "180 issuers that did not sign": _twins_that_did_not_sign,
    "a mesh of one name": _mesh_of_one_name,
    "2,500 policies": _policies,
    "a subject of 3,000 parts": _long_subject,
    "a subject of blanks": _blank_subject,
    "5,000 critical extensions": _odd_extensions,
    "a nested extension": _nested_extension,
    "90 KB of names": lambda: wide(4_000),
    "an RSASSA-PSS salt of 2^80": _salt_of_2_to_the_80,
}
