"""The heads of the built pages: title, description, picture, icon; the root and the page for a wrong address."""

from __future__ import annotations

import re

from mmlib.reproduce import notebooks
from mmlib.reproduce.book import Book

from .conftest import PAGES, ROOT, SITE


def head(page):
    return (SITE / f"{page}.html").read_text(encoding="utf-8").split("</head>")[0]


def test_every_page_has_title_description_and_icon():
    titles = {}
    for page in PAGES:
        text = head(page)
        title = re.search(r"<title>(.*?)</title>", text, re.DOTALL)[1]
        assert titles.setdefault(title, page) == page, f"{page} and {titles[title]} are both called {title}"
        first, _, second = title.partition(" &#8212; ")
        assert first != second
        says = re.search(r'<meta name="description" content="([^"]+)"', text)[1]
        assert 20 < len(says) <= 220 and "{" not in says, (page, says)
        assert 'rel="icon"' in text, page


def test_pages_say_where_they_lie_if_that_is_known():
    """The address stands in _config.yml alone: with it each page has its canonical one and a site map lists all; without it none does."""
    base = notebooks.site(Book(ROOT))
    for page in PAGES:
        found = re.findall(r'<link rel="canonical" href="([^"]+)"', head(page))
        assert found == ([f"{base}/{page}.html"] if base else []), page
    assert (SITE / "sitemap.xml").exists() == bool(base)
    listed = re.findall(r"<loc>(.*?)</loc>", (SITE / "sitemap.xml").read_text(encoding="utf-8")) if base else []
    assert sorted(listed) == sorted(f"{base}/{page}.html" for page in PAGES if base)


def test_every_chapter_has_a_picture_to_share():
    for chapter in Book(ROOT).chapters():
        target = re.search(r'<meta property="og:image" content="([^"]+)"', head(f"book/{chapter}"))[1]
        path = (
            (SITE / "book" / chapter).parent / target
            if not target.startswith("http")
            else SITE / target.split("/", 3)[3]
        )
        assert path.resolve().read_bytes()[1:4] == b"PNG"


def test_the_root_and_a_wrong_address(open_page, site):
    tab, seen = open_page("404")
    assert "no such page" in tab.inner_text("h1").lower()
    tab.get_by_role("link").first.click()
    tab.wait_for_url(f"{site}/book/intro.html")
    tab.goto(f"{site}/")
    tab.wait_for_url(f"{site}/book/intro.html")
    assert seen.refused == []


def test_llms_txt_leads_to_text_with_numbers():
    found = re.findall(r"\]\([^)]*?(_sources/[^)]+\.md)\)", (SITE / "llms.txt").read_text(encoding="utf-8"))
    assert len(found) == len(Book(ROOT).chapters())
    for path in found:
        assert "{glue:text}" not in (SITE / path).read_text(encoding="utf-8")
