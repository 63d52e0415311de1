"""Fuzz every parser: `python -m tests.fuzz --seconds 3600 [--parser NAME]… [--seed N] [--keep]`.

Each parser gets its share of the seconds, in a process of its own with a limit on its memory. An input that
raises what its parser does not declare, breaks a promise, never ends (nothing for a minute) or ends the
process is printed; with `--keep` it is stored in the corpus, which the suite replays. The same seed gives
the same inputs. The exit status is 1 if there was one.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.fuzz import stored_inputs
from tests.fuzz.parsers import PARSERS
from tests.fuzz.worker import HEADER, STATE_BYTES

_PATIENCE = 60.0  # seconds for one input, on a machine that does something else too
_TICK = 0.25


@dataclass
class Findings:
    """What came of one parser. `broken`: (what, its text, the input)."""

    ran: int = 0
    peak: int = 0
    broken: list[tuple[str, str, bytes]] = field(default_factory=list)


def fuzz(name: str, seed: int, seconds: float) -> Findings:
    """Fuzz one parser; a worker that hangs or dies is followed by another one."""
    found = Findings()
    until = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        state, said = Path(folder) / "state", Path(folder) / "said"
        state.write_bytes(bytes(STATE_BYTES))
        while (left := until - time.monotonic()) > 0:
            command = [sys.executable, "-m", "tests.fuzz.worker", name, str(seed), str(_at(state)[0])]
            with said.open("wb") as output:
                process = subprocess.Popen([*command, str(left), str(state)], stdout=output)
                why = _watched(process, state)
            with said.open("rb") as lines:
                before = found.ran
                _read(lines, found)
            if why is None:
                break
            number, data = _at(state)
            found.ran = before + number
            found.broken.append((why, f"input {number} of seed {seed}", data))
    return found


def _watched(process: subprocess.Popen[bytes], state: Path) -> str | None:
    """Why the worker did not end as it should; None: it did."""
    number, since = _at(state)[0], time.monotonic()
    while process.poll() is None:
        time.sleep(_TICK)
        if (now := _at(state)[0]) != number:
            number, since = now, time.monotonic()
        elif time.monotonic() - since > _PATIENCE:
            process.kill()
            process.wait()
            return "hang"
    return None if process.returncode == 0 else f"end {process.returncode}"


def _at(state: Path) -> tuple[int, bytes]:
    """(the number of the input at work, the input)."""
    content = state.read_bytes()
    number, length = (int.from_bytes(content[at : at + 8], "big") for at in (0, 8))
    return number, content[HEADER : HEADER + length]


def _read(lines: IO[bytes], found: Findings) -> None:
    for line in lines:
        told = json.loads(line)
        if "ran" in told:
            found.ran += told["ran"]
            found.peak = max(found.peak, told["peak"])
        else:
            found.broken.append((told["kind"], told["said"], base64.b64decode(told["data"])))


def main() -> int:
    """Fuzz, print, store; 0 when every parser kept its promises."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3600.0, help="for all parsers together")
    parser.add_argument("--parser", action="append", choices=sorted(PARSERS), help="repeatable; default: all")
    parser.add_argument("--seed", type=int, default=random.randrange(10**9))
    parser.add_argument("--keep", action="store_true", help="store what broke a parser in the corpus")
    options = parser.parse_args()
    names = options.parser or list(PARSERS)
    print(f"seed {options.seed}, {options.seconds / len(names):.0f} s for each of {len(names)} parsers")
    print(f"{'parser':14} {'inputs':>10} {'a second':>9} {'peak':>8}  broken", flush=True)
    broken = 0
    for name in names:
        started = time.monotonic()
        found = fuzz(name, options.seed, options.seconds / len(names))
        rate = found.ran / (time.monotonic() - started)
        print(
            f"{name:14} {found.ran:10} {rate:9.0f} {found.peak / 1e6:5.0f} MB  {len(found.broken)}",
            flush=True,
        )
        for kind, said, data in found.broken:
            broken += 1
            print(f"  {kind}, {len(data)} bytes: {data[:200]!r}\n{said}", flush=True)
            if options.keep:
                print(
                    f"  stored: {stored_inputs.keep(name, data, kind.split(' ', 1)[0].lower())}", flush=True
                )
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
