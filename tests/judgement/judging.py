"""What the tests of the chain engine share: one moment, encoders for odd extensions, and a short question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from probe.dotnet import X509ChainStatusFlags as Flags
from probe.dotnet import flag_names
from probe.facts.certificate import Certificate, Extension
from probe.facts.encoding import der
from probe.facts.trust_store import RootProperties, TrustStore
from probe.judgement.caller_profile import Caller, profile
from probe.judgement.chain import chain_context
from probe.judgement.model import ChainContext
from probe.lab import certificate_extensions as encoding
from probe.lab.authority import Credential

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
SERVER = "1.3.6.1.5.5.7.3.1"
EMAIL = "1.3.6.1.5.5.7.3.4"


@dataclass(frozen=True)
class Given:
    """A chain as presented, end-entity first, and what the caller has."""

    presented: tuple[Credential, ...]
    roots: tuple[Credential, ...] = ()
    intermediates: tuple[Credential, ...] = ()
    disallowed: tuple[Credential, ...] = ()
    retrieved: tuple[Credential, ...] = ()
    properties: RootProperties | None = None
    usages: tuple[str, ...] = (SERVER,)


def certificates(credentials: Sequence[Credential]) -> tuple[Certificate, ...]:
    return tuple(credential.certificate for credential in credentials)


def store(given: Given) -> TrustStore:
    properties: tuple[tuple[str, RootProperties], ...] = ()
    if given.properties is not None:
        properties = tuple((root.certificate.thumbprint, given.properties) for root in given.roots)
    return TrustStore(
        "test",
        certificates(given.roots),
        certificates(given.intermediates),
        certificates(given.disallowed),
        properties,
    )


def build(given: Given, caller: Caller | str = "exchange-2019", at: datetime = NOW) -> ChainContext:
    return chain_context.build(
        certificates(given.presented),
        trust=store(given),
        caller=profile(caller) if isinstance(caller, str) else caller,
        at=at,
        retrieved=certificates(given.retrieved),
        usages=given.usages,
    )


def flags(context: ChainContext) -> list[str]:
    """The status of each element, end-entity first, as names joined by spaces."""
    return [" ".join(flag_names(element.status)) for element in context.elements]


def status(context: ChainContext) -> set[str]:
    return set(flag_names(context.status))


def every_fault_has_a_reason(context: ChainContext) -> bool:
    return all(element.reasons for element in context.elements if element.status is not Flags.NoError)


def extension(oid: str, value: bytes, *, critical: bool = False) -> Extension:
    return Extension(oid, critical, value)


def policy_constraints(*, require: int | None = None, inhibit: int | None = None) -> Extension:
    parts = [
        der.wrap(tag, bytes([number]))
        for tag, number in ((0x80, require), (0x81, inhibit))
        if number is not None
    ]
    return extension("2.5.29.36", encoding.sequence(*parts), critical=True)


def policy_mappings(*pairs: tuple[str, str]) -> Extension:
    encoded = (
        encoding.sequence(encoding.object_identifier(issuer), encoding.object_identifier(subject))
        for issuer, subject in pairs
    )
    return extension("2.5.29.33", encoding.sequence(*encoded), critical=True)


def inhibit_any_policy(skip: int) -> Extension:
    return extension("2.5.29.54", encoding.integer(skip), critical=True)


def application_policies(*oids: str) -> Extension:
    encoded = (encoding.sequence(encoding.object_identifier(oid)) for oid in oids)
    return extension("1.3.6.1.4.1.311.21.10", encoding.sequence(*encoded))


def name_constraints(*, permitted: Sequence[bytes] = (), excluded: Sequence[bytes] = ()) -> Extension:
    """Subtrees given as encoded GeneralNames, or as GeneralName followed by its encoded bounds."""
    trees = b"".join(
        der.wrap(tag, b"".join(encoding.sequence(base) for base in bases))
        for tag, bases in ((0xA0, permitted), (0xA1, excluded))
        if bases
    )
    return extension("2.5.29.30", der.wrap(0x30, trees), critical=True)
