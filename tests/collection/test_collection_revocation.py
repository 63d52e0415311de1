"""CRLs and OCSP answers: only when asked for, in Windows' order, within limits, never in our own network."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp as encoding

from probe.collection.settings import Limits, ResolveTo
from probe.facts.certificate import Certificate
from probe.facts.observation import Observation, Retrieval, RetrievalKind
from probe.lab import authority, revocation
from probe.lab.authority import Credential
from tests.collection.collection_peer import Behaviour, Issued, Partner, Peer, answering, server_context

Serve = Callable[..., Partner]
Collect = Callable[..., Observation]

ROOT = authority.root("Root")
ISSUING = authority.intermediate(ROOT, "Issuing CA")
NOW = datetime.now(UTC).replace(microsecond=0)
EXPIRED = timedelta(days=-30)


def issued(credential: Credential) -> Issued:
    assert isinstance(credential.key, ec.EllipticCurvePrivateKey)
    return Issued(x509.load_der_x509_certificate(credential.der), credential.key)


def page(body: bytes, status: str = "200 OK", seen: list[bytes] | None = None) -> Behaviour:
    return answering(status, (), body, seen)


class Scene:
    """A partner whose certificate names these addresses, for a caller that checks revocation."""

    def __init__(self, serve: Serve, collect: Collect, folder: Path) -> None:
        self.serve = serve
        self.collect = collect
        self.folder = folder
        self.leaf = authority.end_entity(ISSUING, "mail.partner.example")

    def web(self, *behaviours: Behaviour) -> Partner:
        return self.serve(*behaviours, tls=False)

    def name(self, crl: tuple[str, ...] = (), ocsp: tuple[str, ...] = ()) -> Credential:
        self.leaf = authority.end_entity(ISSUING, "mail.partner.example", crl_urls=crl, ocsp_urls=ocsp)
        return self.leaf

    def run(self, *chain: Credential, **settings: object) -> tuple[Retrieval, ...]:
        presented = tuple(map(issued, (self.leaf, *(chain or (ISSUING,)))))
        partner = self.serve(answering(), chain=server_context(presented, self.folder))
        settings.setdefault("revocation", True)
        return self.collect(partner, **settings).retrievals


@pytest.fixture
def scene(serve: Serve, collect: Collect, tmp_path: Path) -> Scene:
    return Scene(serve, collect, tmp_path)


def url(web: Partner, path: str = "ca.crl") -> str:
    return f"http://127.0.0.1:{web.port}/{path}"


def kinds_and_outcomes(retrievals: tuple[Retrieval, ...]) -> list[tuple[str, str]]:
    return [(r.kind.value, r.outcome) for r in retrievals]


def test_nothing_is_fetched_unless_asked_for(scene: Scene) -> None:
    web = scene.web(page(b""))
    scene.name(crl=(url(web),), ocsp=(url(web, "ocsp"),))
    assert scene.run(revocation=False) == ()
    assert web.accepted == 0


def test_an_ocsp_answer_makes_the_crl_unnecessary(scene: Scene) -> None:
    seen: list[bytes] = []
    lists = scene.web(page(revocation.crl(ISSUING)))
    behaviours: list[Behaviour] = []
    responder = scene.web(lambda peer: behaviours[0](peer))
    leaf = scene.name(crl=(url(lists),), ocsp=(url(responder, "ocsp/"),))
    content = revocation.ocsp(leaf)
    behaviours.append(page(content, seen=seen))
    (retrieval,) = scene.run()
    assert (retrieval.kind.value, retrieval.outcome, retrieval.content) == ("ocsp", "fetched", content)
    assert retrieval.url == url(responder, "ocsp/")
    assert retrieval.for_sha256 == leaf.certificate.sha256
    assert lists.accepted == 0
    method, path, _ = seen[0].split(b" ", 2)
    assert method == b"GET"
    request = encoding.load_der_ocsp_request(base64.b64decode(unquote(path.decode()).rpartition("/ocsp/")[2]))
    assert request.serial_number == revocation.serial(leaf)
    assert len(request.extensions) == 0


def test_a_responder_that_refuses_get_is_asked_by_post(scene: Scene) -> None:
    seen: list[bytes] = []
    made: list[bytes] = []

    def by_method(peer: Peer) -> None:
        request = peer.read_request()
        seen.append(request)
        status, body = ("200 OK", made[0]) if request.startswith(b"POST") else ("405 No", b"")
        peer.send(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    responder = scene.web(by_method)
    made.append(revocation.ocsp(scene.name(ocsp=(url(responder, "ocsp"),))))
    assert kinds_and_outcomes(scene.run()) == [("ocsp", "failed"), ("ocsp", "fetched")]
    assert b"application/ocsp-request" in seen[1]
    assert encoding.load_der_ocsp_request(
        seen[1].partition(b"\r\n\r\n")[2]
    ).serial_number == revocation.serial(scene.leaf)


def test_a_long_url_is_asked_by_post_at_once(scene: Scene) -> None:
    seen: list[bytes] = []
    responder = scene.web(page(b"", seen=seen))
    scene.name(ocsp=(url(responder, "x" * 250),))
    scene.run()
    assert [request.split(b" ")[0] for request in seen] == [b"POST"]


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda leaf: b"<html>", id="no-answer"),
        pytest.param(
            lambda leaf: revocation.ocsp(leaf, status=encoding.OCSPCertStatus.UNKNOWN), id="unknown"
        ),
        pytest.param(lambda leaf: revocation.ocsp(leaf, this_update=NOW + EXPIRED), id="out-of-date"),
        pytest.param(lambda leaf: revocation.ocsp(authority.end_entity(ISSUING)), id="about-another"),
    ],
)
def test_an_ocsp_answer_of_no_use_is_followed_by_the_crl(
    scene: Scene, make: Callable[[Credential], bytes]
) -> None:
    made: list[Behaviour] = []
    responder = scene.web(lambda peer: made[0](peer))
    lists = scene.web(page(revocation.crl(ISSUING)))
    made.append(page(make(scene.name(crl=(url(lists),), ocsp=(url(responder, "o"),)))))
    assert kinds_and_outcomes(scene.run())[-1] == ("crl", "fetched")
    assert {kind for kind, _ in kinds_and_outcomes(scene.run())} == {"ocsp", "crl"}


def test_the_next_crl_is_tried_after_a_dead_or_late_one(scene: Scene) -> None:
    dead = scene.web(page(b"", "404 Not Found"))
    late = scene.web(page(revocation.crl(ISSUING, this_update=NOW + EXPIRED)))
    alive, spare = scene.web(page(revocation.crl(ISSUING))), scene.web(page(b""))
    scene.name(crl=tuple(map(url, (dead, late, alive, spare))))
    assert kinds_and_outcomes(scene.run()) == [("crl", "failed"), ("crl", "fetched"), ("crl", "fetched")]
    assert spare.accepted == 0


def test_every_certificate_below_the_root_is_asked_about_and_a_crl_fetched_once(scene: Scene) -> None:
    lists = scene.web(page(revocation.crl(ROOT)))
    upper = authority.intermediate(ROOT, "Upper", crl_urls=(url(lists),))
    lower = authority.intermediate(upper, "Lower", crl_urls=(url(lists),))
    scene.leaf = authority.end_entity(lower, "mail.partner.example", crl_urls=(url(lists, "leaf.crl"),))
    own = authority.root("Own", crl_urls=(url(lists, "root.crl"),))
    retrievals = scene.run(lower, upper, own)
    assert [r.url.rpartition("/")[2] for r in retrievals] == ["leaf.crl", "ca.crl"]


def test_a_root_is_not_asked_about(scene: Scene) -> None:
    lists = scene.web(page(revocation.crl(ROOT)))
    scene.leaf = authority.end_entity(None, "mail.partner.example", crl_urls=(url(lists),))
    assert scene.run() == ()


def test_the_issuer_in_the_store_makes_the_request(scene: Scene) -> None:
    seen: list[bytes] = []
    responder = scene.web(page(b"", seen=seen))
    leaf = scene.name(ocsp=(url(responder, "o"),))
    own = authority.root("Unrelated")
    (retrieval,) = scene.run(own)
    assert retrieval.outcome == "refused"
    assert "certificate of its issuer" in retrieval.detail
    assert responder.accepted == 0

    def known(subject: bytes) -> tuple[Certificate, ...]:
        return (ISSUING.certificate,) if subject == ISSUING.certificate.subject.der else ()

    scene.run(own, known_issuers=known)
    request = encoding.load_der_ocsp_request(seen[-1].partition(b"\r\n\r\n")[2])
    assert request.serial_number == revocation.serial(leaf)


def test_the_issuer_whose_key_is_named_makes_the_request(scene: Scene) -> None:
    seen: list[bytes] = []
    responder = scene.web(page(b"", seen=seen))
    namesake = authority.intermediate(authority.root("Unrelated"), "Issuing CA")
    leaf = scene.name(ocsp=(url(responder, "o"),))
    scene.run(namesake, ISSUING)
    request = encoding.load_der_ocsp_request(seen[-1].partition(b"\r\n\r\n")[2])
    expected = encoding.load_der_ocsp_response(revocation.ocsp(leaf))
    assert request.issuer_key_hash == next(iter(expected.responses)).issuer_key_hash


@pytest.mark.parametrize(
    ("limits", "detail"),
    [
        pytest.param(Limits(crl_bytes=100), "more than 100 bytes", id="bytes"),
        pytest.param(Limits(revocation_retrievals=0), "more than 0 downloads", id="number"),
    ],
)
def test_limits_are_kept(scene: Scene, limits: Limits, detail: str) -> None:
    web = scene.web(page(revocation.crl(ISSUING)))
    scene.name(crl=(url(web),))
    (retrieval,) = scene.run(limits=limits)
    assert (retrieval.outcome, detail in retrieval.detail, retrieval.content) == ("refused", True, b"")


def test_no_time_is_no_answer(scene: Scene) -> None:
    web = scene.web(page(revocation.crl(ISSUING)))
    scene.name(crl=(url(web),))
    (retrieval,) = scene.run(limits=Limits(revocation_seconds=0.0))
    assert (retrieval.outcome, retrieval.detail) == ("failed", "connect: deadline")


def test_a_long_ocsp_answer_is_refused(scene: Scene) -> None:
    web = scene.web(page(b"x" * 100_001))
    scene.name(ocsp=(url(web, "o"),))
    (retrieval,) = scene.run()
    assert (retrieval.outcome, retrieval.detail) == ("refused", "more than 100000 bytes")


def test_a_crl_of_megabytes_is_taken(scene: Scene) -> None:
    content = revocation.crl(ISSUING, range(1, 60_000))
    assert len(content) > 1_000_000
    web = scene.web(page(content))
    scene.name(crl=(url(web),))
    (retrieval,) = scene.run()
    assert (retrieval.outcome, retrieval.content) == ("fetched", content)


def test_no_more_than_five_urls_of_a_kind(scene: Scene) -> None:
    dead = scene.web(page(b"", "404 Not Found"))
    urls = [url(dead, str(n)) for n in range(7)]
    scene.name(crl=tuple(urls))
    assert [r.url for r in scene.run()] == urls[:5]


def test_no_more_downloads_than_allowed_for_all(scene: Scene) -> None:
    dead = scene.web(page(b"", "404 Not Found"))
    scene.name(crl=tuple(url(dead, str(n)) for n in range(5)))
    retrievals = scene.run(limits=Limits(revocation_retrievals=3))
    assert [r.outcome for r in retrievals] == ["failed", "failed", "failed", "refused"]
    assert dead.accepted == 3


def test_no_more_bytes_than_allowed_for_all(scene: Scene) -> None:
    """Each is within the limit for one, and together they are not within that for all."""
    web = scene.web(page(b"x" * 600))
    scene.name(crl=tuple(url(web, str(n)) for n in range(3)))
    retrievals = scene.run(limits=Limits(revocation_bytes=1_300))
    assert [r.outcome for r in retrievals] == ["fetched", "fetched", "refused"]


def test_no_more_certificates_than_allowed(scene: Scene) -> None:
    dead = scene.web(page(b"", "404 Not Found"))
    upper = ROOT
    chain: list[Credential] = []
    for number in range(4):
        upper = authority.intermediate(upper, f"CA {number}", crl_urls=(url(dead, str(number)),))
        chain.insert(0, upper)
    scene.leaf = authority.end_entity(upper, "mail.partner.example", crl_urls=(url(dead, "leaf"),))
    retrievals = scene.run(*chain, limits=Limits(revocation_certificates=3))
    assert [r.url.rpartition("/")[2] for r in retrievals] == ["leaf", "3", "2"]


def test_a_web_server_that_says_nothing_ends_at_half_of_the_time_and_the_next_is_asked(scene: Scene) -> None:
    def silent(peer: Peer) -> None:
        peer.wait()

    mute, alive = scene.web(silent), scene.web(page(revocation.crl(ISSUING)))
    scene.name(crl=(url(mute), url(alive)))
    retrievals = scene.run(limits=Limits(revocation_seconds=1.0))
    assert (retrievals[0].outcome, retrievals[0].detail) == ("failed", "receive: deadline")
    assert kinds_and_outcomes(retrievals)[1] == ("crl", "fetched")


@pytest.mark.parametrize(
    ("address", "detail"),
    [
        pytest.param("ldap:///CN=CA?certificateRevocationList", "only http", id="ldap"),
        pytest.param("https://127.0.0.1/ca.crl", "only http", id="https"),
        pytest.param("http://10.0.0.1/ca.crl", "10.0.0.1 is a private address", id="private"),
        pytest.param("http://169.254.169.254/latest", "169.254.169.254 is a link-local", id="metadata"),
        pytest.param("http://intranet.partner.example/x", "192.168.7.7 is a private", id="name-to-private"),
    ],
)
@pytest.mark.parametrize("kind", ["crl", "ocsp"])
def test_nothing_is_asked_in_the_networks_of_the_prober(
    scene: Scene, kind: str, address: str, detail: str
) -> None:
    inside = ResolveTo("intranet.partner.example", None, ("192.168.7.7",))
    scene.name(**{kind: (address,)})
    (retrieval,) = scene.run(resolve=(inside,))
    assert (retrieval.outcome, detail in retrieval.detail) == ("not-asked", True)


@pytest.mark.parametrize(
    ("location", "outcome", "detail"),
    [
        pytest.param(
            "http://10.0.0.1/", "not-asked", "10.0.0.1 is a private address", id="into-a-private-network"
        ),
        pytest.param("/again", "failed", "redirects lead in a circle", id="in-circles"),
    ],
)
def test_a_redirect_is_checked_again(scene: Scene, location: str, outcome: str, detail: str) -> None:
    web = scene.web(answering("302 Found", (f"Location: {location}",)))
    scene.name(crl=(url(web),))
    (retrieval,) = scene.run()
    assert (retrieval.outcome, detail in retrieval.detail) == (outcome, True)


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        pytest.param(b"\x30" + b"\x05\x00" * 5_000, 1_024, id="looks-like-der"),
        pytest.param(b"<html>" + b"x" * 5_000, 1_024, id="a-page"),
        pytest.param(b"\x30\x03\x0a\x01\x06", 5, id="short"),
        pytest.param(revocation.crl(ISSUING, range(1, 200)), None, id="a-list"),
    ],
)
def test_of_what_cannot_be_read_only_the_beginning_is_kept(
    scene: Scene, content: bytes, kept: int | None
) -> None:
    web = scene.web(page(content))
    scene.name(crl=(f"http://127.0.0.1:{web.port}/a.crl",), ocsp=(f"http://127.0.0.1:{web.port}/",))
    lists = [found for found in scene.run() if found.kind is RetrievalKind.CRL]
    assert [found.content for found in lists] == [content[:kept]]
    assert lists[0].detail.startswith(f"{len(content)} bytes")
    assert ("cannot be read" in lists[0].detail) == (kept == 1_024)
