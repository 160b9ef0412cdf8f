"""The site in build/site/, served on this machine, and a browser that looks at it."""

import functools
import os
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

SITE = Path(__file__).resolve().parents[2] / "build/site"
PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html") if "_static" not in path.parts)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pytest_generate_tests(metafunc):
    assert PAGES, "there is no site yet: make site"
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", PAGES)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def address():
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=SITE)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium or another of its kind that is installed here; if there is none, Playwright says so."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=sandbox)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def window(browser):
    """One for all pages, so that what they share is loaded once."""
    window = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    yield window
    window.close()


@pytest.fixture
def page(window):
    """An empty page as wide as a desktop's, which writes down what it asks for and what goes wrong."""
    page = window.new_page()
    page.asked, page.wrong = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("requestfailed", lambda request: page.wrong.append(f"failed: {request.url}"))
    page.on("response", lambda r: page.wrong.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
    page.on("console", lambda m: page.wrong.append(f"console: {m.text}") if m.type == "error" else None)
    page.on("pageerror", lambda error: page.wrong.append(f"error: {error}"))
    yield page
    page.close()
