"""What one judgement has computed already, and what it may still compute.

A partner chooses the certificates, so it chooses what they cost: every quantity that it can multiply has one
budget for the whole judgement, the questions about remedies included. A limit that is reached is raised as
LimitError, never passed over: the search says that it could not look further, and the outcome is "cannot
tell" unless a fault settles it all the same.

Limits, and where they come from. Comparisons of names with subtrees: Go's crypto/x509 and rustls' webpki
both stop after 250,000 [validation 4.9.1]. Signatures: both stop after 100 (CVE-2018-16875 was Go's lack of
such a limit); twice as many are allowed here for the search of a good path, because a limit reached costs the
answer, and half as many again for the comparison of faulty ones. Elements of a path: OpenSSL's verification
depth is 100. Candidates, faulty and equal paths and octets are ours: Windows documents none.
"""

from __future__ import annotations

from msgspec import Struct

from probe.facts.certificate import Certificate
from probe.judgement.chain import signature
from probe.judgement.chain.signature import Verification

MAXIMUM_SIGNATURES = 200
MAXIMUM_SIGNATURES_OF_FAULTY_PATHS = 100
MAXIMUM_STEPS = 50_000
MAXIMUM_ELEMENTS = 100
MAXIMUM_FAULTY_PATHS = 64
MAXIMUM_EQUALS = 8
MAXIMUM_COMPARISONS = 250_000
# Octets of the certificates of every path that is assessed: a path of five usual ones has 8,000.
MAXIMUM_OCTETS = 2_000_000
# The whole judgement: so many searches as large as one may be.
_SEARCHES = 2


class LimitError(Exception):
    """A limit was reached; the text names it."""


class NamesCompared(Struct, frozen=True):
    """What the constraints of one CA say of the names of one end-entity, see name_constraints.py."""

    faults: tuple[tuple[int, str], ...] = ()
    doubt: str | None = None


class Work:
    """The work of one judgement: results that are asked for again, and what is left of each budget."""

    __slots__ = ("_verified", "comparisons", "names_compared", "octets", "signatures", "steps")

    def __init__(self) -> None:
        self.signatures = MAXIMUM_SIGNATURES + MAXIMUM_SIGNATURES_OF_FAULTY_PATHS
        self.steps = _SEARCHES * MAXIMUM_STEPS
        self.octets = _SEARCHES * MAXIMUM_OCTETS
        self.comparisons = MAXIMUM_COMPARISONS
        self.names_compared: dict[tuple[Certificate, Certificate, bool], NamesCompared] = {}
        self._verified: dict[tuple[bytes, bytes], Verification] = {}

    def known(self, child: Certificate, issuer: Certificate) -> Verification | None:
        """Whether the issuer's key made the child's signature, as far as that has been computed."""
        if child.structure is None or issuer.structure is None:
            return Verification.INVALID
        return self._verified.get((issuer.structure.public_key_info, child.der))

    def verify(self, child: Certificate, issuer: Certificate) -> Verification:
        """Whether the issuer's key made the child's signature.

        Raises:
            LimitError: it has not been computed yet, and the judgement has no signatures left.
        """
        known = self.known(child, issuer)
        if known is not None or child.structure is None or issuer.structure is None:
            return known or Verification.INVALID
        self.signatures -= signature.price(issuer)
        if self.signatures < 0:
            raise LimitError("too many signatures to verify in one judgement")
        found = signature.verify(child, issuer)
        self._verified[issuer.structure.public_key_info, child.der] = found
        return found


class Allowance:
    """What one walk through the candidates may take of the work of its judgement."""

    __slots__ = ("_octets", "_signatures", "_steps", "_work")

    def __init__(self, work: Work, signatures: int) -> None:
        self._work = work
        self._signatures = signatures
        self._steps = MAXIMUM_STEPS
        self._octets = MAXIMUM_OCTETS

    def step(self, candidates: int) -> None:
        """Take one step, which looks at so many candidates.

        Raises:
            LimitError: there are not so many left.
        """
        self._steps -= candidates
        self._work.steps -= candidates
        if self._steps < 0 or self._work.steps < 0:
            raise LimitError(f"more than {MAXIMUM_STEPS} candidates to look at")

    def assess(self, octets: int) -> None:
        """Take what the assessment of a path of so many octets costs.

        Raises:
            LimitError: there is not so much left.
        """
        self._octets -= octets
        self._work.octets -= octets
        if self._octets < 0 or self._work.octets < 0:
            raise LimitError(f"paths of more than {MAXIMUM_OCTETS} octets together")

    def verify(self, child: Certificate, issuer: Certificate) -> Verification:
        """Whether the issuer's key made the child's signature; what is known already takes nothing.

        Raises:
            LimitError: there are no signatures left.
        """
        known = self._work.known(child, issuer)
        if known is not None:
            return known
        self._signatures -= signature.price(issuer)
        if self._signatures < 0:
            raise LimitError(f"more than {MAXIMUM_SIGNATURES} signatures to verify")
        return self._work.verify(child, issuer)
