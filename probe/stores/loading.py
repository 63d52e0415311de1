"""A trust store from the layers that the user named: microsoft, certifi, system, windows, files, folders.

Decides what a specification means and in which role it counts, and joins the layers. It does not decide
whether a root is an anchor (the judgement does) and verifies no signature.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from probe.errors import InputMissingError, TrustStoreError, UsageError
from probe.facts.trust_store import NO_PROPERTIES, TrustStore
from probe.stores import assembly, recognition, store_files, system, windows
from probe.stores.contents import Contents, Layer, Role

_WINDOWS = "win32"
# The list itself, and live stores, which have the list that the machine goes by.
_SOURCES_OF_LIMITS = frozenset(
    {"microsoft", "windows", "system"} if sys.platform == _WINDOWS else {"microsoft", "windows"}
)
_LIST_DATA = Path(__file__).with_name("microsoft_roots.json")


def default_specs() -> tuple[str, ...]:
    """What is used without `--trust`: the live stores on Windows, else Microsoft's list of roots."""
    return ("windows",) if sys.platform == _WINDOWS else ("microsoft",)


def load(specs: Sequence[str], *, root_auto_update: bool = True) -> TrustStore:
    """The trust store made of these layers, in order.

    A specification is `microsoft`, `certifi`, `system`, `windows` or a path, with `root:` (the default),
    `intermediate:` or `disallowed:` in front. The name of the store is the specifications joined with
    ` + `, a path by its last component. `root_auto_update`: whether the roots of Microsoft's list that the
    caller does not have yet count as available.

    Raises:
        UsageError: no specification, or an empty one.
        InputMissingError: a path does not exist or cannot be opened.
        TrustStoreError: a source is damaged, of no known kind, empty, or not available on this system.
    """
    if not specs:
        raise UsageError(
            "no trust store given: use --trust microsoft, certifi, system, windows, or a file or folder"
        )
    layers: list[Layer] = []
    names: list[str] = []
    for spec in specs:
        role, source = split(spec)
        read = _SOURCES.get(source)
        # No shell expands the tilde of root:~/store.pem.
        path = Path(os.path.expanduser(source))
        layers += read(role) if read is not None else [Layer(role, _dated(path, store_files.read_path(path)))]
        name = source if read is not None else path.name or source
        names.append(name if role is Role.ROOT else f"{role}:{name}")
    store = assembly.assemble(" + ".join(names), layers, root_auto_update=root_auto_update)
    if not root_auto_update or not _SOURCES_OF_LIMITS.isdisjoint(split(spec)[1] for spec in specs):
        return store
    return _with_limits(store)


def split(spec: str) -> tuple[Role, str]:
    """The role and the source of a specification, whose words may be in capitals where no file has that name.

    Raises:
        UsageError: the source is missing.
    """
    prefix, colon, rest = spec.partition(":")
    roles = set(Role)
    named = colon and (prefix in roles or (prefix.lower() in roles and not Path(spec).exists()))
    role, source = (Role(prefix.lower()), rest) if named else (Role.ROOT, spec)
    if source.lower() in _SOURCES and not Path(source).exists():
        source = source.lower()
    if not source:
        raise UsageError(f"--trust {spec!r}: a store name or a path is missing")
    return role, source


def _dated(path: Path, found: Contents) -> Contents:
    """Contents of Windows' own making, with a note where Microsoft has announced changes since.

    A list says when it was issued; a serialized store with properties is as old as its file.
    """
    issued = found.dated
    if issued is None and any(entry.properties != NO_PROPERTIES for entry in found.entries):
        issued = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    if issued is None:
        return found
    from probe.stores.microsoft_list import newest_notice  # reads the packaged data, which few stores need

    newest = newest_notice()
    if issued.date() >= newest:
        return found
    note = (
        f"{path.name} is old: it is of {issued:%Y-%m-%d}, and Microsoft has announced changes up to "
        f"{newest:%Y-%m-%d}"
    )
    return replace(found, notes=(*found.notes, note))


def _with_limits(store: TrustStore) -> TrustStore:
    """The store with what Microsoft's list says of its roots; the list is read only if it names one."""
    known = _LIST_DATA.read_bytes()
    if not any(r.thumbprint.encode() in known or r.sha256.upper().encode() in known for r in store.roots):
        return store
    from probe.stores import microsoft_list

    return microsoft_list.with_limits(store)


def _certifi(role: Role) -> list[Layer]:
    import certifi

    path = Path(certifi.where())
    try:
        return [Layer(role, recognition.read(store_files.read_bytes(path)))]
    except (InputMissingError, TrustStoreError) as refused:
        raise TrustStoreError(
            "the certifi package is damaged: install it again (pip install --force-reinstall certifi)"
        ) from refused


def _microsoft(role: Role) -> list[Layer]:
    from probe.stores import (
        microsoft_list,
    )  # its data takes a few milliseconds, which a store that is given need not wait for

    return microsoft_list.read(role)


_SOURCES: dict[str, Callable[[Role], list[Layer]]] = {
    "microsoft": _microsoft,
    "certifi": _certifi,
    "system": system.read,
    "windows": windows.read,
}
