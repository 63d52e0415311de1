"""The public API as a script would use it: checked by mypy, never run."""

from __future__ import annotations

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


async def use_asynchronously() -> int:
    result = await probe.check_async("contoso.com", trust=["certifi"])
    observation = await probe.collect_async("contoso.com")
    again = probe.judge_result(observation, trust=probe.load_trust(None))
    return len(result.endpoints) + len(again.endpoints)
