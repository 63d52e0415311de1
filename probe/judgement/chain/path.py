"""A path from the end-entity upwards, and how it ends."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from probe.facts.certificate import Certificate
from probe.facts.trust_store import ListedRoot
from probe.judgement.chain.issuers import Candidate


class Top(Enum):
    """How a path ends."""

    ANCHOR = "a member of Root that names itself as its issuer"
    SELF_SIGNED = "a certificate that names itself as its issuer and is not in Root"
    LISTED = "a certificate whose issuer is a root that Microsoft's list names and Windows would download"
    PARTIAL = "a certificate whose issuer is not at hand"
    CYCLIC = "a certificate that is already part of the path"


class Path(Struct, frozen=True):
    """Candidates end-entity to top (the end-entity counts as one), and how it ends.

    `listed`: the root above the last member where it is known from a list alone, for Top.LISTED only.
    """

    members: tuple[Candidate, ...]
    top: Top
    listed: ListedRoot | None = None

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """The certificates alone."""
        return tuple(member.certificate for member in self.members)
