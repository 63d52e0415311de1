"""Writing observation records of one or more targets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from probe import api
from probe.cli import console, saving
from probe.collection.collector import INTERRUPTED
from probe.collection.settings import Settings
from probe.escaping import escaped_json
from probe.facts import record
from probe.facts import target as parsing
from probe.facts.observation import Observation


def run(targets: Sequence[str], settings: Settings, output: str | None, *, quiet: bool) -> int:
    """Collect each target, write its record to standard output, a file or (several) a folder; the exit code.

    Every target is parsed before the first connection, so that a mistyped one costs nothing.

    Raises:
        TargetError: a target cannot be parsed.
        OutputError: a record cannot be written.
    """
    parsed = [parsing.parse(text) for text in targets]
    to_folder = output is not None and (len(parsed) > 1 or Path(output).is_dir())
    for number, target in enumerate(parsed, 1):
        observation = api.collect(target, settings=settings)
        _keep(observation, output, to_folder=to_folder, quiet=quiet)
        if INTERRUPTED in observation.notes:
            console.error(f"interrupted: {number} of {len(parsed)} targets are recorded, the last in part")
            return 130
    return 0


def _keep(observation: Observation, output: str | None, *, to_folder: bool, quiet: bool) -> None:
    if output is None or output == "-":
        console.emit(escaped_json(record.dumps(observation)).decode())
        return
    if to_folder:
        path = saving.save_record(output, observation)
    else:
        path = Path(output)
        console.write_atomically(path, escaped_json(record.dumps(observation)))
    console.note(f"record saved: {path}; judge it with: probe judge {path}", quiet=quiet)
