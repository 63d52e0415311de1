"""HTML: one self-contained page, for an Exchange administrator under pressure.

Worst first; for each partner the verdict in a sentence, the exception as the event log would have it, then
what to do and by whom, and only then the evidence. Nothing is loaded from anywhere: style and script are
inline, and the Content-Security-Policy allows exactly these two by their hash, so that markup which a
partner might smuggle in could not run even if escaping failed. No text from outside becomes an address.

Structure and wording are the templates beside this file (`page.html.j2` and what it includes), the style
`page.css` and the script `page.js`: data of the package, read when a page is rendered. No text from outside
is put into an address, a style or a script; those are the places where escaping for HTML is not enough.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

from probe.escaping import lines, one_line
from probe.judgement.model import Actor, Outcome
from probe.report import layout, summary, templates
from probe.report.document import EndpointEntry, FindingEntry, JudgementEntry, RemedyEntry, ResultDocument
from probe.report.html import chain_picture, timeline

if TYPE_CHECKING:
    from jinja2 import Environment

History = Mapping[str, Sequence[tuple[datetime, str]]]

_LONGEST_TEXT = 4000
_SAME_MOMENT = timedelta(minutes=1)  # a verdict changes in the second after the last one of a certificate
NOBODY: Mapping[str, int] = MappingProxyType({})


class VerdictGroup(Struct, frozen=True):
    """One distinct verdict of a partner. `findings` leaves out what `reason` says already."""

    judgement: JudgementEntry
    where: tuple[tuple[EndpointEntry, tuple[str, ...]], ...]
    title: str
    reason: str
    picture: tuple[chain_picture.Box, ...]
    validity: timeline.Timeline | None
    remedies: tuple[RemedyEntry, ...]
    findings: tuple[FindingEntry, ...]


class PartnerSection(Struct, frozen=True):
    """One section of the page and its row in the overview."""

    anchor: str
    document: ResultDocument
    state: str
    verdict: str
    headline: str
    expiry: datetime | None
    days_left: int | None
    who_acts: str
    groups: tuple[VerdictGroup, ...]
    sparkline: timeline.Sparkline | None
    search: str


def render(
    documents: Sequence[ResultDocument],
    *,
    now: datetime,
    history: History | None = None,
    left_out: Sequence[str] = (),
    others: Mapping[str, int] = NOBODY,
    vantage: bool = False,
    notes: Sequence[str] = (),
) -> str:
    """The page. `now` is what days left are counted from; `history` the past outcomes of each target.

    `left_out` are the outcomes of targets that are not shown because nothing changed, `others` how many more
    count as each outcome for which a page has no room: those shown are the worst. The page of one target
    is about that target, without a dashboard. `vantage` names the system and the proxy of the machine that
    ran the checks, which a page to be forwarded does not. `notes` are what the run says about that machine.
    """
    ordered = sorted(documents, key=summary.worst_first)
    partners = [
        _partner(document, f"p{number}", now, (history or {}).get(document.target.input, ()))
        for number, document in enumerate(ordered, 1)
    ]
    events = [event for document in ordered for event in _events(document)]
    shown = Counter(map(summary.counted_as, documents))
    counts = shown + Counter(others)
    style, script = _text("page.css"), _text("page.js")
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            partners=partners,
            single=partners[0] if len(partners) == 1 and not left_out and not others else None,
            vantage=vantage,
            notes=notes,
            shown=shown,
            counts=counts,
            states=[state for state in summary.STATES if state in summary.URGENCY or counts[state]],
            beyond=summary.beyond(len(documents), sum(others.values())) if others else None,
            labels=_labels(documents),
            outcome=summary.worst_outcome(documents, left_out),
            unchanged=summary.unchanged(left_out, others=bool(documents)) if left_out else None,
            upcoming=timeline.upcoming(events, now),
            now=now,
            style=style,
            script=script,
            policy=_policy(style, script),
            tool=documents[0].tool if documents else None,
        )
    )


def _labels(documents: Sequence[ResultDocument]) -> dict[str, str]:
    """What the counts are of: a limit that is crossed counts as a failure, and is not called one."""
    limits = any(map(summary.is_below_limit, documents))
    failure = f"{summary.VERDICTS[Outcome.FAILURE]}, or below your limit"
    return summary.STATES | ({Outcome.FAILURE: failure} if limits else {})


def _partner(
    document: ResultDocument, anchor: str, now: datetime, runs: Sequence[tuple[datetime, str]]
) -> PartnerSection:
    expiry = summary.expiry(document)
    groups = tuple(_group(judgement, where, now) for judgement, where in summary.groups(document))
    actors = dict.fromkeys(
        remedy.actor
        for group in groups
        if group.judgement.outcome == document.outcome
        for remedy in group.remedies
    )
    hosts = (endpoint.url for endpoint in document.endpoints)
    headline = summary.headline(document)
    words = " ".join((document.target.input, headline, *hosts, *document.tags))
    return PartnerSection(
        anchor=anchor,
        document=document,
        state=summary.counted_as(document),
        verdict=summary.verdict(document),
        headline=headline,
        expiry=expiry,
        days_left=None if expiry is None else summary.days(expiry, now),
        who_acts=_who_acts(actors),
        groups=groups,
        sparkline=timeline.sparkline(runs),
        search=one_line(words, _LONGEST_TEXT).lower(),
    )


def _who_acts(actors: Iterable[Actor]) -> str:
    """Who can mend it, as a cell of the overview says it."""
    words = ", ".join(summary.ACTORS[actor].partition(",")[0] for actor in actors)
    return words[:1].upper() + words[1:]


def _group(
    judgement: JudgementEntry, where: Sequence[tuple[EndpointEntry, str]], now: datetime
) -> VerdictGroup:
    callers: dict[int, tuple[EndpointEntry, list[str]]] = {}
    for endpoint, caller in where:
        callers.setdefault(id(endpoint), (endpoint, []))[1].append(caller)
    kinds = dict.fromkeys(summary.kind_name(endpoint) for endpoint, _ in where)
    chain = judgement.chain if judgement.chain and judgement.chain.elements else None
    reason = summary.reason(judgement)
    return VerdictGroup(
        judgement=judgement,
        where=tuple((endpoint, tuple(names)) for endpoint, names in callers.values()),
        title=" and ".join(kinds),
        reason=reason,
        picture=chain_picture.picture(chain, now) if chain else (),
        validity=timeline.validity(chain, now) if chain else None,
        remedies=summary.remedies(judgement),
        findings=tuple(f for f in judgement.findings if f.evidence or f.summary != reason),
    )


def _events(document: ResultDocument) -> list[timeline.Event]:
    """The next expiry and the next flip of a partner, once when they are the same moment."""
    name = document.target.input
    flips = [j.flip for _, j in summary.pairs(document) if j.flip is not None]
    events = []
    if flips:
        flip = min(flips, key=lambda flip: flip.at)
        events.append(timeline.Event(name, flip.at, "flip", f"the verdict changes: {flip.why}"))
    expiry = summary.expiry(document)
    if expiry is not None and all(abs(event.at - expiry) > _SAME_MOMENT for event in events):
        events.append(timeline.Event(name, expiry, "expiry", "the first certificate in use expires"))
    return events


def _text(name: str) -> str:
    """A file of this package, its line ends as browsers count them for the hash of the policy."""
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """The Content-Security-Policy: nothing but this page's own style and script, by hash."""
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _environment() -> Environment:
    environment = templates.environment(__package__, markup=True)
    environment.globals |= {
        "marks": summary.MARKS,
        "verdicts": summary.VERDICTS,
        "actor_names": summary.ACTORS,
    }
    environment.filters |= {
        "lines": lines,
        "moment": layout.minute,
        "day": _day,
        "brief": one_line,
        "proof": summary.proof,
        "kind": summary.kind_name,
        "counted": summary.counted,
        "verdict": summary.judgement_verdict,
    }
    return environment


def _day(moment: datetime | None) -> str:
    return "unknown" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d}"
