"""Released versions beside the newest pages."""

import json
import zipfile

import pytest

import mmlib
from mmlib.reproduce import versions
from mmlib.reproduce.book import Book


@pytest.fixture
def built(tmp_path):
    """A book whose pages are built, and a folder for archives of earlier ones."""
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: book/intro\n", "utf-8")
    (tmp_path / "_config.yml").write_text("html: {baseurl: 'https://example.org/book/'}\n", "utf-8")
    (tmp_path / "_build" / "html").mkdir(parents=True)
    (tmp_path / "_build" / "html" / "index.html").write_text("newest", "utf-8")
    (tmp_path / "got").mkdir()
    return Book(tmp_path)


def archive(book, tag, **files):
    path = book.root / "got" / f"multiscale-learning-{tag}-pages.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for name, text in (files or {f"multiscale-learning-{tag}/index.html": tag}).items():
            packed.writestr(name, text)
    return path


def test_each_version_lies_in_its_folder_and_knows_all(built):
    for tag in ("v0.1.0", "v0.10.0", "v0.9.0", "v1.0.0rc1", "v1.0.0", "v0.0.1", "v0.0.2"):
        archive(built, tag)
    (built.root / "got" / "SHA256SUMS").write_text("not an archive", "utf-8")
    tags = versions.gather(built, built.root / "got")
    assert tags == ["v1.0.0", "v1.0.0rc1", "v0.10.0", "v0.9.0", "v0.1.0"], "the newest five, in the order of numbers"
    html = built.root / "_build" / "html"
    assert (html / "index.html").read_text("utf-8") == "newest"
    assert (html / "v0.9.0" / "index.html").read_text("utf-8") == "v0.9.0"
    lists = [json.loads((folder / versions.FILE).read_text("utf-8")) for folder in (html, html / "v0.1.0")]
    assert lists[0] == lists[1]
    assert [e["url"] for e in lists[0]] == [
        "https://example.org/book/",
        *(f"https://example.org/book/{t}/" for t in tags),
    ]
    assert [e["version"] for e in lists[0] if e.get("preferred")] == [versions._own()]


def test_pages_that_a_release_has_left_out_are_gone(built):
    versions.gather(built, archive(built, "v0.1.0", **{"a/index.html": "1", "a/old.html": "1"}).parent)
    versions.gather(built, archive(built, "v0.1.0", **{"a/index.html": "2"}).parent)
    assert sorted(p.name for p in (built.root / "_build/html/v0.1.0").iterdir()) == ["index.html", versions.FILE]


@pytest.mark.parametrize("name", ["a/../../evil.html", "/etc/evil.html", "alone.html"])
def test_an_archive_that_leads_out_of_its_folder_writes_nothing(built, name):
    archive(built, "v0.1.0", **{"a/index.html": "1", name: "x"})
    with pytest.raises(ValueError, match=f"expected names inside one folder; got '{name}'"):
        versions.gather(built, built.root / "got")
    assert not (built.root / "_build/html/v0.1.0").exists()


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda root: (root / "_build/html/index.html").unlink(), "Run: make book"),
        (lambda root: (root / "got").rmdir(), "expected a folder of archives"),
        (lambda root: (root / "got/b-v0.1.0-pages.zip").write_text("no zip", "utf-8"), "not a zip"),
    ],
)
def test_what_is_missing_is_said(built, break_it, says, monkeypatch, capsys):
    break_it(built.root)
    monkeypatch.setattr(versions, "find_book", lambda: built)
    assert versions.main([str(built.root / "got")]) == 2
    assert says in capsys.readouterr().err


def test_without_an_address_nothing_is_done(built, monkeypatch, capsys):
    archive(built, "v0.1.0")
    (built.root / "_config.yml").write_text("html: {baseurl: ''}\n", "utf-8")
    monkeypatch.setattr(versions, "find_book", lambda: built)
    assert versions.main([str(built.root / "got")]) == 0
    assert "html: baseurl" in capsys.readouterr().out
    assert not (built.root / "_build/html/v0.1.0").exists()
    with pytest.raises(ValueError, match="html: baseurl"):
        versions.gather(built, built.root / "got")


@pytest.mark.parametrize(
    ("version", "compared"),
    [("0.1.0.dev0", "0.1.0-dev0"), ("0.1.0", "0.1.0"), ("1.0.0rc1", "1.0.0-rc1"), ("2.0.1b2", "2.0.1-b2")],
)
def test_the_version_in_the_words_of_the_theme(monkeypatch, version, compared):
    monkeypatch.setattr(mmlib, "__version__", version)
    assert versions._own() == compared


def config(address):
    class Config:
        html_baseurl, html_theme_options, version = address, {}, ""

    return Config()


def test_the_menu_is_offered_only_where_there_is_an_address():
    silent, offered = config(""), config("https://example.org/book")
    versions._offer(None, silent)
    versions._offer(None, offered)
    assert silent.html_theme_options == {} and silent.version == ""
    options = offered.html_theme_options
    assert options["primary_sidebar_end"] == ["version-switcher"] and options["show_version_warning_banner"]
    assert options["switcher"]["version_match"] == offered.version == versions._own()
