"""A whole domain, discovered as Get-FederationInformation does it, against a whole organisation."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from probe.collection import collector
from probe.collection.discovery.autodiscover_host import AutodiscoverHost
from probe.collection.discovery.federation_answer import ABSENT_DOMAIN, MISSING_DOMAINS, MISSING_ERROR_CODE
from probe.collection.settings import Limits, Settings, parse_connect_to
from probe.facts import target
from probe.facts.discovery import INSECURE
from probe.facts.observation import DiscoveryStep, EndpointKind, Observation
from probe.lab.estate import Estate, redirect
from probe.lab.organisation import AUTODISCOVER_HOST, DOMAIN, HOST
from probe.lab.partner import Partner

EWS, AUTODISCOVER = EndpointKind.EWS_WSSECURITY, EndpointKind.AUTODISCOVER_WSSECURITY
SVC = "/autodiscover/autodiscover.svc"
Discover = Callable[..., Observation]


def discover(estate: Estate, text: str = DOMAIN, fault: str = "healthy", **changes: Any) -> Observation:
    """What is seen of an organisation; DNS is never asked."""
    with Partner(fault, estate=estate) as partner:
        settings: dict[str, Any] = {
            "connect_to": tuple(map(parse_connect_to, partner.connect_to)),
            "resolver": partner.resolver,
            "family": 4,
            "aia": False,
            "timeout": 20.0,
            **changes,
        }
        return asyncio.run(collector.collect(target.parse(text), Settings(**settings)))


def hosts(observation: Observation) -> list[tuple[EndpointKind, str]]:
    return list(dict.fromkeys((c.endpoint.kind, c.endpoint.host) for c in observation.connections))


def steps(observation: Observation, name: str) -> list[DiscoveryStep]:
    return [step for step in observation.steps if step.step == name]


def asked(observation: Observation) -> list[tuple[str, str]]:
    """(URL, outcome) of the cmdlet's steps, in order."""
    names = ("GetFederationInformation", "http redirect")
    return [(step.url, step.outcome) for step in observation.steps if step.step in names]


def test_the_first_step_that_succeeds_counts_and_every_step_is_on_record() -> None:
    observation = discover(Estate())
    assert hosts(observation) == [(EWS, HOST), (AUTODISCOVER, AUTODISCOVER_HOST)]
    (first, *others) = asked(observation)
    assert first == (f"https://{AUTODISCOVER_HOST}{SVC}", "found")
    assert [url for url, _ in others] == [
        f"https://{DOMAIN}{SVC}",
        f"http://{AUTODISCOVER_HOST}/autodiscover/autodiscover.xml",
        f"http://{DOMAIN}/autodiscover/autodiscover.xml",
    ]
    assert {outcome for _, outcome in others} <= {"skipped", "nothing"}


def test_what_the_partner_says_of_its_federation() -> None:
    information = discover(Estate()).federation
    assert information is not None
    assert information.application_uri == f"FYDIBOHF25SPDLT.{DOMAIN}"
    assert information.domains == (DOMAIN,)
    assert [issuer.uri for issuer in information.token_issuers] == ["urn:federation:MicrosoftOnline"]
    assert (information.error_code, information.malformed) == ("NoError", None)
    assert information.server_version == "15.2.1748.39"


def test_a_website_under_the_first_name_gives_way_to_exchange_under_the_second() -> None:
    observation = discover(Estate(websites=frozenset({AUTODISCOVER_HOST})))
    assert {host for kind, host in hosts(observation) if kind is AUTODISCOVER} == {DOMAIN}
    assert asked(observation)[:2] == [
        (f"https://{AUTODISCOVER_HOST}{SVC}", "failed"),
        (f"https://{DOMAIN}{SVC}", "found"),
    ]


@pytest.mark.parametrize(
    "name", [pytest.param(AUTODISCOVER_HOST, id="third-step"), pytest.param(DOMAIN, id="fourth-step")]
)
def test_an_http_redirect_leads_to_the_host_that_it_names(name: str) -> None:
    location = f"https://{HOST}:8443/AutoDiscover/Autodiscover.XML"
    estate = Estate(websites=frozenset({AUTODISCOVER_HOST, DOMAIN}), http={name: redirect(location)})
    observation = discover(estate)
    assert hosts(observation) == [(EWS, HOST), (AUTODISCOVER, HOST)]
    assert (f"http://{name}/autodiscover/autodiscover.xml", "found") in asked(observation)
    assert asked(observation)[-1 if name == DOMAIN else -2] == (f"https://{HOST}{SVC}", "found")
    (found_by,) = {c.endpoint.found_by for c in observation.connections if c.endpoint.kind is AUTODISCOVER}
    assert found_by == f"{INSECURE}http://{name}/autodiscover/autodiscover.xml"


@pytest.mark.parametrize(
    "location",
    [
        pytest.param("/autodiscover/autodiscover.xml", id="relative"),
        pytest.param("ftp://mail.partner.lab/", id="another-scheme"),
        pytest.param(f"http://{HOST}/autodiscover/autodiscover.xml", id="http"),
        pytest.param(f"https://{HOST}/", id="another-path"),
        pytest.param(f"https://{HOST}/autodiscover/autodiscover.xml?x=1", id="query"),
        pytest.param("https://mail partner lab/", id="no-host"),
        pytest.param("https://[", id="no-url"),
    ],
)
def test_an_http_redirect_without_a_host_leads_nowhere(location: str) -> None:
    estate = Estate(websites=frozenset({AUTODISCOVER_HOST, DOMAIN}), http={DOMAIN: redirect(location)})
    observation = discover(estate)
    assert asked(observation)[-1] == (f"http://{DOMAIN}/autodiscover/autodiscover.xml", "nothing")
    assert observation.federation is not None
    assert observation.federation.malformed == "HTTP status 404 Not Found"


@pytest.mark.parametrize("status", [301, 303, 307])
def test_over_http_only_302_leads_anywhere(status: int) -> None:
    location = f"https://{HOST}/autodiscover/autodiscover.xml"
    estate = Estate(
        websites=frozenset({AUTODISCOVER_HOST, DOMAIN}),
        http={DOMAIN: dataclasses.replace(redirect(location), status=status)},
    )
    assert asked(discover(estate))[-1] == (f"http://{DOMAIN}/autodiscover/autodiscover.xml", "nothing")


def test_an_error_that_was_read_ends_the_search_and_what_was_not_read_does_not() -> None:
    names = (f"https://{AUTODISCOVER_HOST}{SVC}", f"https://{DOMAIN}{SVC}")
    for answer, second in (("not-federated", "skipped"), ("unknown-code", "found"), ("fault", "found")):
        observation = discover(Estate(federation=answer, federated=frozenset({DOMAIN})))
        assert asked(observation)[:2] == [(names[0], "failed"), (names[1], second)]
        information = observation.federation
        assert information is not None
        assert (information.url in names[:1]) is (second == "skipped")


@pytest.mark.parametrize(
    ("fault", "estate", "host"),
    [
        pytest.param(
            "common-name-only",
            Estate(http={DOMAIN: redirect(f"https://{HOST}/autodiscover/autodiscover.xml")}),
            HOST,
            id="wrong-names-give-way-to-a-redirect",
        ),
        pytest.param("common-name-only", Estate(), AUTODISCOVER_HOST, id="wrong-names-alone"),
        pytest.param(
            "healthy",
            Estate(http={DOMAIN: redirect(f"https://{HOST}/autodiscover/autodiscover.xml")}),
            AUTODISCOVER_HOST,
            id="a-right-name-first",
        ),
        pytest.param(
            "healthy",
            Estate(
                websites=frozenset({AUTODISCOVER_HOST}),
                http={AUTODISCOVER_HOST: redirect(f"https://{HOST}/autodiscover/autodiscover.xml")},
            ),
            HOST,
            id="a-wrong-name-gives-way-to-a-later-redirect",
        ),
    ],
)
def test_what_the_cmdlet_asks_about_comes_last(fault: str, estate: Estate, host: str) -> None:
    observation = discover(estate, fault=fault)
    assert {found for kind, found in hosts(observation) if kind is AUTODISCOVER} == {host}


def test_a_redirected_call_is_followed_to_the_host_named() -> None:
    estate = Estate(moved={AUTODISCOVER_HOST: f"https://{HOST}/somewhere/else"})
    observation = discover(estate)
    assert asked(observation)[:2] == [
        (f"https://{AUTODISCOVER_HOST}{SVC}", "failed"),
        (f"https://{HOST}{SVC}", "found"),
    ]
    assert hosts(observation) == [(EWS, HOST), (AUTODISCOVER, HOST)]


def test_a_redirected_call_is_followed_five_times(monkeypatch: pytest.MonkeyPatch) -> None:
    explore = AutodiscoverHost.explore

    async def later(self: AutodiscoverHost) -> None:
        """The endpoints are slower than the redirect."""
        while self.information is None:
            await asyncio.sleep(0.01)
        await explore(self)

    monkeypatch.setattr(AutodiscoverHost, "explore", later)
    estate = Estate(moved={AUTODISCOVER_HOST: f"https://{AUTODISCOVER_HOST}/"}, websites=frozenset({DOMAIN}))
    observation = discover(estate)
    calls = [url for url, _ in asked(observation) if url == f"https://{AUTODISCOVER_HOST}{SVC}"]
    assert len(calls) == 6
    # The last host's endpoints are looked at, however quickly its redirect comes.
    assert hosts(observation) == [(EWS, HOST), (AUTODISCOVER, AUTODISCOVER_HOST)]


@pytest.mark.parametrize("location", ["http://mail.partner.lab/", "/relative"])
def test_a_redirect_that_is_not_absolute_https_is_not_followed(location: str) -> None:
    observation = discover(Estate(moved={AUTODISCOVER_HOST: location}))
    assert asked(observation)[:2] == [
        (f"https://{AUTODISCOVER_HOST}{SVC}", "failed"),
        (f"https://{DOMAIN}{SVC}", "found"),
    ]


def test_a_dead_candidate_is_not_waited_for_when_another_has_succeeded() -> None:
    limits = Limits(unconnected_seconds=0.05)
    observation = discover(
        Estate(dead=frozenset({AUTODISCOVER_HOST})), limits=limits, connect_timeout=15.0, timeout=15.0
    )
    assert {host for kind, host in hosts(observation) if kind is AUTODISCOVER} == {DOMAIN}
    dead = observation.steps[0]
    assert (dead.url, dead.outcome) == (f"https://{AUTODISCOVER_HOST}{SVC}", "failed")
    assert "not waited for any longer" in dead.detail


def test_a_dead_candidate_alone_is_waited_for() -> None:
    dead = frozenset({AUTODISCOVER_HOST, DOMAIN})
    observation = discover(Estate(dead=dead), limits=Limits(unconnected_seconds=0.0), connect_timeout=0.3)
    assert {outcome for _, outcome in asked(observation)} == {"failed"}
    assert "connect: timeout" in observation.steps[0].detail
    assert observation.federation is None


@pytest.mark.parametrize(
    ("answer", "code", "malformed"),
    [
        pytest.param("not-federated", "NotFederated", None, id="not-federated"),
        pytest.param("invalid-domain", "InvalidDomain", None, id="invalid-domain"),
        pytest.param("invalid-request", "InvalidRequest", None, id="invalid-request"),
        pytest.param("server-busy", "ServerBusy", None, id="server-busy"),
        pytest.param("unknown-code", "OutOfCheese", "'OutOfCheese' is none", id="unknown-code"),
        pytest.param("no-code", None, MISSING_ERROR_CODE, id="no-code"),
        pytest.param("no-uri", "NoError", "missing the ApplicationUri", id="no-uri"),
        pytest.param("nil-uri", "NoError", "missing the ApplicationUri", id="nil-uri"),
        pytest.param("bad-uri", "NoError", "is no URI", id="bad-uri"),
        pytest.param("no-domains", "NoError", MISSING_DOMAINS, id="no-domains"),
        pytest.param("other-domains", "NoError", ABSENT_DOMAIN.format(DOMAIN, "other.lab"), id="other"),
        pytest.param("no-response", None, "is no GetFederationInformation response", id="no-response"),
        pytest.param("fault", None, "HTTP status 500 Internal Server Error, SOAP fault", id="soap-fault"),
        pytest.param("no-xml", None, "is no XML", id="no-xml"),
        pytest.param("entity", None, "document type", id="document-type"),
        pytest.param("form", None, "GetFederationInformation response but html", id="login-form"),
        pytest.param("no-handler", None, "HTTP status 405 Method Not Allowed", id="handler-missing"),
        pytest.param("too-long", None, "too long", id="too-long"),
        pytest.param("unauthorized", None, "HTTP status 401 Unauthorized", id="unauthorized"),
    ],
)
def test_every_bad_answer_is_told_apart(answer: str, code: str | None, malformed: str | None) -> None:
    observation = discover(Estate(federation=answer))
    information = observation.federation
    assert information is not None
    assert information.error_code == code
    if malformed is None:
        assert information.malformed is None
    else:
        assert malformed in (information.malformed or "")
    assert asked(observation)[0][1] == "failed"
    (chosen,) = steps(observation, "choice")
    assert "succeeded nowhere; an answer shows Exchange" in chosen.detail
    assert {host for kind, host in hosts(observation) if kind is AUTODISCOVER} == {AUTODISCOVER_HOST}


def test_more_domains_and_other_token_issuers_are_reported() -> None:
    many = discover(Estate(federation="many-domains")).federation
    consumer = discover(Estate(federation="consumer-issuer")).federation
    assert many is not None
    assert consumer is not None
    assert many.domains == (DOMAIN, "second.lab")
    assert [issuer.uri for issuer in consumer.token_issuers] == ["WindowsLiveId"]


@pytest.mark.parametrize(
    ("named", "outcome", "detail"),
    [
        pytest.param("user-not-found", "nothing", "UserNotFound As the lab says.", id="user-not-found"),
        pytest.param("remote", "nothing", "elsewhere: https://outlook.office365.com", id="remote-mailbox"),
        pytest.param("no-json", "nothing", "no JSON object", id="no-json"),
        pytest.param("no-list", "nothing", "no JSON object", id="a-list"),
        pytest.param("no-url", "nothing", "HTTP status 200", id="no-url"),
        pytest.param("http-url", "failed", "which is no https URL", id="http-url"),
        pytest.param("not-there", "nothing", "HTTP status 404", id="older-exchange"),
    ],
)
def test_ews_is_assumed_where_nothing_names_it(named: str, outcome: str, detail: str) -> None:
    observation = discover(Estate(named_ews=named))
    (asking,) = steps(observation, "Autodiscover V2")
    (ews,) = steps(observation, "ews")
    assert (asking.outcome, detail in asking.detail) == (outcome, True)
    assert ews.url == f"https://{AUTODISCOVER_HOST}/ews/exchange.asmx/WSSecurity"
    assert ews.detail.startswith("assumed: ")


@pytest.mark.parametrize(
    ("text", "mailbox", "label"),
    [
        pytest.param(DOMAIN, f"fedprobe@{DOMAIN}", "asked for a neutral address", id="domain"),
        pytest.param(f"ann@{DOMAIN}", f"ann@{DOMAIN}", f"names it for ann@{DOMAIN}", id="address"),
    ],
)
def test_autodiscover_v2_names_ews_for_the_mailbox(text: str, mailbox: str, label: str) -> None:
    observation = discover(Estate(), text)
    (asking,) = steps(observation, "Autodiscover V2")
    assert f"Email={mailbox}&Protocol=EWS" in asking.url
    labels = {c.endpoint.found_by for c in observation.connections if c.endpoint.kind is EWS}
    assert len(labels) == 1
    assert label in labels.pop()


def test_ews_named_on_the_autodiscover_host_is_looked_at_once() -> None:
    with Partner("healthy") as partner:
        observation = discover(
            Estate(names=(HOST,), named_ews="user-not-found"),
            autodiscover_url=f"https://{HOST}/autodiscover/autodiscover.xml",
        )
    assert partner.host == HOST
    assert hosts(observation) == [(AUTODISCOVER, HOST), (EWS, HOST)]
    assert len([c for c in observation.connections if c.endpoint.kind is EWS]) == 1


def test_dns_is_not_asked_when_addresses_are_given() -> None:
    (record,) = steps(discover(Estate()), "SRV")
    assert (record.outcome, record.url) == ("skipped", f"_autodiscover._tcp.{DOMAIN}")
    assert "DNS is not asked" in record.detail


def test_what_outlook_would_find_is_information() -> None:
    website = discover(Estate(websites=frozenset({AUTODISCOVER_HOST})))
    (outlook,) = steps(website, "Outlook")
    assert outlook.url == f"https://{DOMAIN}/autodiscover/autodiscover.xml"
    nowhere = discover(Estate(names=()))
    assert [step.outcome for step in steps(nowhere, "Outlook")] == ["nothing"]
    assert {outcome for _, outcome in asked(nowhere)} == {"nothing"}


@pytest.mark.parametrize("host", ["169.254.169.254", "224.0.0.1"], ids=["link-local", "multicast"])
def test_an_answer_does_not_steer_the_prober_next_door(host: str) -> None:
    """Nothing is sent there: the address is refused before anything connects."""
    observation = discover(Estate(named_ews=host))
    (ews,) = (c for c in observation.connections if c.endpoint.kind is EWS)
    assert ews.endpoint.host == host
    assert ews.failure is not None
    assert "not connected to" in ews.failure.detail
    assert (ews.address, ews.timings.connect) == (None, None)


def test_a_redirect_does_not_steer_the_prober_next_door() -> None:
    estate = Estate(moved={AUTODISCOVER_HOST: "https://169.254.169.254/latest"}, websites=frozenset({DOMAIN}))
    observation = discover(estate)
    steered = [step for step in observation.steps if "169.254.169.254" in step.url]
    assert [step.outcome for step in steered if step.step == "GetFederationInformation"] == ["failed"]
    assert "not connected to" in steered[0].detail


def test_both_urls_given_are_looked_at_and_the_winner_is_said() -> None:
    observation = discover(
        Estate(),
        ews_url=f"https://{HOST}/ews/exchange.asmx",
        autodiscover_url=f"https://{HOST}{SVC}",
    )
    assert hosts(observation) == [(EWS, HOST), (AUTODISCOVER, HOST)]
    (skipped,) = steps(observation, "autodiscover")
    assert "asks no Autodiscover when TargetSharingEpr is set" in skipped.detail
