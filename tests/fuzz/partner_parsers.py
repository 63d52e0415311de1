"""Parsers of what a partner, its authorities and its responders send: each takes bytes, keeps its promises.

A promise that is broken raises: an error that the parser does not declare, or an AssertionError here.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import cache

import h11
from msgspec.structs import replace

from probe import api
from probe.collection.connection.budget import Budget
from probe.collection.connection.http1 import Http1, NoAnswerError
from probe.collection.connection.http_requests import decoded, without_secrets
from probe.collection.connection.tls.server_messages import certificate_list
from probe.collection.connection.tls.tls_records import RecordFollower
from probe.collection.discovery import ews_location, federation_answer, soap_requests
from probe.collection.settings import Limits
from probe.errors import ProbeError
from probe.facts import record, soap
from probe.facts.certificate import Certificate
from probe.facts.observation import (
    HttpExchange,
    Observation,
    Phase,
    Retrieval,
    RetrievalKind,
    RetrievalOutcome,
    WireFailure,
)
from probe.facts.revocation import crl, ocsp
from probe.facts.trust_store import TrustStore
from probe.judgement.caller_profile import profile
from probe.judgement.chain import certificate_reading
from probe.judgement.chain.revocation.path_revocation import RevocationAnswers
from probe.judgement.chain.revocation.revocation_status import RevocationStanding
from probe.judgement.connection import protocol_violation
from probe.judgement.model import Judgement, Outcome
from probe.judgement.result import TargetResult, judge_for_callers
from probe.report import build, json
from probe.report.formats import text
from tests.fuzz.stored_inputs import sound
from tests.samples import observed

HOST = "mail.partner.lab"
URL = f"https://{HOST}/ews/exchange.asmx/WSSecurity"
AT = datetime(2026, 11, 28, tzinfo=UTC)
FINE = (Outcome.SUCCESS, Outcome.WARNING)


def certificate(data: bytes) -> None:
    """Read alone, and judged in the place of a sound end-entity: never fine unless it is that one."""
    read = certificate_reading.read(Certificate(data))
    assert read is not None
    leaf, issuing, root = (sound(name) for name in ("leaf", "issuing", "root"))
    fine = judged(data, issuing, root).outcome in FINE
    assert not fine or data == leaf, "a damaged end-entity is fine"
    fine = judged(leaf, data, root).outcome in FINE
    assert not fine or data == issuing, "a damaged issuer is fine"


def judged(leaf: bytes, issuing: bytes, root: bytes) -> Judgement:
    """What the engine makes of these three, at the moment for which the stored ones were made."""
    return api.judge_chain([leaf, issuing], host=HOST, roots=[root], at=AT)


def standing(kind: RetrievalKind, data: bytes) -> RevocationStanding:
    """What this answer says of the sound end-entity."""
    leaf, issuing = Certificate(sound("leaf")), Certificate(sound("issuing"))
    url = crl.crl_urls(leaf)[0] if kind is RetrievalKind.CRL else ocsp.ocsp_urls(leaf)[0]
    fetched = Retrieval(kind, url, leaf.sha256, RetrievalOutcome.FETCHED, content=data)
    return RevocationAnswers([fetched], AT).about(leaf, issuing, AT).standing


def revocation_list(data: bytes) -> None:
    """A damaged CRL never clears a certificate that the sound one revokes."""
    try:
        crl.revocation_list(data).entry(1)
    except ValueError:
        pass
    assert standing(RetrievalKind.CRL, data) is not RevocationStanding.GOOD


def ocsp_answer(data: bytes) -> None:
    """A damaged OCSP answer never clears a certificate that the sound one revokes."""
    try:
        ocsp.ocsp_answer(data)
    except ValueError:
        pass
    assert standing(RetrievalKind.OCSP, data) is not RevocationStanding.GOOD


def tls_records(data: bytes) -> None:
    """The clear part of a handshake, in pieces as the network cuts them; the first byte says how large."""
    size = 1 + (data[0] if data else 0) * 16
    follower = RecordFollower()
    for start in range(1, len(data), size):
        follower.feed(data[start : start + size])
    assert follower.cut_off is None or follower.cut_off
    follower.take_count()
    messages = follower.messages
    assert messages.prime_bits is None or messages.prime_bits >= 0
    assert all(isinstance(der, bytes) for der in messages.partial_certificates())
    certificate_list(data)
    protocol_violation.find(data)


def xml(data: bytes) -> None:
    """A SOAP document, whole and cut off."""
    for complete in (True, False):
        document = soap.read(data, complete=complete)
        assert document is None or document.root
    try:
        soap_requests.parse(data)
    except soap_requests.MalformedAnswerError:
        pass


class _Replay:
    """The part of a wire that http1 needs: gives the bytes of an answer, then the end."""

    def __init__(self, data: bytes) -> None:
        self._parts = [data[start : start + 4096] for start in range(0, len(data), 4096)]
        self.failure: WireFailure | None = None
        self.phase = Phase.RECEIVE
        self.budget = Budget()

    async def take_step(self) -> None:
        """Nothing is limited here."""

    async def write(self, data: bytes) -> None:
        """The request goes nowhere."""

    async def read(self) -> bytes:
        """The next part."""
        return self._parts.pop(0) if self._parts else b""

    def stale(self) -> bool:
        """Whether the partner has ended."""
        return not self._parts


async def _answer(data: bytes) -> tuple[h11.Response, bytes, bool]:
    http = Http1(_Replay(data), Limits())  # type: ignore[arg-type]  # the part of a wire that is used
    answer = await http.send("POST", "/", HOST, ())
    body = b""
    try:
        while part := await http.body_part():
            body += part
    except NoAnswerError:
        return answer, body, False
    return answer, body, True


def http_answer(data: bytes) -> None:
    """An answer as it comes: framed, unpacked, read by every rule, judged, reported."""
    try:
        answer, body, complete = asyncio.run(_answer(data))
    except NoAnswerError:
        return
    headers = without_secrets(answer.headers.raw_items())
    encoding = next((value for name, value in headers if name.lower() == "content-encoding"), "")
    content, unpacked = decoded(body, encoding, Limits().body_bytes)
    assert len(content) <= Limits().body_bytes or content == body
    reason = bytes(answer.reason).decode("latin-1")
    exchange = HttpExchange(
        "POST",
        URL,
        answer.status_code,
        reason,
        "HTTP/1.1",
        headers,
        content[: Limits().body_bytes],
        body_complete=complete and unpacked,
    )
    federation_answer.read(exchange, "partner.lab")
    ews_location._read(URL, exchange)
    report(replace(_observed(), connections=(replace(_observed().connections[0], exchanges=(exchange,)),)))


@cache
def _observed() -> Observation:
    return observed([Certificate(sound("leaf")), Certificate(sound("issuing"))], at=AT)


def report(observation: Observation) -> TargetResult:
    """Judge and print an observation, as `probe judge` does in two formats."""
    trust = TrustStore("given", roots=(Certificate(sound("root")),))
    result = judge_for_callers(observation, trust=trust, callers=(profile("exchange-se"),), at=AT)
    document = build.document(result)
    assert json.render([document])
    assert text.render([document]).isprintable() or "\n" in text.render([document])
    return result


def observation(data: bytes) -> None:
    """A record file: refused, or judged and printed like any other."""
    try:
        known = record.loads(data)
    except ProbeError:
        return
    report(known)
