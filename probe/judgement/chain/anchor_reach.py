"""What ends a path, and how far every certificate is from an end that the caller trusts.

"Self-signed" is decided here and nowhere else: a self-issued certificate whose own key made its signature; or
may have made it, if it names itself as its issuer by key too (issuers.py). A certificate in Root that is not
self-signed is no anchor [validation 4.1.2]: one of a key rollover, which the authority's other key signed, is
an intermediate wherever it lies [validation 4.2.7].

How the distances are found:

1. From the end-entity on, every name that may stand above is visited once, with all certificates of that
   name, and it is noted which names stand below which.
2. From the names of the anchors met, and of roots that Windows would download [validation 4.7.2], distances
   are counted back down, level by level.
3. A certificate above which no such name stands is no part of a path to an anchor: the search leaves it out.

Both steps take each certificate once, so a mesh of any size costs no more than its certificates.
"""

from __future__ import annotations

from probe.facts.certificate import Certificate
from probe.judgement.chain.issuers import Pool, listed_issuer, names_itself
from probe.judgement.chain.signature import Verification
from probe.judgement.chain.terms import Terms


class AnchorReach:
    """Anchors, and the distance of every certificate at hand from one."""

    def __init__(self, end_entity: Certificate, pool: Pool, terms: Terms) -> None:
        """Visit everything above this end-entity.

        Raises:
            LimitError: an anchor's own signature was left to verify, and no signatures were.
        """
        self._pool = pool
        self._terms = terms
        self._known: dict[Certificate, int | None] = {}
        self._distances = self._measure(end_entity)

    def is_self_signed(self, certificate: Certificate) -> bool:
        """Whether subject and issuer are one, and its own key made its signature or may have made it.

        Raises:
            LimitError: this has to be computed, and the judgement has no signatures left.
        """
        if not certificate.self_issued:
            return False
        outcome = self._terms.work.verify(certificate, certificate)
        if outcome is Verification.VALID:
            return True
        # An algorithm that nobody knows, or that cannot be computed here, leaves it to the names.
        return outcome is not Verification.INVALID and names_itself(certificate)

    def is_in_root(self, certificate: Certificate) -> bool:
        """Whether it stands in Root, or would by automatic root update."""
        trust = self._terms.trust
        if certificate not in trust.root_set:
            return False
        return self._terms.caller.root_auto_update or not trust.properties_of(certificate).automatic

    def is_anchor(self, certificate: Certificate) -> bool:
        """Whether it ends a path that the caller trusts: self-signed and in Root.

        Raises:
            LimitError: see `is_self_signed`.
        """
        return self.is_in_root(certificate) and self.is_self_signed(certificate)

    def distance(self, certificate: Certificate) -> int | None:
        """How many issuers at least stand above it up to an anchor; None: no name leads to one."""
        if certificate not in self._known:
            self._known[certificate] = self._distance(certificate)
        return self._known[certificate]

    def _distance(self, certificate: Certificate) -> int | None:
        if self.is_anchor(certificate):
            return 0
        above = (self._distances.get(name) for name in self._pool.names_above(certificate))
        return min((distance + 1 for distance in above if distance is not None), default=None)

    def _measure(self, end_entity: Certificate) -> dict[bytes, int]:
        below: dict[bytes, set[bytes]] = {}
        anchors: set[bytes] = set()
        left = list(self._pool.names_above(end_entity))
        visited = set(left)
        while left:
            name = left.pop()
            for certificate in self._pool.of_subject(name):
                if self.is_anchor(certificate):
                    anchors.add(name)
                    continue
                if listed_issuer(certificate, self._terms) is not None:
                    anchors.add(certificate.issuer.der)
                for above in self._pool.names_above(certificate):
                    below.setdefault(above, set()).add(name)
                    if above not in visited:
                        visited.add(above)
                        left.append(above)
        return _count_down(anchors, below)


def _count_down(anchors: set[bytes], below: dict[bytes, set[bytes]]) -> dict[bytes, int]:
    distances: dict[bytes, int] = {}
    level, depth = anchors, 0
    while level:
        distances.update(dict.fromkeys(level, depth))
        level = {name for above in level for name in below.get(above, ())} - distances.keys()
        depth += 1
    return distances
