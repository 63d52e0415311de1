"""Predicts whether the Exchange Availability service would accept a partner's endpoints, and what fixes it.

Names are loaded when first used, so that `import probe` and `probe --version` stay cheap.
"""

from __future__ import annotations

from probe.version import __version__

TYPE_CHECKING = False  # what type checkers take for typing's, which takes a third of a start to load
if TYPE_CHECKING:
    from probe.api import (
        Result,
        check,
        check_async,
        collect,
        collect_async,
        judge,
        judge_chain,
        judge_result,
        load_caller,
        load_trust,
        to_dict,
    )
    from probe.collection.settings import ConnectTo, Limits, Proxy, ResolveTo, Settings
    from probe.dotnet import SslPolicyErrors, WebExceptionStatus, X509ChainStatusFlags
    from probe.errors import (
        ConfigurationError,
        DataError,
        InputMissingError,
        LockedError,
        OutputError,
        ProbeError,
        RecordError,
        TargetError,
        TrustStoreError,
        UsageError,
    )
    from probe.facts.observation import Observation
    from probe.facts.target import Target
    from probe.facts.trust_store import TrustStore
    from probe.judgement.caller_profile import Caller
    from probe.judgement.model import Judgement, Outcome
    from probe.judgement.thresholds import Threshold, Thresholds

_HOMES = {
    "probe.api": (
        "Result check check_async collect collect_async judge judge_chain judge_result load_caller "
        "load_trust to_dict"
    ),
    "probe.collection.settings": "ConnectTo Limits Proxy ResolveTo Settings",
    "probe.dotnet": "SslPolicyErrors WebExceptionStatus X509ChainStatusFlags",
    "probe.errors": (
        "ConfigurationError DataError InputMissingError LockedError OutputError ProbeError RecordError "
        "TargetError TrustStoreError UsageError"
    ),
    "probe.facts.observation": "Observation",
    "probe.facts.target": "Target",
    "probe.facts.trust_store": "TrustStore",
    "probe.judgement.caller_profile": "Caller",
    "probe.judgement.model": "Judgement Outcome",
    "probe.judgement.thresholds": "Threshold Thresholds",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "Caller",
    "ConfigurationError",
    "ConnectTo",
    "DataError",
    "InputMissingError",
    "Judgement",
    "Limits",
    "LockedError",
    "Observation",
    "Outcome",
    "OutputError",
    "ProbeError",
    "Proxy",
    "RecordError",
    "ResolveTo",
    "Result",
    "Settings",
    "SslPolicyErrors",
    "Target",
    "TargetError",
    "Threshold",
    "Thresholds",
    "TrustStore",
    "TrustStoreError",
    "UsageError",
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
    "load_caller",
    "load_trust",
    "to_dict",
]


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'probe' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
