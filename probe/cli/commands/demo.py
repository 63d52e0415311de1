"""`probe demo`: lab partners on loopback, each checked for real."""

from __future__ import annotations

from typing import Annotated

import typer

from probe.cli import console, options


def demo(
    everything: Annotated[
        bool, typer.Option("--all", help="Every fault of the lab, not a selection.")
    ] = False,
    form: options.PlainFormatOption = options.PlainFormat.TEXT,
    colour: options.ColourOption = console.Colour.AUTO,
) -> int:
    """Start partners with faults on loopback, check each for real, print the verdicts. Needs no network.

    Example: probe demo
    """
    from probe.cli import laboratory
    from probe.lab.faults import FAULTS

    names = [row.name for row in FAULTS] if everything else list(laboratory.DEMO)
    return laboratory.demo(
        names, as_json=form is options.PlainFormat.JSON, colour=console.wants_colour(colour)
    )
