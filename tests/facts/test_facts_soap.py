"""SOAP answers from strangers: what is read, and what is refused before it can do harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.facts import soap, xml_events

ENVELOPE = "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>{0}</s:Body></s:Envelope>"


def enveloped(content: str) -> bytes:
    return ENVELOPE.format(content).encode()


def test_fault_is_read_with_code_text_and_detail() -> None:
    document = soap.read(
        enveloped(
            "<s:Fault><faultcode>a:InvalidSecurity</faultcode><faultstring>one\ntwo</faultstring>"
            "<detail><faultstring>not this</faultstring></detail></s:Fault>"
        )
    )
    assert document is not None
    assert document.is_envelope
    assert document.fault == soap.SoapFault("InvalidSecurity", "", "one\ntwo", has_detail=True)


def test_elements_of_other_namespaces_are_not_the_faults() -> None:
    document = soap.read(enveloped("<s:Fault xmlns:x='urn:x'><x:faultstring>no</x:faultstring></s:Fault>"))
    assert document is not None
    assert document.fault == soap.SoapFault()


def test_what_is_no_fault_is_named() -> None:
    document = soap.read(enveloped("<m:Answer xmlns:m='urn:m'><Fault/></m:Answer>"))
    assert document is not None
    assert (document.content, document.fault) == ("Answer", None)


@pytest.mark.parametrize(
    ("body", "envelope"),
    [
        pytest.param(b"<Envelope><Body/></Envelope>", True, id="no-namespace"),
        pytest.param(b"<Envelope xmlns='urn:x'><Body/></Envelope>", False, id="foreign-namespace"),
        pytest.param(b"<Envelope><Head/></Envelope>", False, id="no-body"),
        pytest.param(b"<html><Body/></html>", False, id="no-envelope"),
    ],
)
def test_envelope(body: bytes, *, envelope: bool) -> None:
    document = soap.read(body)
    assert document is not None
    assert document.is_envelope is envelope


BOMB = (
    b"<!DOCTYPE a [<!ENTITY b 'xxxxxxxxxx'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'>]>"
    b"<Envelope><Body>&c;</Body></Envelope>"
)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"   ", id="blanks"),
        pytest.param(b"<a>", id="unfinished"),
        pytest.param(b"<a></b>", id="crossed"),
        pytest.param(BOMB, id="entities"),
        pytest.param(b"<!DOCTYPE html><html/>", id="document-type"),
        pytest.param(b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", id="external-entity"),
        pytest.param(b"<?xml version='1.0' encoding='nonsense'?><a/>", id="unknown-encoding"),
        pytest.param(b"<a>" * (soap.MAXIMUM_DEPTH + 1) + b"</a>" * (soap.MAXIMUM_DEPTH + 1), id="too-deep"),
        pytest.param(b"<a>" + b"<b/>" * xml_events.MAXIMUM_ELEMENTS + b"</a>", id="too-many"),
    ],
)
def test_refused(body: bytes) -> None:
    assert soap.read(body) is None


def test_a_capped_body_is_read_as_far_as_it_goes() -> None:
    body = enveloped("<s:Fault><faultcode>s:Server</faultcode><faultstring>why</faultstring></s:Fault>")
    document = soap.read(body[:-20], complete=False)
    assert document is not None
    assert document.fault == soap.SoapFault("Server", "", "why")


def test_text_is_bounded() -> None:
    document = soap.read(enveloped(f"<s:Fault><faultstring>{'x' * 50_000}</faultstring></s:Fault>"))
    assert document is not None
    assert document.fault is not None
    assert len(document.fault.text) == soap.MAXIMUM_TEXT


@given(
    st.binary(max_size=300)
    | st.text(alphabet="<>/abc!DOCTYPE[]&; sEnvelopeBody'\"=:", max_size=200).map(str.encode)
)
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    soap.read(body)
    soap.read(body, complete=False)
