"""Lookups between forests by an availability address space: how the other side is found, who may ask.

An account asks, not a federation token: no WSSecurity and no federation trust takes part.
"""

from __future__ import annotations

from probe.explain.explanation_model import Cause, Knowledge
from probe.explain.knowledge.numbers.schannel_events import event_mark
from probe.remedies import hybrid, relationship

NOT_ALLOWED_TO_PROXY = Knowledge(
    "proxy-request-not-allowed",
    "The account that asked may not ask for others here (event 4010)",
    "The server that answered got a request that another server passed on, from an account that has no right "
    "to do so. No certificate and no federation is concerned.",
    (
        (event_mark("availability", 4010),),
        ("WebRequestFailedSecurityChecks",),
        ("ProxyRequestNotAllowedException",),
        ("not have enough privileges to issue this request",),
        ("not have sufficient privileges to issue this request",),
    ),
    (
        Cause(
            "account-not-named",
            "Between forests: the account is neither OrgWideAccount nor PerUserAccount of the organization "
            "that answers. Inside: the caller is no Exchange server, or runs under another account.",
            "The SID in the event names the account; Get-AvailabilityConfig shows those that may ask.",
            (relationship.ORG_WIDE_ACCOUNT,),
        ),
    ),
    "[exchange 10.8]",
    commands=("Get-AvailabilityConfig | Format-List OrgWideAccount,PerUserAccount",),
    decisive=True,
)
_ANCHOR = Cause(
    "anchor-mailbox",
    "The caller asks Autodiscover for a made-up address, and Exchange 2013 or later there has no mailbox of "
    "that name and answers 404.",
    "The HttpProxy log of the answering side: MailboxGuidWithDomainNotFound, Cannot find mailbox "
    "01b62c6d-4324-448f-9884-5fec6d18a7e2.",
    (hybrid.ANSWER_ANCHOR_ADDRESS, hybrid.LEAD_ADDRESS_SPACE),
)
ANCHOR_MAILBOX = Knowledge(
    "cross-forest-anchor-mailbox",
    "The other forest's Autodiscover has no mailbox for the caller's made-up address",
    "A lookup by availability address space finds the other side by DNS and asks its Autodiscover for a "
    "made-up user; the front end that answers wants a mailbox for it.",
    (
        ("mark: cas error MailboxGuidWithDomainNotFound",),
        ("MailboxGuidWithDomainNotFound",),
        ("Cannot find mailbox 01b62c6d",),
    ),
    (_ANCHOR,),
    "[exchange 10.9] (KB3010570)",
    commands=("Get-Recipient 01B62C6D-4324-448f-9884-5FEC6D18A7E2@{domain}",),
    decisive=True,
)
ADDRESS_SPACE = Knowledge(
    "cross-forest-autodiscover",
    "The availability address space leads to no Autodiscover",
    "Your server looked for the other forest's Autodiscover by SCP and DNS and found none that it could use. "
    "No federation takes part.",
    (
        ("AvailabilityAddressSpace", "couldn't be used because the Autodiscover endpoint"),
        ("Unable to send cross-forest request for mailbox", "invalid configuration"),
    ),
    (
        _ANCHOR,
        Cause(
            "address-space-target",
            "The address space has no target address, and the domain's Autodiscover is not found in DNS.",
            "Get-AvailabilityAddressSpace against Resolve-DnsName autodiscover.DOMAIN.",
            (hybrid.LEAD_ADDRESS_SPACE,),
        ),
    ),
    "[exchange 10.9] (KB3010570)",
    ("probe check {domain}",),
    ("Get-AvailabilityAddressSpace | Format-List ForestName,AccessMethod,ProxyUrl,TargetAutodiscoverEpr",),
    decisive=True,
)
ROWS = (NOT_ALLOWED_TO_PROXY, ANCHOR_MAILBOX, ADDRESS_SPACE)
