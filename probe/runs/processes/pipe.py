"""The pipe between a run and a worker process, as both of them use it: neither waits for the other.

A thread reads and a thread writes, so that an end that takes nothing, or has sent half a message and stands
still, stops nothing at this end. Knows nothing of what goes through.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Protocol


class PipeEnd(Protocol):
    """An end of a pipe of multiprocessing: on Windows it is of another class than elsewhere."""

    def send(self, obj: Any, /) -> None:
        """Send a message."""

    def recv(self) -> Any:
        """The next message."""


def listen(pipe: PipeEnd, take: Callable[[Any], None], ended: Callable[[], None]) -> None:
    """Hand each message to `take` on the running loop; when the pipe ends, or brings None, call `ended`."""
    loop = asyncio.get_running_loop()

    def received() -> Any:
        with suppress(OSError, EOFError):
            return pipe.recv()
        return None

    def read_until_end() -> None:
        with suppress(RuntimeError):  # the loop has ended
            while (message := received()) is not None:
                loop.call_soon_threadsafe(take, message)
            loop.call_soon_threadsafe(ended)

    threading.Thread(target=read_until_end, name="incoming messages", daemon=True).start()


class Outbox:
    """What goes out: lists of all that is put within `together` seconds of the first.

    Each message wakes the other end: one by one they cost a tenth of all CPU time of a run on two cores
    (measured).
    """

    def __init__(self, pipe: PipeEnd, together: float = 0.0) -> None:
        self._pipe = pipe
        self._together = together
        self._waiting: list[Any] = []
        self._outgoing: SimpleQueue[list[Any] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._send_until_end, name="outgoing messages", daemon=True)
        self._thread.start()

    def put(self, item: Any) -> None:
        """Send something soon. It is lost where the other end has ended."""
        if not self._waiting:
            asyncio.get_running_loop().call_later(self._together, self._send_waiting)
        self._waiting.append(item)

    def end(self) -> None:
        """Send what waits, and that there will be no more."""
        self._send_waiting()
        self._outgoing.put(None)

    def join(self) -> None:
        """Wait until all is sent, or the other end has ended."""
        self._thread.join()

    def _send_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._outgoing.put(waiting)

    def _send_until_end(self) -> None:
        with suppress(OSError):  # the other end has ended
            message: list[Any] | None = []
            while message is not None:
                message = self._outgoing.get()
                self._pipe.send(message)
