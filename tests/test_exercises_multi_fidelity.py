"""Checkers of the chapter on fusing fidelities: right answers pass, typical wrong ones get a telling hint."""

import re

import numpy as np
import pytest

from mmlib.exercises import check, pdes_multi_fidelity

CENTRE = pdes_multi_fidelity.CENTRE
K = np.exp(-0.5 * 0.6**2), np.exp(-0.5 * 1.5**2), np.exp(-0.5 * 1.5**2)
ROM = 1 / np.cosh(np.array([0.5, 1, 1.5, 2, 2.5]) / np.sqrt(1.3))


def ask(number, answer):
    return check("pdes/multi_fidelity", number, answer)


FOURTH = pdes_multi_fidelity.FOURTH


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, FOURTH),
        (1, list(FOURTH * 1.01)),
        (2, (3, 1.6902)),
        (2, np.array([3, 1.69], dtype=np.float32)),
        (3, K[0] * K[1] + K[2]),
        (3, np.float32(K[0] * K[1] + K[2])),
        (4, (-0.968, 10.24)),
        (4, ["-0.968", "10.24"]),
        (5, CENTRE),
        (5, list(CENTRE + 0.009)),
        (5, CENTRE.astype(np.float32)),
    ],
)
def test_right(number, answer):
    feedback = ask(number, answer)
    assert feedback.right, feedback


@pytest.mark.parametrize(
    ("number", "answer", "hint"),
    [
        (1, -FOURTH, "Absolute"),
        (1, FOURTH * 0, "At the cheap points"),
        (1, FOURTH[::-1], "reversed"),
        (1, FOURTH**2, "squares"),
        (1, FOURTH + 0.1, "three equations"),
        (1, 0.5, "four absolute errors"),
        (1, FOURTH * np.nan, "finite"),
        (2, (1, 0.41), "could not know"),
        (2, (4, 2.42), "another degree"),
        (2, (5, 0.7), "1, 2, 3 or 4"),
        (2, (1.69, 3), "swapped"),
        (2, (3, 0.21), "400 points"),
        (2, 3, "degree B"),
        (3, sum(K), "multiplied: the level below"),
        (3, np.prod(K), "beside the product"),
        (3, K[0] * (K[1] + K[2]), "stands alone"),
        (3, K[0] * K[1], "discrepancy's own term"),
        (3, 1.0, "two distances"),
        (3, None, "finite|one number"),
        (4, (0.968, 10.24), "sign"),
        (4, (10.238, -0.968), "swapped"),
        (4, (-0.968 * np.log(10), 10.24), "natural"),
        (4, (-0.5, 10.24), "Where does the robot"),
        (4, (-0.968, 0.10238), "per cent"),
        (4, (-0.968, 8.4), "shift is right"),
        (4, -0.968, "shift in decades"),
        (5, ROM, "reduced model itself"),
        (5, CENTRE[::-1], "order is reversed"),
        (5, CENTRE + 0.05, "largest error is 0.05"),
        (5, CENTRE - 0.5, "left \\[0, 1\\]"),
        (5, CENTRE[:4], "shape"),
        (5, CENTRE * np.nan, "finite"),
    ],
)
def test_wrong(number, answer, hint):
    feedback = ask(number, answer)
    assert not feedback.right
    assert re.search(hint, feedback.say), feedback.say


@pytest.mark.parametrize(("number", "secret"), [(1, "0.509"), (2, "1.69"), (3, "0.59"), (4, "0.96"), (5, "0.339")])
def test_hints_do_not_give_the_answer(number, secret):
    wrong = {1: FOURTH + 1, 2: (2, 0.6), 3: 0.1, 4: (-2, 5), 5: CENTRE + 0.3 * (CENTRE < 0.6)}[number]
    assert secret not in ask(number, wrong).say.replace("phi rises from 0.5", "")


def test_the_reference_of_exercise_5_solves_the_equation():
    from scipy.integrate import solve_ivp

    for phi, centre in zip((0.5, 1, 1.5, 2, 2.5), CENTRE, strict=True):  # shoot from the centre: c(1) must be 1
        shot = solve_ivp(lambda s, c, p=phi: [c[1], p**2 * c[0] / (c[0] + 0.3)], (0, 1), [centre, 0], rtol=1e-10)
        assert shot.y[0, -1] == pytest.approx(1, abs=1e-5)


def test_there_are_five():
    with pytest.raises(ValueError, match=r"\[1, 2, 3, 4, 5\]"):
        ask(6, 0)
