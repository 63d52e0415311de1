"""Spreading a run over the machines of a Dask cluster (extra `fedprobe[cluster]`).

Entries go out in small parts, a bounded number at a time, and come back as documents and records. A worker
that dies has its part done again by another; a part that no worker can do is answered with documents that
say so. What checks is made on the worker, because a loaded trust store is dear to send.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from msgspec import Struct

from probe.errors import UsageError
from probe.facts import record
from probe.runs.attempts import Checked, Checker
from probe.runs.campaign import Runner
from probe.runs.execution import Finished, Listener, RunLimits, Started, run
from probe.runs.lists.partners import PartnerEntry
from probe.runs.lists.suggestions import missing_packages
from probe.runs.store.packing import packed, unpacked
from probe.runs.store.results import read_document, write_document
from probe.runs.untried_target import refused

MakeChecker = Callable[[], Checker]
"""Makes the check on the worker. Sent by pickle: a function of a module, or functools.partial of one."""

# Large enough that sending costs little, small enough that a dead worker loses little.
PART_SIZE = 32
_PARTS_PER_THREAD = 2
_RETRIES = 2
_CONNECT_SECONDS = 15

_Part = list[tuple[int, PartnerEntry]]
_Packed = list[tuple[bytes, bytes | None]]


class Cluster(Struct, frozen=True):
    """A scheduler's address and what its workers check with.

    `tcp://host:8786`, or `tls://host:8786` with the certificates of Dask's own configuration.
    """

    address: str
    make_checker: MakeChecker
    part_size: int = PART_SIZE


def cluster_runner(cluster: Cluster) -> Runner:
    """What `probe.runs.campaign.conduct` takes to run on a cluster: as `run`, with limits for each part.

    The check that it is given is not used: the workers make their own. Iterating raises UsageError when the
    extra is not installed, or the scheduler does not answer.
    """

    async def run_there(
        entries: Iterable[PartnerEntry],
        check: Checker,
        *,
        limits: RunLimits,
        listener: Listener,
        stop: asyncio.Event | None,
    ) -> AsyncGenerator[Finished, None]:
        del check
        client = await _connected(cluster.address)
        try:
            async for finished in _results(client, enumerate(entries), cluster, limits, listener, stop):
                listener(finished)
                yield finished
        finally:
            with suppress(OSError, TimeoutError):
                await client.close()

    return run_there


def check_part(entries: list[PartnerEntry], make_checker: MakeChecker, limits: RunLimits) -> _Packed:
    """What a worker does: check a part, in the order of its entries."""

    answers: dict[int, tuple[bytes, bytes | None]] = {}

    async def all_of_it() -> None:  # asyncio.run makes the repr of what it returns twice
        async for finished in run(entries, make_checker(), limits=limits):
            answers[finished.index] = _packed(finished.checked)

    asyncio.run(all_of_it())
    return [answers[index] for index in range(len(entries))]


async def _connected(address: str) -> Any:
    try:
        from distributed import Client, Security
    except ImportError:
        raise UsageError(missing_packages("--cluster", ("distributed",))) from None
    make_client: Any = Client  # distributed has no types
    make_security: Any = Security
    security = make_security()
    if address.startswith("tls://") and security.get_connection_args("client").get("ssl_context") is None:
        raise UsageError(
            f"{address} wants certificates: name them as Dask reads them, under distributed.comm.tls in its "
            "configuration (ca-file, client.cert, client.key)"
        )
    try:
        return await make_client(address, asynchronous=True, timeout=_CONNECT_SECONDS, security=security)
    except (OSError, TimeoutError, ValueError) as unreachable:
        raise UsageError(f"no Dask scheduler at {address} ({unreachable}): check --cluster") from None


async def _results(
    client: Any,
    entries: Iterator[tuple[int, PartnerEntry]],
    cluster: Cluster,
    limits: RunLimits,
    listener: Listener,
    stop: asyncio.Event | None,
) -> AsyncGenerator[Finished, None]:
    waiting: dict[asyncio.Future[Any], _Part] = {}
    stopped = None if stop is None else asyncio.ensure_future(stop.wait())
    room = max(1, sum((await client.nthreads()).values())) * _PARTS_PER_THREAD
    try:
        while True:
            while len(waiting) < room and (part := list(itertools.islice(entries, cluster.part_size))):
                waiting[_submitted(client, part, cluster, limits)] = part
                for index, entry in part:
                    listener(Started(index, entry))
            if not waiting:
                return
            watched = {*waiting} if stopped is None else {*waiting, stopped}
            done, _ = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            for future in [future for future in done if future in waiting]:
                for finished in _unpacked(waiting.pop(future), future):
                    yield finished
            if stopped is not None and stopped.done():
                return
    finally:
        for pending in (*waiting, *([stopped] if stopped else [])):
            pending.cancel()


def _submitted(client: Any, part: _Part, cluster: Cluster, limits: RunLimits) -> asyncio.Future[Any]:
    future = client.submit(
        check_part, [entry for _, entry in part], cluster.make_checker, limits, pure=False, retries=_RETRIES
    )
    return asyncio.ensure_future(_result_of(future))


async def _result_of(future: Any) -> Any:
    return await future.result()


def _unpacked(part: _Part, future: asyncio.Future[Any]) -> Iterator[Finished]:
    broken = future.exception()
    if broken is not None:
        for index, entry in part:
            error = f"no worker of the cluster could check it ({type(broken).__name__}: {broken})"
            yield Finished(index, entry, Checked(refused(entry, error)))
        return
    for (index, entry), (document, observation) in zip(part, future.result(), strict=True):
        checked = Checked(
            read_document(unpacked(document), "the cluster's answer"),
            None if observation is None else record.loads(unpacked(observation)),
        )
        yield Finished(index, entry, checked)


def _packed(checked: Checked) -> tuple[bytes, bytes | None]:
    observation = checked.observation
    return (
        packed(write_document(checked.document)),
        None if observation is None else packed(record.dumps(observation)),
    )
