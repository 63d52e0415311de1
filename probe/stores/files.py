"""Store files and folders of them: bounded reading, and every error under the name of its file.

A folder is read with its subfolders, to a fixed depth, without following links to folders. In a folder a
file that is damaged, or that has the extension of a certificate file and holds none, is an error: a store
that silently lacks a root gives wrong verdicts. Other files without certificates (README.txt, server.key,
.htaccess) are passed over, with a note that names them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from probe.errors import InputMissingError, TrustStoreError
from probe.stores import contents, limits, recognition
from probe.stores.contents import Contents

_CERTIFICATE_EXTENSIONS = frozenset(
    {".pem", ".crt", ".cer", ".der", ".p7b", ".p7c", ".p7s", ".p12", ".pfx", ".sst", ".stl", ".ca-bundle"}
)
_NAMED_IN_NOTE = 5


def read_path(path: Path) -> Contents:
    """The contents of a store file or folder.

    Raises:
        InputMissingError: it does not exist or cannot be opened.
        TrustStoreError: it is of no known kind, damaged, empty, or over a limit.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as missing:
        raise InputMissingError(f"trust store {path}: {_reason(missing)}") from missing
    if stat.S_ISDIR(mode):
        return _read_folder(path)
    return _read_file(path)


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file of at most `limits.MAX_FILE_BYTES`.

    Raises:
        InputMissingError: it cannot be opened.
        TrustStoreError: it is no regular file, or larger.
    """
    try:
        with open(path, "rb", opener=_open_without_blocking) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise TrustStoreError(f"trust store {path}: is no regular file: give a file or a folder")
            data = file.read(limits.MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as missing:
        raise InputMissingError(f"trust store {path}: {_reason(missing)}") from missing
    if len(data) > limits.MAX_FILE_BYTES:
        raise TrustStoreError(
            f"trust store {path}: is larger than {limits.MAX_FILE_BYTES // 1024**2} MiB, no trust store is"
        )
    return data


def _open_without_blocking(name: str, flags: int) -> int:
    # A named pipe in a folder must not stall the run; on Windows the flag does not exist and none is needed.
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "does not exist: check the path"
    if isinstance(error, PermissionError):
        return "may not be read by this user: check its permissions"
    text = error.strerror if isinstance(error, OSError) and error.strerror else "is no usable path"
    return f"cannot be opened: {text}"


def _read_file(path: Path) -> Contents:
    data = read_bytes(path)
    try:
        return recognition.read(data)
    except TrustStoreError as refused:
        raise type(refused)(f"trust store {path}: {refused}") from refused


def _read_folder(folder: Path) -> Contents:
    parts: list[Contents] = []
    passed_over: list[str] = []
    seen: set[tuple[int, int]] = set()
    for path in _files_in(folder):
        identity = _identity(path)
        if identity is not None and identity in seen:
            continue  # OpenSSL's hashed folders link to every certificate a second time
        if identity is not None:
            seen.add(identity)
        part = _read_member(path)
        if part is None:
            passed_over.append(path.name)
        else:
            parts.append(part)
    if not parts:
        raise TrustStoreError(
            f"trust store {folder}: no file in this folder holds a certificate: give the folder that does"
        )
    found = contents.merged(parts)
    return contents.merged([found, Contents(notes=_note_on(folder, passed_over))])


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status.st_ino else None


def _read_member(path: Path) -> Contents | None:
    """Contents of a file in a folder; None for a file that nobody would take for certificates."""
    certificate_file = path.suffix.lower() in _CERTIFICATE_EXTENSIONS
    try:
        return _read_file(path)
    except recognition.NoCertificatesError:
        if certificate_file and not _holds_key_only(path):
            raise
    except InputMissingError:
        if certificate_file:
            raise
    return None


def _holds_key_only(path: Path) -> bool:
    # privkey.pem lies beside the certificates in many folders.
    return b"PRIVATE KEY-----" in read_bytes(path)[:65536]


def _note_on(folder: Path, passed_over: list[str]) -> tuple[str, ...]:
    if not passed_over:
        return ()
    named = ", ".join(passed_over[:_NAMED_IN_NOTE])
    more = len(passed_over) - _NAMED_IN_NOTE
    return (f"{folder.name}: passed over {named}{f' and {more} more' if more > 0 else ''} (no certificates)",)


def _files_in(folder: Path) -> Iterator[Path]:
    """Files below a folder in the order of their names, hidden ones and links to folders left out."""
    waiting: list[tuple[Path, int]] = [(folder, 0)]
    entries = 0
    while waiting:
        current, depth = waiting.pop(0)
        try:
            found = sorted(os.scandir(current), key=lambda entry: entry.name)
        except OSError as missing:
            raise InputMissingError(f"trust store {current}: {_reason(missing)}") from missing
        entries += len(found)
        if entries > limits.MAX_FOLDER_ENTRIES:
            raise TrustStoreError(
                f"trust store {folder}: has more than {limits.MAX_FOLDER_ENTRIES:,} entries: "
                "give a folder that holds only certificates"
            )
        for entry in found:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                if depth < limits.MAX_FOLDER_DEPTH:
                    waiting.append((Path(entry.path), depth + 1))
            elif not entry.is_dir():
                yield Path(entry.path)
