"""`probe config show`: which value each option has, and where it comes from."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from probe.cli import console
from probe.cli.help import HelpedCommand, HelpedGroup
from probe.cli.options.report_options import PlainFormat, PlainFormatOption

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    cls=HelpedGroup,
    help="Which settings hold, and where they come from.",
)


@app.command(
    "show",
    cls=HelpedCommand,
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
)
def show(
    context: typer.Context,
    command: Annotated[str, typer.Argument(metavar="[COMMAND]", help="The command to ask about.")] = "check",
    flags: Annotated[
        list[str] | None, typer.Argument(metavar="[OPTIONS]...", help="Flags that it would be given.")
    ] = None,
    form: PlainFormatOption = PlainFormat.TEXT,
) -> int:
    """Print every setting of a command with its origin: flag, environment, file or default.

    Example: probe config show check --timeout 40
    """
    from probe.cli import configured_defaults

    if command.startswith("-"):  # flags and no command: those of check
        command, flags = "check", [command, *(flags or [])]
    found = configured_defaults.found_configuration(context)
    rows = configured_defaults.effective_options(context, command, flags or [])
    unused = found.unused_variables if found else ()
    path = str(found.path) if found and found.path else None
    if form is PlainFormat.JSON:
        from probe.cli.printed_records import CONFIG_SCHEMA, ConfigDocument
        from probe.report import json

        console.emit(json.indented(ConfigDocument(CONFIG_SCHEMA, command, path, tuple(rows))))
    else:
        width = max((len(row.key) for row in rows), default=0)
        lines = [f"configuration file: {path or 'none (probe init writes one)'}", ""]
        for row in rows:
            origin = f"{row.origin.value} {row.place}".strip()
            lines.append(f"{row.key:{width}}  {_shown(row.value):30}  {origin}")
        console.emit("\n".join(lines) + "\n")
    for name in unused:
        console.hint(f"the environment variable {name} is no setting of probe and has no effect")
    return 0


def _shown(value: Any) -> str:
    if value is None or value == []:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
