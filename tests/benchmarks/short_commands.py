"""One command from process start to exit: checks beside what a user would otherwise run, and every start.

`table` measures them in turns, so that a drift of the machine hits all alike. A lab partner runs in the
process that measures; peers that are not installed have no row.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from probe.cli.commands.lab import write_stores
from probe.lab.partner import Partner

_SSL_SCRIPT = """
import socket, ssl, sys
host, port, roots = sys.argv[1], int(sys.argv[2]), sys.argv[3]
context = ssl.create_default_context(cafile=roots)
with context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname=host) as tls:
    tls.sendall(b"POST /ews/exchange.asmx/WSSecurity HTTP/1.1\\r\\nHost: " + host.encode() +
                b"\\r\\nContent-Type: text/xml\\r\\nContent-Length: 11\\r\\n\\r\\n<Envelope/>")
    assert tls.recv(65536)[9:12] == b"401"
"""
_HTTPX_SCRIPT = """
import ssl, sys
import httpx
host, port, roots = sys.argv[1], sys.argv[2], sys.argv[3]
context = ssl.create_default_context(cafile=roots)
with httpx.Client(verify=context, trust_env=False) as client:
    answer = client.post(f"https://127.0.0.1:{port}/ews/exchange.asmx/WSSecurity", content=b"<Envelope/>",
                         headers={"Host": host}, extensions={"sni_hostname": host})
    assert answer.status_code == 401
"""
_PYCURL_SCRIPT = """
import sys
import pycurl
host, port, roots = sys.argv[1], sys.argv[2], sys.argv[3]
curl = pycurl.Curl()
curl.setopt(pycurl.URL, f"https://{host}:{port}/ews/exchange.asmx/WSSecurity")
curl.setopt(pycurl.CONNECT_TO, [f"::127.0.0.1:{port}"])
curl.setopt(pycurl.CAINFO, roots)
curl.setopt(pycurl.NOPROXY, "*")
curl.setopt(pycurl.POSTFIELDS, "<Envelope/>")
curl.setopt(pycurl.WRITEFUNCTION, lambda data: None)
curl.perform()
assert curl.getinfo(pycurl.RESPONSE_CODE) == 401
"""

BARE, HTTPX, CHECK = "Python, `pass`", "httpx script (POST)", "`probe check URL --format json`"


class Command(NamedTuple):
    """A command line, and with which codes it may end."""

    words: list[str]
    codes: tuple[int, ...] = (0,)


class Commands(NamedTuple):
    """What is measured, by what it is called: the starts of probe, and the peers of its check."""

    starts: dict[str, Command]
    peers: dict[str, Command]


@contextmanager
def served(folder: Path, peers_python: str | None) -> Iterator[Commands]:
    """The commands, as long as their partner is there; `peers_python` has pycurl and sslyze."""
    probe = [sys.executable, "-m", "probe"]
    with Partner("healthy") as partner, socket.socket() as refusing:
        refusing.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        roots = folder / "partner.pem"
        options = ["-4", "--format", "json", "--trust", write_stores(partner.trust, roots)[0]]
        check = [*probe, "check", partner.ews_url, "--connect-to", partner.connect_to[0], *options]
        nobody = f"::127.0.0.1:{refusing.getsockname()[1]}"
        refused = [*probe, "check", partner.ews_url, "--connect-to", nobody, *options]
        records, history = folder / "saved", str(folder / "short.sqlite")
        keep = ["--save", str(records), "--history", history]
        subprocess.run([*check, *keep], check=True, stdout=subprocess.DEVNULL)
        (record,) = records.glob("*.json")
        starts = {
            BARE: Command([sys.executable, "-c", "pass"]),
            "`probe --version`": Command([*probe, "--version"]),
            "`probe --help`": Command([*probe, "--help"]),
            "`probe check --help`": Command([*probe, "check", "--help"]),
            CHECK: Command(check),
            "the same, connection refused": Command(refused, (2,)),
            "`probe judge RECORD`": Command([*probe, "judge", str(record), *options[1:]]),
            "`probe history` of one result": Command([*probe, "history", "--history", history]),
        }
        yield Commands(starts, _peers(partner, folder, roots, peers_python))


def _peers(partner: Partner, folder: Path, roots: Path, peers_python: str | None) -> dict[str, Command]:
    arguments = [partner.host, str(partner.port), str(roots)]
    there = f"127.0.0.1:{partner.port}"

    def script(name: str, text: str, interpreter: str = sys.executable) -> Command:
        path = folder / name
        path.write_text(text)
        return Command([interpreter, str(path), *arguments])

    found = {
        HTTPX: script("httpx_script.py", _HTTPX_SCRIPT),
        "Python's ssl alone (POST)": script("ssl_script.py", _SSL_SCRIPT),
    }
    if peers_python and _has(peers_python, "pycurl"):
        found["pycurl script (POST)"] = script("pycurl_script.py", _PYCURL_SCRIPT, peers_python)
    if peers_python and _has(peers_python, "sslyze"):
        words = [peers_python, "-m", "sslyze", "--certinfo", "--mozilla_config=disable", there]
        found["`sslyze --certinfo`"] = Command(words, (0, 1))
    if curl := shutil.which("curl"):
        words = [curl, "-s", "-o", "/dev/null", "--noproxy", "*", "--cacert", str(roots), "-d", "<Envelope/>"]
        found["`curl -d`"] = Command([*words, "--connect-to", f"::{there}", f"{partner.ews_url}/WSSecurity"])
    if openssl := shutil.which("openssl"):
        words = [openssl, "s_client", "-connect", there, "-servername", partner.host, "-CAfile", str(roots)]
        found["`openssl s_client`"] = Command(words, (0, 1))
    return found


def _has(interpreter: str, module: str) -> bool:
    tried = subprocess.run([interpreter, "-c", f"import {module}"], capture_output=True, check=False)
    return tried.returncode == 0
