"""Logs of any size: what is kept, grouped, counted and left unread, however the bytes arrive."""

from __future__ import annotations

import pytest

from probe.explain.log_scan import MAXIMUM_GROUPS, LogScan, is_log_start

IIS_FIELDS = (
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) "
    "sc-status sc-substatus sc-win32-status time-taken"
)


def iis(second: int, status: str = "401 0 0", path: str = "/ews/exchange.asmx/WSSecurity") -> str:
    return (
        f"2024-05-02 11:00:{second:02d} 192.0.2.5 POST {path} - 443 - 198.51.100.9 "
        f"ASProxy/CrossForest/EmailDomain//15.02.1258.012 {status} 12"
    )


OTHER = "2024-05-02 11:00:00 192.0.2.5 GET /owa/ - 443 anna 198.51.100.9 Mozilla/5.0 200 0 0 5"
HTTPERR = (
    "#Software: Microsoft HTTP API 2.0\n"
    "#Fields: date time c-ip c-port s-ip s-port cs-version cs-method cs-uri streamid sc-status s-siteid "
    "s-reason s-queuename transport\n"
    "2024-05-02 11:00:05 198.51.100.9 51234 192.0.2.5 443 HTTP/1.1 POST /ews/exchange.asmx/WSSecurity - 503 "
    "1 AppOffline MSExchangeServicesAppPool TCP\n"
)


def scanned(text: str, size: int = 1 << 20) -> LogScan:
    scan, data = LogScan(), text.encode()
    for start in range(0, len(data), size):
        scan.feed(data[start : start + size])
    scan.finish()
    return scan


def faults(scan: LogScan) -> list[tuple[str, int]]:
    return [(one.knowledge.name if one.knowledge else "", one.occurrences) for one in scan.explanations()]


LOG = "\n".join(
    [IIS_FIELDS, OTHER, *(iis(n) for n in range(5)), OTHER, iis(9, "404 11 0"), iis(10, "200 0 0")]
)


@pytest.mark.parametrize("size", [1, 7, 64, 1 << 20])
def test_chunks_of_any_size_give_the_same_groups(size: int) -> None:
    scan = scanned(LOG, size)
    assert faults(scan) == faults(scanned(LOG))
    assert (scan.lines, scan.matched, scan.unread) == (10, 7, 0)
    assert dict(faults(scan)) == {"log-401": 5, "http-404-11": 1}
    assert scan.answered == 1


def test_a_group_has_its_first_and_last_time() -> None:
    first = scanned(LOG).explanations()[0]
    assert (first.first_seen, first.last_seen) == ("2024-05-02 11:00:00", "2024-05-02 11:00:04")


def test_a_log_without_fields_is_read_by_shape() -> None:
    assert faults(scanned("\n".join(iis(n, "403 4 5") for n in range(3)))) == [("http-403-4", 3)]


def test_httperr_is_read_by_its_own_columns() -> None:
    assert faults(scanned(HTTPERR)) == [("application-pool-stopped", 1)]


def test_fields_change_in_the_middle_of_a_file() -> None:
    moved = "#Fields: date time sc-status sc-substatus cs-uri-stem cs-method cs(User-Agent)"
    line = (
        "2024-05-02 12:00:00 404 11 /ews/exchange.asmx/WSSecurity POST ASProxy/CrossForest/EmailDomain//15.1"
    )
    found = dict(faults(scanned("\n".join([IIS_FIELDS, iis(1), moved, line]))))
    assert found == {"log-401": 1, "http-404-11": 1}


def test_what_no_group_takes_is_counted() -> None:
    lines = [iis(1, f"404 {number} 0") for number in range(MAXIMUM_GROUPS + 20)]
    scan = scanned("\n".join([IIS_FIELDS, *lines]))
    assert len(scan.groups) == MAXIMUM_GROUPS
    assert scan.overflow == 20


def test_a_line_that_cannot_be_read_is_counted() -> None:
    scan = scanned("\n".join([IIS_FIELDS, "garbage /WSSecurity", iis(1)]))
    assert (scan.matched, scan.unread) == (2, 1)


def test_what_begins_like_a_log_is_one() -> None:
    assert is_log_start(LOG.encode(), whole=True)
    assert is_log_start(HTTPERR.encode(), whole=True)
    assert not is_log_start(b"System.Net.WebException: The operation has timed out\n", whole=True)
