"""Which attempt of Get-FederationInformation an answer is about: each fault is tied to its own attempt.

The cmdlet lists every place that it tried. The attempt that got furthest decides: an answer by HTTP before a
refused certificate, that before a broken connection, that before a name that does not resolve
[exchange 1.2.7]. An attempt that says nothing ("Discovery for domain … failed") decides only when all do.
"""

from __future__ import annotations

import re

from probe.explain.explanation_model import DiscoveryAttempt

_SAYS_NOTHING = re.compile(r"^\s{0,4}(?:Discovery for domain .{1,260} failed\.?)?\s{0,4}$", re.IGNORECASE)
_FURTHEST = (
    re.compile(r"\(\d{3}\)|HTTP status|content type|redirect", re.IGNORECASE),
    re.compile(r"trust relationship|certificate", re.IGNORECASE),
    re.compile(r"secure channel|unexpected error|closed|forcibly", re.IGNORECASE),
    re.compile(r"connect|timed out|actively refused", re.IGNORECASE),
)
_EXCEPTION = re.compile(r"Exception=[^;]{0,1000};?", re.IGNORECASE)
_ATTEMPT = re.compile(
    r"\bType=\w{1,40};\s{0,4}Url=([^;\s]{1,2000});\s{0,4}Exception=[^;]{0,1000};?", re.IGNORECASE
)


def decisive_attempt(attempts: tuple[DiscoveryAttempt, ...]) -> DiscoveryAttempt | None:
    """The failed attempt that got furthest, the first of equals; None without attempts."""
    failed = [one for one in attempts if one.outcome.lower() != "success"]
    telling = [one for one in failed if not _SAYS_NOTHING.search(one.exception)]
    chosen = telling or failed or list(attempts)
    return min(chosen, key=_rank) if chosen else None


def text_of_decisive(text: str, attempts: tuple[DiscoveryAttempt, ...]) -> str:
    """`text` without the exceptions of the attempts beside the decisive one."""
    decisive = decisive_attempt(attempts)
    if decisive is None or len(attempts) == 1:
        return text
    return _ATTEMPT.sub(lambda found: _kept(found, decisive.url), text)


def _kept(found: re.Match[str], url: str) -> str:
    return found[0] if found[1] == url else _EXCEPTION.sub("Exception=;", found[0])


def _rank(attempt: DiscoveryAttempt) -> int:
    ranks = (number for number, words in enumerate(_FURTHEST) if words.search(attempt.exception))
    return next(ranks, len(_FURTHEST))
