"""Multiple shooting before and after: starts that are refused by place, and the verdict against plain least squares."""

import numpy as np
import pytest
import torch

from mmlib import neural_ode
from mmlib._shooting import JOINED, verdict_on


def problem(seed, states=5, params=3, rows=14):
    """A least-squares problem in states and params together, its states somewhat away from their best values."""
    rng = np.random.default_rng(seed)
    jacobian, r = rng.standard_normal((rows, states + params)), rng.standard_normal(rows)
    return jacobian, r


def judged(jacobian, r, *, size=1.0, states=5, jump=0.1, settled=True, count=7, loss=None):
    loss = r @ r if loss is None else loss
    return verdict_on(jacobian.T @ jacobian, jacobian.T @ r, loss, size, states, jump, settled, count)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_left_to_gain_counts_states_and_params(seed):
    """Eliminating the states changes nothing: the share is what a step in everything gains, by NumPy's least squares."""
    jacobian, r = problem(seed)
    step = np.linalg.lstsq(jacobian, -r, rcond=None)[0]
    gain = 1 - np.sum((r + jacobian @ step) ** 2) / np.sum(r**2)
    assert f"still sees {gain:.1%} of the loss" in judged(jacobian, r).reason
    assert judged(jacobian, r).status == "stalled" and judged(jacobian, r, settled=False).status == "out of steps"
    assert "7 iterations were used" in judged(jacobian, r).reason


@pytest.mark.parametrize(("move", "status"), [(0.9e-7, "converged"), (1.1e-7, "stalled")])
def test_params_that_would_not_move_are_where_they_belong(move, status):
    """Readings beside the solution and a step of known length: only the params count, relative to their sizes."""
    jacobian, r = problem(4)
    size = np.array([1.0, 20.0, 0.3])
    solution = np.linalg.lstsq(jacobian, -r, rcond=None)[0]
    step = np.concatenate([np.full(5, 40.0), move * size * [0.2, -1.0, 0.5]])
    at = r + jacobian @ (solution - step)
    again = np.linalg.lstsq(jacobian, -at, rcond=None)[0]
    assert again == pytest.approx(step, rel=1e-5, abs=1e-10)
    assert judged(jacobian, at, size=size).status == status


@pytest.mark.parametrize(("column", "unknown"), [(lambda j: 0 * j[:, 5], {1}), (lambda j: -3 * j[:, 7], {1, 2})])
def test_params_that_nothing_tells_apart_are_not_determined(column, unknown):
    """A column of zeros, or two that are multiples of each other, at a minimum."""
    jacobian, _ = problem(2)
    jacobian[:, 6] = column(jacobian)
    rng = np.random.default_rng(9)
    others = jacobian[:, [0, 1, 2, 3, 4, 5, 7]]
    beside = np.linalg.qr(np.column_stack([others, rng.standard_normal(14)]))[0][:, -1]  # no step gains anything
    found = judged(jacobian, beside)
    assert found.status == "not determined" and "decay=" in found.remedy
    assert {k for k in range(3) if f"params[{k}]" in found.reason} == unknown


@pytest.mark.parametrize(("jump", "status"), [(0.97, "converged"), (1.03, "stalled"), (np.nan, "stalled")])
def test_pieces_further_apart_than_one_sd_are_no_solution(jump, status):
    jacobian, r = problem(1)
    r = r + jacobian @ np.linalg.lstsq(jacobian, -r, rcond=None)[0]  # nothing is left to gain
    found = judged(jacobian, r, jump=jump)
    assert JOINED == 1.0 and found.status == status
    assert found or (f"{jump:.2g} sd apart" in found.reason and "join" in found.remedy)


def test_what_is_not_finite_is_said():
    jacobian, r = problem(0)
    assert judged(jacobian, r, loss=np.nan).status == "not finite"
    gram, slope = jacobian.T @ jacobian, jacobian.T @ r
    gram[0, 0] = np.inf
    assert verdict_on(gram, slope, 1.0, 1.0, 5, 0.1, True, 3).status == "stalled"
    slope[0] = np.nan
    assert verdict_on(gram, slope, 1.0, 1.0, 5, 0.1, True, 3).status == "not finite"
    perfect = judged(jacobian, 0 * r)
    assert perfect.converged and "the loss is zero" in perfect.reason


# -- starts -------------------------------------------------------------------------------------------------------

T = np.linspace(0, 1, 6)
DECAY = np.exp(-T)[:, None]


def fit(rhs, params=(-1.0,), t=T, y=DECAY, **more):
    return neural_ode.fit_ode(rhs, list(params), t, y, sd=0.01, iterations=1, **more)


def test_the_piece_that_is_not_finite_is_named_by_time_and_series():
    """The rate is NaN below a level that the second series reaches at its fourth reading, t = 0.6."""

    def rhs(p, y):
        return p * y + torch.where(y < 1.2, torch.nan, 0.0)

    level = np.array([2.0, 1.8, 1.6, 1.1, 1.4, 1.5])[:, None]
    with pytest.raises(
        ValueError, match=r"the trajectory is not finite in 1 of 10 pieces, first after t = 0.6 of series 1"
    ):
        fit(rhs, (0.01,), [T, T], [2 + 0 * T[:, None], level])


def test_a_slope_that_is_not_finite_is_told_from_a_trajectory():
    with pytest.raises(
        ValueError, match="the slope of the trajectory is not finite in 5 of 5 pieces, first after t = 0 of series 0"
    ):
        fit(lambda p, y: -torch.sqrt(p) * y, (0.0,))


def test_a_trajectory_that_is_finite_and_beyond_all_bounds_is_refused():
    """Its square is not finite. The bound is 1e150 sd."""
    with pytest.raises(ValueError, match="the trajectory is not finite in [0-9] of 5 pieces"):
        fit(lambda p, y: 1e160 * p + 0 * y, (1.0,))


def pair(column):
    """Two states of which one goes wrong where its reading is below 0.5, at the third of five times."""
    t, y = np.linspace(0, 2, 5), np.array([1.0, 0.9, 0.4, 0.8, 0.7])
    return t, np.column_stack([y, 0 * y + 1] if column == 0 else [0 * y + 1, y])


@pytest.mark.parametrize("column", [0, 1])
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda y: torch.where(y < 0.5, torch.nan, 0.0), "trajectory"),
        (lambda y: (y < 0.5) * torch.tensor(1e160, dtype=torch.float64), "trajectory"),
        (lambda y: torch.sqrt((y - 0.4).abs()), "slope of the trajectory"),
    ],
)
def test_one_state_of_two_is_enough_to_refuse_a_piece(column, wrong, words):
    def rhs(p, y):
        mine = wrong(y[..., column]) + p[0] * y[..., column]
        other = 0 * y[..., 1 - column]
        return torch.stack([mine, other] if column == 0 else [other, mine], dim=-1)

    with pytest.raises(ValueError, match=f"the {words} is not finite in 1 of 4 pieces, first after t = 1 of series 0"):
        fit(rhs, (0.0,), *pair(column))


def test_a_guess_that_is_not_finite_is_named():
    with pytest.raises(ValueError, match=r"finite first guess; params\[1\] is nan|params"):
        fit(lambda p, y: p[0] * y, (-1.0, np.nan))
    with pytest.raises(ValueError, match="at least one weight on the jumps"):
        fit(lambda p, y: p * y, weights=())
