"""The exporter as a whole: the application on its socket until somebody ends it."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from probe.runs.attempts import Checker
from probe.runs.partners import PartnerEntry
from probe.serving.access import Say
from probe.serving.application import Exporting, application
from probe.serving.server import serve


async def export(
    check: Checker, entries: Iterable[PartnerEntry], options: Exporting, listener: socket.socket, say: Say
) -> None:
    """Answer requests until an interrupt or SIGTERM."""
    await serve(application(check, entries, options, say), listener, options)
