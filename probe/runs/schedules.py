"""Ready schedules for one command line: a Task Scheduler task, systemd units, a cron line.

Text only: nothing is installed. Every argument is quoted as its reader unquotes it: CommandLineToArgvW on
Windows, systemd.service(5), the shell and cron's own percent sign.
"""

from __future__ import annotations

import re
import shlex
import subprocess  # for list2cmdline, the inverse of CommandLineToArgvW; nothing is started
from collections.abc import Sequence
from datetime import date, time
from xml.etree import ElementTree

from msgspec import Struct

from probe.errors import UsageError

TASK_NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
NAME = "fedprobe"
_STATE = "/var/lib"
SYSTEM = "system"
LOCAL_SERVICE = "local-service"
# Well-known SIDs, because the names of these accounts are translated on a localised Windows.
_SIDS = {SYSTEM: "S-1-5-18", LOCAL_SERVICE: "S-1-5-19"}
_EVERY = re.compile(r"(?P<number>\d{1,4})(?P<unit>[mhd])\Z")
_MINUTES = {"m": 1, "h": 60, "d": 1440}


class Schedule(Struct, frozen=True):
    """When to run: every `minutes`, the first time of a day at `at`."""

    at: time = time(6, 0)
    minutes: int = 1440


def parse_schedule(at: str, every: str) -> Schedule:
    """The schedule in a time of day (`06:00`) and an interval (`15m`, `6h`, `1d`).

    Raises:
        UsageError: one of them cannot be used; an interval has to divide the day (or be one).
    """
    try:
        moment = time.fromisoformat(at)
        if moment.tzinfo is not None or moment.second or moment.microsecond:
            raise ValueError
    except ValueError:
        raise UsageError(f"{at!r} is no time of day: give hours and minutes, such as 06:00") from None
    match = _EVERY.match(every.strip())
    minutes = int(match["number"]) * _MINUTES[match["unit"]] if match else 0
    unit = 60 if minutes < 60 else 1440
    if not minutes or unit % minutes or (unit == 1440 and minutes % 60):
        raise UsageError(f"{every!r} does not divide a day evenly: give 15m, 30m, 1h, 6h, 12h or 1d")
    return Schedule(moment, minutes)


def windows_task(
    command: Sequence[str],
    schedule: Schedule,
    *,
    start: date,
    principal: str = SYSTEM,
    folder: str | None = None,
    time_limit_hours: int = 1,
) -> str:
    """The XML of a task, for `schtasks /Create /XML` or Register-ScheduledTask, without an XML declaration.

    `principal` is `system`, `local-service`, or an account, which then runs without a stored password (S4U).
    Source: Task Scheduler Schema, TaskType and the types that it names ([MS-TSCH] section 2.5).

    Raises:
        UsageError: an argument holds a control character.
    """
    _check_arguments(command)
    task = ElementTree.Element("Task", {"version": "1.2", "xmlns": TASK_NAMESPACE})
    information = ElementTree.SubElement(task, "RegistrationInfo")
    _leaf(information, "Description", "Checks the Exchange federation partners with fedprobe")
    _leaf(information, "URI", f"\\{NAME}")
    _trigger(ElementTree.SubElement(task, "Triggers"), schedule, start)
    _principal(ElementTree.SubElement(task, "Principals"), principal)
    settings = ElementTree.SubElement(task, "Settings")
    for name, value in (
        ("MultipleInstancesPolicy", "IgnoreNew"),
        ("DisallowStartIfOnBatteries", "false"),
        ("StopIfGoingOnBatteries", "false"),
        ("AllowHardTerminate", "true"),
        ("StartWhenAvailable", "true"),
        ("RunOnlyIfNetworkAvailable", "true"),
        ("Enabled", "true"),
        ("ExecutionTimeLimit", f"PT{time_limit_hours}H"),
    ):
        _leaf(settings, name, value)
    execute = ElementTree.SubElement(ElementTree.SubElement(task, "Actions", {"Context": "Author"}), "Exec")
    _leaf(execute, "Command", command[0])
    _leaf(execute, "Arguments", subprocess.list2cmdline(command[1:]))
    if folder is not None:
        _leaf(execute, "WorkingDirectory", folder)
    ElementTree.indent(task)
    return ElementTree.tostring(task, encoding="unicode") + "\n"


def windows_task_file(xml: str) -> bytes:
    """The task as a file: UTF-16 with byte order mark, which is what schtasks itself writes and reads."""
    return ('<?xml version="1.0" encoding="UTF-16"?>\n' + xml).replace("\n", "\r\n").encode("utf-16")


def systemd_service(command: Sequence[str], *, user: str | None = None, folder: str | None = None) -> str:
    """The service unit that the timer starts. Exit codes 1 to 3 are verdicts, not failures of the unit.

    Without a `user` systemd makes one for the time of the run. Without a `folder` the run works in
    /var/lib/fedprobe, which belongs to that user; so does any folder below /var/lib (systemd.exec(5),
    StateDirectory).

    Raises:
        UsageError: an argument holds a control character, or the folder is one that the user cannot write.
    """
    _check_arguments(command)
    _check_arguments([user or "x", folder or "x"])
    state = _below_state(folder)
    if user is None and state is None:
        raise UsageError(
            f"a user that systemd makes cannot write {folder}: give --user NAME, or a folder below {_STATE}"
        )
    account = "DynamicUser=yes" if user is None else f"User={user}"
    place = f"%S/{state}" if state is not None else str(folder).replace("%", "%%")
    writable = "" if state is not None else f"ReadWritePaths={_systemd_quoted(str(folder))}\n"
    return f"""\
[Unit]
Description=Check the Exchange federation partners
Documentation=man:systemd.service(5)
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={" ".join(_systemd_quoted(argument) for argument in command)}
SuccessExitStatus=1 2 3
TimeoutStartSec=1h
{account}
StateDirectory={state or NAME}
StateDirectoryMode=0700
WorkingDirectory={place}
{writable}NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ProtectHome=read-only
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
"""


def is_state_folder(folder: str | None) -> bool:
    """Whether systemd makes this folder itself, for the user of the run."""
    return _below_state(folder) is not None


def _below_state(folder: str | None) -> str | None:
    """The folder below /var/lib as StateDirectory takes it; None for one elsewhere or with odd characters."""
    if folder is None:
        return NAME
    if not folder.startswith(f"{_STATE}/"):
        return None
    relative = folder.rstrip("/").removeprefix(f"{_STATE}/")
    plain = re.fullmatch(r"[A-Za-z0-9_.\-]+(/[A-Za-z0-9_.\-]+)*", relative)
    return relative if plain and ".." not in relative.split("/") else None


def systemd_timer(schedule: Schedule) -> str:
    """The timer unit; a run that was missed while the machine was off is made up for."""
    return f"""\
[Unit]
Description=Check the Exchange federation partners regularly

[Timer]
OnCalendar={_calendar(schedule)}
RandomizedDelaySec=60
Persistent=true

[Install]
WantedBy=timers.target
"""


def cron_line(command: Sequence[str], schedule: Schedule, *, folder: str | None = None) -> str:
    """One line for a crontab, which first goes to `folder`.

    A percent sign is escaped, because cron turns it into a newline (crontab(5)).

    Raises:
        UsageError: an argument holds a control character.
    """
    _check_arguments(command)
    _check_arguments([folder or "x"])
    hours, minutes = _fields(schedule)
    going = "" if folder is None else f"cd {shlex.quote(folder)} && "
    quoted = (going + shlex.join(command)).replace("%", "\\%")
    return f"{minutes} {hours} * * * {quoted}\n"


def _check_arguments(command: Sequence[str]) -> None:
    if not command or not command[0].strip():
        raise UsageError("no command to schedule: give one after --, such as -- probe check -f partners.toml")
    for argument in command:
        if not all(c.isprintable() for c in argument):
            raise UsageError(f"{argument!r} holds a control character, which no schedule can carry")


def _leaf(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text


def _trigger(triggers: ElementTree.Element, schedule: Schedule, start: date) -> None:
    trigger = ElementTree.SubElement(triggers, "CalendarTrigger")
    if schedule.minutes < 1440:
        repetition = ElementTree.SubElement(trigger, "Repetition")
        _leaf(repetition, "Interval", f"PT{schedule.minutes}M")
        _leaf(repetition, "Duration", "P1D")
    _leaf(trigger, "StartBoundary", f"{start.isoformat()}T{schedule.at:%H:%M}:00")
    _leaf(trigger, "Enabled", "true")
    _leaf(ElementTree.SubElement(trigger, "ScheduleByDay"), "DaysInterval", "1")


def _principal(principals: ElementTree.Element, name: str) -> None:
    principal = ElementTree.SubElement(principals, "Principal", {"id": "Author"})
    if name in _SIDS:
        _leaf(principal, "UserId", _SIDS[name])
    else:
        _leaf(principal, "UserId", name)
        _leaf(principal, "LogonType", "S4U")
    _leaf(principal, "RunLevel", "LeastPrivilege")


def _systemd_quoted(argument: str) -> str:
    """An argument in double quotes, with specifiers and variables switched off (systemd.service(5))."""
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def _fields(schedule: Schedule) -> tuple[str, str]:
    """(hours, minutes) as cron and systemd's calendar write repetition, from the first run of the day on."""
    at, every = schedule.at, schedule.minutes
    if every == 1440:
        return str(at.hour), str(at.minute)
    if every >= 60:
        step = every // 60
        hours = ",".join(str(hour) for hour in range(at.hour % step, 24, step))
        return "*" if step == 1 else hours, str(at.minute)
    return "*", ",".join(str(minute) for minute in range(at.minute % every, 60, every))


def _calendar(schedule: Schedule) -> str:
    hours, minutes = (
        field if field == "*" else ",".join(f"{int(part):02}" for part in field.split(","))
        for field in _fields(schedule)
    )
    return f"*-*-* {hours}:{minutes}:00"
