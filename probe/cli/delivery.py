"""Where the results of a run go while it runs: streamed for NDJSON, collected for every other format.

Only NDJSON can be written as it comes, so only there memory does not grow with the list.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from probe.cli import console
from probe.cli.destination import Destination
from probe.cli.options import Format
from probe.cli.reporting import Report, write
from probe.report import json
from probe.report.document import ResultDocument
from probe.runs.partner_list import PartnerList


class Delivered:
    """The report of a run in the making; a context manager, `finish` ends it."""

    def __init__(self, report: Report, partners: PartnerList | None = None) -> None:
        self._report = report
        self._partners = partners
        self._documents: list[ResultDocument] = []
        self._left_out: list[str] = []
        self._streams = report.form is Format.NDJSON
        self._file: Destination | None = None

    def __enter__(self) -> Self:
        output = self._report.output
        if self._streams and output not in (None, "-"):
            self._file = Destination(Path(str(output))).__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.__exit__(kind, error, trace)

    def leave_out(self, document: ResultDocument) -> None:
        """Count a result that is not reported, because nothing changed since the one before."""
        self._left_out.append(document.outcome)

    def take(self, document: ResultDocument) -> None:
        """Take one result.

        Raises:
            OutputError: the output is full.
        """
        if not self._streams:
            self._documents.append(document)
            return
        line = json.line(document)
        if self._file is None:
            console.put(line)
            return
        self._file.write(line.encode("utf-8", "backslashreplace"))

    def finish(self) -> None:
        """Write what was collected, in the order of a given list, or put the streamed file in its place.

        Raises:
            OutputError: the output cannot be written.
        """
        if not self._streams:
            entries = {} if self._partners is None else {e.target: e for e in self._partners.entries()}
            order = {target: place for place, target in enumerate(entries)}
            self._documents.sort(key=lambda document: order.get(document.target.input, len(order)))
            base = self._report.thresholds
            own = {target: entry.thresholds(base) for target, entry in entries.items()}
            write(self._documents, self._report, own, self._left_out)
        elif self._file is not None:
            self._file.commit()
