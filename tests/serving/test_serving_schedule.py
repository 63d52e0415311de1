"""Checks in the background: results that stay, their age, a list that is read again, and what is bounded."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec import structs

from probe.cli.commands.serve import parse_interval
from probe.errors import DataError, UsageError
from probe.runs.attempts import Checked
from probe.runs.lists import partner_list
from probe.runs.lists.partners import PartnerEntry
from probe.runs.untried_target import refused
from probe.serving.application import Exporting
from probe.serving.exporter import ListFile
from tests.serving.conftest import Running, Start, series, value

LISTED = (PartnerEntry("contoso.com"), PartnerEntry("fabrikam.com"))
OFTEN = Exporting(every=0.05)


def _scenario(body: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(body(), 50))


class Counted:
    """A check that counts, and fails as it is told."""

    def __init__(self) -> None:
        self.times: Counter[str] = Counter()
        self.under_way = self.most = 0
        self.hold = asyncio.Event()
        self.hold.set()
        self.outcome = "unknown"
        self.defect = False

    async def __call__(self, entry: PartnerEntry) -> Checked:
        self.times[entry.target] += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.hold.wait()
        finally:
            self.under_way -= 1
        if self.defect:
            raise LookupError("a defect")
        return Checked(structs.replace(refused(entry, "not checked"), error=f"tags {entry.tags}"))


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    while not await holds():
        await asyncio.sleep(0.01)


async def _targets(running: Running) -> set[str]:
    found = series((await running.client.get("/metrics")).text)
    return {dict(labels)["target"] for name, labels in found if name == "fedprobe_result_age_seconds"}


def test_partners_are_checked_again_and_again_and_scrapes_get_the_last_result(exporter: Start) -> None:
    async def body() -> None:
        check = Counted()
        async with exporter(check, LISTED, OFTEN) as running:

            async def three_rounds() -> bool:
                return min(check.times[entry.target] for entry in LISTED) >= 3

            await _until(three_rounds)
            check.hold.clear()  # a check that takes long takes no series away
            text = (await running.client.get("/metrics")).text
            assert value(text, "probe_success", target="contoso.com") == 0
            assert 0 <= value(text, "fedprobe_result_age_seconds", target="contoso.com") < 50
            assert value(text, "fedprobe_exporter_interval_seconds") == 0.05
            assert value(text, "fedprobe_target_verdict", target="fabrikam.com", outcome="unknown") == 1
            assert check.times["contoso.com"] < 1000

    _scenario(body)


def test_ages_grow_while_nothing_is_checked(exporter: Start) -> None:
    async def body() -> None:
        check = Counted()
        async with exporter(check, LISTED, Exporting(every=3600)) as running:

            async def both() -> bool:
                return len(await _targets(running)) == 2

            await _until(both)
            first = value(
                (await running.client.get("/metrics")).text,
                "fedprobe_result_age_seconds",
                target="contoso.com",
            )
            await asyncio.sleep(0.02)
            second = value(
                (await running.client.get("/metrics")).text,
                "fedprobe_result_age_seconds",
                target="contoso.com",
            )
            assert second > first
            assert check.times == {"contoso.com": 1, "fabrikam.com": 1}

    _scenario(body)


def test_a_defect_in_a_check_is_a_result_and_ends_no_schedule(exporter: Start) -> None:
    async def body() -> None:
        check = Counted()
        check.defect = True
        async with exporter(check, LISTED, OFTEN) as running:

            async def again() -> bool:
                return check.times["contoso.com"] >= 3

            await _until(again)
            assert await _targets(running) == {"contoso.com", "fabrikam.com"}
            assert "internal error: LookupError" in (await running.client.get("/")).text

    _scenario(body)


def test_checks_in_the_background_are_bounded_and_leave_room_for_those_asked_for(exporter: Start) -> None:
    async def body() -> None:
        check = Counted()
        check.hold.clear()
        many = [PartnerEntry(f"p{number}.example") for number in range(20)]
        async with exporter(check, many, Exporting(every=3600, concurrency=3)) as running:

            async def full() -> bool:
                return check.under_way == 3

            await _until(full)
            asked = asyncio.create_task(running.client.get("/probe?target=p9.example"))

            async def asked_too() -> bool:
                return check.under_way == 4

            await _until(asked_too)
            text = (await running.client.get("/metrics")).text
            assert value(text, "fedprobe_exporter_in_flight") == 4
            check.hold.set()
            assert (await asked).status_code == 200

            async def all_done() -> bool:
                return len(await _targets(running)) == 20

            await _until(all_done)
            assert check.most == 4

    _scenario(body)


def test_a_check_under_way_does_not_hold_up_the_end(exporter: Start) -> None:
    """Also one that answers its cancellation with a result, as real checks do."""

    async def body() -> None:
        begun = Counter[str]()

        async def check(entry: PartnerEntry) -> Checked:
            begun[entry.target] += 1
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                pass
            return Checked(refused(entry, "stopped"))

        async with exporter(check, LISTED, Exporting(every=1, grace_seconds=1)):

            async def both() -> bool:
                return len(begun) == 2

            await _until(both)
        assert begun == {"contoso.com": 1, "fabrikam.com": 1}

    _scenario(body)


def _list_file(path: Path) -> ListFile:
    def read() -> list[PartnerEntry]:
        return list(partner_list.read(str(path)).entries())

    return ListFile(str(path), read, look_seconds=0.02)


@pytest.mark.parametrize(
    "form",
    [
        pytest.param("file", id="file-changed"),
        pytest.param("signal", id="sighup", marks=pytest.mark.posix("SIGHUP")),
    ],
)
@pytest.mark.usefixtures("interruptible")
def test_the_list_is_read_again(exporter: Start, tmp_path: Path, form: str) -> None:
    path = tmp_path / "partners.txt"
    path.write_text("contoso.com\n")

    async def body() -> None:
        check = Counted()
        watched = _list_file(path)
        if form == "signal":
            watched = structs.replace(watched, look_seconds=3600)
        async with exporter(check, [PartnerEntry("contoso.com")], OFTEN, watched) as running:

            async def first() -> bool:
                return await _targets(running) == {"contoso.com"}

            await _until(first)
            path.write_text("contoso.com\nfabrikam.com\n")
            if form == "signal":
                signal.raise_signal(signal.SIGHUP)

            async def second() -> bool:
                return await _targets(running) == {"contoso.com", "fabrikam.com"}

            await _until(second)
            path.write_text("fabrikam.com\n")
            if form == "signal":
                signal.raise_signal(signal.SIGHUP)

            async def third() -> bool:
                return await _targets(running) == {"fabrikam.com"}

            await _until(third)
            assert (await running.client.get("/probe?target=contoso.com")).status_code == 403
            assert [group["targets"] for group in (await running.client.get("/targets")).json()] == [
                ["fabrikam.com"]
            ]
            text = (await running.client.get("/metrics")).text
            assert value(text, "fedprobe_exporter_partners") == 1
            assert value(text, "fedprobe_exporter_list_last_reload_successful") == 1
            assert running.said == []

    _scenario(body)


def test_an_entry_that_changed_is_checked_at_once(exporter: Start, tmp_path: Path) -> None:
    path = tmp_path / "partners.csv"
    path.write_text("domain,tags\ncontoso.com,old\nfabrikam.com,\n")

    async def body() -> None:
        check = Counted()
        watched = _list_file(path)
        async with exporter(check, watched.read(), Exporting(every=3600), watched) as running:

            async def first() -> bool:
                return len(await _targets(running)) == 2

            await _until(first)
            path.write_text("domain,tags\ncontoso.com,new\nfabrikam.com,\n")

            async def changed() -> bool:
                return check.times["contoso.com"] == 2

            await _until(changed)
            assert check.times["fabrikam.com"] == 1

    _scenario(body)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("", "names no partner", id="empty"),
        pytest.param("[[partners]]\ndomain = ", "partners.toml", id="damaged"),
        pytest.param(None, "cannot be read", id="gone"),
    ],
)
def test_a_bad_list_changes_nothing_and_says_so(
    exporter: Start, tmp_path: Path, content: str | None, said: str
) -> None:
    path = tmp_path / "partners.toml"
    good = '[[partners]]\ndomain = "contoso.com"\n'
    path.write_text(good)

    async def reloaded(running: Running) -> float:
        text = (await running.client.get("/metrics")).text
        return value(text, "fedprobe_exporter_list_last_reload_successful")

    async def body() -> None:
        watched = _list_file(path)
        async with exporter(Counted(), watched.read(), OFTEN, watched) as running:
            if content is None:
                path.unlink()
            else:
                path.write_text(content)

            async def noticed() -> bool:
                return await reloaded(running) == 0

            await _until(noticed)
            assert await _targets(running) == {"contoso.com"}
            (line,) = running.said
            assert line.startswith("the partner list is not used, the one before stays: ")
            assert said in line
            path.write_text(good + '[[partners]]\ndomain = "fabrikam.com"\n')

            async def mended() -> bool:
                return await reloaded(running) == 1

            await _until(mended)

    _scenario(body)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("90s", 90, id="seconds"),
        pytest.param("15m", 900, id="minutes"),
        pytest.param(" 6H ", 21600, id="hours"),
        pytest.param("7d", 604800, id="a-week"),
        pytest.param("never", None, id="never"),
    ],
)
def test_intervals(text: str, seconds: float | None) -> None:
    assert parse_interval(text) == seconds


@pytest.mark.parametrize("text", ["", "15", "0s", "8d", "-1m", "1.5h", "soon"])
def test_what_is_no_interval(text: str) -> None:
    with pytest.raises(UsageError, match="15m"):
        parse_interval(text)


def test_reading_a_list_that_is_bad_from_the_start_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "partners.txt"
    path.write_text("")
    with pytest.raises(DataError, match="names no partner"):
        _list_file(path).read()
