"""Organization relationships as Get-OrganizationRelationship prints them, and what a lookup makes of each.

Read is what `ConvertTo-Json` or `Format-List` wrote, several relationships at a time; a property that is
absent is unknown, one that is empty is empty. Which URL counts, and which relationship the Availability
service refuses to use, follows [exchange 1.1.2]. Nothing is connected to and no file is opened.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from msgspec import structs

from probe.errors import DataError
from probe.facts.server_settings import ServerSettings
from probe.runs.lists.list_formats import ListFormat
from probe.runs.lists.list_text import ListText
from probe.runs.lists.partner_list import PartnerList
from probe.runs.lists.partners import PartnerEntry, RelationshipEntry

UNUSABLE = (
    "The organization relationship {} can't be used: {} "
    "(error 5047, InvalidOrganizationRelationshipForFreeBusy)"
)
_PROPERTY = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9]*)[ \t]*:(?P<value>[ \t].*|)\Z")
_TELLING = frozenset({"DomainNames", "TargetSharingEpr", "TargetAutodiscoverEpr", "TargetApplicationUri"})
_URI_PROPERTIES = ("AbsoluteUri", "OriginalString", "Value", "Domain", "Address", "Name")
# What Format-List goes on with in the next line is one word in these: it broke at the width of the window.
_URLS = ("TargetSharingEpr", "TargetAutodiscoverEpr", "TargetApplicationUri")
_ELLIPSIS = ("...", "…")
_MAXIMUM_RELATIONSHIPS = 10_000


@dataclass(frozen=True, slots=True)
class Relationship:
    """One organization relationship. None: the property was not in the output; "": it is empty.

    `shortened`: PowerShell cut the list of domains (its $FormatEnumerationLimit). `connectors`: names of
    the enabled IntraOrganizationConnectors by those of its domains, in lower case, that they stand for;
    `without_token` why this server may get no token; both are only in the settings of a server.
    """

    name: str
    domains: tuple[str, ...]
    enabled: bool | None = None
    free_busy: bool | None = None
    sharing_epr: str | None = None
    autodiscover_epr: str | None = None
    application_uri: str | None = None
    shortened: bool = False
    connectors: Mapping[str, str] = field(default_factory=dict)
    without_token: str | None = None

    @property
    def refusal(self) -> str | None:
        """Why the Availability service would not even try, in its words as far as known; None: it would."""
        if self.sharing_epr == "" and self.autodiscover_epr == "":
            why = "TargetSharingEpr and TargetAutodiscoverEpr are both empty"
        elif self.application_uri == "":
            why = "TargetApplicationUri is empty"
        else:
            return None
        return UNUSABLE.format(self.name, why)

    @property
    def not_used(self) -> str | None:
        """That an administrator turned it off here, so that no lookup uses it, whatever the partner does."""
        why = []
        if self.enabled is False:
            why.append(f"the organization relationship {self.name} is disabled: no lookup uses it")
        if self.free_busy is False:
            why.append(f"FreeBusyAccessEnabled of {self.name} is False: no free/busy lookup uses it")
        if self.connectors and not self._without_connector:
            why.append(
                f"the IntraOrganizationConnector {self._connector_names} is for the domains of {self.name}: "
                "lookups go its way with OAuth, and use no relationship"
            )
        return "; ".join(why) or None

    @property
    def _without_connector(self) -> tuple[str, ...]:
        """The domains for which lookups use the relationship: a connector is asked for by its own domains."""
        return tuple(domain for domain in self.domains if domain.lower() not in self.connectors)

    @property
    def _connector_names(self) -> str:
        return ", ".join(dict.fromkeys(self.connectors.values()))

    @property
    def remarks(self) -> tuple[str, ...]:
        """What to know about the relationship besides its endpoints."""
        found = []
        if self.sharing_epr and self.autodiscover_epr:
            found.append(
                f"TargetSharingEpr of {self.name} is set, so TargetAutodiscoverEpr {self.autodiscover_epr} "
                "is never used"
            )
        if self.connectors and self._without_connector:
            theirs = ", ".join(self.connectors)
            found.append(
                f"the IntraOrganizationConnector {self._connector_names} is for {theirs}: "
                f"lookups there go its way with OAuth; {self.name} is used for its other domains"
            )
        if self.shortened:
            found.append(f"PowerShell cut the list of domains of {self.name}")
        if self.without_token is not None:
            found.append(self.without_token)
        return tuple(found)

    def entry(self, source: str) -> RelationshipEntry:
        """The check of this relationship: TargetSharingEpr wins over TargetAutodiscoverEpr.

        Raises:
            DataError: it names neither a domain nor a URL.
        """
        target = (
            next(iter(self._without_connector or self.domains), None)
            or self.sharing_epr
            or self.autodiscover_epr
        )
        if not target:
            raise DataError(f"{source}: the relationship {self.name} names no domain and no URL")
        return RelationshipEntry(
            target,
            ews_url=self.sharing_epr or None,
            autodiscover_url=None if self.sharing_epr else self.autodiscover_epr or None,
            tags=(self.name,) if self.name else (),
            refusal=self.refusal,
            remarks=self.remarks,
            not_used=self.not_used,
            relationship=self.name or None,
            source=source,
        )


class RelationshipList(PartnerList, frozen=True):
    """A partner list made of relationships."""

    relationships: tuple[Relationship, ...] = ()

    def entries(self) -> Iterator[PartnerEntry]:
        """One entry for each relationship, in order."""
        for number, relationship in enumerate(self.relationships, 1):
            yield relationship.entry(f"{self.name}, relationship {number}")

    def repetitions(self) -> Iterator[PartnerEntry]:
        """None: a relationship is checked as it is."""
        return iter(())


def partner_list(text: str, *, name: str) -> RelationshipList:
    """The partners in this output of Get-OrganizationRelationship.

    Raises:
        DataError: it is no such output, or a relationship names no partner.
    """
    found = parse(text, name=name)
    listed = RelationshipList(name, ListText.of(text), ListFormat.LINES, len(found), relationships=found)
    for _ in listed.entries():
        pass  # each names a partner
    return listed


def of_server(settings: ServerSettings, *, name: str) -> RelationshipList:
    """The partners of the server that wrote these settings.

    Raises:
        DataError: they hold no relationship: only the script of `probe caller script` can read them.
    """
    if not settings.organization_relationships:
        raise DataError(
            f"{name} holds no organization relationship: write it with the script that probe caller script "
            "prints, in the Exchange Management Shell"
        )
    listed = partner_list(json.dumps(settings.organization_relationships), name=name)
    organization = settings.exchange_organization
    connectors = tuple(_connectors(organization.get("intra_organization_connectors")))
    without_token = _without_token(organization)
    used = (
        replace(
            relationship,
            connectors={
                domain: name
                for name, domains in reversed(connectors)
                for domain in _lower(relationship)
                if domain in domains
            },
            without_token=without_token,
        )
        for relationship in listed.relationships
    )
    return structs.replace(listed, relationships=tuple(used))


def _lower(relationship: Relationship) -> tuple[str, ...]:
    return tuple(domain.lower() for domain in relationship.domains)


def _connectors(listed: object) -> Iterator[tuple[str, frozenset[str]]]:
    """Name and domains of every enabled connector: it beats any relationship ([exchange 1.1.1])."""
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and _flag(each.get("Enabled")):
            domains = each.get("TargetAddressDomains")
            names = domains if isinstance(domains, list) else [domains]
            yield str(each.get("Name")), frozenset(str(name).lower() for name in names)


def _without_token(organization: Mapping[str, object]) -> str | None:
    """Why there may be no token: the account that ran the script may also not have been allowed to see it."""
    identifier = organization.get("federated_identifier")
    if isinstance(identifier, dict) and _flag(identifier.get("Enabled")) is False:
        return "federation is switched off on this server's side (Get-FederatedOrganizationIdentifier)"
    if organization.get("federation_trust") == []:
        return "this server's settings show no federation trust, without which a lookup gets no token"
    return None


def parse(text: str, *, name: str) -> tuple[Relationship, ...]:
    """The relationships in this output, at least one.

    Raises:
        DataError: it is neither JSON nor a list of properties, holds no relationship, or a damaged URL.
    """
    stripped = text.lstrip("\ufeff \t\r\n")
    objects = _from_json(stripped, name) if stripped[:1] in ("{", "[") else list(_from_list(stripped))
    telling = [entry for entry in objects if _TELLING & set(entry)]
    if not telling:
        raise DataError(
            f"{name} holds no organization relationship: write it with Get-OrganizationRelationship | "
            "ConvertTo-Json, or | Format-List"
        )
    if len(telling) > _MAXIMUM_RELATIONSHIPS:
        raise DataError(f"{name} holds more than {_MAXIMUM_RELATIONSHIPS} relationships: split it")
    return tuple(_relationship(entry, name) for entry in telling)


def _relationship(values: Mapping[str, object], source: str) -> Relationship:
    for key in _URLS:
        if len((_present(values, key) or "").split()) > 1:
            raise DataError(
                f"{source}: {key} is {_text(values[key])!r}, and no URL has a blank: write it again with "
                "Get-OrganizationRelationship | ConvertTo-Json"
            )
    domains, shortened = _domains(values.get("DomainNames"))
    return Relationship(
        name=_text(values.get("Name") or values.get("Identity")) or "",
        domains=domains,
        enabled=_flag(values.get("Enabled")),
        free_busy=_flag(values.get("FreeBusyAccessEnabled")),
        sharing_epr=_present(values, "TargetSharingEpr"),
        autodiscover_epr=_present(values, "TargetAutodiscoverEpr"),
        application_uri=_present(values, "TargetApplicationUri"),
        shortened=shortened,
    )


def _from_json(text: str, name: str) -> list[Mapping[str, object]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise DataError(f"{name} is no JSON ({str(wrong)[:120]}): write it again") from None
    if isinstance(found, dict) and isinstance(found.get("value"), list):
        found = found["value"]  # Windows PowerShell 5.1 wraps arrays that went through a variable
    entries = found if isinstance(found, list) else [found]
    return [entry for entry in entries if isinstance(entry, dict)]


def _from_list(text: str) -> Iterator[Mapping[str, object]]:
    """The objects of a Format-List: `Name : value`, longer values go on in indented lines."""
    current: dict[str, object] = {}
    last = ""
    for line in text.splitlines():
        match = _PROPERTY.match(line)
        if match is not None:
            last = match["name"]
            if last in current:
                yield current
                current = {}
            current[last] = match["value"].strip()
        elif line[:1].isspace() and line.strip() and last:
            glue = "" if last in _URLS else " "
            current[last] = f"{current[last]}{glue}{line.strip()}"
    if current:
        yield current


def _domains(value: object) -> tuple[tuple[str, ...], bool]:
    """(domains, whether the list was cut)."""
    if isinstance(value, dict) and isinstance(value.get("value"), list):
        value = value["value"]
    if isinstance(value, list):
        parts = [_text(item) or "" for item in value]
    else:
        text = (_text(value) or "").strip().removeprefix("{").removesuffix("}")
        parts = re.split(r"[,;\s]+", text)
    shortened = any(part.endswith(_ELLIPSIS) for part in parts)
    bare = (part.removesuffix("...").removesuffix("…").strip() for part in parts)
    return tuple(dict.fromkeys(part for part in bare if part)), shortened


def _present(values: Mapping[str, object], key: str) -> str | None:
    return (_text(values[key]) or "") if key in values else None


def _text(value: object) -> str | None:
    """A property as text; of an object (a Uri, an SmtpDomain) the part that names it."""
    if isinstance(value, dict):
        value = next((value[key] for key in _URI_PROPERTIES if value.get(key)), None)
    return value.strip() if isinstance(value, str) else None


def _flag(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).strip().lower())
