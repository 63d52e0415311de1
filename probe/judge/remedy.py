"""Remedies, proved: the smallest sets of changes after which the same engine accepts the certificate.

A change that does not flip the verdict is never offered. When no single change does, the smallest sets that
do are offered as sets (`Remedy.together`). Also the moment at which an accepted certificate stops being so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from probe.facts.certificate import Certificate
from probe.judge.changes import Change, file_name, import_commands, import_root, proposals
from probe.judge.conclusions import Actor, Flip, Remedy
from probe.judge.scenario import Answer, Scenario, ask

# More than four faults at once have not been seen on a real partner; six leave room.
LARGEST_SET = 6
# Enough for every set of six faults with a remedy each (64), and for some faults with several.
MOST_QUESTIONS = 200
# A search that ran into its limits took as long as so many that did not: a hostile chain must not make
# the report wait.
_EXHAUSTING = 25
# A path in use has at most a handful of alternatives; each step moves past one expiry.
MOST_FLIP_STEPS = 12
_ONE_SECOND = timedelta(seconds=1)


@dataclasses.dataclass(frozen=True, slots=True)
class ProvedRemedy:
    """A remedy with the code of the finding it belongs to."""

    code: str
    remedy: Remedy


def prove(scenario: Scenario, answer: Answer, retrieved: tuple[Certificate, ...]) -> tuple[ProvedRemedy, ...]:
    """The smallest sets of changes that flip this refusal; () when there is no refusal or none does.

    Each change is proposed for what the engine says after the changes before it, so a fault that another
    one hid is found too.
    """
    if not answer.errors:
        return ()
    search = _Search(retrieved)
    states: list[_State] = [_State((), scenario, answer)]
    for _ in range(LARGEST_SET):
        states = [following for state in states for following in search.step(state)]
        found = [state.chosen for state in states if _accepted(state.answer)]
        if found:
            return tuple(_proved(found))
    return ()


@dataclasses.dataclass(frozen=True, slots=True)
class _State:
    """A scenario to which some changes have been applied, and what the engine says of it."""

    chosen: tuple[Change, ...]
    scenario: Scenario
    answer: Answer


class _Search:
    """One search for remedies, within its budget of questions to the engine."""

    def __init__(self, retrieved: tuple[Certificate, ...]) -> None:
        self._retrieved = retrieved
        self._left = MOST_QUESTIONS
        self._tried: set[frozenset[tuple[str, str]]] = set()

    def step(self, state: _State) -> Iterator[_State]:
        """Every state that one more change leads to, each set of changes once."""
        for change in proposals(state.scenario, state.answer, self._retrieved):
            chosen = (*state.chosen, change)
            key = frozenset((entry.code, entry.text) for entry in chosen)
            if self._left <= 0 or key in self._tried:
                continue
            self._tried.add(key)
            scenario = change.apply(state.scenario)
            answer = ask(scenario)
            self._left -= _price(answer)
            yield _State(chosen, scenario, answer)


def _price(answer: Answer) -> int:
    stopped = answer.chain.indeterminate is not None or answer.chain.curtailed is not None
    return _EXHAUSTING if stopped else 1


def _accepted(answer: Answer) -> bool:
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
    if not _accepted(ask(without)):
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
    imported = dataclasses.replace(
        import_root(scenario, root),
        caller=dataclasses.replace(scenario.caller, root_auto_update=False),
    )
    if not _accepted(ask(imported)):
        return ()
    return (
        Remedy(
            actor=Actor.CALLER,
            text="import the root now, so that it does not depend on Windows Update",
            command=import_commands(root),
            proved=True,
            certificates=(root,),
        ),
    )


def flip(scenario: Scenario, answer: Answer) -> Flip | None:
    """The first moment at which this accepted certificate is refused, and why.

    None when it is refused now, or cannot be told. An expiry that an alternative path survives is passed
    over: the engine is asked one second after each. What will be revoked then nobody knows.
    """
    unasked = dataclasses.replace(scenario.caller, revocation=False)
    scenario = dataclasses.replace(scenario, caller=unasked)
    current, moment = answer, scenario.at
    for _ in range(MOST_FLIP_STEPS):
        if not _accepted(current):
            return None
        ending = _next_end(scenario, current, moment)
        if ending is None:
            return None
        moment, why = ending
        # No path survives the end of the end-entity itself, so the engine need not be asked.
        if _leaf_is_over(scenario, moment):
            return Flip(moment, f"{why} and no other path is valid then")
        current = ask(dataclasses.replace(scenario, at=moment))
        if current.errors:
            return Flip(moment, f"{why} and no other path is valid then")
    return None


def _leaf_is_over(scenario: Scenario, moment: datetime) -> bool:
    structure = scenario.presented[0].structure
    return structure is not None and moment > structure.not_after


def _next_end(scenario: Scenario, answer: Answer, after: datetime) -> tuple[datetime, str] | None:
    """The first second at which something in the chain in use is over, and what; None when nothing ever is.

    NotAfter itself is still valid, and so is the moment of a root's CERT_DISALLOWED_FILETIME.
    """
    ends: list[tuple[datetime, str]] = []
    for element in answer.chain.elements:
        structure = element.certificate.structure
        if structure is not None and structure.not_after >= after:
            leaf = element.certificate == scenario.presented[0]
            what = "the server certificate" if leaf else str(element.certificate.subject)
            ends.append((_following_second(structure.not_after), f"{what} expires"))
    root = answer.chain.elements[-1].certificate
    disallowed = scenario.trust.properties_of(root).disallowed_after
    if disallowed is not None and disallowed >= after:
        ends.append((_following_second(disallowed), f"the trust store disallows {root.subject}"))
    return min(ends, default=None)


def _following_second(moment: datetime) -> datetime:
    try:
        return moment + _ONE_SECOND
    except OverflowError:
        # The last second that can be written: nothing is refused after it.
        return moment
