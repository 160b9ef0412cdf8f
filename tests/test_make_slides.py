"""Slides: all of a lesson but its checks and hints, a figure with its sentence, no network."""

import html
import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_files import NOTEBOOKS, is_figure, read, script, tags

make_slides = script("tools/make_slides.py")

PRINTED = ("worksheet", "survey", "minute_cards")


def test_what_stays_together_and_what_is_left_out():
    png = new_output("display_data", data={"image/png": "aGVsbG8="})
    looks = {"mystnb": {"image": {"alt": 'a "line"'}}}
    cells = [
        new_code_cell("import numpy as np\nfrom torch import nn"),
        new_markdown_cell("## A part\n\nWords.\n\n**Predict first.** How many?\n\n- (a) 1\n- (b) 2\n\nNow count:"),
        new_code_cell("print(2)", outputs=[new_output("stream", text="2 < 3\n")]),
        new_markdown_cell("And now?"),
        new_code_cell("draw()", metadata=looks, outputs=[png]),
        new_markdown_cell("*A sentence below.*\n\nMore, see [there](02_encoding.ipynb)."),
        new_code_cell("check.it(1)", metadata={"tags": ["check"]}),
        new_markdown_cell("<details><summary>A nudge</summary>\n\nthink\n\n</details>"),
        new_code_cell("# Solution 1.1", metadata={"tags": ["solution"]}),
    ]
    found = make_slides.pieces(new_notebook(cells=cells), NOTEBOOKS[0].parent)
    kinds = [kind for kind, _ in found]
    assert kinds == ["text", "text", "guess", "text", "code", "output", "text", "code", "figure", "text", "text"]
    pages = [page for _, page in found]
    assert "(b) 2" in pages[2] and "2 &lt; 3" in pages[5]
    assert 'alt="a &quot;line&quot;"' in pages[8] and "<em>A sentence below.</em>" in pages[8]
    assert 'href="02_encoding.html"' in pages[9]
    assert not any("check" in page or "think" in page or "numpy" in page for page in pages)
    assert pages[10].startswith("<details><summary>A solution")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    for name in ("notebooks", "docs"):
        (root / name).symlink_to(NOTEBOOKS[0].parent.parent / name)
    patch = pytest.MonkeyPatch()
    patch.setattr(make_slides, "ROOT", root)
    assert make_slides.main() == 0
    patch.undo()
    return root / "build/slides"


def test_every_lesson_is_there_and_asks_no_other_server(built):
    assert {path.stem for path in built.glob("*.html")} == {"index", *PRINTED, *(path.stem for path in NOTEBOOKS)}
    for page in built.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r'(?:src|href)="(?!data:)([^"]*)"', text)
        assert not [link for link in loaded if "//" in link] and "@import" not in text and "url(" not in text
    index = (built / "index.html").read_text(encoding="utf-8")
    assert all((built / link).exists() for link in re.findall(r'href="([^"]+)"', index))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_figure_has_its_sentence_and_every_output_is_there(built, path):
    text, lesson = (built / f"{path.stem}.html").read_text(encoding="utf-8"), read(path)
    figures = re.findall(r'<div class="figure">(.*?)</div>', text, re.DOTALL)
    drawings = sum(len(re.findall(r"^!\[", c.source, re.M)) for c in lesson.cells if c.cell_type == "markdown")
    assert len(figures) == sum(map(is_figure, [c for c in lesson.cells if c.cell_type == "code"])) + drawings
    assert all("<em>" in figure and re.search(r'alt="[^"]{30}', figure) for figure in figures)
    plain = html.unescape(text)
    for cell in lesson.cells:
        if cell.cell_type == "code" and not {"check", "solution"} & set(tags(cell)):
            assert all(output.text.rstrip() in plain for output in cell.outputs if output.output_type == "stream")


def test_the_pages_to_print_come_without_answers(built):
    for name in PRINTED:
        text = (built / f"{name}.html").read_text(encoding="utf-8")
        assert "<table" in text or name == "minute_cards"
        assert "details" not in text.partition("<body>")[2] and ".561" not in text and "because" not in text
