"""Asking one domain for its federation information and printing the answer."""

from __future__ import annotations

import dataclasses

from probe import api
from probe.cli import console
from probe.collection.settings import Settings
from probe.errors import UsageError
from probe.facts import target as parsing
from probe.report import federation
from probe.report.json import indented


def run(text: str, settings: Settings, *, as_json: bool, output: str | None, quiet: bool) -> int:
    """Ask, print, and return 0 (received), 1 (the cmdlet would prompt) or 2 (it would fail).

    Raises:
        TargetError, UsageError: the text names no domain.
        OutputError: the output cannot be written.
    """
    target = parsing.parse(text)
    if target.domain is None:
        raise UsageError(
            f"{text!r} names no domain: give the partner's SMTP domain (probe federation contoso.com)"
        )
    asking = dataclasses.replace(settings, only_federation=True, service_records=False, aia=False)
    document = federation.document(api.collect(target, settings=asking))
    rendered = indented(document) if as_json else federation.render(document)
    console.emit(rendered, output)
    if document.received and not quiet:
        console.hint(f"certificates are not judged here: probe check {target.domain}")
    others = [name for name in document.domains or () if name.lower() != target.domain.rstrip(".")]
    if document.received and others and not quiet:
        # The cmdlet asks each of them again and ignores those with another ApplicationUri ([exchange 1.2]).
        console.hint(f"the cmdlet validates each further domain; probe federation {others[0]} asks the next")
    return 2 if not document.received else 1 if document.prompts else 0
