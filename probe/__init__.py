"""Predicts whether the Exchange Availability service would accept a partner's endpoints, and what fixes it.

Names are loaded when first used, so that `import probe` and `probe --version` stay cheap.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from probe.version import __version__

if TYPE_CHECKING:
    from probe.api import (
        SslPolicyErrors,
        WebExceptionStatus,
        X509ChainStatusFlags,
        check,
        check_async,
        collect,
        collect_async,
        judge,
        judge_chain,
        judge_result,
        load_trust,
    )

__all__ = [
    "SslPolicyErrors",
    "WebExceptionStatus",
    "X509ChainStatusFlags",
    "__version__",
    "check",
    "check_async",
    "collect",
    "collect_async",
    "judge",
    "judge_chain",
    "judge_result",
    "load_trust",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'probe' has no attribute {name!r}")
    return getattr(importlib.import_module("probe.api"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
