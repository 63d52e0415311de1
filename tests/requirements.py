"""Programs that a machine may lack: where they are, or how a test that needs one ends without it.

On a stranger's machine such a test is skipped and says what to install; in CI, which installs them, lacking
one is a failure, so that nothing is skipped there unseen.
"""

from __future__ import annotations

import os
import shutil

import pytest


def require(*names: str) -> str:
    """The path of the first of these programs that is installed."""
    for name in names:
        path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
        if path is not None:
            return path
    message = f"{' or '.join(names)} is not installed"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
