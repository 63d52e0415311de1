"""Letters: only what is theirs, one page, both languages, and no text of a partner that acts or commands."""

from __future__ import annotations

import email
import re
import string
import tomllib
from collections.abc import Iterator
from datetime import datetime
from email import policy
from html.parser import HTMLParser
from importlib import resources
from typing import Any

import pytest
from msgspec.structs import replace

from probe.errors import UsageError
from probe.facts.observation import FailureKind, Phase
from probe.judgement.model import Actor, Outcome, Severity
from probe.report import letter
from probe.report.document import FailureEntry, FindingEntry, RemedyEntry, ResultDocument
from probe.report.letter import LetterForm, Recipient, topics
from probe.report.letter.content import LANGUAGES
from tests.report.conftest import HOSTILE

Documents = tuple[ResultDocument, ...]


def words(language: str) -> dict[str, Any]:
    text = resources.files("probe.report.letter").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from leaves(item, f"{path}.{number}")
    else:
        yield path, value


def test_every_language_says_the_same_with_the_same_placeholders() -> None:
    def placeholders(language: str) -> dict[str, list[str]]:
        return {
            path: sorted({name for _, name, _, _ in string.Formatter().parse(text) if name})
            for path, text in leaves(words(language))
        }

    assert placeholders("de") == placeholders("en")


def test_every_topic_has_its_words() -> None:
    assert set(words("en")["topics"]) == topics.ALL
    assert set(words("en")["network_topics"]) == topics.ALL_OF_NETWORK


def written(document: ResultDocument, language: str = "en", to: Recipient | None = None) -> str:
    return letter.render(list(letter.letters(document, language, to)), LetterForm.TEXT)


def with_finding(document: ResultDocument, code: str, *actors: Actor, **changes: Any) -> ResultDocument:
    """The document with this finding as its cause, and the endpoint changed."""
    remedies = tuple(RemedyEntry(actor, "do it", None, proved=False) for actor in actors)
    finding = FindingEntry(code, Severity.FAILURE, "a summary of ours", (), remedies)
    endpoint = document.endpoints[0]
    judgements = tuple(replace(judgement, findings=(finding,)) for judgement in endpoint.judgements)
    return replace(document, endpoints=(replace(endpoint, judgements=judgements, **changes),))


def broken(phase: Phase, kind: FailureKind) -> dict[str, Any]:
    return {"failure": FailureEntry(phase, kind, None, 40, ""), "tls": None, "http": ()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_has_only_what_is_theirs(named: dict[str, ResultDocument], language: str) -> None:
    """Not our store, not its hash, no tag, no name of ours: neither program, caller, finding nor remedy."""
    document = named["fabrikam"]
    document = replace(document, trust=replace(document.trust, name="own-store"))
    report = written(document, language)
    for ours in (
        "own-store",
        "abab",
        "pilot",
        "probe",
        "exchange-se",
        "chain-untrusted",
        "Import-Certificate",
    ):
        assert ours not in report
    for theirs in (
        "mail.fabrikam.example",
        "192.0.2.10",
        "2026-11-23 05:57 UTC",
        "CN=Fabrikam Root Certification Authority",
        named["fabrikam"].endpoints[0].tls.presented[0].thumbprint,  # type: ignore[union-attr]
        "openssl s_client -connect mail.fabrikam.example:443 -servername mail.fabrikam.example -showcerts",
    ):
        assert theirs in report


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["fabrikam", "tailspin", "contoso", "wingtip"])
def test_a_letter_is_one_page(named: dict[str, ResultDocument], language: str, name: str) -> None:
    (one,) = letter.letters(named[name], language)
    page = letter.render([replace(one, cases=one.cases[:1])], LetterForm.TEXT)
    assert 25 < len(page.splitlines()) <= 75


TOPICS = [
    pytest.param("chain-incomplete", {}, "without the intermediate", "at least one more (1)", id="chain"),
    pytest.param("name-mismatch", {}, "not issued for mail.fabrikam.example", "subjectAltName", id="name"),
    pytest.param("certificate-expired", {}, "has expired", "x509 -noout -subject -dates", id="expired"),
    pytest.param("certificate-weak", {}, "UntrustedRoot", "-showcerts", id="unfit"),
    pytest.param("tls-refused", {}, "TLS version", "-tls1_2", id="tls"),
    pytest.param("http-login-form", {}, "sign in", "no login page", id="pre-authentication"),
    pytest.param("http-wssecurity-off", {}, "switched off", "X-WSSecurity-Enabled", id="wssecurity"),
    pytest.param("http-service-stopped", {}, "HTTP 401", "Test-ServiceHealth", id="service"),
    pytest.param("http-not-found", {}, "svc-Integrated", "curl -i -k", id="handler"),
    pytest.param("http-teapot", {}, "see below", "curl -i -k", id="unknown-answer"),
    pytest.param(
        "receive-reset",
        broken(Phase.RECEIVE, FailureKind.RESET),
        "reset, after the request was sent",
        "curl -i -k -m 30 https://mail.fabrikam.example/EWS/Exchange.asmx/WSSecurity",
        id="reset",
    ),
    pytest.param(
        "connect-refused", broken(Phase.CONNECT, FailureKind.REFUSED), "refused, while", "443", id="refused"
    ),
    pytest.param(
        "resolve-name-not-found",
        broken(Phase.RESOLVE, FailureKind.NAME_NOT_FOUND),
        "does not exist in DNS",
        "Resolve-DnsName mail.fabrikam.example",
        id="dns",
    ),
]


@pytest.mark.parametrize(("code", "changes", "happened", "mended"), TOPICS)
def test_what_happened_and_how_to_test_it(
    named: dict[str, ResultDocument], code: str, changes: dict[str, Any], happened: str, mended: str
) -> None:
    document = with_finding(named["fabrikam"], code, Actor.PARTNER, **changes)
    report = " ".join(written(document).split())
    assert happened in report
    assert mended in report
    assert written(document, "de") != written(document)


@pytest.mark.parametrize(
    ("code", "actors", "to"),
    [
        pytest.param("proxy-refused", (Actor.NETWORK,), Recipient.NETWORK, id="proxy"),
        pytest.param("connect-refused", (Actor.PARTNER, Actor.NETWORK), Recipient.PARTNER, id="both"),
        pytest.param("chain-untrusted-root", (Actor.CALLER,), Recipient.PARTNER, id="caller"),
    ],
)
def test_a_letter_goes_to_who_can_mend_it(
    named: dict[str, ResultDocument], code: str, actors: tuple[Actor, ...], to: Recipient
) -> None:
    (one,) = letter.letters(with_finding(named["fabrikam"], code, *actors), "en")
    assert one.recipient is to


def test_a_recipient_can_be_chosen(named: dict[str, ResultDocument]) -> None:
    report = written(named["tailspin"], to=Recipient.NETWORK)
    assert report.startswith("Exchange cannot reach mail.tailspin.example")


def test_a_device_in_front_is_named_with_where_to_set_it(named: dict[str, ResultDocument]) -> None:
    document = with_finding(named["fabrikam"], "http-login-form", Actor.PARTNER)
    endpoint = document.endpoints[0]
    seen = FindingEntry(
        "fingerprint", Severity.INFO, "What answers: IIS 10.0; F5 BIG-IP APM; <b>evil</b>.", (), ()
    )
    judgements = tuple(replace(j, findings=(*j.findings, seen)) for j in endpoint.judgements)
    report = written(replace(document, endpoints=(replace(endpoint, judgements=judgements),)))
    assert "a F5 BIG-IP APM seems to answer" in report
    assert "ACCESS::disable" in report
    assert "evil" not in report


def test_nothing_is_written_where_nothing_is_wrong(named: dict[str, ResultDocument]) -> None:
    for name in ("adatum", "nowhere", "empty"):
        assert list(letter.letters(named[name], "en")) == []


def test_what_will_fail_is_not_said_to_fail(named: dict[str, ResultDocument]) -> None:
    report = written(named["contoso"])
    assert report.startswith("Calendar sharing with you will soon fail at mail.contoso.example")
    assert "expires on 2026-12-02" in report


@pytest.mark.parametrize(
    ("outcome", "code", "subject"),
    [
        pytest.param("failure", "chain-incomplete", "fails", id="fails"),
        pytest.param("unknown", "tls-refused", "may fail", id="cannot-tell"),
        pytest.param("warning", "chain-needs-download", "is at risk", id="works-for-now"),
        pytest.param("warning", "certificate-expires-soon", "will soon fail", id="expires"),
        pytest.param("failure", "certificate-expires-soon", "will soon fail", id="limit-crossed"),
    ],
)
def test_a_letter_says_no_more_than_is_known(
    named: dict[str, ResultDocument], outcome: str, code: str, subject: str
) -> None:
    """A partner that we cannot tell about, or that works today, is not told that lookups fail."""
    document = with_finding(named["fabrikam"], code, Actor.PARTNER)
    endpoint = document.endpoints[0]
    known = tuple(
        replace(j, outcome=Outcome(outcome), findings=(replace(j.findings[0], severity=Severity(outcome)),))
        for j in endpoint.judgements
    )
    for language in LANGUAGES:
        document = replace(document, endpoints=(replace(endpoint, judgements=known),))
        report = " ".join(written(document, language).split())
        assert ("the lookups fail there" in report or "scheitern die Abfragen" in report) is (
            subject == "fails"
        )
    assert f"Calendar sharing with you {subject} at mail.fabrikam.example" in written(document)


@pytest.mark.parametrize(("language", "foreign"), [("en", ("your", "outside")), ("de", ("Ihr", "Sie "))])
def test_a_letter_to_the_own_team_is_in_its_words(
    named: dict[str, ResultDocument], language: str, foreign: tuple[str, ...]
) -> None:
    """No server of "yours", no "outside your network", and the test goes by the proxy that is meant."""
    way = {"proxy": "http://proxy.inside.example:8080"} | broken(Phase.TUNNEL, FailureKind.PROXY_REFUSED)
    document = with_finding(named["fabrikam"], "proxy-inspects-tls", Actor.NETWORK, **way | {"failure": None})
    inspected = written(document, language)
    assert "-proxy proxy.inside.example:8080 -showcerts" in inspected
    document = with_finding(named["fabrikam"], "proxy-refused", Actor.NETWORK, **way)
    refused = written(document, language)
    assert "curl -i -k -m 30 -x http://proxy.inside.example:8080 https://mail.fab" in refused
    for word in foreign:
        assert word not in inspected + refused


def test_no_partner_is_written_to_of_what_our_machine_lacks(named: dict[str, ResultDocument]) -> None:
    """A dead resolver here asked every partner to publish an address in public DNS."""
    broken_here = broken(Phase.RESOLVE, FailureKind.RESOLVER_FAILED)
    document = with_finding(named["fabrikam"], "resolve-resolver-failed", Actor.CALLER, **broken_here)
    state = "this machine's resolver gave no answer; the caller asks another one"
    unseen = replace(
        document,
        endpoints=tuple(
            replace(e, judgements=tuple(replace(j, vantage_state=state) for j in e.judgements))
            for e in document.endpoints
        ),
    )
    assert list(letter.letters(document, "en"))
    assert list(letter.letters(unseen, "en")) == []
    assert list(letter.letters(unseen, "en", Recipient.PARTNER)) == []


def test_the_network_is_not_blamed_for_what_came_through(named: dict[str, ResultDocument]) -> None:
    assert list(letter.letters(named["fabrikam"], "en", Recipient.NETWORK)) == []
    assert list(letter.letters(named["tailspin"], "en", Recipient.NETWORK)) != []


def test_a_proxy_that_is_odd_is_not_in_the_command(named: dict[str, ResultDocument]) -> None:
    way = {"proxy": "http://$(calc):1"} | broken(Phase.TUNNEL, FailureKind.PROXY_REFUSED)
    report = written(with_finding(named["fabrikam"], "proxy-refused", Actor.NETWORK, **way))
    assert "curl -i -k -m 30 https://mail.fabrikam.example" in report


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name in ("href", "src")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_a_partner_acts(documents: Documents, language: str) -> None:
    found = [one for document in documents for one in letter.letters(document, language)]
    text = letter.render(found, LetterForm.TEXT)
    assert not any(mark in text for mark in ("\x1b", "\u202e", "\ud800"))
    tags = _Tags()
    tags.feed(letter.render(found, LetterForm.HTML))
    assert not tags.seen & {"script", "img", "svg", "a"}
    # Commands stand six blanks deep: none has a word of the hostile partner, whose URL and names are attacks.
    commands = [line for line in text.splitlines() if line.startswith("      ")]
    assert commands
    assert not [line for line in commands if "evil.example" in line or "pwned" in line or "alert" in line]


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://a;calc/ews", id="second-command"),
        pytest.param("https://$(calc)/ews", id="substitution"),
        pytest.param("https://-oProxyCommand=x/ews", id="option"),
        pytest.param(f"https://{HOSTILE}/", id="hostile"),
    ],
)
def test_a_host_that_is_none_is_in_no_command(named: dict[str, ResultDocument], url: str) -> None:
    document = with_finding(named["fabrikam"], "connect-refused", Actor.PARTNER, url=url)
    for line in written(document).splitlines():
        assert not line.startswith(("      openssl", "      echo", "      curl", "      Test-Net")), line


def test_a_path_that_is_odd_is_not_in_the_command(named: dict[str, ResultDocument]) -> None:
    url = "https://mail.fabrikam.example/ews/`calc`"
    report = written(with_finding(named["fabrikam"], "http-login-form", Actor.PARTNER, url=url))
    assert "curl -i -k -m 30 https://mail.fabrikam.example/ews/exchange.asmx/WSSecurity\n" in report


def test_a_mail_opens_as_a_draft_with_text_and_html(named: dict[str, ResultDocument], now: datetime) -> None:
    (one,) = letter.letters(named["fabrikam"], "de")
    mail = email.message_from_string(letter.message(one, now), policy=policy.default)
    assert mail["Subject"] == "Kalenderfreigabe mit Ihnen scheitert an mail.fabrikam.example"
    assert mail["X-Unsent"] == "1"
    assert mail["Date"].datetime == now
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Grüßen" in body.get_content()


def test_a_template_can_be_replaced(named: dict[str, ResultDocument]) -> None:
    (one,) = letter.letters(named["fabrikam"], "en")
    template = "{% for letter in letters %}{{ letter.subject }}|{{ letter.cases[0].topic }}{% endfor %}"
    assert letter.render([one], LetterForm.TEXT, template) == f"{one.subject}|untrusted-root"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        pytest.param("{% for x %}", "in line 1", id="syntax"),
        pytest.param("{{ nothing }}", "'nothing' is undefined", id="unknown-name"),
        pytest.param("{{ ''.__class__.__mro__ }}", "unsafe", id="gets-no-further-than-the-letter"),
    ],
)
def test_a_broken_template_is_a_usage_error(
    named: dict[str, ResultDocument], template: str, message: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        letter.render(list(letter.letters(named["fabrikam"], "en")), LetterForm.TEXT, template)
