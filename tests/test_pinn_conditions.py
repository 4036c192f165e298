"""What a problem must hold before it is trained, on both sides of each limit."""

import numpy as np
import pytest
import torch

from mmlib import pinn
from mmlib.pinn import conditions, dde
from mmlib.pinn.problem import Problem

LINE = dde.geometry.Interval(0, 1)


def net_of(sizes, seed=0, bias=True):
    with pinn.float64():
        net = dde.nn.FNN(sizes, "tanh", "Glorot normal")
    generator = torch.Generator().manual_seed(seed)
    for p in net.parameters():
        p.data = torch.randn(p.shape, generator=generator, dtype=torch.float64) * 0.5
    return net


def first_order(x, u):
    return dde.grad.jacobian(u, x, i=0, j=0) - 1


def problem_of(equation, bcs, net=None, **options):
    with pinn.float64():
        data = dde.data.PDE(LINE, equation, bcs, num_domain=6, num_boundary=2)
    return Problem(data, net or net_of([1, 4, 1]), **options)


def reading(value, at=0.3):
    with pinn.float64():
        return dde.icbc.PointSetBC(np.array([[at]]), np.array([[float(value)]]))


@pytest.mark.parametrize(
    ("value", "order_one"),
    [(0.0, True), (299.0, True), (-299.0, True), (301.0, False), (-301.0, False), (1.03e-7, True), (0.97e-7, False)],
)
def test_given_values_are_of_order_one(value, order_one):
    """Three hundred is the largest that a new network reaches, a ten-millionth the smallest that it sees."""
    problem = problem_of(first_order, [reading(value)])
    if order_one:
        conditions.check_values(problem)
    else:
        with pytest.raises(ValueError, match=f"got {abs(value):.3g} as the largest"):
            conditions.check_values(problem)


def test_the_largest_of_the_given_values_counts_and_an_output_transform_answers_for_them():
    conditions.check_values(problem_of(first_order, [reading(1e-9), reading(2.0, at=0.6)]))
    with pytest.raises(ValueError, match="got 400 as the largest"):
        conditions.check_values(problem_of(first_order, [reading(400.0), reading(2.0, at=0.6)]))
    net = net_of([1, 4, 1])
    net.apply_output_transform(lambda x, y: 400 * y)
    conditions.check_values(problem_of(first_order, [reading(400.0)], net))


@pytest.mark.parametrize(("off", "passes"), [(0.97e-7, True), (1.03e-7, False), (-1.03e-7, False)])
def test_the_jacobian_is_that_of_a_backward_pass_to_a_ten_millionth(off, passes, monkeypatch):
    problem = problem_of(lambda x, u: 50 * first_order(x, u), [reading(1.0)])
    rows = problem.rows
    monkeypatch.setattr(problem, "rows", lambda pieces: ((i, r, J * (1 + off)) for i, r, J in rows(pieces)))
    if passes:
        problem.check_jacobian()
        assert problem.rowwise
    else:
        with pytest.raises(ValueError, match="'pde' couples points"):
            problem.check_jacobian()


@pytest.mark.parametrize(
    ("equation", "differential"),
    [
        (first_order, True),
        (lambda x, u: dde.grad.hessian(u, x) + u, True),
        (lambda x, u: dde.grad.jacobian(dde.grad.hessian(u, x), x), True),
        (lambda x, u: u - torch.sin(x), False),
        (lambda x, u: [first_order(x, u), u - 1], False),
        (lambda x, u: [first_order(x, u), dde.grad.hessian(u, x)], True),
    ],
)
def test_an_equation_is_differential_if_each_residual_depends_on_a_derivative(equation, differential):
    problem = problem_of(equation, [reading(1.0)])
    assert conditions._differential(problem) == differential


def periodic(order):
    return dde.icbc.PeriodicBC(LINE, 0, lambda x, on: on, derivative_order=order, component=0)


@pytest.mark.parametrize(("bcs", "open_to_a_constant"), [([0], True), ([1], True), ([0, 1], True), ([0, None], False)])
def test_an_output_that_only_slopes_see_is_fixed_up_to_a_constant(bcs, open_to_a_constant):
    problem = problem_of(first_order, [reading(1.0) if k is None else periodic(k) for k in bcs])
    if open_to_a_constant:
        with pytest.raises(ValueError, match=r"output\(s\) \[0\] fixed up to a constant"):
            conditions.check_conditions(problem)
    else:
        conditions.check_conditions(problem)


def test_the_output_that_is_free_is_named():
    def both(x, u):
        return [dde.grad.jacobian(u, x, i=k, j=0) - 1 for k in (0, 1)]

    for component in (0, 1):
        bc = dde.icbc.PointSetBC(np.array([[0.3]]), np.array([[1.0]]), component=component)
        with pytest.raises(ValueError, match=rf"output\(s\) \[{1 - component}\] fixed up to a constant"):
            conditions.check_conditions(problem_of(both, [bc], net_of([1, 4, 2])))


def test_a_bias_lifts_each_output_by_one_unless_a_transform_bends_it():
    assert conditions._lifting_bias(problem_of(first_order, [reading(1.0)])) is not None
    for bend in (lambda x, y: y * x, lambda x, y: 1.001 * y, lambda x, y: y[:, :1].expand(-1, 2)):
        net = net_of([1, 4, 1])
        net.apply_output_transform(bend)
        assert conditions._lifting_bias(problem_of(first_order, [reading(1.0)], net)) is None


def test_a_condition_without_weight_in_the_loss_need_not_see_the_network():
    with pinn.float64():
        blind = dde.icbc.OperatorBC(LINE, lambda x, u, _: 0 * u + x, lambda x, on: on)
    with pytest.raises(ValueError, match="'OperatorBC 1', whose rows depend on no weight"):
        conditions.check_conditions(problem_of(first_order, [reading(1.0), blind]))
    conditions.check_conditions(problem_of(first_order, [reading(1.0), blind], weights=[1, 1, 0]))


def test_a_slope_without_end_is_named_with_its_place():
    """The root of the output's square is finite at zero, its slope is not."""
    net = net_of([1, 3, 1])
    net.apply_output_transform(lambda x, y: y * (x - 0.3))
    with pinn.float64():
        places, zeros = np.array([[0.5], [0.3]]), np.zeros((2, 1))
        root = dde.icbc.PointSetOperatorBC(places, zeros, lambda x, u, _: torch.sqrt(u**2))
    with pytest.raises(ValueError, match=r"'PointSetOperatorBC 0' has values but no finite slope .* \[0.3\]"):
        problem_of(first_order, [root], net).check(jacobian=False)


def test_the_first_place_that_is_not_finite_and_the_number_of_others():
    values = np.array([[1.0], [np.nan], [2.0], [np.inf]])
    bad = dde.icbc.PointSetBC(np.array([[0.1], [0.2], [0.3], [0.4]]), values)
    with pytest.raises(ValueError, match=r"not finite at 2 of 4 points, first at \[0.2\]"):
        problem_of(first_order, [bad]).check(jacobian=False)


@pytest.mark.parametrize(("size", "refused"), [(1.0, False), (1e-3, False), (1e-5, True)])
def test_a_zero_with_round_off_is_a_zero_where_the_equation_has_a_size(size, refused):
    """sin(pi) = 1.2e-16 beside a source of order one, as in DeepXDE's first example; the same in a tiny unit is refused."""

    def equation(x, u):
        return dde.grad.hessian(u, x) + size * torch.sin(torch.pi * x)

    ends = dde.icbc.DirichletBC(LINE, lambda x: np.sin(np.pi * np.asarray(x, dtype=float)), lambda x, on: on)
    data = dde.data.PDE(LINE, equation, [ends], num_domain=20, num_boundary=2)
    with pinn.float64():
        problem = Problem(data, net_of([1, 4, 1]).double())
    if refused:
        with pytest.raises(ValueError, match="order one"):
            conditions.check_values(problem)
    else:
        conditions.check_values(problem)


def test_the_pressure_of_a_flow_may_stay_open_and_the_verdict_says_so():
    """Two outputs on a square: u is given at the boundary, of p only slopes are asked."""
    square = dde.geometry.Rectangle([0, 0], [1, 1])

    def flow(x, y):
        push = [dde.grad.jacobian(y, x, i=1, j=k) - 1 for k in (0, 1)]
        return [dde.grad.hessian(y, x, component=0, i=0, j=0) + dde.grad.hessian(y, x, component=0, i=1, j=1), *push]

    edge = dde.icbc.DirichletBC(square, lambda x: x[:, :1], lambda x, on: on, component=0)
    data = dde.data.PDE(square, flow, [edge], num_domain=60, num_boundary=30)
    fit = pinn.fit(data, dde.nn.FNN([2, 8, 2], "tanh", "Glorot normal"), seed=0, iterations=60)
    assert fit.verdict.status == "not determined" and "output 1" in repr(fit) and "at one point" in repr(fit)
    x = np.random.default_rng(0).uniform(size=(50, 2))
    u, p = fit.predict(x).T
    assert np.abs(u - x[:, 0]).max() < 1e-2 and np.ptp(p - x.sum(axis=1)) < 1e-2
