"""One server's settings, from wherever they are: this machine, a file of probe's, HealthChecker's XML."""

from __future__ import annotations

from probe.errors import DataError
from probe.facts import server_settings
from probe.facts.server_settings import ServerSettings
from probe.server import this_server

THIS_SERVER = "this-server"
_SUFFIXES = (".json", ".xml")


def is_named(text: str) -> bool:
    """Whether a `--caller` names a server, and not a profile."""
    return text == THIS_SERVER or text.lower().endswith(_SUFFIXES) or "/" in text or "\\" in text


def default() -> str | None:
    """`this-server` on a machine where Exchange is installed, else None."""
    return THIS_SERVER if this_server.is_exchange() else None


def from_file(data: bytes, name: str) -> ServerSettings:
    """The settings in the content of a file.

    Raises:
        DataError: it is of neither kind, or damaged.
    """
    from probe.server import health_checker  # reads XML, which few need

    try:
        read = health_checker.read if health_checker.is_health_checker(data) else server_settings.loads
        return read(data)
    except DataError as wrong:
        raise DataError(f"{name}: {wrong}") from None
