"""Damaging certificates for fuzzing: what is damaged, how, and what must then never be said.

One damage is a list of edits, drawn by hypothesis in the suite and by a seeded generator in the long run
(tests/benchmarks/fuzz_judge.py). A chain has exactly one path, so whichever of its certificates is damaged,
a verdict that it is fine would rest on a certificate that nobody signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from probe import api
from probe.facts.certificate import Certificate
from probe.judgement.model import Judgement, Outcome
from probe.lab import authority, keys
from probe.lab.authority import Credential
from tests.judgement.judging import NOW, inhibit_any_policy, policy_constraints, policy_mappings

HOST = "mail.partner.lab"
FINE = (Outcome.SUCCESS, Outcome.WARNING)
POLICY = "1.3.6.1.4.1.99999.1"


@dataclass(frozen=True)
class Edit:
    """One edit: `where` and `what` are fractions of the length and of the possible values."""

    kind: str
    where: float
    what: int
    extent: int


KINDS = ("flip", "set", "delete", "insert", "repeat", "truncate", "swap", "tag")


@dataclass(frozen=True)
class Chain:
    """A sound chain, end-entity first, root last."""

    name: str
    members: tuple[bytes, ...]


@cache
def chains() -> tuple[Chain, ...]:
    """Sound chains of different algorithms, depths and extensions, made once."""
    return (
        _chain("p256", _hierarchy("p256")),
        _chain("rsa", _hierarchy("rsa2048")),
        _chain("depth-1", (authority.end_entity(authority.root(), HOST),)),
        _chain("every-extension", _rich()),
    )


def _chain(name: str, tail: Sequence[Credential]) -> Chain:
    return Chain(name, tuple(certificate.der for certificate in tail[0].chain))


def _hierarchy(kind: keys.KeyKind) -> tuple[Credential, ...]:
    root = authority.root(key=kind)
    return (authority.end_entity(authority.intermediate(root, key=kind), HOST, key=kind),)


def _rich() -> tuple[Credential, ...]:
    root = authority.root()
    upper = authority.intermediate(
        root,
        "Policy CA",
        path_length=2,
        policies=(POLICY,),
        permitted_dns=("partner.lab",),
        excluded_dns=("bad.partner.lab",),
        permitted_ips=("192.0.2.0/24",),
        extensions=(policy_constraints(require=3, inhibit=3), inhibit_any_policy(2)),
    )
    lower = authority.intermediate(
        upper,
        "Mapped CA",
        path_length=0,
        policies=(POLICY,),
        usages=(authority.SERVER_AUTH, authority.CLIENT_AUTH),
        extensions=(policy_mappings((POLICY, POLICY + ".1")),),
    )
    leaf = authority.end_entity(
        lower,
        HOST,
        ip_addresses=("192.0.2.7",),
        policies=(POLICY + ".1",),
        aia_urls=("http://pki.partner.lab/a.cer",),
        crl_urls=("http://pki.partner.lab/a.crl",),
    )
    return (leaf,)


def damaged(content: bytes, edits: Sequence[Edit]) -> bytes:
    """The content with these edits made one after the other."""
    data = bytearray(content)
    for edit in edits:
        at = min(int(edit.where * len(data)), max(len(data) - 1, 0))
        _apply(data, edit, at)
    return bytes(data)


def _apply(data: bytearray, edit: Edit, at: int) -> None:
    if not data:
        return
    end = at + edit.extent
    match edit.kind:
        case "flip":
            data[at] ^= 1 << (edit.what % 8)
        case "set":
            data[at] = edit.what
        case "delete":
            del data[at:end]
        case "insert":
            data[at:at] = bytes([edit.what]) * edit.extent
        case "repeat":
            data[at:at] = data[at:end]
        case "truncate":
            del data[at:]
        case "swap":
            other = (at + edit.what) % len(data)
            data[at], data[other] = data[other], data[at]
        case _:
            places = [i for i, octet in enumerate(data) if octet in _TAGS]
            data[places[at % len(places)] if places else at] = edit.what


_TAGS = frozenset({0x01, 0x02, 0x03, 0x04, 0x06, 0x0C, 0x13, 0x17, 0x18, 0x30, 0x31, 0x80, 0x82, 0xA0, 0xA3})


@dataclass(frozen=True)
class Case:
    """A chain of which one certificate is damaged. `position` counts from the end-entity."""

    chain: Chain
    position: int
    certificate: bytes

    @property
    def changed(self) -> bool:
        """Whether anything is different at all."""
        return self.certificate != self.chain.members[self.position]

    @property
    def signed_by_nobody(self) -> bool:
        """Whether the damage is such that no verdict can rest on this certificate.

        A root is trusted for standing in the store, so what surrounds its signed part and its signature
        (bytes after it, say) does not matter; of all others every octet does.
        """
        if not self.changed or self.position < len(self.chain.members) - 1:
            return self.changed
        sound = Certificate(self.chain.members[self.position]).structure
        assert sound is not None
        return sound.signed_bytes not in self.certificate or sound.signature not in self.certificate

    @property
    def same_signed_part(self) -> bool:
        """Whether the damage spared the signed part: Disallowed then refuses the sound certificate too."""
        sound, odd = (Certificate(c).structure for c in (self.chain.members[self.position], self.certificate))
        return sound is not None and odd is not None and sound.signed_bytes == odd.signed_bytes

    def judge(self) -> Judgement:
        """The chain judged with the damaged certificate in its place."""
        members = list(self.chain.members)
        members[self.position] = self.certificate
        return api.judge_chain(members[:-1], host=HOST, roots=members[-1:], at=NOW)

    def judge_as_store(self) -> Judgement:
        """The sound chain judged beside the damaged certificate in every role that a store has."""
        return api.judge_chain(
            [*self.chain.members[:-1], self.certificate],
            host=HOST,
            roots=[self.chain.members[-1], self.certificate],
            intermediates=[self.certificate],
            retrieved=[self.certificate],
            disallowed=[self.certificate],
            at=NOW,
        )

    def complaint(self) -> str | None:
        """What is wrong with the judgement of this case, or None."""
        verdict = self.judge()
        if self.signed_by_nobody and verdict.outcome in FINE:
            return f"{self.chain.name}: fine in spite of a damage to certificate {self.position}"
        beside = self.judge_as_store()
        if self.changed and beside.outcome not in FINE and not self.same_signed_part:
            return f"{self.chain.name}: a damaged certificate beside it spoils a sound chain"
        return None
