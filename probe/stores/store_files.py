"""Store files and folders of them: bounded reading, and every error under the name of its file.

A folder is read with its subfolders, to a fixed depth, without following links to folders; hidden files
are left out. In a folder a file that is damaged, or that has the extension of a certificate file and holds
none, is an error: a store that silently lacks a root gives wrong verdicts. Other files without certificates
(README.txt, server.key) are passed over, with a note that names them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from probe import windows_paths
from probe.errors import InputMissingError, TrustStoreError
from probe.stores import assembly, contents, limits, recognition
from probe.stores.contents import Contents

_CERTIFICATE_EXTENSIONS = frozenset(
    {".pem", ".crt", ".cer", ".der", ".p7b", ".p7c", ".p7s", ".p12", ".pfx", ".sst", ".stl", ".ca-bundle"}
)
_CHUNK_BYTES = 1024 * 1024
_NAMED_IN_NOTE = 5
# A named pipe in a folder must not stall the run. Windows has no such flag and needs O_BINARY instead.
_OPEN_FLAGS = (
    os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
)


def read_path(path: Path) -> Contents:
    """The contents of a store file or folder.

    A list of roots (authroot.stl) is joined with the certificates in the same folder, and with those that
    lie beside it as `<thumbprint>.crt` when the list is given alone.

    Raises:
        InputMissingError: it does not exist or cannot be opened.
        TrustStoreError: it is of no known kind, damaged, empty, or over a limit.
    """
    path = windows_paths.for_this_system(path)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as missing:
        raise _missing(path, missing) from missing
    if stat.S_ISDIR(mode):
        return _read_folder(path)
    found = read_file(path)
    if not found.listed:
        return found
    return assembly.resolved(contents.merged([found, _beside(path, found)]))


def read_file(path: str | Path) -> Contents:
    """The contents of one file, whatever lies beside it.

    Raises:
        InputMissingError: it cannot be opened.
        TrustStoreError: it is of no known kind, damaged, empty, or over a limit.
    """
    return _recognised(path, read_bytes(path))


def _recognised(path: str | Path, data: bytes) -> Contents:
    try:
        return recognition.read(data)
    except TrustStoreError as refused:
        raise type(refused)(f"trust store {path}: {refused}") from refused


def read_bytes(path: str | Path) -> bytes:
    """The bytes of a regular file of at most `limits.MAX_FILE_BYTES`.

    Raises:
        InputMissingError: it cannot be opened, or is no regular file.
        NoCertificatesError: it is larger.
    """
    try:
        descriptor = os.open(windows_paths.for_this_system(path), _OPEN_FLAGS)
        try:
            return _read_all(path, descriptor)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as missing:
        raise _missing(path, missing) from missing


def _read_all(path: str | Path, descriptor: int) -> bytes:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise InputMissingError(f"trust store {path}: is no regular file: give a file or a folder")
    data = os.read(descriptor, min(status.st_size, limits.MAX_FILE_BYTES) + 1)
    while len(data) <= limits.MAX_FILE_BYTES and (chunk := os.read(descriptor, _CHUNK_BYTES)):
        data += chunk
    if len(data) > limits.MAX_FILE_BYTES:
        mebibytes = limits.MAX_FILE_BYTES // 1024**2
        raise recognition.NoCertificatesError(
            f"trust store {path}: is larger than {mebibytes} MiB: no trust store is"
        )
    return data


def _missing(path: str | Path, error: OSError | ValueError) -> InputMissingError:
    if isinstance(error, FileNotFoundError):
        reason = "does not exist: check the path"
    elif isinstance(error, PermissionError):
        reason = "may not be read by this user: check its permissions"
    else:
        text = error.strerror if isinstance(error, OSError) and error.strerror else "is no usable path"
        reason = f"cannot be opened: {text}"
    return InputMissingError(f"trust store {path}: {reason}")


def _read_folder(folder: Path) -> Contents:
    parts: list[Contents] = []
    passed_over: list[str] = []
    remaining = limits.MAX_FOLDER_BYTES
    for entry in _files_in(folder):
        part, size = _read_member(entry)
        remaining -= size
        if remaining < 0:
            raise TrustStoreError(
                f"trust store {folder}: holds more than {limits.MAX_FOLDER_BYTES // 1024**2} MiB: "
                "give a folder that holds only certificates"
            )
        if part is None:
            passed_over.append(entry.name)
        else:
            parts.append(part)
    if not parts:
        raise TrustStoreError(
            f"trust store {folder}: no file in this folder holds a certificate: give the folder that does"
        )
    found = contents.merged([*parts, Contents(notes=_note_on(folder, passed_over))])
    return assembly.resolved(found)


def _read_member(entry: os.DirEntry[str]) -> tuple[Contents | None, int]:
    """Contents of a file in a folder and its size; None for a file that nobody would take for a store."""
    certificate_file = os.path.splitext(entry.name)[1].lower() in _CERTIFICATE_EXTENSIONS
    size = 0
    try:
        data = read_bytes(entry.path)
        size = len(data)
        return _recognised(entry.path, data), size
    except recognition.KeyOnlyError:
        return None, size  # privkey.pem lies beside the certificates in many folders
    except (recognition.NoCertificatesError, InputMissingError):
        if certificate_file:
            raise
        return None, size


def _note_on(folder: Path, passed_over: list[str]) -> tuple[str, ...]:
    if not passed_over:
        return ()
    named = ", ".join(passed_over[:_NAMED_IN_NOTE])
    more = len(passed_over) - _NAMED_IN_NOTE
    return (f"{folder.name}: passed over {named}{f' and {more} more' if more > 0 else ''} (no certificates)",)


def _files_in(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Files below a folder in the order of their names, hidden ones left out.

    A link to a folder comes as a file, which cannot be read as one: so no link is followed in a circle.
    """
    waiting: list[tuple[str | Path, int]] = [(folder, 0)]
    entries = 0
    while waiting:
        current, level = waiting.pop(0)
        try:
            found = scanned(current)
        except OSError as missing:
            raise _missing(current, missing) from missing
        entries += len(found)
        if entries > limits.MAX_FOLDER_ENTRIES:
            raise TrustStoreError(
                f"trust store {folder}: has more than {limits.MAX_FOLDER_ENTRIES:,} entries: "
                "give a folder that holds only certificates"
            )
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                if level == limits.MAX_FOLDER_DEPTH:
                    raise TrustStoreError(
                        f"trust store {folder}: has folders more than {level} levels deep: "
                        "give the folders that hold certificates"
                    )
                waiting.append((entry.path, level + 1))
            else:
                yield entry


def scanned(folder: str | Path) -> list[os.DirEntry[str]]:
    """At most one entry more than the limit, by name; hidden ones left out.

    Raises:
        OSError: the folder cannot be read.
    """
    with os.scandir(folder) as found:
        visible = (entry for entry in found if not entry.name.startswith("."))
        return sorted(islice(visible, limits.MAX_FOLDER_ENTRIES + 1), key=lambda entry: entry.name)


def _beside(path: Path, found: Contents) -> Contents:
    """Certificates of listed roots next to their list, named by thumbprint as Windows Update names them.

    Looked for in the folder of the list (where `certutil -syncWithWU` writes them) and in the folders
    directly in it. Nothing else there is opened, and a folder that cannot be read is left out.
    """
    thumbprints = {root.thumbprint for root in found.listed}
    parts: list[Contents] = []
    for entry in _neighbours(path.parent):
        stem, extension = os.path.splitext(entry.name)
        if stem.upper() not in thumbprints or extension.lower() not in _CERTIFICATE_EXTENSIONS:
            continue
        part = read_file(entry.path)
        if [member.certificate.thumbprint for member in part.entries] != [stem.upper()]:
            raise TrustStoreError(
                f"trust store {entry.path}: does not hold the certificate that it is named after: "
                "get an undamaged copy"
            )
        parts.append(part)
    return contents.merged(parts)


def _neighbours(folder: Path) -> Iterator[os.DirEntry[str]]:
    waiting: list[str | Path] = [folder]
    for level, current in enumerate(waiting):
        try:
            found = scanned(current)
        except OSError:
            continue
        yield from (entry for entry in found if not entry.is_dir(follow_symlinks=False))
        if level == 0:
            waiting += [entry.path for entry in found if entry.is_dir(follow_symlinks=False)]
