"""Ctrl-C and SIGTERM as an event that a run can wait for, on every system; a second one ends at once."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def stop_on_signal() -> Iterator[asyncio.Event]:
    """An event that the first interrupt sets, while the block runs; the second acts as it always did.

    Outside the main thread Python delivers no signals: the event is then never set.
    """
    stop = asyncio.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    loop = asyncio.get_running_loop()
    earlier: dict[signal.Signals, Any] = {}

    def restore() -> None:
        while earlier:
            number, handler = earlier.popitem()
            signal.signal(number, handler)

    def interrupted(number: int, frame: FrameType | None) -> None:
        del number, frame
        restore()
        loop.call_soon_threadsafe(stop.set)

    # signal.signal, because Windows has no loop.add_signal_handler; the call wakes the loop's own socket.
    for number in (signal.SIGINT, signal.SIGTERM):
        earlier[number] = signal.signal(number, interrupted)
    try:
        yield stop
    finally:
        restore()
