"""The benchmark: its references against other solvers, its bookkeeping, and that the page says what the stored runs say."""

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_limits

from benchmarks import compared, page, store
from benchmarks.methods import parameters
from benchmarks.problem import relative, space_time
from benchmarks.problems import (
    BENCHMARKS,
    allen_cahn,
    allen_cahn_sharp,
    burgers,
    fisher,
    l_shape,
    l_shape_corner,
    reaction,
    schrodinger,
)
from mmlib import pinn


@pytest.fixture(autouse=True)
def one_thread():
    """As the benchmark itself: on small matrices a second thread only waits."""
    with threadpool_limits(1):
        yield


def test_references_agree_with_a_solver_of_another_kind():
    """Formula against differences, Chebyshev against differences of fourth order, split step against DOP853."""
    assert relative(burgers.burgers_differences(3200), burgers.burgers_reference()[1]) < 2e-5
    reference = allen_cahn.allen_cahn_reference()
    assert relative(allen_cahn.allen_cahn_solution(256, 1e-9), reference) < 1e-5
    assert relative(schrodinger.split_step(512, 1600), schrodinger.nls_reference()) < 2e-5
    readings = reaction.reaction_readings()
    rate, diffusivity = reaction.REACTION.values()
    errors = [relative(reaction.reaction_solution(rate, diffusivity, n, "BDF", 1e-8), readings) for n in (80, 160)]
    assert errors[1] < 1e-4 and 3.5 < errors[0] / errors[1] < 4.5  # second order
    points = space_time(fisher.FISHER_X[1:-1:20], fisher.FISHER_T[1:-1:20])
    h = 1e-4

    def wave(dx, dt):
        return fisher.fisher_wave(points + np.array([dx, dt]))

    u, u_t = wave(0, 0), (wave(0, h) - wave(0, -h)) / (2 * h)
    u_xx = (wave(h, 0) - 2 * u + wave(-h, 0)) / h**2
    assert u_t == pytest.approx(fisher.FISHER_D * u_xx + fisher.FISHER_R * u * (1 - u), abs=1e-4)


def test_the_reference_on_the_l_is_bounded_by_the_maximum_principle():
    largest_on_the_boundary = l_shape.l_coefficients()[1]
    assert largest_on_the_boundary < 1e-6
    coarse, fine = (
        solve() for _, solve in list(l_shape.l_classical())[1:3]
    )  # five-point differences, 40 and 80 per unit
    assert fine < 1.2e-3 and 2.3 < coarse / fine < 3.2  # 2^(4/3) at the singular corner is 2.5


def test_the_corner_told_is_harmonic_and_zero_on_both_sides_of_the_corner():
    x = torch.tensor(l_shape.l_points(8), dtype=torch.float64).requires_grad_()
    u = l_shape_corner.singular(x)
    slope = torch.autograd.grad(u.sum(), x, create_graph=True)[0]
    laplace = sum(torch.autograd.grad(slope[:, k].sum(), x, retain_graph=True)[0][:, k] for k in (0, 1))
    assert laplace.abs().max() < 1e-9 < u.min()
    s = torch.linspace(0.01, 1, 50, dtype=torch.float64)[:, None]
    for side in (torch.cat([0 * s, s], 1), torch.cat([s, 0 * s], 1)):
        assert l_shape_corner.singular(side).abs().max() < 1e-12


def test_the_kink_spreads_by_diffusion_and_keeps_its_slope_at_the_seam():
    x = torch.tensor([[0.5, 0.3], [0.97, 0.3], [0.99, 0.8], [1.0, 0.5]], dtype=torch.float64).requires_grad_()
    u = allen_cahn_sharp.kink(x)
    slope = torch.autograd.grad(u.sum(), x, create_graph=True)[0]
    u_xx = torch.autograd.grad(slope[:, 0].sum(), x)[0][:, 0]
    slope, u_xx = slope.detach().numpy(), u_xx.detach().numpy()
    assert slope[:, 1] == pytest.approx(allen_cahn_sharp.DIFFUSION * u_xx, abs=1e-12)
    assert slope[3, 0] == pytest.approx(-2)


def test_two_kinds_of_solver_agree_on_the_sharp_layers():
    """Differences with Radau against waves with split steps; halving both moves them less than what separates the methods."""
    reference = allen_cahn_sharp.allen_cahn_sharp_reference()
    finer = allen_cahn_sharp.split_steps(4096, 6400)
    assert relative(finer, reference) < 1e-6


@pytest.mark.filterwarnings(
    "ignore:Arrays of 2-dimensional vectors:DeprecationWarning"
)  # DeepXDE's polygons use np.cross
def test_every_problem_builds_what_fit_accepts():
    """Each of our formulations passes the checks of `fit` and takes a step that lowers the loss."""
    for name, benchmark in BENCHMARKS.items():
        with pinn.float64():
            setup = benchmark.ours(0)
        stage = {k: v for k, v in setup.stages[0].items() if k in ("weights",)}
        fit = pinn.fit(setup.data, setup.net, seed=0, iterations=1, variables=setup.variables, **stage)
        assert fit.history["loss"][-1] < fit.history["loss"][0], name
        assert np.isfinite(benchmark.error(fit.predict, parameters(setup))), name


def test_curves_are_thinned_and_keep_their_end():
    curve = [(0.0, 1.0)] + [(0.01 * k, 1 / k) for k in range(1, 5000)] + [(60.0, np.nan), (61.0, 1e-4)]
    thin = store.thin(curve)
    assert len(thin) <= 61 and thin[-1] == (61.0, 1e-4) and thin == sorted(thin)


def test_page_agrees_with_the_stored_runs():
    assert page.main(["--check"]) == 0


def test_page_counts_what_the_rows_say():
    """Speed is the time to the recipe's final error; a recipe that was cut short is not counted."""
    rows = store.newest(store.read(store.RUNS))
    curves = store.curves_of(rows, store.read(store.CURVES))
    runs = compared.Runs("lorenz", rows, curves)
    slow = runs.rows["stock"][0]
    target = 1.05 * float(slow["error"])
    stock = min(
        float(c["cpu_seconds"])
        for c in curves
        if c["problem"] == "lorenz" and c["method"] == "stock" and float(c["error"]) <= target
    )
    ours = [
        min(
            float(c["cpu_seconds"])
            for c in curves
            if c["problem"] == "lorenz"
            and c["method"] == "ours"
            and c["seed"] == str(s)
            and float(c["error"]) <= target
        )
        for s in range(5)
    ]
    assert runs.speedup == pytest.approx(stock / np.median(ours))
    assert len(runs.rows["ours"]) >= 5
