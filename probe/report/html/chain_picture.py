"""What the boxes of a chain picture say: one a certificate, end-entity first, root last.

Only wording; the template and the style draw it. Where the engine found no issuer an empty box says so.
"""

from __future__ import annotations

import re
from datetime import datetime

from msgspec import Struct

from probe.escaping import one_line
from probe.report import summary
from probe.report.document import ChainEntry, ElementEntry

_SHOWN_FLAGS = 2
_LONGEST_NAME = 64
# The common name in a distinguished name as .NET prints it; the value ends where the next attribute starts.
_COMMON_NAME = re.compile(r'(?:^|, )CN=("?)(.+?)\1(?=, [A-Za-z0-9.]+=|$)')


class Box(Struct, frozen=True):
    """One certificate. `css`: ok, bad or missing. `flags`: lines of status. `full`: all of it in words."""

    css: str
    role: str
    source: str
    name: str
    validity: str
    flags: tuple[str, ...]
    full: str


def picture(chain: ChainEntry, now: datetime) -> tuple[Box, ...]:
    """The boxes of a chain; `now` is what days left are counted from."""
    boxes = [_box(chain, index, now) for index in range(len(chain.elements))]
    if "PartialChain" in chain.status:
        boxes.append(Box("missing", "Issuer", "", "not found", "", (), "no issuer was found"))
    return tuple(boxes)


def common_name(subject: str) -> str:
    """The common name of a distinguished name, or all of it when it has none."""
    found = _COMMON_NAME.search(subject[:4000])
    return found[2] if found else subject


def _box(chain: ChainEntry, index: int, now: datetime) -> Box:
    element = chain.elements[index]
    flags = [f"✕ {flag}" for flag in element.status[:_SHOWN_FLAGS]] or ["✓ NoError"]
    if len(element.status) > _SHOWN_FLAGS:
        flags.append(f"and {len(element.status) - _SHOWN_FLAGS} more")
    role = _role(chain, index)
    validity = _validity(element, now)
    status = ", ".join(element.status) or "NoError"
    return Box(
        css="bad" if element.status else "ok",
        role=role,
        source=element.source,
        name=one_line(common_name(one_line(element.subject)), _LONGEST_NAME) or "(no name)",
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
    if element.not_after < now:
        return f"expired {element.not_after:%Y-%m-%d}"
    left = summary.counted(summary.days(element.not_after, now), "day")
    return f"until {element.not_after:%Y-%m-%d} ({left})"
