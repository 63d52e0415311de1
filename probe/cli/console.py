"""Standard output for the report, standard error for everything else."""

from __future__ import annotations

import errno
import os
import stat
import sys
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO

from probe.cli import files
from probe.errors import OutputError
from probe.escaping import in_ascii, one_line

_LONGEST_LINE = 4000
_POSIX_LOCALES = ("", "C", "POSIX")
# Names and numbers of wincon.h and winbase.h.
_STD_OUTPUT_HANDLE = -11
_ENABLE_VIRTUAL_TERMINAL_PROCESSING = 4


class Colour(StrEnum):
    """When to colour."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def prepare_streams() -> None:
    """Make both streams accept any text: UTF-8 when redirected, and never an encoding error.

    On Windows a redirected stream has the ANSI code page, which lacks characters that reports use.
    """
    _replace_closed()
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:
            continue
        if stream.isatty():
            reconfigure(errors="backslashreplace")
        else:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def _replace_closed() -> None:
    """Put something in the place of streams that the shell closed (`>&-`), which Python makes None.

    Standard input is then empty and standard error silent. Standard output fails when it is written, as a
    program's does whose report is lost; opened for reading, its descriptor is no other file's either.
    """
    streams: tuple[Any, ...] = (sys.stdin, sys.stdout, sys.stderr)
    if streams[0] is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115  # for the life of the process
    if streams[1] is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")
    if streams[2] is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # for the life of the process


def wants_colour(choice: Colour, *, to_file: bool = False) -> bool:
    """Whether to colour the report: on a terminal that can, unless told; NO_COLOR (no-color.org) is honoured.

    TERM=dumb and an empty one say that the terminal cannot. Windows has no TERM, and its console can.
    """
    if choice is Colour.ALWAYS and not to_file and sys.stdout.isatty():
        _interprets_escapes()
    if choice is not Colour.AUTO:
        return choice is Colour.ALWAYS
    able = not is_plain_terminal() and sys.stdout.isatty() and _interprets_escapes()
    return able and not to_file and not os.environ.get("NO_COLOR")


def is_plain_terminal() -> bool:
    """Whether TERM says that the terminal knows no escape sequences: it is `dumb` or empty."""
    return os.environ.get("TERM", "" if os.name == "posix" else "windows") in ("", "dumb")


def width(narrowest: int, widest: int) -> int:
    """Columns of the terminal, or of COLUMNS, within bounds; 100 where there is no terminal."""
    import shutil  # and with it four ways to compress

    return min(max(shutil.get_terminal_size((100, 24)).columns, narrowest), widest)


def draws_unicode() -> bool:
    """Whether the reader's locale has more than ASCII: not the POSIX locale, nor a code page without it.

    Python itself turns the POSIX locale into C.UTF-8 by setting LC_CTYPE (PEP 538), so LC_CTYPE alone says
    nothing there; without any locale (cron) it is the POSIX locale as well.
    """
    try:
        "│┊└─·…".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    if os.name != "posix":
        return True
    asked = [os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    if asked[1] == "C.UTF-8" and asked[2] in _POSIX_LOCALES:
        asked[1] = ""
    return next((name for name in asked if name), "") not in _POSIX_LOCALES


def _interprets_escapes() -> bool:
    """Whether the terminal colours; Windows' console does once it is told so (Windows 10 and Server 2016)."""
    if sys.platform == "win32":
        from ctypes import WinDLL, byref, wintypes

        kernel = WinDLL("kernel32")
        kernel.GetStdHandle.restype = wintypes.HANDLE
        output, mode = wintypes.HANDLE(kernel.GetStdHandle(_STD_OUTPUT_HANDLE)), wintypes.DWORD()
        if kernel.GetConsoleMode(output, byref(mode)):
            wanted = mode.value | _ENABLE_VIRTUAL_TERMINAL_PROCESSING
            return bool(kernel.SetConsoleMode(output, wanted))
    return True  # also on Windows, for a terminal of another kind, such as a pseudo-terminal's pipe


def error(message: str) -> None:
    """Print `probe: error: …` to standard error, in one line, whatever a list or an answer put into it."""
    _say(f"probe: error: {_joined(message)}\n")


def hint(message: str) -> None:
    """Print `probe: hint: …` to standard error, in one line."""
    _say(f"probe: hint: {_joined(message)}\n")


def note(message: str, *, quiet: bool = False) -> None:
    """Print `probe: …` to standard error, unless quiet."""
    if not quiet:
        _say(f"probe: {message}\n")


def command(*words: str) -> str | None:
    """A line to paste into this system's shell, or None where it cannot be written for it."""
    from probe.report import commands

    return commands.command_line(words, windows=sys.platform == "win32")


def file_word(path: str) -> str:
    """A path as no option parser takes it for an option."""
    from probe.report import commands

    return commands.file_word(path, windows=sys.platform == "win32")


def _joined(message: str) -> str:
    return " ".join(message.split("\n"))


def _say(text: str) -> None:
    """Write lines for people. A file name, a partner list or an answer may have put anything into them."""
    text = "".join(f"{one_line(line, _LONGEST_LINE)}\n" for line in text.removesuffix("\n").split("\n"))
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        _discard(sys.stderr)  # nobody reads it; the exit code still tells


def put(text: str) -> None:
    """Write to standard output now. A reader that has enough (head, a closed pager) ends nothing.

    Raises:
        OutputError: it cannot be written: the disk is full, or it is closed.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as refused:
        if not is_unread(refused):
            raise lost_output(refused) from None
        _discard(sys.stdout)


def is_unread(failure: BaseException | None) -> bool:
    """Whether it says that nobody reads standard output any more (head, a closed pager).

    Windows' C library makes EINVAL of ERROR_NO_DATA, "the pipe is being closed"; a call that names a file
    may fail with that number too, and says which file.
    """
    if sys.platform == "win32" and isinstance(failure, OSError) and failure.errno == errno.EINVAL:
        return failure.filename is None and _is_pipe(sys.stdout)
    return isinstance(failure, BrokenPipeError)


def _is_pipe(stream: TextIO) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def lost_output(refused: OSError) -> OutputError:
    """The error of a standard output that cannot be written, which is not tried again."""
    _discard(sys.stdout)
    if refused.errno == errno.EBADF:
        return OutputError("standard output is closed: leave it open, or write the report with -o PATH")
    return OutputError(
        f"cannot write standard output: {refused.strerror}: free the disk, or write to another with -o PATH"
    )


def emit_for_reader(text: str, output: str | None = None) -> None:
    """Write a report for people: on standard output in ASCII where their locale has nothing else.

    Raises:
        OutputError: it cannot be written; an older file is left as it was.
    """
    emit(text if output not in (None, "-") or draws_unicode() else in_ascii(text), output)


def _discard(stream: TextIO) -> None:
    """Let what the stream still holds and will get go nowhere: Python would fail again at exit."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass  # a stream without a descriptor, of a program that has ours inside


def emit(text: str, output: str | None = None, *, private: bool = False) -> None:
    """Write a report to standard output (`output` None or `-`) or atomically to a file.

    A new file that is to be `private` is the account's own.

    Raises:
        OutputError: it cannot be written; an older file is left as it was.
    """
    if output is None or output == "-":
        put(text)
    else:
        files.write_atomically(Path(output), text.encode("utf-8", "backslashreplace"), private=private)
