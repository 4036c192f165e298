"""What a release packs: equal content gives equal bytes, licences go along, and wrong tags are refused."""

import zipfile

import pytest

from mmlib.reproduce import release
from mmlib.reproduce.book import Book

from .conftest import ROOT


def test_archive_is_reproducible_and_carries_the_licences(tmp_path):
    folder = tmp_path / "pages"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "one.ipynb").write_text("{}")
    (folder / "other.txt").write_text("x")
    for name in release.LICENCES:
        (tmp_path / name).write_text(name)
    one = release.pack(tmp_path / "one.zip", {"book/pages": folder}, tmp_path, only=".ipynb")
    (folder / "a" / "one.ipynb").touch()
    two = release.pack(tmp_path / "two.zip", {"book/pages": folder}, tmp_path, only=".ipynb")
    assert one.read_bytes() == two.read_bytes()
    assert zipfile.ZipFile(one).namelist() == [
        "book/CITATION.cff",
        "book/LICENSE",
        "book/LICENSE-TEXT.md",
        "book/pages/a/one.ipynb",
    ]


def test_a_course_folder_keeps_its_settings(tmp_path):
    for name in ("nbgrader_config.py", "source/one.ipynb", "source/notes.txt"):
        (tmp_path / "course" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "course" / name).write_text("{}")
    packed = release.pack(
        tmp_path / "c.zip", {"book/nbgrader": tmp_path / "course"}, tmp_path, only=(".ipynb", "nbgrader_config.py")
    )
    assert zipfile.ZipFile(packed).namelist() == ["book/nbgrader/nbgrader_config.py", "book/nbgrader/source/one.ipynb"]


@pytest.mark.parametrize("tag", ["main", "v", "0.1", "v0.1; rm -r /", ""])
def test_what_is_no_tag_is_refused(tag):
    with pytest.raises(ValueError, match=r"expected a tag such as v0\.1\.0"):
        release.release(Book(ROOT), tag)


@pytest.fixture
def ready(tmp_path):
    """A folder in which changelog, citation and package all carry 1.2.0."""
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.0\n\n- A thing.\n\n## 1.1.0\n")
    (tmp_path / "CITATION.cff").write_text("cff-version: 1.2.0\nversion: 1.2.0\ndate-released: 2026-11-25\n")
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n')
    return tmp_path


def test_a_version_that_is_written_everywhere_is_ready(ready):
    assert release.not_ready(ready, "1.2.0") == []


@pytest.mark.parametrize(
    "name, was, now, said",
    [
        (
            "CHANGELOG.md",
            "## 1.2.0",
            "## Unreleased",
            r"CHANGELOG\.md has no section '## 1\.2\.0' \(it has Unreleased, 1\.1\.0\)",
        ),
        ("CITATION.cff", "\nversion: 1.2.0", "\nversion: 1.1.0", r"CITATION\.cff has version 1\.1\.0"),
        ("CITATION.cff", "date-released: 2026-11-25", "", r"CITATION\.cff has no date-released"),
        ("pyproject.toml", '"1.2.0"', '"1.2.0.dev0"', r"pyproject\.toml has version 1\.2\.0\.dev0"),
    ],
)
def test_a_tag_that_something_does_not_carry_is_refused(ready, name, was, now, said):
    text = (ready / name).read_text()
    assert was in text
    (ready / name).write_text(text.replace(was, now))
    with pytest.raises(ValueError, match=rf"v1\.2\.0 is not ready: {said}"):
        release.release(Book(ready), "v1.2.0")


@pytest.mark.parametrize(("user", "ci", "kept"), [(1000, "", True), (0, "", False), (1000, "true", False)])
def test_a_readers_browser_keeps_its_sandbox(monkeypatch, user, ci, kept):
    monkeypatch.setattr(release.os, "geteuid", lambda: user, raising=False)
    monkeypatch.setenv("CI", ci)
    assert release.sandboxed() is kept


def test_licences_are_there():
    assert all((ROOT / name).exists() for name in release.LICENCES)
