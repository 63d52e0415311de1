"""No hostile input costs more than its bounds, and each gets the verdict that is right.

Every row is met by a process of its own under limits of the system: seconds of CPU (SIGXCPU ends it), and the
peak of its memory, which is compared with the bare start's. What a row costs exactly is
`python -m tests.benchmarks.bench_attacks`'s to say; the limit on CPU leaves room for a machine at work.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.benchmarks.measured import Cost, cost_of, keep_byte_code
from tests.hostile.attacks import ATTACKS, BARE, WAITS, Attack

pytestmark = pytest.mark.posix("limits and the peak of a process of its own")

MOST_SECONDS = 4  # bare start, a second, and that again for a machine at work
MOST_BYTES = 100_000_000  # over the bare start

_LIMITED = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, resource.RLIM_INFINITY))
resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
runpy.run_module("probe", run_name="__main__", alter_sys=True)
"""


@pytest.fixture(scope="module", autouse=True)
def byte_code(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    earlier = dict(os.environ)
    keep_byte_code(tmp_path_factory.mktemp("code"))
    yield
    os.environ.clear()
    os.environ.update(earlier)


def met(attack: Attack, folder: Path, seconds: int) -> tuple[Cost, str]:
    """What the program costs that meets this input, and what it says of mistakes."""
    errors = folder / "errors.txt"
    with ExitStack() as stack:
        command = attack.start(stack, folder)
        limited = [sys.executable, "-c", _LIMITED, str(seconds), *command]
        cost = cost_of(limited, errors=str(errors))
    return cost, errors.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def bare(byte_code: None, tmp_path_factory: pytest.TempPathFactory) -> Cost:
    met(BARE, tmp_path_factory.mktemp("cold"), 60)
    cost, said = met(BARE, tmp_path_factory.mktemp("bare"), 60)
    assert cost.code == BARE.code, said
    return cost


@pytest.mark.parametrize("attack", [pytest.param(attack, id=attack.name) for attack in ATTACKS])
def test_a_hostile_input_is_bounded(attack: Attack, bare: Cost, tmp_path: Path) -> None:
    cost, said = met(attack, tmp_path, MOST_SECONDS)
    assert cost.code == attack.code, f"{attack.why}\n{said}"
    assert "Traceback" not in said
    assert cost.peak - bare.peak < MOST_BYTES


def test_every_code_follows_from_a_rule() -> None:
    assert [attack.name for attack in (*ATTACKS, *WAITS, BARE) if not attack.why] == []


def test_the_limits_end_what_exceeds_them(tmp_path: Path) -> None:
    endless = [sys.executable, "-c", _LIMITED.replace("runpy.run_module", "while True: pass #"), "1"]
    assert cost_of(endless, errors=str(tmp_path / "errors.txt")).code == -24  # SIGXCPU
