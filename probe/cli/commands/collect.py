"""`probe collect`: facts only, written as an observation record; nothing is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from probe.cli import console
from probe.cli.options.caller_options import CallerOptions
from probe.cli.options.composition import only, with_options
from probe.cli.options.connection_options import ConnectionOptions
from probe.cli.options.report_options import ReportOptions

if TYPE_CHECKING:
    from probe.collection.settings import Settings
    from probe.facts.observation import Observation


@with_options
def collect(
    *,
    targets: Annotated[
        list[str], typer.Argument(metavar="TARGET…", help="Domain, e-mail address, host[:port] or URL.")
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write the record there (a folder for several targets); a new file is this account's own. "
            "Default: standard output.",
        ),
    ] = None,
    connection: ConnectionOptions,
    caller: Annotated[CallerOptions, only("caller", "tls", "revocation", "aia")],
    files: Annotated[ReportOptions, only("quiet")],
) -> int:
    """Record what is seen of a partner, to be judged later or elsewhere with probe judge.

    Example: probe collect contoso.com -o contoso.json
    """
    from pathlib import Path

    from probe.cli import inputs
    from probe.collection.collector import INTERRUPTED
    from probe.facts import target as parsing

    settings = _settings(connection, caller)
    # Every target is parsed before the first connection, so that a mistyped one costs nothing.
    parsed = [parsing.parse(text) for text in targets]
    to_folder = output is not None and (len(parsed) > 1 or Path(output).is_dir())
    for number, target in enumerate(parsed, 1):
        observation = inputs.observe(target, settings)
        _keep(observation, output, to_folder=to_folder, quiet=files.quiet)
        if INTERRUPTED in observation.notes:
            console.error(f"interrupted: {number} of {len(parsed)} targets are recorded, the last in part")
            return 130
    return 0


def _settings(connection: ConnectionOptions, caller: CallerOptions) -> Settings:
    """How to connect. No trust store is read: an issuer that a store may know is fetched too, which judges
    for any store.
    """
    import dataclasses

    from probe import api
    from probe.facts.trust_store import TrustStore

    settings = connection.settings(aia=caller.aia)
    prepared = api.settings_for(caller.callers(), TrustStore("none"), settings)
    if prepared.revocation:
        # Roots are seldom sent, and a question to an OCSP responder names the key of the issuer.
        prepared = dataclasses.replace(prepared, known_issuers=api.load_trust(None).of_subject)
    return prepared


def _keep(observation: Observation, output: str | None, *, to_folder: bool, quiet: bool) -> None:
    from pathlib import Path

    from probe.cli.files import write_atomically
    from probe.cli.output import saving
    from probe.escaping import escaped_json
    from probe.facts import record

    if output is None or output == "-":
        console.emit(escaped_json(record.dumps(observation)).decode())
        return
    if to_folder:
        path = saving.save_record(output, observation)
    else:
        path = Path(output)
        write_atomically(path, escaped_json(record.dumps(observation)), private=True)
    judging = console.command("probe", "judge", console.file_word(str(path)))
    console.note(f"record saved: {path}" + (f"; judge it with: {judging}" if judging else ""), quiet=quiet)
