"""Running a check over the targets of one command line: N targets in, N records out.

A target that cannot be parsed still gets its record. On Ctrl-C what has finished is reported.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from probe import api
from probe.cli import console, reporting
from probe.cli.judging import Plan, Report, judged, keep, write
from probe.collect.settings import Settings
from probe.errors import TargetError
from probe.facts import target as parsing
from probe.report import build
from probe.report.document import ResultDocument

AT_A_TIME = 16


def run(targets: Sequence[str], settings: Settings, plan: Plan, report: Report) -> int:
    """Check every target, write the report, return the exit code."""
    documents: list[ResultDocument | None] = [None] * len(targets)
    interrupted = False
    try:
        asyncio.run(_check_all(targets, settings, plan, documents))
    except KeyboardInterrupt:
        interrupted = True
    finished = [document for document in documents if document is not None]
    write(finished, report)
    if interrupted:
        console.error(f"interrupted: {len(finished)} of {len(targets)} targets are reported")
        return 130
    return _code(finished, [t for t in targets if _parse_error(t)])


async def _check_all(
    targets: Sequence[str], settings: Settings, plan: Plan, documents: list[ResultDocument | None]
) -> None:
    slots = asyncio.Semaphore(AT_A_TIME)

    async def one(index: int, text: str) -> None:
        async with slots:
            documents[index] = await _check_one(text, settings, plan)

    await asyncio.gather(*(one(index, text) for index, text in enumerate(targets)))


async def _check_one(text: str, settings: Settings, plan: Plan) -> ResultDocument:
    try:
        target = parsing.parse(text)
    except TargetError as wrong:
        console.error(str(wrong))
        return build.unchecked(text, str(wrong), trust=plan.trust, at=datetime.now(UTC))
    observation = await api.collect_async(target, settings=settings)
    result = judged(observation, plan)
    keep(result, plan)
    return build.document(result)


def _parse_error(text: str) -> bool:
    try:
        parsing.parse(text)
    except TargetError:
        return True
    return False


def _code(documents: Sequence[ResultDocument], unparsed: Sequence[str]) -> int:
    """The contract's code. A mistyped target is a usage error unless another target would fail."""
    code = reporting.exit_code([document.outcome for document in documents])
    return TargetError.exit_code if unparsed and code != reporting.EXIT_CODES["failure"] else code
