"""Events of the Availability service about the own organization alone: its directory, servers and mailboxes.

Nothing was sent to a partner when one of these is logged [exchange 5.1].
"""

from __future__ import annotations

from probe.explain.explanation_model import Cause, Knowledge
from probe.explain.knowledge.numbers.schannel_events import event_mark
from probe.remedies import directories

_SOURCE = "[exchange 5.1]"
_HEALTH = ("Test-ServiceHealth",)


def _events(*numbers: int) -> tuple[tuple[str, ...], ...]:
    return tuple((event_mark("availability", number),) for number in numbers)


OWN_DIRECTORY = Knowledge(
    "own-directory",
    "Your server did not find the configuration of its own forest",
    "The Availability service reads its settings from Active Directory and got none. No partner was asked.",
    _events(4005, 4021, 4022),
    (
        Cause(
            "directory-not-readable",
            "Active Directory was not reachable for a while, or the objects of Exchange's availability "
            "configuration are missing or not readable for the servers.",
            "Events of MSExchange ADAccess at the same time; it passes with the domain controllers.",
            (directories.READ_DIRECTORY,),
        ),
    ),
    _SOURCE,
    commands=(
        "Get-AvailabilityConfig",
        "Get-ExchangeServer -Status | Format-List Name,CurrentDomainControllers",
    ),
)
OWN_MAILBOX = Knowledge(
    "own-mailbox",
    "Your server could not open a mailbox or calendar of your own organization",
    "The mailbox that was asked for is yours; its database, its permissions or its calendar did not let the "
    "service in. No partner was asked.",
    (*_events(4009, 4013), ("MailboxLogonFailedException",), ("WrongServerException",)),
    (
        Cause(
            "mailbox-not-opened",
            "The database is dismounted or moving, or the mailbox or its calendar is damaged.",
            "Only mailboxes of one database or one mailbox fail.",
            (directories.REPAIR_OWN_MAILBOX,),
        ),
    ),
    _SOURCE,
    commands=("Get-MailboxDatabaseCopyStatus", "Test-MAPIConnectivity MAILBOX"),
)
OWN_SERVER_NOT_FOUND = Knowledge(
    "own-server-not-found",
    "No server of yours can take the request in the mailbox's site",
    "The mailbox is in another Active Directory site, and no Exchange server there offers the Availability "
    "service. No partner was asked.",
    (*_events(4017, 4018), ("Unable to find a Client Access server that can serve a request",)),
    (
        Cause(
            "no-server-in-site",
            "The servers of that site are down or in maintenance, or have no EWS URL.",
            "Get-WebServicesVirtualDirectory of the servers of that site: InternalUrl.",
            (directories.START_OWN_SITE,),
        ),
    ),
    _SOURCE,
    commands=(*_HEALTH, "Get-WebServicesVirtualDirectory -ADPropertiesOnly | Format-List Server,InternalUrl"),
)
ROWS = (OWN_DIRECTORY, OWN_MAILBOX, OWN_SERVER_NOT_FOUND)
