"""Reading hostile XML: what is told, what is refused, and that nothing else comes out."""

from __future__ import annotations

from encodings.aliases import aliases

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.collection.discovery import soap_requests
from probe.facts import soap, xml_events
from probe.facts.xml_events import Name, UnreadableXmlError


class Written:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def start(self, name: Name, attributes: dict[Name, str]) -> None:
        self.told.append((name, attributes))

    def end(self) -> None:
        self.told.append("end")

    def text(self, data: str) -> None:
        self.told.append(data)


def read(content: bytes) -> list[object]:
    written = Written()
    xml_events.read(content, written, maximum_depth=50)
    return written.told


def test_names_have_the_namespace_of_their_place() -> None:
    assert read(b"<a xmlns='u' xmlns:p='v'><p:b xmlns='' p:k='1' k='2'><c/></p:b><c/></a>") == [
        (("u", "a"), {}),
        (("v", "b"), {("v", "k"): "1", ("", "k"): "2"}),
        (("", "c"), {}),
        "end",
        "end",
        (("u", "c"), {}),
        "end",
        "end",
    ]


LONG = b"u" * (xml_events.MAXIMUM_NAMESPACE + 1)
MANY = b" ".join(b"xmlns:p%d='u'" % n for n in range(xml_events.MAXIMUM_PREFIXES - 1))
REFUSED = [
    pytest.param(b"<p:a/>", "is not declared", id="undeclared-prefix"),
    pytest.param(b"<a p:k='1'/>", "is not declared", id="undeclared-prefix-of-an-attribute"),
    pytest.param(b"<a><b xmlns:p='u'/><p:c/></a>", "is not declared", id="prefix-out-of-its-place"),
    pytest.param(b"<a:b:c xmlns:a='u'/>", "is no name", id="two-colons"),
    pytest.param(b"<:a/>", "is no name", id="empty-prefix"),
    pytest.param(b"<a xmlns:p='u' xmlns:q='u' p:k='' q:k=''/>", "stands twice", id="attribute-twice"),
    pytest.param(b"<a xmlns='" + LONG + b"'/>", "characters", id="long-namespace"),
    pytest.param(b"<a " + MANY + b"><b xmlns:q='u'/></a>", "prefixes", id="many-prefixes"),
    pytest.param(
        b"<a " + b" ".join(b"k%d=''" % n for n in range(xml_events.MAXIMUM_ATTRIBUTES + 1)) + b"/>",
        "attributes",
        id="many-attributes",
    ),
    pytest.param(b"<a>" * 51, "deep", id="too-deep"),
    pytest.param(b"<a>" + b"<b/>" * xml_events.MAXIMUM_ELEMENTS, "elements", id="too-many"),
    pytest.param(b"<!DOCTYPE a><a/>", "document type", id="document-type"),
]


@pytest.mark.parametrize(("content", "words"), REFUSED)
def test_what_costs_more_than_its_bytes_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableXmlError, match=words):
        read(content)


@pytest.mark.parametrize("encoding", sorted({*aliases, *aliases.values(), "nonsense", "utf-16-be", ""}))
def test_an_encoding_never_ends_the_check(encoding: str) -> None:
    """An Asian proxy's error page names its encoding, and expat raises a bare ValueError."""
    content = f"<?xml version='1.0' encoding='{encoding}'?><a>text</a>".encode()
    for complete in (True, False):
        soap.read(content, complete=complete)
    try:
        soap_requests.parse(content)
    except soap_requests.MalformedAnswerError:
        pass


@given(st.text(alphabet="<>/ab:= '\"xmlns&;!?-[]", max_size=120).map(str.encode) | st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        read(content)
    except UnreadableXmlError:
        pass
