"""Joins discovery, connections and retrieval: a target and settings in, one Observation out.

Nothing that a partner does raises here. A run that is stopped (Ctrl-C) hands back what was seen until then;
to cancel it raises, as everywhere in asyncio.
"""

from __future__ import annotations

import asyncio
import platform
import ssl
import sys
from datetime import UTC, datetime
from functools import lru_cache
from time import perf_counter

from probe.collection.discovery import discover
from probe.collection.settings import Settings
from probe.collection.target_run import TargetRun
from probe.facts.observation import Observation, Vantage
from probe.facts.target import Target
from probe.version import __version__

INTERRUPTED = "interrupted: what was seen until then is kept"


async def collect(target: Target, settings: Settings, *, stop: asyncio.Event | None = None) -> Observation:
    """Everything that can be seen of a target within the settings' limits.

    Setting `stop` makes it return early, with what it has and the note `INTERRUPTED`.

    Raises:
        TargetError: a URL in the settings cannot be used.
    """
    started = perf_counter()
    observed_at = datetime.now(UTC)
    run = TargetRun(settings)
    if stop is None:
        await _explore(run, target)
    else:
        await _explore_until(stop, run, target)
    return _observation(run, target, observed_at, started)


async def collect_until_cancelled(target: Target, settings: Settings) -> Observation:
    """As `collect`, but cancelling it once is answered with what it has: for who bounds a check from outside.

    Raises:
        TargetError: a URL in the settings cannot be used.
    """
    started = perf_counter()
    observed_at = datetime.now(UTC)
    run = TargetRun(settings)
    try:
        await _explore(run, target)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()
        run.notes.append(INTERRUPTED)
    return _observation(run, target, observed_at, started)


async def _explore(run: TargetRun, target: Target) -> None:
    await discover.explore(run, target)
    await _retrieve(run)


async def _explore_until(stop: asyncio.Event, run: TargetRun, target: Target) -> None:
    exploring = asyncio.create_task(_explore(run, target))
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((exploring, stopped), return_when=asyncio.FIRST_COMPLETED)
    finally:
        unfinished = not exploring.done()
        exploring.cancel()
        stopped.cancel()
        await asyncio.gather(exploring, stopped, return_exceptions=True)
    if unfinished:
        run.notes.append(INTERRUPTED)
    else:
        exploring.result()


def _observation(run: TargetRun, target: Target, observed_at: datetime, started: float) -> Observation:
    return Observation(
        target,
        observed_at,
        vantage(),
        steps=tuple(run.steps),
        connections=run.connections,
        retrievals=tuple(run.retrievals),
        federation=run.federation,
        elapsed_ms=round((perf_counter() - started) * 1000, 3),
        notes=tuple(run.notes),
        hellos=run.hellos,
    )


@lru_cache(maxsize=1)
def vantage() -> Vantage:
    """Where the probe runs: systems and versions."""
    return Vantage(
        system=f"{platform.system()} {platform.release()}",
        python=".".join(map(str, sys.version_info[:3])),
        openssl=ssl.OPENSSL_VERSION,
        tool=f"fedprobe {__version__}",
    )


async def _retrieve(run: TargetRun) -> None:
    if run.settings.aia:
        from probe.collection.retrieval import issuer_downloads

        await issuer_downloads.retrieve_issuers(run)
    if run.settings.revocation:
        from probe.collection.retrieval import revocation_downloads

        await revocation_downloads.retrieve_answers(run)
