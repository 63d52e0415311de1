"""What field work handed over: 48 cases, of which 40 are texts (`tests/explain/texts`) and 8 are partners.

A partner is served as its recipe says (`openssl s_server`, nginx) and checked. Every row of both has the same
columns: input, first cause, side, what to run or change, and what must not be said.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from probe import api
from probe.collection.settings import parse_connect_to
from probe.facts.trust_store import TrustStore
from probe.lab import authority
from tests.interop.servers import Served
from tests.interop.test_interop_handshake import prepared_options

TEXTS = Path(__file__).parents[1] / "explain" / "texts"
PARTNERS = tomllib.loads((TEXTS / "partners.toml").read_text("utf-8"))["partner"]
GIVEN = re.compile(r"(?:e\d{1,2}|c\d)-")


def test_all_48_cases_are_rows() -> None:
    names = [
        case["name"]
        for file in TEXTS.glob("e*.toml")
        for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"]
    ]
    given = [name for name in names if GIVEN.match(name)]
    assert (len(given), len(PARTNERS)) == (40, 8)
    assert all("cause" in case and "never" in case and "side" in case for case in PARTNERS)


@pytest.mark.parametrize("case", PARTNERS, ids=lambda case: case["name"])
def test_a_partner_gets_its_verdict_its_side_and_its_command(
    case: dict[str, Any],
    s_server: Callable[..., Served],
    nginx: Callable[..., Served],
    tmp_path: Path,
) -> None:
    root = authority.root("Field Root")
    now = datetime.now(UTC)
    leaf = authority.end_entity(
        root,
        case.get("certificate", "mail.partner.lab"),
        key=case.get("key", "rsa2048"),
        not_before=now - timedelta(days=90),
        not_after=now + timedelta(days=90),
    )
    if "options" in case:
        served = s_server(leaf, leaf.pem, options=prepared_options(case["options"], tmp_path))
    else:
        served = nginx(leaf, leaf.pem, places=case["places"])
    target = case.get("target") or served.url
    for caller, outcome in case["callers"].items():
        result = api.check(
            target,
            trust=TrustStore("field", roots=(root.certificate,)),
            callers=(caller,),
            connect_to=(parse_connect_to(f"::127.0.0.1:{served.port}"),),
            timeout=20.0,
        )
        judged = [judgement for endpoint in result.endpoints for judgement in endpoint.judgements]
        assert result.outcome == outcome, caller
        if outcome == "success":
            continue
        findings = [finding for judgement in judged for finding in judgement.findings]
        remedies = [remedy for finding in findings for remedy in finding.remedies]
        first = next(finding for finding in findings if finding.severity != "info")
        assert re.search(case["cause"], first.summary), first.summary
        assert [remedy.actor for remedy in remedies][:1] == [case["side"]] * bool(case["side"])
        advised = "\n".join(f"{one.actor}: {one.text} {one.command} {one.proved}" for one in remedies)
        assert re.search(case["run"], advised), advised
        said = "\n".join([advised, *(finding.summary for finding in findings)])
        assert not [words for words in case["never"] if re.search(words, said)], said
