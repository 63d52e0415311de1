"""The table of hostile inputs: a name, how it reaches the program, and the exit code that is right.

Who runs a row (`test_hostile_inputs`, `python -m tests.benchmarks.bench_attacks`) does so in a process of its
own, so that time and memory are those of this one input.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass, replace
from itertools import pairwise

from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509 import load_der_x509_certificate

from probe.facts.encoding import der
from probe.lab import authority, revocation
from tests.collection.collection_peer import answering
from tests.collection.floods import FLOODS
from tests.hostile import hostile_chains, hostile_partners
from tests.hostile.hostile_chains import CHAINS, ISSUING
from tests.hostile.hostile_partners import (
    Start,
    answer,
    at_addresses,
    behaving,
    chunked,
    discovered,
    in_clear,
    input_file,
    raw_answer,
    revocation_lists,
)

LIMIT = 262_144  # what is read of a body
_BLANKS = " " * 60_000
_LINE = "\r\na:"
_NO_LIST = der.wrap(0x30, b"\x05\x00" * 4_000_000)


@dataclass(frozen=True)
class Attack:
    """One row. `code` is the exit code that the program must end with, `why` the rule that demands it."""

    name: str
    start: Start
    code: int
    why: str = ""


def because(why: str, *attacks: Attack) -> tuple[Attack, ...]:
    """These rows with the rule from which their codes follow."""
    return tuple(replace(attack, why=why) for attack in attacks)


def _envelope(inner: bytes, attributes: bytes = b"") -> bytes:
    start = b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"' + attributes + b"><s:Body>"
    return start + inner + b"</s:Body></s:Envelope>"


def _filled(unit: bytes, room: int = LIMIT - 1_000) -> bytes:
    return unit * (room // len(unit))


def _entities() -> bytes:
    named = "abcdefghijklmnopqrst"
    pairs = "".join(f'<!ENTITY {new} "&{old};&{old};">' for old, new in pairwise(named))
    return f'<!DOCTYPE r [<!ENTITY a "{"ha" * 50}">{pairs}]><r>&t;</r>'.encode()


def _attributes() -> bytes:
    return b"<a " + b" ".join(b"a%d=''" % number for number in range(25_000)) + b"/>"


def _federation() -> bytes:
    domains = _filled(b"<Domain>a.partner.lab</Domain>", LIMIT - 2_000)
    return _envelope(
        b'<GetFederationInformationResponseMessage xmlns="http://schemas.microsoft.com/exchange/2010/'
        b'Autodiscover"><Response><ErrorCode>NoError</ErrorCode><ApplicationUri>partner.lab</ApplicationUri>'
        b"<Domains>" + domains + b"</Domains></Response></GetFederationInformationResponseMessage>"
    )


def _bundle() -> bytes:
    strangers = [authority.intermediate(ISSUING, f"Stranger {number}") for number in range(150)]
    return pkcs7.serialize_certificates(
        [load_der_x509_certificate(stranger.der) for stranger in strangers], Encoding.DER
    )


def _dear_list() -> bytes:
    return revocation.crl(ISSUING, [2**130 + number for number in range(20_000)])


def _challenges() -> bytes:
    return b"HTTP/1.1 401 Unauthorized\r\n" + b"WWW-Authenticate: Basic\r\n" * 2_500 + b"\r\n"


def _nested(times: int) -> bytes:
    return b"[" * times + b"]" * times


_STEERING = b'{"Protocol": "EWS", "Url": "https://127.0.0.1:9443/admin/delete?x=1"}'
_LONG = b' xmlns:p="urn:' + b"n" * 120_000 + b'"'
_PREFIX = b"p" * 20_000
_HEAD = "HTTP/1.1 500 Internal Server Error\r\n"

# The codes follow from what .NET's client does, not from what this program makes of the input: 2 where it
# would fail whatever is in the rest, 3 where this machine stopped before the caller would have.
_NO_FAULT = "a 500 fails whatever its body is, unless that is a SOAP fault that says better [failures 5.6.3]"
_HEAD_WITHIN = (
    "64 KB of head are within .NET's limit, so the status decides: 401 and 500 fail [failures 5.6.2]"
)
_NO_XML = (
    "a 200 whose type is not XML is no answer to the SOAP client [failures 5.6.3]; no other host is left"
)

ANSWERS = (
    *because(
        _NO_FAULT,
        Attack(
            "one long namespace, short elements", answer(_envelope(_filled(b"<p:a/>", 120_000), _LONG)), 2
        ),
        Attack(
            "attributes under one long prefix", answer(_envelope(_filled(b"<a p:b=''/>", 120_000), _LONG)), 2
        ),
        Attack("a prefix of 20 KB", answer(_envelope(_filled(b"<" + _PREFIX + b":a/>"))), 2),
        Attack("attributes of one element", answer(_attributes()), 2),
        Attack("elements by the ten thousand", answer(_envelope(_filled(b"<a/>"))), 2),
        Attack("elements in elements", answer(_filled(b"<a>")), 2),
        Attack("entities that double", answer(_entities()), 2),
        Attack("namespaces declared over and over", answer(_filled(b"<a xmlns:b='urn:c' xmlns='urn:d'>")), 2),
        Attack("gzip of 64 MB", answer(gzip.compress(bytes(64_000_000)), "Content-Encoding: gzip"), 2),
        Attack("references by the ten thousand", answer(_filled(b"&#65;")), 2),
        Attack(
            "an encoding that expat cannot read", answer(b"<?xml version='1.0' encoding='gb2312'?><a/>"), 2
        ),
        Attack("a body of blanks", answer(_filled(b" ")), 2),
    ),
    *because(
        "a 200 that says XML and holds none cannot be read by the SOAP client [failures 5.6.3]",
        Attack("a page of openings", answer(_filled(b"<title"), status="200 OK"), 2),
    ),
    *because(
        _HEAD_WITHIN,
        Attack("a reason phrase of blanks", raw_answer(f"HTTP/1.1 500 a{_BLANKS}b\r\n\r\n".encode()), 2),
        Attack("a header of blanks", raw_answer(f"{_HEAD}Server: a{_BLANKS}b\r\n\r\n".encode()), 2),
        Attack("headers by the ten thousand", raw_answer(f"{_HEAD}a:{_LINE * 12_000}\r\n\r\n".encode()), 2),
        Attack("challenges by the thousand", raw_answer(_challenges()), 2),
    ),
    *because(
        "EWS is redirected, which the client does not follow",
        Attack("redirects without an end", hostile_partners.redirecting, 2),
    ),
    *because(
        _NO_XML,
        Attack("JSON in JSON", discovered(_nested(100_000), "application/json"), 2),
        Attack("JSON with a long name", discovered(b'{"' + b"a" * 200_000 + b'": 1}', "application/json"), 2),
    ),
    *because(
        "EWS answers with what Autodiscover is asked for, which is no sure success of a lookup",
        Attack("federation with 8,000 domains", discovered(_federation(), "text/xml"), 3),
    ),
    *because(_NO_XML, Attack("an answer that names loopback", discovered(_STEERING, "application/json"), 2)),
    *because(
        "the head has come and says 500, which no body makes an answer",
        Attack("a reset in the body", behaving(hostile_partners.cutting), 2),
    ),
)
# Sure in spite of the flood.
_FAILS = {
    "continues": "more than 64 KB of heads before the answer's own: MessageLengthLimitExceeded",
    "headers": "more than 64 KB of head: MessageLengthLimitExceeded",
    "trailers": "a 200 whose type is not XML, with a body that is whole",
    "body": "a 200 whose type is not XML, with more body than is read of any",
}
_STOPPED = "this machine stopped reading; the caller reads on until its own time is over, and may be answered"
HANDSHAKES = (
    *(
        Attack(f"flood: {name}", behaving(behaviour), 2 if name in _FAILS else 3, _FAILS.get(name, _STOPPED))
        for name, behaviour in FLOODS.items()
        if name != "tickets"
    ),
    *because(
        _STOPPED,
        Attack("flood: tickets", behaving(hostile_partners.tickets), 3),
    ),
    *because(
        "the caller offers no DHE, so that it refuses whoever chooses it, however large the group is",
        Attack("a DHE group of 10,000 bits", behaving(in_clear(10_000)), 2),
    ),
    *because(
        "a connection that is reset in the handshake fails at every caller",
        Attack("a reset instead of a ServerHello", behaving(hostile_partners.resetting), 2),
    ),
)
# What waits: a row costs its timeouts, so the suite has these kinds as faults of the lab.
WAITS = because(
    "the caller waits for its own time and fails then: what does not come is a fault",
    Attack("silence instead of a ServerHello", behaving(hostile_partners.mute), 2),
    Attack("silence instead of an answer", behaving(hostile_partners.stalling), 2),
    Attack("a header of a byte a second", behaving(hostile_partners.dripping), 2),
)
_DHE = at_addresses(answering(), 700, hostile_chains.with_rsa_key, "DHE:@SECLEVEL=0")
ADDRESSES = (
    *because(
        "the caller in support offers no suite of DHE with AES-GCM: the handshake fails",
        Attack("700 addresses with a DHE group of 4,096 bits", _DHE, 2),
    ),
    *because(
        _FAILS["headers"],
        Attack("700 addresses that flood with headers", at_addresses(FLOODS["headers"], 700), 2),
    ),
    *because(
        _STOPPED,
        Attack("700 addresses that flood with chunks", at_addresses(FLOODS["one-byte-chunks"], 700), 3),
        Attack("700 addresses that flood the handshake", at_addresses(FLOODS["hello-requests"], 700), 3),
    ),
    *because(
        _FAILS["body"],
        Attack(
            "700 addresses with a long page", at_addresses(answering("200 OK", (), _filled(b"<a>")), 700), 2
        ),
    ),
)
_NOT_EXCHANGE = "whatever the chain is worth, the partner answers 401 and shows no Exchange: the lookup fails"
_UNREAD = (
    "the caller checks, and lists that this machine did not fetch or cannot read decide: it may have them"
)
CERTIFICATES = (
    *(
        Attack(f"chain: {name}", hostile_partners.presenting(chain), 2, _NOT_EXCHANGE)
        for name, chain in CHAINS.items()
    ),
    *because(
        "the chain is sound, and no handshake bounds what a file holds",
        Attack("chain: 250 KB of names", hostile_partners.chain_file(hostile_chains.wide), 0),
    ),
    *because(
        _UNREAD,
        Attack(
            "CRLs of 20,000 entries", revocation_lists(lambda: answering("200 OK", (), _dear_list()), 9), 3
        ),
        Attack("CRLs that are none, 8 MB", revocation_lists(lambda: answering("200 OK", (), _NO_LIST), 4), 3),
    ),
    *because(
        "zeros are no CRL to any reader: RevocationStatusUnknown, which the caller that checks refuses",
        Attack("CRLs in chunks of one byte", revocation_lists(lambda: chunked(bytes(200_000)), 9), 2),
    ),
    *because(
        _NOT_EXCHANGE,
        Attack("issuers: a bundle of 150", hostile_partners.downloaded_issuers(_bundle()), 2),
        Attack("issuers: 10 MB", hostile_partners.downloaded_issuers(bytes(10_000_000)), 2),
    ),
)
FILES = (
    *because(
        "bad input data is 65",
        Attack("record: nested", input_file(_nested(2_000_000), "a.json", "judge"), 65),
        Attack("record: numbers", input_file(b"[" + b"1" * 2_000_000 + b"]", "a.json", "judge"), 65),
        Attack("list: nested TOML", input_file(b"a = " + _nested(500_000), "a.toml", "check", "-f"), 65),
        Attack(
            "list: a dotted key",
            input_file(b".".join([b"a"] * 100_000) + b" = 1", "a.toml", "check", "-f"),
            65,
        ),
    ),
    *because(
        "nothing that the text holds is known, or tells one cause: it cannot be told",
        Attack("event: blanks", input_file(b"a" + _BLANKS.encode() * 20 + b"b", "a.txt", "explain"), 3),
        Attack(
            "event: arrows", input_file(b"System.Net.WebException: a ---> " * 8_000, "a.txt", "explain"), 3
        ),
    ),
)
ATTACKS = (*ANSWERS, *HANDSHAKES, *ADDRESSES, *CERTIFICATES, *FILES)
BARE = Attack(
    "bare start: a sound chain", hostile_partners.presenting(hostile_chains.sound), 2, _NOT_EXCHANGE
)
