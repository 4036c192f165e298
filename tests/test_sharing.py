"""What other machines read of the pages."""

import io
import re
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import pytest
import yaml
from docutils import nodes
from PIL import Image

from mmlib.reproduce import sharing
from mmlib.reproduce.book import Book
from mmlib.reproduce.figures import Figure

from .conftest import ROOT

BOOK = Book(ROOT)
CFF = "title: 'A book'\nauthors:\n  - name: The authors\nversion: 0.2\nrepository-code: https://example.org/code\n"


@pytest.fixture
def small(tmp_path):
    """A book of two pages without chapters, and without an address."""
    (tmp_path / "book").mkdir()
    (tmp_path / "_toc.yml").write_text("root: book/intro\nchapters:\n  - file: book/cite\n", "utf-8")
    (tmp_path / "_config.yml").write_text('title: A book\ncopyright: "2026"\nhtml:\n  baseurl: ""\n', "utf-8")
    (tmp_path / "CITATION.cff").write_text(CFF, "utf-8")
    for page in ("intro", "cite"):
        (tmp_path / f"book/{page}.md").write_text(f"# {page.title()}\n", "utf-8")
    (tmp_path / "_build/html").mkdir(parents=True)
    return Book(tmp_path)


def test_without_an_address_nothing_is_invented(small):
    sharing.write_for_machines(small)
    built = small.root / "_build/html"
    assert not (built / "sitemap.xml").exists() and not (built / "robots.txt").exists()
    root = (built / "index.html").read_text("utf-8")
    assert "<title>A book</title>" in root and "canonical" not in root and "og:url" not in root
    assert 'content="0; url=book/intro.html"' in root
    assert "(book/cite.html)" in (built / "llms.txt").read_text("utf-8")
    assert "doi" not in sharing.bibtex(small)


def test_with_an_address_all_pages_are_on_the_map(small):
    config = small.root / "_config.yml"
    config.write_text(config.read_text("utf-8").replace('baseurl: ""', "baseurl: https://example.org/book/"), "utf-8")
    sharing.write_for_machines(small)
    built = small.root / "_build/html"
    places = [e.text for e in ET.parse(built / "sitemap.xml").getroot().findall(".//{*}loc")]
    assert places == ["https://example.org/book/book/intro.html", "https://example.org/book/book/cite.html"]
    assert "Sitemap: https://example.org/book/sitemap.xml" in (built / "robots.txt").read_text("utf-8")
    assert '<link rel="canonical" href="https://example.org/book/book/intro.html">' in (built / "index.html").read_text(
        "utf-8"
    )
    assert 'href="https://example.org/book/book/intro.html"' in (built / "404.html").read_text("utf-8")


@pytest.mark.parametrize("address", ["", "https://example.org/book/"])
def test_the_head_of_a_page_names_its_address_where_there_is_one(small, address, monkeypatch):
    """Filling in the one placeholder is enough: address and picture are then absolute."""
    monkeypatch.setattr(sharing, "_of_page", lambda book, page: "a figure")
    monkeypatch.setattr(sharing, "picture", lambda found, path: None)
    config = SimpleNamespace(html_baseurl=address, root_doc="book/intro")
    app = SimpleNamespace(srcdir=str(small.root), outdir=str(small.root / "_build/html"), config=config)
    page = {"title": "Cite", "pathto": lambda target, _: f"../{target}"}
    sharing._meta(app, "book/cite", "page.html", page, nodes.section())
    tags = dict(re.findall(r'<meta property="(og:\w+)" content="([^"]+)">', page["metatags"]))
    assert tags.get("og:url") == (f"{address}book/cite.html" if address else None)
    assert tags["og:image"] == f"{address or '../'}{sharing.FOLDER}/book-cite.png"


def test_bibtex_comes_from_the_citation_file(small):
    path = small.root / "CITATION.cff"
    people = "  - family-names: Doe\n    given-names: A. B.\n  - family-names: Roe\n    given-names: C.\n"
    path.write_text(
        CFF.replace("  - name: The authors\n", people) + "doi: 10.1/2\ndate-released: 2031-05-01\n", "utf-8"
    )
    entry = sharing.bibtex(small)
    assert "author = {Doe, A. B. and Roe, C.}" in entry and "doi = {10.1/2}" in entry and "year = {2031}" in entry
    path.write_text(CFF, "utf-8")
    assert "author = {{The authors}}" in sharing.bibtex(small) and "year = {2026}" in sharing.bibtex(small)


def test_the_book_names_only_what_its_citation_file_has():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    entry = sharing.bibtex(BOOK)
    assert cited["version"] in entry and ("doi" in entry) == ("doi" in cited)


def test_a_page_is_described_by_its_first_paragraph():
    page = nodes.section()
    tick = nodes.raw("", "<button>", format="html")
    page += [
        nodes.title("", "T"),
        nodes.paragraph("", "5 minutes", classes=["mm-card"]),
        nodes.paragraph("", "", nodes.Text("It is 4"), tick, nodes.Text(", so.")),
    ]
    assert sharing.describe(page, "Why?") == "Why? It is 4, so."
    assert sharing.describe(nodes.section(), "Why?") == "Why?"


def test_a_picture_has_the_size_that_is_asked_for(tmp_path):
    for size in ((1200, 400), (400, 900)):
        buffer = io.BytesIO()
        Image.new("RGB", size, "black").save(buffer, "PNG")
        sharing.picture(Figure(buffer.getvalue(), "a black field"), tmp_path / "x/p.png")
        with Image.open(tmp_path / "x/p.png") as image:
            assert image.size == sharing.SIZE
            assert image.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
            assert image.convert("RGB").getpixel((600, 315)) == (0, 0, 0)
