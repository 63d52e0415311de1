"""Trust stores for people and as JSON: what is in one, and how two differ. Judges nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from probe.facts.trust import RootProperties, TrustStore
from probe.report.clean import one_line
from probe.report.json import indented
from probe.report.style import counted
from probe.stores.inventory import Row

SCHEMA = "probe.trust/1"
DIFFERENCE_SCHEMA = "probe.trust-diff/1"
_USAGES = {
    "1.3.6.1.5.5.7.3.1": "server authentication",
    "1.3.6.1.5.5.7.3.2": "client authentication",
    "1.3.6.1.5.5.7.3.3": "code signing",
    "1.3.6.1.5.5.7.3.4": "e-mail",
    "1.3.6.1.5.5.7.3.8": "time stamping",
    "1.3.6.1.5.5.7.3.9": "OCSP signing",
}


def render_text(store: TrustStore, rows: Sequence[Row]) -> str:
    """What a store holds: counts and hash, notes, then a block for each member."""
    return "\n".join([*_head(store), "", *(line for row in rows for line in _lines(row))]) + "\n"


def render_json(store: TrustStore, rows: Sequence[Row]) -> str:
    """The same as one object."""
    return indented({"schema": SCHEMA, **_summary(store), "certificates": [_record(row) for row in rows]})


def render_difference_text(
    first: TrustStore, second: TrustStore, only: tuple[Sequence[Row], Sequence[Row]]
) -> str:
    """Members that only one of two stores has."""
    lines: list[str] = []
    for store, rows in zip((first, second), only, strict=True):
        lines.append(f"only in {one_line(store.name)}: {len(rows)}")
        lines += [line for row in rows for line in _lines(row)]
        lines.append("")
    return "\n".join(lines)


def render_difference_json(
    first: TrustStore, second: TrustStore, only: tuple[Sequence[Row], Sequence[Row]]
) -> str:
    """The same as one object."""
    return indented(
        {
            "schema": DIFFERENCE_SCHEMA,
            "first": _summary(first),
            "second": _summary(second),
            "only_first": [_record(row) for row in only[0]],
            "only_second": [_record(row) for row in only[1]],
        }
    )


def _summary(store: TrustStore) -> dict[str, Any]:
    return {
        "name": store.name,
        "sha256": store.sha256,
        "roots": len(store.roots),
        "listed": len(store.listed),
        "intermediates": len(store.intermediates),
        "disallowed": len(store.disallowed)
        + len(store.disallowed_hashes)
        + len(store.disallowed_identifiers),
        "notes": list(store.notes),
    }


def _head(store: TrustStore) -> list[str]:
    counts = _summary(store)
    named = ", ".join(
        (
            counted(counts["roots"], "root"),
            f"{counts['listed']} listed",
            counted(counts["intermediates"], "intermediate"),
            f"{counts['disallowed']} disallowed",
        )
    )
    return [
        f"{one_line(store.name)}: {named}",
        f"  sha256 {store.sha256}",
        *(f"  {one_line(note)}" for note in store.notes),
    ]


def _lines(row: Row) -> list[str]:
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


def _record(row: Row) -> dict[str, Any]:
    properties = row.properties
    return {
        "role": row.role.value,
        "subject": row.subject,
        "thumbprint": row.thumbprint,
        "sha256": row.sha256,
        "not_before": _time(row.not_before),
        "not_after": _time(row.not_after),
        "key": row.key,
        "automatic": row.automatic,
        "friendly_name": properties.friendly_name,
        "usages": properties.usages,
        "disallowed_usages": properties.disallowed_usages,
        "disallowed_after": _time(properties.disallowed_after),
        "refused_if_issued_from": _time(properties.not_before),
        "refused_if_issued_from_usages": properties.not_before_usages,
    }


def _time(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z" if moment else None
