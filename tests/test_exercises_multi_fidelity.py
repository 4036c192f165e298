"""Checkers of the chapter on fusing fidelities: right answers pass, typical wrong ones get a telling hint."""

import numpy as np
import pytest

from mmlib.exercises import check, pdes_multi_fidelity

CENTRE = pdes_multi_fidelity.CENTRE
K = np.exp(-0.5 * 0.6**2), np.exp(-0.5 * 1.5**2), np.exp(-0.5 * 1.5**2)
ROM = 1 / np.cosh(np.array([0.5, 1, 1.5, 2, 2.5]) / np.sqrt(1.3))


def ask(number, answer):
    return check("pdes/multi_fidelity", number, answer)


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (1, (0.757, -6.0854)),
        (1, [0.758, -6.09]),
        (1, np.array([0.757, -6.085], dtype=np.float32)),
        (2, 2 / 3),
        (2, np.float32(0.667)),
        (2, [0.6675]),
        (3, K[0] * K[1] + K[2]),
        (3, np.float32(K[0] * K[1] + K[2])),
        (4, [0.5, 0.58]),
        (4, ("0.5", "0.58")),
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
        (1, (-6.02, 0.757), "swapped"),
        (1, (757, -6.02), "index on the grid"),
        (1, (0.142, -0.99), "another minimum"),
        (1, (0.757, -5.0), "expensive function's scale"),
        (1, (0.75, -6.0854), "as fine as asked"),
        (1, (0.757, -6.0207), "function itself"),
        (1, 0.757, "position and value"),
        (1, (0.757, np.nan), "finite"),
        (1, "minimum", "position and value"),
        (2, 2.0, "old cheap data"),
        (2, 6.0, "product to stay the same"),
        (2, 0.9, "linear trend"),
        (2, np.nan, "finite"),
        (2, [0.6, 0.7], "one number"),
        (3, sum(K), "multiplied: the level below"),
        (3, np.prod(K), "beside the product"),
        (3, K[0] * (K[1] + K[2]), "stands alone"),
        (3, K[0] * K[1], "discrepancy's own term"),
        (3, 1.0, "two distances"),
        (3, None, "finite|one number"),
        (4, (1 / np.sqrt(2), 0.6), "variances explained"),
        (4, (0.0, 0.6), "as it is, unscaled"),
        (4, (0.75, 0.6), "Expand the mean"),
        (4, (50, 58), "between -1 and 1"),
        (4, (0.5, 0.7), "costs are variances"),
        (4, (0.5, 0.42), "a better guess"),
        (4, (0.5, 0.5), "adds to the cost"),
        (4, 0.5, "two correlations"),
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
    import re

    assert re.search(hint, feedback.say), feedback.say


@pytest.mark.parametrize(("number", "secret"), [(1, "0.757"), (2, "0.66"), (3, "0.59"), (4, "0.58"), (5, "0.339")])
def test_hints_do_not_give_the_answer(number, secret):
    wrong = {1: (0.2, -1), 2: 1.3, 3: 0.1, 4: (0.9, 0.9), 5: CENTRE + 0.3 * (CENTRE < 0.6)}[number]
    assert secret not in ask(number, wrong).say.replace("phi rises from 0.5", "")


def test_the_reference_of_exercise_5_solves_the_equation():
    from scipy.integrate import solve_ivp

    for phi, centre in zip((0.5, 1, 1.5, 2, 2.5), CENTRE, strict=True):  # shoot from the centre: c(1) must be 1
        shot = solve_ivp(lambda s, c, p=phi: [c[1], p**2 * c[0] / (c[0] + 0.3)], (0, 1), [centre, 0], rtol=1e-10)
        assert shot.y[0, -1] == pytest.approx(1, abs=1e-5)


def test_there_are_five():
    with pytest.raises(ValueError, match=r"\[1, 2, 3, 4, 5\]"):
        ask(6, 0)
