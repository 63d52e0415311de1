"""Wine, and what tests do about it: whether this is Wine, and how a partner's reset comes to be seen there.

Wine 8's server asks the kernel for a socket's error as soon as there is one, and the kernel tells an error
once. So a `recv` that begins after the reset gets the end of the stream, with plain blocking sockets too;
one that is waiting already gets the reset. Under Wine every reset that a test makes therefore comes late
enough for the caller to be waiting. On Windows itself nothing is changed.
"""

from __future__ import annotations

import sys
import time

# A caller that is busy beside another worker has to reach its `recv` in this time.
_RESET_LATE_SECONDS = 0.3


def under_wine() -> bool:
    """Whether this Windows is Wine."""
    if sys.platform == "win32":
        import ctypes

        return hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")
    return False


def let_caller_wait() -> None:
    """Before a reset: under Wine, give the caller the time to wait for it."""
    if under_wine():
        time.sleep(_RESET_LATE_SECONDS)


def delay_resets_of_the_lab() -> None:
    """Do so before each reset of a lab partner of this process."""
    from probe.lab.accepted_wire import AcceptedWire

    reset = AcceptedWire.reset

    def late(self: AcceptedWire) -> None:
        let_caller_wait()
        reset(self)

    AcceptedWire.reset = late  # type: ignore[method-assign]
