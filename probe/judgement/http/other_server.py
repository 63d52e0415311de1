"""Whether what answers is a web server that is no Exchange: another server, URL or DNS entry is the fault.

Exchange answers through IIS or http.sys. A device that publishes it may answer in its own name as well, but
then with a refusal (401, 403), a redirect or a 5xx; that a program other than IIS has no handler or no page
for the path, and that neither request showed a header of Exchange, says that no Exchange is behind this
path ([exchange 3.5], [exchange 3.6.1]). The names are those that the programs put in the header Server.
"""

from __future__ import annotations

import re

from probe.facts.observation import HttpExchange
from probe.judgement.http.answers import (
    Confidence,
    EndpointAnswers,
    ResponseReading,
    evidence,
    exchange_marks,
    failure,
    status_line,
)

_PROGRAMS = re.compile(
    r"(?P<name>nginx|openresty|Apache|LiteSpeed|Caddy|lighttpd|Jetty|Tengine|Cherokee|Werkzeug|gunicorn)"
    r"(?:[/ -]|\Z)",
    re.IGNORECASE,
)
_STATUSES = frozenset({404, 405, 501})


def reading(answers: EndpointAnswers, exchange: HttpExchange) -> ResponseReading | None:
    """The reading `not-exchange`, or None where Exchange may be behind what answers."""
    server = exchange.header("Server") or ""
    program = _PROGRAMS.match(server.strip())
    if program is None or exchange.status not in _STATUSES:
        return None
    if exchange_marks(answers.post) or exchange_marks(answers.get):
        return None
    summary = f"{program['name']} answers, and nothing shows an Exchange behind it: wrong server, URL or DNS"
    # A reverse proxy of the same name answers 404 for a path that it does not publish.
    confidence = Confidence.MEDIUM if exchange.status == 404 else Confidence.HIGH
    said = (status_line(exchange), evidence(exchange, f"Server: {server}"), *_page(answers))
    return failure("not-exchange", summary, confidence, *said)


def _page(answers: EndpointAnswers) -> tuple[str, ...]:
    return () if answers.get is None or answers.post is None else (status_line(answers.get),)
