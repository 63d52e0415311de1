"""A whole organisation: what stands under each of its names, over https and over plain http.

The default is one Exchange under all names. Everything is on one machine and told apart by the name asked
for, as behind a reverse proxy; dead names are on a port of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from probe.lab import exchange, federation_answers
from probe.lab.accepted_wire import AcceptedWire
from probe.lab.exchange import Responder, Site, iis
from probe.lab.http import Request, Requests, ServedAnswer
from probe.lab.organisation import AUTODISCOVER_HOST, DOMAIN, HOST

_JSON = ("Content-Type", "application/json; charset=utf-8")
_HTML = ("Content-Type", "text/html; charset=utf-8")
_V2_PATH = "/autodiscover/autodiscover.json"
_FEDERATION_CALL = b"/GetFederationInformation<"


@dataclass(frozen=True, slots=True)
class Estate:
    """Which names the organisation has, and what answers there.

    `websites` have no Exchange, `dead` ones accept no connection; any other name of `names` has Exchange.
    `http` is what plain http answers by name, everything else is 404 there. `federation` is a key of
    federation.ANSWERS. `moved` names redirect every Autodiscover POST with 302 to this Location.
    `federated` names answer that call well, whatever `federation` says.
    `named_ews` is what Autodiscover V2 answers: a key of JSON_ANSWERS, or a host.
    """

    names: tuple[str, ...] = (HOST, AUTODISCOVER_HOST, DOMAIN)
    websites: frozenset[str] = frozenset()
    dead: frozenset[str] = frozenset()
    http: Mapping[str, ServedAnswer] = field(default_factory=dict)
    federation: str = "answered"
    federated: frozenset[str] = frozenset()
    moved: Mapping[str, str] = field(default_factory=dict)
    named_ews: str = "own"

    def responder(self, ordinary: Responder) -> Responder:
        """What answers over https: `ordinary` where this estate has nothing else to say."""

        def respond(request: Request, site: Site) -> ServedAnswer:
            host = host_of(request)
            path = request.path.partition("?")[0].lower()
            if host in self.websites:
                return iis(404, "Not Found", _HTML, body=b"<html><body>Not here.</body></html>")
            if request.method == "POST" and host in self.moved and path.startswith("/autodiscover/"):
                return redirect(self.moved[host])
            if request.method == "POST" and _FEDERATION_CALL in request.body and host not in self.federated:
                special = federation_answers.ANSWERS[self.federation]
                return special(request, site) or ordinary(request, site)
            if path == _V2_PATH and self.named_ews != "own":
                return _json_answer(self.named_ews, site)
            return ordinary(request, site)

        return respond


def redirect(location: str) -> ServedAnswer:
    """A 302 of IIS to this Location."""
    return iis(302, "Found", _HTML, ("Location", location), body=exchange.moved_body(location))


def host_of(request: Request) -> str:
    """The host that a request names, without its port."""
    return request.header("host").partition(":")[0].lower()


def _json_answer(named: str, site: Site) -> ServedAnswer:
    if named in JSON_ANSWERS:
        return JSON_ANSWERS[named](site)
    body = f'{{"Protocol":"EWS","Url":"https://{named}:{site.port}/EWS/Exchange.asmx"}}'
    return iis(200, "OK", _JSON, body=body.encode())


def _json_error(status: int, reason: str, code: str) -> Callable[[Site], ServedAnswer]:
    body = f'{{"ErrorCode":"{code}","ErrorMessage":"As the lab says."}}'.encode()
    return lambda _site: iis(status, reason, _JSON, ("jsonerror", "true"), body=body)


JSON_ANSWERS: Mapping[str, Callable[[Site], ServedAnswer]] = {
    "user-not-found": _json_error(404, "Not Found", "UserNotFound"),
    "remote": lambda _site: redirect("https://outlook.office365.com/autodiscover/autodiscover.json"),
    "no-json": lambda _site: iis(200, "OK", _HTML, body=b"<html></html>"),
    "no-list": lambda _site: iis(200, "OK", _JSON, body=b"[1]"),
    "no-url": lambda _site: iis(200, "OK", _JSON, body=b'{"Protocol":"EWS"}'),
    "http-url": lambda _site: iis(200, "OK", _JSON, body=b'{"Url":"http://mail.partner.lab/EWS/"}'),
    "not-there": lambda _site: iis(404, "Not Found"),
}


class PlainServer:
    """The conversation of the plain http port: by name, one answer a connection."""

    def __init__(self, answers: Mapping[str, ServedAnswer]) -> None:
        self._answers = answers

    async def __call__(self, wire: AcceptedWire) -> None:
        """Read one request, answer and close."""
        request = await Requests(wire).next()
        answer = self._answers.get(host_of(request)) or iis(404, "Not Found")
        await wire.send(answer.encode())
        await wire.close()
