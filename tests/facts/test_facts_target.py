"""What a user may type, and what probe takes it for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.__main__ import main
from probe.errors import TargetError
from probe.facts import target as targets
from probe.facts.target import Target, TargetKind, without_password


@pytest.mark.parametrize(
    ("typed", "kind", "domain", "host", "port", "url"),
    [
        pytest.param("contoso.com", "domain", "contoso.com", None, None, None, id="domain"),
        pytest.param(" Contoso.COM ", "domain", "contoso.com", None, None, None, id="domain-in-capitals"),
        pytest.param("contoso.com.", "domain", "contoso.com.", None, None, None, id="trailing-dot-kept"),
        pytest.param("kim@contoso.com", "address", "contoso.com", None, None, None, id="address"),
        pytest.param("bücher.example", "domain", "xn--bcher-kva.example", None, None, None, id="idna"),
        pytest.param("mail.contoso.com:444", "host", None, "mail.contoso.com", 444, None, id="host-port"),
        pytest.param("exchange01", "host", None, "exchange01", 443, None, id="single-label"),
        pytest.param("192.0.2.7", "host", None, "192.0.2.7", 443, None, id="ipv4"),
        pytest.param("2001:DB8::7", "host", None, "2001:db8::7", 443, None, id="ipv6"),
        pytest.param("[2001:db8::7]:444", "host", None, "2001:db8::7", 444, None, id="ipv6-port"),
        pytest.param("[2001:db8::7]", "host", None, "2001:db8::7", 443, None, id="ipv6-brackets"),
        pytest.param(
            "HTTPS://Mail.Contoso.com/EWS/Exchange.asmx",
            "url",
            None,
            "mail.contoso.com",
            443,
            "https://mail.contoso.com/EWS/Exchange.asmx",
            id="url-keeps-the-case-of-its-path",
        ),
        pytest.param(
            "https://[::1]:8443/x?y=1", "url", None, "::1", 8443, "https://[::1]:8443/x?y=1", id="url-ipv6"
        ),
    ],
)
def test_target_is_read_as_meant(
    typed: str, kind: str, domain: str | None, host: str | None, port: int | None, url: str | None
) -> None:
    parsed = targets.parse(typed)
    assert (parsed.kind, parsed.domain, parsed.host, parsed.port, parsed.url) == (
        TargetKind(kind),
        domain,
        host,
        port,
        url,
    )


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("", id="nothing"),
        pytest.param("http://mail.contoso.com/", id="plain-http"),
        pytest.param("https:///path", id="no-host"),
        pytest.param("https://user:secret@mail.contoso.com/", id="credentials-in-url"),
        pytest.param("https://mail.contoso.com:0/", id="port-zero"),
        pytest.param("https://mail.contoso.com:99999/", id="port-too-large"),
        pytest.param("mail.contoso.com:https", id="port-is-a-word"),
        pytest.param("mail..contoso.com", id="empty-label"),
        pytest.param("con toso.com", id="blank"),
        pytest.param("contoso.com\x1b[2J", id="terminal-escape"),
        pytest.param("@contoso.com", id="address-without-user"),
        pytest.param("kim@contoso", id="address-without-domain"),
        pytest.param("a" * 3000 + ".com", id="too-long"),
    ],
)
def test_mistyped_target_says_what_to_type(typed: str) -> None:
    with pytest.raises(TargetError, match=r"give|leave them out") as caught:
        targets.parse(typed)
    assert "secret" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


@given(st.text(max_size=80))
def test_any_text_is_a_target_or_a_clear_error(typed: str) -> None:
    try:
        parsed = targets.parse(typed)
    except TargetError as refused:
        assert str(refused).isprintable()
    else:
        assert isinstance(parsed, Target)
        assert (parsed.domain or parsed.host or "").isascii()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://m/ews/exchange.asmx", "https://m/ews/exchange.asmx/WSSecurity", id="appended"),
        pytest.param("https://m/ews/exchange.asmx/", "https://m/ews/exchange.asmx/WSSecurity", id="slash"),
        pytest.param("https://m/e/WSSecurity", "https://m/e/WSSecurity", id="already"),
        pytest.param("https://m/e/wssecurity/", "https://m/e/wssecurity/", id="already-other-case-and-slash"),
    ],
)
def test_suffix_is_appended_as_the_availability_service_does(url: str, expected: str) -> None:
    assert targets.with_wssecurity(url) == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("contoso.com", " CONTOSO.com ", True, id="capitals"),
        pytest.param("contoso.com", "Contoso.com.", True, id="final-dot"),
        pytest.param("bücher.example", "XN--bcher-kva.example", True, id="internationalised"),
        pytest.param("kim@bücher.example", "Kim@xn--bcher-kva.example", True, id="address"),
        pytest.param("contoso.com", "kim@contoso.com", False, id="domain-and-address"),
        pytest.param("contoso.com", "contoso.com:443", False, id="domain-and-host"),
        pytest.param("no target!", "No Target!", True, id="no-target"),
    ],
)
def test_spellings_of_a_partner_have_one_key(one: str, other: str, same: bool) -> None:
    assert (targets.target_key(one) == targets.target_key(other)) is same


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("https://u:secret@mail.contoso.com/", "https://***@mail.contoso.com/", id="url"),
        pytest.param("u:secret@mail.contoso.com:443", "***@mail.contoso.com:443", id="without-a-scheme"),
        pytest.param(
            "https://u:sec/ret@mail.contoso.com/", "https://***@mail.contoso.com/", id="with-a-slash"
        ),
        pytest.param("https://u:sec@ret@contoso.com", "https://***@contoso.com", id="with-an-at-sign"),
        pytest.param("https://u:1secret@contoso.com", "https://***@contoso.com", id="begins-with-a-digit"),
        pytest.param("u:1@contoso.com", "***@contoso.com", id="a-digit"),
        pytest.param("user@contoso.com", "user@contoso.com", id="address"),
        pytest.param(
            "https://contoso.com:443/owa/u@x.y", "https://contoso.com:443/owa/u@x.y", id="in-the-path"
        ),
        pytest.param("https://contoso.com/a:b@c", "https://contoso.com/a:b@c", id="in-the-path-with-a-colon"),
        pytest.param("contoso.com:443", "contoso.com:443", id="port"),
    ],
)
def test_no_password_is_shown(text: str, shown: str) -> None:
    assert without_password(text) == shown


def test_what_is_no_command_shows_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["u:secret@mail.contoso.com"]) == 64
    assert main(["check", "u:secret@mail.contoso.com", "--format", "json"]) == 64
    assert "secret" not in "".join(capsys.readouterr())
