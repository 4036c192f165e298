"""Where the links of the built pages lead: launch buttons, the repository, other pages."""

from __future__ import annotations

import itertools
import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml

from mmlib.reproduce import redirects
from mmlib.reproduce.book import Book

from .conftest import PAGES, ROOT, SITE

CHAPTERS = {f"book/{c}" for c in Book(ROOT).chapters()}
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
ADDRESS, BRANCH = CONFIG["repository"]["url"], CONFIG["repository"]["branch"]
NAME = ADDRESS.removeprefix("https://github.com/")


class Reader(HTMLParser):
    """Links, anchors and images of a page."""

    def __init__(self, path):
        super().__init__()
        self.links, self.anchors, self.images, self.turn = [], set(), [], {}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors |= {attributes[k] for k in ("id", "name") if attributes.get(k)}
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
            for way in ("left-prev", "right-next"):
                if way in (attributes.get("class") or "").split():
                    self.turn[way] = attributes["href"]
        if tag == "img":
            self.images.append(attributes)


@pytest.fixture(scope="session")
def read(site):
    known = {}

    def one(path):
        if path not in known:
            known[path] = Reader(path)
        return known[path]

    return one


def test_launch_buttons_open_the_notebook_of_the_chapter(read, page):
    links = read(SITE / f"{page}.html").links
    binder = {link for link in links if "mybinder.org" in link and link.endswith(".ipynb")}
    colab = {link for link in links if "colab.research" in link and link.endswith(".ipynb")}
    if page not in CHAPTERS:  # nothing to execute, nothing to launch
        assert not binder | colab
        return
    assert binder == {f"https://mybinder.org/v2/gh/{NAME}/{BRANCH}?urlpath=lab/tree/{page}.ipynb"}
    assert colab == {f"https://colab.research.google.com/github/{NAME}/blob/{BRANCH}/{page}.ipynb"}
    assert (ROOT / f"{page}.ipynb").exists()


def test_links_to_the_repository_lead_to_files_of_the_tree(read, page):
    for link in read(SITE / f"{page}.html").links:
        if found := re.match(rf"{re.escape(ADDRESS)}/(?:blob|tree|edit)/([^/]+)/(.+)", link):
            assert found[1] == BRANCH and (ROOT / unquote(found[2]).split("#")[0]).exists(), link
        elif link.startswith(f"{ADDRESS}/issues/new"):
            title = parse_qs(urlsplit(unescape(link)).query)["title"][0]
            assert page in title, title


def test_links_inside_the_site_lead_somewhere(read, page):
    path = SITE / f"{page}.html"
    broken = []
    for link in read(path).links:
        parts = urlsplit(link)
        if parts.scheme or link.startswith("//") or link == "#":
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if not target.exists():
            broken.append(link)
        elif parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in read(target).anchors:
            broken.append(link)
    assert broken == []


def test_every_picture_says_what_it_shows(read):
    seen = {}
    for page in PAGES:
        for image in read(SITE / f"{page}.html").images:
            alt = (image.get("alt") or "").strip()
            if "logo" in (image.get("class") or ""):
                continue
            assert len(alt) > 30 or "/_static/images/" in image.get("src", ""), (page, image.get("src"), alt)
            assert seen.setdefault(alt, image.get("src")) == image.get("src") or len(alt) <= 30, (page, alt)


def test_next_and_previous_visit_every_page(read):
    """In the order of the contents, forth and back."""
    for way, order in (("right-next", PAGES), ("left-prev", PAGES[::-1])):
        for page, following in itertools.zip_longest(order, order[1:]):
            turn = read(SITE / f"{page}.html").turn.get(way)
            target = (SITE / page).parent.joinpath(turn).resolve() if turn else None
            assert target == (SITE / f"{following}.html" if following else None), f"{page}: {way} leads to {turn}"


def test_exercises_are_counted_as_their_checkers_count():
    counted = 0
    for page in PAGES:
        text = (SITE / f"{page}.html").read_text(encoding="utf-8")
        titles = [int(n) for n in re.findall(r'<span class="caption-number">Exercise (\d+) ?</span>', text)]
        assert titles == list(range(1, len(titles) + 1)), page
        counted += len(titles)
    assert counted > 50


def test_old_addresses_send_on(open_page, site):
    """Where a page has moved, the browser ends on the new one, at the same place."""
    tab, _ = open_page(PAGES[0])
    for old, new in redirects.read_redirects(Book(ROOT), PAGES).items():
        tab.goto(f"{site}/{old}.html#place")
        tab.wait_for_url(f"{site}/{new}.html#place")
