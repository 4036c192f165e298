"""Bounds of variables: the answer inside of them, at them, and what is refused."""

import numpy as np
import pytest
import torch

from mmlib import pinn
from mmlib.pinn import dde
from mmlib.pinn.box import Box

LINE = dde.geometry.TimeDomain(0, 1)
T = np.linspace(0, 1, 20)[:, None]


def falling(start=0.5):
    """y' = -k y from readings of exp(-3 t), and its k."""
    k = dde.Variable(start)
    begin = dde.icbc.IC(LINE, lambda t: 0 * t + 1, lambda t, on: on)
    readings = dde.icbc.PointSetBC(T, np.exp(-3 * T))
    data = dde.data.PDE(
        LINE, lambda t, y: dde.grad.jacobian(y, t) + k * y, [begin, readings], num_domain=30, num_boundary=2
    )
    return data, dde.nn.FNN([1, 8, 1], "tanh", "Glorot normal"), k


def test_a_bound_that_is_out_of_the_way_changes_the_path_and_not_the_answer():
    data, net, k = falling()
    free, bound = (
        pinn.fit(data, net, variables={"k": k}, bounds=b, seed=0, iterations=60) for b in (None, {"k": (0, 10)})
    )
    assert min(free.history["variable k"]) < 0 <= min(bound.history["variable k"])
    for fit in (free, bound):
        assert fit.parameters["k"] == pytest.approx(3, abs=1e-4) == fit.history["variable k"][-1]
        assert fit.history["variable k"][0] == 0.5 and len(fit.history["variable k"]) == len(fit.history["loss"])


@pytest.mark.parametrize(("bounds", "at"), [((0, 2), 2.0), ((3.5, np.inf), 3.5)])
def test_an_answer_beyond_a_bound_rests_there_and_says_so(bounds, at):
    data, net, k = falling(start=1.0 if at == 2 else 4.0)
    fit = pinn.fit(data, net, variables={"k": k}, bounds={"k": bounds}, seed=0, iterations=80)
    assert fit.parameters["k"] == at and "k at a bound" in repr(fit) and fit.verdict.status == "converged"


def test_a_pole_that_a_fit_would_cross_is_walled_off():
    """y = 1 / K at readings of y = 2: a start near zero steps over the pole, and comes back from the wrong side without a bound."""
    K = dde.Variable(0.05)
    readings = dde.icbc.PointSetBC(T, 2 + 0 * T)
    data = dde.data.PDE(
        LINE, lambda t, y: dde.grad.jacobian(y, t) + y - 1 / K, [readings], num_domain=20, num_boundary=2
    )
    fit = pinn.fit(
        data, dde.nn.FNN([1, 4, 1], "tanh", "Glorot normal"), variables={"K": K}, bounds={"K": (1e-3, 10)}, seed=0, iterations=150
    )  # fmt: skip
    assert fit.parameters["K"] == pytest.approx(0.5, rel=1e-4) and fit.history["variable K"].min() >= 1e-3


@pytest.mark.parametrize(
    ("bounds", "says"),
    [({"j": (0, 1)}, r"\['k'\]"), ({"k": (3, 2)}, "low below high"), ({"k": 5}, "low below high"), ({"k": (1, 1)}, "low below"),
     ({"k": (1, 2)}, r"start within.*1.5"), ([(0, 1)], "dict"), ({"k": (np.nan, 1)}, "got nan")],
)  # fmt: skip
def test_bounds_that_cannot_be_are_refused(bounds, says):
    data, net, k = falling()
    with pytest.raises(ValueError, match=says):
        pinn.fit(data, net, variables={"k": k}, bounds=bounds)
    assert k.item() == 0.5


def test_bounds_and_a_gradient_method_do_not_go_together():
    data, net, k = falling()
    with pytest.raises(ValueError, match="gauss-newton"):
        pinn.fit(data, net, variables={"k": k}, bounds={"k": (0, 1)}, method="ssbroyden")


def test_held_is_what_would_leave():
    box = Box(*(torch.tensor(v, dtype=torch.float64) for v in ([0.0, 0.0, -np.inf], [1.0, 1.0, np.inf])), ["a", "b"])
    theta, slope = (torch.tensor(v, dtype=torch.float64) for v in ([0.0, 1.0, 5.0], [1.0, 1.0, 1.0]))
    assert box.held(theta, slope).tolist() == [True, False, False] and box.held(theta, -slope).tolist() == [
        False,
        True,
        False,
    ]
    assert box.inside(theta + 2 * slope).tolist() == [1.0, 1.0, 7.0]
