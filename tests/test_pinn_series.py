"""Derivatives by Taylor series, against closed forms of one layer and against reverse mode inside of reverse mode."""

import itertools
import math

import numpy as np
import pytest
import torch

from mmlib import pinn
from mmlib.pinn import dde, series, training
from mmlib.pinn.problem import Problem

STRIP = dde.geometry.GeometryXTime(dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 1))
ORDERS = [(1, 0), (2, 0), (4, 0), (0, 3), (1, 1), (2, 1), (2, 2), (1, 3)]


def net_of(sizes, activation="tanh", seed=0):
    with pinn.float64():
        net = dde.nn.FNN(sizes, activation, "Glorot normal")
    generator = torch.Generator().manual_seed(seed)
    for p in net.parameters():
        p.data = 0.6 * torch.randn(p.shape, generator=generator, dtype=torch.float64)
    return net


def points(n=7, dim=2):
    x = torch.rand(n, dim, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return (2 * x - 1).requires_grad_()


def by_series(net, x):
    y = net(x)
    series.remember(net, (x,), y)
    assert y._mmlib_series.x is x
    return y


def nested(y, x, orders, component=0):
    f = y[:, component : component + 1]
    for j, k in enumerate(orders):
        for _ in range(k):
            f = torch.autograd.grad(f.sum(), x, create_graph=True)[0][:, j : j + 1]
    return f


def tanh_derivative(order, a):
    """Closed form: a polynomial in tanh, P' = P'(y) (1 - y^2)."""
    polynomial = np.polynomial.Polynomial([0, 1])
    for _ in range(order):
        polynomial = polynomial.deriv() * np.polynomial.Polynomial([1, 0, -1])
    return polynomial(np.tanh(a))


@pytest.mark.parametrize("activation", ["tanh", "sin"])
@pytest.mark.parametrize("orders", [*ORDERS, (5, 0), (3, 3), (0, 8)])
def test_one_layer_in_closed_form(activation, orders):
    net, x = net_of([2, 6, 2], activation), points()
    got = pinn.derivative(by_series(net, x), x, orders, component=1)
    w, b, v = (p.detach().numpy() for p in (net.linears[0].weight, net.linears[0].bias, net.linears[1].weight))
    a, k = x.detach().numpy() @ w.T + b, sum(orders)
    slope = tanh_derivative(k, a) if activation == "tanh" else np.sin(a + k * np.pi / 2)
    wanted = (slope * w[:, 0] ** orders[0] * w[:, 1] ** orders[1]) @ v[1]
    assert got.shape == (7, 1)
    assert got.detach().numpy()[:, 0] == pytest.approx(wanted, rel=1e-9, abs=1e-9 * np.abs(wanted).max())


def feature(x):
    return torch.cat([torch.sin(2 * x[:, :1]), torch.cos(x[:, :1]) * x[:, 1:], x[:, 1:]], dim=1)


def hard(x, y):
    return x[:, :1] * (1 - x[:, 1:] ** 2) * y * torch.exp(x[:, 1:]) + y**2


CASES = [(f, t) for f in ("tanh", "sin") for t in ("none", "features", "output", "both")]
CASES += [(f, "both") for f in ("sigmoid", "swish", "gelu", "elu", torch.cos)] + [(["sin", "tanh", "swish"], "none")]


@pytest.mark.parametrize(("activation", "transforms"), CASES)
def test_several_layers_agree_with_nested_reverse_mode_and_so_do_their_slopes_by_the_weights(activation, transforms):
    first = 3 if transforms in ("features", "both") else 2
    net, x = net_of([first, 7, 6, 2], activation), points()
    if transforms in ("features", "both"):
        net.apply_feature_transform(feature)
    if transforms in ("output", "both"):
        net.apply_output_transform(hard)
    y = by_series(net, x)
    for orders in ORDERS:
        mine, theirs = pinn.derivative(y, x, orders, 1), nested(y, x, orders, 1)
        assert (mine - theirs).detach().norm() <= 1e-11 * theirs.detach().norm(), orders
        w = torch.linspace(-1, 2, 7, dtype=torch.float64)[:, None]
        pairs = [torch.autograd.grad((f * w).sum(), list(net.parameters()), retain_graph=True, allow_unused=True) for f in (mine, theirs)]  # fmt: skip
        for g, h in zip(*pairs, strict=True):
            g, h = (torch.zeros(1) if a is None else a for a in (g, h))
            assert float((g - h).norm()) <= 1e-10 * float(h.norm()) + 1e-14, orders
    again = torch.autograd.grad(pinn.derivative(y, x, (2, 0)).sum(), x, create_graph=True)[0][:, :1]
    assert torch.allclose(again, nested(y, x, (3, 0)), rtol=1e-10), "reverse mode goes on from a series"


def test_a_variable_inside_of_a_transform_is_seen():
    k = dde.Variable(0.7)
    k.data = k.data.double()
    net, x = net_of([2, 5, 1]), points()
    net.apply_output_transform(lambda x, y: torch.sin(k * x[:, :1]) * y)
    y = by_series(net, x)
    slopes = [torch.autograd.grad(f.sum(), k, retain_graph=True)[0] for f in (pinn.derivative(y, x, (3, 0)), nested(y, x, (3, 0)))]  # fmt: skip
    assert float(slopes[0]) == pytest.approx(float(slopes[1]), rel=1e-11)


def test_weights_of_lines_reproduce_mixed_derivatives_of_polynomials():
    """(v.grad)^k of x^a y^b z^c is known; only the wanted monomial survives the sum."""
    for orders in [(1, 1, 0), (2, 0, 2), (1, 1, 1), (2, 1, 1), (3, 1, 0)]:
        k = sum(orders)
        for m in itertools.product(range(k + 1), repeat=3):
            if sum(m) == k:
                value = sum(w * math.factorial(k) * math.prod(c**e for c, e in zip(v, m, strict=True)) for v, w in series._lines(orders))  # fmt: skip
                wanted = math.prod(map(math.factorial, m)) if m == orders else 0
                assert value == pytest.approx(wanted, abs=1e-9), (orders, m)
    assert len(series._lines((2, 2))) == 4 and len(series._lines((1, 1))) == 3


# -- inside of a fit


def nested_equation(x, u):
    return nested(u, x, (0, 1)) + 6 * u[:, :1] * nested(u, x, (1, 0)) + nested(u, x, (3, 0)) + nested(u, x, (1, 2))


def equation(x, u):
    u_t, u_x, u_xxx, mixed = (pinn.derivative(u, x, k) for k in ((0, 1), (1, 0), (3, 0), (1, 2)))
    return u_t + 6 * u[:, :1] * u_x + u_xxx + mixed


def data_of(equation):
    everywhere = dde.icbc.DirichletBC(STRIP, lambda x: np.sin(x[:, :1] + x[:, 1:]), lambda _, on: on)
    with pinn.float64():
        data = dde.data.TimePDE(
            STRIP, equation, [everywhere], num_domain=36, num_boundary=20, train_distribution="uniform"
        )
    return data


@pytest.mark.parametrize("sizes", [[2, 6, 5, 1]])
def test_the_jacobian_of_the_rows_is_that_of_nested_reverse_mode(sizes):
    problems = []
    for law in (equation, nested_equation):
        data = data_of(law)
        net = training._own(net_of(sizes), "cpu", data)
        problems.append(Problem(data, net))
        problems[-1].check(jacobian=True)
    (loss, _, rows, jacobian), (other, _, other_rows, other_jacobian) = (p.stacked() for p in problems)
    assert loss == pytest.approx(other, rel=1e-11) and torch.allclose(rows, other_rows, rtol=1e-10, atol=1e-12)
    assert float((jacobian - other_jacobian).norm()) < 1e-10 * float(other_jacobian.norm())
    a, b = (float(torch.linalg.vector_norm(p.pull()[0])) for p in problems)
    assert a == pytest.approx(b, rel=1e-10)


def test_the_cost_grows_by_one_pass_of_each_layer_for_each_order():
    """Counted, not timed: what a linear layer records for the Jacobian of one derivative."""
    counts = {}
    for order in (1, 2, 3, 4):
        data = data_of(lambda x, u, k=order: pinn.derivative(u, x, (k, 0)))
        problem = Problem(data, training._own(net_of([2, 6, 5, 1]), "cpu", data))
        piece = problem.pieces[0]
        with problem.context(), problem._record.tapped():
            _, r = problem._evaluate(piece)[0]
            problem._record.jacobian(r, problem.size)
            counts[order] = [len(tap.left) for tap in problem._record.taps.values()]
    assert all(max(n) <= order + 1 for order, n in counts.items()), counts


def test_a_fit_takes_the_steps_that_nested_derivatives_take_and_many_fits_as_well():
    net = net_of([2, 6, 1])
    one, other = (pinn.fit(data_of(law), net, seed=0, iterations=8) for law in (equation, nested_equation))
    assert one.history["loss"] == pytest.approx(other.history["loss"], rel=1e-6)
    assert one.converged == other.converged and one.fresh == pytest.approx(other.fresh, rel=1e-5)
    (many, _) = pinn.fit_many(data_of(equation), net, seeds=[0, 1], iterations=8)
    assert many.history["loss"] == pytest.approx(one.history["loss"], rel=1e-6)
    twice = pinn.fit(data_of(equation), net, seed=0, iterations=8)
    assert np.array_equal(one.history["loss"], twice.history["loss"])
    on = pinn.fit(data_of(equation), one.model.net, seed=None, iterations=1)
    assert len(on.model.net._forward_hooks) == 1


def test_elsewhere_reverse_mode_is_nested():
    net, x = net_of([2, 5, 2]), points()
    y = net(x)  # nobody remembers
    for orders in ORDERS[:5]:
        assert torch.allclose(pinn.derivative(y, x, orders, 1), nested(y, x, orders, 1), rtol=1e-12)
    sliced = by_series(net, x)[:, 1:]
    assert torch.allclose(pinn.derivative(sliced, x, (0, 3)), nested(y, x, (0, 3), 1), rtol=1e-12)
    straight = (3 * x[:, :1]) ** 2
    assert not pinn.derivative(straight, x, (4, 0)).any() and torch.equal(pinn.derivative(y, x, (0, 0), 1), y[:, 1:])
    other = dde.nn.PFNN([2, [4, 4], [4, 4], 2], "tanh", "Glorot normal").double()
    z = other(x)
    series.remember(other, (x,), z)
    assert not hasattr(z, "_mmlib_series")
    assert torch.allclose(pinn.derivative(z, x, (2, 0)), nested(z, x, (2, 0)), rtol=1e-12)
    dde.grad.clear()


def test_a_trained_model_gives_derivatives_by_its_operator():
    fit = pinn.fit(data_of(equation), net_of([2, 5, 1]), seed=0, iterations=2)
    x = np.array([[0.1, 0.2], [0.3, 0.4]], dtype=np.float32)
    got = fit.model.predict(x, operator=lambda x, u: pinn.derivative(u, x, (2, 0)))
    inside = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    assert got == pytest.approx(nested(fit.model.net(inside), inside, (2, 0)).detach().numpy(), rel=1e-4)


@pytest.mark.parametrize(
    ("orders", "component", "says"),
    [
        (2, 0, "orders as 2 whole number"),
        ((1, 0, 0), 0, "orders as 2 whole number"),
        ((1, -1), 0, "orders as 2 whole number"),
        ((1.0, 0), 0, "orders as 2 whole number"),
        ((True, 0), 0, "orders as 2 whole number"),
        ((13, 0), 0, "12 in all at most"),
        ((1, 0), 2, "one of 2 output"),
        ((1, 0), -1, "one of 2 output"),
        ((1, 0), "u", "one of 2 output"),
    ],
)
def test_what_it_cannot_use_is_refused(orders, component, says):
    x = points()
    with pytest.raises(ValueError, match=says):
        pinn.derivative(net_of([2, 4, 2])(x), x, orders, component)


def test_tensors_are_asked_for():
    x = points()
    with pytest.raises(TypeError, match="expected ys as a tensor"):
        pinn.derivative(np.zeros((7, 1)), x, (1, 0))
    with pytest.raises(TypeError, match="expected xs as a tensor"):
        pinn.derivative(x, [[0.0, 0.0]], (1, 0))
    with pytest.raises(ValueError, match="as many rows"):
        pinn.derivative(x[:3], x, (1, 0))
    with pytest.raises(ValueError, match="as many rows"):
        pinn.derivative(x[:, 0], x, (1, 0))
