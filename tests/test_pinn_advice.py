"""What a fit that did not get there suggests: read off its residuals, and of use where it is followed."""

import re

import numpy as np
import pytest
import torch

from mmlib import pinn
from mmlib.pinn import advice, dde, training
from mmlib.pinn.problem import Problem

LINE = dde.geometry.Interval(0, 1)
SHEET = dde.geometry.Rectangle([0, 0], [2, 1])


def problem_of(residual, geometry=LINE, weights=None):
    """A problem whose residual is given: the network does not matter."""
    ends = dde.icbc.DirichletBC(geometry, lambda x: 0 * x[:, :1], lambda _, on: on)
    with pinn.float64():
        data = dde.data.PDE(geometry, lambda x, u: 0 * u + residual(x), [ends], num_domain=50, num_boundary=8)
    net = training._own(dde.nn.FNN([geometry.dim, 6, 1], "tanh", "Glorot normal"), "cpu", data)
    training._draw_weights(net, 0)
    return Problem(data, net, weights=weights)


@pytest.mark.parametrize(
    ("residual", "geometry", "wanted"),
    [
        (lambda x: torch.sin(40 * x), LINE, {0: 40}),
        (lambda x: 3 + x + torch.sin(40 * x + 1), LINE, {0: 40}),
        (lambda x: torch.sin(12 * x), LINE, {}),  # two periods
        (lambda x: torch.sin(25 * x) + torch.sin(60 * x) + torch.sin(150 * x), LINE, {}),  # no single wave
        (lambda x: 0 * x, LINE, {}),
        (lambda x: torch.sin(50 * x[:, 1:]) * x[:, :1], SHEET, {1: 50}),
        (lambda x: torch.sin(25 * x[:, :1]) * torch.sin(50 * x[:, 1:]), SHEET, {0: 25, 1: 50}),
    ],
)
def test_waves_of_the_residual_are_found_with_their_number(residual, geometry, wanted):
    problem = problem_of(residual, geometry)
    before = problem.get(), problem.points.copy()
    found = advice.waves(problem)
    assert set(found) == set(wanted)
    for j, k in wanted.items():
        assert found[j] == pytest.approx(k, rel=0.15)
    assert torch.equal(before[0], problem.get()) and np.array_equal(before[1], problem.points)


def test_nothing_is_said_where_a_fit_is_good_or_ended_otherwise():
    problem = problem_of(lambda x: torch.sin(40 * x))
    assert "apply_feature_transform" in advice.advice(problem, "stalled", 0.11)
    assert "apply_feature_transform" in advice.advice(problem, "out of steps", 0.11)
    for status, fresh in (("stalled", 0.09), ("stalled", np.nan), ("converged", 0.5), ("not determined", 0.5)):
        assert advice.advice(problem, status, fresh) == ""
    problem.net.apply_feature_transform(lambda x: x)
    assert "apply_feature_transform" not in advice.advice(problem, "stalled", 0.5)


@pytest.mark.parametrize(("weights", "ratio", "says"), [([1, 1], 101, True), ([1, 1], 99, False), ([1, 2], 101, False)])
def test_uneven_conditions_are_named_unless_they_were_weighed(weights, ratio, says, monkeypatch):
    monkeypatch.setattr(advice, "balanced", lambda problem: np.array([1.0, ratio]))
    said = advice.advice(problem_of(lambda x: 0 * x, weights=weights), "out of steps", 0.5)
    assert ("weights='balanced'" in said) is says


WAVES = 24


def wavy():
    """u'' = -(24 pi)^2 sin(24 pi x), whose solution is sin(24 pi x)."""
    k = WAVES * np.pi
    ends = dde.icbc.DirichletBC(LINE, lambda x: 0 * x, lambda _, on: on)
    with pinn.float64():
        return dde.data.PDE(
            LINE, lambda x, u: dde.grad.hessian(u, x) + k**2 * torch.sin(k * x), [ends], num_domain=60, num_boundary=2
        )


def test_the_line_of_features_is_of_use():
    """Before: worse than zero. After, with the line as it is printed: solved."""
    x = np.linspace(0, 1, 300)[:, None]
    how = dict(seed=0, iterations=40, reference=(x, np.sin(WAVES * np.pi * x)))
    before = pinn.fit(wavy(), dde.nn.FNN([1, 16, 16, 1], "tanh", "Glorot normal"), **how)
    line = re.search(r"net\.apply_feature_transform\(.*?dim=1\)\)", before.verdict.remedy)
    assert line, before.verdict.remedy
    assert "first layer of 3 inputs" in before.verdict.remedy and line[0] in repr(before)
    net = dde.nn.FNN([3, 16, 16, 1], "tanh", "Glorot normal")
    exec(line[0], {"net": net, "torch": torch})
    after = pinn.fit(wavy(), net, **how)
    assert before.error > 1 and after.error < 0.02, (before, after)
