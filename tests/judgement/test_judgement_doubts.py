"""What nobody here can tell: a path without fault that Windows may refuse, alone and beside a fault."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable

import pytest

from probe.dotnet import X509ChainStatusFlags as Flags
from probe.facts.certificate import AlgorithmIdentifier, Certificate, Extension
from probe.facts.encoding import der
from probe.facts.trust_store import RootProperties, TrustStore
from probe.judgement.caller_profile import Caller, profile
from probe.judgement.chain import chain_context, critical_extensions, signature_algorithm
from probe.lab import authority
from probe.lab import certificate_extensions as encoding
from probe.stores import assembly, windows
from probe.stores.windows_api import Registry, StoredCertificate
from tests.judgement import resigned
from tests.judgement.judging import (
    DAY,
    NOW,
    Given,
    build,
    certificates,
    extension,
    name_constraints,
    status,
    store,
)

ROOT = authority.root()
ISSUING = authority.intermediate(ROOT)

Options = dict[str, object]
Make = Callable[[Options], Given]


def _leaf(**odd: object) -> Make:
    def make(more: Options) -> Given:
        return Given((authority.end_entity(ISSUING, **{**odd, **more}), ISSUING), (ROOT,))  # type: ignore[arg-type]

    return make


def _ca(*extensions: Extension, leaf: Options | None = None, **odd: object) -> Make:
    def make(more: Options) -> Given:
        issuing = authority.intermediate(ROOT, extensions=extensions, **odd)  # type: ignore[arg-type]
        return Given((authority.end_entity(issuing, **{**(leaf or {}), **more}), issuing), (ROOT,))  # type: ignore[arg-type]

    return make


def _root(*extensions: Extension) -> Make:
    def make(more: Options) -> Given:
        root = authority.root(extensions=extensions)
        return Given((authority.end_entity(root, **more),), (root,))  # type: ignore[arg-type]

    return make


def _ca_of_itself(more: Options) -> Given:
    first = authority.intermediate(ROOT, path_length=0)
    renewed = authority.intermediate(first)
    return Given((authority.end_entity(renewed, **more), renewed, first), (ROOT,))  # type: ignore[arg-type]


_POINT = 65  # octets of X and Y of P-256, and their form before them (RFC 5480 section 2.2)


def _compressed(key: bytes) -> bytes:
    point = key[-_POINT:]
    form = bytes([2 | point[-1] & 1])
    return encoding.sequence(_ALGORITHM, der.wrap(0x03, b"\0" + form + point[1:33]))


def _hybrid(key: bytes) -> bytes:
    point = key[-_POINT:]
    return encoding.sequence(_ALGORITHM, der.wrap(0x03, b"\0" + bytes([6 | point[-1] & 1]) + point[1:]))


_ALGORITHM = encoding.sequence(
    encoding.object_identifier("1.2.840.10045.2.1"), encoding.object_identifier("1.2.840.10045.3.1.7")
)


def _rewritten(credential: authority.Credential, change: Callable[[bytes], bytes]) -> authority.Credential:
    """The same certificate with its key written otherwise, signed again."""
    key = resigned.fields(credential.der)[resigned.KEY]
    changed = resigned.resigned(credential, resigned.put(resigned.KEY, change(key)))
    return dataclasses.replace(credential, certificate=Certificate(changed))


def _with_key(change: Callable[[bytes], bytes]) -> Make:
    def make(more: Options) -> Given:
        leaf = authority.end_entity(ISSUING, **more)  # type: ignore[arg-type]
        return Given((_rewritten(leaf, change), ISSUING), (ROOT,))

    return make


def _ca_with_compressed_key(more: Options) -> Given:
    issuing = _rewritten(authority.intermediate(ROOT), _compressed)
    return Given((authority.end_entity(issuing, **more), issuing), (ROOT,))  # type: ignore[arg-type]


def _broken(oid: str) -> Extension:
    return extension(oid, b"\xff\xff", critical=True)


def _other_name(text: bytes) -> bytes:
    """A user principal name."""
    oid = encoding.object_identifier("1.3.6.1.4.1.311.20.2.3")
    return der.wrap(0xA0, oid + der.wrap(0xA0, der.wrap(0x0C, text)))


REGISTERED = der.wrap(0x88, b"\x2a\x03")
UPN = _other_name(b"a@partner.lab")

# Read by no rule: whether Windows looks at them when they are critical is not known.
UNREAD = [
    "2.5.29.1",
    "2.5.29.2",
    "2.5.29.4",
    "2.5.29.5",
    "2.5.29.8",
    "2.5.29.10",
    "2.5.29.18",
    "2.5.29.31",
    "2.5.29.46",
    "1.3.6.1.5.5.7.1.1",
    "1.3.6.1.5.5.7.48.1.5",
    "1.3.6.1.4.1.311.10.9.1",
    "1.3.6.1.4.1.311.20.2",
    "1.3.6.1.4.1.311.21.1",
    "1.3.6.1.4.1.311.21.2",
    "1.3.6.1.4.1.311.21.7",
    "1.3.6.1.4.1.311.21.11",
    "1.3.6.1.4.1.311.21.12",
]

DOUBTS = [
    *(
        pytest.param(
            _leaf(extensions=(_broken(oid),)), critical_extensions.KNOWN[oid].name, id=f"broken-{oid}"
        )
        for oid in UNREAD
    ),
    pytest.param(_ca(_broken("2.5.29.31")), "CRL distribution points", id="broken-points-of-a-ca"),
    pytest.param(_root(_broken("2.5.29.31")), "CRL distribution points", id="broken-points-of-a-root"),
    pytest.param(_ca(_broken("2.5.29.17")), "subject alternative name", id="broken-names-of-a-ca"),
    pytest.param(
        _ca(extension("2.5.29.17", encoding.sequence(encoding.dns_name(b"a\0b")), critical=True)),
        "subject alternative name",
        id="ill-formed-name-of-a-ca",
    ),
    pytest.param(
        _ca(
            _broken("2.5.29.35"),
            _broken("2.5.29.14"),
            authority_key_identifier=None,
            subject_key_identifier=None,
        ),
        "authority key identifier",
        id="broken-key-identifiers",
    ),
    pytest.param(
        _leaf(extensions=(_broken("2.5.29.30"),)), "name constraints", id="broken-constraints-of-leaf"
    ),
    pytest.param(
        _ca(name_constraints(permitted=[_other_name(b"@partner.lab")]), leaf={"other_names": [UPN]}),
        "cannot be compared",
        id="other-name-permitted",
    ),
    pytest.param(
        _ca(name_constraints(excluded=[REGISTERED]), leaf={"other_names": [REGISTERED]}),
        "cannot be compared",
        id="registered-id-excluded",
    ),
    *(
        pytest.param(
            _ca(name_constraints(**{kind: [der.wrap(0xA4, authority.name([("2.5.4.10", "LAB  Partner")]))]})),
            "differs in case, spaces, string type or order",
            id=f"directory-name-{kind}-but-for-case",
        )
        for kind in ("permitted", "excluded")
    ),
    *(
        pytest.param(
            _ca(
                name_constraints(
                    **{kind: [der.wrap(0xA4, authority.name([("2.5.4.3", "mail.partner.lab")]))]}
                )
            ),
            "differs in case, spaces, string type or order",
            id=f"directory-name-{kind}-but-for-its-place",
        )
        for kind in ("permitted", "excluded")
    ),
    pytest.param(_ca(name_constraints()), "constrain nothing", id="constraints-without-a-subtree"),
    *(
        pytest.param(
            _ca(name_constraints(**{kind: [base]})), "something that is no name", id=f"{kind}-{name}"
        )
        for kind in ("permitted", "excluded")
        for name, base in (
            ("address-of-three-octets", der.wrap(0x87, b"\x0a\0\0")),
            ("text-with-nul", encoding.dns_name(b"other.test\0")),
            ("no-ia5", encoding.dns_name(b"m\xfcnchen.test")),
            ("no-directory-name", der.wrap(0xA4, b"\x30\x02\x05\x00")),
        )
    ),
    *(
        pytest.param(
            _ca(
                name_constraints(excluded=[encoding.uri(".evil.test")]),
                leaf={"other_names": [encoding.uri(uri)]},
            ),
            "names no host",
            id=f"uri-{uri}",
        )
        for uri in ("www.evil.test", "urn:www.evil.test")
    ),
    pytest.param(_ca_of_itself, "issued to themselves", id="path-length-but-for-a-ca-of-itself"),
    pytest.param(_with_key(_compressed), "another form than X and Y", id="compressed-point"),
    pytest.param(_with_key(_hybrid), "another form than X and Y", id="hybrid-point"),
    pytest.param(_ca_with_compressed_key, "another form than X and Y", id="compressed-point-of-a-ca"),
]

NO_DOUBTS = [
    pytest.param(_leaf(extensions=(extension("2.5.29.31", b"\xff\xff"),)), id="broken-points-not-critical"),
    pytest.param(
        _leaf(extensions=(extension("2.5.29.18", b"\x30\x00", critical=True),)), id="critical-but-sound"
    ),
    pytest.param(
        _ca(name_constraints(permitted=[_other_name(b"@elsewhere.test")])),
        id="other-name-permitted-and-absent",
    ),
    pytest.param(
        _ca(name_constraints(excluded=[REGISTERED]), leaf={"other_names": [UPN]}), id="names-of-two-odd-kinds"
    ),
]


@pytest.mark.parametrize(("make", "words"), DOUBTS)
def test_what_windows_may_refuse_is_indeterminate(make: Make, words: str) -> None:
    context = build(make({}))
    assert status(context) == set()
    assert context.indeterminate is not None
    assert words in context.indeterminate


@pytest.mark.parametrize(("make", "words"), DOUBTS)
def test_a_doubt_saves_no_faulty_chain(make: Make, words: str) -> None:
    context = build(make({"not_after": NOW - DAY}))
    assert status(context) == {"NotTimeValid"}
    assert context.indeterminate is None


@pytest.mark.parametrize("make", NO_DOUBTS)
def test_what_windows_passes_over_is_no_doubt(make: Make) -> None:
    context = build(make({}))
    assert status(context) == set()
    assert context.indeterminate is None


def test_a_doubtful_extension_hides_no_sound_certificate() -> None:
    odd = authority.intermediate(
        ROOT, key=ISSUING.key, not_before=NOW - DAY, extensions=(_broken("2.5.29.31"),)
    )
    context = build(Given((authority.end_entity(odd), odd, ISSUING), (ROOT,)))
    assert status(context) == set()
    assert context.indeterminate is None


def _pss(digest: str = "sha256", mask: str = "sha256", trailer: int = 1) -> AlgorithmIdentifier:
    from asn1crypto import algos

    parameters = algos.RSASSAPSSParams(
        {
            "hash_algorithm": {"algorithm": digest},
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": mask}},
            "salt_length": 20,
            "trailer_field": trailer,
        }
    )
    return AlgorithmIdentifier("1.2.840.113549.1.1.10", parameters.dump())


@pytest.mark.parametrize(
    ("identifier", "oddity"),
    [
        pytest.param(_pss(), None, id="one-digest"),
        pytest.param(AlgorithmIdentifier("1.2.840.113549.1.1.10", None), None, id="defaults"),
        pytest.param(_pss(mask="sha1"), "sha1 under MGF1 beside sha256", id="two-digests"),
        pytest.param(_pss(trailer=2), "the trailer 2", id="trailer"),
        pytest.param(_pss(mask="sha512", trailer=2), "the trailer 2", id="trailer-and-two-digests"),
        pytest.param(AlgorithmIdentifier("1.2.840.113549.1.1.10", b"\x05\x00"), None, id="unreadable"),
        pytest.param(AlgorithmIdentifier("1.2.840.113549.1.1.11", b"\x05\x00"), None, id="no-pss"),
        pytest.param(AlgorithmIdentifier("1.3.101.112", None), None, id="unknown"),
    ],
)
def test_pss_parameters_beyond_cng(identifier: AlgorithmIdentifier, oddity: str | None) -> None:
    assert signature_algorithm.pss_oddity(identifier) == oddity


@pytest.mark.parametrize(
    ("properties", "doubtful"),
    [
        pytest.param(
            {9: encoding.extended_key_usage((authority.CLIENT_AUTH,)).value}, True, id="another-usage"
        ),
        pytest.param(
            {122: encoding.extended_key_usage((authority.SERVER_AUTH,)).value}, True, id="disallowed"
        ),
        pytest.param({104: (1).to_bytes(8, "little")}, True, id="disallowed-since-1601"),
        pytest.param(
            {9: encoding.extended_key_usage((authority.SERVER_AUTH,)).value}, False, id="this-usage"
        ),
        pytest.param({11: "CA\0".encode("utf-16-le")}, False, id="a-name-of-its-own"),
    ],
)
def test_purposes_of_an_intermediate_that_its_store_switches_off(
    properties: dict[int, bytes], doubtful: bool
) -> None:
    members = (StoredCertificate("Root", ROOT.der, {}), StoredCertificate("CA", ISSUING.der, properties))
    trust = assembly.assemble("t", windows.layers(members, Registry()))
    leaf = authority.end_entity(ISSUING).certificate
    context = chain_context.build([leaf], trust=trust, caller=profile("exchange-se"), at=NOW)
    assert context.status is Flags.NoError
    assert (context.indeterminate is not None) is doubtful


EARLIER, LATER = NOW - 400 * DAY, NOW + 400 * DAY
CODE = ("1.3.6.1.5.5.7.3.3",)


@pytest.mark.parametrize(
    ("limits", "caller", "words"),
    [
        pytest.param(
            RootProperties(not_before=EARLIER),
            "exchange-2019",
            "refuses certificates .* issued since",
            id="issued-after",
        ),
        pytest.param(RootProperties(not_before=LATER), "exchange-2019", None, id="issued-before"),
        pytest.param(
            RootProperties(not_before=EARLIER, not_before_usages=CODE),
            "exchange-2019",
            None,
            id="for-code-alone",
        ),
        pytest.param(
            RootProperties(disallowed_after=EARLIER),
            "exchange-2019",
            "disallows this root since",
            id="disabled",
        ),
        pytest.param(
            RootProperties(usages=CODE), "exchange-2019", "Server Authentication", id="not-for-servers"
        ),
        pytest.param(
            RootProperties(not_before=EARLIER), "exchange-2016@2012r2", None, id="windows-without-dates"
        ),
        pytest.param(RootProperties(), "exchange-2019", None, id="no-restriction"),
    ],
)
def test_a_restriction_of_the_list_that_the_store_does_not_show(
    limits: RootProperties, caller: str, words: str | None
) -> None:
    given = Given((authority.end_entity(ISSUING), ISSUING), (ROOT,))
    trust = dataclasses.replace(
        store(given), list_limits=((ROOT.certificate.thumbprint, limits),), list_disallowed=("00",)
    )
    told = _told(given, trust, profile(caller))
    assert (told is None) if words is None else re.search(words, told or "")
    offline = dataclasses.replace(profile(caller), root_auto_update=False)
    assert _told(given, trust, offline) is None


def test_a_certificate_that_the_list_disallows_and_the_store_does_not() -> None:
    given = Given((authority.end_entity(ISSUING), ISSUING), (ROOT,))
    trust = dataclasses.replace(store(given), list_disallowed=(ISSUING.certificate.thumbprint,))
    assert "Microsoft's list disallows" in (_told(given, trust, profile("exchange-2019")) or "")


def _told(given: Given, trust: TrustStore, caller: Caller) -> str | None:
    found = chain_context.build(
        certificates(given.presented), trust=trust, caller=caller, at=NOW, usages=given.usages
    )
    assert found.status == Flags.NoError
    return found.indeterminate
