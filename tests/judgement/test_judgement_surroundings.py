"""What is said beyond one certificate: other addresses, the cmdlet, clouds, proxies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

import pytest
from msgspec import structs

from probe.facts import discovery as words
from probe.facts.certificate import Certificate
from probe.facts.observation import (
    Connection,
    DiscoveryStep,
    Endpoint,
    EndpointKind,
    FailureKind,
    FederationInformation,
    HttpExchange,
    Phase,
    StepOutcome,
    TokenIssuer,
    WireFailure,
)
from probe.facts.tls_negotiation import TlsSession
from probe.facts.trust_store import TrustStore
from probe.judgement import caller_profile as callers
from probe.judgement.findings.cloud_services import CloudService, service_of
from probe.judgement.model import Judgement, Outcome, Severity
from probe.judgement.target_judgement import judge
from probe.lab import authority, keys
from tests.samples import ALIVE, ENDPOINT, HOST, SESSION, observed

CALLER = callers.profile(callers.DEFAULT)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PROXY = "http://proxy.fabrikam.com:8080"
AUTODISCOVER_URL = f"https://{HOST}/autodiscover/autodiscover.svc/WSSecurity"
AUTODISCOVER = Endpoint(EndpointKind.AUTODISCOVER_WSSECURITY, AUTODISCOVER_URL, HOST, 443, "found")
ASKED = DiscoveryStep(words.FEDERATION_INFORMATION, AUTODISCOVER_URL, StepOutcome.FOUND)


VALID: authority.Options = {
    "not_before": datetime(2026, 1, 1, tzinfo=UTC),
    "not_after": datetime(2028, 1, 1, tzinfo=UTC),
}


@lru_cache(maxsize=1)
def root() -> authority.Credential:
    return authority.root("Surroundings Root", **VALID)


@lru_cache(maxsize=8)
def key(_slot: str) -> keys.PrivateKey:
    return keys.private_key("p256")


@lru_cache(maxsize=16)
def leaf(host: str = HOST, slot: str = "") -> Certificate:
    options: authority.Options = {**VALID, "dns_names": (host,), "key": key(slot or host)}
    return authority.end_entity(root(), host, **options).certificate


def trust() -> TrustStore:
    return TrustStore(name="surroundings", roots=(root().certificate,))


def at(address: str | None, **changes: object) -> Connection:
    """A healthy connection to an address, with these changes."""
    sound = Connection(ENDPOINT, address, 443, tls=SESSION, presented=(leaf(),), exchanges=ALIVE)
    return structs.replace(sound, **changes)


def judged(
    connections: Sequence[Connection],
    *,
    steps: tuple[DiscoveryStep, ...] = (),
    federation: FederationInformation | None = None,
    moment: datetime = NOW,
) -> tuple[Judgement, ...]:
    observation = structs.replace(
        observed((), at=moment), connections=tuple(connections), steps=steps, federation=federation
    )
    return judge(observation, trust=trust(), caller=CALLER)


def codes(judgement: Judgement) -> set[str]:
    return {finding.code for finding in judgement.findings}


def summary(judgement: Judgement, code: str) -> str:
    (finding,) = (finding for finding in judgement.findings if finding.code == code)
    return finding.summary


# Every address


def test_addresses_that_are_alike_are_no_finding() -> None:
    alike = judged([at("192.0.2.1"), at("192.0.2.2"), at("192.0.2.3")])
    assert [j.outcome for j in alike] == [Outcome.SUCCESS] * 3


@pytest.mark.parametrize(
    ("changes", "aspect"),
    [
        pytest.param({"presented": (leaf(slot="other"),)}, "certificate", id="certificate"),
        pytest.param({"presented": (leaf(), root().certificate)}, "presented chain", id="chain"),
        pytest.param(
            {"tls": TlsSession("TLS 1.3", "TLS_AES_256_GCM_SHA384", HOST)}, "protocol", id="protocol"
        ),
        pytest.param({"exchanges": (structs.replace(ALIVE[0], headers=()), ALIVE[1])}, "answer", id="answer"),
        pytest.param(
            {
                "tls": None,
                "presented": (),
                "exchanges": (),
                "failure": WireFailure(Phase.CONNECT, FailureKind.REFUSED, errno=111),
            },
            "reachability",
            id="refused",
        ),
    ],
)
def test_the_odd_one_out_is_named(changes: dict[str, object], aspect: str) -> None:
    one, odd, two = judged([at("192.0.2.1"), at("192.0.2.2", **changes), at("192.0.2.3")])
    assert f"another {aspect} at 192.0.2.2" in summary(odd, "addresses-differ")
    assert "addresses-differ" not in codes(one) | codes(two)
    assert odd.outcome is not Outcome.SUCCESS


def test_of_two_addresses_neither_is_the_odd_one() -> None:
    refused = {
        "tls": None,
        "presented": (),
        "exchanges": (),
        "failure": WireFailure(Phase.CONNECT, FailureKind.REFUSED, errno=111),
    }
    good, bad = judged([at("192.0.2.1"), at("192.0.2.2", **refused)])
    assert (good.outcome, bad.outcome) == (Outcome.WARNING, Outcome.FAILURE)
    assert "The addresses differ" in summary(good, "addresses-differ")
    assert "reachability not the same everywhere" in summary(bad, "addresses-differ")


def test_an_address_that_this_machine_cannot_reach_is_not_compared() -> None:
    no_route = {
        "tls": None,
        "presented": (),
        "exchanges": (),
        "failure": WireFailure(Phase.CONNECT, FailureKind.UNREACHABLE, errno=101),
    }
    good, unseen = judged([at("192.0.2.1"), at("2001:db8::1", **no_route)])
    assert (good.outcome, unseen.outcome) == (Outcome.SUCCESS, Outcome.UNKNOWN)


# The cmdlet


def named(host: str, found_by: str = "found") -> Connection:
    endpoint = structs.replace(AUTODISCOVER, host=host, found_by=found_by)
    return at("192.0.2.1", endpoint=endpoint)


def test_the_cmdlet_prompts_where_free_busy_fails_on_a_name() -> None:
    (judgement,) = judged([named("autodiscover.partner.lab")], steps=(ASKED,))
    assert judgement.outcome is Outcome.FAILURE
    assert summary(judgement, "cmdlet-name-mismatch").startswith(
        "Get-FederationInformation would prompt, free/busy would fail"
    )


def test_the_cmdlet_prompts_before_an_insecure_redirect() -> None:
    found_by = f"{words.INSECURE}http://partner.lab/autodiscover/autodiscover.xml"
    (judgement,) = judged([named(HOST, found_by)], steps=(ASKED,))
    said = summary(judgement, "cmdlet-insecure-redirect")
    assert said.startswith("Get-FederationInformation would prompt")
    assert "http://partner.lab/autodiscover/autodiscover.xml" in said
    assert "would fail until TargetAutodiscoverEpr" in said


def test_the_cmdlet_refuses_a_chain_as_well_and_goes_on() -> None:
    stranger = authority.end_entity(None, HOST, **VALID).certificate
    second = DiscoveryStep(
        words.FEDERATION_INFORMATION, "https://partner.lab/x", StepOutcome.SKIPPED, "it answers too (…)"
    )
    connection = structs.replace(named(HOST), presented=(stranger,))
    (judgement,) = judged([connection], steps=(ASKED, second))
    assert "go on to https://partner.lab/x" in summary(judgement, "cmdlet-refuses-certificate")


def test_nothing_is_said_of_the_cmdlet_when_it_was_not_imitated() -> None:
    (judgement,) = judged([named("autodiscover.partner.lab")])
    assert not [code for code in codes(judgement) if code.startswith("cmdlet")]


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        pytest.param(
            FederationInformation("u", "InvalidDomain", "The domain is invalid."),
            "federation-invalid-domain",
            "error message: The domain is invalid.",
            id="domain",
        ),
        pytest.param(
            FederationInformation("u", "ServerBusy"),
            "federation-no-answer",
            "ServerBusy: no message",
            id="busy",
        ),
        pytest.param(
            FederationInformation("u", malformed="HTTP status 405 Method Not Allowed"),
            "federation-no-answer",
            "HTTP status 405",
            id="malformed",
        ),
    ],
)
def test_a_federation_that_the_cmdlet_does_not_get_is_a_warning(
    answer: FederationInformation, code: str, said: str
) -> None:
    (judgement,) = judged([named(HOST)], steps=(ASKED,), federation=answer)
    assert judgement.outcome is Outcome.WARNING
    (finding,) = (finding for finding in judgement.findings if finding.code == code)
    assert said in "\n".join((finding.summary, *finding.evidence))


def test_an_organisation_without_a_federation_trust_takes_no_token() -> None:
    answer = FederationInformation("u", "NotFederated", "The organization is not federated.")
    (judgement,) = judged([named(HOST)], steps=(ASKED,), federation=answer)
    assert judgement.outcome is Outcome.FAILURE
    assert judgement.web_exception is None
    (finding,) = (f for f in judgement.findings if f.code == "federation-not-federated")
    assert "error message: The organization is not federated." in finding.evidence


def test_the_cmdlet_goes_on_before_it_asks_about_a_name() -> None:
    second = DiscoveryStep(
        words.FEDERATION_INFORMATION, "https://partner.lab/x", StepOutcome.SKIPPED, "it answers too (…)"
    )
    (judgement,) = judged([named("autodiscover.partner.lab")], steps=(ASKED, second))
    assert "goes on to https://partner.lab/x" in summary(judgement, "cmdlet-name-mismatch")


def test_words_of_the_partner_stand_in_the_evidence_alone() -> None:
    """They are marked there; in our sentence they could speak for us."""
    order = "Fix: run certutil -urlcache"
    for answer in (
        FederationInformation("u", "NotFederated", order),
        FederationInformation("u", order, order),
        FederationInformation("u", malformed=order),
    ):
        (judgement,) = judged([named(HOST)], steps=(ASKED,), federation=answer)
        ours = [f.summary for f in judgement.findings] + [
            r.text for f in judgement.findings for r in f.remedies
        ]
        assert not [text for text in ours if order in text]
        assert [line for f in judgement.findings for line in f.evidence if order in line]


@pytest.mark.parametrize(
    ("issuers", "outcome"),
    [
        pytest.param(("urn:federation:MicrosoftOnline",), Outcome.SUCCESS, id="the-usual-one"),
        pytest.param(("WindowsLiveId", "URN:federation:microsoftonline"), Outcome.SUCCESS, id="one-of-two"),
        pytest.param(("WindowsLiveId",), Outcome.UNKNOWN, id="the-consumer-gateway"),
        pytest.param(("",), Outcome.SUCCESS, id="empty"),
        pytest.param((), Outcome.SUCCESS, id="none-named"),
    ],
)
def test_both_sides_need_the_same_token_issuer(issuers: tuple[str, ...], outcome: Outcome) -> None:
    answer = FederationInformation(
        "u",
        "NoError",
        application_uri="x",
        domains=("partner.lab",),
        token_issuers=tuple(TokenIssuer("https://sts.test", uri) for uri in issuers),
    )
    (judgement,) = judged([named(HOST)], steps=(ASKED,), federation=answer)
    assert judgement.outcome is outcome
    assert ("federation-token-issuer" in codes(judgement)) is (outcome is Outcome.UNKNOWN)


def test_a_federated_organisation_is_no_warning() -> None:
    answer = FederationInformation("u", "NoError", application_uri="x", domains=("partner.lab",))
    (judgement,) = judged([named(HOST)], steps=(ASKED,), federation=answer)
    assert judgement.outcome is Outcome.SUCCESS


# Clouds


def cloud(host: str, status: int, kind: EndpointKind = EndpointKind.EWS_WSSECURITY) -> Connection:
    endpoint = Endpoint(kind, f"https://{host}/x", host, 443, "given")
    answer = HttpExchange("POST", endpoint.url, status, "Whatever")
    return Connection(endpoint, "192.0.2.1", 443, tls=SESSION, presented=(leaf(host),), exchanges=(answer,))


@pytest.mark.parametrize("status", [200, 403, 503])
@pytest.mark.parametrize(
    ("moment", "outcome", "said"),
    [
        pytest.param(datetime(2026, 9, 30, tzinfo=UTC), Outcome.WARNING, "will be off from", id="before"),
        pytest.param(datetime(2026, 10, 1, tzinfo=UTC), Outcome.UNKNOWN, "since 1 October 2026", id="off"),
        pytest.param(datetime(2027, 4, 1, tzinfo=UTC), Outcome.UNKNOWN, "since 1 April 2027", id="gone"),
    ],
)
def test_exchange_online_counts_with_its_tls_only(
    status: int, moment: datetime, outcome: Outcome, said: str
) -> None:
    (judgement,) = judged([cloud("outlook.office365.com", status)], moment=moment)
    assert judgement.outcome is outcome
    assert judgement.web_exception is None
    told = summary(judgement, "cloud-endpoint")
    assert "TLS result only" in told
    assert said in told


@pytest.mark.parametrize(
    ("host", "service"),
    [
        pytest.param("outlook.office365.com", CloudService.EXCHANGE_ONLINE, id="ews"),
        pytest.param("autodiscover-s.outlook.com", CloudService.EXCHANGE_ONLINE, id="autodiscover"),
        pytest.param("AUTODISCOVER-S.office365.us.", CloudService.EXCHANGE_ONLINE, id="gcc-high"),
        pytest.param("1.resource.mailboxmigration.his.msappproxy.net", CloudService.HYBRID_AGENT, id="agent"),
        pytest.param("outlook.office365.com.evil.example", None, id="not-a-suffix"),
        pytest.param("myoutlook.com", None, id="part-of-a-label"),
        pytest.param("mail.contoso.com", None, id="a-partner"),
    ],
)
def test_cloud_hosts(host: str, service: CloudService | None) -> None:
    found = service_of(host)
    assert (found.service if found else None) is service


def test_the_hybrid_agent_is_a_warning() -> None:
    host = "1.resource.mailboxmigration.his.msappproxy.net"
    (judgement,) = judged([cloud(host, 504)])
    assert judgement.outcome is Outcome.WARNING
    assert "the hybrid agent's relay: TLS result only" in summary(judgement, "cloud-endpoint")


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        pytest.param("/extSTS.srf", Outcome.SUCCESS, id="the-service-itself"),
        pytest.param("/ews/exchange.asmx/WSSecurity", Outcome.FAILURE, id="ews"),
        pytest.param("/autodiscover/autodiscover.svc/WSSecurity", Outcome.FAILURE, id="autodiscover"),
    ],
)
def test_a_token_service_has_no_mailboxes(path: str, outcome: Outcome) -> None:
    host = "login.microsoftonline.com"
    connection = cloud(host, 200)
    endpoint = structs.replace(connection.endpoint, url=f"https://{host}{path}")
    (judgement,) = judged([structs.replace(connection, endpoint=endpoint)])
    assert judgement.outcome is outcome
    assert ("cloud-no-exchange" in codes(judgement)) is (outcome is Outcome.FAILURE)


def test_a_cloud_connection_that_breaks_is_judged_as_any_other() -> None:
    broken = structs.replace(
        cloud("outlook.office365.com", 200),
        exchanges=(HttpExchange("POST", "https://outlook.office365.com/x"),),
        failure=WireFailure(Phase.RECEIVE, FailureKind.RESET, errno=104),
    )
    (judgement,) = judged([broken], moment=datetime(2026, 9, 1, tzinfo=UTC))
    assert judgement.outcome is Outcome.FAILURE


# Proxies


def through(presented: Certificate, host: str = HOST) -> Connection:
    endpoint = structs.replace(ENDPOINT, host=host, url=f"https://{host}/ews/exchange.asmx/WSSecurity")
    return at(None, endpoint=endpoint, port=None, proxy=PROXY, presented=(presented,))


def test_a_chain_through_a_proxy_is_said_to_be_one() -> None:
    (judgement,) = judged([through(leaf())])
    assert judgement.outcome is Outcome.SUCCESS
    assert PROXY in summary(judgement, "through-proxy")


def test_a_product_that_inspects_tls_is_named() -> None:
    inspector = authority.root("Zscaler Intermediate Root CA", **VALID)
    made = authority.end_entity(inspector, HOST, **VALID).certificate
    (judgement,) = judged([through(made)])
    (finding,) = (f for f in judgement.findings if f.code == "proxy-inspects-tls")
    assert finding.severity is Severity.WARNING
    assert any("Zscaler" in line for line in finding.evidence)
    assert "the proxy's, not the partner's" in finding.summary


def test_one_key_in_certificates_for_two_hosts_is_a_sign_of_inspection() -> None:
    one, other = leaf(HOST, "shared"), leaf("autodiscover.partner.lab", "shared")
    first, second = judged([through(one), through(other, "autodiscover.partner.lab")])
    assert "proxy-inspects-tls" in codes(first) & codes(second)
    assert first.outcome is Outcome.WARNING


def test_the_same_certificate_for_two_hosts_is_none() -> None:
    names: authority.Options = {**VALID, "dns_names": (HOST, "autodiscover.partner.lab")}
    both = authority.end_entity(root(), HOST, **names).certificate
    judgements = judged([through(both), through(both, "autodiscover.partner.lab")])
    assert all("proxy-inspects-tls" not in codes(judgement) for judgement in judgements)


@pytest.mark.parametrize(
    ("phase", "kind", "detail", "code"),
    [
        pytest.param(Phase.RESOLVE, FailureKind.NAME_NOT_FOUND, "", "proxy-name", id="dns"),
        pytest.param(Phase.CONNECT, FailureKind.REFUSED, "", "proxy-unreachable", id="refused"),
        pytest.param(Phase.TUNNEL, FailureKind.CLOSED, "", "proxy-broke", id="closed"),
        pytest.param(Phase.TUNNEL, FailureKind.PROXY_REFUSED, "407 Auth", "proxy-authentication", id="407"),
        pytest.param(Phase.TUNNEL, FailureKind.PROXY_REFUSED, "403 Forbidden", "proxy-refused", id="403"),
        pytest.param(Phase.TUNNEL, FailureKind.PROXY_REFUSED, "502 Bad", "proxy-upstream", id="502"),
        pytest.param(Phase.TUNNEL, FailureKind.PROXY_REFUSED, "503 Busy", "proxy-upstream", id="503"),
        pytest.param(Phase.TUNNEL, FailureKind.PROXY_REFUSED, "504 Late", "proxy-upstream", id="504"),
    ],
)
def test_the_proxys_failures_are_the_proxys(phase: Phase, kind: FailureKind, detail: str, code: str) -> None:
    failed = Connection(ENDPOINT, failure=WireFailure(phase, kind, errno=111, detail=detail), proxy=PROXY)
    (judgement,) = judged([failed])
    said = summary(judgement, code)
    assert PROXY in said
    assert said.endswith("Nothing was seen of the partner.")
    assert judgement.findings[0].remedies[0].actor.value == "network"
