"""Text beyond ASCII on every code page of Windows: redirected it is whole, on a console nothing crashes.

What a console cannot show is replaced by its escape (`\\u5e02`), and lines are ASCII where the code
page has no lines. Pipes and files have UTF-8 whatever the code page is.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from probe.cli import console
from probe.lab import authority

SUBJECTS = {
    "umlauts": "Übergröße Müller",
    "cyrillic": "Почтовый сервер",
    "cjk": "市役所メール",
}
CODE_PAGES = ["cp437", "cp850", "cp1252", "utf-8"]


class Console(io.TextIOWrapper):
    """A terminal with a code page, as Windows' own is for a program that does not write UTF-16."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("code_page", CODE_PAGES)
@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_pipes_and_files_have_all_of_it(subject: str, code_page: str, tmp_path: Path) -> None:
    root = authority.root(subject)
    chain = tmp_path / f"{subject}.pem"
    chain.write_bytes(authority.end_entity(root, "mail.partner.lab").pem.encode() + root.pem.encode())
    environment = {**os.environ, "PYTHONIOENCODING": code_page, "PYTHONPATH": str(Path(__file__).parents[2])}
    for output in ((), ("-o", str(tmp_path / "report.txt"))):
        finished = subprocess.run(
            [sys.executable, "-m", "probe", "chain", str(chain), *output],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=100,
        )
        assert finished.returncode == 2, finished.stderr
        report = Path(output[1]).read_bytes() if output else finished.stdout
        assert subject in report.decode("utf-8")


@pytest.mark.parametrize(
    ("code_page", "shown", "lines"),
    [
        pytest.param("cp437", "Übergröße Müller \\u041f\\u043e \\u5e02", False, id="437"),
        pytest.param("cp850", "Übergröße Müller \\u041f\\u043e \\u5e02", False, id="850"),
        pytest.param("cp1252", "Übergröße Müller \\u041f\\u043e \\u5e02", False, id="1252"),
        pytest.param("utf-8", "Übergröße Müller По 市", True, id="65001"),
    ],
)
def test_what_a_console_cannot_show_is_its_escape(
    monkeypatch: pytest.MonkeyPatch, code_page: str, shown: str, lines: bool
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", Console(raw, encoding=code_page, newline=""))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    console.prepare_streams()
    print("Übergröße Müller По 市", end="", flush=True)
    assert raw.getvalue().decode(code_page) == shown
    assert console.draws_unicode() is lines
