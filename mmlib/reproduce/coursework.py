"""Coursework: exercises by length, assignments for nbgrader, and homework sheets whose solution is on no page.

    python -m mmlib.reproduce.coursework                      all chapters and sheets
    python -m mmlib.reproduce.coursework odes/free_energy     one of them; a sheet is called homework/NAME

writes a course folder for nbgrader into ``_build/nbgrader``, and sheets also into ``_build/student`` and
``_build/instructor``. Each exercise has a cell to answer in, a locked cell that the checker grades, and a cell for words that a person grades. Solutions stand between nbgrader's marks, which its command `generate_assignment` takes out.

A homework sheet is a text notebook in ``coursework/``, written as a chapter is. Its numbers are each student's own
(`here.student`), so that its solutions are programs: they go into the hidden tests, and nowhere else.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from mmlib.reproduce.needed import extra

with extra(__name__):
    import nbformat

    from mmlib.reproduce.book import Book, find_book, write_atomic
    from mmlib.reproduce.notebooks import ExportError, export
    from mmlib.reproduce.store import read_notebook


__all__ = [
    "HOMEWORK",
    "LEVELS",
    "WORDS",
    "Exercise",
    "Sheets",
    "exercises",
    "handed_out",
    "level",
    "nbgrader",
    "sheets",
]

HOMEWORK = "homework/"  # before the name of a sheet
LEVELS = {"short": 1, "medium": 2, "long": 3}  # with the points for a right answer
SHORT, MEDIUM = 5, 15  # lines of code of our solution, at most
WITHIN = 0.003  # of the right number: what a homework answer may be off
WORDS = 2  # points for two sentences, as the page for instructors grades them

_EDGE = re.compile(
    r"^`{3,}\{(?P<what>exercise|solution)-(?P<edge>start|end)\}[ \t]*(?P<title>.*)\n(?P<options>(?::.*\n)*)`{3,}$",
    re.MULTILINE,
)
_ASK = "*In two sentences:* what came out, with its spread or its unit? What does it not show, or when would it fail?"
_CONFIG = """\
# Written by python -m mmlib.reproduce.coursework. In this folder: nbgrader generate_assignment NAME, later nbgrader autograde NAME.
c = get_config()
c.CourseDirectory.course_id = "multiscale"
c.ClearSolutions.code_stub = {"python": "# your code, which ends with the answer"}
c.ExecutePreprocessor.timeout = 600
"""


@dataclass(frozen=True)
class Exercise:
    """An exercise of a chapter or a sheet, with the code of its solution."""

    number: int
    title: str
    label: str
    code: str

    @property
    def level(self) -> str:
        return level(self.code)

    @property
    def points(self) -> int:
        return LEVELS[self.level]


@dataclass(frozen=True)
class Sheets(Book):
    """The homework sheets of a book, which are no chapters: no run is stored of them, and no page shows them."""

    def file(self, chapter: str, ending: str) -> Path:
        return self.root / "coursework" / f"{chapter.removeprefix(HOMEWORK)}{ending}"


def sheets(book: Book) -> list[str]:
    """Names of the homework sheets: ``["homework/how_long_must_you_watch"]``."""
    return [f"{HOMEWORK}{path.stem}" for path in sorted((book.root / "coursework").glob("*.md"))]


def level(code: str) -> str:
    """How much an exercise asks for, by the length of our own solution.

    >>> level("here.check(1, 2)"), level("x = 1\\n" * 10), level("x = 1\\n" * 40)
    ('short', 'medium', 'long')
    """
    lines = sum(1 for line in code.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    return "short" if lines <= SHORT else "medium" if lines <= MEDIUM else "long"


def exercises(book: Book, chapter: str) -> list[Exercise]:
    """The exercises of a chapter, or of a sheet if the book is `Sheets`, in their order.

    Raises
    ------
    ExportError : a solution belongs to no exercise.
    """
    titles, code, inside = {}, {}, ""
    for cell in read_notebook(book.file(chapter, ".md")).cells:
        if cell.cell_type == "code":
            if inside:
                code[inside].append(cell.source)
            continue
        for edge in _EDGE.finditer(cell.source):
            if edge["what"] == "exercise" and edge["edge"] == "start":
                label = re.search(r"^:label: *([\w-]+)", edge["options"], re.MULTILINE)
                titles[label[1] if label else ""] = edge["title"].strip()
            elif edge["what"] == "solution":
                inside = edge["title"].strip() if edge["edge"] == "start" else ""
                if inside and inside not in titles:
                    raise ExportError(f"{chapter}: solution of an unknown exercise {inside!r}.")
                if inside:
                    code[inside] = []
    return [
        Exercise(n, title, label, "\n\n".join(code.get(label, ())))
        for n, (label, title) in enumerate(titles.items(), start=1)
    ]


def handed_out(book: Book, sheet: str, reader: str) -> str:
    """The text of a sheet's notebook, for "student" or "instructor"; its answers go to the sheet's own `check`."""
    notebook = nbformat.reads(export(Sheets(book.root), sheet, reader), as_version=4)
    for cell in notebook.cells:
        if "answer" in cell.metadata.get("tags", ()):
            number = re.search(r"here\.check\((\d+)", cell.source)[1]
            cell.source = (
                f"answer_{number} = ...  # put your answer in place of the dots\ncheck({number}, answer_{number})"
            )
    return nbformat.writes(notebook) + "\n"


def nbgrader(book: Book, chapter: str) -> str:
    """The text of a chapter's notebook as nbgrader reads it, solutions between its marks.

    Raises
    ------
    ExportError : as `notebooks.export` does, or a solution hands in no answer.
    """
    known = exercises(book, chapter)
    notebook = nbformat.reads(export(book, chapter, "student"), as_version=4)
    cells, left = [], iter(known)
    for cell in notebook.cells:
        if "answer" in cell.metadata.get("tags", ()):
            cells += _graded(chapter, next(left), hidden=isinstance(book, Sheets))
        else:
            cells.append(cell)
    for count, cell in enumerate(cells):
        cell["id"] = cell.metadata.get("nbgrader", {}).get("grade_id", f"cell-{count}")
    notebook.cells = cells
    return nbformat.writes(notebook) + "\n"


def _graded(chapter: str, one: Exercise, hidden: bool) -> list:
    """The cells of one exercise: answer, test, words."""
    name = f"answer_{one.number}"
    solution = _handing_in(chapter, one, name)
    start = f"{name} = ...  # put your answer in place of the dots"
    if hidden:  # the sheet's own `check` looks at the form; what is right is computed from the student's own numbers
        expected = solution.replace(f"{name} = ", f"expected_{one.number} = ")
        answer = f"{start}\n### BEGIN SOLUTION\n{solution}\n### END SOLUTION\ncheck({one.number}, {name})"
        test = (
            f"# {one.points} points: your own numbers are judged when you hand the sheet in\nassert check({one.number}, {name})\n"
            f"### BEGIN HIDDEN TESTS\nfrom mmlib.exercises import near\n\n{expected}\n"
            f"assert near({name}, expected_{one.number}, {WITHIN})\n### END HIDDEN TESTS"
        )
    else:
        answer = f"{start}\n### BEGIN SOLUTION\n{solution}\n### END SOLUTION\nhere.check({one.number}, {name})  # as often as you like"
        test = (
            f"# {one.points} points\nfrom mmlib.exercises import check\n\n"
            f"feedback = check({chapter!r}, {one.number}, {name})\nassert feedback.right, feedback"
        )
    return [
        _cell("code", answer, f"{one.label}-answer", solution=True),
        _cell("code", test, f"{one.label}-test", grade=True, locked=True, points=one.points),
        _cell("markdown", _ASK, f"{one.label}-words", grade=True, solution=True, points=WORDS),
    ]


def _cell(kind: str, source: str, name: str, *, grade=False, solution=False, locked=False, points=None):
    told = {
        "grade": grade,
        "grade_id": name,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        told["points"] = points
    make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    return make(source, metadata={"nbgrader": {"cell_type": kind, **told}})


def _handing_in(chapter: str, one: Exercise, name: str) -> str:
    """The solution's code, in which the answer gets a name where it was checked."""
    lines, found = one.code.splitlines(), 0
    for node in reversed(ast.parse(one.code).body):
        call = node.value if isinstance(node, ast.Expr) else None
        if not isinstance(call, ast.Call) or ast.unparse(call.func) not in ("here.check", "check"):
            continue
        if len(call.args) == 2 and ast.unparse(call.args[0]) == str(one.number):
            lines[node.lineno - 1 : node.end_lineno] = [f"{name} = {ast.unparse(call.args[1])}"]
            found += 1
    if found != 1:
        raise ExportError(
            f"{chapter}: the solution of exercise {one.number} should hand in one answer, by here.check({one.number}, …) "
            f"in a line of its own; it has {found} such lines."
        )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Write the course folder; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m mmlib.reproduce.coursework", description=__doc__.splitlines()[0])
    parser.add_argument("chapter", nargs="*", help="chapters, or homework/NAME; all if none is named")
    options = parser.parse_args(arguments)
    try:
        book = find_book()
        asked = [name for name in options.chapter if name not in sheets(book)]
        chapters = book.resolve(asked) if asked or not options.chapter else []
    except LookupError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    names = [*chapters, *(name for name in sheets(book) if not options.chapter or name in options.chapter)]
    folder, red = book.root / "_build" / "nbgrader", 0
    write_atomic(folder / "nbgrader_config.py", _CONFIG)
    for name in names:
        last = name.rsplit("/", 1)[-1]
        path = folder / "source" / last / f"{last}.ipynb"
        try:
            if name.startswith(HOMEWORK):
                text = nbgrader(Sheets(book.root), name)
                for reader in ("student", "instructor"):
                    write_atomic(book.root / "_build" / reader / f"{name}.ipynb", handed_out(book, name, reader))
            else:
                text = nbgrader(book, name)
        except ValueError as error:
            print(f"RED    {error}")
            red = 1
            continue
        write_atomic(path, text)
        print(f"{path.relative_to(book.root)}: written")
    return red


if __name__ == "__main__":
    sys.exit(main())
