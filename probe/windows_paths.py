"""Paths as Windows takes them: which name a device, and how a long one is given to it.

Nothing here touches a file. On other systems a path is given as it is. Sources: Naming Files, Paths, and
Namespaces and Maximum Path Length Limitation (learn.microsoft.com, win32/fileio).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path, PureWindowsPath

# A path of a file may have 259 characters, one of a folder 247 (room for a short name in it).
_LONGEST = 247
_EXTENDED, _EXTENDED_SHARE = "\\\\?\\", "\\\\?\\UNC\\"


def device_of(path: str) -> str | None:
    """The part of a path that Windows takes for a device (`aux`, `NUL.pem`), so that nothing written is kept.

    None for NUL itself, which is named to throw something away, and for a path that goes by the file system's
    own rules (`\\\\?\\`).
    """
    if path.startswith(_EXTENDED) or path.upper() == "NUL":
        return None
    parts = PureWindowsPath(path).parts
    return next((part for part in parts if PureWindowsPath(part).is_reserved()), None)


def for_this_system(path: str | os.PathLike[str]) -> Path:
    """The path as the system takes it: on Windows a long one in the form that may be long; else as it is."""
    if sys.platform == "win32":
        absolute = os.path.abspath(path)
        taken = extended(absolute)
        return Path(path if taken == absolute else taken)
    else:  # each system has its branch, so that the types of both are checked
        return Path(path)


def extended(absolute: str) -> str:
    """An absolute path; one that is too long for Windows' own limit in the form that has none."""
    if len(absolute) <= _LONGEST or absolute.startswith(_EXTENDED):
        return absolute
    if absolute.startswith("\\\\"):
        return _EXTENDED_SHARE + absolute[2:]
    return _EXTENDED + absolute
