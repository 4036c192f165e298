"""Where the book is, and which chapters it has."""

from __future__ import annotations

import difflib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Book", "find_book", "write_atomic"]


@dataclass(frozen=True)
class Book:
    """A folder with ``_toc.yml`` and ``book/``; chapters are the text notebooks (Markdown with a kernel) below it."""

    root: Path

    @property
    def runs(self) -> Path:
        return self.root / "_build" / "runs"

    def chapters(self) -> list[str]:
        """All chapters, by their path below ``book/`` without ending."""
        folder = self.root / "book"
        return sorted(p.relative_to(folder).with_suffix("").as_posix() for p in folder.rglob("*.md") if _has_kernel(p))

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
                raise LookupError(
                    f"unknown chapter {name!r}: expected a path below book/ without ending.{hint} "
                    f"There are: {', '.join(known)}."
                )
        return names or known

    def file(self, chapter: str, ending: str) -> Path:
        """A file of a chapter: ``.md``, ``.ipynb``, ``.claims.yml``, ``.replicates.csv``."""
        return self.root / "book" / f"{chapter}{ending}"


def find_book(start: Path | None = None) -> Book:
    """The book that contains the current folder."""
    start = (start or Path.cwd()).resolve()
    for folder in [start, *start.parents]:
        if (folder / "_toc.yml").exists() and (folder / "book").is_dir():
            return Book(folder)
    raise LookupError(f"no book at {start} or above: expected a folder with _toc.yml and book/. Change into it.")


def _has_kernel(path: Path) -> bool:
    with path.open(encoding="utf-8") as file:
        if file.readline().strip() != "---":
            return False
        for line in file:
            if line.strip() == "---":
                return False
            if line.startswith("kernelspec:"):
                return True
    return False


def write_atomic(path: Path, text: str) -> None:
    """Write a whole file or nothing: an interrupted run leaves the old content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
