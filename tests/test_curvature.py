"""The gain that is left, against the minimum of a quadratic function in closed form."""

import numpy as np
import pytest
import torch

from mmlib._curvature import lbfgs, left_to_gain


def quadratic(seed, offset=3.0):
    rng = np.random.default_rng(seed)
    root, slope = rng.standard_normal((6, 4)), rng.standard_normal(4)
    hessian = root.T @ root + 0.1 * np.eye(4)
    H, b = (torch.tensor(a) for a in (hessian, slope))
    weights = [
        torch.zeros(3, dtype=torch.float64, requires_grad=True),
        torch.zeros(1, dtype=torch.float64, requires_grad=True),
    ]

    def value():
        w = torch.cat(weights)
        return offset + b @ w + 0.5 * w @ H @ w

    return value, weights, 0.5 * slope @ np.linalg.solve(hessian, slope) / offset, slope


@pytest.mark.parametrize("seed", range(3))
def test_all_of_it_is_seen_on_a_quadratic(seed):
    value, weights, gain, slope = quadratic(seed)
    loss, gradient, seen = left_to_gain(value, weights)
    assert loss == 3.0 and gradient == pytest.approx(slope) and seen == pytest.approx(gain)
    assert 0 < left_to_gain(value, weights, steps=1)[2] < gain, "fewer steps see less"


def test_nothing_is_left_at_a_minimum_and_a_ridge_ends_the_walk():
    w = [torch.tensor([1.0], dtype=torch.float64, requires_grad=True)]
    assert left_to_gain(lambda: (w[0] - 1).square().sum() + 2, w)[2] == 0.0
    assert left_to_gain(lambda: 5 - w[0].square().sum(), w)[2] == 0.0, "curved downwards: the model says nothing"
    assert left_to_gain(lambda: (w[0] - 1).square().sum(), w)[2] == 0.0


@pytest.mark.parametrize("seed", range(3))
def test_lbfgs_ends_at_the_minimum_and_says_so(seed):
    value, weights, gain, _ = quadratic(seed)
    loss, verdict = lbfgs(value, weights, 60)
    assert loss == pytest.approx(3.0 * (1 - gain)) and loss == float(value().detach()) and verdict.converged
    value, weights, gain, _ = quadratic(seed)
    loss, verdict = lbfgs(value, weights, 1, remedies={"out of steps": "Take more."})
    assert loss > 3.0 * (1 - gain) and verdict.status == "out of steps" and verdict.remedy == "Take more."


def test_lbfgs_says_that_nothing_is_finite():
    w = torch.ones(1, dtype=torch.float64, requires_grad=True)
    assert lbfgs(lambda: torch.sqrt(w - 2).sum(), [w], 5)[1].status == "not finite"
