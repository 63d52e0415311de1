"""Ending a program as its user does, on every system.

Ctrl-C and Ctrl-Break of Windows go to a whole console, the test's own too. So a program that is to be
interrupted there starts with `PREAMBLE`: it reads the signal's number from standard input and raises it,
which is what the C runtime's own thread does when the console tells it.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import IO

PREAMBLE = """
import signal, sys, threading
if sys.platform == "win32":
    def _obey():
        for number in sys.stdin:
            signal.raise_signal(int(number))
    threading.Thread(target=_obey, daemon=True).start()
else:
    # What the runner ignores its children ignore too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
"""
RUN = "from probe.__main__ import main; sys.exit(main(sys.argv[1:]))"


def program(code: str = RUN, *arguments: str) -> list[str]:
    """The command line of a program that `interrupt` can reach."""
    return [sys.executable, "-c", PREAMBLE + code, *arguments]


def interrupt(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Interrupt it. On Windows it needs a pipe as its standard input."""
    stdin: IO[str] | None = process.stdin
    if sys.platform == "win32":
        assert stdin is not None
        stdin.write(f"{int(number)}\n")
        stdin.flush()
    else:
        process.send_signal(number)
