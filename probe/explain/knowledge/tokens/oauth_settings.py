"""OAuth messages that name a setting: of the own auth servers and users, or of the side that refuses.

What the caller's server says by itself is [exchange 10.3], what the answering server says [exchange 10.4];
codes of Entra beside those about the certificate are [exchange 10.5].
"""

from __future__ import annotations

from probe.explain.explanation_model import Cause, Knowledge
from probe.explain.knowledge import causes
from probe.explain.knowledge.numbers.identifiers import aadsts_mark
from probe.remedies import oauth
from probe.remedies.advice import Advice

_OUTBOUND = "[exchange 10.3]"
_INBOUND = "[exchange 10.4]"
_SERVERS = ("Get-AuthServer | Format-List Name,Type,Realm,IssuerIdentifier,AuthMetadataUrl,Enabled",)


def _row(
    name: str,
    title: str,
    meaning: str,
    patterns: tuple[tuple[str, ...], ...],
    *found: Cause,
    source: str = _INBOUND,
    commands: tuple[str, ...] = (),
) -> Knowledge:
    return Knowledge(name, title, meaning, patterns, found, source, (), commands, decisive=True)


def _cause(name: str, text: str, told_by: str, *remedies: Advice) -> Cause:
    return Cause(name, text, told_by, remedies)


AUTH_SERVERS = _row(
    "oauth-auth-servers",
    "OAuth: the auth servers of your organization are not set up consistently",
    "Your own Exchange could not choose an auth server for the token. The other side was not given one.",
    (
        ("Unable to load OAuth configuration",),
        ("Multiple Auth Servers have",),
        ("matched Auth Server", "empty realm"),
        ("trusted issuers contained the following entries", "None of them are configured locally"),
    ),
    _cause(
        "auth-servers",
        "An auth server is missing, disabled, twice there, or without its realm (the tenant's identifier).",
        "Get-AuthServer: exactly one enabled entry a tenant, with its realm.",
        oauth.CHECK_TENANT,
    ),
    source=_OUTBOUND,
    commands=_SERVERS,
)
NO_OAUTH_THERE = _row(
    "oauth-endpoint",
    "OAuth: the URL that was asked does not offer OAuth",
    "The other side's answer to the first request held no usable Bearer challenge, so no token was sent.",
    (
        ("The specified url may not support OAuth",),
        ("The client ID inside the challenge", "was empty"),
        ("The challenge value returned from", "is not valid"),
    ),
    causes.OAUTH_OFF,
    causes.PRE_AUTHENTICATION_OAUTH,
    source=_OUTBOUND,
    commands=(
        "Get-IntraOrganizationConnector | Format-List Name,Enabled,DiscoveryEndpoint,TargetSharingEpr",
    ),
)
USER_WITHOUT_CLAIMS = _row(
    "oauth-user-claims",
    "OAuth: the asking user lacks what the token needs",
    "Your own Exchange could not name the user in the token, so nothing was sent for this user.",
    (
        ("UserPrincipalName property was missing on the mailbox object",),
        ("at least one valid claim-value for the user",),
        ("The claim nameidClaim is empty",),
    ),
    _cause(
        "user-without-upn",
        "The mailbox that asks has no UPN (or neither SID, SMTP nor SIP address) in the directory.",
        "Other users succeed.",
        oauth.COMPLETE_USER,
    ),
    source=_OUTBOUND,
)
APPLICATION_NOT_PARTNER = _row(
    "oauth-partner-application",
    "401: the side that answers does not know the application in the OAuth token",
    "The token was good and names an application that is no partner application there.",
    (
        ("The Application Identifier", "is unknown"),
        ("application identifier in the nameid claim value is invalid",),
        ("error_category", "invalid_app"),
    ),
    _cause(
        "partner-application",
        "The partner application is missing or disabled on the side that answers, or the caller uses a "
        "dedicated hybrid application that is not registered there.",
        "Get-PartnerApplication there against the identifier in the message.",
        oauth.REGISTER_PARTNER_APPLICATION,
    ),
    commands=("Get-PartnerApplication | Format-List Name,ApplicationIdentifier,Enabled,Realm",),
)
REALM_UNKNOWN = _row(
    "oauth-realm-unknown",
    "401: the tenant in the OAuth token is not known on the side that answers",
    "The token is for a tenant or realm that the side that answered does not have.",
    (
        ("The tenant for realm", "does not exist"),
        ("The tenant for context-id", "does not exist"),
        ("The audience in the token does not specify a realm",),
        ("audience contains a realm that is different than the issuer",),
        ("error_category", "invalid_tenant"),
    ),
    _cause(
        "wrong-realm",
        "The realm of the auth server or the domain of the connector belongs to another tenant.",
        "Realm of Get-AuthServer against the tenant's identifier.",
        oauth.CHECK_TENANT,
    ),
    commands=_SERVERS,
)
WRONG_ENDPOINT = _row(
    "oauth-wrong-endpoint",
    "401: the OAuth token is for another endpoint than the one that got it",
    "A device between sent the request to a server that the token is not for.",
    (
        ("The audience of the token", "doesn't match the endpoint"),
        ("token profile", "is not applicable for the current protocol"),
    ),
    _cause(
        "url-of-other-protocol",
        "The URL that was asked is not the EWS or Autodiscover URL of an Exchange that takes user tokens, or "
        "a device rewrites it.",
        "TargetSharingEpr and DiscoveryEndpoint of the connector; the path in the other side's IIS log.",
        oauth.CORRECT_CONNECTOR_ADDRESS,
    ),
    causes.PRE_AUTHENTICATION_OAUTH,
)
MAILBOX_TOO_OLD = _row(
    "oauth-mailbox-version",
    "401: the mailbox is on a server that cannot do OAuth",
    "The server that answered takes OAuth, and the mailbox behind it is on Exchange 2010.",
    (("mailbox version is not supported for access using OAuth",),),
    _cause(
        "mailbox-on-2010",
        "The mailbox is still on Exchange 2010.",
        "Get-Mailbox there shows its server's version.",
        oauth.DISABLE_CONNECTOR,
    ),
)
NOT_ENOUGH_SCOPE = _row(
    "oauth-scope",
    "403: the OAuth token gives no right to make this call",
    "The application of the token lacks the permission for EWS, or may use its own mailbox only.",
    (
        ("token contains not enough scope",),
        ("token contains no scope information",),
        ("not supported with OAuth token",),
        ("should have valid scope claim or linked account",),
        ("should access the mailbox specified in the oauth token",),
    ),
    _cause(
        "application-permission",
        "The hybrid application has no permission for EWS (full_access_as_app with consent), or the partner "
        "application no linked account.",
        "API permissions of the application in Entra; Get-PartnerApplication.",
        oauth.DEDICATED_APPLICATION,
        oauth.LINK_ACCOUNT,
    ),
)
CERTIFICATE_NOT_THERE = _row(
    "oauth-certificate-not-found",
    "OAuth: the server that answered lacks the certificate of the token",
    "A server of the organization that answers does not have the auth certificate that signed a token inside "
    "that organization.",
    (("certificate referenced by token with key", "could not be located on server"),),
    _cause(
        "auth-certificate-not-on-server",
        "The auth certificate is not on every server of the organization that answers.",
        "Get-ExchangeCertificate of the thumbprint on the server that the message names.",
        oauth.COPY_AUTH_CERTIFICATE,
    ),
)
SHARED_PRINCIPAL_BLOCKED = _row(
    "oauth-shared-principal",
    "403: the shared service principal may not use EWS any more",
    "Exchange Online refuses EWS requests that come with Exchange's shared service principal.",
    (
        ("shared", "service principal", "block"),
        ("dedicated Exchange hybrid app",),
        ("dedicated hybrid app",),
    ),
    _cause(
        "shared-service-principal",
        "Your servers still ask with the shared service principal.",
        "It began in autumn 2025 for all users; Get-SettingOverride shows no hybrid application.",
        oauth.DEDICATED_APPLICATION,
    ),
    source="[exchange 8.3]",
)
CONDITIONAL_ACCESS = _row(
    "oauth-conditional-access",
    "OAuth: a Conditional Access policy blocks the token",
    "Entra knows the application and gave no token, because a policy of the tenant keeps it out.",
    (
        (aadsts_mark(53003),),
        (aadsts_mark(530031),),
        (aadsts_mark(530034),),
        ("blocked by Conditional Access",),
    ),
    _cause(
        "conditional-access",
        "A Conditional Access policy for workload identities or locations covers the application.",
        "Entra's sign-in log (service principals) names the policy.",
        oauth.EXEMPT_APPLICATION,
    ),
    source="[exchange 10.5]",
)
ROWS = (
    AUTH_SERVERS,
    NO_OAUTH_THERE,
    USER_WITHOUT_CLAIMS,
    APPLICATION_NOT_PARTNER,
    REALM_UNKNOWN,
    WRONG_ENDPOINT,
    MAILBOX_TOO_OLD,
    NOT_ENOUGH_SCOPE,
    CERTIFICATE_NOT_THERE,
    SHARED_PRINCIPAL_BLOCKED,
    CONDITIONAL_ACCESS,
)
