"""`python -m probe`: the same program as the console scripts."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code of the contract, never raises.

    Without `arguments` it is the program itself, and the process ends with it.
    """
    if getattr(sys, "frozen", False):  # probe.exe is its own worker process (multiprocessing, spawn)
        from multiprocessing import freeze_support

        freeze_support()
    try:
        from probe import garbage
        from probe.cli.app import run

        if arguments is not None:
            return run(list(arguments))
        garbage.postpone()
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while the program is still being loaded; later `run` answers it
        if sys.stderr is not None:
            sys.stderr.write("probe: error: interrupted\n")
        return 130
    # The interpreter would look for garbage several times, 50 ms here; the process gives all back.
    garbage.freeze()
    return code


if __name__ == "__main__":
    sys.exit(main())
