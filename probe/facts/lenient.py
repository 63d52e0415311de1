"""Reading a certificate that the strict decoder refuses, and saying where it departs from X.509.

CryptoAPI decodes BER: a length of more octets than needed, a TRUE that is no 0xFF and a SET out of order are
nothing to it. What departs from X.509 itself (RFC 5280 section 4.1) is read as far as it has a meaning, and
each departure is named in `Structure.malformations`: nothing tells what Windows makes of it
[validation 4.8.2], so it is for judgement to doubt. Nothing is judged here.

1. The certificate and its signed part are split into their members, whatever their lengths look like.
2. Each field of the signed part is taken in the order of RFC 5280; what is out of order, doubled or unknown
   is passed over and named.
3. What cannot be read at all (no name where a name must be, no such day) raises ValueError.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from itertools import islice

from msgspec import structs

from probe.facts.encoding import ber, der
from probe.facts.encoding.ber import Value
from probe.facts.names import Name
from probe.facts.structure import (
    AlgorithmIdentifier,
    Extension,
    Structure,
    malformations_of_structure,
)

_SEQUENCE, _INTEGER, _BIT_STRING, _OID, _BOOLEAN = 0x30, 0x02, 0x03, 0x06, 0x01
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_UNIQUE_IDENTIFIERS = (0x81, 0x82, 0xA1, 0xA2)


def structure(encoded: bytes) -> Structure:
    """The structure of a certificate that is no DER, with its departures from X.509.

    Raises:
        ValueError: it cannot be read.
    """
    outer = ber.value(encoded)
    signed, algorithm, signature = _first(3, outer)
    if (
        outer.tag != _SEQUENCE
        or signed.tag != _SEQUENCE
        or signature.tag != _BIT_STRING
        or not signature.content
    ):
        raise ValueError("no certificate")
    departures = ["it has lengths of indefinite form"] if ber.has_indefinite_length(outer) else []
    found = _read(signed, algorithm, signature, departures)
    malformations = dict.fromkeys((*departures, *malformations_of_structure(found)))
    return structs.replace(found, malformations=tuple(malformations))


def _first(count: int, value: Value) -> list[Value]:
    """The first members of a value.

    Raises:
        ValueError: it has fewer.
    """
    found = list(islice(ber.members(value), count))
    if len(found) < count:
        raise ValueError("a member is missing")
    return found


def _read(signed: Value, outer_algorithm: Value, signature: Value, departures: list[str]) -> Structure:
    members = list(ber.members(signed))
    version = 1
    if members and members[0].tag == _VERSION:
        version = der.unsigned(_only(members.pop(0)).content) + 1
    if len(members) < 6:
        raise ValueError("the signed part is cut off")
    serial, algorithm, issuer, validity, subject, key, *rest = members
    if any(value.tag != _SEQUENCE for value in (algorithm, issuer, validity, subject, key)):
        raise ValueError("the signed part is out of order")
    starts, ends = _first(2, validity)
    return Structure(
        version=version,
        serial=_serial(serial, departures),
        inner_signature_algorithm=_algorithm(algorithm),
        issuer=Name(issuer.whole),
        not_before=_moment(starts, departures),
        not_after=_moment(ends, departures),
        subject=Name(subject.whole),
        public_key_info=key.whole,
        extensions=_extensions(rest, departures),
        signed_bytes=signed.whole,
        signature_algorithm=_algorithm(outer_algorithm),
        signature=signature.content[1:],
    )


def _serial(value: Value, departures: list[str]) -> int:
    content = value.content
    if value.tag != _INTEGER:
        raise ValueError("the serial number is no INTEGER")
    if not content:
        departures.append("its serial number is empty")
        return 0
    if len(content) > 1 and (content[0], content[1] >> 7) in ((0x00, 0), (0xFF, 1)):
        departures.append("its serial number begins with octets that no INTEGER has")
    return der.unsigned(content)


def _algorithm(value: Value) -> AlgorithmIdentifier:
    oid, *parameters = ber.members(value)
    if value.tag != _SEQUENCE or oid.tag != _OID or len(parameters) > 1:
        raise ValueError("no algorithm")
    return AlgorithmIdentifier(_dotted(oid.content), parameters[0].whole if parameters else None)


def _extensions(rest: list[Value], departures: list[str]) -> tuple[Extension, ...]:
    blocks = [value for value in rest if value.tag == _EXTENSIONS]
    known = [value for value in rest if value.tag in _UNIQUE_IDENTIFIERS]
    if len(blocks) > 1:
        departures.append("it has its extensions twice")
    if len(blocks) + len(known) != len(rest) or (blocks and rest[-1].tag != _EXTENSIONS):
        departures.append("it has fields that X.509 does not know, or not in this place")
    if not blocks:
        return ()
    listed = _only(blocks[0])
    if listed.tag != _SEQUENCE:
        raise ValueError("the extensions are no SEQUENCE")
    return tuple(_extension(value, departures) for value in ber.members(listed))


def _extension(value: Value, departures: list[str]) -> Extension:
    oid, *rest = ber.members(value)
    critical = bool(rest) and rest[0].tag == _BOOLEAN
    truth = rest.pop(0).content if critical else b"\0"
    if value.tag != _SEQUENCE or oid.tag != _OID or len(rest) != 1 or rest[0].tag != 0x04 or len(truth) != 1:
        raise ValueError("no extension")
    if not _well_formed(oid.content):
        departures.append("the identifier of an extension is malformed")
    return Extension(_dotted(oid.content), truth != b"\0", rest[0].content)


def _well_formed(oid: bytes) -> bool:
    """Whether every arc ends and none begins with an octet that says nothing (X.690 section 8.19.2)."""
    starts = [0, *(index + 1 for index, octet in enumerate(oid) if not octet & 0x80)]
    return bool(oid) and starts[-1] == len(oid) and all(oid[index] != 0x80 for index in starts[:-1])


def _dotted(oid: bytes) -> str:
    # Arcs are cut at 128 bits: none in use has more than 32.
    arcs: list[int] = []
    arc = 0
    for octet in oid:
        arc = (arc << 7 | octet & 0x7F) & (1 << 128) - 1
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    if not arcs:
        raise ValueError("an object identifier without arcs")
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


# RFC 5280 section 4.1.2.5 allows YYMMDDHHMMSSZ and YYYYMMDDHHMMSSZ and nothing else.
_TIMES = {
    _UTC_TIME: re.compile(r"(?P<y>\d\d)(?P<d>\d{8})(?P<s>\d\d)?(?P<f>)(?P<z>Z|[+-]\d{4})?\Z", re.ASCII),
    _GENERALIZED_TIME: re.compile(
        r"(?P<y>\d{4})(?P<d>\d{8})(?P<s>\d\d)?(?P<f>[.,]\d{1,9})?(?P<z>Z|[+-]\d{4})?\Z", re.ASCII
    ),
}


def _moment(value: Value, departures: list[str]) -> datetime:
    pattern = _TIMES.get(value.tag)
    found = pattern.match(value.content.decode("ascii", "replace")) if pattern else None
    if found is None:
        raise ValueError("the validity cannot be read")
    if found["s"] is None or found["f"] or found["z"] != "Z":
        departures.append("its validity is written in a form that X.509 does not allow")
    year = int(found["y"])
    if value.tag == _UTC_TIME:
        year += 2000 if year < 50 else 1900
    month, day, hour, minute = (int(found["d"][index : index + 2]) for index in (0, 2, 4, 6))
    moment = datetime(year, month, day, hour, minute, int(found["s"] or 0), tzinfo=_zone(found["z"]))
    return moment.astimezone(UTC)


def _zone(text: str | None) -> tzinfo:
    if text is None or text == "Z":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[3:5]))
    return timezone(-offset if text[0] == "-" else offset)


def _only(value: Value) -> Value:
    """What an explicit tag holds.

    Raises:
        ValueError: not one value.
    """
    first, *rest = ber.members(value)
    if rest:
        raise ValueError("more than one value under an explicit tag")
    return first
