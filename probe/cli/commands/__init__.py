"""The commands, one module each, in the order in which help shows them.

The module of a command is imported when the command is registered: a command line needs one of them, and
typer takes 20 ms to read the signatures of all.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence

import typer

from probe.cli.help import HelpedCommand

# Each is the function of this name in the module of this name.
COMMANDS = (
    "check",
    "demo",
    "collect",
    "judge",
    "federation",
    "pair",
    "chain",
    "explain",
    "sources",
    "callers",
    "lab",
    "init",
    "history",
    "diff",
    "merge",
    "serve",
    "schema",
)
# Each is the `app` of the module of this name in the room `groups`.
GROUPS = ("trust", "caller", "config", "schedule")
ALL = (*COMMANDS, *GROUPS)


def register(app: typer.Typer, names: Sequence[str] = ALL) -> None:
    """Give the program these commands, and no others."""
    app.registered_commands.clear()
    app.registered_groups.clear()
    for name in COMMANDS:
        if name in names:
            app.command(name, cls=HelpedCommand)(
                getattr(importlib.import_module(f"probe.cli.commands.{name}"), name)
            )
    for name in GROUPS:
        if name in names:
            app.add_typer(importlib.import_module(f"probe.cli.commands.groups.{name}").app, name=name)


def needed(arguments: Sequence[str]) -> tuple[str, ...]:
    """The commands that this command line is about: one if it begins with its name, else all.

    The groups look at the other commands, so they come with all. Valid where no configuration speaks of
    other commands too.
    """
    if arguments and arguments[0] in COMMANDS:
        return (arguments[0],)
    return () if list(arguments) == ["--version"] else ALL
