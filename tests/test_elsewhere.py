"""The notebooks in other places: which are tried, what is pasted, and what counts as a failure."""

import shutil
import subprocess

import nbformat
import pytest

from mmlib.chapter import CHECK_MIME
from mmlib.reproduce import elsewhere, store
from mmlib.reproduce.book import Book
from mmlib.reproduce.store import Record, Run, cells_hash, file_hash, locate

from .conftest import FIXTURE, ROOT


@pytest.fixture
def book(tmp_path):
    """The fixture book under git, on main, with a branch checked out."""
    shutil.copytree(FIXTURE, tmp_path / "book_of_one")
    root = tmp_path / "book_of_one"
    for command in ("init -q -b main", "add .", "commit -q -m first", "checkout -q -b change"):
        git(root, *command.split())
    return Book(root)


def git(root, *arguments):
    name = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *name, *arguments], cwd=root, check=True, capture_output=True)


def commit(book, path, text="\n"):
    with (book.root / path).open("a", encoding="utf-8") as file:
        file.write(text)
    git(book.root, "commit", "-q", "-a", "-m", "more")


def test_a_chapter_counts_as_changed_with_its_source(book):
    commit(book, "book/intro.md")
    assert elsewhere.changed(book) == []
    commit(book, "book/fixture/predators.md")
    assert elsewhere.changed(book) == ["fixture/predators"]


def stored(book, files):
    """A stored run whose kernel loaded these files, as they are now."""
    run = Run(book, "fixture/predators", seed=0, device="cpu", threads=1)
    record = Record(
        chapter="fixture/predators", seed=0, device="cpu", threads=1, cells=cells_hash(book.file(run.chapter, ".md")),
        files={name: file_hash(locate(book, name)) for name in files}, context={}, claims={}, checks=[], stderr=[],
        date="2026-01-01", wall_s=1, cpu_s=1, peak_mb=1, dtype="float64", machine="", versions={}, notebook="",
    )  # fmt: skip
    run.save(record, nbformat.v4.new_notebook())


@pytest.fixture
def with_library(book, monkeypatch):
    """The fixture book with a library of its own, of which the stored run loaded two files."""
    for name in ("__init__.py", "identify.py", "gp.py", "data/pelts.csv"):
        path = book.root / "mmlib" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n", encoding="utf-8")
    for name in ("requirements.lock", "pyproject.toml"):
        (book.root / name).write_text("\n", encoding="utf-8")
    monkeypatch.setattr(store, "PACKAGE", book.root / "mmlib")
    git(book.root, "add", ".")
    git(book.root, "commit", "-q", "-m", "library")
    git(book.root, "branch", "-f", "main")
    stored(book, ["mmlib/__init__.py", "mmlib/identify.py", "mmlib/data/pelts.csv"])
    return book


@pytest.mark.parametrize(
    ("file", "reaches"),
    [
        ("mmlib/identify.py", True),
        ("mmlib/data/pelts.csv", True),
        ("mmlib/gp.py", False),
        ("requirements.lock", True),
        ("pyproject.toml", True),
        ("book/fixture/predators.claims.yml", True),
        ("book/fixture/predators.replicates.csv", True),
        ("book/intro.md", False),
    ],
)
def test_a_change_is_followed_to_the_chapters_it_reaches(with_library, file, reaches):
    commit(with_library, file)
    assert elsewhere.changed(with_library) == (["fixture/predators"] if reaches else [])


@pytest.mark.parametrize("what", ["no run", "a run of other cells", "a run with another library", "half a record"])
def test_without_a_run_of_the_chapter_as_it_is_any_change_of_the_library_counts(with_library, what):
    folder = with_library.runs / "fixture/predators/seed0-cpu"
    if what == "no run":
        shutil.rmtree(folder)
    elif what == "half a record":
        (folder / "record.json").write_text("{", encoding="utf-8")
    else:
        changed = "book/fixture/predators.md" if what == "a run of other cells" else "mmlib/identify.py"
        text = "\n```{code-cell}\n1\n```\n" if changed.endswith(".md") else "# more\n"
        commit(with_library, changed, text)
        git(with_library.root, "branch", "-f", "main")
    commit(with_library, "book/intro.md")
    assert elsewhere.changed(with_library) == []
    commit(with_library, "mmlib/gp.py")
    assert elsewhere.changed(with_library) == ["fixture/predators"]


def test_a_new_file_of_the_library_counts_where_no_run_is_stored(book):
    (book.root / "mmlib").mkdir()
    (book.root / "mmlib/new.py").touch()
    git(book.root, "add", ".")
    git(book.root, "commit", "-q", "-m", "new")
    assert elsewhere.changed(book) == ["fixture/predators"]


def test_two_visits_at_once_do_not_meet(book, monkeypatch):
    """Each has its own folder, which goes with it; what Colab brings is built once, and never seen half built."""
    monkeypatch.setattr(elsewhere, "COLAB_HAS", ["pip"])
    (book.root / "requirements.lock").touch()
    with elsewhere._own_folder(book) as one:
        first = elsewhere._colab(book, one)
        with elsewhere._own_folder(book) as two:
            second = elsewhere._colab(book, two)
            assert one != two and first != second
            for own in (one, two):
                environment = elsewhere._environment(book, "colab", own)
                assert str(own) in environment["GIT_CONFIG_KEY_0"]
        assert first.exists() and not two.exists()
        assert (one / "repository.git").exists()
    assert [p.name for p in (book.root / "_build/colab").iterdir()] == ["bare"]


def test_who_builds_the_bare_environment_second_takes_the_first_ones(book, monkeypatch):
    monkeypatch.setattr(elsewhere, "COLAB_HAS", ["pip"])
    (book.root / "requirements.lock").touch()
    bare = book.root / "_build/colab/bare"
    rename = elsewhere.os.rename

    def late(source, target):
        bare.mkdir()
        (bare / "ready").touch()
        rename(source, target)

    monkeypatch.setattr(elsewhere.os, "rename", late)
    with elsewhere._own_folder(book) as own:
        assert elsewhere._bare(book, own) == bare
    assert [p.name for p in bare.iterdir()] == ["ready"]


def test_on_main_the_last_commit_counts(book):
    git(book.root, "checkout", "-q", "main")
    commit(book, "book/fixture/predators.md")
    assert elsewhere.changed(book) == ["fixture/predators"]
    commit(book, "book/intro.md")
    assert elsewhere.changed(book) == []


def test_without_a_past_every_chapter_counts(tmp_path):
    shutil.copytree(FIXTURE, tmp_path / "plain")
    assert elsewhere.changed(Book(tmp_path / "plain")) == ["fixture/predators"]


@pytest.mark.parametrize("reader", [None, "student"])
def test_a_notebook_with_solutions_pasted_in_holds_all_cells_of_the_book(reader):
    """Nothing but the order of text is lost between a reader's notebook with solutions pasted in and the page."""
    book = Book(ROOT)
    chapter = "odes/system_identification"
    pasted = nbformat.reads(elsewhere.pasted(book, chapter, reader), as_version=4)
    whole = nbformat.reads(elsewhere.export(book, chapter, "instructor"), as_version=4)
    one, two = ("".join("".join(c.source.split()) for c in n.cells if c.cell_type == "code") for n in (pasted, whole))
    assert one == two
    assert "answer=..." not in one


@pytest.mark.parametrize(
    ("data", "red"),
    [
        ({"text/plain": "error = 3 %  (asked < 5: holds)"}, False),
        ({"text/plain": "error = 7 %  (asked < 5: DOES NOT HOLD)"}, True),
        ({"text/plain": "Exercise 2: right.", CHECK_MIME: {"exercise": 2, "right": True}}, False),
        ({"text/plain": "Exercise 2: not yet.", CHECK_MIME: {"exercise": 2, "right": False}}, True),
    ],
)
def test_what_counts_as_a_failure(data, red):
    cell = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", data=data)])
    assert bool(elsewhere._complaint(nbformat.v4.new_notebook(cells=[cell]))) == red


def test_a_notebook_that_takes_too_much_memory_is_stopped(tmp_path, monkeypatch):
    notebook = tmp_path / "greedy.ipynb"
    cell = nbformat.v4.new_code_cell("greedy = bytearray(10**9)\nimport time; time.sleep(60)")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), notebook)
    visit = elsewhere._execute(elsewhere.Path(elsewhere.sys.executable), notebook, dict(elsewhere.os.environ), 0.5)
    assert "more than 0.5 GB" in visit.red and visit.seconds < 50


def test_a_notebook_that_fails_says_so(tmp_path):
    notebook = tmp_path / "wrong.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")]), notebook)
    visit = elsewhere._execute(elsewhere.Path(elsewhere.sys.executable), notebook, dict(elsewhere.os.environ), None)
    assert "ZeroDivisionError" in visit.red


def test_unknown_place_and_chapter(capsys):
    with pytest.raises(ValueError, match="colab, binder; got 'moon'"):
        elsewhere.run(Book(ROOT), "odes/system_identification", "moon")
    assert elsewhere.main(["odes/nothing"]) == 2
    assert "unknown chapter" in capsys.readouterr().err


def test_one_visit_that_cannot_be_made_leaves_the_others_alone(book, monkeypatch, capsys):
    monkeypatch.chdir(book.root)

    def visit(book, chapter, place, student):
        if place == "colab":
            raise RuntimeError("git could not copy\nthe book")
        return elsewhere.Visit("", 1.0, 1.0)

    monkeypatch.setattr(elsewhere, "run", visit)
    assert elsewhere.main([]) == 1
    out = capsys.readouterr().out
    assert "RED    fixture/predators in colab" in out and "RuntimeError: git could not copy the book" in out
    assert "ok     fixture/predators in binder" in out
