"""`probe pair`: both directions of a federation, before it is set up.

Each side is seen from the network or in a record, and is judged for the other.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import console
from probe.cli.options.caller_options import CallerOptions, VerdictOptions
from probe.cli.options.composition import only, with_options
from probe.cli.options.connection_options import TargetConnection
from probe.cli.options.report_options import PlainFormat, PlainFormatOption, ReportOptions
from probe.errors import InputMissingError, UsageError

if TYPE_CHECKING:
    from probe.cli.inputs import Conditions
    from probe.collection.settings import Settings
    from probe.facts.observation import Observation
    from probe.facts.target import Target

SIDE = "domain, or a record that probe collect wrote there"


OurCallerOption = Annotated[
    str | None, typer.Option(help="Our Exchange server (see probe callers).", metavar="NAME")
]
TheirCallerOption = Annotated[
    str | None, typer.Option(help="Their Exchange server (see probe callers).", metavar="NAME")
]
OurTrustOption = Annotated[
    list[str] | None, typer.Option(help="Our trust store, as --trust of probe check.", metavar="SPEC")
]
TheirTrustOption = Annotated[
    list[str] | None, typer.Option(help="Their trust store, as --trust of probe check.", metavar="SPEC")
]


@with_options
def pair(
    *,
    ours: Annotated[str, typer.Argument(metavar="OURS", help=f"Our {SIDE}.")],
    theirs: Annotated[str, typer.Argument(metavar="THEIRS", help=f"Their {SIDE}.")],
    our_caller: OurCallerOption = None,
    their_caller: TheirCallerOption = None,
    our_trust: OurTrustOption = None,
    their_trust: TheirTrustOption = None,
    caller: Annotated[CallerOptions, only("aia")],
    verdict: Annotated[VerdictOptions, only("at")],
    connection: TargetConnection,
    form: PlainFormatOption = PlainFormat.TEXT,
    report: Annotated[ReportOptions, only("output", "colour")],
) -> int:
    """Check two organisations for each other: would the lookups of each reach the other?

    Their endpoints are judged for our caller and trust store, ours for theirs. For a side that cannot be
    reached from here give a record made there: probe collect OURS -o ours.json.

    Example: probe pair contoso.com fabrikam.com
    """
    import asyncio

    from probe.cli import inputs
    from probe.cli.output import reporting
    from probe.report import both_directions as reports
    from probe.report import build
    from probe.report.json import indented

    settings = connection.settings(aia=caller.aia)
    us, them = (
        (_seen(text), inputs.Conditions.of(_calling(caller, name, trust), verdict))
        for text, name, trust in ((ours, our_caller, our_trust), (theirs, their_caller, their_trust))
    )
    seen: list[Observation] = []  # asyncio.run makes the repr of what it returns twice
    asyncio.run(_observe_both(us, them, settings, seen))
    seen_ours, seen_theirs = seen
    document = reports.document(
        build.document(them[1].judge(seen_ours)), build.document(us[1].judge(seen_theirs))
    )
    if form is PlainFormat.JSON:
        rendered = indented(document)
    else:
        rendered = reports.render(document, reporting.text_style(report))
        rendered = reporting.for_reader(rendered, to_file=report.to_file)
    console.emit(rendered, report.output)
    return reporting.exit_code([document.outcome])


def _calling(caller: CallerOptions, name: str | None, trust: list[str] | None) -> CallerOptions:
    """How a side of this Exchange server and trust store calls."""
    return caller.changed(caller=[name] if name else None, trust=trust)


async def _observe_both(
    ours: tuple[Target | Observation, Conditions],
    theirs: tuple[Target | Observation, Conditions],
    settings: Settings,
    seen: list[Observation],
) -> None:
    """Append what is seen of each side, ours first, connecting as the other one would; both at once."""
    import asyncio

    seen += await asyncio.gather(
        _observe(ours[0], theirs[1], settings), _observe(theirs[0], ours[1], settings)
    )


async def _observe(seen: Target | Observation, calling: Conditions, settings: Settings) -> Observation:
    from probe import api
    from probe.facts.observation import Observation

    if isinstance(seen, Observation):
        return seen
    prepared = api.settings_for(calling.callers, calling.trust, settings, ask_at_once=True)
    return await api.collect_async(seen, settings=prepared)


def _means_a_file(text: str) -> bool:
    if "://" in text:
        return False  # no file, and no domain either: the parser says so
    separators = {os.sep, os.altsep} - {None}
    return text.lower().endswith((".json", ".ndjson")) or any(mark in text for mark in separators if mark)


def _seen(text: str) -> Target | Observation:
    """A record if there is such a file, else a domain.

    Raises:
        InputMissingError: it can only be meant as a file, and there is none.
    """
    from pathlib import Path

    from probe.cli import inputs
    from probe.facts import target as parsing

    if _means_a_file(text) and not Path(text).is_file():
        collecting = console.command("probe", "collect", "DOMAIN", "-o", text) or "probe collect"
        raise InputMissingError(
            f"there is no record {text}: write it where that side is reached ({collecting})"
        )
    if Path(text).is_file():
        return inputs.read_record(text)
    target = parsing.parse(text)
    if target.domain is None:
        raise UsageError(f"{text!r} is no domain, and no record of that name exists: give one of the two")
    return target
