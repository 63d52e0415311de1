"""What a history of 100,000 results answers, and how soon.

    python -m tests.benchmarks.bench_history [--results 100000] [--keep FILE]

Makes a history of two runs over half as many partners, of which one in a hundred changed, and prints the wall
and CPU seconds and the peak memory of `probe history`, `probe diff` and the overview page that `probe serve`
gives of it, each in a process of its own. Judges nothing. `--keep` leaves the file there.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from probe import api
from probe.facts import record
from probe.report import build
from probe.runs.attempts import Checked
from probe.runs.store.history_store import History
from tests.benchmarks.measured import cost_of, keep_byte_code
from tests.benchmarks.prepared_records import write_records

_ONE_IN = 100  # partners whose result is another in the second run
_PAGE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from probe.serving.status import page
Path(sys.argv[2]).write_text(page(sys.argv[1], (), datetime.now(UTC)))
"""


def make(file: Path, results: int, folder: Path) -> None:
    """Write the history."""
    write_records(folder / "records")
    seen = record.loads((folder / "records" / "00.json").read_bytes())
    # By a store that lacks its root the same partner fails.
    documents = [
        build.document(api.judge_result(seen, trust=api.load_trust([store])))
        for store in (str(folder / "records" / "roots.pem"), "certifi")
    ]
    with History(file) as history:
        for again in (0, 1):
            at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1 - again)
            run = history.begin_run("partners.txt", at)
            for number in range(results // 2):
                document = documents[again and number % _ONE_IN == 0]
                target = replace(document.target, input=f"https://p{number}.load.lab/ews/exchange.asmx")
                history.add(run, Checked(replace(document, target=target, observed_at=at), seen))
            history.end_run(run, at)


def main() -> None:
    """Make and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--results", type=int, default=100_000)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    os.environ["NO_COLOR"] = "1"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = options.keep or folder / "history.sqlite"
        keep_byte_code(folder)
        if not file.exists():
            begun = time.perf_counter()
            make(file, options.results, folder)
            size = file.stat().st_size
            print(f"{options.results} results in {time.perf_counter() - begun:.0f} s, {size / 2**20:.0f} MB")
        probe, at = [sys.executable, "-m", "probe"], ["--history", str(file)]
        commands = {
            "history": [*probe, "history", *at],
            "history --format json": [*probe, "history", *at, "--format", "json"],
            "history TARGET": [*probe, "history", "https://p7.load.lab/ews/exchange.asmx", *at],
            "history --runs": [*probe, "history", "--runs", *at],
            "diff": [*probe, "diff", *at],
            "the page of serve": [sys.executable, "-c", _PAGE, str(file), str(folder / "page.html")],
        }
        print(f"{'':24} {'wall s':>8} {'CPU s':>8} {'peak MB':>8}")
        for label, command in commands.items():
            cost_of(command)  # writes the byte code
            cost = cost_of(command)
            print(f"{label:24} {cost.wall:8.2f} {cost.cpu:8.2f} {cost.peak / 2**20:8.0f}   exit {cost.code}")


if __name__ == "__main__":
    main()
