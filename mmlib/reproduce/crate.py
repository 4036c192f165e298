"""The runs of a release as an RO-Crate: sources, data, stored runs and packages of every chapter, with hashes and seeds.

    python -m mmlib.reproduce.crate --tag v0.1.0      into _build/release/…-runs.zip

Each chapter's run of seed 0 is an action (Process Run Crate): what it read, with which packages, what it wrote, when, for how
many CPU seconds. Written from the store: nothing is executed.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

import yaml

from mmlib.reproduce.book import Book, find_book
from mmlib.reproduce.store import Record, Run, locate

__all__ = ["write"]

PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
LICENCE = "https://spdx.org/licenses/BSD-3-Clause"


def write(book: Book, target: Path, version: str) -> Path:
    """Zip the crate of all valid stored runs of seed 0 on the CPU; returns the path of the zip.

    Parameters
    ----------
    book : the book.
    target : path of the zip.
    version : of the release, such as "0.1.0".

    Raises
    ------
    RuntimeError : chapters without a valid run (they are named), or no package `rocrate`.
    """
    try:
        from rocrate.rocrate import ROCrate
    except ImportError as error:
        raise RuntimeError("expected the package rocrate; got none. Run: pip install rocrate") from error
    runs = {c: Run(book, c, seed=0, device="cpu", threads=1) for c in book.chapters()}
    if missing := [f"{c} ({why})" for c, run in runs.items() if (why := run.stale())]:
        raise RuntimeError(f"expected a valid run of each chapter; got none of {', '.join(missing)}. Run: make book")
    records = {c: run.load() for c, run in runs.items()}
    cited = yaml.safe_load((book.root / "CITATION.cff").read_text(encoding="utf-8"))
    crate = ROCrate()
    crate.name = cited["title"]
    crate.description = (
        "Sources, data, stored runs and packages of each chapter, as they were when it was last executed."
    )
    crate.license = LICENCE
    crate.root_dataset["version"] = version
    crate.root_dataset["conformsTo"] = {"@id": PROFILE}
    crate.root_dataset["author"] = [
        _add(crate, f"#{a['name']}", "Organization", name=a["name"]) for a in cited["authors"]
    ]
    if cited.get("date-released"):
        crate.root_dataset["datePublished"] = str(cited["date-released"])
    _file(crate, book, "requirements.lock")
    crate.root_dataset["mentions"] = [_action(crate, book, c, records[c]) for c in records]
    with tempfile.TemporaryDirectory() as folder:
        return _zip(crate, Path(folder), target)


def _action(crate, book: Book, chapter: str, record: Record):
    """The run of one chapter: what it read, with what, and what it left."""
    own = {end: book.file(chapter, end) for end in (".md", ".claims.yml", ".replicates.csv")}
    own = {end: path.relative_to(book.root).as_posix() for end, path in own.items() if path.exists()}
    kept = own.pop(".replicates.csv", None)
    read = [_file(crate, book, name) for name in [*own.values(), *sorted(record.files)]]
    wrote = [_file(crate, book, kept)] if kept else []
    values = {name: value for name, value in sorted(record.claims.items()) if value is not None}
    wrote += [
        _add(crate, f"#{chapter}/{name}", "PropertyValue", name=name, value=repr(value))
        for name, value in values.items()
    ]
    packages = record.packages or {}
    tools = [
        _add(
            crate,
            f"https://pypi.org/project/{name}/{number}/",
            "SoftwareApplication",
            name=name,
            softwareVersion=number,
        )
        for name, number in sorted(packages.items())
    ]
    return _add(
        crate, f"#run/{chapter}", "CreateAction", name=f"{chapter}, seed {record.seed}, {record.device}",
        object=[*read, _add(crate, f"#seed/{record.seed}", "PropertyValue", name="seed", value=str(record.seed))],
        result=wrote, instrument=tools, endTime=record.date,
        description=f"{record.machine}; {record.threads} thread; {record.dtype}; {record.cpu_s:.0f} CPU s; {record.peak_mb:.0f} MB",
    )  # fmt: skip


def _add(crate, identifier: str, kind: str, **properties):
    """The entity of this name; made once."""
    from rocrate.model.contextentity import ContextEntity

    found = crate.get(identifier)
    if found is not None:
        return found
    entity = crate.add(ContextEntity(crate, identifier, properties={"@type": kind}))
    for name, value in properties.items():
        entity[name] = value
    return entity


def _file(crate, book: Book, name: str):
    """A file of the book or the package under its own name, with its hash; made once."""
    found = crate.get(name)
    if found is not None:
        return found
    path = locate(book, name)
    about = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "contentSize": str(path.stat().st_size)}
    return crate.add_file(path, name, properties=about)


def _zip(crate, folder: Path, target: Path) -> Path:
    """The crate as a zip."""
    crate.write(folder / "crate")
    target.parent.mkdir(parents=True, exist_ok=True)
    made = shutil.make_archive(str(target.with_suffix("")), "zip", folder / "crate")
    return Path(made)


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m mmlib.reproduce.crate", description=__doc__.splitlines()[0])
    parser.add_argument("--tag", required=True, help="of the release, such as v0.1.0")
    options = parser.parse_args(arguments)
    book = find_book()
    target = book.root / "_build" / "release" / f"multiscale-learning-{options.tag}-runs.zip"
    try:
        print(write(book, target, options.tag.removeprefix("v")))
    except (LookupError, RuntimeError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2 if isinstance(error, LookupError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
