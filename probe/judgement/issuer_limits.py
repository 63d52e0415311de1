"""Which issuer downloads a caller makes: its chain engine's limits ([validation 4.1.4], [validation 4.6.8]).

What was not asked from here for a rule of this program alone may be what the caller gets [validation 4.1.7].

The collection downloads within the limits that Windows has by default. A server whose registry says less does
not get what is larger, and may not get what is one download too many or slower: an earlier lookup may have
left an issuer in its cache, and its way may be quicker than the one from here. A server whose registry says
more may get what was stopped here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from probe.facts import extensions
from probe.facts.certificate import Certificate
from probe.facts.observation import Retrieval, RetrievalKind, RetrievalOutcome


class IssuerLimits(Struct, frozen=True):
    """The limits of issuer downloads; the defaults are Windows'."""

    urls: int = 5
    downloads: int = 3
    octets: int = 100_000
    certificates: int = 10
    milliseconds: int = 15_000


WINDOWS_LIMITS = IssuerLimits()

VALUES = {
    "urls": "MaxAIAUrlCountInCert",
    "downloads": "MaxAIAUrlRetrievalCountPerChain",
    "octets": "MaxAIAUrlRetrievalByteCount",
    "certificates": "MaxAIAUrlRetrievalCertCount",
    "milliseconds": "ChainUrlRetrievalTimeoutMilliseconds",
}
"""The registry value of each limit."""


class IssuerDownloads(Struct, frozen=True):
    """Of what was downloaded for one chain, what the caller has for sure, and what it may have.

    `unseen`: it may have more than was downloaded here. `why` names the limits that make the difference.
    """

    sure: tuple[Certificate, ...] = ()
    doubtful: tuple[Certificate, ...] = ()
    unseen: bool = False
    why: str = ""


def is_of_another_key(certificate: Certificate, at_hand: Iterable[Certificate]) -> bool:
    """Whether an issuer of the name is at hand, but none with the key that the certificate names.

    That Windows then looks for another one is not on record [validation 4.1.7].
    """
    name = certificate.issuer.der
    named = [issuer for issuer in at_hand if issuer.subject.der == name]
    return bool(named) and all(extensions.names_another_key(certificate, issuer) for issuer in named)


def asked_by_windows(kind: RetrievalKind, url: str) -> bool:
    """Whether Windows asks this address for something of this kind, by its scheme [validation 4.1.7].

    An issuer below `ldap:///`, which names no server, would come from the caller's own directory: what is
    published there is in the store of each of its members already.
    """
    scheme, _, rest = url.lower().partition(":")
    if scheme == "https":
        return kind is not RetrievalKind.ISSUER
    if scheme == "ldap":
        return kind is not RetrievalKind.ISSUER or not rest.startswith("///")
    return scheme == "http"


def allowed_downloads(
    presented: Sequence[Certificate],
    retrievals: Iterable[Retrieval],
    limits: IssuerLimits,
    stored: Callable[[bytes], Iterable[Certificate]],
) -> IssuerDownloads:
    """What a caller with these limits has of the downloads for a presented chain; `stored`: by subject."""
    not_asked: dict[str, str] = {}
    sure: dict[Certificate, None] = {}
    doubtful: dict[Certificate, None] = {}
    reasons: dict[str, None] = {}
    unseen = False
    asked = enumerate(_asked_for(presented, retrievals, stored), 1)
    for number, (retrieval, asking, of_another_key) in asked:
        if retrieval.outcome == RetrievalOutcome.REFUSED and _exceeds_the_default(limits):
            unseen = True
            given_up = f"{retrieval.url} was given up here ({retrieval.detail}), and its limits are wider"
            reasons[given_up] = None
        if retrieval.outcome == RetrievalOutcome.NOT_ASKED and asked_by_windows(
            retrieval.kind, retrieval.url
        ):
            not_asked[retrieval.for_sha256] = f"{retrieval.url} was not asked from here ({retrieval.detail})"
        elif retrieval.certificates:
            not_asked.pop(retrieval.for_sha256, None)
        objections = dict(_objections(retrieval, asking, number, limits))
        if retrieval.certificates and of_another_key:
            name = asking.issuer.in_words
            objections[f"{retrieval.url} brings another {name} than the one that is at hand"] = False
        reasons |= dict.fromkeys(objections)
        if not objections:
            sure |= dict.fromkeys(retrieval.certificates)
        elif not any(objections.values()):
            doubtful |= dict.fromkeys(retrieval.certificates)
    reasons |= dict.fromkeys(not_asked.values())
    return IssuerDownloads(
        tuple(sure),
        tuple(c for c in doubtful if c not in sure),
        unseen or bool(not_asked),
        "; ".join(reasons),
    )


def _asked_for(
    presented: Iterable[Certificate],
    retrievals: Iterable[Retrieval],
    stored: Callable[[bytes], Iterable[Certificate]],
) -> Iterator[tuple[Retrieval, Certificate, bool]]:
    """Downloads that this chain led to, each with who named it and whether an issuer was at hand already.

    They are on record in the order in which they ended, which several chains at once mix.
    """
    at_hand: dict[str, Certificate] = {}
    _take(presented, at_hand, stored)
    waiting = [retrieval for retrieval in retrievals if retrieval.kind is RetrievalKind.ISSUER]
    while ready := [retrieval for retrieval in waiting if retrieval.for_sha256 in at_hand]:
        waiting = [retrieval for retrieval in waiting if retrieval.for_sha256 not in at_hand]
        for retrieval in ready:
            asking = at_hand[retrieval.for_sha256]
            yield retrieval, asking, is_of_another_key(asking, at_hand.values())
            _take(retrieval.certificates, at_hand, stored)


def _take(
    certificates: Iterable[Certificate],
    at_hand: dict[str, Certificate],
    stored: Callable[[bytes], Iterable[Certificate]],
) -> None:
    """Add certificates, and what the store has above them by name."""
    left = [certificate for certificate in certificates if certificate.sha256 not in at_hand]
    while left:
        certificate = left.pop()
        if certificate.sha256 not in at_hand:
            at_hand[certificate.sha256] = certificate
            left += stored(certificate.issuer.der)


def _objections(
    retrieval: Retrieval, asking: Certificate, number: int, limits: IssuerLimits
) -> Iterator[tuple[str, bool]]:
    """The limits that this download exceeds, each with whether the caller surely does not have it then.

    The bytes are those of the certificates in the answer, which is never shorter. RFC 5280 section 4.2.2.1
    wants DER, and what CryptoAPI makes of PEM is not on record [validation 4.1.7].
    """
    if retrieval.in_pem:
        yield f"{retrieval.url} answers in PEM, and whether Windows takes that is not known", False
    octets = sum(len(certificate.der) for certificate in retrieval.certificates)
    urls = extensions.issuer_urls(asking)
    position = urls.index(retrieval.url) + 1 if retrieval.url in urls else 1
    milliseconds = round(retrieval.elapsed_ms or 0)
    for field, what, amount, sure in (
        ("octets", f"has {octets} bytes", octets, True),
        (
            "certificates",
            f"holds {len(retrieval.certificates)} certificates",
            len(retrieval.certificates),
            True,
        ),
        ("urls", f"is address {position} of its certificate", position, False),
        ("downloads", f"is download {number} for the chain", number, False),
        ("milliseconds", f"took {milliseconds} ms from here", milliseconds, False),
    ):
        limit = getattr(limits, field)
        if amount > limit:
            yield f"{retrieval.url} {what}, and its {VALUES[field]} is {limit}", sure


def _exceeds_the_default(limits: IssuerLimits) -> bool:
    return any(getattr(limits, field) > getattr(WINDOWS_LIMITS, field) for field in VALUES)
