"""What stands at an output path: devices and FIFOs are written through, links followed, modes kept."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from probe.cli import files
from probe.cli.files import OutputFile
from probe.cli.options.report_options import Format
from probe.cli.output.report_builder import ReportBuilder
from probe.cli.output.reporting import Report
from probe.errors import OutputError
from probe.report.document import ResultDocument
from tests.runs.conftest import document

FIFO = pytest.mark.posix("named pipes in folders")
LINK = pytest.mark.posix("links that any user may make")
MODE = pytest.mark.posix("modes of files")

Write = Callable[[Path], None]
DOCUMENT: ResultDocument = document()


def _written(path: Path) -> None:
    files.write_atomically(path, b'"contoso.com"\n')


def _streamed(path: Path) -> None:
    with ReportBuilder(Report(Format.NDJSON, str(path))) as delivered:
        delivered.take(DOCUMENT)
        delivered.finish()


WRITERS = [pytest.param(_written, id="at-once"), pytest.param(_streamed, id="streamed")]


@FIFO
@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("linked", [pytest.param(False, id="fifo"), pytest.param(True, id="link-to-a-fifo")])
def test_a_fifo_is_written_and_stays(write: Write, linked: bool, tmp_path: Path) -> None:
    fifo, link = tmp_path / "fifo", tmp_path / "link"
    os.mkfifo(fifo)
    link.symlink_to(fifo)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(fifo.read_bytes()))
    reader.start()

    write(link if linked else fifo)
    reader.join(10)

    assert b"contoso.com" in read[0]
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    assert link.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fifo", "link"]


@LINK
@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("existing", [pytest.param(True, id="file"), pytest.param(False, id="dangling")])
def test_a_link_stays_and_its_file_is_written(write: Write, existing: bool, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    file, link = tmp_path / "there" / "file", tmp_path / "link"
    if existing:
        file.write_text("old")
    link.symlink_to(Path("there") / "file")

    write(link)

    assert link.is_symlink()
    assert b"contoso.com" in file.read_bytes()
    assert [path.name for path in file.parent.iterdir()] == ["file"]


@MODE
@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("mode", [pytest.param(0o600, id="private"), pytest.param(0o664, id="shared")])
def test_the_mode_of_a_file_is_kept(write: Write, mode: int, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    file.chmod(mode)

    write(file)

    assert stat.S_IMODE(file.stat().st_mode) == mode
    assert b"contoso.com" in file.read_bytes()


@FIFO
def test_a_reader_that_has_gone_is_an_output_error(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    with OutputFile(fifo) as destination:
        os.close(reader)
        with pytest.raises(OutputError, match="Broken pipe"):
            destination.write(b"x")


def test_what_cannot_be_put_in_its_place_is_kept_beside_it(tmp_path: Path) -> None:
    """A folder that came in the meantime refuses as a file does that Excel has open."""
    file = tmp_path / "report.csv"
    (tmp_path / "report-2.csv").write_text("an earlier one")
    with OutputFile(file) as destination:
        (file / "in the way").mkdir(parents=True)
        destination.write(b"new")
        with pytest.raises(OutputError, match=r"cannot replace .*report\.csv.* is in .*report-3\.csv"):
            destination.commit()
    assert (tmp_path / "report-3.csv").read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report-2.csv", "report-3.csv", "report.csv"]


@pytest.mark.windows("a file that is open cannot be replaced")
@pytest.mark.parametrize("write", WRITERS)
def test_a_file_that_another_program_has_open(write: Write, tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    file.write_text("old")
    with file.open(), pytest.raises(OutputError, match="close the program"):
        write(file)
    assert file.read_text() == "old"
    assert b"contoso.com" in (tmp_path / "report-2.csv").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.windows("a file that is open cannot be replaced")
@pytest.mark.parametrize("write", WRITERS)
def test_a_read_only_file_that_is_open_stays(write: Write, tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    file.write_text("old")
    file.chmod(stat.S_IREAD)
    with file.open(), pytest.raises(OutputError, match=r"report-2\.csv"):
        write(file)
    assert file.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report-2.csv", "report.csv"]
