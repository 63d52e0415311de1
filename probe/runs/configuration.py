"""The configuration file, the environment, and which of them decides: flag, PROBE_* variable, file, default.

What options exist is not written here a second time: the command line says which keys each command has. A
key of the file that no command has is an error. Secrets stand in no file: `env:NAME` names the variable
that holds one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probe import windows_paths
from probe.errors import ConfigurationError
from probe.facts.encoding import text_encoding
from probe.runs.lists.suggestions import did_you_mean
from probe.runs.secrets import ENVIRONMENT_PREFIX

if TYPE_CHECKING:
    from probe.runs.alerting.sending import MailServer

MAXIMUM_BYTES = 1024 * 1024
FILE_NAME = "probe.toml"
VARIABLE_PREFIX = "PROBE_"
FILE_VARIABLE = "PROBE_CONFIG"
NOTIFY = "notify"
_NOTIFY_KEYS = frozenset(
    {"smtp_server", "smtp_port", "smtp_security", "smtp_from", "smtp_user", "smtp_password", "smtp_ca_file"}
)

Keys = Mapping[str, frozenset[str]]
"""The option names that each command has, spelled as in the file: `connect_timeout`."""


class Origin(StrEnum):
    """Where a value comes from."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Setting:
    """A value with where it comes from: `place` is the variable, or the file and table."""

    value: Any
    origin: Origin
    place: str


@dataclass(frozen=True, slots=True)
class Configuration:
    """What file and environment say: for each command its settings, and the mail server for notifications."""

    path: Path | None
    commands: Mapping[str, Mapping[str, Setting]]
    mail_server: MailServer | None = None
    unused_variables: tuple[str, ...] = ()


def locate(
    file: str | None, *, environment: Mapping[str, str], here: Path, home: Path, system: str
) -> Path | None:
    """The configuration file: `file`, PROBE_CONFIG, `probe.toml` here, the user's; None: there is none.

    `file` is what `--config` says, `system` is what platform.system() says.

    Raises:
        ConfigurationError: a file that was named does not exist.
    """
    named = file or environment.get(FILE_VARIABLE)
    if named:
        named_file = windows_paths.for_this_system(named)
        if not named_file.is_file():
            by = "--config" if file else FILE_VARIABLE
            raise ConfigurationError(
                f"{by} names {named}, and there is no such file: correct it, or run probe init"
            )
        return named_file
    candidates = (
        here / FILE_NAME,
        user_folder(environment=environment, home=home, system=system) / FILE_NAME,
    )
    return next((path for path in candidates if path.is_file() and not foreign_owner(path)), None)


def foreign_owner(path: Path) -> str | None:
    """Whose file or folder this is, if it is neither this account's nor an administrator's; else None.

    A configuration that somebody else wrote into a shared folder could send a run through his proxy: it is
    read when `--config` or PROBE_CONFIG names it.
    """
    for place in (path, path.absolute().parent):
        owner, trusted = _owner(place)
        if owner and owner not in trusted:
            return owner
    return None


if sys.platform == "win32":

    def _owner(place: Path) -> tuple[str, Collection[str]]:
        """Who owns it, and whose files are as good as this account's own."""
        from probe.runs import access_list, access_rights

        return access_list.owner(place), {access_list.account(), *access_rights.TRUSTED}

else:

    def _owner(place: Path) -> tuple[str, Collection[str]]:
        """Who owns it, and whose files are as good as this account's own."""
        return str(place.stat().st_uid), {"0", str(os.geteuid())}


def user_folder(*, environment: Mapping[str, str], home: Path, system: str) -> Path:
    """Where this system keeps a user's configuration of fedprobe.

    Source: Known Folders (FOLDERID_RoamingAppData), Apple's File System Programming Guide, and the XDG Base
    Directory Specification.
    """
    if system == "Windows":
        return Path(environment.get("APPDATA") or home / "AppData" / "Roaming") / "fedprobe"
    if system == "Darwin":
        return home / "Library" / "Application Support" / "fedprobe"
    return Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "fedprobe"


def load(path: Path | None, *, environment: Mapping[str, str], keys: Keys) -> Configuration:
    """What the file and the environment say for each command.

    Raises:
        ConfigurationError: the file cannot be read, or has a key that nothing takes.
    """
    content = {} if path is None else _read(path)
    from_file = _file_settings(content, str(path), keys)
    variables = {
        name: value for name, value in environment.items() if name.startswith(VARIABLE_PREFIX) and value
    }
    commands: dict[str, dict[str, Setting]] = {}
    for command, options in keys.items():
        settings = dict(from_file.get(command, {}))
        for key in options:
            variable = VARIABLE_PREFIX + key.upper()
            if variable in variables:
                settings[key] = Setting(variables[variable], Origin.ENVIRONMENT, variable)
        commands[command] = settings
    known = {VARIABLE_PREFIX + key.upper() for options in keys.values() for key in options}
    unused = sorted(set(variables) - known - {FILE_VARIABLE, "PROBE_DEBUG"})
    notify = content.get(NOTIFY, {})
    return Configuration(path, commands, _mail_server(notify, str(path), environment), tuple(unused))


def _read(path: Path) -> dict[str, Any]:
    from probe.runs.lists.toml_reading import read_toml  # mostly there is no file

    try:
        with path.open("rb") as file:
            data = file.read(MAXIMUM_BYTES + 1)
        if len(data) > MAXIMUM_BYTES:
            raise ConfigurationError(f"{path} is larger than 1 MiB: this is no configuration")
        return read_toml(text_encoding.decoded(data))
    except OSError as missing:
        raise ConfigurationError(f"{path} cannot be read ({missing.strerror})") from None
    except ValueError as wrong:
        raise ConfigurationError(f"{path}: this is no TOML: {wrong}") from None


def _file_settings(content: Mapping[str, Any], path: str, keys: Keys) -> dict[str, dict[str, Setting]]:
    """The settings of each command: keys at the top for every command that has them, a table for its own."""
    everywhere = {key for options in keys.values() for key in options}
    settings: dict[str, dict[str, Setting]] = {command: {} for command in keys}
    for key, value in content.items():
        if key == NOTIFY or (isinstance(value, dict) and key in keys):
            continue
        if key not in everywhere or isinstance(value, dict):
            near = did_you_mean(key, sorted({*everywhere, *keys, NOTIFY}))
            raise ConfigurationError(f"{path}: {key}: unknown key{near}")
        for command, options in keys.items():
            if key in options:
                settings[command][key] = Setting(_plain(value, f"{path}: {key}"), Origin.FILE, path)
    for command in keys.keys() & content.keys():
        if isinstance(content[command], dict):
            for key, value in content[command].items():
                where = f"{path}, [{command}]"
                if key not in keys[command]:
                    raise ConfigurationError(
                        f"{where}: {key}: unknown key{did_you_mean(key, sorted(keys[command]))}"
                    )
                settings[command][key] = Setting(_plain(value, f"{where}: {key}"), Origin.FILE, where)
    return settings


def _plain(value: object, where: str) -> object:
    """A value that an option can take: text, number, truth, or a list of texts."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    if isinstance(value, str | int | float):
        return value
    raise ConfigurationError(f"{where}: give a text, a number, true, false, or a list of texts")


def _mail_server(values: object, path: str, environment: Mapping[str, str]) -> MailServer | None:
    where = f"{path}, [{NOTIFY}]"
    if not isinstance(values, dict):
        raise ConfigurationError(f"{where}: write it as a table")
    for key, value in values.items():
        if key not in _NOTIFY_KEYS:
            raise ConfigurationError(f"{where}: {key}: unknown key{did_you_mean(key, sorted(_NOTIFY_KEYS))}")
        if not isinstance(value, int if key == "smtp_port" else str):
            raise ConfigurationError(f"{where}: {key}: give a {'number' if key == 'smtp_port' else 'text'}")
    if not values:
        return None
    for key in ("smtp_server", "smtp_from"):
        if not values.get(key):
            raise ConfigurationError(f"{where}: {key} is missing: without it no mail can be sent")
    from probe.runs.alerting.sending import MailServer, Security  # heavy, and mostly there is no such table

    try:
        security = Security(values.get("smtp_security", Security.STARTTLS))
    except ValueError:
        raise ConfigurationError(f"{where}: smtp_security: give one of {', '.join(Security)}") from None
    return MailServer(
        host=values["smtp_server"],
        sender=values["smtp_from"],
        port=values.get("smtp_port", 0),
        security=security,
        user=values.get("smtp_user"),
        password=_password(values.get("smtp_password"), where, environment),
        ca_file=values.get("smtp_ca_file"),
    )


def _password(reference: str | None, where: str, environment: Mapping[str, str]) -> str | None:
    if reference is None:
        return None
    name = reference.removeprefix(ENVIRONMENT_PREFIX)
    if name == reference:
        raise ConfigurationError(
            f"{where}: smtp_password: a password does not belong in a file: put it into an environment "
            "variable and write env:NAME"
        )
    if not environment.get(name):
        raise ConfigurationError(f"{where}: smtp_password: the environment variable {name} is not set")
    return environment[name]
