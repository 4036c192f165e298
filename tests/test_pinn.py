"""Second-order training: the Jacobian against referees, exact solutions, and the errors a reader will meet."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from mmlib import pinn
from mmlib.pinn import dde
from mmlib.pinn import jacobian as jacobian_module
from mmlib.pinn import problem as problem_module
from mmlib.pinn.gauss_newton import gauss_newton
from mmlib.pinn.problem import Problem
from mmlib.pinn.quasi_newton import ssbroyden

SQUARE = dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(0, 1))


def on(_, boundary):
    return boundary


def left(x, boundary):
    return boundary and x[0] < 0.5


def net_of(sizes, activation="tanh", seed=0):
    with pinn.float64():
        net = dde.nn.FNN(sizes, activation, "Glorot normal")
    generator = torch.Generator().manual_seed(seed)
    for p in net.parameters():
        p.data = torch.randn(p.shape, generator=generator, dtype=torch.float64) * 0.5
    return net


def everything():
    """Two outputs, two residuals of second order, every kind of condition, two variables, both transforms."""
    with pinn.float64():
        k, c = dde.Variable(0.7), dde.Variable([0.3, -0.2])
        points = np.random.default_rng(0).uniform(0.1, 0.9, (7, 2))

        def pde(x, y):
            u_t = dde.grad.jacobian(y, x, i=0, j=1)
            u_xx, v_xx = dde.grad.hessian(y, x, component=0), dde.grad.hessian(y, x, component=1)
            v_t = dde.grad.jacobian(y, x, i=1, j=1)
            u, v = y[:, 0:1], y[:, 1:2]
            return [u_t - k * u_xx + u * v, v_t - k**2 * v_xx + c[0] * torch.sin(u) + c[1] * v * u_t]

        def flux(x, y, _):
            return dde.grad.jacobian(y, x, i=1, j=0) + k * y[:, 0:1] ** 2

        conditions = [
            dde.icbc.DirichletBC(SQUARE, lambda x: np.cos(x[:, 1:2]), left, component=0),
            dde.icbc.NeumannBC(SQUARE, lambda x: x[:, 1:2], on, component=1),
            dde.icbc.RobinBC(SQUARE, lambda x, y: y[:, 0:1] ** 2, on, component=0),
            dde.icbc.IC(SQUARE, lambda x: np.sin(x[:, 0:1]), lambda _, initial: initial, component=1),
            dde.icbc.OperatorBC(SQUARE, flux, on),
            dde.icbc.PeriodicBC(SQUARE, 0, left, derivative_order=0, component=0),
            dde.icbc.PeriodicBC(SQUARE, 0, left, derivative_order=1, component=1),
            dde.icbc.PointSetBC(points, np.sin(points), component=[0, 1]),
            dde.icbc.PointSetBC(points, np.cos(points[:, :1]), component=1),
            dde.icbc.PointSetOperatorBC(points, points[:, :1], flux),
        ]
        data = dde.data.TimePDE(SQUARE, pde, conditions, num_domain=23, num_boundary=12, num_initial=8)
    net = net_of([3, 6, 5, 2])
    net.apply_feature_transform(lambda x: torch.cat([x, torch.sin(3 * x[:, :1])], dim=1))
    net.apply_output_transform(lambda x, y: y * x[:, 1:2] + torch.exp(-x[:, :1]))
    return data, net, {"k": k, "c": c}


def dense(problem):
    """All weighted rows and their Jacobian."""
    scales, blocks = problem._scales(), list(problem.rows())
    order = np.argsort([i for i, _, _ in blocks], kind="stable")
    rows = torch.cat([scales[blocks[b][0]] * blocks[b][1] for b in order])
    return rows, torch.cat([scales[blocks[b][0]] * blocks[b][2] for b in order])


def test_jacobian_against_finite_differences():
    """Fourth-order central differences of every row by every unknown, for every kind of condition."""
    data, net, variables = everything()
    problem = Problem(data, net, variables=variables)
    assert len(problem.names) == 12 and problem.size == 3 * 6 + 6 + 6 * 5 + 5 + 5 * 2 + 2 + 3
    theta, (rows, jacobian) = problem.get(), dense(problem)

    def rows_at(vector):
        problem.set(vector)
        return dense(problem)[0]

    h = 1e-3
    for j in np.random.default_rng(1).choice(problem.size - 3, 12, replace=False).tolist() + [-3, -2, -1]:
        e = torch.zeros_like(theta)
        e[j] = h
        slope = (8 * (rows_at(theta + e) - rows_at(theta - e)) - rows_at(theta + 2 * e) + rows_at(theta - 2 * e)) / (
            12 * h
        )
        assert torch.allclose(jacobian[:, j], slope, atol=1e-9, rtol=1e-7), j
    problem.set(theta)
    assert problem.losses()[1] == pytest.approx(float(rows @ rows), rel=1e-12)


def test_chunks_of_rows_give_the_same(monkeypatch):
    """Bounded memory: at most so many rows of the Jacobian at a time, pairs of periodic points kept together."""
    data, net, variables = everything()
    whole = Problem(data, net, variables=variables)
    monkeypatch.setattr(problem_module, "SMALLEST_CHUNK", 5)
    monkeypatch.setattr(problem_module, "CHUNK_BYTES", 1)
    parts = Problem(data, net, variables=variables)
    parts.check(jacobian=True)
    assert len(parts.pieces) > 2 * len(whole.pieces) and max(len(r) for _, r, _ in parts.rows()) == 5
    a, b = whole.normal(), parts.normal()
    assert torch.allclose(a.gram, b.gram, rtol=1e-9, atol=1e-11)
    assert torch.allclose(a.gradient, b.gradient, rtol=1e-9, atol=1e-11)
    assert a.losses == pytest.approx(b.losses, rel=1e-12)


def test_jacobian_row_by_row():
    """The same numbers as one plain backward pass per row, to round-off."""
    data, net, variables = everything()
    problem = Problem(data, net, variables=variables)
    _, jacobian = dense(problem)
    scales, rows = problem._scales(), []
    with problem.context():
        for piece in problem.pieces:
            for index, r in problem._evaluate(piece):
                for entry in r.T.reshape(-1):
                    grads = torch.autograd.grad(entry, problem.leaves, retain_graph=True, allow_unused=True)
                    rows.append(scales[index] * problem_module.flat(grads, problem.leaves))
    assert torch.allclose(jacobian, torch.stack(rows), atol=1e-13, rtol=1e-12)


def test_normal_equations_and_deepxde_agree():
    """Loss and gradient are those of DeepXDE's own model, weights included."""
    data, net, variables = everything()
    weights = np.linspace(0.5, 2, 12)
    problem = Problem(data, net, variables=variables, weights=weights)
    normal = problem.normal()
    total, losses, gradient = problem.loss_and_gradient()
    assert torch.allclose(2 * normal.gradient, gradient, rtol=1e-10, atol=1e-12)
    with pinn.float64():
        model = dde.Model(data, net)
        model.compile("adam", lr=1e-3, loss_weights=list(weights), verbose=0)
        _, theirs = model.outputs_losses_train(data.train_x, data.train_y, data.train_aux_vars)
    assert losses * weights == pytest.approx(theirs.detach().numpy(), rel=1e-12)
    assert [normal.loss, total] == pytest.approx([float(theirs.detach().sum())] * 2, rel=1e-12)
    _, jacobian = dense(problem)
    assert torch.allclose(normal.gram, jacobian.T @ jacobian, rtol=1e-10, atol=1e-12)


def test_order_of_points_does_not_matter():
    data, net, variables = everything()
    problem = Problem(data, net, variables=variables)
    before = problem.normal()
    problem.set_points(problem.points[::-1])
    after = problem.normal()
    assert torch.allclose(before.gram, after.gram, rtol=1e-9, atol=1e-10)
    assert torch.allclose(before.gradient, after.gradient, rtol=1e-9, atol=1e-10)


# ---- exact solutions ---------------------------------------------------------------------------------------------


def poisson(n=30):
    line = dde.geometry.Interval(0, 1)

    def pde(x, u):
        return dde.grad.hessian(u, x) + torch.pi**2 * torch.sin(torch.pi * x)

    with pinn.float64():
        ends = dde.icbc.DirichletBC(line, lambda x: 0 * x, on)
        return dde.data.PDE(line, pde, [ends], num_domain=n, num_boundary=2)


X = np.linspace(0, 1, 101)[:, None]


def test_problem_linear_in_its_unknowns_takes_one_step():
    """Fixed random features, a trainable last layer, a linear equation: the first undamped step is the solution."""
    net = net_of([1, 5, 1])
    for p in net.linears[0].parameters():
        p.requires_grad_(False)
    problem = Problem(poisson(), net.double())
    problem.check(jacobian=True)
    rows, jacobian = dense(problem)
    best = torch.linalg.lstsq(jacobian, rows[:, None], driver="gelsd").solution[:, 0]
    expected = float((rows - jacobian @ best).square().sum())
    gauss_newton(problem, iterations=1, record=lambda *_: False, damping=1e-14)
    assert problem.losses()[1] == pytest.approx(expected, rel=1e-3)


def test_poisson_to_1e6():
    fit = pinn.fit(poisson(), net_of([1, 10, 10, 1]), iterations=100, seed=0, reference=(X, np.sin(np.pi * X)))
    assert fit.error < 1e-6
    assert fit.error == pytest.approx(
        np.linalg.norm(fit.predict(X) - np.sin(np.pi * X)) / np.linalg.norm(np.sin(np.pi * X))
    )
    assert np.all(np.diff(fit.history["loss"]) <= 0) and np.all(np.diff(fit.history["cpu_seconds"]) > 0)


def test_equal_seeds_give_equal_fits_whatever_the_global_state():
    data, net = poisson(10), net_of([1, 6, 1])
    torch.manual_seed(1)
    a = pinn.fit(data, net, iterations=5, seed=3)
    torch.manual_seed(2)
    np.random.seed(5)  # noqa: NPY002
    b = pinn.fit(data, net, iterations=5, seed=3)
    c = pinn.fit(data, net, iterations=5, seed=4)
    assert a.loss == b.loss and a.loss != c.loss
    assert torch.get_default_dtype() == torch.float32


def test_weights_go_on_from_where_they_are_without_a_seed():
    data = poisson(10)
    first = pinn.fit(data, net_of([1, 6, 1]), iterations=8)
    second = pinn.fit(data, first.model.net, iterations=1)
    assert second.history["loss"][0] == pytest.approx(first.loss, rel=1e-12)


def test_heat_equation_with_initial_and_boundary_conditions():
    def pde(x, u):
        return dde.grad.jacobian(u, x, j=1) - 0.1 * dde.grad.hessian(u, x, i=0, j=0)

    with pinn.float64():
        conditions = [
            dde.icbc.DirichletBC(SQUARE, lambda x: 0 * x[:, :1], on),
            dde.icbc.IC(SQUARE, lambda x: np.sin(np.pi * x[:, :1]), lambda _, initial: initial),
        ]
        data = dde.data.TimePDE(SQUARE, pde, conditions, num_domain=150, num_boundary=30, num_initial=30)
        x = SQUARE.uniform_points(400)
    exact = np.exp(-0.1 * np.pi**2 * x[:, 1:]) * np.sin(np.pi * x[:, :1])
    fit = pinn.fit(data, net_of([2, 12, 12, 1]), iterations=60, seed=1, reference=(x, exact))
    assert fit.error < 1e-4


def test_system_of_equations_with_hard_initial_condition():
    """x' = y, y' = -x as DeepXDE's ODE systems are written; the initial values sit in the output transform."""
    time = dde.geometry.TimeDomain(0, 5)

    def ode(t, y):
        return [dde.grad.jacobian(y, t, i=0) - y[:, 1:2], dde.grad.jacobian(y, t, i=1) + y[:, 0:1]]

    with pinn.float64():
        data = dde.data.PDE(time, ode, [], num_domain=40, num_boundary=2)
    net = net_of([1, 12, 12, 2])
    net.apply_output_transform(lambda t, y: torch.cat([t * y[:, 0:1], 1 + t * y[:, 1:2]], dim=1))
    t = np.linspace(0, 5, 101)[:, None]
    fit = pinn.fit(data, net, iterations=80, seed=0, reference=(t, np.hstack([np.sin(t), np.cos(t)])))
    assert fit.error < 1e-5 and fit.names == ["pde 0", "pde 1"]


def decay(noise=0.0):
    """u' = -k u with k = 1.7 and u(0) = 1, from ten readings; k starts at 0.5."""
    time = dde.geometry.TimeDomain(0, 2)
    t = np.linspace(0.1, 2, 10)[:, None]
    with pinn.float64():
        k = dde.Variable(0.5)
        readings = dde.icbc.PointSetBC(t, np.exp(-1.7 * t))
        data = dde.data.PDE(
            time, lambda t, u: dde.grad.jacobian(u, t) + k * u, [readings], num_domain=20, num_boundary=2
        )
    return data, k


def test_inverse_problem_finds_the_rate():
    data, k = decay()
    fit = pinn.fit(data, net_of([1, 8, 8, 1]), iterations=60, seed=0, variables={"k": k})
    assert fit.parameters["k"] == pytest.approx(1.7, rel=1e-5)
    assert k.item() == 0.5 and "k = 1.7" in repr(fit)  # the caller's variable keeps its value ...
    fit.load_variables()
    assert k.item() == fit.parameters["k"]  # ... until it is asked for


def test_single_precision_problems_work_too():
    """Built as DeepXDE does by default, in float32: points and readings are rounded, the fit is double."""
    time = dde.geometry.TimeDomain(0, 2)
    t = np.linspace(0.1, 2, 10)[:, None]
    k = dde.Variable(0.5)
    readings = dde.icbc.PointSetBC(t, np.exp(-1.7 * t))
    data = dde.data.PDE(time, lambda t, u: dde.grad.jacobian(u, t) + k * u, [readings], num_domain=20, num_boundary=2)
    net = dde.nn.FNN([1, 8, 8, 1], "tanh", "Glorot normal")
    fit = pinn.fit(data, net, iterations=60, seed=0, variables={"k": k})
    assert fit.parameters["k"] == pytest.approx(1.7, rel=1e-5)
    assert fit.model.predict(t).dtype == np.float64  # DeepXDE's own call, with float32 points
    assert next(net.parameters()).dtype == torch.float32


def test_resampling_moves_points_to_the_residual_and_keeps_the_global_state():
    data, net = poisson(20), net_of([1, 6, 1])
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    fit = pinn.fit(data, net, iterations=12, seed=0, resample=pinn.Resample(every=5, candidates=200))
    assert np.array_equal(state, np.random.get_state()[1])  # noqa: NPY002
    assert fit.points.shape == data.train_x_all.shape and not np.array_equal(fit.points, data.train_x_all)
    again = pinn.fit(data, net, iterations=12, seed=0, resample=pinn.Resample(every=5, candidates=200))
    assert np.array_equal(fit.points, again.points) and fit.loss == again.loss


@pytest.mark.parametrize(("method", "iterations", "error"), [("ssbroyden", 200, 1e-2), ("adam+lbfgs", 400, 3e-2)])
def test_other_methods_reach_the_same_solution(method, iterations, error):
    exact = np.sin(np.pi * X)
    fit = pinn.fit(poisson(), net_of([1, 10, 1]), method=method, iterations=iterations, seed=0, reference=(X, exact))
    assert fit.error < error and fit.method == method


@pytest.mark.parametrize("method", ["ssbroyden", "adam+lbfgs"])
def test_other_methods_find_variables(method):
    data, k = decay()
    fit = pinn.fit(data, net_of([1, 8, 1]), method=method, iterations=300, seed=0, variables={"k": k})
    assert fit.parameters["k"] == pytest.approx(1.7, rel=0.05)


def test_quasi_newton_takes_a_condition_that_couples_points():
    """u' = 1 with mean zero over the points: only the gradient of the whole condition is needed."""
    line = dde.geometry.Interval(0, 1)
    with pinn.float64():
        zero_mean = dde.icbc.OperatorBC(line, lambda x, y, _: y - y + y.mean(), on)
        slope = dde.data.PDE(line, lambda x, u: dde.grad.jacobian(u, x) - 1, [zero_mean], 10, 2)
    fit = pinn.fit(slope, net_of([1, 6, 1]), method="ssbroyden", iterations=100, seed=0)
    assert fit.loss < 1e-6


def test_lbfgs_keeps_its_limit_and_the_options_of_others():
    options = dict(dde.optimizers.config.LBFGS_options)
    fit = pinn.fit(poisson(), net_of([1, 6, 1]), method="adam+lbfgs", iterations=60, seed=0)
    assert fit.history["iteration"][-1] == 60 and not fit.converged and "20 of L-BFGS" in fit.message
    assert dde.optimizers.config.LBFGS_options == options


def test_self_scaled_update_keeps_the_secant_condition():
    """On a quadratic the inverse Hessian is found: the method ends in about as many steps as there are unknowns."""

    class Quadratic:
        variables, size = {}, 6

        def __init__(self):
            a = torch.randn(6, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
            self.matrix, self.theta = a @ a.T + torch.eye(6, dtype=torch.float64), torch.ones(6, dtype=torch.float64)

        def get(self):
            return self.theta.clone()

        def set(self, theta):
            self.theta = theta.clone()

        def loss_and_gradient(self):
            g = self.matrix @ self.theta
            return float(self.theta @ g) / 2, np.zeros(1), g

    quadratic, losses = Quadratic(), []
    ssbroyden(quadratic, iterations=40, record=lambda i, loss, parts: losses.append(loss))
    assert losses[-1] < 1e-12 and np.all(np.diff(losses) < 0)


def test_an_interrupted_fit_keeps_its_weights():
    calls = []

    def impatient(predict):
        calls.append(predict(X).copy())
        if len(calls) == 4:
            raise KeyboardInterrupt
        return 1.0

    fit = pinn.fit(poisson(10), net_of([1, 6, 1]), iterations=50, seed=0, reference=impatient)
    assert not fit.converged and "interrupted" in repr(fit) and fit.history["iteration"].tolist() == [0, 1, 2]
    assert np.array_equal(fit.predict(X), calls[2])


def test_a_smaller_loss_is_not_a_smaller_error_without_enough_points():
    """Why points are drawn anew: with few fixed points the loss can vanish while the solution is wrong."""
    fit = pinn.fit(poisson(2), net_of([1, 20, 1]), iterations=100, seed=0, reference=(X, np.sin(np.pi * X)))
    assert fit.loss < 1e-12 and fit.error > 1e-3


# ---- faults and bad input ------------------------------------------------------------------------------------------


def test_a_planted_error_in_the_jacobian_is_caught(monkeypatch):
    """Dropping the pairs that derivatives by x add, or one sign, must not pass the check that `fit` runs."""
    right = jacobian_module._Adjoint.backward

    def forgetful(ctx, h):
        collecting, ctx.tap.collecting = ctx.tap.collecting, False
        result = right(ctx, h)
        ctx.tap.collecting = collecting
        return result

    monkeypatch.setattr(jacobian_module._Adjoint, "backward", staticmethod(forgetful))
    data, net, variables = everything()
    with pytest.raises(ValueError, match="couples points"):
        Problem(data, net, variables=variables).check(jacobian=True)


def test_a_mean_over_points_is_refused_by_name():
    def mean(x, y, _):
        return y - y.mean()

    line = dde.geometry.Interval(0, 1)
    data = dde.data.PDE(line, lambda x, u: dde.grad.jacobian(u, x) - 1, [dde.icbc.OperatorBC(line, mean, on)], 10, 2)
    with pytest.raises(ValueError, match="'OperatorBC 0' couples points.*ssbroyden"):
        pinn.fit(data, net_of([1, 4, 1]), iterations=2)


def test_nan_names_its_condition():
    line = dde.geometry.Interval(0, 1)
    values = np.array([[1.0], [np.nan]])
    bad = dde.icbc.PointSetBC(np.array([[0.2], [0.4]]), values)
    data = dde.data.PDE(line, lambda x, u: dde.grad.jacobian(u, x) - 1, [bad], 10, 2)
    with pytest.raises(ValueError, match=r"'PointSetBC 0' is not finite at 1 of 2 points, first at \[0.4\]"):
        pinn.fit(data, net_of([1, 4, 1]), iterations=2)
    data = dde.data.PDE(line, lambda x, u: torch.log(x - 2) * u, [], 10, 2)
    with pytest.raises(ValueError, match="'pde' is not finite"):
        pinn.fit(data, net_of([1, 4, 1]), iterations=2)


def test_width_of_the_last_layer():
    data = poisson(10)
    with pytest.raises(ValueError, match=r"output\(s\) \[1\] of the network's 2 .*too wide"):
        line = dde.geometry.Interval(0, 1)
        first = dde.data.PDE(line, lambda x, u: dde.grad.jacobian(u, x, i=0) - 1, [], 10, 2)
        pinn.fit(first, net_of([1, 4, 2]), iterations=2)
    line = dde.geometry.Interval(0, 1)
    narrow = dde.data.PDE(line, lambda x, u: u[:, 1:2] - 1, [], 10, 2)
    with pytest.raises(ValueError, match=r"shape \(12, 1\).*got \(12, 0\).*1 output"):
        pinn.fit(narrow, net_of([1, 4, 1]), iterations=2)
    assert data.bcs


def test_residual_of_the_wrong_shape():
    line = dde.geometry.Interval(0, 1)
    flat = dde.icbc.DirichletBC(line, lambda x: np.zeros(len(x)), on)
    data = dde.data.PDE(line, lambda x, u: dde.grad.jacobian(u, x) - 1, [flat], 10, 2)
    with pytest.raises(ValueError, match=r"'DirichletBC 0': expected a residual of shape \(2, 1\).*got \(2, 2\)"):
        pinn.fit(data, net_of([1, 4, 1]), iterations=2)


def test_variables_must_be_used_and_listed():
    data, k = decay()
    with pytest.raises(ValueError, match="variable 'q' appears in no condition"):
        pinn.fit(data, net_of([1, 4, 1]), iterations=2, variables={"k": k, "q": dde.Variable(1.0)})
    with pytest.raises(ValueError, match=r"'pde' uses a trainable tensor of shape \(\).*variables="):
        pinn.fit(data, net_of([1, 4, 1]), iterations=2)
    with pytest.raises(TypeError, match=r"dde.Variable"):
        pinn.fit(data, net_of([1, 4, 1]), iterations=2, variables={"k": 1.0})


def test_other_bad_input():
    data, net = poisson(10), net_of([1, 4, 1])
    with pytest.raises(ValueError, match="'L-BFGS-B' and trains nothing"):
        pinn.fit(data, net, method="L-BFGS-B")
    with pytest.raises(ValueError, match="expected 2 weights"):
        pinn.fit(data, net, weights=[1.0], iterations=1)
    with pytest.raises(ValueError, match="unknown conditions.*DirichletBC 0"):
        pinn.fit(data, net, weights={"BC": 1.0}, iterations=1)
    with pytest.raises(TypeError, match="dde.data.PDE"):
        pinn.fit(net, data, iterations=1)
    with pytest.raises(ValueError, match="expected reference"):
        pinn.fit(data, net, iterations=1, reference=(X[:, 0], X))
    with pytest.raises(ValueError, match="x\\[:, None\\]"):
        pinn.fit(data, net, iterations=1).predict(X[:, 0])
    with pytest.raises(ValueError, match="at least 12 candidates"):
        pinn.fit(data, net, iterations=1, resample=pinn.Resample(candidates=5))
    with pytest.raises(ValueError, match="keeps its points"):
        pinn.fit(data, net, iterations=1, resample=pinn.Resample(), method="adam+lbfgs")
    line = dde.geometry.Interval(0, 1)
    nowhere = dde.icbc.DirichletBC(line, lambda x: 0 * x, lambda x, boundary: False)
    empty = dde.data.PDE(line, lambda x, u: dde.grad.jacobian(u, x) - 1, [nowhere], 10, 2)
    with pytest.raises(ValueError, match="DirichletBC 0 has no points"):
        pinn.fit(empty, net, iterations=1)
    with pytest.raises(ValueError, match="equation has no points"):
        pinn.fit(dde.data.PDE(line, lambda x, u: dde.grad.jacobian(u, x) - 1, [], 0, 0), net, iterations=1)
    with pytest.raises(ValueError, match="10501 unknowns.*GB.*another method"):
        pinn.fit(data, dde.nn.FNN([1, 3500, 1], "tanh", "Glorot normal"), iterations=1, method="ssbroyden")


def test_error_of_the_users_own_function_says_where_it_arose():
    line = dde.geometry.Interval(0, 1)
    data = dde.data.PDE(line, lambda x, u: dde.grad.jacobian(u, x, i=3), [], 10, 2)
    with pytest.raises(ValueError, match="i=3 is not valid") as caught:
        pinn.fit(data, net_of([1, 4, 1]), iterations=1)
    assert any("equation" in note for note in caught.value.__notes__)


def test_another_backend_is_refused():
    code = "import types, sys; m = types.ModuleType('deepxde'); m.backend = types.SimpleNamespace(backend_name='jax')\n"
    code += "sys.modules['deepxde'] = m\nimport mmlib.pinn"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode and "backend 'jax'" in done.stderr and "DDE_BACKEND=pytorch" in done.stderr


# -- replicates trained together


def growth():
    """Logistic growth as a system of one equation, with an initial condition: a small forward problem."""
    time = dde.geometry.TimeDomain(0, 4)
    with pinn.float64():
        start = dde.icbc.IC(time, lambda t: 0 * t + 0.1, lambda t, initial: initial)
        data = dde.data.PDE(
            time, lambda t, y: dde.grad.jacobian(y, t) - 2 * y * (1 - y), [start], num_domain=40, num_boundary=2
        )
    exact = np.linspace(0, 4, 50)[:, None]
    return data, (exact, 1 / (1 + 9 * np.exp(-2 * exact)))


@pytest.mark.parametrize("resample", [None, pinn.Resample(every=5, candidates=200)])
def test_many_take_the_steps_of_one(resample):
    """Rejected steps, own points and all: the histories agree until round-off has grown."""
    data, reference = growth()
    net = net_of([1, 10, 10, 1])
    options = {"iterations": 20, "resample": resample, "reference": reference}
    many = pinn.fit_many(data, net, seeds=[3, 0, 7], **options)
    for seed, together in zip([3, 0, 7], many, strict=True):
        alone = pinn.fit(data, net, seed=seed, **options)
        assert together.history["loss"] == pytest.approx(alone.history["loss"], rel=1e-4)
        assert together.history["damping"][1:] == pytest.approx(alone.history["damping"][1:], rel=1e-4)
        assert together.predict(reference[0]) == pytest.approx(alone.predict(reference[0]), abs=1e-5)
        assert together.points == pytest.approx(alone.points)
        assert together.error == pytest.approx(alone.error, rel=1e-2)


def test_many_cost_less_than_one_after_the_other():
    data, _ = growth()
    net, seeds = net_of([1, 10, 10, 1]), range(8)
    together = sum(f.cpu_seconds for f in pinn.fit_many(data, net, seeds=seeds, iterations=30))
    alone = sum(pinn.fit(data, net, seed=s, iterations=30).cpu_seconds for s in seeds)
    assert together < 0.8 * alone


def test_many_with_every_kind_of_condition_and_several_outputs():
    """Conditions with normals, values and functions of their own see the points of all copies."""
    data, _, variables = everything()
    for k, bc in reversed(list(enumerate(data.bcs))):
        if isinstance(bc, problem_module.PAIRED):
            begin = sum(data.num_bcs[:k])
            data.train_x_bc = np.delete(data.train_x_bc, range(begin, begin + data.num_bcs[k]), axis=0)
            del data.bcs[k], data.num_bcs[k]
    for v in variables.values():
        v.requires_grad_(False)
    net = net_of([2, 6, 6, 2])
    net.apply_output_transform(lambda x, y: y * (1 + x[:, :1]))
    for together, seed in zip(pinn.fit_many(data, net, seeds=[0, 1], iterations=5), [0, 1], strict=True):
        alone = pinn.fit(data, net, seed=seed, iterations=5)
        for name in alone.names:
            assert together.history[name] == pytest.approx(alone.history[name], rel=1e-6)


def test_many_says_what_it_cannot_do():
    data, _ = growth()
    net = net_of([1, 5, 1])
    with pytest.raises(ValueError, match="different whole numbers"):
        pinn.fit_many(data, net, seeds=[1, 1])
    with pytest.raises(ValueError, match="pass fewer seeds at a time"):
        pinn.fit_many(data, net_of([1, 60, 60, 1]), seeds=range(100))
    with pinn.float64():
        whole = dde.geometry.TimeDomain(0, 1)
        ends = dde.icbc.PeriodicBC(whole, 0, on)
        periodic = dde.data.PDE(whole, lambda t, y: dde.grad.jacobian(y, t) + y, [ends], num_domain=5, num_boundary=2)
    with pytest.raises(ValueError, match="compare two points"):
        pinn.fit_many(periodic, net, seeds=[0])


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: 8 GB")])
def test_out_of_memory(monkeypatch, error):
    """At the first iteration an error that helps; later the weights so far."""
    data, _ = growth()
    calls, plain = [], Problem.normal

    def normal(self):
        calls.append(1)
        if len(calls) > calls_until:
            raise error
        return plain(self)

    monkeypatch.setattr(Problem, "normal", normal)
    calls_until = 1
    with pytest.raises(MemoryError, match="memory ran out in the first iteration.*fewer points"):
        pinn.fit(data, net_of([1, 5, 1]), seed=0, iterations=20)
    calls.clear()
    calls_until = 6
    result = pinn.fit(data, net_of([1, 5, 1]), seed=0, iterations=20)
    assert not result.converged and "memory ran out" in result.message
    assert len(result.history["loss"]) == 6 and result.loss < result.history["loss"][0]


def test_other_errors_are_not_taken_for_a_lack_of_memory(monkeypatch):
    def broken(self):
        raise RuntimeError("something else")

    monkeypatch.setattr(Problem, "normal", broken)
    with pytest.raises(RuntimeError, match="something else"):
        pinn.fit(growth()[0], net_of([1, 5, 1]), seed=0, iterations=20)
