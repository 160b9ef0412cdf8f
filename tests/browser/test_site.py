"""Every page of the site in a browser (make browser): whole, reachable, legible, on a desktop and on a phone."""

import html
import json
import os
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from course_utils.encoding import NUCLEOTIDES, encode
from course_utils.hmm import filter_probabilities, lookup_probabilities, smoother_probabilities, sticky

SITE = Path(__file__).resolve().parents[2] / "build/site"
AXE = (Path(find_spec("axe_playwright_python").origin).parent / "axe.min.js").read_text(encoding="utf-8")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]  # WCAG 2.2, levels A and AA
#: Of the words of code that look alike, leave one, and of formulas the frame: axe-core looks at each part of a page,
#: and lessons have thousands of these.
ONE_OF_A_KIND = """() => {
  const seen = new Set(), twins = [];
  for (const word of document.querySelectorAll("pre span, dt.sig span")) {
    const place = word.closest(".cell_output") ? "output" : word.closest("dt") ? "name" : "code";
    const kind = [word.className, getComputedStyle(word).color, place].join();
    seen.has(kind) ? twins.push(word) : seen.add(kind);
  }
  twins.forEach(word => word.replaceWith(word.textContent));
  document.querySelectorAll("mjx-container svg").forEach(formula => formula.replaceChildren());
}"""
#: What sticks out of a phone, and not of something that scrolls by itself.
TOO_WIDE = """() => [...document.querySelectorAll("body *")].filter(element => {
  if (element.getBoundingClientRect().right <= 391) return false;
  while (element.parentElement && getComputedStyle(element).overflowX === "visible") element = element.parentElement;
  return element === document.documentElement;
}).map(element => element.outerHTML.slice(0, 100))"""
WAYS = {
    "table": lookup_probabilities,
    "filter": filter_probabilities,
    "smoother": smoother_probabilities,
}


def visit(page, url):
    page.goto(url)
    page.evaluate("window.MathJax?.startup?.promise")


def violations(page, rules: list[str]) -> list[str]:
    """What axe-core finds and calls serious or critical: the rule, and where."""
    options = {"runOnly": rules, "resultTypes": ["violations"], "preload": False, "iframes": False}
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [
        f"{fault['id']}: {node['target']} {node['html'][:120]} {node['any'][0]['message'] if node['any'] else ''}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def test_a_page(page, address, name):
    """One visit, since most of the time goes into loading: light, dark, phone, and everything that opens."""
    visit(page, f"{address}/{name}")
    assert not [url for url in page.asked if not url.startswith((address, "data:", "blob:"))]
    assert page.locator("h1:visible").count() == 1 and page.title()
    assert not page.evaluate("[...document.images].filter(i => !i.alt || !i.naturalWidth).map(i => i.src)")
    assert not page.evaluate("[...document.querySelectorAll('mjx-merror')].map(e => e.textContent)")

    page.add_style_tag(content="* { transition: none !important; animation: none !important; }")
    folded = page.locator("article details")
    assert all(folded.evaluate_all("all => all.map(one => (one.querySelector('summary').click(), one.open))"))

    page.evaluate(ONE_OF_A_KIND)
    page.evaluate(AXE)
    assert not violations(page, LEVELS), "light"
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    assert not violations(page, ["color-contrast", "link-in-text-block"]), "dark"  # what colours can change

    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, page.evaluate(TOO_WIDE)
    assert not page.wrong


def test_search_finds_the_smoother(page, address):
    visit(page, f"{address}/search.html?q=smoother")
    page.locator("#search-results li a").first.wait_for()
    for lesson in ("01_hmm", "10_memory"):
        assert page.locator(f"#search-results a[href*='{lesson}']").count()


def test_every_link_leads_somewhere(name):
    """Inside the site: the page is there, and so is the place in it."""
    links = re.findall(r'href="(?!\w+:)([^"]*)"', (SITE / name).read_text(encoding="utf-8"))
    assert len(links) > 20
    for link in sorted(set(links)):
        path, _, place = html.unescape(link).partition("#")
        file = Path(os.path.normpath((SITE / name).parent / path.partition("?")[0])) if path else SITE / name
        assert file.is_file(), link
        if place and file.suffix == ".html":
            assert f'id="{place}"' in file.read_text(encoding="utf-8"), link


def test_the_live_figure_has_the_numbers_of_the_course(page, address):
    visit(page, f"{address}/index.html")
    random = np.random.default_rng(0)
    for stay in (0.5, 0.8, 0.97, 0.995):
        codes = random.integers(0, 4, 300)
        found = page.evaluate("([stay, codes]) => readHiddenStates(stay, codes)", [stay, codes.tolist()])
        for reader, probabilities in WAYS.items():
            assert np.allclose(found[reader], probabilities(sticky(stay), codes)[:, 0], atol=1e-12), (reader, stay)


def drawn(page, reader: str) -> np.ndarray:
    """P(H) as the line of a reader shows it: its height between the lines of 0 and 1."""
    points = page.locator(f'polyline[data-reader="{reader}"]').get_attribute("points")
    return (282 - np.array([float(point.split(",")[1]) for point in points.split()])) / (282 - 88)


def test_the_live_figure_draws_these_numbers_and_obeys_the_keyboard(page, address):
    visit(page, f"{address}/index.html")
    page.locator("#stay").focus()
    before = page.locator("#said").inner_text()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    assert page.locator("#shown").inner_text() == ".945" and page.locator("#said").inner_text() != before
    page.keyboard.press("Home")
    assert page.locator("#shown").inner_text() == ".50"
    page.keyboard.press("End")
    assert page.locator("#shown").inner_text() == ".995"
    page.keyboard.press("Tab")
    page.keyboard.type("ggcan actgaa")
    assert "not A, C, G or T: 1." in page.locator("#said").inner_text()
    assert page.locator("#readers").get_attribute("data-dna") == "GGCAACTGAA"
    for reader, probabilities in WAYS.items():
        expected = probabilities(sticky(0.995), encode("GGCAACTGAA", NUCLEOTIDES))[:, 0]
        assert np.allclose(drawn(page, reader), expected, atol=1e-4)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # a new sequence, whose states are known
    dna = page.locator("#readers").get_attribute("data-dna")
    assert len(dna) == 150 and page.locator("#dna").input_value() == ""
    expected = filter_probabilities(sticky(0.995), encode(dna, NUCLEOTIDES))[:, 0]
    assert np.allclose(drawn(page, "filter"), expected, atol=1e-4)
    assert not page.wrong


@pytest.mark.parametrize("colors", ["light", "dark"])
def test_the_cheat_sheet_is_one_page_of_a4(page, address, colors):
    page.emulate_media(color_scheme=colors)
    visit(page, f"{address}/docs/cheat_sheet.html")
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    width, height = map(float, re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", paper).groups())
    assert abs(width - 595) < 2 and abs(height - 842) < 2  # points: 210 x 297 mm


def test_the_first_page_tells_registries_what_it_is(page, address):
    visit(page, f"{address}/index.html")
    facts = json.loads(page.locator('script[type="application/ld+json"]').inner_text())
    assert facts["@type"] == "LearningResource" and len(facts["hasPart"]) >= 14
