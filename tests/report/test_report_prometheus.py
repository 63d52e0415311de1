"""Prometheus exposition: valid by the reference parser, always with verdict and expiry, bounded."""

from __future__ import annotations

from datetime import datetime

import pytest
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from probe.judgement.model import Severity
from probe.report import summary
from probe.report.document import FindingEntry, ResultDocument
from probe.report.formats import prometheus
from tests.report.conftest import element, endpoint, judged, target

Documents = tuple[ResultDocument, ...]
Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


def _series(documents: Documents, now: datetime) -> Series:
    text = prometheus.render(documents, now=now)
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    found = {(s.name, frozenset(s.labels.items())): s.value for s in samples}
    assert len(found) == len(samples), "a series twice"
    return found


def _value(series: Series, name: str, **labels: str) -> float:
    (value,) = {v for (n, have), v in series.items() if n == name and set(labels.items()) <= have}
    return value


def test_every_sample_parses_back(documents: Documents, now: datetime) -> None:
    """HELP and TYPE once for each metric, and hostile labels survive the round trip."""
    text = prometheus.render(documents, now=now)
    headers = [line.split()[1:3] for line in text.splitlines() if line.startswith("#")]
    assert len(headers) == len({tuple(header) for header in headers})
    series = _series(documents, now)
    assert any('</script>"><img src=x onerror="' in value for _, labels in series for _, value in labels)
    assert text.endswith("\n")


@pytest.mark.parametrize(
    ("name", "success", "verdict"),
    [
        pytest.param("adatum", 1, "success", id="success"),
        pytest.param("contoso", 1, "warning", id="warning"),
        pytest.param("fabrikam", 0, "failure", id="failure"),
        pytest.param("wingtip", 0, "unknown", id="cannot-tell-is-no-success"),
        pytest.param("nowhere", 0, "unknown", id="not-checked"),
        pytest.param("empty", 0, "unknown", id="no-endpoints"),
    ],
)
def test_verdict(
    named: dict[str, ResultDocument], now: datetime, name: str, success: int, verdict: str
) -> None:
    """probe_success and the state set agree with the document, for every target."""
    series = _series((named[name],), now)
    target = named[name].target.input
    assert _value(series, "probe_success", target=target) == success
    for outcome in prometheus.OUTCOMES:
        expected = float(outcome == verdict)
        assert _value(series, "fedprobe_target_verdict", target=target, outcome=outcome) == expected


def test_a_limit_that_is_crossed_is_told_from_a_failure(
    named: dict[str, ResultDocument], now: datetime
) -> None:
    """An alert that lookups fail is none of a limit of the user's."""
    host = "mail.contoso.example"
    finding = FindingEntry(summary.EXPIRES_SOON, Severity.FAILURE, "it expires in 9 days", (), ())
    chain = (element(f"CN={host}", "presented", (-10, 9)),)
    crossed = target(
        "contoso.example", "failure", endpoint(host, (), judged("failure", host, chain, (finding,)))
    )
    series = _series((crossed, named["fabrikam"]), now)
    assert _value(series, "fedprobe_target_below_limit", target="contoso.example") == 1
    assert _value(series, "fedprobe_target_verdict", target="contoso.example", outcome="failure") == 1
    assert not [labels for name, labels in series if "below_limit" in name and "fabrikam" in str(labels)]


def test_expiry_is_there_when_verification_fails(named: dict[str, ResultDocument], now: datetime) -> None:
    """What blackbox_exporter does not do: notAfter of a chain that is not trusted."""
    series = _series((named["fabrikam"],), now)
    expiry = datetime.fromisoformat("2027-02-27T06:00:00Z").timestamp()
    for name in (
        "probe_ssl_earliest_cert_expiry",
        "probe_ssl_last_chain_expiry_timestamp_seconds",
        "fedprobe_certificate_not_after_timestamp_seconds",
        "fedprobe_chain_not_after_timestamp_seconds",
    ):
        assert _value(series, name) == expiry
    assert _value(series, "fedprobe_chain_status", status="UntrustedRoot") == 1
    assert _value(series, "fedprobe_ssl_policy_error", error="RemoteCertificateChainErrors") == 1
    assert _value(series, "fedprobe_ssl_policy_error", error="RemoteCertificateNameMismatch") == 0
    assert _value(series, "fedprobe_web_exception", status="TrustFailure") == 1


def test_blackbox_names(named: dict[str, ResultDocument], now: datetime) -> None:
    """Durations are seconds, the TLS version is spelled as Go does."""
    series = _series((named["adatum"],), now)
    assert _value(series, "probe_duration_seconds") == pytest.approx(0.64025)
    assert _value(series, "probe_dns_lookup_time_seconds") == pytest.approx(0.004)
    assert _value(series, "probe_http_duration_seconds", phase="tls") == pytest.approx(0.03025)
    assert _value(series, "probe_http_status_code") == 401
    assert _value(series, "probe_tls_version_info", version="TLS 1.2") == 1
    assert _value(series, "fedprobe_rendered_timestamp_seconds") == now.timestamp()


def test_labels_hold_no_certificate_text(named: dict[str, ResultDocument], now: datetime) -> None:
    """A partner that renews with a new subject every day adds no series."""
    document = named["fabrikam"]
    endpoint = document.endpoints[0]
    renewed = []
    for judgement in endpoint.judgements:
        assert judgement.chain is not None
        elements = tuple(replace(e, subject="CN=New", thumbprint="0" * 40) for e in judgement.chain.elements)
        renewed.append(replace(judgement, chain=replace(judgement.chain, elements=elements)))
    other = replace(document, endpoints=(replace(endpoint, judgements=tuple(renewed)),))
    assert _series((document,), now) == _series((other,), now)


def test_of_two_equal_targets_the_worse_is_kept(named: dict[str, ResultDocument], now: datetime) -> None:
    """The same target twice is one series; it must not hide the failure."""
    good, bad = named["adatum"], replace(named["fabrikam"], target=named["adatum"].target)
    assert _value(_series((good, bad), now), "probe_success") == 0


def test_nothing_to_render(now: datetime) -> None:
    """No target is still a valid exposition."""
    assert list(_series((), now)) == [("fedprobe_rendered_timestamp_seconds", frozenset())]


def test_a_relationship_that_is_not_used_turns_no_alert(
    named: dict[str, ResultDocument], now: datetime
) -> None:
    """No verdict and no expiry: an alert on any of them stays quiet, and a success is not claimed either."""
    off = replace(named["fabrikam"], not_used="the organization relationship Fabrikam is disabled")
    names = {name for name, labels in _series((off,), now) if ("target", off.target.input) in labels}
    assert names == {"fedprobe_target_not_used", "fedprobe_target_observed_timestamp_seconds"}
