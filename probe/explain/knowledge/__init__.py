"""What is known: a catalogue of messages as rows of data, each with its source.

Most are those of [exchange 4.1] to [exchange 4.7]. Short names of sources: RFB is Microsoft Learn's "Resolve
free/busy errors"; ODS are other articles of MicrosoftDocs/OfficeDocs-Support; PS is
MicrosoftDocs/office-docs-powershell; CSS is microsoft/CSS-Exchange; SEED1 to SEED3 are Johan Veldhuis,
"Troubleshooting federated sharing", parts I to III (2013); KB numbers are Microsoft support articles.
"""

from __future__ import annotations

from probe.explain.explanation_model import Code, Knowledge
from probe.explain.knowledge import (
    channel,
    discovery_messages,
    faults,
    federation_messages,
    federation_trust_results,
    http_statuses,
    hybrid_wizard,
    inside,
    logs,
    mailbox_access,
    microsoft_services,
    other_forest,
    own_events,
    own_sockets,
    printed_settings,
    wire_messages,
)
from probe.explain.knowledge.numbers import (
    codes,
    identifiers,
    relationship_results,
    schannel_events,
    substatus,
    windows_events,
)
from probe.explain.knowledge.tokens import oauth_messages, oauth_settings, token_users

ROWS: tuple[Knowledge, ...] = (
    *channel.ROWS,
    *wire_messages.ROWS,
    *http_statuses.ROWS,
    *substatus.ROWS,
    *logs.ROWS,
    *faults.ROWS,
    *oauth_messages.ROWS,
    *oauth_settings.ROWS,
    *discovery_messages.ROWS,
    *federation_messages.ROWS,
    *relationship_results.ROWS,
    *mailbox_access.ROWS,
    *inside.ROWS,
    *other_forest.ROWS,
    *own_events.ROWS,
    *own_sockets.ROWS,
    *microsoft_services.ROWS,
    *federation_trust_results.ROWS,
    *hybrid_wizard.ROWS,
    *token_users.ROWS,
    *schannel_events.ROWS,
    *windows_events.ROWS,
    *printed_settings.ROWS,
)

_BY_NAME = {row.name: row for row in ROWS}
_CODES = {code.code: code for code in codes.CODES}
_CODES_BY_NAME = {code.name.lower(): code for code in codes.CODES}
_LIDS = {code.code: code for code in codes.LIDS}
_EVENTS = {code.code: code for code in codes.EVENTS}
_TESTS = {code.code.lower(): code for code in relationship_results.TEST_RESULTS}
_CAS = {code.code.lower(): code for code in identifiers.CAS_ERRORS}
_SUB = {code.code: code for code in identifiers.SUB_STATUS}
_WIN32 = {code.code: code for code in identifiers.WIN32_STATUS}
_HTTPERR = {code.code.lower(): code for code in identifiers.HTTPERR_REASONS}


def row(name: str | None) -> Knowledge | None:
    """The catalogue row of this name, or None."""
    return _BY_NAME.get(name or "")


def availability_code(number: int | None, *names: str | None) -> Code | None:
    """The Availability error code of this number, or of one of these names (`Error…`, `…Exception` too)."""
    if number is not None and str(number) in _CODES:
        return _CODES[str(number)]
    plain = [
        name.rpartition(".")[2].lower().removeprefix("error").removesuffix("exception")
        for name in names
        if name
    ]
    return next((_CODES_BY_NAME[name] for name in plain if name in _CODES_BY_NAME), None)


def lid(number: int | None) -> Code | None:
    """What is known about a LID (log identifier), or None."""
    return _LIDS.get(str(number))


def event(number: int | None) -> Code | None:
    """The event of source MSExchange Availability with this number, or None."""
    return _EVENTS.get(str(number))


def relationship_result(name: str | None) -> Code | None:
    """The Test-OrganizationRelationship result of this name, or None."""
    return _TESTS.get((name or "").lower())


def cas_error(name: str | None) -> Code | None:
    """The X-CasErrorCode of this name, or None."""
    return _CAS.get((name or "").lower())


def sub_status(status: int | None, sub: int | None) -> Code | None:
    """The IIS substatus, or None."""
    return _SUB.get(f"{status}.{sub}")


def win32_status(number: int | None) -> Code | None:
    """The Win32 status of an IIS log line, or None."""
    return _WIN32.get(str(number))


def httperr_reason(name: str | None) -> Code | None:
    """The reason phrase of an HTTPERR line, or None."""
    return _HTTPERR.get((name or "").lower())
