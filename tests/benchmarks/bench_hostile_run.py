"""A run over many partners of which a part attacks: `python -m tests.benchmarks.bench_hostile_run`.

    python -m tests.benchmarks.bench_hostile_run [--targets 10000] [--hostile 0.2] [--processes 1]

The honest ones are `load_farm`'s, some of them with faults; the hostile ones take turns through every row of
`tests/hostile/attacks.py` that a partner can be. Every target must have one record, and the right one: an
honest partner its flags and status, a hostile one the outcome of its row. Prints wall and CPU time, peak, and
what was wrong; the exit status is 1 if a record was wrong or a process needed more than 100 MB.

The hostile partners live in processes of their own, which take the same cores as the run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.bench_load import EXPECTED, Farm, farm, kind_of
from tests.benchmarks.measured import cost_of, keep_byte_code
from tests.hostile.attacks import ADDRESSES, ANSWERS, CERTIFICATES, HANDSHAKES, WAITS, Attack

MOST_MEGABYTES = 100
SERVERS = 2
PHASE_SECONDS, TARGET_SECONDS = 10, 60
OUTCOMES = ("success", "warning", "failure", "unknown")  # by exit code
# A file or revocation that only one option asks for is no partner of a list.
_NO_PARTNER = ("CRLs", "chain: 250 KB")
KINDS: tuple[Attack, ...] = tuple(
    attack
    for attack in (*ANSWERS, *HANDSHAKES, *ADDRESSES, *CERTIFICATES, *WAITS)
    if not attack.name.startswith(_NO_PARTNER)
)


@dataclass(frozen=True)
class Lab:
    """Where everybody is: the honest partners, and how each hostile kind is met (keys of a list's entry)."""

    honest: Farm
    hostile: dict[str, dict[str, Any]]


def serve(folder: Path, part: int) -> None:
    """Start every kind of this part, print how each is met, and serve until standard input ends."""
    with ExitStack() as stack:
        for number, attack in enumerate(KINDS):
            if number % SERVERS == part:
                own = folder / f"kind-{number}"
                own.mkdir()
                print(json.dumps([attack.name, _entry(attack.start(stack, own))]), flush=True)
        print("null", flush=True)
        sys.stdin.read()
    os._exit(0)  # threads may be in the middle of a flood


def _entry(arguments: list[str]) -> dict[str, Any]:
    """How the command meets the partner, as keys of an entry of a list."""
    values = dict(zip(arguments[2::2], arguments[3::2], strict=False))
    reach = {"connect_to": values.get("--connect-to"), "resolve": values.get("--resolve")}
    own = {key: [value] for key, value in reach.items() if value is not None}
    return {"target": arguments[1], **own, "trust": [values["--trust"]]}


@contextmanager
def lab() -> Iterator[Lab]:
    """Everybody, until the block is left."""
    with farm() as honest, ExitStack() as stack:
        hostile: dict[str, dict[str, Any]] = {}
        for part in range(SERVERS):
            command = [sys.executable, "-m", "tests.benchmarks.bench_hostile_run", "serve"]
            server = stack.enter_context(
                subprocess.Popen(
                    [*command, str(honest.folder), str(part)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            assert server.stdin is not None
            assert server.stdout is not None
            stack.callback(server.kill)
            lines = map(json.loads, server.stdout)
            hostile.update(iter(lines.__next__, None))
        yield Lab(honest, hostile)


def entries(lab: Lab, count: int, share: float) -> list[tuple[str, dict[str, Any]]]:
    """(what it is, its entry) of each target; every hostile kind comes as often as the others."""
    made = []
    seen = 0
    for number in range(count):
        if int((number + 1) * share) > seen:
            attack = KINDS[seen % len(KINDS)]
            seen += 1
            made.append((attack.name, {**lab.hostile[attack.name], "timeout": _apart(number)}))
        else:
            kind = kind_of(number)
            made.append((kind, {"target": lab.honest.url(number, kind)}))
    return made


def _apart(number: int) -> float:
    """A deadline of its own: two entries that say the same are one partner."""
    return TARGET_SECONDS + number / 1000


def main() -> int:
    """Serve, run, compare, print; 0 when every record is right and the peak within its bound."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--targets", type=int, default=10_000)
    parser.add_argument("--hostile", type=float, default=0.2, metavar="SHARE")
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    with lab() as served:
        keep_byte_code(served.honest.folder)
        _run(served, entries(served, 50, options.hostile), 1)
        made = entries(served, options.targets, options.hostile)
        cost, wrong = _run(served, made, options.processes)
    hostile = sum(name not in EXPECTED for name, _ in made)
    peak = cost.peak / 1e6
    print(f"{len(made)} targets, {hostile} of them hostile in {len(KINDS)} ways: {len(wrong)} wrong records")
    print(f"{cost.wall:.0f} s, {cost.cpu:.0f} s of CPU, peak {peak:.0f} MB")
    for what, times in Counter(wrong).most_common(40):
        print(f"{times:6} {what}")
    return int(bool(wrong) or peak > MOST_MEGABYTES)


def _run(served: Lab, made: list[tuple[str, dict[str, Any]]], processes: int) -> tuple[Any, list[str]]:
    """(what the run cost, what is wrong with its records)."""
    folder = served.honest.folder
    list_file, output, errors = folder / "list.ndjson", folder / "out.ndjson", folder / "err.txt"
    list_file.write_text(
        "".join(json.dumps({**entry, "tags": [str(n)]}) + "\n" for n, (_, entry) in enumerate(made))
    )
    command = [sys.executable, "-m", "probe", "check", "-f", str(list_file), "--format", "ndjson", "-q"]
    command += ["--per-host", "1000", "--retries", "0"]
    command += ["--processes", str(processes), "--connect-to", "::127.0.0.1:", "-4"]
    command += ["--trust", str(folder / "roots.pem"), "--connect-timeout", str(PHASE_SECONDS)]
    command += ["--timeout", str(TARGET_SECONDS)]
    cost = cost_of(command, output=str(output), errors=str(errors))
    said = errors.read_text().splitlines()
    return cost, [*said, *_wrong(output, [name for name, _ in made])]


def _wrong(output: Path, kinds: list[str]) -> list[str]:
    seen: Counter[int] = Counter()
    wrong = []
    expected = {attack.name: OUTCOMES[attack.code] for attack in KINDS}
    with output.open() as lines:
        for line in lines:
            record = json.loads(line)
            number = int(record["tags"][0])
            seen[number] += 1
            name = kinds[number]
            found = _found(record) if name in EXPECTED else record["outcome"]
            right = {EXPECTED[name]} if name in EXPECTED else expected[name]
            if found != right:
                wrong.append(f"{name}: {found or record.get('error')}")
    return wrong + [f"{kinds[n]}: {seen[n]} records" for n in range(len(kinds)) if seen[n] != 1]


def _found(record: dict[str, Any]) -> set[tuple[Any, ...]]:
    """Outcome, flags and status of each judgement, as `EXPECTED` has them."""
    return {
        (
            record["outcome"],
            None if judged["ssl_policy_errors"] is None else tuple(judged["ssl_policy_errors"]),
            (judged["web_exception"] or {}).get("status"),
        )
        for endpoint in record["endpoints"]
        for judged in endpoint["judgements"]
    }


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(Path(sys.argv[2]), int(sys.argv[3]))
    sys.exit(main())
