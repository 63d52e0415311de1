"""Changes that could make a refused certificate acceptable, each as a step from one scenario to the next.

This module proposes; remedy.py judges again and keeps only what flips the verdict. Commands are those an
Exchange administrator runs ([exchange 7.3]). Nothing here weakens the caller's checks:
AllowExternalUntrustedCerts and the like are never proposed. What a partner's certificate says never gets
into a command unless it is a plain host name: commands are there to be pasted into a shell.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec import Struct, structs

from probe.dotnet import X509ChainStatusFlags as Flags
from probe.facts import extensions
from probe.facts.certificate import Certificate
from probe.facts.target import ip_literal
from probe.facts.trust_store import TrustStore
from probe.judgement.model import Actor, ChainElement, Remedy, Source
from probe.judgement.remedies import evidence, reissues
from probe.judgement.scenario import EngineAnswer, Repair, Scenario, ask, out_of_date

MAXIMUM_NAMESPACES = 3
# A partner may send any number of self-signed certificates; those of the chain come first.
MAXIMUM_ROOTS = 3
# Names that lead nowhere from outside: RFC 6761 and RFC 6762 with its appendix G, and the names that ICANN
# keeps out of the DNS for good (SAC 113).
_INTERNAL = (
    *(".local", ".localhost", ".localdomain", ".intranet", ".intern", ".internal", ".private", ".priv"),
    *(".corp", ".home", ".lan"),
)
_HOST_NAME = re.compile(r"(?=.{4,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}\Z")


class Change(Struct, frozen=True):
    """One change: the finding it belongs to, who makes it, how, and its effect on the scenario.

    `elsewhere`: it leads to a host that nobody has contacted, so the certificate that covers it proves
    nothing.
    """

    code: str
    actor: Actor
    text: str
    apply: Callable[[Scenario], Scenario]
    command: str | None = None
    certificates: tuple[Certificate, ...] = ()
    elsewhere: bool = False


def proposals(
    scenario: Scenario, answer: EngineAnswer, retrieved: tuple[Certificate, ...]
) -> tuple[Change, ...]:
    """Every change worth trying for this answer. `retrieved`: what issuer downloads brought, used or not."""
    return (
        *_import_roots(scenario, answer, retrieved),
        *_complete_chain(scenario, answer, retrieved),
        *_distrust(scenario, answer),
        *_renewals(scenario, answer),
        *_names(scenario, answer),
        *_reissues(scenario, answer),
    )


def file_name(certificate: Certificate) -> str:
    """The name under which a certificate is saved and which commands refer to."""
    return f"{certificate.thumbprint}.cer"


# Who imports a root, where, and after which precaution ([exchange 7.3]).
ROOT_IMPORT = (
    "into the Enterprise Trusted Root store of every server that starts lookups (Exchange 2010: every "
    "Client Access server, later: every Mailbox server), after comparing the thumbprint with the partner by "
    "telephone"
)


def import_commands(root: Certificate) -> str:
    """How to import a saved root on a Windows server; either line does it."""
    return root_import_commands(file_name(root))


def root_import_commands(file: str) -> str:
    """How to import the root certificate in this file, which must be a plain file name."""
    return (
        f"certutil -addstore -enterprise Root {file}\n"
        "# or, in PowerShell:\n"
        f"Import-Certificate -FilePath {file} -CertStoreLocation Cert:\\LocalMachine\\Root"
    )


def import_root(scenario: Scenario, root: Certificate) -> Scenario:
    """The scenario with this root in the caller's Root store, whether or not it was an automatic one."""
    properties = tuple(
        (thumbprint, dataclasses.replace(entry, automatic=False) if thumbprint == root.thumbprint else entry)
        for thumbprint, entry in scenario.trust.properties
    )
    roots = (*(r for r in scenario.trust.roots if r != root), root)
    return structs.replace(
        scenario, trust=dataclasses.replace(scenario.trust, roots=roots, properties=properties)
    )


def automatic_roots(scenario: Scenario, answer: EngineAnswer) -> tuple[Certificate, ...]:
    """Roots of Microsoft's list that would end this chain and that this caller does not download."""
    trust = scenario.trust
    if scenario.caller.root_auto_update:
        return ()
    last = answer.chain.elements[-1].certificate
    named = (last,) if last.self_issued else trust.roots_by_subject.get(last.issuer.der, ())
    return tuple(root for root in named if root in trust.root_set and trust.properties_of(root).automatic)


def _import_roots(
    scenario: Scenario, answer: EngineAnswer, retrieved: tuple[Certificate, ...]
) -> Iterator[Change]:
    if not answer.chain.status & (Flags.UntrustedRoot | Flags.PartialChain):
        return
    automatic = automatic_roots(scenario, answer)
    in_chain = (element.certificate for element in reversed(answer.chain.elements))
    at_hand = dict.fromkeys((*in_chain, *automatic, *scenario.presented, *retrieved))
    known = scenario.trust.root_set.difference(automatic)
    roots = [c for c in at_hand if c.self_issued and c not in known]
    for root in roots[:MAXIMUM_ROOTS]:
        yield _import_root(root, own=root == scenario.presented[0])


def _import_root(root: Certificate, *, own: bool) -> Change:
    what = "the partner's self-signed certificate" if own else f"the root certificate {evidence.name(root)}"
    return Change(
        code="chain-untrusted-root",
        actor=Actor.CALLER,
        text=f"import {what} (thumbprint {root.thumbprint}) {ROOT_IMPORT}",
        command=import_commands(root),
        certificates=(root,),
        apply=lambda scenario: import_root(scenario, root),
    )


def _complete_chain(
    scenario: Scenario, answer: EngineAnswer, retrieved: tuple[Certificate, ...]
) -> Iterator[Change]:
    if not answer.chain.status & (Flags.PartialChain | Flags.UntrustedRoot):
        return
    missing = _missing(scenario, retrieved)
    if not missing:
        return
    names = " and ".join(evidence.name(certificate) for certificate in missing)
    yield Change(
        code="chain-incomplete",
        actor=Actor.PARTNER,
        text=f"send the missing intermediate certificate with the chain: {names} "
        "(import it into the Intermediate Certification Authorities store of the server that answers)",
        command="\n".join(f"certutil -addstore CA {file_name(c)}" for c in missing),
        certificates=missing,
        apply=lambda s: structs.replace(s, presented=(*s.presented, *missing)),
    )
    if not scenario.caller.aia:
        yield Change(
            code="chain-incomplete",
            actor=Actor.NETWORK,
            text=f"let the Exchange servers reach {_addresses(answer)} over HTTP",
            apply=lambda s: structs.replace(
                s, caller=dataclasses.replace(s.caller, aia=True), retrieved=retrieved
            ),
        )


def _missing(scenario: Scenario, retrieved: tuple[Certificate, ...]) -> tuple[Certificate, ...]:
    """What the partner would have to send: of everything retrieved only what the chain then consists of."""
    unsent = tuple(c for c in retrieved if c not in scenario.presented)
    if not unsent:
        return ()
    with_all = structs.replace(scenario, presented=(*scenario.presented, *unsent))
    members = [e.certificate for e in ask(with_all).chain.elements if e.source is Source.PRESENTED]
    return tuple(c for c in members if c in unsent and not c.self_issued)


def _addresses(answer: EngineAnswer) -> str:
    certificates = (e.certificate for e in answer.chain.elements)
    urls = dict.fromkeys(url for c in certificates for url in extensions.issuer_urls(c))
    return " and ".join(urls) or "the issuer's download address"


def _distrust(scenario: Scenario, answer: EngineAnswer) -> Iterator[Change]:
    """Only what an administrator put into the store can be taken out; a list of Microsoft's cannot."""
    refused = {e.certificate for e in answer.chain.elements if e.status & Flags.ExplicitDistrust}
    stored = tuple(c for c in scenario.trust.disallowed if c in refused)
    if not stored:
        return

    def without(trust: TrustStore) -> TrustStore:
        return dataclasses.replace(trust, disallowed=tuple(c for c in trust.disallowed if c not in stored))

    yield Change(
        code="chain-explicit-distrust",
        actor=Actor.CALLER,
        text="remove the certificate from the Untrusted Certificates store, if it was put there by mistake",
        command="\n".join(f"certutil -delstore Disallowed {c.thumbprint}" for c in stored),
        apply=lambda s: structs.replace(s, trust=without(s.trust)),
    )


def _renewals(scenario: Scenario, answer: EngineAnswer) -> Iterator[Change]:
    late = out_of_date(answer.chain, scenario.at)
    for element in answer.chain.elements:
        certificate = element.certificate
        structure = certificate.structure
        if certificate not in late or structure is None:
            continue
        if any(m.sha256 == certificate.sha256 and m.flags & Flags.NotTimeValid for m in scenario.repairs):
            continue
        if structure.not_before > scenario.at:
            yield Change(
                code="certificate-not-yet-valid",
                actor=Actor.PARTNER,
                text=f"wait until {structure.not_before:%Y-%m-%d %H:%M} UTC, when "
                f"{evidence.name(certificate)} becomes valid, or use a certificate that is valid already",
                apply=_waiting(structure.not_before),
            )
        else:
            yield _renewed(scenario, element)


def renewal(scenario: Scenario, element: ChainElement, day: datetime | None = None) -> Remedy:
    """Who renews this certificate and how: before `day`, or now, when it has expired."""
    by = f" before {day:%Y-%m-%d}" if day else ""
    if element.certificate == scenario.presented[0]:
        return Remedy(
            Actor.PARTNER,
            f"renew the server certificate{by} and bind it to IIS (and to the proxy that publishes Exchange)",
            "Enable-ExchangeCertificate -Thumbprint THUMBPRINT_OF_THE_NEW_ONE -Services IIS",
        )
    what = f"the renewed certificate of {evidence.subject(element)}{by or ' in place of the expired one'}"
    if element.source is Source.STORE:
        return Remedy(Actor.CALLER, f"install {what}")
    return Remedy(Actor.PARTNER, f"send {what}")


def _renewed(scenario: Scenario, element: ChainElement) -> Change:
    remedy = renewal(scenario, element)
    return Change(
        code="certificate-expired",
        actor=remedy.actor,
        text=remedy.text,
        command=remedy.command,
        apply=_repairing(Flags.NotTimeValid, element.certificate),
    )


def _waiting(start: datetime) -> Callable[[Scenario], Scenario]:
    return lambda scenario: structs.replace(scenario, at=max(scenario.at, start))


def _repairing(flags: Flags, *certificates: Certificate) -> Callable[[Scenario], Scenario]:
    repairs = tuple(Repair(certificate.sha256, flags) for certificate in certificates)
    return lambda scenario: structs.replace(scenario, repairs=(*scenario.repairs, *repairs))


def _names(scenario: Scenario, answer: EngineAnswer) -> Iterator[Change]:
    if answer.name is None or answer.name.matched or scenario.host is None:
        return
    host = scenario.host
    yield Change(
        code="name-mismatch",
        actor=Actor.PARTNER,
        text=f"reissue the certificate with {host} among its subject alternative names and bind it to IIS",
        command='Get-ExchangeCertificate | ? Services -like "*IIS*" | fl Subject,CertificateDomains',
        apply=lambda s: structs.replace(s, name_repaired=True),
    )
    if host.endswith("."):
        yield _other_host(host.rstrip("."), "write the host name without the final dot")
    for name in _covered(scenario.presented[0])[:MAXIMUM_NAMESPACES]:
        text = f"use the name {name}, which the certificate does cover, if it leads there"
        yield _other_host(name, text, elsewhere=True)


def _other_host(name: str, text: str, *, elsewhere: bool = False) -> Change:
    return Change(
        code="name-mismatch",
        actor=Actor.CALLER,
        text=text,
        command="Set-OrganizationRelationship RELATIONSHIP "
        f"-TargetSharingEpr https://{name}/ews/exchange.asmx/WSSecurity",
        apply=lambda s: structs.replace(s, host=name),
        elsewhere=elsewhere,
    )


def _covered(leaf: Certificate) -> list[str]:
    names = extensions.dns_names(leaf) or leaf.subject.common_names
    hosts = (name.lower() for name in names)
    return [
        host
        for host in hosts
        if _HOST_NAME.match(host) and ip_literal(host) is None and not host.endswith(_INTERNAL)
    ]


def _up_to(element: ChainElement, answer: EngineAnswer) -> tuple[ChainElement, ...]:
    elements = answer.chain.elements
    return elements[: elements.index(element) + 1]


def _reissues(scenario: Scenario, answer: EngineAnswer) -> Iterator[Change]:
    for fault in reissues.FAULTS:
        affected = [e for e in answer.chain.elements if fault.concerns(e)]
        if not affected:
            continue
        leaf = affected[0].certificate == scenario.presented[0]
        text = fault.of_leaf if leaf else fault.of_authority.format(subject=evidence.subject(affected[0]))
        yield Change(
            code=fault.code,
            actor=Actor.PARTNER,
            text=text,
            apply=_repairing(
                fault.flags | fault.along | fault.below,
                *(e.certificate for e in (_up_to(affected[-1], answer) if fault.below else affected)),
            ),
        )
