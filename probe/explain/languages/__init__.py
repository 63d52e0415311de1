"""Texts of a localized Windows as the English ones, so that everything after reads one language.

Theory of operation:

1. Header fields of an event, ends of inner stack traces and frames get their English form (`layout`).
2. Each message of .NET Framework and Winsock that a table has (`messages`) is replaced by the English one.
   The tables hold what public sources quote, and nothing that they do not.
3. What no table has is still read by what no language changes: exception types and their nesting, numbers
   such as "(407)" and "HTTP 401", quoted hosts, socket codes (`chain`, `readers.event`), and for a
   WebException by the word that its message must have (`web_exception_words`).
"""

from __future__ import annotations

from probe.explain.languages.localized_layout import english_layout
from probe.explain.languages.messages import english_messages


def to_english(text: str) -> str:
    """`text` with localized header fields, frames and messages in English; the rest as it was."""
    if text.isascii() and not _may_be_localized(text):
        return text
    return english_messages(english_layout(text))


def _may_be_localized(text: str) -> bool:
    """Whether text of ASCII only may be another language than English: by words that only those have."""
    lowered = text[:262_144].lower()
    return any(word in lowered for word in _ASCII_WORDS)


_ASCII_WORDS = (
    "die zugrunde",
    "time-out opgetreden",
    "host desconocido",
    "nem lehet",
    "remoteserver",
    "remotename",
    "remotezertifikat",
    "zielcomputer",
    "protokollname",
    "unerwarteter fehler",
    "connessione",
    "impossibile",
    "server remoto",
    "nome registro",
    "de onderliggende",
    "externe",
    "sikker",
    "uventet fejl",
    "uventet feil",
    "underliggende",
    "o servidor remoto",
    "serwer zdalny",
    "no se puede",
    "nombre de registro",
    "timeout ",
    "logboeknaam",
    "lognavn",
    "loggnavn",
    "loggnamn",
    "bei system.",
    "bij system.",
    "vid system.",
    "  in system.",
    "  en system.",
    "  em system.",
    "  w system.",
    "konum: system.",
)
