"""`probe init`: a configuration and a partner list to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from probe.cli import console
from probe.cli.files import make_folder, write_atomically
from probe.errors import OutputError


def init(
    folder: Annotated[
        str, typer.Argument(metavar="[FOLDER]", help="Where to write; it is created if need be.")
    ] = ".",
    force: Annotated[bool, typer.Option("--force", help="Write over files that exist.")] = False,
) -> int:
    """Write a commented probe.toml and partners.toml.

    Example: probe init && probe check -f partners.toml
    """
    from probe.runs.configuration import FILE_NAME
    from probe.runs.lists import template

    files = {
        Path(folder) / FILE_NAME: template.CONFIGURATION,
        Path(folder) / "partners.toml": template.PARTNERS,
    }
    for path in files:
        if path.exists() and not force:
            raise OutputError(f"{path} exists: choose another folder, or give --force to write over it")
    make_folder(Path(folder))
    for path, text in files.items():
        write_atomically(path, text.encode())
        console.note(f"written: {path}")
    console.hint("edit partners.toml, then: probe check -f partners.toml")
    return 0
