import re

import numpy as np
import pytest
import yaml

from mmlib import claims, exercises
from mmlib.exercises import start_reproducibility_contract as checkers

from .conftest import ROOT

CHAPTER = "start/reproducibility_contract"

RIGHT = [
    (1, ">= 21.95 and <= 22.00"),
    (1, "> 21.9 and < 22.05"),
    (1, "<= 22 and >= 21.9"),
    (2, [21, 0.506041]),
    (2, np.array([21, 0.506], dtype=np.float32)),
    (2, (21.0, 0.5062)),
    (3, [2.0053, 2.0049]),
    (3, np.array([2.005, 2.005], dtype=np.float32)),
    (3, (2.0053, 2.005)),
    (4, [10.0, 1.857]),
    (4, np.array([10.0, 1.86], dtype=np.float32)),
    (4, (10, 1.8568)),
    (5, [0.014829282, 0.27777778]),
    (5, np.array([0.01483, 0.2778], dtype=np.float32)),
    (5, (0.0148, 0.278)),
]


@pytest.mark.parametrize(("number", "answer"), RIGHT)
def test_right_answers_pass(number, answer):
    feedback = exercises.check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, "> 0", "too high would pass"),
        (1, ">= 21.9", "too low would pass"),
        (1, "<= 22", "too high would pass"),
        (1, "> 21 and < 22", "too high would pass"),
        (1, ">= 10.98 and <= 10.99", "one half"),
        (1, ">= 25 and <= 26", "closed form"),
        (1, "== 21.97", "closed form"),
        (1, f"== {checkers.NINE_TENTHS!r}", "a little room"),
        (1, "between 21 and 22", "joined by 'and'"),
        (1, 21.97, "as text"),
        (2, [20, 0.472], "One win less"),
        (2, [16, 0.34], "still holds one half"),
        (2, [27, 0.735], "Fewer wins"),
        (2, [21, 0.5], "three digits"),
        (2, [21, 50.6], "between 0 and 1"),
        (2, [20.5, 0.5], "whole number"),
        (2, 21, "shape"),
        (3, [1.001, 2.005], "closed end"),
        (3, [2.005, 1.0], "Mend the wall"),
        (3, [-2.0, -2.0], "invert"),
        (3, [2.005, 0.01], "disagree"),
        (3, [2.0, 2.0], "three decimals"),
        (3, [2.4, 2.0], "three decimals"),
        (3, 2.005, "shape"),
        (3, [np.nan, 2.0], "finite"),
        (4, [17, 1.0], "without a choice"),
        (4, [8, 1.857], "Neighbours"),
        (4, [0.1, 1.857], "in per cent"),
        (4, [10, 0.5386], "Turn the ratio"),
        (4, [10, 4.86], "hundred full trainings"),
        (4, [120, 1.0], "no share"),
        (4, None, "shape"),
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


@pytest.mark.parametrize("low", [*range(0, 31), 21.5, 21.8])
@pytest.mark.parametrize("high", [21.5, *range(22, 40)])
def test_no_round_promise_passes(low, high):
    answer = f">= {low} and <= {high}"
    holds = claims.holds(answer, checkers.NINE_TENTHS)
    tight = low > checkers.NINE_TENTHS / 1.005 and high < checkers.NINE_TENTHS / 0.995
    assert exercises.check(CHAPTER, 1, answer).right == (holds and tight)


def test_the_entry_on_the_page_is_the_one_that_judges_it():
    """The page writes out one entry of its claims file: it must be that entry."""
    page = (ROOT / f"book/{CHAPTER}.md").read_text(encoding="utf-8")
    shown = yaml.safe_load(re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1])
    filed = yaml.safe_load((ROOT / f"book/{CHAPTER}.claims.yml").read_text(encoding="utf-8"))
    assert shown["half_day"] == filed["half_day"]


@pytest.mark.parametrize(("claim", "known"), [("order_mended", 0), ("order_wrong_biology", 1)])
def test_the_checkers_know_the_measured_orders(claim, known):
    rows = claims.read_replicates(ROOT / f"book/{CHAPTER}.replicates.csv")
    assert claims.stored_values(rows, claim)[0] == pytest.approx(checkers.ORDERS[known], abs=1e-4)
