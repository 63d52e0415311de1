"""Numbers: Availability error codes, LIDs, events of the Availability service.

Sources: [exchange 4.7], [exchange 5.1], [exchange 5.7]; for LIDs also the tables of messages.
"""

from __future__ import annotations

from probe.explain.explanation_model import Code

_CODES_SOURCE = "[exchange 4.7] (ExceptionCode of MessageXml, Outlook's hover text)"


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
        "provision-needed",
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
        "cross-forest-credentials",
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


# Where the numbers stand: beside the messages of these kinds, and on the list of Exchange 2013.
_CONNECTION = "RFB; [exchange 4.1]"
_HTTP = "RFB; [exchange 4.2]"
_SECURITY = "RFB; [exchange 4.3]"
_AUTODISCOVER = "RFB; [exchange 4.4]"
_RELATIONSHIP = "RFB; [exchange 4.5]"
_OTHER = "RFB; [exchange 4.6]"
_LIDS_2013 = "[exchange 5.7] (Exchange 2013; LIDs drift between builds)"
LIDS = tuple(
    Code(str(number), f"LID {number}", meaning, source, knowledge)
    for numbers, meaning, knowledge, source in (
        (
            (43404,),
            "The time of the whole request ran out (25 seconds in Exchange 2013).",
            "timed-out",
            _CONNECTION,
        ),
        ((43532,), "The request to the partner failed on the HTTP or OAuth level.", None, _HTTP),
        ((59916,), "The partner could not process the security token.", "security-tokens", _SECURITY),
        (
            (33676,),
            "Autodiscover reports an error for a user setting.",
            "autodiscover-invalid-user",
            _AUTODISCOVER,
        ),
        (
            (47932, 51004, 64316, 54588, 58684),
            "No connector, relationship or address space for the domain.",
            "no-configuration",
            _RELATIONSHIP,
        ),
        (
            (42300,),
            "The organization relationship lacks what free/busy needs.",
            "relationship-unusable",
            _RELATIONSHIP,
        ),
        ((43324, 57660), "The address is no object of the directory.", "recipient-not-found", _RELATIONSHIP),
        (
            (47652, 44348, 40764),
            "The requester may not see this calendar.",
            "no-free-busy-access",
            _RELATIONSHIP,
        ),
        (
            (39660,),
            "The requester is from a different organization.",
            "requester-of-other-organization",
            _RELATIONSHIP,
        ),
        ((54796,), "Too many calendar entries.", "too-many-entries", _OTHER),
        ((60732, 36156), "The answer has nothing for the recipient.", "response-not-provided", _OTHER),
        ((34108,), "The intra-organization connector is misconfigured.", "no-configuration", _LIDS_2013),
        ((34620,), "Autodiscover answered with a SOAP error.", "autodiscover-invalid-response", _LIDS_2013),
        ((35132, 41276, 51516), "The recipient is no contact or user.", "recipient-not-found", _LIDS_2013),
        ((36668, 62780), "The Availability service of the target is missing.", None, _LIDS_2013),
        (
            (39228, 60220),
            "Autodiscover reports an error for a user setting.",
            "no-external-ews-url",
            _LIDS_2013,
        ),
        (
            (39740, 56124, 59196, 63804),
            "Autodiscover's answer is not valid.",
            "autodiscover-invalid-response",
            _LIDS_2013,
        ),
        ((43836, 55612), "ExternalEwsUrl is not valid.", "no-external-ews-url", _LIDS_2013),
        (
            (44860, 49468, 61244),
            "An Autodiscover failure of the last hour was remembered; nothing was tried anew.",
            "autodiscover-failed",
            _LIDS_2013,
        ),
        (
            (46396, 52540),
            "Autodiscover redirects to an address that cannot be used.",
            "too-many-redirections",
            _LIDS_2013,
        ),
        ((47420, 50492), "The classic (POX) Autodiscover request failed.", "autodiscover-failed", _LIDS_2013),
    )
    for number in numbers
)

EVENTS = tuple(
    Code(str(number), name, meaning, "[exchange 5.1] (source MSExchange Availability)", knowledge)
    for number, name, meaning, knowledge in (
        (4001, "AutoDiscoverFailed", "Autodiscover of the other organization failed.", "autodiscover-failed"),
        (
            4002,
            "ProxyWebRequestFailed",
            "A request to another Availability service failed.",
            "proxy-web-request-failed",
        ),
        (
            4003,
            "PublicFolderRequestFailed",
            "A request for legacy free/busy failed.",
            "public-folder-request",
        ),
        (
            4005,
            "LocalForestConfigurationNotFound",
            "The configuration of the own forest was not found.",
            "own-directory",
        ),
        (4009, "MailboxLogonFailed", "A mailbox could not be opened.", "own-mailbox"),
        (
            4010,
            "WebRequestFailedSecurityChecks",
            "The account of a passed-on request has no right to ask here; the event is of the server that "
            "answered [exchange 10.8].",
            "proxy-request-not-allowed",
        ),
        (
            4012,
            "InvalidCredentialsForCrossForestProxying",
            "The credentials of the address space do not work.",
            "cross-forest-credentials",
        ),
        (4013, "CalendarQueryFailed", "A calendar could not be read.", "own-mailbox"),
        (4016, "LogonAsNetworkServiceFailed", "The service could not log on as Network Service.", None),
        (
            4017,
            "NoCASFoundForRequest",
            "No Client Access server was found for the request.",
            "own-server-not-found",
        ),
        (
            4018,
            "CASDiscoveryExceptionHandled",
            "Finding a Client Access server failed.",
            "own-server-not-found",
        ),
    )
)
