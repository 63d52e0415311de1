"""How long reading trust stores takes: `python tests/benchmarks/bench_stores.py [SPEC…]`. Not a test.

Prints, for certifi, for a store of 514 certificates in each format, and for every SPEC given, the median of
reading, and of reading with the index by subject. Imports are not counted. Aim: certifi below
5 ms, 514 certificates with their index below 40 ms.
"""

from __future__ import annotations

import base64
import statistics
import struct
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from probe.stores.loading import load

ROUNDS = 21
COUNT = 514


def certificates() -> list[x509.Certificate]:
    """Self-signed certificates, each with its own name."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = []
    for number in range(COUNT):
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Root {number}")])
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        builder = builder.serial_number(number + 1).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        made.append(builder.not_valid_after(datetime(2040, 1, 1, tzinfo=UTC)).sign(key, hashes.SHA256()))
    return made


def write_stores(folder: Path) -> list[Path]:
    """The same certificates in every format."""
    made = certificates()
    encoded = [certificate.public_bytes(Encoding.DER) for certificate in made]
    begin, end = b"-----BEGIN CERTIFICATE-----\n", b"-----END CERTIFICATE-----\n"
    elements = b"".join(struct.pack("<III", 32, 1, len(der)) + der for der in encoded)
    (folder / "roots.pem").write_bytes(b"".join(begin + base64.encodebytes(der) + end for der in encoded))
    (folder / "roots.p7b").write_bytes(pkcs7.serialize_certificates(made, Encoding.DER))
    (folder / "roots.sst").write_bytes(b"\0\0\0\0CERT" + elements + bytes(12))
    (folder / "folder").mkdir()
    for number, der in enumerate(encoded):
        (folder / "folder" / f"{number}.crt").write_bytes(der)
    return [folder / name for name in ("roots.pem", "roots.p7b", "roots.sst", "folder")]


def measure(spec: str) -> str:
    """One line of the table."""
    store = load([spec])
    reading, indexed = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        store = load([spec])
        reading.append(time.perf_counter() - start)
        store.roots_by_subject  # noqa: B018  # computed on first use
        indexed.append(time.perf_counter() - start)
    read, index = (statistics.median(times) * 1000 for times in (reading, indexed))
    members = len(store.roots) + len(store.listed)
    return f"{store.name:<30} {members:>7} {read:>9.2f} {index:>12.2f}"


def main() -> None:
    """Print the table."""
    print(f"{'store':<30} {'members':>7} {'read ms':>9} {'+ index ms':>12}")
    with tempfile.TemporaryDirectory() as folder:
        for spec in ("certifi", *map(str, write_stores(Path(folder))), *sys.argv[1:]):
            print(measure(spec))


if __name__ == "__main__":
    main()
