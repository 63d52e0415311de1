"""`probe lab`: list the faults, or serve a partner with one on loopback until interrupted."""

from __future__ import annotations

from typing import Annotated

import typer

from probe.cli import options


def _names() -> list[str]:
    """What the shell completes FAULT to."""
    from probe.lab.faults import FAULTS

    return [row.name for row in FAULTS]


def lab(
    fault: Annotated[
        str | None,
        typer.Argument(
            metavar="[FAULT]",
            help="The fault to serve; none lists them.",
            autocompletion=lambda: _names(),
        ),
    ] = None,
    listing: Annotated[
        bool, typer.Option("--list", help="List the faults with phase and verdict; the same as no FAULT.")
    ] = False,
    form: options.PlainFormatOption = options.PlainFormat.TEXT,
    trust_file: Annotated[
        str | None,
        typer.Option(
            "--trust-file",
            metavar="PATH",
            help="Where to write the lab's roots as PEM while it serves (default: a temporary file).",
        ),
    ] = None,
) -> int:
    """List the faults of the lab, or serve a partner with one of them on loopback until Ctrl-C.

    Example: probe lab untrusted-root
    """
    from probe.cli import laboratory

    if fault is None or listing:
        return laboratory.list_faults(as_json=form is options.PlainFormat.JSON)
    return laboratory.serve(fault, as_json=form is options.PlainFormat.JSON, trust_file=trust_file)
