"""A certificate that is refused, presented by a web server that is no Exchange: said before the refusal.

A domain whose wildcard DNS entry leads to a web hoster is the usual case. Repairing that certificate, or
using one of its names, leads to the hoster again: no remedy of the refusal is offered then.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from probe.facts.observation import Visit
from probe.judgement.findings import delivery
from probe.judgement.model import Finding
from probe.judgement.verdict import Stage, Verdict


def before_refusal(
    visit: Visit, decided: Verdict, certificate: Sequence[Finding]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """(what comes before the findings about the certificate, those findings)."""
    exchanges = [exchange for connection in visit.connections for exchange in connection.exchanges]
    if decided.stage is not Stage.CERTIFICATE or all(exchange.status is None for exchange in exchanges):
        return (), tuple(certificate)
    from probe.judgement.http import response  # what judges answers, of which there are some here

    reading = response.read(visit.endpoint, exchanges)[0]
    if reading.code != "not-exchange":
        return (), tuple(certificate)
    kept = tuple(structs.replace(finding, remedies=()) for finding in certificate)
    return (delivery.finding_of_reading(reading, decided.outcome),), kept
