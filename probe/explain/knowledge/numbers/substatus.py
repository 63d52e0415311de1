"""Substatus codes of IIS that change what a status means: which rule refused, so who can change it.

Source: Microsoft Learn, HTTP status codes in IIS; [exchange 3.5].
"""

from __future__ import annotations

from probe.explain.explanation_model import Cause, Knowledge
from probe.explain.knowledge import causes, scopes
from probe.remedies import certificates, directories, federation_trust, network, oauth, relationship

_SOURCE = "Microsoft Learn, HTTP status codes in IIS; [exchange 3.5]"


def substatus_mark(status: int, substatus: int) -> str:
    """What `matching` adds for an entry with this status and substatus."""
    return f"mark: http {status} point {substatus} end"


def _row(
    number: str, title: str, meaning: str, found: tuple[Cause, ...], *further: tuple[str, ...]
) -> Knowledge:
    status, substatus = map(int, number.split("."))
    return Knowledge(
        f"http-{status}-{substatus}",
        f"{number}: {title}",
        meaning,
        ((substatus_mark(status, substatus),), *further),
        found,
        _SOURCE,
        ("probe check {url}",),
        decisive=True,
    )


_REQUEST_FILTER = Cause(
    "request-filtering",
    "Request filtering of IIS (or URL rewrite rules) refuses the path.",
    "The substatus; & $env:windir\\system32\\inetsrv\\appcmd.exe list config -section:requestFiltering.",
    (directories.REPAIR_VIRTUAL_DIRECTORY,),
)
_CONFIGURATION = Cause(
    "iis-configuration",
    "The configuration of the virtual directory or of its application pool is damaged.",
    "Open the URL on the server itself: IIS names the file and the line.",
    (directories.REPAIR_VIRTUAL_DIRECTORY,),
)
_CLIENT_CERTIFICATE = Cause(
    "client-certificate",
    "IIS wants a client certificate for this path, and the caller sends none.",
    "SSL settings of the virtual directory: client certificates on Require.",
    (certificates.IGNORE_CLIENT_CERTIFICATES,),
)
_ANONYMOUS_OFF = Cause(
    "anonymous-authentication-off",
    "Anonymous authentication of the virtual directory is off in IIS, so the token inside the message is "
    "never looked at.",
    "Authentication settings of EWS and Autodiscover in IIS Manager against the defaults.",
    (directories.DEFAULT_AUTHENTICATION,),
    scope=scopes.FEDERATED,
)
_ACCOUNT_REFUSED = Cause(
    "account-refused",
    "The user name or password of the caller's account is refused.",
    "Event 4625 in the Security log of the server names the account and the reason.",
    (relationship.ADDRESS_SPACE_CREDENTIALS, directories.WINDOWS_AUTHENTICATION),
)
_EXCHANGE_REFUSED = Cause(
    "exchange-refused-token",
    "Exchange itself refused the token: its federation trust is out of date, or the clocks differ.",
    "Test-FederationTrust on the side that answers.",
    (federation_trust.REFRESH_METADATA, network.SYNCHRONISE_CLOCK),
    scope=scopes.FEDERATED,
)
_EXCHANGE_REFUSED_OAUTH = Cause(
    "exchange-refused-token",
    "Exchange itself refused the OAuth token.",
    "Test-OAuthConnectivity names the fault.",
    (oauth.REFRESH_AUTH_METADATA, oauth.TEST_OAUTH),
    scope=scopes.OAUTH,
)

ROWS = (
    _row(
        "401.1",
        "the logon failed",
        "IIS checked an account and refused it: name, password or Kerberos ticket. That is Windows "
        "authentication; a federation token is no account.",
        (_ACCOUNT_REFUSED, causes.CLOCK),
    ),
    _row(
        "401.2",
        "the authentication settings of the server refuse the request",
        "IIS was reached, and none of the ways of authenticating that are on fits the request.",
        (
            _ANONYMOUS_OFF,
            Cause(
                "windows-authentication",
                "The way in which the caller authenticates (OAuth, NTLM, Kerberos) is off for this virtual "
                "directory, or it is the first step of a logon, which is normal.",
                "A line with status 200 of the same client follows at once when it was the first step.",
                (directories.DEFAULT_AUTHENTICATION,),
            ),
        ),
    ),
    _row(
        "401.3",
        "a file permission refuses the request",
        "The permissions (ACL) of the files behind the path keep the request out.",
        (_CONFIGURATION,),
    ),
    _row(
        "401.4",
        "a filter refused the request",
        "An ISAPI filter or module on the server (an agent of an authentication product) refused the request "
        "before Exchange saw it.",
        (
            Cause(
                "authentication-filter",
                "An authentication filter or agent on the server wants a logon of its own.",
                "The list of ISAPI filters and modules of the site in IIS Manager.",
                (directories.PASS_THROUGH,),
                scope=scopes.FEDERATED_PARTNER,
            ),
            Cause(
                "authentication-filter",
                "An authentication filter or agent on the server wants a logon of its own.",
                "The list of ISAPI filters and modules of the site in IIS Manager.",
                (directories.PASS_THROUGH_OAUTH,),
                scope=scopes.OAUTH,
            ),
        ),
    ),
    _row(
        "401.5",
        "Exchange itself refused the request",
        "The application behind IIS decided: the request came through everything in front of it.",
        (_EXCHANGE_REFUSED, _EXCHANGE_REFUSED_OAUTH, causes.WSSECURITY, causes.OAUTH_OFF),
    ),
    _row(
        "403.4",
        "the path requires TLS and the request came without",
        "IIS got plain HTTP: a device in front ends TLS and passes the request on unencrypted (offloading).",
        (
            Cause(
                "tls-offloading",
                "A load balancer or reverse proxy offloads TLS, while the virtual directory requires SSL.",
                "The IIS log shows port 80, or the device's rule says http to the server.",
                (directories.REQUIRE_TLS_ONLY_FOR_HTTPS,),
            ),
        ),
    ),
    _row(
        "403.6",
        "the source address is denied",
        "IIS (or what publishes Exchange) has a list of addresses, and the caller's is not allowed. From "
        "another address the same request may pass, so only the caller's own network can tell.",
        (
            Cause(
                "address-restriction",
                "The caller's public address is not on the list of allowed addresses.",
                "IP Address and Domain Restrictions of the virtual directories and of the site.",
                (directories.ALLOW_CALLER_ADDRESS,),
            ),
        ),
        ("The IP address from which you are browsing is not permitted",),
    ),
    _row(
        "403.7",
        "a client certificate is required",
        "IIS wants a client certificate; the Availability service never sends one.",
        (_CLIENT_CERTIFICATE,),
        ("The page you are attempting to access requires your browser to have a Secure Sockets Layer",),
    ),
    _row(
        "403.14",
        "IIS would have to list a directory",
        "The request ended at a folder instead of the handler: the path is wrong or the handler is missing.",
        (causes.HANDLER, causes.WRONG_ADDRESS),
    ),
    _row(
        "403.16",
        "the client certificate is not trusted",
        "IIS asked for a client certificate and refused it.",
        (_CLIENT_CERTIFICATE,),
    ),
    _row(
        "403.18",
        "the request cannot run in this application pool",
        "The URL was rewritten into another application pool.",
        (_CONFIGURATION,),
    ),
    _row(
        "404.3",
        "no handler for *.svc",
        "IIS treats the file as a static one: WCF is not registered for it.",
        (causes.HANDLER,),
    ),
    *(
        _row(
            number,
            "request filtering refused the path",
            "IIS refused the URL before Exchange saw it.",
            (_REQUEST_FILTER,),
        )
        for number in ("404.5", "404.6", "404.7", "404.8", "404.11", "404.15")
    ),
    _row(
        "413.1",
        "the request is too large",
        "IIS refused the size of the request.",
        (_REQUEST_FILTER,),
    ),
    _row(
        "500.19",
        "the configuration cannot be read",
        "web.config or applicationHost.config is not valid.",
        (_CONFIGURATION,),
    ),
    _row(
        "500.21",
        "the module of a handler is missing",
        "ASP.NET or WCF is not registered completely.",
        (_CONFIGURATION, causes.HANDLER),
    ),
    _row(
        "500.24",
        "the pipeline mode does not fit",
        "Impersonation is set with the integrated pipeline.",
        (_CONFIGURATION,),
    ),
)
