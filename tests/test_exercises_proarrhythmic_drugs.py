"""Checkers of the chapter on pro-arrhythmic drugs: right answers, typical wrong ones, wrong types."""

import numpy as np
import pytest

from mmlib.exercises import check
from mmlib.exercises import theory_driven_proarrhythmic_drugs as known

CHAPTER = "theory_driven/proarrhythmic_drugs"
HALF = 23.0 / 4.0
TENTH = HALF * 9 ** (1 / 0.6468)
DOSE, APART = known.DOSE
SINES, STEPS = known.PORE
CELL, WALL, DURATION = known.WEAKEST


@pytest.mark.parametrize(
    "number, answer",
    [
        (1, [HALF, TENTH]),
        (1, np.array([HALF, TENTH], dtype=np.float32)),
        (1, (5.75, 171.8)),
        (2, 55.1),
        (2, [55.1]),
        (3, [33, 0.7528]),
        (3, (33.0, np.float32(0.752819))),
        (4, [DOSE, APART]),
        (4, np.array([DOSE * 1.001, APART], dtype=np.float32)),
        (5, [SINES, STEPS]),
        (5, (SINES * 1.005, STEPS)),
        (6, [CELL, WALL, DURATION]),
        (6, np.array([CELL, WALL, DURATION + 0.1])),
    ],
)
def test_right(number, answer):
    feedback = check(CHAPTER, number, answer)
    assert feedback.right, feedback.say


@pytest.mark.parametrize(
    "number, answer, hint",
    [
        (1, [23.0, TENTH], "nM"),
        (1, [TENTH, HALF], "swapped"),
        (1, [1 / HALF, TENTH], "upside down"),
        (1, [HALF, 9 * HALF], "Hill coefficient for one"),
        (1, [HALF, HALF * 9**0.6468], "undo"),
        (1, [HALF, HALF * 10 ** (1 / 0.6468)], "nine"),
        (1, [-1.0, 2.0], "positive"),
        (2, -55.0, "sign"),
        (2, 72.4, "adds to no drug"),
        (2, 127.5, "from no drug at all"),
        (2, 398.0, "not a difference"),
        (2, 2.0, "Set only"),
        (2, 50.0, "first beat"),
        (3, [16, 0.7], "Sixteen"),
        (3, [20, 0.7], "lower end"),
        (3, [60, 0.8], "fewest"),
        (3, [33.5, 0.75], "whole"),
        (3, [33, 0.75], "The number is right"),
        (4, [-DOSE, APART], "positive"),
        (4, [APART, DOSE], "swapped"),
        (4, [2 * DOSE, APART], "another one"),
        (4, [DOSE, APART**0.5], "middle to one end"),
        (4, [DOSE, 10 ** (2 * 1.96 * known.BETWEEN)], "95 %"),
        (4, [DOSE, 10**known.BETWEEN], "one standard deviation"),
        (4, [DOSE, 2 * APART], "scales with the potency"),
        (5, [100 * SINES, STEPS], "at most one"),
        (5, [STEPS, SINES], "swapped"),
        (5, [0.21, STEPS], "steps alone"),
        (5, [SINES, 0.9], "sines alone"),
        (6, [CELL / 100, WALL / 100, DURATION], "per cent"),
        (6, [WALL, CELL, DURATION], "swapped"),
        (6, [CELL + 4, WALL, DURATION], "first block"),
        (6, [CELL, WALL - 4, DURATION], "nodes"),
        (6, [CELL, WALL, DURATION + 10], "blocks are right"),
    ],
)
def test_wrong(number, answer, hint):
    feedback = check(CHAPTER, number, answer)
    assert not feedback.right and hint in feedback.say


@pytest.mark.parametrize("number", range(1, 7))
@pytest.mark.parametrize("answer", [None, "much", np.nan, [1.0, 2.0, 3.0, 4.0], ...])
def test_other_forms(number, answer):
    feedback = check(CHAPTER, number, answer)
    assert not feedback.right and len(feedback.say) > 20


def test_the_answers_of_exercises_2_and_4_are_those_of_the_book():
    from mmlib import data
    from mmlib.systems import cardiac

    drugs = data.cipa_block()
    k = list(drugs.drug).index("verapamil")
    pair = np.stack([cardiac.hill_open(4 * drugs.cmax[k], drugs.ic50[k], drugs.hill[k])] * 2)
    pair[1, 1] = 1.0
    with_block, without = cardiac.pace(pair, cycle=600).apd90
    assert check(CHAPTER, 2, without - with_block).right
    k = list(drugs.drug).index("dofetilide")
    opened = cardiac.hill_open(np.array([[0.0], [known.DOSE[0]]]) * drugs.cmax[k], drugs.ic50[[k]], drugs.hill[[k]])
    base, longer = cardiac.pace(opened, cycle=800).apd90
    assert longer - base == pytest.approx(60, abs=0.5)
    twice = np.log10(drugs.second_ic50 / drugs.ic50[:, 0])
    spread = np.nanstd(twice) / np.sqrt(2)
    assert known.BETWEEN == pytest.approx(spread, abs=1e-4)
    assert known.DOSE[1] == pytest.approx(10 ** (2 * 1.645 * spread), rel=1e-3)


def test_the_stored_beats_are_those_of_the_cell():
    """The first of the fifty stored beats comes out again, for the drug that blocks most and the one that blocks least."""
    from mmlib import data
    from mmlib.systems import cardiac

    drugs, stored = data.cipa_block(), data.read_table("drugs_fifty_beats")
    assert sorted(set(stored["beat"])) == sorted(["1", "5", "20", "50"]) and len(stored["beat"]) == 4 * 28
    names = list(drugs.drug)
    rows = [names.index("quinidine"), names.index("loratadine")]
    share = cardiac.hill_open((4 * drugs.cmax[rows])[:, None], drugs.ic50[rows], drugs.hill[rows])
    beat = cardiac.pace(share, cycle=2000)
    assert np.array(stored["qnet"])[rows].astype(float) == pytest.approx(beat.net, abs=2e-6)
    assert np.array(stored["apd90"])[rows].astype(float) == pytest.approx(beat.apd90, abs=0.02)
