"""Numbers and identifiers: Availability error codes, LIDs, events, results of Test-OrganizationRelationship,
X-CasErrorCode, IIS substatus and Win32 status. Sources: exchange.md sections 3.1, 4, 5 and 7.4."""

from __future__ import annotations

from probe.explain.model import Code

_CODES_SOURCE = "exchange.md 4 (ExceptionCode of MessageXml, Outlook's hover text)"


def _code(number: int, name: str, meaning: str, knowledge: str | None = None) -> Code:
    return Code(str(number), name, meaning, _CODES_SOURCE, knowledge)


CODES = (
    _code(5000, "RequestStreamTooBig", "The request is too large."),
    _code(5001, "IdentityArrayEmpty", "No mailbox was asked for."),
    _code(5002, "IdentityArrayTooBig", "Too many mailboxes were asked for at once."),
    _code(5003, "TimeIntervalTooBig", "The time window is too long."),
    _code(5004, "InvalidMergedFreeBusyInterval", "The interval of the merged view is not allowed."),
    _code(5006, "ResultSetTooBig", "The calendar has too many entries for one answer.", "too-many-entries"),
    _code(5007, "InvalidClientSecurityContext", "The security context of the client is not usable."),
    _code(5008, "MailboxLogonFailed", "The server could not open the mailbox.", "internal-error"),
    _code(5009, "MailRecipientNotFound", "The address is no object of the directory.", "recipient-not-found"),
    _code(5010, "InvalidTimeInterval", "The time window is not valid."),
    _code(5011, "PublicFolderServerNotFound", "No public folder server for legacy free/busy."),
    _code(
        5012,
        "InvalidAccessLevel",
        "The access level of the relationship or address space is not valid.",
        "relationship-unusable",
    ),
    _code(5013, "InvalidSecurityDescriptor", "The calendar's permissions cannot be read."),
    _code(
        5014,
        "Win32InteropError",
        "A Windows call failed, often the account behind the token.",
        "account-state",
    ),
    _code(
        5015,
        "ProxyRequestNotAllowed",
        "The request may not be passed on: the requester is from another organization.",
        "requester-of-other-organization",
    ),
    _code(
        5016,
        "ProxyRequestProcessingFailed",
        "The request to the other organization failed; the inner exception says why.",
        "proxy-web-request-failed",
    ),
    _code(5017, "PublicFolderRequestProcessingFailed", "Legacy free/busy from public folders failed."),
    _code(5019, "WorkingHoursXmlMalformed", "The stored work hours are damaged.", "work-hours"),
    _code(
        5021,
        "ServiceDiscoveryFailed",
        "No Availability service was found for the mailbox's site.",
        "autodiscover-failed",
    ),
    _code(
        5023, "AddressSpaceNotFound", "No relationship or address space for the domain.", "no-configuration"
    ),
    _code(5024, "AvailabilityConfigNotFound", "No availability configuration object.", "no-configuration"),
    _code(
        5025,
        "InvalidCrossForestCredentials",
        "The credentials of the availability address space do not work.",
    ),
    _code(5026, "InvalidFreeBusyViewType", "The requested view does not exist."),
    _code(5027, "TimeoutExpired", "The lookup took longer than its limit.", "timed-out"),
    _code(5028, "MissingArgument", "The request lacks an argument."),
    _code(5029, "NoCalendar", "The mailbox has no calendar."),
    _code(5032, "InvalidAuthorizationContext", "The authorisation of the request is not usable."),
    _code(5033, "LogonAsNetworkServiceFailed", "The service could not log on as Network Service."),
    _code(5034, "InvalidNetworkServiceContext", "The Network Service context is not usable."),
    _code(5035, "InvalidSmtpAddress", "The address is no valid SMTP address."),
    _code(5036, "IndividualMailboxLimitReached", "Too many mailboxes in the request."),
    _code(5037, "NoFreeBusyAccess", "The requester may not see this calendar.", "no-free-busy-access"),
    _code(
        5039, "AutoDiscoverFailed", "Autodiscover failed on the way to the partner.", "autodiscover-failed"
    ),
    _code(5040, "MeetingSuggestionGenerationFailed", "Meeting suggestions could not be made."),
    _code(5041, "FreeBusyGenerationFailed", "The server could not compute free/busy.", "internal-error"),
    _code(5042, "ClientDisconnected", "The client went away before the answer."),
    _code(5043, "FreeBusyDLLimitReached", "The distribution list has too many members."),
    _code(5044, "E14orHigherProxyServerNotFound", "No server new enough to pass the request on."),
    _code(5045, "ProxyForPersonalNotAllowed", "Personal sharing may not be passed on."),
    _code(5046, "MailboxFailover", "The mailbox is being moved or failed over; try again."),
    _code(
        5047,
        "InvalidOrganizationRelationshipForFreeBusy",
        "The organization relationship lacks what free/busy needs.",
        "relationship-unusable",
    ),
    _code(5048, "DeliveryRestricted", "Delivery restrictions hide the members."),
    _code(
        5100,
        "GetFolderRequestProcessingFailed",
        "The request for the shared folder failed.",
        "proxy-web-request-failed",
    ),
    _code(5101, "NotDefaultCalendar", "Only the default calendar can be asked for."),
)


def _lid(number: int, meaning: str, knowledge: str | None = None, source: str = "RFB; exchange.md 4") -> Code:
    return Code(str(number), f"LID {number}", meaning, source, knowledge)


_LIDS_2013 = "exchange.md 5 (Exchange 2013; LIDs drift between builds)"
LIDS = (
    _lid(43404, "The 25 seconds of the whole request ran out.", "timed-out"),
    _lid(43532, "The request to the partner failed on the HTTP or OAuth level."),
    _lid(59916, "The partner could not process the security token.", "security-tokens"),
    _lid(33676, "Autodiscover reports an error for a user setting.", "autodiscover-invalid-user"),
    *(
        _lid(number, "No connector, relationship or address space for the domain.", "no-configuration")
        for number in (47932, 51004, 64316, 54588, 58684)
    ),
    _lid(42300, "The organization relationship lacks what free/busy needs.", "relationship-unusable"),
    *(
        _lid(number, "The address is no object of the directory.", "recipient-not-found")
        for number in (43324, 57660)
    ),
    *(
        _lid(number, "The requester may not see this calendar.", "no-free-busy-access")
        for number in (47652, 44348, 40764)
    ),
    _lid(39660, "The requester is from a different organization.", "requester-of-other-organization"),
    _lid(54796, "Too many calendar entries.", "too-many-entries"),
    *(
        _lid(number, "The answer has nothing for the recipient.", "response-not-provided")
        for number in (60732, 36156)
    ),
    _lid(34108, "The intra-organization connector is misconfigured.", "no-configuration", _LIDS_2013),
    _lid(34620, "Autodiscover answered with a SOAP error.", "autodiscover-invalid-response", _LIDS_2013),
    *(
        _lid(number, "The recipient is no contact or user.", "recipient-not-found", _LIDS_2013)
        for number in (35132, 41276, 51516)
    ),
    *(
        _lid(number, "The Availability service of the target is missing.", None, _LIDS_2013)
        for number in (36668, 62780)
    ),
    *(
        _lid(number, "Autodiscover reports an error for a user setting.", "no-external-ews-url", _LIDS_2013)
        for number in (39228, 60220)
    ),
    *(
        _lid(number, "Autodiscover's answer is not valid.", "autodiscover-invalid-response", _LIDS_2013)
        for number in (39740, 56124, 59196, 63804)
    ),
    *(
        _lid(number, "ExternalEwsUrl is not valid.", "no-external-ews-url", _LIDS_2013)
        for number in (43836, 55612)
    ),
    *(
        _lid(
            number,
            "An Autodiscover failure of the last hour was remembered; nothing was tried anew.",
            "autodiscover-failed",
            _LIDS_2013,
        )
        for number in (44860, 49468, 61244)
    ),
    *(
        _lid(
            number,
            "Autodiscover redirects to an address that cannot be used.",
            "too-many-redirections",
            _LIDS_2013,
        )
        for number in (46396, 52540)
    ),
    *(
        _lid(number, "The classic (POX) Autodiscover request failed.", "autodiscover-failed", _LIDS_2013)
        for number in (47420, 50492)
    ),
)

EVENTS = tuple(
    Code(str(number), name, meaning, "exchange.md 5 (source MSExchange Availability)", knowledge)
    for number, name, meaning, knowledge in (
        (4001, "AutoDiscoverFailed", "Autodiscover of the other organization failed.", "autodiscover-failed"),
        (
            4002,
            "ProxyWebRequestFailed",
            "A request to another Availability service failed.",
            "proxy-web-request-failed",
        ),
        (4003, "PublicFolderRequestFailed", "A request for legacy free/busy failed.", None),
        (
            4005,
            "LocalForestConfigurationNotFound",
            "The configuration of the own forest was not found.",
            "no-configuration",
        ),
        (4009, "MailboxLogonFailed", "A mailbox could not be opened.", "internal-error"),
        (
            4010,
            "WebRequestFailedSecurityChecks",
            "A request's certificate failed the security checks.",
            "trust-failure",
        ),
        (
            4012,
            "InvalidCredentialsForCrossForestProxying",
            "The credentials of the address space do not work.",
            None,
        ),
        (4013, "CalendarQueryFailed", "A calendar could not be read.", "internal-error"),
        (4016, "LogonAsNetworkServiceFailed", "The service could not log on as Network Service.", None),
        (4017, "NoCASFoundForRequest", "No Client Access server was found for the request.", None),
        (4018, "CASDiscoveryExceptionHandled", "Finding a Client Access server failed.", None),
    )
)

_TEST = "exchange.md 7.4; PS/Test-OrganizationRelationship"
TEST_RESULTS = tuple(
    Code(name, name, meaning, _TEST, knowledge)
    for name, meaning, knowledge in (
        (
            "ApplicationUrisDiffer",
            "TargetApplicationUri is not what the partner announces.",
            "test-organization-relationship",
        ),
        (
            "AutodiscoverServiceCallFailed",
            "The call to the partner's Autodiscover service failed.",
            "autodiscover-failed",
        ),
        (
            "AutodiscoverUrlsDiffer",
            "TargetAutodiscoverEpr is not what the partner announces.",
            "test-organization-relationship",
        ),
        (
            "MismatchedFederation",
            "The two organizations use different token issuers.",
            "token-issuers-differ",
        ),
        (
            "NoOrganizationRelationshipInstancesWereReturnedByTheRemoteParty",
            "The partner has no organization relationship for your domain.",
            "no-free-busy-access",
        ),
        (
            "LocalFederatedDomainsAreMissingFromTheRemoteOrganizationRelationsipDomains",
            "The partner's relationship does not name all of your domains (the identifier is misspelt by Exchange).",
            "no-free-busy-access",
        ),
        (
            "TargetSharingEprDoesNotMatchAnyExternalURI",
            "The partner's TargetSharingEpr is no ExternalUrl of yours; case matters to the cmdlet only.",
            "test-organization-relationship",
        ),
        (
            "FailureToGetDelegationToken",
            "The token service gave no delegation token.",
            "token-service-unreachable",
        ),
        (
            "VerificationOfRemoteOrganizationRelationshipFailed",
            "The partner's relationship does not fit.",
            "test-organization-relationship",
        ),
    )
)

_CAS = "exchange.md 3.1 (X-CasErrorCode)"
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
    Code(str(number), name, meaning, "failures.md 5.7; Windows system error codes")
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
