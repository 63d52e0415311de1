"""`probe explain`: what an event-log entry, exception text, log line or HTTP status means, and what to do.

Exit codes: 0 every entry is explained, 3 at least one is not known; with `--run` the code of the checks, as
`probe check` gives it, if there was anything to check.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import console
from probe.cli.options.caller_options import CallerOptions, VerdictOptions
from probe.cli.options.composition import only, with_options, without
from probe.cli.options.connection_options import ConnectionOptions
from probe.cli.options.report_options import PlainFormat, PlainFormatOption, ReportOptions

if TYPE_CHECKING:
    from probe.cli.inputs import Conditions
    from probe.collection.settings import Settings
    from probe.explain.explanation_model import Explanation
    from probe.report.document import ResultDocument

MAXIMUM_CHECKS = 5
"""Targets that one `--run` checks: a pasted log can name hundreds."""

_NOT_KNOWN = 3


TextFilesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[FILE|FOLDER]...",
        help="Files with the text, logs, or folders of logs; - or nothing: standard input.",
    ),
]
RunOption = Annotated[
    bool,
    typer.Option("--run", help="Check the endpoint that the text names, and weigh the causes by it."),
]
RedactOption = Annotated[
    bool,
    typer.Option(
        "--redact/--no-redact", help="Leave mailboxes, accounts, SIDs and credentials out of the output."
    ),
]


@with_options
def explain(
    *,
    files: TextFilesArgument = None,
    run: RunOption = False,
    redact: RedactOption = True,
    caller: Annotated[CallerOptions, only("trust", "caller")],
    connection: Annotated[
        ConnectionOptions, without("ews_url", "autodiscover_url", "service_records", "all_addresses")
    ],
    form: PlainFormatOption = PlainFormat.TEXT,
    report: Annotated[ReportOptions, only("output", "quiet", "verbose")],
) -> int:
    """Explain an event-log entry, exception text, cmdlet output or whole logs: what happened, who acts, what
    to do.

    Reads events of the Availability service, Schannel and CAPI2, in 17 languages; Test-FederationTrust,
    Test-OrganizationRelationship, Test-OAuthConnectivity, Get-FederationInformation; IIS, HTTPERR, HttpProxy
    and EWS logs and folders of them, grouped by fault.

    Example: probe explain event.txt

    Example: probe explain C:\\inetpub\\logs\\LogFiles\\W3SVC1
    """
    from probe.cli import inputs
    from probe.cli.explain_inputs import read_explanations
    from probe.cli.output import reporting
    from probe.explain.output.render import render_text, to_document
    from probe.report.json import indented

    # Before the text is read: a mistake in an option must not lose what somebody pastes.
    checks = (inputs.Conditions.of(caller, VerdictOptions()), connection.settings()) if run else None
    explanations = read_explanations(files or ["-"], quiet=report.quiet)
    documents: dict[str, ResultDocument] = {}
    if checks is not None:
        documents = _checked(explanations, *checks, quiet=report.quiet)
        explanations = tuple(_joined(one, documents) for one in explanations)
    if form is PlainFormat.JSON:
        console.emit(indented(to_document(explanations, redact=redact)), report.output)
    else:
        console.emit_for_reader(
            render_text(explanations, redact=redact, verbose=report.verbose), report.output
        )
    if documents:
        return reporting.exit_code([document.outcome for document in documents.values()])
    return 0 if all(one.known for one in explanations) else _NOT_KNOWN


def _checked(
    explanations: Sequence[Explanation], conditions: Conditions, settings: Settings, *, quiet: bool
) -> dict[str, ResultDocument]:
    """One check for each distinct target that the entries name, at most `MAXIMUM_CHECKS`."""
    from probe import api
    from probe.errors import TargetError
    from probe.explain.steps import check_target
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
            result = api.check(target, trust=conditions.trust, callers=conditions.callers, settings=settings)
        except TargetError as wrong:
            console.error(str(wrong))
            continue
        documents[target] = build.document(result)
    return documents


def _joined(explanation: Explanation, documents: dict[str, ResultDocument]) -> Explanation:
    from probe.explain.check_evidence import join
    from probe.explain.steps import check_target

    document = documents.get(check_target(explanation.parts) or "")
    return join(explanation, document) if document else explanation
