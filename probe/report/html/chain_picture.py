"""Where the boxes of a chain picture stand: one a certificate, end-entity at the left, root at the right.

Only geometry and wording; the template draws it. Where the engine found no issuer an empty box says so.
"""

from __future__ import annotations

import re
import textwrap
from datetime import datetime

from msgspec import Struct

from probe.escaping import ELLIPSIS, one_line
from probe.report import summary
from probe.report.document import ChainEntry, ElementEntry

BOX_WIDTH = 240
BOX_HEIGHT = 150
GAP = 62
MARGIN = 4
_SHOWN_FLAGS = 2
_LINE = 27  # characters of the bold type that fit in a box
# The common name in a distinguished name as .NET prints it; the value ends where the next attribute starts.
_COMMON_NAME = re.compile(r'(?:^|, )CN=("?)(.+?)\1(?=, [A-Za-z0-9.]+=|$)')


class Box(Struct, frozen=True):
    """One certificate. `css`: ok, bad or missing. `flags`: lines of status. `x`: its left edge."""

    x: int
    css: str
    role: str
    source: str
    name: tuple[str, ...]
    validity: str
    flags: tuple[str, ...]
    full: str


class Picture(Struct, frozen=True):
    """The boxes, the size of the whole, and what it shows in words for those who cannot see it."""

    boxes: tuple[Box, ...]
    width: int
    height: int
    alternative: str


def picture(chain: ChainEntry, now: datetime) -> Picture:
    """The picture of a chain; `now` is what days left are counted from."""
    boxes = [_box(chain, index, now) for index in range(len(chain.elements))]
    if "PartialChain" in chain.status:
        boxes.append(
            Box(_left(len(boxes)), "missing", "Issuer", "", ("not found",), "", (), "no issuer was found")
        )
    width = _left(len(boxes)) - GAP + MARGIN
    words = "; issued by ".join(box.full for box in boxes)
    return Picture(tuple(boxes), width, BOX_HEIGHT + 2 * MARGIN, f"Certificate chain: {words}.")


def common_name(subject: str) -> str:
    """The common name of a distinguished name, or all of it when it has none."""
    found = _COMMON_NAME.search(subject[:4000])
    return found[2] if found else subject


def _left(index: int) -> int:
    return MARGIN + index * (BOX_WIDTH + GAP)


def _box(chain: ChainEntry, index: int, now: datetime) -> Box:
    element = chain.elements[index]
    flags = [f"✕ {flag}" for flag in element.status[:_SHOWN_FLAGS]] or ["✓ NoError"]
    if len(element.status) > _SHOWN_FLAGS:
        flags.append(f"and {len(element.status) - _SHOWN_FLAGS} more")
    role = _role(chain, index)
    validity = _validity(element, now)
    status = ", ".join(element.status) or "NoError"
    return Box(
        x=_left(index),
        css="bad" if element.status else "ok",
        role=role,
        source=element.source,
        name=_wrapped(common_name(one_line(element.subject))),
        validity=validity,
        flags=tuple(flags),
        full=f"{role} {one_line(element.subject)}, {element.source}, {validity}, status {status}",
    )


def _role(chain: ChainEntry, index: int) -> str:
    last = index == len(chain.elements) - 1 and "PartialChain" not in chain.status
    if index == 0:
        return "Self-signed" if last else "End-entity"
    return "Root" if last else "Intermediate"


def _validity(element: ElementEntry, now: datetime) -> str:
    if element.not_after is None:
        return "validity unknown"
    if element.not_before is not None and element.not_before > now:
        return f"not valid before {element.not_before:%Y-%m-%d}"
    left = summary.days(element.not_after, now)
    if element.not_after < now:
        return f"expired {element.not_after:%Y-%m-%d}"
    return f"until {element.not_after:%Y-%m-%d} ({left} {'day' if left == 1 else 'days'})"


def _wrapped(text: str) -> tuple[str, ...]:
    """`text` on at most two lines that fit the box."""
    rows = textwrap.wrap(text[: 4 * _LINE], _LINE) or ["(no name)"]
    if len(rows) > 2:
        rows = [rows[0], rows[1][: _LINE - 1] + ELLIPSIS]
    return tuple(rows)
