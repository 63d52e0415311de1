"""Where the results of a run go while it runs: streamed for NDJSON, collected for every other format.

Only NDJSON can be written as it comes, so only there memory does not grow with the list.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from probe.cli.options import Format
from probe.cli.reporting import Report, write
from probe.errors import OutputError
from probe.report import json
from probe.report.document import ResultDocument
from probe.runs.partner_list import PartnerList


class Delivered:
    """The report of a run in the making; a context manager, `finish` ends it."""

    def __init__(self, report: Report, partners: PartnerList | None = None) -> None:
        self._report = report
        self._partners = partners
        self._documents: list[ResultDocument] = []
        self._streams = report.form is Format.NDJSON
        self._temporary: str | None = None
        self._file: Any = None

    def __enter__(self) -> Self:
        output = self._report.output
        if self._streams and output not in (None, "-"):
            path = Path(str(output))
            try:
                handle, self._temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            except OSError as refused:
                raise OutputError(f"cannot write {path}: {refused.strerror}: choose another path") from None
            self._file = os.fdopen(handle, "wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
        if self._temporary is not None:
            Path(self._temporary).unlink(missing_ok=True)

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
            sys.stdout.write(line)
            sys.stdout.flush()
            return
        try:
            self._file.write(line.encode("utf-8", "backslashreplace"))
            self._file.flush()
        except OSError as refused:
            raise OutputError(f"cannot write {self._report.output}: {refused.strerror}") from None

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
            write(self._documents, self._report, {t: e.thresholds(base) for t, e in entries.items()})
        elif self._file is not None and self._temporary is not None:
            self._file.close()
            try:
                umask = os.umask(0)
                os.umask(umask)
                Path(self._temporary).chmod(0o666 & ~umask)
                Path(self._temporary).replace(str(self._report.output))
            except OSError as refused:
                raise OutputError(f"cannot write {self._report.output}: {refused.strerror}") from None
            self._temporary = None
