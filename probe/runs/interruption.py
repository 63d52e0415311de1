"""Ctrl-C, Ctrl-Break, SIGTERM and SIGHUP as an event that a run can wait for, on every system."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

# SIGHUP is a terminal or an SSH session that was closed. Windows has SIGBREAK instead, for Ctrl-Break and for
# a console that is closed.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
_GRACE_SECONDS = 2.0  # for what the second Ctrl-C is to close


def signals() -> tuple[signal.Signals, ...]:
    """What interrupts here. A SIGHUP that nohup has switched off stays so."""
    return tuple(
        number
        for number in signal.Signals
        if number.name in _NAMES
        and not (number.name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN)
    )


@contextmanager
def as_keyboard_interrupt() -> Iterator[None]:
    """Have every interrupt raise KeyboardInterrupt, as Ctrl-C does, so that what is open is closed."""

    def interrupted(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise KeyboardInterrupt

    earlier = {number: signal.signal(number, interrupted) for number in signals()}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def _end(number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, which closes what is open; end without that if it does not end the program.

    A third Ctrl-C is the system's: it needs nothing of this program.
    """
    del frame
    signal.signal(number, signal.SIG_DFL)
    insisting = threading.Timer(_GRACE_SECONDS, os._exit, (128 + number,))
    insisting.daemon = True
    insisting.start()
    raise KeyboardInterrupt


@contextmanager
def stop_on_signal(hangup: Callable[[], None] | None = None) -> Iterator[asyncio.Event]:
    """An event that the first interrupt sets, while the block runs. The second one acts as it always did,
    and whatever stands in its way, the program is over a moment later.
    With `hangup` given, SIGHUP interrupts nothing and calls it, as often as it comes.

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
        before = signal.getsignal(signal.SIGINT)
        if callable(before):  # asyncio's own, which would only cancel, or Python's
            earlier[signal.SIGINT] = signal.signal(signal.SIGINT, _end)
        loop.call_soon_threadsafe(stop.set)

    def hung_up(number: int, frame: FrameType | None) -> None:
        del number, frame
        if hangup is not None:
            loop.call_soon_threadsafe(hangup)

    # signal.signal, because Windows has no loop.add_signal_handler; the call wakes the loop's own socket.
    for number in signals():
        reloads = hangup is not None and number.name == "SIGHUP"
        earlier[number] = signal.signal(number, hung_up if reloads else interrupted)
    try:
        yield stop
    finally:
        restore()
