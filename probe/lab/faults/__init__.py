"""Every fault of the lab: one row each, with the verdict it must get.

The rows know nothing of how a fault is staged (scenes.py) nor of how it is judged.
"""

from __future__ import annotations

import difflib

from probe.errors import UsageError
from probe.lab.faults.answer import HTTP_FAULTS, WIRE_ANSWER_FAULTS
from probe.lab.faults.certificate_faults import CERTIFICATE_FAULTS
from probe.lab.faults.fault_model import Expected, Fault
from probe.lab.faults.handshake_faults import HANDSHAKE_FAULTS

__all__ = ["FAULTS", "Expected", "Fault", "fault"]

FAULTS: tuple[Fault, ...] = (
    HTTP_FAULTS[0],
    *CERTIFICATE_FAULTS,
    *HANDSHAKE_FAULTS,
    *WIRE_ANSWER_FAULTS,
    *HTTP_FAULTS[1:],
)

_BY_NAME = {row.name: row for row in FAULTS}


def fault(name: str) -> Fault:
    """The fault of this name.

    Raises:
        UsageError: there is none; the message says which was probably meant.
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    close = difflib.get_close_matches(name, _BY_NAME, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else "`probe lab` lists them"
    raise UsageError(f"the lab has no fault named {name!r}: {hint}")
