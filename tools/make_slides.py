"""Slides of the lessons, to show in a room: build/slides/index.html, and a page for each lesson.

Usage: python tools/make_slides.py
A heading opens a slide; what does not fit on the screen goes on the next one; a figure stays with its sentence; the
answer to a guess comes on a slide of its own. Arrow keys, Page Up and Page Down, or space turn the slides. They need no
network. Checks and hints are left out, solutions open with a click. Beside them lie the pages to print: worksheet,
survey and minute cards.
"""

import base64
import html
import re
import shutil
import sys
from importlib import metadata
from pathlib import Path

import nbformat
from nbconvert.filters import markdown2html
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from course_utils.commands import command
from course_utils.files import write_whole

ROOT = Path(__file__).resolve().parent.parent
MATH = '<script>MathJax = {tex: {inlineMath: [["$", "$"]]}}</script><script src="tex-svg.js"></script>'
STYLE = """
html { font: max(24px, min(2vw, 3.5vh))/1.35 system-ui, sans-serif; scroll-snap-type: y mandatory; color: #222 }
body { margin: 0; counter-reset: slide }
section { box-sizing: border-box; height: 100vh; padding: 1em 2em; overflow: auto; scroll-snap-align: start;
  position: relative; counter-increment: slide }
section::after { content: counter(slide); position: absolute; right: 1em; top: .5em; color: #595959 }
h1, h2, h3, p, ul, ol, pre, table, blockquote { margin: 0 0 .5em }
h1 { font-size: 1.8em } h2, h3 { font-size: 1.35em } .again { font-size: 1em; color: #595959; font-weight: normal }
pre, code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 1em }
pre { padding: .3em .5em; max-height: 70vh; overflow: auto; line-height: 1.25; white-space: pre-wrap }
.highlight pre { background: #f4f4f4 } pre.out { border-left: .2em solid #8c8c8c; white-space: pre }
img { display: block; margin: 0 auto; max-width: 100%; width: 100vw; height: 56vh; object-fit: contain }
table { border-collapse: collapse } td, th { border: 1px solid #bbb; padding: .1em .5em }
summary { cursor: pointer; color: #0b5394 } mjx-container svg { max-width: 100%; height: auto }
blockquote { border-left: .2em solid #ccc; margin-left: 0; padding-left: .7em }
@media print { section { break-after: page; overflow: visible } }
"""
#: Pages to print, without their answers: one sheet of A4.
PAPER = """
html { font-size: 11pt; max-width: 180mm; margin: auto } @page { size: A4; margin: 15mm }
h1 { font-size: 16pt } h2 { font-size: 13pt } td, th { min-width: 12mm; height: 1.5em } p { break-inside: avoid }
p:has(strong:first-child) { break-after: avoid } hr { margin: 5mm 0; border: 0; border-top: 1px dashed }
"""
CARDS = 4  #: minute cards on a sheet
ROOM = "<style>p:not(:has(strong)) { height: 16mm }</style>"
SCRIPT = """
addEventListener("load", async () => {
  if (window.MathJax?.startup) await MathJax.startup.promise;
  let slide, title = "", full = false;
  const open = again => {
    slide = document.body.appendChild(document.createElement("section"));
    if (again) slide.appendChild(Object.assign(document.createElement("h2"), {className: "again", textContent: title}));
    full = false;
  };
  for (const piece of [...document.body.children]) {
    const heading = piece.querySelector("h1, h2, h3");
    if (heading) { title = heading.textContent; open(false); } else if (full) open(true);
    slide.append(piece);
    if (slide.scrollHeight > slide.clientHeight + 2 && slide.children.length > 2) {
      const lead = piece.previousElementSibling;  // "And in a loop:" goes with the loop
      const goes = slide.children.length > 3 && /:\\s*$/.test(lead.textContent);
      open(true);
      slide.append(...(goes ? [lead, piece] : [piece]));
    }
    full = piece.className == "guess";
  }
  if (location.hash) scrollTo(0, (location.hash.slice(1) - 1) * innerHeight);
});
addEventListener("keydown", event => {
  const step = {ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1}[event.key];
  if (!step || event.target.closest("summary, a, pre")) return;
  event.preventDefault();
  const now = Math.max(0, Math.round(scrollY / innerHeight) + step);
  scrollTo(0, now * innerHeight);
  history.replaceState(null, "", "#" + (now + 1));
});
"""


def pieces(lesson: nbformat.NotebookNode, folder: Path) -> list[tuple[str, str]]:
    """The lesson in pieces that stay whole on a slide: what each is, and its HTML. Pictures are found from `folder`."""
    found = []
    for cell in lesson.cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "markdown":
            folded = re.split(r"(<details>.*?</details>)", cell.source, flags=re.DOTALL)
            folded = [] if folded[0] == "" else folded  # a hint: a cell of its own
            texts = [text for part in folded for text in ([part] if part[:1] == "<" else part.split("\n\n"))]
            new = [(what(text), render(text, folder)) for text in texts if text.strip()]
        elif "solution" in tags:
            new = [("text", f"<details><summary>A solution</summary>{coloured(cell.source)}</details>")]
        elif "check" in tags or re.fullmatch(r"((from|import) .*\s*)+", cell.source):
            new = []
        else:
            new = [("code", coloured(cell.source)), *outputs(cell)]
        for kind, page in new:
            if found and (kind == "list" or (kind == "caption" and found[-1][0] == "figure")):
                kind, page = found[-1][0], found.pop()[1] + page
            found.append((kind, page))
    return found


def what(text: str) -> str:
    """A picture, its caption, the options of a choice, a guess, or other text."""
    marks = {
        r"!\[": "figure",
        r"\*[^*]": "caption",
        r"- \(|\([a-z]\) |<details>": "list",
        r"(> )?\*\*(Predict f|Decide f|Spot t)": "guess",
    }
    return next((kind for mark, kind in marks.items() if re.match(mark, text)), "text")


def render(text: str, folder: Path) -> str:
    """Markdown as HTML; links to other lessons as links to their slides, pictures as part of the page."""
    page = re.sub(r'<a class="anchor-link".*?</a>', "", markdown2html(text))
    page = re.sub(r'href="(\d\d_\w+)\.ipynb', r'href="\1.html', page)
    for name in re.findall(r'src="([^":]+\.svg)"', page):
        page = page.replace(
            name, "data:image/svg+xml;base64," + base64.b64encode((folder / name).read_bytes()).decode()
        )
    return page


def coloured(source: str) -> str:
    return highlight(source, PythonLexer(), HtmlFormatter())


def outputs(cell: nbformat.NotebookNode) -> list[tuple[str, str]]:
    """What a cell printed, as text and pictures."""
    found = []
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/png" in data:
            alt = html.escape(cell.metadata.get("mystnb", {}).get("image", {}).get("alt", ""))
            found.append(("figure", f'<img src="data:image/png;base64,{data["image/png"].strip()}" alt="{alt}">'))
        elif text := output.get("text", "") or data.get("text/plain", ""):
            found.append(("output", f'<pre class="out">{html.escape(text.rstrip())}</pre>'))
    return found


def page(title: str, body: str, script: str = "") -> str:
    style = STYLE + HtmlFormatter().get_style_defs(".highlight")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{style}</style>{script}</head>\n<body>\n{body}\n</body></html>\n"
    )


@command
def main() -> int:
    target, links = ROOT / "build/slides", []
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        lesson = nbformat.read(path, as_version=4)
        title = lesson.cells[0].source.partition("\n")[0].strip("# ")
        body = "\n".join(f'<div class="{kind}">{text}</div>' for kind, text in pieces(lesson, path.parent))
        script = f"<script>{SCRIPT}</script>" + (MATH if re.search(r"\$[^$]+\$", body) else "")
        write_whole(target / f"{path.stem}.html", page(title, body, script))
        links.append(f'<p><a href="{path.stem}.html">{html.escape(title)}</a></p>')
    write_whole(target / "index.html", page("Slides", f"<section><h1>Slides</h1>{''.join(links)}</section>"))
    for name in ("worksheet", "survey", "minute_cards"):
        text = (ROOT / f"docs/{name}.md").read_text(encoding="utf-8")
        text, extra = re.split(r"<details>|[#*]+ ?For the leader", text)[0], ""
        if name == "minute_cards":
            text, extra = "\n---\n".join([text.split("\n---\n")[1]] * CARDS), ROOM
        write_whole(target / f"{name}.html", page(name, f"<style>{PAPER}</style>{extra}{render(text, ROOT / 'docs')}"))
    try:  # formulas are drawn by MathJax, which comes in a package of its own (the extra `site`)
        (mathjax,) = [f for f in metadata.files("django-static-mathjax") if f.match("es5/tex-svg.js")]
        shutil.copyfile(mathjax.locate(), target / "tex-svg.js")
    except metadata.PackageNotFoundError:
        print('formulas stay as they are written: pip install -e ".[site]" draws them')
    print(f"made build/slides/index.html and {len(links)} lessons")
    return 0


if __name__ == "__main__":
    sys.exit(main())
