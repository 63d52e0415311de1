"""The step of the checks that informs never ends them."""

from __future__ import annotations

import sys

import pytest

from tests.check import say


@pytest.mark.parametrize(
    ("command", "said"),
    [
        pytest.param([sys.executable, "-c", ""], "ended with 0, which decides nothing", id="nothing-found"),
        pytest.param(
            [sys.executable, "-c", "raise SystemExit(1)"],
            "ended with 1, which decides nothing",
            id="something-found",
        ),
        pytest.param(["/no/such/program"], "not known", id="not-installed"),
        pytest.param([sys.executable, "-c", "import time; time.sleep(60)"], "not known", id="unreachable"),
    ],
)
def test_what_informs_fails_nothing(
    command: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    say(command, 0.5 if "sleep" in command[-1] else 30.0)
    assert said in capsys.readouterr().out
