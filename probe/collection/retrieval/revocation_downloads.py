"""CRLs and OCSP answers that certificates point at, fetched as CryptoAPI would, only when asked for.

For each certificate below a root OCSP is asked first; the CRL is fetched where that gave nothing of use
([validation 4.1.5]: 20 seconds for all, each URL at most half of what is left). Whether an answer
is authentic is not asked here: one that reads like an answer ends the search. Where downloads may go is as
for issuers (see retrieval.py).
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from time import perf_counter
from urllib.parse import quote

from probe.collection.address_reach import Reach
from probe.collection.connection.http_requests import HttpRequest
from probe.collection.retrieval.download import DownloadBounds, DownloadError, download
from probe.collection.retrieval.issuer_downloads import presented_chains
from probe.collection.target_run import TargetRun
from probe.facts import extensions
from probe.facts.certificate import Certificate
from probe.facts.observation import Retrieval, RetrievalKind, RetrievalOutcome
from probe.facts.revocation import crl, ocsp

# RFC 5019 section 5: GET where the URL stays below 255 bytes, POST else.
_LONGEST_GET = 255
# Enough to see what it is; whoever wants all of it can fetch it as this did.
_UNREADABLE_BYTES = 1_024
_REQUEST = ("Content-Type", "application/ocsp-request")


async def retrieve_answers(run: TargetRun) -> None:
    """Ask about every certificate of the presented chains; each attempt is recorded in the run."""
    asking = _RevocationDownloads(run)
    wanted: dict[Certificate, tuple[tuple[Certificate, ...], frozenset[Reach]]] = {}
    for presented, reaches in presented_chains(run).items():
        for certificate, issuers in _to_check(presented, run):
            before = wanted.get(certificate, ((), frozenset()))[1]
            wanted[certificate] = issuers, before | reaches
    try:
        for certificate, (issuers, reaches) in wanted.items():
            await asking.ask_about(certificate, issuers, reaches)
    except _SpentError:
        return


def _to_check(
    presented: tuple[Certificate, ...], run: TargetRun
) -> Iterator[tuple[Certificate, tuple[Certificate, ...]]]:
    """Certificates that names lead to from the end-entity, without roots, each with its possible issuers."""
    retrieved = (c for retrieval in run.retrievals for c in retrieval.certificates)
    at_hand = tuple(dict.fromkeys((*presented, *retrieved)))
    known = run.settings.known_issuers
    waiting = list(presented[:1])
    seen = set(waiting)
    for _ in range(run.settings.limits.revocation_certificates):
        if not waiting:
            return
        certificate = waiting.pop(0)
        name = certificate.issuer.der
        stored = known(name) if known is not None else ()
        issuers = tuple(dict.fromkeys((*(c for c in at_hand if c.subject.der == name), *stored)))
        yield certificate, issuers
        fresh = [c for c in issuers if c not in seen and not c.self_issued]
        seen.update(fresh)
        waiting += fresh


class _SpentError(Exception):
    """There were as many downloads as are allowed."""


class _RevocationDownloads:
    """All downloads of one run: how many there were, until when there may be more, and the CRLs so far."""

    def __init__(self, run: TargetRun) -> None:
        self._run = run
        self._limits = run.settings.limits
        self._loop = asyncio.get_running_loop()
        self._deadline = min(self._loop.time() + self._limits.revocation_seconds, run.deadline)
        self._spent = 0
        self._bytes_left = self._limits.revocation_bytes
        self._lists: dict[str, Retrieval] = {}

    async def ask_about(
        self, certificate: Certificate, issuers: Sequence[Certificate], reaches: frozenset[Reach]
    ) -> None:
        """Ask responders, then fetch CRLs, until one answers.

        Raises:
            _SpentError: no more downloads are allowed.
        """
        if certificate.structure is None or certificate.self_issued:
            return
        issuer = _issuer(certificate, issuers)
        for url in ocsp.ocsp_urls(certificate)[: self._limits.revocation_urls]:
            if await self._ask_responder(certificate, issuer, url, reaches):
                return
        for url in crl.crl_urls(certificate)[: self._limits.revocation_urls]:
            if url not in self._lists:
                request = HttpRequest("GET", url)
                self._lists[url] = await self._retrieve(RetrievalKind.CRL, certificate, url, request, reaches)
            if _lists(self._lists[url]):
                return

    async def _ask_responder(
        self, certificate: Certificate, issuer: Certificate | None, url: str, reaches: frozenset[Reach]
    ) -> bool:
        """Whether a responder answers, by GET or, if it has only an error for that, by POST."""
        for request in _requests(certificate, issuer, url):
            found = await self._retrieve(RetrievalKind.OCSP, certificate, url, request, reaches)
            if _answers(found, certificate):
                return True
            if found.outcome != RetrievalOutcome.FETCHED and not found.detail.startswith("HTTP status"):
                return False
        return False

    async def _retrieve(
        self,
        kind: RetrievalKind,
        certificate: Certificate,
        url: str,
        request: HttpRequest | None,
        reaches: frozenset[Reach],
    ) -> Retrieval:
        """One download, on record; so is that there were too many already, before the error is raised."""
        if request is None:
            detail = "no request can be made without the certificate of its issuer"
            return self._note(Retrieval(kind, url, certificate.sha256, RetrievalOutcome.REFUSED, detail))
        if self._spent == self._limits.revocation_retrievals:
            detail = f"more than {self._spent} downloads of CRLs and OCSP answers"
            self._note(Retrieval(kind, url, certificate.sha256, RetrievalOutcome.REFUSED, detail))
            raise _SpentError
        self._spent += 1
        started = perf_counter()
        now = self._loop.time()
        largest = self._limits.crl_bytes if kind is RetrievalKind.CRL else self._limits.ocsp_bytes
        largest = min(largest, self._bytes_left)
        bounds = DownloadBounds(self._run, reaches, now + max(0.0, self._deadline - now) / 2, largest)
        content = b""
        try:
            content = await download(request.url, bounds, request)
            outcome, detail = RetrievalOutcome.FETCHED, f"{len(content)} bytes"
            self._bytes_left -= len(content)
            if len(content) > _UNREADABLE_BYTES and not _is_readable(kind, content):
                content = content[:_UNREADABLE_BYTES]
                detail += f" that cannot be read, of which the first {_UNREADABLE_BYTES} are kept"
        except DownloadError as nothing:
            outcome, detail = nothing.outcome, nothing.detail
        elapsed = round((perf_counter() - started) * 1000, 3)
        return self._note(
            Retrieval(kind, url, certificate.sha256, outcome, detail, content=content, elapsed_ms=elapsed)
        )

    def _note(self, retrieval: Retrieval) -> Retrieval:
        self._run.retrievals.append(retrieval)
        return retrieval


def _issuer(certificate: Certificate, candidates: Iterable[Certificate]) -> Certificate | None:
    """The candidate that the key identifiers name, else any: requests must name the issuer's key."""
    at_hand = list(candidates)
    identifier = _identifier(certificate, extensions.AUTHORITY_KEY_IDENTIFIER)
    named = (c for c in at_hand if _identifier(c, extensions.SUBJECT_KEY_IDENTIFIER) == identifier)
    return next(named, at_hand[0] if at_hand else None)


def _identifier(certificate: Certificate, oid: str) -> bytes | None:
    extension = certificate.extension(oid)
    if extension is None:
        return None
    try:
        if oid == extensions.AUTHORITY_KEY_IDENTIFIER:
            return extensions.authority_key_identifier(extension.value).key_identifier
        return extensions.subject_key_identifier(extension.value)
    except ValueError:
        return None


def _requests(
    certificate: Certificate, issuer: Certificate | None, url: str
) -> tuple[HttpRequest | None, ...]:
    """How to ask a responder: by GET if the URL is short enough, and by POST; (None,): it cannot be asked."""
    encoded = _ocsp_request(certificate, issuer)
    if encoded is None:
        return (None,)
    post = HttpRequest("POST", url, (_REQUEST,), encoded)
    get = f"{url.rstrip('/')}/{quote(base64.b64encode(encoded), safe='')}"
    return (HttpRequest("GET", get), post) if len(get) < _LONGEST_GET else (post,)


def _ocsp_request(certificate: Certificate, issuer: Certificate | None) -> bytes | None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import ocsp as requests

    if issuer is None or certificate.structure is None:
        return None
    try:
        name, key = ocsp.issuer_hashes(issuer)
        # SHA-1 is what responders are bound to know (RFC 5019 section 2.1.1), and what Windows uses.
        builder = requests.OCSPRequestBuilder().add_certificate_by_hash(
            name,
            key,
            certificate.structure.serial,
            hashes.SHA1(),  # noqa: S303
        )
        return builder.build().public_bytes(Encoding.DER)
    except (ValueError, OverflowError):
        return None


def _is_readable(kind: RetrievalKind, content: bytes) -> bool:
    try:
        crl.revocation_list(content) if kind is RetrievalKind.CRL else ocsp.ocsp_answer(content)
    except ValueError:
        return False
    return True


def _answers(found: Retrieval, certificate: Certificate) -> bool:
    """Whether this is a current OCSP answer about a certificate of this number."""
    structure = certificate.structure
    if found.outcome != RetrievalOutcome.FETCHED or structure is None:
        return False
    try:
        singles = ocsp.ocsp_answer(found.content).responses
    except ValueError:
        return False
    return any(
        single.serial == structure.serial
        and single.status in ("good", "revoked")
        and (single.next_update is None or single.next_update >= datetime.now(UTC))
        for single in singles
    )


def _lists(found: Retrieval) -> bool:
    """Whether this is a current CRL."""
    if found.outcome != RetrievalOutcome.FETCHED:
        return False
    try:
        next_update = crl.revocation_list(found.content).next_update
    except ValueError:
        return False
    return next_update is None or next_update >= datetime.now(UTC)
