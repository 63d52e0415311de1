"""The names that scripts elsewhere rely on (the contract's Python section), and what they cost to import."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest

import probe
from probe import arguments
from probe.facts import record
from probe.lab import authority
from probe.lab.partner import Partner
from probe.report import result_schemas

CONTRACT = {
    "SslPolicyErrors",
    "WebExceptionStatus",
    "X509ChainStatusFlags",
    "check",
    "check_async",
    "collect",
    "judge",
    "judge_chain",
}
TYPES = {
    "Caller",
    "ConnectTo",
    "Judgement",
    "Limits",
    "Observation",
    "Outcome",
    "Proxy",
    "ResolveTo",
    "Result",
    "Settings",
    "Target",
    "Threshold",
    "Thresholds",
    "TrustStore",
}
FUNCTIONS = {"collect_async", "judge_result", "load_caller", "load_trust", "to_dict"}
URL = "https://mail.partner.lab/EWS/Exchange.asmx/WSSecurity"


def test_public_names_are_exact() -> None:
    from probe import errors

    of_errors = {name for name, thing in vars(errors).items() if isinstance(thing, type)}
    assert set(probe.__all__) == CONTRACT | TYPES | FUNCTIONS | of_errors | {"__version__"}
    assert set(dir(probe)) == set(probe.__all__)
    for name in probe.__all__:
        assert getattr(probe, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        probe.nonsense  # noqa: B018


def test_judge_chain_takes_der_and_answers_in_dotnets_words() -> None:
    root = authority.root("API Root")
    leaf = authority.end_entity(root, "mail.partner.lab")
    judgement = probe.judge_chain([leaf.der], host="mail.partner.lab", roots=[root.der], at=datetime.now(UTC))
    assert judgement.ssl_policy_errors == probe.SslPolicyErrors(0)
    assert judgement.chain is not None
    assert judgement.chain.status == probe.X509ChainStatusFlags.NoError
    assert [element.status for element in judgement.chain.elements] == [0, 0]
    assert judgement.name is not None
    assert judgement.name.matched
    refused = probe.judge_chain([leaf.der], host="other.lab", at=datetime.now(UTC))
    assert refused.ssl_policy_errors == probe.SslPolicyErrors(6)
    assert refused.chain is not None
    assert refused.chain.status == probe.X509ChainStatusFlags.PartialChain


def test_nothing_presented_is_a_usage_error() -> None:
    with pytest.raises(probe.UsageError, match="at least the end-entity"):
        probe.judge_chain([])


@pytest.mark.parametrize("host", ["", "*.partner.lab", "a..b"], ids=["empty", "pattern", "empty-label"])
def test_a_host_that_is_none_is_a_target_error(host: str) -> None:
    with pytest.raises(probe.TargetError, match="is no host name"):
        probe.judge_chain([authority.root().der], host=host)


def test_a_moment_without_a_time_zone_is_a_usage_error() -> None:
    naive = datetime(2024, 1, 1)
    with pytest.raises(probe.UsageError, match="no time zone"):
        probe.judge_chain([authority.root().der], at=naive)
    with pytest.raises(probe.UsageError, match="no time zone"):
        probe.check("partner.lab", at=naive)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        (probe.SslPolicyErrors.RemoteCertificateChainErrors, 0x4),
        (probe.X509ChainStatusFlags.HasNotSupportedCriticalExtension, 0x8000000),
        (probe.X509ChainStatusFlags.PartialChain, 0x10000),
        (probe.WebExceptionStatus.RequestProhibitedByProxy, 20),
        (probe.WebExceptionStatus.TrustFailure, 9),
    ],
)
def test_dotnets_values(member: int, value: int) -> None:
    """Values of referencesource, spot-checked in each enumeration."""
    assert int(member) == value


def test_importing_probe_is_cheap() -> None:
    script = (
        "import sys, probe; sys.exit(len({'cryptography', 'httpx', 'asyncio', 'typer'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == 0


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("timeout", 0),
        ("timeout", "25"),
        ("timeout", float("nan")),
        ("connect_timeout", True),
        ("family", 5),
        ("connect_to", "only:two"),
        ("connect_to", 443),
        ("resolve", "host:443:no-address"),
        ("proxy", "socks5://proxy.example"),
        ("proxy", 3128),
        ("no_proxy", 5),
        ("callers", "exchange-9"),
        ("callers", ()),
        ("callers", 5),
        ("at", "yesterday"),
        ("at", 5),
        ("thresholds", "soon"),
        ("thresholds", ("30", "5", "1")),
        ("thresholds", 30),
        ("trust", 5),
        ("trust", ()),
        ("limits", 5),
        ("aia", "no"),
        ("ews_url", 5),
        ("ews_url", "http://mail.partner.lab/"),
        ("user_agent", None),
        ("nameserver", "192.0.2.53"),
        ("resolver", "192.0.2.53"),
        ("settings", {}),
        ("timout", 3),
    ],
)
def test_a_wrong_value_is_a_usage_error_that_names_the_argument(argument: str, value: object) -> None:
    values: dict[str, Any] = {"trust": probe.TrustStore("none"), argument: value}
    with pytest.raises(probe.UsageError, match=rf"^{argument}\b"):
        probe.check(URL, **values)


def test_a_target_that_is_no_text_is_a_usage_error() -> None:
    with pytest.raises(probe.UsageError, match=r"^target: 5 cannot be used"):
        probe.check(5)  # type: ignore[arg-type]


def test_every_change_is_a_setting_and_is_read() -> None:
    fields = {field.name for field in dataclasses.fields(probe.Settings)}
    made_from_callers = {"offers", "wider", "hellos", "known_subjects", "known_issuers"}
    assert set(arguments.SettingChanges.__annotations__) == fields - made_from_callers
    assert set(arguments._SETTINGS) == fields - made_from_callers


def test_the_strings_of_the_command_line_are_taken() -> None:
    read = arguments.read_settings(
        None,
        {
            "connect_to": "a.lab:443:127.0.0.1:8443",
            "resolve": ["*::127.0.0.1", probe.ResolveTo("b.lab", None, ("127.0.0.2",))],
            "proxy": "user:word@proxy.lab:3128",
            "no_proxy": "localhost, .lab",
        },
    )
    assert read.connect_to == (probe.ConnectTo("a.lab", 443, "127.0.0.1", 8443),)
    assert [resolve.host for resolve in read.resolve] == [None, "b.lab"]
    assert read.proxy == probe.Proxy("proxy.lab", 3128, ("user", "word"))
    assert read.no_proxy == ("localhost", ".lab")
    assert arguments.read_thresholds("20%") == probe.Thresholds(warning=probe.Threshold(percent=20))
    assert arguments.read_thresholds(("20", "5")).critical == probe.Threshold(days=5)
    assert arguments.read_moment("2026-12-31T23:59:59Z") == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.fixture(scope="module")
def untrusted() -> Iterator[Partner]:
    """A partner whose root nobody trusts."""
    with Partner("untrusted-root") as partner:
        yield partner


def options(partner: Partner) -> arguments.SettingChanges:
    """How to reach it, in the command line's strings."""
    return {
        "connect_to": f"::127.0.0.1:{partner.port}",
        "resolve": "*::127.0.0.1",
        "family": 4,
        "timeout": 10.0,
    }


def test_a_result_prints_as_the_log_does(untrusted: Partner) -> None:
    result = probe.check(
        untrusted.ews_url, trust=probe.TrustStore("none"), callers="exchange-2019", **options(untrusted)
    )
    assert result.outcome is probe.Outcome.FAILURE
    judgement = result.judgements[0]
    assert str(judgement.ssl_policy_errors) == "RemoteCertificateChainErrors"
    assert f"{judgement.ssl_policy_errors}" == "RemoteCertificateChainErrors"
    assert judgement.web_exception is not None
    assert f"{judgement.web_exception.status}" == "TrustFailure"
    printed = str(result)
    assert "RemoteCertificateChainErrors; " in printed
    assert "TrustFailure" in printed
    assert len(repr(result)) < 200


def test_to_dict_is_the_contracts_document(untrusted: Partner) -> None:
    result = probe.check(untrusted.ews_url, trust=probe.TrustStore("none"), **options(untrusted))
    document = result.to_dict()
    jsonschema.validate(document, result_schemas.schema("result"))
    assert document["endpoints"][0]["judgements"][0]["ssl_policy_errors"] == ["RemoteCertificateChainErrors"]
    assert probe.to_dict(result.judgements[0])["schema"] == "probe.chain/1"
    recorded = probe.to_dict(result.observation)
    assert recorded["schema"] == "probe.record/1"
    assert record.loads(json.dumps(recorded).encode()) == result.observation


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (probe.SslPolicyErrors(0), "None"),
        (probe.SslPolicyErrors(6), "RemoteCertificateNameMismatch, RemoteCertificateChainErrors"),
        (probe.X509ChainStatusFlags(0), "NoError"),
        (probe.X509ChainStatusFlags(0x10020), "UntrustedRoot, PartialChain"),
        (probe.WebExceptionStatus(9), "TrustFailure"),
    ],
)
def test_dotnets_words_are_printed(value: object, printed: str) -> None:
    assert (str(value), f"{value:>70}".strip()) == (printed, printed)


@pytest.fixture
def stalling() -> Iterator[Partner]:
    """A partner that never answers."""
    with Partner("stall") as partner:
        yield partner


async def by_timeout(work: Coroutine[Any, Any, Any]) -> None:
    async with asyncio.timeout(0.2):
        await work


async def by_wait_for(work: Coroutine[Any, Any, Any]) -> None:
    await asyncio.wait_for(work, 0.2)


async def by_cancel(work: Coroutine[Any, Any, Any]) -> None:
    task = asyncio.create_task(work)
    asyncio.get_running_loop().call_later(0.2, task.cancel)
    await task


@pytest.mark.parametrize("name", ["check_async", "collect_async"])
@pytest.mark.parametrize(
    ("end", "raised"),
    [
        pytest.param(by_timeout, TimeoutError, id="timeout"),
        pytest.param(by_wait_for, TimeoutError, id="wait-for"),
        pytest.param(by_cancel, asyncio.CancelledError, id="cancel"),
    ],
)
def test_cancellation_is_honoured(
    stalling: Partner, name: str, end: Any, raised: type[BaseException]
) -> None:
    work = getattr(probe, name)
    with pytest.raises(raised):
        asyncio.run(end(work(stalling.ews_url, **options(stalling))))


def test_an_explicit_stop_gives_what_was_seen(stalling: Partner) -> None:
    async def stopped() -> probe.Result:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.2, stop.set)
        trust = stalling.trust
        return await probe.check_async(stalling.ews_url, trust=trust, stop=stop, **options(stalling))

    result = asyncio.run(stopped())
    assert result.observation.notes == ("interrupted: what was seen until then is kept",)
    assert result.outcome is probe.Outcome.UNKNOWN
    assert result.observation.connections


def test_a_stop_that_is_never_set_changes_nothing(untrusted: Partner) -> None:
    async def collected() -> probe.Observation:
        return await probe.collect_async(untrusted.ews_url, stop=asyncio.Event(), **options(untrusted))

    assert asyncio.run(collected()).notes == ()


@pytest.mark.parametrize("name", ["check", "collect"])
def test_inside_a_running_loop_the_awaitable_is_named(name: str) -> None:
    async def inside() -> None:
        getattr(probe, name)(URL)

    with pytest.raises(probe.UsageError, match=rf"await probe\.{name}_async"):
        asyncio.run(inside())
