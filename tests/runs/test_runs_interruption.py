"""The second Ctrl-C ends the program, whatever stands in its way."""

from __future__ import annotations

import signal
import subprocess

import pytest

from tests.interrupting import interrupt, program

STUBBORN = """
import asyncio
from probe.runs.interruption import stop_on_signal
async def main():
    with stop_on_signal() as stop:
        print("ready", flush=True)
        await stop.wait()
        print("told", flush=True)
        while True:
            try:
                {wait}
            except BaseException:
                pass
asyncio.run(main())
"""


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "wait",
    [
        pytest.param("await asyncio.sleep(0.05)", id="swallows-cancellation"),
        pytest.param("sum(range(10_000))", id="never-gives-the-loop-its-turn"),
    ],
)
def test_the_second_interrupt_ends_the_program(wait: str) -> None:
    process = subprocess.Popen(
        program(STUBBORN.format(wait=wait)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        interrupt(process, signal.SIGINT)
        assert process.stdout.readline() == "told\n"
        interrupt(process, signal.SIGINT)
        process.wait(30)  # TimeoutExpired: it did not end
    finally:
        process.kill()
        process.communicate()
