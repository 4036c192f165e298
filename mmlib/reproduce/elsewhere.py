"""Run the exported notebooks as Colab and Binder would: does a reader who presses *Run* get to the end?

    python -m mmlib.reproduce.elsewhere colab odes/system_identification
    python -m mmlib.reproduce.elsewhere binder --changed         chapters that changes reach
    python -m mmlib.reproduce.elsewhere colab binder --student   the students' notebooks, with the solutions pasted in

*Colab* is a bare environment that holds what Colab brings of our needs, and no `mmlib`; the notebook's first cell installs
it, from a copy of the last commit that git gives out under the book's public address; the folder is empty. *Binder* is the
environment of `requirements.lock` (as in `environment.yml`) in a checkout, stopped when its processes hold more than 2 GB.

Exit status 0 only if each notebook came to its end and said of no claim that it does not hold.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mmlib.reproduce.needed import extra

with extra(__name__):
    import nbformat
    import psutil

    from mmlib.chapter import CHECK_MIME
    from mmlib.reproduce.book import Book, find_book
    from mmlib.reproduce.notebooks import export, repository
    from mmlib.reproduce.store import Run, cells_hash, file_hash, locate, read_notebook


__all__ = ["changed", "pasted", "run"]

COLAB_HAS = "torch numpy scipy scikit-learn matplotlib pandas pyyaml pydantic ipython ipykernel nbclient".split()
BINDER_GB = 2.0
PLACES = ("colab", "binder")
OWN = (".md", ".ipynb", ".claims.yml", ".replicates.csv", ".drift.csv")
INSTALLED = {"requirements.lock", "pyproject.toml", "environment.yml"}  # a change concerns every chapter


class Visit(NamedTuple):
    """What became of a notebook elsewhere."""

    red: str  # "" if it came to its end
    seconds: float
    peak_mb: float


def run(book: Book, chapter: str, place: str, *, student: bool = False) -> Visit:
    """Execute the exported notebook of a chapter in the imitated place.

    Raises
    ------
    ValueError : an unknown place.
    """
    if place not in PLACES:
        raise ValueError(f"place must be one of {', '.join(PLACES)}; got {place!r}.")
    text = pasted(book, chapter, "student" if student else None)
    with tempfile.TemporaryDirectory(prefix=f"{place}-") as folder, _own_folder(book) as own:
        empty = Path(folder)
        python = _colab(book, own) if place == "colab" else Path(sys.executable)
        name = f"{chapter.rsplit('/')[-1]}.ipynb"
        target = (empty if place == "colab" else _checkout(book, empty) / "book" / Path(chapter).parent) / name
        target.write_text(text, encoding="utf-8")
        environment = _environment(book, place, own)
        done = _execute(python, target, environment, limit_gb=BINDER_GB if place == "binder" else None)
    return done


def pasted(book: Book, chapter: str, reader: str | None) -> str:
    """A reader's notebook with the book's solutions in the cells that wait for an answer, as a notebook's text."""
    student = nbformat.reads(export(book, chapter, reader), as_version=4)
    solutions = _solutions(book, chapter)
    waiting = [cell for cell in student.cells if "answer" in cell.metadata.get("tags", [])]
    if len(waiting) != len(solutions):
        raise ValueError(
            f"{chapter}: {len(waiting)} cells wait for an answer, but there are {len(solutions)} solutions."
        )
    for cell, code in zip(waiting, solutions, strict=True):
        cell.source = code
    return nbformat.writes(student) + "\n"


def _solutions(book: Book, chapter: str) -> list[str]:
    """Code of each solution, in the order of the page."""
    found, inside = [], False
    for cell in read_notebook(book.file(chapter, ".md")).cells:
        if cell.cell_type == "code":
            if inside:
                found[-1] += cell.source + "\n"
            continue
        for mark in re.findall(r"\{solution-(start|end)\}", cell.source):
            inside = mark == "start"
            if inside:
                found.append("")
    return found


def changed(book: Book) -> list[str]:
    """Chapters that a change since main can reach; all, if there is no main to compare with.

    A chapter is reached through its own files, through what its kernel loaded in the stored run (modules of the library,
    data), and through what is installed (the lock, the package's needs). Without a stored run of the chapter as it is now,
    any change of the library counts.
    """
    for base in ("origin/main", "main"):
        common = _git(book, "merge-base", "HEAD", base)
        if common.returncode == 0 and common.stdout.strip() != _git(book, "rev-parse", "HEAD").stdout.strip():
            break
    else:
        if _git(book, "rev-parse", "HEAD~1").returncode:
            return book.chapters()
        common = _git(book, "rev-parse", "HEAD~1")  # on main itself: what the last commit changed
    listed = _git(book, "diff", "--name-only", "--no-renames", "-z", "--relative", common.stdout.strip())
    files = set(filter(None, listed.stdout.split("\0")))
    if files & INSTALLED:
        return book.chapters()
    return [chapter for chapter in book.chapters() if _reached(book, chapter, files)]


def _reached(book: Book, chapter: str, files: set[str]) -> bool:
    own = {f"book/{chapter}{ending}" for ending in OWN}
    checker = f"mmlib/exercises/{chapter.replace('/', '_')}.py"
    if files & {*own, checker}:
        return True
    loaded = _loaded(book, chapter, files)
    if loaded is None:
        return any(name.startswith("mmlib/") for name in files)
    return bool(files & loaded)


def _loaded(book: Book, chapter: str, files: set[str]) -> set[str] | None:
    """Files that the kernel of the stored run loaded; None where that run is not the chapter's as it was before the change."""
    run = Run(book, chapter, seed=0, device="cpu", threads=1)
    try:
        record = run.load()
        if record.cells != cells_hash(book.file(chapter, ".md")):
            return None
        for name, before in record.files.items():
            if name not in files and file_hash(locate(book, name)) != before:
                return None  # an older run: what that file loads today is not known
    except (OSError, ValueError):
        return None
    return set(record.files)


def _git(book: Book, *arguments: str):
    return subprocess.run(
        ["git", *arguments], cwd=book.root, capture_output=True, encoding="utf-8", errors="surrogateescape"
    )


@contextlib.contextmanager
def _own_folder(book: Book) -> Iterator[Path]:
    """A folder of this visit alone, on the disk of the book: two visits at once do not meet."""
    above = book.root / "_build" / "colab"
    above.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="visit-", dir=above, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _colab(book: Book, own: Path) -> Path:
    """Python of a fresh copy of the bare environment; each notebook gets its own, as each Colab session does."""
    bare, used = _bare(book, own), own / "used"
    subprocess.run([sys.executable, "-m", "venv", used], check=True)
    site = next((bare / "lib").glob("python*/site-packages"), bare / "Lib" / "site-packages")
    there = next((used / "lib").glob("python*/site-packages"), used / "Lib" / "site-packages")
    (there / "bare.pth").write_text(
        f"{site}\n", encoding="utf-8"
    )  # what Colab brings, below what the notebook installs
    return _python(used)


def _bare(book: Book, own: Path) -> Path:
    """What Colab brings, installed once: built aside and put in place whole, so that nobody sees half of it."""
    bare = book.root / "_build" / "colab" / "bare"
    if (bare / "ready").exists():
        return bare
    aside = own / "bare"
    subprocess.run([sys.executable, "-m", "venv", aside], check=True)
    pinned = ["--constraint", str(book.root / "requirements.lock")]
    subprocess.run([_python(aside), "-m", "pip", "install", "--quiet", *pinned, *COLAB_HAS], check=True)
    (aside / "ready").touch()
    if bare.exists() and not (bare / "ready").exists():  # half of one, left by a version that built it in place
        shutil.rmtree(bare, ignore_errors=True)
    try:
        os.rename(aside, bare)
    except OSError:
        if not (bare / "ready").exists():
            raise
        # somebody else was faster: theirs is as good
    return bare


def _python(venv: Path) -> Path:
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _checkout(book: Book, folder: Path) -> Path:
    """A checkout of the last commit, as Binder makes it."""
    done = _git(book, "clone", "--quiet", "--local", str(book.root), str(folder / "home"))
    if done.returncode:
        raise RuntimeError(f"git could not copy the book: {done.stderr.strip()}")
    return folder / "home"


def _environment(book: Book, place: str, own: Path) -> dict[str, str]:
    """The notebook's `pip install git+ADDRESS@BRANCH` gets the last commit of this copy; no other address is answered."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MMLIB_", "PYTHON", "VIRTUAL_ENV"))}
    if place == "binder":
        return environment
    url, branch = repository(book)
    bare = own / "repository.git"
    for command in (
        ("clone", "--quiet", "--bare", str(book.root), str(bare)),
        ("--git-dir", str(bare), "branch", "--force", branch, _git(book, "rev-parse", "HEAD").stdout.strip()),
    ):
        done = _git(book, *command)
        if done.returncode and "cannot force update the branch" not in done.stderr:  # it is that commit already
            raise RuntimeError(f"git {command[0]}: {done.stderr.strip()}")
    constraint = book.root / "requirements.lock"
    return environment | {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{bare.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": url,
        "PIP_CONSTRAINT": str(constraint),
    }


_RUNNER = """\
import sys, nbformat
from nbclient import NotebookClient
path = sys.argv[1]
notebook = nbformat.read(path, as_version=4)
try:
    NotebookClient(notebook, timeout=1800, resources={"metadata": {"path": sys.argv[2]}}).execute()
finally:
    nbformat.write(notebook, path)
"""


def _execute(python: Path, notebook: Path, environment: dict[str, str], limit_gb: float | None) -> Visit:
    if _kernel_is_missing(python):
        subprocess.run([python, "-m", "ipykernel", "install", "--sys-prefix"], check=True, capture_output=True)
    started, peak = time.monotonic(), 0.0
    path = f"{python.parent}{os.pathsep}{environment.get('PATH', '')}"
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [python, "-c", _RUNNER, notebook, notebook.parent],
            env=environment | {"PATH": path},
            cwd=notebook.parent,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        while process.poll() is None:
            peak = max(peak, held := _held_mb(process.pid))
            if limit_gb is not None and held > 1000 * limit_gb:
                for one in [*psutil.Process(process.pid).children(recursive=True), process]:
                    one.kill()
                process.wait()
                return Visit(f"held {held:.0f} MB, more than {limit_gb:g} GB", time.monotonic() - started, peak)
            time.sleep(0.2)
        log.seek(0)
        said = log.read()
    seconds = time.monotonic() - started
    if process.returncode:
        return Visit(said.strip()[-2000:] or f"exit status {process.returncode}", seconds, peak)
    return Visit(_complaint(nbformat.read(notebook, as_version=4)), seconds, peak)


def _kernel_is_missing(python: Path) -> bool:
    return not (python.parents[1] / "share" / "jupyter" / "kernels" / "python3").exists()


def _held_mb(pid: int) -> float:
    total = 0.0
    try:
        family = [psutil.Process(pid)]
        family += family[0].children(recursive=True)
    except psutil.NoSuchProcess:
        return total
    for one in family:
        try:
            total += one.memory_info().rss / 1e6
        except psutil.NoSuchProcess:
            continue
    return total


def _complaint(notebook) -> str:
    """What an executed notebook says that it should not."""
    parts = [part for cell in notebook.cells if cell.cell_type == "code" for part in cell.outputs]
    for part in parts:
        text, answered = part.get("data", {}).get("text/plain", ""), part.get("data", {}).get(CHECK_MIME)
        if "does not hold" in text.lower() or (answered and not answered["right"]):
            return text
    return ""


def _tried(book: Book, chapter: str, place: str, student: bool) -> Visit:
    """One visit; what goes wrong in it leaves the others alone."""
    started = time.monotonic()
    try:
        return run(book, chapter, place, student=student)
    except Exception as error:
        said = f"{error} {getattr(error, 'stderr', None) or ''}"
        return Visit(f"{type(error).__name__}: {' '.join(said.split())}", time.monotonic() - started, 0.0)


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m mmlib.reproduce.elsewhere", description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="*", help="colab, binder (default both), and chapters (default all)")
    parser.add_argument("--changed", action="store_true", help="only chapters that a change since main can reach")
    parser.add_argument("--at-most", type=int, metavar="N", help="the first N of them, and say which were left out")
    parser.add_argument("--student", action="store_true", help="the students' notebooks with the solutions pasted in")
    options = parser.parse_intermixed_args(arguments)
    places = [p for p in PLACES if p in options.what] or list(PLACES)
    try:
        book = find_book()
        chapters = book.resolve([c for c in options.what if c not in PLACES])
    except LookupError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    if options.changed:
        chapters = [c for c in chapters if c in changed(book)]
    if options.at_most is not None and len(chapters) > options.at_most:
        print(f"left out: {', '.join(chapters[options.at_most :])}")
        chapters = chapters[: options.at_most]
    red = 0
    for chapter in chapters:
        for place in places:
            visit = _tried(book, chapter, place, options.student)
            red |= bool(visit.red)
            mark = "RED  " if visit.red else "ok   "
            print(
                f"{mark}  {chapter} in {place}: {visit.seconds:.0f} s, {visit.peak_mb:.0f} MB {visit.red}", flush=True
            )
    if not chapters:
        print("no change since main reaches a chapter")
    return red


if __name__ == "__main__":
    sys.exit(main())
