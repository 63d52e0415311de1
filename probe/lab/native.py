"""What a real Windows said of the lab's faults, beside the verdicts that the lab's rows demand.

Decides, fault by fault, whether a file of answers agrees with the row, and in what it does not. It asks no
Windows: the script that does is `script()`, and it runs where its reader has one. The lab's roots are not
trusted there, so the script sets UntrustedRoot aside where the chain ends in one; rows about the caller's
Disallowed store cannot be asked, and of HTTP answers only the certificate's part is compared, because the
script has no SOAP client.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from importlib import resources

import msgspec
from msgspec import Struct

from probe.dotnet import SslPolicyErrors, WebExceptionStatus, X509ChainStatusFlags, flag_names
from probe.errors import DataError
from probe.lab.faults import FAULTS, Fault

SCHEMA = "probe.native/1"
COMPARISON_SCHEMA = "probe.native-comparison/1"
MAXIMUM_BYTES = 4 * 1024 * 1024  # ours: some 190 faults take 100 KB
_HTTP_PHASE = "http"


class NativeRow(Struct, frozen=True):
    """What Windows said of one fault; None where it did not come to that."""

    name: str
    endpoint: str
    ssl_policy_errors: tuple[str, ...] | None = None
    chain_status: tuple[str, ...] | None = None
    web_exception_status: str | None = None
    text: str | None = None
    http_status: int = 0


class NativeAnswers(Struct, frozen=True):
    """The file that the script writes."""

    schema: str
    taken_at: datetime
    windows: str
    build: int
    dotnet_release: int
    culture: str
    rows: tuple[NativeRow, ...]


class OracleAgreement(StrEnum):
    """How an answer of Windows stands to the row of the lab."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    UNDECIDED = "undecided here"
    NOT_COMPARED = "not compared"


class FaultComparison(Struct, frozen=True):
    """One fault: the agreement, and what there is to say of it."""

    name: str
    agreement: OracleAgreement
    lines: tuple[str, ...] = ()


class ComparisonDocument(Struct, frozen=True):
    """`probe lab --compare`: which Windows it was, how many of each agreement, and every fault."""

    schema: str
    taken_at: datetime
    windows: str
    build: int
    dotnet_release: int
    counts: dict[OracleAgreement, int]
    faults: tuple[FaultComparison, ...]


def script() -> str:
    """The Windows PowerShell 5.1 script that asks the Windows on which it runs."""
    files = resources.files("probe.lab")
    source = (files / "native.cs").read_text(encoding="utf-8")
    return (files / "native.ps1").read_text(encoding="utf-8").replace("{csharp}", source.rstrip("\n"))


def read(data: bytes) -> NativeAnswers:
    """The answers in a file of the script.

    Raises:
        DataError: it is no such file, or a damaged one.
    """
    if len(data) > MAXIMUM_BYTES:
        raise DataError(f"more than {MAXIMUM_BYTES:,} bytes: this is no file of the script")
    try:
        answers = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=NativeAnswers)
    except (msgspec.DecodeError, ValueError, RecursionError) as damaged:
        raise DataError(
            f"these are no answers of the script that probe lab --native prints ({damaged})"
        ) from None
    if answers.schema != SCHEMA:
        raise DataError(f"its schema is {answers.schema!r}, and this version reads {SCHEMA}")
    return answers


def compare(answers: NativeAnswers) -> ComparisonDocument:
    """Every fault of the lab beside its answer, in the order of the lab."""
    by_name = {row.name: row for row in answers.rows}
    english = answers.culture.lower().startswith("en")
    faults = tuple(_compared(fault, by_name.get(fault.name), english=english) for fault in FAULTS)
    return ComparisonDocument(
        schema=COMPARISON_SCHEMA,
        taken_at=answers.taken_at,
        windows=answers.windows,
        build=answers.build,
        dotnet_release=answers.dotnet_release,
        counts={each: sum(fault.agreement is each for fault in faults) for each in OracleAgreement},
        faults=faults,
    )


def _compared(fault: Fault, row: NativeRow | None, *, english: bool) -> FaultComparison:
    if row is None:
        return FaultComparison(fault.name, OracleAgreement.NOT_COMPARED, ("the file has no answer for it",))
    if fault.expected.outcome == "unknown":
        return FaultComparison(fault.name, OracleAgreement.UNDECIDED, (f"Windows says: {_said(row)}",))
    lines = tuple(_disagreements(fault, row, english=english))
    return FaultComparison(fault.name, OracleAgreement.DISAGREES if lines else OracleAgreement.AGREES, lines)


def _disagreements(fault: Fault, row: NativeRow, *, english: bool) -> Iterator[str]:
    expected = fault.expected
    if expected.ssl_policy_errors is not None:
        yield from _flags("SslPolicyErrors", expected.ssl_policy_errors, row.ssl_policy_errors)
    if expected.chain_status is not None:
        yield from _flags("chain status", expected.chain_status, row.chain_status)
    if fault.phase == _HTTP_PHASE:
        return
    status = expected.web_exception_status
    if status is None or status is WebExceptionStatus.ProtocolError:
        if row.web_exception_status is not None:
            yield f"WebExceptionStatus: {row.web_exception_status}, and none is expected"
    elif row.web_exception_status != status.name:
        yield f"WebExceptionStatus: {row.web_exception_status}, and {status.name} is expected"
    text = expected.text_for("", row.endpoint)
    names_host = "{host}" in (expected.text or "")  # it is called by its address there
    if english and not names_host and text is not None and row.text not in (None, text):
        yield f"text: {row.text!r}, and {text!r} is expected"


def _flags(
    what: str, expected: SslPolicyErrors | X509ChainStatusFlags, said: tuple[str, ...] | None
) -> Iterator[str]:
    must, names = set(flag_names(expected)), set(said or ())
    if said is None:
        yield f"{what}: Windows came to no certificate, and {_listed(must)} is expected"
    elif names != must:
        yield f"{what}: {_listed(names)}, and {_listed(must)} is expected"


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _said(row: NativeRow) -> str:
    if row.web_exception_status is not None:
        return f"{row.web_exception_status}: {row.text}"
    if row.ssl_policy_errors:
        return ", ".join(row.ssl_policy_errors)
    return f"accepted, HTTP status {row.http_status}" if row.http_status else row.text or "nothing"
