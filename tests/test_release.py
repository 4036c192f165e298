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


@pytest.mark.parametrize("tag", ["main", "v", "0.1", "v0.1; rm -r /", ""])
def test_what_is_no_tag_is_refused(tag):
    with pytest.raises(ValueError, match=r"expected a tag such as v0\.1\.0"):
        release.release(Book(ROOT), tag)


def test_licences_are_there():
    assert all((ROOT / name).exists() for name in release.LICENCES)
