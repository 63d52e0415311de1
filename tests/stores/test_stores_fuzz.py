"""Arbitrary and damaged bytes end in a store or in one of probe's own errors, never in anything else."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, pkcs7, pkcs12
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.errors import ProbeError
from probe.stores import assembly, inventory, recognition
from probe.stores.contents import Layer, Role

Roots = tuple[bytes, ...]
Writer = Callable[[Sequence[tuple[Mapping[int, bytes], bytes]]], bytes]

STARTS = [
    b"",
    b"\0\0\0\0CERT",
    b"-----BEGIN CERTIFICATE-----\n",
    b"-----BEGIN PKCS7-----\n",
    b"\x30\x82",
    b"\x30\x80",
    b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02",
    b"\x30\x20\x02\x01\x03\x30",
    b"\xff\xfe",
    b"<html",
]


def _use(data: bytes) -> None:
    try:
        store = assembly.assemble("fuzz", [Layer(Role.ROOT, recognition.read(data))])
    except ProbeError as refused:
        assert str(refused)
        assert "\n" not in str(refused)
        return
    assert store.roots or store.listed or store.disallowed_hashes or store.disallowed_identifiers
    assert len(store.sha256) == 64
    assert bool(store.roots_by_subject) == bool(store.roots)
    assert len(inventory.rows(store)) == len(store.roots) + len(store.listed)


@given(st.sampled_from(STARTS), st.binary(max_size=200))
@settings(max_examples=400)
def test_arbitrary_bytes(start: bytes, rest: bytes) -> None:
    if recognised := _recognised(start + rest):
        assert recognised


def _recognised(data: bytes) -> bool:
    try:
        return not recognition.read(data).empty
    except ProbeError as refused:
        return bool(str(refused)) and "\n" not in str(refused)


class Samples(dict[str, bytes]):
    """Sound files by kind; short when hypothesis prints it."""

    def __repr__(self) -> str:
        return "samples"


@pytest.fixture(scope="session")
def samples(roots: Roots, serialized: Writer, trust_list: Callable[..., bytes]) -> Samples:
    certificates = [x509.load_der_x509_certificate(root) for root in roots]
    properties = {9: bytes.fromhex("300a06082b06010505070301"), 104: bytes(8), 11: b"a\0\0\0"}
    return Samples(
        {
            "der": roots[0],
            "pem": b"-----BEGIN CERTIFICATE-----\n"
            + base64.encodebytes(roots[0])
            + b"-----END CERTIFICATE-----\n",
            "pkcs7": pkcs7.serialize_certificates(certificates, Encoding.DER),
            "pkcs12": pkcs12.serialize_key_and_certificates(None, None, None, certificates, NoEncryption()),
            "sst": serialized([(properties, root) for root in roots]),
            "stl": trust_list([(b"1" * 20, properties), (b"2" * 20, {})]),
            "disallowed": trust_list(
                [(b"1" * 16, {})], usage="1.3.6.1.4.1.311.10.3.30", algorithm="1.3.6.1.4.1.311.10.11.15"
            ),
        }
    )


@pytest.mark.parametrize("kind", ["der", "pem", "pkcs7", "pkcs12", "sst", "stl", "disallowed"])
@given(data=st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_files(samples: Samples, kind: str, data: st.DataObject) -> None:
    damaged = bytearray(samples[kind])
    position = st.integers(0, len(damaged) - 1)
    for at, value in data.draw(st.lists(st.tuples(position, st.integers(0, 255)), min_size=1, max_size=4)):
        damaged[at] = value
    _use(
        bytes(damaged[: data.draw(st.integers(1, len(damaged)))])
        if data.draw(st.booleans())
        else bytes(damaged)
    )
