"""Build the pages from runs that are valid, execute nothing, and look at what came out.

    python -m mmlib.reproduce.pages

Exit status 0 only if every chapter has a valid run with all claims holding, the notebooks agree with their sources,
the build gave no warning, every page of the table of contents is there, and none shows a traceback or a stale result.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tarfile
from html import unescape
from pathlib import Path

from mmlib.reproduce.needed import extra

with extra(__name__):
    import nbformat

    from mmlib.chapter import CHECK_MIME, CLAIM_MIME
    from mmlib.claims import words
    from mmlib.reproduce import __main__ as engine
    from mmlib.reproduce import downloads, notebooks, redirects, sharing
    from mmlib.reproduce.book import Book, alone, find_book, read_text
    from mmlib.reproduce.launch import THEBE
    from mmlib.reproduce.store import Run
    from mmlib.reproduce.ticks import made_here


__all__ = ["build", "from_elsewhere", "inspect", "page_names"]

_CAPTION = re.compile(r"<figcaption>.*?</figcaption>", re.DOTALL)

_TRACEBACK = re.compile(
    r"Traceback \(most recent call last\)|<span class=\"ansi-red-fg\">|mm-claim mm-fails|mm-tick mm-fails"
)

# jupyter-book's command has no option for the number of processes; the function below it has.
_JUPYTER_BOOK = """\
import functools, sys
import jupyter_book.sphinx as below
from jupyter_book.cli.main import main
below.build_sphinx = functools.partial(below.build_sphinx, jobs=int(sys.argv.pop(1)))
main()
"""


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m mmlib.reproduce.pages", description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=1, help="pages at a time")
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        parser.error(f"--jobs: expected at least 1, got {options.jobs}.")
    if status := engine.main(["--judge-only"]) or notebooks.main(["--check"]):
        return status
    try:
        book = find_book()
        with alone(book.root / "_build" / ".pages.lock", _waiting):
            return build(book, options.jobs)
    except OSError as error:
        print(
            f"{parser.prog}: {error.filename}: {error.strerror}. Make room there, or make it writable.", file=sys.stderr
        )
        return 2


def _waiting() -> None:
    print("another process builds the pages of this checkout; waiting for its end", flush=True)


def build(book: Book, jobs: int = 1) -> int:
    """Build the site into ``_build/html``, `jobs` pages at a time; returns the exit status."""
    _fill_cache(book)
    try:
        _serve_ourselves(book)
    except redirects.RedirectError as error:
        print(f"RED    {error}")
        return 1
    command = [sys.executable, "-c", _JUPYTER_BOOK, str(jobs), "build", str(book.root), "--all", "-W", "--keep-going"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=book.root)
    log = done.stdout + done.stderr
    red = []
    if done.returncode:
        telling = [
            line for line in log.splitlines() if re.search(r"WARNING|ERROR|[Ee]rror:", line)
        ] or log.splitlines()[-30:]
        red.append("\n".join(["jupyter-book failed or warned:", *telling]))
    if "Executing notebook" in log:
        red.append("the page build executed a notebook instead of showing the engine's run")
    if not red:  # a page that is not there cannot be described
        downloads.write_downloads(book)
        sharing.write_for_machines(book)
    red += inspect(book)
    for line in red:
        print(f"RED    {line}")
    if not red:
        print(f"{len(page_names(book))} pages: {book.root / '_build' / 'html' / 'index.html'}")
    return 1 if red else 0


def inspect(book: Book) -> list[str]:
    """What is wrong with the built pages: missing ones, tracebacks, claims that differ from the stored run."""
    red = []
    for page in page_names(book):
        path = book.root / "_build" / "html" / f"{page}.html"
        if not path.exists():
            red.append(f"page {page} of the table of contents was not built")
            continue
        text = path.read_text(encoding="utf-8")
        if found := _TRACEBACK.search(text):
            red.append(f"page {page} shows a failure: {unescape(found[0])}")
        if found := from_elsewhere(text):
            red.append(f"page {page} loads what the site does not serve: {', '.join(found)}")
        chapter = page.removeprefix("book/")
        if chapter in book.chapters():
            record = Run(book, chapter, seed=0, device="cpu", threads=1).load()
            shown = set(re.findall(r"claim <code>(\w+)</code>", text))
            if missing := {name for name, value in record.claims.items() if value is not None} - shown:
                red.append(f"page {page} does not show the claims {', '.join(sorted(missing))} of its run")
    for path in sorted((book.root / "_build" / "html" / "_sources").rglob("*.*")):
        if path.suffix in (".md", ".ipynb") and (found := downloads.raw(path.read_text(encoding="utf-8"))):
            red.append(f"the download {path.name} shows raw markup: {', '.join(sorted(set(found)))}")
    red += redirects.unanswered(book, page_names(book))
    for chapter in book.chapters():
        if f"book/{chapter}" not in page_names(book):
            red.append(f"chapter {chapter} is not in _toc.yml")
    return red


_LOADS = re.compile(r"<(?:script|link|iframe|img|source|video|audio)\b[^>]*>")
_ADDRESS = re.compile(r"""\b(?:src|href)\s*=\s*["']?((?:https?:)?//[^"'\s>]+)""")
_IN_CODE = re.compile(r"""(?:https?:)?//[^"'\s]+\.(?:m?js|css)\b""")


def from_elsewhere(html: str) -> list[str]:
    """Addresses of other sites from which a page loads scripts, styles, frames or pictures, in its tags or in its own scripts.

    A script or style whose tag says the hash of the file (``integrity``) may come from elsewhere. Links that only name an address
    (canonical, alternate) load nothing.

    >>> from_elsewhere('<script src="https://cdn.example/x.js"></script><a href="https://example.org">read</a>')
    ['https://cdn.example/x.js']
    >>> from_elsewhere('<link rel="canonical" href="https://book.example/"><script src="_static/x.js"></script>')
    []
    """
    found = []
    for tag in _LOADS.findall(html):
        loads = not tag.startswith("<link") or re.search(
            r"rel=[\"']?[\w ]*(stylesheet|preload|prefetch|icon|manifest)", tag
        )
        if loads and "integrity=" not in tag:
            found += _ADDRESS.findall(tag)
    for code in re.findall(r"<script\b(?![^>]*\bsrc=)[^>]*>(.*?)</script>", html, re.DOTALL):
        if not code.lstrip().startswith("{"):  # data for machines, or of a figure: no code
            found += _IN_CODE.findall(code)
    return sorted(set(found))


def page_names(book: Book) -> list[str]:
    """Pages of the table of contents, in reading order."""
    return book.pages()


def _fill_cache(book: Book) -> None:
    """Put the stored runs where the page build looks for them; it then executes nothing."""
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn
    from myst_nb.core.read import read_myst_markdown_notebook

    folder = book.root / "_build" / ".jupyter_cache"
    shutil.rmtree(folder, ignore_errors=True)
    cache = get_cache(folder)
    for chapter in book.chapters():
        run = Run(book, chapter, seed=0, device="cpu", threads=1)
        source = book.file(chapter, ".md")
        notebook = read_myst_markdown_notebook(read_text(source), path=source)
        outputs = [c.outputs for c in nbformat.read(run.notebook_path, as_version=4).cells if c.cell_type == "code"]
        for cell, output in zip((c for c in notebook.cells if c.cell_type == "code"), outputs, strict=True):
            for part in output:
                data = part.get("data", {})
                data.pop(CHECK_MIME, None)  # only the engine reads it
                if claim := data.pop(CLAIM_MIME, None):
                    data["text/html"] = made_here(claim["name"])
                elif "<figcaption>" in (markup := data.get("text/html", "")):
                    data["text/html"] = _CAPTION.sub(lambda m: words.scripts(m[0]), markup)
            cell.outputs = output
        cache.cache_notebook_bundle(
            CacheBundleIn(notebook, str(source), data={"execution_seconds": run.load().wall_s}), check_validity=False
        )


def _serve_ourselves(book: Book) -> None:
    """Copy MathJax, plotly and thebe next to the pages, which then load nothing from elsewhere; answer old addresses."""
    target = book.root / "_build" / "extra"
    shutil.rmtree(target / "book", ignore_errors=True)
    redirects.write_redirects(book, page_names(book), target)
    mathjax = Path("sphinx-mathjax-offline", "static", "mathjax")
    vendor = Path(__file__).with_name("vendor") / f"thebe-{THEBE}.tar.xz"
    with tarfile.open(vendor) as archive:
        archive.extractall(target / f"thebe-{THEBE}", filter="data")
    plotly = Path("plotly", "package_data", "plotly.min.js")
    for package, inside, copy in (("sphinx-mathjax-offline", mathjax, "mathjax"), ("plotly", plotly, "plotly")):
        if (target / copy).exists():
            continue
        source = next((p / inside for p in map(Path, sys.path) if (p / inside).exists()), None)
        if source is None:
            raise RuntimeError(f"the package {package} is missing. Install the book's extra: pip install '.[book]'.")
        if source.is_dir():
            shutil.copytree(source, target / copy)
        else:
            (target / copy).mkdir(parents=True)
            shutil.copy(source, target / copy)


if __name__ == "__main__":
    sys.exit(main())
