"""The SRV record that Outlook would read, as information only: neither the cmdlet nor free/busy asks for it.

Source: [exchange 1.2.1] and [exchange 1.3]. Asked in a thread of its own and within its own short limit;
nothing waits for it. dnspython is imported only here and only then.
"""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING

from probe.collection.connection.resolver import LOOKUPS
from probe.collection.settings import Settings
from probe.facts import discovery as words
from probe.facts.observation import DiscoveryStep, StepOutcome

if TYPE_CHECKING:
    from dns.resolver import Resolver

_LONGEST = 8


class NoRecordError(OSError):
    """There is no such record, or DNS did not tell; `outcome` as a discovery step has it."""

    def __init__(self, outcome: StepOutcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome


def reason_not_to_ask(settings: Settings) -> str | None:
    """Why DNS is not asked, or None: overrides say where the partner is, so its DNS is not the question."""
    if not settings.service_records:
        return "not wanted"
    if settings.nameserver is not None:
        return None
    if settings.connect_to or settings.resolve or settings.resolver is not None:
        return "addresses are given on the command line, so DNS is not asked"
    if settings.proxy is not None:
        return "through a proxy DNS is the proxy's business"
    return None


async def step(settings: Settings, domain: str) -> DiscoveryStep:
    """The step that asked for `_autodiscover._tcp.<domain>`, or why it was not asked."""
    name = f"_autodiscover._tcp.{domain}"
    reason = reason_not_to_ask(settings)
    if reason is not None:
        return DiscoveryStep(words.SERVICE_RECORD, name, StepOutcome.SKIPPED, reason)
    started = perf_counter()
    limit = settings.limits.service_record_seconds
    try:
        async with asyncio.timeout(limit):
            targets = await LOOKUPS.run(lambda: _asked(name, limit, settings.nameserver))
        outcome, detail = StepOutcome.FOUND, f"{', '.join(targets)} (Outlook reads it; free/busy does not)"
    except TimeoutError:
        outcome, detail = StepOutcome.FAILED, f"DNS gave no answer within {limit:g} s"
    except NoRecordError as none:
        outcome, detail = none.outcome, str(none)
    elapsed = round((perf_counter() - started) * 1000, 3)
    return DiscoveryStep(words.SERVICE_RECORD, name, outcome, detail, elapsed)


def _asked(name: str, limit: float, nameserver: tuple[str, int] | None) -> tuple[str, ...]:
    """`host:port` of each record, best first; blocks.

    Raises:
        NoRecordError: there is none, or no answer.
    """
    import dns.exception
    import dns.resolver

    try:
        answer = resolver_for(nameserver).resolve(name, "SRV", lifetime=limit, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        raise NoRecordError(StepOutcome.NOTHING, "there is no such record") from None
    except (dns.exception.DNSException, OSError) as failed:
        raise NoRecordError(StepOutcome.FAILED, str(failed)[:200]) from None
    records = sorted(answer, key=lambda record: (record.priority, -record.weight))
    return tuple(f"{str(r.target).rstrip('.')}:{r.port}" for r in records[:_LONGEST])


def resolver_for(nameserver: tuple[str, int] | None) -> Resolver:
    """The system's resolver, or one that asks this name server alone."""
    import dns.resolver

    resolver = dns.resolver.Resolver(configure=nameserver is None)
    if nameserver is not None:
        resolver.nameservers, resolver.port = [nameserver[0]], nameserver[1]
    return resolver
