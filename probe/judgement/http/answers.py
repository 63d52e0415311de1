"""The answers of one endpoint side by side, what shows Exchange in them, and the record of a reading.

Nothing is classified here: response.py does that.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from probe.facts.observation import EndpointKind, HttpExchange
from probe.facts.services.exchange_signs import BY_LOWER_NAME
from probe.judgement.http import soap_client
from probe.judgement.model import SEVERITIES, Outcome, Severity


class Confidence(StrEnum):
    """How sure a reading is: `high` unambiguous, `medium` the usual cause, `low` one of several."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class ResponseReading(Struct, frozen=True):
    """One thing that the answers say. `code` is stable, `outcome` is what the caller would get.

    `same_answer` False: the caller, with its token, would get past this answer and fail on another one,
    whose text nobody here can know.
    """

    code: str
    summary: str
    outcome: Outcome
    confidence: Confidence
    evidence: tuple[str, ...] = ()
    same_answer: bool = True

    @property
    def severity(self) -> Severity:
        """The severity of a finding made of this reading."""
        return SEVERITIES[self.outcome]


MAXIMUM_EVIDENCE = 200


class EndpointAnswers(Struct, frozen=True):
    """The answers of one endpoint at one address: the deciding POST and the GET, None if unanswered."""

    kind: EndpointKind
    url: str
    post: HttpExchange | None
    get: HttpExchange | None

    def header(self, name: str) -> tuple[str, str] | None:
        """(method, value) of a header of the POST or else of the GET."""
        for exchange in (self.post, self.get):
            value = None if exchange is None else exchange.header(name)
            if exchange is not None and value is not None:
                return exchange.method, value.strip()
        return None

    def enabled(self, name: str) -> bool | None:
        """What an `X-*-Enabled` header says: its value counts, not its presence ([exchange 3.1.1])."""
        found = self.header(name)
        return {"true": True, "false": False}.get(found[1].lower()) if found else None


def exchange_marks(exchange: HttpExchange | None) -> tuple[str, ...]:
    """The headers by which Exchange shows itself in this answer, as evidence; () for none."""
    if exchange is None:
        return ()
    named = exchange.named
    return tuple(
        evidence(exchange, f"{name}: {named[lower]}")
        for lower, name in BY_LOWER_NAME.items()
        if lower in named
    )


def evidence(exchange: HttpExchange, said: str) -> str:
    """One piece of evidence, as `POST: X-FEServer: EX01`, bounded."""
    return f"{exchange.method}: {said}"[:MAXIMUM_EVIDENCE]


def status_line(exchange: HttpExchange) -> str:
    """Status and the partner's own phrase as evidence, `POST: 401 Unauthorized`."""
    return evidence(exchange, f"{exchange.status} {exchange.reason}".strip())


def beginning(exchange: HttpExchange) -> str:
    """The first words of the body, as evidence."""
    words = " ".join(soap_client.text(exchange)[:1000].split())[:120]
    return evidence(exchange, f"body: {words or 'empty'}")


def success(code: str, summary: str, confidence: Confidence, *said: str) -> ResponseReading:
    """A reading by which the caller gets through."""
    return ResponseReading(code, summary, Outcome.SUCCESS, confidence, said)


def failure(code: str, summary: str, confidence: Confidence, *said: str) -> ResponseReading:
    """A reading by which the caller fails on this very answer."""
    return ResponseReading(code, summary, Outcome.FAILURE, confidence, said)


def unknown(code: str, summary: str, confidence: Confidence, *said: str) -> ResponseReading:
    """A reading that leaves open what the caller gets."""
    return ResponseReading(code, summary, Outcome.UNKNOWN, confidence, said)
