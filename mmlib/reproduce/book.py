"""Where the book is, and which chapters it has."""

from __future__ import annotations

import difflib
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from filelock import FileLock, Timeout

__all__ = ["Book", "alone", "find_book", "read_text", "stage", "write_atomic"]


@dataclass(frozen=True)
class Book:
    """A folder with ``_toc.yml`` and ``book/``; chapters are the text notebooks (Markdown with code cells) below it."""

    root: Path

    @property
    def runs(self) -> Path:
        return self.root / "_build" / "runs"

    def chapters(self) -> list[str]:
        """All chapters, by their path below ``book/`` without ending."""
        folder = self.root / "book"
        return sorted(p.relative_to(folder).with_suffix("").as_posix() for p in folder.rglob("*.md") if _is_chapter(p))

    def resolve(self, names: list[str]) -> list[str]:
        """The chapters asked for, all if none is named.

        Raises
        ------
        LookupError : there is no such chapter; the message names the nearest one.
        """
        known = self.chapters()
        for name in names:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1, cutoff=0.3) or known[:1]
                hint = f" Did you mean {near[0]!r}?" if near else ""
                there = f"There are: {', '.join(known)}." if known else "There is none with code cells."
                raise LookupError(
                    f"unknown chapter {name!r}: expected a path below book/ without ending.{hint} {there}"
                )
        return names or known

    def pages(self) -> list[str]:
        """Pages of the table of contents, in reading order.

        Raises
        ------
        ValueError : the table of contents is unreadable, or lists no page.
        """
        path = self.root / "_toc.yml"
        try:
            pages = _walk(yaml.safe_load(read_text(path)))
        except yaml.YAMLError as error:
            raise ValueError(f"{path}: not readable as YAML: {' '.join(str(error).split())}. Mend that line.") from None
        if not pages:
            raise ValueError(f"{path}: expected pages (`root: book/intro`, `chapters:`), found none. Nothing to judge.")
        return pages

    def file(self, chapter: str, ending: str) -> Path:
        """A file of a chapter: ``.md``, ``.ipynb``, ``.claims.yml``, ``.replicates.csv``."""
        return self.root / "book" / f"{chapter}{ending}"


def _walk(node) -> list[str]:
    if isinstance(node, list):
        return [page for item in node for page in _walk(item)]
    if not isinstance(node, dict):
        return []
    found = [node[k] for k in ("root", "file") if isinstance(node.get(k), str)]
    return found + [page for k in ("parts", "chapters", "sections") for page in _walk(node.get(k))]


def find_book(start: Path | None = None) -> Book:
    """The book that contains the current folder."""
    start = (start or Path.cwd()).resolve()
    for folder in [start, *start.parents]:
        if (folder / "_toc.yml").exists() and (folder / "book").is_dir():
            return Book(folder)
    raise LookupError(f"no book at {start} or above: expected a folder with _toc.yml and book/. Change into it.")


def read_text(path: Path) -> str:
    """Text of a file in UTF-8, whatever its line ends, with or without a byte-order mark.

    Raises
    ------
    ValueError : the file is in another encoding; the message names file, line and byte.
    """
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, byte = data[: error.start].count(b"\n") + 1, data[error.start]
        raise ValueError(
            f"{path}, line {line}: expected text in UTF-8, got the byte {byte:#04x}. Save the file as UTF-8."
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


_CELL = re.compile(r"(`{3,}|~{3,}|:{3,}) *\{code-cell\}")
_FENCE = re.compile(r"`{3,}|~{3,}")


def _is_chapter(path: Path) -> bool:
    """Does this page name a kernel, or hold code cells? What cannot be read counts, so that somebody complains of it."""
    try:
        lines = read_text(path).splitlines()
    except (OSError, ValueError):
        return True
    if lines and lines[0].strip() == "---":
        end = next((i for i, line in enumerate(lines[1:], start=1) if line.strip() == "---"), len(lines))
        if any(line.startswith("kernelspec:") for line in lines[:end]):
            return True
    return _has_cell(lines)


def _has_cell(lines: list[str]) -> bool:
    """Is there a code cell that is not an example inside another fence?"""
    outer = ""
    for line in map(str.strip, lines):
        if outer:
            if line.startswith(outer) and not line.strip(outer[0]):
                outer = ""
        elif _CELL.match(line):
            return True
        elif fence := _FENCE.match(line):
            outer = fence[0]
    return False


def stage(path: Path, text: str) -> Path:
    """Write a whole file aside, beside `path`; ``os.replace`` then puts it in place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from None  # a full disk names no file
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


_lock = cache(FileLock)  # kept to the end: a Ctrl-C that meets the end of an object (`__del__`) is lost


@contextmanager
def alone(path: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[bool]:
    """One process at a time: two engines may be at work in one checkout. Yields whether another one had to be waited for.

    The lock, an empty file, belongs to the process: it is free when that ends, however it ends. `waiting` is called once, before a wait.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock, waited = _lock(path), False
    try:
        lock.acquire(timeout=0)
    except Timeout:
        waited = True
        waiting()
        while not lock.is_locked:  # in short turns, so that Ctrl-C is heard
            try:
                lock.acquire(timeout=0)
            except Timeout:
                time.sleep(0.2)
    try:
        yield waited
    finally:
        lock.release()


def write_atomic(path: Path, text: str) -> None:
    """Write a whole file or nothing: an interrupted run leaves the old content."""
    aside = stage(path, text)
    try:
        os.replace(aside, path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
