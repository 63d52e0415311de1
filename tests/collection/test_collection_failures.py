"""What an OSError of a socket is a fact about: the same on every system and on every event loop."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from collections.abc import Callable

import pytest

from probe import api
from probe.collection.connection.failures import os_failure
from probe.collection.connection.tcp import TcpSocket, has_route
from probe.facts.observation import FailureKind, Phase

KIND = FailureKind


@pytest.mark.parametrize(
    ("number", "kind", "linux"),
    [
        pytest.param(errno.ECONNRESET, KIND.RESET, 104, id="reset"),
        pytest.param(errno.ECONNABORTED, KIND.RESET, 103, id="aborted"),
        pytest.param(errno.EPIPE, KIND.RESET, 32, id="pipe"),
        pytest.param(errno.ETIMEDOUT, KIND.TIMEOUT, 110, id="timed-out"),
        pytest.param(errno.ECONNREFUSED, KIND.REFUSED, 111, id="refused"),
        pytest.param(errno.ENETUNREACH, KIND.UNREACHABLE, 101, id="network"),
        pytest.param(errno.EHOSTUNREACH, KIND.UNREACHABLE, 113, id="host"),
        pytest.param(errno.EAFNOSUPPORT, KIND.UNREACHABLE, 97, id="no-such-family"),
        pytest.param(errno.EADDRNOTAVAIL, KIND.OS_ERROR, 99, id="no-such-address"),
        pytest.param(errno.EACCES, KIND.OS_ERROR, 13, id="packet-filter"),
        pytest.param(errno.EMFILE, KIND.OS_ERROR, errno.EMFILE, id="other"),
    ],
)
def test_what_an_errno_is(number: int, kind: FailureKind, linux: int) -> None:
    failure = os_failure(Phase.CONNECT, OSError(number, "words"))
    assert (failure.kind, failure.errno, failure.detail) == (kind, linux, "words")


@pytest.mark.parametrize(
    ("raised", "winerror", "kind", "linux"),
    [
        pytest.param(ConnectionRefusedError, 1225, KIND.REFUSED, 111, id="refused"),
        pytest.param(ConnectionAbortedError, 1236, KIND.RESET, 103, id="aborted"),
        pytest.param(ConnectionResetError, 64, KIND.RESET, 104, id="reset-of-recv"),
        pytest.param(OSError, 64, KIND.RESET, 104, id="reset-of-connect"),
        pytest.param(ConnectionResetError, 995, KIND.RESET, 104, id="given-up"),
        pytest.param(OSError, 121, KIND.TIMEOUT, 110, id="semaphore-timeout"),
        pytest.param(OSError, 1460, KIND.TIMEOUT, 110, id="timeout"),
        pytest.param(OSError, 1231, KIND.UNREACHABLE, 101, id="network"),
        pytest.param(OSError, 1232, KIND.UNREACHABLE, 113, id="host"),
        pytest.param(OSError, 1214, KIND.OS_ERROR, 99, id="no-such-address"),
        pytest.param(OSError, 1455, KIND.OS_ERROR, errno.EINVAL, id="other"),
    ],
)
def test_what_an_overlapped_operation_of_windows_says(
    raised: type[OSError], winerror: int, kind: FailureKind, linux: int
) -> None:
    error = raised(errno.EINVAL, "words")
    error.winerror = winerror  # type: ignore[attr-defined,unused-ignore]  # Windows' own CPython has it always
    failure = os_failure(Phase.SEND, error)
    assert (failure.kind, failure.errno) == (kind, linux)


@pytest.mark.parametrize(
    ("raised", "kind", "linux"),
    [
        pytest.param(ConnectionResetError, KIND.RESET, 104, id="reset"),
        pytest.param(ConnectionAbortedError, KIND.RESET, 103, id="aborted"),
        pytest.param(BrokenPipeError, KIND.RESET, 32, id="pipe"),
        pytest.param(ConnectionRefusedError, KIND.REFUSED, 111, id="refused"),
        pytest.param(OSError, KIND.OS_ERROR, None, id="other"),
    ],
)
def test_what_a_type_without_a_number_is(raised: type[OSError], kind: FailureKind, linux: int | None) -> None:
    failure = os_failure(Phase.SEND, raised("words"))
    assert (failure.kind, failure.errno, failure.detail) == (kind, linux, "words")


LOOPS: list[type[asyncio.AbstractEventLoop]] = [asyncio.SelectorEventLoop]
if sys.platform == "win32":
    LOOPS.append(asyncio.ProactorEventLoop)


@pytest.fixture(params=LOOPS)
def loop(request: pytest.FixtureRequest) -> Callable[[], asyncio.AbstractEventLoop]:
    return request.param  # type: ignore[no-any-return]


async def _connected(address: str, port: int) -> None:
    near = TcpSocket()
    try:
        await near.connect(address, port, asyncio.get_running_loop().time() + 10)
    finally:
        near.close()


LOOPBACK_INTERFACE = socket.if_indextoname(1)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="ipv4"),
        pytest.param("::1", id="ipv6"),
        pytest.param("::1%1", id="zone-as-a-number"),
        pytest.param(f"::1%{LOOPBACK_INTERFACE}", id="zone-as-a-name"),
    ],
)
def test_every_kind_of_address_is_connected_to(
    loop: Callable[[], asyncio.AbstractEventLoop], address: str
) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with (
        socket.create_server((address.partition("%")[0], 0), family=family) as server,
        asyncio.Runner(loop_factory=loop) as runner,
    ):
        runner.run(_connected(address, server.getsockname()[1]))


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_closed_port_refuses(loop: Callable[[], asyncio.AbstractEventLoop], address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as taken:
        port = taken.getsockname()[1]
    with asyncio.Runner(loop_factory=loop) as runner, pytest.raises(OSError) as refused:  # noqa: PT011  # by kind
        runner.run(_connected(address, port))
    failure = os_failure(Phase.CONNECT, refused.value)
    assert (failure.kind, failure.errno) == (KIND.REFUSED, 111)


def test_a_zone_that_this_machine_does_not_have(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    with asyncio.Runner(loop_factory=loop) as runner, pytest.raises(OSError) as unknown:  # noqa: PT011  # by kind
        runner.run(_connected("fe80::1%no-such-interface", 443))
    assert os_failure(Phase.CONNECT, unknown.value).kind is KIND.OS_ERROR


@pytest.mark.posix("Linux's loopback interface has no link-local addresses")
@pytest.mark.skipif(sys.platform != "linux", reason="other systems give their loopback interface fe80::1")
def test_an_address_to_which_this_machine_knows_no_way_is_told_apart() -> None:
    """A link-local address on the loopback interface: nothing leaves this machine, no route leads there."""

    async def nowhere(host: str, port: int) -> tuple[str, ...]:
        del host, port
        return ("fe80::1%lo",)

    result = api.check("https://mail.partner.lab/", resolver=nowhere, timeout=5.0, service_records=False)
    failures = [connection.failure for connection in result.observation.connections]
    assert {(f.kind, f.no_route) for f in failures if f is not None} == {(KIND.UNREACHABLE, True)}
    assert {judgement.vantage_state for judgement in result.judgements} == {
        "this machine has no IPv6 route; the caller may have one"
    }


def test_a_way_is_looked_for_without_sending_anything() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.setblocking(False)  # positional only
        assert has_route("127.0.0.1", listening.getsockname()[1])
        with pytest.raises(BlockingIOError):
            listening.recv(1)
