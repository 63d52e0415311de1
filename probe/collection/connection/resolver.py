"""Host names to addresses: overrides first, then DNS as the system does it, each failure its own fact.

Looking up runs in a bounded number of threads that nobody waits for at the end: a resolver that hangs must
not hold up the program beyond its limit. That it hangs is this machine's own state, not the partner's.
"""

from __future__ import annotations

import asyncio
import socket
from time import perf_counter

from probe.collection.settings import Settings, is_version
from probe.facts.observation import FailureKind, Phase, WireFailure
from probe.facts.target import ip_literal
from probe.workers import WorkerPool

_NOT_FOUND = frozenset((socket.EAI_NONAME,))
# EAI_ADDRFAMILY exists on Linux and macOS only. EAI_NODATA is EAI_NONAME's number on Windows (ws2tcpip.h),
# whose getaddrinfo returns WSANO_DATA for a name without an address of the family; no other system has a
# number that high.
_WSANO_DATA = 11004
_NO_ADDRESS = frozenset(
    getattr(socket, name) for name in ("EAI_NODATA", "EAI_ADDRFAMILY") if hasattr(socket, name)
) - _NOT_FOUND | {_WSANO_DATA}


# As many as a run has checks under way; more names than that wait for a thread.
LOOKUPS = WorkerPool("resolve", size=64)


class UnresolvedError(Exception):
    """A host name has no usable address; `failure` says why, `elapsed_ms` how long that took."""

    def __init__(self, failure: WireFailure, elapsed_ms: float) -> None:
        super().__init__(failure.detail)
        self.failure = failure
        self.elapsed_ms = elapsed_ms


_Lookup = tuple[tuple[str, ...], WireFailure | None, float]
Found = tuple[tuple[str, ...], int, float | None]


class Resolver:
    """Looks each name up once for a run."""

    def __init__(self, settings: Settings, deadline: float) -> None:
        self._settings = settings
        self._deadline = deadline
        self._lookups: dict[tuple[str, int], asyncio.Task[_Lookup]] = {}

    async def addresses(self, host: str, port: int, *, named_only: bool = False) -> Found:
        """(IP literals to connect to, port to connect to, milliseconds or None if nothing was looked up).

        The overrides are applied as curl does: first --connect-to, then --resolve. `named_only` leaves out
        those that match every host, and the choice of a family: they are meant for the partner and not for
        what its certificates name.

        Raises:
            UnresolvedError: there is no address, or none of the wanted family.
        """
        host, port = self._redirected(host.lower(), port, named_only=named_only)
        family = None if named_only else self._settings.family
        literal = ip_literal(host.partition("%")[0])
        if literal is not None:
            return self._usable((host,), host, None, family), port, None
        given = self._given(host, port, named_only=named_only)
        if given:
            return self._usable(given, host, None, family), port, None
        found, failure, elapsed = await self._looked_up(host, port)
        if failure is not None:
            raise UnresolvedError(failure, elapsed)
        return self._usable(found, host, elapsed, family), port, elapsed

    def _given(self, host: str, port: int, *, named_only: bool) -> tuple[str, ...]:
        """The addresses of every `--resolve` that names the host; where none does, of those for any host."""
        matching = [override for override in self._settings.resolve if override.matches(host, port)]
        named = [override for override in matching if override.host]
        chosen = named if named or named_only else matching
        return tuple(address for override in chosen for address in override.addresses)

    def _redirected(self, host: str, port: int, *, named_only: bool) -> tuple[str, int]:
        for override in self._settings.connect_to:
            if override.matches(host, port) and (override.host or not named_only):
                return override.address or host, override.to_port or port
        return host, port

    def _usable(
        self, addresses: tuple[str, ...], host: str, elapsed: float | None, family: int | None
    ) -> tuple[str, ...]:
        usable = tuple(a for a in dict.fromkeys(addresses) if is_version(a.partition("%")[0], family))
        if not usable:
            wanted = "no address" if family is None else f"no IPv{family} address"
            failure = WireFailure(Phase.RESOLVE, FailureKind.NO_ADDRESS, detail=f"{host} has {wanted}")
            raise UnresolvedError(failure, elapsed or 0.0)
        return usable[: self._settings.limits.addresses]

    async def _looked_up(self, host: str, port: int) -> _Lookup:
        task = self._lookups.get((host, port))
        if task is None:
            task = self._lookups[host, port] = asyncio.create_task(self._look_up(host, port))
        return await asyncio.shield(task)

    async def _look_up(self, host: str, port: int) -> _Lookup:
        started = perf_counter()
        loop = asyncio.get_running_loop()
        limit = min(loop.time() + self._settings.connect_timeout, self._deadline)
        found: tuple[str, ...] = ()
        failure = None
        try:
            if loop.time() >= limit:
                raise TimeoutError
            async with asyncio.timeout_at(limit):
                if self._settings.resolver is not None:
                    found = await self._settings.resolver(host, port)
                else:
                    found = await LOOKUPS.run(lambda: system_addresses(host, port))
        except TimeoutError:
            kind = FailureKind.DEADLINE if limit >= self._deadline else FailureKind.RESOLVER_FAILED
            failure = WireFailure(
                Phase.RESOLVE, kind, detail="no answer from this machine's resolver in time"
            )
        except socket.gaierror as error:
            failure = _resolve_failure(error)
        except (OSError, UnicodeError) as error:
            failure = WireFailure(Phase.RESOLVE, FailureKind.RESOLVER_FAILED, detail=str(error))
        return found, failure, _milliseconds(started)


def system_addresses(host: str, port: int) -> tuple[str, ...]:
    """Addresses of `host` as getaddrinfo orders them; blocks.

    Families that this machine has no address of are left out, as .NET's resolver does, unless nothing
    else is there: then connecting will say what is wrong.

    Raises:
        socket.gaierror: there is none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    except socket.gaierror as error:
        if error.errno not in _NOT_FOUND | _NO_ADDRESS:
            raise
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _resolve_failure(error: socket.gaierror) -> WireFailure:
    if error.errno in _NO_ADDRESS:
        kind = FailureKind.NO_ADDRESS
    elif error.errno in _NOT_FOUND:
        kind = FailureKind.NAME_NOT_FOUND
    else:
        kind = FailureKind.RESOLVER_FAILED
    return WireFailure(Phase.RESOLVE, kind, detail=error.strerror or str(error))


def _milliseconds(started: float) -> float:
    return round((perf_counter() - started) * 1000, 3)
