"""The same verdicts from servers nobody here wrote as from the lab: nginx and `openssl s_server`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from probe import api
from probe.collection.settings import parse_connect_to
from probe.dotnet import SslPolicyErrors, WebExceptionStatus
from probe.dotnet import X509ChainStatusFlags as Flags
from probe.facts.trust_store import TrustStore
from probe.judgement.model import Judgement, Outcome
from probe.lab import authority
from probe.lab.authority import Credential
from probe.lab.keys import KeyKind
from tests.interop.servers import Served

NOW = datetime.now(UTC).replace(microsecond=0)
TRUST_TEXT = (
    "System.Net.WebException: The underlying connection was closed: Could not establish trust relationship "
    "for the SSL/TLS secure channel. ---> System.Security.Authentication.AuthenticationException: "
    "The remote certificate is invalid according to the validation procedure."
)
CHAIN = SslPolicyErrors.RemoteCertificateChainErrors
NAME = SslPolicyErrors.RemoteCertificateNameMismatch


@dataclass(frozen=True)
class Chain:
    """A server's chain and what its caller trusts."""

    leaf: Credential
    pem: str
    roots: tuple[Credential, ...]


def _chain(
    key: KeyKind = "p256",
    *,
    host: str = "mail.partner.lab",
    days_left: int = 200,
    trusted: bool = True,
    complete: bool = True,
) -> Chain:
    root = authority.root("Interop Root", key=key)
    issuing = authority.intermediate(root, "Interop CA", key=key)
    leaf = authority.end_entity(
        issuing,
        host,
        key=key,
        not_before=NOW - timedelta(days=300),
        not_after=NOW + timedelta(days=days_left),
    )
    pem = leaf.chain_pem(with_root=not trusted) if complete else leaf.pem
    roots = (root,) if trusted else (authority.root("Another Root"),)
    return Chain(leaf, pem, roots)


ROWS = [
    pytest.param(_chain, SslPolicyErrors(0), Flags.NoError, id="healthy"),
    pytest.param(lambda key: _chain(key, trusted=False), CHAIN, Flags.UntrustedRoot, id="untrusted-root"),
    pytest.param(lambda key: _chain(key, host="other.partner.lab"), NAME, Flags.NoError, id="wrong-name"),
    pytest.param(lambda key: _chain(key, days_left=-3), CHAIN, Flags.NotTimeValid, id="expired"),
    pytest.param(
        lambda key: _chain(key, complete=False), CHAIN, Flags.PartialChain, id="missing-intermediate"
    ),
    pytest.param(
        lambda key: _chain(key, host="other.partner.lab", days_left=-3),
        CHAIN | NAME,
        Flags.NotTimeValid,
        id="expired-and-wrong-name",
    ),
]


def _judge(url: str, port: int, chain: Chain, caller: str = "exchange-se") -> Judgement:
    store = TrustStore("lab", roots=tuple(root.certificate for root in chain.roots))
    result = api.check(
        url,
        trust=store,
        callers=(caller,),
        connect_to=(parse_connect_to(f"::127.0.0.1:{port}"),),
        timeout=20.0,
    )
    (judgement,) = result.judgements
    return judgement


def _assert_verdict(judgement: Judgement, errors: SslPolicyErrors, status: Flags) -> None:
    assert judgement.chain is not None
    assert (judgement.ssl_policy_errors, judgement.chain.status) == (errors, status)
    if errors:
        assert judgement.web_exception is not None
        assert (judgement.web_exception.status, judgement.web_exception.text) == (
            WebExceptionStatus.TrustFailure,
            TRUST_TEXT,
        )
    else:
        assert (judgement.outcome, judgement.web_exception) == (Outcome.SUCCESS, None)


@pytest.mark.parametrize("key", ["rsa2048", "p256"])
@pytest.mark.parametrize(("make", "errors", "status"), ROWS)
def test_nginx(
    nginx: Callable[..., Served],
    make: Callable[[KeyKind], Chain],
    errors: SslPolicyErrors,
    status: Flags,
    key: KeyKind,
) -> None:
    chain = make(key)
    served = nginx(chain.leaf, chain.pem)
    _assert_verdict(_judge(served.url, served.port, chain), errors, status)


@pytest.mark.parametrize("key", ["rsa2048", "p256"])
@pytest.mark.parametrize(("make", "errors", "status"), ROWS)
def test_s_server(
    s_server: Callable[..., Served],
    make: Callable[[KeyKind], Chain],
    errors: SslPolicyErrors,
    status: Flags,
    key: KeyKind,
) -> None:
    chain = make(key)
    served = s_server(chain.leaf, chain.pem)
    _assert_verdict(_judge(served.url, served.port, chain), errors, status)


PROTOCOLS = [
    pytest.param("TLSv1", "-tls1", "exchange-2013", Outcome.SUCCESS, "TLS 1.0", id="tls10-to-an-old-caller"),
    pytest.param("TLSv1", "-tls1", "exchange-2019", Outcome.FAILURE, None, id="tls10-to-a-hardened-caller"),
    pytest.param("TLSv1.1", "-tls1_1", "exchange-2019", Outcome.FAILURE, None, id="tls11"),
    pytest.param("TLSv1.2", "-tls1_2", "exchange-2019", Outcome.SUCCESS, "TLS 1.2", id="tls12"),
    pytest.param(
        "TLSv1.2", "-tls1_2", "exchange-2016", Outcome.SUCCESS, "TLS 1.2", id="tls12-to-exchange-2016"
    ),
    pytest.param(
        "TLSv1.2", "-tls1_2", "exchange-2010", Outcome.SUCCESS, "TLS 1.2", id="tls12-to-exchange-2010"
    ),
    pytest.param("TLSv1.3", "-tls1_3", "exchange-2010", Outcome.FAILURE, None, id="tls13-only"),
    pytest.param("TLSv1.3", "-tls1_3", "exchange-2016", Outcome.FAILURE, None, id="tls13-to-exchange-2016"),
    pytest.param("TLSv1.3", "-tls1_3", "exchange-se", Outcome.UNKNOWN, "TLS 1.3", id="tls13-to-se-on-2022"),
]


def _assert_protocol(judgement: Judgement, outcome: Outcome) -> None:
    status = judgement.web_exception.status if judgement.web_exception else None
    expected = WebExceptionStatus.SecureChannelFailure if outcome is Outcome.FAILURE else None
    assert (judgement.outcome, status) == (outcome, expected)
    assert judgement.ssl_policy_errors == SslPolicyErrors(0), "the chain is captured and judged all the same"


@pytest.mark.parametrize(("version", "option", "caller", "outcome", "protocol"), PROTOCOLS)
def test_nginx_protocol(
    nginx: Callable[..., Served],
    version: str,
    option: str,
    caller: str,
    outcome: Outcome,
    protocol: str | None,
) -> None:
    chain = _chain("rsa2048")
    served = nginx(chain.leaf, chain.pem, protocols=version, ciphers="ALL:@SECLEVEL=0")
    _assert_protocol(_judge(served.url, served.port, chain, caller), outcome)


@pytest.mark.parametrize(("version", "option", "caller", "outcome", "protocol"), PROTOCOLS)
def test_s_server_protocol(
    s_server: Callable[..., Served],
    version: str,
    option: str,
    caller: str,
    outcome: Outcome,
    protocol: str | None,
) -> None:
    chain = _chain("rsa2048")
    served = s_server(chain.leaf, chain.pem, options=(option, "-cipher", "ALL:@SECLEVEL=0"))
    _assert_protocol(_judge(served.url, served.port, chain, caller), outcome)
