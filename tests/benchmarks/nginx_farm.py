"""The load benchmark's partners served by nginx, so that they take little of the cores that are measured.

A Python server costs as much for each handshake as a check does; nginx costs a fifth of it, if it need not
load a key for each name. So partners share P-256 certificates: 1,000 of sound ones, which take turns, so that
nothing of the last 512 that a probe remembers is met again. The answers are those of the lab's sound Exchange
(`probe.lab.exchange`) under nginx's own `Server` header: a partner behind a proxy.
"""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from probe.lab.exchange import Site, exchange
from probe.lab.http import Request
from tests.benchmarks.load_farm import BACKLOG, KINDS, PORTS, Authorities, groups

PATH = "/ews/exchange.asmx/WSSecurity"
_CONFIGURATION = """
daemon off; worker_processes 1; user {user};
pid {folder}/nginx.pid; error_log {folder}/nginx.log warn;
events {{ worker_connections 16384; }}
http {{
  access_log off; ssl_session_cache off; server_names_hash_max_size 16384; server_names_hash_bucket_size 128;
  client_body_in_single_buffer on;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{servers}
}}
"""


_SERVER = """
  server {{
    {listen} server_name *.{group};
    ssl_certificate {folder}/{group}.pem; ssl_certificate_key {folder}/{group}.pem;
    if ($request_method = POST) {{ rewrite ^ /post last; }}
    location / {{ {get} }}
    location /post {{ {post} }}
  }}
"""


class NginxFarm(NamedTuple):
    """nginx as it runs: the ports by kind of partner, and its process."""

    ports: dict[str, list[int]]
    process: int


def is_installed() -> bool:
    """Whether there is an nginx here."""
    return shutil.which("nginx") is not None


@contextmanager
def serve(folder: Path) -> Iterator[NginxFarm]:
    """nginx and the ports of partners that answer nothing, until the block is left."""
    with ExitStack() as stack:
        # The system takes connections to a port where nobody accepts them: such a partner is silent.
        stalling = [stack.enter_context(_bound()) for _ in range(PORTS)]
        for silent in stalling:
            silent.listen(BACKLOG)
        dead = [stack.enter_context(_bound()) for _ in range(PORTS)]
        # nginx shares these ports (reuseport), and nobody else gets them meanwhile.
        kept = [stack.enter_context(_bound(shared=True)) for _ in range(PORTS)]
        ports = {"tls": _numbers(kept), "stall": _numbers(stalling), "dead": _numbers(dead)}
        process = stack.enter_context(_nginx(folder, ports["tls"]))
        stack.callback(process.terminate)  # before the process is waited for
        yield NginxFarm(ports, process.pid)


def _nginx(folder: Path, ports: list[int]) -> subprocess.Popen[bytes]:
    (folder / "nginx.conf").write_text(_configuration(folder, ports))
    process = subprocess.Popen(["nginx", "-e", folder / "nginx.log", "-c", folder / "nginx.conf"])
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", ports[-1]), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return process
    process.kill()
    raise SystemExit("nginx does not listen: " + (folder / "nginx.log").read_text()[-500:])


def _configuration(folder: Path, ports: list[int]) -> str:
    """A server for each certificate, which is written into the folder."""
    authorities, servers = Authorities(folder), []
    listen = " ".join(f"listen 127.0.0.1:{port} ssl reuseport backlog={BACKLOG};" for port in ports)
    for group in (f"g{n}.{kind}.load.lab" for kind in KINDS for n in range(groups(kind))):
        leaf, issuer = authorities.credential(f"*.{group}")
        (folder / f"{group}.pem").write_text(leaf.key_pem + leaf.pem + issuer.pem)
        servers.append(
            _SERVER.format(
                folder=folder, group=group, listen=listen, get=_answer("GET"), post=_answer("POST")
            )
        )
        listen = listen.replace(f" reuseport backlog={BACKLOG}", "")  # nginx takes it once
    return _CONFIGURATION.format(user=getpass.getuser(), folder=folder, servers="".join(servers))


def _answer(method: str) -> str:
    """What the lab's sound Exchange answers, in nginx's words."""
    answer = exchange(Request(method, PATH, (), b"-"), Site("partner.load.lab", 443, "load.lab"))
    assert not answer.body
    headers = [f"add_header {name} '{value}' always;" for name, value in answer.headers if name != "Server"]
    return " ".join([*headers, f"return {answer.status} '';"])


def _bound(*, shared: bool = False) -> socket.socket:
    """A socket on a port of its own; one that does not listen refuses, and nobody else gets the port."""
    made = socket.socket()
    if shared:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("127.0.0.1", 0))
    return made


def _numbers(sockets: list[socket.socket]) -> list[int]:
    return [each.getsockname()[1] for each in sockets]
