"""The SOAP that is sent is well-formed and says what Exchange looks for; what comes back cannot hurt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from xml.etree.ElementTree import Element

import pytest

from probe.collection.discovery import soap_requests

URL = 'https://mail.example/x?a=1&b="<2>"'


def find(root: Element, path: str) -> str | None:
    names = {
        "s": "http://schemas.xmlsoap.org/soap/envelope/",
        "w": soap_requests.ADDRESSING,
        "a": soap_requests.AUTODISCOVER,
        "m": soap_requests.MESSAGES,
        "t": soap_requests.TYPES,
    }
    return root.findtext(path, namespaces=names)


@pytest.mark.parametrize(
    ("build", "action"),
    [
        pytest.param(
            lambda: soap_requests.get_federation_information(URL, "x.example"),
            "GetFederationInformation",
            id="federation",
        ),
        pytest.param(
            lambda: soap_requests.get_user_settings(URL, "u@x.example"), "GetUserSettings", id="settings"
        ),
        pytest.param(
            lambda: soap_requests.get_user_availability(URL, "u@x.example", date(2026, 12, 31)),
            "GetUserAvailability",
            id="availability",
        ),
    ],
)
def test_requests_are_well_formed_and_addressed(build: Callable[[], bytes], action: str) -> None:
    root = soap_requests.parse(build())
    assert (find(root, "s:Header/w:Action") or "").endswith("/" + action)
    assert find(root, "s:Header/w:To") == URL


def test_federation_information_names_the_domain() -> None:
    root = soap_requests.parse(soap_requests.get_federation_information(URL, "x<y.example"))
    path = "s:Body/a:GetFederationInformationRequestMessage/a:Request/a:Domain"
    assert find(root, path) == "x<y.example"


def test_availability_is_asked_for_one_day() -> None:
    root = soap_requests.parse(soap_requests.get_user_availability(URL, "u@x.example", date(2026, 12, 31)))
    window = "s:Body/m:GetUserAvailabilityRequest/t:FreeBusyViewOptions/t:TimeWindow/"
    assert find(root, window + "t:StartTime") == "2026-12-31T00:00:00"
    assert find(root, window + "t:EndTime") == "2027-01-01T00:00:00"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html><br></html>", id="html"),
        pytest.param(b"<!DOCTYPE a><a/>", id="document-type"),
        pytest.param(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', id="entity"),
        pytest.param(b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', id="external"),
        pytest.param(b"<a>" * 100 + b"</a>" * 100, id="too-deep"),
        pytest.param(b"<?xml version='1.0' encoding='utf-99'?><a/>", id="unknown-encoding"),
        pytest.param(b"<a>\xff</a>", id="no-utf-8"),
        pytest.param(b"<p:a/>", id="undeclared-prefix"),
    ],
)
def test_answers_that_are_not_read(content: bytes) -> None:
    with pytest.raises(soap_requests.MalformedAnswerError):
        soap_requests.parse(content)


def test_names_come_with_their_namespace() -> None:
    root = soap_requests.parse(b'<a xmlns="urn:x" xmlns:p="urn:y" p:k="v"><p:b>text</p:b></a>')
    assert (root.tag, root[0].tag, root[0].text) == ("{urn:x}a", "{urn:y}b", "text")
    assert root.attrib == {"{urn:y}k": "v"}
