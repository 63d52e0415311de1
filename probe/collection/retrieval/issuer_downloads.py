"""Issuers that certificates point at (AIA caIssuers), fetched where the caller would, without judging.

CryptoAPI downloads an issuer when a chain of what it has at hand does not reach a self-signed certificate
([validation 4.1.3]), over plain http, within limits that are kept here too ([validation 4.1.4]). A
certificate must not steer the prober into the network it runs in: only global addresses are asked, unless the
partner itself was met at an address of the same reach; the address checked is the one connected to, at every
redirect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from time import perf_counter

from probe.collection.address_reach import Reach, reach
from probe.collection.connection.gathering import gather
from probe.collection.retrieval.download import (
    DownloadBounds,
    DownloadError,
    certificates_in,
    download,
    is_pem,
)
from probe.collection.settings import Settings
from probe.collection.target_run import TargetRun
from probe.facts import extensions
from probe.facts.certificate import Certificate
from probe.facts.observation import Retrieval, RetrievalKind, RetrievalOutcome

_WITHIN = {
    Reach.LOOPBACK: frozenset((Reach.GLOBAL, Reach.LOOPBACK)),
    Reach.LINK_LOCAL: frozenset((Reach.GLOBAL, Reach.LINK_LOCAL)),
    Reach.PRIVATE: frozenset((Reach.GLOBAL, Reach.PRIVATE)),
}
_ANYWHERE = frozenset((Reach.GLOBAL, Reach.LOOPBACK, Reach.LINK_LOCAL, Reach.PRIVATE))


async def retrieve_issuers(run: TargetRun) -> None:
    """Download what is missing of every presented chain; each attempt is recorded in the run."""
    if not any(missing(c.presented, run.settings) for c in run.connections):
        return
    limit = asyncio.get_running_loop().time() + run.settings.limits.issuer_seconds
    deadline = min(limit, run.deadline)
    shared: dict[tuple[Certificate, str], asyncio.Task[Retrieval]] = {}
    work = [
        _complete(presented, DownloadBounds(run, reaches, deadline), shared)
        for presented, reaches in presented_chains(run).items()
        if missing(presented, run.settings)
    ]
    if work:
        await gather(work)


def missing(certificates: Iterable[Certificate], settings: Settings) -> tuple[Certificate, ...]:
    """Certificates above the first one whose issuer is neither among them nor known, and that need one.

    Only what can be reached from the first (the end-entity) by issuer names counts; an intermediate of the
    store, below whose own issuer the store stops, is one of them, and so is one whose issuer is at hand with
    another key than it names. () if a chain of names ends in a
    self-issued certificate, or in a known subject, at every branch.
    """
    at_hand = tuple(certificates)
    by_subject: dict[bytes, list[Certificate]] = {}
    for certificate in at_hand:
        by_subject.setdefault(certificate.subject.der, []).append(certificate)
    reached = dict.fromkeys(at_hand[:1])
    waiting = list(reached)
    without = []
    while waiting:
        certificate = waiting.pop()
        if certificate.structure is None or certificate.self_issued:
            continue
        name = certificate.issuer.der
        stored = settings.known_issuers(name) if settings.known_issuers is not None else ()
        issuers = [*by_subject.get(name, ()), *stored]
        if not issuers and name not in settings.known_subjects:
            without.append(certificate)
        if issuers and all(extensions.names_another_key(certificate, issuer) for issuer in issuers):
            without.append(certificate)
        if name in settings.known_subjects:
            issuers = by_subject.get(name, [])
        fresh = [issuer for issuer in issuers if issuer not in reached]
        reached.update(dict.fromkeys(fresh))
        waiting += fresh
    return tuple(without)


def presented_chains(run: TargetRun) -> dict[tuple[Certificate, ...], frozenset[Reach]]:
    """Each presented chain once, with the reaches its downloads may go to."""
    met = {reach(c.address) for c in run.connections if c.presented and c.address is not None}
    chains: dict[tuple[Certificate, ...], frozenset[Reach]] = {}
    for connection in run.connections:
        if connection.presented:
            allowed = frozenset((Reach.GLOBAL,))
            if run.settings.allow_private:
                allowed = _ANYWHERE
            elif connection.address is not None and Reach.GLOBAL not in met:
                # A name with a global and a near address must not lead to what is near.
                allowed = _WITHIN.get(reach(connection.address), allowed)
            chains[connection.presented] = chains.get(connection.presented, frozenset()) | allowed
    return chains


async def _complete(
    presented: tuple[Certificate, ...],
    bounds: DownloadBounds,
    shared: dict[tuple[Certificate, str], asyncio.Task[Retrieval]],
) -> None:
    """Download issuer by issuer until the chain is complete, nothing comes, or a limit is reached."""
    limits = bounds.run.settings.limits
    at_hand = list(presented)
    tried: set[Certificate] = set()
    spent = 0
    while True:
        lacking = [c for c in missing(at_hand, bounds.run.settings) if c not in tried]
        if not lacking:
            return
        certificate = lacking[0]
        tried.add(certificate)
        for url in extensions.issuer_urls(certificate)[: limits.issuer_urls]:
            if spent == limits.issuer_retrievals:
                detail = f"more than {limits.issuer_retrievals} downloads for one chain"
                _note(
                    bounds.run,
                    Retrieval(
                        RetrievalKind.ISSUER, url, certificate.sha256, RetrievalOutcome.REFUSED, detail
                    ),
                )
                return
            spent += 1
            retrieval = await _shared(certificate, url, bounds, shared)
            at_hand += retrieval.certificates
            if retrieval.certificates:
                break


async def _shared(
    certificate: Certificate,
    url: str,
    bounds: DownloadBounds,
    shared: dict[tuple[Certificate, str], asyncio.Task[Retrieval]],
) -> Retrieval:
    """The download of this URL for this certificate, made once even if several chains need it."""
    task = shared.get((certificate, url))
    if task is None:
        task = shared[certificate, url] = asyncio.create_task(_retrieve(certificate, url, bounds))
    return await task


async def _retrieve(certificate: Certificate, url: str, bounds: DownloadBounds) -> Retrieval:
    started = perf_counter()
    found: tuple[Certificate, ...] = ()
    content = b""
    try:
        content = await download(url, bounds)
        found = certificates_in(content)
        outcome, detail = _outcome_of(found, bounds.run.settings.limits.issuer_certificates)
    except DownloadError as nothing:
        outcome, detail = nothing.outcome, nothing.detail
    elapsed = round((perf_counter() - started) * 1000, 3)
    retrieval = Retrieval(
        RetrievalKind.ISSUER,
        url,
        certificate.sha256,
        outcome,
        detail,
        certificates=found if outcome == RetrievalOutcome.FETCHED else (),
        elapsed_ms=elapsed,
        in_pem=is_pem(content),
    )
    _note(bounds.run, retrieval)
    return retrieval


def _outcome_of(found: tuple[Certificate, ...], limit: int) -> tuple[RetrievalOutcome, str]:
    """(outcome, detail) of an answer with these certificates."""
    if not found:
        return RetrievalOutcome.FAILED, "the answer holds no certificate"
    if len(found) > limit:
        return RetrievalOutcome.REFUSED, f"more than {limit} certificates"
    return RetrievalOutcome.FETCHED, f"{len(found)} certificate{'s' if len(found) > 1 else ''}"


def _note(run: TargetRun, retrieval: Retrieval) -> None:
    if retrieval not in run.retrievals:
        run.retrievals.append(retrieval)
