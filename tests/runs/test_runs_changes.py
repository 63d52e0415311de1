"""What changed between two results is told in words, and what did not change is not told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import structs
from msgspec.structs import fields, replace

from probe.facts.observation import FailureKind, Phase
from probe.judgement.model import Severity, Source
from probe.report.comparable import ComparableResult, comparable, digest
from probe.report.differences import ChangeKind, between, diff
from probe.report.document import (
    CertificateEntry,
    ChainEntry,
    ElementEntry,
    EndpointEntry,
    FailureEntry,
    FederationEntry,
    FindingEntry,
    HttpEntry,
    JudgementEntry,
    NameEntry,
    ResultDocument,
    TimingsEntry,
    TlsEntry,
    TokenIssuerEntry,
    TrustEntry,
    WebExceptionEntry,
)

Make = Callable[..., Any]
LATER = datetime(2026, 12, 1, tzinfo=UTC)


class Makers:
    """The makers of conftest, so that rows can be written as functions of one argument."""

    def __init__(self, document: Make, endpoint: Make, judgement: Make, certificate: Make) -> None:
        self.document: Callable[..., ResultDocument] = document
        self.endpoint: Callable[..., EndpointEntry] = endpoint
        self.judgement: Callable[..., JudgementEntry] = judgement
        self.certificate: Callable[..., CertificateEntry] = certificate

    def judged(self, outcome: str = "success", **values: Any) -> ResultDocument:
        """A document with one judgement."""
        return self.document(endpoints=(self.endpoint(judgements=(self.judgement(outcome, **values),)),))

    def presented(self, *certificates: CertificateEntry) -> ResultDocument:
        """A document whose endpoint presents these."""
        tls = TlsEntry("TLS 1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "mail.contoso.com", certificates)
        return self.document(endpoints=(self.endpoint(tls=tls),))

    def at(self, *addresses: str) -> ResultDocument:
        """A document whose endpoint has these addresses."""
        return self.document(endpoints=tuple(self.endpoint(address=address) for address in addresses))


@pytest.fixture
def makers(make_document: Make, make_endpoint: Make, make_judgement: Make, make_certificate: Make) -> Makers:
    """All makers in one."""
    return Makers(make_document, make_endpoint, make_judgement, make_certificate)


def _leaf(m: Makers, **values: Any) -> CertificateEntry:
    leaf = m.certificate("CN=mail.contoso.com", "CN=issuing", "mail.contoso.com", "contoso.com")
    return structs.replace(leaf, **values)


def _tls(protocol: str, cipher: str) -> Callable[[Makers], ResultDocument]:
    def make(m: Makers) -> ResultDocument:
        tls = m.endpoint().tls
        assert tls is not None
        return m.document(endpoints=(m.endpoint(tls=structs.replace(tls, protocol=protocol, cipher=cipher)),))

    return make


GCM = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
ROWS = [
    pytest.param(
        lambda m: m.document(outcome="failure"),
        ['the outcome changed from "would succeed" to "would fail"'],
        id="outcome",
    ),
    pytest.param(
        lambda m: m.document(error="no such host"),
        ["the target could not be tried: no such host"],
        id="error",
    ),
    pytest.param(
        lambda m: m.document(trust=TrustEntry("certifi", "bb", 2, 0, 0)),
        ["the trust store that judged it changed"],
        id="trust-store",
    ),
    pytest.param(
        lambda m: m.document(federation=None),
        ["the federation information is no longer given"],
        id="federation-gone",
    ),
    pytest.param(
        lambda m: m.document(
            federation=FederationEntry(
                "urn:new", ("b.example",), (TokenIssuerEntry("https://sts", "urn:sts"),), "X"
            )
        ),
        [
            "the error code of the federation answer changed from unknown to X",
            "the ApplicationUri changed from urn:contoso to urn:new",
            "federated domain added: b.example",
            "federated domain removed: contoso.com",
            "token issuer added: urn:sts at https://sts",
        ],
        id="federation",
    ),
    pytest.param(
        lambda m: m.document(endpoints=()), ["the ews-wssecurity endpoint is no longer found"], id="endpoint"
    ),
    pytest.param(lambda m: m.at("192.0.2.1", "192.0.2.2"), ["address added: 192.0.2.2"], id="address-added"),
    pytest.param(
        lambda m: m.at("192.0.2.9"),
        ["address added: 192.0.2.9", "address removed: 192.0.2.1"],
        id="partner-moved",
    ),
    pytest.param(_tls("TLS 1.0", GCM), ["the protocol changed from TLS 1.2 to TLS 1.0"], id="protocol"),
    pytest.param(_tls("TLS 1.2", "X"), [f"the cipher suite changed from {GCM} to X"], id="cipher"),
    pytest.param(
        lambda m: m.document(endpoints=(m.endpoint(http=(HttpEntry("GET", 403, "Forbidden", {}, ""),)),)),
        ["the HTTP answer changed from GET 401 to GET 403"],
        id="http",
    ),
    pytest.param(
        lambda m: m.document(
            endpoints=(m.endpoint(failure=FailureEntry(Phase.RECEIVE, FailureKind.RESET, 104, None, "")),),
        ),
        ["the connection fails: receive: reset"],
        id="reset",
    ),
    pytest.param(
        lambda m: m.document(endpoints=(m.endpoint(tls=None),)),
        [
            "the protocol changed from TLS 1.2 to unknown",
            f"the cipher suite changed from {GCM} to unknown",
            "certificates are no longer presented",
        ],
        id="no-handshake",
    ),
    pytest.param(
        lambda m: m.presented(_leaf(m)),
        ["the intermediate CN=issuing is no longer sent"],
        id="intermediate-gone",
    ),
    pytest.param(
        lambda m: m.presented(
            _leaf(m), m.certificate("CN=issuing", "CN=root"), m.certificate("CN=root", "CN=root")
        ),
        ["the intermediate CN=root is now sent"],
        id="root-sent",
    ),
    pytest.param(
        lambda m: m.presented(_leaf(m), *[m.certificate("CN=issuing", "CN=root")] * 2),
        ["the same certificates are presented in another order or number"],
        id="intermediate-twice",
    ),
    pytest.param(
        lambda m: m.presented(
            _leaf(m, sha256="new", not_after=LATER), m.certificate("CN=issuing", "CN=root")
        ),
        ["the certificate was renewed: it is valid until 2026-12-01, the one before until 2027-01-01"],
        id="renewed",
    ),
    pytest.param(
        lambda m: m.presented(
            _leaf(m, sha256="new", issuer="CN=other", dns_names=("mail.contoso.com", "new.example")),
            m.certificate("CN=issuing", "CN=root"),
        ),
        [
            "the certificate was replaced: it is valid until 2027-01-01, the one before until 2027-01-01",
            "the issuer changed from CN=issuing to CN=other",
            "the certificate now names new.example",
            "the certificate no longer names contoso.com",
        ],
        id="issuer-and-names",
    ),
    pytest.param(
        lambda m: m.judged(
            "failure",
            web_exception=WebExceptionEntry("TrustFailure", "…"),
            ssl_policy_errors=("RemoteCertificateChainErrors",),
            chain=ChainEntry(("UntrustedRoot", "NotTimeValid"), m.judgement().chain.elements, ()),
        ),
        [
            'the verdict for exchange-se flips from "would succeed" to "would fail" (TrustFailure)',
            "SslPolicyErrors for exchange-se changed from none to RemoteCertificateChainErrors",
            "the chain status for exchange-se changed from none to UntrustedRoot, NotTimeValid",
        ],
        id="verdict-flips",
    ),
    pytest.param(
        lambda m: m.judged(name=NameEntry("mail.contoso.com", ("x",), matched=False, by=None)),
        ["mail.contoso.com is no longer covered by the certificate"],
        id="name",
    ),
    pytest.param(
        lambda m: m.judged(
            chain=ChainEntry((), (ElementEntry("CN=other", "OTHER", Source.STORE, (), ()),), ())
        ),
        ["the end of the path for exchange-se changed from CN=root to CN=other"],
        id="other-root",
    ),
    pytest.param(
        lambda m: m.judged(
            chain=ChainEntry((), (ElementEntry("CN=root", "CROSS", Source.STORE, (), ()),), ())
        ),
        ["the path for exchange-se goes through other certificates"],
        id="cross-signed",
    ),
    pytest.param(
        lambda m: m.judged(findings=(FindingEntry("expires-soon", Severity.WARNING, "", (), ()),)),
        ["finding for exchange-se added: expires-soon", "finding for exchange-se removed: fine"],
        id="finding",
    ),
    pytest.param(
        lambda m: m.judged(caller="exchange-2010"),
        ["exchange-se is no longer judged", 'exchange-2010 is now judged: "would succeed"'],
        id="other-caller",
    ),
]


@pytest.mark.parametrize(("after", "words"), ROWS)
def test_a_change_is_told_in_words(
    after: Callable[[Makers], ResultDocument], words: list[str], makers: Makers
) -> None:
    old, new = makers.document(), after(makers)

    assert sorted(change.text for change in diff(old, new)) == sorted(words)
    assert digest(old) != digest(new)


@pytest.mark.parametrize(("after", "words"), ROWS)
def test_every_change_has_a_way_back_and_none_to_itself(
    after: Callable[[Makers], ResultDocument], words: list[str], makers: Makers
) -> None:
    old, new = makers.document(), after(makers)

    assert len(diff(new, old)) >= 1
    assert diff(new, new) == ()
    assert digest(new) == digest(after(makers))


def test_time_alone_changes_nothing(makers: Makers) -> None:
    judgement = structs.replace(
        makers.judgement(), at=LATER, findings=(FindingEntry("fine", Severity.INFO, "3 days", (), ()),)
    )
    timings = TimingsEntry(9.0, 9.0, 9.0, 9.0, 9.0, 9.0)
    http = (HttpEntry("GET", 401, "Unauthorized", {"Date": "now"}, "", 9.0),)
    new = makers.document(
        observed_at=LATER,
        elapsed_ms=9.0,
        notes=("attempt 1 was repeated",),
        endpoints=(makers.endpoint(judgements=(judgement,), timings_ms=timings, http=http),),
    )

    assert diff(makers.document(), new) == ()
    assert digest(makers.document()) == digest(new)


def test_the_order_of_addresses_is_no_change_and_one_change_at_several_is_told_once(makers: Makers) -> None:
    assert diff(makers.at("192.0.2.1", "192.0.2.2"), makers.at("192.0.2.2", "192.0.2.1")) == ()

    answers = (HttpEntry("GET", 503, "", {}, ""),)
    new = tuple(makers.endpoint(address=address, http=answers) for address in ("192.0.2.1", "192.0.2.2"))
    (change,) = diff(makers.at("192.0.2.1", "192.0.2.2"), makers.document(endpoints=new))

    assert change.kind is ChangeKind.HTTP
    assert [place.rpartition(" ")[2] for place in change.where] == ["192.0.2.1", "192.0.2.2"]
    assert str(change).endswith("at 192.0.2.2]")


OTHER_VALUES: dict[str, Any] = {
    "outcome": "failure",
    "below_limit": True,
    "trust": "bb",
    "error": "an error",
    "answers": ("GET 500",),
    "failure": "send: reset",
    "findings": ("other",),
    "path": ("OTHER",),
    "policy_errors": ("RemoteCertificateNameMismatch",),
    "chain_status": ("Revoked",),
    "name_matched": False,
    "federation": None,
    "domains": ("other.example",),
    "token_issuers": ("other",),
    "presented": None,
}


@pytest.mark.parametrize("part", ["whole", "federation", "endpoint", "judgement", "certificate"])
def test_every_field_that_is_compared_has_words(part: str, makers: Makers) -> None:
    """A field that is compared without words for it would be a change that nobody can read."""
    whole = comparable(makers.document())
    for field in fields(_part(whole, part)):
        if (part, field.name) in {("whole", "endpoints"), ("endpoint", "judgements")}:
            continue  # these are the parts below
        if part == "certificate" and field.name != "sha256":
            continue  # the bytes decide whether it is another one
        value = OTHER_VALUES.get(field.name, "other")
        changed = _with(whole, part, replace(_part(whole, part), **{field.name: value}))

        assert between(whole, changed), f"{part}.{field.name}"
        assert between(changed, whole), f"{part}.{field.name}, back"


def _part(whole: ComparableResult, part: str) -> Any:
    endpoint = whole.endpoints[0]
    assert endpoint.presented is not None
    return {
        "whole": whole,
        "federation": whole.federation,
        "endpoint": endpoint,
        "judgement": endpoint.judgements[0],
        "certificate": endpoint.presented[0],
    }[part]


def _with(whole: ComparableResult, part: str, value: Any) -> ComparableResult:
    endpoint = whole.endpoints[0]
    assert endpoint.presented is not None
    match part:
        case "whole":
            return value  # type: ignore[no-any-return]
        case "federation":
            return replace(whole, federation=value)
        case "judgement":
            value = replace(endpoint, judgements=(value,))
        case "certificate":
            value = replace(endpoint, presented=(value, *endpoint.presented[1:]))
        case _:
            pass
    return replace(whole, endpoints=(value,))
