"""How many checks at a time the open files of this process allow.

A check that cannot open a socket says nothing of its partner. So a limit that is too low lowers the number
of checks at a time, after it has been raised as far as the system lets a process raise its own.
"""

from __future__ import annotations

import sys

# What a run keeps open besides: standard streams, history, log, lock, report, resolver, the loop's own.
_OWN = 40
# A target has a few endpoints of up to eight addresses each; most have two connections open at a time.
_PER_CHECK = 12


def affordable(wanted: int) -> int:
    """At most `wanted` checks at a time, and at least one, for which there are enough descriptors."""
    limit = _raised(_OWN + wanted * _PER_CHECK)
    return wanted if limit is None else max(1, min(wanted, (limit - _OWN) // _PER_CHECK))


if sys.platform == "win32":

    def _raised(needed: int) -> int | None:
        """None: a socket is no file of the C runtime there."""
        del needed
        return None

else:
    import resource

    def _raised(needed: int) -> int | None:
        """The limit of open files, raised towards what is needed; None: there is none that matters."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft == resource.RLIM_INFINITY or soft >= needed:
            return None
        raised = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
        except (OSError, ValueError):
            return soft
        return raised
