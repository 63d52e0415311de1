"""A run spread over a real Dask cluster of two worker processes answers what a run here answers."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from probe.errors import UsageError
from probe.lab import authority
from probe.runs.attempts import Checked, Checker
from probe.runs.campaign import Campaign, Delivery, Summary, conduct
from probe.runs.cluster import Cluster, cluster_runner
from probe.runs.execution import RunLimits
from probe.runs.lists.partners import PartnerEntry
from probe.runs.untried_target import refused

pytestmark = [
    pytest.mark.timeout(120),
    # The library's own: it leaves sockets and event loops to the garbage collector when a cluster closes.
    pytest.mark.filterwarnings("ignore"),
]


def make_checker(word: str) -> Checker:
    """Makes, on the worker, a check that tells which process it runs in."""

    async def check(entry: PartnerEntry) -> Checked:
        if entry.target == "deadly.example":
            os._exit(1)
        if entry.target.startswith("slow"):
            await asyncio.sleep(0.05)
        return Checked(refused(entry, f"{word} {os.getpid()}"))

    return check


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a cluster on loopback."""
    from distributed import LocalCluster

    make: Any = LocalCluster
    with make(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        yield cluster.scheduler_address


def _conduct(
    address: str, targets: list[str], listen: Callable[[Delivery], None] | None = None
) -> tuple[Summary, list[Delivery]]:
    delivered: list[Delivery] = []

    def deliver(delivery: Delivery) -> None:
        delivered.append(delivery)
        if listen is not None:
            listen(delivery)

    cluster = Cluster(address, partial(make_checker, "checked by"), part_size=3)

    async def unused(entry: PartnerEntry) -> Checked:
        raise AssertionError

    summary = asyncio.run(
        conduct(
            [PartnerEntry(target) for target in targets],
            unused,
            Campaign(limits=RunLimits(concurrency=2)),
            deliver=deliver,
            runner=cluster_runner(cluster),
        )
    )
    return summary, delivered


def test_every_target_is_answered_once_by_a_worker(scheduler: str) -> None:
    targets = [f"partner{n}.example" for n in range(50)]

    summary, delivered = _conduct(scheduler, targets)

    errors = [item.checked.document.error or "" for item in delivered]
    assert sorted(item.checked.document.target.input for item in delivered) == sorted(targets)
    assert summary.total == 50
    assert {error.rpartition(" ")[0] for error in errors} == {"checked by"}
    assert str(os.getpid()) not in {error.rpartition(" ")[2] for error in errors}


def test_a_target_that_kills_workers_is_answered_too(scheduler: str) -> None:
    summary, delivered = _conduct(scheduler, ["deadly.example", "b.example", "c.example", "d.example"])

    errors = {item.checked.document.target.input: item.checked.document.error or "" for item in delivered}
    assert summary.total == 4
    assert errors["deadly.example"].startswith("no worker of the cluster could check it (KilledWorker")
    assert errors["d.example"].startswith("checked by")


def test_workers_that_are_killed_lose_nothing(scheduler: str) -> None:
    targets = [f"slow{n}.example" for n in range(60)]
    answers: list[Delivery] = []
    killed: list[int] = []

    def kill_after_some(delivery: Delivery) -> None:
        answers.append(delivery)
        if len(answers) in (5, 25):
            killed.append(int(str(delivery.checked.document.error).rpartition(" ")[2]))
            os.kill(killed[-1], getattr(signal, "SIGKILL", signal.SIGTERM))

    summary, delivered = _conduct(scheduler, targets, kill_after_some)

    assert sorted(item.checked.document.target.input for item in delivered) == sorted(targets)
    assert {str(item.checked.document.error).rpartition(" ")[0] for item in delivered} == {"checked by"}
    assert summary.total == 60
    assert len(set(killed)) == 2


def test_a_scheduler_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probe.runs.cluster._CONNECT_SECONDS", 0.5)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{closed.getsockname()[1]}"

        with pytest.raises(UsageError, match="no Dask scheduler at tcp://127"):
            _conduct(address, ["a.example"])


def test_without_the_extra_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(UsageError, match="-m pip install distributed"):
        _conduct("tcp://127.0.0.1:1", ["a.example"])


def test_a_cluster_over_tls_is_reached_with_the_certificates_that_dask_has(tmp_path: Path) -> None:
    import dask.config
    from distributed import LocalCluster, Security

    root = authority.root()
    server = authority.end_entity(root, "127.0.0.1", usages=(authority.SERVER_AUTH, authority.CLIENT_AUTH))
    roots, own = tmp_path / "ca.pem", tmp_path / "own.pem"
    roots.write_text(root.pem, encoding="ascii")
    own.write_text(server.key_pem + server.pem, encoding="ascii")
    tls = {"distributed.comm.tls.ca-file": str(roots)} | {
        f"distributed.comm.tls.{role}.{part}": str(own)
        for role in ("client", "scheduler", "worker")
        for part in ("cert", "key")
    }
    make: Any = LocalCluster
    make_security: Any = Security
    with (
        dask.config.set({**tls, "distributed.comm.require-encryption": True}),
        make(
            n_workers=1,
            processes=False,
            dashboard_address=None,
            host="tls://127.0.0.1",
            security=make_security(),
        ) as cluster,
    ):
        assert cluster.scheduler_address.startswith("tls://")
        summary, _ = _conduct(cluster.scheduler_address, ["a.example", "b.example"])
        assert summary.total == 2


def test_without_certificates_a_cluster_over_tls_is_refused_in_words() -> None:
    with pytest.raises(UsageError, match="wants certificates"):
        _conduct("tls://127.0.0.1:1", ["a.example"])
