"""Fixtures that start servers with the lab's certificates on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from probe.lab.authority import Credential
from tests.interop.servers import (
    EXCHANGE_PLACES,
    LIGHTTPD_CONFIGURATION,
    NGINX_CONFIGURATION,
    Served,
    announced_port,
    answer_requests,
    free_port,
    running,
    wait_until_listening,
    write_credential,
)
from tests.requirements import require


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Starts nginx with a chain, protocols and ciphers; answers as Exchange does without a token."""
    program = require("nginx")
    with ExitStack() as stack:

        def start(
            credential: Credential,
            chain_pem: str,
            *,
            host: str = "mail.partner.lab",
            protocols: str = "TLSv1.2 TLSv1.3",
            ciphers: str = "DEFAULT",
            places: str = EXCHANGE_PLACES,
        ) -> Served:
            write_credential(tmp_path, chain_pem, credential)
            for _ in range(5):  # another process may take the port between choosing and listening
                port = free_port()
                configuration = NGINX_CONFIGURATION.format(
                    folder=tmp_path, port=port, protocols=protocols, ciphers=ciphers, places=places
                )
                (tmp_path / "nginx.conf").write_text(configuration)
                command = [program, "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "error.log")]
                process = stack.enter_context(running(command))
                if wait_until_listening(port, process):
                    return Served(host, port)
            raise AssertionError((tmp_path / "error.log").read_text())

        yield start


@pytest.fixture
def lighttpd(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Starts lighttpd over GnuTLS with a priority string; it has no page, so it answers 404."""
    program = require("lighttpd")
    with ExitStack() as stack:

        def start(credential: Credential, priority: str) -> Served:
            write_credential(tmp_path, credential.pem, credential)
            for _ in range(5):  # another process may take the port between choosing and listening
                port = free_port()
                file = tmp_path / "lighttpd.conf"
                file.write_text(LIGHTTPD_CONFIGURATION.format(folder=tmp_path, port=port, priority=priority))
                process = stack.enter_context(running([program, "-D", "-f", str(file)]))
                if wait_until_listening(port, process):
                    return Served("mail.partner.lab", port)
            raise AssertionError("lighttpd does not listen")

        yield start


@pytest.fixture
def s_server(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Starts `openssl s_server`; a thread types the answer to each request into it, as a person could."""
    program = require("openssl")
    with ExitStack() as stack:

        def start(
            credential: Credential,
            chain_pem: str,
            *,
            host: str = "mail.partner.lab",
            options: tuple[str, ...] = (),
        ) -> Served:
            write_credential(tmp_path, chain_pem, credential)
            command = [program, "s_server", "-accept", "127.0.0.1:0", "-naccept", "20"]
            command += ["-cert", str(tmp_path / "chain.pem"), "-cert_chain", str(tmp_path / "chain.pem")]
            command += ["-key", str(tmp_path / "key.pem"), *options]
            process = stack.enter_context(running(command, piped=True))
            port = announced_port(process)
            threading.Thread(target=answer_requests, args=(process,), daemon=True).start()
            return Served(host, port)

        yield start
