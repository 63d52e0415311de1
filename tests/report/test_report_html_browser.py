"""The HTML page in a real Chromium: nothing of a partner runs, nothing is fetched, and people can use it.

Needs `chromium` and `chromedriver` (Debian: chromium-driver).
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from pypdf import PdfReader
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from probe.report import html, letter
from probe.report.document import ResultDocument, Tool
from probe.report.letter import LetterForm
from probe.report.letter.content import LANGUAGES
from probe.report.what_if.what_if_document import ScenarioEntry, WhatIfDocument, flips
from probe.report.what_if.what_if_rendering import render_html
from tests.report.conftest import Twice, target
from tests.requirements import require

Documents = tuple[ResultDocument, ...]
_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """A headless Chromium with a profile of its own."""
    chromium = require("chromium", "chromium-browser")
    driver = require("chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    profile = tmp_path_factory.mktemp("profile")
    for argument in (*_ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = webdriver.Chrome(options=options, service=Service(driver))
    chrome.set_script_timeout(50)  # axe-core takes its time where other tests run beside it
    try:
        yield chrome
    finally:
        chrome.quit()


@pytest.fixture
def page(
    browser: webdriver.Chrome,
    tmp_path: Path,
    documents: Documents,
    now: datetime,
    history: Mapping[str, Sequence[tuple[datetime, str]]],
) -> webdriver.Chrome:
    """The report of all samples, the hostile one among them, freshly opened in light colours."""
    file = tmp_path / "report.html"
    file.write_text(html.render(documents, now=now, history=history), encoding="utf-8")
    _emulate(browser, scheme="light", width=1280)
    browser.get("about:blank")
    _log(browser, "browser")
    _log(browser, "performance")
    browser.get(file.as_uri())
    return browser


def _emulate(browser: webdriver.Chrome, *, scheme: str, width: int, media: str = "") -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def _log(page: Any, kind: str) -> list[dict[str, Any]]:
    """What came into a log since it was last asked; `get_log` has no types."""
    return list(page.get_log(kind))


def _shown(page: webdriver.Chrome) -> list[str]:
    """The outcome of every row of the overview that can be seen, after checking it against the sections."""
    rows, sections = (
        [
            e.get_attribute("data-outcome") or ""
            for e in _find(page, f"{tag}[data-outcome]")
            if e.is_displayed()
        ]
        for tag in ("tr", "section")
    )
    assert rows == sections
    return rows


def _find(page: webdriver.Chrome, selector: str) -> list[WebElement]:
    return page.find_elements(By.CSS_SELECTOR, selector)


def _active(page: webdriver.Chrome) -> WebElement:
    return page.switch_to.active_element


def _press(page: webdriver.Chrome, *keys: str) -> None:
    webdriver.ActionChains(page).send_keys(*keys).perform()


def _requests(page: webdriver.Chrome) -> list[str]:
    messages = [json.loads(entry["message"])["message"] for entry in _log(page, "performance")]
    return [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]


def test_nothing_runs_and_nothing_is_fetched(page: webdriver.Chrome) -> None:
    """Every text of a partner is an attack: the title stands, no element is its, no request, no complaint."""
    assert page.title == "Federation partners: would fail"
    assert not _find(page, "img, iframe, object, embed, [onload], [onerror], [style]")
    assert len(_find(page, "script")) == 1
    assert [url for url in _requests(page) if not url.startswith(("file:", "data:"))] == []
    assert _log(page, "browser") == []
    headings = [e.text for e in _find(page, "h3")]
    assert any("<script>document.title='pwned'</script>" in text for text in headings)


def test_the_policy_stops_what_escaping_would_have_missed(page: webdriver.Chrome) -> None:
    """Script and image put into the page by force do nothing: that is what the policy is for."""
    page.execute_script(
        "const s = document.createElement('script'); s.textContent = 'document.title = \"pwned\"';"
        "document.body.append(s);"
        "const d = document.createElement('div');"
        'd.innerHTML = \'<img src="http://127.0.0.1:9/x" onerror="document.title = 1">\';'
        "document.body.append(d);"
    )
    assert page.title == "Federation partners: would fail"
    violations = [entry["message"] for entry in _log(page, "browser")]
    assert len(violations) >= 2
    assert all("Content Security Policy" in message for message in violations)


def test_search_by_keyboard(page: webdriver.Chrome) -> None:
    """`/` reaches the search, words narrow rows and sections alike, Escape brings everybody back."""
    assert len(_shown(page)) == 8
    _press(page, "/")
    assert _active(page).get_attribute("id") == "search"
    _press(page, "FABRIKAM root")
    assert _shown(page) == ["failure"]
    status = page.find_element(By.ID, "shown")
    assert status.text == "1 of 8 partners shown"
    _press(page, "/")
    assert _shown(page) == []
    _press(page, Keys.ESCAPE)
    assert len(_shown(page)) == 8
    assert status.text == "8 of 8 partners shown"


def test_filter_by_keyboard(page: webdriver.Chrome) -> None:
    """Tab from the search to the verdicts, Space switches one off; it combines with the search."""
    _press(page, "/", Keys.TAB, Keys.SPACE)
    assert _active(page).get_attribute("value") == "failure"
    assert _shown(page) == ["unknown"] * 3 + ["warning", "success"]
    _press(page, Keys.TAB, Keys.SPACE)
    assert _shown(page) == ["warning", "success"]
    _press(page, "/", "adatum")
    assert _shown(page) == ["success"]


def test_skip_link_is_first_and_focus_can_be_seen(page: webdriver.Chrome) -> None:
    """The first Tab shows the skip link; whatever has focus has an outline."""
    _press(page, Keys.TAB)
    link = _active(page)
    assert link.text == "Skip to the overview"
    assert link.rect["x"] >= 0
    assert link.value_of_css_property("outline-style") == "solid"
    _press(page, Keys.ENTER)
    assert page.current_url.endswith("#overview")


def test_every_link_reaches_its_section(page: webdriver.Chrome) -> None:
    """A row's link leads to the section of the same name."""
    for row in _find(page, "tr[data-outcome] a"):
        anchor = (row.get_attribute("href") or "").rsplit("#", 1)[1]
        heading = page.find_element(By.ID, f"{anchor}-name").text
        assert heading.startswith(row.text.rstrip("…"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_theme_follows_the_system_and_can_be_changed(page: webdriver.Chrome, scheme: str) -> None:
    """The button names what it does, and does it; print is always on white."""
    _emulate(page, scheme=scheme, width=1280)
    page.execute_script("try { localStorage.clear() } catch {}")
    page.refresh()
    button = page.find_element(By.ID, "theme")
    body = page.find_element(By.TAG_NAME, "body")
    first = body.value_of_css_property("background-color")
    assert button.text == ("Use light colours" if scheme == "dark" else "Use dark colours")
    button.send_keys(Keys.ENTER)
    assert button.text == ("Use dark colours" if scheme == "dark" else "Use light colours")
    assert body.value_of_css_property("background-color") != first
    _emulate(page, scheme=scheme, width=1280, media="print")
    assert body.value_of_css_property("background-color") == "rgba(255, 255, 255, 1)"
    assert not button.is_displayed()


def test_copy_button_copies_the_command(page: webdriver.Chrome) -> None:
    """What the administrator has to run is one key press away."""
    button = next(
        e for e in _find(page, "#p3 [data-copy], #p2 [data-copy], #p1 [data-copy]") if e.is_displayed()
    )
    button.send_keys(Keys.ENTER)
    done = page.execute_async_script(
        "const done = arguments[1]; const button = arguments[0];"
        "const look = () => button.textContent === 'Copy'"
        " ? requestAnimationFrame(look) : done(button.textContent); look();",
        button,
    )
    assert done in ("Copied", "Selected")


WIDER = """
const wide = (e) => {
  const box = e.getBoundingClientRect(), column = e.closest('section, header').getBoundingClientRect();
  return box.width && (box.right > column.right + 1 || box.left < column.left - 1);
};
return Array.from(document.querySelectorAll('.chain, .chain .box, .row, .row svg')).filter(wide).length;
"""


@pytest.mark.parametrize("width", [1600, 1280, 961, 768, 360])
def test_the_page_and_its_pictures_fit_the_width(page: webdriver.Chrome, width: int) -> None:
    """No sideways scrolling (WCAG 1.4.10 Reflow), and every picture is as wide as its column."""
    _emulate(page, scheme="light", width=width)
    page.execute_script("dispatchEvent(new Event('beforeprint'))")  # what is folded has a size, too
    assert page.execute_script("return document.documentElement.scrollWidth") <= width
    assert page.execute_script(WIDER) == 0


def _pages(pdf: bytes) -> list[str]:
    """The text of each page of a PDF that Chromium printed."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


OVERLAP = """
return Array.from(document.querySelectorAll('.axis svg')).map((axis) => {
  const shown = Array.from(axis.querySelectorAll('text')).map((e) => e.getBoundingClientRect());
  const seen = shown.filter((r) => r.width);
  return seen.filter((r, n) => n && r.left < seen[n - 1].right).length;
}).filter((n) => n);
"""
WORDS = """
return Array.from(document.querySelectorAll(arguments[0])).filter((e) => e.offsetParent).map((e) => {
  const range = document.createRange();
  const torn = (node) => Array.from(node.data.matchAll(/\\S+/g)).filter((word) => {
    range.setStart(node, word.index);
    range.setEnd(node, word.index + word[0].length);
    return word[0].length < 24 && new Set(Array.from(range.getClientRects(), (r) => r.top)).size > 1;
  }).map((word) => word[0]);
  const walker = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) found.push(...torn(walker.currentNode));
  return found;
}).flat();
"""


@pytest.mark.parametrize("width", [1280, 961, 768, 360])
@pytest.mark.parametrize(
    "where", [".command pre", ".log pre", ".chain .role"], ids=["command", "log", "role in the chain"]
)
def test_no_word_is_torn(
    browser: webdriver.Chrome,
    tmp_path: Path,
    named: dict[str, ResultDocument],
    now: datetime,
    where: str,
    width: int,
) -> None:
    """A hyphen is no place to break a command, and a role in a narrow box is no place to break a word."""
    file = tmp_path / "report.html"
    file.write_text(html.render([named["fabrikam"]], now=now), encoding="utf-8")
    _emulate(browser, scheme="light", width=width)
    browser.get(file.as_uri())
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert _find(browser, where)
    assert browser.execute_script(WORDS, where) == []


def test_dates_of_an_axis_do_not_overlap(page: webdriver.Chrome) -> None:
    for width in (1600, 961, 768, 721, 360):
        _emulate(page, scheme="light", width=width)
        page.execute_script("dispatchEvent(new Event('beforeprint'))")
        assert page.execute_script(OVERLAP) == [], width


@pytest.mark.parametrize("names", [["fabrikam"], ["adatum", "contoso", "fabrikam", "wingtip"]])
def test_print_takes_one_or_two_pages_a_partner_and_none_is_empty(
    browser: webdriver.Chrome,
    tmp_path: Path,
    named: dict[str, ResultDocument],
    now: datetime,
    names: list[str],
    twice: Twice,
) -> None:
    file = tmp_path / "report.html"
    documents = [twice(named[name]) for name in names]
    file.write_text(html.render(documents, now=now), encoding="utf-8")
    _emulate(browser, scheme="light", width=1280)
    browser.get(file.as_uri())
    pages = _pages(base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {})["data"]))
    overview = 0 if len(names) == 1 else 1
    assert len(names) + overview <= len(pages) <= 2 * len(names) + overview
    assert all(len(page.split()) > 10 for page in pages)


def _what_if(named: dict[str, ResultDocument]) -> WhatIfDocument:
    """Two partners flip, one of them with a name that no column holds."""
    long = target("a-subsidiary-of-the-group.woodgrove-holding-international.example", "success")
    long = replace(long, endpoints=named["adatum"].endpoints)
    pairs = [(long, named["fabrikam"]), (named["contoso"], named["tailspin"])]
    found = tuple(
        flip
        for before, after in pairs
        for flip in flips(before, replace(after, target=before.target, endpoints=after.endpoints[:1]), None)
    )
    scenario = ScenarioEntry("caller=exchange-2010@2008r2", None, None, None, None, 2, found)
    return WhatIfDocument("probe.what-if/1", Tool("fedprobe", "1.0"), 2, (scenario,))


@pytest.mark.parametrize("width", [1600, 1280, 961, 768, 360])
def test_a_what_if_fits_the_width_and_tears_no_name(
    browser: webdriver.Chrome,
    tmp_path: Path,
    named: dict[str, ResultDocument],
    now: datetime,
    width: int,
) -> None:
    file = tmp_path / "what-if.html"
    file.write_text(render_html(_what_if(named), now=now), encoding="utf-8")
    _emulate(browser, scheme="dark", width=width)
    browser.get(file.as_uri())
    assert len(_find(browser, "tbody tr")) == 4
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    scrolled = "return [...document.querySelectorAll('.scroll')].filter((e) => e.scrollWidth > e.clientWidth)"
    assert browser.execute_script(f"{scrolled}.length") == 0
    assert browser.execute_script(WORDS, "tbody th, .failure, .success") == []


def test_a_what_if_prints_as_a_table(
    browser: webdriver.Chrome, tmp_path: Path, named: dict[str, ResultDocument], now: datetime
) -> None:
    """Paper is narrower than the screen at which rows are folded."""
    file = tmp_path / "what-if.html"
    file.write_text(render_html(_what_if(named), now=now), encoding="utf-8")
    browser.get(file.as_uri())
    (page,) = _pages(base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {})["data"]))
    assert "Before: " not in page
    assert "From" in page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["fabrikam", "tailspin", "contoso", "wingtip"])
def test_a_letter_prints_on_one_page(
    browser: webdriver.Chrome,
    tmp_path: Path,
    named: dict[str, ResultDocument],
    twice: Twice,
    language: str,
    name: str,
) -> None:
    document = named[name] if name == "tailspin" else twice(named[name])
    (one,) = letter.letters(document, language)
    one = replace(one, cases=one.cases[:1])
    file = tmp_path / "letter.html"
    file.write_text(letter.render([one], LetterForm.HTML), encoding="utf-8")
    browser.get(file.as_uri())
    assert len(_pages(base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {})["data"]))) == 1


def test_printing_opens_what_is_folded(page: webdriver.Chrome) -> None:
    """Paper cannot be unfolded: everything is open while printing, and as before afterwards."""
    folded = len(_find(page, "details:not([open])"))
    assert folded
    page.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert not _find(page, "details:not([open])")
    page.execute_script("dispatchEvent(new Event('afterprint'))")
    assert len(_find(page, "details:not([open])")) == folded
    printed = page.execute_cdp_cmd("Page.printToPDF", {})
    assert base64.b64decode(printed["data"]).startswith(b"%PDF-")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible_by_axe(page: webdriver.Chrome, scheme: str) -> None:
    """axe-core finds no violation: names, roles, landmarks, headings, table headers, contrast."""
    _emulate(page, scheme=scheme, width=1280)
    page.execute_script("dispatchEvent(new Event('beforeprint'))")
    axe = resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    page.execute_script(axe)
    outcome: dict[str, Any] = page.execute_async_script(
        "const done = arguments[0];"
        "axe.run(document).then(done, (error) => done({violations: [String(error)]}));"
    )
    found = [
        (rule["id"], [node["html"][:200] for node in rule["nodes"][:3]]) if isinstance(rule, dict) else rule
        for rule in outcome["violations"]
    ]
    assert found == []
    assert len(outcome["passes"]) > 20


def test_complete_without_script(
    browser: webdriver.Chrome, tmp_path: Path, documents: Documents, now: datetime
) -> None:
    """With scripts off everybody is there, and no control is shown that would do nothing."""
    file = tmp_path / "report.html"
    file.write_text(html.render(documents, now=now), encoding="utf-8")
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(file.as_uri())
        assert len(_find(browser, "section[data-outcome]:not([hidden])")) == len(documents)
        assert len(_find(browser, "[data-needs-script][hidden]")) == len(
            _find(browser, "[data-needs-script]")
        )
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
