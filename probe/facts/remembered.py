"""Remembering the answers of pure functions whose arguments a partner chooses.

A cache bounded by entries alone is not bounded: a partner decides how long what it sends is. So long
arguments are answered and not kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

_Parameters = ParamSpec("_Parameters")
_Answer = TypeVar("_Answer")


def remembered(
    *, entries: int, longest: int
) -> Callable[[Callable[_Parameters, _Answer]], Callable[_Parameters, _Answer]]:
    """A decorator that keeps up to `entries` answers to text and bytes of `longest` together, no others."""

    def decorate(function: Callable[_Parameters, _Answer]) -> Callable[_Parameters, _Answer]:
        kept = lru_cache(maxsize=entries)(function)

        @wraps(function)
        def answer(*arguments: _Parameters.args, **named: _Parameters.kwargs) -> _Answer:
            if sum(map(len, arguments)) > longest:  # type: ignore[arg-type]  # text and bytes have a length
                return function(*arguments, **named)
            return kept(*arguments, **named)  # type: ignore[arg-type]  # text and bytes can be hashed

        return answer

    return decorate
