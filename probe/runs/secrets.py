"""Secrets by reference: `env:NAME` names the environment variable that holds one. None stands in a file."""

from __future__ import annotations

from collections.abc import Mapping

from probe.errors import DataError

ENVIRONMENT_PREFIX = "env:"


def secret(reference: str, environment: Mapping[str, str]) -> str:
    """The value of `env:NAME`; any other text is returned as it is.

    Raises:
        DataError: the variable is not set.
    """
    if not reference.startswith(ENVIRONMENT_PREFIX):
        return reference
    name = reference.removeprefix(ENVIRONMENT_PREFIX)
    if not environment.get(name):
        raise DataError(f"the environment variable {name} is not set: set it, or change {reference}")
    return environment[name]
