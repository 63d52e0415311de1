"""What could end a verdict that holds now: a download, an automatic root, an expiry, an old hash."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from msgspec import structs

from probe.facts.trust_store import RootProperties, TrustStore
from probe.judgement.caller_profile import profile
from probe.judgement.findings import prospects
from probe.judgement.model import Actor, Finding, Flip, Severity
from probe.judgement.scenario import Scenario, ask
from probe.judgement.thresholds import Threshold, Thresholds
from probe.lab import authority
from probe.lab.authority import Credential
from tests.judgement.judging import DAY, NOW, certificates

HOST = "mail.partner.lab"
AIA = "http://pki.partner.lab/issuing.cer"
CALLER = profile("exchange-se")
ROOT = authority.root()
ISSUING = authority.intermediate(ROOT)
LEAF = authority.end_entity(ISSUING, HOST, aia_urls=(AIA,), not_after=NOW + 20 * DAY)


def scenario(*presented: Credential, retrieved: tuple[Credential, ...] = ()) -> Scenario:
    trust = TrustStore("test", certificates((ROOT,)))
    return Scenario(certificates(presented), HOST, trust, CALLER, NOW, certificates(retrieved))


def expiring(
    thresholds: Thresholds, flip: datetime | None = None, at: datetime = NOW
) -> list[tuple[Severity, str]]:
    question = structs.replace(scenario(LEAF, ISSUING), at=at)
    when = None if flip is None else Flip(flip, "because")
    found = prospects.expiry_findings(question, ask(question), when, thresholds)
    return [(finding.severity, finding.summary) for finding in found]


def test_a_chain_that_is_complete_depends_on_nothing() -> None:
    question = scenario(LEAF, ISSUING)
    assert list(prospects.dependence_findings(question, ask(question))) == []


def test_a_download_names_what_is_not_sent_and_where_it_is() -> None:
    question = scenario(LEAF, retrieved=(ISSUING,))
    finding: Finding = next(iter(prospects.dependence_findings(question, ask(question))))
    assert "CN=Lab Issuing CA" in finding.summary
    assert finding.evidence == (AIA,)
    assert [(r.actor, r.proved) for r in finding.remedies] == [(Actor.PARTNER, True)]


def test_a_download_and_an_automatic_root_are_two_dependences() -> None:
    properties = ((ROOT.certificate.thumbprint, RootProperties(automatic=True)),)
    trust = TrustStore("test", certificates((ROOT,)), properties=properties)
    question = structs.replace(scenario(LEAF, retrieved=(ISSUING,)), trust=trust)
    found = list(prospects.dependence_findings(question, ask(question)))
    assert [finding.code for finding in found] == ["chain-needs-download", "chain-automatic-root"]
    assert all(r.proved for finding in found for r in finding.remedies)
    assert [len(finding.remedies) for finding in found] == [1, 1]


@pytest.mark.parametrize(
    ("thresholds", "expected"),
    [
        pytest.param(Thresholds(warning=Threshold(days=20)), [], id="not-yet"),
        pytest.param(Thresholds(warning=Threshold(days=20.01)), [Severity.WARNING], id="warning"),
        pytest.param(
            Thresholds(warning=Threshold(days=30), critical=Threshold(days=21)),
            [Severity.FAILURE],
            id="critical-alone",
        ),
        pytest.param(Thresholds(warning=Threshold(percent=25.1)), [Severity.WARNING], id="percent"),
        pytest.param(Thresholds(warning=Threshold(percent=24.9)), [], id="percent-not-yet"),
    ],
)
def test_an_expiry_within_a_threshold_is_told_once(thresholds: Thresholds, expected: list[Severity]) -> None:
    # 60 days are over, 20 are left: a quarter of the lifetime.
    assert [severity for severity, _ in expiring(thresholds)] == expected


def test_the_days_left_are_whole_days() -> None:
    ((_, summary),) = expiring(Thresholds(), at=NOW + timedelta(hours=1))
    assert "in 19 days" in summary


def test_an_expiry_that_another_path_outlives_says_so() -> None:
    end = NOW + 20 * DAY
    at_end, later = expiring(Thresholds(), end + timedelta(seconds=1)), expiring(Thresholds(), end + DAY)
    assert "another path" not in at_end[0][1]
    assert "another path stays valid then" in later[0][1]


@pytest.mark.parametrize(("digest", "expected"), [("sha1", 1), ("sha256", 0), ("sha384", 0)])
def test_an_old_hash_is_told_of_whoever_carries_it(digest: str, expected: int) -> None:
    leaf = authority.end_entity(ISSUING, HOST, hash=digest)  # type: ignore[arg-type]
    question = scenario(leaf, ISSUING)
    found = list(prospects.digest_findings(question, ask(question)))
    assert len(found) == expected
    assert all("SHA1" in finding.summary for finding in found)


@pytest.mark.parametrize(
    ("caller", "digest", "codes"),
    [
        pytest.param("exchange-2016@2012", "sha512", ["certificate-sha512-needs-update"], id="2012"),
        pytest.param("exchange-2010@2008r2", "sha512", ["certificate-sha512-needs-update"], id="2008r2"),
        pytest.param("exchange-2016@2012r2", "sha512", [], id="2012r2"),
        pytest.param("exchange-se", "sha512", [], id="2022"),
        pytest.param("exchange-2016@2012", "sha384", [], id="another-hash"),
    ],
)
def test_sha512_on_an_old_windows_is_a_note_with_the_update(
    caller: str, digest: str, codes: list[str]
) -> None:
    leaf = authority.end_entity(ISSUING, HOST, hash=digest)  # type: ignore[arg-type]
    question = structs.replace(scenario(leaf, ISSUING), caller=profile(caller))
    found = list(prospects.digest_findings(question, ask(question)))
    assert [finding.code for finding in found] == codes
    assert all(finding.severity is Severity.INFO for finding in found)
    assert all("KB2973337" in finding.remedies[0].text for finding in found)
