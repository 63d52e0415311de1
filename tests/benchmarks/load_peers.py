"""What probe is compared with over many partners: loops of httpx and bare asyncio, and blackbox_exporter."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

from tests.benchmarks.measured import Cost, cost_of, resident

# A client for each endpoint, because the pool of a client tells connections apart by address only.
HTTPX_LOOP = """
import asyncio, ssl, sys
from urllib.parse import urlsplit
import httpx
roots, concurrency, urls = sys.argv[1], int(sys.argv[2]), open(sys.argv[3])

async def ask(client, url, method, connection):
    parts = urlsplit(url)
    answer = await client.request(
        method, f"https://127.0.0.1:{parts.port}{parts.path}/WSSecurity",
        content=b"<Envelope/>" * 100 if method == "POST" else None,
        headers={"Host": parts.netloc, "Connection": connection}, extensions={"sni_hostname": parts.hostname})
    assert answer.status_code == 401, answer

async def main():
    context = ssl.create_default_context(cafile=roots)
    left = iter(urls.read().split())
    async def worker():
        for url in left:
            async with httpx.AsyncClient(verify=context, trust_env=False, timeout=60) as own:
                await ask(own, url, "POST", "keep-alive")
                await ask(own, url, "GET", "close")
    await asyncio.gather(*(worker() for _ in range(concurrency)))
asyncio.run(main())
"""
ASYNCIO_LOOP = """
import asyncio, ssl, sys
from urllib.parse import urlsplit
roots, concurrency, urls = sys.argv[1], int(sys.argv[2]), open(sys.argv[3])
body = b"<Envelope/>" * 100
head = ("POST {}/WSSecurity HTTP/1.1\\r\\nHost: {}\\r\\nContent-Type: text/xml\\r\\nConnection: close\\r\\n"
        f"Content-Length: {len(body)}\\r\\n\\r\\n")

async def main():
    context = ssl.create_default_context(cafile=roots)
    left = iter(urls.read().split())
    async def worker():
        for url in left:
            parts = urlsplit(url)
            reader, writer = await asyncio.open_connection("127.0.0.1", parts.port, ssl=context,
                server_hostname=parts.hostname, ssl_handshake_timeout=60)
            writer.write(head.format(parts.path, parts.netloc).encode() + body)
            answer = await reader.read()
            writer.close()
            assert answer.startswith(b"HTTP/1.1 401 "), answer
    await asyncio.gather(*(worker() for _ in range(concurrency)))
asyncio.run(main())
"""
_MODULES = """modules:
  lab:
    prober: http
    timeout: 60s
    http:
      method: GET
      valid_status_codes: [401]
      preferred_ip_protocol: ip4
      tls_config: {{ca_file: "{roots}"}}
"""


class PeerFailedError(Exception):
    """A peer did not ask every partner."""


def loop(script: str, folder: Path, urls: list[str], concurrency: int, processes: int) -> Cost:
    """A loop over these endpoints; several processes have a part of the list and of the concurrency each."""
    commands = []
    for part in range(processes):
        list_file = folder / f"loop-{part}.txt"
        list_file.write_text("\n".join(urls[part::processes]))
        roots, share = str(folder / "roots.pem"), str(concurrency // processes)
        commands.append([sys.executable, "-c", script, roots, share, str(list_file)])
    errors = folder / "loop.err"
    cost = cost_of(*commands, errors=str(errors))
    if cost.code:
        raise PeerFailedError(errors.read_text()[-500:])
    return cost


def blackbox(exporter: str, folder: Path, urls: list[str], concurrency: int, cores: int) -> Cost:
    """blackbox_exporter on so many cores, for probing each of these endpoints once; its start is CPU too."""
    (folder / "blackbox.yml").write_text(_MODULES.format(roots=folder / "roots.pem"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [exporter, f"--config.file={folder / 'blackbox.yml'}", f"--web.listen-address=127.0.0.1:{port}"]
    environment = os.environ | {"GOMAXPROCS": str(cores)}
    process = subprocess.Popen([*command, "--log.level=error"], stderr=subprocess.DEVNULL, env=environment)
    try:
        _wait_for(port)
        started, asking = time.perf_counter(), time.process_time()
        good = asyncio.run(_drive(port, urls, concurrency))
        wall, asking = time.perf_counter() - started, time.process_time() - asking
        peak = resident(process.pid, "VmHWM")
    except OSError as gone:
        raise PeerFailedError(f"blackbox_exporter: {gone}") from gone
    finally:
        process.send_signal(signal.SIGTERM)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    if good != len(urls):
        raise PeerFailedError(f"blackbox_exporter: {good} of {len(urls)} probes succeeded")
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak, 0, asking)


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise PeerFailedError("blackbox_exporter does not listen")


async def _drive(port: int, urls: list[str], concurrency: int) -> int:
    """Ask for each probe, in HTTP/1.0 and by hand: whoever asks must not take the cores that are measured."""
    left, good = iter(urls), 0

    async def worker() -> None:
        nonlocal good
        for url in left:
            parts = urlsplit(url)
            target = quote(f"https://127.0.0.1:{parts.port}{parts.path}/WSSecurity", safe="")
            asked = f"/probe?module=lab&hostname={parts.hostname}&target={target}"
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {asked} HTTP/1.0\r\n\r\n".encode())
            answer = await reader.read()
            good += b"\nprobe_success 1" in answer
            writer.close()

    await asyncio.gather(*(worker() for _ in range(concurrency)))
    return good
