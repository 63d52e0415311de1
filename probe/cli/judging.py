"""Judging observations as a command line asks, and writing the report; the part that needs no network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct

from probe import api
from probe.cli import console, reporting, saving
from probe.cli.reporting import Report, write
from probe.errors import OutputError, ProbeError, RecordError
from probe.facts import record
from probe.facts.observation import Observation
from probe.facts.trust import TrustStore
from probe.judgement.caller import Caller
from probe.judgement.result import Result
from probe.judgement.thresholds import DEFAULT_THRESHOLDS, Thresholds
from probe.report import build
from probe.report.document import ResultDocument


class Plan(Struct, frozen=True):
    """How to collect and judge, and what to keep."""

    callers: tuple[Caller, ...]
    trust: TrustStore
    at: datetime | None = None
    thresholds: Thresholds = DEFAULT_THRESHOLDS
    save: str | None = None
    save_certificates: str | None = None
    quiet: bool = False


def run(paths: Sequence[str], plan: Plan, report: Report) -> int:
    """Judge the records in these files, write the report, return the exit code.

    A file that is no record is said, gets a document that says so, and the others are still judged; its error
    then decides the code, unless a partner would fail. Interrupted, what has been judged is reported.
    """
    documents: list[ResultDocument] = []
    broken: list[ProbeError] = []
    interrupted = False
    try:
        for path in paths:
            documents.append(_document(path, plan, broken))  # noqa: PERF401  # each counts when interrupted
    except KeyboardInterrupt:
        interrupted = True
    if documents and len(broken) < len(paths):
        write(documents, report)
    if interrupted:
        console.error(f"interrupted: {len(documents)} of {len(paths)} records are reported")
        return 130
    code = reporting.exit_code([document.outcome for document in documents])
    return broken[0].exit_code if broken and code != reporting.EXIT_CODES["failure"] else code


def _document(path: str, plan: Plan, broken: list[ProbeError]) -> ResultDocument:
    """The document of one file; `broken` takes the error of one that is no record."""
    try:
        result = judged(_load(path), plan)
    except ProbeError as wrong:
        console.error(str(wrong))
        broken.append(wrong)
        return build.unchecked(path, str(wrong), trust=plan.trust, at=datetime.now(UTC))
    keep(result, plan)
    return build.document(result)


def _load(path: str) -> Observation:
    try:
        return record.loads(console.read_input(path))
    except RecordError as wrong:
        raise RecordError(f"{path}: {wrong}") from None


def keep(result: Result, plan: Plan) -> None:
    """Save what the plan asks for; a file that cannot be written is said and loses nothing else."""
    try:
        if plan.save is not None:
            path = saving.save_record(plan.save, result.observation)
            console.note(f"record saved: {path}", quiet=plan.quiet)
        if plan.save_certificates is not None:
            for path in saving.save_certificates(plan.save_certificates, result.judgements):
                console.note(f"certificate saved: {path}", quiet=plan.quiet)
        elif not plan.quiet and saving.has_certificates(result.judgements):
            console.hint("--save-certificates DIR writes the certificates that the remedies name")
    except OutputError as refused:
        console.error(str(refused))


def judged(observation: Observation, plan: Plan) -> Result:
    """One observation judged as the plan says."""
    return api.judge_result(
        observation,
        trust=plan.trust,
        callers=plan.callers,
        at=plan.at,
        thresholds=plan.thresholds,
    )
