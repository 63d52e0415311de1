"""Messages about OAuth tokens: what the side that answers says, and what Entra says (AADSTS codes).

Sources: RFB (sections on HTTP status 401); [exchange 10.3] and [exchange 10.4] (Exchange's own messages);
[exchange 10.5] (the AADSTS codes).
"""

from __future__ import annotations

from probe.explain.explanation_model import Cause, Knowledge
from probe.explain.knowledge import causes, scopes
from probe.explain.knowledge.http_statuses import http_status
from probe.explain.knowledge.numbers.identifiers import aadsts_mark
from probe.remedies import directories, network, oauth

_CHECK = ("Test-OAuthConnectivity -Service EWS -TargetUri {url} -Mailbox MAILBOX -Verbose",)
_ENTRA = "[exchange 10.5]"


def _row(
    name: str,
    title: str,
    meaning: str,
    patterns: tuple[tuple[str, ...], ...],
    *found: Cause,
    source: str = "RFB (HTTP status 401)",
) -> Knowledge:
    return Knowledge(name, title, meaning, patterns, found, source, (), _CHECK, decisive=True)


MISSING_SIGNING_CERTIFICATE = _row(
    "oauth-signing-certificate",
    "OAuth: the signing certificate is missing",
    "Your own Exchange cannot sign the OAuth token: the certificate of the auth configuration is "
    "missing, has "
    "no private key or has expired. The other side has not been asked.",
    (
        ("Missing signing certificate",),
        ("signing certificate", "not found"),
        ("signing certificate", "could not be found"),
        ("No certificate", "AuthConfig"),
        ("find the authorization certificate with thumbprint",),
        ("signing certificate should have a private key with at least 2048 bits",),
    ),
    Cause(
        "auth-certificate-missing",
        "The auth certificate (CurrentCertificateThumbprint) is not on this server, or is not set.",
        "Get-ExchangeCertificate -Thumbprint (Get-AuthConfig).CurrentCertificateThumbprint on every server.",
        (oauth.NEW_AUTH_CERTIFICATE,),
    ),
    source="RFB (missing signing certificate); [exchange 10.3] (KB3089171)",
)
INVALID_SIGNATURE = _row(
    "oauth-refused",
    "401: the OAuth token has an invalid signature",
    "The token came from an issuer whose keys the side that answered does not have: its metadata of the auth "
    "server is stale.",
    (
        ("token has an invalid signature",),
        ("has an invalid signature",),
        ("error_category", "invalid_signature"),
        ("issuer of the token is unknown",),
        ("error_category", "invalid_issuer"),
    ),
    Cause(
        "auth-metadata-stale",
        "The auth server's metadata on the side that refuses the OAuth token is stale or wrong.",
        "Get-AuthServer there: IssuerIdentifier, TokenIssuingEndpoint, AuthMetadataUrl.",
        (oauth.REFRESH_AUTH_METADATA,),
    ),
    source="RFB (token has an invalid signature)",
)
KEY_NOT_FOUND = _row(
    "oauth-key-not-found",
    "OAuth: Entra does not know your auth certificate",
    "Entra gave no token, because the certificate that signed the request is not registered there: your auth "
    "certificate was renewed, and the new one was not uploaded.",
    (
        ("key was not found",),
        (aadsts_mark(50012),),
        (aadsts_mark(700027),),
        (aadsts_mark(7000215),),
        ("Client assertion contains an invalid signature",),
    ),
    Cause(
        "auth-certificate",
        "Your current auth certificate is not the one that is registered at Entra for Exchange.",
        "Compare the thumbprint in the message with (Get-AuthConfig).CurrentCertificateThumbprint.",
        (oauth.UPLOAD_AUTH_CERTIFICATE,),
    ),
    source=f"RFB (key was not found); {_ENTRA}",
)
ASSERTION_TIME = _row(
    "oauth-assertion-time",
    "OAuth: the token request is outside its time",
    "Entra refused the signed request because of its time: a clock is off, or the certificate has expired.",
    (
        (aadsts_mark(700024),),
        (aadsts_mark(500133),),
        ("token is expired",),
        ("error_category", "token_expired"),
        ("lifetime of the token", "invalid"),
    ),
    Cause(
        "clock-skew",
        "The clock of your server is off by more than five minutes.",
        "w32tm /query /status on the server that asked.",
        (network.SYNCHRONISE_CLOCK,),
    ),
    Cause(
        "auth-certificate",
        "The auth certificate has expired.",
        "Get-ExchangeCertificate -Thumbprint (Get-AuthConfig).CurrentCertificateThumbprint.",
        (oauth.NEW_AUTH_CERTIFICATE, oauth.UPLOAD_AUTH_CERTIFICATE),
    ),
    source=_ENTRA,
)
APPLICATION_UNKNOWN = _row(
    "oauth-application",
    "OAuth: the application is unknown or disabled in the tenant",
    "Entra does not find the application that asks (Exchange's own or the dedicated hybrid one) in the "
    "tenant, or it is disabled there.",
    (
        (aadsts_mark(700016),),
        (aadsts_mark(7000112),),
        (aadsts_mark(700025),),
        (aadsts_mark(7000222),),
        (aadsts_mark(50105),),
    ),
    Cause(
        "application-missing",
        "The application is not in that tenant, has been disabled, or its secret or certificate has expired.",
        "The application's identifier in the message against the enterprise applications of the tenant.",
        (oauth.DEDICATED_APPLICATION, oauth.CHECK_TENANT),
    ),
    source=_ENTRA,
)
RESOURCE_UNKNOWN = _row(
    "oauth-resource",
    "OAuth: the host that was asked is not registered in the tenant",
    "Entra gives no token for that host, because no service principal name of the tenant has it.",
    (
        (aadsts_mark(500011),),
        (aadsts_mark(50001),),
        ("resource principal named", "was not found"),
        (aadsts_mark(65001),),
    ),
    Cause(
        "service-principal-name",
        "The host of the EWS or Autodiscover URL is not among the service principal names of "
        "Exchange Online.",
        "Get-MgServicePrincipal … | fl ServicePrincipalNames against the host in the message.",
        (oauth.REGISTER_SERVICE_PRINCIPAL_NAME,),
    ),
    source=_ENTRA,
)
TENANT_UNKNOWN = _row(
    "oauth-tenant",
    "OAuth: the tenant is not found",
    "The token request names a tenant or realm that Entra does not have.",
    (
        (aadsts_mark(90002),),
        (aadsts_mark(900023),),
        (aadsts_mark(50020),),
        (aadsts_mark(900439),),
        (aadsts_mark(90014),),
    ),
    Cause(
        "wrong-tenant",
        "The realm or the endpoints of the auth server belong to another tenant or another cloud.",
        "Get-AuthServer | fl Realm,TokenIssuingEndpoint against the tenant.",
        (oauth.CHECK_TENANT,),
    ),
    source=_ENTRA,
)
USER_AMBIGUOUS = _row(
    "oauth-user-ambiguous",
    "401: two objects have the address of the user in the token",
    "The OAuth token was good; the user in it is ambiguous in the directory of the side that answered.",
    (
        ("user-context in the token is ambiguous",),
        ("user context in the token is ambiguous",),
        ("user specified by the user-context", "ambiguous"),
    ),
    Cause(
        "duplicate-user",
        "Another user or mailbox of that directory has the same UPN, SMTP or SIP address.",
        "An LDAP query for the address finds two objects.",
        (oauth.REMOVE_DUPLICATE_USER,),
    ),
    source="RFB (LID 43532)",
)
USER_UNKNOWN = _row(
    "oauth-user-unknown",
    "401: the user in the token does not exist on the other side",
    "The OAuth token was good; the user that it names is not in the directory of the side that answered.",
    (
        ("user specified by the user-context in the token does not exist",),
        ("user specified by the user context in the token", "does not exist"),
        ("user-context", "does not exist"),
        (aadsts_mark(50034),),
    ),
    Cause(
        "user-not-synchronised",
        "The user and its mail user on the other side are not synchronised.",
        "Only some users fail; Get-MailUser on the other side.",
        (oauth.SYNCHRONISE_USER,),
    ),
    source="RFB (user-context does not exist)",
)
AUDIENCE = _row(
    "oauth-audience",
    "401: the OAuth token is for another host",
    "The audience of the token names a host that the server does not take for its own: the "
    "request came to it "
    "under another name or without TLS.",
    (
        ("hostname component of the audience claim value", "is invalid"),
        ("error_category", "invalid_resource"),
        ("audience claim value", "invalid"),
    ),
    Cause(
        "tls-offloading",
        "TLS offloading in front of Exchange, or a URL whose host is not in the server's InternalUrl or "
        "ExternalUrl, makes the audience of the OAuth token invalid.",
        "The host in the message against the URLs of the EWS virtual directory; offloading on the device.",
        (oauth.NO_OFFLOADING, directories.SET_EXTERNAL_URL),
    ),
    Cause(
        "device-in-front",
        "A device in front of Exchange changes or blocks the request.",
        "It works past the device.",
        (directories.PASS_THROUGH_OAUTH,),
    ),
    source="RFB (audience claim)",
)
LINKED_ACCOUNT = _row(
    "linked-account",
    "The OAuth application has no linked account",
    "The partner application is known and has no account with the rights to act for users.",
    (
        ("application is missing a linked account for RBAC roles",),
        ("calling users account is logon disabled",),
    ),
    Cause(
        "linked-account",
        "Exchange Online's partner application lacks its linked account, or the account has no RBAC role or "
        "is disabled.",
        "Get-PartnerApplication | fl LinkedAccount.",
        (oauth.LINK_ACCOUNT,),
    ),
    source="RFB",
)
TEST_FAILED = Knowledge(
    "oauth-500",
    "500: the OAuth request reached Exchange and failed there",
    "The request with the OAuth token got to the other side's Exchange, which answered 500. The federation "
    "trust plays no part in it.",
    http_status(500),
    (
        Cause(
            "exchange-2016-cu8",
            "Exchange 2016 CU8 fails on OAuth requests; it is repaired in CU9.",
            "Get-ExchangeServer | fl AdminDisplayVersion: 15.1 (Build 1415.x) is CU8.",
            (oauth.UPDATE_EXCHANGE,),
            named_by=("SendExchangeOAuthRequest", "TestOAuthConnectivity"),
        ),
        causes.TARGET_FAULT,
        causes.OAUTH_OFF,
    ),
    "Microsoft Support, hybrid free/busy lookups fail between Exchange 2016 CU8 and Office 365",
    commands=_CHECK,
    scope=scopes.OAUTH,
)
TOKEN_REQUEST = Knowledge(
    "oauth-token-request",
    "OAuth: the token request failed",
    "Your server got no OAuth token, so nothing was sent to the other side.",
    (("Unable to get token from Auth Server",), ("OAuthTokenRequestFailedException",), ("invalid_client",)),
    (causes.OAUTH_TOKEN, causes.OWN_WAY_OUT_OAUTH),
    "RFB",
    commands=_CHECK,
    wrapper=True,
)
ROWS = (
    MISSING_SIGNING_CERTIFICATE,
    INVALID_SIGNATURE,
    KEY_NOT_FOUND,
    ASSERTION_TIME,
    APPLICATION_UNKNOWN,
    RESOURCE_UNKNOWN,
    TENANT_UNKNOWN,
    USER_AMBIGUOUS,
    USER_UNKNOWN,
    AUDIENCE,
    LINKED_ACCOUNT,
    TEST_FAILED,
    TOKEN_REQUEST,
)
