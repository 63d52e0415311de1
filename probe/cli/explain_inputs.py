"""What `probe explain` reads: standard input, files of text, logs of any size, folders and patterns of them.

A log is read in chunks, so that its size costs no memory; a text is read whole. What is a log shows in its
first bytes. Every line that was not explained is counted and said on standard error.
"""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from probe.cli import console
from probe.errors import DataError, InputMissingError

if TYPE_CHECKING:
    from probe.explain.explanation_model import Explanation
    from probe.explain.log_scan import LogScan

MAXIMUM_FILES = 10_000
"""Files that one call reads: a folder given by mistake must not become a search of the disk."""

# The first bytes of an .evtx file (libevtx, "Windows XML Event Log (EVTX)", file header).
_EVENT_LOG = b"ElfFile\0"
# No text has many of these, and a damaged paste has a few.
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
_CHUNK = 1 << 20
_HEAD = 1 << 16


def read_explanations(names: Sequence[str], *, quiet: bool) -> tuple[Explanation, ...]:
    """What the texts and logs mean: of texts entry by entry, of logs one for each fault.

    Raises:
        InputMissingError: a file cannot be read.
        DataError: there is nothing to explain.
    """
    from probe.explain.log_scan import LogScan

    files = list(_files(names))
    scan = LogScan()
    explanations: list[Explanation] = []
    logs = 0
    with _Progress(files, quiet=quiet) as advance:
        for file in files:
            if file != "-" and _is_log(file):
                logs += 1
                _feed(file, scan, advance)
            else:
                explanations.extend(_text_explanations(file, quiet=quiet))
    explanations.extend(scan.explanations())
    if logs:
        _say_what_was_read(scan, logs, quiet=quiet)
    if not explanations and not scan.matched:
        raise DataError(
            "nothing to explain: "
            + (
                f"none of the {scan.lines} log lines is of a federated lookup (ASProxy, ASAutoDiscover, "
                "AutodiscoverClient, /WSSecurity)"
                if logs
                else "give an event's text, an exception, a log line or an HTTP status"
            )
        )
    return tuple(explanations)


def _say_what_was_read(scan: LogScan, logs: int, *, quiet: bool) -> None:
    other = scan.lines - scan.matched
    console.note(
        f"{logs} log{'s' if logs > 1 else ''}: {scan.lines:,} lines, {scan.matched:,} of federated lookups, "
        f"{scan.answered:,} of them answered without an error, {other:,} others not read",
        quiet=quiet,
    )
    if scan.unread or scan.overflow:
        console.hint(
            f"{scan.unread + scan.overflow:,} lines of lookups could not be read or belong to faults beyond "
            "the limit of kinds that are told apart"
        )


def _files(names: Sequence[str]) -> Iterator[str]:
    """Standard input, files, the files of folders and of patterns, each once and in order.

    Raises:
        InputMissingError: a folder or pattern has no file.
        DataError: there are more than `MAXIMUM_FILES`.
    """
    seen: dict[str, None] = {}
    for name in names:
        found = [name] if name == "-" else list(_expanded(name))
        if not found:
            raise InputMissingError(f"cannot read {name}: no file there: check the path")
        for file in found:
            seen.setdefault(file)
            if len(seen) > MAXIMUM_FILES:
                raise DataError(
                    f"{name} has more than {MAXIMUM_FILES:,} files: give the folder of the logs themselves"
                )
    yield from seen


def _expanded(name: str) -> Iterator[str]:
    if os.path.isdir(name):
        for folder, folders, files in os.walk(name):
            folders.sort()
            for file in sorted(files):
                path = os.path.join(folder, file)
                if os.path.isfile(path):
                    yield path
    elif not os.path.exists(name) and glob.has_magic(name):
        yield from sorted(path for path in glob.glob(name, recursive=True) if os.path.isfile(path))
    else:
        yield name


def _is_log(file: str) -> bool:
    """Whether the first bytes are a log's: its directives, or a record of IIS or of Exchange's own logs.

    A short text that only begins with such a line is read whole, as a pasted text is.
    """
    from probe.explain.log_scan import is_log_start

    try:
        if not os.path.isfile(file):
            return False
        with open(file, "rb") as stream:
            head = stream.read(_HEAD)
        return is_log_start(head, whole=os.path.getsize(file) <= _HEAD)
    except OSError as refused:
        raise InputMissingError(f"cannot read {file}: {refused.strerror}: check the path") from None


def _feed(file: str, scan: LogScan, advance: Callable[[int], None]) -> None:
    try:
        with open(file, "rb") as stream:
            while chunk := stream.read(_CHUNK):
                scan.feed(chunk)
                advance(len(chunk))
    except OSError as refused:
        raise InputMissingError(f"cannot read {file}: {refused.strerror}: check the path") from None
    scan.finish()


def _text_explanations(file: str, *, quiet: bool) -> tuple[Explanation, ...]:
    from probe.cli.files import read_input
    from probe.explain import explainer
    from probe.explain.languages.code_pages import decoded_by_words
    from probe.facts.encoding import text_encoding

    if file == "-" and sys.stdin.isatty() and not quiet:
        console.hint("paste the text, then end it with Ctrl-D (Windows: Ctrl-Z and Enter)")
    data = read_input(file)
    if data.startswith(_EVENT_LOG):
        raise DataError(
            f"{file} is an event log file: make text of it with "
            f"wevtutil query-events {file} /logfile:true /format:text > events.txt"
        )
    encoding, errors = text_encoding.encoding_of((data,))
    text = data.decode(encoding, errors) if "utf" in encoding else decoded_by_words(data, encoding)
    if len(_UNPRINTABLE.findall(text)) > len(text) // 50:
        raise DataError(f"{file} is no text: give an event's text, an exception or a log")
    return explainer.explain(text)


class _Progress:
    """How many bytes of the logs are read, on a terminal and for more than a moment's work only."""

    _WORTH_SHOWING = 64 << 20

    def __init__(self, files: Sequence[str], *, quiet: bool) -> None:
        self._total = sum(Path(file).stat().st_size for file in files if file != "-" and os.path.isfile(file))
        able = sys.stderr.isatty() and not console.is_plain_terminal()
        self._shows = not quiet and able and self._total >= self._WORTH_SHOWING
        self._done = 0
        self._said = -1

    def __enter__(self) -> Callable[[int], None]:
        return self._advance

    def __exit__(self, *_: object) -> None:
        if self._shows:
            sys.stderr.write("\r\x1b[K")

    def _advance(self, size: int) -> None:
        self._done += size
        percent = 100 * self._done // max(self._total, 1)
        if self._shows and percent != self._said:
            self._said = percent
            sys.stderr.write(f"\rreading logs: {percent} % of {self._total >> 20} MiB")
            sys.stderr.flush()
