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


# -- one step, and the damping from step to step


def damped(gram, gradient, lam):
    """Levenberg and Marquardt's step in units of the box; a curvature below a millionth of the largest counts as that."""
    scale = np.diag(gram)
    add = lam * np.maximum(scale / scale.max(), 1e-6)
    return -np.linalg.solve(gram + np.diag(add), gradient)


def one_step(x, gram, gradient, lam, low, high):
    x, gradient, low, high = (np.array(a, dtype=float) for a in (x, gradient, low, high))
    gram = np.array(gram, dtype=float)
    return multistart._step(x[None], gram[None], gradient[None], np.array([lam]), low, high, high - low)[0]


GRAM = np.array([[2.0, 0.6, 0.1], [0.6, 0.5, -0.2], [0.1, -0.2, 1.0]])
LOW, HIGH = np.array([0.0, -4.0, 10.0]), np.array([2.0, 4.0, 20.0])


@pytest.mark.parametrize("lam", [0.01, 1.0, 30.0])
def test_a_step_inside_of_the_box_is_the_damped_one(lam):
    gradient, x = np.array([0.02, -0.01, 0.03]), np.array([1.0, 0.0, 15.0])
    expected = x + damped(GRAM, gradient, lam) * (HIGH - LOW)
    assert one_step(x, GRAM, gradient, lam, LOW, HIGH) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("small", [1e-3, 1e-9])
def test_a_direction_of_small_curvature_is_damped_like_a_millionth(small):
    gradient, x = np.array([0.1, 1e-8]), np.array([0.5, 0.5])
    got = one_step(x, np.diag([1.0, small]), gradient, 0.05, [0, 0], [1, 1])
    add = 0.05 * max(small, 1e-6)
    assert x - got == pytest.approx([0.1 / 1.05, 1e-8 / (small + add + 1e-12)], rel=1e-6)


@pytest.mark.parametrize(("place", "held"), [(0.97e-3, True), (1.03e-3, False)])
@pytest.mark.parametrize("side", [-1, 1])
def test_what_would_leave_the_box_near_its_edge_waits_there(place, held, side):
    """Within a thousandth of the width it is held, and the others take the step without it; elsewhere the edge cuts the step."""
    x, gradient = np.array([1.0, 0.0, 15.0]), np.array([0.5, -0.01, 0.03]) * -side
    x[0] = 2 * place if side < 0 else 2 - 2 * place
    got = one_step(x, GRAM, gradient, 0.1, LOW, HIGH)
    if held:
        free = x[1:] + damped(GRAM[1:, 1:] + 0.0, gradient[1:], 0.1 * GRAM[1:, 1:].max() / 2) * (HIGH - LOW)[1:]
        assert got[0] == x[0] and got[1:] == pytest.approx(free, rel=1e-6)
    else:
        whole = x + damped(GRAM, gradient, 0.1) * (HIGH - LOW)
        assert got[0] == (0.0 if side < 0 else 2.0) and got[1:] == pytest.approx(whole[1:], rel=1e-6)


@pytest.mark.parametrize("side", [-1, 1])
def test_at_the_edge_only_steps_inward_are_free(side):
    x = np.array([0.0 if side < 0 else 2.0, 0.0, 15.0])
    outward = np.array([-0.01 * side, 0.0, 0.0])
    assert one_step(x, np.eye(3), outward, 0.1, LOW, HIGH).tolist() == x.tolist()
    inward = one_step(x, np.eye(3), -outward, 0.1, LOW, HIGH)
    assert inward[0] == pytest.approx(x[0] - side * 0.01 / 1.1 * 2)


def test_the_damping_falls_after_a_good_step_and_grows_after_a_bad_one():
    """Residuals a x - b, of which every step beyond a wall is refused: the places that are tried follow in closed form."""
    tried, low, high = [], np.array([0.0]), np.array([8.0])

    def function(x, which):
        tried.extend(x[:, 0])
        return np.where(x > 3.0, np.nan, 2 * (x - 4)), np.full((len(x), 1, 1), 2.0)

    run = multistart.least_squares(function, [[1.0]], low, high, damping=0.5, iterations=4)
    tried = [v for v in tried if v not in (1.0,)]
    tried = tried[20:] if len(tried) > 20 else tried  # the comparison with differences comes first
    lam, x, expected = 0.5 * 2**2 * 64, 1.0, []
    for _ in range(4):
        curvature, slope = 4.0 * 64, 4.0 * (x - 4) * 8
        there = x - slope / (curvature + lam) * 8
        expected.append(there)
        lam, x = (lam * 0.3, there) if there <= 3 else (lam * 4, x)
    assert tried[-4:] == pytest.approx(expected, rel=1e-9)
    assert any(v > 3 for v in expected) and any(v <= 3 for v in expected)
    assert run.iterations[0] == 4 and run.x[0, 0] == pytest.approx(x)
    assert run.verdict[0].status == "out of steps" and "4 iterations were used" in run.verdict[0].reason


def test_three_quiet_steps_end_a_start():
    """A root of high order: each Gauss-Newton step takes a third of the way, so that the rms falls by 1 - (2/3)^3 = 0.70."""
    shares = []
    for limit in (0.69, 0.72):
        run = multistart.least_squares(
            lambda x, which: (x**3, 3 * x[:, :, None] ** 2), [[1.0]], [-1.0], [2.0], tolerance=limit, damping=1e-12
        )
        shares.append(run.iterations[0])
    assert shares == [60, 3]


def test_rms_and_best_are_of_the_residuals_where_it_ended():
    run = multistart.least_squares(
        lambda x, which: decay(x), [[1.0, 1.0], [4.0, 2.5]], [0.1, 0.1], [5, 3], iterations=2
    )
    assert run.rms == pytest.approx(np.sqrt((decay(run.x)[0] ** 2).mean(axis=1)))
    assert run.best == int(np.argmin(run.rms)) and run.iterations.tolist() == [2, 2]
    nowhere = multistart.least_squares(lambda x, which: (x + np.nan, x[:, :, None]), [[1.0]], [0.1], [5])
    with pytest.raises(ValueError, match="no start has finite residuals"):
        nowhere.best  # noqa: B018
