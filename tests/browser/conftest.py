"""The built site, served on this machine, and a browser that can reach nothing else.

    make browser

Needs the pages (`make book`) and a Chromium: the one on the path, or the one that CHROMIUM names.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from mmlib.reproduce import release
from mmlib.reproduce.book import Book
from mmlib.reproduce.pages import page_names

from . import checks, results

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(os.environ.get("MMLIB_SITE", ROOT / "_build" / "html"))
PAGES = page_names(Book(ROOT))
LIGHT = tuple(
    f"{what}, light" for what in ("equations", "width", "wording", "signs", "on_paper", "moves", "quiet", "accessible")
)  # on a desk
DARK = (
    "equations, phone",
    "width, phone",
    "fits, phone",
    "signs, phone",
    "quiet, phone",
    "accessible, dark",
)  # on a telephone
CHECKS = LIGHT + DARK
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


def pytest_configure(config):
    """Without pages or a browser nothing is started: in a worker the reason would drown in its end."""
    asked = any("browser" in str(argument) for argument in config.args)
    if hasattr(config, "workerinput") or not asked:
        return
    try:
        release.chromium()
    except RuntimeError as error:
        pytest.exit(str(error), returncode=1)
    if not (SITE / "index.html").exists():
        pytest.exit(f"expected the built pages in {SITE}; there are none. Run: make book", returncode=1)


def pytest_generate_tests(metafunc):
    """One worker looks at a page: its checks share two visits."""
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", [pytest.param(p, marks=pytest.mark.xdist_group(p)) for p in PAGES])


@dataclass
class Seen:
    """What went wrong while a page was open."""

    console: list = field(default_factory=list)
    refused: list = field(default_factory=list)  # requests to anywhere else than this machine
    failed: list = field(default_factory=list)


@pytest.fixture(scope="session")
def site():
    """Address of the built pages."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=release.chromium(), chromium_sandbox=release.sandboxed(), args=["--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(opening):
    """`open_page("book/intro", scheme=..., size=...)` -> (page, what went wrong); closed after the test."""
    with opening() as open_one:
        yield open_one


@pytest.fixture(scope="session")
def opening(chromium, site):
    """`with opening() as open_page:` closes what was opened."""
    return functools.partial(_opening, chromium, site)


@contextlib.contextmanager
def _opening(chromium, site):
    contexts = []

    def open_one(name, scheme="light", size=DESKTOP):
        context = chromium.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
        context.set_default_timeout(120_000)  # a machine that has other work
        contexts.append(context)
        seen = Seen()

        def only_here(route):
            if route.request.url.startswith(site):
                route.continue_()
            else:
                seen.refused.append(route.request.url)
                route.abort()

        context.route("**/*", only_here)
        tab = context.new_page()
        tab.on("console", lambda m: seen.console.append(f"{m.type}: {m.text}") if m.type in ("error", "warning") else 0)
        tab.on("pageerror", lambda e: seen.console.append(str(e)))
        tab.on("response", lambda r: seen.failed.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        tab.goto(f"{site}/{name}.html", wait_until="load")
        tab.wait_for_function("!window.MathJax || (MathJax.startup && MathJax.startup.promise)")
        tab.evaluate("window.MathJax && MathJax.startup ? MathJax.startup.promise.then(() => true) : true")
        return tab, seen

    try:
        yield open_one
    finally:
        for context in contexts:
            context.close()


@pytest.fixture(scope="session")
def findings(opening):
    """`findings(page)` -> {check: what it found}, from one visit in the light theme and one in the dark, the first time it is asked."""
    known = {}

    def of(page):
        if page not in known:
            try:
                with opening() as open_page:
                    known[page] = _visits(open_page, page)
            except Exception as error:  # the page did not open: every check of it says so, without another visit
                known[page] = {check: [str(error)] for check in CHECKS}
        return known[page]

    return of


def _visits(open_page, page) -> dict[str, list[str]]:
    """Axe comes last: it fetches style sheets itself, which is not the page's doing."""
    found = {}
    light = open_page(page, scheme="light", size=DESKTOP)
    said = results.wording, results.signs, results.on_paper
    for check in (checks.equations, checks.width, *said, checks.moves, checks.quiet, checks.accessible):
        found[f"{check.__name__}, light"] = check(*light)
    dark = open_page(page, scheme="dark", size=PHONE)
    for check in (checks.equations, checks.width, checks.fits, results.signs, checks.quiet):
        found[f"{check.__name__}, phone"] = check(*dark)
    dark[0].set_viewport_size(DESKTOP)
    theme = dark[0].evaluate("document.documentElement.dataset.theme")
    found["accessible, dark"] = [f"the theme is {theme}"] * (theme != "dark") + checks.accessible(
        *dark, checks.OF_COLOUR
    )
    assert set(found) == set(CHECKS)
    return found


def npm(package, folder) -> Path:
    """A package of npm's registry, unpacked: what others publish, to compare with what the site serves."""
    if shutil.which("npm") is None:
        pytest.fail("expected npm on the path, which brings published scripts; got none. Debian: apt install npm")
    done = subprocess.run(["npm", "pack", "--silent", package], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    shutil.unpack_archive(folder / done.stdout.split()[-1], folder)
    return folder / "package"


@contextlib.contextmanager
def jupyter_server(module, log, options, **place):
    """(address, token) of a server of Jupyter (`jupyterlab` or `jupyter_server`) while the block lasts; its words go to `log`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token, address = secrets.token_hex(16), f"http://127.0.0.1:{port}"
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    options = {"ServerApp.port": port, "IdentityProvider.token": token} | options
    command = [sys.executable, "-m", module, "--no-browser", *root, *(f"--{k}={v}" for k, v in options.items())]
    with log.open("w") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, **place)
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/api?token={token}", timeout=5)
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.5)
        else:
            pytest.fail(f"{module} did not start: {log.read_text()[-2000:]}")
        yield address, token
    finally:
        process.terminate()
        process.wait(30)
