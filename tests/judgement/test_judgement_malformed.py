"""Certificates outside X.509 and keys of other forms, all rightly signed: fine, doubtful or refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from probe import api
from probe.facts.encoding import ber, der
from probe.judgement.model import Judgement, Outcome
from probe.lab import authority, keys
from probe.lab import certificate_extensions as encoding
from probe.lab.authority import Credential
from tests.judgement import resigned as again
from tests.judgement.judging import DAY, NOW, SERVER, extension
from tests.judgement.resigned import Edit, resigned

HOST = "mail.partner.lab"
ROOT = authority.root()
ISSUING = authority.intermediate(ROOT)
LEAF = authority.end_entity(ISSUING, HOST)
EXPIRED = authority.end_entity(ISSUING, HOST, not_before=NOW - 90 * DAY, not_after=NOW - DAY)

UNIVERSAL_TIME, GENERALIZED_TIME = 0x17, 0x18


def _judge(*presented: bytes, caller: str = "exchange-2019@2019", root: bytes = ROOT.der) -> Judgement:
    return api.judge_chain(presented, host=HOST, roots=[root], at=NOW, caller=caller)


def _generalized(text: str) -> Edit:
    return again.validity(starts=der.wrap(GENERALIZED_TIME, text.encode()))


def _long_length(encoded: bytes) -> bytes:
    """The same value with its length in four octets."""
    content = encoded[2:] if encoded[1] < 0x80 else encoded[2 + (encoded[1] & 0x7F) :]
    return encoded[:1] + b"\x84" + len(content).to_bytes(4, "big") + content


def _signature_again(encoded: bytes) -> bytes:
    members = [member.whole for member in ber.members(ber.value(encoded))]
    return encoding.sequence(*members, members[-1])


def _indefinite(encoded: bytes) -> bytes:
    content = encoded[2:] if encoded[1] < 0x80 else encoded[2 + (encoded[1] & 0x7F) :]
    return encoded[:1] + b"\x80" + content + b"\0\0"


def _subject_as(change: Callable[[bytes], bytes]) -> Edit:
    return lambda parts: again.put(again.SUBJECT, change(parts[again.SUBJECT]))(parts)


def _key_with_unused_bits(parts: list[bytes]) -> list[bytes]:
    return again.put(again.KEY, parts[again.KEY].replace(b"\x03\x42\x00", b"\x03\x42\x01"))(parts)


YEAR = f"{NOW.year - 1}"
MALFORMED = [
    pytest.param(_generalized("15000101000000Z"), "before 1601", id="begins-before-1601"),
    pytest.param(_generalized(f"{YEAR}0101000000.5Z"), "validity is written", id="fraction-of-a-second"),
    pytest.param(_generalized(f"{YEAR}0101000000.000Z"), "validity is written", id="fraction-of-nothing"),
    pytest.param(_generalized(f"{YEAR}0101000000"), "validity is written", id="time-without-zone"),
    pytest.param(_generalized(f"{YEAR}0101000000+0100"), "validity is written", id="time-of-another-zone"),
    pytest.param(
        again.validity(starts=der.wrap(UNIVERSAL_TIME, f"{YEAR[2:]}01010000Z".encode())),
        "validity is written",
        id="time-without-seconds",
    ),
    pytest.param(again.put(again.SERIAL, b"\x02\x00"), "serial number is empty", id="empty-serial"),
    pytest.param(again.put(again.SERIAL, b"\x02\x03\0\0\x07"), "serial number begins", id="padded-serial"),
    pytest.param(again.put(again.SERIAL, b"\x02\x02\xff\x87"), "serial number begins", id="padded-negative"),
    pytest.param(again.put(again.VERSION, b"\xa0\x03\x02\x01\x03"), "version is none", id="version-4"),
    pytest.param(again.put(again.VERSION, b"\xa0\x03\x02\x01\xff"), "version is none", id="version-0"),
    pytest.param(
        again.put(again.VERSION, b"\xa0\x03\x02\x01\x00"), "version 1 cannot", id="version-1-with-extensions"
    ),
    pytest.param(again.drop(again.VERSION), "version 1 cannot", id="no-version-with-extensions"),
    pytest.param(
        again.put(again.VERSION, b"\xa0\x03\x02\x01\x01"), "version 2 cannot", id="version-2-with-extensions"
    ),
    pytest.param(again.append(b"\xa5\x02\x05\x00"), "fields that X.509", id="field-after-the-extensions"),
    pytest.param(lambda parts: [*parts, parts[again.EXTENSIONS]], "extensions twice", id="extensions-twice"),
    pytest.param(
        again.extra_extension(encoding.encode(encoding.extended_key_usage([SERVER]))),
        "an extension twice",
        id="usages-twice",
    ),
    pytest.param(
        again.extra_extension(encoding.sequence(b"\x06\x03\x2a\x80\x03", b"\x04\x00")),
        "identifier of an extension",
        id="object-identifier-with-an-empty-septet",
    ),
    pytest.param(_subject_as(_indefinite), "indefinite", id="indefinite-length"),
    pytest.param(again.put(again.KEY, encoding.sequence()), "public key has no form", id="empty-key"),
    pytest.param(_key_with_unused_bits, "public key is no whole", id="key-with-unused-bits"),
]


@pytest.mark.parametrize(("edit", "words"), MALFORMED)
def test_what_departs_from_x509_is_a_doubt(edit: Edit, words: str) -> None:
    judgement = _judge(resigned(LEAF, edit), ISSUING.der)
    assert judgement.outcome is Outcome.UNKNOWN
    assert judgement.chain is not None
    assert words in (judgement.chain.indeterminate or "")


@pytest.mark.parametrize(("edit", "words"), MALFORMED[6:])
def test_what_departs_from_x509_is_no_excuse_for_a_fault(edit: Edit, words: str) -> None:
    del words
    judgement = _judge(resigned(EXPIRED, edit), ISSUING.der)
    assert judgement.outcome is Outcome.FAILURE


def _critical(value: bytes) -> Edit:
    return again.extra_extension(encoding.sequence(encoding.object_identifier("1.2.3.4"), value, b"\x04\x00"))


@pytest.mark.parametrize(
    ("edit", "outcome"),
    [
        pytest.param(lambda parts: parts, Outcome.SUCCESS, id="sound"),
        pytest.param(_subject_as(_long_length), Outcome.SUCCESS, id="long-form-of-a-length"),
        pytest.param(_critical(b"\x01\x01\x00"), Outcome.SUCCESS, id="critical-written-false"),
        pytest.param(_critical(b"\x01\x01\x01"), Outcome.FAILURE, id="critical-true-as-ber-has-it"),
        pytest.param(
            again.validity(ends=der.wrap(GENERALIZED_TIME, b"99991231235959Z")),
            Outcome.SUCCESS,
            id="without-end",
        ),
        pytest.param(_generalized(f"{YEAR}0101000060Z"), Outcome.FAILURE, id="second-60"),
        pytest.param(_generalized("midnight"), Outcome.FAILURE, id="no-time"),
        pytest.param(again.drop(again.KEY), Outcome.FAILURE, id="no-key"),
        pytest.param(lambda parts: parts[:3], Outcome.FAILURE, id="cut-off"),
    ],
)
def test_what_is_merely_no_der_is_read_as_it_is_meant(edit: Edit, outcome: Outcome) -> None:
    assert _judge(resigned(LEAF, edit), ISSUING.der).outcome is outcome


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(resigned(LEAF, unused_bits=3), id="unused-bits-of-the-signature"),
        pytest.param(resigned(LEAF, after=b"\x05\x00"), id="a-field-after-the-signature"),
        pytest.param(_indefinite(LEAF.der), id="indefinite-length-of-the-whole"),
        pytest.param(LEAF.der + b"\x05\x00", id="a-value-behind-it"),
        pytest.param(LEAF.der + LEAF.der, id="itself-behind-it"),
        pytest.param(LEAF.der + LEAF.der[-100:], id="its-signature-behind-it"),
        pytest.param(_signature_again(LEAF.der), id="its-signature-twice"),
    ],
)
def test_what_stands_around_the_signed_part_is_a_doubt(encoded: bytes) -> None:
    assert _judge(encoded, ISSUING.der).outcome is Outcome.UNKNOWN


def test_a_name_with_long_lengths_is_still_a_name() -> None:
    leaf = authority.end_entity(ISSUING, HOST, dns_names=())
    judgement = _judge(resigned(leaf, _subject_as(_long_length)), ISSUING.der)
    assert judgement.outcome is Outcome.SUCCESS


def _usages(value: bytes, oid: str = "2.5.29.37") -> Credential:
    left_out = {"2.5.29.37": "usages", "2.5.29.15": "key_usage"}
    options: dict[str, object] = {"extensions": (extension(oid, value),)}
    options[left_out[oid]] = None
    return authority.end_entity(ISSUING, HOST, **options)  # type: ignore[arg-type]


_SERVER_USAGE = encoding.extended_key_usage([SERVER]).value
_MAIL_USAGE = encoding.extended_key_usage(["1.3.6.1.5.5.7.3.4"]).value


@pytest.mark.parametrize(
    ("value", "oid", "outcome"),
    [
        pytest.param(_SERVER_USAGE + b"\0", "2.5.29.37", Outcome.UNKNOWN, id="usages-followed"),
        pytest.param(_MAIL_USAGE + b"\0", "2.5.29.37", Outcome.FAILURE, id="wrong-usages-followed"),
        pytest.param(b"\x03\x02\x05\xa0\0\0", "2.5.29.15", Outcome.UNKNOWN, id="key-usage-followed"),
        pytest.param(b"\xff\xff", "2.5.29.37", Outcome.FAILURE, id="no-usages-at-all"),
    ],
)
def test_bytes_after_the_usages_are_a_doubt(value: bytes, oid: str, outcome: Outcome) -> None:
    assert _judge(_usages(value, oid).der, ISSUING.der).outcome is outcome


def test_a_name_in_parts_leaves_the_names_unread() -> None:
    parts = der.wrap(0xA2, der.wrap(0x16, HOST.encode()))
    leaf = authority.end_entity(ISSUING, HOST, dns_names=(), other_names=(parts,))
    assert _judge(leaf.der, ISSUING.der).outcome is Outcome.UNKNOWN


def test_a_constraint_beyond_32_bits_is_a_doubt() -> None:
    issuing = authority.intermediate(ROOT, path_length=1 << 80)
    leaf = authority.end_entity(issuing, HOST)
    assert _judge(leaf.der, issuing.der).outcome is Outcome.UNKNOWN
    assert _judge(LEAF.der, authority.intermediate(ROOT, key=ISSUING.key, path_length=0).der).outcome is (
        Outcome.SUCCESS
    )


# Keys.

_P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_GENERATOR = bytes.fromhex(
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)


def _explicit(key: keys.PrivateKey, *, generator: bytes = _GENERATOR) -> bytes:
    """P-256 spelled out (RFC 3279 section 2.3.5), with this generator."""
    octets = [number.to_bytes(32, "big") for number in (_P - 3, _B)]
    parameters = encoding.sequence(
        encoding.integer(1),
        encoding.sequence(encoding.object_identifier("1.2.840.10045.1.1"), encoding.integer(_P)),
        encoding.sequence(*(der.wrap(0x04, octet) for octet in octets)),
        der.wrap(0x04, generator),
        encoding.integer(_ORDER),
        encoding.integer(1),
    )
    algorithm = encoding.sequence(encoding.object_identifier("1.2.840.10045.2.1"), parameters)
    return encoding.sequence(algorithm, der.wrap(0x03, b"\0" + keys.public_key_bits(key)))


@pytest.mark.parametrize(
    ("caller", "outcome"),
    [
        pytest.param("exchange-2010@2008r2", Outcome.FAILURE, id="2008r2"),
        pytest.param("exchange-2016@2012r2", Outcome.FAILURE, id="2012r2"),
        pytest.param("exchange-2016@2016", Outcome.UNKNOWN, id="2016"),
        pytest.param("exchange-2019@2019", Outcome.UNKNOWN, id="2019"),
    ],
)
def test_an_issuer_key_with_its_curve_spelled_out(caller: str, outcome: Outcome) -> None:
    issuing = resigned(ISSUING, again.put(again.KEY, _explicit(ISSUING.key)))
    assert _judge(LEAF.der, issuing, caller=caller).outcome is outcome


@pytest.mark.parametrize("caller", ["exchange-2010@2008r2", "exchange-2019@2019"])
def test_a_root_with_a_generator_of_the_attackers_choice_is_refused(caller: str) -> None:
    """CVE-2020-0601: the attacker's generator is the root's own public key."""
    attacker = keys.private_key("p256")
    twin = authority.root(key=attacker)
    twin_der = resigned(
        twin, again.put(again.KEY, _explicit(ROOT.key, generator=keys.public_key_bits(ROOT.key)))
    )
    leaf = authority.end_entity(twin, HOST)
    judgement = _judge(leaf.der, twin_der, caller=caller)
    assert judgement.outcome is Outcome.FAILURE


def _pss_key(parameters: bytes = b"") -> bytes:
    algorithm = encoding.sequence(encoding.object_identifier("1.2.840.113549.1.1.10"), parameters)
    return encoding.sequence(algorithm, der.wrap(0x03, b"\0" + keys.public_key_bits(_RSA.key)))


def _pss_parameters(digest: str = "sha256", salt: int = 32) -> bytes:
    from asn1crypto import algos

    return bytes(
        algos.RSASSAPSSParams(
            {
                "hash_algorithm": {"algorithm": digest},
                "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": digest}},
                "salt_length": salt,
            }
        ).dump()
    )


def _nested(depth: int) -> bytes:
    encoded = b""
    for _ in range(depth):
        encoded = der.wrap(der.SEQUENCE, encoded)
    return encoded


_RSA = authority.intermediate(ROOT, "RSA CA", key="rsa2048")


def _signed_with_pss(parameters: bytes) -> bytes:
    """The end-entity under the RSA key, signed with RSASSA-PSS over SHA-256 and a salt of 32 octets."""
    assert isinstance(_RSA.key, rsa.RSAPrivateKey)
    leaf = authority.end_entity(_RSA, HOST)
    algorithm = encoding.sequence(encoding.object_identifier("1.2.840.113549.1.1.10"), parameters)
    signed = encoding.sequence(*again.put(again.ALGORITHM, algorithm)(again.fields(leaf.der)))
    signature = _RSA.key.sign(signed, padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
    return encoding.sequence(signed, algorithm, der.wrap(0x03, b"\0" + signature))


@pytest.mark.parametrize(
    ("key", "parameters", "outcome"),
    [
        pytest.param(None, _pss_parameters(), Outcome.SUCCESS, id="usual-key"),
        pytest.param(b"", _pss_parameters(), Outcome.UNKNOWN, id="pss-key"),
        pytest.param(_pss_parameters(), _pss_parameters(), Outcome.UNKNOWN, id="pss-key-of-this-digest"),
        pytest.param(_pss_parameters("sha512"), _pss_parameters(), Outcome.FAILURE, id="of-another-digest"),
        pytest.param(_pss_parameters(salt=40), _pss_parameters(), Outcome.FAILURE, id="of-a-longer-salt"),
        pytest.param(None, _pss_parameters(salt=1 << 80), Outcome.FAILURE, id="salt-of-2-to-the-80"),
        pytest.param(None, _pss_parameters(salt=-1), Outcome.FAILURE, id="salt-below-nothing"),
        pytest.param(None, _nested(4_000), Outcome.UNKNOWN, id="nested-parameters"),
        pytest.param(b"", None, Outcome.FAILURE, id="pss-key-under-pkcs1"),
    ],
)
def test_rsassa_pss_keys_and_parameters(
    key: bytes | None, parameters: bytes | None, outcome: Outcome
) -> None:
    issuing = _RSA.der if key is None else resigned(_RSA, again.put(again.KEY, _pss_key(key)))
    leaf = authority.end_entity(_RSA, HOST).der if parameters is None else _signed_with_pss(parameters)
    assert _judge(leaf, issuing).outcome is outcome
