"""Messages about mailboxes, rights, identities and data: the request got through and was refused for what it
asked. Source: [exchange 4] (RFB and 2013 rows)."""

from __future__ import annotations

from probe.explain.knowledge import causes
from probe.explain.knowledge import remedies as fix
from probe.explain.model import Cause, Knowledge

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
            (fix.CREATE_RELATIONSHIP,),
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
            (fix.GRANT_ACCESS,),
        ),
        Cause(
            "relationship-of-partner",
            "The partner's organization relationship does not name the requester's domain, or gives no "
            "access.",
            "All mailboxes of the partner are affected.",
            (fix.GRANT_ACCESS,),
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
            (fix.CREATE_RELATIONSHIP, fix.SET_SHARING_EPR),
        ),
    ),
    "RFB (LID 39660)",
    ("probe check {domain}",),
)

LINKED_ACCOUNT = Knowledge(
    "linked-account",
    "The OAuth application has no linked account",
    "The partner application is known and has no account with the rights to act for users.",
    (("application is missing a linked account for RBAC roles",),),
    (
        Cause(
            "linked-account",
            "Exchange Online's partner application lacks its LinkedAccount.",
            "Get-PartnerApplication.",
            (fix.REPAIR_OAUTH,),
        ),
    ),
    "RFB",
    ("probe check {url}",),
)

ACCOUNT_STATE = Knowledge(
    "account-state",
    "The account behind the token cannot be used",
    "The token service knows the user and refuses: password state or missing provisioning of the federated "
    "account.",
    (
        ("The entered and stored passwords do not match",),
        ("The password has to be changed",),
        ("The password for the account has expired",),
        ("Provision is needed before federated account can be logged in",),
        ("ErrorWin32InteropError",),
    ),
    (
        Cause(
            "federated-account",
            "The federation account at the token service is in a bad state.",
            "Test-FederationTrust for the same user.",
            (fix.RECREATE_TRUST, fix.REFRESH_METADATA),
        ),
    ),
    "RFB (ErrorWin32InteropError)",
    (),
    ("Test-FederationTrust -UserIdentity MAILBOX -Verbose",),
)

MEMBER_NAME = Knowledge(
    "member-name",
    "The token service refuses the requester's name",
    "wst:FailedAuthentication: the address that identifies the user is empty or not of a federated domain.",
    (("specified member name is either invalid or empty",), ("0x80048821",), ("0x80041034",)),
    (
        Cause(
            "member-name",
            "The user's address is not in a domain that was added to the federation trust.",
            "Get-FederatedOrganizationIdentifier against the user's primary address.",
            (fix.RECREATE_TRUST,),
        ),
    ),
    "RFB",
    (),
    ("Get-FederatedOrganizationIdentifier | Format-List Domains,Enabled",),
)

TOKEN_SERVICE = Knowledge(
    "token-service-unreachable",
    "The caller does not reach the token service",
    "Without a delegation token no federated request is sent; the partner is not concerned yet.",
    (
        ("Failed to communicate with", "extSTS.srf"),
        ("Failed to communicate with https://login.microsoftonline.com",),
    ),
    (
        Cause(
            "token-service-blocked",
            "Firewall, proxy or DNS of the caller do not let the SYSTEM account through.",
            "The same URL in a browser run as SYSTEM.",
            (fix.REACH_TOKEN_SERVICE,),
        ),
        causes.OUTBOUND_PROXY,
    ),
    "RFB; [exchange 7.7]",
    (),
    ("Test-FederationTrust -Verbose",),
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
            (fix.READ_TARGET_LOG,),
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
            (fix.READ_TARGET_LOG,),
        ),
    ),
    "RFB",
    (),
    ("Get-MailboxCalendarConfiguration MAILBOX | Format-List WorkingHours*",),
)

RESPONSE_NOT_PROVIDED = Knowledge(
    "response-not-provided",
    "The partner's answer has nothing for the recipient",
    "The request was answered as a whole and the part for this recipient is missing.",
    (("The proxy request failed because the response for recipient",),),
    (causes.TARGET_FAULT,),
    "[exchange 4] (LID 60732, 36156)",
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
    "[exchange 4] (5016)",
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
    LINKED_ACCOUNT,
    ACCOUNT_STATE,
    MEMBER_NAME,
    TOKEN_SERVICE,
    TOO_MANY_ENTRIES,
    WORK_HOURS,
    RESPONSE_NOT_PROVIDED,
    PROXY_WEB_REQUEST,
)
