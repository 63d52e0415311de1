"""How often this process looks for garbage: a start makes many objects that live on and hardly any cycle.

The interpreter's own pace, every 700 objects, has it walk over them again and again: 5 to 10 ms of a start
for each walk over all.
"""

from __future__ import annotations

import gc

_GENERATIONS = (20, 20)
_AT_START = 200_000
_IN_A_LONG_RUN = 20_000


def postpone() -> None:
    """Look for garbage hardly ever: for one check, which ends before it would pay."""
    gc.set_threshold(_AT_START, *_GENERATIONS)


def collect_regularly() -> None:
    """Look for garbage as a run over many partners needs it, and never again at what the start made."""
    gc.freeze()
    gc.set_threshold(_IN_A_LONG_RUN, *_GENERATIONS)


def freeze() -> None:
    """Look at nothing that is there now ever again: on its way out the interpreter would several times."""
    gc.freeze()
