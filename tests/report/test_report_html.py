"""The HTML page without a browser: what it says, in which order, and that nothing of a partner is markup."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from probe.judgement.model import Source
from probe.report import html
from probe.report.document import ChainEntry, ElementEntry, FlipEntry, ResultDocument
from probe.report.html import chain_picture, timeline
from tests.report.conftest import Twice

Documents = tuple[ResultDocument, ...]
_VOID = {"meta", "link", "input", "br"}


class _Page(HTMLParser):
    """Elements with their attributes, and whether every element was closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"an attribute twice in {tag}"
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_markup_is_the_templates_own(documents: Documents, now: datetime) -> None:
    """No element, handler or address comes from a partner; every element is closed; ids are unique."""
    page = _Page(html.render(documents, now=now))
    assert page.open == []
    tags = [tag for tag, _ in page.elements]
    assert tags.count("script") == 1
    assert tags.count("style") == 1
    assert "img" not in tags
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        if "href" in attributes:
            assert re.fullmatch(r"#[\w-]+|data:image/svg\+xml,.*", attributes["href"] or ""), tag
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [(a["href"] or "")[1:] for tag, a in page.elements if tag == "a"]
    assert set(links) <= set(ids)


def test_policy_allows_exactly_what_is_inline(documents: Documents, now: datetime) -> None:
    """The hashes are those of the style and the script in the page; nothing else may load."""
    text = html.render(documents, now=now)
    policy = next(a["content"] or "" for _, a in _Page(text).elements if "http-equiv" in a)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        inline = re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert inline is not None
        digest = base64.b64encode(hashlib.sha256(inline[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_worst_first_and_nobody_is_lost(documents: Documents, now: datetime) -> None:
    """Rows and sections run failure, unknown, warning, success."""
    page = _Page(html.render(documents, now=now))
    rows = [a["data-outcome"] for tag, a in page.elements if tag == "tr" and "data-outcome" in a]
    sections = [a["data-outcome"] for tag, a in page.elements if tag == "section" and "data-outcome" in a]
    assert rows == ["failure"] * 3 + ["unknown"] * 3 + ["warning", "success"]
    assert sections == rows


def test_section_reads_verdict_exception_remedy(named: dict[str, ResultDocument], now: datetime) -> None:
    """First the sentence, then the log line, then what to do, then the evidence."""
    text = html.render((named["fabrikam"],), now=now)
    section = re.sub("</?span[^>]*>", "", text[text.index('id="p1"') :])
    order = [
        "would fail",
        "The chain ends in CN=Fabrikam Root",
        "System.Net.WebException: The underlying connection was closed",
        "---&gt; System.Security.Authentication.AuthenticationException",
        "What to do, and by whom",
        "You, the calling side:",
        "proved: judged again",
        "Import-Certificate",
        "The chain as Windows builds it",
        "exchange-2016@2012r2",
    ]
    positions = [section.index(words) for words in order]
    assert positions == sorted(positions)


def test_one_verdict_for_two_callers_is_said_once(named: dict[str, ResultDocument], now: datetime) -> None:
    """Callers that get the same judgement share it."""
    text = html.render((named["fabrikam"],), now=now)
    assert text.count("<article") == 1


def test_one_verdict_for_two_endpoints_is_said_once(
    named: dict[str, ResultDocument], now: datetime, twice: Twice
) -> None:
    """EWS and Autodiscover of one host fail alike: one story, though the event log names each address."""
    text = html.render((twice(named["fabrikam"]),), now=now)
    assert text.count("<article") == 1
    assert "EWS and Autodiscover" in text


def test_one_moment_is_one_mark(named: dict[str, ResultDocument], now: datetime) -> None:
    """The verdict changes a second after the last one of a certificate: that is one event."""
    document = named["contoso"]
    (end,) = {j.chain.elements[0].not_after for e in document.endpoints for j in e.judgements if j.chain}
    assert end is not None
    flip = FlipEntry(end + timedelta(seconds=1), "the end-entity certificate expires")
    judgements = tuple(replace(j, flip=flip) for j in document.endpoints[0].judgements)
    document = replace(document, endpoints=(replace(document.endpoints[0], judgements=judgements),))
    text = html.render((document, document), now=now)
    upcoming = text[text.index('id="next"') :].partition("</section>")[0]
    assert upcoming.count('<li class="row">') == 2


def test_history_is_shown_in_words_too(
    documents: Documents, now: datetime, history: Mapping[str, Sequence[tuple[datetime, str]]]
) -> None:
    """The sparkline has a text alternative; without history there is no column for it."""
    text = html.render(documents, now=now, history=history)
    assert (
        "Last 30 runs since 2026-10-14: 4 would fail, 6 would succeed, with warnings, 20 would succeed"
        in text
    )
    assert "Last runs" in text
    assert "Last runs" not in html.render(documents, now=now)


def test_no_targets(now: datetime) -> None:
    """An empty report is a whole page that claims nothing."""
    text = html.render((), now=now)
    assert _Page(text).open == []
    assert "<title>Federation partners: cannot tell</title>" in text


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        pytest.param("CN=mail.contoso.com, O=Contoso", "mail.contoso.com", id="first"),
        pytest.param("O=Contoso, CN=mail.contoso.com", "mail.contoso.com", id="last"),
        pytest.param('CN="Contoso, Ltd.", C=DE', "Contoso, Ltd.", id="quoted"),
        pytest.param("OU=Class 3 CA, O=Old, C=US", "OU=Class 3 CA, O=Old, C=US", id="none"),
        pytest.param("", "", id="empty"),
    ],
)
def test_common_name(subject: str, expected: str) -> None:
    """What a box is titled with."""
    assert chain_picture.common_name(subject) == expected


def _element(now: datetime, lifetime: tuple[int, int], *status: str) -> ElementEntry:
    before, after = (now + timedelta(days=days) for days in lifetime)
    return ElementEntry("CN=a", "0" * 40, Source.PRESENTED, status, (), before, after)


@pytest.mark.parametrize(
    ("elements", "status", "roles"),
    [
        pytest.param(1, ("UntrustedRoot",), ["Self-signed"], id="self-signed"),
        pytest.param(1, ("PartialChain",), ["End-entity", "Issuer"], id="issuer-missing"),
        pytest.param(3, (), ["End-entity", "Intermediate", "Root"], id="whole"),
        pytest.param(2, ("PartialChain",), ["End-entity", "Intermediate", "Issuer"], id="root-missing"),
    ],
)
def test_roles_in_the_picture(
    now: datetime, elements: int, status: tuple[str, ...], roles: list[str]
) -> None:
    """A missing issuer is drawn as missing, never left out."""
    chain = ChainEntry(status, (_element(now, (-1, 1)),) * elements, ())
    boxes = chain_picture.picture(chain, now)
    assert [box.role for box in boxes] == roles
    assert ("missing" in [box.css for box in boxes]) == ("PartialChain" in status)


@pytest.mark.parametrize(
    ("lifetime", "expected"),
    [
        pytest.param((-10, 2), "until 2026-11-25 (2 days)", id="valid"),
        pytest.param((-10, 1), "until 2026-11-24 (1 day)", id="last-day"),
        pytest.param((-10, -2), "expired 2026-11-21", id="expired"),
        pytest.param((3, 9), "not valid before 2026-11-26", id="not-yet"),
    ],
)
def test_validity_in_a_box(now: datetime, lifetime: tuple[int, int], expected: str) -> None:
    """Expired and not yet valid are said in words."""
    chain = ChainEntry((), (_element(now, lifetime),), ())
    assert chain_picture.picture(chain, now)[0].validity == expected


def test_many_flags_are_counted(now: datetime) -> None:
    """A box has room for two flags; the rest are counted, and all stand in the alternative text."""
    flags = ("NotTimeValid", "Revoked", "UntrustedRoot", "NotSignatureValid")
    (box,) = chain_picture.picture(ChainEntry(flags, (_element(now, (-2, -1), *flags),), ()), now)
    assert box.flags == ("✕ NotTimeValid", "✕ Revoked", "and 2 more")
    assert all(flag in box.full for flag in flags)


def test_upcoming_is_bounded_and_in_order(now: datetime) -> None:
    """The soonest twelve, the past at the left edge, nothing beyond the horizon."""
    events = [
        timeline.Event(f"t{day}", now + timedelta(days=day), "expiry", "why") for day in range(5000, -9, -1)
    ]
    line = timeline.upcoming(events, now)
    assert line is not None
    assert [mark.label for mark in line.marks] == [f"t{day}" for day in range(-8, 4)]
    assert [mark.past for mark in line.marks] == [True] * 8 + [False] * 4
    positions = [mark.x for mark in line.marks]
    assert positions == sorted(positions)
    assert positions[0] == line.now_x


@pytest.mark.parametrize(
    "days", [pytest.param((), id="none"), pytest.param((9999,), id="beyond-the-horizon")]
)
def test_nothing_upcoming(now: datetime, days: tuple[int, ...]) -> None:
    """No empty picture."""
    events = [timeline.Event("t", now + timedelta(days=day), "flip", "why") for day in days]
    assert timeline.upcoming(events, now) is None


def test_validity_bars_stay_in_the_picture(now: datetime) -> None:
    """A root of a hundred years and a certificate long gone fit; the order is the chain's."""
    elements = (_element(now, (-9000, -8000)), _element(now, (-20000, 20000)))
    line = timeline.validity(ChainEntry((), elements, ()), now)
    assert line is not None
    assert [bar.css for bar in line.bars] == ["bad", "ok"]
    for bar in line.bars:
        assert bar.x >= 0
        assert bar.x + bar.width <= 100


def test_validity_without_dates(now: datetime) -> None:
    """A certificate that cannot be read has no bar; a chain of such has no picture."""
    unreadable = replace(_element(now, (0, 1)), not_before=None, not_after=None)
    assert timeline.validity(ChainEntry((), (unreadable,), ()), now) is None
    assert chain_picture.picture(ChainEntry((), (unreadable,), ()), now)[0].validity == "validity unknown"


def test_sparkline_keeps_the_last_runs(now: datetime) -> None:
    """Forty at most, the newest at the right; a word that is no outcome counts as unknown."""
    runs = [(now, "success")] * 100 + [(now, "surprise"), (now, "failure")]
    line = timeline.sparkline(runs)
    assert line is not None
    assert len(line.runs) == 40
    assert [run.outcome for run in line.runs[-3:]] == ["success", "unknown", "failure"]
    heights = [run.height for run in line.runs[-3:]]
    assert heights == sorted(heights)


def test_the_page_of_one_partner_is_about_that_partner(
    named: dict[str, ResultDocument], now: datetime
) -> None:
    """No dashboard: no counts, no overview, no search; the title names the partner and the verdict."""
    text = html.render((named["fabrikam"],), now=now)
    page = _Page(text)
    assert page.open == []
    assert "<title>fabrikam.example: would fail</title>" in text
    ids = {a["id"] for _, a in page.elements if "id" in a}
    assert not ids & {"search", "overview", "next"}
    assert "Partners, most urgent first" not in text
    assert "overview" not in re.sub("<style>.*?</style>|<script>.*?</script>", "", text, flags=re.DOTALL)


def test_nothing_of_the_machine_unless_asked(named: dict[str, ResultDocument], now: datetime) -> None:
    document = named["fabrikam"]
    vantage = replace(document.vantage, system="BOBS-PC")
    endpoint = replace(document.endpoints[0], proxy="http://proxy.inside:8080")
    document = replace(document, vantage=vantage, endpoints=(endpoint,))
    for own in ("BOBS-PC", "proxy.inside"):
        assert own not in html.render((document,), now=now)
        assert own in html.render((document,), now=now, vantage=True)


def test_a_crossed_limit_and_what_is_off_are_worded_as_that(
    named: dict[str, ResultDocument], now: datetime
) -> None:
    off = replace(named["fabrikam"], not_used="the organization relationship Fabrikam is disabled")
    text = html.render((off,), now=now)
    assert "<title>fabrikam.example: not used</title>" in text
    assert "The organization relationship Fabrikam is disabled." in text
    several = html.render((off, named["contoso"]), now=now)
    assert '<tr data-outcome="not_used"' in several
    assert '<li class="failure none"><strong>0</strong>' in several
    assert '<li class="not_used"><strong>1</strong>' in several
    assert "not used" not in html.render((named["fabrikam"], named["contoso"]), now=now)


def test_names_break_at_their_dots(named: dict[str, ResultDocument], now: datetime) -> None:
    text = html.render((named["fabrikam"],), now=now)
    assert '<span class="part">fabrikam.</span><span class="part">example</span>' in text
