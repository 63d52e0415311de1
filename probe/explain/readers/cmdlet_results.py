"""Results that cmdlets list as `Id`, `Type` or `Status`, and `Message` or `Description`.

Test-FederationTrust prints Id, Type, Message; Test-OrganizationRelationship prints Id, Status, Description.
Both print results that passed too; those are known by their Type or Status [exchange 10.1], [exchange 10.2].
"""

from __future__ import annotations

import re

from probe.explain.explanation_model import Entry, EntryKind
from probe.explain.knowledge.numbers.relationship_results import TEST_RESULTS

TRUST_RESULTS = frozenset(
    {
        "nofederationtrust",
        "federationtrustconfiguration",
        "stscertificate",
        "stspreviouscertificate",
        "organizationcertificate",
        "organizationpreviouscertificate",
        "tokenrequest",
        "tokenvalidation",
        "federationmetadata",
    }
)
"""Every id of Test-FederationTrust (Exchange 2013 CU23), in lower case."""

_SPELLED = {code.code.lower(): code.code for code in TEST_RESULTS}
_RELATIONSHIP_RESULTS = frozenset(_SPELLED)
_ROW = re.compile(
    r"^[ ]{0,8}(\w{3,90}(?:\.{3})?)[ ]{1,60}(Success|Information|Warning|Error)[ ]{1,20}(\S[^\n]{0,1000})$",
    re.MULTILINE,
)
_BROKEN_ID = re.compile(
    r"^([ ]{0,8}Id[ ]{1,24}:[ ])(\w{3,100})\n[ ]{6,40}(\w{1,100})[ ]{0,8}$(?=\n[ ]{0,8}(?:Type|Status)\b)",
    re.MULTILINE,
)
_INLINE = re.compile(r"\bId=(\w{3,120}),Type=(\w{2,40}),Message=([^\n]{0,1000})")
_PASSED = frozenset({"success", "information", "erfolg", "réussite", "succès", "operación correcta", "успех"})
_STEPS = re.compile(r"\b(?:STEP|SCHRITT|ÉTAPE) \d (?:of|von|sur) \d", re.IGNORECASE)


def result_kind(identifier: str) -> EntryKind | None:
    """Which cmdlet has a result of this id, or None: it is none of theirs."""
    lowered = identifier.lower()
    if lowered in TRUST_RESULTS:
        return EntryKind.TEST_FEDERATION_TRUST
    return EntryKind.TEST_ORGANIZATION_RELATIONSHIP if lowered in _RELATIONSHIP_RESULTS else None


def result_outcome(entry: Entry) -> str | None:
    """The Type or Status of a result, or None."""
    return entry.field("type", "status")


def has_passed(entry: Entry) -> bool:
    """Whether the result is one that passed (Success, Information), so that there is nothing to explain."""
    return (result_outcome(entry) or "").strip().lower() in _PASSED


def inline_results(text: str) -> str:
    """`text` with three lines for each result that was printed as `Id=…,Type=…,Message=…` or as a row of a
    table."""
    text = _BROKEN_ID.sub(r"\1\2\3", text)  # Format-List in a narrow window breaks words
    text = _ROW.sub(_listed, text)
    return _INLINE.sub(r"\nId : \1\nType : \2\nMessage : \3\n", text)


def _listed(row: re.Match[str]) -> str:
    """A row of a table as three lines when its first word is a result, or begins one and no other."""
    name = row[1].lower()
    begun = name.removesuffix("...")
    for results, outcome, words in (
        (TRUST_RESULTS, "Type", "Message"),
        (_RELATIONSHIP_RESULTS, "Status", "Description"),
    ):
        named = [
            result for result in results if result == name or (begun != name and result.startswith(begun))
        ]
        if len(named) == 1:
            return f"\nId : {_SPELLED.get(named[0], row[1])}\n{outcome} : {row[2]}\n{words} : {row[3]}\n"
    return row[0]


def is_relationship_test(text: str) -> bool:
    """Whether the text is the verbose output of Test-OrganizationRelationship."""
    return bool(_STEPS.search(text) or "Test-OrganizationRelationship" in text)
