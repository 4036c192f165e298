import re

import numpy as np
import pytest

from mmlib import claims, exercises

from .conftest import ROOT

CHAPTER = "start/reproducibility_contract"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, ">= 21.95 and <= 22.00"),
        (1, "> 21.9 and < 22.1"),
        (1, "<= 22 and >= 21.8"),
        (2, 2.0),
        (2, np.float32(1.97)),
        (2, [2.01]),
        (3, 0),
        (3, np.float32(2.5)),
        (3, [0.0]),
        (4, [35.0, 28.0]),
        (4, np.array([34.2, 29.5], dtype=np.float32)),
        (4, (36, 25)),
        (5, [0.014829282, 0.27777778]),
        (5, np.array([0.01483, 0.2778], dtype=np.float32)),
        (5, (0.0148, 0.278)),
    ],
)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, "> 0", "too high would pass"),
        (1, ">= 21.9", "too low would pass"),
        (1, "<= 22", "too high would pass"),
        (1, ">= 10.98 and <= 10.99", "one half"),
        (1, ">= 25 and <= 26", "closed form"),
        (1, "== 21.97", "closed form"),
        (1, f"== {5 * np.log(81)!r}".replace("np.float64(", "").replace(")", ""), "a little room"),
        (1, "between 21 and 22", "joined by 'and'"),
        (1, 21.97, "as text"),
        (2, 1.01, "second slope"),
        (2, -2.0, "invert"),
        (2, 4.0, "four slopes"),
        (2, 2.4, "two finest grids"),
        (2, np.nan, "finite"),
        (2, [1.0, 2.0], "one number"),
        (3, 8.5, "all runs"),
        (3, 35.0, "not the largest"),
        (3, 120, "no share"),
        (3, None, "None"),
        (3, "few", "one number"),
        (4, [0.35, 0.28], "in per cent"),
        (4, [65.0, 72.0], "smaller one"),
        (4, [28.0, 35.0], "swap"),
        (4, [33.0, 1.5], "half the training"),
        (4, [15.0, 14.0], "every error"),
        (4, [130.0, 20.0], "between 0 and 100"),
        (4, [35.0], "shape"),
        (4, [35.0, np.nan], "finite"),
        (5, [0.278, 0.0148], "swap"),
        (5, [0.993, 0.847], "Errors that fall"),
        (5, [0.056, 0.278], "Rows are what is repeated"),
        (5, [0.0148, 0.5], "three widths"),
        (5, [1.5, 0.2], "between 0 and 1"),
        (5, [np.nan, 0.2], "finite"),
        (5, 0.01, "shape"),
    ],
)
def test_wrong_answers_get_a_hint(number, answer, hint):
    feedback = exercises.check(CHAPTER, number, answer)
    assert not feedback.right
    assert hint in feedback.say


def test_the_entry_on_the_page_is_the_one_that_judges_it():
    """The page writes out one entry of its claims file: it must be that entry."""
    entry = claims.read_claims(ROOT / f"book/{CHAPTER}.claims.yml")["half_day"]
    page = (ROOT / f"book/{CHAPTER}.md").read_text(encoding="utf-8")
    shown = re.search(r"entry = claims\.(Entry\(.*?\n\))", page, re.DOTALL)[1]
    assert eval(shown, {"Entry": claims.Entry, "claims": claims}) == entry
