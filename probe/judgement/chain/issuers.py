"""Who could have issued a certificate: candidates from everything at hand, best match first.

Certificates come from what was presented, what was retrieved, and the Root and CA stores; the order within
each is irrelevant to CryptoAPI. A candidate's subject is the issuer name byte for byte. Among those an
authority key identifier prefers issuer and serial (exact match), then the key identifier (key match), then
the name alone; one that the identifier contradicts is kept as the last resort, because Windows still builds
with it ([validation 4.2] and [validation 5]). Whether a candidate did sign is not asked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum

from msgspec import Struct

from probe.facts.certificate import Certificate
from probe.facts.trust import ListedRoot, TrustStore, by_subject
from probe.judgement.chain.certificate_reading import read
from probe.judgement.chain.terms import Terms
from probe.judgement.model import Source


class Match(IntEnum):
    """How a candidate fits, best first (CERT_TRUST_HAS_*_MATCH_ISSUER of wincrypt.h)."""

    EXACT = 0
    KEY = 1
    NAME = 2
    CONTRADICTED = 3


class Candidate(Struct, frozen=True):
    """A certificate that may have issued another, where it came from and how well it fits."""

    certificate: Certificate
    source: Source
    match: Match


def match_of(child: Certificate, issuer: Certificate) -> Match:
    """How a candidate whose subject is the child's issuer name fits the child's key identifiers."""
    wanted = read(child).authority_key
    if wanted is None or issuer.structure is None:
        return Match.NAME
    if wanted.issuer is not None and wanted.serial is not None:
        if wanted.serial == issuer.structure.serial and wanted.issuer == issuer.issuer.der:
            return Match.EXACT
        if wanted.key_identifier is None:
            return Match.CONTRADICTED
    offered = read(issuer).subject_key_identifier
    if wanted.key_identifier is None or offered is None:
        return Match.NAME
    return Match.KEY if wanted.key_identifier == offered else Match.CONTRADICTED


def listed_issuer(certificate: Certificate, terms: Terms) -> ListedRoot | None:
    """The root that a list names, that is not at hand, and that Windows would download as this one's issuer.

    By the authority key identifier where both have one, else by the name (the list has its MD5)
    [validation 4.7].
    """
    if not terms.caller.root_auto_update or not terms.trust.listed or certificate.structure is None:
        return None
    authority = read(certificate).authority_key
    key = authority.key_identifier if authority is not None else None
    return terms.trust.listed_issuer(key, certificate.issuer.der)


class Pool:
    """Every certificate at hand, by subject. Duplicates are one; the store's roots count as the store's."""

    def __init__(
        self,
        presented: Sequence[Certificate],
        retrieved: Sequence[Certificate],
        trust: TrustStore,
        *,
        automatic: bool,
    ) -> None:
        """`automatic`: roots that only automatic root update would bring are at hand too."""
        self._trust = trust
        self._automatic = automatic
        self._presented = by_subject(dict.fromkeys(presented))
        self._retrieved = by_subject(dict.fromkeys(retrieved)) if retrieved else {}
        self._known: dict[Certificate, tuple[Candidate, ...]] = {}

    def issuers(self, child: Certificate) -> tuple[Candidate, ...]:
        """Candidates for the issuer of `child`, itself left out: best match first, newest first of equals."""
        known = self._known.get(child)
        if known is None:
            known = self._known[child] = self._issuers(child)
        return known

    def _issuers(self, child: Certificate) -> tuple[Candidate, ...]:
        if child.structure is None:
            return ()
        found = {
            certificate: Candidate(certificate, source, match_of(child, certificate))
            for certificate, source in self.of_subject(child.issuer.der)
            if certificate != child
        }
        return tuple(sorted(found.values(), key=_preference))

    def of_subject(self, subject: bytes) -> Iterable[tuple[Certificate, Source]]:
        """Everything of this subject with its source; what comes later under the same DER wins."""
        for certificate in self._trust.intermediates_by_subject.get(subject, ()):
            yield certificate, Source.STORE
        for certificate in self._retrieved.get(subject, ()):
            yield certificate, Source.RETRIEVED
        for certificate in self._presented.get(subject, ()):
            yield certificate, Source.PRESENTED
        for certificate in self._trust.roots_by_subject.get(subject, ()):
            if self._automatic or not self._trust.properties_of(certificate).automatic:
                yield certificate, Source.STORE

    def everything(self) -> Iterable[tuple[Certificate, Source]]:
        """All certificates at hand with their source, those of the store first."""
        for certificate in (*self._trust.roots, *self._trust.intermediates):
            yield certificate, Source.STORE
        for source, groups in (
            (Source.RETRIEVED, self._retrieved),
            (Source.PRESENTED, self._presented),
        ):
            for group in groups.values():
                for certificate in group:
                    yield certificate, source

    def all_issuers(self) -> Iterable[Certificate]:
        """Everything that is no member of Root."""
        for groups in (self._presented, self._retrieved, self._trust.intermediates_by_subject):
            for group in groups.values():
                yield from group


def _preference(candidate: Candidate) -> tuple[int, float]:
    structure = candidate.certificate.structure
    # Newer before older: the tie-break of Microsoft's chain building white paper ([validation 4.2]).
    issued = structure.not_before.timestamp() if structure is not None else 0.0
    return candidate.match, -issued
