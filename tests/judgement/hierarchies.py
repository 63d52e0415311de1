"""Random hierarchies, and what must never change a verdict on them.

A hierarchy is drawn from a seed: roots, authorities with several certificates each (cross-signed, renewed,
self-issued in a key rollover), mistakes of every kind the lab knows, and an end-entity. No end of validity is
within 60 days of the moment judged, so that no threshold stands near.

A verdict is on what is at hand and on nothing else. So these change nothing, however they are combined:
shuffling what was sent or stored, sending it twice, strangers among it, moving certificates between sent and
stored, further roots, and looking a day earlier or later within all validities.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from probe import api
from probe.dotnet import SslPolicyErrors
from probe.dotnet import X509ChainStatusFlags as Flags
from probe.judgement.model import Judgement, Outcome
from probe.lab import authority, keys
from probe.lab.authority import Credential
from tests.judgement.judging import DAY, EMAIL, NOW, SERVER, extension, policy_constraints

HOST = "mail.partner.lab"
_CALLERS = ("exchange-2010@2008r2", "exchange-2016@2016", "exchange-se@2022")


@dataclass(frozen=True)
class Hierarchy:
    """What was sent, end-entity first, and what the caller has, as DER."""

    sent: tuple[bytes, ...]
    roots: tuple[bytes, ...]
    stored: tuple[bytes, ...]
    strangers: tuple[bytes, ...]
    host: str
    caller: str
    at: datetime = NOW

    def judge(self) -> Judgement:
        """The verdict."""
        return api.judge_chain(
            self.sent,
            host=self.host,
            roots=self.roots,
            intermediates=self.stored,
            at=self.at,
            caller=self.caller,
        )


_STRANGE_ROOTS = tuple(authority.root(f"Strange Root {number}") for number in range(3))
_STRANGERS = (
    *_STRANGE_ROOTS,
    *(authority.intermediate(root, "Strange CA") for root in _STRANGE_ROOTS),
    authority.end_entity(_STRANGE_ROOTS[0], "elsewhere.test"),
)
_KEYS = tuple(keys.private_key("p256", slot=str(number)) for number in range(12))

# What may be odd about a certificate: one in several has one of these, some have two.
_MISTAKES: tuple[dict[str, object], ...] = (
    {"not_before": NOW - 400 * DAY, "not_after": NOW - 70 * DAY},
    {"not_before": NOW + 70 * DAY, "not_after": NOW + 400 * DAY},
    {"usages": (EMAIL,)},
    {"usages": (SERVER,)},
    {"tampered": True},
    {"authority_key_identifier": None},
    {"authority_key_identifier": b"\x01" * 20},
    {"subject_key_identifier": None},
    {"subject_key_identifier": b"\x02" * 20},
    {"hash": "sha1"},
    {"extensions": (extension("1.2.3.4.5", b"\x05\x00", critical=True),)},
    {"extensions": (extension("2.5.29.31", b"\xff\xff", critical=True),)},
    {"extensions": (policy_constraints(require=0),)},
    {"policies": ("1.3.6.1.4.1.99999.1",)},
)
_MISTAKES_OF_AUTHORITIES: tuple[dict[str, object], ...] = (
    {"ca": False},
    {"ca": None},
    {"path_length": 0},
    {"path_length": 1},
    {"key_usage": ("digitalSignature",)},
    {"key_usage": None},
    {"permitted_dns": ("partner.lab",)},
    {"permitted_dns": ("elsewhere.test",)},
    {"excluded_dns": (HOST,)},
)
_MISTAKES_OF_LEAVES: tuple[dict[str, object], ...] = (
    {"dns_names": ("other.test",)},
    {"dns_names": ("*.partner.lab",)},
    {"dns_names": ("m*.partner.lab",)},
    {"dns_names": (HOST, b"x\0y")},
    {"dns_names": ()},
    {"usages": None},
)


def draw(source: random.Random) -> Hierarchy:
    """A hierarchy."""
    roots = [
        authority.root(f"Root {n}", **{"key": _KEYS[n], **_ages(source)})  # type: ignore[arg-type]
        for n in range(source.randint(1, 2))
    ]
    at_hand = [*roots, *_rolled_over(source, roots)]
    authorities: list[Credential] = list(roots)
    for number in range(source.randint(0, 4)):
        several = list(_authority(source, authorities, number))
        authorities.append(several[0])
        at_hand += several
    issuer = source.choice(authorities[-2:])
    leaf = authority.end_entity(issuer, HOST, **_odd(source, _MISTAKES_OF_LEAVES))  # type: ignore[arg-type]
    others = [credential.der for credential in at_hand if credential not in roots or source.random() < 0.3]
    source.shuffle(others)
    cut = source.randint(0, len(others))
    trusted = [root.der for root in roots if source.random() < 0.8]
    in_root = [c.der for c in at_hand if c not in roots and c.certificate.self_issued]
    return Hierarchy(
        sent=(leaf.der, *others[:cut]),
        roots=(*trusted, *in_root[: source.randint(0, 1)]),
        stored=tuple(others[cut:]),
        strangers=tuple(stranger.der for stranger in _STRANGERS),
        host=source.choice((HOST, HOST, HOST, "other.test")),
        caller=source.choice(_CALLERS),
    )


def _ages(source: random.Random) -> dict[str, object]:
    return {
        "not_before": NOW - source.choice((300, 400, 400, 500)) * DAY,
        "not_after": NOW + source.choice((400, 500, 500, 600)) * DAY,
    }


def _odd(source: random.Random, more: tuple[dict[str, object], ...]) -> dict[str, object]:
    options = _ages(source)
    for _ in range(source.choice((0, 0, 0, 0, 1, 1, 2))):
        options.update(source.choice((*_MISTAKES, *more)))
    return options


def _authority(source: random.Random, above: list[Credential], number: int) -> Iterator[Credential]:
    """One authority: a certificate, and perhaps further ones for the same key, or for another of its name."""
    name, key = f"CA {number}", _KEYS[2 + number]
    for again in range(source.choice((1, 1, 1, 2, 3))):
        issuer = source.choice(above)
        other_key = bool(again) and source.random() < 0.2
        yield authority.intermediate(
            issuer,
            name,
            key=_KEYS[8 + number % 4] if other_key else key,
            **_odd(source, _MISTAKES_OF_AUTHORITIES),  # type: ignore[arg-type]
        )


def _rolled_over(source: random.Random, roots: list[Credential]) -> Iterator[Credential]:
    """A root's new key, certified by its old one."""
    if source.random() < 0.3:
        options = {"key": _KEYS[7], **_ages(source)}
        if source.random() < 0.3:
            options["authority_key_identifier"] = None
        yield authority.intermediate(roots[0], "Root 0", **options)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Change:
    name: str
    make: Callable[[Hierarchy, random.Random], Hierarchy]


def _shuffled(given: Hierarchy, source: random.Random) -> Hierarchy:
    leaf, *others = given.sent
    return replace(
        given,
        sent=(leaf, *source.sample(others, len(others))),
        roots=tuple(source.sample(given.roots, len(given.roots))),
        stored=tuple(source.sample(given.stored, len(given.stored))),
    )


def _doubled(given: Hierarchy, source: random.Random) -> Hierarchy:
    again = source.choices(given.sent, k=2)
    return replace(given, sent=(*given.sent, *again), roots=(*given.roots, *given.roots[:1]))


def _among_strangers(given: Hierarchy, source: random.Random) -> Hierarchy:
    sent = source.sample(given.strangers, 2)
    return replace(given, sent=(*given.sent, *sent), stored=(*given.stored, source.choice(given.strangers)))


def _moved(given: Hierarchy, source: random.Random) -> Hierarchy:
    leaf, *others = (*given.sent, *given.stored)
    cut = source.randint(0, len(others))
    return replace(given, sent=(leaf, *others[:cut]), stored=tuple(others[cut:]))


def _with_more_roots(given: Hierarchy, source: random.Random) -> Hierarchy:
    more = [root.der for root in source.sample(_STRANGE_ROOTS, 2)]
    return replace(given, roots=(*more, *given.roots))


def _a_day_off(given: Hierarchy, source: random.Random) -> Hierarchy:
    return replace(given, at=given.at + source.choice((-DAY, DAY)))


CHANGES = (
    Change("shuffled", _shuffled),
    Change("doubled", _doubled),
    Change("among-strangers", _among_strangers),
    Change("moved", _moved),
    Change("more-roots", _with_more_roots),
    Change("a-day-off", _a_day_off),
)


@dataclass(frozen=True)
class Verdict:
    """What must stay the same."""

    outcome: Outcome
    errors: SslPolicyErrors | None
    status: Flags
    path: tuple[str, ...]


def verdict(judgement: Judgement) -> Verdict:
    """The verdict of a judgement."""
    assert judgement.chain is not None
    path = tuple(element.certificate.sha256 for element in judgement.chain.elements)
    return Verdict(judgement.outcome, judgement.ssl_policy_errors, judgement.chain.status, path)


def complaints(source: random.Random) -> Iterator[tuple[str, Hierarchy, Hierarchy]]:
    """Draw one hierarchy and name every change that changed the verdict on it."""
    given = draw(source)
    before = verdict(given.judge())
    for change in CHANGES:
        changed = change.make(given, source)
        after = verdict(changed.judge())
        if after != before:
            yield f"{change.name}: {before} became {after}", given, changed
