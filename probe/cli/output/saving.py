"""Files beside the report: observation records (`--save`) and the certificates that remedies name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from probe import windows_paths
from probe.cli import console, files
from probe.cli.unfinished_files import remove_left
from probe.errors import OutputError

if TYPE_CHECKING:
    from datetime import datetime

    from probe.cli.options.report_options import ReportOptions
    from probe.facts.observation import Observation
    from probe.judgement.model import Judgement
    from probe.judgement.result import TargetResult
    from probe.report.document import ResultDocument

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def keep(result: TargetResult, options: ReportOptions) -> bool:
    """Save what the options ask for; False: one could not be written, which is said."""
    try:
        if options.save is not None:
            path = save_record(options.save, result.observation)
            console.note(f"record saved: {path}", quiet=options.quiet)
        if options.save_certificates is not None:
            for path in save_certificates(options.save_certificates, result.judgements):
                console.note(f"certificate saved: {path}", quiet=options.quiet)
        elif not options.quiet and has_certificates(result.judgements):
            console.hint("--save-certificates DIR writes the certificates that the remedies name")
    except OutputError as refused:
        console.error(str(refused))
        return False
    return True


def prepare(options: ReportOptions) -> None:
    """Make the folders of `--save` and `--save-certificates` before the run, and try to write there.

    What a run that was killed left unfinished in them goes.

    Raises:
        OutputError: one of them cannot be written into.
    """
    # Records say where an account connects and what it met there.
    for folder, private in ((options.save, True), (options.save_certificates, False)):
        if folder is not None:
            files.make_folder(Path(folder), private=private)
            files.check_writable(Path(folder) / ".fedprobe")
            remove_left(Path(folder))


def record_name(observed_at: datetime, typed: str) -> str:
    """A file name for a record: the moment, the target as it was typed, and a short hash of it.

    Nothing that a file system would refuse: the moment first, because Windows reserves names that begin with
    con, nul or com1; the hash, because two targets may look alike without their slashes or their case.
    """
    target = _UNSAFE.sub("_", typed)[:80].strip("._") or "target"
    short = hashlib.sha256(typed.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{observed_at:%Y%m%dT%H%M%S%fZ}-{target}-{short}.json"


def is_saved(folder: str, document: ResultDocument) -> bool:
    """Whether the record of which this is the result is in the folder."""
    path = Path(folder) / record_name(document.observed_at, document.target.input)
    return windows_paths.for_this_system(path).exists()


def save_record(folder: str, observation: Observation) -> Path:
    """Write one record into a folder, which is created; returns its path.

    Raises:
        OutputError: it cannot be written.
    """
    from probe.escaping import escaped_json
    from probe.facts import record

    files.make_folder(Path(folder), private=True)
    path = Path(folder) / record_name(observation.observed_at, observation.target.input)
    files.write_atomically(path, escaped_json(record.dumps(observation)), private=True)
    return path


def has_certificates(judgements: Iterable[Judgement]) -> bool:
    """Whether any remedy names a certificate that could be saved."""
    return any(r.certificates for j in judgements for f in j.findings for r in f.remedies)


def save_certificates(folder: str, judgements: Iterable[Judgement]) -> tuple[Path, ...]:
    """Write every certificate that a remedy names as DER `<thumbprint>.cer`; returns the paths.

    The name is the one in the remedies' commands (judge.changes.file_name), and certutil and
    Import-Certificate read DER.

    Raises:
        OutputError: one cannot be written.
    """
    from probe.judgement.remedies.changes import file_name

    files.make_folder(Path(folder))
    certificates = dict.fromkeys(
        certificate
        for judgement in judgements
        for finding in judgement.findings
        for remedy in finding.remedies
        for certificate in remedy.certificates
    )
    paths = []
    for certificate in certificates:
        path = Path(folder) / file_name(certificate)
        files.write_atomically(path, certificate.der)
        paths.append(path)
    return tuple(paths)
