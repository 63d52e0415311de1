"""What the entry itself shows about its causes: headers of a pasted answer, an echoed phrase, a User-Agent.

Each clue says that a signal was seen or that it was looked for and was not. Sources:
[exchange 3.1.1], [exchange 3.1.5], [exchange 3.3.5], [exchange 3.5], [exchange 3.6.1] (headers and phrases),
[exchange 5.6] (User-Agents).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from probe.explain.explanation_model import Authentication, Note, Parts, Place, Profile, Signal, UserAgent
from probe.facts.services.exchange_signs import exchange_headers


@dataclass(frozen=True, slots=True)
class ClueReading:
    """A signal that was looked for: whether it was seen, and the sentence that says by what."""

    signal: Signal
    seen: bool
    text: str


def header_readings(status: int | None, headers: Iterable[tuple[str, str]]) -> tuple[ClueReading, ...]:
    """What the headers of one HTTP answer show ([exchange 3.5]); () for no headers."""
    present = {name.lower(): value for name, value in headers}
    if not present:
        return ()
    found: list[ClueReading] = []
    enabled = present.get("x-wssecurity-enabled", "").strip().lower()
    if enabled:
        found.append(
            ClueReading(
                Signal.WSSECURITY_OFF, enabled == "false", f"X-WSSecurity-Enabled: {enabled.title()[:5]}"
            )
        )
        found.append(
            ClueReading(
                Signal.WSSECURITY_ANSWERS, enabled == "true", f"X-WSSecurity-Enabled: {enabled.title()[:5]}"
            )
        )
    if present.get("x-caserrorcode") == "BadSamlToken":
        found.append(ClueReading(Signal.WSSECURITY_ANSWERS, seen=True, text="X-CasErrorCode: BadSamlToken"))
    exchange = exchange_headers(present)
    if exchange:
        found.append(
            ClueReading(
                Signal.PRE_AUTHENTICATION, seen=False, text=f"Exchange itself answered ({exchange[0]})"
            )
        )
    elif status == 401 and "www-authenticate" in present:
        found.append(
            ClueReading(Signal.PRE_AUTHENTICATION, seen=True, text="401 without any header of Exchange")
        )
    if status == 503 and "httpapi" in present.get("server", "").lower():
        found.append(
            ClueReading(Signal.SERVICE_STOPPED, seen=True, text="503 by Microsoft-HTTPAPI, not by IIS")
        )
    return tuple(found)


def phrase_readings(parts: Parts) -> tuple[ClueReading, ...]:
    """What the server's reason phrase gives away, since the SOAP client echoes it ([exchange 3.4])."""
    phrase = (parts.http_reason or "").lower()
    if "anonymous request disallowed" in phrase:
        text = "'Anonymous Request Disallowed' is Exchange's own phrase"
        return (ClueReading(Signal.PRE_AUTHENTICATION, seen=False, text=text),)
    if "the server requires authorization to fulfill the request" in phrase:
        return (
            ClueReading(Signal.PRE_AUTHENTICATION, seen=True, text="the phrase is that of Forefront TMG"),
        )
    return ()


def healthy_anonymous(parts: Parts) -> bool:
    """Whether the answer is that of a published Exchange to a request without a token."""
    if parts.http_status != 401:
        return False
    return any(
        r.seen and r.signal is Signal.WSSECURITY_ANSWERS for r in header_readings(401, parts.http_headers)
    )


def part_notes(parts: Parts, profile: Profile) -> tuple[Note, ...]:
    """What the parts say beside the message: User-Agent, kind of request, the place of the other side."""
    notes: list[Note] = []
    if parts.user_agent:
        notes.append(_agent_note(parts.user_agent, profile))
    inside = profile.place is Place.OWN_ORGANIZATION
    if inside and parts.request_type:
        text = "A request inside the organization: by default certificate errors are ignored for it."
        notes.append(Note(text, "[exchange 6.1]"))
    elif profile.authentication is Authentication.OAUTH and profile.place is not Place.MICROSOFT_SERVICE:
        notes.append(
            Note("The request authenticates with OAuth: no federation trust takes part.", "[exchange 1.1.1]")
        )
    elif profile.authentication is Authentication.WS_SECURITY:
        text = "A federated request: the certificate is judged strictly, any policy error is fatal."
        notes.append(Note(text, "[exchange 6.3]"))
    if profile.place is Place.EXCHANGE_ONLINE:
        notes.append(
            Note("The address is Exchange Online's: nobody can set its servers.", "[exchange 1.4.3]")
        )
    if parts.event_id in {4001, 4002} and not inside:
        text = (
            "A URL that failed is remembered as bad for an hour: after a fix, wait or restart IIS on "
            "the caller."
        )
        notes.append(Note(text, "[exchange 1.1.6]"))
    return tuple(notes)


def _agent_note(agent: UserAgent, profile: Profile) -> Note:
    leg = "an Autodiscover request" if agent.category.lower() == "asautodiscover" else "a free/busy request"
    origin = {
        "directory": "; its URL came from TargetSharingEpr or the directory",
        "emaildomain": "; its URL came from Autodiscover",
    }.get(agent.source.lower(), "")
    way = {Authentication.OAUTH: "with an OAuth token", Authentication.WINDOWS: "with an account"}.get(
        profile.authentication, ""
    )
    text = (
        f"The line is {leg} of another organization's Availability service"
        f"{f' {way}' if way else ''} ({agent.request_type}{origin})."
    )
    return Note(text, "[exchange 5.6] (User-Agent shape)")
