"""Released versions beside the newest pages: the theme's menu of versions, and its banner on old ones.

    python -m mmlib.reproduce.versions _build/releases      after the pages are built

The folder holds the archives of pages of earlier releases (``…-v0.1.0-pages.zip``, as `release` writes them). The newest
are unpacked into ``_build/html/v0.1.0`` and so on, and each version gets the list of all (``versions.json``). A build knows its own version
from the package. While no address of the pages stands in ``_config.yml`` there is no menu, as there is nothing to lead to.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import zipfile
from pathlib import Path, PurePosixPath

import mmlib
from mmlib.reproduce.book import Book, find_book, write_atomic
from mmlib.reproduce.notebooks import site

__all__ = ["KEPT", "gather", "setup"]

KEPT = 5  # released versions that are shown; all stay among the releases
FILE = "versions.json"
_ARCHIVE = re.compile(r".+-(?P<tag>v\d+(?:\.\d+)*(?:[.-]?\w+)?)-pages\.zip")
# the theme asks for one address; each version has its own list beside its pages, so that an old one never asks another machine
_OWN_LIST = (
    "DOCUMENTATION_OPTIONS.theme_switcher_json_url = "
    f"new URL((document.documentElement.dataset.content_root || './') + '{FILE}', location).href;"
)


def gather(book: Book, archives: Path) -> list[str]:
    """Unpack earlier releases beside the newest pages and tell every version of all.

    Parameters
    ----------
    book : Book
        With its pages built.
    archives : Path
        Folder with the archives of pages; other files in it are left alone.

    Returns
    -------
    list of str
        The tags of the releases that are shown, newest first.

    Raises
    ------
    ValueError
        No address in ``_config.yml``, no pages, no such folder, or an archive that would write outside its folder.
    """
    pages, base = book.root / "_build" / "html", site(book)
    if not base:
        raise ValueError("expected the address of the pages in _config.yml (html: baseurl); got none. Write it there.")
    if not (pages / "index.html").exists():
        raise ValueError(f"expected built pages in {pages}; got none. Run: make book")
    if not archives.is_dir():
        raise ValueError(f"expected a folder of archives; got {archives}. Download the releases' pages into it.")
    found = {m["tag"]: path for path in archives.iterdir() if (m := _ARCHIVE.fullmatch(path.name))}
    tags = sorted(found, key=_order, reverse=True)[:KEPT]
    for tag in tags:
        _unpack(found[tag], pages / tag)
    listed = json.dumps(_versions(base, tags), indent=1) + "\n"
    for folder in (pages, *(pages / tag for tag in tags)):
        write_atomic(folder / FILE, listed)
    return tags


def _order(tag: str) -> list[tuple[int, str]]:
    """v0.10.0 after v0.9.0, and v1.0.0 after v1.0.0rc1."""
    parts = re.findall(r"\d+|[a-z]+", tag.removeprefix("v"))
    return [(int(p), "") if p.isdigit() else (-1, p) for p in parts] + [(0, "")]


def _own() -> str:
    """This version as the theme compares it: 0.1.0-dev0 for 0.1.0.dev0."""
    return re.sub(r"\.?(dev|rc|a|b)(\d*)$", r"-\1\2", mmlib.__version__)


def _versions(base: str, tags: list[str]) -> list[dict]:
    """Entries as the theme reads them; the newest pages are the ones that it recommends."""
    newest = {"name": f"newest ({mmlib.__version__})", "version": _own(), "url": f"{base}/", "preferred": True}
    return [newest, *({"name": tag, "version": tag.removeprefix("v"), "url": f"{base}/{tag}/"} for tag in tags)]


def _unpack(archive: Path, target: Path) -> None:
    """The pages of an archive, without the folder that all its names begin with."""
    with zipfile.ZipFile(archive) as packed:
        names = {e.filename: PurePosixPath(e.filename) for e in packed.infolist() if not e.is_dir()}
        for name, path in names.items():
            if ".." in path.parts or path.is_absolute() or len(path.parts) < 2:
                text = f"{archive.name}: expected names inside one folder; got {name!r}. Nothing of it is unpacked."
                raise ValueError(text)
        shutil.rmtree(target, ignore_errors=True)
        for name, path in names.items():
            file = target.joinpath(*path.parts[1:])
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(packed.read(name))


def _offer(app, config) -> None:
    """Switch the theme's menu and banner on where the pages have an address (an event of Sphinx)."""
    if not config.html_baseurl:
        return
    config.version = config.release = _own()
    options = config.html_theme_options
    options["switcher"] = {"json_url": FILE, "version_match": _own()}
    options |= {"check_switcher": False, "show_version_warning_banner": True}
    options["primary_sidebar_end"] = [*options.get("primary_sidebar_end", []), "version-switcher"]


def _own_list(app, page, template, context, doctree) -> None:
    if app.config.html_baseurl:
        app.add_js_file(None, body=_OWN_LIST, priority=950)  # after the theme has named the one address


def _write(app, error) -> None:
    """The list of this version alone; `gather` writes the longer one."""
    if not error and app.builder.name == "html" and (base := app.config.html_baseurl.rstrip("/")):
        write_atomic(Path(app.outdir, FILE), json.dumps(_versions(base, []), indent=1) + "\n")


def setup(app) -> None:
    """Connect what is above (called by `sphinx_ext`)."""
    app.connect("config-inited", _offer)
    app.connect("html-page-context", _own_list, priority=950)
    app.connect("build-finished", _write)


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m mmlib.reproduce.versions", description=__doc__.splitlines()[0])
    parser.add_argument("archives", type=Path, help="folder with the archives of pages of earlier releases")
    options = parser.parse_args(arguments)
    try:
        book = find_book()
        if not site(book):
            print("no address of the pages in _config.yml (html: baseurl): a menu of versions has nothing to lead to")
            return 0
        tags = gather(book, options.archives)
    except (LookupError, ValueError, OSError, zipfile.BadZipFile) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    print(f"{len(tags)} earlier versions beside the newest pages: {', '.join(tags) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
