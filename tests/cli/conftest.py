"""Running the program in process, and a lab partner to run it against."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from probe.__main__ import main
from probe.cli.commands.lab import write_stores
from probe.lab.partner import Partner


@dataclass(frozen=True)
class Finished:
    """What a command line did."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Reachable:
    """A lab partner with the options that reach and trust it."""

    partner: Partner
    options: tuple[str, ...]
    roots: Path

    @property
    def url(self) -> str:
        return self.partner.ews_url


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Finished]:
    def runner(*arguments: str) -> Finished:
        code = main(arguments)
        captured = capsys.readouterr()
        return Finished(code, captured.out, captured.err)

    return runner


@pytest.fixture
def partner(tmp_path: Path) -> Iterator[Callable[[str], Reachable]]:
    with ExitStack() as stack:

        def start(fault: str) -> Reachable:
            running = stack.enter_context(Partner(fault))
            roots = tmp_path / f"{fault}-roots.pem"
            specs = write_stores(running.trust, roots)
            options = ["--connect-to", running.connect_to[0], "-4", "--timeout", "3"]
            for spec in specs:
                options += ["--trust", spec]
            return Reachable(running, tuple(options), roots)

        yield start
