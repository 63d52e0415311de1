"""The configuration as defaults of the commands: what file and environment say, until a flag says otherwise.

typer carries its own copy of click under a private name, so commands, contexts and parameters have no public
type here and are used by their documented attributes.

The commands themselves tell which keys there are: a key is the long name of an option. Values are checked as
the option checks them, so that a mistake names its file instead of looking like a wrong flag.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probe.cli import console
from probe.errors import ConfigurationError, UsageError
from probe.runs.configuration import (
    FILE_NAME,
    VARIABLE_PREFIX,
    Configuration,
    Keys,
    Origin,
    Setting,
    foreign_owner,
    load,
    locate,
)

if TYPE_CHECKING:
    from probe.runs.alerting.sending import MailServer

META_KEY = "probe.configuration"
_WEBHOOK_PATH = re.compile(r"(https?://[^/?#\s]+)[/?#]\S*")
_PASSWORD = re.compile(r"(?<=://)[^/@\s]*@")
# As platform.system() says it, which takes a start 3 ms to load.
_SYSTEMS = {"win32": "Windows", "darwin": "Darwin"}
_NOT_FOR_FILES = frozenset({"help", "version", "config"})


@dataclass(frozen=True, slots=True)
class EffectiveOption:
    """One option with the value that holds and where it comes from."""

    key: str
    value: Any
    origin: Origin
    place: str


def configure(context: Any, file: str | None) -> None:
    """Make the configuration the default of every command below this context.

    Raises:
        ConfigurationError: the file cannot be read, or holds what no command takes.
    """
    group = context.command
    path = _located(file)
    here = Path(FILE_NAME)
    if path != here and here.is_file() and (owner := foreign_owner(here)) is not None:
        console.hint(
            f"{here} here, or its folder, is of another account (user {owner}) and is not read: name it with "
            f"--config {here}"
        )
    configuration = load(path, environment=os.environ, keys=keys_of(group))
    context.meta[META_KEY] = configuration
    context.default_map = {
        command: _values(context, group.commands[command], settings)
        for command, settings in configuration.commands.items()
        if settings
    }


def is_configured() -> bool:
    """Whether a file or a variable may say something about the commands; `--config` is not looked at.

    Raises:
        ConfigurationError: the file that PROBE_CONFIG names does not exist.
    """
    return any(name.startswith(VARIABLE_PREFIX) for name in os.environ) or _located(None) is not None


def _located(file: str | None) -> Path | None:
    """The configuration file; one here that is somebody else's is said to be left out.

    Raises:
        ConfigurationError: a file that was named does not exist.
    """
    return locate(
        file, environment=os.environ, here=Path(), home=Path.home(), system=_SYSTEMS.get(sys.platform, "")
    )


def found_configuration(context: Any) -> Configuration | None:
    """The configuration that `configure` found for this command line."""
    found = context.meta.get(META_KEY)
    return found if isinstance(found, Configuration) else None


def mail_server(context: Any) -> MailServer | None:
    """The mail server that the configuration names for notifications."""
    configuration = found_configuration(context)
    return configuration.mail_server if configuration else None


def keys_of(group: Any) -> Keys:
    """The keys of each command; commands of commands have none."""
    return {
        name: frozenset(key for key, _ in options_of(command))
        for name, command in group.commands.items()
        if not hasattr(command, "commands")
    }


def options_of(command: Any) -> Iterator[tuple[str, Any]]:
    """The options that a file may set, by key: the long name with _ for -."""
    for parameter in command.params:
        long = [name for name in parameter.opts if name.startswith("--")]
        if parameter.param_type_name == "option" and long:
            key = long[0].removeprefix("--").replace("-", "_")
            if key not in _NOT_FOR_FILES:
                yield key, parameter


def effective_options(context: Any, name: str, arguments: list[str]) -> list[EffectiveOption]:
    """Every option of a command with the value that it would have, given these flags.

    Raises:
        UsageError: there is no such command. What typer raises: a flag cannot be used.
    """
    root = context.find_root()
    group = root.command
    command = group.commands.get(name)
    if command is None or hasattr(command, "commands"):
        raise UsageError(f"{name!r} is no command with options of its own: probe --help lists the commands")
    # A command that needs arguments refuses to be looked at without them.
    needed = [p.name for p in command.params if p.param_type_name == "argument" and p.required]
    child = command.make_context(name, [*arguments, *needed], parent=root)
    configuration = found_configuration(context)
    settings = configuration.commands.get(name, {}) if configuration else {}
    return [_effective(child, key, parameter, settings) for key, parameter in options_of(command)]


def _effective(context: Any, key: str, parameter: Any, settings: Mapping[str, Setting]) -> EffectiveOption:
    value = context.params.get(parameter.name or "")
    source = context.get_parameter_source(parameter.name or "")
    if source is not None and source.name == "COMMANDLINE":
        return EffectiveOption(key, _without_secrets(value, key), Origin.FLAG, f"--{key.replace('_', '-')}")
    if key in settings:
        return EffectiveOption(key, _without_secrets(value, key), settings[key].origin, settings[key].place)
    return EffectiveOption(key, _without_secrets(value, key), Origin.DEFAULT, "")


def _without_secrets(value: Any, key: str) -> Any:
    """The value without the password of a URL, and without the secret path of a webhook."""
    if isinstance(value, list | tuple):
        return [_without_secrets(item, key) for item in value]
    if not isinstance(value, str):
        return value
    shown = _PASSWORD.sub("***@", value)
    return _WEBHOOK_PATH.sub(r"\1/***", shown) if key == "notify" else shown


def _values(context: Any, command: Any, settings: Mapping[str, Setting]) -> dict[str, Any]:
    """What the command takes as defaults, by the names of its parameters."""
    from probe.cli.options.connection_options import finite

    parameters = dict(options_of(command))
    values: dict[str, Any] = {}
    for key, setting in settings.items():
        parameter = parameters[key]
        value = _as_repeatable(setting, parameter)
        try:
            number = parameter.type_cast_value(context, value)
            if isinstance(number, float):
                finite(number)  # TOML has nan and inf
        except Exception as wrong:
            from probe.cli.command_line_errors import value_problem

            message = getattr(wrong, "message", None)  # typer's BadParameter; anything else is a defect
            if message is None:
                raise
            raise ConfigurationError(
                f"{setting.place}: {key}: {value_problem(parameter, str(message))}"
            ) from None
        values[parameter.name or key] = value
    return values


def _as_repeatable(setting: Setting, parameter: Any) -> Any:
    """A list where the option may be repeated; in a variable its parts are separated by commas."""
    value = setting.value
    if not parameter.multiple:
        if isinstance(value, list):
            raise ConfigurationError(f"{setting.place}: give one value, not a list")
        return value
    if isinstance(value, list):
        return value
    if setting.origin is Origin.ENVIRONMENT:
        return [part.strip() for part in str(value).split(",") if part.strip()]
    return [str(value)]
