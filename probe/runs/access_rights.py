"""What an access list of Windows in SDDL lets whom do to a file or folder (MS-DTYP sections 2.4.3 and 2.5.1).

Only what the list itself says: which groups an account is in nobody here knows, but that every account of
people is among Everyone, Authenticated Users and Users. Entries that deny are left out, so that a right may
be reported that a denial takes: what is found is a hint. A volume without access lists has none to show: "".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from msgspec import Struct

# Generic rights stand for those of files (winnt.h, FILE_GENERIC_READ and its like).
_LETTERS = {
    "GA": 0x1F01FF,
    "GR": 0x120089,
    "GW": 0x120116,
    "GX": 0x1200A0,
    "FA": 0x1F01FF,
    "FR": 0x120089,
    "FW": 0x120116,
    "FX": 0x1200A0,
    "RC": 0x20000,
    "SD": 0x10000,
    "WD": 0x40000,
    "WO": 0x80000,
    "CC": 0x1,
    "DC": 0x2,
    "LC": 0x4,
    "SW": 0x8,
    "RP": 0x10,
    "WP": 0x20,
    "DT": 0x40,
    "LO": 0x80,
    "CR": 0x100,
}
_GENERIC = {0x10000000: "GA", 0x20000000: "GX", 0x40000000: "GW", 0x80000000: "GR"}
READ = 0x1
# Write or add a file, delete, take the list or the ownership.
WRITE = 0x2
CHANGE = 0x2 | 0x10000 | 0x40000 | 0x80000
# Of a folder on the way: delete or rename what is in it, take the list or the ownership.
REPLACE = 0x40 | 0x40000 | 0x80000
# SYSTEM, administrators of machine and domain, TrustedInstaller, and who makes or owns something.
TRUSTED = frozenset(
    {
        *("SY", "S-1-5-18", "BA", "S-1-5-32-544", "LA", "DA", "EA", "CO", "S-1-3-0", "OW", "S-1-3-4"),
        "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
    }
)
_EVERYBODY = frozenset({"WD", "S-1-1-0", "AU", "S-1-5-11", "BU", "S-1-5-32-545"})
_WORDS = {
    **dict.fromkeys(("WD", "S-1-1-0"), "Everyone"),
    **dict.fromkeys(("AU", "S-1-5-11"), "Authenticated Users"),
    **dict.fromkeys(("BU", "S-1-5-32-545"), "Users"),
    **dict.fromkeys(("IU", "S-1-5-4"), "Interactive"),
    **dict.fromkeys(("BG", "S-1-5-32-546"), "Guests"),
    **dict.fromkeys(("AN", "S-1-5-7"), "Anonymous"),
}
_ENTRY = re.compile(r"\((X?[ADO][^;()]*);([^;()]*);([^;()]*);[^;()]*;[^;()]*;([^;()]*)(?=[;)])")


class _Entry(Struct, frozen=True):
    rights: int
    who: str


def strangers(sddl: str, wanted: int, trusted: Collection[str] = ()) -> tuple[str, ...]:
    """Who else may do any of `wanted`: names of groups that everybody knows, or identifiers.

    `trusted` are identifiers beside SYSTEM and Administrators. A list that is none (NULL) admits everyone.
    """
    if "D:NO_ACCESS_CONTROL" in sddl:
        return ("Everyone",)
    known = TRUSTED | set(trusted)
    found = (entry.who for entry in _entries(sddl) if entry.rights & wanted and entry.who not in known)
    return tuple(dict.fromkeys(_WORDS.get(who, who) for who in found))


def allows(sddl: str, wanted: int, identities: Collection[str]) -> bool:
    """Whether an account with these identifiers may do all of `wanted`, as far as its own entries tell."""
    if "D:NO_ACCESS_CONTROL" in sddl or not sddl:
        return True
    mine = _EVERYBODY | set(identities)
    rights = 0
    for entry in _entries(sddl):
        rights |= entry.rights if entry.who in mine else 0
    return rights & wanted == wanted


def _entries(sddl: str) -> Iterator[_Entry]:
    """The entries that allow something on the object itself."""
    listed = sddl.partition("D:")[2].partition("S:")[0] if "D:" in sddl else ""
    for kind, flags, rights, who in _ENTRY.findall(listed):
        if kind.removeprefix("X").startswith("A") and "IO" not in re.findall("..", flags):
            yield _Entry(_mask(rights), who)


def _mask(text: str) -> int:
    if not text.startswith(("0x", "0X")):
        return sum(_LETTERS.get(letters, 0) for letters in set(re.findall("..", text)))
    mask = int(text, 16)
    for bit, letters in _GENERIC.items():
        mask |= _LETTERS[letters] if mask & bit else 0
    return mask
