"""What a reader takes away: the book as one PDF, the pages as an offline archive, the notebooks as a zip, the runs as a crate.

    python -m mmlib.reproduce.release --tag v0.1.0      into _build/release

The pages and notebooks are made from the last commit with their launch buttons on the tag, so that what opens in Binder
or Colab next year is what was released. Needs valid runs (`make book`) and a Chromium.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from mmlib.reproduce import crate
from mmlib.reproduce.book import Book, find_book
from mmlib.reproduce.pages import page_names

__all__ = ["chromium", "not_ready", "pack", "release", "sandboxed"]

LICENCES = ("LICENSE", "LICENSE-TEXT.md", "CITATION.cff")
_OPEN = """() => {
  for (const e of document.querySelectorAll(".dropdown.solution")) e.classList.remove("toggle-hidden");
}"""


def release(book: Book, tag: str) -> list[Path]:
    """Write the files of a release into ``_build/release`` and return them, checksums last.

    Raises
    ------
    ValueError : a tag that is none, or one that changelog, citation and package do not carry.
    RuntimeError : git, the page build or the notebooks failed; the message is theirs.
    """
    if not re.fullmatch(r"v\d+(\.\d+)*([.-]?\w+)?", tag):
        raise ValueError(f"expected a tag such as v0.1.0; got {tag!r}.")
    if missing := not_ready(book.root, tag.removeprefix("v")):
        raise ValueError(f"{tag} is not ready: " + "; ".join(missing) + ". Write them, commit, and move the tag there.")
    target = book.root / "_build" / "release"
    shutil.rmtree(target, ignore_errors=True)
    tree = _pinned(book, tag, target / "tree")
    for command in ("notebooks", "notebooks --for student", "notebooks --for instructor", "coursework", "pages"):
        done = subprocess.run(
            [sys.executable, "-m", *f"mmlib.reproduce.{command}".split()], cwd=tree.root, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"mmlib.reproduce.{command} failed in {tree.root}:\n{done.stdout}{done.stderr}")
    name = f"multiscale-learning-{tag}"
    files = [
        _print(tree, target / f"{name}.pdf"),
        pack(target / f"{name}-pages.zip", {name: tree.root / "_build" / "html"}, tree.root),
        pack(
            target / f"{name}-notebooks.zip",
            {
                f"{name}/book": tree.root / "book",
                f"{name}/student": tree.root / "_build" / "student",
                f"{name}/instructor": tree.root / "_build" / "instructor",
                f"{name}/nbgrader": tree.root / "_build" / "nbgrader",
            },
            tree.root,
            only=(".ipynb", "nbgrader_config.py"),
        ),
        crate.write(tree, target / f"{name}-runs.zip", tag.removeprefix("v")),
    ]
    shutil.rmtree(tree.root)
    sums = target / "SHA256SUMS"
    sums.write_text(
        "".join(f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.name}\n" for f in files), encoding="utf-8"
    )
    return [*files, sums]


def not_ready(root: Path, version: str) -> list[str]:
    """What still lacks the number of a version, with what was found there.

    Parameters
    ----------
    root : Path
        The folder of the book.
    version : str
        Such as "0.1.0".
    """
    read = {
        name: (root / name).read_text(encoding="utf-8") for name in ("CHANGELOG.md", "CITATION.cff", "pyproject.toml")
    }
    heads = re.findall(r"^## +(\S+)", read["CHANGELOG.md"], re.MULTILINE)
    cited = re.search(r"^version: *(\S+)", read["CITATION.cff"], re.MULTILINE)
    dated = re.search(r"^date-released: *\S+", read["CITATION.cff"], re.MULTILINE)
    built = re.search(r"^version = \"(\S+)\"", read["pyproject.toml"], re.MULTILINE)
    found = {"CITATION.cff": cited, "pyproject.toml": built}
    said = [
        f"{name} has version {match[1] if match else 'none'}"
        for name, match in found.items()
        if not match or match[1] != version
    ]
    if version not in heads:
        said.append(f"CHANGELOG.md has no section '## {version}' (it has {', '.join(heads[:3]) or 'none'})")
    if not dated:
        said.append("CITATION.cff has no date-released")
    return said


def _pinned(book: Book, tag: str, tree: Path) -> Book:
    """A checkout of the last commit whose one address points to the tag, with the stored runs of this book."""
    done = subprocess.run(
        ["git", "clone", "--quiet", "--local", str(book.root), str(tree)], capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"git could not copy the book: {done.stderr.strip()}")
    config = tree / "_config.yml"
    text, count = re.subn(r"^  branch: .*$", f"  branch: {tag}", config.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if count != 1:
        raise RuntimeError(f"expected one line 'branch:' in _config.yml; got {count}.")
    config.write_text(text, encoding="utf-8")
    shutil.copytree(book.runs, tree / "_build" / "runs")
    return Book(tree)


def pack(target: Path, folders: dict[str, Path], root: Path, only: str | tuple[str, ...] = "") -> Path:
    """Zip folders under new names, with the licences; equal content gives equal bytes.

    folders : name in the archive -> folder. only : take files with this ending, or one of these.
    """
    first = next(iter(folders)).split("/")[0]
    files = {f"{first}/{name}": root / name for name in LICENCES if (root / name).exists()}
    for name, folder in folders.items():
        found = (p for p in folder.rglob("*") if p.is_file() and p.name.endswith(only))
        files |= {f"{name}/{p.relative_to(folder).as_posix()}": p for p in found}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name].read_bytes(), zipfile.ZIP_DEFLATED)
    return target


def chromium() -> str:
    """Path of the browser: what CHROMIUM names, or the first one on the path.

    Raises
    ------
    RuntimeError : there is none.
    """
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        raise RuntimeError("expected a Chromium on the path or in CHROMIUM; found none. Debian: apt install chromium")
    return path


def sandboxed() -> bool:
    """Whether the browser keeps its sandbox: always, except for root and on machines of continuous integration, where it cannot start."""
    return not (os.environ.get("CI") or (hasattr(os, "geteuid") and os.geteuid() == 0))


def _print(book: Book, target: Path) -> Path:
    """Each page on paper, in the order of the book, in one PDF with an outline."""
    from playwright.sync_api import sync_playwright
    from pypdf import PdfWriter

    whole = PdfWriter()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), chromium_sandbox=sandboxed(), args=["--disable-gpu"]
        )
        for page in page_names(book):
            tab = browser.new_page()
            tab.goto((book.root / "_build" / "html" / f"{page}.html").as_uri(), wait_until="load")
            tab.evaluate("window.MathJax && MathJax.startup ? MathJax.startup.promise.then(() => true) : true")
            tab.evaluate(_OPEN)
            one = target.with_suffix(".part.pdf")
            tab.pdf(
                path=one,
                format="A4",
                print_background=True,
                scale=0.72,  # letters of a printed book
                margin={"top": "18mm", "bottom": "18mm", "left": "16mm", "right": "16mm"},
            )
            title = tab.locator("article h1").first.inner_text().rstrip("#").strip()
            start = len(whole.pages)
            whole.append(one, import_outline=False)
            whole.add_outline_item(title=title, page_number=start)
            one.unlink()
            tab.close()
        browser.close()
    whole.add_metadata({"/Title": "Multiscale modeling meets machine learning"})
    whole.write(target)
    return target


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m mmlib.reproduce.release", description=__doc__.splitlines()[0])
    parser.add_argument("--tag", required=True, help="what the launch buttons of the release open, e.g. v0.1.0")
    options = parser.parse_args(arguments)
    try:
        files = release(find_book(), options.tag)
    except (LookupError, ValueError, RuntimeError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2 if isinstance(error, (LookupError, ValueError)) else 1
    for file in files:
        print(f"{file.stat().st_size / 1e6:7.1f} MB  {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
