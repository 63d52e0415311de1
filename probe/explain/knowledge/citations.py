"""The sources of the catalogue, spelled out: rows cite them by short names to stay readable as data."""

from __future__ import annotations

import re

_NAMES = {
    "RFB": "Microsoft Learn, Resolve free/busy errors",
    "ODS": "Microsoft Learn, Exchange troubleshooting:",
    "PS": "Microsoft Learn, Exchange PowerShell:",
    "CSS": "Microsoft CSS-Exchange:",
    "SEED1": "J. Veldhuis, Troubleshooting federated sharing, part I",
    "SEED2": "J. Veldhuis, Troubleshooting federated sharing, part II",
    "SEED3": "J. Veldhuis, Troubleshooting federated sharing, part III",
    "ODE": "Microsoft Learn, Exchange:",
}
_SHORT = re.compile(r"\b(?:RFB|ODS|ODE|PS(?=/)|CSS|SEED[123])\b")


def expand(source: str) -> str:
    """`source` with its short names spelled out."""
    return _SHORT.sub(lambda match: _NAMES[match.group()], source)
