"""The crate of a release: every chapter's run with sources, packages, seed and hashes, read back by the library that others use."""

import hashlib
import shutil
import zipfile

import pytest
from rocrate.rocrate import ROCrate

from mmlib.reproduce import crate
from mmlib.reproduce.book import Book

from .conftest import ROOT
from .small import Small


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A book of one chapter with a valid run."""
    book = Small(tmp_path_factory.mktemp("crate"), names=())
    for name in ("CITATION.cff", "requirements.lock"):
        shutil.copy(ROOT / name, book.root / name)
    book.run("t/good")
    return Book(book.root)


@pytest.fixture(scope="module")
def read(small, tmp_path_factory):
    """The crate of that book, unpacked and read back."""
    folder = tmp_path_factory.mktemp("read")
    made = crate.write(small, folder / "runs.zip", "1.2.0")
    with zipfile.ZipFile(made) as archive:
        archive.extractall(folder / "crate")
    return folder / "crate", ROCrate(folder / "crate")


def test_the_run_is_an_action_with_its_seed_and_packages(read):
    action = read[1].get("#run/t/good")
    assert action.type == "CreateAction" and "CPU s" in action["description"]
    assert [e["value"] for e in action["object"] if e.type == "PropertyValue"] == ["0"]
    values = {e["name"]: e["value"] for e in action["result"] if e.type == "PropertyValue"}
    assert values == {"one": "1.0"}
    assert all(e["softwareVersion"] and e.type == "SoftwareApplication" for e in action["instrument"])
    assert read[1].root_dataset["mentions"] == [action] and read[1].root_dataset["version"] == "1.2.0"


def test_every_file_that_was_read_is_there_with_its_hash(read):
    folder, back = read
    files = {e.id: e["sha256"] for e in back.get_entities() if e.type == "File" and e.get("sha256")}
    assert {"book/t/good.md", "book/t/good.claims.yml", "book/t/good.replicates.csv", "requirements.lock"} <= set(files)
    assert any(name.startswith("mmlib/") for name in files)  # the modules that the kernel loaded
    for name, digest in files.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_a_chapter_without_a_valid_run_is_named(small, tmp_path):
    path = small.file("t/good", ".md")
    text = path.read_text("utf-8")
    path.write_text(text.replace('here.claim("one", 1)', 'here.claim("one", 1 + 0)'), "utf-8")
    try:
        with pytest.raises(RuntimeError, match=r"none of t/good \(its cells changed\)"):
            crate.write(small, tmp_path / "runs.zip", "1.2.0")
    finally:
        path.write_text(text, "utf-8")
    assert not (tmp_path / "runs.zip").exists()
