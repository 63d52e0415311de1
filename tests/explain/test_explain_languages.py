"""Texts of a localized Windows: the cause is the one of the English text, whatever the language pack says.

The words are those that public pages and sources quote; hosts and names are invented.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from probe.explain.explainer import explain

EVENT = (
    "Process 9804[w3wp.exe:/LM/W3SVC/1/ROOT/EWS-1-133]: ProxyWebRequest FederatedCrossForest from "
    "S-1-5-21-1-2-3-1105 to https://mail.partner.test/ews/exchange.asmx/WSSecurity failed. Caller SIDs: "
    "WSSecurity. The exception returned is Microsoft.Exchange.InfoWorker.Common.Availability."
    "ProxyWebRequestProcessingException: Proxy web request failed. ---> System.Net.WebException: {}\n"
)
WHOLE = EVENT.replace("System.Net.WebException: {}", "{}")
TEXTS = tomllib.loads((Path(__file__).parent / "texts" / "languages.toml").read_text(encoding="utf-8"))
RESET = " ---> System.IO.IOException: {0} ---> System.Net.Sockets.SocketException: {0}"


@pytest.mark.parametrize(
    ("message", "name", "status"),
    [pytest.param(row["text"], row["knowledge"], row["status"], id=row["name"]) for row in TEXTS["message"]],
)
@pytest.mark.parametrize("whole", [True, False], ids=["event", "exception"])
def test_a_message_has_its_cause(message: str, name: str, status: str, *, whole: bool) -> None:
    (found,) = explain(EVENT.format(message) if whole else f"System.Net.WebException: {message}")
    assert (found.knowledge.name if found.knowledge else None, found.status) == (name, status)


@pytest.mark.parametrize(
    ("message", "inner", "name"),
    [
        pytest.param(
            "De verbinding is gesloten: Er is een onverwachte fout opgetreden bij het ontvangen.",
            "Een bestaande verbinding is geforceerd gesloten door de externe host",
            "reset-on-receive",
            id="nl",
        ),
        pytest.param(
            "Připojení bylo ukončeno: Při odesílání došlo k neočekávané chybě.",
            "Stávající připojení bylo vynuceně ukončeno vzdáleným hostitelem",
            "reset-on-send",
            id="cs",
        ),
        pytest.param(
            "Den underliggande anslutningen stängdes: Ett oväntat fel inträffade vid mottagning.",
            "En befintlig anslutning tvingades att stänga av fjärrvärddatorn",
            "reset-on-receive",
            id="sv",
        ),
    ],
)
def test_a_reset_has_its_moment(message: str, inner: str, name: str) -> None:
    (found,) = explain(EVENT.format(message + RESET.format(inner)))
    assert found.knowledge is not None
    assert found.knowledge.name == name


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(
            "The server refused to send anything, an operator said.", id="english-that-is-not-known"
        ),
        pytest.param("Beklager", id="no-word-of-the-matter"),
        pytest.param("Ausnahme während einer WebClient-Anforderung 'web.config'", id="a-file-is-no-host"),
        pytest.param("Превышен предел длины сообщения", id="message-length"),
        pytest.param("???????? SSL/TLS???", id="lost-letters"),
    ],
)
def test_what_is_not_known_is_not_guessed(message: str) -> None:
    (found,) = explain(EVENT.format(message))
    assert found.knowledge is None


@pytest.mark.parametrize("frames", [pytest.param(row["text"], id=row["name"]) for row in TEXTS["frames"]])
def test_no_stack_stands_in_a_message(frames: str) -> None:
    (found,) = explain(EVENT.format("The operation has timed out\n" + frames))
    assert [link.message for link in found.chain] == [
        "Proxy web request failed.",
        "The operation has timed out",
    ]


@pytest.mark.parametrize("header", [pytest.param(row["text"], id=row["name"]) for row in TEXTS["header"]])
def test_the_header_of_an_event_is_read(header: str) -> None:
    (found,) = explain(
        header.format(log="System", source="Schannel", number=36887) + "TLS ............ : 40."
    )
    parts = found.parts
    assert (parts.event_id, parts.event_source, parts.computer) == (36887, "Schannel", "ex01")
    assert found.knowledge is not None
    assert found.knowledge.name == "schannel-no-common"


@pytest.mark.parametrize(
    ("text", "name"), [pytest.param(row["text"], row["knowledge"], id=row["name"]) for row in TEXTS["alert"]]
)
def test_an_alert_is_read_from_data_and_without_a_header(text: str, name: str) -> None:
    (found,) = explain(text)
    assert found.knowledge is not None
    assert found.knowledge.name == name


@pytest.mark.parametrize(
    ("text", "name"),
    [pytest.param(row["text"], row["knowledge"], id=row["name"]) for row in TEXTS["exception"]],
)
@pytest.mark.parametrize("whole", [True, False], ids=["event", "exception"])
def test_a_chain_has_its_cause_by_types_and_words(text: str, name: str, *, whole: bool) -> None:
    (found,) = explain(WHOLE.format(text) if whole else text)
    assert found.knowledge is not None
    assert found.knowledge.name == name
