"""Prometheus text exposition (format 0.0.4), for the textfile collector and for the exporter.

Two families beside each other. `probe_*` has the names and meanings of blackbox_exporter, one series a
target, so that its alerts and dashboards work: `probe_success` is 1 for "would succeed", with warnings or
without, and 0 otherwise ("cannot tell" included: it must not look like a success). `fedprobe_*` says what
blackbox cannot: the verdict as a state set for each endpoint, address and caller. Expiry and verdict are
there also when verification fails. Labels hold only what was asked, the endpoint's URL and address, and
words from fixed lists; never a certificate's text, so that no partner can blow up the number of series.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from probe.report import summary
from probe.report.clean import label_value
from probe.report.document import EndpointEntry, JudgementEntry, ResultDocument

Labels = dict[str, str]
Sample = tuple[str, Labels, float]

OUTCOMES = ("success", "warning", "failure", "unknown")
POLICY_ERRORS = (
    "RemoteCertificateNotAvailable",
    "RemoteCertificateNameMismatch",
    "RemoteCertificateChainErrors",
)

# Name → help. All are gauges. The order is that of the output.
METRICS = {
    "probe_success": "Displays whether or not the probe was a success",
    "probe_duration_seconds": "Returns how long the probe took to complete in seconds",
    "probe_dns_lookup_time_seconds": "Returns the time taken for probe dns lookup in seconds",
    "probe_http_duration_seconds": "Duration of http request by phase",
    "probe_http_status_code": "Response HTTP status code",
    "probe_http_ssl": "Indicates if SSL was used for the final redirect",
    "probe_ssl_earliest_cert_expiry": "Returns earliest SSL cert expiry in unixtime",
    "probe_ssl_last_chain_expiry_timestamp_seconds": "Returns last SSL chain expiry in timestamp",
    "probe_tls_version_info": "Returns the TLS version used or NaN when unknown",
    "fedprobe_build_info": "The version of fedprobe that made this; always 1.",
    "fedprobe_rendered_timestamp_seconds": "When this exposition was made.",
    "fedprobe_target_observed_timestamp_seconds": "When the target was observed.",
    "fedprobe_result_age_seconds": "How old the result of a target is.",
    "fedprobe_target_not_used": "Its relationship is turned off, so that no verdict is shown; always 1.",
    "fedprobe_target_unseen": "This machine's own state kept it from the target; always 1.",
    "fedprobe_target_verdict": "The worst verdict of a target: 1 for the outcome that holds.",
    "fedprobe_target_below_limit": "It would succeed, and only an expiry limit makes it a failure; always 1.",
    "fedprobe_verdict": "The verdict of an endpoint for a caller: 1 for the outcome that holds.",
    "fedprobe_ssl_policy_error": "SslPolicyErrors the caller would see: 1 where the flag is set.",
    "fedprobe_chain_status": "X509ChainStatusFlags of the chain: one series for each flag set.",
    "fedprobe_web_exception": "WebExceptionStatus the caller would log; always 1.",
    "fedprobe_finding": "Number of findings of a code.",
    "fedprobe_certificate_not_after_timestamp_seconds": "notAfter of the partner's certificate.",
    "fedprobe_chain_not_after_timestamp_seconds": "When the first element of the chain expires.",
    "fedprobe_verdict_flip_timestamp_seconds": "When the verdict will change by itself.",
    "fedprobe_phase_duration_seconds": "How long each phase took.",
    "fedprobe_http_status_code": "Status of the last HTTP answer.",
}
_PHASES = ("resolve", "connect", "tunnel", "handshake", "send", "receive")
# blackbox_exporter's name of a phase ← ours.
_BLACKBOX_PHASES = {
    "resolve": "resolve",
    "connect": "connect",
    "tls": "handshake",
    "processing": "send",
    "transfer": "receive",
}


def render(documents: Sequence[ResultDocument], *, now: datetime) -> str:
    """The exposition: HELP and TYPE once for each metric, each series once, the worst target's first."""
    rendered: Sample = ("fedprobe_rendered_timestamp_seconds", {}, now.timestamp())
    builds = (("fedprobe_build_info", {"version": document.tool.version}, 1) for document in documents)
    return _exposition((*builds, *_results(documents), rendered))


def render_results(documents: Sequence[ResultDocument]) -> str:
    """What the results say, without who said it and when: for the exporter, which adds its own metrics."""
    return _exposition(_results(documents))


def render_ages(documents: Sequence[ResultDocument], *, now: datetime) -> str:
    """How old each result is. Apart from the results, because it changes with every scrape."""
    return _exposition(
        (
            "fedprobe_result_age_seconds",
            {"target": document.target.input},
            max((now - document.observed_at).total_seconds(), 0),
        )
        for document in documents
    )


def _exposition(samples: Iterable[Sample]) -> str:
    groups: dict[str, dict[tuple[tuple[str, str], ...], float]] = {name: {} for name in METRICS}
    for name, labels, value in samples:
        groups[name].setdefault(tuple(labels.items()), value)
    lines: list[str] = []
    for name, series in groups.items():
        if series:
            lines += (f"# HELP {name} {METRICS[name]}", f"# TYPE {name} gauge")
            lines += (f"{name}{_braces(labels)} {value:.15g}" for labels, value in series.items())
    return "".join(f"{line}\n" for line in lines)


def _results(documents: Sequence[ResultDocument]) -> Iterator[Sample]:
    # Worst first: where two targets have the same labels the worse one is kept.
    ordered = sorted(documents, key=lambda document: summary.URGENCY.index(document.outcome))
    for document in ordered:
        if document.not_used is not None:
            yield from _disabled(document)
            continue
        yield from _blackbox(document)
        yield from _target(document)
        for endpoint in document.endpoints:
            yield from _endpoint(document, endpoint)
        pairs = sorted(summary.pairs(document), key=lambda pair: summary.URGENCY.index(pair[1].outcome))
        for endpoint, judgement in pairs:
            yield from _judgement(_labels(document, endpoint) | {"caller": judgement.caller}, judgement)


def _disabled(document: ResultDocument) -> Iterator[Sample]:
    """A relationship that its own administrators turned off: no verdict and no expiry that could alert."""
    target = {"target": document.target.input}
    yield "fedprobe_target_not_used", target, 1
    yield "fedprobe_target_observed_timestamp_seconds", target, document.observed_at.timestamp()


def _labels(document: ResultDocument, endpoint: EndpointEntry) -> Labels:
    return {
        "target": document.target.input,
        "kind": endpoint.kind,
        "url": endpoint.url,
        "address": endpoint.address or "",
    }


def _blackbox(document: ResultDocument) -> Iterator[Sample]:
    """blackbox_exporter's series for a target, taken from its decisive endpoint."""
    target = {"target": document.target.input}
    yield "probe_success", target, document.outcome in ("success", "warning")
    if document.elapsed_ms is not None:
        yield "probe_duration_seconds", target, document.elapsed_ms / 1000
    pair = summary.decisive(document)
    endpoint = pair[0] if pair else next(iter(document.endpoints), None)
    presented = [moment for e in document.endpoints if (moment := summary.presented_expiry(e)) is not None]
    if presented:
        yield "probe_ssl_earliest_cert_expiry", target, min(presented).timestamp()
    chains = [moment for _, j in summary.pairs(document) if (moment := summary.chain_expiry(j)) is not None]
    if chains:
        yield "probe_ssl_last_chain_expiry_timestamp_seconds", target, min(chains).timestamp()
    if endpoint is not None:
        yield from _blackbox_endpoint(target, endpoint)


def _blackbox_endpoint(target: Labels, endpoint: EndpointEntry) -> Iterator[Sample]:
    timings = endpoint.timings_ms
    if timings.resolve is not None:
        yield "probe_dns_lookup_time_seconds", target, timings.resolve / 1000
    for phase, ours in _BLACKBOX_PHASES.items():
        duration: float | None = getattr(timings, ours)
        yield "probe_http_duration_seconds", target | {"phase": phase}, (duration or 0) / 1000
    yield "probe_http_ssl", target, endpoint.tls is not None
    status = endpoint.http[-1].status if endpoint.http else None
    yield "probe_http_status_code", target, status or 0
    if endpoint.tls is not None:
        # blackbox_exporter writes "TLS 1.2", OpenSSL "TLSv1.2".
        version = endpoint.tls.protocol.replace("TLSv", "TLS ")
        version = f"{version}.0" if version == "TLS 1" else version
        yield "probe_tls_version_info", target | {"version": version}, 1


def _target(document: ResultDocument) -> Iterator[Sample]:
    target = {"target": document.target.input}
    yield "fedprobe_target_observed_timestamp_seconds", target, document.observed_at.timestamp()
    if summary.vantage_state(document) is not None:
        yield "fedprobe_target_unseen", target, 1
    if summary.is_below_limit(document):
        yield "fedprobe_target_below_limit", target, 1
    for outcome in OUTCOMES:
        holds = document.outcome == outcome
        yield "fedprobe_target_verdict", target | {"outcome": outcome}, holds


def _endpoint(document: ResultDocument, endpoint: EndpointEntry) -> Iterator[Sample]:
    labels = _labels(document, endpoint)
    leaf = endpoint.tls.presented[0] if endpoint.tls and endpoint.tls.presented else None
    if leaf is not None and leaf.not_after is not None:
        moment = leaf.not_after.timestamp()
        yield "fedprobe_certificate_not_after_timestamp_seconds", labels, moment
    for phase in _PHASES:
        duration: float | None = getattr(endpoint.timings_ms, phase)
        if duration is not None:
            yield "fedprobe_phase_duration_seconds", labels | {"phase": phase}, duration / 1000
    if endpoint.http and (status := endpoint.http[-1].status) is not None:
        yield "fedprobe_http_status_code", labels, status


def _judgement(labels: Labels, judgement: JudgementEntry) -> Iterator[Sample]:
    for outcome in OUTCOMES:
        yield "fedprobe_verdict", labels | {"outcome": outcome}, judgement.outcome == outcome
    if judgement.ssl_policy_errors is not None:
        for error in POLICY_ERRORS:
            is_set = error in judgement.ssl_policy_errors
            yield "fedprobe_ssl_policy_error", labels | {"error": error}, is_set
    for status in judgement.chain.status if judgement.chain else ():
        yield "fedprobe_chain_status", labels | {"status": status}, 1
    if judgement.web_exception is not None:
        yield "fedprobe_web_exception", labels | {"status": judgement.web_exception.status}, 1
    codes = [(finding.code, finding.severity) for finding in judgement.findings]
    for code, severity in dict.fromkeys(codes):
        finding = labels | {"code": code, "severity": severity}
        yield "fedprobe_finding", finding, codes.count((code, severity))
    expiry = summary.chain_expiry(judgement)
    if expiry is not None:
        yield "fedprobe_chain_not_after_timestamp_seconds", labels, expiry.timestamp()
    if judgement.flip is not None:
        yield "fedprobe_verdict_flip_timestamp_seconds", labels, judgement.flip.at.timestamp()


def _braces(labels: tuple[tuple[str, str], ...]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{label_value(value)}"' for name, value in labels) + "}"
