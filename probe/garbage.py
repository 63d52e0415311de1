"""How often this process looks for garbage: a start makes many objects that live on and hardly any cycle.

The interpreter's own pace, every 700 objects, has it walk over them again and again: 5 to 10 ms of a start
for each walk over all.
"""

from __future__ import annotations

import gc
import sys

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
    if sys.platform == "linux":
        _return_large_blocks()


# mallopt(3): parameters by their numbers in malloc.h, and what they get.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LARGE_BLOCK, _FREE_AT_THE_TOP = 65_536, 131_072


def _return_large_blocks() -> None:
    """Let glibc give back what a large answer took, and keep one heap for all threads.

    Once a large block was freed, glibc takes others of that size from its heap, where small ones that outlive
    them hold it: among hostile partners that was a quarter of a run's memory.
    """
    import ctypes

    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune is not None:  # another libc than glibc has no such habit
        tune(_TRIM_THRESHOLD, _FREE_AT_THE_TOP)
        tune(_MMAP_THRESHOLD, _LARGE_BLOCK)
        tune(_ARENA_MAX, 1)


def freeze() -> None:
    """Look at nothing that is there now ever again: on its way out the interpreter would several times."""
    gc.freeze()
