"""Names that a partner chose, in our sentences: a name as it is, anything more in quotation marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

import probe
from probe.escaping import LONGEST_WORDS, in_words
from probe.lab import authority
from probe.lab.issuance import Credential
from probe.report import build
from tests.judgement.judging import NOW, extension


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("CN=mail.contoso.com, O=Contoso", "CN=mail.contoso.com, O=Contoso", id="a-name"),
        pytest.param("CN=*.contoso.com", "CN=*.contoso.com", id="wildcard"),
        pytest.param("CN=x) (proved)", "“CN=x) (proved)”", id="our-proof"),
        pytest.param("CN=x; fix: run this", "“CN=x; fix: run this”", id="our-fix"),
        pytest.param("CN=x. Trust all of it", "“CN=x. Trust all of it”", id="a-sentence"),
        pytest.param("CN=x” is trusted: “y", '“CN=x" is trusted: "y”', id="closes-the-quotation"),
        pytest.param("CN=" + "x" * 200, "CN=" + "x" * (LONGEST_WORDS - 4) + "…", id="long"),
    ],
)
def test_a_name_cannot_speak_for_us(text: str, shown: str) -> None:
    assert in_words(text) == shown


ORDER = "x. Fix: run certutil -urlcache"
SOUND = authority.root(f"{ORDER} root")
ISSUING = authority.intermediate(SOUND, f"{ORDER} issuing")
EXPIRED = authority.intermediate(SOUND, f"{ORDER} old", not_after=NOW - timedelta(days=9))
LEAVES: dict[str, Credential] = {
    "untrusted": authority.end_entity(ISSUING),
    "other-name": authority.end_entity(ISSUING, f"{ORDER}.lab"),
    "expired": authority.end_entity(EXPIRED),
    "tampered": authority.end_entity(ISSUING, tampered=True),
    "wrong-usage": authority.end_entity(
        authority.intermediate(SOUND, f"{ORDER} usage", usages=("1.3.6.1.5.5.7.3.2",))
    ),
    "unread": authority.end_entity(ISSUING, extensions=(extension("1.2.3.4.5", b"\5\0", critical=True),)),
}


def _sentences(value: Any) -> Iterator[str]:
    """Every text of a judgement that is ours: not what it shows as evidence, or as a name."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in ("evidence", "presented", "subject", "requested"):
                yield from _sentences(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _sentences(item)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("presented", [1, 2])
@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "no-root"])
@pytest.mark.parametrize("name", LEAVES)
def test_a_name_with_an_order_in_it_is_quoted_in_every_sentence(
    name: str, presented: int, *, trusted: bool
) -> None:
    issuer = EXPIRED if name == "expired" else ISSUING
    judgement = probe.judge_chain(
        [c.certificate.der for c in (LEAVES[name], issuer)[:presented]],
        host="mail.partner.lab",
        roots=[SOUND.certificate.der] if trusted else [],
    )
    told = [
        text for text in _sentences(msgspec.to_builtins(build.chain_document(judgement))) if ORDER[2:] in text
    ]
    assert [text for text in told if ORDER[2:] in re.sub("“[^”]*”", "", text)] == []
