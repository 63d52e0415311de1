"""What Exchange's own front end says: its 401 with and without the WSSecurity route, and its other errors.

The front end of 2013 and later answers every anonymous request itself, in a fixed way: a GET with the headers
X-*-Enabled, a POST that ends in WSSecurity and has no token with BadSamlToken, any other POST as anonymous
([exchange 3.1.1], [exchange 3.1.2], [exchange 3.1.4], [exchange 3.1.7]). So a 401 of another kind says what
became of the request on its way.
"""

from __future__ import annotations

from probe.facts.observation import HttpExchange
from probe.judgement.http import fingerprint
from probe.judgement.http.answers import (
    Confidence,
    EndpointAnswers,
    ResponseReading,
    evidence,
    exchange_marks,
    failure,
    status_line,
    success,
    unknown,
)
from probe.judgement.model import Outcome

# The phrase of the filter for anonymous requests, which stands before a POST that has no suffix.
_ANONYMOUS = "anonymous request disallowed"
# Written by IIS into every answer of the directory, whoever made it ([exchange 3.6.1]).
_OF_IIS = ("x-feserver", "x-owa-version")
_OVERLOADED = "TooManyOutstanding"


def unauthorized(answers: EndpointAnswers, exchange: HttpExchange) -> ResponseReading:
    """A 401: of Exchange that wants a token, of Exchange that lost the suffix, or of something in front."""
    marks = exchange_marks(exchange)
    code = error_code(exchange)
    said = (status_line(exchange), *marks)
    enabled = answers.enabled("X-WSSecurity-Enabled")
    if enabled is False:
        return switched_off(answers, said, same_answer=code != "BadSamlToken")
    if code == "BadSamlToken":
        summary = (
            "the request took the WSSecurity route and lacks only the token, which the probe does not have"
        )
        return success("bad-saml-token", summary, Confidence.HIGH, *said)
    if _lost_suffix(exchange, code):
        summary = (
            "Exchange took the request for one without /WSSecurity: what stands in front changes the path, "
            "or the URL ends otherwise"
        )
        return failure("suffix-lost", summary, Confidence.HIGH, *said, evidence(exchange, exchange.url))
    if not marks:
        return _pre_authentication(answers, exchange)
    if _refused_by_iis(answers, exchange):
        summary = (
            "IIS refuses requests without a logon before Exchange sees them: anonymous authentication is off "
            "on the virtual directory"
        )
        shown = evidence(exchange, "no header of Exchange itself, neither here nor in the answer to a GET")
        return failure("anonymous-off", summary, Confidence.MEDIUM, *said, shown)
    if code and exchange.method == "POST":
        summary = (
            f"Exchange answers with {code[:60]}, where a request without a token to /WSSecurity gets "
            "BadSamlToken: what stands in front may change the path"
        )
        return unknown("route-unseen", summary, Confidence.MEDIUM, *said, *exchange_marks(answers.get))
    if enabled:
        elsewhere = exchange_marks(answers.get) if exchange is not answers.get else ()
        summary = "Exchange answers and WSSecurity is switched on; a request without a token is refused"
        return success("wssecurity-enabled", summary, Confidence.HIGH, *said, *elsewhere)
    summary = "Exchange answers and refuses a request without a token, as it should"
    return success("exchange-reached", summary, Confidence.MEDIUM, *said)


def switched_off(answers: EndpointAnswers, said: tuple[str, ...], *, same_answer: bool) -> ResponseReading:
    """WSSecurity is off on the front end.

    Even where the front end takes the token route: it passes the request on, and the endpoint behind it
    does not exist ([exchange 3.1.3], [exchange 3.2.4]).
    """
    found = answers.header("X-WSSecurity-Enabled")
    header = (f"{found[0]}: X-WSSecurity-Enabled: {found[1]}",) if found else ()
    summary = "WSSecurity is switched off on this virtual directory"
    shown = tuple(dict.fromkeys((*said, *header)))
    return ResponseReading("wssecurity-off", summary, Outcome.FAILURE, Confidence.HIGH, shown, same_answer)


def error_code(exchange: HttpExchange) -> str:
    """The X-CasErrorCode of an answer, "" for none ([exchange 3.1.5])."""
    return (exchange.header("X-CasErrorCode") or "").strip()


def server_trouble(exchange: HttpExchange) -> ResponseReading | None:
    """A 500 or 503 whose X-CasErrorCode names what failed behind the front end, else None."""
    code = error_code(exchange)
    if not code:
        return None
    said = (status_line(exchange), *exchange_marks(exchange))
    if code.startswith(_OVERLOADED):
        summary = "the front end has too many requests that wait for the servers behind it, and refuses more"
        return failure("front-end-overloaded", summary, Confidence.HIGH, *said)
    summary = f"the front end answers and cannot pass the request on to a mailbox server ({code[:60]})"
    return failure("front-end-error", summary, Confidence.HIGH, *said)


def _lost_suffix(exchange: HttpExchange, code: str) -> bool:
    """Whether a POST was answered as one that does not end in WSSecurity ([exchange 3.1.7]).

    The front end writes X-WSSecurity-Enabled into no such answer ([exchange 3.1.2]): what has it is another.
    """
    if exchange.method != "POST" or "wssecurity" not in exchange.url.lower():
        return False
    if exchange.header("X-WSSecurity-Enabled") is not None:
        return False
    return exchange.reason.strip().lower() == _ANONYMOUS or code == "UnauthenticatedRequest"


def _refused_by_iis(answers: EndpointAnswers, exchange: HttpExchange) -> bool:
    """Whether both requests were refused and neither answer has a header of Exchange's own code."""
    other = answers.get
    if other is None or other is exchange or other.status != 401 or fingerprint.exchange_online(exchange):
        return False
    challenged = exchange.header("WWW-Authenticate") is not None
    of_iis = all(
        set(_names(answer)) <= set(_OF_IIS) and answer.reason.strip().lower() != _ANONYMOUS
        for answer in (exchange, other)
    )
    return challenged and of_iis


def _names(exchange: HttpExchange) -> tuple[str, ...]:
    """The names, in lower case, of the headers by which Exchange shows itself in this answer."""
    return tuple(
        said.removeprefix(f"{exchange.method}: ").partition(":")[0].lower()
        for said in exchange_marks(exchange)
    )


def _pre_authentication(answers: EndpointAnswers, exchange: HttpExchange) -> ResponseReading:
    challenges = tuple(
        evidence(exchange, f"WWW-Authenticate: {value}")
        for name, value in exchange.headers
        if name.lower() == "www-authenticate"
    )
    said = (status_line(exchange), *challenges, evidence(exchange, "no header of Exchange"))
    behind = exchange_marks(answers.get) if exchange is not answers.get else ()
    if behind and not challenges:
        summary = "Exchange answers a GET, and something else refuses the POST"
        return unknown("pre-authentication", summary, Confidence.LOW, *said, *behind)
    summary = "something in front of Exchange asks for a password: pre-authentication"
    confidence = Confidence.HIGH if challenges and not behind else Confidence.MEDIUM
    return failure("pre-authentication", summary, confidence, *said, *behind)
