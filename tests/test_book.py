"""The book itself: complete chapters, and pages that keep the house rules."""

import ast
import importlib
import re

import nbformat
import pytest

from mmlib import claims, exercises
from mmlib.reproduce.book import Book
from mmlib.reproduce.notebooks import export
from mmlib.reproduce.pages import page_names
from mmlib.reproduce.store import read_notebook

from .conftest import ROOT

BOOK = Book(ROOT)
CHAPTERS = BOOK.chapters()


def text(chapter) -> str:
    return BOOK.file(chapter, ".md").read_text(encoding="utf-8")


def code(chapter) -> list[str]:
    return [c.source for c in read_notebook(BOOK.file(chapter, ".md")).cells if c.cell_type == "code"]


def test_there_are_chapters():
    assert {"odes/system_identification", "pdes/multi_fidelity"} <= set(CHAPTERS)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter_is_complete(chapter):
    for ending in (".md", ".ipynb", ".claims.yml", ".replicates.csv"):
        assert BOOK.file(chapter, ending).exists(), ending
    assert f"book/{chapter}" in page_names(BOOK)
    assert f'chapter("{chapter}")' in text(chapter)
    assert text(chapter).count("```{claims-table}") == 1


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_notebook_agrees_with_its_text(chapter):
    assert export(BOOK, chapter) == BOOK.file(chapter, ".ipynb").read_text(encoding="utf-8")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_claims_are_made_once_and_rest_on_stored_runs(chapter):
    entries = claims.read_claims(BOOK.file(chapter, ".claims.yml"))
    rows = claims.read_replicates(BOOK.file(chapter, ".replicates.csv"))
    assert set(re.findall(r"\{glue:text\}`(\w+)", text(chapter))) <= set(entries)
    for name, entry in entries.items():
        if entry.kind in ("replicates", "comparison"):
            continue
        stored = [r for r in rows if r.claim == name and r.device == "cpu"]
        assert {r.seed for r in stored} >= ({0} if entry.kind == "exact" else set(range(10))), name
        zero = next(r.value for r in stored if r.seed == 0)
        assert claims.holds(entry.must, zero), name


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_units_stand_once(chapter):
    """A result in a sentence brings its unit: "20 periods periods" is what a reader saw."""
    entries = claims.read_claims(BOOK.file(chapter, ".claims.yml"))
    twice = []
    for name, after in re.findall(r"\{glue:text\}`(\w+)`\s+(\S+)", text(chapter)):
        unit, following = (w.strip(".,;:()*").lower()[:5] for w in (entries[name].unit.split()[0], after))
        if unit not in ("", "1") and unit == following:
            twice.append(f"{name}: {entries[name].unit}, then {after}")
    assert twice == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_ratios_are_said_as_ratios(chapter):
    """ "14 CPU seconds of the network over those of the solver" reads as a time: a ratio is so many times."""
    for name, entry in claims.read_claims(BOOK.file(chapter, ".claims.yml")).items():
        if re.search(r"\bover those\b", entry.says):
            assert entry.unit in ("times", "%"), name


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_published_figures_have_a_source(chapter):
    bibliography = (ROOT / "book/references.bib").read_text(encoding="utf-8")
    for name, entry in claims.read_claims(BOOK.file(chapter, ".claims.yml")).items():
        if entry.published:
            assert f"{{{entry.published.cite}," in bibliography, name


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_exercises_have_checkers_and_solutions(chapter):
    module = importlib.import_module(f"mmlib.exercises.{chapter.replace('/', '_')}")
    checkers = {int(n.removeprefix("exercise_")) for n in vars(module) if n.startswith("exercise_")}
    asked = text(chapter).count("```{exercise-start}")
    solved = {int(n) for n in re.findall(r"here\.check\((\d+),", "\n".join(code(chapter)))}
    assert 4 <= asked <= 6
    assert checkers == solved == set(range(1, asked + 1))
    assert text(chapter).count("```{solution-start}") == asked


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_cells_keep_the_house_rules(chapter):
    for cell in read_notebook(BOOK.file(chapter, ".md")).cells:
        if cell.cell_type == "code" and "hide-input" not in cell.metadata.get("tags", []):
            for line in cell.source.splitlines():
                assert len(line) <= 92, f"wider than the page: {line}"
    for cell in code(chapter):
        assert not re.search(r"^%%(time|capture)", cell, re.MULTILINE), "a magic that can swallow an error"
        assert "filterwarnings" not in cell and "simplefilter" not in cell
        assert "np.random.seed" not in cell and "manual_seed" not in cell, "chance comes from here.rng or here.seed"


def private(cells) -> list[str]:
    """What cells take from behind a library's counter: names and modules with an underscore in front."""
    found = []
    for cell in cells:
        bare = "\n".join("pass" if line.startswith(("%", "!")) else line for line in cell.split("\n"))
        for node in ast.walk(ast.parse(bare)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
                found += [part for name in names for part in name.split(".")]
            elif isinstance(node, ast.Attribute):
                found.append(node.attr)
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "getattr" and len(node.args) > 1:
                found.append(str(getattr(node.args[1], "value", "")))
    public = {"_replace", "_asdict", "_fields", "_make"}  # of named tuples: documented, with the underscore
    return [name for name in found if re.match(r"_(?!_)", name) and name not in public]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapters_use_public_names(chapter):
    assert private(code(chapter)) == [], "give it a public place in the library, or write it in the cell"


def test_private_names_are_found():
    bad = ["from mmlib.nets import _w", "import mmlib._input as i", "from mmlib import _rows", "%run x\nnets._w(3)"]
    assert [len(private([cell])) for cell in [*bad, "getattr(nets, '_w')"]] == [1] * 5
    assert private(["x._replace(a=1), x.__class__", "_ = 3\n_own = f(_)", "from mmlib import nets"]) == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_figures_say_what_they_show(chapter):
    """plot.show and plot.move are the only ways to show a figure, and ask for words; no two figures share them."""
    joined = "\n".join(code(chapter))
    assert "plt.show" not in joined and "matplotlib" not in joined
    captions = re.findall(r"caption=\(?\s*f?[\"'](.{20})", joined)
    alts = re.findall(r"alt=\(?\s*f?[\"'](.{20})", joined)
    assert joined.count("plot.show(") + joined.count("plot.move(") == len(captions) == len(alts)
    assert joined.count("plot.show(") >= 3
    assert len(set(captions)) == len(captions) and len(set(alts)) == len(alts)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_arc(chapter):
    page = text(chapter)
    assert page.count("```{admonition} Predict") >= 2, "a guess before the main results"
    assert re.search(r"synthetic", page, re.IGNORECASE), "synthetic data are called so"
    assert "peng2021multiscale" in page, "what the review asks"
    assert re.search(r"^## .*your own data", page, re.MULTILINE | re.IGNORECASE)
    heads = re.findall(r"^## (.*)$", page, re.MULTILINE)
    assert "What you take away" in heads and "Exercises" in heads
    onward = re.search(
        r"^## What (?:to read )?next\n(.*?)^## |(?:\*\*What next\.\*\*|Read next:)(.*?)\n\n",
        page,
        re.MULTILINE | re.DOTALL,
    )
    assert onward and "{doc}`" in (onward[1] or onward[2]), "where a reader may go from here"


def test_labels_are_given_once():
    """Two chapters that give one label to an exercise stop the page build with an error that names neither."""
    labels = [
        label for c in CHAPTERS for label in re.findall(r"^:label: ([\w-]+)|\$\$ \(([\w-]+)\)", text(c), re.MULTILINE)
    ]
    names = [a or b for a, b in labels]
    assert sorted(set(names)) == sorted(names), sorted({n for n in names if names.count(n) > 1})


def test_bibliography_entries_lead_somewhere():
    bibliography = (ROOT / "book/references.bib").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=@)", bibliography.strip())
    keys = [re.match(r"@\w+\{([^,]+),", e)[1] for e in entries]
    assert len(set(keys)) == len(keys)
    for key, entry in zip(keys, entries, strict=True):
        assert re.search(r"\b(doi|url)\s*=", entry), f"{key} has neither doi nor url"
    cited = "\n".join(
        p.read_text(encoding="utf-8") for p in [*(ROOT / "book").rglob("*.md"), *(ROOT / "book").rglob("*.yml")]
    )
    for key in keys:
        assert key in cited, f"{key} is never cited"


def test_data_files_say_where_they_come_from():
    listed = (ROOT / "mmlib/data/README.md").read_text(encoding="utf-8")
    tables = list((ROOT / "mmlib/data").glob("*.csv"))
    assert tables
    for path in tables:
        head = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
        for word in ("# what:", "# source:", "# units:", "# done to it:"):
            assert any(line.startswith(word) for line in head), f"{path.name}: {word}"
        assert path.name in listed


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_student_finds_a_cell_to_answer_in_where_the_solution_was(chapter):
    """With the solutions pasted into those cells, the student's notebook is the chapter again."""
    whole = [c.source for c in nbformat.reads(export(BOOK, chapter, "instructor"), 4).cells if c.cell_type == "code"]
    student = nbformat.reads(export(BOOK, chapter, "student"), 4)
    pasted, place, number = [], 0, 0
    for cell in (c for c in student.cells if c.cell_type == "code"):
        if "answer" in cell.metadata.get("tags", []):
            number += 1
            assert f"here.check({number}, answer)" in cell.source
            pasted.append(None)
        else:
            here = whole.index(cell.source, place)
            solution, place = whole[place:here], here + 1
            assert bool(solution) == (bool(pasted) and pasted[-1] is None), "left out without a cell to answer in"
            assert not solution or f"here.check({number}, " in "".join(solution)
            pasted += [cell.source]
    assert f"here.check({number}, " in "".join(whole[place:])
    assert number == len(re.findall(r"\{exercise-start\}", text(chapter)))
    shown = "\n".join(c.source for c in student.cells if c.cell_type == "markdown")
    assert "Solution to exercise" not in shown and shown.count("### Exercise") == number


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_an_empty_answer_gets_a_hint(chapter):
    for number in range(1, 1 + len(re.findall(r"\{exercise-start\}", text(chapter)))):
        feedback = exercises.check(chapter, number, ...)
        assert not feedback.right and len(feedback.say) > 20
