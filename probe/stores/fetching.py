"""Today's lists of Microsoft's root programme, downloaded because somebody asked for it.

Decides from where, within which bounds, and that a list is kept only when its signature holds as far as
list_signature.py can tell. It judges no root, and nothing else in the program calls it.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from msgspec import Struct

from probe.errors import OutputError, TrustStoreError
from probe.stores import list_signature, recognition
from probe.stores.contents import Contents
from probe.stores.microsoft_list import DISALLOWED_LIST_FILE, ROOT_LIST_FILE

# Where Windows itself looks (Microsoft Learn: configure trusted roots and disallowed certificates).
ADDRESS = "http://ctldl.windowsupdate.com/msdownload/update/v3/static/trustedr/en"
MAXIMUM_CABINET_BYTES = 512 * 1024  # ours: the list of 2025 comes in 72 KB
MAXIMUM_LIST_BYTES = 16 * 1024 * 1024  # ours: the list of 2025 has 185 KB
TIMEOUT_SECONDS = 30.0
CABINETS = (
    ("authrootstl.cab", ROOT_LIST_FILE),
    ("disallowedcertstl.cab", DISALLOWED_LIST_FILE),
)


class Fetched(Struct, frozen=True):
    """One list: its file, what it held before (None: nothing), what it holds now, what was verified."""

    path: Path
    before: Contents | None
    after: Contents
    verified: str


def fetch(
    folder: Path,
    *,
    address: str = ADDRESS,
    trusted_keys: frozenset[str] = list_signature.MICROSOFT_ROOT_KEYS,
) -> tuple[Fetched, ...]:
    """Download both lists from below `address` and keep them in `folder`; all are checked before one is kept.

    Raises:
        TrustStoreError: one cannot be had, is no list in a cabinet, or is not signed as it should be.
        OutputError: the folder cannot be written.
    """
    fetched = []
    for cabinet, name in CABINETS:
        data = _list_in(_downloaded(f"{address.rstrip('/')}/{cabinet}"), name)
        try:
            after = recognition.read(data)
            if after.dated is None:
                raise TrustStoreError("is no list of Microsoft's")
            verified = list_signature.verify(data, after.dated, trusted_keys=trusted_keys)
        except TrustStoreError as refused:
            raise TrustStoreError(f"{cabinet}: {refused}") from refused
        fetched.append((data, Fetched(folder / name, _before(folder / name), after, verified)))
    for data, one in fetched:
        _keep(one.path, data)
    return tuple(one for _, one in fetched)


def _downloaded(url: str) -> bytes:
    import httpx

    try:
        with httpx.stream("GET", url, timeout=TIMEOUT_SECONDS, follow_redirects=False) as answer:
            if answer.status_code != httpx.codes.OK:
                raise TrustStoreError(f"{url}: answers {answer.status_code}: try again, or give --from")
            body = bytearray()
            for part in answer.iter_bytes():
                body += part
                if len(body) > MAXIMUM_CABINET_BYTES:
                    raise TrustStoreError(f"{url}: more than {MAXIMUM_CABINET_BYTES:,} bytes: not used")
    except (httpx.HTTPError, httpx.InvalidURL) as failed:
        raise TrustStoreError(
            f"{url}: cannot be downloaded ({failed}): try again, or download the file elsewhere and give "
            "the list with --trust"
        ) from failed
    return bytes(body)


def _list_in(cabinet: bytes, name: str) -> bytes:
    import cabarchive

    try:
        member = cabarchive.CabArchive(cabinet).find_file(name)
    except Exception as refused:  # cabarchive leaks struct.error, zlib.error and more on hostile input
        raise TrustStoreError(f"{name}: its cabinet is damaged: fetch it again") from refused
    if member is None or not member.buf or len(member.buf) > MAXIMUM_LIST_BYTES:
        raise TrustStoreError(f"{name}: is not in its cabinet: fetch it again")
    return bytes(member.buf)


def _before(path: Path) -> Contents | None:
    try:
        return recognition.read(path.read_bytes())
    except (OSError, TrustStoreError):
        return None


def _keep(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError as failed:
        raise OutputError(f"{path}: cannot be written ({failed.strerror}): give another --folder") from failed
