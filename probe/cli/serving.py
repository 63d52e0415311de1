"""Running the exporter: the partner list, the check, the socket, and what is said about them."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from dataclasses import replace

from probe.cli import console
from probe.cli.given import CheckingOptions
from probe.cli.partner_checks import make_checker
from probe.errors import UsageError
from probe.report.layout import counted
from probe.runs import partner_list
from probe.runs.partner_list import PartnerList


class Serving(CheckingOptions, frozen=True, kw_only=True):
    """The options of `probe serve`, by the names of its parameters."""

    targets: list[str] | None
    file: str | None
    listen: str
    any_target: bool
    allow_host: list[str] | None
    concurrency: int
    history: str | None
    quiet: bool


def run(options: Serving) -> int:
    """Serve until an interrupt or SIGTERM; 0, because that is how an exporter ends.

    Raises:
        UsageError: the extra is not installed, or an option cannot be used.
        InputMissingError, DataError: the partner list or a trust store cannot be read.
        OutputError: the address cannot be listened on.
    """
    try:
        from probe.serving import exporter
        from probe.serving.application import Exporting
        from probe.serving.server import listening_socket, parse_address
    except ImportError:
        raise UsageError("probe serve needs the extra: pip install 'fedprobe[serve]'") from None
    address = parse_address(options.listen)
    partners = _partners(options)
    check = make_checker(options.recipe())
    exporting = Exporting(
        any_target=options.any_target,
        concurrency=options.concurrency,
        history=options.history,
        names=(socket.gethostname(), *(options.allow_host or ())),
    )
    with listening_socket(address) as listener:
        bound = replace(address, port=listener.getsockname()[1])
        console.note(
            f"{counted(partners.count, 'partner')} of {partners.name} at http://{bound}/", quiet=options.quiet
        )
        if options.any_target and not address.is_loopback:
            console.hint(
                "whoever reaches this address can make this machine connect anywhere: use a firewall"
            )
        asyncio.run(exporter.export(check, partners.entries(), exporting, listener, console.error))
    console.note("the exporter has ended", quiet=options.quiet)
    return 0


def _partners(options: Serving) -> PartnerList:
    if options.file is not None and options.targets:
        raise UsageError("targets stand on the command line and in -f: give one of the two")
    if options.file is not None:
        return partner_list.read(options.file, standard_input=sys.stdin.buffer, environment=dict(os.environ))
    if not options.targets and not options.any_target:
        raise UsageError("nothing may be asked for: give a partner list with -f, targets, or --any-target")
    return partner_list.from_targets(options.targets or [])
