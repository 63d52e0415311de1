"""The script for a real Windows, and the comparison with what it said.

No Windows is here: the PowerShell is parsed (tests/test_powershell.py), the C# in it compiled and, under
mono, run against lab partners for the form of its answers; what mono's own TLS says of a partner is not the
point.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from probe.errors import DataError
from probe.lab import native
from probe.lab.faults import FAULTS, fault
from probe.lab.native import NativeAnswers, NativeRow, OracleAgreement
from probe.lab.partner import Partner
from tests.requirements import require


def test_the_script_refuses_another_net() -> None:
    assert "#requires -Version 5.1" in native.script()
    assert "PSEdition -eq 'Core'" in native.script()


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The C# of the script as a program that prints one answer as JSON."""
    folder = tmp_path_factory.mktemp("native")
    (match,) = re.findall(r"-TypeDefinition @'\n(.*?)\n'@", native.script(), flags=re.DOTALL)
    (folder / "native.cs").write_text(match)
    (folder / "main.cs").write_text(
        "class Program { static void Main(string[] a) { ProbeNative.Answer r = ProbeNative.Question.Ask("
        'a[0], a[1], new[] { a[2] }, new string[0], 5000); System.Console.WriteLine(r.HttpStatus + "|" + '
        '(r.WebExceptionStatus ?? "-") + "|" + (r.SslPolicyErrors == null ? "-" : string.Join(",", '
        'r.SslPolicyErrors)) + "|" + (r.Text ?? "-")); } }'
    )
    program = folder / "ask.exe"
    compiler = [require("mcs"), f"-out:{program}", str(folder / "native.cs"), str(folder / "main.cs")]
    subprocess.run(compiler, check=True, capture_output=True)
    return program


@pytest.mark.parametrize(
    ("name", "status"),
    [
        # Mono cannot read keys on curves, so its callback throws; the answer has to come out whole.
        pytest.param("wrong-name", "TrustFailure", id="wrong-name"),
        pytest.param("refused", "ConnectFailure", id="refused"),
    ],
)
def test_the_question_is_asked_and_answered(asking: Path, name: str, status: str) -> None:
    with Partner(name) as partner:
        url = f"https://127.0.0.1:{partner.port}/EWS/Exchange.asmx/WSSecurity"
        root = base64.b64encode(partner.trust_roots[0].der).decode()
        done = subprocess.run(
            [require("mono"), str(asking), url, f"{partner.host}:{partner.port}", root],
            check=True,
            capture_output=True,
            text=True,
        )
    _, said, _, text = done.stdout.strip().split("|", 3)
    assert said == status
    assert text.startswith("System.Net.WebException: ")


def _answers(*rows: NativeRow, culture: str = "en-US") -> NativeAnswers:
    moment = datetime(2026, 11, 26, tzinfo=UTC)
    return NativeAnswers(native.SCHEMA, moment, "Windows Server 2022", 20348, 533320, culture, rows)


TRUST = fault("wrong-name").expected.text
REFUSED = "System.Net.WebException: Unable to connect to the remote server"


def _row(name: str, **fields: object) -> NativeRow:
    return msgspec.structs.replace(NativeRow(name, "127.0.0.1:443"), **fields)


COMPARISONS = [
    pytest.param(
        _row(
            "wrong-name",
            ssl_policy_errors=("RemoteCertificateNameMismatch",),
            chain_status=(),
            web_exception_status="TrustFailure",
            text=TRUST,
        ),
        OracleAgreement.AGREES,
        "",
        id="agrees",
    ),
    pytest.param(
        _row(
            "wrong-name",
            ssl_policy_errors=(),
            chain_status=(),
            web_exception_status="TrustFailure",
            text=TRUST,
        ),
        OracleAgreement.DISAGREES,
        "SslPolicyErrors: none, and RemoteCertificateNameMismatch is expected",
        id="other-errors",
    ),
    pytest.param(
        _row(
            "wrong-name",
            ssl_policy_errors=("RemoteCertificateNameMismatch",),
            chain_status=("PartialChain",),
            web_exception_status="TrustFailure",
            text=TRUST,
        ),
        OracleAgreement.DISAGREES,
        "chain status: PartialChain, and none is expected",
        id="other-chain",
    ),
    pytest.param(
        _row(
            "wrong-name",
            ssl_policy_errors=("RemoteCertificateNameMismatch",),
            chain_status=(),
            web_exception_status="SendFailure",
            text="System.Net.WebException: x",
        ),
        OracleAgreement.DISAGREES,
        "WebExceptionStatus: SendFailure, and TrustFailure is expected",
        id="other-status",
    ),
    pytest.param(
        _row("untrusted-root", web_exception_status="ConnectFailure", text=REFUSED),
        OracleAgreement.DISAGREES,
        "SslPolicyErrors: Windows came to no certificate",
        id="no-certificate",
    ),
    pytest.param(
        _row("healthy", ssl_policy_errors=(), chain_status=(), http_status=500),
        OracleAgreement.AGREES,
        "",
        id="healthy",
    ),
    pytest.param(
        _row("tls13-only", web_exception_status="SendFailure", text="x"),
        OracleAgreement.UNDECIDED,
        "Windows says: SendFailure: x",
        id="undecided",
    ),
]


@pytest.mark.parametrize(("row", "agreement", "line"), COMPARISONS)
def test_an_answer_is_compared(row: NativeRow, agreement: OracleAgreement, line: str) -> None:
    document = native.compare(_answers(row))
    (compared,) = (each for each in document.faults if each.name == row.name)
    assert compared.agreement is agreement
    assert any(line in each for each in compared.lines) or not line
    assert document.counts[OracleAgreement.NOT_COMPARED] == len(FAULTS) - 1


def test_texts_of_another_language_are_not_compared() -> None:
    row = _row(
        "wrong-name",
        ssl_policy_errors=("RemoteCertificateNameMismatch",),
        chain_status=(),
        web_exception_status="TrustFailure",
        text="System.Net.WebException: Die zugrunde liegende Verbindung wurde geschlossen",
    )
    (german,) = (e for e in native.compare(_answers(row, culture="de-DE")).faults if e.name == row.name)
    (english,) = (e for e in native.compare(_answers(row)).faults if e.name == row.name)
    assert (german.agreement, english.agreement) == (OracleAgreement.AGREES, OracleAgreement.DISAGREES)


def test_the_file_is_read_as_powershell_writes_it() -> None:
    document = msgspec.to_builtins(_answers(_row("healthy")))
    document["rows"][0]["unknown_key"] = 1
    data = b"\xef\xbb\xbf" + json.dumps(document, indent=4).replace("\n", "\r\n").encode()
    assert native.read(data).rows[0].name == "healthy"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"[" * 100_000, id="nested"),
        pytest.param(b'{"schema": "probe.native/1"}', id="incomplete"),
        pytest.param(msgspec.json.encode(_answers()).replace(b"native/1", b"native/9"), id="newer-schema"),
        pytest.param(b" " * (native.MAXIMUM_BYTES + 1), id="too-large"),
    ],
)
def test_what_is_no_file_of_the_script_says_so(data: bytes) -> None:
    with pytest.raises(DataError):
        native.read(data)
