"""Get-OrganizationRelationship's output, in every form in which administrators save it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from probe.errors import DataError
from probe.facts.server_settings import ServerSettings
from probe.runs.lists.partners import RelationshipEntry
from probe.runs.lists.relationships import Relationship, of_server, parse, partner_list

SHARING = "https://mail.contoso.com/ews/exchange.asmx"
AUTODISCOVER = "https://autodiscover.contoso.com/autodiscover/autodiscover.svc/WSSecurity"
URI = "FYDIBOHF25SPDLT.contoso.com"
LIST = f"""

RunspaceId            : 0a1b
DomainNames           : {{contoso.com, contoso.de}}
FreeBusyAccessEnabled : True
FreeBusyAccessLevel   : LimitedDetails
TargetApplicationUri  : {URI}
TargetSharingEpr      :
TargetAutodiscoverEpr : https://autodiscover.contoso.com/autodiscover/
                        autodiscover.svc/WSSecurity
Enabled               : True
Name                  : Contoso

DomainNames           : {{fabrikam.com, b.com, c.com, d.com...}}
FreeBusyAccessEnabled : False
TargetApplicationUri  :
TargetSharingEpr      : https://mail.fabrikam.com/ews/exchange.asmx
TargetAutodiscoverEpr : https://autodiscover.fabrikam.com/autodiscover/autodiscover.xml
Enabled               : False
Name                  : Fabrikam
"""


def entry_of(relationship: Relationship) -> RelationshipEntry:
    return relationship.entry("here")


def test_a_list_of_several_relationships() -> None:
    contoso, fabrikam = parse(LIST, name="list")
    assert contoso == Relationship(
        "Contoso", ("contoso.com", "contoso.de"), True, True, "", AUTODISCOVER, URI, False
    )
    assert (fabrikam.name, fabrikam.domains, fabrikam.shortened) == (
        "Fabrikam",
        ("fabrikam.com", "b.com", "c.com", "d.com"),
        True,
    )
    assert (fabrikam.enabled, fabrikam.free_busy) == (False, False)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            {
                "Name": "Contoso",
                "DomainNames": ["contoso.com"],
                "TargetSharingEpr": SHARING,
                "Enabled": True,
            },
            id="strings",
        ),
        pytest.param(
            {
                "Name": "Contoso",
                "DomainNames": [{"Domain": "contoso.com", "SmtpDomain": None}],
                "TargetSharingEpr": {"AbsoluteUri": SHARING, "OriginalString": SHARING},
                "Enabled": True,
            },
            id="objects",
        ),
        pytest.param(
            {
                "Identity": "Contoso",
                "DomainNames": {"value": ["contoso.com"], "Count": 1},
                "TargetSharingEpr": SHARING,
                "Enabled": "True",
            },
            id="wrapped-list",
        ),
        pytest.param(
            {
                "value": [
                    {
                        "Name": "Contoso",
                        "DomainNames": "contoso.com",
                        "TargetSharingEpr": SHARING,
                        "Enabled": True,
                    }
                ],
                "Count": 1,
            },
            id="wrapped-relationship",
        ),
        pytest.param(
            [
                {
                    "Name": "Contoso",
                    "DomainNames": ["contoso.com"],
                    "TargetSharingEpr": SHARING,
                    "Enabled": True,
                }
            ],
            id="array",
        ),
    ],
)
def test_json_however_powershell_shapes_it(text: object) -> None:
    for mark in ("", "\ufeff"):
        (relationship,) = parse(mark + json.dumps(text), name="json")
        assert relationship == Relationship("Contoso", ("contoso.com",), True, sharing_epr=SHARING)


@pytest.mark.parametrize("width", range(9, len(SHARING)), ids=lambda width: f"width-{width}")
def test_a_url_is_put_together_wherever_format_list_broke_it(width: int) -> None:
    pieces = [SHARING[start : start + width] for start in range(0, len(SHARING), width)]
    text = "DomainNames      : {contoso.com}\nTargetSharingEpr : " + ("\n" + " " * 19).join(pieces)
    (relationship,) = parse(text, name="list")
    assert relationship.sharing_epr == SHARING


def test_target_sharing_epr_wins() -> None:
    both = Relationship("R", ("contoso.com",), sharing_epr=SHARING, autodiscover_epr=AUTODISCOVER)
    entry = entry_of(both)
    assert (entry.ews_url, entry.autodiscover_url) == (SHARING, None)
    assert entry.remarks == (
        f"TargetSharingEpr of R is set, so TargetAutodiscoverEpr {AUTODISCOVER} is never used",
    )


def test_target_autodiscover_epr_alone() -> None:
    entry = entry_of(Relationship("R", ("contoso.com",), sharing_epr="", autodiscover_epr=AUTODISCOVER))
    assert (entry.target, entry.ews_url, entry.autodiscover_url) == ("contoso.com", None, AUTODISCOVER)
    assert (entry.refusal, entry.remarks) == (None, ())


@pytest.mark.parametrize(
    ("relationship", "why"),
    [
        pytest.param(
            Relationship("R", ("c.com",), sharing_epr="", autodiscover_epr="", application_uri=URI),
            "TargetSharingEpr and TargetAutodiscoverEpr are both empty",
            id="no-epr",
        ),
        pytest.param(
            Relationship("R", ("c.com",), sharing_epr=SHARING, application_uri=""),
            "TargetApplicationUri is empty",
            id="no-application-uri",
        ),
    ],
)
def test_a_relationship_that_the_service_refuses(relationship: Relationship, why: str) -> None:
    refusal = entry_of(relationship).refusal
    assert refusal is not None
    assert refusal.startswith("The organization relationship R can't be used")
    assert why in refusal
    assert "5047" in refusal


def test_a_property_that_was_not_printed_refuses_nothing() -> None:
    assert entry_of(Relationship("R", ("c.com",), autodiscover_epr=AUTODISCOVER)).refusal is None


def test_a_disabled_relationship_is_noted() -> None:
    _, fabrikam = parse(LIST, name="list")
    entry = entry_of(fabrikam)
    assert entry.not_used is not None
    assert "is disabled" in entry.not_used
    assert "FreeBusyAccessEnabled" in entry.not_used
    assert [text for text in entry.remarks if "cut the list" in text]


def test_a_list_gives_one_entry_each() -> None:
    listed = partner_list(LIST, name="relationships.txt")
    assert listed.count == 2
    assert [entry.target for entry in listed.entries()] == ["contoso.com", "fabrikam.com"]
    assert [entry.source for entry in listed.entries()][1] == "relationships.txt, relationship 2"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "no organization relationship", id="empty"),
        pytest.param("[]", "no organization relationship", id="empty-array"),
        pytest.param("{", "no JSON", id="broken-json"),
        pytest.param("[" * 100_000, "no JSON", id="deep-json"),
        pytest.param("Name : Get-Mailbox\nAlias : x", "no organization relationship", id="another-cmdlet"),
        pytest.param(
            "Name : R\nDomainNames : a.b\nTargetSharingEpr : https://a.b/ews /x",
            "file: TargetSharingEpr is .*no URL has a blank",
            id="url-with-a-blank",
        ),
        pytest.param(
            "Name : R\nDomainNames : {}\nTargetSharingEpr :", "names no domain and no URL", id="bare"
        ),
    ],
)
def test_what_is_no_relationship_is_refused(text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        partner_list(text, name="file")


ONE = {
    "Name": "R",
    "DomainNames": ["Contoso.com"],
    "TargetApplicationUri": "contoso.com",
    "TargetSharingEpr": "https://mail.contoso.com/ews/exchange.asmx",
}
CONNECTOR = {"Name": "HybridIOC", "Enabled": True, "TargetAddressDomains": ["contoso.com", "c.de"]}


@pytest.mark.parametrize(
    ("organization", "not_used", "remark"),
    [
        pytest.param({}, "", "", id="nothing-was-read"),
        pytest.param({"intra_organization_connectors": [CONNECTOR]}, "HybridIOC", "", id="a-connector"),
        pytest.param(
            {"intra_organization_connectors": [{**CONNECTOR, "TargetAddressDomains": "contoso.com"}]},
            "HybridIOC",
            "",
            id="powershell-unrolled-its-domains",
        ),
        pytest.param(
            {"intra_organization_connectors": [{**CONNECTOR, "Enabled": False}]}, "", "", id="a-disabled-one"
        ),
        pytest.param(
            {"intra_organization_connectors": [{**CONNECTOR, "TargetAddressDomains": ["c.de"]}]},
            "",
            "",
            id="one-of-another-domain",
        ),
        pytest.param({"intra_organization_connectors": [7], "federation_trust": 7}, "", "", id="damaged"),
        pytest.param({"federated_identifier": {"Enabled": False}}, "", "switched off", id="switched-off"),
        pytest.param({"federated_identifier": {"Enabled": None}}, "", "", id="not-allowed-to-see"),
        pytest.param({"federation_trust": []}, "", "no federation trust", id="no-trust"),
        pytest.param({"federation_trust": [{"Name": "MFG"}]}, "", "", id="a-trust"),
    ],
)
def test_what_only_exchange_knows_of_a_server_decides_about_its_relationships(
    organization: dict[str, Any], not_used: str, remark: str
) -> None:
    """[exchange 1.1.1]."""
    settings = ServerSettings(organization_relationships=[ONE], exchange_organization=organization)
    (entry,) = of_server(settings, name="caller.json").entries()
    assert isinstance(entry, RelationshipEntry)
    assert not_used in (entry.not_used or "")
    assert (entry.not_used is None) == (not not_used)
    assert len(entry.remarks) == bool(remark)
    assert all(remark in text for text in entry.remarks)


def test_a_connector_is_asked_for_by_its_own_domains_alone() -> None:
    """[exchange 1.1.1]: the relationship is used for its other domains, and one of them is asked."""
    relationship = {**ONE, "DomainNames": ["contoso.com", "Fabrikam.com"]}
    organization = {"intra_organization_connectors": [CONNECTOR]}
    settings = ServerSettings(organization_relationships=[relationship], exchange_organization=organization)
    (entry,) = of_server(settings, name="caller.json").entries()
    assert isinstance(entry, RelationshipEntry)
    assert entry.not_used is None
    assert entry.target == "Fabrikam.com"
    (remark,) = entry.remarks
    assert "HybridIOC is for contoso.com" in remark
    both = {**CONNECTOR, "Name": "Other", "TargetAddressDomains": ["fabrikam.com"]}
    organization = {"intra_organization_connectors": [CONNECTOR, both]}
    settings = ServerSettings(organization_relationships=[relationship], exchange_organization=organization)
    (entry,) = of_server(settings, name="caller.json").entries()
    assert isinstance(entry, RelationshipEntry)
    assert "HybridIOC, Other" in (entry.not_used or "") or "Other, HybridIOC" in (entry.not_used or "")
