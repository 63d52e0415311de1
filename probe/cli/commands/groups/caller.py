"""`probe caller show|export|script`: the settings of one Exchange server, instead of an average one's."""

from __future__ import annotations

from typing import Annotated

import typer

from probe.cli import console
from probe.cli.help import HelpedCommand, HelpedGroup
from probe.cli.options.composition import with_options
from probe.cli.options.report_options import OutputPath, PlainFormat, PlainFormatOption

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    cls=HelpedGroup,
    help="The settings of one Exchange server, to be judged with instead of an average one's.",
)

Source = Annotated[
    str,
    typer.Argument(
        metavar="[FILE]",
        help="this-server (the default, on Windows), a file of probe caller export, or HealthChecker's XML.",
    ),
]


@app.command("show", cls=HelpedCommand)
@with_options
def show(
    *,
    source: Source = "this-server",
    form: PlainFormatOption = PlainFormat.TEXT,
    report: OutputPath,
) -> int:
    """Show what a server is set to, and what follows from it for a check.

    Example: probe caller show caller.json
    """
    from probe.cli.options.caller_options import settings_of
    from probe.errors import DataError
    from probe.facts.server_settings import dumps
    from probe.judgement import own_server
    from probe.report.listings import server_listing

    settings = settings_of(source)
    if form is PlainFormat.JSON:
        console.emit(dumps(settings).decode(), report.output)
    else:
        try:
            caller = own_server.caller_of(settings)
        except DataError:
            caller = None
        console.emit_for_reader(server_listing.render_text(settings, caller), report.output)
    return 0


@app.command("export", cls=HelpedCommand)
@with_options
def export(*, source: Source = "this-server", report: OutputPath) -> int:
    """Write a server's settings and stores as one file, which --caller and --relationship take anywhere.

    No secret is in it, but where the server is weak: a new file is this account's own, and nobody else's.

    Example: probe caller export -o caller.json
    """
    from probe.cli.options.caller_options import settings_of
    from probe.facts.server_settings import dumps

    console.emit(dumps(settings_of(source)).decode(), report.output, private=True)
    return 0


@app.command("script", cls=HelpedCommand)
@with_options
def script(*, report: OutputPath) -> int:
    """Print the read-only PowerShell script that writes the same file where probe may not run.

    In the Exchange Management Shell it adds the organization relationships and the federation trust.

    Example: probe caller script -o Export-ProbeCaller.ps1
    """
    from importlib.resources import files

    console.emit(files("probe.server").joinpath("Export-ProbeCaller.ps1").read_text("utf-8"), report.output)
    return 0
