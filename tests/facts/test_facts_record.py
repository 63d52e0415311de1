"""The observation record: nothing is lost on the way to a file and back, and a bad file says what it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.errors import RecordError
from probe.facts import record, target
from probe.facts.certificate import Certificate
from probe.facts.observation import (
    Connection,
    DiscoveryStep,
    Endpoint,
    EndpointKind,
    FailureKind,
    FederationInformation,
    HelloExchange,
    HttpExchange,
    Observation,
    Phase,
    Retrieval,
    RetrievalKind,
    RetrievalOutcome,
    StepOutcome,
    Timings,
    TokenIssuer,
    Vantage,
    WireFailure,
)
from probe.facts.target import Target, TargetKind
from probe.facts.tls_negotiation import HandshakeOffer, Negotiation, TlsSession

# Text as it can be in memory: anything but lone surrogates, which no decoder of ours produces.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
milliseconds = st.none() | st.floats(min_value=0, max_value=1e6, allow_nan=False)
moments = st.datetimes(timezones=st.just(UTC), min_value=datetime(1990, 1, 1), max_value=datetime(2200, 1, 1))
certificates = st.builds(Certificate, st.binary(max_size=60))

st.register_type_strategy(str, texts)
endpoints = st.builds(Endpoint, st.sampled_from(EndpointKind), texts, texts, st.integers(1, 65535), texts)
exchanges = st.builds(
    HttpExchange,
    method=texts,
    url=texts,
    status=st.none() | st.integers(100, 999),
    reason=texts,
    http_version=texts,
    headers=st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
    body=st.binary(max_size=50),
    body_complete=st.booleans(),
    raw=st.binary(max_size=20),
    elapsed_ms=milliseconds,
)
failures = st.builds(
    WireFailure,
    st.sampled_from(Phase),
    st.sampled_from(FailureKind),
    st.none() | st.integers(0, 20000),
    st.none() | st.integers(0, 255),
    texts,
)
names = st.lists(texts, max_size=3).map(tuple)
offers = st.builds(HandshakeOffer, texts, names, names, names, names, names, st.integers(0, 9999))
negotiations = st.builds(
    Negotiation,
    texts,
    texts,
    st.none() | texts,
    st.none() | st.integers(0, 99999),
    st.none() | texts,
    st.booleans(),
    st.booleans(),
)
connections = st.builds(
    Connection,
    endpoint=endpoints,
    address=st.none() | texts,
    port=st.none() | st.integers(1, 65535),
    offer=offers,
    tls=st.none() | st.builds(TlsSession, texts, texts, st.none() | texts),
    presented=st.lists(certificates, max_size=3).map(tuple),
    exchanges=st.lists(exchanges, max_size=2).map(tuple),
    failure=st.none() | failures,
    timings=st.builds(Timings, *[milliseconds] * 7),
    proxy=st.none() | texts,
    negotiation=st.none() | negotiations,
)
hellos = st.builds(
    HelloExchange,
    endpoint=endpoints,
    offer=offers,
    address=st.none() | texts,
    port=st.none() | st.integers(1, 65535),
    negotiation=st.none() | negotiations,
    presented=st.lists(certificates, max_size=3).map(tuple),
    failure=st.none() | failures,
    timings=st.builds(Timings, *[milliseconds] * 7),
    proxy=st.none() | texts,
)
observations = st.builds(
    Observation,
    target=st.builds(
        Target,
        texts,
        st.sampled_from(TargetKind),
        *[st.none() | texts] * 3,
        st.none() | st.integers(1, 9),
        texts,
    ),
    observed_at=moments,
    vantage=st.builds(Vantage, texts, texts, texts, texts),
    steps=st.lists(
        st.builds(DiscoveryStep, texts, texts, st.sampled_from(StepOutcome), texts, milliseconds), max_size=2
    ).map(tuple),
    connections=st.lists(connections, max_size=3).map(tuple),
    hellos=st.lists(hellos, max_size=2).map(tuple),
    retrievals=st.lists(
        st.builds(
            Retrieval,
            st.sampled_from(RetrievalKind),
            texts,
            texts,
            st.sampled_from(RetrievalOutcome),
            texts,
            st.lists(certificates, max_size=2).map(tuple),
            st.binary(max_size=9),
            milliseconds,
        ),
        max_size=2,
    ).map(tuple),
    federation=st.none()
    | st.builds(
        FederationInformation,
        url=texts,
        error_code=st.none() | texts,
        application_uri=st.none() | texts,
        domains=st.none() | names,
        token_issuers=st.lists(st.builds(TokenIssuer, texts, texts), max_size=2).map(tuple),
    ),
    error=st.none() | texts,
    elapsed_ms=milliseconds,
    attempts=st.integers(1, 9),
    notes=names,
)


@given(observations)
@settings(max_examples=150)
def test_a_record_holds_everything(observation: Observation) -> None:
    assert record.loads(record.dumps(observation)) == observation


MINIMAL = Observation(
    target.parse("contoso.com"), datetime(2026, 1, 1, tzinfo=UTC), Vantage("a", "b", "c", "d")
)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b"", "no observation record", id="empty"),
        pytest.param(b"<html></html>", "no observation record", id="html"),
        pytest.param(b'{"a": 1}', "no observation record", id="other-json"),
        pytest.param(b'{"schema": "probe.result/1"}', "probe.result/1", id="a-result"),
        pytest.param(b'{"schema": "probe.record/2"}', "newer one", id="from-the-future"),
        pytest.param(b'{"schema": "probe.record/1"}', "damaged", id="nothing-inside"),
        pytest.param(record.dumps(MINIMAL)[:-20], "no observation record", id="cut-off"),
        pytest.param(
            record.dumps(MINIMAL).replace(b'"attempts": 1', b'"attempts": "x"'), r"attempts", id="wrong-type"
        ),
        pytest.param(b"[" * 100_000, "no observation record", id="nested-deeply"),
        pytest.param(b'{"schema": "probe.record/1\xff"}', "no observation record", id="not-utf-8"),
    ],
)
def test_a_bad_record_says_what_to_do(data: bytes, says: str) -> None:
    with pytest.raises(RecordError, match=says):
        record.loads(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_record_or_a_clear_error(data: bytes) -> None:
    with pytest.raises(RecordError):
        record.loads(data)


def test_visits_group_connections_by_endpoint_and_address() -> None:
    """A second, liberal handshake to the same address belongs to the same visit."""
    endpoint = Endpoint(EndpointKind.EWS_WSSECURITY, "https://m/e", "m", 443, "given")
    first = Connection(endpoint, "192.0.2.1")
    second = Connection(endpoint, "192.0.2.2")
    again = Connection(endpoint, "192.0.2.1", offer=HandshakeOffer("other"))
    observation = Observation(
        MINIMAL.target, MINIMAL.observed_at, MINIMAL.vantage, connections=(first, second, again)
    )
    assert [visit.connections for visit in observation.visits] == [(first, again), (second,)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_a_record_that_powershell_saved_again_is_read(encoding: str) -> None:
    vantage = Vantage(system="Windows", python="3.11", openssl="3.0", tool="1")
    observation = Observation(
        Target("contoso.com", TargetKind.DOMAIN, "contoso.com"), datetime(2026, 1, 1, tzinfo=UTC), vantage
    )
    saved = record.dumps(observation).decode().replace("\n", "\r\n").encode(encoding)
    assert record.loads(saved) == observation
