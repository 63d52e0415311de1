"""Clients that begin requests and do not finish them: the others are answered."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from probe.runs.attempts import Checked
from probe.runs.lists.partners import PartnerEntry
from probe.serving import connections

HALF = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"


async def unused(entry: PartnerEntry) -> Checked:
    raise AssertionError(entry)


def half_open(port: int, source: str) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=20, source_address=(source, 0))
    made.sendall(HALF)
    return made


@pytest.mark.posix("every address of 127.0.0.0/8")
def test_one_client_does_not_take_all_connections(exporter: Callable[..., Any]) -> None:
    async def everything() -> str:
        async with exporter(unused, [PartnerEntry("partner.example")]) as running:
            port = running.client.base_url.port
            with ExitStack() as stack:
                for _ in range(200):
                    stack.enter_context(await asyncio.to_thread(half_open, port, "127.0.0.2"))
                return str((await running.client.get("/healthz")).text)

    assert asyncio.run(everything()) == "ok\n"


@pytest.mark.posix("every address of 127.0.0.0/8")
def test_many_clients_do_not_take_all_connections(exporter: Callable[..., Any]) -> None:
    """1,984 of 248 clients were all kept, and /healthz was answered with 503 until they were given up."""

    async def everything() -> tuple[str, int]:
        async with exporter(unused, [PartnerEntry("partner.example")]) as running:
            port = running.client.base_url.port
            with ExitStack() as stack:
                sources = [f"127.0.1.{number % 60 + 1}" for number in range(240)]
                opening = (asyncio.to_thread(half_open, port, source) for source in sources)
                made = [stack.enter_context(one) for one in await asyncio.gather(*opening)]
                said = str((await running.client.get("/healthz")).text)
                return said, sum(map(_is_kept, made))

    said, kept = asyncio.run(everything())
    assert said == "ok\n"
    assert 0 < kept < 120


def _is_kept(made: socket.socket) -> bool:
    made.setblocking(False)
    try:
        return made.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def test_half_a_request_is_not_waited_for_long(
    exporter: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.2)

    async def everything() -> bytes:
        async with exporter(unused, [PartnerEntry("partner.example")]) as running:
            port = running.client.base_url.port
            with half_open(port, "127.0.0.1") as made:
                try:
                    return await asyncio.to_thread(made.recv, 100)
                except ConnectionResetError:
                    return b""

    assert asyncio.run(everything()) == b""
