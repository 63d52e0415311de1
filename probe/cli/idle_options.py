"""Options that would do nothing, or that contradict each other, on one command line.

An option that changes nothing is a misunderstanding: who asks for a letter to the network and gets the usual
report has been told nothing. What a configuration file or a variable says holds wherever it applies, and is
never refused here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from probe.errors import UsageError

Values = Mapping[str, Any]


def _writes_letters(values: Values) -> bool:
    return values.get("form") == "letter" or bool(values.get("notify_letter"))


_LETTER = (_writes_letters, "it is about a letter: give --format letter or --notify-letter with it")
# By the name of a parameter: whether it does something beside these values, and what is to be given else.
_MEANT_FOR: Mapping[str, tuple[Callable[[Values], bool], str]] = {
    "language": _LETTER,
    "letter_to": _LETTER,
    "letter_format": _LETTER,
    "letter_template": _LETTER,
    "bom": (lambda values: values.get("form") == "csv", "it begins CSV: give --format csv with it"),
    "vantage": (lambda values: values.get("form") == "html", "it is about HTML: give --format html with it"),
    "remind_after": (lambda values: bool(values.get("notify")), "it is about --notify: give WHOM to tell"),
}
_CONTRARY = (("proxy", "no_proxy"),)


def refuse(context: Any) -> None:
    """Refuse a command line with an option that does nothing, or with two that exclude each other.

    `context` is typer's, with its values.

    Raises:
        UsageError: with the option and what to give.
    """
    names = {parameter.name: max(parameter.opts, key=len) for parameter in context.command.params}
    given = [name for name in names if name is not None and _is_typed(context, name)]
    for name in given:
        does_something, instead = _MEANT_FOR.get(name, (None, ""))
        if does_something is not None and not does_something(context.params):
            raise UsageError(f"{names[name]} would change nothing: {instead}")
    for one, other in _CONTRARY:
        if one in given and other in given:
            raise UsageError(f"{names[one]} and {names[other]} exclude each other: give one")


def _is_typed(context: Any, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
