"""Who may talk to the exporter, and what every answer carries, whatever happens behind it.

The exporter stands on loopback, where browsers of the same machine reach it. A page from elsewhere may give
its own host name the address 127.0.0.1 (DNS rebinding) and read our answers, or make the browser send us
requests. So the Host header must name this machine: an IP address (rebinding needs a name), `localhost`, or
a name that the operator gave. Errors are one line of plain text; no traceback leaves the process.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

Say = Callable[[str], None]

MISDIRECTED = 421  # RFC 9110 section 15.5.20
_AUTHORITY = re.compile(r"(?:\[(?P<literal>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:/?#@\s]+))(?::\d{1,5})?\Z")
# frame-ancestors cannot stand in the page's own policy, which says everything else (CSP level 3, 3.3).
_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
    "x-frame-options": "DENY",
}
_POLICY_OF_TEXT = "default-src 'none'; frame-ancestors 'none'"
_POLICY_OF_PAGES = "frame-ancestors 'none'"


def host_is_ours(header: str, names: Iterable[str]) -> bool:
    """Whether a Host header names this machine: an IP address, `localhost`, or one of `names`."""
    match = _AUTHORITY.match(header)
    if match is None:
        return False
    if match["literal"]:
        return _is_address(match["literal"])
    name = match["name"].lower().removesuffix(".")
    return _is_address(name) or name == "localhost" or name in {known.lower() for known in names}


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


class Guard:
    """The application behind its door: refuses foreign hosts, adds headers, turns defects into one line."""

    def __init__(self, application: ASGIApp, names: Iterable[str], say: Say) -> None:
        self._application = application
        self._names = frozenset(names)
        self._say = say

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        from starlette.responses import PlainTextResponse

        if scope["type"] != "http":
            return
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _add_headers(message)
            await send(message)

        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or not host_is_ours(hosts[0], self._names):
            refusal = "the Host header does not name this machine: probe serve --allow-host NAME adds names\n"
            await PlainTextResponse(refusal, MISDIRECTED)(scope, receive, guarded)
            return
        try:
            await self._application(scope, receive, guarded)
        except Exception as defect:  # noqa: BLE001  # no traceback may reach a user, and the others are served on
            self._say(f"internal error ({type(defect).__name__}: {defect}): please report it")
            if not started:
                await PlainTextResponse("internal error\n", 500)(scope, receive, guarded)


def _add_headers(message: Message) -> None:
    from starlette.datastructures import MutableHeaders

    headers = MutableHeaders(scope=message)
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    is_page = headers.get("content-type", "").startswith("text/html")
    headers["content-security-policy"] = _POLICY_OF_PAGES if is_page else _POLICY_OF_TEXT
