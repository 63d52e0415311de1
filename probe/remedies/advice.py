"""The record of one piece of advice, and who can follow it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Actor(StrEnum):
    """Who can do something about it."""

    CALLER = "caller"
    PARTNER = "partner"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Advice:
    """One change: who makes it, what, and the commands for it.

    `commands` are Exchange Management Shell lines unless they are plainly `certutil`, `iisreset` and the
    like. Words in capitals are for the reader to replace. `source` says where the change is documented.
    `tenant`: it is a setting that an administrator of Exchange Online has too (no server, no IIS).
    """

    actor: Actor
    text: str
    commands: tuple[str, ...] = ()
    source: str = ""
    tenant: bool = False


def as_clause(advice: Advice) -> str:
    """The text of `advice` as a report continues "partner: …" with it: no capital first letter, no period."""
    text = advice.text.removesuffix(".")
    is_name = len(text) > 1 and text[1].isupper()
    return text if is_name else text[:1].lower() + text[1:]
