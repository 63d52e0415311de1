"""What the library's functions take: the forms of each argument, and a refusal that names it.

Every form that the command line takes as a string is taken as a string here too. Nothing is done with the
values: they are read, or refused with a UsageError that names the argument and says what to give.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias, TypedDict, TypeVar, get_type_hints

from probe.collection import settings as forms
from probe.collection.settings import ConnectTo, Limits, Proxy, Resolve, ResolveTo, Settings
from probe.errors import TargetError, UsageError
from probe.facts.target import https_url
from probe.facts.trust_store import TrustStore
from probe.judgement import caller_profile as profiles
from probe.judgement.caller_profile import Caller
from probe.judgement.thresholds import Threshold, Thresholds, parse_threshold

TrustForm: TypeAlias = TrustStore | str | Sequence[str] | None
CallersForm: TypeAlias = Caller | str | Sequence[Caller | str]
MomentForm: TypeAlias = datetime | str | None
ThresholdForm: TypeAlias = Threshold | str
ThresholdsForm: TypeAlias = Thresholds | ThresholdForm | tuple[ThresholdForm, ThresholdForm]

Form = TypeVar("Form")
Value = TypeVar("Value")


class SettingChanges(TypedDict, total=False):
    """Fields of the settings that a call may change, in the forms that it may give them.

    `connect_to`, `resolve`, `proxy`, `no_proxy` take the strings of the options of the same names.
    """

    connect_timeout: float
    timeout: float
    limits: Limits
    family: Literal[4, 6] | None
    all_addresses: bool
    connect_to: ConnectTo | str | Sequence[ConnectTo | str]
    resolve: ResolveTo | str | Sequence[ResolveTo | str]
    proxy: Proxy | str | None
    no_proxy: str | Sequence[str]
    ews_url: str | None
    autodiscover_url: str | None
    aia: bool
    allow_private: bool
    revocation: bool
    user_agent: str
    service_records: bool
    only_federation: bool
    ask_at_once: bool
    nameserver: tuple[str, int] | None
    resolver: Resolve | None


def read_settings(settings: Settings | None, changes: SettingChanges) -> Settings:
    """These settings, or the default ones, with the changes.

    Raises:
        UsageError: a name is no setting, or its value cannot be used.
    """
    base = Settings() if settings is None else settings
    if not isinstance(base, Settings):
        raise refused("settings", base, "give probe.Settings(...), or the settings as arguments")
    read: dict[str, Any] = {name: _read_setting(name, value) for name, value in changes.items()}
    return dataclasses.replace(base, **read)


def read_callers(callers: CallersForm) -> tuple[Caller, ...]:
    """The callers: one profile or name, or several.

    Raises:
        UsageError: there is none, or no profile has this name.
    """
    several = _several(callers, Caller)
    if several is None or not several:
        raise refused("callers", callers, "give a name of probe callers (exchange-se), or several")
    return tuple(read_caller(caller) for caller in several)


def read_caller(caller: Caller | str, name: str = "callers") -> Caller:
    """The caller profile of this name; a profile is returned as it is.

    Raises:
        UsageError: no profile has this name.
    """
    if isinstance(caller, Caller):
        return caller
    if not isinstance(caller, str):
        raise refused(name, caller, "give a name of probe callers (exchange-se)")
    try:
        return profiles.profile(caller)
    except UsageError as unknown:
        raise UsageError(f"{name}: {unknown}") from None


def read_trust(trust: TrustForm) -> TrustStore | list[str] | None:
    """The trust store, or the specifications of the stores to load; None for the platform's default.

    Raises:
        UsageError: it is neither.
    """
    if trust is None or isinstance(trust, TrustStore):
        return trust
    several = _several(trust, str)
    if not several or not all(isinstance(spec, str) for spec in several):
        raise refused("trust", trust, "give a trust store, or what --trust takes (a path, certifi, system)")
    return list(several)


def read_moment(at: MomentForm) -> datetime | None:
    """The moment to judge as of; None stays None.

    Raises:
        UsageError: it is no time of RFC 3339, or has no time zone.
    """
    if isinstance(at, str):
        try:
            at = datetime.fromisoformat(at.strip())
        except ValueError:
            raise refused("at", at, "give a time like 2026-12-31T23:59:59Z") from None
    if at is not None and not isinstance(at, datetime):
        raise refused("at", at, "give a datetime, or a time like 2026-12-31T23:59:59Z")
    if at is not None and at.utcoffset() is None:
        raise UsageError(f"at: {at.isoformat()} has no time zone: give an aware datetime, as in UTC")
    return at


def read_thresholds(thresholds: ThresholdsForm) -> Thresholds:
    """When an expiry warns and fails: one string or threshold is the warning, of two the second fails.

    Raises:
        UsageError: it is no threshold.
    """
    if isinstance(thresholds, Thresholds):
        return thresholds
    pair = thresholds if isinstance(thresholds, tuple) else (thresholds,)
    if not 1 <= len(pair) <= 2:
        raise refused("thresholds", thresholds, 'give the warning ("30,20%"), or warning and critical')
    return Thresholds(*map(_read_threshold, pair))


def refused(name: str, value: object, advice: str) -> UsageError:
    """The error that an argument cannot be used, with what to give."""
    return UsageError(f"{name}: {value!r} cannot be used: {advice}")


def _read_threshold(threshold: object) -> Threshold:
    if isinstance(threshold, Threshold):
        return threshold
    if not isinstance(threshold, str):
        raise refused("thresholds", threshold, 'give days or percent of the lifetime ("30", "20%")')
    try:
        return parse_threshold(threshold)
    except UsageError as wrong:
        raise UsageError(f"thresholds: {wrong}") from None


def _several(value: object, single: type) -> tuple[Any, ...] | None:
    """One value or several as a tuple; None when it is neither."""
    if isinstance(value, (single, str)):
        return (value,)
    return tuple(value) if isinstance(value, Sequence) and not isinstance(value, bytes) else None


def _read_setting(name: str, value: object) -> object:
    read = _SETTINGS.get(name)
    if read is None:
        raise UsageError(f"{name} is no setting of a check: it has {', '.join(sorted(_SETTINGS))}")
    return read(name, value)


def _seconds(name: str, value: object) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value <= 0:  # type: ignore[arg-type, operator]
        raise refused(name, value, "give a number of seconds above 0")
    return float(value)  # type: ignore[arg-type]


def _typed(accepted: type | tuple[type, ...], advice: str) -> Callable[[str, object], object]:
    def read(name: str, value: object) -> object:
        if not isinstance(value, accepted):
            raise refused(name, value, advice)
        return value

    return read


def _parsed(
    single: type[Form], parse: Callable[[str], Form], advice: str
) -> Callable[[str, object], tuple[Form, ...]]:
    """One value or several, each in its own type or as the string of the command line."""

    def one(name: str, value: object) -> Form:
        if isinstance(value, single):
            return value
        if not isinstance(value, str):
            raise refused(name, value, advice)
        try:
            return parse(value)
        except UsageError as wrong:
            raise UsageError(f"{name}: {wrong}") from None

    def read(name: str, value: object) -> tuple[Form, ...]:
        several = _several(value, single)
        if several is None:
            raise refused(name, value, advice)
        return tuple(one(name, each) for each in several)

    return read


def _proxy(name: str, value: object) -> Proxy | None:
    if value is None:
        return None
    read = _parsed(Proxy, forms.parse_proxy, "give http://[user:password@]host:port")
    if isinstance(value, (Proxy, str)):
        return read(name, value)[0]
    raise refused(name, value, "give http://[user:password@]host:port")


def _hosts(name: str, value: object) -> tuple[str, ...]:
    text = value.split(",") if isinstance(value, str) else value
    several = _several(text, str)
    if several is None or not all(isinstance(host, str) for host in several):
        raise refused(name, value, "give host names, or one string with commas between them")
    return tuple(host.strip() for host in several if host.strip())


def _family(name: str, value: object) -> int | None:
    if value is not None and (isinstance(value, bool) or value not in (4, 6)):
        raise refused(name, value, "give 4, 6 or None for both")
    return None if value is None else int(str(value))


def _nameserver(name: str, value: object) -> tuple[str, int] | None:
    if value is None:
        return None
    match value:
        case (str() as address, int() as port) if 0 < port < 65536:
            return address, port
    raise refused(name, value, 'give an address and a port ("192.0.2.53", 53)')


def _url(name: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise refused(name, value, "give an https URL, or None")
    try:
        https_url(value)
    except TargetError as wrong:
        raise TargetError(f"{name}: {wrong}") from None
    return value


def _resolver(name: str, value: object) -> object:
    if value is not None and not callable(value):
        raise refused(name, value, "give an async function of host and port, or None")
    return value


_SWITCH = _typed(bool, "give True or False")
_SETTINGS: dict[str, Callable[[str, object], object]] = {
    "connect_timeout": _seconds,
    "timeout": _seconds,
    "limits": _typed(Limits, "give probe.Limits(...)"),
    "family": _family,
    "connect_to": _parsed(ConnectTo, forms.parse_connect_to, "give HOST:PORT:ADDR:PORT"),
    "resolve": _parsed(ResolveTo, forms.parse_resolve, "give HOST:PORT:ADDR"),
    "proxy": _proxy,
    "no_proxy": _hosts,
    "ews_url": _url,
    "autodiscover_url": _url,
    "user_agent": _typed(str, "give a string"),
    "nameserver": _nameserver,
    "resolver": _resolver,
} | {name: _SWITCH for name, form in get_type_hints(SettingChanges).items() if form is bool}
