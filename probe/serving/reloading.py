"""The partner list read again when its file changes, or when asked to (SIGHUP).

A file that is being written is left alone until it has been the same twice. A list that cannot be read, or
names nobody, changes nothing: the one before stays in use, one line and a metric say so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from probe.errors import ProbeError
from probe.runs.lists.partners import PartnerEntry
from probe.serving.access import Say

_LOOK_SECONDS = 2.0

Read = Callable[[], Sequence[PartnerEntry]]
_Stamp = tuple[int, int, int] | None


class Reloader:
    """Watches the file at `path`. `read` reads the list; `loaded` is given it, or None where it is bad."""

    def __init__(
        self,
        path: str,
        read: Read,
        loaded: Callable[[Sequence[PartnerEntry] | None], None],
        say: Say,
        look_seconds: float = _LOOK_SECONDS,
    ) -> None:
        self._path = Path(path)
        self._read = read
        self._loaded = loaded
        self._say = say
        self._look_seconds = look_seconds
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Have the list read again now, whether or not the file changed."""
        self._asked.set()

    async def run(self) -> None:
        """Watch until cancelled."""
        known = seen = self._stamp()
        while True:
            try:
                await asyncio.wait_for(self._asked.wait(), self._look_seconds)
            except TimeoutError:
                before, seen = seen, self._stamp()
                if seen == known or seen != before:
                    continue
            self._asked.clear()
            known = seen = self._stamp()
            await self._reload()

    async def _reload(self) -> None:
        try:
            entries = await asyncio.to_thread(self._read)
        except ProbeError as wrong:
            self._say(f"the partner list is not used, the one before stays: {wrong}")
            self._loaded(None)
        else:
            self._loaded(entries)

    def _stamp(self) -> _Stamp:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino
