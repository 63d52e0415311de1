"""The exporter's addresses: /probe, /metrics, /healthz, /targets, and the status page at /."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from probe.errors import ProbeError
from probe.report.formats import prometheus
from probe.report.json import encoded
from probe.runs.attempts import Checker
from probe.runs.lists.partners import PartnerEntry
from probe.serving import status
from probe.serving.access import Guard, Say
from probe.serving.background_checks import BackgroundSchedule
from probe.serving.metrics import Metrics
from probe.serving.prober import Prober, patience
from probe.serving.request_refusals import RefusedError, bad_request, foreign_site
from probe.serving.service_discovery import target_groups

SCRAPE_TIMEOUT = "x-prometheus-scrape-timeout-seconds"


@dataclass(frozen=True, slots=True)
class Exporting:
    """What is served. `history` is the file behind the status page; `names` are hosts that we answer to.

    `every`: seconds from one check of a partner in the background to the next, None: only when asked.
    `grace_seconds` is what checks under way have to finish when the exporter is ended.
    """

    any_target: bool = False
    concurrency: int = 16
    history: str | None = None
    names: tuple[str, ...] = ()
    every: float | None = None
    grace_seconds: int = 5


def application(served: Served, say: Say) -> ASGIApp:
    """The exporter as an ASGI application; `say` takes a line about each defect."""
    routes = [
        Route("/", served.status, methods=["GET"]),
        Route("/probe", served.probe, methods=["GET"]),
        Route("/metrics", served.metrics, methods=["GET"]),
        Route("/targets", served.targets, methods=["GET"]),
        Route("/healthz", served.health, methods=["GET"]),
    ]
    inner = Starlette(routes=routes, exception_handlers={RefusedError: served.refuse, ProbeError: _explain})
    return Guard(inner, served.options.names, say)


class Served:
    """The state of one exporter, and its answers."""

    def __init__(self, check: Checker, entries: Iterable[PartnerEntry], options: Exporting) -> None:
        self.options = options
        self._prober = Prober(
            check,
            entries,
            any_target=options.any_target,
            concurrency=options.concurrency,
            finished=lambda document, seconds: self._metrics.probed(document, seconds),
        )
        self._metrics = Metrics(
            partners=len(self._prober.entries),
            concurrency=options.concurrency,
            every=options.every,
            now=datetime.now(UTC),
        )
        self.schedule = BackgroundSchedule(self._prober, options.every, options.concurrency)
        self._rendering = asyncio.Lock()
        self._results = (-1, "")  # the version of the results, and their exposition

    def loaded(self, entries: Sequence[PartnerEntry] | None) -> None:
        """Take a new partner list, or note that it is bad."""
        if entries is not None:
            self._prober.follow(entries)
            self.schedule.follow(self._prober.entries.values())
        listed = None if entries is None else len(self._prober.entries)
        self._metrics.listed(listed, datetime.now(UTC))

    async def probe(self, request: Request) -> Response:
        """Check ?target= as ?caller= (repeatable), and answer with metrics; a failure is an answer too."""
        # A page of another site could make the browser of whoever sits here start checks (Fetch Metadata).
        if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            raise foreign_site()
        given = request.query_params.getlist("target")
        if len(given) != 1 or not given[0].strip():
            raise bad_request("give one target: /probe?target=contoso.com")
        entry = self._prober.entry(given[0].strip(), request.query_params.getlist("caller"))
        document = await self._prober.probe(entry, patience(request.headers.get(SCRAPE_TIMEOUT)))
        text = prometheus.render([document], now=datetime.now(UTC))
        return Response(text, media_type=Metrics.content_type)

    async def metrics(self, request: Request) -> Response:
        """The last result of each partner with its age, and metrics of the exporter itself."""
        del request
        results, now, version = self.schedule.results, datetime.now(UTC), self.schedule.version
        if self._results[0] != version:
            self._results = version, await run_in_threadpool(prometheus.render_results, results)
        parts = (self._results[1], prometheus.render_ages(results, now=now))
        own = self._metrics.text(in_flight=self._prober.in_flight)
        return Response("".join(parts).encode() + own, media_type=Metrics.content_type)

    async def targets(self, request: Request) -> Response:
        """The partner list as Prometheus' HTTP service discovery (http_sd_config) reads it."""
        del request
        groups = target_groups(self._prober.entries.values())
        return Response(encoded(groups), media_type="application/json")

    async def health(self, request: Request) -> Response:
        """That the process answers; says nothing about partners."""
        del request
        return PlainTextResponse("ok\n")

    async def status(self, request: Request) -> Response:
        """The HTML report. One at a time is made, in a thread, so that checks go on."""
        del request
        async with self._rendering:
            probed = self._prober.latest()
            page = await run_in_threadpool(status.page, self.options.history, probed, datetime.now(UTC))
        return HTMLResponse(page)

    async def refuse(self, request: Request, refusal: Exception) -> Response:
        """Say why a request is not answered."""
        del request
        assert isinstance(refusal, RefusedError)  # noqa: S101  # registered for this class only
        self._metrics.refused(refusal.reason)
        headers = {"retry-after": "1"} if refusal.status == 503 else None
        return PlainTextResponse(f"{refusal}\n", refusal.status, headers)


async def _explain(request: Request, error: Exception) -> Response:
    """An explained failure, of the history file for instance."""
    del request
    return PlainTextResponse(f"{error}\n", 503)
