"""What a signature covers, where it is not a certificate's: the outer frame of CRLs and OCSP answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

from msgspec import Struct

from probe.facts.certificate import AlgorithmIdentifier, Extension
from probe.facts.encoding import der

_T = TypeVar("_T")
_R = TypeVar("_R")


class Signed(Struct, frozen=True):
    """What was signed, how, and the signature over it."""

    content: bytes
    algorithm: AlgorithmIdentifier
    signature: bytes


def guarded(read: Callable[[_T], _R], value: _T) -> _R:
    """What a decoder of the library makes of this.

    Raises:
        ValueError: it refuses, in whatever way.
    """
    try:
        return read(value)
    except ValueError:
        raise
    except Exception as refused:  # noqa: BLE001  # hostile input; the decoder has further classes of its own
        raise ValueError(str(refused)) from None


def extension_list(encoded: bytes) -> Iterator[Extension]:
    """The members of an Extensions SEQUENCE, undecoded.

    Raises:
        ValueError: it is none.
    """
    for extension in der.items(encoded):
        parts = der.items(der.whole(extension))
        if len(parts) < 2:
            raise ValueError("not an Extension")
        critical = len(parts) == 3 and bytes(parts[1].data) != b"\x00"
        yield Extension(der.oid(der.whole(parts[0])), critical, bytes(parts[-1].data))


def utc(moment: datetime) -> datetime:
    """A moment that the library gives, aware."""
    return moment.replace(tzinfo=UTC)
