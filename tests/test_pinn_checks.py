"""What comes into a fit: units, places and options, on both sides of each limit."""

import numpy as np
import pytest
import torch

from mmlib import pinn
from mmlib.pinn import checks, dde


def data_at(x, domain=None, measured=None):
    """A problem whose points of the equation are x (n, d), perhaps with readings."""
    x = np.asarray(x, dtype=float)
    low, high = domain or (x.min(axis=0), x.max(axis=0))
    box = dde.geometry.Interval(low[0], high[0]) if len(low) == 1 else dde.geometry.Hypercube(low, high)
    bcs = [] if measured is None else [dde.icbc.PointSetBC(np.asarray(measured, dtype=float), np.zeros((1, 1)))]
    with pinn.float64():
        data = dde.data.PDE(box, lambda x, y: y, bcs, num_domain=0, num_boundary=0, anchors=x)
    data.train_x_all = x
    return data


def net_of(inputs, seed=0):
    torch.manual_seed(seed)
    with pinn.float64():
        return dde.nn.FNN([inputs, 4, 1], "tanh", "Glorot normal")


def seen_by_first_layer(net, x):
    """What a network's first layer gets for the points x."""
    caught = []
    first = next(m for m in net.modules() if isinstance(m, torch.nn.Linear))
    handle = first.register_forward_pre_hook(lambda _, given: caught.append(given[0]))
    with pinn.float64():
        net(torch.tensor(np.asarray(x, dtype=float)))
    handle.remove()
    return caught[0].numpy()


COLUMNS = {  # a column of points, and whether it is mapped to -1 … 1
    "of order one": ([0.0, 0.5, 2.0], False),
    "below twenty": ([0.0, 5.0, 19.5], False),
    "beyond twenty": ([0.0, 5.0, 20.5], True),
    "beyond twenty on the other side": ([-20.5, -5.0, 0.0], True),
    "a hundredth wide": ([0.5, 0.505, 0.5102], False),
    "less than a hundredth wide": ([0.5, 0.505, 0.5098], True),
    "all alike": ([30.0, 30.0, 30.0], False),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_inputs_far_from_order_one_are_mapped_and_the_others_stay(name):
    column, mapped = COLUMNS[name]
    x = np.column_stack([column, [0.0, 0.3, 1.0]])
    net = net_of(2)
    checks.scale_inputs(data_at(x, domain=([-50, 0], [50, 1])), net)
    got = seen_by_first_layer(net, x)
    low, high = min(column), max(column)
    wanted = [2 * (v - low) / (high - low) - 1 for v in column] if mapped else column
    np.testing.assert_allclose(got, np.column_stack([wanted, x[:, 1]]), atol=1e-12)


@pytest.mark.parametrize("plain", [False, True])
def test_a_feature_transform_comes_before_the_map(plain):
    """The box is that of the features: of squares from 0 to 100 the middle is 50."""
    x, net = np.array([[0.0], [6.0], [10.0]]), net_of(1)
    if plain:
        net = torch.nn.Sequential(torch.nn.Linear(1, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1)).double()
        x = x**2
    else:
        net.apply_feature_transform(lambda x: x**2)
    checks.scale_inputs(data_at(x), net)
    np.testing.assert_allclose(seen_by_first_layer(net, x)[:, 0], [-1, -0.28, 1], atol=1e-12)
    checks.scale_inputs(data_at(x), net)
    np.testing.assert_allclose(seen_by_first_layer(net, x)[:, 0], [-1, -0.28, 1], atol=1e-12)


@pytest.mark.parametrize("side", [-1, 1])
def test_readings_may_lie_a_thousandth_of_the_domain_outside(side):
    """On a domain from 1 to 5, four long: 0.0039 is the rounding of a place, 0.0041 is outside."""
    end = {-1: 1.0, 1: 5.0}[side]
    near, away = end + side * 0.0039, end + side * 0.0041
    checks.check_points(data_at([[1.0], [5.0]], measured=[[near]]), net_of(1))
    with pytest.raises(ValueError, match="measured points inside of the domain"):
        checks.check_points(data_at([[1.0], [5.0]], measured=[[away]]), net_of(1))


@pytest.mark.parametrize(
    ("low", "high", "told_apart"),
    [(0.0, 1.05e-4, True), (0.0, 0.95e-4, False), (0.96e5, 0.96e5 + 1, True), (1.04e5, 1.04e5 + 1, False),
     (-0.96e5, 1 - 0.96e5, True), (-1.04e5, 1 - 1.04e5, False), (1.04e5, 1.04e5 + 2, True)],
)  # fmt: skip
def test_a_domain_has_points_that_can_be_told_apart(low, high, told_apart):
    """A ten-thousandth long at least, and not further from zero than a hundred thousand lengths."""
    for box in (([low], [high]), ([0.0, low], [1.0, high])):
        box = tuple(map(np.array, box))
        if told_apart:
            checks._check_domain(box)
        else:
            with pytest.raises(ValueError, match="points can be told apart"):
                checks._check_domain(box)


def test_corners_of_a_domain_in_space_and_time():
    square, time = dde.geometry.Rectangle([1, 2], [3, 5]), dde.geometry.TimeDomain(-1, 7)
    low, high = checks._box(dde.geometry.GeometryXTime(square, time))
    assert low.tolist() == [1, 2, -1] and high.tolist() == [3, 5, 7]
    low, high = checks._box(dde.geometry.Interval(2, 9))
    assert low.tolist() == [2] and high.tolist() == [9] and checks._box(object()) is None


def test_a_domain_that_is_wrapped_by_a_feature_may_have_readings_outside():
    net = net_of(1)
    net.apply_feature_transform(torch.cos)
    assert not checks._sees_points(net) and checks._sees_points(net_of(1))
    checks.check_points(data_at([[0.0], [1.0]], measured=[[3.0]]), net)
    wide = net_of(1)
    checks.scale_inputs(data_at([[0.0], [100.0]]), wide)
    assert checks._sees_points(wide), "the map of ours wraps nothing"
    with pytest.raises(ValueError, match="measured points inside"):
        checks.check_points(data_at([[0.0], [100.0]], measured=[[150.0]]), wide)


def test_iterations_and_candidates_at_their_limits():
    data, net = data_at(np.linspace(0, 1, 7)[:, None]), net_of(1)
    for given, got in ((None, 12), (1, 1), (5.0, 5)):
        assert checks.check_options(data, net, given, None, pinn.Resample, 12) == got
    with pytest.raises(ValueError, match="at least one iteration"):
        checks.check_options(data, net, 0, None, pinn.Resample, 12)
    assert checks.check_options(data, net, 3, pinn.Resample(candidates=7), pinn.Resample, 12) == 3
    with pytest.raises(ValueError, match="at least 7 candidates"):
        checks.check_options(data, net, 3, pinn.Resample(candidates=6), pinn.Resample, 12)


def test_a_reference_has_rows_and_is_not_zero():
    x = np.arange(3.0)[:, None]
    at, y = checks.reference_arrays((x, [1, 0, 2]))
    assert at.shape == y.shape == (3, 1) and y[:, 0].tolist() == [1, 0, 2]
    with pytest.raises(ValueError, match="not zero everywhere"):
        checks.reference_arrays((x, np.zeros(3)))
    for bad in ((x, np.ones(2)), (x[:, 0], np.ones(3)), (x, [1, np.nan, 2]), ([[np.inf]] * 3, [1, 1, 1])):
        with pytest.raises(ValueError, match="expected reference="):
            checks.reference_arrays(bad)


# -- what DeepXDE's users bring along


def decay():
    start = dde.icbc.IC(dde.geometry.TimeDomain(0, 1), lambda t: 0 * t + 1, lambda t, on: on)
    geometry = dde.geometry.TimeDomain(0, 1)
    return dde.data.PDE(
        geometry, lambda t, y: dde.grad.jacobian(y, t) + y, [start], num_domain=10, num_boundary=2
    ), dde.nn.FNN([1, 6, 1], "tanh", "Glorot normal")


@pytest.mark.parametrize(
    ("name", "value", "ours"),
    [("loss_weights", [1, 1], "weights="), ("external_trainable_variables", [], "variables="), ("epochs", 5, "iterations="),
     ("callbacks", [], "Resample"), ("lr", 1e-3, "learn|step"), ("colour", 1, "help")],
)  # fmt: skip
def test_deepxde_s_argument_names_are_answered_with_ours(name, value, ours):
    with pytest.raises(TypeError, match=rf"got {name}=.*({ours})"):
        pinn.fit(*decay(), **{name: value})


def test_a_model_of_deepxde_brings_data_and_network():
    data, net = decay()
    one, two = (pinn.fit(*arguments, seed=0, iterations=5) for arguments in ((data, net), (dde.Model(data, net),)))
    assert one.loss == two.loss < 1e-2


def test_integrals_and_chance_are_refused_for_what_they_are():
    line = dde.geometry.TimeDomain(0, 1)
    start = dde.icbc.IC(line, lambda t: 0 * t + 1, lambda t, on: on)
    integral = dde.data.IDE(
        line, lambda x, y, m: y[:1], start, 5, kernel=lambda x, s: np.exp(s - x), num_domain=9, num_boundary=2
    )
    with pytest.raises(TypeError, match="IDE, whose integral"):
        pinn.fit(integral, decay()[1])
    drop = torch.nn.Sequential(
        torch.nn.Linear(1, 9), torch.nn.Tanh(), torch.nn.Dropout(0.5), torch.nn.Linear(9, 1)
    )  # fmt: skip
    with pytest.raises(ValueError, match="Dropout"):
        pinn.fit(decay()[0], drop)
