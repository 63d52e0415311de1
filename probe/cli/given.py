"""The options of checks as given on a command line, and what they mean together."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from probe.cli import inputs, options

if TYPE_CHECKING:
    from probe.cli.partner_checks import Recipe
    from probe.collection.settings import Settings


class CheckingOptions(Struct, frozen=True, kw_only=True):
    """Options of every command that connects and judges, by the names of their parameters."""

    ews_url: str | None = None
    autodiscover_url: str | None = None
    srv: bool = True
    trust: list[str] | None
    caller: list[str] | None
    aia: bool
    root_auto_update: bool
    allow_external: bool
    allow_internal: bool = True
    eku_check: bool
    tls: list[str] | None
    revocation: options.RevocationMode = options.RevocationMode.NONE
    warning: str
    critical: str
    connect_to: list[str] | None
    resolve: list[str] | None
    only_ipv4: bool
    only_ipv6: bool
    all_addresses: bool
    proxy: str | None
    no_proxy: bool
    connect_timeout: float
    timeout: float

    def settings(self) -> Settings:
        """How to connect.

        Raises:
            UsageError: an option cannot be read.
        """
        return inputs.settings(
            ews_url=self.ews_url,
            autodiscover_url=self.autodiscover_url,
            connect_to=self.connect_to,
            resolve=self.resolve,
            address_family=inputs.family(only_ipv4=self.only_ipv4, only_ipv6=self.only_ipv6),
            all_addresses=self.all_addresses,
            proxy=self.proxy,
            no_proxy=self.no_proxy,
            connect_timeout=self.connect_timeout,
            timeout=self.timeout,
            aia=self.aia,
            service_records=self.srv,
        )

    def switches(self) -> inputs.Switches:
        """How the predicted callers are set up.

        Raises:
            UsageError: an option cannot be read.
        """
        return inputs.switches(
            root_auto_update=self.root_auto_update,
            allow_external=self.allow_external,
            allow_internal=self.allow_internal,
            eku_check=self.eku_check,
            tls=self.tls,
            revocation=self.revocation is options.RevocationMode.ONLINE,
        )

    def recipe(self, at: datetime | None = None) -> Recipe:
        """The check that a run makes of each of its entries.

        Raises:
            UsageError: an option cannot be read.
        """
        # What a list of partners takes; the check of one target does without.
        from probe.cli.partner_checks import Recipe

        return Recipe(
            self.settings(),
            trust=tuple(self.trust or ()),
            callers=tuple(self.caller or ()),
            switches=self.switches(),
            thresholds=inputs.thresholds(self.warning, self.critical),
            at=at,
        )
