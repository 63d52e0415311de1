"""Running `probe explain`: read, explain, perhaps check what the text names, print, exit code.

Exit codes: 0 every entry is explained, 3 at least one is not known; with `--run` the code of the checks, as
`probe check` gives it, if there was anything to check.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from msgspec import Struct

from probe.cli import console, reporting
from probe.collection.settings import Settings
from probe.errors import DataError
from probe.explain.evidence import join
from probe.explain.explainer import explain
from probe.explain.model import Explanation
from probe.explain.render import render_text, to_document
from probe.explain.steps import check_target
from probe.explain.text import decode_text
from probe.facts.trust import TrustStore
from probe.judgement.caller import Caller
from probe.report.document import ResultDocument
from probe.report.json import indented

MAXIMUM_CHECKS = 5
"""Targets that one `--run` checks: a pasted log can name hundreds."""

_NOT_KNOWN = 3


class Question(Struct, frozen=True):
    """What to explain and how to show it."""

    file: str
    redact: bool
    as_json: bool
    output: str | None


class Checks(Struct, frozen=True):
    """How `--run` checks."""

    callers: Sequence[Caller]
    trust: TrustStore
    settings: Settings


def run(question: Question, checks: Checks | None = None, *, quiet: bool = False) -> int:
    """Explain the text, write the report, return the exit code.

    Raises:
        InputMissingError: the file cannot be read.
        DataError: it holds no text.
        OutputError: the report cannot be written.
    """
    if question.file == "-" and sys.stdin.isatty() and not quiet:
        console.hint("paste the text, then end it with Ctrl-D (Windows: Ctrl-Z and Enter)")
    explanations = explain(decode_text(console.read_input(question.file)))
    if not explanations:
        raise DataError(
            "nothing to explain: give an event's text, an exception, a log line or an HTTP status"
        )
    documents: dict[str, ResultDocument] = {}
    if checks is not None:
        documents = _checked(explanations, checks, quiet=quiet)
        explanations = tuple(_joined(one, documents) for one in explanations)
    console.emit(_rendered(explanations, question), question.output)
    if documents:
        return reporting.exit_code([document.outcome for document in documents.values()])
    return 0 if all(one.known for one in explanations) else _NOT_KNOWN


def _checked(
    explanations: Sequence[Explanation], checks: Checks, *, quiet: bool
) -> dict[str, ResultDocument]:
    """One check for each distinct target that the entries name, at most `MAXIMUM_CHECKS`."""
    from probe import api
    from probe.errors import TargetError
    from probe.report import build

    found = (check_target(one.parts) for one in explanations)
    named = list(dict.fromkeys(target for target in found if target))
    if not named:
        console.hint("nothing to run: no entry names a URL or domain; try probe check PARTNER-DOMAIN")
    if len(named) > MAXIMUM_CHECKS:
        console.hint(
            f"checking the first {MAXIMUM_CHECKS} of {len(named)} targets; give the others to probe check"
        )
    documents = {}
    for target in named[:MAXIMUM_CHECKS]:
        console.note(f"checking {target}", quiet=quiet)
        try:
            result = api.check(target, trust=checks.trust, callers=checks.callers, settings=checks.settings)
        except TargetError as wrong:
            console.error(str(wrong))
            continue
        documents[target] = build.document(result)
    return documents


def _joined(explanation: Explanation, documents: dict[str, ResultDocument]) -> Explanation:
    document = documents.get(check_target(explanation.parts) or "")
    return join(explanation, document) if document else explanation


def _rendered(explanations: tuple[Explanation, ...], question: Question) -> str:
    if not question.as_json:
        return render_text(explanations, redact=question.redact)
    document = to_document(explanations, redact=question.redact)
    return indented(document)
