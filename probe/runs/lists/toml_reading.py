"""TOML that somebody else may have written: a partner list, a `probe.toml`.

tomllib keeps a table for each part of a dotted key, and for each of its beginnings: a key of 100,000 parts
takes gigabytes, and as many brackets overflow its stack. No key of ours has more than two parts. It reads a
number by an expression that takes 120 bytes for each digit: 60 MB of them took 7 GB.
"""

from __future__ import annotations

import re
from typing import Any

_MOST_PARTS = 16
# Where a key may begin, bare or quoted parts with dots between; the atomic groups keep the search linear.
_LONG_KEY = re.compile(
    r"(?:^|[\[{,])[ \t]*"
    r"(?>(?>[A-Za-z0-9_\-]+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*\.[ \t]*){" + str(_MOST_PARTS) + r"}"
    r"(?>[A-Za-z0-9_\-]+|\"[^\"\n]*\"|'[^'\n]*')(?>[ \t]*\.[ \t]*(?>[A-Za-z0-9_\-]+|\"[^\"\n]*\"|'[^'\n]*'))*"
    r"[ \t]*[=\]]",
    re.MULTILINE,
)


_MOST_DIGITS = 1000
# What begins with a digit and in no quote, with the letters of a base, the dot, sign and colon of any number.
_LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z_.+:\"'-])[+-]?[0-9][0-9A-Za-z_.+:-]{" + str(_MOST_DIGITS) + r"}")


def read_toml(text: str) -> dict[str, Any]:
    """The tables in `text`.

    Raises:
        ValueError: it is no TOML, is nested too deeply, or has a key or a number that is too long.
    """
    import tomllib  # mostly there is none

    for long, what in (
        (_LONG_KEY.search(text), f"a key of more than {_MOST_PARTS} parts"),
        (_LONG_NUMBER.search(text), f"a number of more than {_MOST_DIGITS} digits"),
    ):
        if long is not None:
            raise ValueError(f"{what} (at line {text.count(chr(10), 0, long.start()) + 1})")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
