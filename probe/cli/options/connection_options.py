"""Options that say how to connect."""

import dataclasses
import math
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from probe.cli.options.composition import OptionGroup, without
from probe.collection import defaults
from probe.errors import UsageError

if TYPE_CHECKING:
    from probe.collection.settings import Settings


def finite(value: float | None) -> float | None:
    """The number of an option, unless it is nan or infinite: a range lets nan pass, and it ends no wait.

    Raises:
        typer.BadParameter: it is.
    """
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is no number of seconds")
    return value


class ConnectionOptions(OptionGroup):
    """How to reach a target; a field that the collector's settings have too goes there under its name."""

    panel = "Connecting"

    ews_url: Annotated[
        str | None,
        typer.Option(
            help="TargetSharingEpr of the organization relationship: the partner's EWS URL, "
            "not discovered then.",
            metavar="URL",
        ),
    ] = None
    autodiscover_url: Annotated[
        str | None,
        typer.Option(
            help="TargetAutodiscoverEpr of the organization relationship, not discovered then.",
            metavar="URL",
        ),
    ] = None
    connect_to: Annotated[
        list[str] | None,
        typer.Option(
            help="As in curl, repeatable: connect to ADDR:PORT for HOST:PORT; empty fields match all.",
            metavar="HOST:PORT:ADDR:PORT",
        ),
    ] = None
    resolve: Annotated[
        list[str] | None,
        typer.Option(
            help="As in curl, repeatable: use ADDR for HOST:PORT instead of asking DNS.",
            metavar="HOST:PORT:ADDR",
        ),
    ] = None
    only_ipv4: Annotated[bool, typer.Option("-4", help="IPv4 addresses only.")] = False
    only_ipv6: Annotated[bool, typer.Option("-6", help="IPv6 addresses only.")] = False
    all_addresses: Annotated[
        bool,
        typer.Option(
            "--all-addresses/--first-address",
            help="Every address of a host, up to 8, or the first.",
        ),
    ] = True
    allow_private: Annotated[
        bool,
        typer.Option(
            "--allow-private",
            help="Let answers and certificates lead to private addresses, also of a partner met elsewhere.",
        ),
    ] = False
    service_records: Annotated[
        bool,
        typer.Option(
            "--srv/--no-srv",
            help="Also ask DNS for the SRV record that Outlook would read, as information.",
        ),
    ] = True
    proxy: Annotated[
        str | None,
        typer.Option(
            help="HTTP proxy (CONNECT): http://host:port, http://user:password@host:port. "
            "Default: HTTPS_PROXY.",
            metavar="URL",
        ),
    ] = None
    no_proxy: Annotated[
        bool,
        typer.Option("--no-proxy", help="Ignore HTTPS_PROXY and NO_PROXY."),
    ] = False
    connect_timeout: Annotated[
        float,
        typer.Option(
            min=0.05,
            max=3600,
            callback=finite,
            help="Seconds for each phase.",
            metavar="S",
        ),
    ] = defaults.CONNECT_TIMEOUT
    timeout: Annotated[
        float,
        typer.Option(
            min=0.05,
            max=3600,
            callback=finite,
            help="Seconds for one target as a whole (25 is the Availability service's own budget).",
            metavar="S",
        ),
    ] = defaults.TIMEOUT

    def settings(self, *, aia: bool = True) -> "Settings":
        """The collector's settings; `aia` is whether issuers are fetched that are not sent.

        Raises:
            UsageError: an override, URL or proxy cannot be read, or -4 and -6 are given together.
        """
        from probe.collection import settings as collection

        found, no_proxy = (None, ()) if self.no_proxy else collection.proxy_from_environment(os.environ)
        known = {field.name for field in dataclasses.fields(collection.Settings)}
        values: dict[str, Any] = {name: getattr(self, name) for name in self.names if name in known}
        values |= {
            "connect_to": tuple(map(collection.parse_connect_to, self.connect_to or ())),
            "resolve": tuple(map(collection.parse_resolve, self.resolve or ())),
            "family": self._family(),
            "proxy": collection.parse_proxy(self.proxy) if self.proxy else found,
            "no_proxy": no_proxy,
            "aia": aia,
        }
        return collection.Settings(**values)

    def _family(self) -> int | None:
        """4, 6 or None for both."""
        if self.only_ipv4 and self.only_ipv6:
            raise UsageError("-4 and -6 exclude each other: give one, or none for both")
        return 4 if self.only_ipv4 else 6 if self.only_ipv6 else None


TargetConnection = Annotated[ConnectionOptions, without("ews_url", "autodiscover_url", "service_records")]
"""For commands whose targets are not one partner, or that do not discover it."""
