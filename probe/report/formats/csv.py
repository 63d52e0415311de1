"""CSV: one row for each endpoint, address and caller, for spreadsheets and scripts.

The columns are `COLUMNS`, in this order; more may be added at the end. A target that has no endpoints, and
an endpoint without a judgement, still gets a row. Lists are joined with a space, times are RFC 3339 UTC,
unknown is an empty cell. `days_left` counts from the moment of the judgement. Rows end in LF; every cell
is quoted, and none is a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from probe.report import summary
from probe.report.clean import csv_cell
from probe.report.document import EndpointEntry, JudgementEntry, ResultDocument

COLUMNS = (
    "target",
    "domain",
    "target_outcome",
    "observed_at",
    "kind",
    "url",
    "address",
    "found_by",
    "caller",
    "at",
    "outcome",
    "ssl_policy_errors",
    "chain_status",
    "requested_name",
    "name_matched",
    "web_exception_status",
    "web_exception_text",
    "reason",
    "finding_codes",
    "remedy_actor",
    "remedy",
    "remedy_proved",
    "remedy_together",
    "subject",
    "issuer",
    "thumbprint",
    "not_after",
    "chain_not_after",
    "days_left",
    "flip_at",
    "protocol",
    "cipher",
    "http_status",
    "failure_phase",
    "failure_kind",
    "total_ms",
    "trust",
    "error",
    "tags",
)

Cell = str | int | float | bool | datetime | None


BYTE_ORDER_MARK = "\ufeff"


def render(documents: Sequence[ResultDocument], *, mark: bool = False) -> str:
    """The header and every row; with `mark` a byte order mark first, without which Excel reads no UTF-8."""
    return header(mark=mark) + "".join(map(rows, documents))


def header(*, mark: bool = False) -> str:
    """The first line; with `mark` behind a byte order mark."""
    return (BYTE_ORDER_MARK if mark else "") + _written([dict(zip(COLUMNS, COLUMNS, strict=True))])


def rows(document: ResultDocument) -> str:
    """The lines of one result."""
    return _written({name: _cell(value) for name, value in row.items()} for row in _rows(document))


def _written(cells: Iterable[dict[str, str]]) -> str:
    buffer = io.StringIO()
    csv.DictWriter(buffer, COLUMNS, restval="", quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(cells)
    return buffer.getvalue()


def _rows(document: ResultDocument) -> Iterator[dict[str, Cell]]:
    target = _target(document)
    if not document.endpoints:
        yield target | {"reason": summary.headline(document)}
    for endpoint in document.endpoints:
        row = target | _endpoint(endpoint)
        if not endpoint.judgements:
            yield row
        for judgement in endpoint.judgements:
            yield row | _judgement(judgement)


def _target(document: ResultDocument) -> dict[str, Cell]:
    return {
        "target": document.target.input,
        "domain": document.target.domain,
        "target_outcome": document.outcome,
        "observed_at": document.observed_at,
        "trust": document.trust.name,
        "error": document.error,
        "tags": " ".join(document.tags),
    }


def _endpoint(endpoint: EndpointEntry) -> dict[str, Cell]:
    row: dict[str, Cell] = {
        "kind": endpoint.kind,
        "url": endpoint.url,
        "address": endpoint.address,
        "found_by": endpoint.found_by,
        "total_ms": endpoint.timings_ms.total,
        "http_status": endpoint.http[-1].status if endpoint.http else None,
    }
    if endpoint.failure is not None:
        row |= {"failure_phase": endpoint.failure.phase, "failure_kind": endpoint.failure.kind}
    if endpoint.tls is None:
        return row
    row |= {"protocol": endpoint.tls.protocol, "cipher": endpoint.tls.cipher}
    if endpoint.tls.presented:
        leaf = endpoint.tls.presented[0]
        row |= {
            "subject": leaf.subject,
            "issuer": leaf.issuer,
            "thumbprint": leaf.thumbprint,
            "not_after": leaf.not_after,
        }
    return row


def _judgement(judgement: JudgementEntry) -> dict[str, Cell]:
    expiry = summary.chain_expiry(judgement)
    row: dict[str, Cell] = {
        "caller": judgement.caller,
        "at": judgement.at,
        "outcome": judgement.outcome,
        "reason": summary.reason(judgement),
        "finding_codes": " ".join(finding.code for finding in judgement.findings),
        "chain_not_after": expiry,
        "days_left": None if expiry is None else summary.days(expiry, judgement.at),
        "flip_at": judgement.flip.at if judgement.flip else None,
    }
    if judgement.ssl_policy_errors is not None:
        row["ssl_policy_errors"] = " ".join(judgement.ssl_policy_errors) or "None"
    if judgement.chain is not None:
        row["chain_status"] = " ".join(judgement.chain.status) or "NoError"
    if judgement.name is not None:
        row |= {"requested_name": judgement.name.requested, "name_matched": judgement.name.matched}
    if judgement.web_exception is not None:
        row["web_exception_status"] = judgement.web_exception.status
        row["web_exception_text"] = judgement.web_exception.text
    for remedy in summary.remedies(judgement)[:1]:
        row |= {"remedy_actor": remedy.actor, "remedy": remedy.text, "remedy_proved": remedy.proved}
        row["remedy_together"] = remedy.together is not None
    return row


def _cell(value: Cell) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case str():
            return csv_cell(value)
        case _:
            return str(value)
