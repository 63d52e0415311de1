"""The program as one command line: starting it, and how every failure becomes one line and an exit code.

The program's own version and help are answered before anything else is loaded; the commands and what reads
their options (`program.py`) are loaded for the rest.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

from probe.cli import console
from probe.errors import ProbeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EXIT_USAGE = 64
EXIT_INTERNAL = 70
EXIT_INTERRUPTED = 130
EXIT_UNREAD = 141  # as a shell shows the end by SIGPIPE
# What a write says; whatever else fails with these was a write that names its file itself.
_OUTPUT_LOST = frozenset({errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EBADF})


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; every failure is one line on standard error."""
    console.prepare_streams()
    from probe.cli import program_help

    try:
        answer = program_help.answer(arguments)
        if answer is not None:
            sys.stdout.write(answer)
            sys.stdout.flush()
            return 0
        from probe.cli import program

        code = program.run([_valid(text) for text in arguments])
        sys.stdout.flush()
    except BaseException as failure:  # noqa: BLE001  # no traceback may reach a user
        return _explain(failure, arguments)
    return code


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
    shown = command_line_errors.help_command(failure, arguments, commands.ALL, commands.GROUPS)
    console.hint(f"{shown} shows what it takes")
    return EXIT_USAGE
