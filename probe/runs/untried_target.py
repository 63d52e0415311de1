"""The document of a target that could not be tried at all, so that N targets always give N documents."""

from __future__ import annotations

import platform
import ssl
from datetime import UTC, datetime

from probe.errors import TargetError
from probe.facts import target as targets
from probe.judgement.model import Outcome
from probe.report.document import (
    ResultDocument,
    TargetEntry,
    Tool,
    TrustEntry,
    VantageEntry,
)
from probe.runs.lists.partners import PartnerEntry
from probe.version import __version__


def refused(entry: PartnerEntry, error: str) -> ResultDocument:
    """A document without endpoints whose outcome is unknown and whose `error` says why."""
    return ResultDocument(
        tool=Tool("fedprobe", __version__),
        observed_at=datetime.now(UTC),
        vantage=VantageEntry(platform.system(), platform.python_version(), ssl.OPENSSL_VERSION),
        target=TargetEntry(entry.target, _domain(entry.target)),
        trust=TrustEntry(", ".join(entry.trust) or "not used", "", 0, 0, 0),
        outcome=Outcome.UNKNOWN,
        discovery=(),
        federation=None,
        endpoints=(),
        error=error,
        tags=entry.tags,
    )


def _domain(text: str) -> str | None:
    try:
        return targets.parse(text).domain
    except TargetError:
        return None
