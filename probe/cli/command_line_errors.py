"""What is wrong with a command line, in our words.

typer raises the errors of the library inside it, whose texts speak of "valid float ranges" and name the
wrong help. They are recognised by their kind and parts, the few without parts by their text; an error that is
not known here keeps its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from probe.errors import UsageError
from probe.runs.lists.suggestions import did_you_mean

# Errors that carry nothing but their text.
_TEXTS = (
    (
        re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((?P<what>.*)\)", re.DOTALL),
        "too many arguments: {}",
    ),
    (re.compile(r"Option '(?P<what>.*)' requires an argument\."), "{} needs a value"),
    (re.compile(r"Option '(?P<what>.*)' does not take a value\."), "{} takes no value"),
)
_VALUE = re.compile(r"(?P<value>.*?) is not (a valid|in the range|one of)\b", re.DOTALL)


def unknown_command(group: str, words: Sequence[str], known: Iterable[str]) -> UsageError:
    """The error of `words` that begin with no command of this group (`probe`, `probe trust`).

    A partner where a command should stand is what somebody types who knows other tools.
    """
    if group == "probe" and _is_target(words[0]):
        from probe.cli import console

        meant = console.command("probe", "check", *words) or "probe check and the same words"
        return UsageError(f"{words[0]!r} is no command: to check a partner give {meant}")
    from probe.facts.target import without_password

    if words[0] == "help":
        return UsageError(f"'help' is no command: {group} --help lists the commands")
    word = without_password(words[0])
    return UsageError(f"{word!r} is no command of {group}{did_you_mean(words[0], known)}")


def _is_target(word: str) -> bool:
    from probe.errors import TargetError
    from probe.facts import target

    try:
        target.parse(word)
    except TargetError:
        return False
    return "." in word or ":" in word


def message_of(failure: Any) -> str:
    """What is wrong, in one line, and what to give instead; `failure` is a usage error of typer."""
    kind, parameter = type(failure).__name__, getattr(failure, "param", None)
    if kind == "NoSuchOption":
        return _unknown_option(failure)
    if kind == "MissingParameter" and parameter is not None:
        text = str(getattr(parameter, "help", None) or "give it")
        return f"{_name(parameter)} is missing: {text[:1].lower() + text[1:].rstrip('.')}"
    if kind == "BadParameter" and parameter is not None:
        return f"{_name(parameter)}: {value_problem(parameter, str(failure.message))}"
    text = " ".join(str(failure.format_message()).split())
    for pattern, ours in _TEXTS:
        if found := pattern.fullmatch(text):
            return ours.format(found["what"])
    return text


def value_problem(parameter: Any, message: str) -> str:
    """Why a parameter refuses a value, and what it takes; `message` is what its type said."""
    found, wanted = _VALUE.match(message), _wanted(parameter.type)
    return f"{found['value']} cannot be used: give {wanted}" if found and wanted else message


def help_command(
    failure: Any, arguments: Sequence[str], commands: Iterable[str], groups: Iterable[str]
) -> str:
    """The command line that shows the help of the command in question; `groups` are of commands."""
    context = getattr(failure, "ctx", None)
    if context is not None:
        return f"{context.command_path} --help"
    command = [arguments[0]] if arguments and arguments[0] in set(commands) else []
    if command and command[0] in set(groups):
        command += [word for word in arguments[1:2] if not word.startswith("-")]
    return " ".join(("probe", *command, "--help"))


def _unknown_option(failure: Any) -> str:
    context, name = failure.ctx, str(failure.option_name)
    program = [] if context is None else context.find_root().command.params
    if context is not None and context.parent is not None and any(name in p.opts for p in program):
        return f"{name} stands before the command: probe {name} … {context.info_name} …"
    known = [] if context is None else [option for p in context.command.params for option in p.opts]
    long = [option for option in known if option.startswith("--")]
    near = did_you_mean(name, long) if name.startswith("--") else ""
    return f"there is no option {name}" + (near if "did you mean" in near else "")


def _name(parameter: Any) -> str:
    """`--timeout`, or what help calls an argument."""
    if parameter.param_type_name == "option":
        return str(max(parameter.opts, key=len))
    return str(parameter.metavar or parameter.name).strip("[].…")


def _wanted(kind: Any) -> str:
    """What a type takes, as words; "" for one that takes any text."""
    choices = getattr(kind, "choices", None)
    if choices is not None:
        return "one of " + ", ".join(str(getattr(choice, "value", choice)) for choice in choices)
    if kind.name == "boolean":
        return "true or false"
    if not kind.name.startswith(("int", "float")):
        return ""
    number = "a whole number" if kind.name.startswith("int") else "a number"
    least, most = getattr(kind, "min", None), getattr(kind, "max", None)
    if least is None:
        return number
    return f"{number} from {least:g} to {most:g}" if most is not None else f"{number} of at least {least:g}"
