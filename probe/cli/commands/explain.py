"""`probe explain`: what an event-log entry, exception text, log line or HTTP status means, and what to do."""

from __future__ import annotations

from typing import Annotated

import typer

from probe.cli import options


def explain(
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", help="File with the text; - or nothing: standard input.")
    ] = "-",
    run: Annotated[
        bool,
        typer.Option("--run", help="Check the endpoint that the text names, and weigh the causes by it."),
    ] = False,
    redact: Annotated[
        bool,
        typer.Option(
            "--redact/--no-redact", help="Leave mailboxes, accounts, SIDs and credentials out of the output."
        ),
    ] = True,
    trust: options.Trust = None,
    caller: options.CallerName = None,
    connect_to: options.ConnectTo = None,
    resolve: options.Resolve = None,
    only_ipv4: options.OnlyIPv4 = False,
    only_ipv6: options.OnlyIPv6 = False,
    proxy: options.Proxy = None,
    no_proxy: options.NoProxy = False,
    connect_timeout: options.ConnectTimeout = 10.0,
    timeout: options.Timeout = 25.0,
    form: options.PlainFormatOption = options.PlainFormat.TEXT,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> int:
    """Explain an event-log entry, exception text, log line or HTTP status: parts, causes, next steps, fix.

    Reads events 4001 and 4002, failures of Test-OrganizationRelationship and Get-FederationInformation, IIS
    and HTTPERR lines, also as copied from web pages, several in one text.

    Example: probe explain event.txt
    """
    from probe.cli import explaining, inputs

    question = explaining.Question(
        file, redact=redact, as_json=form is options.PlainFormat.JSON, output=output
    )
    if not run:
        return explaining.run(question, quiet=quiet)
    checks = explaining.Checks(
        callers=inputs.callers(caller),
        trust=inputs.trust(trust),
        settings=inputs.settings(
            connect_to=connect_to,
            resolve=resolve,
            address_family=inputs.family(only_ipv4=only_ipv4, only_ipv6=only_ipv6),
            proxy=proxy,
            no_proxy=no_proxy,
            connect_timeout=connect_timeout,
            timeout=timeout,
        ),
    )
    return explaining.run(question, checks, quiet=quiet)
