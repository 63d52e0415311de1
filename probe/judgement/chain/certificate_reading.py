"""What the chain engine reads of one certificate, once: every extension decoded on its own, faults noted.

An extension that cannot be decoded is absent here and its OID is in `undecodable`; whether that matters is
for the modules that judge.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct

from probe.facts import constraints
from probe.facts import extensions as decode
from probe.facts.certificate import Certificate, Extension, derived
from probe.facts.encoding import ber
from probe.judgement.chain import critical_extensions

_T = TypeVar("_T")

_ALTERNATIVE_NAMES = frozenset({decode.SUBJECT_ALTERNATIVE_NAME, decode.OBSOLETE_SUBJECT_ALTERNATIVE_NAME})

_USAGES = frozenset(
    {
        decode.KEY_USAGE,
        decode.EXTENDED_KEY_USAGE,
        decode.APPLICATION_POLICIES,
        decode.BASIC_CONSTRAINTS,
    }
)


class CertificateReading(Struct, frozen=True):
    """One certificate's extensions as judgement needs them; None where absent or undecodable.

    `usages` None: no EKU and no application policies that can be decoded, so any usage. `followed`: the
    extensions of the usages whose value has bytes after it that are no part of it.
    """

    basic_constraints: decode.BasicConstraints | None
    key_usage: int | None
    usages: frozenset[str] | None
    name_constraints: constraints.NameConstraints | None
    authority_key: decode.AuthorityKeyIdentifier | None
    subject_key_identifier: bytes | None
    policies: tuple[str, ...] | None
    policy_mappings: tuple[tuple[str, str], ...]
    policy_constraints: constraints.PolicyConstraints | None
    inhibit_any_policy: int | None
    general_names: tuple[decode.GeneralName, ...] | None
    undecodable: frozenset[str]
    followed: frozenset[str]
    unknown_critical: tuple[str, ...]

    @property
    def names_undecodable(self) -> bool:
        """Whether crypt32 could not decode the SAN: newer ones refuse it whole for one bad name.

        A bad name has NUL, or anything that is no IA5, in it (Wine crypt32 tests chain27).
        """
        return bool(self.undecodable & _ALTERNATIVE_NAMES) or any(
            map(critical_extensions.ill_formed, self.general_names or ())
        )


class _ExtensionReader:
    """Decodes extensions of one certificate and remembers those that it could not."""

    def __init__(self, certificate: Certificate) -> None:
        # The first of several with one OID counts, as CertFindExtension returns it (wincrypt.h).
        self.extensions: dict[str, Extension] = {}
        for extension in certificate.extensions:
            self.extensions.setdefault(extension.oid, extension)
        self.undecodable: set[str] = set()
        self.followed: set[str] = set()

    def read(self, decoder: Callable[[bytes], _T], *oids: str) -> _T | None:
        for oid in oids:
            extension = self.extensions.get(oid)
            if extension is not None:
                try:
                    return decoder(extension.value)
                except ValueError:
                    return self._read_beginning(decoder, extension)
        return None

    def _read_beginning(self, decoder: Callable[[bytes], _T], extension: Extension) -> _T | None:
        """What the value says if bytes after it are left out, which only those of the usages may be."""
        try:
            if extension.oid in _USAGES:
                found = decoder(ber.value(extension.value).whole)
                self.followed.add(extension.oid)
                return found
        except ValueError:
            pass
        self.undecodable.add(extension.oid)
        return None


def _basic_constraints(reader: _ExtensionReader) -> decode.BasicConstraints | None:
    if decode.BASIC_CONSTRAINTS in reader.extensions:
        return reader.read(decode.basic_constraints, decode.BASIC_CONSTRAINTS)
    return reader.read(decode.obsolete_basic_constraints, decode.OBSOLETE_BASIC_CONSTRAINTS)


def _usages(reader: _ExtensionReader) -> frozenset[str] | None:
    # Microsoft's application policies, empty and undecodable ones too, stand in the EKU's place: it is not
    # even decoded. What cannot be decoded restricts nothing [validation 5.4.2] [validation 5.4.3].
    if decode.APPLICATION_POLICIES in reader.extensions:
        usages = reader.read(constraints.application_policies, decode.APPLICATION_POLICIES)
    else:
        usages = reader.read(decode.extended_key_usage, decode.EXTENDED_KEY_USAGE)
    return None if usages is None else frozenset(usages)


@derived
def read(certificate: Certificate) -> CertificateReading:
    """The reading of a certificate, made once and kept with it."""
    reader = _ExtensionReader(certificate)
    return CertificateReading(
        basic_constraints=_basic_constraints(reader),
        key_usage=reader.read(decode.key_usage, decode.KEY_USAGE),
        usages=_usages(reader),
        name_constraints=reader.read(constraints.name_constraints, decode.NAME_CONSTRAINTS),
        authority_key=reader.read(decode.authority_key_identifier, decode.AUTHORITY_KEY_IDENTIFIER),
        subject_key_identifier=reader.read(decode.subject_key_identifier, decode.SUBJECT_KEY_IDENTIFIER),
        policies=reader.read(constraints.certificate_policies, decode.CERTIFICATE_POLICIES),
        policy_mappings=reader.read(constraints.policy_mappings, decode.POLICY_MAPPINGS) or (),
        policy_constraints=reader.read(constraints.policy_constraints, decode.POLICY_CONSTRAINTS),
        inhibit_any_policy=reader.read(constraints.inhibit_any_policy, decode.INHIBIT_ANY_POLICY),
        general_names=reader.read(
            decode.general_names,
            decode.SUBJECT_ALTERNATIVE_NAME,
            decode.OBSOLETE_SUBJECT_ALTERNATIVE_NAME,
        ),
        undecodable=frozenset(reader.undecodable),
        followed=frozenset(reader.followed),
        unknown_critical=tuple(
            oid
            for oid, extension in reader.extensions.items()
            if extension.critical and oid not in critical_extensions.KNOWN
        ),
    )
