"""Visiting one target of the command line, and reporting it.

A target that cannot be parsed still gets its record, and is a usage error.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from probe import api
from probe.cli import console, reporting
from probe.cli.judging import Plan, judged, keep
from probe.cli.reporting import Report, write
from probe.collection.collector import INTERRUPTED
from probe.collection.settings import Settings
from probe.errors import TargetError
from probe.facts import target as parsing
from probe.report import build


def run(text: str, settings: Settings, plan: Plan, report: Report) -> int:
    """Check a target, write the report, return the exit code; interrupted, what was seen until then.

    Raises:
        OutputError: the report cannot be written.
    """
    try:
        target = parsing.parse(text)
    except TargetError as wrong:
        console.error(str(wrong))
        write([build.unchecked(text, str(wrong), trust=plan.trust, at=datetime.now(UTC))], report)
        return TargetError.exit_code
    try:
        observation = asyncio.run(api.collect_async(target, settings=settings))
    except KeyboardInterrupt:
        write([], report)
        console.error("interrupted: 0 of 1 targets are reported")
        return 130
    result = judged(observation, plan)
    keep(result, plan)
    document = build.document(result)
    write([document], report)
    if INTERRUPTED in observation.notes:
        console.error("interrupted: the report holds what was seen until then")
        return 130
    return reporting.exit_code([document.outcome])
