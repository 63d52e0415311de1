"""An attempt that its deadline ends is told from one that is whole, however coarse the loop's clock is."""

from __future__ import annotations

import asyncio

import pytest

from probe.runs.attempts import Attempts, Checked
from probe.runs.lists.partners import PartnerEntry
from probe.runs.untried_target import refused

ENTRY = PartnerEntry("contoso.com")


class CoarseLoop(asyncio.SelectorEventLoop):
    """Its timers fire up to a tenth of a second early, as those of Windows do by 15.6 ms."""

    def __init__(self) -> None:
        super().__init__()
        self._clock_resolution = 0.1


@pytest.mark.parametrize("answers", [pytest.param(True, id="half-answers"), pytest.param(False, id="stalls")])
def test_a_deadline_that_fires_early_cuts_short(answers: bool) -> None:
    async def check(entry: PartnerEntry) -> Checked:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if not answers:
                raise
        return Checked(refused(entry, "what was seen"))

    async def until_deadline() -> tuple[Checked, bool]:
        attempts = Attempts(ENTRY, check, retries=0, pause=0.0, repeated=lambda why: None)
        checked = await attempts.until(asyncio.get_running_loop().time() + 0.2, "too late")
        return checked, attempts.cut_short

    with asyncio.Runner(loop_factory=CoarseLoop) as runner:
        checked, cut_short = runner.run(until_deadline())
    assert cut_short
    assert "too late" in (checked.document.error or "", *checked.document.notes)


def test_a_whole_attempt_is_not_cut_short() -> None:
    async def check(entry: PartnerEntry) -> Checked:
        return Checked(refused(entry, "done"))

    async def until_deadline() -> bool:
        attempts = Attempts(ENTRY, check, retries=0, pause=0.0, repeated=lambda why: None)
        await attempts.until(asyncio.get_running_loop().time() + 60, "too late")
        return attempts.cut_short

    assert not asyncio.run(until_deadline())
