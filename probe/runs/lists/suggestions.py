"""What to say instead: to a word that nobody knows, and where a feature's packages are missing."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean …?` for the nearest known words, else the list of all that are known."""
    import difflib  # each worker process would load it

    words = list(known)
    near = difflib.get_close_matches(word.lower().replace("-", "_"), words, n=2, cutoff=0.6)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; known are {', '.join(words)}"


def missing_packages(feature: str, packages: Sequence[str]) -> str:
    """What is said where a feature's packages are not installed: how to install them into this Python."""
    if getattr(sys, "frozen", False):
        return f"{feature} is not part of probe.exe: use probe as installed into a Python"
    from probe.report.commands import command_line

    words = (sys.executable, "-m", "pip", "install", *packages)
    installing = command_line(words, windows=sys.platform == "win32") or "install them with pip"
    return (
        f"{feature} needs {', '.join(packages)}: {installing} "
        "(without Internet: --no-index --find-links FOLDER, with the folder of wheels that the README makes)"
    )
