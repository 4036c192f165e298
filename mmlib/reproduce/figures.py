"""The figures that a chapter's run shows, with their words: for the first page, and for the picture that a shared link shows."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import nbformat
from PIL import Image

from mmlib.reproduce.book import Book, read_text
from mmlib.reproduce.store import Run

__all__ = ["Figure", "figure", "figures", "thumbnail"]

WIDTH = 480  # of a thumbnail [pixels]

_FIGURE = re.compile(r'<img src="data:image/png;base64,(?P<png>[^"]+)" alt="(?P<alt>[^"]*)".*?<figcaption>(?P<caption>.*?)</figcaption>', re.DOTALL)  # fmt: skip
_IMAGE = re.compile(
    r"!\[(?P<alt>[^\]]*)\]\((?P<path>[^)]+\.png)\)|```\{(?:figure|image)\} (?P<file>\S+\.png)\n:alt: (?P<says>.+)"
)


@dataclass(frozen=True)
class Figure:
    """A figure of the book.

    Attributes
    ----------
    png : bytes
    alt : str
        What it shows, for those who do not see it.
    caption : str
        Its message; empty where the page has none.
    """

    png: bytes
    alt: str
    caption: str = ""


def figures(book: Book, page: str) -> list[Figure]:
    """Figures of a page below ``book/`` in their order: of a chapter those of its stored run, of another page its pictures.

    Raises
    ------
    FileNotFoundError : the chapter has no stored run. ValueError : the stored run is damaged.
    """
    if page in book.chapters():
        run = Run(book, page, seed=0, device="cpu", threads=1)
        run.load()
        outputs = [o for c in nbformat.read(run.notebook_path, as_version=4).cells for o in c.get("outputs", ())]
        found = [m for o in outputs for m in _FIGURE.finditer(o.get("data", {}).get("text/html", ""))]
        return [Figure(base64.b64decode(m["png"]), unescape(m["alt"]), unescape(m["caption"])) for m in found]
    source = book.file(page, ".md")
    pictures = ((m["path"] or m["file"], m["alt"] or m["says"]) for m in _IMAGE.finditer(read_text(source)))
    return [Figure((source.parent / path).read_bytes(), " ".join(alt.split())) for path, alt in pictures]


def figure(book: Book, page: str, number: int) -> Figure | None:
    """The figure of that number, counted from 1; the last one if there are fewer, None if there is none."""
    found = figures(book, page)
    return found[min(number, len(found)) - 1] if found else None


def thumbnail(found: Figure, path: Path, width: int = WIDTH) -> None:
    """Write a small copy of a figure, in few colours."""
    with Image.open(io.BytesIO(found.png)) as image:
        small = image.convert("RGB")
        small.thumbnail((width, width), Image.Resampling.LANCZOS)
        path.parent.mkdir(parents=True, exist_ok=True)
        small.quantize(128).save(path, optimize=True)
