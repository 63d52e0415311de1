"""Many partners in a process of their own, and runs of `probe check -f` over them, whose records are checked.

    python -m tests.benchmarks.bench_load [--sizes 500 1000 10000]

5 % of the partners are dead, 5 % stall, 10 % have a bad certificate (untrusted, expired or misnamed). Every
record is compared with what the partner is. The servers are nginx (nginx_farm.py), or where there is none
load_farm.py. Prints a table, judges nothing but the records. (`table` has sound partners, and the peers.)
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import nginx_farm
from tests.benchmarks.load_farm import groups
from tests.benchmarks.measured import Cost, cost_of, keep_byte_code

CONCURRENCY = 256
PHASE_SECONDS = 5
# A machine that others use, too, must not make a sound partner look slow.
PATIENT = ("--connect-timeout", "120", "--timeout", "600")
BAD = ("untrusted", "expired", "misnamed")
# Flags and WebExceptionStatus by what a partner is; the record has to have exactly these.
EXPECTED: dict[str, tuple[str, tuple[str, ...] | None, str | None]] = {
    "healthy": ("success", (), None),
    "untrusted": ("failure", ("RemoteCertificateChainErrors",), "TrustFailure"),
    "expired": ("failure", ("RemoteCertificateChainErrors",), "TrustFailure"),
    "misnamed": ("failure", ("RemoteCertificateNameMismatch",), "TrustFailure"),
    "dead": ("failure", None, "ConnectFailure"),
    "stall": ("failure", None, "RequestCanceled"),
}
# Runs the program and then tells which descriptors are still open, and what the interpreter started with.
PROGRAM = """
import os, sys
folder = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"
before = len(os.listdir(folder))
from probe.__main__ import main
code = main(sys.argv[1:])
import gc
gc.collect()
sys.stderr.write(f"\\ndescriptors {before} {len(os.listdir(folder))}\\n")
sys.exit(code)
"""


@dataclass(frozen=True, slots=True)
class Farm:
    """Where the partners are."""

    folder: Path
    ports: dict[str, list[int]]
    process: int

    def url(self, number: int, kind: str) -> str:
        """The EWS endpoint of one partner."""
        ports = self.ports[kind if kind in self.ports else "tls"]
        host = f"p{number}.g{number % groups(kind)}.{kind}.load.lab"
        return f"https://{host}:{ports[number % len(ports)]}/ews/exchange.asmx"

    def cpu_seconds(self) -> float:
        """What the servers have taken so far (Linux)."""
        return sum(_cpu_seconds(process) for process in (self.process, *children(self.process)))


class WrongRecordsError(Exception):
    """A run does not have one right record for every partner."""


def children(process: int) -> list[int]:
    """The processes that a process has started and that go on (Linux); none when it has ended."""
    try:
        return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


def workers(process: int) -> list[int]:
    """Those of its processes that check: multiprocessing has a helper of its own beside them."""
    return [each for each in children(process) if b"spawn_main" in _command_line(each)]


def _command_line(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime


@contextmanager
def farm() -> Iterator[Farm]:
    """The servers, until the block is left: nginx where it is installed, else a Python process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if nginx_farm.is_installed():
            with nginx_farm.serve(folder) as served:
                yield Farm(folder, served.ports, served.process)
            return
        command = [sys.executable, "-m", "tests.benchmarks.load_farm", name]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            yield Farm(folder, json.loads(process.stdout.readline()), process.pid)
            process.stdin.close()


def kind_of(number: int) -> str:
    """What the partner of this number is: of 20 one is dead, one stalls, two have a bad certificate."""
    place = number % 20
    if place in (7, 13):
        return BAD[number // 20 % len(BAD)]
    return {3: "dead", 17: "stall"}.get(place, "healthy")


def list_command(lab: Farm, kinds: list[str], name: str) -> tuple[list[str], Path, Path]:
    """`probe check -f` over one partner of each of these kinds, and files for its records and errors."""
    list_file, output, errors = (lab.folder / f"{name}.{suffix}" for suffix in ("txt", "ndjson", "err"))
    list_file.write_text("".join(lab.url(number, kind) + "\n" for number, kind in enumerate(kinds)))
    command = [sys.executable, "-c", PROGRAM, "check", "-f", str(list_file), "--format", "ndjson", "-q"]
    command += ["-j", str(CONCURRENCY), "--connect-to", "::127.0.0.1:", "--retries", "0"]
    command += ["--trust", str(lab.folder / "roots.pem"), "--connect-timeout", str(PHASE_SECONDS)]
    return command, output, errors


def run_probe(lab: Farm, kinds: list[str], name: str, *more: str) -> tuple[Cost, str, Path]:
    """A run over these kinds, with more options: its cost, what it said last, its records."""
    command, output, errors = list_command(lab, kinds, name)
    cost = cost_of([*command, *more], output=str(output), errors=str(errors))
    said = errors.read_text().strip().splitlines()
    return cost, said[-1] if said else "", output


def wrong_records(path: Path, kinds: list[str]) -> tuple[int, list[str]]:
    """(records, what is wrong with them)."""
    seen: collections.Counter[int] = collections.Counter()
    wrong = []
    with path.open() as lines:
        for line in lines:
            record = json.loads(line)
            number = int(record["target"]["input"].removeprefix("https://p").partition(".")[0])
            seen[number] += 1
            judged = [judgement for e in record["endpoints"] for judgement in e["judgements"]]
            found = {
                (
                    record["outcome"],
                    None if j["ssl_policy_errors"] is None else tuple(j["ssl_policy_errors"]),
                    (j["web_exception"] or {}).get("status"),
                )
                for j in judged
            }
            if found != {EXPECTED[kinds[number]]}:
                wrong.append(f"{number} {kinds[number]}: {found or record.get('error')}")
    wrong += [
        f"{number} {kinds[number]}: {seen[number]} records"
        for number in range(len(kinds))
        if seen[number] != 1
    ]
    return seen.total(), wrong


def check_records(path: Path, kinds: list[str]) -> None:
    """Raise WrongRecordsError unless every partner has one record, the right one."""
    records, wrong = wrong_records(path, kinds)
    if (records, wrong) != (len(kinds), []):
        raise WrongRecordsError(f"{records} records of {len(kinds)}; wrong: {wrong[:5]}")


def load(lab: Farm, sizes: list[int]) -> None:
    """The run over mixed partners, at each size."""
    print(f"{'targets':>8} {'records':>8} {'wrong':>6} {'wall s':>8} {'CPU ms/probe':>13} {'peak MB':>8}")
    for size in sizes:
        kinds = [kind_of(number) for number in range(size)]
        cost, said, output = run_probe(lab, kinds, f"mixed-{size}")
        records, wrong = wrong_records(output, kinds)
        output.unlink()
        print(
            f"{size:8} {records:8} {len(wrong):6} {cost.wall:8.1f} {cost.cpu / size * 1000:13.2f} "
            f"{cost.peak / 2**20:8.0f}   {said}"
        )
        for line in wrong[:5]:
            print("        ", line)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[500, 1000, 10_000])
    options = parser.parse_args()
    os.environ["NO_COLOR"] = "1"
    with farm() as lab:
        keep_byte_code(lab.folder)
        run_probe(lab, ["healthy"], "warm-up")
        load(lab, options.sizes)


if __name__ == "__main__":
    main()
