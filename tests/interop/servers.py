"""Servers that nobody here wrote: nginx, lighttpd and `openssl s_server`, started and stopped."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from probe.lab.authority import Credential

READY_SECONDS = 20.0
ANSWER = (
    b"HTTP/1.1 401 Unauthorized\r\nX-WSSecurity-Enabled: True\r\nX-FEServer: EX01\r\nrequest-id: 1\r\n"
    b"X-CasErrorCode: BadSamlToken\r\nContent-Length: 0\r\n\r\n"
)

NGINX_CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/chain.pem;
    ssl_certificate_key {folder}/key.pem;
    ssl_protocols {protocols};
    ssl_ciphers {ciphers};
    {places}
  }}
}}
"""
EXCHANGE_PLACES = """
location / {
  add_header X-WSSecurity-Enabled True always;
  add_header X-FEServer EX01 always;
  add_header request-id 1 always;
  add_header X-CasErrorCode BadSamlToken always;
  return 401;
}
"""


# GnuTLS can leave out RFC 5746, which no version of OpenSSL can.
LIGHTTPD_CONFIGURATION = """
server.document-root = "{folder}"
server.bind = "127.0.0.1"
server.port = {port}
server.modules = ("mod_gnutls")
ssl.engine = "enable"
ssl.pemfile = "{folder}/chain.pem"
ssl.privkey = "{folder}/key.pem"
ssl.openssl.ssl-conf-cmd = ("gnutls-override" => "{priority}")
"""


@dataclass(frozen=True)
class Served:
    """A server that is running: where, and what its caller should trust."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"https://{self.host}:{self.port}/ews/exchange.asmx/WSSecurity"


def write_credential(folder: Path, chain_pem: str, credential: Credential) -> None:
    (folder / "chain.pem").write_text(chain_pem)
    (folder / "key.pem").write_text(credential.key_pem)


def free_port() -> int:
    with socket.socket() as probe_socket:
        probe_socket.bind(("127.0.0.1", 0))
        port: int = probe_socket.getsockname()[1]
        return port


def wait_until_listening(port: int, process: subprocess.Popen[bytes]) -> bool:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return process.poll() is None
    return False


@contextmanager
def running(command: list[str], *, piped: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is killed when the context is left, its streams as pipes if wanted."""
    pipe = subprocess.PIPE if piped else None
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT if piped else None)
    try:
        yield process
    finally:
        process.kill()
        process.wait(READY_SECONDS)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def announced_port(process: subprocess.Popen[bytes]) -> int:
    assert process.stdout is not None
    seen = b""
    while line := process.stdout.readline():
        seen += line
        match = re.match(rb"ACCEPT .*:(\d+)\s*$", line)
        if match:
            return int(match[1])
    raise AssertionError(seen.decode(errors="replace"))


def _output(process: subprocess.Popen[bytes]) -> bytes:
    """What the server writes next; b"" when it has ended, or its stream was closed with the test."""
    assert process.stdout is not None
    try:
        return os.read(process.stdout.fileno(), 65536)
    except (OSError, ValueError):
        return b""


def answer_requests(process: subprocess.Popen[bytes]) -> None:
    """Answer each request once all of it has come: its header, and as much body as it announces."""
    assert process.stdout is not None
    assert process.stdin is not None
    received = b""
    while part := _output(process):
        received += part
        while request := re.search(rb"(?:GET|POST) \S+ HTTP/1\.1\r?\n(.*?)\r?\n\r?\n", received, re.DOTALL):
            length = re.search(rb"content-length: (\d+)", request[1], re.IGNORECASE)
            end = request.end() + (int(length[1]) if length else 0)
            if len(received) < end:
                break
            received = received[end:]
            try:
                process.stdin.write(ANSWER)
                process.stdin.flush()
            except (OSError, ValueError):  # it has ended, or its stream was closed with the test
                return
