"""What other machines read of the pages: description and picture of a shared link, site map, a page for a wrong address, llms.txt.

The address of the pages stands in ``_config.yml`` (html: baseurl) and nowhere else; while it is empty, what needs it is left out.
"""

from __future__ import annotations

import io
import re
from html import escape
from pathlib import Path

import yaml
from docutils import nodes
from PIL import Image

from mmlib.reproduce.book import Book, read_text, write_atomic
from mmlib.reproduce.figures import Figure, figure
from mmlib.reproduce.headers import read_header, title
from mmlib.reproduce.ledger import Written
from mmlib.reproduce.notebooks import site

__all__ = ["HowToCite", "authors", "bibtex", "cited", "cut", "describe", "picture", "setup", "write_for_machines"]

LONGEST = 200  # letters of a description
SIZE = 1200, 630  # of a picture beside a shared link, as the services that show it ask for
FOLDER = "_static/share"
FIRST = "book/intro"

_HEAD = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
{more}
</head>
"""
_NOT_FOUND = """\
<body style="font: 1.1rem/1.5 system-ui, sans-serif; max-width: 38rem; margin: 3rem auto; padding: 0 1rem">
<h1>There is no such page</h1>
<p>The address may be old or mistyped. <a href="{base}book/intro.html">The first page</a> has a card for each chapter.</p>
<form action="{base}search.html" method="get"><label>Search the book: <input type="search" name="q"></label> <button>Search</button></form>
</body>
</html>
"""


class HowToCite(Written):
    """``{how-to-cite}``: a sentence and an entry for BibTeX, from CITATION.cff."""

    def markdown(self) -> list[str]:
        known, address = cited(self.book), site(self.book)
        year, doi = _year(self.book, known), known.get("doi")
        where = f"https://doi.org/{doi}" if doi else address or known["repository-code"]
        said = f"{authors(known)} ({year}). *{known['title']}*. Version {known['version']}. <{where}>"
        return [said, "", "```bibtex", *bibtex(self.book).splitlines(), "```"]


def describe(doctree, question: str = "") -> str:
    """A page in a sentence or two: the question of a chapter, then the page's first paragraph, as far as `LONGEST` allows."""
    for paragraph in doctree.findall(nodes.paragraph):
        if "mm-card" in paragraph.get("classes", ()) or not isinstance(paragraph.parent, nodes.section):
            continue
        text = "".join(t for t in paragraph.findall(nodes.Text) if not isinstance(t.parent, nodes.raw))
        return cut(" ".join(f"{question} {text}".split()))
    return cut(question)


def cut(text: str, longest: int = LONGEST) -> str:
    """Whole sentences of a text, if one fits; else whole words.

    >>> cut("One. Two three.", 8), cut("One two three", 9), cut("One.", 9)
    ('One.', 'One two…', 'One.')
    """
    if len(text) <= longest:
        return text
    ends = [m.end() for m in re.finditer(r"[.?!](?= )", text[: longest + 1])]
    return text[: ends[-1]] if ends else text[: longest - 1].rsplit(" ", 1)[0] + "…"


def picture(found: Figure, path: Path) -> None:
    """Write a figure on a white ground of the size that shared links show."""
    with Image.open(io.BytesIO(found.png)) as image:
        image = image.convert("RGB")
        room = SIZE[0] - 120, SIZE[1] - 80
        scale = min(room[0] / image.width, room[1] / image.height)
        image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
        ground = Image.new("RGB", SIZE, "white")
        ground.paste(image, ((SIZE[0] - image.width) // 2, (SIZE[1] - image.height) // 2))
        path.parent.mkdir(parents=True, exist_ok=True)
        ground.quantize(128).save(path, optimize=True)


def bibtex(book: Book) -> str:
    """The book as an entry for BibTeX, from CITATION.cff; what is not known is left out."""
    known = cited(book)
    names = (
        f"{{{a['name']}}}" if "name" in a else f"{a['family-names']}, {a['given-names']}" for a in known["authors"]
    )
    fields = {
        "author": " and ".join(names),
        "title": f"{{{known['title']}}}",
        "version": known.get("version"),
        "year": _year(book, known),
        "doi": known.get("doi"),
        "url": site(book) or known.get("repository-code"),
    }
    lines = [f"  {key} = {{{value}}}," for key, value in fields.items() if value]
    return "\n".join(["@software{mmlib_book,", *lines, "}"])


def cited(book: Book) -> dict:
    """What CITATION.cff says: authors, title, version, and a DOI once there is one."""
    return yaml.safe_load(read_text(book.root / "CITATION.cff"))


def authors(known: dict) -> str:
    """The authors of CITATION.cff in a line.

    >>> authors({"authors": [{"name": "The authors"}, {"given-names": "A.", "family-names": "Doe"}]})
    'The authors, A. Doe'
    """
    return ", ".join(a.get("name") or f"{a['given-names']} {a['family-names']}" for a in known["authors"])


def _year(book: Book, known: dict) -> str:
    """Of the release; before there is one, of the copyright."""
    released = known.get("date-released") or yaml.safe_load(read_text(book.root / "_config.yml")).get("copyright", "")
    return str(released)[:4]


def write_for_machines(book: Book) -> None:
    """Write what stands beside the built pages: the root, the page for a wrong address, llms.txt, and with an address the site map."""
    html, base = book.root / "_build" / "html", site(book)
    named = _name(book)
    write_atomic(html / "index.html", _root(book, named, base))
    wrong = _HEAD.format(title=f"No such page — {named}", more='<meta name="robots" content="noindex">')
    write_atomic(html / "404.html", wrong + _NOT_FOUND.format(base=f"{base}/" if base else ""))
    write_atomic(html / "llms.txt", _llms(book, named, base))
    if base:
        pages = "".join(f"<url><loc>{base}/{page}.html</loc></url>\n" for page in book.pages())
        start = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        write_atomic(html / "sitemap.xml", f"{start}{pages}</urlset>\n")
        write_atomic(html / "robots.txt", f"User-agent: *\nAllow: /\nSitemap: {base}/sitemap.xml\n")


def _root(book: Book, named: str, base: str) -> str:
    """The root leads to the first page; a service that shows the link finds its words here."""
    to = f"{base}/{FIRST}.html" if base else f"{FIRST}.html"
    says = "An executable book: models that know the physics of biology beside methods that learn from data, each result judged by a machine."
    tags = _tags(named, says, to if base else "", f"{base + '/' if base else ''}{FOLDER}/{FIRST.replace('/', '-')}.png")
    canonical = f'\n<link rel="canonical" href="{to}">' if base else ""
    more = f'<meta http-equiv="refresh" content="0; url={FIRST}.html">{canonical}\n{tags}'
    return _HEAD.format(title=named, more=more) + f'<body><p><a href="{FIRST}.html">{named}</a></p></body>\n</html>\n'


def _llms(book: Book, named: str, base: str) -> str:
    """A list of the pages for machines that read text; chapters in plain Markdown with their numbers filled in."""
    at, chapters = f"{base}/" if base else "", set(book.chapters())
    lines = [f"# {named}", "", "> An executable book on models of biology and methods that learn, with a small library, mmlib. Every result is a claim with a condition; all are judged when the pages are made. For teaching, not for clinical use.", "", "## Chapters, as Markdown", ""]  # fmt: skip
    pages = [page.removeprefix("book/") for page in book.pages()]
    for page in pages:
        if page in chapters:
            lines.append(f"- [{title(book, page)}]({at}_sources/book/{page}.md): {read_header(book, page).question}")
    lines += ["", "## Other pages", ""]
    lines += [f"- [{title(book, page)}]({at}book/{page}.html)" for page in pages if page not in chapters]
    return "\n".join(lines) + "\n"


def _name(book: Book) -> str:
    return yaml.safe_load(read_text(book.root / "_config.yml"))["title"]


def _tags(named: str, says: str, address: str, image: str) -> str:
    tags = [("description", says), ("og:title", named), ("og:description", says), ("og:type", "article"), ("og:url", address),
            ("og:image", image), ("twitter:card", "summary_large_image" if image else "")]  # fmt: skip
    return "\n".join(
        f'<meta {"property" if key.startswith("og:") else "name"}="{key}" content="{escape(value)}">'
        for key, value in tags
        if value
    )


def _meta(app, page, template, context, doctree) -> None:
    """Description and picture in the head of a page; the first page has a title of its own (an event of Sphinx)."""
    book = Book(Path(app.srcdir))
    if doctree is None or page not in book.pages():
        return
    name, base = page.removeprefix("book/"), app.config.html_baseurl.rstrip("/")
    header = read_header(book, name) if book.file(name, ".md").exists() else None
    shown = re.sub(r"<[^>]+>", "", context.get("title", ""))
    says = describe(doctree, header.question if header else "") or f"{shown}, a page of the book {_name(book)}."
    if found := _of_page(book, page):
        target = f"{FOLDER}/{page.replace('/', '-')}.png"
        picture(found, Path(app.outdir, target))
        image = f"{base}/{target}" if base else context["pathto"](target, 1)
    else:
        image = ""
    address = f"{base}/{page}.html" if base else ""
    context["metatags"] = f"{context.get('metatags', '')}\n{_tags(shown, says, address, image)}\n"
    if page == app.config.root_doc:
        context["title"] = "A book that runs"


def _of_page(book: Book, page: str) -> Figure | None:
    """The figure that stands for a page: of a chapter the one of its card, of the first page the result that it shows."""
    name = page.removeprefix("book/")
    if page == FIRST:
        found = re.search(r"\{result-figure\} (\S+) (\d+)", read_text(book.file(name, ".md")))
        return figure(book, found[1], int(found[2])) if found else None
    if not book.file(name, ".md").exists() or not (header := read_header(book, name)):
        return None
    return figure(book, name, header.figure)


def setup(app) -> None:
    """Connect what is above (called by `sphinx_ext`)."""
    app.add_directive("how-to-cite", HowToCite)
    app.connect("html-page-context", _meta)
