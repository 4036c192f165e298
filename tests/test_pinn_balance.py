"""Weights that balance the conditions, and further draws of the weights where a fit stalls."""

import numpy as np
import pytest
import torch

from mmlib import pinn
from mmlib.optim import Verdict
from mmlib.pinn import balance, dde, training
from mmlib.pinn.problem import Problem

LINE = dde.geometry.Interval(0, 1)


def data_of(equation=lambda x, u: dde.grad.hessian(u, x) + 1, count=9):
    ends = dde.icbc.DirichletBC(LINE, lambda x: 0 * x, lambda _, on: on)
    with pinn.float64():
        return dde.data.PDE(LINE, equation, [ends], num_domain=count, num_boundary=2)


def net_of(sizes=(1, 5, 1)):
    return dde.nn.FNN(list(sizes), "tanh", "Glorot normal")


def problem_of(**options):
    net = training._own(net_of(), "cpu", data_of())
    training._draw_weights(net, 3)
    problem = Problem(data_of(), net, **options)
    problem.check_jacobian()
    return problem


def traces(problem):
    """Mean over the rows of the squared slope by all weights, one plain backward pass for each row."""
    found = np.zeros(len(problem.names))
    for piece in problem.pieces:
        with problem.context():
            for index, r in problem._evaluate(piece):
                for row in r[:, 0]:
                    grads = torch.autograd.grad(row, problem.leaves, retain_graph=True, allow_unused=True)
                    found[index] += sum(float(g.square().sum()) for g in grads if g is not None) / len(r)
    return found


def test_weights_are_the_largest_trace_over_each():
    problem = problem_of()
    wanted = traces(problem)
    assert balance.balanced(problem) == pytest.approx(wanted.max() / wanted, rel=1e-10)
    weighted = problem_of(weights=[7.0, 0.1])
    assert balance.balanced(weighted) == pytest.approx(wanted.max() / wanted, rel=1e-10)


def test_where_rows_are_not_separate_random_signs_estimate_the_traces():
    problem, many = problem_of(), []
    exact = balance.balanced(problem)
    problem.rowwise = None
    for seed in range(30):
        many.append(balance.balanced(problem, seed))
    ratio = np.array(many)[:, 1] / np.array(many)[:, 0]
    assert np.median(ratio) == pytest.approx(exact[1] / exact[0], rel=0.3)
    assert np.array_equal(many[0], balance.balanced(problem, 0)) and len(np.unique(ratio)) > 20


def test_a_condition_that_holds_by_construction_keeps_one():
    net = net_of()
    net.apply_output_transform(lambda x, y: x * (1 - x) * y)
    fit = pinn.fit(data_of(), net, seed=0, iterations=2, weights="balanced")
    assert list(fit.weights) == [1, 1]


def test_a_fit_balances_at_the_start_and_every_ten_iterations():
    once = pinn.fit(data_of(), net_of(), seed=0, iterations=9, weights="balanced")
    later = pinn.fit(data_of(), net_of(), seed=0, iterations=10, weights="balanced")
    again = pinn.fit(data_of(), net_of(), seed=0, iterations=10, weights="balanced")
    plain = pinn.fit(data_of(), net_of(), seed=0, iterations=1)
    first = once.history["loss"][0]
    assert first == pytest.approx(sum(w * plain.history[n][0] for w, n in zip(once.weights, plain.names, strict=True)))
    assert not np.array_equal(once.weights, later.weights) and np.array_equal(later.weights, again.weights)
    assert np.array_equal(later.history["loss"], again.history["loss"]) and list(plain.weights) == [1, 1]
    for method in ("ssbroyden", "adam+lbfgs"):
        fit = pinn.fit(data_of(), net_of(), seed=0, iterations=12, weights="balanced", method=method)
        assert fit.weights.min() == 1 and fit.weights.max() > 1


def test_other_words_are_refused():
    with pytest.raises(ValueError, match="expected weights as numbers or a dict by name.*got 'equal'"):
        pinn.fit(data_of(), net_of(), seed=0, weights="equal")
    with pytest.raises(ValueError, match="got 'balanced'"):
        pinn.fit_many(data_of(), net_of(), seeds=[0], weights="balanced")


# -- further draws


def ending(monkeypatch, words):
    """Let the fits end with these words, whatever they reached; returns the seeds that drew the weights."""
    train, draw, words, seeds = training._train, training._draw_weights, iter(words), []

    def trained(*args):
        _, message, seen = train(*args)
        return Verdict(next(words), message), message, seen

    monkeypatch.setattr(training, "_train", trained)
    monkeypatch.setattr(training, "_draw_weights", lambda net, seed: (seeds.append(seed), draw(net, seed)))
    return seeds


def test_draws_go_on_while_a_fit_stalls_and_the_first_good_one_is_kept(monkeypatch):
    seeds = ending(monkeypatch, ["stalled", "not finite", "converged"])
    fit = pinn.fit(data_of(), net_of(), seed=[4, 0, 7, 1], iterations=2)
    assert seeds == [4, 0, 7] and fit.seed == 7
    assert [t.status for t in fit.tries] == ["stalled", "not finite", "converged"]
    assert fit.cpu_seconds == pytest.approx(sum(t.cpu_seconds for t in fit.tries)) and fit.converged
    assert "draw 3 of 3 is kept (stalled at " in repr(fit)
    monkeypatch.undo()
    alone = pinn.fit(data_of(), net_of(), seed=fit.seed, iterations=2)
    assert np.array_equal(alone.history["loss"], fit.history["loss"]), "that draw can be had again by its seed"
    assert "draw" not in repr(alone)


def test_where_all_stall_the_smallest_fresh_residual_is_kept(monkeypatch):
    ending(monkeypatch, ["stalled"] * 4)
    fit = pinn.fit(data_of(), net_of(), seed=range(4), iterations=3)
    assert len(fit.tries) == 4 and fit.fresh == min(t.fresh for t in fit.tries)


@pytest.mark.parametrize("word", ["converged", "out of steps", "not determined"])
def test_other_ends_are_not_tried_again(word, monkeypatch):
    seeds = ending(monkeypatch, [word] * 2)
    assert len(pinn.fit(data_of(), net_of(), seed=range(4), iterations=2).tries) == 1 == len(seeds)


def test_variables_start_anew_and_keep_the_callers_value(monkeypatch):
    k = dde.Variable(0.5)
    data = data_of(lambda x, u: dde.grad.hessian(u, x) + k)
    reading = dde.icbc.PointSetBC(np.array([[0.5]]), np.array([[0.25]]))
    data = dde.data.PDE(LINE, data.pde, [*data.bcs, reading], num_domain=9, num_boundary=2)
    ending(monkeypatch, ["stalled"] * 3)
    fit = pinn.fit(data, net_of(), seed=(0, 1, 2), iterations=5, variables={"k": k})
    assert fit.history["variable k"][0] == 0.5 == k.item()


def test_several_seeds_are_different_whole_numbers():
    for bad, says in (
        ([0, 0], "different whole numbers"),
        ([0, -1], "whole number"),
        ([0, None], "whole number"),
        ([], "whole number"),
    ):
        with pytest.raises((ValueError, TypeError), match=says):
            pinn.fit(data_of(), net_of(), seed=bad)
