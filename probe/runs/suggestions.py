"""What was probably meant by a word that nobody knows."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean …?` for the nearest known words, else the list of all that are known."""
    words = list(known)
    near = difflib.get_close_matches(word.lower().replace("-", "_"), words, n=2, cutoff=0.6)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; known are {', '.join(words)}"
