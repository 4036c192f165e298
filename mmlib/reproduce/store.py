"""What is kept of a run, and when it is stale.

A run is valid for as long as everything that made it is unchanged: the chapter's code cells, the modules of `mmlib`
and the data files that its kernel really loaded, the versions of the packages of which it imported a module, Python, device,
threads and seed. It does not depend on what is said or asked of its values, which the judge and the page build read; on the
stored runs only where the chapter itself read them, to draw them.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import jupytext
import nbformat
import yaml
from pydantic import BaseModel, ValidationError

import mmlib
from mmlib.reproduce.book import Book, read_text, stage, write_atomic

__all__ = ["Record", "Run", "cells_hash", "read_notebook"]

PACKAGE = Path(mmlib.__file__).resolve().parent


class Record(BaseModel):
    """One finished run of a chapter."""

    chapter: str
    seed: int
    device: str
    threads: int
    cells: str  # hash of the code cells
    files: dict[str, str]  # modules and data files that the kernel loaded, with their hashes
    context: dict[str, str]  # python, versions, and the file of stored runs where the chapter read it
    claims: dict[str, float | None]  # none: named in a cell, computed from stored runs
    checks: list[dict]  # exercises answered by the solutions: {"exercise": 1, "right": true, "answer": 2.5}
    stderr: list[str]  # what cells wrote to standard error
    date: str
    wall_s: float
    cpu_s: float
    peak_mb: float
    dtype: str
    machine: str
    used: dict[
        str, str
    ] = {}  # device, threads and whether it trains, as read in the kernel; above is what was asked for
    versions: dict[str, str]
    packages: dict[str, str] | None = (
        None  # of which the kernel imported a module; none: an older record, which is stale
    )
    notebook: str  # hash of the executed notebook beside this record

    @property
    def key(self) -> str:
        """Short name of the code that made this run: cells, modules, data."""
        text = self.cells + "".join(f"{k}{v}" for k, v in sorted(self.files.items()))
        return hashlib.sha256(text.encode()).hexdigest()[:12]


class Run:
    """The place of one run in the store: chapter × seed × device (× collected for the replicates or shown on a page).

    A `variant` is the same run computed another way, with its own `environment`: for the measurement of drift.
    """

    def __init__(
        self,
        book: Book,
        chapter: str,
        *,
        seed: int,
        device: str,
        threads: int,
        collect: bool = False,
        variant: str = "",
        environment: dict[str, str] | None = None,
    ):
        self.book, self.chapter, self.seed, self.device, self.threads = book, chapter, seed, device, threads
        self.collect, self.variant, self.environment = collect, variant, environment or {}
        kind = f"-drift-{variant}" if variant else "-collect" if collect else ""
        self.folder = book.runs / chapter / f"seed{seed}-{device}{kind}"

    def load(self) -> Record:
        """The record of this run.

        Raises
        ------
        FileNotFoundError : nothing is stored. ValueError : what is stored is damaged.
        """
        try:
            record = Record.model_validate_json((self.folder / "record.json").read_text(encoding="utf-8"))
        except (ValidationError, UnicodeDecodeError) as error:
            raise ValueError(f"{self.folder / 'record.json'} is damaged") from error
        try:
            if _hash(self.notebook_path.read_bytes()) != record.notebook:
                raise ValueError(f"{self.notebook_path} is not the notebook that its record describes")
        except FileNotFoundError:
            raise ValueError(f"{self.notebook_path} is missing") from None
        return record

    def save(self, record: Record, notebook) -> Record:
        """Store a run: both files are written aside and then put in place, so that a full disk costs no earlier run."""
        text = nbformat.writes(notebook)
        record = record.model_copy(update={"notebook": _hash(text.encode())})
        aside = stage(self.notebook_path, text)
        try:
            write_atomic(self.folder / "record.json", record.model_dump_json(indent=1))
            os.replace(aside, self.notebook_path)
        finally:
            aside.unlink(missing_ok=True)
        return record

    @property
    def lock(self) -> Path:
        """For `alone`: who holds it executes or stores this run."""
        return self.folder.with_name(f".{self.folder.name}.lock")

    @property
    def notebook_path(self) -> Path:
        return self.folder / "executed.ipynb"

    def stale(self) -> str | None:
        """Why this run cannot be reused, or None if it can."""
        try:
            record = self.load()
        except FileNotFoundError:
            return "not run yet"
        except ValueError as error:
            return f"stored run is unusable ({error})"
        if record.cells != cells_hash(self.book.file(self.chapter, ".md")):
            return "its cells changed"
        for name, before in record.files.items():
            path = locate(self.book, name)
            if not path.exists() or file_hash(path) != before:
                return f"{name} changed"
        if record.threads != self.threads:
            return f"it ran with {record.threads} threads"
        if record.packages is None:
            return "its packages are not known: an earlier version stored it"
        for name, now in package_versions(self.book.root, record.packages).items():
            if record.packages[name] != now:
                return f"the package {name} changed from {record.packages[name]} to {now}"
        now = self.context([name for name in record.context if name.endswith(".replicates.csv")])
        for name in record.context.keys() | now.keys():
            if record.context.get(name) != now.get(name):
                return f"{name} changed"
        return None

    def context(self, read: list[str]) -> dict[str, str]:
        """What else a run depends on, besides cells, modules and data; `read`: files of stored runs that its kernel read."""
        found = {"Python": platform.python_version()}
        own = self.book.file(self.chapter, ".replicates.csv")
        if own.name in read and not self.collect:  # a run that fills the file does not depend on it
            found[own.name] = file_hash(own) if own.exists() else ""
        return found


def read_notebook(path: Path):
    """A text notebook as a notebook object, checked to be one.

    Raises
    ------
    ValueError : not UTF-8, or a header that names no kernel.
    """
    text = read_text(path)
    _check_header(path, text)
    return jupytext.reads(text, fmt="md:myst")


def _check_header(path: Path, text: str) -> None:
    """A chapter's header is YAML that names a kernel."""
    remedy = "Copy the header of another chapter: `kernelspec:` with `display_name: Python 3` and `name: python3`."
    found = re.match(r"---[ \t]*\n(.*?)^---[ \t]*$", text, re.DOTALL | re.MULTILINE)
    if not found:
        raise ValueError(f"{path}: expected a header between two lines `---`, got none. {remedy}")
    try:
        header = yaml.safe_load(found[1])
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: the header is not readable as YAML: {error}. Mend that line.") from None
    kernel = header.get("kernelspec") if isinstance(header, dict) else None
    for key in ("name", "display_name"):
        if not isinstance(kernel, dict) or not isinstance(kernel.get(key), str):
            raise ValueError(f"{path}: the header has no kernelspec.{key}. {remedy}")


def cells_hash(path: Path) -> str:
    """Hash of the code cells: text around them may change without a new run."""
    cells = [c for c in read_notebook(path).cells if c.cell_type == "code"]
    return _hash(repr([(c.source, c.metadata.get("tags", [])) for c in cells]).encode())


def locate(book: Book, name: str) -> Path:
    """The file that a record names: below the package for ``mmlib/…``, below the book's root otherwise."""
    return PACKAGE.parent / name if name.startswith("mmlib/") else book.root / name


def file_hash(path: Path) -> str:
    return _hash(path.read_bytes())


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def package_versions(root: Path, names: Iterable[str]) -> dict[str, str]:
    """The versions of some packages: what is installed, and what the lock of a book asks for where that differs."""
    installed, pins = _installed(), _pins(root)
    found = {}
    for name in names:
        version = installed.get(_plain(name), "none")
        pin = pins.get(_plain(name), version)
        found[name] = version if pin == version else f"{version} (pinned {pin})"
    return found


@cache
def _installed() -> dict[str, str]:
    found: dict[str, str] = {}
    for package in importlib.metadata.distributions():
        about = package.metadata  # read anew at each access
        found.setdefault(_plain(about["Name"] or ""), about["Version"])  # as in an import, the first one counts
    return found


@cache
def _pins(root: Path) -> dict[str, str]:
    lock = root / "requirements.lock"
    lines = read_text(lock).splitlines() if lock.exists() else []
    found = (re.match(r"([\w.-]+)(?:\[.*?\])? *== *([^\s;\\]+)", line) for line in lines)
    return {_plain(pin[1]): pin[2] for pin in found if pin}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()
