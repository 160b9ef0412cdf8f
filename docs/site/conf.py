"""Settings of Sphinx for the web site. tools/make_site.py copies this folder to build/stage/, with the pages."""

import json
import re
import shutil
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent
FACTS = json.loads((HERE / "site.json").read_text(encoding="utf-8"))

project = FACTS["metadata"]["name"]
author = "the Reading Hidden States authors"
copyright = f"{author}. Text, figures and data: CC BY 4.0. Code: BSD 3-Clause"
version = release = FACTS["version"]
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx_copybutton"]
exclude_patterns = ["extra", "_static"]
nb_execution_mode = "off"  # what is shown are the stored outputs, which the tests compare
myst_enable_extensions = ["dollarmath", "amsmath", "html_image"]
myst_heading_anchors = 3
autodoc_typehints = "none"  # the docstrings have shapes and units, which say more
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
default_role = "py:obj"  # the name of a function in a docstring leads to it
copybutton_exclude = ".linenos, .gp, .go"

html_theme = "sphinx_book_theme"
html_title = project
html_favicon = "_static/favicon.svg"
html_static_path = ["_static"]
html_extra_path = ["extra"]
html_css_files = ["course.css"]
html_js_files = [("course.js", {"defer": "defer"})]
html_use_index = False  # the page of the helpers and the search do it
html_domain_indices = False
html_show_sourcelink = False
html_copy_source = False
html_show_sphinx = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "navbar_persistent": [],  # the search field stands in the menu; here it would be a second one
    "use_download_button": False,  # each lesson has its own two, without what was changed for the site
    "use_fullscreen_button": False,
    "home_page_in_toc": True,
    "show_toc_level": 2,
    "footer_content_items": "copyright.html",
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}

# Formulas are drawn by MathJax, from the site itself: one file, with its letters in it.
mathjax_path = "tex-svg.js"
mathjax3_config = {"options": {"enableMenu": False}}


def bring_mathjax(app) -> None:
    """Copy MathJax out of the package that carries it (the extra `site`)."""
    (file,) = (f for f in metadata.files("django-static-mathjax") if f.parts[-2:] == ("es5", mathjax_path))
    shutil.copyfile(file.locate(), HERE / "_static" / mathjax_path)


def sections(app, what, name, thing, options, lines: list[str]) -> None:
    """Numpydoc's sections become fields, and "codes, alphabet : what they are" an item of a list, as it was written."""

    def field(section: re.Match) -> str:
        entries = [" ".join(entry.split()) for entry in re.split(r"\n(?=\S)", section[2].strip())]
        items = [re.sub(r"^(.+?) : ", lambda names: f"**{names[1]}**: ", entry) for entry in entries]
        body = items[0] if len(items) == 1 else "".join(f"\n    * {item}" for item in items)
        return f":{section[1]}: {body}\n"

    found = re.compile(r"^(Parameters|Returns|Raises|References)\n-+\n((?:.+\n?)+)", re.MULTILINE)
    lines[:] = found.sub(field, "\n".join(lines)).split("\n")


def describe(app, page, template, context, doctree) -> None:
    """What registries and search engines read, on the first page."""
    if page == app.config.root_doc:
        facts = json.dumps(FACTS["metadata"], ensure_ascii=False).replace("</", "<\\/")
        context["metatags"] = f'{context.get("metatags", "")}<script type="application/ld+json">{facts}</script>'


def setup(app) -> None:
    app.connect("builder-inited", bring_mathjax)
    app.connect("autodoc-process-docstring", sections)
    app.connect("html-page-context", describe)
