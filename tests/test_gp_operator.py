"""Processes that know a law: against GPyTorch's gradient kernel, automatic differentiation, SciPy and closed forms."""

import math

import gpytorch
import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from mmlib.gp import Lawful, LawKernel, with_law

rng = np.random.default_rng(11)
HEAT = {(1,): 1.0, (0, 0): "-alpha", (): lambda x: 1 + x[:, 0]}
ENDS = ([0.0, 1.0], [0.0, 0.0])


def tensor(x):
    return torch.as_tensor(np.asarray(x, dtype=float), device="cpu")


def kernel_of(law, lengths, size=1.7, **unknowns):
    kernel = LawKernel(len(lengths), law, {n: (0.01, 100.0) for n in unknowns}).double()
    kernel.base.outputscale = torch.tensor(size, dtype=torch.float64)
    kernel.base.base_kernel.lengthscale = tensor([lengths])
    kernel.raw_unknowns.data = tensor([math.log(v) for v in unknowns.values()])
    return kernel


def rows(x, kind):
    return tensor(np.column_stack([x, np.full(len(x), float(kind))]))


def test_first_derivatives_are_those_of_gpytorchs_gradient_kernel():
    x = rng.uniform(size=(7, 1))
    referee = gpytorch.kernels.ScaleKernel(gpytorch.kernels.RBFKernelGrad()).double()
    referee.outputscale, referee.base_kernel.lengthscale = torch.tensor(1.7).double(), torch.tensor(0.3).double()
    wanted = referee(tensor(x)).to_dense().detach().numpy()  # rows of one point: value, slope
    kernel = kernel_of({(0,): 1.0}, [0.3])
    both = torch.cat([rows(x, 0), rows(x, 1)])
    order = np.arange(14).reshape(2, 7).T.ravel()
    got = kernel(both).to_dense().detach().numpy()[np.ix_(order, order)]
    assert np.abs(got - wanted).max() < 1e-6 * np.abs(wanted).max()


def applied(k, x, z, alpha):
    """L_x L_z k and L_z k at one pair of points, by automatic differentiation: u_t - alpha u_xx + (1 + x) u."""

    def law(f, at):
        at = at.clone().requires_grad_()
        value = f(at)
        first = torch.autograd.grad(value, at, create_graph=True)[0]
        second = torch.autograd.grad(first[0], at, create_graph=True)[0][0]
        return first[1] - alpha * second + (1 + at[0]) * value

    return law(lambda a: law(lambda b: k(a, b), z), x).item(), law(lambda b: k(x, b), z).item()


def test_a_law_in_two_inputs_is_that_of_automatic_differentiation():
    lengths, alpha = tensor([0.4, 0.7]), 0.6
    kernel = kernel_of(HEAT, [0.4, 0.7], alpha=alpha)

    def k(a, b):
        return 1.7 * torch.exp(-0.5 * (((a - b) / lengths) ** 2).sum())

    x, z = rng.uniform(size=(4, 2)), rng.uniform(size=(4, 2))
    ff = kernel(rows(x, 1), rows(z, 1)).to_dense().detach().numpy()
    uf = kernel(rows(x, 0), rows(z, 1)).to_dense().detach().numpy()
    for i in range(4):
        for j in range(4):
            two, one = applied(k, tensor(x[i]), tensor(z[j]), alpha)
            assert ff[i, j] == pytest.approx(two, rel=1e-9, abs=1e-9)
            assert uf[i, j] == pytest.approx(one, rel=1e-9, abs=1e-9)
    diagonal = kernel(rows(x, 1), diag=True).detach().numpy()
    assert diagonal == pytest.approx(np.diagonal(kernel(rows(x, 1)).to_dense().detach().numpy()), rel=1e-12)


def test_a_coefficient_keeps_its_sixteen_digits():
    x = rng.uniform(size=(5, 1))
    one, tenth = (kernel_of({(0,): c}, [0.3])(rows(x, 1)).to_dense().detach().numpy() for c in (1.0, 0.1))
    assert tenth == pytest.approx(0.01 * one, rel=1e-14)


def heat_readings(alpha, n=30, seed=0):
    """u = e^-t sin(2 pi x) and f = u_t - alpha u_xx, without noise."""
    x = np.random.default_rng(seed).uniform(size=(2 * n, 2))
    u = np.exp(-x[:, 1]) * np.sin(2 * np.pi * x[:, 0])
    return (x[:n], u[:n]), (x[n:], (4 * alpha * np.pi**2 - 1) * u[n:])


@pytest.fixture(scope="module")
def heat():
    return with_law({(1,): 1.0, (0, 0): "-alpha"}, *heat_readings(0.7), unknowns={"alpha": (0.05, 20)}, restarts=2)


def test_an_unknown_coefficient_comes_back(heat):
    low, high = heat.interval("alpha")
    assert heat.converged and heat.unknowns["alpha"] == pytest.approx(0.7, rel=2e-3)
    assert low < 0.7 < high and high / low < 1.05
    wide = heat.interval("alpha", 0.99)
    assert math.log(wide[1] / wide[0]) == pytest.approx(math.log(high / low) * 2.575829 / 1.644854, rel=1e-5)


def test_the_interval_is_the_curvature_of_the_likelihood_in_all_parameters():
    (x, u), (z, f) = heat_readings(0.7, 20)
    noisy = np.random.default_rng(1)
    V, S = (x, u + 0.05 * noisy.standard_normal(20)), (z, f + noisy.standard_normal(20))
    law, ends = {(1,): 1.0, (0, 0): "-alpha"}, {"alpha": (0.05, 20)}
    fit = with_law(law, V, S, unknowns=ends, restarts=2)
    best, half = math.log(fit.unknowns["alpha"]), 1.5 * math.sqrt(fit.covariance[0, 0])
    profile = [
        with_law({(1,): 1.0, (0, 0): -math.exp(best + s * half)}, V, S, restarts=3).log_likelihood for s in (-1, 1)
    ]
    # a parabola falls by 1.5^2 / 2 at 1.5 standard deviations, on average of both sides
    assert fit.log_likelihood - np.mean(profile) == pytest.approx(1.125, rel=0.15)


def test_the_answer_is_a_dense_conditioning_and_the_likelihood_that_of_scipy():
    x, z, at = rng.uniform(size=6), rng.uniform(size=8), np.linspace(0, 1, 9)
    y, f = np.sin(3 * x) + 0.1 * rng.standard_normal(6), 9 * np.sin(3 * z) + 0.5 * rng.standard_normal(8)
    exact = ([0.0, 1.0], [0.0, math.sin(3)])
    fit = with_law({(0, 0): -1.0}, (x, y), (z, f), exact=exact, noise=(0.01, 0.25), restarts=2)
    assert isinstance(fit, Lawful) and fit.noise == pytest.approx({"values": 0.01, "sources": 0.25})
    length, size = fit.lengthscale[0], float(fit.regression.kernel.base.outputscale)

    def k(r):
        return size * np.exp(-0.5 * (r / length) ** 2)

    def second(r):
        return k(r) * ((r / length) ** 2 - 1) / length**2

    def fourth(r):
        return k(r) * ((r / length) ** 4 - 6 * (r / length) ** 2 + 3) / length**4

    v, less = np.concatenate([x, exact[0]]), np.subtract.outer
    K = np.block([[k(less(v, v)), -second(less(v, z))], [-second(less(z, v)), fourth(less(z, z))]])
    floor = 1e-8 * np.mean(y**2)
    K += np.diag(np.r_[np.full(6, 0.01), floor, floor, np.full(8, 0.25)])
    data, cross = np.r_[y, exact[1], f], np.hstack([k(less(at, v)), -second(less(at, z))])
    got = fit.predict(at)
    assert got.mean == pytest.approx(cross @ np.linalg.solve(K, data), abs=1e-7)
    variance = size - np.einsum("ij,ji->i", cross, np.linalg.solve(K, cross.T))
    assert got.sd[1:-1] == pytest.approx(np.sqrt(variance[1:-1]), rel=1e-5)
    all_rows = multivariate_normal.logpdf(data, np.zeros(16), K)
    ends = multivariate_normal.logpdf(exact[1], np.zeros(2), K[6:8, 6:8])
    assert fit.log_likelihood == pytest.approx(all_rows - ends, abs=1e-6)
    assert fit.predict(at, noise=0.01).sd == pytest.approx(np.sqrt(got.sd**2 + 0.01))


def test_sources_alone_solve_poissons_equation_in_the_plane():
    g = np.linspace(0, 1, 7)
    x = np.stack(np.meshgrid(g, g), -1).reshape(-1, 2)
    wall = x[(np.abs(x - 0.5) > 0.49).any(1)]

    def wave(x):
        return np.sin(np.pi * x[:, 0]) * np.sin(np.pi * x[:, 1])

    law = {(0, 0): -1.0, (1, 1): -1.0}
    fit = with_law(law, sources=(x, 2 * np.pi**2 * wave(x)), exact=(wall, np.zeros(len(wall))), restarts=2)
    at = rng.uniform(size=(40, 2))
    assert np.abs(fit.predict(at).mean - wave(at)).max() < 2e-3


def test_predicted_sources_are_the_law_of_the_predicted_values():
    z = np.linspace(0, 1, 12)
    fit = with_law({(0, 0): -1.0, (): lambda x: x[:, 0]}, sources=(z, np.cos(4 * z)), exact=ENDS, restarts=2)
    at, h = np.linspace(0.1, 0.9, 9), 1e-3

    def u(x):
        return fit.predict(x).mean

    by_hand = -(u(at + h) - 2 * u(at) + u(at - h)) / h**2 + at * u(at)
    assert fit.predict(at, of="sources").mean == pytest.approx(by_hand, abs=1e-3)


def test_the_mean_is_greens_function_on_the_sources():
    """With dense sources the posterior is the solution: the integral of min(x, z) (1 - max(x, z)) f(z)."""

    def f(z):
        return np.exp(z) * (1 + z)

    z, at = np.linspace(0, 1, 15), np.linspace(0, 1, 11)
    fit = with_law({(0, 0): -1.0}, sources=(z, f(z)), exact=ENDS, restarts=2)
    s = (np.arange(2000) + 0.5) / 2000
    green = np.minimum.outer(at, s) * (1 - np.maximum.outer(at, s))
    assert fit.predict(at).mean == pytest.approx(green @ f(s) / 2000, abs=1e-4)


def test_zeros_at_a_boundary_are_no_evidence_for_a_flat_prior():
    """As data, many exact zeros would be explained best by a prior variance of zero; as conditions they are not."""
    s = np.linspace(0, 1, 15)
    wall = np.vstack([np.column_stack([0 * s, s]), np.column_stack([0 * s + 1, s])])
    x = rng.uniform(size=(20, 2))
    y = np.sin(np.pi * x[:, 0]) + 0.05 * rng.standard_normal(20)
    fit = with_law({(): 1.0}, (x, y), exact=(wall, np.zeros(30)), restarts=3)
    assert math.sqrt(fit.noise["values"]) < 0.15
    assert fit.predict([[0.5, 0.5]]).mean[0] == pytest.approx(1, abs=0.15)


def test_a_band_widens_away_from_readings():
    x = np.linspace(0, 0.4, 6)
    fit = with_law({(): 1.0}, (x, np.sin(6 * x)), restarts=2)
    near, *_, far = fit.predict([0.2, 0.6, 1.0]).sd
    assert far > 10 * near


def test_an_unknown_at_the_end_of_its_range_is_not_determined():
    fit = with_law({(1,): 1.0, (0, 0): "-alpha"}, *heat_readings(0.7), unknowns={"alpha": (2.0, 20)}, restarts=1)
    assert fit.verdict.status == "not determined" and "alpha" in fit.verdict.reason
    assert np.isnan(fit.interval("alpha")).all()


def test_another_unit_gives_the_same_answer():
    """Readings in thousandths, lengths in thousands: the fit follows."""
    (x, u), (z, f) = heat_readings(0.7, 15)
    law, ends = {(1,): 1.0, (0, 0): "-alpha"}, {"alpha": (0.05, 20)}
    one = with_law(law, (x, u), (z, f), unknowns=ends, restarts=1)
    two = with_law(law, (1e3 * x, 1e-3 * u), (1e3 * z, 1e-6 * f), unknowns={"alpha": (50.0, 2e4)}, restarts=1)
    assert two.unknowns["alpha"] == pytest.approx(1e3 * one.unknowns["alpha"], rel=1e-3)
    assert two.predict(1e3 * x[:5]).mean == pytest.approx(1e-3 * one.predict(x[:5]).mean, rel=1e-2, abs=1e-6)


def test_starts_are_drawn_by_the_seed_alone():
    (x, u), (z, f) = heat_readings(0.7, 12)

    def call(seed):
        return with_law({(1,): 1.0, (0, 0): "-a"}, (x, u), (z, f), unknowns={"a": (0.05, 20)}, restarts=2, seed=seed)

    one, again, other = call(1), call(1), call(2)
    assert (one.losses == again.losses).all() and one.losses[0] == other.losses[0] and one.losses[1] != other.losses[1]


POISSON = {(0, 0): -1.0}
V = (np.linspace(0, 1, 5), np.arange(5.0))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"law": lambda u: u}, "dict"),
        ({"law": {}}, "linear law"),
        ({"law": {((0,), (0,)): 1.0}}, "not linear"),
        ({"law": {(2,): 1.0}}, "axes from 0 to 0"),
        ({"law": {(0,) * 5: 1.0}}, "at most 4"),
        ({"law": {(0, 0): "D"}}, "unknowns="),
        ({"law": {(0, 0): lambda x: x}}, "coefficient"),
        ({"law": {(0, 0): np.nan}}, "coefficient"),
        ({"unknowns": {"D": (0.1, 1)}}, "a place in law"),
        ({"unknowns": {"D": (1, 0.1)}, "law": {(0, 0): "D"}}, "low below high"),
        ({"unknowns": ["D"]}, "dict of name"),
        ({"unknowns": {"D": (0.1, 1)}, "law": {(0, 0): "D"}, "sources": None}, "readings of f"),
        ({"values": None, "sources": None}, "at least 3"),
        ({"values": V[0]}, "a pair"),
        ({"values": (V[0], V[1][:4])}, "values:"),
        ({"sources": (np.zeros((4, 2)), np.ones(4))}, "columns"),
        ({"sources": (np.zeros(1600), np.ones(1600))}, "at most 1500"),
        ({"sources": (V[0], np.zeros(5))}, "flat u"),
        ({"noise": 0.1}, "pair"),
        ({"noise": ("learn", -1.0)}, "noise"),
        ({"restarts": 0}, "restarts"),
    ],
)
def test_bad_input_is_refused_before_anything_is_fitted(change, word):
    call = {"law": POISSON, "values": V, "sources": V} | change
    with pytest.raises(ValueError, match=word):
        with_law(call.pop("law"), **call)
