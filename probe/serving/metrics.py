"""The exporter's metrics about itself: process, partner list, checks made, in flight and refused."""

from __future__ import annotations

from datetime import datetime

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    exposition,
)

from probe.report.document import ResultDocument
from probe.version import __version__

# Seconds; 25 is the Availability service's own budget.
_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60)


def _tell_settings(registry: CollectorRegistry, *, concurrency: int, every: float | None) -> None:
    """The gauges that stay as they are: version, limit, and seconds between two checks of a partner."""
    build = Gauge("fedprobe_build_info", "The version of fedprobe; always 1.", ["version"], registry=registry)
    build.labels(__version__).set(1)
    if every is not None:
        interval = Gauge(
            "fedprobe_exporter_interval_seconds",
            "How often each partner is checked in the background.",
            registry=registry,
        )
        interval.set(every)
    limit = Gauge(
        "fedprobe_exporter_concurrency_limit",
        "How many checks of the schedule, and as many asked for, may be under way at once.",
        registry=registry,
    )
    limit.set(concurrency)


class Metrics:
    """Counts since the process began; `text` is the exposition."""

    content_type = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self, *, partners: int, concurrency: int, every: float | None, now: datetime) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        _tell_settings(self._registry, concurrency=concurrency, every=every)
        self._listed = Gauge("fedprobe_exporter_partners", "Partners of the list.", registry=self._registry)
        self._reloaded = Gauge(
            "fedprobe_exporter_list_last_reload_successful",
            "Whether the last reading of the partner list was successful; 0: the list before it is in use.",
            registry=self._registry,
        )
        self._loaded_at = Gauge(
            "fedprobe_exporter_list_last_reload_success_timestamp_seconds",
            "When the partner list in use was read.",
            registry=self._registry,
        )
        self.listed(partners, now)
        self._in_flight = Gauge(
            "fedprobe_exporter_in_flight", "Checks that are under way.", registry=self._registry
        )
        self._probes = Counter(
            "fedprobe_exporter_probes", "Checks made, by outcome.", ["outcome"], registry=self._registry
        )
        self._refused = Counter(
            "fedprobe_exporter_refused",
            "Requests not answered, by reason.",
            ["reason"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "fedprobe_exporter_probe_seconds",
            "How long checks took.",
            buckets=_BUCKETS,
            registry=self._registry,
        )

    def listed(self, partners: int | None, now: datetime) -> None:
        """Note a reading of the list: so many partners, or None where it was bad."""
        self._reloaded.set(partners is not None)
        if partners is not None:
            self._listed.set(partners)
            self._loaded_at.set(now.timestamp())

    def probed(self, document: ResultDocument, seconds: float) -> None:
        """Count a check."""
        self._probes.labels(document.outcome).inc()
        self._seconds.observe(seconds)

    def refused(self, reason: str) -> None:
        """Count a request that was not answered."""
        self._refused.labels(reason).inc()

    def text(self, *, in_flight: int) -> bytes:
        """The exposition, Prometheus text format 0.0.4."""
        self._in_flight.set(in_flight)
        return exposition.generate_latest(self._registry)
