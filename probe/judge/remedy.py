"""Remedies, proved: the smallest sets of changes after which the same engine accepts the certificate.

A change that does not flip the verdict is never offered. When no single change does, the smallest sets that
do are offered as sets (`Remedy.together`). Also the moment at which an accepted certificate stops being so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import combinations

from probe.facts.certificate import Certificate
from probe.judge.changes import Change, file_name, proposals
from probe.judge.conclusions import Actor, Flip, Remedy
from probe.judge.scenario import Answer, Scenario, ask

# Four faults at once have been seen on real partners, five have not; the search stays below 200 questions.
LARGEST_SET = 4
MOST_PROPOSALS = 10
# A path in use has at most a handful of alternatives; each step moves past one expiry.
MOST_FLIP_STEPS = 12
_ONE_SECOND = timedelta(seconds=1)


@dataclasses.dataclass(frozen=True, slots=True)
class ProvedRemedy:
    """A remedy with the code of the finding it belongs to."""

    code: str
    remedy: Remedy


def prove(scenario: Scenario, answer: Answer, retrieved: tuple[Certificate, ...]) -> tuple[ProvedRemedy, ...]:
    """The smallest sets of changes that flip this refusal; () when there is no refusal or none does."""
    if not answer.errors:
        return ()
    changes = proposals(scenario, answer, retrieved)[:MOST_PROPOSALS]
    for size in range(1, LARGEST_SET + 1):
        found = [chosen for chosen in combinations(changes, size) if _flips(scenario, chosen)]
        if found:
            return tuple(_proved(found))
    return ()


def _flips(scenario: Scenario, changes: Iterable[Change]) -> bool:
    for change in changes:
        scenario = change.apply(scenario)
    answer = ask(scenario)
    return not answer.errors and answer.chain.indeterminate is None


def _proved(found: Sequence[tuple[Change, ...]]) -> Iterable[ProvedRemedy]:
    for number, chosen in enumerate(found, start=1):
        for change in chosen:
            remedy = Remedy(
                actor=change.actor,
                text=change.text,
                command=change.command,
                proved=True,
                certificates=change.certificates,
                together=number if len(chosen) > 1 else None,
            )
            yield ProvedRemedy(change.code, remedy)


def prove_completion(scenario: Scenario, missing: tuple[Certificate, ...]) -> tuple[Remedy, ...]:
    """The remedy for a chain that works by download only, if sending the certificates replaces that."""
    without = dataclasses.replace(
        scenario,
        presented=(*scenario.presented, *missing),
        retrieved=(),
        caller=dataclasses.replace(scenario.caller, aia=False),
    )
    if ask(without).errors:
        return ()
    return (
        Remedy(
            actor=Actor.PARTNER,
            text="send the intermediate certificate with the chain: import it into the Intermediate "
            "Certification Authorities store of the server that answers",
            command="\n".join(f"certutil -addstore CA {file_name(c)}" for c in missing),
            proved=True,
            certificates=missing,
        ),
    )


def prove_root_at_hand(scenario: Scenario, root: Certificate) -> tuple[Remedy, ...]:
    """The remedy for a root that Windows would have to download, if importing it makes that unnecessary."""
    roots = (*(r for r in scenario.trust.roots if r != root), root)
    properties = tuple(
        (thumbprint, dataclasses.replace(entry, automatic=False))
        for thumbprint, entry in scenario.trust.properties
    )
    imported = dataclasses.replace(
        scenario,
        trust=dataclasses.replace(scenario.trust, roots=roots, properties=properties),
        caller=dataclasses.replace(scenario.caller, root_auto_update=False),
    )
    if ask(imported).errors:
        return ()
    return (
        Remedy(
            actor=Actor.CALLER,
            text="import the root now, so that it does not depend on Windows Update",
            command=f"certutil -addstore -enterprise Root {file_name(root)}",
            proved=True,
            certificates=(root,),
        ),
    )


def flip(scenario: Scenario, answer: Answer) -> Flip | None:
    """The first moment at which this accepted certificate is refused, and why; None when it is refused now.

    An expiry that an alternative path survives is passed over: the engine is asked one second after each.
    """
    if answer.errors:
        return None
    current, moment = answer, scenario.at
    for _ in range(MOST_FLIP_STEPS):
        expiring = _next_expiry(current, moment)
        if expiring is None:
            return None
        certificate, moment = expiring
        current = ask(dataclasses.replace(scenario, at=moment))
        if current.errors:
            what = "the server certificate" if certificate == scenario.presented[0] else certificate.subject
            return Flip(moment, f"{what} expires and no other path is valid then")
    return None


def _next_expiry(answer: Answer, after: datetime) -> tuple[Certificate, datetime] | None:
    """The certificate of the chain in use that expires first, with the first second after its NotAfter."""
    expiries = [
        (element.certificate, structure.not_after + _ONE_SECOND)
        for element in answer.chain.elements
        if (structure := element.certificate.structure) is not None and structure.not_after >= after
    ]
    return min(expiries, key=lambda pair: pair[1], default=None)
