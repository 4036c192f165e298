"""Coursework: levels, assignments for nbgrader, sheets with numbers of each student's own."""

import time
from importlib.util import find_spec

import nbformat
import pytest

from mmlib import chapter
from mmlib.reproduce import coursework
from mmlib.reproduce.book import Book
from mmlib.reproduce.coursework import Sheets, exercises, handed_out, nbgrader
from mmlib.reproduce.notebooks import ExportError

from .conftest import ROOT
from .test_notebooks import HEAD

BOOK = Book(ROOT)
SHEETS = coursework.sheets(BOOK)
EXERCISE = """\
```{{exercise-start}} Sum
:label: e-1
```
Add.
```{{exercise-end}}
```

```{{solution-start}} e-1
:class: dropdown
```
```{{code-cell}}
{}
```
Done.
```{{solution-end}}
```
"""


@pytest.fixture
def book(tmp_path):
    (tmp_path / "book/a").mkdir(parents=True)
    (tmp_path / "_toc.yml").write_text("root: book/a/b", encoding="utf-8")

    def with_solution(code):
        (tmp_path / "book/a/b.md").write_text(HEAD + EXERCISE.format(code), encoding="utf-8")
        return Book(tmp_path)

    return with_solution


def graded(text):
    """Sources and metadata of the cells that nbgrader knows, by their ids."""
    cells = nbformat.reads(text, as_version=4).cells
    return {c.metadata.nbgrader.grade_id: (c.source, c.metadata.nbgrader) for c in cells if "nbgrader" in c.metadata}


def test_an_exercise_becomes_answer_test_and_words(book):
    found = graded(nbgrader(book("x = 1\nhere.check(1, [x, 2])"), "a/b"))
    assert list(found) == ["e-1-answer", "e-1-test", "e-1-words"]
    source, told = found["e-1-answer"]
    inside = source.split("### BEGIN SOLUTION")[1].split("### END SOLUTION")[0]
    assert inside.strip() == "x = 1\nanswer_1 = [x, 2]" and told.solution and not told.grade and not told.locked
    source, told = found["e-1-test"]
    assert "check('a/b', 1, answer_1)" in source and told.grade and told.locked and told.points == 1
    source, told = found["e-1-words"]
    assert told.grade and told.solution and told.points == coursework.WORDS and told.cell_type == "markdown"


@pytest.mark.parametrize(
    "code", ["x = 1", "here.check(1, 2)\nhere.check(1, 3)", "if True:\n    here.check(1, 2)", "here.check(2, 2)"]
)
def test_a_solution_that_hands_in_no_single_answer_is_refused(book, code):
    with pytest.raises(ExportError, match="exercise 1 should hand in one answer"):
        nbgrader(book(code), "a/b")


@pytest.mark.parametrize("name", BOOK.chapters())
def test_every_chapter_is_an_assignment(name):
    """Each exercise has its three cells, no id twice, and outside of nbgrader's marks no line of a solution."""
    text, known = nbgrader(BOOK, name), exercises(BOOK, name)
    found = graded(text)
    assert len(found) == 3 * len(known) and all(one.code for one in known)
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    for one in known:
        compile(found[f"{one.label}-answer"][0], one.title, "exec")
        compile(found[f"{one.label}-test"][0], one.title, "exec")


@pytest.mark.skipif(not find_spec("nbgrader"), reason="nbgrader is no dependency: pip install nbgrader, then run this")
@pytest.mark.parametrize("name", [*BOOK.chapters(), *SHEETS])
def test_nbgrader_itself_accepts_every_assignment(name):
    from nbgrader.nbgraderformat import MetadataValidator

    notebook = nbformat.reads(nbgrader(Sheets(ROOT) if name in SHEETS else BOOK, name), as_version=4)
    MetadataValidator().validate_nb(notebook)
    del next(cell for cell in notebook.cells if "nbgrader" in cell.metadata).metadata.nbgrader["locked"]
    with pytest.raises(Exception, match="'locked' is a required property"):
        MetadataValidator().validate_nb(notebook)


@pytest.mark.parametrize("sheet", SHEETS)
def test_students_get_no_solution(sheet):
    out = handed_out(BOOK, sheet, "student")
    cells = nbformat.reads(out, as_version=4).cells
    given = "\n".join(cell.source for cell in cells)
    for one in exercises(Sheets(ROOT), sheet):
        assert one.code and not [line for line in one.code.splitlines() if len(line) > 25 and line in given], one.title
        assert f"check({one.number}, answer_{one.number})" in given
    assert "here.check(" not in given, "the library has no checker of a sheet"


def run(sheet, who):
    """Everything that nbgrader would run on the solution of a student: his answers, and the seconds."""
    space, begin = {}, time.process_time()
    for cell in nbformat.reads(nbgrader(Sheets(ROOT), sheet), as_version=4).cells:
        if cell.cell_type == "code" and "%pip" not in cell.source:
            exec(cell.source.replace('STUDENT = "ab123"', f"STUDENT = {who!r}"), space)
    return {n: space[f"answer_{n}"] for n in (1, 2, 3)}, time.process_time() - begin, space


def test_right_answers_differ_between_students_and_the_form_is_checked(capsys):
    """The hidden tests accept what the solution finds, whoever hands it in; another's numbers are wrong."""
    one, spent, space = run("homework/how_long_must_you_watch", "zoe")
    other, _, _ = run("homework/how_long_must_you_watch", "max")
    assert spent < 40  # CPU seconds; about ten on a quiet machine, twice the solution
    for answers in (one, other):
        short, long, four, _ = answers[2]
        assert short < min(long, four), "forty years beat ten, whoever draws"
    near = space["near"]
    assert not near(one[1], other[1], coursework.WITHIN) and not near(one[2][3], other[2][3], coursework.WITHIN)
    capsys.readouterr()
    for part, wrong in [
        (1, ...), (1, [0.55, 0.028, 0.80]), (1, [-0.6, -3.6, -0.2, -3.7]), (1, [0.55, 0.028, 0.80, 0.024]),
        (2, [0, 9, 8]), (2, [0.1, 0.8, 0.7, -0.56]), (2, [0, 1, 1, -0.56]), (2, [0, 13, 8, -0.56]), (3, [1.2, 0]), (3, None),
    ]:  # fmt: skip
        assert not space["check"](part, wrong), (part, wrong)
        assert "form is right" not in capsys.readouterr().out


def test_a_students_numbers_are_his_own():
    here, elsewhere = chapter("homework/a"), chapter("homework/b")

    def draw(made, who):
        return made.student(who)("readings").normal()

    assert draw(here, "ab1") == draw(here, " AB1 ") == draw(here, "ab1") and draw(here, 7) == draw(here, "7")
    drawn = [draw(here, "ab1"), draw(here, "ab2"), draw(elsewhere, "ab1"), here.student("ab1")("noise").normal()]
    assert len(set(drawn)) == 4
    assert draw(here, "ab1") != chapter("homework/a").rng("readings").normal()


@pytest.mark.parametrize("who", ["", "  ", None, True, 1.5, ["ab"]])
def test_a_student_without_a_name_is_refused(who):
    with pytest.raises(ValueError, match="expected a student's name or number"):
        chapter("homework/a").student(who)


def test_the_seed_of_a_run_changes_no_student(monkeypatch):
    before = chapter("homework/a").student("ab1")("x").normal()
    monkeypatch.setenv("MMLIB_SEED", "5")
    assert chapter("homework/a").student("ab1")("x").normal() == before
