"""A day with a real Prometheus, scaled down: a real exporter of real partners, and no series has a gap.

Prometheus forgets a series five minutes after its last sample. A day of checks every quarter of an hour is
here a check every two seconds, a scrape every second and a lookback of three, which keeps the proportions of
the recipe in the README harder than they are: a scrape that is missed twice would be seen.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from probe.cli.commands.lab import write_stores
from probe.lab.partner import Partner
from probe.serving import monitoring
from tests.requirements import require

SCRAPES = 30
FAULTS = ("healthy", "untrusted-root", "missing-intermediate")
CONFIGURATION = """
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: [{rules}]
scrape_configs:
  - job_name: fedprobe
    static_configs: [{{targets: ["{exporter}"]}}]
"""


def _entry(folder: Path, partner: Partner) -> str:
    """A partner as the list has it."""
    specs = write_stores(partner.trust, folder / f"{partner.fault.name}.pem")
    return (
        f"[[partners]]\ntarget = {json.dumps(partner.ews_url)}\n"
        f"connect_to = {json.dumps(list(partner.connect_to))}\ntrust = {json.dumps(list(specs))}\n"
    )


@contextmanager
def _exporter(folder: Path, entries: list[str]) -> Iterator[str]:
    listing = folder / "partners.toml"
    listing.write_text("\n".join(entries))
    command = [sys.executable, "-m", "probe", "serve", "-f", str(listing), "--every", "2s", "-4"]
    with subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        line = running.stderr.readline()
        try:
            yield line.split()[-1].removeprefix("http://").rstrip("/")
        finally:
            running.send_signal(signal.SIGTERM)
            running.communicate(timeout=30)


@contextmanager
def _prometheus(folder: Path, exporter: str, rules: str) -> Iterator[httpx.Client]:
    program = require("prometheus")
    (folder / "rules.yml").write_text(rules)
    (folder / "prometheus.yml").write_text(
        CONFIGURATION.format(rules=folder / "rules.yml", exporter=exporter)
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [program, f"--config.file={folder / 'prometheus.yml'}", f"--web.listen-address={address}"]
    command += [f"--storage.tsdb.path={folder / 'data'}", "--query.lookback-delta=3s", "--log.level=error"]
    with (
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running,
        httpx.Client(base_url=f"http://{address}", trust_env=False, timeout=20) as client,
    ):
        try:
            yield client
        finally:
            running.terminate()
            running.wait(30)


def _query(client: httpx.Client, path: str, **parameters: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/{path}", params=parameters).json()
    assert answer["status"] == "success", answer
    return list(answer["data"]["result"])


async def _scraped(client: httpx.Client, times: int) -> None:
    """Wait until Prometheus has so many scrapes of the exporter that have all partners."""
    while True:
        try:
            # It listens before it has read its data, and answers in words until then.
            if client.get("/-/ready").status_code != httpx.codes.OK:
                await asyncio.sleep(0.2)
                continue
            found = _query(client, "query", query="count_over_time(fedprobe_target_verdict[1h])")
        except httpx.TransportError:
            found = []
        if found and min(int(series["value"][1]) for series in found) >= times and len(found) == 12:
            return
        await asyncio.sleep(0.2)


def _expressions() -> list[str]:
    board = json.loads(monitoring.text("dashboard"))
    found = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    return [re.sub(r"\$(instance|target)\b", ".*", expression) for expression in found]


# At the broadcast address of the loopback network, to which no TCP connection has a route.
UNSEEN = "https://unseen.partner.lab/"


@pytest.mark.timeout(150)
@pytest.mark.posix("a signal ends the exporter")
def test_a_day_without_a_gap(tmp_path: Path) -> None:
    """Every series is there in every second between its first and its last scrape; every panel has data."""
    require("prometheus")
    with ExitStack() as stack:
        partners = [stack.enter_context(Partner(fault)) for fault in FAULTS]
        exporter = stack.enter_context(
            _exporter(tmp_path, [_entry(tmp_path, partner) for partner in partners])
        )
        client = stack.enter_context(_prometheus(tmp_path, exporter, monitoring.text("rules")))
        asyncio.run(asyncio.wait_for(_scraped(client, SCRAPES), 120))
        up = _query(client, "query", query='sum_over_time(up{job="fedprobe"}[1h])')
        times = _query(client, "query", query='count_over_time(up{job="fedprobe"}[1h])')
        assert int(up[0]["value"][1]) == int(times[0]["value"][1]) >= SCRAPES
        _without_gaps(client)
        _as_it_is(client, partners)
        for expression in _expressions():
            assert _query(client, "query", query=expression), expression
        rules = client.get("/api/v1/rules").json()["data"]["groups"][0]["rules"]
        assert {rule["health"] for rule in rules} == {"ok"}
        states = {rule["name"]: rule["state"] for rule in rules}
        assert states["FederationPartnerWouldFail"] == "pending"  # it waits for two minutes
        assert states["FedprobeDown"] == states["FederationResultOld"] == "inactive"


def _without_gaps(client: httpx.Client) -> None:
    (clock,) = [float(s["value"][0]) for s in _query(client, "query", query="vector(1)")]
    begin = clock - SCRAPES + 4
    for name in (
        "fedprobe_target_verdict",
        "probe_success",
        "fedprobe_result_age_seconds",
        "fedprobe_verdict",
    ):
        found = _query(client, "query_range", query=name, start=begin, end=clock, step=1)
        assert found
        assert {len(series["values"]) for series in found} == {SCRAPES - 3}, name


def _as_it_is(client: httpx.Client, partners: list[Partner]) -> None:
    verdicts = _query(client, "query", query="fedprobe_target_verdict == 1")
    outcomes = {series["metric"]["target"]: series["metric"]["outcome"] for series in verdicts}
    assert outcomes == {partner.ews_url: partner.fault.expected.outcome for partner in partners}
    ages = _query(client, "query", query="max(max_over_time(fedprobe_result_age_seconds[1h]))")
    assert 0 < float(ages[0]["value"][1]) < 60


class _Host(socketserver.ThreadingTCPServer):
    """A host whose port leads to one partner first and to another later, as after a certificate change."""

    daemon_threads = True

    def __init__(self, partner: Partner) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.partner = partner
        self.port = self.server_address[1]


class _Passing(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, _Host)
        with socket.create_connection(("127.0.0.1", self.server.partner.port)) as inner:
            back = threading.Thread(target=_pass_on, args=(inner, self.request), daemon=True)
            back.start()
            _pass_on(self.request, inner)
            back.join()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


# What waits for minutes waits here for a second, and what is old after a minute is so at once.
DAY_IN_SECONDS = [(r"for: \w+", "for: 1s"), (r"\(3 \* (\w+) \+ 60\)", r"(\1 - 100)")]


def _hurried(rules: str) -> str:
    for pattern, shorter in DAY_IN_SECONDS:
        rules, count = re.subn(pattern, shorter, rules)
        assert count
    return rules


def _firing(client: httpx.Client, alert: str, target: str | None) -> bool:
    alerts = client.get("/api/v1/alerts").json()["data"]["alerts"]
    return any(
        one["state"] == "firing"
        and one["labels"]["alertname"] == alert
        and one["labels"].get("target") == target
        for one in alerts
    )


async def _fires(client: httpx.Client, alert: str, target: str | None, *, is_on: bool = True) -> None:
    """Wait until the alert about the target fires, or no longer does."""
    async with asyncio.timeout(60):
        while _firing(client, alert, target) is not is_on:
            await asyncio.sleep(0.2)


@pytest.mark.timeout(150)
@pytest.mark.posix("a signal ends the exporter")
def test_every_alert_fires_and_ends(tmp_path: Path) -> None:
    """Each rule fires for what it is about, by its own expression over what was scraped, and resolves."""
    require("prometheus")
    with ExitStack() as stack, ExitStack() as checking:
        good, bad, soon, unclear, limited = (
            stack.enter_context(Partner(fault))
            for fault in ("healthy", "missing-intermediate", "expires-soon", "tls13-only", "wildcard")
        )
        host = stack.enter_context(_Host(good))
        threading.Thread(target=host.serve_forever, daemon=True).start()
        stack.callback(host.shutdown)
        turning = f"https://{good.host}:{host.port}/ews/exchange.asmx"
        entry = _entry(tmp_path, good).replace(str(good.port), str(host.port))
        stores = ", ".join(json.dumps(spec) for spec in write_stores(bad.trust, tmp_path / "bad.pem"))
        entries = [entry.replace("trust = [", f"trust = [{stores}, ")]
        entries += [_entry(tmp_path, partner) for partner in (soon, unclear)]
        entries.append(f'{_entry(tmp_path, limited)}warning = "500"\ncritical = "400"\n')
        entries.append(
            f"[[partners]]\ntarget = '{UNSEEN}'\nresolve = ['unseen.partner.lab:443:127.255.255.255']\n"
        )
        exporter = checking.enter_context(_exporter(tmp_path, entries))
        client = stack.enter_context(_prometheus(tmp_path, exporter, _hurried(monitoring.text("rules"))))
        asyncio.run(_day(client, host, turning, (good, bad, soon, unclear, limited)))
        listing = tmp_path / "partners.toml"
        listing.write_text("targett = 1")
        asyncio.run(_fires(client, "FedprobeListNotUsed", None))
        listing.write_text("\n".join(entries))
        asyncio.run(_fires(client, "FedprobeListNotUsed", None, is_on=False))
        rules = client.get("/api/v1/rules").json()["data"]["groups"][0]["rules"]
        assert {rule["health"] for rule in rules} == {"ok"}
        checking.close()
        asyncio.run(_fires(client, "FedprobeDown", None))
        fired = _query(client, "query", query='max_over_time(ALERTS{alertstate="firing"}[1h])')
        assert {s["metric"]["alertname"] for s in fired} == {rule["name"] for rule in rules}


async def _day(client: httpx.Client, host: _Host, turning: str, partners: tuple[Partner, ...]) -> None:
    good, bad, soon, unclear, limited = partners
    while True:
        with contextlib.suppress(httpx.TransportError):
            if client.get("/-/ready").status_code == httpx.codes.OK:
                break
        await asyncio.sleep(0.2)
    await _fires(client, "FederationCertificateExpires", soon.ews_url)
    await _fires(client, "FederationVerdictFlipsSoon", soon.ews_url)
    await _fires(client, "FederationPartnerCannotTell", unclear.ews_url)
    await _fires(client, "FederationResultOld", turning)
    await _fires(client, "FederationCertificateBelowLimit", limited.ews_url)
    assert not _firing(client, "FederationPartnerWouldFail", limited.ews_url)
    await _fires(client, "FedprobeSeesNoPartner", None)
    assert not _firing(client, "FederationPartnerCannotTell", UNSEEN)
    assert not _firing(client, "FederationPartnerWouldFail", turning)
    host.partner = bad
    await _fires(client, "FederationPartnerWouldFail", turning)
    host.partner = good
    await _fires(client, "FederationPartnerWouldFail", turning, is_on=False)
    assert not _firing(client, "FederationPartnerWouldFail", soon.ews_url)


def test_promtool_accepts_the_rules_and_the_metrics(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(monitoring.text("rules"))
    promtool = require("promtool")
    checked = subprocess.run([promtool, "check", "rules", str(rules)], capture_output=True, text=True)
    assert (checked.returncode, "9 rules found" in checked.stdout) == (0, True), checked
