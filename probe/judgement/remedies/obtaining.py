"""What to do about an issuer that is nowhere at hand: who has to obtain or send it, and by which name.

Nothing here can be proved, because the certificate that would be tried is the one that is missing; the text
says so. The fixes are those of [exchange 7.3]: intermediates belong to the partner's server,
roots to the caller's store. No name out of a certificate gets into a command (see changes.py).
"""

from __future__ import annotations

from itertools import pairwise

from probe.dotnet import X509ChainStatusFlags as Flags
from probe.facts.certificate import Certificate
from probe.judgement.chain.certificate_reading import read
from probe.judgement.model import Actor, Remedy, Source
from probe.judgement.remedies import evidence
from probe.judgement.remedies.changes import ROOT_IMPORT, root_import_commands
from probe.judgement.scenario import EngineAnswer

_FILE = "MISSING_ISSUER.cer"
_UNPROVED = "not proved, because that certificate is not at hand here"


def remedies(answer: EngineAnswer) -> tuple[Remedy, ...]:
    """Whom to ask for the issuer below which this chain stops; () when it does not stop below one.

    A listed root is left out: automatic root update brings it, and nobody has to obtain it.
    """
    chain = answer.chain
    last = chain.elements[-1].certificate
    if not chain.status & Flags.PartialChain or chain.listed_root is not None or last.structure is None:
        return ()
    name, remaining = _issuer_in_words(last), _other_faults(answer)
    if len(chain.elements) == 1:
        # What issued an end-entity is an intermediate almost always, and to see a root sent does no harm.
        return (_send_issuer(f"send the certificate of {name}", remaining), _import_issuer(name, remaining))
    return (
        _import_issuer(name, remaining),
        _send_issuer(f"if {name} is an intermediate, send its certificate", remaining),
    )


def root_of_another_key(answer: EngineAnswer) -> tuple[Remedy, ...]:
    """Whom to ask for the root where the store has one of that name and the chain names another key."""
    for child, root in pairwise(answer.chain.elements):
        wanted = evidence.authority_key_identifier(child.certificate)
        has = read(root.certificate).subject_key_identifier
        if not child.status & Flags.NotSignatureValid or child.status & Flags.HasWeakSignature:
            continue
        if wanted and has and wanted != has.hex().upper() and root.source is Source.STORE:
            if not root.certificate.self_issued:
                continue
            text = (
                f"if {evidence.name(root.certificate)} has a new key (key identifier {wanted}, the store has "
                f"{has[:20].hex().upper()}), obtain its certificate of that key and import it {ROOT_IMPORT}"
            )
            return (Remedy(Actor.CALLER, f"{text}; {_UNPROVED}", root_import_commands(_FILE)),)
    return ()


def _other_faults(answer: EngineAnswer) -> str:
    named = answer.name is None or answer.name.matched
    return "" if named and not answer.chain.status & ~Flags.PartialChain else "; other faults remain"


def _send_issuer(what: str, remaining: str) -> Remedy:
    return Remedy(
        actor=Actor.PARTNER,
        text=f"{what} with the end-entity certificate (import it into the Intermediate "
        f"Certification Authorities store of the server that answers); {_UNPROVED}{remaining}",
        command=f"certutil -addstore CA {_FILE}",
    )


def _import_issuer(name: str, remaining: str) -> Remedy:
    return Remedy(
        actor=Actor.CALLER,
        text=f"if {name} is a root, obtain its certificate and import it {ROOT_IMPORT}; "
        f"{_UNPROVED}{remaining}",
        command=root_import_commands(_FILE),
    )


def _issuer_in_words(last: Certificate) -> str:
    name = last.issuer.in_words or "an issuer without name"
    identifier = evidence.authority_key_identifier(last)
    return f"{name} (authority key identifier {identifier})" if identifier else name
