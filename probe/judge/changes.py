"""Changes that could make a refused certificate acceptable, each as a step from one scenario to the next.

This module proposes; remedy.py judges again and keeps only what flips the verdict. Commands are those an
Exchange administrator runs (spec/exchange.md section 7.3). Nothing here weakens the caller's checks:
AllowExternalUntrustedCerts and the like are never proposed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from probe.dotnet import X509ChainStatusFlags as Flags
from probe.facts import extensions
from probe.facts.certificate import Certificate
from probe.facts.target import ip_literal
from probe.facts.trust import disallowed_identifiers
from probe.judge.conclusions import Actor, ChainElement
from probe.judge.scenario import Answer, Mended, Scenario, out_of_date

MAXIMUM_NAMESPACES = 3


@dataclass(frozen=True, slots=True)
class Change:
    """One change: the finding it belongs to, who makes it, how, and its effect on the scenario."""

    code: str
    actor: Actor
    text: str
    apply: Callable[[Scenario], Scenario]
    command: str | None = None
    certificates: tuple[Certificate, ...] = ()


def proposals(scenario: Scenario, answer: Answer, retrieved: tuple[Certificate, ...]) -> tuple[Change, ...]:
    """Every change worth trying for this answer. `retrieved`: what issuer downloads brought, used or not."""
    return (
        *_import_roots(scenario, answer, retrieved),
        *_complete_chain(scenario, answer, retrieved),
        *_distrust(answer),
        *_renewals(scenario, answer),
        *_names(scenario, answer),
        *_reissues(scenario, answer),
    )


def file_name(certificate: Certificate) -> str:
    """The name under which a certificate is saved and which commands refer to."""
    return f"{certificate.thumbprint}.cer"


def _self_signed(certificates: tuple[Certificate, ...]) -> Iterator[Certificate]:
    return (certificate for certificate in certificates if certificate.self_issued)


def _import_roots(scenario: Scenario, answer: Answer, retrieved: tuple[Certificate, ...]) -> Iterator[Change]:
    if not answer.chain.status & (Flags.UntrustedRoot | Flags.PartialChain):
        return
    in_chain = tuple(element.certificate for element in answer.chain.elements)
    at_hand = dict.fromkeys((*in_chain, *scenario.presented, *retrieved))
    for root in _self_signed(tuple(at_hand)):
        if root not in scenario.trust.root_set and root != scenario.presented[0]:
            yield _import_root(root)
    if scenario.presented[0].self_issued:
        yield _import_root(scenario.presented[0], own=True)


def _import_root(root: Certificate, *, own: bool = False) -> Change:
    what = "the partner's self-signed certificate" if own else f"the root certificate {root.subject}"
    name = file_name(root)
    return Change(
        code="chain-untrusted-root",
        actor=Actor.CALLER,
        text=(
            f"import {what} (thumbprint {root.thumbprint}) into the Enterprise Trusted Root store of every "
            "server that starts lookups (Exchange 2010: every Client Access server, later: every Mailbox "
            "server), after comparing the thumbprint with the partner by telephone"
        ),
        command=(
            f"certutil -addstore -enterprise Root {name}\n"
            f"Import-Certificate -FilePath {name} -CertStoreLocation Cert:\\LocalMachine\\Root"
        ),
        certificates=(root,),
        apply=lambda scenario: dataclasses.replace(
            scenario,
            trust=dataclasses.replace(scenario.trust, roots=(*scenario.trust.roots, root)),
        ),
    )


def _complete_chain(
    scenario: Scenario, answer: Answer, retrieved: tuple[Certificate, ...]
) -> Iterator[Change]:
    missing = tuple(c for c in retrieved if not c.self_issued and c not in scenario.presented)
    if not missing or not answer.chain.status & (Flags.PartialChain | Flags.UntrustedRoot):
        return
    names = " and ".join(str(certificate.subject) for certificate in missing)
    yield Change(
        code="chain-incomplete",
        actor=Actor.PARTNER,
        text=f"send the missing intermediate certificate with the chain: {names} "
        "(import it into the Intermediate Certification Authorities store of the server that answers)",
        command="\n".join(f"certutil -addstore CA {file_name(c)}" for c in missing),
        certificates=missing,
        apply=lambda s: dataclasses.replace(s, presented=(*s.presented, *missing)),
    )
    if not scenario.caller.aia:
        yield Change(
            code="chain-incomplete",
            actor=Actor.NETWORK,
            text="let the Exchange servers reach the issuer's download address over HTTP",
            apply=lambda s: dataclasses.replace(
                s, caller=dataclasses.replace(s.caller, aia=True), retrieved=retrieved
            ),
        )


def _distrust(answer: Answer) -> Iterator[Change]:
    if not answer.chain.status & Flags.ExplicitDistrust:
        return
    refused = tuple(e.certificate for e in answer.chain.elements if e.status & Flags.ExplicitDistrust)
    listed = {name for c in refused for name in (c.thumbprint, *disallowed_identifiers(c))}
    yield Change(
        code="chain-explicit-distrust",
        actor=Actor.CALLER,
        text="remove the certificate from the Untrusted Certificates store, if it was put there by mistake",
        command="\n".join(f"certutil -delstore Disallowed {c.thumbprint}" for c in refused),
        apply=lambda s: dataclasses.replace(
            s,
            trust=dataclasses.replace(
                s.trust,
                disallowed=tuple(c for c in s.trust.disallowed if c not in refused),
                disallowed_hashes=tuple(h for h in s.trust.disallowed_hashes if h not in listed),
                disallowed_identifiers=tuple(i for i in s.trust.disallowed_identifiers if i not in listed),
            ),
        ),
    )


def _renewals(scenario: Scenario, answer: Answer) -> Iterator[Change]:
    for certificate in out_of_date(answer.chain, scenario.at):
        structure = certificate.structure
        leaf = certificate == scenario.presented[0]
        if structure is not None and structure.not_before > scenario.at:
            yield Change(
                code="certificate-not-yet-valid",
                actor=Actor.PARTNER,
                text=f"wait until {structure.not_before:%Y-%m-%d %H:%M} UTC, when {certificate.subject} "
                "becomes valid, or use a certificate that is valid already",
                apply=_waiting(structure.not_before),
            )
            continue
        what = "renew the server certificate" if leaf else f"replace the expired {certificate.subject}"
        yield Change(
            code="certificate-expired",
            actor=Actor.PARTNER,
            text=f"{what} and bind it to IIS (and to the reverse proxy that publishes Exchange)",
            command="New-ExchangeCertificate …; Enable-ExchangeCertificate -Services IIS" if leaf else None,
            apply=_mending(certificate, Flags.NotTimeValid),
        )


def _waiting(start: datetime) -> Callable[[Scenario], Scenario]:
    return lambda scenario: dataclasses.replace(scenario, at=max(scenario.at, start))


def _mending(*certificates_and_flags: Certificate | Flags) -> Callable[[Scenario], Scenario]:
    flags = Flags.NoError
    for part in certificates_and_flags:
        if isinstance(part, Flags):
            flags |= part
    mended = tuple(Mended(c.sha256, flags) for c in certificates_and_flags if isinstance(c, Certificate))
    return lambda scenario: dataclasses.replace(scenario, mended=(*scenario.mended, *mended))


def _names(scenario: Scenario, answer: Answer) -> Iterator[Change]:
    if answer.name is None or answer.name.matched or scenario.host is None:
        return
    host = scenario.host
    yield Change(
        code="name-mismatch",
        actor=Actor.PARTNER,
        text=f"reissue the certificate with {host} among its subject alternative names and bind it to IIS",
        command='Get-ExchangeCertificate | ? Services -like "*IIS*" | fl Subject,CertificateDomains',
        apply=lambda s: dataclasses.replace(s, name_mended=True),
    )
    if host.endswith("."):
        yield _other_host(host.rstrip("."), "write the host name without the final dot")
    for name in _covered(scenario.presented[0])[:MAXIMUM_NAMESPACES]:
        yield _other_host(name, f"use the name {name}, which the certificate does cover, if it leads there")


def _other_host(name: str, text: str) -> Change:
    return Change(
        code="name-mismatch",
        actor=Actor.CALLER,
        text=text,
        command=f"Set-OrganizationRelationship … -TargetSharingEpr https://{name}/ews/exchange.asmx/WSSecurity",
        apply=lambda s: dataclasses.replace(s, host=name),
    )


def _covered(leaf: Certificate) -> list[str]:
    names = extensions.dns_names(leaf) or leaf.subject.common_names
    return [n.lower() for n in names if "*" not in n and "." in n and ip_literal(n) is None]


# Faults that only a new certificate repairs: finding, flags, what to tell the partner.
_REISSUE = (
    (
        "certificate-wrong-usage",
        Flags.NotValidForUsage,
        "with the enhanced key usage Server Authentication (1.3.6.1.5.5.7.3.1), from a CA that may issue it",
    ),
    (
        "certificate-signature",
        Flags.NotSignatureValid | Flags.HasWeakSignature,
        "with a valid, strong signature",
    ),
    ("chain-basic-constraints", Flags.InvalidBasicConstraints, "under a CA whose basic constraints allow it"),
    (
        "chain-name-constraints",
        Flags.InvalidNameConstraints
        | Flags.HasNotSupportedNameConstraint
        | Flags.HasNotDefinedNameConstraint
        | Flags.HasNotPermittedNameConstraint
        | Flags.HasExcludedNameConstraint,
        "with names that the constraints of its CA permit, or from another CA",
    ),
    (
        "chain-policy",
        Flags.InvalidPolicyConstraints | Flags.NoIssuanceChainPolicy,
        "under a certificate policy that its CA's policy constraints accept",
    ),
    (
        "certificate-extension",
        Flags.HasNotSupportedCriticalExtension | Flags.InvalidExtension,
        "without the critical extension that Windows does not know",
    ),
    ("chain-cyclic", Flags.Cyclic, "from a CA whose certificates do not issue each other in a circle"),
    ("certificate-revoked", Flags.Revoked, "because the issuer has revoked it"),
)


def _reissues(scenario: Scenario, answer: Answer) -> Iterator[Change]:
    for code, flags, how in _REISSUE:
        affected = [e for e in answer.chain.elements if e.status & flags]
        if not affected:
            continue
        yield Change(
            code=code,
            actor=Actor.PARTNER,
            text=f"reissue {_subjects(affected, scenario)} {how}",
            apply=_mending(*(e.certificate for e in affected), flags),
        )


def _subjects(affected: list[ChainElement], scenario: Scenario) -> str:
    if any(e.certificate == scenario.presented[0] for e in affected):
        return "the server certificate"
    return " and ".join(str(e.certificate.subject) for e in affected)
