"""A whole organisation behind nginx: the reverse proxy's certificate and redirects, Exchange's answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from probe import api
from probe.collection.settings import ConnectTo
from probe.facts.observation import EndpointKind
from probe.facts.trust_store import TrustStore
from probe.judgement.model import Outcome
from probe.judgement.result import TargetResult
from probe.lab import authority
from probe.lab.estate import Estate
from probe.lab.organisation import AUTODISCOVER_HOST, DOMAIN, HOST
from probe.lab.partner import Partner
from tests.interop.servers import free_port, running, wait_until_listening, write_credential
from tests.requirements import require

CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{secure} ssl;
    ssl_certificate {folder}/chain.pem;
    ssl_certificate_key {folder}/key.pem;
    {special}
    location / {{
      proxy_pass https://127.0.0.1:{upstream};
      proxy_set_header Host $host;
      proxy_http_version 1.1;
      proxy_ssl_verify off;
      proxy_ssl_name mail.partner.lab;
      proxy_ssl_server_name on;
    }}
  }}
  server {{
    listen 127.0.0.1:{plain};
    location / {{ return 302 https://mail.partner.lab$request_uri; }}
  }}
}}
"""
NO_POST = "location = /autodiscover/autodiscover.svc { limit_except GET { deny all; } }"


@dataclass(frozen=True)
class Front:
    """nginx in front of an organisation, and what trusts its certificate."""

    secure: int
    plain: int
    roots: tuple[authority.Credential, ...]

    def check(self, *names: str) -> TargetResult:
        """The domain checked; only these names have anything on port 443."""
        there = [ConnectTo(name, 443, "127.0.0.1", self.secure) for name in names]
        nowhere = [
            ConnectTo(name, 443, "127.0.0.1", self.plain)
            for name in (AUTODISCOVER_HOST, DOMAIN)
            if name not in names
        ]
        plain = ConnectTo(None, 80, "127.0.0.1", self.plain)
        return api.check(
            DOMAIN,
            trust=TrustStore("front", roots=tuple(root.certificate for root in self.roots)),
            connect_to=(*there, *nowhere, plain),
            family=4,
            timeout=20.0,
        )


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Callable[..., Front]]:
    program = require("nginx")
    with ExitStack() as stack:

        def start(special: str = "", estate: Estate | None = None) -> Front:
            partner = stack.enter_context(Partner("healthy", estate=estate))
            root = authority.root("Front Root")
            leaf = authority.end_entity(root, HOST, dns_names=(HOST, AUTODISCOVER_HOST))
            write_credential(tmp_path, leaf.chain_pem(), leaf)
            for _ in range(5):  # another process may take a port between choosing and listening
                secure, plain = free_port(), free_port()
                (tmp_path / "nginx.conf").write_text(
                    CONFIGURATION.format(
                        folder=tmp_path, secure=secure, plain=plain, upstream=partner.port, special=special
                    )
                )
                command = [program, "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "error.log")]
                process = stack.enter_context(running(command))
                if wait_until_listening(secure, process):
                    return Front(secure, plain, (root,))
            raise AssertionError((tmp_path / "error.log").read_text())

        yield start


def test_exchange_behind_nginx_is_found_and_accepted(front: Callable[..., Front]) -> None:
    result = front(estate=Estate(named_ews="user-not-found")).check(AUTODISCOVER_HOST, DOMAIN, HOST)
    assert result.outcome is Outcome.SUCCESS
    federation = result.observation.federation
    assert federation is not None
    assert federation.application_uri == f"FYDIBOHF25SPDLT.{DOMAIN}"
    kinds = {(c.endpoint.kind, c.endpoint.host) for c in result.observation.connections}
    assert kinds == {
        (EndpointKind.AUTODISCOVER_WSSECURITY, AUTODISCOVER_HOST),
        (EndpointKind.EWS_WSSECURITY, AUTODISCOVER_HOST),
    }


def test_nginx_redirects_plain_http_to_the_host_that_answers(front: Callable[..., Front]) -> None:
    result = front(estate=Estate(named_ews="user-not-found")).check(HOST)
    assert result.outcome is Outcome.SUCCESS
    assert {c.endpoint.host for c in result.observation.connections} == {HOST}
    steps = [(step.step, step.outcome) for step in result.observation.steps[:4]]
    assert steps[:2] == [("GetFederationInformation", "failed")] * 2
    assert steps[2:] == [("http redirect", "found"), ("GetFederationInformation", "found")]


def test_nginx_that_lets_no_post_through_stops_the_cmdlet(front: Callable[..., Front]) -> None:
    result = front(NO_POST, Estate(named_ews="user-not-found")).check(AUTODISCOVER_HOST, DOMAIN, HOST)
    federation = result.observation.federation
    assert federation is not None
    assert federation.malformed == "HTTP status 403 Forbidden"
    codes = {finding.code for judgement in result.judgements for finding in judgement.findings}
    assert "federation-no-answer" in codes
    assert result.outcome is Outcome.WARNING
