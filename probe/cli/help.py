"""Help as plain text: every option name whole, at any width, below the heading of its kind.

typer's own panels are tables that share 80 columns between six of them, and cut names that do not fit.
"""

from __future__ import annotations

from typing import Any

from typer import Abort
from typer.core import TyperCommand, TyperGroup

from probe.cli import idle_options

_ARGUMENTS, _OPTIONS = "Arguments", "Options"


class HelpedCommand(TyperCommand):
    """A command whose help groups options by `rich_help_panel`, which plain help of typer leaves out.

    It refuses options that would do nothing.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line into the context.

        Raises:
            UsageError: an option would do nothing. What typer raises: one cannot be read.
        """
        rest = super().parse_args(ctx, args)
        idle_options.refuse(ctx)
        return rest

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments, options without a heading, and then those of each heading."""
        sections: dict[str, list[tuple[str, str]]] = {_ARGUMENTS: [], _OPTIONS: []}
        for parameter in self.get_params(ctx):
            shown = parameter.get_help_record(ctx)
            if shown is not None:
                kind = _ARGUMENTS if parameter.param_type_name == "argument" else _OPTIONS
                heading = getattr(parameter, "rich_help_panel", None) or kind
                sections.setdefault(heading, []).append(shown)
        for heading, rows in sections.items():
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)


class HelpedGroup(TyperGroup):
    """A group whose help shows the whole first paragraph of each command, not its first 45 characters."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the arguments begin with.

        Raises:
            UsageError: they begin with none.
        """
        if not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            from probe.cli.command_line_errors import unknown_command

            raise unknown_command(ctx.command_path, args, self.list_commands(ctx))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command.

        Raises:
            Abort: it was interrupted; of a KeyboardInterrupt typer would make a silent exit code.
        """
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Abort from None

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands with what each does."""
        rows = [
            (name, " ".join((command.help or "").partition("\n\n")[0].split()))
            for name in self.list_commands(ctx)
            if (command := self.get_command(ctx, name)) is not None and not command.hidden
        ]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)
