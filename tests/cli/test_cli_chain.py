"""`probe chain`: a chain from a file, judged offline."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from probe.lab import authority
from tests.cli.conftest import Finished

Run = Callable[..., Finished]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    root = authority.root("Chain Root")
    issuing = authority.intermediate(root, "Chain CA")
    leaf = authority.end_entity(issuing, "mail.partner.lab")
    (tmp_path / "roots.pem").write_text(root.pem)
    (tmp_path / "chain.pem").write_text(leaf.chain_pem())
    (tmp_path / "leaf.der").write_bytes(leaf.der)
    ders = [certificate.der for certificate in leaf.chain]
    bag = [x509.load_der_x509_certificate(der) for der in reversed(ders)]
    (tmp_path / "chain.p7b").write_bytes(pkcs7.serialize_certificates(bag, Encoding.DER))
    (tmp_path / "chain-pem.p7b").write_bytes(pkcs7.serialize_certificates(bag, Encoding.PEM))
    return tmp_path


@pytest.mark.parametrize(
    ("file", "host", "code", "status", "errors"),
    [
        pytest.param("chain.pem", "mail.partner.lab", 0, [], [], id="pem"),
        pytest.param("chain.p7b", "mail.partner.lab", 0, [], [], id="pkcs7-der-root-first"),
        pytest.param("chain-pem.p7b", "mail.partner.lab", 0, [], [], id="pkcs7-pem"),
        pytest.param("chain.pem", None, 0, [], [], id="no-host-no-name-check"),
        pytest.param(
            "leaf.der",
            "mail.partner.lab",
            2,
            ["PartialChain"],
            ["RemoteCertificateChainErrors"],
            id="der-without-its-issuer",
        ),
        pytest.param("chain.pem", "other.lab", 2, [], ["RemoteCertificateNameMismatch"], id="wrong-name"),
    ],
)
def test_chain_file(
    run: Run, files: Path, file: str, host: str | None, code: int, status: list[str], errors: list[str]
) -> None:
    options = ["--trust", str(files / "roots.pem"), "--format", "json"]
    finished = run("chain", str(files / file), *options, *(("--host", host) if host else ()))
    document = json.loads(finished.out)
    assert document["schema"] == "probe.chain/1"
    assert (finished.code, document["chain"]["status"], document["ssl_policy_errors"]) == (
        code,
        status,
        errors,
    )


def test_explain_prints_the_search(run: Run, files: Path) -> None:
    """A second CA of the same name is a candidate, and the report says why it lost."""
    impostor = authority.intermediate(authority.root("Other Root"), "Chain CA")
    chain = files / "two.pem"
    chain.write_text((files / "chain.pem").read_text() + impostor.pem)
    finished = run("chain", str(chain), "--trust", str(files / "roots.pem"), "--explain")
    assert finished.code == 0
    assert "issuers that were tried and lost" in finished.out
    assert impostor.certificate.thumbprint in finished.out
