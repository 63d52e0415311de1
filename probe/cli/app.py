"""The program: its commands, `--version`, and how every failure becomes one line and an exit code.

Command modules are light; what a command needs is imported when it runs, so that `probe --version` and
`--help` stay quick.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from probe.cli import console
from probe.cli.help import HelpedGroup
from probe.errors import ProbeError
from probe.version import __version__

EXIT_USAGE = 64
EXIT_INTERNAL = 70
EXIT_INTERRUPTED = 130
EXIT_UNREAD = 141  # as a shell shows the end by SIGPIPE
# What a write says; whatever else fails with these was a write that names its file itself.
_OUTPUT_LOST = frozenset({errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EBADF})

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
    from probe.cli import configured_defaults

    configured_defaults.configure(context, config)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; every failure is one line on standard error."""
    console.prepare_streams()
    from probe.cli import commands, completion, configured_defaults

    try:
        if completion.is_asked(arguments):
            return completion.run(arguments)
        names = commands.needed(arguments)
        commands.register(app, commands.ALL if names and configured_defaults.present() else names)
        code = typer.main.get_command(app)(
            args=[_valid(text) for text in arguments], prog_name="probe", standalone_mode=False
        )
        sys.stdout.flush()
    except BaseException as failure:  # noqa: BLE001  # no traceback may reach a user
        return _explain(failure, arguments)
    return code if isinstance(code, int) else 0


def _valid(text: str) -> str:
    """An argument without lone surrogates, which no output encoding can carry."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _explain(failure: BaseException, arguments: Sequence[str]) -> int:
    if isinstance(failure, ProbeError):
        console.error(str(failure))
        return failure.exit_code
    if isinstance(failure, KeyboardInterrupt) or type(failure).__name__ == "Abort":
        console.error("interrupted")
        return EXIT_INTERRUPTED
    if _is_unread(failure):
        return EXIT_UNREAD
    if isinstance(failure, OSError) and failure.errno in _OUTPUT_LOST:
        return _explain(console.lost_output(failure), arguments)
    if isinstance(failure, SystemExit):
        return failure.code if isinstance(failure.code, int) else EXIT_INTERNAL
    if hasattr(failure, "format_message"):
        return _explain_usage(failure, arguments)
    console.error(f"internal error ({type(failure).__name__}: {failure}): please report it")
    if os.environ.get("PROBE_DEBUG"):
        sys.excepthook(type(failure), failure, failure.__traceback__)
    else:
        console.hint("set PROBE_DEBUG=1 to see where it happened")
    return EXIT_INTERNAL


def _is_unread(failure: BaseException) -> bool:
    """Whether nobody reads the output any more (help in a closed pager).

    typer makes exit code 1 of it, which here means "would succeed with warnings".
    """
    cause = failure.__context__ if isinstance(failure, SystemExit) else failure
    return console.is_unread(cause)


def _explain_usage(failure: Any, arguments: Sequence[str]) -> int:
    """typer's own usage errors exit with 2, which here means "would fail"; the contract wants 64."""
    if type(failure).__name__ == "NoArgsIsHelpError":
        console.emit(failure.format_message() + "\n")
        return EXIT_USAGE
    from probe.cli import command_line_errors, commands

    console.error(command_line_errors.message_of(failure))
    console.hint(f"{command_line_errors.help_command(failure, arguments, commands.ALL)} shows what it takes")
    return EXIT_USAGE
