"""Public events with a date that change what a caller accepts, or what it may still rely on. Data only.

One file for all of them, each with its source, so that a report, the list of callers and a what-if (`probe
judge --what-if events`) say the same. A day in the future is a plan of whoever announced it. What a notice
does to one root stands in the data of Microsoft's list (stores/microsoft_roots.json). Read in November 2026;
see [validation 4.7.3], [exchange 8.2], [exchange 8.3].
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from msgspec import Struct


class Subject(StrEnum):
    """What an event is about."""

    ROOTS = "roots"
    CERTIFICATES = "certificates"
    EXCHANGE = "exchange"
    WINDOWS = "windows"
    EXCHANGE_ONLINE = "exchange-online"


class DatedEvent(Struct, frozen=True):
    """What holds from a day on.

    `about`: the version of Exchange or Windows, as in a caller's name; "" where the event is about all.
    `undecided`: what nobody has said yet and would change a verdict, or None.
    """

    day: date
    subject: Subject
    text: str
    source: str
    about: str = ""
    undecided: str | None = None


_NOTICES = "github.com/TrustedRootProgram/Program-Requirements, trusted-root"
_LIFE_CYCLE = "Microsoft Lifecycle, learn.microsoft.com/lifecycle/products"
_SC081 = "CA/Browser Forum, ballot SC081v3 of 11 April 2025"
_CLIENT_USAGE = "Chrome Root Program Policy 1.8 of 5 February 2026"
MESSAGE_CENTER = "MC1227454, https://office365itpros.com/2026/02/06/ews-retirement-may-2027"
SET_ORGANIZATION_CONFIG = "Set-OrganizationConfig, EwsEnabled and EwsAllowedAppIDs"
_FEDERATED = (
    "whether federated requests, which name no application, are caught by this is not said by Microsoft"
)

EWS_ANNOUNCED = DatedEvent(
    date(2026, 2, 5),
    Subject.EXCHANGE_ONLINE,
    "EWS in Exchange Online will be off from 1 October 2026 unless the tenant allows it, and for good from "
    "1 April 2027",
    MESSAGE_CENTER,
)
EWS_OFF = DatedEvent(
    date(2026, 10, 1),
    Subject.EXCHANGE_ONLINE,
    "since 1 October 2026 EWS in Exchange Online is switched off tenant by tenant, unless the tenant has set "
    "EwsEnabled to True and named the allowed applications in EwsAllowedAppIDs, a list that Microsoft may "
    "have filled in September 2026",
    f"{MESSAGE_CENTER}; {SET_ORGANIZATION_CONFIG}",
    undecided=_FEDERATED,
)
EWS_ENDS = DatedEvent(
    date(2027, 4, 1),
    Subject.EXCHANGE_ONLINE,
    "since 1 April 2027 EWS in Exchange Online is shut down for good",
    MESSAGE_CENTER,
)

_ROOTS = (
    DatedEvent(
        date(2025, 4, 16),
        Subject.ROOTS,
        "certificates issued from this day on under Entrust's and AffirmTrust's roots are refused",
        f"{_NOTICES}/2025/february-2025.md",
    ),
    DatedEvent(
        date(2025, 9, 15),
        Subject.ROOTS,
        "12 more roots are refused for certificates issued from this day on, 38 are disabled, 7 removed",
        f"{_NOTICES}/2025/august-2025.md",
    ),
    DatedEvent(
        date(2026, 5, 19),
        Subject.ROOTS,
        "6 more roots are refused for certificates issued from this day on, 2 are disabled",
        f"{_NOTICES}/2026/april-2026.md",
    ),
    DatedEvent(
        date(2026, 9, 15),
        Subject.ROOTS,
        "22 more roots, among them SecureTrust's and Trustwave's, are refused for certificates issued from "
        "this day on; Baltimore CyberTrust Root and GeoTrust Universal CA are disabled",
        f"{_NOTICES}/2026/august-2026.md",
    ),
)
_CERTIFICATES = (
    DatedEvent(date(2026, 3, 15), Subject.CERTIFICATES, "public certificates last 200 days at most", _SC081),
    DatedEvent(
        date(2026, 5, 13),
        Subject.CERTIFICATES,
        "Let's Encrypt issues under ISRG Root YR and ISRG Root YE, which Microsoft's list does not have: the "
        "certificates by which ISRG Root X1 and ISRG Root X2 cross-sign them have to be sent",
        "letsencrypt.org/2025/11/24/gen-y-hierarchy.html; krakenkey.io, 13 May 2026",
    ),
    DatedEvent(date(2027, 3, 15), Subject.CERTIFICATES, "public certificates last 100 days at most", _SC081),
    DatedEvent(
        date(2027, 3, 15),
        Subject.CERTIFICATES,
        "new public certificates have no usage for client authentication any more: no matter for lookups, "
        "which present none",
        _CLIENT_USAGE,
    ),
    DatedEvent(date(2029, 3, 15), Subject.CERTIFICATES, "public certificates last 47 days at most", _SC081),
)
_EXCHANGE = (
    DatedEvent(date(2020, 10, 13), Subject.EXCHANGE, "support ended", _LIFE_CYCLE, about="2010"),
    DatedEvent(date(2023, 4, 11), Subject.EXCHANGE, "support ended", _LIFE_CYCLE, about="2013"),
    *(
        DatedEvent(
            date(2025, 10, 14),
            Subject.EXCHANGE,
            "support ended; paid security updates to October 2026",
            f"{_LIFE_CYCLE}; Exchange team blog, 15 April 2026 (second period of paid updates)",
            about=version,
        )
        for version in ("2016", "2019")
    ),
    DatedEvent(
        date(2026, 5, 1),
        Subject.EXCHANGE,
        "the update of May 2026 or later asks Exchange Online by Graph instead of EWS, when set up so",
        "Exchange team blog, May 2026 hotfix update; learn.microsoft.com/exchange/hybrid-deployment/"
        "deploy-dedicated-hybrid-app",
        about="se",
    ),
)
_WINDOWS = tuple(
    DatedEvent(day, Subject.WINDOWS, "support ends", _LIFE_CYCLE, about=version)
    for day, version in (
        (date(2020, 1, 14), "2008r2"),
        (date(2023, 10, 10), "2012"),
        (date(2023, 10, 10), "2012r2"),
        (date(2027, 1, 12), "2016"),
        (date(2029, 1, 9), "2019"),
        (date(2025, 10, 24), "2022-23h2"),
        (date(2031, 10, 14), "2022"),
        (date(2034, 11, 14), "2025"),
    )
)

EVENTS: tuple[DatedEvent, ...] = tuple(
    sorted(
        (*_ROOTS, *_CERTIFICATES, *_EXCHANGE, *_WINDOWS, EWS_ANNOUNCED, EWS_OFF, EWS_ENDS),
        key=lambda event: event.day,
    )
)

# By whom a root that Microsoft's list lacks is cross-signed (Let's Encrypt, generation Y).
CROSS_SIGNED_BY = {"CN=Root YR, O=ISRG, C=US": "ISRG Root X1", "CN=Root YE, O=ISRG, C=US": "ISRG Root X2"}


def events_about(subject: Subject, about: str) -> tuple[DatedEvent, ...]:
    """The events of one version of Exchange or Windows, the earliest first."""
    return tuple(event for event in EVENTS if event.subject is subject and event.about == about)
