"""What the checking machine explains is "cannot tell": its resolver, route, rules, proxy, and its clock."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest
from msgspec import structs

from probe.dotnet import WebExceptionStatus as Status
from probe.facts.observation import Connection, FailureKind, HttpExchange, Phase, Visit, WireFailure
from probe.judgement import verdict
from probe.judgement.caller_profile import profile
from probe.judgement.connection.vantage_state import vantage_state
from probe.judgement.findings import clocks
from probe.judgement.model import Judgement, Outcome
from probe.judgement.target_judgement import judge
from tests.judgement.judging import NOW
from tests.judgement.test_judgement_surroundings import at, judged, trust
from tests.judgement.test_judgement_surroundings import summary as said
from tests.samples import ENDPOINT, observed

CALLER = profile("exchange-2019")
PROXY = "http://proxy.fabrikam.com:8080"
CONNECT, RESOLVE, TUNNEL = Phase.CONNECT, Phase.RESOLVE, Phase.TUNNEL


def broken(failure: WireFailure, address: str | None = "203.0.113.1", proxy: str | None = None) -> Connection:
    return Connection(ENDPOINT, address, 443 if address else None, failure=failure, proxy=proxy)


def unreachable(errno: int, *, no_route: bool | None) -> WireFailure:
    return WireFailure(CONNECT, FailureKind.UNREACHABLE, errno=errno, no_route=no_route)


OWN = [
    pytest.param(
        broken(WireFailure(RESOLVE, FailureKind.RESOLVER_FAILED), None),
        "resolver gave no answer",
        id="resolver",
    ),
    pytest.param(broken(unreachable(101, no_route=None)), "no IPv4 route", id="no-route-of-an-older-record"),
    pytest.param(broken(unreachable(113, no_route=True)), "no IPv4 route", id="an-unreachable-route"),
    pytest.param(broken(unreachable(101, no_route=True), "2001:db8::1"), "no IPv6 route", id="no-ipv6"),
    pytest.param(
        broken(WireFailure(CONNECT, FailureKind.OS_ERROR, errno=13)), "itself refused", id="packet-filter"
    ),
    pytest.param(
        broken(WireFailure(RESOLVE, FailureKind.NAME_NOT_FOUND), None, PROXY), "the proxy", id="proxy-name"
    ),
    pytest.param(
        broken(WireFailure(CONNECT, FailureKind.REFUSED, errno=111), None, PROXY),
        "the proxy",
        id="proxy-port",
    ),
    pytest.param(
        broken(WireFailure(TUNNEL, FailureKind.PROXY_REFUSED, detail="407 Auth"), None, PROXY),
        "other credentials",
        id="proxy-password",
    ),
]
NOT_OWN = [
    pytest.param(broken(unreachable(113, no_route=False)), id="a-router-says-unreachable"),
    pytest.param(broken(unreachable(101, no_route=False)), id="a-router-says-no-network"),
    pytest.param(broken(WireFailure(RESOLVE, FailureKind.NAME_NOT_FOUND), None), id="no-such-name"),
    pytest.param(broken(WireFailure(CONNECT, FailureKind.REFUSED, errno=111)), id="refused"),
    pytest.param(
        broken(WireFailure(TUNNEL, FailureKind.PROXY_REFUSED, detail="502 Bad"), None, PROXY),
        id="proxy-upstream",
    ),
]


@pytest.mark.parametrize(("connection", "words"), OWN)
def test_the_machines_own_state_says_nothing_about_the_partner(connection: Connection, words: str) -> None:
    (judgement,) = judged([connection])
    assert (judgement.outcome, judgement.web_exception) == (Outcome.UNKNOWN, None)
    assert words in (judgement.vantage_state or "")
    (finding,) = judgement.findings
    assert all("open port 443" not in remedy.text for remedy in finding.remedies)


@pytest.mark.parametrize("connection", NOT_OWN)
def test_what_lies_beyond_the_machine_is_no_state_of_it(connection: Connection) -> None:
    (judgement,) = judged([connection])
    assert (judgement.outcome, judgement.vantage_state) == (Outcome.FAILURE, None)


def test_an_address_that_our_own_rules_forbid_is_no_lack_of_the_machine() -> None:
    forbidden = broken(WireFailure(CONNECT, FailureKind.OS_ERROR, errno=1), None)
    assert vantage_state(forbidden) is None
    (judgement,) = judged([forbidden])
    assert (judgement.outcome, judgement.vantage_state) == (Outcome.UNKNOWN, None)


def test_a_proxy_that_is_not_reached_still_says_what_would_be_logged() -> None:
    connection = broken(WireFailure(RESOLVE, FailureKind.NAME_NOT_FOUND), None, PROXY)
    found = verdict.decide(Visit(ENDPOINT, None, (connection,)), CALLER, None)
    assert found.possible is not None
    assert found.possible.status is Status.ProxyNameResolutionFailure
    assert found.possible.text.endswith("The proxy name could not be resolved: 'proxy.fabrikam.com'")


def dated(ahead: timedelta, *headers: tuple[str, str]) -> Connection:
    """A healthy connection to a partner whose clock is so far ahead of ours."""
    date = ("Date", format_datetime(NOW + ahead, usegmt=True))
    sound = at("203.0.113.1")
    exchanges = (
        structs.replace(exchange, headers=(*exchange.headers, date, *headers)) for exchange in sound.exchanges
    )
    return structs.replace(sound, exchanges=tuple(exchanges))


def of_clocks(connection: Connection, now: timedelta = timedelta()) -> Judgement:
    """Judged by a clock that is so far from the test's moment."""
    (judgement,) = judged([connection], moment=NOW + now)
    return judgement


YEARS = timedelta(days=800)  # the certificate holds from 2026 to 2028


@pytest.mark.parametrize(
    ("now", "ahead", "words"),
    [
        pytest.param(timedelta(), YEARS, "800 days ahead of", id="ours-accepts"),
        pytest.param(YEARS, timedelta(), "800 days behind", id="ours-finds-it-expired"),
        pytest.param(-YEARS, timedelta(), "800 days ahead of", id="ours-finds-it-not-yet-valid"),
    ],
)
def test_a_certificate_on_which_two_clocks_differ_cannot_be_told(
    now: timedelta, ahead: timedelta, words: str
) -> None:
    judgement = of_clocks(dated(ahead), now)
    assert (judgement.outcome, judgement.web_exception) == (Outcome.UNKNOWN, None)
    assert judgement.findings[0].code == clocks.CODE
    assert words in judgement.findings[0].summary
    assert "clock" in judgement.findings[0].remedies[0].text


@pytest.mark.parametrize(
    ("connection", "noted"),
    [
        pytest.param(dated(timedelta(hours=1)), True, id="an-hour"),
        pytest.param(dated(timedelta(minutes=-6)), True, id="six-minutes-behind"),
        pytest.param(dated(timedelta(minutes=4)), False, id="four-minutes"),
        pytest.param(dated(YEARS, ("Age", "69120000")), False, id="out-of-a-cache"),
        pytest.param(at("203.0.113.1"), False, id="no-date"),
    ],
)
def test_clocks_that_change_nothing_are_a_note_at_most(connection: Connection, *, noted: bool) -> None:
    judgement = of_clocks(connection)
    assert judgement.outcome is Outcome.SUCCESS
    assert (clocks.CODE in {finding.code for finding in judgement.findings}) is noted
    if noted:
        assert "alike" in said(judgement, clocks.CODE)


@pytest.mark.parametrize(
    "text",
    ["Sun, 31 Feb 2030 00:00:00 GMT", "Sun, 01 Xxx 2030 00:00:00 GMT", "", "0" * 70_000, "\u0661, 01 Jan"],
    ids=["no-such-day", "no-such-month", "empty", "endless", "other-digits"],
)
def test_a_date_that_is_none_says_nothing(text: str) -> None:
    exchange = HttpExchange("GET", ENDPOINT.url, 401, headers=(("Date", text),))
    sound = at("203.0.113.1")
    judgement = of_clocks(structs.replace(sound, exchanges=(exchange, *sound.exchanges)))
    assert clocks.CODE not in {finding.code for finding in judgement.findings}


def test_a_moment_that_was_chosen_is_nobodys_clock() -> None:
    observation = structs.replace(observed((), at=NOW), connections=(dated(YEARS),))
    (judgement,) = judge(observation, trust=trust(), caller=CALLER, at=NOW + timedelta(days=1))
    assert judgement.outcome is Outcome.SUCCESS
