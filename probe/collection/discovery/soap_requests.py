"""The SOAP requests that are sent, without a token, and safe reading of what comes back.

Requests are built by an XML library once, with places for the values, which are escaped into them. Answers
are read by `xml_events`: nothing external is loaded and nothing can expand. Element names and namespaces are
those of [exchange 1.1.2], [exchange 2.1], [exchange 2.2] and [exchange 2.3].
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from xml.etree import ElementTree  # builds requests and elements; answers are read by xml_events

from probe.facts import xml_events
from probe.facts.soap import SOAP_11
from probe.facts.xml_events import Name

ADDRESSING = "http://www.w3.org/2005/08/addressing"
AUTODISCOVER = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
CONTENT_TYPE = "text/xml; charset=utf-8"

GET_FEDERATION_INFORMATION = f"{AUTODISCOVER}/Autodiscover/GetFederationInformation"
GET_USER_SETTINGS = f"{AUTODISCOVER}/Autodiscover/GetUserSettings"
GET_USER_AVAILABILITY = f"{MESSAGES}/GetUserAvailability"
_ANONYMOUS = f"{ADDRESSING}/anonymous"
_PREFIXES = {"soap": SOAP_11, "wsa": ADDRESSING, "a": AUTODISCOVER, "m": MESSAGES, "t": TYPES}
_PLACE = re.compile(r"\{(\w+)\}")
_MAXIMUM_DEPTH = 64


class MalformedAnswerError(ValueError):
    """An answer that is no XML, or XML that is not read here on purpose."""


def soap_headers(action: str) -> tuple[tuple[str, str], ...]:
    """The HTTP headers of a SOAP 1.1 request."""
    return (("Content-Type", CONTENT_TYPE), ("SOAPAction", f'"{action}"'))


def get_federation_information(url: str, domain: str) -> bytes:
    """The anonymous GetFederationInformation request ([exchange 2.2]).

    The front end lets it pass unauthenticated because wsa:Action ends in /GetFederationInformation.
    """
    return _filled(_federation_information(), url=url, domain=domain)


def get_user_settings(url: str, mailbox: str) -> bytes:
    """GetUserSettings as the Availability service asks for it ([exchange 1.1.2]), tokenless."""
    return _filled(_user_settings(), url=url, mailbox=mailbox)


def get_user_availability(url: str, mailbox: str, day: date) -> bytes:
    """GetUserAvailability for one mailbox and one day, tokenless; UTC is its time zone."""
    after = day + timedelta(days=1)
    return _filled(
        _user_availability(), url=url, mailbox=mailbox, day=day.isoformat(), after=after.isoformat()
    )


def parse(content: bytes) -> ElementTree.Element:
    """The root element of an answer, names as `{namespace}local`.

    Raises:
        MalformedAnswerError: it is no well-formed XML, has a document type, or is nested too deeply.
    """
    tree = _Tree()
    try:
        xml_events.read(content, tree, maximum_depth=_MAXIMUM_DEPTH)
    except xml_events.UnreadableXmlError as wrong:
        raise MalformedAnswerError(str(wrong)) from None
    return tree.builder.close()


class _Tree:
    """Builds the elements; a name that stands often is made once."""

    def __init__(self) -> None:
        self.builder = ElementTree.TreeBuilder()
        self._tags: dict[Name, str] = {}
        self._open: list[str] = []

    def start(self, name: Name, attributes: dict[Name, str]) -> None:
        tag = self._tag(name)
        self._open.append(tag)
        self.builder.start(tag, {self._tag(key): value for key, value in attributes.items()})

    def end(self) -> None:
        self.builder.end(self._open.pop())

    def text(self, data: str) -> None:
        self.builder.data(data)

    def _tag(self, name: Name) -> str:
        tag = self._tags.get(name)
        if tag is None:
            namespace, local = name
            tag = self._tags[name] = f"{{{namespace}}}{local}" if namespace else local
        return tag


def _filled(template: Sequence[str], **values: str) -> bytes:
    """A request with these values in the places that its template has for them."""
    written = list(template)
    for place in range(1, len(template), 2):
        value = values[template[place]]
        # xml.sax.saxutils.escape does the same and imports urllib.request for it, 12 ms.
        written[place] = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(written).encode()


def _template(envelope: ElementTree.Element) -> list[str]:
    """The text of a request, cut at the places for values: every second part is the name of one."""
    return _PLACE.split(ElementTree.tostring(envelope, encoding="unicode"))


@lru_cache(maxsize=1)
def _federation_information() -> list[str]:
    envelope, body = _envelope(GET_FEDERATION_INFORMATION)
    message = _child(body, AUTODISCOVER, "GetFederationInformationRequestMessage")
    request = _child(message, AUTODISCOVER, "Request")
    _child(request, AUTODISCOVER, "Domain", "{domain}")
    return _template(envelope)


@lru_cache(maxsize=1)
def _user_settings() -> list[str]:
    envelope, body = _envelope(GET_USER_SETTINGS)
    _child(envelope[0], AUTODISCOVER, "RequestedServerVersion", "Exchange2010")
    message = _child(body, AUTODISCOVER, "GetUserSettingsRequestMessage")
    request = _child(message, AUTODISCOVER, "Request")
    user = _child(_child(request, AUTODISCOVER, "Users"), AUTODISCOVER, "User")
    _child(user, AUTODISCOVER, "Mailbox", "{mailbox}")
    settings = _child(request, AUTODISCOVER, "RequestedSettings")
    for setting in ("ExternalEwsUrl", "ExternalEwsVersion", "InteropExternalEwsUrl"):
        _child(settings, AUTODISCOVER, "Setting", setting)
    return _template(envelope)


@lru_cache(maxsize=1)
def _user_availability() -> list[str]:
    envelope, body = _envelope(GET_USER_AVAILABILITY)
    _child(envelope[0], TYPES, "RequestServerVersion").set("Version", "Exchange2010")
    request = _child(body, MESSAGES, "GetUserAvailabilityRequest")
    _time_zone(_child(request, TYPES, "TimeZone"))
    data = _child(_child(request, MESSAGES, "MailboxDataArray"), TYPES, "MailboxData")
    _child(_child(data, TYPES, "Email"), TYPES, "Address", "{mailbox}")
    _child(data, TYPES, "AttendeeType", "Required")
    _child(data, TYPES, "ExcludeConflicts", "false")
    options = _child(request, TYPES, "FreeBusyViewOptions")
    window = _child(options, TYPES, "TimeWindow")
    _child(window, TYPES, "StartTime", "{day}T00:00:00")
    _child(window, TYPES, "EndTime", "{after}T00:00:00")
    _child(options, TYPES, "MergedFreeBusyIntervalInMinutes", "30")
    _child(options, TYPES, "RequestedView", "FreeBusyMerged")
    return _template(envelope)


def _time_zone(zone: ElementTree.Element) -> None:
    _child(zone, TYPES, "Bias", "0")
    for name, month in (("StandardTime", "10"), ("DaylightTime", "3")):
        change = _child(zone, TYPES, name)
        _child(change, TYPES, "Bias", "0")
        _child(change, TYPES, "Time", "02:00:00")
        _child(change, TYPES, "DayOrder", "5")
        _child(change, TYPES, "Month", month)
        _child(change, TYPES, "DayOfWeek", "Sunday")


def _envelope(action: str) -> tuple[ElementTree.Element, ElementTree.Element]:
    """(envelope, body) with the addressing headers; `{url}` is the place of the URL."""
    for prefix, namespace in _PREFIXES.items():
        ElementTree.register_namespace(prefix, namespace)
    envelope = ElementTree.Element(f"{{{SOAP_11}}}Envelope")
    header = _child(envelope, SOAP_11, "Header")
    _child(header, ADDRESSING, "Action", action).set(f"{{{SOAP_11}}}mustUnderstand", "1")
    _child(header, ADDRESSING, "To", "{url}").set(f"{{{SOAP_11}}}mustUnderstand", "1")
    _child(_child(header, ADDRESSING, "ReplyTo"), ADDRESSING, "Address", _ANONYMOUS)
    return envelope, _child(envelope, SOAP_11, "Body")


def _child(
    parent: ElementTree.Element, namespace: str, name: str, text: str | None = None
) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, f"{{{namespace}}}{name}")
    element.text = text
    return element
