"""The report of a run in the making: what is written as it comes, and what is kept until the end.

NDJSON and CSV are written as results come, in that order, so that memory does not grow with the list. A page
shows the worst, so that of the others the outcomes are kept alone. Every other format collects all results
and is in the order of the list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from probe.cli import console
from probe.cli.files import OutputFile
from probe.cli.options.report_options import Format
from probe.cli.output import reporting
from probe.cli.output.reporting import Report
from probe.judgement.model import Outcome
from probe.report import summary
from probe.report.document import ResultDocument

if TYPE_CHECKING:
    from probe.runs.lists.partner_list import PartnerList

MANY = 20_000  # partners: about a gigabyte of results
_STREAMED = (Format.NDJSON, Format.CSV)


class ReportBuilder:
    """A context manager that takes results; `finish` ends it."""

    def __init__(self, report: Report, partners: PartnerList | None = None) -> None:
        self._report = report
        self._partners = partners
        self._documents: list[ResultDocument] = []
        self._others: Counter[str] = Counter()
        self._left_out: list[str] = []
        self._streams = report.form in _STREAMED
        self.outcomes: set[str] = set()  # what the exit code follows from
        self._file: OutputFile | None = None

    def __enter__(self) -> Self:
        output = self._report.output
        if self._streams and output not in (None, "-"):
            self._file = OutputFile(Path(str(output))).__enter__()
        if self._report.form is Format.CSV:
            from probe.report.formats import csv

            self._put(csv.header(mark=self._report.bom))
        collects = not self._streams and self._report.form is not Format.HTML
        if collects and self._partners is not None and self._partners.count >= MANY:
            console.hint(
                f"{self._report.form.value} keeps all results in memory: --format ndjson and csv "
                "are written as results come"
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.__exit__(kind, error, trace)

    def leave_out(self, document: ResultDocument) -> None:
        """Count a result that is not reported, because nothing changed since the one before."""
        self._count(document)
        # A relationship that is not used makes no report a failure, shown or not.
        self._left_out.append(document.outcome if document.not_used is None else Outcome.SUCCESS)

    def take(self, document: ResultDocument) -> None:
        """Take one result.

        Raises:
            OutputError: the output is full.
        """
        self._count(document)
        if self._streams:
            if not (self._report.only_problems and summary.is_fine(document)):
                self._put(_lines(document, self._report.form))
            return
        self._documents.append(document)
        if self._report.form is Format.HTML and len(self._documents) >= 2 * summary.MOST_ON_A_PAGE:
            shown, others = summary.worst_of(self._documents)
            self._documents = list(shown)
            self._others += others

    def _count(self, document: ResultDocument) -> None:
        if document.not_used is None:
            self.outcomes.add(document.outcome)

    def _put(self, text: str) -> None:
        if self._file is None:
            console.put(text)
        else:
            self._file.write(text.encode("utf-8", "backslashreplace"))

    def finish(self, notes: Sequence[str] = ()) -> None:
        """Write what was collected, in the order of a given list, or put the streamed file in its place.

        `notes` are what the run says about the machine that made it.

        Raises:
            OutputError: the output cannot be written.
        """
        if self._file is not None:
            self._file.commit()
        if self._streams:
            return
        entries = {} if self._partners is None else {e.target: e for e in self._partners.entries()}
        order = {target: place for place, target in enumerate(entries)}
        self._documents.sort(key=lambda document: order.get(document.target.input, len(order)))
        base = self._report.thresholds
        own = {target: entry.thresholds(base) for target, entry in entries.items()}
        reporting.write(self._documents, self._report, own, self._left_out, self._others, notes)


def _lines(document: ResultDocument, form: Format) -> str:
    if form is Format.CSV:
        from probe.report.formats import csv

        return csv.rows(document)
    from probe.report import json

    return json.line(document)
