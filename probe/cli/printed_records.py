"""The records that commands print as JSON and no other room has: `config`, `history --runs`, `lab`, `demo`.

They are what is encoded and what `probe schema` describes.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from probe.cli.configured_defaults import EffectiveOption
from probe.dotnet import flag_names
from probe.judgement.model import Outcome
from probe.lab.faults.fault_model import Expected, Fault

CONFIG_SCHEMA = "probe.config/1"
RUNS_SCHEMA = "probe.runs/1"


class RunEntry(Struct, frozen=True):
    """One run of the history. `finished_at` null: it was ended by force."""

    run: int
    started_at: datetime
    finished_at: datetime | None
    label: str


class RunsDocument(Struct, frozen=True):
    """`probe history --runs`."""

    schema: str
    runs: tuple[RunEntry, ...]


class ConfigDocument(Struct, frozen=True):
    """`probe config show`. `file` null: there is none."""

    schema: str
    command: str
    file: str | None
    settings: tuple[EffectiveOption, ...]


class ExpectedVerdict(Struct, frozen=True):
    """The verdict that a fault of the lab must get; null: nothing is demanded of it."""

    outcome: Outcome
    ssl_policy_errors: tuple[str, ...] | None
    chain_status: tuple[str, ...] | None
    web_exception_status: str | None
    text: str | None

    @classmethod
    def of(cls, expected: Expected) -> ExpectedVerdict:
        """What a row of the lab demands, .NET's names verbatim."""
        policy, chain = expected.ssl_policy_errors, expected.chain_status
        status = expected.web_exception_status
        return cls(
            outcome=Outcome(expected.outcome),
            ssl_policy_errors=None if policy is None else tuple(flag_names(policy)),
            chain_status=None if chain is None else tuple(flag_names(chain)),
            web_exception_status=None if status is None else status.name,
            text=expected.text,
        )


class FaultEntry(Struct, frozen=True, omit_defaults=True):
    """One fault of the lab; `url` and `check` (a command line) while a partner with it is served."""

    name: str
    summary: str
    phase: str
    caller: str | None
    expected: ExpectedVerdict
    url: str | None = None
    check: str | None = None

    @classmethod
    def of(cls, row: Fault, *, url: str | None = None, check: str | None = None) -> FaultEntry:
        """The row of a fault; with address and command line while it is served."""
        expected = ExpectedVerdict.of(row.expected)
        return cls(row.name, row.summary, row.phase, row.caller, expected, url, check)


class LoggedException(Struct, frozen=True):
    """What the Availability service would log."""

    status: str
    text: str


class DemoEntry(Struct, frozen=True):
    """One lab partner, checked."""

    name: str
    summary: str
    expected: ExpectedVerdict
    outcome: Outcome
    ssl_policy_errors: tuple[str, ...] | None
    web_exception: LoggedException | None
    as_expected: bool
