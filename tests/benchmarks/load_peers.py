"""What bench_load compares with: a loop over httpx, and blackbox_exporter driven over its HTTP interface."""

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

from tests.benchmarks.measured import Cost, cost_of

_HTTPX_LOOP = """
import asyncio, ssl, sys
from urllib.parse import urlsplit
import httpx
roots, mode, concurrency, urls = sys.argv[1], sys.argv[2], int(sys.argv[3]), open(sys.argv[4])

async def ask(client, url, method, connection):
    parts = urlsplit(url)
    answer = await client.request(
        method, f"https://127.0.0.1:{parts.port}{parts.path}/WSSecurity",
        content=b"<Envelope/>" * 100 if method == "POST" else None,
        headers={"Host": parts.netloc, "Connection": connection}, extensions={"sni_hostname": parts.hostname})
    assert answer.status_code == 401, answer

async def main():
    context = ssl.create_default_context(cafile=roots)
    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=0)
    left, done = iter(urls.read().split()), 0
    async with httpx.AsyncClient(verify=context, trust_env=False, timeout=60, limits=limits) as shared:
        async def worker():
            nonlocal done
            for url in left:
                if mode == "post":
                    await ask(shared, url, "POST", "close")
                else:
                    async with httpx.AsyncClient(verify=context, trust_env=False, timeout=60) as own:
                        await ask(own, url, "POST", "keep-alive")
                        await ask(own, url, "GET", "close")
                done += 1
        await asyncio.gather(*(worker() for _ in range(concurrency)))
    print(done)
asyncio.run(main())
"""
_MODULES = """modules:
  lab:
    prober: http
    timeout: 20s
    http:
      method: GET
      valid_status_codes: [401]
      preferred_ip_protocol: ip4
      tls_config: {{ca_file: "{roots}"}}
"""


def httpx_loop(folder: Path, urls: list[str], mode: str, concurrency: int) -> Cost:
    """An asynchronous loop over these endpoints.

    `mode` "post": one client for all and a POST each. "both": a POST and a GET on the same connection, which
    takes a client for each endpoint, because the pool of a client tells connections apart by address only.
    """
    list_file, output, errors = (folder / name for name in ("httpx.txt", "httpx.out", "httpx.err"))
    list_file.write_text("\n".join(urls))
    command = [sys.executable, "-c", _HTTPX_LOOP, str(folder / "roots.pem"), mode, str(concurrency)]
    cost = cost_of([*command, str(list_file)], output=str(output), errors=str(errors))
    if output.read_text().strip() != str(len(urls)):
        raise SystemExit(f"the httpx loop failed: {errors.read_text()[-500:]}")
    return cost


def blackbox(
    exporter: str, folder: Path, urls: list[str], concurrency: int, cores: int
) -> tuple[float, float]:
    """(wall seconds, CPU seconds) of blackbox_exporter for probing these endpoints once on so many cores."""
    (folder / "blackbox.yml").write_text(_MODULES.format(roots=folder / "roots.pem"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [exporter, f"--config.file={folder / 'blackbox.yml'}", f"--web.listen-address=127.0.0.1:{port}"]
    environment = os.environ | {"GOMAXPROCS": str(cores)}
    process = subprocess.Popen([*command, "--log.level=error"], stderr=subprocess.DEVNULL, env=environment)
    try:
        _wait_for(port)
        started = time.perf_counter()
        good = asyncio.run(_drive(port, urls, concurrency))
        wall = time.perf_counter() - started
    finally:
        process.send_signal(signal.SIGTERM)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    if good != len(urls):
        raise SystemExit(f"blackbox_exporter: {good} of {len(urls)} probes succeeded")
    return wall, usage.ru_utime + usage.ru_stime


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("blackbox_exporter does not listen")


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
