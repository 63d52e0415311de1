"""One entry of a partner list: which keys it may have, what each value must be, and what is wrong with it.

Secrets never stand in a list: a proxy that needs a password is written `env:NAME`, and the variable is read
when the connection is made. Whether the target itself can be used is not decided here: an entry whose
target is nonsense is still an entry, and gets its own record.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct, structs

from probe.collection.settings import parse_connect_to, parse_proxy, parse_resolve
from probe.errors import DataError, UsageError
from probe.facts.target import without_password
from probe.judgement.caller_profile import profile
from probe.judgement.thresholds import DEFAULT_THRESHOLDS, Thresholds, parse_threshold, parse_thresholds
from probe.runs.lists.suggestions import did_you_mean
from probe.runs.secrets import ENVIRONMENT_PREFIX, secret

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_LONGEST_SECONDS = 3600.0


class PartnerEntry(Struct, frozen=True):
    """One partner of a run. Empty tuples and None mean: as the run says.

    `source` names where the entry stands, for messages; it is no part of the partner, and entries are equal
    wherever they stand. Each goes to a worker by pickle, which takes a data class eight times as long.
    """

    target: str
    ews_url: str | None = None
    autodiscover_url: str | None = None
    callers: tuple[str, ...] = ()
    trust: tuple[str, ...] = ()
    aia: bool | None = None
    warning: str | None = None
    critical: str | None = None
    timeout: float | None = None
    connect_timeout: float | None = None
    proxy: str | None = None
    connect_to: tuple[str, ...] = ()
    resolve: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    notes: str | None = None
    source: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PartnerEntry) and type(self) is type(other) and self._said == other._said

    def __hash__(self) -> int:
        return hash(self._said)

    @property
    def _said(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__struct_fields__ if name != "source")

    def thresholds(self, base: Thresholds = DEFAULT_THRESHOLDS) -> Thresholds:
        """The expiry thresholds of this partner over those of the run.

        Raises:
            UsageError: a threshold is none.
        """
        return Thresholds(
            warning=base.warning if self.warning is None else parse_threshold(self.warning),
            critical=base.critical if self.critical is None else parse_threshold(self.critical),
        )

    def proxy_url(self, environment: Mapping[str, str]) -> str | None:
        """The proxy URL, read from the environment where the entry says so; None: as the run says.

        Raises:
            DataError: the variable is not set.
        """
        return None if self.proxy is None else secret(self.proxy, environment)


class RelationshipEntry(PartnerEntry, frozen=True):
    """A partner that came out of a relationship, with what that says: `relationship` is its name."""

    refusal: str | None = None
    remarks: tuple[str, ...] = ()
    not_used: str | None = None
    relationship: str | None = None


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("give a text that is not empty")
    # JSON can spell a lone surrogate, which neither SQLite nor any output can carry: it becomes its escape.
    return value.strip().encode("utf-8", "backslashreplace").decode("utf-8")


def _address(value: object) -> str:
    # Credentials are refused when the entry is checked, and must not stand in its record.
    return without_password(_text(value))


def _texts(value: object) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list):
        raise ValueError("give a text or a list of texts")
    return tuple(_text(item) for item in items)


def _seconds(value: object) -> float:
    try:
        number = float(value) if isinstance(value, int | float | str) and value is not True else math.nan
    except (ValueError, OverflowError):  # JSON and TOML have integers of any length
        number = math.nan
    if not 0 < number <= _LONGEST_SECONDS:
        raise ValueError(f"give seconds, more than 0 and at most {_LONGEST_SECONDS:g}")
    return number


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    raise ValueError("give true or false")


def _threshold(value: object) -> str:
    text = f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else value
    if not isinstance(text, str):
        raise ValueError("give days (30) or percent of the lifetime (20%)")
    parse_threshold(text)
    return text.strip()


def _proxy(value: object) -> str:
    text = _text(value)
    if text.startswith(ENVIRONMENT_PREFIX):
        if not _VARIABLE.match(text.removeprefix(ENVIRONMENT_PREFIX)):
            raise ValueError("env: is followed by the name of an environment variable")
        return text
    try:
        parsed = parse_proxy(text)
    except UsageError as wrong:
        raise ValueError(f"{wrong}; or write env:NAME") from None
    if parsed.credentials is not None:
        raise ValueError(
            "a user name or password does not belong in a file: put the URL into an environment variable "
            "and write env:NAME here"
        )
    return text


def _each(check: Callable[[str], object]) -> Callable[[object], tuple[str, ...]]:
    """A reader of a list of texts that each pass `check`."""

    def reader(value: object) -> tuple[str, ...]:
        texts = _texts(value)
        for text in texts:
            check(text)
        return texts

    return reader


READERS: Mapping[str, Callable[[object], Any]] = {
    "target": _address,
    "domain": _address,
    "ews_url": _address,
    "autodiscover_url": _address,
    "callers": _each(profile),
    "trust": _texts,
    "aia": _flag,
    "warning": _threshold,
    "critical": _threshold,
    "timeout": _seconds,
    "connect_timeout": _seconds,
    "proxy": _proxy,
    "connect_to": _each(parse_connect_to),
    "resolve": _each(parse_resolve),
    "tags": _texts,
    "notes": _text,
}
LIST_KEYS = frozenset(field.name for field in structs.fields(PartnerEntry) if field.default == ())
_OWN = frozenset({"target", "domain", "ews_url", "autodiscover_url", "notes"})
DEFAULT_KEYS = frozenset(READERS) - _OWN


def entry_from(
    values: Mapping[str, object], *, where: str, defaults: Mapping[str, object] | None = None
) -> PartnerEntry:
    """The entry that these keys and values make, over checked defaults.

    Raises:
        DataError: a key is unknown or a value cannot be used; the message says where and what to do.
    """
    own = checked(values, where=where, allowed=READERS)
    if ("target" in own) == ("domain" in own):
        raise DataError(f"{where}: give the partner's domain or target, one of the two")
    own["target"] = own.pop("domain", None) or own["target"]
    made = PartnerEntry(**{**(defaults or {}), **own}, source=where)
    if made.warning is not None and made.critical is not None:
        try:
            parse_thresholds(made.warning, made.critical)
        except UsageError as wrong:
            raise DataError(f"{where}: {wrong}") from None
    return made


def checked(values: Mapping[str, object], *, where: str, allowed: Iterable[str]) -> dict[str, Any]:
    """The values with their types, refused where a key is not allowed or a value cannot be used.

    Raises:
        DataError: with the place, the key and what to do.
    """
    known = sorted(allowed)
    read: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            raise DataError(f"{where}: {key}: unknown key{did_you_mean(key, known)}")
        try:
            read[key] = READERS[key](value)
        except (ValueError, UsageError) as wrong:
            raise DataError(f"{where}: {key}: {wrong}") from None
    return read
