"""One host that may have Autodiscover: the federation answer, the Autodiscover endpoint and EWS, at once.

EWS is looked at on the Autodiscover host without waiting for anybody to name another host; if one is named,
that one counts instead.
"""

from __future__ import annotations

import asyncio

from probe.collection.discovery import ews_location, federation_answer
from probe.collection.discovery.endpoint_urls import (
    autodiscover_at,
    ews_at,
    federation_at,
    federation_request,
    sharing_endpoint,
)
from probe.collection.discovery.endpoint_visits import (
    absolute_https,
    failure_summary,
    rank,
    redirect,
    visit_endpoint,
    visit_until,
)
from probe.collection.discovery.ews_location import Location
from probe.collection.target_run import EndpointVisits, TargetRun
from probe.errors import TargetError
from probe.facts import discovery as words
from probe.facts import extensions
from probe.facts.observation import DiscoveryStep, Endpoint, FederationInformation, Phase, StepOutcome
from probe.facts.target import HTTPS_PORT, Target

ASSUMED = "assumed: Exchange's usual path on the Autodiscover host {} (nothing names the EWS URL)"


class EwsSearch:
    """EWS as found from an Autodiscover host: named by Autodiscover V2, else assumed on the same host."""

    def __init__(
        self,
        run: TargetRun,
        target: Target,
        host: str,
        port: int,
        *,
        before: EndpointVisits | None = None,
        group: object = None,
        named: bool = False,
    ) -> None:
        self._run = run
        self._target = target
        self._host = host
        self._port = port
        self._group = group
        assumed = ews_at(host, port, ASSUMED.format(host))
        self._assumed = run.begin(assumed, before=before, group=group, named=named)
        self.visits = self._assumed
        self.location: Location | None = None

    async def explore(self) -> None:
        """Look at EWS where it is named, or on the Autodiscover host."""
        visiting = asyncio.create_task(visit_endpoint(self._run, self._assumed, self._target))
        try:
            self.location = await ews_location.find_ews_url(
                self._run, self._host, self._port, self._target, named=self._assumed.named
            )
            named = self._named(self.location)
            if named is not None:
                visiting.cancel()
                await asyncio.wait((visiting,))
                self.visits = self._run.begin(named, before=self._assumed, group=self._group, named=True)
                self._assumed.kept = False
                await visit_endpoint(self._run, self.visits, self._target)
            else:
                await visiting
        finally:
            visiting.cancel()
            await asyncio.wait((visiting,))

    def _named(self, location: Location) -> Endpoint | None:
        """The endpoint that is named, if it is another than the assumed one; the same one is relabelled."""
        if location.url is None:
            return None
        label = ews_location.named_by(self._target)
        endpoint = sharing_endpoint(location.url, label)
        if endpoint.url.lower() == self._assumed.endpoint.url.lower():
            self._assumed.relabel(label)
            return None
        return endpoint

    def steps(self) -> list[DiscoveryStep]:
        """What was asked and what EWS URL came of it."""
        found = []
        if self.location is not None:
            asked, outcome, detail = (
                self.location.asked,
                self.location.outcome,
                self.location.detail,
            )
            found.append(DiscoveryStep(words.AUTODISCOVER_V2, asked, outcome, detail))
        endpoint = self.visits.endpoint
        return [*found, DiscoveryStep(words.EWS, endpoint.url, StepOutcome.FOUND, endpoint.found_by)]


class AutodiscoverHost:
    """A host at which Get-FederationInformation asks, with what the Availability service would use there."""

    def __init__(
        self, run: TargetRun, target: Target, host: str, domain: str, found_by: str, *, named: bool = False
    ) -> None:
        self._run = run
        self._target = target
        self._domain = domain
        self.host = host
        # Of the call alone its own connections are what was seen: the certificate may make the cmdlet prompt.
        alone = run.settings.only_federation
        self.federation_visits = run.begin(federation_at(host, found_by), kept=alone, group=self, named=named)
        self.autodiscover = run.begin(autodiscover_at(host, HTTPS_PORT, found_by), group=self, named=named)
        self.ews = EwsSearch(run, target, host, HTTPS_PORT, before=self.autodiscover, group=self, named=named)
        self.information: FederationInformation | None = None
        self.redirects: list[DiscoveryStep] = []

    async def ask_federation(self) -> None:
        """Make the GetFederationInformation call; `information` has what came back, if anything did."""

        def answered() -> bool:
            return any(exchange.status is not None for exchange in self.federation_visits.exchanges)

        request = federation_request(self.federation_visits.endpoint.url, self._domain)
        await visit_until(self._run, self.federation_visits, (request,), answered)
        exchange = next((e for e in self.federation_visits.exchanges if e.status is not None), None)
        if exchange is not None:
            self.information = federation_answer.read(exchange, self._domain)

    async def explore(self) -> None:
        """Look at the endpoints, unless only the federation answer is wanted."""
        if self._run.settings.only_federation:
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(visit_endpoint(self._run, self.autodiscover, self._target, self.redirects))
            group.create_task(self.ews.explore())

    @property
    def redirected_to(self) -> str | None:
        """Where the call was redirected to, if it was."""
        return redirect(self.federation_visits.exchanges)

    def next_host(self) -> str | None:
        """The host to ask next: of the redirect's absolute https Location only the host is kept."""
        location = self.redirected_to
        try:
            return None if location is None else absolute_https(location)[1]
        except TargetError:
            return None

    @property
    def rank(self) -> int:
        """How much the endpoints show: see `endpoint_visits.rank`."""
        return max(rank(self.autodiscover), rank(self.ews.visits))

    @property
    def connected(self) -> bool:
        """Whether any address has accepted a connection."""
        return any(wire.phase is not Phase.CONNECT for wire in self.federation_visits.opened)

    @property
    def secured(self) -> bool:
        """Whether any TLS handshake has finished."""
        return any(wire.session is not None for wire in self.federation_visits.opened)

    @property
    def other_name(self) -> bool:
        """Whether the certificate plainly lists other names than the host's; False where it is not plain.

        The cmdlet then keeps the answer for a question and asks elsewhere first ([exchange 1.2.8]). Whether
        Windows takes a name is for the judgement to say.
        """
        leaf = next((c.presented[0] for c in self.federation_visits.connections if c.presented), None)
        names = () if leaf is None else extensions.dns_names(leaf) or leaf.subject.common_names
        host = self.host.lower()
        covering = {host, f"*.{host.partition('.')[2]}"}
        return bool(names) and not any(name.lower() in covering for name in names)

    def drop(self) -> None:
        """The endpoints do not count as those of the target."""
        self._run.drop(self)

    def outcome(self) -> tuple[StepOutcome, str]:
        """(outcome, detail) of the step that asked here."""
        information = self.information
        if information is None:
            resolved = any(
                c.failure and c.failure.phase is not Phase.RESOLVE for c in self.federation_visits.connections
            )
            return (StepOutcome.FAILED if resolved else StepOutcome.NOTHING), failure_summary(
                self.federation_visits
            ) or "no answer"
        if self.redirected_to is not None:
            return StepOutcome.FAILED, f"redirected to {self.redirected_to[:200]}"
        if information.malformed is not None:
            return StepOutcome.FAILED, information.malformed
        if information.error_code != "NoError":
            return StepOutcome.FAILED, f"{information.error_code}: {information.error_message or ''}".rstrip(
                ": "
            )
        return StepOutcome.FOUND, f"application URI {information.application_uri}"
