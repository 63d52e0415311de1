"""A real console of Windows, which Wine makes of a terminal: `python -m tests.windows.console`.

What the suite cannot have there, because its streams are pipes: that a console shows a name in any script
whatever its code page is, and that Ctrl-C ends a program that waits. What Wine 8 does not do stays unproved:
it passes no Ctrl-Break on (GenerateConsoleCtrlEvent fails), and tells nobody that a console is closed.

A machine without Wine is told so and passes; with CI set it fails.
"""

from __future__ import annotations

import os
import pty
import re
import select
import sys
import tempfile
import time
from pathlib import Path

from probe.lab import authority
from tests.windows.interpreter import ENVIRONMENT, ROOT, CannotBuildError, build

CODE_PAGES = (437, 850, 1252, 65001)
NAME = "Müller Почта 市役所"
CTRL_C = b"\x03"
_ANSI = re.compile(rb"\x1b\[[?0-9;]*[A-Za-z]")
_SECONDS = 120.0
# Sets the console's code page as chcp does, then is probe.
_PROGRAM = (
    "import ctypes, sys; from probe.__main__ import main; code_page = int(sys.argv.pop(1)); "
    "console = ctypes.WinDLL('kernel32'); assert console.SetConsoleOutputCP(code_page); "
    "assert console.GetConsoleOutputCP() == code_page and sys.stdout.isatty(); sys.exit(main(sys.argv[1:]))"
)


def seen(
    command: list[str], environment: dict[str, str], *, after: bytes = b"", typed: bytes = b""
) -> tuple[int, str]:
    """(exit code, text) of a program on a console, on which `typed` is typed once `after` is there."""
    process, terminal = pty.fork()
    if process == 0:
        os.execvpe(command[0], command, environment)
    text, ends = b"", time.monotonic() + _SECONDS
    while time.monotonic() < ends and select.select([terminal], [], [], _SECONDS)[0]:
        try:
            text += os.read(terminal, 65536)
        except OSError:  # its end
            break
        if typed and after in _ANSI.sub(b"", text):
            os.write(terminal, typed)
            typed = b""
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status), _ANSI.sub(b"", text).decode("utf-8", "replace")


def trials(chain: Path) -> list[tuple[str, list[str], bytes, bytes, int, str]]:
    """Name, arguments, what to wait for, what to type then, the exit code, and what must be shown."""
    judged = ["chain", f"Z:{chain}", "--trust", "certifi"]
    shown = [(f"code page {page}", [str(page), *judged], b"", b"", 2, f"CN={NAME}") for page in CODE_PAGES]
    waits = ["65001", "lab", "healthy"]
    return [*shown, ("Ctrl-C", waits, b"Ctrl-C ends it", CTRL_C, 0, "the partner is gone")]


def main() -> int:
    """Try all of it; 1 if something is not as it should be."""
    folder = Path(os.environ.get("PROBE_WINDOWS_PYTHON", ROOT / ".windows")).resolve()
    try:
        build(folder)
    except CannotBuildError as lacking:
        print(f"a console of Windows cannot be had here: {lacking}")
        return 1 if os.environ.get("CI") else 0
    environment = {**os.environ, **ENVIRONMENT, "WINEPREFIX": str(folder / "prefix"), "TERM": "xterm"}
    python = ["wine", str(folder / "py" / "python.exe"), "-c", _PROGRAM]
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        root, chain = authority.root(NAME), Path(name) / "chain.pem"
        chain.write_text(authority.end_entity(root, "mail.partner.lab").pem + root.pem)
        for what, arguments, after, typed, expected, shown in trials(chain):
            code, text = seen([*python, *arguments], environment, after=after, typed=typed)
            good = code % 256 == expected and shown in text
            wrong += not good
            print(f"{what}: {'as it should be' if good else f'exit code {code}: {text[-2000:]}'}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
