"""Functions that the caller wrote: what they take, what they return, what they write into. The answer is right or the call refuses.

Each call that integrates or trains gets its function once as it should be, then in every spelling of the same numbers that
NumPy and torch have (the answer stays), and in every kind that cannot be used (refused by name, before anything is computed).
An error of the function itself comes through as it is.
"""

import re
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from mmlib import ensemble, multistart, nets, neural_ode, optim, pinn, sbinn
from mmlib.pinn import dde
from mmlib.systems.glucose_insulin import published_start
from tests.contract.bank import Decay

K, T = np.array([1.0, 2.0]), np.array([0.0, 0.3, 0.9, 1.0, 1.6, 2.0])
Y = np.exp(-1.3 * T)[:, None]
X = torch.linspace(-1, 1, 9, dtype=torch.float64)[:, None]


def answers(rates, jacobian=lambda k, y: np.broadcast_to(-k, (1, *y.shape)), k=K):
    """The end of dy/dt = rates(k, y) from one, for two draws."""

    @dataclass(frozen=True)
    class Model(ensemble.Draws):
        k: object
        bands = (0, 0)

        def rhs(self, *y):
            return rates(self.k, *y)

    Model.jacobian = lambda self, y: jacobian(self.k, y)
    run = ensemble.solve(Model(k), [1.0], [0.0, 1.0], rtol=1e-6)
    assert run.success
    return run.y[-1, 0]


def decay(change):
    return answers(lambda k, y: change(-k * y))


def roots(change):
    def function(x, which):
        return change(x**2 - 4.0), change(2 * x[:, :, None])

    return multistart.least_squares(function, [[0.5], [3.0]], [0.1], [5.0]).x


def rate(change):
    return neural_ode.fit_ode(lambda p, y: change(p * y), [0.0], T, Y, sd=0.01, weights=(1, 10)).params.numpy()


def gradient(change):
    rhs, last = lambda p, y: change(p * y), lambda y: y[-1, 0]
    return neural_ode.ode_gradient(rhs, [-1.0], [2.0], [0.0, 1.0], last).params


def samples(change):
    fit = nets.fit_rows(
        nets.mlp([1, 4, 1], seed=0), lambda f, x: f(x), lambda z, y: change(z - y), (X, torch.sin(X)), iterations=3
    )
    return fit.loss[-1:]


SPAN = dde.geometry.TimeDomain(0, 1)
START = dde.icbc.IC(SPAN, lambda t: 0 * t + 1, lambda _, on: on)


def network(change, **options):
    data = dde.data.PDE(SPAN, lambda t, y: change(dde.grad.jacobian(y, t) + y), [START], num_domain=9, num_boundary=2)
    return pinn.fit(data, dde.nn.FNN([1, 4, 1], "tanh", "Glorot normal"), seed=0, iterations=2, **options).history[
        "loss"
    ]


def error(change):
    return network(lambda r: r, reference=lambda predict: change(np.abs(predict([[1.0]])).max()))


def raises(*_):
    raise ZeroDivisionError("the caller's own")


ARRAYS = {
    "a list": lambda r: r.tolist(),
    "objects": lambda r: r.astype(object),
    "read-only": lambda r: np.broadcast_to(r, r.shape),
    "a view": lambda r: np.stack([r, r])[0],
    "by columns": np.asfortranarray,
    "a tensor with slopes": lambda r: torch.tensor(r, requires_grad=True),
}
TENSORS = {"a view": lambda r: torch.stack([r, r])[0], "another precision": lambda r: r.double()}
BAD = {
    "nothing": (lambda r: None, "None"),
    "a word": (lambda r: "rate", "rate|str"),
    "complex": (lambda r: r * (1 + 0j), "real|complex"),
    "another axis": (lambda r: r[None], "shape"),
    "a pair": (lambda r: (r, r), "shape|tuple"),
}
CALLS = {
    "ensemble.solve": (decay, ARRAYS, BAD),
    "multistart.least_squares": (roots, ARRAYS, BAD),
    "neural_ode.fit_ode": (rate, TENSORS, BAD | {"an array": (lambda r: np.ones(1), "torch|tensor")}),
    "neural_ode.ode_gradient": (gradient, TENSORS, BAD | {"an array": (lambda r: np.ones(1), "torch|tensor")}),
    "nets.fit_rows": (samples, TENSORS, BAD | {"an array": (lambda r: np.ones(1), "torch|tensor")}),
    "pinn.fit": (network, TENSORS, {"detached": (lambda r: r.detach(), "no weight")} | {k: v for k, v in BAD.items() if k not in ("a pair", "complex")}),
    "pinn.fit, its reference": (error, {}, {k: v for k, v in BAD.items() if k != "another axis"} | {"many": (lambda r: np.ones(3), "one number|shape")}),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_the_same_numbers_in_another_form_give_the_same_answer(name):
    call, forms, _ = CALLS[name]
    first = call(lambda r: r)
    for label, form in forms.items():
        assert np.allclose(call(form), first, rtol=1e-6), label


@pytest.mark.parametrize(("name", "label"), [(n, label) for n, (_, _, bad) in CALLS.items() for label in bad])
def test_what_a_function_may_not_return_is_refused(name, label):
    call, _, bad = CALLS[name]
    change, word = bad[label]
    with pytest.raises((ValueError, TypeError), match="(?s)expected.*got") as caught:
        call(change)
    assert re.search(word, str(caught.value)), str(caught.value)


@pytest.mark.parametrize("name", CALLS)
def test_an_error_of_the_function_comes_through(name):
    with pytest.raises(ZeroDivisionError, match="the caller's own"):
        CALLS[name][0](raises)
    assert torch.get_default_dtype() is torch.float32


# -- arguments ----------------------------------------------------------------------------------------------------

GLUCOSE = dict(t=[0, 900], glucose=[110, 120], starts=published_start()[None], seed=0, iterations=1, warm_up=1, every=900)  # fmt: skip
TAKES = {
    "ensemble.solve": lambda: ensemble.solve(type("M", (Decay,), {"rhs": lambda self, t, y: -y})(K), [1.0], [0, 1]),
    "multistart.least_squares": lambda: multistart.least_squares(lambda x: x, [[0.5]], [0.1], [5.0]),
    "neural_ode.fit_ode": lambda: neural_ode.fit_ode(lambda t, y, p: p * y, [0.0], T, Y, sd=0.1),
    "neural_ode.ode_gradient": lambda: neural_ode.ode_gradient(lambda t, y, p: y, [1.0], [1.0], [0, 1], torch.sum),
    "neural_ode.network": lambda: neural_ode.network([1, 2, 1], seed=0, activation=torch.nn.Tanh),
    "nets.fit_rows": lambda: nets.fit_rows(
        nets.mlp([1, 4, 1], seed=0), lambda f: f, lambda z, y: z - y, (X, X), iterations=1
    ),
    "nets.seeded": lambda: nets.seeded(lambda seed: torch.nn.Linear(1, 1), 0),
    "pinn.fit": lambda: pinn.fit(dde.data.PDE(SPAN, lambda y: y, [START], 5, 2), nets.mlp([1, 4, 1], seed=0)),
    "pinn.fit, its reference": lambda: network(lambda r: r, reference=lambda: 0.0),
    "sbinn.train": lambda: sbinn.train(**GLUCOSE, record=lambda i: None),
}


@pytest.mark.parametrize("name", TAKES)
def test_a_function_of_other_arguments_is_refused_by_those_it_should_take(name):
    with pytest.raises(TypeError, match=r"expected .*; got .*(argument|Tanh\(\))"):
        TAKES[name]()


# -- what is written into -----------------------------------------------------------------------------------------


def test_rates_that_are_the_state_itself_are_no_scratch_space():
    """dy/dt = y may return y; a solver that adds to its rates in place would add to the state."""
    for same in (lambda k, y: y, lambda k, y: y[:]):
        assert answers(same, lambda k, y: np.ones((1, *y.shape))) == pytest.approx([np.e, np.e], rel=1e-5)


def test_whole_numbers_are_rates_and_constants_too():
    fall = answers(lambda k, y: np.full(y.shape, -1), lambda k, y: np.zeros((1, *y.shape), dtype=int))
    assert fall == pytest.approx([0, 0], abs=1e-6)
    whole = answers(lambda k, y: -k * y, k=np.array([1, 2]))
    assert whole == pytest.approx(np.exp(-K), rel=1e-5)
    assert np.array_equal(answers(lambda k, y: -k * y, k=[1.0, 2.0]), answers(lambda k, y: -k * y))


def test_a_function_that_writes_into_its_arguments_is_refused_or_gets_a_copy():
    def shrink(k, y):
        y *= -k
        return y

    def square(x, which):
        x **= 2
        return x - 4.0, 2 * np.sqrt(x)[:, :, None]

    def times(p, y):
        y *= p
        return y

    def minus(z, y):
        z -= y
        return z

    kept = np.ones((1, 2))
    with pytest.raises(ValueError, match="not y \\*= -k"):
        answers(shrink)
    with pytest.raises(ValueError, match="new array"):
        answers(lambda k, y: np.multiply(-k, y, out=kept) if y.shape == (1, 2) else -k * y)
    assert multistart.least_squares(square, [[0.5], [3.0]], [0.1], [5.0]).x == pytest.approx(2)
    with pytest.raises(ValueError, match="writes into|written"):
        neural_ode.fit_ode(times, [-1.0], T, Y, sd=0.01)
    with pytest.raises(ValueError, match="leave their arguments|written"):
        nets.fit_rows(nets.mlp([1, 4, 1], seed=0), lambda f, x: f(x), minus, (X, X), iterations=1)


def test_a_law_that_torch_cannot_evaluate_for_many_states_at_once_is_refused():
    for law in (lambda p, y: p * y if y.sum() > 0 else y, lambda p, y: y * p[0].item()):
        with pytest.raises(ValueError, match="torch.where"):
            neural_ode.fit_ode(law, [-1.0], T, Y, sd=0.01)
    with pytest.raises(ValueError, match="not y\\[0\\]"):
        first = lambda p, y: torch.stack([p[0] * y[0], p[0] * y[1]], -1)  # noqa: E731
        neural_ode.fit_ode(first, [-1.0], T, np.hstack([Y, 2 * Y]), sd=0.01)


def test_rows_are_as_many_at_each_call():
    calls = []

    def function(x, which):
        calls.append(x)
        rows = 1 if len(calls) < 5 else 2
        return np.ones((len(x), rows)) * x**2, np.ones((len(x), rows, 1)) * 2 * x[:, :, None]

    with pytest.raises(ValueError, match="expected 1 residuals a start at each call; got 2"):
        multistart.least_squares(function, [[0.5]], [0.1], [5.0])


# -- networks -----------------------------------------------------------------------------------------------------

NETS = {
    "without numbers": (lambda: torch.nn.Linear(1, 1, device="meta"), "meta"),
    "lazy": (lambda: torch.nn.LazyLinear(1), "lazy"),
    "frozen": (lambda: torch.nn.Linear(1, 1).requires_grad_(False), "frozen"),
    "without weights": (lambda: torch.nn.Identity(), "weights"),
    "of pairs": (lambda: torch.nn.LSTM(1, 1), "tuple|1D"),
}
TRAIN = {
    "fit_rows": lambda net: nets.fit_rows(net, lambda f, x: f(x), lambda z, y: z - y, (X, X), iterations=1),
    "fit_sequences": lambda net: nets.fit_sequences(net, np.ones((4, 3, 1)), np.ones((4, 3, 1)), seed=0, iterations=2),
    "fit": lambda net: pinn.fit(dde.data.PDE(SPAN, lambda t, y: y - 1, [START], 5, 2), net, seed=0, iterations=1),
    "fit_many": lambda net: pinn.fit_many(dde.data.PDE(SPAN, lambda t, y: y - 1, [START], 5, 2), net, seeds=[0], iterations=1),
}  # fmt: skip


@pytest.mark.parametrize("train", TRAIN)
@pytest.mark.parametrize("kind", NETS)
def test_a_network_that_cannot_be_trained_is_refused(train, kind):
    build, word = NETS[kind]
    if (train, kind) == ("fit_sequences", "of pairs"):
        return  # what a recurrent layer gives
    net = build()
    net = net if kind == "lazy" else net.double()
    with pytest.raises((ValueError, TypeError), match=f"(?s)expected.*got.*{word}|{word}"):
        TRAIN[train](net)


def test_frozen_layers_stay_frozen_in_rows():
    net = nets.mlp([1, 8, 1], seed=0)
    net[0].requires_grad_(False)
    before = [w.clone() for w in net.parameters()]
    fit = nets.fit_rows(net, lambda f, x: f(x), lambda z, y: z - y, (X, torch.sin(3 * X)), iterations=20)
    same = [torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True)]
    assert same == [True, True, False, False] and fit.loss[-1] < 0.1 * fit.loss[0]


def test_outputs_of_another_width_are_not_spread_over_the_readings():
    """(n, steps, 1) minus (n, steps, 3) is a tensor, too."""
    x = np.ones((4, 3, 1))
    with pytest.raises(ValueError, match=r"expected net to return .*\(1, 3, 3\); got \(1, 3, 1\)"):
        nets.fit_sequences(nets.Recurrent("GRU", 1, 2, seed=0), x, np.repeat(x, 3, axis=2), seed=0, iterations=1)
    with pytest.raises(ValueError, match="expected net to return"):
        nets.fit_sequences(torch.nn.Linear(1, 1).double(), x, x, seed=0, iterations=1)


def test_a_loss_is_one_number_with_a_way_back():
    for loss, word in ((lambda y: y[:, 0], "shape"), (lambda y: y[-1, 0].item(), "tensor"), (lambda y: y[-1, 0].detach(), "slopes")):  # fmt: skip
        with pytest.raises((ValueError, TypeError), match=word):
            neural_ode.ode_gradient(lambda p, y: p * y, [-1.0], [2.0], [0.0, 1.0], loss)
    for by in ("backprop", "adjoint"):
        free = neural_ode.ode_gradient(lambda p, y: -y, [5.0], [2.0], [0.0, 1.0], lambda y: y[-1, 0], by=by)
        assert free.params == pytest.approx([0]) and free.y0 == pytest.approx([np.exp(-1)], rel=1e-4)


def test_functions_that_are_all_alike_teach_no_operator():
    u, x = np.random.default_rng(0).standard_normal((9, 6)), np.linspace(0, 1, 6)[:, None]
    for bad, name in (({"u": np.ones((9, 6))}, "u"), ({"g": np.ones((9, 6))}, "g")):
        with pytest.raises(ValueError, match=f"expected functions that differ; got 9 equal rows of {name}"):
            nets.fit_deeponet(**{"u": u, "g": u, "x": x} | bad, modes=2, inputs=2, seed=0)


def test_rows_of_another_precision_are_refused():
    with pytest.raises(TypeError, match="float64; got one of torch.float32"):
        nets.fit_rows(
            nets.mlp([1, 2, 1], seed=0), lambda f, x: f(x), lambda z, y: (z - y).float(), (X, X), iterations=1
        )


def test_one_variable_has_one_name_and_float32_residuals_are_taken():
    k = dde.Variable(1.0)
    data = dde.data.PDE(
        SPAN, lambda t, y: dde.grad.jacobian(y, t) + k * y, [START, dde.icbc.PointSetBC([[1.0]], [[0.2]])], 9, 2
    )
    with pytest.raises(ValueError, match="one name for each variable; got .'k', 'm'."):
        pinn.fit(data, dde.nn.FNN([1, 3, 1], "tanh", "Glorot normal"), seed=0, variables={"k": k, "m": k})
    assert network(lambda r: r.float())[-1] == pytest.approx(network(lambda r: r)[-1], rel=1e-3)


def test_verdicts_are_made_of_something():
    line, one = dict(gram=np.eye(2), gradient=np.ones(2), loss=1.0), optim.Verdict("converged", "flat")
    for bad in ({"gram": np.eye(3)}, {"gram": [["a"]]}, {"held": [5]}, {"held": [True]}, {"gradient": [1j, 0]}):
        with pytest.raises(ValueError, match="expected .* got"):
            optim.quadratic(**line | bad)
    assert optim.quadratic(**line | {"gram": torch.eye(2, requires_grad=True)}) == optim.quadratic(**line)
    assert optim.quadratic(**line, held=[1]) == optim.quadratic(**line, held=np.array([False, True]))
    for bad in ({}, {"a": "converged"}):
        with pytest.raises(ValueError, match="expected at least one Verdict"):
            optim.all_of(bad)
    assert optim.all_of({"a": one})
    for low, high in (([9.0], [0.0]), ([0.0, 0.0], [1.0, 1.0])):
        with pytest.raises(ValueError, match="expected"):
            optim.check_slopes(lambda x: x**2, [2.0], [[4.0]], low, high)
