"""Spread on a network: closed forms, a conserved sum, scipy's exponential, an eigenbasis, and nulls that keep what they promise."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import eigh, expm
from scipy.sparse.csgraph import laplacian

from mmlib.systems.connectome import NetworkSpread, cohort, crossing, rewired, smoothed, strength

RNG = np.random.default_rng(3)
W = RNG.gamma(0.5, 1.0, (9, 9))
SYMMETRIC = (W + W.T) * (1 - np.eye(9))
DIRECTED = W * (1 - np.eye(9))
START = RNG.uniform(0, 0.4, 9)
T = np.array([0.0, 0.3, 1.0, 4.0])


def logistic(c0, rate, t):
    return c0 / (c0 + (1 - c0) * np.exp(-rate * t))


def test_laplacian_is_that_of_scipy():
    assert NetworkSpread(SYMMETRIC, coupling=0.7).laplacian == pytest.approx(0.7 * laplacian(SYMMETRIC), abs=1e-12)
    assert NetworkSpread(DIRECTED + np.eye(9)).laplacian == pytest.approx(
        np.diag(DIRECTED.sum(1)) - DIRECTED, abs=1e-12
    )


@pytest.mark.parametrize("weights", [SYMMETRIC, DIRECTED])
def test_pure_diffusion_is_the_exponential(weights):
    model = NetworkSpread(weights, growth=0.0, coupling=0.6)
    lap = 0.6 * (np.diag(weights.sum(1)) - weights)
    exact = np.array([expm(-lap * t) @ START for t in T])
    assert model.linear(START, T) == pytest.approx(exact, abs=1e-12)
    assert model.simulate(START, T) == pytest.approx(exact, abs=1e-6)


def test_pure_diffusion_in_the_eigenbasis_keeps_the_sum_and_ends_uniform():
    model = NetworkSpread(SYMMETRIC, growth=0.0)
    values, modes = eigh(laplacian(SYMMETRIC))
    exact = (modes * np.exp(-np.outer(T, values))[:, None]) @ (modes.T @ START)
    c = model.simulate(START, T)
    assert c == pytest.approx(exact, abs=1e-6)
    assert c.sum(axis=1) == pytest.approx(START.sum(), abs=1e-6)
    assert model.linear(START, [1e3])[0] == pytest.approx(START.mean(), abs=1e-9)


def test_protein_moves_towards_what_a_region_projects_from():
    """Region 0 takes on the concentration of region 1, and not the other way round."""
    c = NetworkSpread([[0, 2.0], [0, 0]], growth=0.0).linear([0.0, 0.5], [1.0])[0]
    assert c == pytest.approx([0.5 * (1 - np.exp(-2)), 0.5])


def test_growth_is_logistic_alone_and_in_a_uniform_brain():
    alone = NetworkSpread(SYMMETRIC, growth=0.8, coupling=0.0).simulate(START, T)
    assert alone == pytest.approx(logistic(START, 0.8, T[:, None]), abs=1e-6)
    same = NetworkSpread(SYMMETRIC, growth=0.8, coupling=3.0).simulate(np.full(9, 0.05), T)
    assert same == pytest.approx(np.tile(logistic(0.05, 0.8, T)[:, None], 9), abs=1e-6)


def test_rare_protein_grows_as_the_linear_law():
    model = NetworkSpread(SYMMETRIC, growth=0.5, coupling=0.2)
    rare = 1e-6 * START
    assert model.simulate(rare, T) / 1e-6 == pytest.approx(model.linear(rare, T) / 1e-6, rel=1e-4, abs=1e-4)


def test_rates_of_several_states_at_once():
    model, both = NetworkSpread(SYMMETRIC), np.stack([START, START / 2], axis=1)
    assert model.rhs(0.0, both)[:, 1] == pytest.approx(model.rhs(0.0, START / 2))


def test_cohort_follows_scipys_solver():
    growth, coupling = np.array([0.3, 0.8]), np.array([0.5, 0.05])
    t = np.array([[2.0, 3.0, 5.0], [1.0, 2.0, 9.0]])
    found = cohort(SYMMETRIC, START, growth, coupling, t, steps=60)
    for k in range(2):
        lap = coupling[k] * laplacian(SYMMETRIC)
        run = solve_ivp(
            lambda _, c, k=k, lap=lap: growth[k] * c * (1 - c) - lap @ c, (0, 9), START, t_eval=t[k], rtol=1e-10, atol=1e-12
        )  # fmt: skip
        assert found[k] == pytest.approx(run.y.T, abs=1e-5)


def test_cohort_is_of_fourth_order():
    fine = cohort(SYMMETRIC, START, [0.5], [0.3], [[2.0]], steps=400)[0, 0]
    off = [np.abs(cohort(SYMMETRIC, START, [0.5], [0.3], [[2.0]], steps=n)[0, 0] - fine).max() for n in (12, 24)]
    assert 3.5 < np.log2(off[0] / off[1]) < 5


def test_crossing_of_logistic_curves_is_exact():
    t = np.linspace(0, 30, 16)
    c = logistic(np.array([0.001, 0.2, 0.7]), 0.6, t[:, None])
    assert crossing(t, c, 0.3)[:2] == pytest.approx(
        np.log(0.3 / 0.7 * np.array([0.999 / 0.001, 0.8 / 0.2])) / 0.6, abs=1e-9
    )
    assert crossing(t, c, 0.3)[2] == 0 and crossing(t, c / 10)[0] == np.inf


def test_times_scale_with_the_rates():
    slow = NetworkSpread(SYMMETRIC, 0.2, 0.1).simulate(START, 2 * T)
    assert NetworkSpread(SYMMETRIC, 0.4, 0.2).simulate(START, T) == pytest.approx(slow, abs=1e-6)


def test_strength_is_the_mean_weighted_degree():
    import networkx as nx

    graph = nx.from_numpy_array(SYMMETRIC)
    assert strength(SYMMETRIC) == pytest.approx(np.mean([d for _, d in graph.degree(weight="weight")]))


@pytest.mark.parametrize("weights", [SYMMETRIC, DIRECTED])
def test_rewired_keeps_strengths_and_not_the_wiring(weights):
    new = rewired(weights, np.random.default_rng(1))
    assert new.sum(0) == pytest.approx(weights.sum(0), rel=1e-8)
    assert new.sum(1) == pytest.approx(weights.sum(1), rel=1e-8)
    assert np.trace(new) == 0 and new.min() >= 0
    assert abs(np.corrcoef(new[~np.eye(9, dtype=bool)], weights[~np.eye(9, dtype=bool)])[0, 1]) < 0.95
    assert (np.allclose(new, new.T)) == (np.allclose(weights, weights.T))
    assert (new == rewired(weights, np.random.default_rng(1))).all()


def test_rewired_deals_within_classes():
    """With a class of its own for each pair nothing changes."""
    own = np.arange(81).reshape(9, 9)
    assert rewired(DIRECTED, np.random.default_rng(1), own) == pytest.approx(DIRECTED, rel=1e-9)
    near = np.abs(np.subtract.outer(np.arange(9), np.arange(9))) == 1
    steep = np.where(near, 100.0, 1.0) * (1 - np.eye(9))
    assert rewired(steep, np.random.default_rng(1), near) == pytest.approx(steep, rel=1e-9)
    assert np.abs(rewired(steep, np.random.default_rng(1)) - steep).max() > 10


def test_too_sparse_a_network_is_refused():
    star = np.zeros((5, 5))
    star[0, 1:] = star[1:, 0] = 1.0
    with pytest.raises(ValueError, match="too sparse"):
        rewired(star, np.random.default_rng(4))


@pytest.mark.parametrize("symmetric", [True, False])
def test_smoothed_weights_know_their_class_and_their_strengths_alone(symmetric):
    """Written out: class means times a factor for each row and each column, so that cross ratios within a class are one."""
    rng = np.random.default_rng(4)
    w = rng.uniform(0.5, 2, (8, 8))
    w = w + w.T if symmetric else w
    np.fill_diagonal(w, 0)
    alike = (np.abs(np.subtract.outer(np.arange(8), np.arange(8))) > 3).astype(int)
    new = smoothed(w, alike)
    assert np.allclose(new.sum(axis=1), w.sum(axis=1)) and np.allclose(new.sum(axis=0), w.sum(axis=0))
    assert np.allclose(new, new.T) == symmetric and not new.diagonal().any()
    assert new[0, 1] * new[2, 3] == pytest.approx(new[0, 3] * new[2, 1])  # four pairs of one class
    with pytest.raises(ValueError, match="alike"):
        smoothed(w, np.zeros((3, 3)))


@pytest.mark.parametrize(("growth", "coupling"), [(3.0, 0.0), (0.0, 0.4), (2.0, 0.3)])
def test_steps_are_refused_where_the_fastest_rate_asks_for_more_of_them(growth, coupling):
    """The fastest rate is growth plus twice the largest strength times the coupling; the message says how many steps are enough."""
    rate = growth + 2 * SYMMETRIC.sum(axis=1).max() * coupling
    for share, fits in ((0.99, True), (1.01, False)):

        def call(steps, t=7 * 2.5 * share / rate):
            return cohort(SYMMETRIC, START, [growth], [coupling], [[t]], steps=steps)

        if fits:
            assert np.isfinite(call(7)).all()
        else:
            with pytest.raises(ValueError, match=r"Pass steps=8\."):
                call(7)
            assert np.isfinite(call(8)).all()


def test_of_many_patients_the_fastest_counts():
    slow, fast = [[0.5], [0.5]], [[0.5], [60.0]]
    assert cohort(SYMMETRIC, START, [1.0, 1.0], [0.1, 0.1], slow).shape == (2, 1, 9)
    with pytest.raises(ValueError, match="short enough"):
        cohort(SYMMETRIC, START, [1.0, 1.0], [0.1, 0.1], fast)


def test_one_half_is_where_crossing_looks():
    t = np.linspace(0, 10, 21)
    c = logistic(0.1, 0.9, t[:, None])
    assert crossing(t, c)[0] == pytest.approx(np.log(9) / 0.9) and crossing(t, c) == crossing(t, c, 0.5)
