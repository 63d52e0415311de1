"""Issuer downloads: where the caller would make them, within its limits, and never into our own network."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from probe.collection.address_reach import Reach, reach
from probe.collection.retrieval.download import certificates_in
from probe.collection.retrieval.issuer_downloads import missing
from probe.collection.settings import Limits, ResolveTo, Settings, parse_proxy
from probe.facts.certificate import Certificate
from probe.facts.observation import Observation, Retrieval
from probe.facts.trust_store import TrustStore
from probe.lab import authority
from tests.collection.collection_peer import (
    Behaviour,
    Issued,
    Partner,
    Peer,
    answering,
    issue,
    server_context,
)

Serve = Callable[..., Partner]
Collect = Callable[..., Observation]

ROOT = issue("Root", ca=True)
INTERMEDIATE = issue("Intermediate", ROOT, ca=True)
KNOWN = frozenset((Certificate(ROOT.der).subject.der,))


def pem(*certificates: Issued) -> bytes:
    return b"".join(certificate.pem for certificate in certificates)


def bundle(*certificates: Issued, encoding: Encoding = Encoding.DER) -> bytes:
    return pkcs7.serialize_certificates([c.certificate for c in certificates], encoding)


def download(body: bytes, status: str = "200 OK", headers: tuple[str, ...] = ()) -> Behaviour:
    return answering(status, headers, body)


OWN = authority.root("Own")
RENEWED = authority.intermediate(OWN, "Renewed CA")


class Scene:
    """A partner that presents only an end-entity certificate, whose AIA names these URLs."""

    def __init__(self, serve: Serve, collect: Collect, folder: Path) -> None:
        self.serve = serve
        self.collect = collect
        self.folder = folder

    def web(self, *behaviours: Behaviour) -> Partner:
        return self.serve(*behaviours, tls=False)

    def run(self, *urls: str, **settings: object) -> tuple[Retrieval, ...]:
        leaf = issue("mail.partner.example", INTERMEDIATE, aia=urls)
        partner = self.serve(answering(), chain=server_context((leaf,), self.folder))
        settings.setdefault("aia", True)
        settings.setdefault("known_subjects", KNOWN)
        return self.collect(partner, **settings).retrievals


@pytest.fixture
def scene(serve: Serve, collect: Collect, tmp_path: Path) -> Scene:
    return Scene(serve, collect, tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(INTERMEDIATE.der, id="der"),
        pytest.param(pem(INTERMEDIATE), id="pem"),
        pytest.param(base64.encodebytes(INTERMEDIATE.der), id="base64-alone"),
        pytest.param(b"junk before\r\n" + pem(INTERMEDIATE), id="pem-with-junk"),
        pytest.param(bundle(INTERMEDIATE), id="pkcs7-der"),
        pytest.param(bundle(INTERMEDIATE, encoding=Encoding.PEM), id="pkcs7-pem"),
    ],
)
def test_an_issuer_is_fetched_in_every_form(scene: Scene, content: bytes) -> None:
    web = scene.web(download(content))
    (retrieval,) = scene.run(f"http://127.0.0.1:{web.port}/issuer.crt")
    assert (retrieval.outcome, retrieval.detail) == ("fetched", "1 certificate")
    assert [c.der for c in retrieval.certificates] == [INTERMEDIATE.der]
    assert retrieval.in_pem is not content.startswith(b"\x30")


@pytest.mark.parametrize(
    ("body", "status", "outcome", "detail"),
    [
        pytest.param(b"<html>not here</html>", "200 OK", "failed", "holds no certificate", id="html"),
        pytest.param(b"", "200 OK", "failed", "holds no certificate", id="empty"),
        pytest.param(INTERMEDIATE.der[:-1], "200 OK", "failed", "holds no certificate", id="cut-off"),
        pytest.param(INTERMEDIATE.der, "404 Not Found", "failed", "HTTP status 404 Not Found", id="404"),
        pytest.param(b"x" * 100_001, "200 OK", "refused", "more than 100000 bytes", id="too-long"),
        pytest.param(
            bundle(*(issue(f"CA {n}", ca=True) for n in range(11))),
            "200 OK",
            "refused",
            "more than 10 certificates",
            id="too-many",
        ),
    ],
)
def test_what_is_no_usable_answer(scene: Scene, body: bytes, status: str, outcome: str, detail: str) -> None:
    web = scene.web(download(body, status))
    (retrieval,) = scene.run(f"http://127.0.0.1:{web.port}/issuer.crt")
    assert retrieval.outcome == outcome
    assert detail in retrieval.detail
    assert retrieval.certificates == ()


def test_the_next_url_is_tried_after_a_dead_one(scene: Scene) -> None:
    dead, alive = scene.web(download(b"", "404 Not Found")), scene.web(download(INTERMEDIATE.der))
    retrievals = scene.run(f"http://127.0.0.1:{dead.port}/a", f"http://127.0.0.1:{alive.port}/b")
    assert [r.outcome for r in retrievals] == ["failed", "fetched"]


def test_no_more_than_three_downloads_for_one_chain(scene: Scene) -> None:
    dead = scene.web(download(b"", "404 Not Found"))
    retrievals = scene.run(*(f"http://127.0.0.1:{dead.port}/{n}" for n in range(5)))
    assert [r.outcome for r in retrievals] == ["failed", "failed", "failed", "refused"]
    assert dead.accepted == 3


def test_no_more_than_five_urls_of_one_certificate(scene: Scene) -> None:
    dead = scene.web(download(b"", "404 Not Found"))
    urls = [f"http://127.0.0.1:{dead.port}/{n}" for n in range(7)]
    retrievals = scene.run(*urls, limits=Limits(issuer_retrievals=99))
    assert [r.url for r in retrievals] == urls[:5]


def test_issuers_of_issuers_are_fetched_too(scene: Scene) -> None:
    web = scene.web(download(ROOT.der))
    upper = issue("Upper", ROOT, ca=True, aia=(f"http://127.0.0.1:{web.port}/root",))
    both = scene.web(download(upper.der))
    leaf = issue("mail.partner.example", upper, aia=(f"http://127.0.0.1:{both.port}/upper",))
    partner = scene.serve(answering(), chain=server_context((leaf,), scene.folder))
    observation = scene.collect(partner, aia=True)
    assert [r.url.rpartition("/")[2] for r in observation.retrievals] == ["upper", "root"]
    assert [c.der for c in observation.retrieved_certificates()] == [upper.der, ROOT.der]


@pytest.mark.parametrize(
    ("settings", "chain"),
    [
        pytest.param({"aia": False}, (), id="not-wanted"),
        pytest.param({}, (INTERMEDIATE, ROOT), id="whole-chain-presented"),
        pytest.param({"known_subjects": KNOWN}, (INTERMEDIATE,), id="root-in-the-store"),
        pytest.param(
            {"known_subjects": frozenset((Certificate(INTERMEDIATE.der).subject.der,))},
            (),
            id="intermediate-in-the-store",
        ),
    ],
)
def test_nothing_is_fetched_where_the_caller_would_not(
    scene: Scene, settings: dict[str, object], chain: tuple[Issued, ...]
) -> None:
    web = scene.web(download(INTERMEDIATE.der))
    leaf = issue("mail.partner.example", INTERMEDIATE, aia=(f"http://127.0.0.1:{web.port}/i",))
    partner = scene.serve(answering(), chain=server_context((leaf, *chain), scene.folder))
    observation = scene.collect(partner, **{"aia": True, "known_subjects": frozenset(), **settings})
    assert observation.retrievals == ()
    assert web.accepted == 0


@pytest.mark.parametrize(
    ("url", "detail"),
    [
        pytest.param("ldap:///CN=Root", "only http", id="ldap"),
        pytest.param("https://127.0.0.1/ca.crt", "only http", id="https"),
        pytest.param("http://10.0.0.1/ca.crt", "10.0.0.1 is a private address", id="private"),
        pytest.param("http://169.254.169.254/latest", "169.254.169.254 is a link-local", id="metadata"),
        pytest.param("http://[::ffff:10.1.1.1]/x", "is a private address", id="mapped"),
        pytest.param("http://224.0.0.1/x", "multicast", id="multicast"),
        pytest.param("http://2130706433/x", "", id="number-for-an-address"),
        pytest.param("http://intranet.partner.example/x", "192.168.7.7 is a private", id="name-to-private"),
    ],
)
def test_no_download_from_the_networks_of_the_prober(scene: Scene, url: str, detail: str) -> None:
    inside = ResolveTo("intranet.partner.example", None, ("192.168.7.7",))
    (retrieval,) = scene.run(url, resolve=(inside,), resolver=_nothing)
    assert retrieval.outcome in ("not-asked", "failed")
    assert detail in retrieval.detail
    assert retrieval.certificates == ()


async def _nothing(host: str, port: int) -> tuple[str, ...]:
    return ()


def test_a_redirect_is_followed(scene: Scene) -> None:
    end = scene.web(download(INTERMEDIATE.der))
    start = scene.web(download(b"", "302 Found", (f"Location: http://127.0.0.1:{end.port}/b",)))
    (retrieval,) = scene.run(f"http://127.0.0.1:{start.port}/a")
    assert retrieval.outcome == "fetched"


@pytest.mark.parametrize(
    ("location", "outcome", "detail"),
    [
        pytest.param(
            "http://10.0.0.1/", "not-asked", "10.0.0.1 is a private address", id="into-a-private-network"
        ),
        pytest.param("https://127.0.0.1/", "not-asked", "only http", id="to-https"),
        pytest.param("/again", "failed", "redirects lead in a circle", id="in-circles"),
        pytest.param("more/", "not-asked", "more than 3 redirects", id="ever-on"),
    ],
)
def test_a_redirect_is_checked_again(scene: Scene, location: str, outcome: str, detail: str) -> None:
    start = scene.web(download(b"", "302 Found", (f"Location: {location}",)))
    (retrieval,) = scene.run(f"http://127.0.0.1:{start.port}/a/")
    assert (retrieval.outcome, detail in retrieval.detail) == (outcome, True)


def test_a_web_server_that_says_nothing_ends_at_the_limit(scene: Scene) -> None:
    def silent(peer: Peer) -> None:
        peer.wait()

    web = scene.web(silent)
    (retrieval,) = scene.run(f"http://127.0.0.1:{web.port}/a", limits=Limits(issuer_seconds=0.3))
    assert (retrieval.outcome, retrieval.detail) == ("failed", "receive: deadline")


def test_a_loopback_url_is_refused_to_a_partner_elsewhere(scene: Scene) -> None:
    # Through a proxy the partner's address is not known, so nothing but global addresses may be asked.
    from tests.collection.test_collection_http import Tunnel

    leaf = issue("mail.partner.example", INTERMEDIATE, aia=("http://127.0.0.1/a",))
    partner = scene.serve(answering(), chain=server_context((leaf,), scene.folder))
    proxy = scene.web(Tunnel(partner.port))
    observation = scene.collect(None, proxy=parse_proxy(f"127.0.0.1:{proxy.port}"), aia=True)
    (retrieval,) = observation.retrievals
    assert (retrieval.outcome, retrieval.detail) == ("not-asked", "127.0.0.1 is a loopback address")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", Reach.GLOBAL),
        ("2606:2800:220:1::1", Reach.GLOBAL),
        ("127.8.8.8", Reach.LOOPBACK),
        ("::1", Reach.LOOPBACK),
        ("0.0.0.0", Reach.LOOPBACK),
        ("::", Reach.LOOPBACK),
        ("::ffff:127.0.0.1", Reach.LOOPBACK),
        ("64:ff9b::7f00:1", Reach.LOOPBACK),
        ("2002:7f00:1::", Reach.LOOPBACK),
        ("10.1.2.3", Reach.PRIVATE),
        ("100.64.0.1", Reach.PRIVATE),
        ("fd00::1", Reach.PRIVATE),
        ("240.0.0.1", Reach.PRIVATE),
        ("169.254.169.254", Reach.LINK_LOCAL),
        ("fe80::1%eth0", Reach.LINK_LOCAL),
        ("224.0.0.251", Reach.MULTICAST),
        ("ff02::1", Reach.MULTICAST),
    ],
)
def test_the_reach_of_an_address(address: str, expected: Reach) -> None:
    assert reach(address) is expected


def test_missing_issuers_follow_names_from_the_end_entity_only() -> None:
    leaf = issue("leaf", INTERMEDIATE)
    stranger = issue("stranger", issue("nobody", ca=True))
    chain = [Certificate(c.der) for c in (leaf, INTERMEDIATE, stranger)]
    assert missing(chain, Settings()) == (chain[1],)
    assert missing(chain, Settings(known_subjects=KNOWN)) == ()
    assert missing([], Settings()) == ()


@pytest.mark.parametrize(
    ("stored", "fetched"),
    [
        pytest.param((INTERMEDIATE, ROOT), [], id="up-to-the-root"),
        pytest.param((INTERMEDIATE,), ["root"], id="stops-below-the-root"),
        pytest.param((), ["issuing", "root"], id="nothing"),
    ],
)
def test_above_an_intermediate_of_the_store_its_own_address_is_asked(
    scene: Scene, stored: tuple[Issued, ...], fetched: list[str]
) -> None:
    above = scene.web(download(ROOT.der))
    issuing = issue("Issuing", ROOT, ca=True, aia=(f"http://127.0.0.1:{above.port}/root",))
    web = scene.web(download(issuing.der))
    leaf = issue("mail.partner.example", issuing, aia=(f"http://127.0.0.1:{web.port}/issuing",))
    held = [Certificate((issuing if one is INTERMEDIATE else one).der) for one in stored]
    trust = TrustStore("ours", roots=tuple(c for c in held if c.self_issued), intermediates=tuple(held))
    partner = scene.serve(answering(), chain=server_context((leaf,), scene.folder))
    observation = scene.collect(
        partner, aia=True, known_subjects=trust.subjects_up_to_a_root, known_issuers=trust.of_subject
    )
    assert [r.url.rpartition("/")[2] for r in observation.retrievals] == fetched
    assert missing([Certificate(b"no certificate")], Settings()) == ()


def test_an_issuer_of_another_key_is_not_the_one_that_is_named() -> None:
    leaf, right = authority.end_entity(RENEWED), RENEWED.certificate
    old = authority.intermediate(OWN, "Renewed CA").certificate
    trust = TrustStore("ours", (OWN.certificate,), (old,))
    settings = Settings(known_subjects=trust.subjects_up_to_a_root, known_issuers=trust.of_subject)
    assert missing((leaf.certificate,), settings) == (leaf.certificate,)
    assert missing((leaf.certificate, old), Settings(known_subjects=trust.subjects_up_to_a_root)) == (
        leaf.certificate,
    )
    assert missing((leaf.certificate, right), settings) == ()


def test_missing_ends_on_certificates_that_issue_each_other() -> None:
    key_holder = issue("A", ca=True)
    a_by_b = issue("A", issue("B", ca=True), ca=True)
    b_by_a = issue("B", key_holder, ca=True)
    leaf = issue("leaf", key_holder)
    assert missing([Certificate(c.der) for c in (leaf, a_by_b, b_by_a)], Settings()) == ()


@pytest.mark.parametrize(
    "content", [b"", b"\x30", b"\x30\x80\x06\x09", b"-----BEGIN CERTIFICATE-----\n!!\n-----END"]
)
def test_hostile_answers_hold_no_certificate(content: bytes) -> None:
    assert certificates_in(content) == ()
