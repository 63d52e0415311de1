"""The strings that settings are made from, and the mistakes in them."""

from __future__ import annotations

import pytest

from probe.collection.settings import (
    ConnectTo,
    Proxy,
    ResolveTo,
    Settings,
    parse_connect_to,
    parse_proxy,
    parse_resolve,
    proxy_from_environment,
)
from probe.errors import UsageError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail.example:443:10.0.0.1:8443", ConnectTo("mail.example", 443, "10.0.0.1", 8443)),
        ("::127.0.0.1:8443", ConnectTo(None, None, "127.0.0.1", 8443)),
        ("mail.example::other.example:", ConnectTo("mail.example", None, "other.example", None)),
        ("[2001:db8::1]:443:[::1]:1", ConnectTo("2001:db8::1", 443, "::1", 1)),
        ("MAIL.example:443::", ConnectTo("mail.example", 443, None, None)),
    ],
)
def test_connect_to(text: str, expected: ConnectTo) -> None:
    assert parse_connect_to(text) == expected


@pytest.mark.parametrize(
    "text", ["", "a:1:b", "a:1:b:2:3", "a:x:b:2", "a:1:b:70000", "a b:1:c:2", "::1:443:b:1"]
)
def test_no_connect_to(text: str) -> None:
    with pytest.raises(UsageError):
        parse_connect_to(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail.example:443:10.0.0.1", ResolveTo("mail.example", 443, ("10.0.0.1",))),
        ("*:443:10.0.0.1,[::1]", ResolveTo(None, 443, ("10.0.0.1", "::1"))),
        ("::127.0.0.1", ResolveTo(None, None, ("127.0.0.1",))),
    ],
)
def test_resolve(text: str, expected: ResolveTo) -> None:
    assert parse_resolve(text) == expected


@pytest.mark.parametrize("text", ["", "a:443", "a:443:", "a:443:name.example", "a:0:1.2.3.4"])
def test_no_resolve(text: str) -> None:
    with pytest.raises(UsageError):
        parse_resolve(text)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://proxy.example:3128", Proxy("proxy.example", 3128)),
        ("proxy.example:3128", Proxy("proxy.example", 3128)),
        ("http://proxy.example", Proxy("proxy.example", 80)),
        ("http://us%3Aer:p%40ss@[::1]:8080", Proxy("::1", 8080, ("us:er", "p@ss"))),
    ],
)
def test_proxy(url: str, expected: Proxy) -> None:
    assert parse_proxy(url) == expected
    assert "@" not in expected.url


@pytest.mark.parametrize(
    "url", ["socks5://p:1080", "https://p:443", "http://", "http://p:99999", "http://a b:1"]
)
def test_no_proxy_that_can_be_used(url: str) -> None:
    with pytest.raises(UsageError) as wrong:
        parse_proxy(url)
    assert "secret" not in str(wrong.value)


@pytest.mark.parametrize(
    ("entry", "host", "direct"),
    [
        ("partner.example", "partner.example", True),
        ("partner.example", "mail.partner.example", True),
        (".partner.example", "mail.partner.example", True),
        ("partner.example", "notpartner.example", False),
        ("*", "any.example", True),
        ("", "any.example", False),
        ("127.0.0.1", "127.0.0.1", True),
    ],
)
def test_hosts_without_proxy(entry: str, host: str, direct: bool) -> None:
    settings = Settings(proxy=Proxy("p", 1), no_proxy=(entry,))
    assert (settings.proxy_for(host) is None) == direct


def test_the_environment() -> None:
    environment = {
        "HTTPS_PROXY": "http://upper:1",
        "https_proxy": "http://lower:2",
        "NO_PROXY": "a.example, b.example",
    }
    assert proxy_from_environment(environment) == (Proxy("lower", 2), ("a.example", "b.example"))
    assert proxy_from_environment({}) == (None, ())
