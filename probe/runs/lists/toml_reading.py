"""TOML that somebody else may have written: a partner list, a `probe.toml`.

tomllib keeps a table for each part of a dotted key, and for each of its beginnings: a key of 100,000 parts
takes gigabytes, and as many brackets overflow its stack. No key of ours has more than two parts.
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


def read_toml(text: str) -> dict[str, Any]:
    """The tables in `text`.

    Raises:
        ValueError: it is no TOML, is nested too deeply, or has a key of too many parts.
    """
    import tomllib  # mostly there is none

    long = _LONG_KEY.search(text)
    if long is not None:
        line = text.count("\n", 0, long.start()) + 1
        raise ValueError(f"a key of more than {_MOST_PARTS} parts (at line {line})")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
