"""Jinja as the reports use it: templates of the package, strict about names, every text cleaned."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from probe.escaping import one_line

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_LONGEST_TEXT = 4000
_PARTS = re.compile(r"[^./]+[./]*|[./]+", re.DOTALL).findall


def environment(package: str, *, markup: bool) -> Environment:
    """Templates of a package. A template of the user's gets no further than these.

    `markup` escapes for HTML, with filters that put what a line must not break into spans of class `part`.
    Text is cleaned also where a template forgot to; what has `__html__` is the template's own.
    """
    from jinja2 import PackageLoader, StrictUndefined  # lazy: 40 ms that no other format should pay
    from jinja2.sandbox import SandboxedEnvironment

    made = SandboxedEnvironment(
        loader=PackageLoader(package, ""),
        autoescape=markup,
        undefined=StrictUndefined,
        finalize=cleaned,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    if markup:
        made.filters |= {"names": names, "unbroken": unbroken}
    return made


def names(text: str) -> Markup:
    """A host name or URL that breaks after its dots and slashes, and nowhere else while it fits the line."""
    from markupsafe import Markup, escape

    # Each part is escaped. Markup.join and format do that, too, but take a third of a page of 500 partners.
    return Markup("".join(f'<span class="part">{escape(part)}</span>' for part in _PARTS(cleaned(text))))  # noqa: S704


def unbroken(text: str) -> Markup:
    """A command or log line for HTML that breaks between its words, and within one only where it is too long.

    A browser breaks after a hyphen, too, and `-addstore` becomes another command where it is read from paper.
    """
    from markupsafe import Markup, escape

    words = cleaned(text).split(" ")
    return Markup(  # noqa: S704
        " ".join(
            f'<span class="part">{names(word)}</span>' if set(word) & set("-./") else escape(word)
            for word in words
        )
    )


def cleaned(value: Any) -> Any:
    """A value for a template: text on one line of visible characters, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return one_line(value, _LONGEST_TEXT)
    return value
