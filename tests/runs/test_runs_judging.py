"""Judging in a run over a list does not hold the loop that watches the sockets."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from probe import api
from probe.cli.inputs import Conditions
from probe.cli.options.caller_options import CallerOptions
from probe.cli.partner_checks import Recipe, make_checker
from probe.collection.settings import Settings
from probe.facts.observation import Observation
from probe.judgement import effort, result
from probe.judgement.result import TargetResult
from probe.lab import authority
from probe.lab.partner import Partner
from probe.runs.attempts import Checker
from probe.runs.lists.partners import PartnerEntry


def test_the_loop_goes_on_while_a_large_partner_is_judged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    judging, goes_on = threading.Event(), threading.Event()
    judge = Conditions.judge

    def slow(conditions: Conditions, observation: Observation) -> TargetResult:
        judging.set()
        assert goes_on.wait(60), "the loop stood still"
        return judge(conditions, observation)

    monkeypatch.setattr(Conditions, "judge", slow)
    monkeypatch.setattr(effort, "MOST_CERTIFICATES", 1)

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


def test_the_loop_of_a_library_s_caller_goes_on_while_a_partner_is_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judging, goes_on = threading.Event(), threading.Event()
    judge = result.judge_for_callers

    def slow(observation: Observation, **conditions: Any) -> TargetResult:
        judging.set()
        assert goes_on.wait(60), "the loop stood still"
        return judge(observation, **conditions)

    monkeypatch.setattr(result, "judge_for_callers", slow)

    async def everything(partner: Partner) -> str:
        settings = Settings(resolver=partner.resolver, family=4, aia=False)
        checking = asyncio.ensure_future(
            api.check_async(partner.ews_url, trust=partner.trust, settings=settings)
        )
        while not judging.is_set():
            await asyncio.sleep(0.01)
        goes_on.set()
        return str((await checking).outcome)

    with Partner("healthy") as partner:
        assert asyncio.run(everything(partner)) == "success"


def test_a_run_is_continued_only_with_the_same_content_of_the_trust_store(tmp_path: Path) -> None:
    roots = tmp_path / "roots.pem"
    recipe = Recipe(Settings(), CallerOptions(trust=[str(roots)]))
    fingerprints: list[tuple[str, ...]] = []
    for name in ("One Root", "One Root", "Another Root"):
        if not fingerprints or name == "Another Root":
            roots.write_text(authority.root(name).pem, encoding="ascii")
        fingerprints.append(recipe.fingerprint)
    assert fingerprints[0] == fingerprints[1]
    assert fingerprints[1] != fingerprints[2]
