"""Marks of notebooks that were handed in: what they say of themselves does not count."""

import sys

import nbformat
import numpy as np
import pytest
from nbformat import v4

from mmlib import chapter, exercises
from mmlib.chapter import CHECK_MIME
from mmlib.exercises import marks, run_again
from mmlib.exercises._marks import CHECK_MIME as READ

CHAPTER = "capstones/sickle_cell"  # exercise 4: 0.23 * 7**2, a number without any computing
RIGHT = 0.23 * 7**2
NOTHING = dict.fromkeys(range(1, 7), False)


def said(**check):
    data = {"text/plain": "Exercise 4: right.", CHECK_MIME: check}
    return v4.new_code_cell("", outputs=[v4.new_output("display_data", data)])


def handed_in(*cells):
    return v4.new_notebook(cells=[v4.new_markdown_cell("mine"), v4.new_code_cell("1 + 1"), *cells])


def test_chapter_and_marks_speak_of_the_same():
    assert READ == CHECK_MIME


@pytest.mark.parametrize(
    "forged",
    [
        {"exercise": 4, "right": True},
        {"exercise": 4, "right": True, "answer": 12.0},
        {"exercise": 4, "right": True, "answer": None},
        {"exercise": 4, "right": True, "answer": {"right": True}},
        {"exercise": 4, "right": True, "answer": [[], [[]]]},
        {"exercise": "4", "right": True, "answer": RIGHT},
        {"exercise": 99, "right": True, "answer": RIGHT},
    ],
)
def test_a_displayed_verdict_counts_for_nothing(forged):
    assert marks(handed_in(said(**forged)), CHAPTER) == NOTHING


def test_the_last_answer_is_judged_anew():
    right, wrong = {"exercise": 4, "right": False, "answer": RIGHT}, {"exercise": 4, "right": True, "answer": 3}
    assert marks(handed_in(said(**wrong), said(**right)), CHAPTER) == NOTHING | {4: True}
    assert marks(handed_in(said(**right), said(**wrong)), CHAPTER) == NOTHING


@pytest.mark.parametrize(
    ("kind", "outputs", "counts"),
    [
        ("markdown", "right", False),
        ("raw", "right", False),
        ("code", "right", True),
        ("code", None, False),
        ("code", [{"output_type": "display_data", "data": None}, 3, {"output_type": "stream"}], False),
    ],
)
def test_outputs_that_no_kernel_wrote_count_for_nothing(kind, outputs, counts):
    notebook = handed_in(v4.new_code_cell(""))
    cell = notebook.cells[-1]  # changed by hand: nbformat would refuse to make it
    cell["cell_type"] = kind
    cell["outputs"] = said(exercise=4, right=True, answer=RIGHT).outputs if outputs == "right" else outputs
    assert marks(notebook, CHAPTER) == NOTHING | {4: counts}


def test_a_cell_that_fails_after_its_answer_has_not_answered():
    right = said(exercise=4, right=True, answer=RIGHT)
    failed = said(exercise=4, right=True, answer=RIGHT)
    failed.outputs.append(v4.new_output("error", ename="ValueError", evalue="", traceback=[]))
    assert marks(handed_in(failed), CHAPTER) == NOTHING
    assert marks(handed_in(right, failed), CHAPTER) == NOTHING
    assert marks(handed_in(failed, right), CHAPTER) == NOTHING | {4: True}


def test_an_answer_that_breaks_the_checker_is_wrong(monkeypatch):
    def broken(*_):
        raise RecursionError

    monkeypatch.setattr(exercises, "check", broken)
    assert marks(handed_in(said(exercise=4, right=True, answer=RIGHT)), CHAPTER) == NOTHING


def test_a_chapter_without_exercises_is_refused():
    with pytest.raises(ValueError, match="no exercises"):
        marks(handed_in(), "capstones/nowhere")


def test_each_form_of_an_answer_survives_the_notebook():
    """What `here.check` leaves behind is checked to the same verdict."""
    for number, answer in [(4, RIGHT), (2, (15, 24)), (5, [10, 0.9918]), (4, "12")]:
        feedback = exercises.check(CHAPTER, number, answer)
        again = marks(handed_in(said(exercise=number, right=None, answer=feedback.answer)), CHAPTER)
        assert again[number] is feedback.right
    assert exercises.check("odes/system_identification", 3, {"sindy"}).answer == ["sindy"]
    assert exercises.check(CHAPTER, 4, float("nan")).answer is None
    assert exercises.check(CHAPTER, 4, range(100_000)).answer is None, "no notebook of megabytes"


def test_dots_are_no_answer():
    for empty in (..., [..., 3], ([1, ...], 2)):
        feedback = exercises.check(CHAPTER, 4, empty)
        assert not feedback.right and "in place of the dots" in feedback.say


def test_a_notebook_is_run_again(tmp_path):
    """Old outputs do not count, a cell that fails is no answer, and neither is what comes after a kernel that died."""
    check = 'display({"application/vnd.mmlib.check+json": {"exercise": 2, "right": True}}, raw=True)'
    sources = [
        f"from mmlib import chapter\nhere = chapter({CHAPTER!r})",
        "import mmlib.exercises as e\ne.check = lambda _, n, a: e.Feedback(n, True, '', a)\nhere.check(1, 2.0)",
        check,
        "here.check(4, 0.23 * 7**2)",
        "here.check(3, 1 / 0)",
        "import os\nos._exit(0)",
        "here.check(5, [10, 0.9918])",
    ]
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])
    notebook.cells[-1].outputs = said(exercise=5, right=True, answer=[10, 0.9918]).outputs
    path = tmp_path / "handed_in.ipynb"
    nbformat.write(notebook, path)
    before = path.read_bytes()
    assert marks(run_again(path, timeout=60), CHAPTER) == NOTHING | {4: True}
    assert path.read_bytes() == before
    with pytest.raises(FileNotFoundError):
        run_again(tmp_path / "nothing.ipynb")


def test_the_answer_travels_with_the_verdict(monkeypatch):
    shown = []
    monkeypatch.setattr(sys.modules["mmlib.chapter"], "_show", shown.append)
    chapter(CHAPTER).check(4, np.float32(12.5))
    assert shown[0][CHECK_MIME] == {"exercise": 4, "right": False, "answer": 12.5}
