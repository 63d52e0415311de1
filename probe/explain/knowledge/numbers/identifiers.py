"""Identifiers that are no Availability codes: X-CasErrorCode, substatus, Win32 status, HTTPERR reasons.

Sources: [exchange 3.1.5]; Microsoft Learn.
"""

from __future__ import annotations

from probe.explain.explanation_model import Code

_CAS = "[exchange 3.1.5]; [exchange 10.6] (X-CasErrorCode)"


def aadsts_mark(number: int) -> str:
    """What `matching` adds for a code of Microsoft Entra: whole, since one number begins another."""
    return f"mark: entra code {number} end"


CAS_ERRORS = tuple(
    Code(name, name, meaning, _CAS, knowledge)
    for name, meaning, knowledge in (
        ("UnauthenticatedRequest", "Exchange's front end wants a logon for this request.", "http-401"),
        (
            "BadSamlToken",
            "The request took the WSSecurity way and carries no valid token: to a probe a good sign.",
            "http-401",
        ),
        ("InvalidOAuthToken", "The OAuth token was refused.", "oauth-refused"),
        ("ServerNotFound", "The front end found no back end for the request.", "http-503"),
        ("BackEndRequestTimedOut", "The back end did not answer the front end.", "http-504"),
        ("UserNotFound", "The mailbox in X-AnchorMailbox or the token is unknown.", "recipient-not-found"),
        ("DomainNotFound", "The domain is unknown to the partner.", "not-federated"),
        ("EndpointNotFound", "No such endpoint behind the front end.", "http-404"),
        (
            "ServerKerberosAuthenticationFailure",
            "The front end could not log on to the back end.",
            "http-500",
        ),
        (
            "MailboxGuidWithDomainNotFound",
            "No mailbox of that identifier: usually the made-up address of a cross-forest request.",
            "cross-forest-anchor-mailbox",
        ),
        *(
            (name, "The directory of the side that answers gave no mailbox server.", "internal-error")
            for name in (
                "MServOperationError",
                "ServerDiscoveryError",
                "CacheDeserializationError",
                "DatabaseNameNotFound",
                "DatabaseGuidNotFound",
                "OrganizationMailboxNotFound",
                "ServerVersionNotFound",
                "MailboxExternalDirectoryObjectIdNotFound",
            )
        ),
        *(
            (name, "The front end is overloaded with requests.", "http-503")
            for name in (
                "TooManyOutstandingProxyRequests",
                "TooManyOutstandingAuthenticationRequests",
                "TooManyOutstandingProxyRequestsToForest",
                "TooManyOutstandingProxyRequestsToDag",
            )
        ),
        ("RpcHttpConnectionEstablishmentTimeout", "The back end did not answer the front end.", "http-504"),
        ("ClientDisconnect", "The caller went away before the answer.", None),
        (
            "CannotReplayRequest",
            "The front end could not send the request to the back end again.",
            "http-500",
        ),
        ("DirectoryOperationError", "The partner's directory could not be asked.", "internal-error"),
        ("ServerLocatorError", "The partner could not locate the mailbox's server.", "internal-error"),
    )
)

_IIS = "Microsoft Learn, HTTP status codes in IIS"

SUB_STATUS = tuple(
    Code(number, number, meaning, _IIS)
    for number, meaning in (
        ("401.1", "Logon failed."),
        ("401.2", "The server's configuration wants another authentication."),
        ("401.3", "Denied by a file permission."),
        ("401.4", "Denied by a filter."),
        ("401.5", "Denied by the application: Exchange itself."),
        ("403.4", "TLS is required."),
        ("403.6", "The source address is denied."),
        ("403.7", "A client certificate is required."),
        ("403.14", "Directory listing: the handler for the path is missing."),
        ("404.0", "Not found."),
        ("404.2", "Denied by the ISAPI and CGI restriction list."),
        ("404.3", "No handler for the extension: WCF is not registered."),
        ("404.5", "Denied by request filtering: a URL sequence."),
        ("404.8", "Denied by request filtering: a hidden segment."),
        ("404.11", "Denied by request filtering: double escaping."),
        ("405.0", "The method is not allowed."),
        ("500.19", "The configuration (web.config) is not valid."),
        ("500.21", "The module of a handler is missing."),
        ("503.0", "The application pool is not available."),
        ("503.2", "The limit of concurrent requests is exceeded."),
    )
)

WIN32_STATUS = tuple(
    Code(str(number), name, meaning, "[failures 5.7]; Windows system error codes")
    for number, name, meaning in (
        (64, "ERROR_NETNAME_DELETED", "The client went away before the answer."),
        (995, "ERROR_OPERATION_ABORTED", "The request was aborted."),
        (1236, "ERROR_CONNECTION_ABORTED", "The connection was aborted locally."),
        (1326, "ERROR_LOGON_FAILURE", "The logon failed."),
        (
            2148074254,
            "SEC_E_NO_CREDENTIALS",
            "No credentials came with the request: the first leg of a challenge.",
        ),
        (2148074252, "SEC_E_LOGON_DENIED", "The logon was denied."),
    )
)

HTTPERR_REASONS = tuple(
    Code(name, name, meaning, "Microsoft Learn, error logging in HTTP APIs (HTTPERR)", knowledge)
    for name, meaning, knowledge in (
        ("AppOffline", "The application pool is stopped.", "http-503"),
        ("AppPoolTimer", "The application pool is too busy.", "http-503"),
        ("AppShutdown", "The application pool is shutting down.", "http-503"),
        ("N/A", "The application pool has been disabled.", "http-503"),
        ("QueueFull", "The application pool's queue is full.", "http-503"),
        ("ConnLimit", "The connection limit of the site is reached.", "http-503"),
        ("Connection_Dropped", "The client closed the connection before the answer.", None),
        ("Timer_ConnectionIdle", "The connection was idle too long.", None),
        ("Timer_EntityBody", "The request's body came too slowly.", "timed-out"),
        ("Client_Reset", "The client reset the connection.", None),
        ("Hostname", "The host name of the request is not served here.", "http-400"),
        ("BadRequest", "The request could not be parsed.", "http-400"),
    )
)
