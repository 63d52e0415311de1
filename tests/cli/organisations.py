"""Whole lab organisations, and the options with which a command line reaches them without DNS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from probe.cli.commands.lab import write_stores
from probe.lab.estate import Estate
from probe.lab.partner import Partner


@dataclass(frozen=True)
class Open:
    """An organisation that is up: `reach` leads to it, `roots` is a store that trusts it."""

    partner: Partner
    reach: tuple[str, ...]
    roots: str


@contextmanager
def organisation(folder: Path, fault: str = "healthy", estate: Estate | None = None) -> Iterator[Open]:
    with Partner(fault, estate=estate) as partner:
        roots = folder / f"{fault}-{partner.port}.pem"
        write_stores(partner.trust, roots)
        options = ["-4", "--timeout", "10"]
        for override in partner.connect_to:
            options += ["--connect-to", override]
        yield Open(partner, tuple(options), str(roots))
