"""From option values to what the API takes: settings, trust stores, callers, thresholds."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from probe.cli import console
from probe.errors import UsageError

if TYPE_CHECKING:
    from probe.collection.settings import Settings
    from probe.facts.trust import TrustStore
    from probe.judgement.caller import Caller
    from probe.judgement.thresholds import Thresholds


class Switches(Struct, frozen=True):
    """How the predicted callers are set up, whatever their version.

    `tls` replaces the protocols of the profile, as SChannel's registry does; () leaves them. `revocation` is
    ServicePointManager.CheckCertificateRevocationList.
    """

    root_auto_update: bool = True
    allow_external: bool = False
    eku_check: bool = True
    tls: tuple[str, ...] = ()
    revocation: bool = False
    allow_internal: bool = True


DEFAULT_SWITCHES = Switches()


def switches(
    *,
    root_auto_update: bool,
    allow_external: bool,
    eku_check: bool,
    tls: Sequence[str] | None,
    revocation: bool = False,
    allow_internal: bool = True,
) -> Switches:
    """The switches of these option values.

    Raises:
        UsageError: a `--tls` is no protocol version.
    """
    protocols = [text.strip().upper().removeprefix("TLS").strip(" V") for text in tls or ()]
    for text, protocol in zip(tls or (), protocols, strict=True):
        if protocol not in ("1.0", "1.1", "1.2", "1.3"):
            raise UsageError(f"--tls {text!r} is no protocol version: give 1.0, 1.1, 1.2 or 1.3")
    versions = tuple(f"TLS {protocol}" for protocol in sorted(set(protocols)))
    return Switches(root_auto_update, allow_external, eku_check, versions, revocation, allow_internal)


def callers(
    names: Sequence[str] | None, *, aia: bool = True, switches: Switches = DEFAULT_SWITCHES
) -> tuple[Caller, ...]:
    """Caller profiles of these names (default: the version in support) with the switches applied.

    Raises:
        UsageError: a name is no profile.
    """
    from probe.judgement import caller

    profiles = [caller.profile(name) for name in names or [caller.DEFAULT]]
    return tuple(
        dataclasses.replace(
            profile,
            aia=aia,
            root_auto_update=switches.root_auto_update,
            allow_external_untrusted=switches.allow_external,
            allow_internal_untrusted=switches.allow_internal,
            eku_check=switches.eku_check,
            protocols=switches.tls or profile.protocols,
            revocation=switches.revocation,
            may_offer=() if switches.tls else profile.may_offer,
        )
        for profile in dict.fromkeys(profiles)
    )


def trust(specs: Sequence[str] | None, *, root_auto_update: bool = True) -> TrustStore:
    """The trust store that `--trust` names, or the platform's default.

    Raises:
        TrustStoreError, InputMissingError: a store cannot be read.
    """
    from probe import api

    return api.load_trust(list(specs) if specs else None, root_auto_update=root_auto_update)


def thresholds(warning: str, critical: str) -> Thresholds:
    """The expiry thresholds of `-w` and `-c`.

    Raises:
        UsageError: one of them cannot be read.
    """
    from probe.judgement.thresholds import Thresholds, parse_threshold

    return Thresholds(parse_threshold(warning), parse_threshold(critical))


def family(*, only_ipv4: bool, only_ipv6: bool) -> int | None:
    """4, 6 or None for both.

    Raises:
        UsageError: both were asked for exclusively.
    """
    if only_ipv4 and only_ipv6:
        raise UsageError("-4 and -6 exclude each other: give one, or none for both")
    return 4 if only_ipv4 else 6 if only_ipv6 else None


def settings(
    *,
    ews_url: str | None = None,
    autodiscover_url: str | None = None,
    connect_to: Sequence[str] | None = None,
    resolve: Sequence[str] | None = None,
    address_family: int | None = None,
    all_addresses: bool = True,
    proxy: str | None = None,
    no_proxy: bool = False,
    connect_timeout: float,
    timeout: float,
    aia: bool = True,
    service_records: bool = True,
) -> Settings:
    """The collector's settings of these option values.

    Raises:
        UsageError: an override, URL or proxy cannot be read.
    """
    from probe.collection import settings as collecting

    found, without = (None, ()) if no_proxy else collecting.proxy_from_environment(os.environ)
    return collecting.Settings(
        ews_url=ews_url,
        autodiscover_url=autodiscover_url,
        connect_to=tuple(collecting.parse_connect_to(text) for text in connect_to or ()),
        resolve=tuple(collecting.parse_resolve(text) for text in resolve or ()),
        family=address_family,
        all_addresses=all_addresses,
        proxy=collecting.parse_proxy(proxy) if proxy else found,
        no_proxy=without,
        connect_timeout=connect_timeout,
        timeout=timeout,
        aia=aia,
        service_records=service_records,
    )


def explain_trust(store: TrustStore, *, quiet: bool) -> None:
    """Say on standard error which store is judged with when it is only an approximation of a caller's."""
    if store.name == "certifi" and not quiet:
        console.hint(
            "judging with Mozilla's roots (certifi); a caller's own store may hold others: "
            "--trust takes an export of it"
        )
