"""Sample result documents, made by code: one for every shape that a renderer meets, and a hostile one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from probe.facts.observation import EndpointKind, FailureKind, Phase, RetrievalKind
from probe.judgement.model import Actor, NameSource, Outcome, Severity, Source
from probe.report.document import (
    CertificateEntry,
    ChainEntry,
    ElementEntry,
    EndpointEntry,
    FailureEntry,
    FindingEntry,
    FlipEntry,
    HttpEntry,
    JudgementEntry,
    NameEntry,
    RejectedEntry,
    RemedyEntry,
    ResultDocument,
    RetrievalEntry,
    StepEntry,
    TargetEntry,
    TimingsEntry,
    TlsEntry,
    Tool,
    TrustEntry,
    VantageEntry,
    WebExceptionEntry,
)

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
HOSTILE = (
    "CN=<script>document.title='pwned'</script>\"><img src=x onerror=\"document.title='pwned'\">"
    "'</title></style></svg><svg onload=document.title='pwned'>{{7*7}}]]>--></script>"
    "url(https://evil.example/x)|=cmd\x1b[31m\u202e\ud800\n`[x](javascript:alert(1))`"
)
TRUST_TEXT = (
    "System.Net.WebException: The underlying connection was closed: Could not establish trust relationship "
    "for the SSL/TLS secure channel. ---> System.Security.Authentication.AuthenticationException: The remote "
    "certificate is invalid according to the validation procedure."
)
RESET_TEXT = (
    "System.Net.WebException: The underlying connection was closed: An unexpected error occurred on a "
    "receive. ---> System.IO.IOException: Unable to read data from the transport connection: An existing "
    "connection was forcibly closed by the remote host. ---> System.Net.Sockets.SocketException: An "
    "existing connection was forcibly closed by the remote host"
)


def element(
    subject: str, source: str, lifetime: tuple[int, int], status: tuple[str, ...] = (), reason: str = ""
) -> ElementEntry:
    """An element valid from and to so many days from now."""
    return ElementEntry(
        subject=subject,
        thumbprint=hashlib.sha256(subject.encode(errors="replace")).hexdigest()[:40].upper(),
        source=Source(source),
        status=status,
        reasons=(reason,) if reason else (),
        not_before=NOW + timedelta(days=lifetime[0]),
        not_after=NOW + timedelta(days=lifetime[1]),
    )


def presented(of: ElementEntry, issuer: str, names: tuple[str, ...] = ()) -> CertificateEntry:
    """The certificate of an element, as presented."""
    return CertificateEntry(
        subject=of.subject,
        issuer=issuer,
        serial="0A1B",
        not_before=of.not_before,
        not_after=of.not_after,
        thumbprint=of.thumbprint,
        sha256=hashlib.sha256(of.thumbprint.encode()).hexdigest(),
        dns_names=names,
        ip_addresses=(),
    )


def endpoint(host: str, elements: Sequence[ElementEntry], judgement: JudgementEntry) -> EndpointEntry:
    """An EWS endpoint that answered 401, with the presented ones of `elements` as its presented chain."""
    sent = [e for e in elements if e.source == "presented"]
    return EndpointEntry(
        kind=EndpointKind.EWS_WSSECURITY,
        url=f"https://{host}/EWS/Exchange.asmx/WSSecurity",
        found_by="autodiscover",
        address="192.0.2.10",
        tls=TlsEntry(
            protocol="TLSv1.2",
            cipher="ECDHE-RSA-AES256-GCM-SHA384",
            sni=host,
            presented=tuple(presented(e, "CN=Issuer", (host,)) for e in sent),
            offer="exchange-se",
        ),
        http=(HttpEntry("GET", 401, "Unauthorized", {"X-WSSecurity-Enabled": "True"}, "", 12.5),),
        failure=None,
        timings_ms=TimingsEntry(4.0, 11.5, 30.25, 0.5, 12.5, 58.75),
        judgements=(judgement, replace(judgement, caller="exchange-2016@2012r2")),
    )


def judged(
    outcome: str,
    host: str,
    elements: tuple[ElementEntry, ...],
    findings: tuple[FindingEntry, ...] = (),
    *,
    text: str | None = None,
    flip_in: int | None = 200,
) -> JudgementEntry:
    """A judgement of a chain; `text` is what would be logged."""
    status = tuple(dict.fromkeys(flag for e in elements for flag in e.status))
    trust = bool(status) and outcome == "failure"
    return JudgementEntry(
        caller="exchange-se",
        at=NOW,
        outcome=Outcome(outcome),
        ssl_policy_errors=("RemoteCertificateChainErrors",) if trust else (),
        chain=ChainEntry(status, elements, ()),
        name=NameEntry(host, (host,), True, NameSource.DNS_NAME),
        web_exception=WebExceptionEntry("TrustFailure" if trust else "ReceiveFailure", text)
        if text
        else None,
        findings=findings,
        flip=FlipEntry(NOW + timedelta(days=flip_in), "the end-entity certificate expires")
        if flip_in is not None
        else None,
    )


def target(name: str, outcome: str, *endpoints: EndpointEntry, error: str | None = None) -> ResultDocument:
    """A document about one target."""
    return ResultDocument(
        tool=Tool("fedprobe", "1.0"),
        observed_at=NOW - timedelta(minutes=3),
        vantage=VantageEntry("Linux", "3.11.2", "OpenSSL 3.0.17"),
        target=TargetEntry(name, name),
        trust=TrustEntry("certifi", "ab" * 32, 121, 0, 0),
        outcome=Outcome(outcome),
        discovery=(
            StepEntry("autodiscover", f"https://autodiscover.{name}/", "found", "answered 401", 40.0),
            StepEntry("srv", f"_autodiscover._tcp.{name}", "nothing", "no such name", 3.0),
        )
        if error is None
        else (),
        federation=None,
        endpoints=endpoints,
        error=error,
        elapsed_ms=640.25 if error is None else None,
        tags=("pilot",),
    )


def untrusted() -> ResultDocument:
    """The chain ends in a root that the caller does not trust; one remedy is proved."""
    host = "mail.fabrikam.example"
    chain = (
        element(f"CN={host}, O=Fabrikam", "presented", (-300, 96)),
        element("CN=Fabrikam Issuing CA 2, O=Fabrikam", "presented", (-2000, 900)),
        element(
            "CN=Fabrikam Root Certification Authority, O=Fabrikam, C=DE",
            "presented",
            (-4000, 3000),
            ("UntrustedRoot",),
            "the caller's store holds no such root",
        ),
    )
    finding = FindingEntry(
        "chain-untrusted-root",
        Severity.FAILURE,
        "The chain ends in CN=Fabrikam Root Certification Authority, and the caller's trust store (certifi) "
        "does not hold it as a root.",
        ("thumbprint 0123456789ABCDEF0123456789ABCDEF01234567", "the issuer was presented, not downloaded"),
        (
            RemedyEntry(
                Actor.CALLER,
                "Import the root into Trusted Root Certification Authorities on every Exchange server.",
                "Import-Certificate -FilePath .\\root.cer -CertStoreLocation Cert:\\LocalMachine\\Root",
                True,
            ),
            RemedyEntry(Actor.PARTNER, "Use a certificate from a public authority.", None, False),
        ),
    )
    judgement = judged("failure", host, chain, (finding,), text=TRUST_TEXT, flip_in=None)
    return target("fabrikam.example", "failure", endpoint(host, chain, judgement))


def reset() -> ResultDocument:
    """The certificate is fine, and the connection is reset after the request; one endpoint is not reached."""
    host = "mail.tailspin.example"
    chain = (
        element(f"CN={host}", "presented", (-30, 60)),
        element("CN=Public CA R3", "retrieved", (-500, 500)),
        element("CN=Public Root X1", "store", (-4000, 3000)),
    )
    finding = FindingEntry(
        "answer-reset",
        Severity.FAILURE,
        "The connection is reset after the request to /WSSecurity: something in front of Exchange drops it.",
        ("reset in phase receive after 12 ms",),
        (
            RemedyEntry(
                Actor.PARTNER,
                "Publish /ews/exchange.asmx/WSSecurity without pre-authentication.",
                None,
                False,
            ),
        ),
    )
    judgement = judged("failure", host, chain, (finding,), text=RESET_TEXT)
    broken = replace(
        endpoint(host, chain, judgement),
        http=(),
        failure=FailureEntry(Phase.RECEIVE, FailureKind.RESET, 104, None, "ECONNRESET"),
    )
    unreachable = EndpointEntry(
        kind=EndpointKind.AUTODISCOVER_WSSECURITY,
        url="https://autodiscover.tailspin.example/autodiscover/autodiscover.svc/WSSecurity",
        found_by="given",
        address=None,
        tls=None,
        http=(),
        failure=FailureEntry(Phase.RESOLVE, FailureKind.NAME_NOT_FOUND, None, None, "no such name"),
        timings_ms=TimingsEntry(8.0, None, None, None, None, 8.0),
        judgements=(
            JudgementEntry(
                "exchange-se",
                NOW,
                Outcome.FAILURE,
                None,
                None,
                None,
                WebExceptionEntry(
                    "NameResolutionFailure",
                    "System.Net.WebException: The remote name could not be resolved: "
                    "'autodiscover.tailspin.example'",
                ),
                (),
            ),
        ),
    )
    return target("tailspin.example", "failure", broken, unreachable)


def expiring() -> ResultDocument:
    """It works, for nine days."""
    host = "mail.contoso.example"
    chain = (
        element(f"CN={host}", "presented", (-356, 9)),
        element("CN=Public CA R3", "presented", (-500, 500)),
        element("CN=Public Root X1", "store", (-4000, 3000)),
    )
    finding = FindingEntry(
        "certificate-expires-soon",
        Severity.WARNING,
        "The end-entity certificate expires in 9 days.",
        (),
        (RemedyEntry(Actor.PARTNER, "Renew the certificate.", None, False),),
    )
    return target(
        "contoso.example",
        "warning",
        endpoint(host, chain, judged("warning", host, chain, (finding,), flip_in=9)),
    )


def incomplete() -> ResultDocument:
    """The issuer was not sent, and its download did not work, so it cannot be told."""
    host = "mail.wingtip.example"
    chain = (element(f"CN={host}", "presented", (-10, 80), ("PartialChain",), "no issuer was found"),)
    rejected = RejectedEntry("CN=Other CA", "F" * 40, Source.STORE, "its key did not sign the certificate")
    finding = FindingEntry(
        "chain-listed-root", Severity.UNKNOWN, "The chain ends under a root that is not at hand here.", (), ()
    )
    judgement = judged("unknown", host, chain, (finding,), flip_in=None)
    judgement = replace(
        judgement, chain=replace(judgement.chain, rejected=(rejected,)) if judgement.chain else None
    )
    document = target("wingtip.example", "unknown", endpoint(host, chain, judgement))
    retrieval = RetrievalEntry(RetrievalKind.ISSUER, "http://pki.wingtip.example/ca.cer", "failed", "404")
    return replace(document, retrievals=(retrieval,))


def fine() -> ResultDocument:
    """Nothing to complain about."""
    host = "mail.adatum.example"
    chain = (
        element(f"CN={host}", "presented", (-30, 170)),
        element("CN=Public CA R3", "presented", (-500, 500)),
        element("CN=Public Root X1", "store", (-4000, 3000)),
    )
    return target("adatum.example", "success", endpoint(host, chain, judged("success", host, chain)))


def hostile() -> ResultDocument:
    """Every text that a partner controls is an attack."""
    chain = (
        element(HOSTILE, "presented", (-30, 60), ("UntrustedRoot", "NotTimeValid"), HOSTILE),
        element(HOSTILE * 20, "retrieved", (-30, 60)),
    )
    finding = FindingEntry(
        "chain-untrusted-root",
        Severity.FAILURE,
        f"The chain ends in {HOSTILE}.",
        (HOSTILE,),
        (RemedyEntry(Actor.CALLER, HOSTILE, HOSTILE, True),),
    )
    judgement = replace(
        judged("failure", HOSTILE, chain, (finding,), text=HOSTILE, flip_in=3),
        flip=FlipEntry(NOW + timedelta(days=3), HOSTILE),
        name=NameEntry(HOSTILE, (HOSTILE,) * 3, False, None, HOSTILE),
    )
    attack = replace(
        endpoint("mail.hostile.example", chain, judgement),
        url=f"https://mail.hostile.example/{HOSTILE}",
        found_by=HOSTILE,
        http=(HttpEntry("GET", 500, HOSTILE, {HOSTILE: HOSTILE}, HOSTILE, 1.0),),
        failure=FailureEntry(Phase.RECEIVE, FailureKind.MALFORMED, None, None, HOSTILE),
        proxy=HOSTILE,
    )
    document = target(f"=HYPERLINK({HOSTILE})", "failure", attack)
    return replace(
        document,
        discovery=(StepEntry(HOSTILE, HOSTILE, "failed", HOSTILE, 1.0),),
        retrievals=(RetrievalEntry(RetrievalKind.ISSUER, HOSTILE, "failed", HOSTILE),),
        notes=(HOSTILE,),
        tags=(HOSTILE,),
        trust=replace(document.trust, name=HOSTILE, notes=(HOSTILE,)),
    )


@pytest.fixture
def now() -> datetime:
    """The moment that the samples count from."""
    return NOW


@pytest.fixture
def documents() -> tuple[ResultDocument, ...]:
    """Every shape: success, warning, two failures, unknown, not checked, nothing found, hostile."""
    return (
        fine(),
        expiring(),
        untrusted(),
        reset(),
        incomplete(),
        target("nowhere.example", "unknown", error="the target cannot be parsed: a label is longer than 63"),
        target("empty.example", "unknown"),
        hostile(),
    )


@pytest.fixture
def named(documents: tuple[ResultDocument, ...]) -> dict[str, ResultDocument]:
    """The same by the first label of the target; `hostile` for the hostile one."""
    names = ("adatum", "contoso", "fabrikam", "tailspin", "wingtip", "nowhere", "empty", "hostile")
    return dict(zip(names, documents, strict=True))


Twice = Callable[[ResultDocument], ResultDocument]


@pytest.fixture
def twice() -> Twice:
    """Makes a document whose Autodiscover endpoint fares as its EWS endpoint; the event log names each."""

    def made(document: ResultDocument) -> ResultDocument:
        (first,) = document.endpoints
        path = "/autodiscover/autodiscover.svc/WSSecurity"
        other = replace(
            first, kind=EndpointKind.AUTODISCOVER_WSSECURITY, url=f"https://{first.address}{path}"
        )
        return replace(document, endpoints=tuple(_logged(endpoint) for endpoint in (first, other)))

    return made


def _logged(of: EndpointEntry) -> EndpointEntry:
    entry = f"Process …: ProxyWebRequest FederatedCrossForest from … to {of.url} failed."
    return replace(of, judgements=tuple(replace(j, log_lines=(entry,)) for j in of.judgements))


@pytest.fixture
def history(documents: tuple[ResultDocument, ...]) -> Mapping[str, Sequence[tuple[datetime, str]]]:
    """Runs of the last weeks for two of the targets."""
    outcomes = {
        "fabrikam.example": "success " * 20 + "warning " * 6 + "failure " * 4,
        "contoso.example": "success " * 10 + "unknown " + "success " * 15 + "warning " * 4,
    }
    return {
        name: tuple((NOW - timedelta(days=40 - day), outcome) for day, outcome in enumerate(runs.split()))
        for name, runs in outcomes.items()
    }
