"""Trust stores for people and as JSON: what is in one, and how two differ. Judges nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct, structs

from probe.escaping import one_line
from probe.facts.extensions import SERVER_AUTHENTICATION
from probe.facts.trust_store import RootProperties, TrustStore
from probe.report.document import Moment, Sha256, Thumbprint
from probe.report.json import indented
from probe.report.summary import counted
from probe.stores.contents import Role
from probe.stores.fetching import Fetched
from probe.stores.inventory import StoreMember, changed, lacking, restricted_otherwise

SCHEMA = "probe.trust/1"
DIFFERENCE_SCHEMA = "probe.trust-diff/1"
_USAGES = {
    SERVER_AUTHENTICATION: "server authentication",
    "1.3.6.1.5.5.7.3.2": "client authentication",
    "1.3.6.1.5.5.7.3.3": "code signing",
    "1.3.6.1.5.5.7.3.4": "e-mail",
    "1.3.6.1.5.5.7.3.8": "time stamping",
    "1.3.6.1.5.5.7.3.9": "OCSP signing",
}


class StoreEntry(Struct, frozen=True):
    """A trust store by name, content hash and counts."""

    name: str
    sha256: Sha256
    roots: int
    listed: int
    intermediates: int
    disallowed: int
    notes: tuple[str, ...]


class MemberEntry(Struct, frozen=True):
    """One member of a trust store with its restrictions. `sha256` null: the certificate is not at hand."""

    role: Role
    subject: str
    thumbprint: Thumbprint
    sha256: Sha256 | None
    not_before: Moment | None
    not_after: Moment | None
    key: str | None
    automatic: bool
    friendly_name: str | None
    usages: tuple[str, ...] | None
    disallowed_usages: tuple[str, ...] | None
    disallowed_after: Moment | None
    refused_if_issued_from: Moment | None
    refused_if_issued_from_usages: tuple[str, ...] | None


class TrustDocument(Struct, frozen=True):
    """`probe trust show`."""

    schema: str
    name: str
    sha256: Sha256
    roots: int
    listed: int
    intermediates: int
    disallowed: int
    notes: tuple[str, ...]
    certificates: tuple[MemberEntry, ...]


class RestrictionPair(Struct, frozen=True):
    """A member of both stores under other restrictions, as each has it."""

    first: MemberEntry
    second: MemberEntry


class TrustDifferenceDocument(Struct, frozen=True):
    """`probe trust diff`."""

    schema: str
    first: StoreEntry
    second: StoreEntry
    only_first: tuple[MemberEntry, ...]
    only_second: tuple[MemberEntry, ...]
    restricted_otherwise: tuple[RestrictionPair, ...]


def render_text(store: TrustStore, rows: Sequence[StoreMember]) -> str:
    """What a store holds: counts and hash, notes, then a block for each member."""
    return "\n".join([*_head(store), "", *(line for row in rows for line in _lines(row))]) + "\n"


def render_json(store: TrustStore, rows: Sequence[StoreMember]) -> str:
    """The same as one object."""
    members = tuple(map(_member, rows))
    return indented(TrustDocument(SCHEMA, **structs.asdict(_counts(store)), certificates=members))


def render_difference_text(
    first: TrustStore, second: TrustStore, only: tuple[Sequence[StoreMember], Sequence[StoreMember]]
) -> str:
    """Members that only one of two stores has, and what restricts those of both otherwise."""
    lines: list[str] = []
    for store, rows in zip((first, second), only, strict=True):
        lines.append(f"only in {one_line(store.name)}: {len(rows)}")
        lines += [line for row in rows for line in _lines(row)]
        lines.append("")
    pairs = restricted_otherwise(first, second)
    lines.append(f"in both, restricted otherwise: {len(pairs)}")
    for pair in pairs:
        lines += _lines(pair[0])[:1]
        for store, row in zip((first, second), pair, strict=True):
            limits = "; ".join(_restrictions(row.properties)) or "no restriction"
            lines.append(f"{'':<12} {one_line(store.name)}: {limits}")
    return "\n".join(lines) + "\n"


def render_difference_json(
    first: TrustStore, second: TrustStore, only: tuple[Sequence[StoreMember], Sequence[StoreMember]]
) -> str:
    """The same as one object."""
    only_first, only_second = (tuple(map(_member, rows)) for rows in only)
    pairs = restricted_otherwise(first, second)
    return indented(
        TrustDifferenceDocument(
            DIFFERENCE_SCHEMA,
            _counts(first),
            _counts(second),
            only_first,
            only_second,
            tuple(RestrictionPair(_member(one), _member(other)) for one, other in pairs),
        )
    )


def _counts(store: TrustStore) -> StoreEntry:
    return StoreEntry(
        name=store.name,
        sha256=store.sha256,
        roots=len(store.roots),
        listed=len(store.listed),
        intermediates=len(store.intermediates),
        disallowed=len(store.disallowed) + len(store.disallowed_hashes) + len(store.disallowed_identifiers),
        notes=store.notes,
    )


def render_fetched(
    fetched: Sequence[Fetched], before: Sequence[StoreMember], after: Sequence[StoreMember]
) -> str:
    """Lists that were downloaded: where they are, what was verified, and what changed among the roots."""
    lines = [
        f"{one_line(str(one.path))}: issued {one.after.dated:%Y-%m-%d}, {one.verified}" for one in fetched
    ]
    for what, rows in (
        ("added", lacking(after, before)),
        ("removed", lacking(before, after)),
        ("changed", changed(before, after)),
    ):
        lines.append(f"{what}: {counted(len(rows), 'root')}")
        lines += [line for row in rows for line in _lines(row)]
    return "\n".join(lines) + "\n"


def _head(store: TrustStore) -> list[str]:
    counts = _counts(store)
    named = ", ".join(
        (
            counted(counts.roots, "root"),
            f"{counts.listed} listed",
            counted(counts.intermediates, "intermediate"),
            f"{counts.disallowed} disallowed",
        )
    )
    return [
        f"{one_line(store.name)}: {named}",
        f"  sha256 {store.sha256}",
        *(f"  {one_line(note)}" for note in store.notes),
    ]


def _lines(row: StoreMember) -> list[str]:
    expires = f", until {row.not_after:%Y-%m-%d}" if row.not_after else ""
    key = f", {row.key}" if row.key else ""
    listed = ", listed only: the certificate is not at hand" if row.sha256 is None else ""
    limits = "; ".join(_limits(row.properties))
    return [
        f"{row.role:<12} {row.thumbprint}  {one_line(row.subject, 160)}{key}{expires}{listed}",
        *([f"{'':<12} {limits}"] if limits else []),
    ]


def _limits(properties: RootProperties) -> Iterable[str]:
    if properties.automatic:
        yield "by automatic root update"
    yield from _restrictions(properties)


def _restrictions(properties: RootProperties) -> Iterable[str]:
    if properties.usages is not None:
        yield f"only for {_named(properties.usages)}"
    elif properties.disallowed_usages:
        yield f"not for {_named(properties.disallowed_usages)}"
    if properties.disallowed_after is not None:
        yield f"refused after {properties.disallowed_after:%Y-%m-%d}"
    if properties.not_before is not None:
        usages = properties.not_before_usages
        yield f"refused for certificates issued from {properties.not_before:%Y-%m-%d} on" + (
            f" ({_named(usages)})" if usages is not None else ""
        )


def _named(usages: Sequence[str]) -> str:
    return ", ".join(_USAGES.get(usage, usage) for usage in usages) or "nothing"


def _member(row: StoreMember) -> MemberEntry:
    properties = row.properties
    return MemberEntry(
        role=row.role,
        subject=row.subject,
        thumbprint=row.thumbprint,
        sha256=row.sha256,
        not_before=row.not_before,
        not_after=row.not_after,
        key=row.key,
        automatic=row.automatic,
        friendly_name=properties.friendly_name,
        usages=properties.usages,
        disallowed_usages=properties.disallowed_usages,
        disallowed_after=properties.disallowed_after,
        refused_if_issued_from=properties.not_before,
        refused_if_issued_from_usages=properties.not_before_usages,
    )
