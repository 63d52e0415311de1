"""Options that say which Exchange server to predict, and what its verdict depends on."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

from probe.cli.options.composition import OptionGroup
from probe.errors import UsageError
from probe.judgement.thresholds import DEFAULT_THRESHOLDS, Thresholds, parse_threshold, parse_thresholds

if TYPE_CHECKING:
    import typer

    from probe.facts.server_settings import ServerSettings
    from probe.facts.trust_store import TrustStore
    from probe.judgement.caller_profile import Caller

PANEL = "Judging"


class RevocationMode(StrEnum):
    """Whether the caller checks revocation; .NET's X509RevocationMode without Offline."""

    NONE = "none"
    ONLINE = "online"


def _caller_names() -> list[str]:
    """What the shell completes `--caller` to."""
    from probe.judgement import caller_profile

    return [profile.name for profile in caller_profile.profiles()]


class CallerOptions(OptionGroup):
    """The Exchange servers to predict: version, trust store, and how they are set up.

    `tls` replaces the protocols of the profile, as SChannel's registry does. `revocation` is
    ServicePointManager.CheckCertificateRevocationList.
    """

    panel = PANEL

    trust: Annotated[
        list[str] | None,
        typer.Option(
            help="Trust store, repeatable: microsoft, certifi, system, windows, or a file or folder (PEM, "
            "DER, PKCS #7, PKCS #12, SST, STL), with root:, intermediate: or disallowed: in front. Replaces "
            "the default.",
            metavar="SPEC",
        ),
    ] = None
    caller: Annotated[
        list[str] | None,
        typer.Option(
            help="Exchange server to predict, repeatable: exchange-2010 … exchange-se, optionally with its "
            "Windows Server (exchange-2016@2012r2), see probe callers; or one server's own settings: "
            "this-server (the default where Exchange is installed), or a file of probe caller export or of "
            "HealthChecker.",
            metavar="NAME|FILE",
            autocompletion=lambda: _caller_names(),
        ),
    ] = None
    aia: Annotated[
        bool,
        typer.Option(
            "--aia/--no-aia",
            help="Whether the caller can download missing issuers.",
        ),
    ] = True
    root_auto_update: Annotated[
        bool,
        typer.Option(
            "--root-auto-update/--no-root-auto-update",
            help="Whether the caller downloads roots of Microsoft's list by itself.",
        ),
    ] = True
    allow_external: Annotated[
        bool,
        typer.Option(
            "--allow-external-untrusted-certs",
            help="Predict a caller with the registry value AllowExternalUntrustedCerts set to 1.",
        ),
    ] = False
    allow_internal: Annotated[
        bool,
        typer.Option(
            "--allow-internal-untrusted-certs/--no-allow-internal-untrusted-certs",
            help="The registry value AllowInternalUntrustedCerts: for lookups inside the own organisation, "
            "without effect on federated ones.",
        ),
    ] = True
    eku_check: Annotated[
        bool,
        typer.Option(
            "--eku-check/--no-eku-check",
            help="Whether the caller's .NET demands Server Authentication (all patched since May 2017 do).",
        ),
    ] = True
    tls: Annotated[
        list[str] | None,
        typer.Option(
            help="Protocol version that the caller offers instead of its profile's, repeatable: 1.0 … 1.3.",
            metavar="VERSION",
        ),
    ] = None
    revocation: Annotated[
        RevocationMode,
        typer.Option(
            "--revocation",
            help="online: predict a caller that checks revocation, and fetch CRLs and OCSP answers as it "
            "would. The Availability service does not check (.NET's CheckCertificateRevocationList is off).",
        ),
    ] = RevocationMode.NONE

    def callers(self) -> tuple[Caller, ...]:
        """The profiles and servers named, set up as the options say.

        Default: this server where Exchange is installed, else the version in support.

        Raises:
            UsageError: a name is no profile, or a `--tls` no protocol version.
            InputMissingError, DataError: a server's file cannot be read.
        """
        from probe.judgement import caller_profile
        from probe.server import settings_origin

        protocols = _protocols(self.tls or ())
        profiles = [_named(name) for name in self.caller or [settings_origin.default() or _default_profile()]]
        return tuple(
            dataclasses.replace(
                caller_profile.with_protocols(profile, protocols) if protocols else profile,
                aia=self.aia and profile.aia,
                root_auto_update=self.root_auto_update and profile.root_auto_update,
                allow_external_untrusted=self.allow_external or profile.allow_external_untrusted,
                allow_internal_untrusted=self.allow_internal and profile.allow_internal_untrusted,
                eku_check=self.eku_check,
                revocation=self.revocation is RevocationMode.ONLINE,
            )
            for profile in dict.fromkeys(profiles)
        )

    def trust_store(self) -> TrustStore:
        """The trust store that `--trust` names, that of the servers named, or the platform's default.

        Raises:
            UsageError: the servers have different stores, which one run cannot judge with.
            TrustStoreError, InputMissingError, DataError: a store or a server's file cannot be read.
        """
        from probe import api

        if not self.trust and (own := self._server_store()) is not None:
            return own
        return api.load_trust(self.trust or None, root_auto_update=self.root_auto_update)

    def _server_store(self) -> TrustStore | None:
        from probe.server import settings_origin

        servers = [settings_of(name) for name in self.caller or () if settings_origin.is_named(name)]
        if not servers:
            return None
        from probe.server import server_trust

        found = [
            store
            for server in servers
            if (store := server_trust.trust_store(server, root_auto_update=self.root_auto_update)) is not None
        ]
        if any(store.sha256 != found[0].sha256 for store in found):
            raise UsageError(
                "the servers given with --caller have different stores: check with one of them at a time, or "
                "say with --trust which store counts for all"
            )
        return found[0] if found else None


@lru_cache(maxsize=32)
def settings_of(name: str) -> ServerSettings:
    """The settings of the server that a `--caller` names: `this-server` or a file.

    Raises:
        UsageError: this-server, and this is not Windows.
        InputMissingError, DataError: the file cannot be read, or is none.
    """
    from probe.cli.files import read_input
    from probe.server import settings_origin, this_server

    if name == settings_origin.THIS_SERVER:
        return this_server.read()
    return settings_origin.from_file(read_input(name), name)


@lru_cache(maxsize=32)
def _named(name: str) -> Caller:
    from probe.cli import console
    from probe.judgement import caller_profile
    from probe.server import settings_origin

    if not settings_origin.is_named(name):
        return caller_profile.profile(name)
    from probe.judgement import own_server

    made = own_server.caller_of(settings_of(name))
    for note in made.notes:
        console.note(f"{made.name}: {note}")
    return made


def _default_profile() -> str:
    from probe.judgement import caller_profile

    return caller_profile.DEFAULT


class VerdictOptions(OptionGroup):
    """The moment of the verdict, and how near an expiry may be."""

    panel = PANEL

    at: Annotated[
        str | None,
        typer.Option(
            help="Judge as of this moment (RFC 3339, 2026-12-31T23:59:59Z).",
            metavar="TIME",
        ),
    ] = None
    warning: Annotated[
        str,
        typer.Option(
            "-w",
            "--warning",
            help="Warn this long before the path in use expires: days, percent of the lifetime (20%), or the "
            "smaller of both (30,20%).",
            metavar="D",
        ),
    ] = DEFAULT_THRESHOLDS.warning.text
    critical: Annotated[
        str,
        typer.Option(
            "-c",
            "--critical",
            help="Fail this long before the path in use expires.",
            metavar="D",
        ),
    ] = DEFAULT_THRESHOLDS.critical.text

    def moment(self) -> datetime | None:
        """The moment that `--at` names, in UTC; None: now.

        Raises:
            UsageError: it is no RFC 3339 time with an offset (a bare date is midnight UTC).
        """
        if self.at is None:
            return None
        try:
            parsed = datetime.fromisoformat(self.at.strip())
            if parsed.tzinfo is None and len(self.at.strip()) == len("2026-01-01"):
                parsed = parsed.replace(tzinfo=UTC)
            if parsed.tzinfo is None:
                raise ValueError
            return parsed.astimezone(UTC)
        except (ValueError, OverflowError):
            raise UsageError(
                f"--at {self.at!r} is no RFC 3339 time: give one with its offset, like 2026-12-31T23:59:59Z"
            ) from None

    def thresholds(self) -> Thresholds:
        """The expiry thresholds of `-w` and `-c`.

        A `-c` alone may be longer than what warns by default: the limit is then all that is wanted.

        Raises:
            UsageError: one of them cannot be read, or they contradict each other.
        """
        if self.warning == DEFAULT_THRESHOLDS.warning.text:
            return Thresholds(parse_threshold(self.warning), parse_threshold(self.critical))
        return parse_thresholds(self.warning, self.critical)


def _protocols(versions: Sequence[str]) -> tuple[str, ...]:
    """The protocols that `--tls` names, as profiles spell them; () for none.

    Raises:
        UsageError: one is no protocol version.
    """
    protocols = set()
    for text in versions:
        version = text.strip().upper().removeprefix("TLS").strip(" V")
        if version not in ("1.0", "1.1", "1.2", "1.3"):
            raise UsageError(f"--tls {text!r} is no protocol version: give 1.0, 1.1, 1.2 or 1.3")
        protocols.add(f"TLS {version}")
    return tuple(sorted(protocols))
