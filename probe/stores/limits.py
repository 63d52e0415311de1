"""Bounds on what is read from a trust store, so that a wrong path costs an error and not the machine.

The numbers are ours. The largest real store known: 514 roots (Microsoft, 2025), 0.7 MB as a serialized
store.
"""

from __future__ import annotations

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_CERTIFICATES = 20_000
MAX_FOLDER_ENTRIES = 20_000
MAX_FOLDER_BYTES = 256 * 1024 * 1024
MAX_FOLDER_DEPTH = 3
