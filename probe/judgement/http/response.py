"""What the partner's HTTP answers say: a service that is alive, or the thing that stands in its way.

The probe has no token, so a refusal can be the sign of health: a 401 of Exchange's own front end, or a
fault of its security layer. Everything else would meet the caller as well. The POST decides, the GET tells
which features are switched on ([exchange 3.5]). Each reading names its evidence and how sure it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from probe.facts.observation import Connection, Endpoint, HttpExchange, Visit, last_post
from probe.judgement.caller_profile import Caller
from probe.judgement.http import status_rules
from probe.judgement.http.answers import EndpointAnswers
from probe.judgement.http.answers import ResponseReading as ResponseReading


def exchanges(visit: Visit, decisive: Connection, caller: Caller) -> tuple[HttpExchange, ...]:
    """All exchanges of the visit that bear on the decisive one: its own first, then those of its shape.

    A GET that went out beside it, in what else the caller may offer, is of its shape as well.
    """
    if len(visit.connections) == 1:
        return decisive.exchanges
    shapes = {decisive.offer.shape}
    if not shapes.isdisjoint({caller.handshake_shape, caller.wider_shape}):
        shapes |= {caller.handshake_shape, caller.wider_shape or caller.handshake_shape}
    others = (
        exchange
        for connection in visit.connections
        if connection is not decisive and connection.offer.shape in shapes
        for exchange in connection.exchanges
    )
    return (*decisive.exchanges, *others)


def read(endpoint: Endpoint, made: Sequence[HttpExchange]) -> tuple[ResponseReading, ...]:
    """What these exchanges say, the decisive reading first; there is always one ([exchange 3.5])."""
    answered = [exchange for exchange in made if exchange.status is not None]
    answers = EndpointAnswers(
        endpoint.kind,
        endpoint.url,
        post=last_post(answered),
        get=next((exchange for exchange in answered if exchange.method in ("GET", "HEAD")), None),
    )
    return status_rules.readings(answers)
