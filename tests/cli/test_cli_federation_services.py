"""`probe federation --services` and `--proof`: Microsoft's services on loopback, and a name server there."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.message
import dns.rcode
import dns.rrset
import pytest

from probe.collection.discovery import federation_proof
from probe.collection.discovery.service_records import NoRecordError
from probe.collection.settings import Settings
from probe.facts.services.federation_services import SERVICES
from probe.lab import authority
from probe.lab.issuance import certificate_pem
from tests.cli.conftest import Finished
from tests.collection.collection_peer import Partner, answering
from tests.collection.test_collection_service_records import code, name_server

Run = Callable[..., Finished]
PROOF = "A" * 85 + "Q=="
HOSTS = tuple(service.host for service in SERVICES)


@contextmanager
def services(folder: Path, status: str, names: tuple[str, ...] = HOSTS) -> Iterator[tuple[str, ...]]:
    """The three services in one server on loopback; gives the options that reach and trust them."""
    root = authority.root("Services Root")
    leaf = authority.end_entity(root, names[0], dns_names=names)
    chain = folder / "services.pem"
    chain.write_text(leaf.key_pem + certificate_pem(leaf.certificate))
    trusted = folder / "root.pem"
    trusted.write_text(certificate_pem(root.certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    server = Partner(answering(status), context=context, family=socket.AF_INET)
    try:
        reach = ("--connect-to", f"::127.0.0.1:{server.port}", "--resolve", "*::127.0.0.1", "-4")
        yield (*reach, "--trust", str(trusted))
    finally:
        server.close()


@pytest.mark.parametrize(
    "status",
    ["200 OK", "500 Internal Server Error", "405 Method Not Allowed"],
    ids=["page", "soap-fault", "method-not-allowed"],
)
def test_a_service_that_answers_is_reached_and_no_exchange(run: Run, tmp_path: Path, status: str) -> None:
    with services(tmp_path, status) as options:
        done = run("federation", "--services", "--format", "json", *options)
    documents = json.loads(done.out)
    assert [document["target"]["input"] for document in documents] == [service.url for service in SERVICES]
    assert (done.code, {document["outcome"] for document in documents}) == (0, {"success"})
    assert "no Exchange" in json.dumps(documents)


def test_a_certificate_for_another_name_fails_as_it_does_for_the_caller(run: Run, tmp_path: Path) -> None:
    with services(tmp_path, "200 OK", names=("proxy.example", HOSTS[1])) as options:
        done = run("federation", "--services", *options)
    assert done.code == 2
    assert "RemoteCertificateNameMismatch" in done.out
    assert "the token service: a token for each partner" in done.err


def test_a_service_that_is_not_reached_fails(run: Run, tmp_path: Path) -> None:
    reach = ("--connect-to", "::127.0.0.1:9", "--resolve", "*::127.0.0.1", "-4")
    done = run("federation", "--services", *reach, "--timeout", "5")
    assert done.code == 2
    assert "Unable to connect to the remote server" in done.out


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("--services", "contoso.com"), id="services-of-a-domain"),
        pytest.param(("--services", "--proof"), id="both"),
        pytest.param((), id="nothing"),
        pytest.param(("--proof",), id="proof-of-nothing"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("federation", *arguments).code == 64


def texts(*values: str) -> Callable[[dns.message.Message], bytes]:
    def reply(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        quoted = [f'"{value}"' for value in values]
        response.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "TXT", *quoted))
        return bytes(response.to_wire())

    return reply


@pytest.mark.parametrize(
    ("records", "found"),
    [
        pytest.param((PROOF, "v=spf1 -all"), (PROOF,), id="beside-others"),
        pytest.param(("v=spf1 -all", "MS=ms123"), (), id="none"),
        pytest.param((PROOF[:-2],), (), id="cut-off"),
    ],
)
def test_a_proof_is_found_among_the_text_records(records: tuple[str, ...], found: tuple[str, ...]) -> None:
    with name_server(texts(*records)) as server:
        assert federation_proof.proofs("contoso.example", Settings(nameserver=server)) == found


def test_a_domain_without_records_has_no_proof_and_a_broken_dns_says_so() -> None:
    with name_server(code(dns.rcode.NXDOMAIN)) as server:
        assert federation_proof.proofs("contoso.example", Settings(nameserver=server)) == ()
    with name_server(code(dns.rcode.REFUSED)) as server, pytest.raises(NoRecordError):
        federation_proof.proofs("contoso.example", Settings(nameserver=server))
