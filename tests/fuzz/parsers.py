"""Every parser that meets bytes from outside, by the name of its folder in the corpus."""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz import file_parsers, partner_parsers

Parser = Callable[[bytes], None]

PARSERS: dict[str, Parser] = {
    "certificate": partner_parsers.certificate,
    "crl": partner_parsers.revocation_list,
    "ocsp": partner_parsers.ocsp_answer,
    "tls": partner_parsers.tls_records,
    "http": partner_parsers.http_answer,
    "xml": partner_parsers.xml,
    "record": partner_parsers.observation,
    "store": file_parsers.store,
    "cabinet": file_parsers.cabinet,
    "list": file_parsers.partners,
    "relationship": file_parsers.relationship,
    "explain": file_parsers.explained,
    "log": file_parsers.log,
    "server": file_parsers.server,
    "result": file_parsers.result,
    "native": file_parsers.native_answers,
    "settings": file_parsers.settings,
    "word": file_parsers.words,
}
