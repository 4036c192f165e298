"""Least squares from many starts: known minima, SciPy as referee, boxes, failures."""

import numpy as np
import pytest
from scipy.optimize import least_squares as scipy_least_squares

from mmlib import multistart

T = np.linspace(0, 4, 30)


def decay(x):
    """Residuals and slopes of a two-parameter decay to exact data, a = 2, k = 0.7."""
    a, k = x[:, :1], x[:, 1:]
    e = np.exp(-k * T)
    return a * e - 2 * np.exp(-0.7 * T), np.stack([e, -a * T * e], axis=2)


def test_all_starts_find_the_minimum():
    starts = np.random.default_rng(0).uniform([0.1, 0.1], [5, 3], (6, 2))
    run = multistart.least_squares(lambda x, which: decay(x), starts, [0.1, 0.1], [5, 3])
    assert run.x == pytest.approx(np.tile([2, 0.7], (6, 1)), abs=1e-6)
    assert run.converged.all() and run.rms.max() < 1e-7
    assert run.rms[run.best] == run.rms.min()


def test_agrees_with_scipy_on_noisy_data():
    noise = 0.1 * np.random.default_rng(1).standard_normal(len(T))
    run = multistart.least_squares(
        lambda x, which: (decay(x)[0] + noise, decay(x)[1]), [[1.0, 1.0]], [0.1, 0.1], [5, 3]
    )
    referee = scipy_least_squares(lambda x: decay(x[None])[0][0] + noise, [1.0, 1.0])
    assert run.x[0] == pytest.approx(referee.x, rel=1e-5)


def test_a_minimum_outside_ends_at_the_edge():
    run = multistart.least_squares(lambda x, which: decay(x), [[1.0, 2.0]], [0.1, 1.0], [5, 3])
    free = scipy_least_squares(lambda x: decay(x[None])[0][0], [1.0, 2.0], bounds=([0.1, 1.0], [5, 3]))
    assert run.x[0] == pytest.approx(free.x, rel=1e-4)
    assert run.x[0, 1] == 1.0


def test_a_held_parameter_stays():
    def held(x, which):
        r, jac = decay(x)
        jac[:, :, 1] = 0
        return r, jac

    run = multistart.least_squares(held, [[1.0, 0.7]], [0.1, 0.1], [5, 3])
    assert run.x[0] == pytest.approx([2, 0.7], abs=1e-6)


def test_starts_are_told_apart_and_failures_are_said():
    def function(x, which):
        r, jac = decay(x)
        r[which == 1] = np.nan
        return r, jac

    run = multistart.least_squares(function, [[1.0, 1.0], [1.0, 1.0]], [0.1, 0.1], [5, 3])
    assert np.isinf(run.rms[1]) and not run.converged[1]
    assert run.rms[0] < 1e-7


def test_a_start_on_flat_ground_or_at_the_answer_stays_there():
    """It must not stop the others, and flat ground determines nothing."""

    def function(x, which):
        r, jac = decay(x)
        r[which == 1], jac[which == 1] = 1.0, 0.0
        return r, jac

    run = multistart.least_squares(function, [[1.0, 1.0], [1.0, 1.0], [2.0, 0.7]], [0.1, 0.1], [5, 3])
    assert run.x == pytest.approx(np.array([[2, 0.7], [1, 1], [2, 0.7]]), abs=1e-6)
    assert run.converged.tolist() == [True, False, True] and run.iterations[1] == 0
    assert run.verdict[1].status == "not determined" and "parameter 0, parameter 1" in run.verdict[1].reason


def test_steps_into_the_undefined_are_refused():
    def function(x, which):
        r = np.where(x > 1, np.nan, np.tanh(3 * (x - 0.9)))
        return r, (3 / np.cosh(3 * (x - 0.9)) ** 2)[:, :, None]  # a slope that overshoots

    run = multistart.least_squares(function, [[0.2]], [0.0], [5.0])
    assert run.x[0, 0] == pytest.approx(0.9, abs=1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[0.2]], [1.0], [0.0]), "low < high"),
        (([[0.5], [9.0]], [0.0], [1.0]), "start 1 has 9 for parameter 0, whose range is 0 to 1"),
        (([[0.5]], [0.0], [np.inf]), "expected finite low and high; parameter 0"),
        (([[np.nan]], [0.0], [1.0]), "inside of the box"),
        (([0.5], [0.0], [1.0]), "expected starts"),
    ],
)
def test_messages(arguments, message):
    with pytest.raises(ValueError, match=message):
        multistart.least_squares(lambda x, which: (x, x[:, :, None]), *arguments)


def test_shapes_of_the_function_are_checked():
    with pytest.raises(ValueError, match="expected residuals"):
        multistart.least_squares(lambda x, which: (x, x), [[0.5]], [0.0], [1.0])
