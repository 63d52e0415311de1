"""Every status flag that .NET can show is reached: by one fault, and beside another fault.

`InvalidExtension` and the like never come alone; what comes with them is part of the row.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from probe.dotnet import X509ChainStatusFlags as Flags
from probe.dotnet import flag_names
from probe.facts.encoding import der
from probe.judgement.caller_profile import profile
from probe.lab import authority
from probe.lab import certificate_extensions as encoding
from probe.lab.authority import Credential
from tests.judgement.judging import (
    DAY,
    EMAIL,
    NOW,
    Given,
    build,
    extension,
    name_constraints,
    policy_constraints,
)

ROOT = authority.root()
ISSUING = authority.intermediate(ROOT)
CHECKING = dataclasses.replace(profile("exchange-2019"), revocation=True)

Make = Callable[[dict[str, object]], Given]


def _leaf(**fault: object) -> Make:
    def make(more: dict[str, object]) -> Given:
        leaf = authority.end_entity(ISSUING, **{**fault, **more})  # type: ignore[arg-type]
        return Given((leaf, ISSUING), (ROOT,))

    return make


def _below(**fault: object) -> Make:
    issuing = authority.intermediate(ROOT, "Faulty CA", **fault)  # type: ignore[arg-type]

    def make(more: dict[str, object]) -> Given:
        leaf = authority.end_entity(issuing, **more)  # type: ignore[arg-type]
        return Given((leaf, issuing), (ROOT,))

    return make


def _untrusted(more: dict[str, object]) -> Given:
    leaf = authority.end_entity(ISSUING, **more)  # type: ignore[arg-type]
    return Given((leaf, ISSUING, ROOT))


def _partial(more: dict[str, object]) -> Given:
    return Given((authority.end_entity(ISSUING, **more),), (ROOT,))  # type: ignore[arg-type]


def _distrusted(more: dict[str, object]) -> Given:
    return dataclasses.replace(_leaf()(more), disallowed=(ISSUING,))


def _cycle(more: dict[str, object]) -> Given:
    first, second = authority.root("First CA"), authority.root("Second CA")
    leaf: Credential = authority.end_entity(first, **more)  # type: ignore[arg-type]
    first_by_second = authority.intermediate(second, "First CA", key=first.key)
    second_by_first = authority.intermediate(first, "Second CA", key=second.key)
    return Given((leaf, first_by_second, second_by_first), (ROOT,))


def _bounded() -> object:
    return name_constraints(permitted=[encoding.dns_name("partner.lab") + der.wrap(0x80, b"\x01")])


ROWS: dict[Flags, tuple[Make, Flags]] = {
    Flags.NotTimeValid: (_leaf(not_after=NOW - DAY), Flags.NoError),
    Flags.NotSignatureValid: (_leaf(tampered=True), Flags.NoError),
    Flags.NotValidForUsage: (_leaf(usages=(EMAIL,)), Flags.NoError),
    Flags.UntrustedRoot: (_untrusted, Flags.NoError),
    Flags.RevocationStatusUnknown: (_leaf(), Flags.OfflineRevocation),
    Flags.OfflineRevocation: (_leaf(), Flags.RevocationStatusUnknown),
    Flags.Cyclic: (_cycle, Flags.PartialChain),
    Flags.InvalidExtension: (
        _leaf(extensions=(extension("2.5.29.32", b"\x00"),)),
        Flags.InvalidPolicyConstraints,
    ),
    Flags.InvalidPolicyConstraints: (
        _below(extensions=(extension("2.5.29.36", b"\x04\x00", critical=True),)),
        Flags.InvalidExtension,
    ),
    Flags.InvalidBasicConstraints: (_below(ca=False), Flags.NoError),
    Flags.InvalidNameConstraints: (
        _below(extensions=(extension("2.5.29.30", b"\x04\x00", critical=True),)),
        Flags.InvalidExtension,
    ),
    Flags.HasNotSupportedNameConstraint: (_below(extensions=(_bounded(),)), Flags.NoError),
    Flags.HasNotPermittedNameConstraint: (_below(permitted_dns=("elsewhere.lab",)), Flags.NoError),
    Flags.HasExcludedNameConstraint: (_below(excluded_dns=("partner.lab",)), Flags.NoError),
    Flags.PartialChain: (_partial, Flags.NoError),
    Flags.HasWeakSignature: (_leaf(key="rsa512"), Flags.NotSignatureValid),
    Flags.NoIssuanceChainPolicy: (_below(extensions=(policy_constraints(require=0),)), Flags.NoError),
    Flags.ExplicitDistrust: (_distrusted, Flags.NoError),
    Flags.HasNotSupportedCriticalExtension: (
        _leaf(extensions=(extension("1.2.3.4", b"\x05\x00", critical=True),)),
        Flags.InvalidExtension,
    ),
}

NEVER_HERE = {
    Flags.NotTimeNested: "Windows has not set it since Vista ([validation 2.2.3])",
    Flags.HasNotDefinedNameConstraint: "Windows has not set it since Vista ([validation 2.2.3])",
    Flags.CtlNotTimeValid: "the caller builds with no certificate trust list",
    Flags.CtlNotSignatureValid: "the caller builds with no certificate trust list",
    Flags.CtlNotValidForUsage: "the caller builds with no certificate trust list",
    Flags.Revoked: "needs an answer of the issuer: tests of revocation",
}


def _status(flag: Flags, more: dict[str, object]) -> Flags:
    revocation = flag in (Flags.RevocationStatusUnknown, Flags.OfflineRevocation)
    caller = CHECKING if revocation else profile("exchange-2019")
    return build(ROWS[flag][0](more), caller).status


def test_no_flag_is_forgotten() -> None:
    assert set(Flags) == set(ROWS) | set(NEVER_HERE)


@pytest.mark.parametrize("flag", ROWS, ids=lambda flag: flag.name)
def test_a_flag_is_reached_by_one_fault(flag: Flags) -> None:
    expected = flag | ROWS[flag][1]
    assert flag_names(_status(flag, {})) == flag_names(expected)


@pytest.mark.parametrize("flag", ROWS, ids=lambda flag: flag.name)
def test_a_flag_stays_beside_another_fault(flag: Flags) -> None:
    other = Flags.NotTimeValid
    more: dict[str, object] = {"not_after": NOW - DAY}
    if flag is Flags.NotTimeValid:
        other, more = Flags.NotValidForUsage, {"usages": (EMAIL,)}
    expected = flag | ROWS[flag][1] | other
    assert flag_names(_status(flag, more)) == flag_names(expected)


@pytest.mark.parametrize("flag", ROWS, ids=lambda flag: flag.name)
def test_a_flag_stays_beside_a_fault_of_another_element(flag: Flags) -> None:
    if flag in (Flags.UntrustedRoot, Flags.PartialChain, Flags.Cyclic, Flags.ExplicitDistrust):
        other = Flags.NotTimeValid
        status = _status(flag, {"not_after": NOW - DAY})
    else:
        # The caller has lost its root, and the partner sends it.
        other = Flags.UntrustedRoot
        revocation = flag in (Flags.RevocationStatusUnknown, Flags.OfflineRevocation)
        trusted = ROWS[flag][0]({})
        given = dataclasses.replace(trusted, presented=(*trusted.presented, *trusted.roots), roots=())
        status = build(given, CHECKING if revocation else "exchange-2019").status
    assert status & flag
    assert status & other
