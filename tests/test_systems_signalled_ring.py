"""A ring whose cells decide its growth, against the ring of laws, closed forms of its cells, and a second writing of a step."""

import numpy as np
import pytest
from scipy import stats

from mmlib.systems import growing_ring, signalled_ring

LOAD = lambda t: 18.6  # noqa: E731


def test_growth_by_stress_is_that_of_the_other_ring():
    """The signal x is the law of stress with set point one, there by Heun's steps and here by Euler's."""
    there = growing_ring.grow([0], [0.08], [1.0], [0, 12.0], LOAD)[0]
    here = signalled_ring.grow(lambda x: x, 0.08, 12, LOAD)
    assert here.thickness[0, 0] == pytest.approx(there[0, -1] - there[0, 0], abs=1e-9)
    assert here.thickness[0, -1] == pytest.approx(there[1, -1] - there[1, 0], abs=1e-3)


def test_no_growth_in_balance_and_load_is_normal():
    still = signalled_ring.grow(lambda x: np.ones_like(x), 0.08, 2, lambda t: growing_ring.NORMAL, rings=3)
    assert still.thickness == pytest.approx(np.full((3, 21), still.thickness[0, 0]))
    assert still.load.mean() == pytest.approx(1, rel=1e-6)


def test_without_feedback_growth_is_a_straight_line():
    seen = []
    open_loop = signalled_ring.grow(lambda x: seen.append(x.copy()) or x, 0.05, 3, LOAD, feedback=False)
    assert all((x == seen[0]).all() for x in seen) and len(seen) == 30
    g = 1 + 30 * 0.1 * 0.05 * (seen[0] - 1)
    r = growing_ring.inflate(g, 18.6)[0]
    assert open_loop.thickness[0, -1] == pytest.approx(r[-1] - r[0], rel=1e-9)


def test_cells_have_negative_binomial_means():
    response = lambda y: (y > 1.0).astype(float)  # noqa: E731
    cells = signalled_ring.Cells(response, 10, 400, reference=1.0, rng=np.random.default_rng(0))
    x = np.array([[0.7, 1.0, 1.6]])
    mean = np.mean([cells(x) for _ in range(60)][20:], axis=0)[0]
    wanted = [stats.nbinom.sf(10, 10 * v / 3, 1 / 4) for v in x[0]]
    assert mean == pytest.approx(wanted, abs=0.015)
    assert cells.events > 0


def test_cells_start_under_their_load_and_forget_with_their_turnover():
    make = lambda **how: signalled_ring.Cells(  # noqa: E731
        lambda y: y, 40, 4000, reference=2.0, rng=np.random.default_rng(1), **how
    )
    assert make()(np.ones((1, 1)))[0, 0] == pytest.approx(0.5, abs=0.01)  # mean one, in units of a reference of two
    tau, step = 5.0, 0.7
    slow = make(turnover=tau, start=1.0)(np.full((1, 1), 2.0))[0, 0] * 2
    mean = 2 - (1 - np.exp(-step / tau)) * tau / step  # of 2 - exp(-t / tau) over a step
    assert slow == pytest.approx(mean, abs=0.02)


def test_rings_have_their_own_cells():
    cells = signalled_ring.Cells(lambda y: y, 10, 5, reference=1.0, rng=np.random.default_rng(2))
    grown = signalled_ring.grow(cells, 0.08, 1, LOAD, rings=4)
    assert grown.thickness.shape == (4, 11) and len(set(grown.thickness[:, -1])) == 4


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: signalled_ring.grow(lambda x: x, 0.1, 0.55, LOAD), "multiple"),
        (lambda: signalled_ring.grow(lambda x: x, -0.1, 1, LOAD), "rate"),
        (lambda: signalled_ring.grow(lambda x: 1.0, 0.1, 1, LOAD), "One value a ring"),
        (lambda: signalled_ring.grow(lambda x: x * np.nan, 0.1, 1, LOAD), "finite"),
        (lambda: signalled_ring.Cells(lambda y: y, 0, 5, reference=1.0, rng=np.random.default_rng(0)), "number"),
        (lambda: signalled_ring.Cells(lambda y: y, 5, 0, reference=1.0, rng=np.random.default_rng(0)), "count"),
        (lambda: signalled_ring.Cells(lambda y: y, 5, 5, reference=0.0, rng=np.random.default_rng(0)), "reference"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
