"""Whether all addresses of one endpoint are alike: certificate, protocol, answer, and whether they answer.

A load balancer with one node that differs is the classic free/busy failure that comes and goes: the caller
meets whichever address it gets. What differs is named with the odd one out; an address that cannot be seen
from this machine at all (no IPv6 route) is not with_findings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from probe.facts.observation import Connection, Visit
from probe.judgement.model import Finding, Judgement, Outcome, Severity, worst

CODE = "addresses-differ"
_ASPECTS = ("reachability", "certificate", "presented chain", "protocol", "answer")
_COMPARED_HEADERS = ("X-WSSecurity-Enabled", "X-CasErrorCode")


class _Trait(Struct, frozen=True):
    """What is compared, and the words for it."""

    key: tuple[str, ...]
    text: str


class _Difference(Struct, frozen=True):
    aspect: str
    odd: frozenset[str]
    texts: Mapping[str, str]


def with_findings(visits: Sequence[Visit], judgements: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """The judgements, those of addresses that differ from the others with a warning that says how."""
    warned = list(judgements)
    for positions in _endpoints(visits):
        comparable = [p for p in positions if _seen(visits[p], judgements[p])]
        for position, finding in _findings(visits, comparable):
            warned[position] = _extended(warned[position], finding)
    return tuple(warned)


def _endpoints(visits: Sequence[Visit]) -> Iterator[list[int]]:
    """Positions of the visits of each endpoint that was met at several addresses."""
    groups: dict[str, list[int]] = {}
    for position, visit in enumerate(visits):
        if visit.address is not None:
            groups.setdefault(visit.endpoint.url, []).append(position)
    yield from (group for group in groups.values() if len(group) > 1)


def _seen(visit: Visit, judgement: Judgement) -> bool:
    """Whether the address showed something of the partner, if only that it refuses."""
    return any(c.tls for c in visit.connections) or judgement.outcome is not Outcome.UNKNOWN


def _findings(visits: Sequence[Visit], positions: Sequence[int]) -> Iterator[tuple[int, Finding]]:
    addresses = {visits[p].address or "": p for p in positions}
    traits = {address: _traits(visits[p]) for address, p in addresses.items()}
    differences = [d for aspect in _ASPECTS if (d := _difference(aspect, traits)) is not None]
    if not differences:
        return
    finding = _finding(visits[positions[0]].endpoint.host, differences)
    named = {address for difference in differences for address in difference.odd}
    for address in named:
        yield addresses[address], finding


def _difference(aspect: str, traits: Mapping[str, Mapping[str, _Trait]]) -> _Difference | None:
    """How the addresses differ in one aspect; `odd` are those outside the majority, or all without one."""
    shown = {address: found[aspect] for address, found in traits.items() if aspect in found}
    counts = Counter(trait.key for trait in shown.values()).most_common()
    if len(counts) < 2:
        return None
    majority = counts[0][0] if counts[0][1] > counts[1][1] else None
    odd = frozenset(address for address, trait in shown.items() if trait.key != majority)
    return _Difference(aspect, odd, {address: trait.text for address, trait in shown.items()})


def _finding(host: str, differences: Sequence[_Difference]) -> Finding:
    parts = []
    for difference in differences:
        everybody = len(difference.odd) == len(difference.texts)
        who = "each address" if everybody else ", ".join(sorted(difference.odd))
        parts.append(f"another {difference.aspect} at {who}" if not everybody else f"{difference.aspect}")
    several = [p for p in parts if not p.startswith("another")]
    singled = [p for p in parts if p.startswith("another")]
    said = "; ".join([*([f"{' and '.join(several)} not the same everywhere"] if several else []), *singled])
    return Finding(
        CODE,
        Severity.WARNING,
        f"The addresses differ: {host} has {said}. The caller meets one of them, so its lookups come and go.",
        tuple(
            f"{difference.aspect} at {address}: {text}"
            for difference in differences
            for address, text in difference.texts.items()
        ),
    )


def _traits(visit: Visit) -> dict[str, _Trait]:
    connection = _principal(visit)
    if connection.tls is None:
        failure = connection.failure
        broke = "no TLS" if failure is None else f"{failure.phase.value}: {failure.kind.value}"
        return {"reachability": _Trait((broke,), broke)}
    traits = {
        "reachability": _Trait(("TLS",), "answers"),
        "protocol": _Trait((connection.tls.protocol,), connection.tls.protocol),
    }
    if connection.presented:
        leaf, *above = connection.presented
        traits["certificate"] = _Trait((leaf.sha256,), f"thumbprint {leaf.thumbprint}")
        hashes = tuple(certificate.sha256 for certificate in above)
        traits["presented chain"] = _Trait(hashes, f"{len(above) + 1} certificates")
    answer = _answer(visit)
    if answer:
        traits["answer"] = _Trait(answer, ", ".join(answer))
    return traits


def _principal(visit: Visit) -> Connection:
    return next((c for c in visit.connections if c.tls is not None), visit.connections[0])


def _answer(visit: Visit) -> tuple[str, ...]:
    """Each answer's status with the headers that decide; how the connection broke instead, if it did."""
    said = []
    for connection in visit.connections:
        for exchange in connection.exchanges:
            if exchange.status is not None:
                headers = (f" {name}: {v}" for name in _COMPARED_HEADERS if (v := exchange.header(name)))
                said.append(f"{exchange.method} {exchange.status}{''.join(headers)}")
        if connection.tls is not None and connection.failure is not None:
            said.append(f"{connection.failure.phase.value}: {connection.failure.kind.value}")
    return tuple(dict.fromkeys(said))


def _extended(judgement: Judgement, finding: Finding) -> Judgement:
    outcome = judgement.outcome
    if outcome is Outcome.SUCCESS:
        outcome = worst([outcome, Outcome.WARNING])
    return replace(judgement, outcome=outcome, findings=(*judgement.findings, finding))
