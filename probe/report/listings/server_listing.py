"""One server's settings as text: what was read, and the caller that follows from it."""

from __future__ import annotations

from probe.escaping import one_line
from probe.facts.server_settings import ServerSettings
from probe.judgement.caller_profile import Caller

_WIDTH = 24
_NO_CALLER = (
    ("caller", "none: no known Exchange is installed here, or its version was not read"),
    ("note", "these are this machine's settings, and no check uses them; name a profile: see probe callers"),
)


def render_text(settings: ServerSettings, caller: Caller | None) -> str:
    """The settings, one a line, and below what the caller offers and what was assumed.

    `caller` None: no profile of Exchange goes with them, so that nothing follows.
    """
    rows = [*_read(settings), ("", ""), *(_NO_CALLER if caller is None else _follows(caller))]
    return "".join(f"{name:{_WIDTH}}{one_line(text, 400)}".rstrip() + "\n" for name, text in rows)


def _read(settings: ServerSettings) -> list[tuple[str, str]]:
    stores: dict[str, int] = {}
    for member in settings.stores or ():
        stores[member.store] = stores.get(member.store, 0) + 1
    return [
        ("server", f"{settings.server or 'unnamed'}, read by {settings.read_by or 'an unknown program'}"),
        ("Exchange", settings.exchange_version or "not read"),
        ("Windows build", str(settings.windows_build or "not read")),
        (".NET release", str(settings.dotnet_release or "not read")),
        *_table(settings.dotnet, "no registry value"),
        *_table(settings.schannel, "no registry value"),
        ("cipher suites", _listed(settings.cipher_suites)),
        ("curves", _listed(settings.curves)),
        ("Availability service", _values(settings.availability, "no registry value")),
        ("Diffie-Hellman", _values(settings.diffie_hellman, "no registry value")),
        ("chain engine", _values(settings.chain_engine, "no registry value")),
        (
            "root auto-update",
            {None: "not read", True: "off", False: "on"}[settings.root_auto_update_disabled],
        ),
        ("proxies", _values(settings.proxies, "none")),
        ("stores", ", ".join(f"{name} {count}" for name, count in stores.items()) or "not read"),
    ]


def _follows(caller: Caller) -> list[tuple[str, str]]:
    return [
        ("caller", caller.name),
        ("offers", ", ".join(caller.protocols) or "nothing"),
        ("may offer", ", ".join(caller.may_offer) or "nothing else"),
        *(("note", note) for note in caller.notes),
    ]


def _table(values: dict[str, dict[str, int]] | None, none: str) -> list[tuple[str, str]]:
    return [(name, _values(each, none)) for name, each in (values or {}).items()]


def _values(values: dict[str, int] | dict[str, str] | None, none: str) -> str:
    if values is None:
        return "not read"
    return ", ".join(f"{name}={value}" for name, value in values.items()) or none


def _listed(values: tuple[str, ...] | None) -> str:
    return "not read" if values is None else f"{len(values)}: {', '.join(values)}"
