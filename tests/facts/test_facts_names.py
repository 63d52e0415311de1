"""Distinguished names: compared by their bytes, shown as .NET shows them, read whatever is in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.facts.encoding import der
from probe.facts.names import COMMON_NAME, Name
from probe.lab import certificate_extensions as encoding
from probe.lab.authority import name

CN, ORG, UNIT, C, DC = "2.5.4.3", "2.5.4.10", "2.5.4.11", "2.5.4.6", "0.9.2342.19200300.100.1.25"
UTF8, PRINTABLE, TELETEX, IA5, BMP, UNIVERSAL = 0x0C, 0x13, 0x14, 0x16, 0x1E, 0x1C


def attribute(oid: str, tag: int, content: bytes) -> bytes:
    return encoding.sequence(encoding.object_identifier(oid), der.wrap(tag, content))


def rdns(*sets: bytes) -> Name:
    return Name(encoding.sequence(*(der.wrap(0x31, content) for content in sets)))


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        pytest.param(
            [(C, "DE"), (ORG, "Contoso"), (CN, "mail.contoso.com")],
            "CN=mail.contoso.com, O=Contoso, C=DE",
            id="most-specific-first",
        ),
        pytest.param([(DC, "com"), (DC, "contoso"), (CN, "CA")], "CN=CA, DC=contoso, DC=com", id="dc"),
        pytest.param([(ORG, "Contoso, Ltd.")], 'O="Contoso, Ltd."', id="comma"),
        pytest.param([(ORG, 'The "Best"')], 'O="The ""Best"""', id="quotes"),
        pytest.param([(ORG, " spaces ")], 'O=" spaces "', id="spaces"),
        pytest.param([(ORG, "")], 'O=""', id="empty"),
        pytest.param([("1.2.3.4", "x")], "OID.1.2.3.4=x", id="unknown-attribute"),
        pytest.param([], "", id="no-attribute"),
    ],
)
def test_a_name_reads_as_dotnet_prints_it(attributes: list[tuple[str, str]], text: str) -> None:
    assert str(Name(name(attributes))) == text


@pytest.mark.parametrize(
    ("tag", "content", "text"),
    [
        pytest.param(UTF8, "Müller".encode(), "Müller", id="utf8"),
        pytest.param(PRINTABLE, b"Contoso", "Contoso", id="printable"),
        pytest.param(PRINTABLE, b"*.contoso.com", "*.contoso.com", id="a-star-in-a-printable-string"),
        pytest.param(PRINTABLE, b"a\x00b", "a\x00b", id="a-nul"),
        pytest.param(TELETEX, "Müller".encode("latin-1"), "Müller", id="teletex-is-latin-1"),
        pytest.param(BMP, "Zürich".encode("utf-16-be"), "Zürich", id="bmp"),
        pytest.param(UNIVERSAL, "東".encode("utf-32-be"), "東", id="universal"),
        pytest.param(UTF8, b"\xff\xfe", "ÿþ", id="utf8-that-is-none"),
        pytest.param(BMP, b"odd", "odd", id="half-a-character"),
    ],
)
def test_every_string_type_is_read(tag: int, content: bytes, text: str) -> None:
    assert rdns(attribute(CN, tag, content)).common_names == (text,)


def test_several_common_names_come_in_their_order() -> None:
    together = attribute(CN, UTF8, b"two") + attribute(UNIT, UTF8, b"unit")
    found = rdns(attribute(CN, UTF8, b"one"), together, attribute(CN, UTF8, b"three"))
    assert found.common_names == ("one", "two", "three")
    assert found.values(UNIT) == ("unit",)
    assert found.values(ORG) == ()


def test_a_set_in_the_wrong_order_is_no_error() -> None:
    members = sorted([attribute(CN, UTF8, b"a"), attribute(C, PRINTABLE, b"DE")])
    right, wrong = rdns(b"".join(members)), rdns(b"".join(reversed(members)))
    assert sorted(right.attributes) == sorted(wrong.attributes)
    assert right != wrong


def test_names_are_compared_byte_for_byte() -> None:
    printable, utf8 = rdns(attribute(ORG, PRINTABLE, b"Lab")), rdns(attribute(ORG, UTF8, b"Lab"))
    assert str(printable) == str(utf8)
    assert printable != utf8
    assert rdns(attribute(ORG, UTF8, b"lab")) != utf8
    assert Name(utf8.der) == utf8
    assert len({utf8, Name(utf8.der), printable}) == 2


@pytest.mark.parametrize("content", [b"", b"\x30", b"\x30\x05\x31", b"\x04\x00", b"\x30\x02\x31\x05"])
def test_a_name_that_cannot_be_decoded_has_no_attributes(content: bytes) -> None:
    broken = Name(content)
    assert (broken.attributes, str(broken), broken.values(COMMON_NAME)) == ((), "", ())


@given(st.binary(max_size=200))
def test_no_bytes_raise(content: bytes) -> None:
    assert str(Name(content)) == str(Name(content))


@given(st.lists(st.tuples(st.sampled_from((CN, ORG, UNIT, C)), st.text(max_size=20)), max_size=5))
def test_what_was_encoded_is_read_back(attributes: list[tuple[str, str]]) -> None:
    assert list(Name(name(attributes)).attributes) == attributes
