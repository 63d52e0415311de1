"""probe check of a whole domain: what the report says of discovery, addresses and federation."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from probe.lab.estate import Estate, redirect
from probe.lab.organisation import AUTODISCOVER_HOST, DOMAIN, HOST
from tests.cli.conftest import Finished
from tests.cli.organisations import organisation

Run = Callable[..., Finished]


@contextmanager
def forwarded(address: str, port: int, to_port: int) -> Iterator[None]:
    """A port on another address of loopback that leads to another partner."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                writer.write(data)
        except OSError:
            pass
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward_reader, onward = await asyncio.open_connection("127.0.0.1", to_port)
        try:
            await asyncio.gather(copy(reader, onward), copy(onward_reader, writer))
        except asyncio.CancelledError:
            pass
        finally:
            onward.close()
            writer.close()

    async def end(server: asyncio.Server) -> None:
        server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # the transports close in the next turn of the loop

    server = asyncio.run_coroutine_threadsafe(asyncio.start_server(serve, address, port), loop).result()
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def codes(document: dict[str, Any]) -> set[str]:
    return {
        finding["code"]
        for endpoint in document["endpoints"]
        for judgement in endpoint["judgements"]
        for finding in judgement["findings"]
    }


def test_addresses_that_differ_are_a_warning(tmp_path: Path, run: Run) -> None:
    with organisation(tmp_path) as one, organisation(tmp_path) as other:
        port = one.partner.port
        with forwarded("127.0.0.2", port, other.partner.port):
            done = run(
                *("check", f"https://{HOST}:{port}/ews/exchange.asmx", "--format", "json"),
                *("--resolve", f"{HOST}:{port}:127.0.0.1,127.0.0.2"),
                *("--trust", one.roots, "--trust", other.roots),
            )
    document = json.loads(done.out)
    assert done.code == 1, done.out
    assert [endpoint["address"] for endpoint in document["endpoints"]] == ["127.0.0.1", "127.0.0.2"]
    assert "addresses-differ" in codes(document)


def test_the_first_address_alone_is_no_warning(tmp_path: Path, run: Run) -> None:
    with organisation(tmp_path) as one:
        port = one.partner.port
        done = run(
            *("check", f"https://{HOST}:{port}/ews/exchange.asmx", "--format", "json", "--first-address"),
            *("--resolve", f"{HOST}:{port}:127.0.0.1,127.0.0.2", "--trust", one.roots),
        )
    assert (done.code, len(json.loads(done.out)["endpoints"])) == (0, 1)


def test_a_healthy_domain_has_its_federation_in_the_report(tmp_path: Path, run: Run) -> None:
    with organisation(tmp_path) as opened:
        done = run(*("check", DOMAIN, "--format", "json", "--no-srv", "--trust", opened.roots), *opened.reach)
    document = json.loads(done.out)
    assert done.code == 0, done.out
    assert document["federation"]["application_uri"] == f"FYDIBOHF25SPDLT.{DOMAIN}"
    assert document["federation"]["error_code"] == "NoError"
    (record,) = (step for step in document["discovery"] if step["step"] == "SRV")
    assert (record["outcome"], record["detail"]) == ("skipped", "not wanted")
    found_by = {endpoint["kind"]: endpoint["found_by"] for endpoint in document["endpoints"]}
    assert found_by["ews-wssecurity"].startswith("Autodiscover V2 names it")


@pytest.mark.parametrize(
    ("estate", "fault", "code", "said"),
    [
        pytest.param(
            Estate(websites=frozenset({AUTODISCOVER_HOST})),
            "healthy",
            2,
            "Get-FederationInformation would prompt, free/busy would fail",
            id="name-mismatch-on-the-domain-itself",
        ),
        pytest.param(
            Estate(
                websites=frozenset({AUTODISCOVER_HOST, DOMAIN}),
                http={DOMAIN: redirect(f"https://{HOST}/autodiscover/autodiscover.xml")},
            ),
            "healthy",
            0,
            "Get-FederationInformation would prompt",
            id="insecure-redirect",
        ),
        pytest.param(
            Estate(federation="not-federated"),
            "healthy",
            2,
            "its organization has no federation trust",
            id="not-federated",
        ),
        pytest.param(
            Estate(), "untrusted-root", 2, "refuses the certificate of autodiscover.partner.lab", id="chain"
        ),
    ],
)
def test_what_the_cmdlet_would_do_is_said(
    tmp_path: Path, run: Run, estate: Estate, fault: str, code: int, said: str
) -> None:
    with organisation(tmp_path, fault, estate) as opened:
        done = run("check", DOMAIN, "--trust", opened.roots, *opened.reach, "-v")
    assert done.code == code, done.out
    assert said in " ".join(done.out.split())


def test_collect_can_leave_dns_alone_too(tmp_path: Path, run: Run) -> None:
    with organisation(tmp_path) as opened:
        done = run("collect", DOMAIN, "--no-srv", *opened.reach)
    steps = json.loads(done.out)["observation"]["steps"]
    assert [step["detail"] for step in steps if step["step"] == "SRV"] == ["not wanted"]
