"""Options are declared once: from a field of a group follow help, environment, file and settings."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from probe.cli import configured_defaults
from probe.cli.options.caller_options import CallerOptions, VerdictOptions
from probe.cli.options.composition import OptionGroup, only, with_options, without
from probe.cli.options.connection_options import ConnectionOptions
from probe.collection.settings import Settings
from probe.judgement import caller_profile
from probe.judgement.thresholds import DEFAULT_THRESHOLDS


class WithUserAgent(ConnectionOptions):
    """The options of a connection and one more, whose name the settings have too."""

    user_agent: Annotated[str, typer.Option(help="How probe names itself.", metavar="NAME")] = (
        Settings().user_agent
    )


@with_options
def visit(*, connection: WithUserAgent) -> int:
    """Print the settings."""
    settings = connection.settings()
    print(json.dumps([settings.user_agent, settings.timeout]))
    return 0


@pytest.fixture
def program() -> typer.Typer:
    program = typer.Typer(rich_markup_mode=None)
    program.command("visit")(visit)

    @program.callback()
    def root(context: typer.Context) -> None:
        configured_defaults.configure(context, None)

    return program


@pytest.mark.parametrize(
    ("arguments", "variables", "file", "seen"),
    [
        pytest.param([], {}, "", [Settings().user_agent, 25.0], id="default"),
        pytest.param(["--user-agent", "flag"], {}, "", ["flag", 25.0], id="flag"),
        pytest.param([], {"PROBE_USER_AGENT": "variable"}, "", ["variable", 25.0], id="environment"),
        pytest.param([], {}, "user_agent = 'file'\ntimeout = 40", ["file", 40.0], id="file"),
        pytest.param(["--user-agent", "flag"], {"PROBE_USER_AGENT": "v"}, "", ["flag", 25.0], id="flag-wins"),
    ],
)
def test_a_new_option_needs_only_its_field(
    program: typer.Typer,
    arguments: list[str],
    variables: dict[str, str],
    file: str,
    seen: list[object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "probe.toml").write_text(file)
    finished = CliRunner().invoke(program, ["visit", *arguments], env=variables)
    assert json.loads(finished.stdout) == seen


def test_a_new_option_stands_in_the_help_with_its_text(program: typer.Typer) -> None:
    shown = CliRunner().invoke(program, ["visit", "--help"]).stdout
    assert "--user-agent NAME" in shown
    assert "How probe names itself." in shown


def test_options_without_flags_are_the_defaults_of_settings_and_callers() -> None:
    assert ConnectionOptions(no_proxy=True).settings() == Settings()
    assert CallerOptions().callers() == (caller_profile.profile(caller_profile.DEFAULT),)
    assert VerdictOptions().thresholds() == DEFAULT_THRESHOLDS


def test_private_addresses_are_open_to_answers_only_where_the_option_says_so() -> None:
    assert ConnectionOptions(no_proxy=True, allow_private=True).settings() == Settings(allow_private=True)


def _with(annotation: object) -> Callable[..., int]:
    def declared(*, group: OptionGroup, timeout: int = 0) -> int:
        return 0

    declared.__annotations__["group"] = annotation
    return declared


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        pytest.param(ConnectionOptions, "duplicate parameter name: 'timeout'", id="two-of-one-name"),
        pytest.param(Annotated[ConnectionOptions, only("ews")], "no option of the group: ews", id="only"),
        pytest.param(Annotated[ConnectionOptions, without("ews")], "no option", id="without"),
    ],
)
def test_a_wrong_composition_is_an_error_when_the_command_is_defined(annotation: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        with_options(_with(annotation))


def test_a_command_gets_the_options_selected_in_the_order_named() -> None:
    seen = []

    def command(*, connection: Annotated[ConnectionOptions, only("timeout", "resolve")]) -> int:
        seen.append(connection)
        return 0

    composed = with_options(command)
    composed(timeout=1.0, resolve=["a:1:127.0.0.1"])
    assert list(composed.__signature__.parameters) == ["timeout", "resolve"]  # type: ignore[attr-defined]
    assert seen == [ConnectionOptions(timeout=1.0, resolve=["a:1:127.0.0.1"])]
