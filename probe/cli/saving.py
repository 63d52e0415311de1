"""Files beside the report: observation records (`--save`) and the certificates that remedies name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from probe.cli import console, files
from probe.errors import OutputError

if TYPE_CHECKING:
    from probe.cli.options.report import ReportOptions
    from probe.facts.observation import Observation
    from probe.judgement.model import Judgement
    from probe.judgement.result import Result

# Windows opens a device for these names, whatever stands behind the first dot: con.example-2026….json too.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9])(?:\.|\Z)", re.IGNORECASE)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def keep(result: Result, options: ReportOptions) -> None:
    """Save what the options ask for; a file that cannot be written is said and loses nothing else."""
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


def record_name(observation: Observation) -> str:
    """A file name for a record: the target and the moment, nothing that a file system would refuse."""
    target = _UNSAFE.sub("_", observation.target.input)[:80].strip("._") or "target"
    if _DEVICE.match(target):
        target = f"_{target}"
    return f"{target}-{observation.observed_at:%Y%m%dT%H%M%S%fZ}.json"


def save_record(folder: str, observation: Observation) -> Path:
    """Write one record into a folder, which is created; returns its path.

    Raises:
        OutputError: it cannot be written.
    """
    from probe.escaping import escaped_json
    from probe.facts import record

    files.make_folder(Path(folder))
    path = Path(folder) / record_name(observation)
    files.write_atomically(path, escaped_json(record.dumps(observation)))
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
