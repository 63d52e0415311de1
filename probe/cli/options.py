"""Options that several commands share, each defined once, and what their texts mean."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from probe.cli.console import Colour
from probe.errors import UsageError


class Format(StrEnum):
    """Report formats."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    JUNIT = "junit"
    NAGIOS = "nagios"
    PROMETHEUS = "prometheus"
    HTML = "html"
    MARKDOWN = "markdown"


class PlainFormat(StrEnum):
    """Formats of commands that print no judged targets."""

    TEXT = "text"
    JSON = "json"


def finite(value: float | None) -> float | None:
    """The number of an option, unless it is nan or infinite: a range lets nan pass, and it ends no wait.

    Raises:
        typer.BadParameter: it is.
    """
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is no number of seconds")
    return value


def _caller_names() -> list[str]:
    """What the shell completes `--caller` to."""
    from probe.judgement import caller

    return [profile.name for profile in caller.profiles()]


class RevocationMode(StrEnum):
    """Whether the caller checks revocation; .NET's X509RevocationMode without Offline."""

    NONE = "none"
    ONLINE = "online"


CONNECTING = "Connecting"
JUDGING = "Judging"
REPORTING = "Reporting"

EwsUrl = Annotated[
    str | None,
    typer.Option(
        help="TargetSharingEpr of the organization relationship: the partner's EWS URL, not discovered then.",
        metavar="URL",
        rich_help_panel=CONNECTING,
    ),
]
AutodiscoverUrl = Annotated[
    str | None,
    typer.Option(
        help="TargetAutodiscoverEpr of the organization relationship, not discovered then.",
        metavar="URL",
        rich_help_panel=CONNECTING,
    ),
]
Trust = Annotated[
    list[str] | None,
    typer.Option(
        help="Trust store, repeatable: certifi, system, windows, or a file or folder (PEM, DER, PKCS #7, "
        "PKCS #12, SST, STL), with root:, intermediate: or disallowed: in front. Replaces the default.",
        metavar="SPEC",
        rich_help_panel=JUDGING,
    ),
]
CallerName = Annotated[
    list[str] | None,
    typer.Option(
        help="Exchange server to predict, repeatable: exchange-2010 … exchange-se, optionally with its "
        "Windows Server (exchange-2016@2012r2). See probe callers.",
        metavar="NAME",
        autocompletion=lambda: _caller_names(),
        rich_help_panel=JUDGING,
    ),
]
Aia = Annotated[
    bool,
    typer.Option(
        "--aia/--no-aia",
        help="Whether the caller can download missing issuers.",
        rich_help_panel=JUDGING,
    ),
]
RootAutoUpdate = Annotated[
    bool,
    typer.Option(
        "--root-auto-update/--no-root-auto-update",
        help="Whether the caller downloads roots of Microsoft's list by itself.",
        rich_help_panel=JUDGING,
    ),
]
AllowExternal = Annotated[
    bool,
    typer.Option(
        "--allow-external-untrusted-certs",
        help="Predict a caller with the registry value AllowExternalUntrustedCerts set to 1.",
        rich_help_panel=JUDGING,
    ),
]
AllowInternal = Annotated[
    bool,
    typer.Option(
        "--allow-internal-untrusted-certs/--no-allow-internal-untrusted-certs",
        help="The registry value AllowInternalUntrustedCerts: for lookups inside the own organisation, "
        "without effect on federated ones.",
        rich_help_panel=JUDGING,
    ),
]
EkuCheck = Annotated[
    bool,
    typer.Option(
        "--eku-check/--no-eku-check",
        help="Whether the caller's .NET demands Server Authentication (all patched since May 2017 do).",
        rich_help_panel=JUDGING,
    ),
]
Tls = Annotated[
    list[str] | None,
    typer.Option(
        help="Protocol version that the caller offers instead of its profile's, repeatable: 1.0 … 1.3.",
        metavar="VERSION",
        rich_help_panel=JUDGING,
    ),
]
Revocation = Annotated[
    RevocationMode,
    typer.Option(
        "--revocation",
        help="online: predict a caller that checks revocation, and fetch CRLs and OCSP answers as it would. "
        "The Availability service does not check (.NET's CheckCertificateRevocationList is off).",
        rich_help_panel=JUDGING,
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        help="Judge as of this moment (RFC 3339, 2026-12-31T23:59:59Z).",
        metavar="TIME",
        rich_help_panel=JUDGING,
    ),
]
Warning_ = Annotated[
    str,
    typer.Option(
        "-w",
        "--warning",
        help="Warn this long before the path in use expires: days, or percent of the lifetime (20%).",
        metavar="D",
        rich_help_panel=JUDGING,
    ),
]
Critical = Annotated[
    str,
    typer.Option(
        "-c",
        "--critical",
        help="Fail this long before the path in use expires.",
        metavar="D",
        rich_help_panel=JUDGING,
    ),
]
ConnectTo = Annotated[
    list[str] | None,
    typer.Option(
        help="As in curl, repeatable: connect to ADDR:PORT for HOST:PORT; empty fields match all.",
        metavar="HOST:PORT:ADDR:PORT",
        rich_help_panel=CONNECTING,
    ),
]
Resolve = Annotated[
    list[str] | None,
    typer.Option(
        help="As in curl, repeatable: use ADDR for HOST:PORT instead of asking DNS.",
        metavar="HOST:PORT:ADDR",
        rich_help_panel=CONNECTING,
    ),
]
OnlyIPv4 = Annotated[bool, typer.Option("-4", help="IPv4 addresses only.", rich_help_panel=CONNECTING)]
OnlyIPv6 = Annotated[bool, typer.Option("-6", help="IPv6 addresses only.", rich_help_panel=CONNECTING)]
AllAddresses = Annotated[
    bool,
    typer.Option(
        "--all-addresses/--first-address",
        help="Every address of a host, up to 8, or the first.",
        rich_help_panel=CONNECTING,
    ),
]
ServiceRecords = Annotated[
    bool,
    typer.Option(
        "--srv/--no-srv",
        help="Also ask DNS for the SRV record that Outlook would read, as information.",
        rich_help_panel=CONNECTING,
    ),
]
Proxy = Annotated[
    str | None,
    typer.Option(
        help="HTTP proxy (CONNECT): http://host:port, http://user:password@host:port. Default: HTTPS_PROXY.",
        metavar="URL",
        rich_help_panel=CONNECTING,
    ),
]
NoProxy = Annotated[
    bool,
    typer.Option("--no-proxy", help="Ignore HTTPS_PROXY and NO_PROXY.", rich_help_panel=CONNECTING),
]
ConnectTimeout = Annotated[
    float,
    typer.Option(
        min=0.05,
        max=3600,
        callback=finite,
        help="Seconds for each phase.",
        metavar="S",
        rich_help_panel=CONNECTING,
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        min=0.05,
        max=3600,
        callback=finite,
        help="Seconds for one target as a whole (25 is the Availability service's own budget).",
        metavar="S",
        rich_help_panel=CONNECTING,
    ),
]
FormatOption = Annotated[
    Format,
    typer.Option("--format", help="How to print the report.", rich_help_panel=REPORTING),
]
PlainFormatOption = Annotated[PlainFormat, typer.Option("--format", help="How to print it.")]
Output = Annotated[
    str | None,
    typer.Option(
        "-o",
        "--output",
        help="Write the report there, atomically; - is standard output.",
        metavar="PATH",
        rich_help_panel=REPORTING,
    ),
]
Save = Annotated[
    str | None,
    typer.Option(
        help="Keep each observation record in this folder.", metavar="DIR", rich_help_panel=REPORTING
    ),
]
SaveCertificates = Annotated[
    str | None,
    typer.Option(
        help="Write the certificates that the remedies name into this folder.",
        metavar="DIR",
        rich_help_panel=REPORTING,
    ),
]
LogLine = Annotated[
    bool,
    typer.Option(
        "--log-line",
        help="Print the event log entry as the Availability service words it.",
        rich_help_panel=REPORTING,
    ),
]
Quiet = Annotated[
    bool, typer.Option("-q", "--quiet", help="No progress and no hints.", rich_help_panel=REPORTING)
]
Verbose = Annotated[
    bool,
    typer.Option(
        "-v",
        "--verbose",
        help="Also response headers and rejected issuers.",
        rich_help_panel=REPORTING,
    ),
]
ColourOption = Annotated[
    Colour, typer.Option("--color", help="Colour (NO_COLOR is honoured).", rich_help_panel=REPORTING)
]


def moment(text: str | None) -> datetime | None:
    """The moment that `--at` names, in UTC; None for None.

    Raises:
        UsageError: it is no RFC 3339 time with an offset (a bare date is midnight UTC).
    """
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text.strip())
        if parsed.tzinfo is None and len(text.strip()) == len("2026-01-01"):
            parsed = parsed.replace(tzinfo=UTC)
        if parsed.tzinfo is None:
            raise ValueError
        return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"--at {text!r} is no RFC 3339 time: give one with its offset, like 2026-12-31T23:59:59Z"
        ) from None
