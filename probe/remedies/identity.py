"""Advice about the user behind a token: password state, sign-in name, provisioning at Entra."""

from __future__ import annotations

from probe.remedies.advice import Actor, Advice

_TOGGLE = (
    "Update-MgUser -UserId UPN -UserPrincipalName USER@TENANT.onmicrosoft.com",
    "Update-MgUser -UserId USER@TENANT.onmicrosoft.com -UserPrincipalName UPN",
)
RESET_PASSWORD = Advice(
    Actor.CALLER,
    "Reset the password of that user at Entra (the same one will do), change the UPN to onmicrosoft.com and "
    "back, and look at the ImmutableId of the mailbox. If it holds for all users, ask Microsoft support; the "
    "trust itself is not at fault.",
    (*_TOGGLE, "Get-RemoteMailbox USER | Format-List UserPrincipalName,ImmutableId"),
    "RFB",
)
RENEW_PASSWORD = Advice(
    Actor.CALLER,
    "The password of that user at Entra has expired: take it from the expiry policy, or set a new one.",
    ("Update-MgUser -UserId UPN -PasswordPolicies DisablePasswordExpiration",),
    "RFB",
)
NO_FORCED_CHANGE = Advice(
    Actor.CALLER,
    "That user must change the password at the next logon: set a password without ForceChangePassword.",
    (
        "Update-MgUser -UserId UPN -PasswordProfile "
        "@{ForceChangePasswordNextSignIn=$false;Password='NEW-PASSWORD'}",
    ),
    "RFB",
)
TOGGLE_UPN = Advice(
    Actor.CALLER,
    "Change the UPN of that user to onmicrosoft.com and back. If most users are affected, ask Microsoft "
    "support.",
    _TOGGLE,
    "RFB",
)
REPAIR_MEMBER_NAME = Advice(
    Actor.CALLER,
    "Check the UPN and the ImmutableId of that user (it should be empty), toggle the UPN to onmicrosoft.com "
    "and back, and look at the rules of AD FS.",
    (
        "Get-RemoteMailbox USER | Format-List UserPrincipalName,ImmutableId,PrimarySmtpAddress",
        *_TOGGLE,
    ),
    "RFB",
)
FEDERATE_USER_DOMAIN = Advice(
    Actor.CALLER,
    "Add the domain of the user's primary address to the federated domains, if it is not one of them.",
    (
        "Get-FederatedOrganizationIdentifier | Format-List AccountNamespace,Domains,Enabled",
        "Add-FederatedDomain -DomainName DOMAIN",
    ),
    "RFB; PS/Add-FederatedDomain",
)
