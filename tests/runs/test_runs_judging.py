"""Judging in a run over a list does not hold the loop that watches the sockets."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from probe.cli.inputs import Conditions
from probe.cli.options.caller_options import CallerOptions
from probe.cli.partner_checks import Recipe, make_checker
from probe.collection.settings import Settings
from probe.facts.observation import Observation
from probe.judgement.result import TargetResult
from probe.lab.partner import Partner
from probe.runs.attempts import Checker
from probe.runs.lists.partners import PartnerEntry


def test_the_loop_goes_on_while_a_partner_is_judged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    judging, goes_on = threading.Event(), threading.Event()
    judge = Conditions.judge

    def slow(conditions: Conditions, observation: Observation) -> TargetResult:
        judging.set()
        assert goes_on.wait(60), "the loop stood still"
        return judge(conditions, observation)

    monkeypatch.setattr(Conditions, "judge", slow)

    async def everything(partner: Partner, check: Checker) -> str:
        checking = asyncio.ensure_future(check(PartnerEntry(partner.ews_url)))
        while not judging.is_set():
            await asyncio.sleep(0.01)
        goes_on.set()
        return str((await checking).document.outcome)

    with Partner("healthy") as partner:
        roots = tmp_path / "roots.pem"
        roots.write_text(partner.trust_pem(), encoding="ascii")
        settings = Settings(resolver=partner.resolver, family=4, aia=False)
        check = make_checker(Recipe(settings, CallerOptions(trust=[str(roots)])))
        assert asyncio.run(everything(partner, check)) == "success"
