"""The program's commands and its own options, as typer has them.

Command modules are light; what a command needs is imported when it runs, so that `--help` stays quick.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from probe.cli import commands, completion, configured_defaults, console
from probe.cli.help import HelpedGroup
from probe.version import __version__

app = typer.Typer(
    name="probe",
    help="Would the Exchange Availability service accept this partner's endpoints, and if not, what would it "
    "log and what fixes it?\n\nExample: probe check contoso.com",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    cls=HelpedGroup,
    rich_markup_mode=None,  # see help.py
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(*, wanted: bool) -> None:
    if wanted:
        console.emit(f"probe {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    config: Annotated[
        str | None,
        typer.Option(
            help="Configuration file. Default: PROBE_CONFIG, probe.toml here, or the user's. "
            "probe config show prints what holds.",
            metavar="FILE",
        ),
    ] = None,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version and exit.",
            is_eager=True,
            callback=lambda value: _print_version(wanted=value),
        ),
    ] = False,
) -> None:
    """Options of the program itself."""
    del version  # its callback has spoken
    configured_defaults.configure(context, config)


def run(arguments: Sequence[str]) -> int:
    """Run one command line; returns its exit code.

    Raises:
        Exception: whatever the command, or typer about the command line, raises.
    """
    if completion.is_asked(arguments):
        return completion.run(arguments)
    names = commands.needed(arguments)
    commands.register(app, commands.ALL if names and configured_defaults.is_configured() else names)
    code = typer.main.get_command(app)(args=list(arguments), prog_name="probe", standalone_mode=False)
    return code if isinstance(code, int) else 0
