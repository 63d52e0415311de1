"""Messages about mailboxes, rights and data: the request got through and was refused for what it asked
[exchange 4.5], [exchange 4.6]."""

from __future__ import annotations

from probe.explain.explanation_model import Cause, Knowledge
from probe.explain.knowledge import causes
from probe.remedies import relationship

NOT_RESOLVED = Knowledge(
    "recipient-not-found",
    "The address is no object of the directory",
    "The address is neither local nor of a domain with a usable relationship, so the caller looked it up "
    "and found nothing.",
    (
        ("Unable to resolve e-mail address", "to an Active Directory object"),
        ("Unable to resolve email address",),
        ("ErrorMailRecipientNotFound",),
    ),
    (
        causes.NO_RELATIONSHIP,
        Cause(
            "free-busy-disabled",
            "The relationship exists, but FreeBusyAccessEnabled or Enabled is false.",
            "Get-OrganizationRelationship.",
            (relationship.CREATE_RELATIONSHIP,),
        ),
    ),
    "ODS no-free-busy-information-retrieved.md (LID 43324, 57660)",
    ("probe federation {domain}",),
    ("Get-OrganizationRelationship | Format-List Name,DomainNames,Enabled,FreeBusyAccess*",),
)

NO_ACCESS = Knowledge(
    "no-free-busy-access",
    "The partner denies the free/busy data",
    "The way to the partner works. The partner answers that the requester may not see this calendar.",
    (("The caller does not have access to free/busy data",), ("ErrorNoFreeBusyAccess",)),
    (
        Cause(
            "calendar-permission",
            "The calendar's Default permission is None.",
            "Only some mailboxes are affected.",
            (relationship.GRANT_ACCESS,),
        ),
        Cause(
            "relationship-of-partner",
            "The partner's organization relationship does not name the requester's domain, or gives no "
            "access.",
            "All mailboxes of the partner are affected.",
            (relationship.GRANT_ACCESS,),
        ),
    ),
    "RFB; KB2667844 (5037, LID 47652, 44348, 40764)",
    ("probe pair {ours} {domain}",),
    ("Get-MailboxFolderPermission MAILBOX:\\Calendar",),
)

DIFFERENT_ORGANIZATION = Knowledge(
    "requester-of-other-organization",
    "The requester belongs to a third organization",
    "The partner forwards no request of somebody who is not its own user: the mailbox is elsewhere by now.",
    (
        (
            "cross-organization request for mailbox",
            "is not allowed because the requester is from a different organization",
        ),
    ),
    (
        Cause(
            "hybrid-mesh",
            "The mailbox has moved to another organization (hybrid) and the caller still asks the old one.",
            "The target address of the recipient at the partner.",
            (relationship.EXTERNAL_ADDRESS,),
        ),
    ),
    "RFB (LID 39660)",
    ("probe check {domain}",),
)

TOO_MANY_ENTRIES = Knowledge(
    "too-many-entries",
    "The calendar has too many entries for one answer",
    "The lookup worked; the data is more than the service returns.",
    (("The result set contains too many calendar entries",),),
    (
        Cause(
            "calendar-size",
            "More than a thousand entries in the asked time.",
            "A shorter time window works.",
            (relationship.SHRINK_CALENDAR,),
        ),
    ),
    "RFB (LID 54796)",
)

WORK_HOURS = Knowledge(
    "work-hours",
    "The mailbox's work hours are damaged",
    "The lookup worked; the stored work hours end before they start.",
    (("Work hours start time must be less than or equal to end time",),),
    (
        Cause(
            "work-hours",
            "Damaged calendar configuration of that mailbox.",
            "Only this mailbox fails.",
            (relationship.SET_WORKING_HOURS,),
        ),
    ),
    "RFB",
    (),
    ("Get-MailboxCalendarConfiguration MAILBOX | Format-List WorkingHours*",),
)

MAILBOX_NOT_OPENED = Knowledge(
    "mailbox-not-opened",
    "Exchange that was asked could not open the mailbox",
    "The lookup was let in. The mailbox of the person that was asked for is being moved, or its database is "
    "not mounted.",
    (
        ("Mailbox move in progress",),
        ("ErrorMailboxMoveInProgress",),
        ("The mailbox database is temporarily unavailable",),
        ("ErrorMailboxStoreUnavailable",),
    ),
    (causes.TARGET_FAULT,),
    "Microsoft Learn, EWS ResponseCode",
    ("probe check {url}",),
    (
        "Get-MailboxDatabaseCopyStatus * | Format-Table Name,Status",
        "Get-MoveRequest -MoveStatus InProgress",
    ),
)

RESPONSE_NOT_PROVIDED = Knowledge(
    "response-not-provided",
    "The partner's answer has nothing for the recipient",
    "The request was answered as a whole and the part for this recipient is missing.",
    (("The proxy request failed because the response for recipient",),),
    (causes.TARGET_FAULT,),
    "[exchange 4.6] (LID 60732, 36156)",
    ("probe check {url}",),
    wrapper=True,
)

PROXY_WEB_REQUEST = Knowledge(
    "proxy-web-request-failed",
    "The request to the partner failed",
    "Only the wrapper: it says that a request to another server failed. The inner exception says why, and "
    "this text does not have it; take the whole description of event 4002 from the caller's Application log.",
    (
        ("Proxy web request failed",),
        ("ProxyWebRequestProcessingException",),
        ("ErrorProxyRequestProcessingFailed",),
    ),
    (causes.WSSECURITY, causes.PRE_AUTHENTICATION, causes.FIREWALL_RESET),
    "[exchange 4.6] (5016)",
    ("probe check {url}", "probe check {domain}"),
    (
        "Get-WinEvent -FilterHashtable @{LogName='Application';ProviderName='MSExchange "
        "Availability';Id=4001,4002} -MaxEvents 5 | Format-List TimeCreated,Message",
    ),
    wrapper=True,
)

ROWS = (
    NOT_RESOLVED,
    NO_ACCESS,
    DIFFERENT_ORGANIZATION,
    TOO_MANY_ENTRIES,
    WORK_HOURS,
    MAILBOX_NOT_OPENED,
    RESPONSE_NOT_PROVIDED,
    PROXY_WEB_REQUEST,
)
