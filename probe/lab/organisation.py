"""What a partner organisation has for certificates: what it presents, and what its caller trusts.

One function for each certificate fault, registered under the fault's name; every other fault has the healthy
organisation. The names are those of a lab that exists nowhere: partner.lab.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Unpack, cast

from probe.facts.certificate import Certificate, Extension
from probe.lab import authority
from probe.lab.authority import Credential, Options
from probe.lab.revocation import ISSUING_CRL, PLANS, ROOT_CRL, Plan

DOMAIN = "partner.lab"
HOST = "mail.partner.lab"
AUTODISCOVER_HOST = "autodiscover.partner.lab"
LOOPBACK = "127.0.0.1"

_UNKNOWN_EXTENSION = "1.3.6.1.4.1.99999.1"


@dataclass(frozen=True, slots=True)
class Organisation:
    """A partner's certificates.

    `presented` goes out in the handshake after the server's own; `roots`, `intermediates` and `disallowed`
    are the caller's stores; `aia` is what the partner's AIA address answers with, `published` is what other
    paths there do.
    """

    server: Credential
    presented: tuple[Certificate, ...]
    roots: tuple[Certificate, ...]
    intermediates: tuple[Certificate, ...] = ()
    disallowed: tuple[Certificate, ...] = ()
    aia: bytes = b""
    published: tuple[tuple[str, bytes], ...] = ()
    host: str = HOST

    @property
    def chain_pem(self) -> str:
        """Everything presented, the server's own certificate first, as PEM."""
        return "".join(map(authority.certificate_pem, (self.server.certificate, *self.presented)))


@dataclass(frozen=True, slots=True)
class PublishedAddresses:
    """Addresses that certificates point at: AIA that answers, and AIA where nothing listens.

    `web` and `dead_web` are scheme, host and port of the same.
    """

    web: str
    dead_web: str

    @property
    def aia(self) -> str:
        """Where the issuer's certificate is."""
        return f"{self.web}/issuer.cer"

    @property
    def dead_aia(self) -> str:
        """Where it would be, if anybody listened."""
        return f"{self.dead_web}/issuer.cer"


OrganisationMaker = Callable[[PublishedAddresses], Organisation]
_MAKERS: dict[str, OrganisationMaker] = {}


def for_fault(fault_name: str, addresses: PublishedAddresses) -> Organisation:
    """The organisation for a fault: the healthy one if the fault is none of certificates."""
    if fault_name in _STANDARD_VARIATIONS:
        return _STANDARD_VARIATIONS[fault_name]()
    return _MAKERS.get(fault_name, _healthy)(addresses)


def certificate_faults() -> frozenset[str]:
    """Names of the faults that have an organisation of their own."""
    return frozenset(_MAKERS) | frozenset(_STANDARD_VARIATIONS)


def _makes(fault_name: str) -> Callable[[OrganisationMaker], OrganisationMaker]:
    def register(maker: OrganisationMaker) -> OrganisationMaker:
        _MAKERS[fault_name] = maker
        return maker

    return register


def _days(count: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=count)


def _standard(
    *, root: Options | None = None, issuing: Options | None = None, **server: Unpack[Options]
) -> Organisation:
    """Root, issuing authority and server, each sound but for the options given."""
    anchor = authority.root("Partner Root CA", **(root or {}))
    issuer = authority.intermediate(anchor, "Partner Issuing CA", **(issuing or {}))
    return _below(issuer, **server)


def _below(issuer: Credential, host: str = HOST, **server: Unpack[Options]) -> Organisation:
    """A server below `issuer` that presents its intermediates and whose root is trusted."""
    names: Options = {"dns_names": (HOST, AUTODISCOVER_HOST)} if host == HOST else {}
    options = cast("Options", {**names, **server})
    leaf = authority.end_entity(issuer, host, **options)
    return Organisation(leaf, leaf.chain[1:-1], roots=(leaf.chain[-1],), host=host)


def _healthy(_: PublishedAddresses) -> Organisation:
    return _standard()


@_makes("untrusted-root")
def _untrusted_root(_: PublishedAddresses) -> Organisation:
    standard = _standard()
    stranger = authority.root("Some Other Root CA").certificate
    return replace(standard, presented=standard.server.chain[1:], roots=(stranger,))


@_makes("unknown-root")
def _unknown_root(_: PublishedAddresses) -> Organisation:
    return replace(_standard(), roots=(authority.root("Some Other Root CA").certificate,))


@_makes("self-signed")
def _self_signed(_: PublishedAddresses) -> Organisation:
    server = authority.end_entity(None, HOST)
    return Organisation(server, (), roots=(authority.root("Some Other Root CA").certificate,))


@_makes("self-signed-trusted")
def _self_signed_trusted(_: PublishedAddresses) -> Organisation:
    server = authority.end_entity(None, HOST)
    return Organisation(server, (), roots=(server.certificate,))


@_makes("missing-intermediate")
def _missing_intermediate(_: PublishedAddresses) -> Organisation:
    return replace(_standard(), presented=())


@_makes("missing-intermediate-aia")
def _missing_intermediate_aia(addresses: PublishedAddresses) -> Organisation:
    standard = _standard(aia_urls=(addresses.aia,))
    return replace(standard, presented=(), aia=standard.server.chain[1].der)


@_makes("missing-intermediate-dead-aia")
def _missing_intermediate_dead_aia(addresses: PublishedAddresses) -> Organisation:
    return replace(_standard(aia_urls=(addresses.dead_aia,)), presented=())


@_makes("missing-intermediate-garbage-aia")
def _missing_intermediate_garbage_aia(addresses: PublishedAddresses) -> Organisation:
    page = b"<html><body>This page has moved.</body></html>"
    return replace(_standard(aia_urls=(addresses.aia,)), presented=(), aia=page)


@_makes("disallowed")
def _disallowed(_: PublishedAddresses) -> Organisation:
    standard = _standard()
    return replace(standard, disallowed=(standard.server.certificate,))


@_makes("disallowed-intermediate")
def _disallowed_intermediate(_: PublishedAddresses) -> Organisation:
    standard = _standard()
    return replace(standard, disallowed=(standard.server.chain[1],))


@_makes("chain-with-root")
def _chain_with_root(_: PublishedAddresses) -> Organisation:
    standard = _standard()
    return replace(standard, presented=standard.server.chain[1:])


@_makes("chain-out-of-order")
def _chain_out_of_order(_: PublishedAddresses) -> Organisation:
    policy = authority.intermediate(authority.root("Partner Root CA"), "Partner Policy CA")
    standard = _below(authority.intermediate(policy, "Partner Issuing CA"))
    return replace(standard, presented=standard.presented[::-1])


@_makes("chain-with-strangers")
def _chain_with_strangers(_: PublishedAddresses) -> Organisation:
    standard = _standard()
    stranger = authority.end_entity(authority.root("Some Other Root CA"), "other.lab")
    return replace(standard, presented=(*stranger.chain, *standard.presented))


@_makes("oversized-chain")
def _oversized_chain(_: PublishedAddresses) -> Organisation:
    names = tuple(f"site-{number:04}.of-a-very-large-organisation.lab" for number in range(800))
    stranger = authority.end_entity(authority.root("Some Other Root CA"), "other.lab", dns_names=names)
    standard = _standard()
    return replace(standard, presented=(*standard.presented, stranger.certificate))


@_makes("cross-signed")
def _cross_signed(_: PublishedAddresses) -> Organisation:
    anchor = authority.root("Partner Root CA")
    old = authority.root("Partner Old Root CA", not_before=_days(-4000), not_after=_days(-30))
    issuing = authority.intermediate(anchor, "Partner Issuing CA")
    cross = authority.intermediate(
        old, "Partner Issuing CA", key=issuing.key, not_before=_days(-3000), not_after=_days(-30)
    )
    standard = _below(issuing)
    return replace(standard, presented=(cross.certificate, old.certificate, issuing.certificate))


@_makes("expired-untrusted")
def _expired_untrusted(_: PublishedAddresses) -> Organisation:
    standard = _STANDARD_VARIATIONS["expired"]()
    stranger = authority.root("Some Other Root CA").certificate
    return replace(standard, presented=standard.server.chain[1:], roots=(stranger,))


@_makes("path-too-long")
def _path_too_long(_: PublishedAddresses) -> Organisation:
    policy = authority.intermediate(authority.root("Partner Root CA"), "Partner Policy CA", path_length=0)
    return _below(authority.intermediate(policy, "Partner Issuing CA"))


def _revocable(plan: Plan) -> OrganisationMaker:
    """An organisation whose certificates say where their revocation can be looked up."""

    def maker(addresses: PublishedAddresses) -> Organisation:
        base = addresses.dead_web if plan.dead else addresses.web
        standard = _standard(issuing=plan.pointers(base, ROOT_CRL), **plan.pointers(base, ISSUING_CRL))
        return replace(standard, published=plan.publish(standard.server))

    return maker


_MAKERS.update((name, _revocable(plan)) for name, plan in PLANS.items())

# Organisations in which one certificate of the standard three differs.
_STANDARD_VARIATIONS: dict[str, Callable[[], Organisation]] = {
    "expired": lambda: _standard(not_before=_days(-400), not_after=_days(-3)),
    "not-yet-valid": lambda: _standard(not_before=_days(3), not_after=_days(300)),
    "expired-intermediate": lambda: _standard(issuing={"not_before": _days(-900), "not_after": _days(-3)}),
    "expired-root": lambda: _standard(root={"not_before": _days(-3600), "not_after": _days(-3)}),
    "expires-soon": lambda: _standard(not_before=_days(-360), not_after=_days(5)),
    "tampered-signature": lambda: _standard(tampered=True),
    "tampered-intermediate": lambda: _standard(issuing={"tampered": True}),
    "prime-of-768-bits": lambda: _standard(key="rsa2048"),
    "rc4-only": lambda: _standard(key="rsa2048"),
    "3des-only": lambda: _standard(key="rsa2048"),
    "rsa-key-exchange-only": lambda: _standard(key="rsa2048"),
    "leaf-p521": lambda: _standard(key="p521"),
    "leaf-ed25519": lambda: _standard(key="ed25519"),
    "weak-key": lambda: _standard(issuing={"key": "rsa512"}),
    "sha1-signature": lambda: _standard(
        hash="sha1", root={"key": "rsa2048"}, issuing={"key": "rsa2048"}, key="rsa2048"
    ),
    "key-identifier-mismatch": lambda: _standard(authority_key_identifier=bytes(20)),
    "wrong-usage": lambda: _standard(usages=(authority.CLIENT_AUTH,)),
    "wrong-usage-intermediate": lambda: _standard(issuing={"usages": (authority.CLIENT_AUTH,)}),
    "any-usage": lambda: _standard(usages=(authority.ANY_USAGE,)),
    "no-usage": lambda: _standard(usages=None),
    "issuer-not-a-ca": lambda: _standard(issuing={"ca": False, "key_usage": None}),
    "issuer-without-constraints": lambda: _standard(issuing={"ca": None}),
    "issuer-cannot-sign": lambda: _standard(issuing={"key_usage": ("digitalSignature",)}),
    "unknown-critical-extension": lambda: _standard(
        extensions=(Extension(_UNKNOWN_EXTENSION, critical=True, value=b"\x05\x00"),)
    ),
    "unknown-critical-extension-issuer": lambda: _standard(
        issuing={"extensions": (Extension(_UNKNOWN_EXTENSION, critical=True, value=b"\x05\x00"),)}
    ),
    "unknown-extension": lambda: _standard(
        extensions=(Extension(_UNKNOWN_EXTENSION, critical=False, value=b"\x05\x00"),)
    ),
    "name-constraints-met": lambda: _standard(issuing={"permitted_dns": (DOMAIN,)}),
    "name-constraints-outside": lambda: _standard(issuing={"permitted_dns": ("other.lab",)}),
    "name-constraints-excluded": lambda: _standard(issuing={"excluded_dns": (DOMAIN,)}),
    "name-constraints-minimum": lambda: _standard(issuing={"permitted_dns": (DOMAIN,), "subtree_minimum": 1}),
    "wrong-name": lambda: _standard(
        common_names=("www.partner.lab",), dns_names=("www.partner.lab", "owa.partner.lab")
    ),
    "no-name": lambda: _standard(common_names=(), organization="Partner", dns_names=()),
    "wrong-name-and-expired": lambda: _standard(
        common_names=("www.partner.lab",),
        dns_names=("www.partner.lab",),
        not_before=_days(-400),
        not_after=_days(-3),
    ),
    "wildcard": lambda: _standard(common_names=("*.partner.lab",), dns_names=("*.partner.lab",)),
    "wildcard-too-short": lambda: _standard(common_names=("*.lab",), dns_names=("*.lab",)),
    "wildcard-own-domain": lambda: _standard(
        common_names=("*.mail.partner.lab",), dns_names=("*.mail.partner.lab",)
    ),
    "wildcard-partial": lambda: _standard(common_names=("m*.partner.lab",), dns_names=("m*.partner.lab",)),
    "common-name-only": lambda: _standard(common_names=(HOST,), dns_names=()),
    "common-name-wildcard": lambda: _standard(common_names=("*.partner.lab",), dns_names=()),
    "common-names": lambda: _standard(common_names=("www.partner.lab", HOST), dns_names=()),
    "common-name-beside-address": lambda: _standard(
        common_names=(HOST,), dns_names=(), ip_addresses=("192.0.2.1",)
    ),
    "common-name-ignored": lambda: _standard(common_names=(HOST,), dns_names=("www.partner.lab",)),
    "obsolete-san": lambda: _standard(common_names=("Partner",), dns_names=(HOST,), san_oid="2.5.29.7"),
    "address-in-san": lambda: replace(
        _standard(common_names=("Partner",), dns_names=(), ip_addresses=(LOOPBACK,)), host=LOOPBACK
    ),
    "address-in-san-exchange-2013": lambda: _STANDARD_VARIATIONS["address-in-san"](),
    "address-in-common-name": lambda: replace(
        _standard(common_names=(LOOPBACK,), dns_names=()), host=LOOPBACK
    ),
    "address-as-dns-name": lambda: replace(
        _standard(common_names=("Partner",), dns_names=(HOST,)), host=LOOPBACK
    ),
}
