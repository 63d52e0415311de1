"""A run over a list that is killed and started again, and what must be true of its files after each.

The list has one partner of each kind that `bench_load`'s farm serves in turn. What a run leaves is compared
with itself: the report, the saved records and the history must tell of the same answers, each once.
"""

from __future__ import annotations

import shutil
import sqlite3
import stat
import sys
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from probe.facts import record
from tests.benchmarks.bench_load import Farm, wrong_records

KINDS = ("healthy", "untrusted", "expired", "misnamed")
FAILS = 2  # the exit code of a run over these kinds

# Kills itself when the named audit event (https://docs.python.org/3/library/audit_events.html) meets a path
# with this ending for the given time. SIGTERM is TerminateProcess on Windows, which nothing can catch either.
KILLED_AT = """
import os, signal, sys
event, ending, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
def watch(name, arguments):
    global count
    if name == event and str(arguments[name == "os.rename"]).endswith(ending):
        count -= 1
        if count == 0:
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
sys.addaudithook(watch)
from probe.__main__ import main
sys.exit(main(sys.argv[4:]))
"""


@dataclass(frozen=True)
class KilledRun:
    """One command that is killed and started again in its own folder, until it has ended by itself.

    Without `history` the state of the run is all that is kept.
    """

    lab: Farm
    folder: Path
    count: int
    history: bool = True
    processes: int = 1

    @property
    def kinds(self) -> list[str]:
        """What each partner is."""
        return [KINDS[number % len(KINDS)] for number in range(self.count)]

    @property
    def report(self) -> Path:
        """Where the report is to be."""
        return self.folder / "report.ndjson"

    @property
    def records(self) -> Path:
        """Where the records are to be."""
        return self.folder / "records"

    def prepare(self) -> None:
        """Begin with nothing but the list, and the history of earlier runs."""
        self.folder.mkdir(exist_ok=True)
        shutil.rmtree(self.records, ignore_errors=True)
        self.report.unlink(missing_ok=True)
        urls = (self.lab.url(number, kind) + "\n" for number, kind in enumerate(self.kinds))
        (self.folder / "list.txt").write_text("".join(urls))

    def arguments(self) -> list[str]:
        """What follows `probe`."""
        kept = ["--history", str(self.folder / "history.sqlite")] if self.history else []
        return [
            *("check", "-f", str(self.folder / "list.txt"), "--format", "ndjson", "-q", "-j", "8", *kept),
            *("--resume", str(self.folder / "state.sqlite"), "--lock", str(self.folder / "run.lock")),
            *("-o", str(self.report), "--save", str(self.records), "--processes", str(self.processes)),
            *("--connect-to", "::127.0.0.1:", "--trust", str(self.lab.folder / "roots.pem")),
            *("--retries", "0", "--connect-timeout", "120", "--timeout", "600"),
        ]

    def command(self) -> list[str]:
        """The command, as its user starts it."""
        return [sys.executable, "-m", "probe", *self.arguments()]

    def killed_at(self, event: str, ending: str, count: int) -> list[str]:
        """The command that kills itself at an event."""
        return [sys.executable, "-c", KILLED_AT, event, ending, str(count), *self.arguments()]

    def is_complete(self) -> bool:
        """Whether the run had ended when it was killed: the next one begins anew."""
        if not self.report.exists():
            return False
        if self.history:
            return any(self._of_history("SELECT finished_at FROM runs ORDER BY id DESC LIMIT 1"))
        return not (self.folder / "state.sqlite").exists()

    def faults_after_kill(self) -> list[str]:
        """What is wrong with the files that a kill left; each must be whole, and nothing be there twice."""
        faults = [f"{target}: {times} records" for target, times in self._saved().items() if times > 1]
        if self.report.exists():
            faults += self._faults_of_report()
        for database in self.folder.glob("*.sqlite"):
            said = self._select(database, "PRAGMA integrity_check")
            faults += [] if said in ([], ["ok"]) else [f"{database.name}: {said}"]
        return faults

    def faults_after_end(self) -> list[str]:
        """What is wrong with the files of a run that has ended, however often it was killed before."""
        faults = self._faults_of_report()
        saved = self._saved()
        inputs = {self.lab.url(number, kind) for number, kind in enumerate(self.kinds)}
        faults += [f"{target}: {saved[target]} records" for target in inputs if saved[target] != 1]
        if self.history:
            answered = self._of_history("SELECT count(*) FROM results GROUP BY run, target")
            faults += [f"history: {times} answers of one target" for times in answered if times != 1]
            answered = self._of_history("SELECT count(*) FROM results GROUP BY run")
            faults += [f"history: a run of {total}" for total in answered if total != self.count]
        if sys.platform != "win32" and stat.S_IMODE(self.report.stat().st_mode) != 0o644:
            faults.append(f"the report has the rights {self.report.stat().st_mode:o}")
        return faults

    def left_over(self) -> list[str]:
        """The files that a run which ended by itself should have removed."""
        kept = {"list.txt", "report.ndjson", "records"} | ({"history.sqlite"} if self.history else set())
        names = {path.name for path in self.folder.iterdir()} - kept
        return sorted(names | {path.name for path in self.records.iterdir() if path.suffix != ".json"})

    def _faults_of_report(self) -> list[str]:
        return wrong_records(self.report, self.kinds)[1]

    def _saved(self) -> Counter[str]:
        """How many records each target has; one that cannot be read raises."""
        files = self.records.glob("*.json")
        return Counter(record.loads(path.read_bytes()).target.input for path in files)

    def _of_history(self, query: str) -> list[object]:
        return self._select(self.folder / "history.sqlite", query)

    def _select(self, database: Path, query: str) -> list[object]:
        """The first column, out of a copy: a look at the file would mend what the next run has to mend."""
        with tempfile.TemporaryDirectory() as folder:
            for path in database.parent.glob(f"{database.name}*"):
                shutil.copy(path, folder)
            if not (Path(folder) / database.name).exists():
                return []
            with closing(sqlite3.connect(Path(folder) / database.name)) as connection:
                try:
                    return [row[0] for row in connection.execute(query)]
                except sqlite3.OperationalError as none_yet:
                    if "no such table" in str(none_yet):
                        return []
                    raise
