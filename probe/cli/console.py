"""Standard output for the report, standard error for everything else, and output files written atomically."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path

from probe.cli.destination import Destination
from probe.errors import InputMissingError, OutputError

MAXIMUM_INPUT_BYTES = 64 * 1024 * 1024


class Colour(StrEnum):
    """When to colour."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def prepare_streams() -> None:
    """Make both streams accept any text: UTF-8 when redirected, and never an encoding error.

    On Windows a redirected stream has the ANSI code page, which lacks characters that reports use.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:
            continue
        if stream.isatty():
            reconfigure(errors="backslashreplace")
        else:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def wants_colour(choice: Colour, *, to_file: bool = False) -> bool:
    """Whether to colour the report: on a terminal only, unless told; NO_COLOR (no-color.org) is honoured."""
    if choice is Colour.AUTO:
        return not to_file and not os.environ.get("NO_COLOR") and sys.stdout.isatty()
    return choice is Colour.ALWAYS


def error(message: str) -> None:
    """Print `probe: error: …` to standard error."""
    sys.stderr.write(f"probe: error: {message}\n")


def hint(message: str) -> None:
    """Print `probe: hint: …` to standard error."""
    sys.stderr.write(f"probe: hint: {message}\n")


def note(message: str, *, quiet: bool = False) -> None:
    """Print `probe: …` to standard error, unless quiet."""
    if not quiet:
        sys.stderr.write(f"probe: {message}\n")


def emit(text: str, output: str | None = None) -> None:
    """Write a report to standard output (`output` None or `-`) or atomically to a file.

    Raises:
        OutputError: the file cannot be written; an older one is left as it was.
    """
    if output is None or output == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        write_atomically(Path(output), text.encode("utf-8", "backslashreplace"))


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that readers see the old content or the new, never a part; a device or FIFO is written.

    Raises:
        OutputError: it cannot be written.
    """
    with Destination(path) as destination:
        destination.write(data)
        destination.commit()


def make_folder(path: Path) -> None:
    """Create a folder and its parents.

    Raises:
        OutputError: it cannot be created.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise OutputError(f"cannot create the folder {path}: {refused.strerror}: choose another") from None


def read_input(path: str) -> bytes:
    """The bytes of a file, or of standard input for `-`; at most 64 MiB.

    Raises:
        InputMissingError: it does not exist, cannot be read, or is larger.
    """
    try:
        if path == "-":
            data = sys.stdin.buffer.read(MAXIMUM_INPUT_BYTES + 1)
        else:
            with Path(path).open("rb") as stream:
                data = stream.read(MAXIMUM_INPUT_BYTES + 1)
    except OSError as refused:
        raise InputMissingError(f"cannot read {path}: {refused.strerror}: give an existing file") from None
    if len(data) > MAXIMUM_INPUT_BYTES:
        raise InputMissingError(f"{path} is larger than 64 MiB: give a smaller file")
    return data
