"""The last screen of a text report over several targets: the counts, and who needs attention, worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from probe.escaping import one_line
from probe.report import summary
from probe.report.document import ResultDocument

_NAMED = 20


def lines(
    documents: Sequence[ResultDocument], verdicts: Mapping[str, str], paint: Callable[[str, str], str]
) -> Iterator[str]:
    """The lines, verdicts in the words given and painted by their outcome; at most 20 targets are named."""
    outcomes = [document.outcome for document in documents]
    counts = (f"{outcomes.count(o)} {summary.VERDICTS[o]}" for o in summary.URGENCY if o in outcomes)
    yield f"{len(documents)} targets: {'; '.join(counts)}"
    width = max(map(len, verdicts.values()))
    bad = sorted(
        (d for d in documents if d.outcome != "success"), key=lambda d: summary.URGENCY.index(d.outcome)
    )
    for document in bad[:_NAMED]:
        verdict = paint(f"{verdicts[document.outcome]:<{width}}", document.outcome)
        yield f"  {verdict}  {one_line(document.target.input, 100)}"
        yield f"  {'':<{width}}  {one_line(summary.headline(document), 200)}"
    if len(bad) > _NAMED:
        yield f"  … and {len(bad) - _NAMED} more"
