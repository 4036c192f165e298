"""The frame in which every checker stands: any correct form is accepted, any wrong form gets a helpful sentence."""

import json
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch

from mmlib import exercises
from mmlib.exercises import AnswerError, array, check, number


@pytest.fixture(autouse=True)
def course(monkeypatch):
    module = types.ModuleType("mmlib.exercises.course_one")

    def exercise_1(answer):
        return None if abs(number(answer, "a rate") - 0.5) < 1e-6 else "Look at the sign of the decay."

    def exercise_2(answer):
        return None if np.allclose(array(answer, (2,), "two rates"), [1, 2]) else "Which comes first?"

    module.exercise_1, module.exercise_2 = exercise_1, exercise_2
    monkeypatch.setitem(sys.modules, "mmlib.exercises.course_one", module)


@pytest.mark.parametrize(
    "answer",
    [
        0.5,
        np.float32(0.5),
        [0.5],
        np.array([[0.5]]),
        torch.tensor(0.5),
        "0.5",
        torch.tensor(0.5, requires_grad=True),
        [torch.tensor(0.5, requires_grad=True)],
    ],
)
def test_every_form_of_one_number(answer):
    feedback = check("course/one", 1, answer)
    assert feedback.right and str(feedback) == "Exercise 1: right."


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (-0.5, "Look at the sign"),
        (np.nan, "got nan"),
        ([1, 2], r"shape (2,)"),
        ("half", "got str"),
        (None, "got None"),
        ({"rate": 0.5}, "got dict"),
        (True, "got True"),
        (10**400, "got int"),
        (torch.tensor([0.5, 0.5], requires_grad=True), r"shape (2,)"),
    ],
)
def test_wrong_answers_get_a_next_step(answer, says):
    feedback = check("course/one", 1, answer)
    assert not feedback.right and says in feedback.say
    assert str(feedback).startswith("Exercise 1: not yet. ")


def test_arrays():
    assert check("course/one", 2, (1, 2)).right
    assert "shape (3,)" in check("course/one", 2, np.ones(3)).say
    assert "NaN" in check("course/one", 2, [1, np.inf]).say
    assert "Which comes first" in check("course/one", 2, [2, 1]).say
    with pytest.raises(AnswerError, match="as numbers of shape"):
        array(["a", "b"], (2,), "two rates")


def test_unknown_exercise_or_chapter():
    with pytest.raises(ValueError, match=r"one of \[1, 2\]; got 3"):
        check("course/one", 3, 1)
    for wrong in (True, 2.0, "1", None):
        with pytest.raises(ValueError, match=r"expected the number of an exercise"):
            check("course/one", wrong, 1)
    assert check("course/one", np.int64(1), 0.5).right
    with pytest.raises(ValueError, match="no exercises"):
        check("course/two", 1, 1)


def test_a_broken_checker_is_not_mistaken_for_a_missing_one(monkeypatch):
    def broken(name):
        raise ModuleNotFoundError("no module named numpyy", name="numpyy")

    monkeypatch.setattr(exercises.importlib, "import_module", broken)
    with pytest.raises(ModuleNotFoundError, match="numpyy"):
        check("course/one", 1, 1)


FORMS = [
    None,
    "",
    [],
    {},
    set(),
    np.inf,
    1j,
    10**400,
    [10**400, 1],
    [[1], [1, 2]],
    [None, None],
    np.array("a"),
    object(),
    np.ma.masked,
]
FORMS += [
    torch.tensor([1.0, 2.0], requires_grad=True),
    [torch.tensor(1.0, requires_grad=True)] * 2,
    np.zeros((0, 2)),
    ("A", [1, 2]),
]


def test_no_checker_fails_on_a_form_that_it_does_not_know():
    """Every exercise of the book: a sentence, never a traceback, and never *right*."""
    folder = Path(exercises.__file__).parent
    names = [p.stem for p in folder.glob("*_*.py") if p.stem[0] != "_"]
    checked = 0
    for name in names:
        chapter = name.replace("_", "/", 2 if name.startswith("theory") else 1).replace("theory/", "theory_")
        for one in exercises.numbers(chapter):
            for form in FORMS:
                feedback = check(chapter, one, form)
                assert not feedback.right and feedback.say, (chapter, one, form)
                json.dumps(feedback.answer, allow_nan=False)
            checked += 1
    assert checked >= 100


@pytest.mark.parametrize("chapter", [None, 3, "", "/", "course.one", Path("course/one")])
def test_a_chapter_is_named_by_its_path(chapter):
    with pytest.raises(ValueError, match="expected a chapter's path"):
        check(chapter, 1, 0.5)
