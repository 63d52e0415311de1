"""Who could have issued a certificate: candidates from everything at hand, and which of them Windows takes.

1. Certificates come from what was presented, what was retrieved, and the Root and CA stores; the order within
   each is irrelevant to CryptoAPI.
2. A candidate's subject is the issuer name byte for byte. How it fits is the match: the authority key
   identifier (AKI) of the child may name issuer and serial (exact match) or a key identifier (key match);
   without an AKI the name alone counts [validation 4.2.1].
3. Where the AKI names a certificate that is at hand, Windows takes only such [validation 4.2.5]. The others
   are kept and set aside: a path through one of them is in doubt.
4. An AKI that matches nothing at hand rules nobody out: Windows was seen to build by name then
   [validation 5.5].
5. A certificate of another name whose key identifier is the one named is a candidate too. A name that differs
   in case, spaces and string types only was seen to carry; any other is in doubt: key matches are reported to
   carry, while CryptoAPI compares names byte for byte [validation 4.2.6].
6. The best match comes first. Among equals the one that ends later, then the one that began later, then the
   thumbprint decide: the order in which a partner sends is never asked. This order is ours, CryptoAPI's is
   known in part only [validation 4.2.8], so search.py looks at what ties.

Whether a candidate did sign is not asked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum

from msgspec import Struct

from probe.facts.certificate import Certificate
from probe.facts.trust_store import ListedRoot, TrustStore, by_subject
from probe.judgement.chain.certificate_reading import read
from probe.judgement.chain.terms import Terms
from probe.judgement.model import Source


class IssuerMatch(IntEnum):
    """How a candidate fits, best first (CERT_TRUST_HAS_*_MATCH_ISSUER of wincrypt.h)."""

    EXACT = 0
    KEY = 1
    KEY_OF_NAME_SPELT_OTHERWISE = 2
    NAME = 3
    CONTRADICTED = 4
    KEY_OF_ANOTHER_NAME = 5


class Candidate(Struct, frozen=True):
    """A certificate that may have issued another, where it came from and how well it fits.

    `set_aside_for`: the certificate at hand that the authority key identifier names in its place, or None.
    """

    certificate: Certificate
    source: Source
    match: IssuerMatch
    set_aside_for: Certificate | None = None


def match_of(child: Certificate, issuer: Certificate) -> IssuerMatch:
    """How a candidate whose subject is the child's issuer name fits the child's key identifiers."""
    wanted = read(child).authority_key
    if wanted is None or issuer.structure is None:
        return IssuerMatch.NAME
    if wanted.issuer is not None and wanted.serial is not None:
        if wanted.serial == issuer.structure.serial and wanted.issuer == issuer.issuer.der:
            return IssuerMatch.EXACT
        if wanted.key_identifier is None:
            return IssuerMatch.CONTRADICTED
    offered = read(issuer).subject_key_identifier
    if wanted.key_identifier is None or offered is None:
        return IssuerMatch.NAME
    return IssuerMatch.KEY if wanted.key_identifier == offered else IssuerMatch.CONTRADICTED


def names_itself(certificate: Certificate) -> bool:
    """Whether it names itself as its issuer, by name and by key.

    Wine's CRYPT_IsCertificateSelfSigned: an authority key identifier that is not its own names another
    key of the same authority, as in a key rollover, wherever the certificate lies. Its own key made the
    signature of a self-signed certificate besides, see reach.py.
    """
    return certificate.self_issued and match_of(certificate, certificate) is not IssuerMatch.CONTRADICTED


def listed_issuer(certificate: Certificate, terms: Terms) -> ListedRoot | None:
    """The root that a list names, that is not at hand, and that Windows would download as this one's issuer.

    By the authority key identifier where both have one, else by the name (the list has its MD5)
    [validation 4.7.2].
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
        self._by_key: dict[bytes, list[tuple[Certificate, Source]]] | None = None
        self._identifiers: dict[bytes, frozenset[bytes | None]] = {}
        self._known: dict[Certificate, tuple[Candidate, ...]] = {}

    def issuers(self, child: Certificate) -> tuple[Candidate, ...]:
        """Candidates for the issuer of `child`, itself left out: best first."""
        known = self._known.get(child)
        if known is None:
            known = self._known[child] = self._issuers(child)
        return known

    def _issuers(self, child: Certificate) -> tuple[Candidate, ...]:
        if child.structure is None:
            return ()
        found = {
            certificate: Candidate(certificate, source, match_of(child, certificate))
            for certificate, source in self._of_subject(child.issuer.der)
            if certificate != child
        }
        ordered = sorted(found.values(), key=_preference)
        best = ordered[0] if ordered else None
        if best is not None and best.match in (IssuerMatch.EXACT, IssuerMatch.KEY):
            return tuple(c if c.match is best.match else _set_aside(c, best) for c in ordered)
        return tuple(sorted((*ordered, *self.of_another_name(child)), key=_preference))

    def names_above(self, child: Certificate) -> Iterable[bytes]:
        """The subjects that a candidate for the issuer of `child` may have."""
        yield child.issuer.der
        wanted = read(child).authority_key
        if wanted is None or wanted.key_identifier in self._key_identifiers(child.issuer.der):
            return
        for candidate in self.of_another_name(child):
            yield candidate.certificate.subject.der

    def _key_identifiers(self, subject: bytes) -> frozenset[bytes | None]:
        known = self._identifiers.get(subject)
        if known is None:
            named = (read(certificate).subject_key_identifier for certificate in self.of_subject(subject))
            known = self._identifiers[subject] = frozenset(named)
        return known

    def of_another_name(self, child: Certificate) -> list[Candidate]:
        """Certificates with the key identifier that `child` names for its issuer, and with another name."""
        wanted = read(child).authority_key
        if wanted is None or not wanted.key_identifier:
            return []
        found = {
            certificate: Candidate(certificate, source, _match_of_another_name(child, certificate))
            for certificate, source in self._of_key(wanted.key_identifier)
            if certificate.subject != child.issuer and certificate != child
        }
        return sorted(found.values(), key=_preference)

    def _of_key(self, identifier: bytes) -> Iterable[tuple[Certificate, Source]]:
        if self._by_key is None:
            self._by_key = {}
            for certificate, source in self._sent():
                offered = read(certificate).subject_key_identifier
                if offered:
                    self._by_key.setdefault(offered, []).append((certificate, source))
        yield from self._by_key.get(identifier, ())
        for certificate in self._trust.by_key_identifier.get(identifier, ()):
            if self._is_at_hand(certificate):
                yield certificate, Source.STORE

    def _sent(self) -> Iterable[tuple[Certificate, Source]]:
        for source, groups in ((Source.RETRIEVED, self._retrieved), (Source.PRESENTED, self._presented)):
            for group in groups.values():
                for certificate in group:
                    yield certificate, source

    def of_subject(self, subject: bytes) -> Iterable[Certificate]:
        """Every certificate of this subject."""
        return (certificate for certificate, _ in self._of_subject(subject))

    def _of_subject(self, subject: bytes) -> Iterable[tuple[Certificate, Source]]:
        """Everything of this subject with its source; what comes later under the same DER wins."""
        for certificate in self._trust.intermediates_by_subject.get(subject, ()):
            yield certificate, Source.STORE
        for certificate in self._retrieved.get(subject, ()):
            yield certificate, Source.RETRIEVED
        for certificate in self._presented.get(subject, ()):
            yield certificate, Source.PRESENTED
        for certificate in self._trust.roots_by_subject.get(subject, ()):
            if self._is_at_hand(certificate):
                yield certificate, Source.STORE

    def _is_at_hand(self, certificate: Certificate) -> bool:
        return self._automatic or not self._trust.properties_of(certificate).automatic


def _match_of_another_name(child: Certificate, issuer: Certificate) -> IssuerMatch:
    if child.issuer.reads_like(issuer.subject):
        return IssuerMatch.KEY_OF_NAME_SPELT_OTHERWISE
    return IssuerMatch.KEY_OF_ANOTHER_NAME


def _set_aside(candidate: Candidate, named: Candidate) -> Candidate:
    return Candidate(candidate.certificate, candidate.source, candidate.match, named.certificate)


def _preference(candidate: Candidate) -> tuple[int, bool, float, float, str]:
    certificate = candidate.certificate
    structure = certificate.structure
    if structure is None:
        return (candidate.match, False, 0.0, 0.0, certificate.thumbprint)
    return (
        candidate.match,
        candidate.source is Source.RETRIEVED,  # downloads come after everything local [validation 4.1.3]
        -structure.not_after.timestamp(),
        -structure.not_before.timestamp(),
        certificate.thumbprint,
    )
