"""Values of one server beside its protocols: what it downloads, which checks it leaves out, its way.

Each row sets one value, and the verdict of the same facts is another one than with Windows' default.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from msgspec.structs import replace

from probe.facts.certificate import Extension
from probe.facts.observation import (
    FailureKind,
    Observation,
    Phase,
    Retrieval,
    RetrievalKind,
    RetrievalOutcome,
    WireFailure,
)
from probe.facts.server_settings import CHAIN_ENGINE_VALUES, ServerSettings
from probe.facts.trust_store import TrustStore
from probe.judgement.caller_profile import profile
from probe.judgement.model import Actor, Judgement, Outcome, Severity
from probe.judgement.own_server import caller_of
from probe.judgement.target_judgement import judge
from probe.lab import authority
from probe.lab.authority import Credential
from tests.judgement import test_judgement_own_server
from tests.judgement.judging import NOW, certificates
from tests.judgement.test_judgement_own_server import EX2016
from tests.samples import HOST, SESSION, observed

SUCCESS, WARNING, FAILURE, UNKNOWN = (Outcome(name) for name in ("success", "warning", "failure", "unknown"))
SERVER = replace(
    EX2016, dotnet={"v4.0.30319": {"SystemDefaultTlsVersions": 1}}, cipher_suites=(SESSION.cipher,)
)
ROOT = authority.root()
TRUST = TrustStore("ours", (ROOT.certificate,))
POLICY = authority.intermediate(ROOT, "Lab Policy CA")
ISSUING = authority.intermediate(
    POLICY,
    "Lab Issuing CA",
    aia_urls=("http://pki.partner.lab/dead.cer", "http://pki.partner.lab/policy.cer"),
)
LEAF = authority.end_entity(ISSUING, HOST, aia_urls=("http://pki.partner.lab/issuing.cer",))


def _download(asking: Credential, url: str, *brought: Credential, **changes: Any) -> Retrieval:
    made = Retrieval(
        RetrievalKind.ISSUER,
        f"http://pki.partner.lab/{url}.cer",
        asking.certificate.sha256,
        RetrievalOutcome.FETCHED,
        certificates=certificates(brought),
        elapsed_ms=900.0,
    )
    return replace(made, **changes)


DEAD = _download(ISSUING, "dead", outcome=RetrievalOutcome.FAILED, detail="HTTP status 404", elapsed_ms=5.0)
BROUGHT = (_download(LEAF, "issuing", ISSUING), DEAD, _download(ISSUING, "policy", POLICY))
GIVEN_UP = (
    *BROUGHT[:2],
    _download(ISSUING, "policy", outcome=RetrievalOutcome.REFUSED, detail="more than 100000 bytes"),
)


def _judged(observation: Observation, **changes: Any) -> Judgement:
    (judgement,) = judge(observation, trust=TRUST, caller=caller_of(replace(SERVER, **changes)))
    return judgement


def _without_issuers(downloads: tuple[Retrieval, ...]) -> Observation:
    return replace(observed(certificates((LEAF,)), at=NOW), retrievals=downloads)


LIMITS = [
    pytest.param(BROUGHT, {}, WARNING, "", id="none"),
    pytest.param(BROUGHT, {"MaxAIAUrlRetrievalByteCount": 0}, WARNING, "", id="zero-is-the-default"),
    pytest.param(BROUGHT, {"MaxAIAUrlRetrievalByteCount": 200}, FAILURE, "ByteCount is 200", id="bytes"),
    pytest.param(
        (_download(LEAF, "issuing", ISSUING, POLICY),),
        {"MaxAIAUrlRetrievalCertCount": 1},
        FAILURE,
        "CertCount is 1",
        id="certificates",
    ),
    pytest.param(BROUGHT, {"MaxAIAUrlCountInCert": 1}, UNKNOWN, "is address 2", id="addresses"),
    pytest.param(BROUGHT, {"MaxAIAUrlRetrievalCountPerChain": 2}, UNKNOWN, "is download 3", id="downloads"),
    pytest.param(BROUGHT, {"MaxAIAUrlRetrievalCountPerChain": 3}, WARNING, "", id="downloads-enough"),
    pytest.param(
        BROUGHT, {"ChainUrlRetrievalTimeoutMilliseconds": 500}, UNKNOWN, "took 900 ms", id="milliseconds"
    ),
    pytest.param(GIVEN_UP, {}, FAILURE, "", id="given-up-here-and-there"),
    pytest.param(
        GIVEN_UP, {"MaxAIAUrlRetrievalByteCount": 200_000}, UNKNOWN, "given up here", id="given-up-only-here"
    ),
]


@pytest.mark.parametrize(("downloads", "values", "outcome", "said"), LIMITS)
def test_the_limits_of_issuer_downloads_are_the_servers(
    downloads: tuple[Retrieval, ...], values: dict[str, int], outcome: Outcome, said: str
) -> None:
    """[validation 4.1.4], [validation 4.6.8]."""
    judgement = _judged(_without_issuers(downloads), chain_engine=values)
    assert judgement.outcome is outcome
    assert any(said in finding.summary for finding in judgement.findings)


def test_a_chain_that_is_refused_with_a_doubtful_download_too_is_refused() -> None:
    stranger = authority.intermediate(authority.root("Stranger"), "Lab Issuing CA", key=ISSUING.key)
    downloads = (_download(LEAF, "issuing", stranger, elapsed_ms=900.0),)
    judgement = _judged(
        _without_issuers(downloads), chain_engine={"ChainUrlRetrievalTimeoutMilliseconds": 500}
    )
    assert judgement.outcome is FAILURE


def test_what_the_partner_sends_needs_no_download() -> None:
    observation = replace(observed(certificates((LEAF, ISSUING, POLICY)), at=NOW), retrievals=BROUGHT)
    assert _judged(observation, chain_engine={"MaxAIAUrlCountInCert": 1}).outcome is SUCCESS


CRITICAL = authority.end_entity(ROOT, HOST, extensions=(Extension("1.2.3.4", True, b"\x05\x00"),))
NO_CA = authority.intermediate(ROOT, "Lab Issuing CA", ca=None)
NARROW = authority.intermediate(ROOT, "Lab Issuing CA", permitted_dns=("other.lab",))
CHECKS = [
    pytest.param((CRITICAL,), "DisableUnsupportedCriticalExtensions", id="critical-extension"),
    pytest.param(
        (authority.end_entity(NO_CA, HOST), NO_CA), "DisableMandatoryBasicConstraints", id="basic-constraints"
    ),
    pytest.param(
        (authority.end_entity(NARROW, HOST), NARROW), "DisableCANameConstraints", id="name-constraints"
    ),
]


@pytest.mark.parametrize(("chain", "value"), CHECKS)
def test_a_check_that_is_left_out_makes_a_fault_a_doubt(chain: tuple[Credential, ...], value: str) -> None:
    observation = observed(certificates(chain), at=NOW)
    assert _judged(observation).outcome is FAILURE
    assert _judged(observation, chain_engine={value: 0}).outcome is FAILURE
    doubtful = _judged(observation, chain_engine={value: 1})
    assert doubtful.outcome is UNKNOWN
    assert any("is set to leave such checks out" in finding.summary for finding in doubtful.findings)


def test_every_value_that_is_read_has_a_row() -> None:
    rows = repr([LIMITS, CHECKS, vars(test_judgement_own_server)])
    marks = [vars(test_judgement_own_server)[name] for name in vars(test_judgement_own_server)]
    rows += repr([getattr(each, "pytestmark", ()) for each in marks])
    assert [value for value in CHAIN_ENGINE_VALUES if value not in rows] == []


PROXY = "http://proxy.contoso.com:8080"
HEALTHY = observed(certificates((authority.end_entity(ROOT, HOST),)), at=NOW)


def _through(proxy: str | None, failure: WireFailure | None = None) -> Observation:
    (connection,) = HEALTHY.connections
    if failure is not None:
        connection = replace(connection, tls=None, presented=(), exchanges=(), failure=failure)
    return replace(HEALTHY, connections=(replace(connection, proxy=proxy),))


REFUSED = WireFailure(Phase.CONNECT, FailureKind.REFUSED)
TUNNEL = WireFailure(Phase.TUNNEL, FailureKind.PROXY_REFUSED, detail="403 Forbidden")
SET = {"InternetWebProxy": PROXY}


@pytest.mark.parametrize(
    ("observation", "proxies", "outcome", "said"),
    [
        pytest.param(_through(None), {}, SUCCESS, None, id="not-known"),
        pytest.param(_through(None), SET, WARNING, f"--proxy {PROXY}", id="seen-without"),
        pytest.param(_through(f"{PROXY}/"), SET, SUCCESS, None, id="seen-through-it"),
        pytest.param(
            _through("http://other:3128"), SET, WARNING, f"--proxy {PROXY}", id="seen-through-another"
        ),
        pytest.param(_through(None, REFUSED), {}, FAILURE, None, id="refused"),
        pytest.param(
            _through(None, REFUSED), SET, UNKNOWN, f"--proxy {PROXY}", id="refused-where-it-is-not-asked"
        ),
        pytest.param(
            _through(None),
            {**SET, "InternetWebProxyBypassList": f"ex01.contoso.com, {HOST.upper()}"},
            SUCCESS,
            None,
            id="bypassed",
        ),
        pytest.param(
            _through(None, REFUSED),
            {**SET, "InternetWebProxyBypassList": HOST},
            FAILURE,
            None,
            id="refused-and-bypassed",
        ),
        pytest.param(
            _through(None),
            {**SET, "InternetWebProxyBypassList": "contoso.com"},
            WARNING,
            f"--proxy {PROXY}",
            id="another-is-bypassed",
        ),
        pytest.param(
            _through(None),
            {**SET, "InternetWebProxyBypassList": "ex01.contoso.com,[a-z]+\\.partner\\.lab$"},
            SUCCESS,
            None,
            id="bypassed-by-a-pattern",
        ),
        pytest.param(
            _through(None),
            {**SET, "InternetWebProxyBypassList": "*.partner.lab"},
            WARNING,
            f"--proxy {PROXY}",
            id="a-star-is-no-pattern",
        ),
        pytest.param(
            _through(None),
            {**SET, "BypassProxyForCrossForestRequests": "1"},
            SUCCESS,
            None,
            id="all-bypassed",
        ),
        pytest.param(
            _through(None),
            {**SET, "BypassProxyForCrossForestRequests": "0"},
            WARNING,
            f"--proxy {PROXY}",
            id="none-bypassed",
        ),
        pytest.param(
            _through(PROXY, TUNNEL),
            {"BypassProxyForCrossForestRequests": "1"},
            UNKNOWN,
            "--no-proxy",
            id="a-proxy-that-it-does-not-ask",
        ),
        pytest.param(
            _through(None),
            {"InternetWebProxy": "https://proxy:8080"},
            FAILURE,
            "InternetWebProxy",
            id="https",
        ),
        pytest.param(
            _through(None), {"InternetWebProxy": "proxy:8080"}, FAILURE, "InternetWebProxy", id="no-scheme"
        ),
    ],
)
def test_the_way_is_the_servers(
    observation: Observation, proxies: dict[str, str], outcome: Outcome, said: str | None
) -> None:
    """[exchange 6.7]."""
    judgement = _judged(observation, proxies=proxies)
    assert judgement.outcome is outcome
    remedies = [r for f in judgement.findings if f.code.startswith("caller-") for r in f.remedies]
    assert (not remedies) if said is None else any(said in f"{r.text} {r.command}" for r in remedies)


def test_what_was_not_read_of_the_proxy_is_said() -> None:
    bare = replace(EX2016, exchange_organization={})
    assert caller_of(EX2016).notes == ()
    assert any("InternetWebProxy" in note for note in caller_of(bare).notes)
    known = replace(bare, proxies={"BypassProxyForCrossForestRequests": "1"})
    assert caller_of(known).notes == ()
    assert caller_of(replace(bare, proxies={"InternetWebProxy": ""})).notes == ()
    assert isinstance(bare, ServerSettings)


ELSEWHERE = "http://pki.partner.lab/issuing.cer"
NOT_ASKED = RetrievalOutcome.NOT_ASKED
SENT_ELSEWHERE = [
    pytest.param(
        ELSEWHERE, {"outcome": NOT_ASKED, "detail": "10.0.0.1 is a private address"}, UNKNOWN, id="private"
    ),
    pytest.param(ELSEWHERE, {"outcome": NOT_ASKED, "detail": "only http"}, UNKNOWN, id="redirect-to-https"),
    pytest.param(
        "ldap://ds.partner.lab/CN=I", {"outcome": NOT_ASKED}, UNKNOWN, id="directory-of-the-partner"
    ),
    pytest.param("ldap:///CN=I", {"outcome": NOT_ASKED}, FAILURE, id="directory-of-the-caller"),
    pytest.param("https://pki.partner.lab/i", {"outcome": NOT_ASKED}, FAILURE, id="https"),
    pytest.param("file://pki/i.cer", {"outcome": NOT_ASKED}, FAILURE, id="file"),
    pytest.param("ftp://pki/i.cer", {"outcome": NOT_ASKED}, FAILURE, id="ftp"),
    pytest.param(
        ELSEWHERE,
        {"certificates": certificates((ISSUING, POLICY)), "in_pem": True},
        UNKNOWN,
        id="answer-in-pem",
    ),
    pytest.param(ELSEWHERE, {"certificates": certificates((ISSUING, POLICY))}, WARNING, id="answer-in-der"),
]


@pytest.mark.parametrize(("url", "changes", "outcome"), SENT_ELSEWHERE)
def test_an_issuer_that_windows_may_get_where_nobody_asked(
    url: str, changes: dict[str, Any], outcome: Outcome
) -> None:
    """[validation 4.1.7]."""
    downloads = (replace(_download(LEAF, "issuing"), url=url, **changes),)
    assert _by_profile(downloads) is outcome
    if outcome is UNKNOWN:
        assert _by_profile(downloads, aia=False) is FAILURE
        assert _by_profile((*downloads, _download(LEAF, "issuing", ISSUING, POLICY))) is WARNING


def test_a_download_for_an_intermediate_of_the_store_counts() -> None:
    """What the store's own intermediate points at is asked as well [validation 4.1.3]."""
    trust = dataclasses.replace(TRUST, intermediates=certificates((ISSUING,)))
    assert trust.subjects_up_to_a_root == {ROOT.certificate.subject.der}
    fetched = (_download(ISSUING, "policy", POLICY),)
    in_pem = (replace(fetched[0], in_pem=True),)
    for downloads, outcome in ((), FAILURE), (fetched, WARNING), (in_pem, UNKNOWN):
        (judgement,) = judge(_without_issuers(downloads), trust=trust, caller=profile("exchange-2019"))
        assert judgement.outcome is outcome
    whole = dataclasses.replace(trust, intermediates=certificates((ISSUING, POLICY)))
    assert len(whole.subjects_up_to_a_root) == 3


def test_an_issuer_of_another_key_at_hand_may_end_the_search() -> None:
    """[validation 4.1.7]: a renewed authority keeps its name, and the store has its old certificate."""
    old = authority.intermediate(ROOT, ISSUING.certificate.subject.common_names[0])
    downloads = (_download(LEAF, "issuing", ISSUING, POLICY),)
    trust = dataclasses.replace(TRUST, intermediates=certificates((old,)))
    caller = profile("exchange-2019")
    (judgement,) = judge(_without_issuers(downloads), trust=trust, caller=caller)
    assert judgement.outcome is UNKNOWN
    assert "brings another" in judgement.findings[0].summary
    assert judgement.findings[0].remedies[0].proved
    (refused,) = judge(_without_issuers(()), trust=trust, caller=caller)
    assert refused.outcome is FAILURE


def test_downloads_count_in_whatever_order_they_ended() -> None:
    downloads = (_download(ISSUING, "policy", POLICY), _download(LEAF, "issuing", ISSUING))
    assert _by_profile(downloads) is WARNING


def test_an_issuer_in_doubt_is_asked_of_the_partner() -> None:
    in_pem = (replace(_download(LEAF, "issuing", ISSUING, POLICY), in_pem=True),)
    unseen = (_download(LEAF, "issuing", outcome=NOT_ASKED, detail="10.0.0.1 is a private address"),)
    for downloads, code, proved in (
        (in_pem, "chain-needs-download", True),
        (unseen, "chain-incomplete", False),
    ):
        (judgement,) = judge(_without_issuers(downloads), trust=TRUST, caller=profile("exchange-2019"))
        (finding,) = [f for f in judgement.findings if f.severity is not Severity.INFO]
        assert (finding.code, finding.severity) == (code, Severity.UNKNOWN)
        assert "whether the caller downloads the issuer is not known: http" in finding.summary
        assert (finding.remedies[0].actor, finding.remedies[0].proved) == (Actor.PARTNER, proved)


def _by_profile(downloads: tuple[Retrieval, ...], **changes: Any) -> Outcome:
    caller = dataclasses.replace(profile("exchange-2019"), **changes)
    (judgement,) = judge(_without_issuers(downloads), trust=TRUST, caller=caller)
    return judgement.outcome
