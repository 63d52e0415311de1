"""Schedules carry every argument unharmed to the program, whatever it holds."""

from __future__ import annotations

import shlex
import subprocess
from datetime import date, time
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.errors import UsageError
from probe.runs.schedules import (
    TASK_NAMESPACE,
    Schedule,
    cron_line,
    parse_schedule,
    systemd_service,
    systemd_timer,
    windows_task,
    windows_task_file,
)

COMMAND = [r"C:\Program Files\Python\Scripts\probe.exe", "check", "-f", r"C:\probe data\partners & co.toml"]
DAILY = Schedule()
START = date(2026, 11, 23)
ARGUMENTS = st.lists(
    st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1), min_size=1
).filter(lambda arguments: arguments[0].strip() != "")


def _task(command: list[str], schedule: Schedule = DAILY, principal: str = "system") -> ElementTree.Element:
    return ElementTree.fromstring(windows_task(command, schedule, start=START, principal=principal))


def _text(task: ElementTree.Element, path: str) -> str | None:
    return task.findtext("/".join(f"{{{TASK_NAMESPACE}}}{part}" for part in path.split("/")))


def _windows_arguments(line: str) -> list[str]:
    """A command line taken apart by the rules of "Parsing C command-line arguments" (Microsoft)."""
    arguments, current, quoted, slashes, begun = [], "", False, 0, False
    for character in line:
        if character == "\\":
            slashes += 1
            continue
        if character == '"':
            current += "\\" * (slashes // 2)
            begun = True
            if slashes % 2:
                current += '"'
            else:
                quoted = not quoted
            slashes = 0
            continue
        current += "\\" * slashes
        begun = begun or slashes > 0
        slashes = 0
        if character in " \t" and not quoted:
            if begun:
                arguments.append(current)
            current, begun = "", False
        else:
            current += character
            begun = True
    current += "\\" * slashes
    return [*arguments, current] if begun or slashes else arguments


@given(ARGUMENTS)
def test_a_windows_task_hands_every_argument_over(arguments: list[str]) -> None:
    task = _task(["probe", *arguments])

    assert _windows_arguments(_text(task, "Actions/Exec/Arguments") or "") == arguments


def test_a_windows_task_says_what_the_schema_asks_for() -> None:
    task = _task(COMMAND)

    assert task.tag == f"{{{TASK_NAMESPACE}}}Task"
    assert task.get("version") == "1.2"
    assert _text(task, "Actions/Exec/Command") == COMMAND[0]
    assert _text(task, "Triggers/CalendarTrigger/StartBoundary") == "2026-11-23T06:00:00"
    assert _text(task, "Triggers/CalendarTrigger/ScheduleByDay/DaysInterval") == "1"
    assert _text(task, "Triggers/CalendarTrigger/Repetition/Interval") is None
    assert _text(task, "Settings/MultipleInstancesPolicy") == "IgnoreNew"
    assert task.find(f"{{{TASK_NAMESPACE}}}Actions").get("Context") == "Author"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("principal", "user", "logon"),
    [
        pytest.param("system", "S-1-5-18", None, id="system"),
        pytest.param("local-service", "S-1-5-19", None, id="local-service"),
        pytest.param(r"CONTOSO\svc<probe>", r"CONTOSO\svc<probe>", "S4U", id="account-without-password"),
    ],
)
def test_the_principal_of_a_windows_task(principal: str, user: str, logon: str | None) -> None:
    task = _task(COMMAND, principal=principal)

    assert _text(task, "Principals/Principal/UserId") == user
    assert _text(task, "Principals/Principal/LogonType") == logon
    assert _text(task, "Principals/Principal/RunLevel") == "LeastPrivilege"


def test_a_windows_task_repeats_within_the_day() -> None:
    task = _task(COMMAND, Schedule(time(0, 30), 360))

    assert _text(task, "Triggers/CalendarTrigger/Repetition/Interval") == "PT360M"
    assert _text(task, "Triggers/CalendarTrigger/Repetition/Duration") == "P1D"


def test_the_task_file_is_what_schtasks_reads() -> None:
    data = windows_task_file(windows_task(["probe", "ä"], DAILY, start=START))

    assert data[:2] in {b"\xff\xfe", b"\xfe\xff"}
    assert data.decode("utf-16").startswith('<?xml version="1.0" encoding="UTF-16"?>\r\n<Task')
    assert ElementTree.fromstring(data).tag.endswith("Task")


def _systemd_arguments(unit: str) -> list[str]:
    (line,) = [line for line in unit.splitlines() if line.startswith("ExecStart=")]
    arguments = shlex.split(line.removeprefix("ExecStart="))
    return [argument.replace("$$", "$").replace("%%", "%") for argument in arguments]


@given(ARGUMENTS)
def test_a_systemd_unit_hands_every_argument_over(arguments: list[str]) -> None:
    assert _systemd_arguments(systemd_service(arguments)) == arguments


def test_specifiers_and_variables_are_switched_off_in_a_systemd_unit() -> None:
    (line,) = [x for x in systemd_service(["/opt/probe", "%h $HOME"]).splitlines() if x.startswith("Exec")]

    assert line == 'ExecStart="/opt/probe" "%%h $$HOME"'
    assert "DynamicUser=yes" in systemd_service(["probe"])
    assert "User=monitor" in systemd_service(["probe"], user="monitor")


@given(ARGUMENTS)
def test_a_cron_line_hands_every_argument_over(arguments: list[str]) -> None:
    line = cron_line(arguments, DAILY)
    command = line.split(" ", 5)[5]

    assert line.startswith("0 6 * * * ")
    assert "%" not in command.replace("\\%", "")
    assert shlex.split(command.replace("\\%", "%")) == arguments


@pytest.mark.posix("/bin/sh")
def test_the_shell_itself_agrees(capfd: pytest.CaptureFixture[str]) -> None:
    arguments = ["printf", "[%s]", "a b", "$HOME", "`id`", "'", '"', "*", "ä"]
    command = cron_line(arguments, DAILY).split(" ", 5)[5].replace("\\%", "%")

    subprocess.run(["/bin/sh", "-c", command], check=True)

    assert capfd.readouterr().out == "[a b][$HOME][`id`]['][\"][*][ä]"


@pytest.mark.parametrize(
    ("at", "every", "cron", "calendar"),
    [
        pytest.param("06:00", "1d", "0 6 * * * ", "*-*-* 06:00:00", id="daily"),
        pytest.param("23:59", "24h", "59 23 * * * ", "*-*-* 23:59:00", id="24-hours"),
        pytest.param("06:10", "1h", "10 * * * * ", "*-*-* *:10:00", id="hourly"),
        pytest.param("06:10", "8h", "10 6,14,22 * * * ", "*-*-* 06,14,22:10:00", id="8-hours"),
        pytest.param("00:05", "15m", "5,20,35,50 * * * * ", "*-*-* *:05,20,35,50:00", id="15-minutes"),
    ],
)
def test_the_times_of_a_schedule(at: str, every: str, cron: str, calendar: str) -> None:
    schedule = parse_schedule(at, every)

    assert cron_line(["probe"], schedule) == f"{cron}probe\n"
    assert f"OnCalendar={calendar}\n" in systemd_timer(schedule)


@pytest.mark.parametrize(
    ("at", "every"),
    [
        ("25:00", "1d"),
        ("6", "1d"),
        ("06:00:30", "1d"),
        ("06:00+01:00", "1d"),
        ("06:00", "7h"),
        ("06:00", "2d"),
        ("06:00", "0h"),
        ("06:00", "90m"),
        ("06:00", "45m"),
        ("06:00", "often"),
    ],
)
def test_a_schedule_that_cannot_be_kept_is_refused(at: str, every: str) -> None:
    with pytest.raises(UsageError):
        parse_schedule(at, every)


@pytest.mark.parametrize("command", [[], [""], ["probe", "a\nb"], ["probe", "\x00"]])
def test_a_command_that_no_schedule_can_carry_is_refused(command: list[str]) -> None:
    for make in (systemd_service, lambda c: cron_line(c, DAILY), _task):
        with pytest.raises(UsageError):
            make(command)


@pytest.mark.parametrize(
    ("folder", "user", "state", "place"),
    [
        pytest.param(None, None, "fedprobe", "%S/fedprobe", id="its-own"),
        pytest.param("/var/lib/partners", None, "partners", "%S/partners", id="below-var-lib"),
        pytest.param("/srv/partners", "monitor", "fedprobe", "/srv/partners", id="an-account-of-its-own"),
    ],
)
def test_a_systemd_unit_can_write_its_folder(
    folder: str | None, user: str | None, state: str, place: str
) -> None:
    unit = systemd_service(["probe"], user=user, folder=folder).splitlines()
    assert f"StateDirectory={state}" in unit
    assert f"WorkingDirectory={place}" in unit
    assert (f'ReadWritePaths="{place}"' in unit) == place.startswith("/")


@pytest.mark.parametrize("folder", ["/srv/partners", "/var/lib/../etc", "relative", "/var/lib/a b"])
def test_a_folder_that_the_user_of_systemd_cannot_write_is_refused(folder: str) -> None:
    with pytest.raises(UsageError, match="give --user NAME"):
        systemd_service(["probe"], folder=folder)
