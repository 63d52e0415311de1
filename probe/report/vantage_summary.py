"""What the results of a run say about the machine that made it, before they say anything about partners.

1. Its own state kept it from partners: no route, no resolver, no proxy. Of these nothing is known.
2. Every partner fails in the same way. So many are not wrong at once; what they share is this machine's way
   out, its trust store and its clock. This is a guess, which is why it takes `_ENOUGH` partners on as many
   hosts, and why verdicts stay what they are.
3. Its clock is apart from those of the partners: the median of their Date headers, from `_PEERS` on.

It looks at results one by one and keeps only counts, so that a run of millions can be summed up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from statistics import median
from urllib.parse import urlsplit

from probe.escaping import one_line
from probe.facts.observation import Phase
from probe.judgement.findings.clocks import TOLERATED, in_words
from probe.judgement.model import Outcome
from probe.report import summary
from probe.report.document import ResultDocument
from probe.report.summary import counted

_ENOUGH = 5
_EARLY = 10
_PEERS = 3
_MOST_DATES = 1000
_MOST_NAMED = 5
_LONGEST_NAME = 80
_CERTIFICATE = "certificate"
_LOOK_AT = {
    Phase.RESOLVE: "whether this machine's resolver knows names of the internet at all",
    Phase.CONNECT: "whether this machine is let out: its route, its firewall, a proxy that it should use",
    Phase.TUNNEL: "the proxy on the way out",
    Phase.HANDSHAKE: "what inspects TLS on the way out of this machine",
    _CERTIFICATE: "the trust store (--trust), this machine's clock, and what inspects TLS on its way out",
}

_Way = tuple[str, str]
"""How a target fails: where (a phase, or at its certificate), and with which status."""


class VantageSummary:
    """Takes the results of a run, and says what they say about the machine that made it."""

    def __init__(self) -> None:
        self._checked = 0
        self._states: Counter[str] = Counter()
        self._unseen_ones: dict[str, list[str]] = {}
        self._ways: Counter[_Way] = Counter()
        self._hosts: set[str] = set()
        self._behind: list[float] = []

    def take(self, document: ResultDocument) -> None:
        """Count a result. Relationships that are not used, and targets that were not tried, say nothing."""
        if document.not_used is not None or document.error is not None:
            return
        self._checked += 1
        state = summary.vantage_state(document)
        if state is not None:
            self._states[state] += 1
            self._unseen_ones.setdefault(state, []).append(document.target.input)
            del self._unseen_ones[state][_MOST_NAMED:]
        if (way := _way(document)) is not None:
            self._ways[way] += 1
        if len(self._hosts) < _ENOUGH:
            self._hosts.update(urlsplit(endpoint.url).hostname or "" for endpoint in document.endpoints[:1])
        behind = document.vantage.clock_behind_seconds
        if behind is not None and len(self._behind) < _MOST_DATES:
            self._behind.append(behind)

    @property
    def blind(self) -> bool:
        """Whether no partner was seen at all, so that the results say nothing about any of them."""
        alike = self._alike()
        return self._unseen() or (alike is not None and alike[0] != _CERTIFICATE)

    @property
    def key(self) -> str:
        """What is said, without its numbers: equal where a run says the same as the one before.

        A few that are not seen are named; of many it is chance which come first.
        """
        alike, clock = self._alike(), self._clock()
        few = {state for state, count in self._states.items() if count <= _MOST_NAMED and not self._unseen()}
        named = (f"{state} {self._named(state)}" if state in few else state for state in sorted(self._states))
        return "; ".join((*named, *(alike or ()), *(("clock",) if clock else ())))

    def notes(self) -> tuple[str, ...]:
        """The sentences, the gravest first; none where there is nothing to say about this machine."""
        return tuple(self._sentences())

    def early_warning(self) -> str | None:
        """The first sentence, once: after the first results of a long run, if no partner was seen by then."""
        return self.notes()[0] if self._checked == _EARLY and self._unseen() else None

    def _sentences(self) -> Iterator[str]:
        for state, count in self._states.most_common():
            said = state.partition(";")[0]
            said = said[:1].upper() + said[1:]
            if count == self._checked:
                yield f"{said}: this run says nothing about the partners."
            else:
                known = f"nothing is known of {count} of {counted(self._checked, 'partner')}"
                yield f"{said}: {known} {self._named(state)}."
        if (alike := self._alike()) is not None:
            where, status = alike
            yield f"All {self._checked} partners fail alike: {status}. Look here first: {_LOOK_AT[where]}."
        if (behind := self._clock()) is not None:
            yield (
                f"By the Date headers of {len(self._behind)} partners their clocks are "
                f"{in_words(behind)} this machine's (the median). Correct it and check again: certificates "
                "are judged by this machine's clock."
            )

    def _named(self, state: str) -> str:
        """The first of those, in brackets: one of many may have name servers that do not answer."""
        names = ", ".join(sorted(one_line(name, _LONGEST_NAME) for name in self._unseen_ones[state]))
        return f"({names}{'…' if self._states[state] > _MOST_NAMED else ''})"

    def _unseen(self) -> bool:
        return self._checked > 0 and self._states.total() == self._checked

    def _alike(self) -> _Way | None:
        """The way in which all of enough partners fail, if they do."""
        if self._checked < _ENOUGH or len(self._hosts) < _ENOUGH or len(self._ways) != 1:
            return None
        way, count = next(iter(self._ways.items()))
        return way if count == self._checked else None

    def _clock(self) -> timedelta | None:
        if len(self._behind) < _PEERS:
            return None
        behind = timedelta(seconds=median(self._behind))
        return behind if abs(behind) > TOLERATED else None


def _way(document: ResultDocument) -> _Way | None:
    """Where a target fails and with which status, if that is before its service could be asked."""
    pair = summary.decisive(document) if document.outcome is Outcome.FAILURE else None
    if pair is None:
        return None
    endpoint, judgement = pair
    if judgement.web_exception is None:
        return None
    status = judgement.web_exception.status
    if judgement.ssl_policy_errors:
        return _CERTIFICATE, status
    seen = any(endpoint.tls for endpoint in document.endpoints)
    if seen or endpoint.failure is None or endpoint.failure.phase not in _LOOK_AT:
        return None
    return endpoint.failure.phase, status
