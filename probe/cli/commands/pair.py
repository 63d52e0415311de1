"""`probe pair`: both directions of a federation, before it is set up."""

from __future__ import annotations

from typing import Annotated

import typer

from probe.cli import console, options

SIDE = "domain, or a record that probe collect wrote there"


def pair(
    ours: Annotated[str, typer.Argument(metavar="OURS", help=f"Our {SIDE}.")],
    theirs: Annotated[str, typer.Argument(metavar="THEIRS", help=f"Their {SIDE}.")],
    our_caller: Annotated[
        str | None, typer.Option(help="Our Exchange server (see probe callers).", metavar="NAME")
    ] = None,
    their_caller: Annotated[
        str | None, typer.Option(help="Their Exchange server (see probe callers).", metavar="NAME")
    ] = None,
    our_trust: Annotated[
        list[str] | None, typer.Option(help="Our trust store, as --trust of probe check.", metavar="SPEC")
    ] = None,
    their_trust: Annotated[
        list[str] | None, typer.Option(help="Their trust store, as --trust of probe check.", metavar="SPEC")
    ] = None,
    aia: options.Aia = True,
    at: options.At = None,
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
    colour: options.ColourOption = console.Colour.AUTO,
) -> int:
    """Check two organisations for each other: would the lookups of each reach the other?

    Their endpoints are judged for our caller and trust store, ours for theirs. For a side that cannot be
    reached from here give a record made there: probe collect OURS -o ours.json.

    Example: probe pair contoso.com fabrikam.com
    """
    from probe.cli import inputs, pairing

    settings = inputs.settings(
        connect_to=connect_to,
        resolve=resolve,
        address_family=inputs.family(only_ipv4=only_ipv4, only_ipv6=only_ipv6),
        all_addresses=all_addresses,
        proxy=proxy,
        no_proxy=no_proxy,
        connect_timeout=connect_timeout,
        timeout=timeout,
        aia=aia,
    )
    us = pairing.Side.of(ours, our_caller, our_trust, aia=aia)
    them = pairing.Side.of(theirs, their_caller, their_trust, aia=aia)
    as_json = form is options.PlainFormat.JSON
    return pairing.run(
        us, them, settings, at=options.moment(at), as_json=as_json, output=output, colour=colour
    )
