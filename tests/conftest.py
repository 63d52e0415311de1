"""What tests of every room share, and where a test does not run, decided in one place.

A test marked `posix("what it needs")` is about something that Windows does not have, one marked `windows`
about something that only Windows has. What Wine itself fails is in windows/known_gaps.toml, each with the
reason: such a test must fail there, so that the list stays true.
"""

from __future__ import annotations

import signal
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.windows.wine import delay_resets_of_the_lab, under_wine

ELSEWHERE = "posix" if sys.platform == "win32" else "windows"
KNOWN_GAPS = Path(__file__).parent / "windows" / "known_gaps.toml"


def pytest_configure() -> None:
    """Let no test fail for a slow machine, and resets be seen under Wine (windows/wine.py)."""
    settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("untimed")
    if under_wine():
        delay_resets_of_the_lab()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about another system, and mark what Wine is known to fail."""
    elsewhere = [item for item in items if item.get_closest_marker(ELSEWHERE)]
    config.hook.pytest_deselected(items=elsewhere)
    items[:] = [item for item in items if item not in elsewhere]
    gaps = tomllib.loads(KNOWN_GAPS.read_text(encoding="utf-8")) if under_wine() else {}
    for item in items:
        for reason, tests in gaps.items():
            if item.nodeid in tests["fail"]:
                item.add_marker(pytest.mark.xfail(reason=f"Wine: {reason}", strict=True))


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Signals act, also where the runner was started with them ignored (in the background, by nohup)."""
    before = {signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler)}
    if sys.platform != "win32":
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
