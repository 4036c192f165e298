"""Draws, starts, states, samples and functions in another order give the same answers in that order; one alone is one of many."""

import numpy as np
import pytest
import torch

from mmlib import ensemble, multistart, nets, neural_ode, pinn
from mmlib.pinn import dde
from tests.contract.bank import Decay

TURN = np.array([2, 0, 3, 1])


def draws(order):
    k = np.array([1.0, 5.0, 0.3, 40.0])[order]
    return ensemble.solve(Decay(k), [1.0], [0, 0.5, 1.0], rtol=1e-4).y[-1, 0]


def starts(order):
    def function(x, which):
        return np.stack([x[:, 0] ** 2 - 2, x[:, 0] * x[:, 1] - 1], axis=1), np.stack(
            [np.stack([2 * x[:, 0], 0 * x[:, 0]], 1), np.stack([x[:, 1], x[:, 0]], 1)], axis=1
        )

    first = np.array([[0.5, 0.5], [2.0, 1.0], [1.0, 3.0], [3.0, 0.2]])[order]
    return multistart.least_squares(function, first, [0.1, 0.1], [5.0, 5.0], iterations=4).x


def sampled(order):
    x = torch.tensor([[-1.0], [-0.2], [0.4], [1.0]], dtype=torch.float64)[order]
    net = nets.mlp([1, 3, 1], seed=0)
    nets.fit_rows(net, lambda f, x: f(x), lambda z, y: z - y, (x, torch.sin(x)), iterations=3)
    return net(x).detach().numpy()


def states(order):
    t = np.linspace(0, 2, 7)
    k = np.array([0.4, 1.3, 0.8, 2.0])[order]
    fit = neural_ode.fit_ode(lambda p, y: p * y, -np.ones(4), t, np.exp(-np.outer(t, k)), sd=0.05, weights=(1, 10))
    return fit.params.numpy()


def gradient(order):
    k = np.array([0.4, 1.3, 0.8, 2.0])[order]
    return neural_ode.ode_gradient(
        lambda p, y: p * y, -k, np.ones(4), [0.0, 1.0], lambda y: (y[-1] ** 2).sum(), rtol=1e-9
    ).params


@pytest.mark.parametrize("call", [draws, starts, sampled, states, gradient])
def test_in_another_order(call):
    plain = np.arange(4)
    assert np.allclose(call(TURN), call(plain)[TURN], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("call", [draws, starts])
def test_one_alone_is_one_of_many_and_twice_the_same_is_twice_the_answer(call):
    many = call(np.arange(4))
    for k in range(4):
        assert np.allclose(call([k]), many[[k]], rtol=1e-9, atol=1e-12)
    assert np.array_equal(call([1, 1, 3]), call([1, 1, 3])[[1, 0, 2]])


def test_samples_twice_weigh_as_once():
    once, twice = sampled(np.arange(4)), sampled(np.tile(np.arange(4), 2))
    assert np.allclose(twice[:4], once, rtol=1e-6)


def test_states_of_a_stiff_pair_in_another_order():
    """A full Jacobian: rows and columns are exchanged together."""

    class Pair(ensemble.Draws):
        bands = (1, 1)
        a = np.array([[-50.0, 2.0], [1.0, -0.5]])

        def __init__(self, turn, k=1.0):
            self.turn, self.k = turn, k

        def __len__(self):
            return 1

        def __getitem__(self, index):
            return self

        def matrix(self):
            return self.a[np.ix_(self.turn, self.turn)]

        def rhs(self, y):
            return self.matrix() @ y

        def jacobian(self, y):
            m, full = self.matrix(), np.zeros((3, *y.shape))
            full[0, 1], full[1, 0], full[1, 1], full[2, 0] = m[0, 1], m[0, 0], m[1, 1], m[1, 0]
            return full

    one = ensemble.solve(Pair([0, 1]), [1.0, 2.0], [0, 1.0], rtol=1e-5).y[-1, :, 0]
    other = ensemble.solve(Pair([1, 0]), [2.0, 1.0], [0, 1.0], rtol=1e-5).y[-1, :, 0]
    assert other[::-1] == pytest.approx(one, rel=1e-4)


def test_predictions_one_by_one():
    rng, x = np.random.default_rng(0), np.linspace(0, 1, 6)[:, None]
    u = rng.standard_normal((8, 6))
    net = nets.fit_deeponet(u, np.cumsum(u, axis=1) / 6, x, modes=2, branch=0, trunk=4, iterations=(2, 1), seed=0)
    both = net.predict(u, x)
    assert np.allclose(net.predict(u[[3]], x[[2]]), both[3, 2], rtol=1e-12)
    assert np.allclose(net.predict(u[::-1], x[::-1]), both[::-1, ::-1], rtol=1e-12)
    span = dde.geometry.TimeDomain(0, 1)
    start = dde.icbc.IC(span, lambda t: 0 * t + 1, lambda _, on: on)
    data = dde.data.PDE(span, lambda t, y: dde.grad.jacobian(y, t) + y, [start], num_domain=9, num_boundary=2)
    fit = pinn.fit(data, dde.nn.FNN([1, 4, 1], "tanh", "Glorot normal"), seed=0, iterations=2)
    assert np.allclose(fit.predict(x[[2]]), fit.predict(x)[[2]], rtol=1e-12)
