"""Jinja as the reports use it: templates of the package, strict about names, every text cleaned."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from probe.escaping import one_line

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_LONGEST_TEXT = 4000


def environment(package: str, *, markup: bool) -> Environment:
    """Templates of a package; `markup` escapes for HTML. A template of the user's gets no further than these.

    Text is cleaned also where a template forgot to; what has `__html__` is the template's own.
    """
    from jinja2 import PackageLoader, StrictUndefined  # lazy: 40 ms that no other format should pay
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(
        loader=PackageLoader(package, ""),
        autoescape=markup,
        undefined=StrictUndefined,
        finalize=cleaned,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def unbroken(text: str, inner: Callable[[str], Markup] | None = None) -> Markup:
    """A command for HTML whose words stand each in a `span`, where they hold what a browser breaks lines at.

    It breaks after a hyphen, and `-addstore` becomes another command where it is read from paper. The style
    says how such a word breaks; `inner` marks up the word.
    """
    from markupsafe import Markup

    whole = Markup('<span class="part">{}</span>').format
    words = cleaned(text).split(" ")
    return Markup(" ").join(
        whole(inner(word) if inner else word) if set(word) & set("-./") else word for word in words
    )


def cleaned(value: Any) -> Any:
    """A value for a template: text on one line of visible characters, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return one_line(value, _LONGEST_TEXT)
    return value
