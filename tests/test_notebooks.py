"""The exporter: what only the book understands becomes plain Markdown, or is refused."""

import json

import nbformat
import pytest

from mmlib import chapter
from mmlib.reproduce.book import Book
from mmlib.reproduce.downloads import as_text, raw
from mmlib.reproduce.notebooks import ExportError, export

from .conftest import FIXTURE, ROOT

HEAD = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

"""


@pytest.fixture
def book(tmp_path):
    (tmp_path / "book/a").mkdir(parents=True)
    (tmp_path / "_toc.yml").write_text("root: book/a/b", encoding="utf-8")
    (tmp_path / "_config.yml").write_text("repository: {url: https://github.com/x/y/, branch: v1}", encoding="utf-8")
    (tmp_path / "book/references.bib").write_text((FIXTURE / "book/references.bib").read_text(), encoding="utf-8")
    for ending in (".claims.yml", ".replicates.csv"):
        (tmp_path / f"book/a/b{ending}").write_text(
            (FIXTURE / f"book/fixture/predators{ending}").read_text(), encoding="utf-8"
        )
    return Book(tmp_path)


def plain(book, text):
    (book.root / "book/a/b.md").write_text(HEAD + text, encoding="utf-8")
    return "\n\n".join(c["source"] for c in nbformat.reads(export(book, "a/b"), 4).cells if c.cell_type == "markdown")


@pytest.mark.parametrize(
    ("myst", "says"),
    [
        ("by {cite:t}`lotka1920analytical`.", "by Lotka ([1920](https://doi.org/10.1073/pnas.6.7.410))."),
        ("found {cite:p}`lotka1920analytical`.", "found ([Lotka, 1920](https://doi.org/10.1073/pnas.6.7.410))."),
        ("is {glue:text}`terms`", "is 4"),
        ("is {glue:text}`median_growth_rate`", "is 0.55 1/year"),
        ("$$ x = 1 $$ (one)\n\nsee {eq}`one`", "$$ x = 1 \\tag{1}$$\n\nsee (1)"),
        ("```{admonition} Predict\nWhich term?\n```", "> **Predict**\n>\n> Which term?"),
        ("```{warning}\nMind.\n```", "> **Warning**\n>\n> Mind."),
        ("see {doc}`/book/a/b`", "see [b](https://github.com/x/y/blob/v1/book/a/b.md)"),
        ("see {doc}`this </book/a/b>`", "see [this](https://github.com/x/y/blob/v1/book/a/b.md)"),
        ("```{exercise-start} Sum\n:label: e-1\n```\nAdd.\n```{exercise-end}\n```", "### Exercise 1: Sum\n\nAdd."),
        ("```python\nx = {1: 2}\n```", "```python\nx = {1: 2}\n```"),
    ],
)
def test_plain_form(book, myst, says):
    assert says in plain(book, myst)


@pytest.mark.parametrize(
    ("myst", "says"),
    [
        ("{cite:t}`nobody1900`", "not in references.bib"),
        ("{glue:text}`nothing`", "names no claim"),
        ("{eq}`two`", "no labelled equation"),
        ("{numref}`fig`", "role {numref}"),
        ("```{figure} x.png\n```", "directive {figure}"),
        ("```{note}\nnever closed", "is not closed"),
        ("{doc}`/book/a/c`", "leads nowhere"),
        ("```{solution-start} e-9\n```", "unknown exercise"),
        ("```{exercise-start} Sum\n```", "has no label"),
    ],
)
def test_what_has_no_plain_form_is_refused(book, myst, says):
    with pytest.raises(ExportError, match="a/b") as caught:
        plain(book, myst)
    assert says in str(caught.value)


def test_a_comment_of_the_source_is_for_nobody_else(book):
    text = "Before.\n\n% not a comparison (better): a reason\nBetter.\n\n- One.\n% aside\n- Two, 5 % of it.\n\n```python\n%pip install x\n```"
    assert "Before.\n\nBetter.\n\n- One.\n- Two, 5 % of it.\n\n```python\n%pip install x\n```" in plain(book, text)
    for path in sorted((ROOT / "book").rglob("*.ipynb")):
        assert "% not a comparison" not in path.read_text("utf-8"), path


def test_notebook_is_clean(book):
    (book.root / "book/a/b.md").write_text(
        HEAD + "# T\n\n```{code-cell}\n:tags: [hide-input]\n\nx = 1\n```\n\n```{code-cell}\ny = 2\n```\n",
        encoding="utf-8",
    )
    text = export(book, "a/b")
    assert text == export(book, "a/b"), "the same text twice"
    raw = json.loads(text)
    assert "jupytext" not in raw["metadata"]
    code = [c for c in raw["cells"] if c["cell_type"] == "code"]
    assert [c["outputs"] for c in code] == [[], [], [], []]
    assert "mmlib[chapters] @ git+https://github.com/x/y@v1" in "".join(code[0]["source"])
    assert code[2]["metadata"] == {"tags": ["hide-input"], "cellView": "form", "jupyter": {"source_hidden": True}}
    assert "".join(code[2]["source"]).startswith("# @title Code of x\n"), "Colab shows the title of what it folds"
    nbformat.validate(nbformat.reads(text, 4))


def test_readers_answer_before_they_see_a_folded_solution(book):
    (book.root / "book/a/b.md").write_text(
        HEAD
        + "# T\n\n```{code-cell}\nx = 1\n```\n\n````{exercise-start} Sum\n:label: e-1\n````\nAdd.\n````{exercise-end}\n````\n\n"
        "````{solution-start} e-1\n:class: dropdown\n````\n```{code-cell}\nhere.check(1, 3)\n```\nThree.\n````{solution-end}\n````\n",
        encoding="utf-8",
    )
    statement, attempt, solution = json.loads(export(book, "a/b"))["cells"][-3:]
    assert "Add." in "".join(statement["source"])
    assert "here.check(1, answer)" in "".join(attempt["source"]) and attempt["metadata"] == {"tags": ["answer"]}
    assert solution["cell_type"] == "markdown", "Run All executes no solution"
    text = "".join(solution["source"])
    assert text.startswith("<details>\n<summary><b>Solution to exercise 1</b>") and text.endswith("</details>")
    assert "```python\nhere.check(1, 3)\n```" in text and "Three." in text
    student = export(book, "a/b", "student")
    assert "Three." not in student and "check(1, 3)" not in student
    taught = json.loads(export(book, "a/b", "instructor"))["cells"]
    assert ["here.check(1, 3)"] in [c["source"] for c in taught if c["cell_type"] == "code"]


def test_a_solution_is_closed(book):
    text = "```{exercise-start} Sum\n:label: e-1\n```\nAdd.\n```{exercise-end}\n```\n\n```{solution-start} e-1\n```\nThree.\n"
    with pytest.raises(ExportError, match="exercise 1 is not closed"):
        plain(book, text)


@pytest.mark.parametrize(
    ("address", "says"), [("https://book.example/", "https://book.example/book/a/b.html"), ("", "make book")]
)
def test_the_end_leads_to_the_verdicts(book, address, says):
    """To the page and the ledger where they have an address; no invented one otherwise."""
    (book.root / "_config.yml").write_text(
        f"repository: {{url: https://github.com/x/y, branch: v1}}\nhtml: {{baseurl: '{address}'}}", encoding="utf-8"
    )
    text = plain(book, "# T\n\n```{claims-table}\n```\n")
    assert says in text and ("book/reproducibility.html" in text) == bool(address)


def test_the_text_of_a_chapter_has_its_numbers_and_no_markup(book):
    (book.root / "book/a/b.md").write_text(
        HEAD + "# T\n\nIt is {glue:text}`terms`.\n\n```{code-cell}\n:tags: [hide-input]\n\nimport numpy\n```\n",
        encoding="utf-8",
    )
    text = as_text(export(book, "a/b"))
    assert "It is 4." in text and "```python\n# Imports\nimport numpy\n```" in text
    assert "book_says" not in text and "%pip" not in text and raw(text) == []
    assert raw((book.root / "book/a/b.md").read_text(encoding="utf-8")), "the source has some"


def test_a_notebook_tells_its_kernel_what_the_book_says(book, monkeypatch, tmp_path, capsys):
    """In a bare folder a claim shows its words, its condition and the book's value, as it does beside the book."""
    (book.root / "book/a/b.md").write_text(HEAD + "# T\n\n```{code-cell}\nx = 1\n```\n", encoding="utf-8")
    told = [c for c in json.loads(export(book, "a/b"))["cells"] if "book_says" in "".join(c["source"])]
    assert len(told) == 1 and told[0]["metadata"]["jupyter"] == {"source_hidden": True}
    (tmp_path / "bare").mkdir()
    monkeypatch.chdir(tmp_path / "bare")
    monkeypatch.setenv("MMLIB_BOOK", str(tmp_path / "bare"))
    exec("".join(told[0]["source"]), {})
    here = chapter("a/b")
    here.claim("growth_rate", 0.5312)
    here.claim("median_growth_rate")
    said = capsys.readouterr().out
    assert (
        "growth rate of the hares, identified from noisy readings: book 0.551 1/year to the last digit, here 0.531 1/year"
        in said
    )
    assert "(asked 0.5 to 0.6 1/year: holds; claim growth_rate)" in said
    assert "median of the identified growth rate: book 0.55" in said
