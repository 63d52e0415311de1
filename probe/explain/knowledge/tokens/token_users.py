"""Refusals that concern one user behind a delegation token: password, sign-in name, provisioning at Entra.

The trust is not at fault when other users get a token; re-creating it would make every partner read the
federation information anew. Source: RFB.
"""

from __future__ import annotations

from probe.explain.explanation_model import Cause, Knowledge
from probe.explain.knowledge.numbers.identifiers import aadsts_mark
from probe.remedies import identity

PASSWORDS_DIFFER = Knowledge(
    "passwords-differ",
    "The token service does not accept this user: the stored password differs",
    "The token service knows the user and refuses it. Other users of yours may well get a token, "
    "so the trust "
    "is not at fault.",
    (("entered and stored passwords do not match",), ("0x80041012",)),
    (
        Cause(
            "user-credentials",
            "The credentials of this user at Entra are inconsistent (password, UPN or ImmutableId).",
            "Test-FederationTrust -UserIdentity with another user.",
            (identity.RESET_PASSWORD,),
        ),
    ),
    "RFB",
    commands=("Test-FederationTrust -UserIdentity ANOTHER-MAILBOX -Verbose",),
    decisive=True,
)
PASSWORD_EXPIRED = Knowledge(
    "password-expired",
    "The user's password at Entra has expired",
    "The token service knows the user and gives no token before the password is changed.",
    (("password for the account has expired",), (aadsts_mark(50055),)),
    (
        Cause(
            "user-password-expired",
            "The password of this user at Entra has expired.",
            "Test-FederationTrust -UserIdentity with another user.",
            (identity.RENEW_PASSWORD,),
        ),
    ),
    "RFB",
    commands=("Test-FederationTrust -UserIdentity ANOTHER-MAILBOX -Verbose",),
    decisive=True,
)
PASSWORD_CHANGE = Knowledge(
    "password-change",
    "The user has to change the password first",
    "The token service knows the user and gives no token before the password is changed.",
    (("password has to be changed",), ("password must be changed",)),
    (
        Cause(
            "user-password-change",
            "ForceChangePassword is set for the password of this user at Entra.",
            "Test-FederationTrust -UserIdentity with another user.",
            (identity.NO_FORCED_CHANGE,),
        ),
    ),
    "RFB",
    commands=("Test-FederationTrust -UserIdentity ANOTHER-MAILBOX -Verbose",),
    decisive=True,
)
PROVISION_NEEDED = Knowledge(
    "provision-needed",
    "The user is not provisioned at the token service",
    "The federated user's entry at Entra is inconsistent; the token service wants it provisioned first.",
    (("Provision is needed before federated account can be logged in",),),
    (
        Cause(
            "user-not-provisioned",
            "The UPN of this user at Entra needs to be set anew.",
            "Other users get a token; if most do not, it is Microsoft's to repair.",
            (identity.TOGGLE_UPN,),
        ),
    ),
    "RFB",
    commands=("Test-FederationTrust -UserIdentity ANOTHER-MAILBOX -Verbose",),
    decisive=True,
)
MEMBER_NAME = Knowledge(
    "member-name",
    "The token service refuses the user's name",
    "wst:FailedAuthentication: the address or ImmutableId that identifies the user is empty, malformed, or "
    "not of a federated domain.",
    (("specified member name is either invalid or empty",), ("0x80041034",), ("0x80048821",)),
    (
        Cause(
            "user-name",
            "The UPN or ImmutableId of this user is wrong, or AD FS names the user differently.",
            "Test-FederationTrust -UserIdentity with another user.",
            (identity.REPAIR_MEMBER_NAME,),
        ),
        Cause(
            "user-domain",
            "The domain of the user's primary address is not federated.",
            "Get-FederatedOrganizationIdentifier | fl Domains against the address.",
            (identity.FEDERATE_USER_DOMAIN,),
        ),
    ),
    "RFB",
    commands=("Get-FederatedOrganizationIdentifier | Format-List Domains,Enabled",),
)
ROWS = (PASSWORDS_DIFFER, PASSWORD_EXPIRED, PASSWORD_CHANGE, PROVISION_NEEDED, MEMBER_NAME)
