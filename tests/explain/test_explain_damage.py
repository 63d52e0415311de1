"""A copy that went through a web page, a mail or a console gives the same cause as the clean entry; arbitrary
text gives an answer in linear time and never an exception."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from probe.explain.entries import MAXIMUM_ENTRIES
from probe.explain.exception_chain import exception_chain
from probe.explain.explainer import explain
from probe.explain.output.redaction import redact
from probe.explain.output.render import render_text, to_document
from probe.explain.pasted_text import MAXIMUM_INPUT, key, normalise
from probe.facts.encoding.text_encoding import decoded

URL = "https://mail.contoso.com/ews/exchange.asmx/WSSecurity"
HEAD = (
    "Process 1212: ProxyWebRequest FederatedCrossForest from "
    "S-1-5-21-1671710892-3805255249-3875359145-102309 to "
    f"{URL} failed. Caller SIDs: WSSecurity. The exception returned is "
    "Microsoft.Exchange.InfoWorker.Common.Availability.ProxyWebRequestProcessingException: "
    "System.Net.WebException: "
)
FRAMES = (
    "\n   at System.Net.TlsStream.EndWrite(IAsyncResult asyncResult)\n"
    "   --- End of inner exception stack trace ---\n"
)
END = ". Name of the server where exception originated: CAS01. Turn up logging for the Availability service."
ENTRIES = {
    "trust-failure": HEAD
    + "The underlying connection was closed: Could not establish trust relationship for the SSL/TLS "
    "secure channel. "
    "---> System.Security.Authentication.AuthenticationException: The remote certificate is invalid "
    "according to the "
    f"validation procedure.{FRAMES}{END}",
    "reset-on-receive": HEAD
    + "The underlying connection was closed: An unexpected error occurred on a receive. ---> "
    "System.IO.IOException: Unable "
    "to read data from the transport connection: An existing connection was forcibly closed by the "
    "remote host. ---> "
    "System.Net.Sockets.SocketException: An existing connection was forcibly closed by the remote host"
    f"{FRAMES}{END}",
    "name-resolution": HEAD + f"The remote name could not be resolved: 'mail.contoso.com'{FRAMES}{END}",
    "http-401": HEAD + f"The request failed with HTTP status 401: Unauthorized.{FRAMES}{END}",
}

Damage = Callable[[str], str]
DAMAGES: dict[str, Damage] = {
    "em-dash-arrow": lambda text: text.replace("--->", "—>").replace("---", "—"),
    "en-dash-arrow": lambda text: text.replace("--->", "–>"),
    "two-hyphen-arrow": lambda text: text.replace("--->", "-->"),
    "arrow-at-line-end": lambda text: text.replace("---> ", "--->\n"),
    "broken-arrow": lambda text: text.replace(" ---> ", " ---\n> "),
    "entity-arrow": lambda text: text.replace("--->", "&#8212;>"),
    "escaped": html.escape,
    "escaped-twice": lambda text: html.escape(html.escape(text)),
    "curly-quotes": lambda text: text.replace("'", "’").replace('"', "“"),
    "no-break-spaces": lambda text: text.replace(" ", "\u00a0"),
    "zero-width": lambda text: text.replace("e", "e\u200b"),
    "soft-hyphens": lambda text: text.replace("tion", "ti\u00adon"),
    "doubled-spaces": lambda text: text.replace(" ", "  "),
    "quoted": lambda text: "\n".join(f"> {line}" for line in text.split("\n")),
    "quoted-deep": lambda text: "\n".join(f">> > {line}" for line in text.split("\n")),
    "folded": lambda text: "\n".join(textwrap.wrap(text, 72, break_long_words=False, break_on_hyphens=False)),
    "folded-hard": lambda text: "\n                     ".join(re.findall(r"(?s).{1,60}", text)),
    "folded-and-quoted": lambda text: "\n".join(
        f"> {line}" for line in textwrap.wrap(text, 60, break_on_hyphens=False)
    ),
    "one-line": lambda text: " ".join(text.split()),
    "carriage-returns": lambda text: text.replace("\n", "\r\n"),
    "blank-lines": lambda text: text.replace("\n", "\n\n"),
    "bold": lambda text: f"**{text}**",
    "bold-words": lambda text: text.replace("WebException", "**WebException**").replace(
        "failed.", "*failed*."
    ),
    "emphasised": lambda text: text.replace("FederatedCrossForest", "_FederatedCrossForest_"),
    "code-fence": lambda text: f"```\n{text}\n```",
    "inline-code": lambda text: f"`{text}`",
    "markdown-escapes": lambda text: text.replace("_", "\\_").replace("[", "\\[").replace(">", "\\>"),
    "html-paragraphs": lambda text: f"<p>{text}</p>".replace("\n", "<br />\n"),
    "html-bold": lambda text: text.replace("WSSecurity failed", "WSSecurity <b>failed</b>"),
    "windows-export": lambda text: f"Log Name:      Application\nEvent ID:      4002\nDescription:\n{text}",
}


def judged(text: str) -> list[str]:
    return [found.knowledge.name for found in explain(text) if found.knowledge]


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
@pytest.mark.parametrize("name", ENTRIES)
def test_one_damage_changes_neither_cause_nor_url(name: str, damage: Damage) -> None:
    found = explain(damage(ENTRIES[name]))
    assert judged(damage(ENTRIES[name])) == [name]
    assert found[0].parts.url == URL
    assert found[0].parts.server == "CAS01"


@pytest.mark.parametrize(
    "name",
    [
        "em-dash-arrow",
        "en-dash-arrow",
        "broken-arrow",
        "entity-arrow",
        "escaped-twice",
        "quoted-deep",
        "html-paragraphs",
    ],
)
@pytest.mark.parametrize("entry", ["trust-failure", "reset-on-receive"])
def test_the_exception_chain_survives(name: str, entry: str) -> None:
    def types(text: str) -> list[str | None]:
        return [link.type for link in exception_chain(normalise(text))]

    assert types(DAMAGES[name](ENTRIES[entry])) == types(ENTRIES[entry])
    assert len(types(ENTRIES[entry])) >= 3


@settings(max_examples=150)
@given(st.sampled_from(sorted(ENTRIES)), st.lists(st.sampled_from(sorted(DAMAGES)), max_size=4, unique=True))
def test_any_damages_together_leave_the_cause(name: str, damages: list[str]) -> None:
    text = ENTRIES[name]
    for damage in damages:
        text = DAMAGES[damage](text)
    assert name in judged(text)


@settings(max_examples=200)
@given(st.text(max_size=400))
def test_arbitrary_text_never_raises(text: str) -> None:
    found = explain(text)
    render_text(found)
    to_document(found, redact=False)


PIECES = [
    *ENTRIES.values(),
    "Process 1: ",
    "Caller SIDs: ",
    "&#",
    "&#8212;>",
    "<p ",
    "SMTP:",
    "@",
    "\n",
    " ",
    "--->",
    "401",
    "Id : ",
    "HTTP/1.1 200",
]


@settings(max_examples=200)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=30))
def test_scraps_of_entries_never_raise(pieces: list[str]) -> None:
    render_text(explain("".join(pieces)))


@settings(max_examples=200)
@given(st.binary(max_size=300))
@example(b"\xef\xbb").via("half a byte order mark")
def test_any_bytes_decode(data: bytes) -> None:
    assert isinstance(decoded(data), str)


PATHOLOGICAL = [
    "a",
    "A.",
    "at A",
    "at A.",
    "-",
    "—",
    "->",
    ">",
    "> ",
    "&#",
    "&#9",
    "&amp;",
    "<p",
    "<p ",
    "_",
    "_a",
    "*",
    "*a ",
    "`",
    "\\_",
    "@",
    "a@",
    "a.",
    '"',
    "SMTP:",
    "Process ",
    "Process a: ",
    "ProxyWebRequest a from b to c ",
    "Mailbox list = ",
    "<a",
    "eyJ",
    "eyJ.",
    "password=",
    "S-1-5",
    "S-1-5-2",
    "https://",
    "https://a",
    "HTTP status ",
    "Id : ",
    "Log Name: x\n",
    "\n",
    " ",
    "\t",
    "\u00a0",
    "\u200b",
    "x: y\n",
    "Type=Failure;Url=",
    "2020-01-01 00:00:00 1 GET ",
    "<faultstring",
    "Exception: ",
    "A.BException: ",
    "Inner exception: ",
    "\\",
    "a\\b",
    "/cn=",
    "Exception returned is ",
    "failed ",
    "for domain ",
    "a-",
    "%40",
    "a%40",
    "401 ",
    "4002\n",
]


@pytest.mark.parametrize("piece", PATHOLOGICAL)
@pytest.mark.timeout(20)
def test_long_repetitions_are_read_in_time(piece: str) -> None:
    """200 kB of whatever could make a pattern backtrack: the test's time limit is the assertion."""
    text = piece * (200_000 // len(piece))
    render_text(explain(text))
    redact(text)
    render_text(explain(ENTRIES["http-401"] + text))


def test_input_is_read_up_to_its_limit() -> None:
    text = ENTRIES["http-401"] + "\n" + "x" * MAXIMUM_INPUT
    (found,) = explain(text)
    assert any("1 MiB" in note.text for note in found.notes)


def test_entries_are_read_up_to_their_limit() -> None:
    text = "HTTP/1.1 404 Not Found\n" * (MAXIMUM_ENTRIES + 5)
    assert len(explain(text)) == MAXIMUM_ENTRIES


DECODINGS = [
    pytest.param("utf-8", id="utf-8"),
    pytest.param("utf-8-sig", id="utf-8-bom"),
    pytest.param("utf-16", id="utf-16-bom"),
    pytest.param("utf-16-le", id="utf-16-without-bom"),
    pytest.param("utf-16-be", id="utf-16-big-endian-without-bom"),
    pytest.param("utf-32", id="utf-32-bom"),
    pytest.param("cp1252", id="windows-1252"),
]


@pytest.mark.parametrize("encoding", DECODINGS)
def test_files_of_every_encoding_are_read(encoding: str) -> None:
    text = ENTRIES["http-401"].replace("'", "’").replace("--->", "—>") + " München"
    assert decoded(text.encode(encoding)) == text


def test_normalise_takes_control_characters_out() -> None:
    assert normalise("a\x1b[31mb\u202ec\x00d") == "a[31mbcd"


def test_a_key_is_letters_and_digits() -> None:
    assert key("The “remote\n certificate”—is INVALID: 401") == "theremotecertificateisinvalid401"
