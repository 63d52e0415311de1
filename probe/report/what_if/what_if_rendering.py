"""A what-if as text, as CSV and as one HTML page."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime

from probe.escaping import one_line
from probe.report import layout, summary, templates
from probe.report.clean import csv_cell
from probe.report.what_if.what_if_document import FlippedEndpoint, ScenarioEntry, VerdictFlip, WhatIfDocument

COLUMNS = (
    "what_if",
    "day",
    "target",
    "caller_before",
    "caller_after",
    "before",
    "after",
    "flips_at",
    "why",
    "kinds",
    "urls",
    "addresses",
    "source",
    "undecided",
)
_TARGET_WIDTH = 60


def render_text(document: WhatIfDocument, style: layout.Style = layout.PLAIN) -> str:
    """A table for each scenario in which something flips, then the others in a line each."""
    lines: list[str] = []
    for scenario in document.scenarios:
        lines += _scenario(scenario, style) if scenario.flips else ()
    steady = [scenario for scenario in document.scenarios if not scenario.flips]
    lines += ["", "No verdict flips:"] if steady else ()
    for scenario in steady:
        lines += _steady(scenario, style)
    flipping = {flip.target for scenario in document.scenarios for flip in scenario.flips}
    lines += ["", f"{summary.counted(document.partners, 'partner')}: {_counts(document, len(flipping))}"]
    return "\n".join(lines).lstrip("\n") + "\n"


def _counts(document: WhatIfDocument, flipping: int) -> str:
    steady = document.partners - flipping
    unreadable = f", {summary.counted(len(document.unreadable), 'file')} not read"
    return (
        f"{flipping} would flip, {steady} would stay as {'it is' if steady == 1 else 'they are'}"
        f"{unreadable if document.unreadable else ''}"
    )


def title(scenario: ScenarioEntry) -> str:
    """The scenario by its name, an event by its day as well."""
    return f"{scenario.day:%Y-%m-%d}, {scenario.name}" if scenario.source and scenario.day else scenario.name


def _scenario(scenario: ScenarioEntry, style: layout.Style) -> Iterator[str]:
    yield ""
    count = f"{scenario.flipped} of {summary.counted(scenario.partners, 'partner')}"
    yield from layout.wrapped(f"What if {title(scenario)}: {count} would flip", 0, style)
    for remark in _remarks(scenario):
        yield from layout.wrapped(remark, 2, style)
    width = min(max(len("partner"), *(len(one_line(f.target)) for f in scenario.flips)), _TARGET_WIDTH)
    before = max(len("before"), *(len(flip.before_text) for flip in scenario.flips))
    after = max(len("after"), *(len(flip.after_text) for flip in scenario.flips))
    yield style.dim(f"  {'partner':<{width}}  {'before':<{before}}  {'after':<{after}}  from")
    for flip in scenario.flips:
        words = style.paint(f"{flip.after_text:<{after}}", flip.after)
        target = f"{one_line(flip.target, _TARGET_WIDTH):<{width}}"
        yield f"  {target}  {flip.before_text:<{before}}  {words}  {when(flip)}"
        yield from layout.wrapped(f"why: {flip.why}", 6, style)
        yield from layout.wrapped(_where(flip), 6, style)


def _steady(scenario: ScenarioEntry, style: layout.Style) -> Iterator[str]:
    said = "; ".join((title(scenario), *_remarks(scenario, sources=False)))
    yield from layout.wrapped(said, 2, style)


def _remarks(scenario: ScenarioEntry, *, sources: bool = True) -> Iterator[str]:
    if scenario.note is not None:
        yield scenario.note
    if scenario.undecided is not None:
        yield f"undecided: {scenario.undecided}"
    if scenario.source is not None and sources:
        yield f"source: {scenario.source}"


def when(flip: VerdictFlip) -> str:
    """From when it differs, in words."""
    return "at once" if flip.at is None else layout.moment(flip.at).replace(" 00:00:00 UTC", "")


def _where(flip: VerdictFlip) -> str:
    callers = flip.caller_after
    if flip.caller_before != flip.caller_after:
        callers = f"{flip.caller_before} before, {flip.caller_after} after"
    return f"for {callers}, at {', '.join(map(_place, flip.endpoints))}"


def _place(endpoint: FlippedEndpoint) -> str:
    return f"{endpoint.url} ({endpoint.address})" if endpoint.address else endpoint.url


def render_csv(document: WhatIfDocument, *, mark: bool = False) -> str:
    """A row for each flip; with `mark` a byte order mark first, without which Excel reads no UTF-8."""
    buffer = io.StringIO("\ufeff" if mark else "")
    buffer.seek(0, io.SEEK_END)
    writer = csv.DictWriter(buffer, COLUMNS, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    for scenario in document.scenarios:
        for flip in scenario.flips:
            row = _row(scenario, flip)
            writer.writerow({name: csv_cell(value) for name, value in row.items()})
    return buffer.getvalue()


def _row(scenario: ScenarioEntry, flip: VerdictFlip) -> dict[str, str]:
    return {
        "what_if": scenario.name,
        "day": f"{scenario.day:%Y-%m-%d}" if scenario.day else "",
        "target": flip.target,
        "caller_before": flip.caller_before,
        "caller_after": flip.caller_after,
        "before": flip.before,
        "after": flip.after,
        "flips_at": flip.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if flip.at else "",
        "why": flip.why,
        "kinds": " ".join(dict.fromkeys(endpoint.kind for endpoint in flip.endpoints)),
        "urls": " ".join(dict.fromkeys(endpoint.url for endpoint in flip.endpoints)),
        "addresses": " ".join(dict.fromkeys(e.address for e in flip.endpoints if e.address)),
        "source": scenario.source or "",
        "undecided": scenario.undecided or "",
    }


def render_html(document: WhatIfDocument, *, now: datetime) -> str:
    """One page without script or external request; its policy allows nothing but its own style."""
    environment = templates.environment(__package__, markup=True)
    return environment.get_template("what_if.html.j2").render(
        document=document,
        steady=[scenario for scenario in document.scenarios if not scenario.flips],
        now=layout.moment(now),
        title=title,
        when=when,
        counts=_counts(document, len({f.target for s in document.scenarios for f in s.flips})),
        counted=summary.counted,
    )
