"""Remedies, proved: the smallest sets of changes after which the same engine accepts the certificate.

Only what flips the verdict is called proved. When no single change does, the smallest sets that do are
offered as sets (`Remedy.together`). When none does, because a certificate that is needed is nowhere at hand
or a fault cannot be repaired, each change that clears its own fault is offered unproved, and says what
remains. Also the moment at which an accepted certificate stops being so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, structs

from probe.dotnet import X509ChainStatusFlags as Flags
from probe.facts.certificate import Certificate
from probe.judgement.model import Actor, Flip, Remedy
from probe.judgement.remedies import evidence, obtaining, reissues
from probe.judgement.remedies.changes import Change, file_name, import_commands, import_root, proposals
from probe.judgement.scenario import EngineAnswer, Scenario, ask, download_in_doubt

# More than four faults at once have not been seen on a real partner; six leave room.
LARGEST_SET = 6
# Enough for every set of six faults with a remedy each (64), and for some faults with several.
MOST_QUESTIONS = 200
# A search that ran into its limits took as long as so many that did not: a hostile chain must not make
# the report wait.
_EXHAUSTING = 50
# A path in use has at most a handful of alternatives; each step moves past one expiry.
MOST_FLIP_STEPS = 12
_ONE_SECOND = timedelta(seconds=1)


# For what is left when the search above found nothing: a fault seldom has more than four changes.
MOST_QUESTIONS_ABOUT_PARTS = 50


class CodedRemedy(Struct, frozen=True):
    """A remedy with the code of the finding it belongs to."""

    code: str
    remedy: Remedy


def prove(
    scenario: Scenario, answer: EngineAnswer, retrieved: tuple[Certificate, ...]
) -> tuple[CodedRemedy, ...]:
    """The smallest sets of changes that flip this refusal; () when there is no refusal or none does.

    Each change is proposed for what the engine says after the changes before it, so a fault that another
    one hid is found too.
    """
    if not answer.errors:
        return ()
    search = _Search(retrieved, MOST_QUESTIONS)
    found = _smallest(search, _State((), scenario, answer), _accepted)
    return tuple(_proved([state.chosen for state in found]))


def offer(
    scenario: Scenario, answer: EngineAnswer, retrieved: tuple[Certificate, ...]
) -> tuple[CodedRemedy, ...]:
    """What is proved to flip this refusal; where nothing is, what repairs its faults one by one, unproved."""
    if not answer.errors:
        return ()
    obtained = (CodedRemedy("certificate-signature", r) for r in obtaining.root_of_another_key(answer))
    return (*obtained, *(prove(scenario, answer, retrieved) or _unproved(scenario, answer, retrieved)))


class _State(Struct, frozen=True):
    """A scenario to which some changes have been applied, and what the engine says of it."""

    chosen: tuple[Change, ...]
    scenario: Scenario
    answer: EngineAnswer


class _Search:
    """One search for remedies, within its budget of questions to the engine."""

    def __init__(self, retrieved: tuple[Certificate, ...], questions: int) -> None:
        self._retrieved = retrieved
        self._left = questions
        self._tried: set[frozenset[tuple[str, str]]] = set()

    def step(self, state: _State, codes: frozenset[str] | None) -> Iterator[_State]:
        """Every state that one more change leads to, each set of changes once; of these findings only."""
        for change in proposals(state.scenario, state.answer, self._retrieved):
            if codes is not None and change.code not in codes:
                continue
            chosen = (*state.chosen, change)
            key = frozenset((entry.code, entry.text) for entry in chosen)
            if self._left <= 0 or key in self._tried:
                continue
            self._tried.add(key)
            scenario = change.apply(state.scenario)
            answer = ask(scenario)
            self._left -= _question_cost(answer)
            yield _State(chosen, scenario, answer)


def _smallest(
    search: _Search,
    start: _State,
    wanted: Callable[[EngineAnswer], bool],
    codes: frozenset[str] | None = None,
) -> list[_State]:
    """The states with the fewest changes whose answer is as wanted."""
    states = [start]
    for _ in range(LARGEST_SET):
        states = [following for state in states for following in search.step(state, codes)]
        found = [state for state in states if wanted(state.answer)]
        if found:
            return found
    return []


def _question_cost(answer: EngineAnswer) -> int:
    undecided = answer.chain.indeterminate is not None and download_in_doubt(answer.chain) is None
    stopped = undecided or answer.chain.comparison_stopped is not None
    return _EXHAUSTING if stopped else 1


def _accepted(answer: EngineAnswer) -> bool:
    return not answer.errors and answer.chain.indeterminate is None


def _proved(found: Sequence[tuple[Change, ...]]) -> Iterable[CodedRemedy]:
    # A set that leads to a host nobody has contacted is proved by nothing; reissuing for this host is
    # always a set of the same size.
    sets = [chosen for chosen in found if len(chosen) == 1 or not any(c.elsewhere for c in chosen)]
    for number, chosen in enumerate(sets, start=1):
        for change in chosen:
            remedy = Remedy(
                actor=change.actor,
                text=change.text,
                command=change.command,
                proved=not change.elsewhere,
                certificates=change.certificates,
                together=number if len(chosen) > 1 else None,
            )
            yield CodedRemedy(change.code, remedy)
    left_out = {c.text: c for chosen in found if len(chosen) > 1 for c in chosen if c.elsewhere}
    for change in left_out.values():
        yield CodedRemedy(
            change.code, Remedy(change.actor, f"{change.text}{_OTHER_FAULTS_REMAIN}", change.command)
        )


class _Part(Struct, frozen=True):
    """One fault of several: the findings its changes belong to, and whether an answer still has it."""

    codes: frozenset[str]
    stands: Callable[[EngineAnswer], bool]

    def cleared(self, answer: EngineAnswer) -> bool:
        """Whether this answer has the fault no longer."""
        return not self.stands(answer)


def _has_flags(flags: Flags) -> Callable[[EngineAnswer], bool]:
    return lambda answer: bool(answer.chain.status & flags)


def _has_defect(fault: reissues.CertificateDefect) -> Callable[[EngineAnswer], bool]:
    return lambda answer: any(fault.concerns(element) for element in answer.chain.elements)


_ANCHOR = _Part(
    frozenset({"chain-untrusted-root", "chain-incomplete"}),
    _has_flags(Flags.UntrustedRoot | Flags.PartialChain),
)
_PARTS = (
    _ANCHOR,
    _Part(frozenset({"certificate-expired", "certificate-not-yet-valid"}), _has_flags(Flags.NotTimeValid)),
    *(_Part(frozenset({fault.code}), _has_defect(fault)) for fault in reissues.FAULTS),
    _Part(frozenset({"name-mismatch"}), lambda answer: answer.name is not None and not answer.name.matched),
)


def _unproved(
    scenario: Scenario, answer: EngineAnswer, retrieved: tuple[Certificate, ...]
) -> Iterator[CodedRemedy]:
    """For each fault what clears it with the others still there, and whom to ask for what is missing."""
    search = _Search(retrieved, MOST_QUESTIONS_ABOUT_PARTS)
    start = _State((), scenario, answer)
    for part in _PARTS:
        if part.cleared(answer):
            continue
        cleared = _smallest(search, start, part.cleared, part.codes)
        if part is _ANCHOR and not cleared:
            yield from _towards_anchor(start, retrieved)
        # One change may be part of several sets: it is offered once.
        yield from dict.fromkeys(_not_enough(change, state) for state in cleared for change in state.chosen)


def _not_enough(change: Change, state: _State) -> CodedRemedy:
    remains = _OTHER_FAULTS_REMAIN if state.answer.errors else _CANNOT_TELL
    return CodedRemedy(
        change.code,
        Remedy(change.actor, f"{change.text}{remains}", change.command, certificates=change.certificates),
    )


_OTHER_FAULTS_REMAIN = "; this alone is not enough: other faults remain"
_CANNOT_TELL = "; whether that is enough cannot be told here"


def _towards_anchor(start: _State, retrieved: tuple[Certificate, ...]) -> Iterator[CodedRemedy]:
    """What brings the chain nearer to a root that is not at hand, and whom to ask for the rest.

    Nothing where a limit ended the search: the issuer that this path lacks is one of any number.
    """
    if _question_cost(start.answer) != 1:
        return
    reached, search = start, _Search(retrieved, MOST_QUESTIONS_ABOUT_PARTS)
    for state in search.step(start, frozenset({"chain-incomplete"})):
        if len(state.answer.chain.elements) > len(start.answer.chain.elements):
            yield _not_enough(state.chosen[-1], state)
            reached = state
    for remedy in obtaining.remedies(reached.answer):
        yield CodedRemedy("chain-incomplete", remedy)


def prove_completion(scenario: Scenario, missing: tuple[Certificate, ...]) -> tuple[Remedy, ...]:
    """The remedy for a chain that works by download only, if sending the certificates replaces that."""
    without = structs.replace(
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
    imported = structs.replace(
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


def flip(scenario: Scenario, answer: EngineAnswer) -> Flip | None:
    """The first moment at which this accepted certificate is refused, and why.

    None when it is refused now, or cannot be told. An expiry that an alternative path survives is passed
    over: the engine is asked one second after each. What will be revoked then nobody knows.
    """
    if scenario.caller.revocation:
        unasked = dataclasses.replace(scenario.caller, revocation=False)
        scenario = structs.replace(scenario, caller=unasked)
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
        current = ask(structs.replace(scenario, at=moment))
        if current.errors:
            return Flip(moment, f"{why} and no other path is valid then")
    return None


def _leaf_is_over(scenario: Scenario, moment: datetime) -> bool:
    structure = scenario.presented[0].structure
    return structure is not None and moment > structure.not_after


def _next_end(scenario: Scenario, answer: EngineAnswer, after: datetime) -> tuple[datetime, str] | None:
    """The first second at which something in the chain in use is over, and what; None when nothing ever is.

    NotAfter itself is still valid, and so is the moment of a root's CERT_DISALLOWED_FILETIME.
    """
    ends: list[tuple[datetime, str]] = []
    for element in answer.chain.elements:
        structure = element.certificate.structure
        if structure is not None and structure.not_after >= after:
            leaf = element.certificate == scenario.presented[0]
            what = "the server certificate" if leaf else evidence.subject(element)
            ends.append((_following_second(structure.not_after), f"{what} expires"))
    root = answer.chain.elements[-1].certificate
    disallowed = scenario.trust.properties_of(root).disallowed_after
    if disallowed is not None and disallowed >= after:
        ends.append((_following_second(disallowed), f"the trust store disallows {evidence.name(root)}"))
    return min(ends, default=None)


def _following_second(moment: datetime) -> datetime:
    try:
        return moment + _ONE_SECOND
    except OverflowError:
        # The last second that can be written: nothing is refused after it.
        return moment
