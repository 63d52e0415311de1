"""What stands in a letter: only what is theirs. No word about trust stores, tags or this program.

1. The cases: the failing endpoints, one case for each fault and host, at most three.
   A letter to the own network team is about what the way can be to blame for, and nothing else.
2. For each: what was tried, what happened in their words, what was seen (the chain as sent, thumbprints, the
   status line), what to change, and one command that shows it afterwards with what it must show.
3. The words are those of a language file; values are cleaned, cut and quoted before they are put in, and
   every command is made of validated values only (`probe.report.commands`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from probe.escaping import one_line
from probe.judgement.model import Actor, Outcome
from probe.report import commands, layout, summary
from probe.report.document import (
    CertificateEntry,
    EndpointEntry,
    FindingEntry,
    HttpEntry,
    JudgementEntry,
    ResultDocument,
)
from probe.report.letter import topics

LANGUAGES = ("en", "de")
_CASES = 3
_CERTIFICATES = 6
_NAMES = 8
_LONGEST_VALUE = 80
_FALLBACK_PATH = "/ews/exchange.asmx/WSSecurity"


class Recipient(StrEnum):
    """Who is written to."""

    PARTNER = "partner"
    NETWORK = "network"


class SentCertificate(Struct, frozen=True):
    """One certificate as it was sent, in words."""

    subject: str
    issuer: str
    valid_from: str
    valid_to: str
    thumbprint: str
    names: str


class LetterItem(Struct, frozen=True):
    """One fault at one host, with what mends it and what shows it."""

    topic: str
    services: tuple[str, ...]
    addresses: tuple[str, ...]
    when: str
    proxy: str | None
    happened: str
    error: str | None
    protocol: str | None
    answer: str | None
    failure: str | None
    chain: tuple[SentCertificate, ...]
    changes: tuple[str, ...]
    commands: tuple[str, ...]
    device: str | None
    device_advice: str | None
    test: str | None
    expect: str


class Letter(Struct, frozen=True):
    """A letter: `words` are the language's, for headings and labels."""

    language: str
    recipient: Recipient
    subject: str
    opening: str
    cases: tuple[LetterItem, ...]
    words: dict[str, Any]

    @property
    def address(self) -> dict[str, str]:
        """Greeting, closing and farewell for this recipient."""
        return dict(self.words[self.recipient.value])


def is_needed(document: ResultDocument) -> bool:
    """Whether there is anything to write about."""
    return any(judgement.outcome != Outcome.SUCCESS for _, judgement in summary.pairs(document))


def letters(document: ResultDocument, language: str, recipient: Recipient | None = None) -> Iterator[Letter]:
    """The letter about a target, none where nothing is wrong; `recipient` None: who can mend it.

    No partner is written to of what the checking machine's own state kept from being seen.
    """
    found = summary.decisive(document)
    if found is None or not is_needed(document):
        return
    to = recipient or _recipient(found[1])
    words = _words(language, to)
    about = [
        (endpoint, judgement)
        for endpoint, judgement in sorted(
            summary.pairs(document), key=lambda pair: summary.URGENCY.index(pair[1].outcome)
        )
        if judgement.outcome == found[1].outcome
        and (judgement.vantage_state is None or to is Recipient.NETWORK)
    ]
    cases = tuple(_cases(document, about, to, words))
    if not cases:
        return
    host = one_line(_parts(found[0].url)[0], _LONGEST_VALUE)
    kind = _certainty(found[1])
    own = words[to.value]
    subject = own[f"subject{kind}"].format(host=host)
    yield Letter(language, to, subject, own[f"opening{kind}"], cases, words)


def _certainty(judgement: JudgementEntry) -> str:
    """Which subject and opening say no more than is known: it fails, may, will on a day, or is at risk."""
    if judgement.outcome == Outcome.UNKNOWN:
        return "_unknown"
    finding = summary.main_finding(judgement)
    if finding is not None and finding.code == summary.EXPIRES_SOON:
        return "_warning"
    return "_risk" if judgement.outcome == Outcome.WARNING else ""


def _recipient(judgement: JudgementEntry) -> Recipient:
    finding = summary.main_finding(judgement)
    actors = {remedy.actor for remedy in finding.remedies} if finding else set()
    if Actor.NETWORK in actors and Actor.PARTNER not in actors:
        return Recipient.NETWORK
    return Recipient.PARTNER


def _cases(
    document: ResultDocument,
    about: list[tuple[EndpointEntry, JudgementEntry]],
    to: Recipient,
    words: dict[str, Any],
) -> Iterator[LetterItem]:
    groups: dict[tuple[str, str], list[tuple[EndpointEntry, JudgementEntry, FindingEntry | None]]] = {}
    for endpoint, judgement in about:
        finding = summary.main_finding(judgement)
        if to is Recipient.NETWORK:
            topic = topics.of_network(endpoint, finding)
            if topic == topics.OTHER and endpoint.failure is None:
                continue  # it came through unchanged
        else:
            topic = topics.of_partner(endpoint, judgement, finding)
        groups.setdefault((topic, _parts(endpoint.url)[0]), []).append((endpoint, judgement, finding))
    for (topic, _), members in list(groups.items())[:_CASES]:
        endpoint, judgement, _ = members[0]
        case = _case(document, endpoint, judgement, topic, to, words)
        services = dict.fromkeys(
            f"{summary.kind_name(e)}: {one_line(e.url, 2 * _LONGEST_VALUE)}" for e, _, _ in members
        )
        addresses = dict.fromkeys(e.address for e, _, _ in members if e.address)
        yield LetterItem(topic=topic, services=tuple(services), addresses=tuple(addresses), **case)


def _case(
    document: ResultDocument,
    endpoint: EndpointEntry,
    judgement: JudgementEntry,
    topic: str,
    to: Recipient,
    words: dict[str, Any],
) -> dict[str, Any]:
    said = words["topics" if to is Recipient.PARTNER else "network_topics"][topic]
    values = _values(endpoint, judgement, words)
    host, port, _ = _parts(endpoint.url)
    fit = commands.is_host(host)
    device, advice = _device(judgement, topic, words) if to is Recipient.PARTNER else (None, None)
    proxy = _proxy_address(endpoint) if to is Recipient.NETWORK else None
    exception = judgement.web_exception
    presented = endpoint.tls.presented if endpoint.tls else ()
    # What was answered to a caller that looks at no certificate is of no use to who has to mend one.
    answers = [] if topics.is_about_tls(topic) else _answers(endpoint)
    return {
        "when": layout.minute(document.observed_at),
        "proxy": one_line(endpoint.proxy, _LONGEST_VALUE) if endpoint.proxy else None,
        "happened": said["happened"].format(**values),
        "error": one_line(exception.text.rpartition(" ---> ")[2], 300) if exception else None,
        "protocol": f"{endpoint.tls.protocol}, {endpoint.tls.cipher}" if endpoint.tls else None,
        "answer": f"{answers[-1].status} {one_line(answers[-1].reason, 60)}".strip() if answers else None,
        "failure": _failure(endpoint, words) if endpoint.failure else None,
        "chain": tuple(_sent(certificate, words) for certificate in presented[:_CERTIFICATES]),
        "changes": tuple(text.format(**values) for text in said["change"]),
        "commands": tuple(
            line.format(host=host, port=port) for line in said["commands"] if fit or "{" not in line
        ),
        "device": device,
        "device_advice": advice,
        "test": _test(said["test"], endpoint.url, proxy) if fit else None,
        "expect": said["expect"].format(**values),
    }


def _values(endpoint: EndpointEntry, judgement: JudgementEntry, words: dict[str, Any]) -> dict[str, str]:
    """The values that the sentences of a topic name, cleaned and cut."""
    host, port, _ = _parts(endpoint.url)
    answers = _answers(endpoint)
    phase = endpoint.failure.phase.value if endpoint.failure else "receive"
    return {
        "host": one_line(host, _LONGEST_VALUE),
        "port": str(port),
        "day": _day(_expiring(endpoint, judgement)),
        "names": _names(endpoint, words),
        "flags": ", ".join(judgement.chain.status) if judgement.chain else "",
        "issuer": _last_issuer(endpoint, words),
        "status": f"HTTP {answers[-1].status}" if answers else words["labels"]["no_answer"],
        "failure": _failure(endpoint, words) if endpoint.failure else words["failures"]["other"],
        "phase": words["phases"][phase],
    }


def _answers(endpoint: EndpointEntry) -> list[HttpEntry]:
    return [exchange for exchange in endpoint.http if exchange.status is not None]


def _parts(url: str) -> tuple[str, int, str]:
    """(host, port, path) of a URL, as far as it can be read."""
    try:
        parts = urlsplit(url)
        return parts.hostname or url, parts.port or 443, parts.path
    except ValueError:
        return url, 443, ""


def _expiring(endpoint: EndpointEntry, judgement: JudgementEntry) -> datetime | None:
    presented = endpoint.tls.presented if endpoint.tls else ()
    moments = [c.not_after for c in presented if c.not_after is not None]
    return min(moments, default=summary.chain_expiry(judgement))


def _day(moment: datetime | None) -> str:
    return "?" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d}"


def _names(endpoint: EndpointEntry, words: dict[str, Any]) -> str:
    leaf = endpoint.tls.presented[0] if endpoint.tls and endpoint.tls.presented else None
    names = [*leaf.dns_names, *leaf.ip_addresses] if leaf else []
    shown = [one_line(name, _LONGEST_VALUE) for name in names[:_NAMES]]
    if len(names) > _NAMES:
        shown.append(words["labels"]["more"].format(count=len(names) - _NAMES))
    return ", ".join(shown) or "–"


def _last_issuer(endpoint: EndpointEntry, words: dict[str, Any]) -> str:
    presented = endpoint.tls.presented if endpoint.tls else ()
    issuer = presented[-1].issuer if presented else None
    return _quoted(issuer, words) if issuer else str(words["labels"]["unreadable"])


def _quoted(text: str, words: dict[str, Any]) -> str:
    """A name of the partner's choice, marked as such and cut."""
    before, after = words["quotes"]
    return f"{before}{one_line(text, _LONGEST_VALUE)}{after}"


def _failure(endpoint: EndpointEntry, words: dict[str, Any]) -> str:
    failure = endpoint.failure
    if failure is None:
        return ""
    said: str = words["failures"].get(failure.kind.value, words["failures"]["other"])
    return f"{said.format(alert=failure.alert)}, {words['phases'][failure.phase.value]}"


def _sent(certificate: CertificateEntry, words: dict[str, Any]) -> SentCertificate:
    names = [*certificate.dns_names, *certificate.ip_addresses]
    shown = ", ".join(one_line(name, _LONGEST_VALUE) for name in names[:_NAMES])
    more = words["labels"]["more"].format(count=len(names) - _NAMES) if len(names) > _NAMES else ""
    unreadable = words["labels"]["unreadable"]
    return SentCertificate(
        subject=_quoted(certificate.subject, words) if certificate.subject is not None else unreadable,
        issuer=_quoted(certificate.issuer, words) if certificate.issuer is not None else unreadable,
        valid_from=_day(certificate.not_before),
        valid_to=_day(certificate.not_after),
        thumbprint=certificate.thumbprint,
        names=f"{shown} {more}".strip(),
    )


def _device(judgement: JudgementEntry, topic: str, words: dict[str, Any]) -> tuple[str | None, str | None]:
    """A device that was recognised in front of Exchange, and where it is set there."""
    found = next((f.summary for f in judgement.findings if f.code == "fingerprint"), "")
    named = found.removeprefix("What answers: ").rstrip(".").split("; ")
    kind = "certificate" if topics.is_about_tls(topic) else "request"
    advice: dict[str, str] = words["devices"][kind]
    return next(((name, advice[name]) for name in named if name in advice), (None, None))


def _proxy_address(endpoint: EndpointEntry) -> str | None:
    """HOST:PORT of the proxy that the connection took, None where it is not fit to stand in a command."""
    host, port, _ = _parts(endpoint.proxy or "")
    return f"{host}:{port}" if commands.is_host(host) and ":" not in host else None


def _test(kind: str, url: str, proxy: str | None) -> str:
    """One line that shows the fault and, afterwards, that it is gone; host and proxy have been validated."""
    host, port, path = _parts(url)
    connect = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    openssl = f"echo Q | openssl s_client -connect {connect} -servername {host}"
    if proxy:
        openssl += f" -proxy {proxy}"
    if kind == "chain":
        return f"{openssl} -showcerts"
    if kind == "dates":
        return f"{openssl} | openssl x509 -noout -subject -dates"
    if kind == "names":
        return f"{openssl} | openssl x509 -noout -ext subjectAltName"
    if kind == "tls":
        return f"{openssl} -tls1_2 -brief"
    place = connect.removesuffix(":443")
    curl = "curl -i -k -m 30" + (f" -x http://{proxy}" if proxy else "")
    return f"{curl} https://{place}{path if commands.is_path(path) else _FALLBACK_PATH}"


@cache
def _words(language: str, to: Recipient) -> dict[str, Any]:
    """The words of a language, one of `LANGUAGES`, for this recipient."""
    text = resources.files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    words = tomllib.loads(text)
    if to is Recipient.NETWORK:
        words["labels"] |= words["network_labels"]
    return words
