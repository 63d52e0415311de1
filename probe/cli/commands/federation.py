"""`probe federation`: what a partner says of its federation, as Get-FederationInformation prints it."""

from __future__ import annotations

from typing import Annotated

import typer

from probe.cli import options


def federation(
    domain: Annotated[str, typer.Argument(metavar="DOMAIN", help="Domain or e-mail address.")],
    connect_to: options.ConnectTo = None,
    resolve: options.Resolve = None,
    only_ipv4: options.OnlyIPv4 = False,
    only_ipv6: options.OnlyIPv6 = False,
    all_addresses: options.AllAddresses = True,
    proxy: options.Proxy = None,
    no_proxy: options.NoProxy = False,
    connect_timeout: options.ConnectTimeout = 10.0,
    timeout: options.Timeout = 25.0,
    form: options.PlainFormatOption = options.PlainFormat.TEXT,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> int:
    """Ask a partner what Get-FederationInformation asks: application URI, domains, token issuers.

    Exit code 0: the cmdlet would return this; 1: it would prompt first; 2: it would fail. Of certificates
    only the name is compared; probe check judges them.

    Example: probe federation contoso.com
    """
    from probe.cli import federating, inputs

    settings = inputs.settings(
        connect_to=connect_to,
        resolve=resolve,
        address_family=inputs.family(only_ipv4=only_ipv4, only_ipv6=only_ipv6),
        all_addresses=all_addresses,
        proxy=proxy,
        no_proxy=no_proxy,
        connect_timeout=connect_timeout,
        timeout=timeout,
        aia=False,
    )
    as_json = form is options.PlainFormat.JSON
    return federating.run(domain, settings, as_json=as_json, output=output, quiet=quiet)
