"""The public API as a script would use it: checked by mypy, never run."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime

import probe


def use_everything(leaf: bytes, root: bytes) -> bool:
    result = probe.check("contoso.com", trust="roots.sst", callers=["exchange-2019"], timeout=10.0)
    observation = probe.collect("contoso.com")
    judgements = probe.judge(observation, trust="certifi", caller="exchange-se", at=datetime.now(UTC))
    judgement = probe.judge_chain([leaf], host="mail.contoso.com", roots=[root])
    chain, name = judgement.chain, judgement.name
    accepted = judgement.ssl_policy_errors == probe.SslPolicyErrors(0)
    status: probe.X509ChainStatusFlags | None = chain.status if chain else None
    matched = name is not None and name.matched
    logged = [
        j.web_exception.status is probe.WebExceptionStatus.TrustFailure for j in judgements if j.web_exception
    ]
    return accepted and matched and not status and not logged and len(result.judgements) > 0


def use_the_strings_of_the_command_line() -> str:
    result = probe.check(
        "contoso.com",
        callers="exchange-se",
        connect_to="::127.0.0.1:8443",
        resolve=["*::127.0.0.1"],
        proxy="http://proxy.example:3128",
        no_proxy="localhost,.example",
        thresholds=("30,20%", "5"),
        at="2026-12-31T23:59:59Z",
        family=4,
    )
    older: probe.Caller = dataclasses.replace(probe.load_caller("exchange-2016"), aia=False)
    trust: probe.TrustStore = probe.load_trust("certifi")
    judged: probe.Result = probe.judge_result(result.observation, trust=trust, callers=[older])
    first: probe.Judgement = judged.judgements[0]
    fails: bool = judged.outcome is probe.Outcome.FAILURE
    return str(judged.to_dict()["schema"]) + str(probe.to_dict(first)) if fails else str(judged)


def make_mistakes() -> None:
    """Each of these must be an error: an ignore that is not needed is one itself."""
    probe.check("contoso.com", timout=3)  # type: ignore[call-arg]
    probe.collect("contoso.com", timout=3)  # type: ignore[call-arg]
    probe.check("contoso.com", timeout="3")  # type: ignore[arg-type]
    probe.check("contoso.com", family=5)  # type: ignore[arg-type]
    probe.check("contoso.com", callers=5)  # type: ignore[arg-type]
    probe.judge_chain([b""], at=5)  # type: ignore[arg-type]


async def use_asynchronously() -> int:
    result = await probe.check_async("contoso.com", trust=["certifi"])
    stop = asyncio.Event()
    observation: probe.Observation = await probe.collect_async("contoso.com", stop=stop)
    again = probe.judge_result(observation, trust=probe.load_trust(None))
    return len(result.endpoints) + len(again.endpoints)
