"""How groups of options become the signature of a command, and come back filled.

1. A group is a class whose annotated fields all have defaults; the type of each field is what typer reads.
   It is no dataclass: writing the methods of one takes a start a millisecond. A module whose groups a worker
   process reads, too, imports typer for the types only, which are texts until a command has them.
2. `with_options` replaces each parameter that is a group by the fields of the group, or those selected.
3. typer calls the command with the values; those of each group are put into it, the rest of its fields keep
   their defaults, and the command gets the groups.

Two options of one name are an error when the command is defined. What an option means is not decided here.
"""

import inspect
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import Annotated, Any, ClassVar, Self, dataclass_transform, get_args, get_origin, get_type_hints


@dataclass_transform(frozen_default=True)
class OptionGroup:
    """What groups of options derive from; `panel` is the heading of help under which their options stand."""

    panel: ClassVar[str | None] = None
    names: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        """Keep the names of the fields, in order, those of a group that it extends first."""
        cls.names = (*cls.names, *(name for name in cls.__annotations__ if name not in cls.names))

    def __init__(self, **values: Any) -> None:
        """Take the values of some fields; the others have their defaults.

        Raises:
            TypeError: a name is no field.
        """
        if unknown := values.keys() - set(self.names):
            raise TypeError(f"{type(self).__name__} has no option {', '.join(sorted(unknown))}")
        self.__dict__.update(values)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and all(
            getattr(self, name) == getattr(other, name) for name in self.names
        )

    def __repr__(self) -> str:
        """Equal options have the same, in every process: a run is continued only with the same ones."""
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.names)
        return f"{type(self).__name__}({values})"

    __hash__ = None  # type: ignore[assignment]  # lists are among the values

    def changed(self, **values: Any) -> Self:
        """The same options with other values for some.

        Raises:
            TypeError: a name is no field.
        """
        return type(self)(**{**self.__dict__, **values})


@dataclass(frozen=True)
class Selection:
    """Which options of a group a command has: those named, in this order, or all but those named."""

    names: tuple[str, ...]
    included: bool

    def of(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The selected names.

        Raises:
            ValueError: a name is no field of the group.
        """
        if unknown := set(self.names) - set(names):
            raise ValueError(f"no option of the group: {', '.join(sorted(unknown))}")
        return self.names if self.included else tuple(name for name in names if name not in self.names)


def only(*names: str) -> Selection:
    """Select these options of a group: `Annotated[Group, only("output")]`."""
    return Selection(names, included=True)


def without(*names: str) -> Selection:
    """Select all options of a group but these."""
    return Selection(names, included=False)


def with_options(function: Callable[..., int]) -> Callable[..., int]:
    """The command with the options of its groups in the place of the groups.

    Raises:
        ValueError: two of its options have one name, or a selection names an option that its group lacks.
    """
    parameters: list[Parameter] = []
    groups: dict[str, tuple[type[OptionGroup], tuple[str, ...]]] = {}
    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        found = _group(parameter.annotation)
        if found is None:
            parameters.append(parameter.replace(kind=Parameter.KEYWORD_ONLY))
        else:
            groups[parameter.name] = found
            parameters += _options(*found)

    def command(**values: Any) -> int:
        for parameter, (group, names) in groups.items():
            values[parameter] = group(**{name: values.pop(name) for name in names})
        return function(**values)

    command.__name__, command.__doc__ = function.__name__, function.__doc__
    command.__module__ = function.__module__
    command.__annotations__ = {}  # the signature has them, evaluated
    command.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # what inspect looks for
    return command


def _group(annotation: Any) -> tuple[type[OptionGroup], tuple[str, ...]] | None:
    """(group, its selected fields) of a parameter; None for one that is no group."""
    selection = without()
    if get_origin(annotation) is Annotated:
        annotation, *details = get_args(annotation)
        selection = next((detail for detail in details if isinstance(detail, Selection)), selection)
    if not isinstance(annotation, type) or not issubclass(annotation, OptionGroup):
        return None
    return annotation, selection.of(annotation.names)


def _options(group: type[OptionGroup], names: tuple[str, ...]) -> Iterator[Parameter]:
    """The fields of a group as parameters that typer reads."""
    import typer
    from typer.models import OptionInfo

    types = get_type_hints(group, localns={"typer": typer}, include_extras=True)
    for name in names:
        kind, option = get_args(types[name])
        if isinstance(option, OptionInfo) and group.panel is not None:
            option = copy(option)
            option.rich_help_panel = group.panel
        declared = Annotated[kind, option]  # type: ignore[valid-type]  # made here, for typer to read
        yield Parameter(name, Parameter.KEYWORD_ONLY, default=getattr(group, name), annotation=declared)
