"""A real exporter on an ephemeral port of loopback, ended by a real signal."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from probe.runs.attempts import Checker
from probe.runs.lists.partners import PartnerEntry
from probe.serving.application import Exporting
from probe.serving.exporter import ListFile, export
from probe.serving.http_server import Address, listening_socket

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]
DEFAULTS = Exporting()


@dataclass(frozen=True)
class Running:
    """An exporter that answers. `said` are the lines about defects."""

    client: httpx.AsyncClient
    said: list[str]


Start = Callable[..., AbstractAsyncContextManager[Running]]


def series(text: str) -> Series:
    """Every sample of an exposition, by the reference parser; each must be there once."""
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    found = {(s.name, frozenset(s.labels.items())): s.value for s in samples}
    assert len(found) == len(samples), "a series twice"
    return found


def value(text: str, name: str, **labels: str) -> float:
    """The one value of a series with these labels among its own."""
    (found,) = {v for (n, have), v in series(text).items() if n == name and set(labels.items()) <= have}
    return found


@asynccontextmanager
async def _running(
    check: Checker,
    entries: Iterable[PartnerEntry],
    options: Exporting = DEFAULTS,
    list_file: ListFile | None = None,
) -> AsyncIterator[Running]:
    said: list[str] = []
    with listening_socket(Address("127.0.0.1", 0)) as listener:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        serving = asyncio.create_task(export(check, entries, options, listener, said.append, list_file))
        try:
            async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=20) as client:
                assert (await client.get("/healthz")).text == "ok\n"
                yield Running(client, said)
        finally:
            signal.raise_signal(signal.SIGTERM)
            await serving


@pytest.fixture
def exporter() -> Start:
    """Starts exporters: `async with exporter(check, entries, options) as running`."""
    return _running
