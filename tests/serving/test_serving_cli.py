"""`probe serve` as a user starts, asks and ends it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from probe.__main__ import main
from probe.errors import OutputError, UsageError
from probe.runs.interruption import signals
from probe.serving.http_server import Address, listening_socket, parse_address
from tests.interrupting import RUN, interrupt, program


@pytest.fixture
def listing(tmp_path: Path) -> str:
    path = tmp_path / "partners.txt"
    path.write_text(f"{TARGET}\n")
    return str(path)


TARGET = "https://127.0.0.1:1/ews/exchange.asmx"


@contextmanager
def _process(*given: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running `probe serve` and the URL that it printed."""
    command = program(RUN, "serve", *given, "--listen", "127.0.0.1:0")
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as running:
        assert running.stderr is not None
        line = running.stderr.readline()
        assert line.startswith("probe: 1 partner of "), line
        try:
            yield running, line.split()[-1]
        finally:
            running.kill()


def _ended(running: subprocess.Popen[str], number: signal.Signals) -> None:
    interrupt(running, number)
    out, err = running.communicate(timeout=30)
    assert (running.returncode, out, err) == (0, "", "probe: the exporter has ended\n")


@pytest.mark.parametrize("number", [pytest.param(number, id=number.name.lower()) for number in signals()])
def test_it_answers_and_ends_cleanly(number: signal.Signals) -> None:
    with (
        _process(TARGET) as (running, url),
        httpx.Client(base_url=url, trust_env=False, timeout=30) as client,
    ):
        answer = client.get("/probe", params={"target": TARGET})
        assert "probe_success{" in answer.text
        assert client.get("/probe?target=contoso.com").status_code == 403
        _ended(running, number)


@pytest.mark.posix("SIGHUP")
def test_with_a_list_sighup_reads_it_again_and_ends_nothing(listing: str) -> None:
    with (
        _process("-f", listing, "--every", "never") as (running, url),
        httpx.Client(base_url=url, trust_env=False, timeout=30) as client,
    ):
        Path(listing).write_text(f"{TARGET}\nhttps://127.0.0.1:2/ews/exchange.asmx\n")
        interrupt(running, signal.SIGHUP)
        while "fedprobe_exporter_partners 2.0" not in (text := client.get("/metrics").text):
            assert running.poll() is None
        assert "fedprobe_result_age_seconds" not in text  # --every never
        _ended(running, signal.SIGTERM)


@pytest.mark.parametrize(
    ("text", "address", "loopback"),
    [
        pytest.param("127.0.0.1:9115", Address("127.0.0.1", 9115), True, id="ipv4"),
        pytest.param("[::1]:0", Address("::1", 0), True, id="ipv6"),
        pytest.param("localhost:9115", Address("localhost", 9115), True, id="localhost"),
        pytest.param("0.0.0.0:9115", Address("0.0.0.0", 9115), False, id="everywhere"),
        pytest.param("monitor.example:9115", Address("monitor.example", 9115), False, id="a-name"),
    ],
)
def test_listen(text: str, address: Address, loopback: bool) -> None:
    assert parse_address(text) == address
    assert str(address) == text
    assert address.is_loopback is loopback


@pytest.mark.parametrize("text", ["9115", ":9115", "127.0.0.1", "127.0.0.1:99999", "::1:9115", "a b:1"])
def test_listen_on_what(text: str) -> None:
    """A port alone would listen everywhere with other programs: here it is refused."""
    with pytest.raises(UsageError, match="HOST:PORT"):
        parse_address(text)


def test_an_address_in_use_is_one_line() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        pytest.raises(OutputError, match="choose another --listen"),
    ):
        listening_socket(Address("127.0.0.1", other.getsockname()[1]))


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param([], 64, "nothing may be asked for", id="no-list"),
        pytest.param(["-f", "absent"], 66, "absent", id="list-missing"),
        pytest.param(["contoso.com", "-f", "x"], 64, "one of the two", id="list-and-targets"),
        pytest.param(["contoso.com", "--listen", "9115"], 64, "HOST:PORT", id="listen"),
        pytest.param(["contoso.com", "--caller", "exchange-3"], 64, "exchange-3", id="caller"),
        pytest.param(["contoso.com", "--listen", "192.0.2.1:9115"], 74, "cannot listen", id="not-ours"),
        pytest.param(["contoso.com", "--every", "often"], 64, "15m", id="interval"),
        pytest.param(["contoso.com", "-o", "x"], 64, "asked over HTTP", id="output"),
        pytest.param(["--rules", "--dashboard"], 64, "one of them", id="two-things-printed"),
        pytest.param(["contoso.com", "-j", "0"], 64, "concurrency", id="concurrency"),
    ],
)
def test_mistakes(arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", *arguments]) == code
    assert said in capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("probe.serving.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "starlette.types", None)
    assert main(["serve", "contoso.com"]) == 64
    assert "probe serve needs starlette, uvicorn, prometheus-client: " in capsys.readouterr().err


def test_an_empty_list_is_not_served(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "list.txt").write_text("# nobody yet\n")

    assert main(["serve", "-f", str(tmp_path / "list.txt"), "--listen", "127.0.0.1:0"]) == 65
    assert "names no partner" in capsys.readouterr().err
