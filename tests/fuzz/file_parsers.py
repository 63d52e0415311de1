"""Parsers of what is pasted or given as a file or an argument: each takes bytes and keeps its promises.

A promise that is broken raises: an error that the parser does not declare, or an AssertionError here.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from probe.collection import address_reach
from probe.collection.connection.request_line import request_line
from probe.collection.discovery import endpoint_urls, endpoint_visits
from probe.collection.settings import parse_connect_to, parse_proxy, parse_resolve
from probe.errors import ProbeError
from probe.explain.explainer import explain
from probe.explain.log_scan import LogScan, is_log_start
from probe.explain.output.render import render_text, to_document
from probe.facts import target
from probe.facts.encoding import text_encoding
from probe.judgement.own_server import caller_of
from probe.judgement.thresholds import parse_threshold
from probe.lab import native
from probe.runs import configuration
from probe.runs.alerting import alerts
from probe.runs.alerting.sending import parse_destination
from probe.runs.lists import partner_list, relationships
from probe.runs.schedules import parse_schedule
from probe.runs.store import results
from probe.runs.store.retention import parse_retention
from probe.server import settings_origin
from probe.server.server_trust import trust_store
from probe.serving.http_server import parse_address
from probe.stores import assembly, fetching, inventory, recognition
from probe.stores.contents import Layer, Role


def _refused(parse: Callable[[], object]) -> bool:
    """Whether it was refused in words (of which the console makes one line)."""
    try:
        parse()
    except ProbeError as refused:
        assert str(refused), "a refusal without words"
        return True
    return False


def store(data: bytes) -> None:
    """Certificates, PKCS #7, PKCS #12, SST and STL, in DER, PEM and BER."""

    def parse() -> None:
        made = assembly.assemble("fuzz", [Layer(Role.ROOT, recognition.read(data))])
        assert len(inventory.rows(made)) == len(made.roots) + len(made.listed)

    _refused(parse)


def cabinet(data: bytes) -> None:
    """A cabinet in which a list of Microsoft's root programme comes."""
    _refused(lambda: fetching._list_in(data, "authroot.stl"))


def partners(data: bytes) -> None:
    """A list of partners in any format, each entry of which can be read."""

    def parse() -> None:
        listed = partner_list.from_text(partner_list.decoded(data, "list"), name="list", environment={})
        assert sum(1 for _ in listed.entries()) == listed.count

    _refused(parse)


def relationship(data: bytes) -> None:
    """Get-OrganizationRelationship as JSON or as a list of properties."""
    _refused(lambda: relationships.partner_list(partner_list.decoded(data, "pasted"), name="pasted").count)


def explained(data: bytes) -> None:
    """A pasted event, exception, cmdlet output or log line."""
    found = explain(text_encoding.decoded(data))
    assert render_text(found)
    assert to_document(found, redact=True) is not None
    assert to_document(found, redact=False) is not None


def log(data: bytes) -> None:
    """A log of IIS or Exchange, in chunks as it is read; the first byte says how large."""
    is_log_start(data, whole=False)
    size = 1 + (data[0] if data else 0) * 64
    scan = LogScan()
    for start in range(0, len(data), size):
        scan.feed(data[start : start + size])
    scan.finish()
    assert render_text(scan.explanations()) is not None


def server(data: bytes) -> None:
    """caller.json, or HealthChecker's XML: a caller and its trust store."""

    def parse() -> None:
        settings = settings_origin.from_file(data, "caller.json")
        trust_store(settings)
        caller_of(settings)

    _refused(parse)


def result(data: bytes) -> None:
    """A result as `diff` and `merge` read it, and what waits in a history to be told."""
    _refused(lambda: results.read_document(data, "results.ndjson"))
    _refused(lambda: alerts.loads(data))


def native_answers(data: bytes) -> None:
    """What the script of `probe lab --native` wrote on a Windows."""
    _refused(lambda: native.compare(native.read(data)))


_KEYS = {"check": frozenset({"timeout", "format", "concurrency", "trust", "notify"})}


@cache
def _settings_file() -> Path:
    return Path(tempfile.mkdtemp()) / "probe.toml"


def settings(data: bytes) -> None:
    """probe.toml."""
    path = _settings_file()
    path.write_bytes(data)
    _refused(lambda: configuration.load(path, environment={}, keys=_KEYS))


_WORDS: tuple[Callable[[str], object], ...] = (
    target.parse,
    target.idn_host,
    target.target_key,
    target.with_wssecurity,
    target.https_url,
    target.ip_literal,
    target.without_password,
    lambda word: address_reach.reach_of_host(target.idn_host(word)),
    lambda word: endpoint_visits._redirected(word, "fuzz"),
    lambda word: endpoint_urls.endpoint_of(word, "fuzz"),
    lambda word: endpoint_urls.named_url(word, "/ews/exchange.asmx"),
    lambda word: request_line(target.https_url(word)[0]),
    parse_connect_to,
    parse_resolve,
    parse_proxy,
    parse_address,
    parse_destination,
    parse_threshold,
    parse_retention,
    lambda word: parse_schedule(word, ""),
    lambda word: parse_schedule("", word),
)


def words(data: bytes) -> None:
    """Targets, hosts, URLs, proxies, overrides, addresses, thresholds: whatever is typed as one word."""
    word = data.decode("utf-8", "surrogateescape")
    for parse in _WORDS:
        _refused(lambda parse=parse: parse(word))  # type: ignore[misc]  # bound now
