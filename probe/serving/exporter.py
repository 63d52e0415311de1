"""The exporter as a whole: its socket, the schedule and the partner list, until somebody ends it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable

from msgspec import Struct

from probe.runs.attempts import Checker
from probe.runs.lists.partners import PartnerEntry
from probe.serving.access import Say
from probe.serving.application import Exporting, Served, application
from probe.serving.http_server import serve
from probe.serving.reloading import Read, Reloader


class ListFile(Struct, frozen=True):
    """A partner list that is read again when its file changes, looked at every so many seconds."""

    path: str
    read: Read
    look_seconds: float = 2.0


async def export(
    check: Checker,
    entries: Iterable[PartnerEntry],
    options: Exporting,
    listener: socket.socket,
    say: Say,
    list_file: ListFile | None = None,
) -> None:
    """Answer requests and keep results fresh until an interrupt or SIGTERM.

    With a list file SIGHUP has it read again; without one it ends the exporter, as everywhere else.
    """
    served = Served(check, entries, options)
    work = [asyncio.create_task(served.schedule.run())]
    reloader = None
    if list_file is not None:
        reloader = Reloader(list_file.path, list_file.read, served.loaded, say, list_file.look_seconds)
        work.append(asyncio.create_task(reloader.run()))
    try:
        hangup = None if reloader is None else reloader.ask
        await serve(application(served, say), listener, options, hangup)
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
