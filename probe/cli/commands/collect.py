"""`probe collect`: facts only, written as an observation record; nothing is judged."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from probe.cli import options


def collect(
    targets: Annotated[
        list[str], typer.Argument(metavar="TARGET…", help="Domain, e-mail address, host[:port] or URL.")
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write the record there (a folder for several targets). Default: standard output.",
        ),
    ] = None,
    ews_url: options.EwsUrl = None,
    autodiscover_url: options.AutodiscoverUrl = None,
    caller: options.CallerName = None,
    tls: options.Tls = None,
    revocation: options.Revocation = options.RevocationMode.NONE,
    aia: options.Aia = True,
    connect_to: options.ConnectTo = None,
    resolve: options.Resolve = None,
    only_ipv4: options.OnlyIPv4 = False,
    only_ipv6: options.OnlyIPv6 = False,
    all_addresses: options.AllAddresses = True,
    srv: options.ServiceRecords = True,
    proxy: options.Proxy = None,
    no_proxy: options.NoProxy = False,
    connect_timeout: options.ConnectTimeout = 10.0,
    timeout: options.Timeout = 25.0,
    quiet: options.Quiet = False,
) -> int:
    """Record what is seen of a partner, to be judged later or elsewhere with probe judge.

    Example: probe collect contoso.com -o contoso.json
    """
    from probe import api
    from probe.cli import collecting, inputs
    from probe.facts.trust import TrustStore

    settings = inputs.settings(
        ews_url=ews_url,
        autodiscover_url=autodiscover_url,
        connect_to=connect_to,
        resolve=resolve,
        address_family=inputs.family(only_ipv4=only_ipv4, only_ipv6=only_ipv6),
        all_addresses=all_addresses,
        proxy=proxy,
        no_proxy=no_proxy,
        connect_timeout=connect_timeout,
        timeout=timeout,
        aia=aia,
        service_records=srv,
    )
    # No trust store is read: an issuer that a store may know is fetched too, which judges for any store.
    switches = inputs.switches(
        root_auto_update=True,
        allow_external=False,
        eku_check=True,
        tls=tls,
        revocation=revocation is options.RevocationMode.ONLINE,
    )
    callers = inputs.callers(caller, switches=switches)
    prepared = api.settings_for(callers, TrustStore("none"), settings)
    if prepared.revocation:
        # Roots are seldom sent, and a question to an OCSP responder names the key of the issuer.
        prepared = dataclasses.replace(prepared, known_issuers=api.load_trust(None).of_subject)
    return collecting.run(targets, prepared, output, quiet=quiet)
