"""Ctrl-C and its kin while a command waits for a partner: one line, the code of an interrupt."""

from __future__ import annotations

import signal
import socket
import subprocess

import pytest

from probe.facts.services.federation_services import SERVICES
from probe.runs.interruption import signals
from tests.interrupting import RUN, interrupt, program


@pytest.mark.parametrize("number", [pytest.param(number, id=number.name.lower()) for number in signals()])
def test_federation_ends_with_one_line(number: signal.Signals) -> None:
    """The partner accepts connections and says nothing."""
    pipe = subprocess.PIPE
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        reach = [
            "--connect-to",
            f"::127.0.0.1:{port}",
            "--resolve",
            "autodiscover.partner.example:443:127.0.0.1",
        ]
        with subprocess.Popen(
            program(RUN, "federation", "partner.example", "-4", *reach),
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            text=True,
        ) as asking:
            connection, _ = silent.accept()
            interrupt(asking, number)
            out, said = asking.communicate(timeout=20)
            connection.close()
    assert (asking.returncode, out, said) == (130, "", "probe: error: interrupted\n")


@pytest.mark.parametrize("number", [pytest.param(number, id=number.name.lower()) for number in signals()])
def test_the_demonstration_stops_at_once_and_blames_nobody(number: signal.Signals) -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        program(RUN, "demo", "--all"), stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as showing:
        assert showing.stdout is not None
        assert showing.stdout.readline() != ""  # the first partner is checked, the next one under way
        interrupt(showing, number)
        out, said = showing.communicate(timeout=20)
    assert (showing.returncode, said) == (130, "probe: error: interrupted\n")
    assert out.count("\n\n") < 20  # of well over a hundred
    assert "not the verdict" not in out


@pytest.mark.parametrize("number", [pytest.param(number, id=number.name.lower()) for number in signals()])
def test_the_services_that_were_asked_are_reported(number: signal.Signals) -> None:
    """The first service accepts a connection and says nothing; the others are not asked any more."""
    pipe = subprocess.PIPE
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        reach = ["--connect-to", f"::127.0.0.1:{port}", "--resolve", "*::127.0.0.1", "-4", "-q"]
        with subprocess.Popen(
            program(RUN, "federation", "--services", "--format", "json", *reach),
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            text=True,
        ) as asking:
            connection, _ = silent.accept()
            interrupt(asking, number)
            out, said = asking.communicate(timeout=20)
            connection.close()
    expected = f"probe: error: interrupted: 0 of {len(SERVICES)} services are reported\n"
    assert (asking.returncode, out, said) == (130, "[]\n", expected)
