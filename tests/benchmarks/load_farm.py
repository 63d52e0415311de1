"""Many partners on loopback for the load benchmark, in a process of their own.

    python -m tests.benchmarks.load_farm FOLDER

Writes `roots.pem` into the folder and prints one line of JSON, the ports by kind; serves until its standard
input ends; what they cost is not counted. Every name gets a P-256 certificate of its own, issued when the
name is asked for: no two targets share one, so that what is measured is a run over strangers.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from probe.lab import authority
from probe.lab.exchange import Site, exchange
from probe.lab.http import Request
from probe.lab.issuance import Credential

PORTS = 8
BACKLOG = 4096
KINDS = ("healthy", "untrusted", "expired", "misnamed")


def groups(kind: str) -> int:
    """Into how many groups the partners of this kind are divided by their names."""
    return 1000 if kind == "healthy" else 40


class Authorities:
    """Who issues the certificates; `roots.pem` in the folder is what trusts the sound ones."""

    def __init__(self, folder: Path) -> None:
        trusted, unknown = authority.root("Load Root"), authority.root("Load Unknown Root")
        self.issuing = authority.intermediate(trusted, "Load Issuing CA")
        self.unknown = authority.intermediate(unknown, "Load Unknown Issuing CA")
        (folder / "roots.pem").write_text(trusted.pem)

    def credential(self, host: str) -> tuple[Credential, Credential]:
        """(the certificate of a name, its issuer): `p17.g7.expired.load.lab` gets one that is expired."""
        kind = host.split(".")[-3]
        past = datetime.now(UTC) - timedelta(days=10)
        if kind == "untrusted":
            return authority.end_entity(self.unknown, host), self.unknown
        if kind == "expired":
            return authority.end_entity(self.issuing, host, not_after=past), self.issuing
        if kind == "misnamed":
            return authority.end_entity(self.issuing, f"other.{host.removeprefix('*.')}"), self.issuing
        return authority.end_entity(self.issuing, host), self.issuing


class Farm:
    """The answers to every name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authorities = Authorities(folder)
        self.made = 0

    def context(self) -> ssl.SSLContext:
        """What the listeners have: a context that takes the one of the name."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

        def choose(connection: ssl.SSLObject, host: str | None, _default: ssl.SSLContext) -> int | None:
            if host is None:
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
            connection.context = self._own_context(host)
            return None

        context.sni_callback = choose
        return context

    def _own_context(self, host: str) -> ssl.SSLContext:
        leaf, issuer = self.authorities.credential(host)
        self.made += 1
        path = self.folder / f"{self.made}.pem"
        path.write_text(leaf.key_pem + leaf.pem + issuer.pem)  # the ssl module reads files only
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        path.unlink()
        return context

    async def make_requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer requests as Exchange does, until the caller leaves."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                method, path, _ = head.decode("latin-1").split(" ", 2)
                body = await reader.readexactly(_length(head))
                site = Site("partner.load.lab", 443, "load.lab")
                writer.write(exchange(Request(method, path, (), body), site).encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass  # the caller has what it wanted
        finally:
            writer.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


async def _silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take what comes and answer nothing."""
    while await reader.read(4096):
        pass
    writer.close()


async def serve(folder: Path) -> None:
    """Open the ports, say which they are, and serve until standard input ends."""
    farm = Farm(folder)
    context = farm.context()
    dead = []
    for _ in range(PORTS):
        taken = socket.socket()
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refuses, and nobody else gets the port
        dead.append(taken)
    async with AsyncExitStack() as stack:
        tls, stalling = [], []
        for _ in range(PORTS):
            server = await asyncio.start_server(
                farm.make_requests, "127.0.0.1", 0, ssl=context, backlog=BACKLOG, ssl_handshake_timeout=60
            )
            tls.append(await stack.enter_async_context(server))
            silent = await asyncio.start_server(_silence, "127.0.0.1", 0, backlog=BACKLOG)
            stalling.append(await stack.enter_async_context(silent))
        ports = {
            "tls": [server.sockets[0].getsockname()[1] for server in tls],
            "stall": [server.sockets[0].getsockname()[1] for server in stalling],
            "dead": [taken.getsockname()[1] for taken in dead],
        }
        print(json.dumps(ports), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        for server in (*tls, *stalling):
            server.close()


def main() -> None:
    """Serve from a folder."""
    asyncio.run(serve(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
