"""What of a URL goes into a request, and what the Host header and CONNECT name."""

from __future__ import annotations

import pytest

from probe.collection.connection.request_line import request_line


@pytest.mark.parametrize(
    ("url", "target"),
    [
        pytest.param("https://h.example", "/", id="no-path"),
        pytest.param(
            "https://h.example/ews/exchange.asmx/WSSecurity", "/ews/exchange.asmx/WSSecurity", id="as-it-is"
        ),
        pytest.param("https://h.example/a%20b/%C3%BC", "/a%20b/%C3%BC", id="escaped-already"),
        pytest.param("https://h.example/a b/\u00fc?q=\u00fc", "/a%20b/%C3%BC?q=%C3%BC", id="not-escaped"),
        pytest.param("http://h.example/\x01\ud800", "/%01%3F", id="control-and-surrogate"),
        pytest.param("https://h.example/?Email=u@d.example&a=?", "/?Email=u@d.example&a=?", id="query"),
        pytest.param("https://h.example/a/./b/../c", "/a/c", id="dots"),
        pytest.param("https://h.example/../../a/..", "/", id="dots-above-the-root"),
        pytest.param("https://h.example/a/b/.", "/a/b/", id="dot-at-the-end"),
        pytest.param("https://h.example/.well-known/..x//y", "/.well-known/..x//y", id="no-dot-segments"),
    ],
)
def test_the_target(url: str, target: str) -> None:
    assert request_line(url).target == target


@pytest.mark.parametrize(
    ("url", "host", "authority", "absolute"),
    [
        pytest.param("https://h.example/x", "h.example", "h.example:443", "https://h.example/x", id="https"),
        pytest.param(
            "http://h.example:80/x", "h.example", "h.example:80", "http://h.example/x", id="port-80"
        ),
        pytest.param(
            "https://h.example:80/x", "h.example:80", "h.example:80", "https://h.example:80/x", id="odd-port"
        ),
        pytest.param("https://[::1]/x", "[::1]", "[::1]:443", "https://[::1]/x", id="literal-6"),
        pytest.param(
            "https://[::1]:8443/x",
            "[::1]:8443",
            "[::1]:8443",
            "https://[::1]:8443/x",
            id="literal-6-and-port",
        ),
    ],
)
def test_host_header_and_what_a_proxy_is_asked_for(
    url: str, host: str, authority: str, absolute: str
) -> None:
    line = request_line(url)
    assert (line.host_and_port, line.authority, line.url) == (host, authority, absolute)
