"""Gaussian processes: against scikit-learn, GPyTorch's own likelihood and posterior, and exact linear relations."""

import subprocess
import sys

import gpytorch
import numpy as np
import pytest
import torch
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel

from mmlib.gp import SameLabel, ar1, gaussian_kernel, nargp, regress, with_law
from mmlib.gp.fidelity import nargp_kernel
from mmlib.systems.multi_fidelity import forrester_high, forrester_low, perdikaris_high, perdikaris_low

rng = np.random.default_rng(5)


@pytest.fixture(scope="module")
def noisy():
    x = np.sort(rng.uniform(0, 3, 40))
    return x, np.sin(2 * x) + 0.1 * rng.standard_normal(40)


def same_kernel(scale, *lengths):
    kernel = gpytorch.kernels.ScaleKernel(gpytorch.kernels.RBFKernel(ard_num_dims=len(lengths))).double()
    kernel.outputscale = torch.tensor(scale, dtype=torch.float64)  # a bare float would pass through float32
    kernel.base_kernel.lengthscale = torch.tensor([lengths], dtype=torch.float64)
    return kernel


@pytest.mark.parametrize("d", [1, 2])
def test_prediction_is_that_of_scikit_learn_at_equal_hyperparameters(d):
    x, at = rng.uniform(0, 2, (25, d)), rng.uniform(-0.5, 2.5, (60, d))
    y = np.sin(3 * x).sum(1)
    lengths = (0.4, 0.9)[:d]
    referee = GaussianProcessRegressor(ConstantKernel(1.7) * RBF(lengths), alpha=0.01, optimizer=None).fit(x, y)
    mean, sd = referee.predict(at, return_std=True)
    fit = regress(x, y, mean="zero", kernel=same_kernel(1.7, *lengths), noise=0.01, restarts=0)
    got = fit.predict(at)
    assert np.abs(got.mean - mean).max() < 1e-6
    assert np.abs(got.sd - sd).max() < 1e-6
    assert fit.log_likelihood == pytest.approx(referee.log_marginal_likelihood(), abs=1e-8)


def test_maximum_likelihood_is_no_worse_than_scikit_learns(noisy):
    from sklearn.gaussian_process.kernels import WhiteKernel

    x, y = noisy
    kernel = ConstantKernel(1.0, (1e-3, 1e3)) * RBF(1.0, (1e-2, 1e2)) + WhiteKernel(0.1, (1e-5, 1))
    referee = GaussianProcessRegressor(kernel, n_restarts_optimizer=3, random_state=0).fit(x[:, None], y)
    fit = regress(x, y, mean="zero")
    assert fit.log_likelihood == pytest.approx(referee.log_marginal_likelihood_value_, abs=1e-3)
    assert fit.converged


def test_the_model_inside_is_gpytorchs_own(noisy):
    x, y = noisy
    fit = regress(x, y, mean="linear", restarts=2)
    model, X, Y = fit.model, fit.model.train_inputs[0], fit.model.train_targets
    model.train()
    marginal = gpytorch.mlls.ExactMarginalLogLikelihood(model.likelihood, model)
    assert float(marginal(model(X), Y)) * len(y) == pytest.approx(fit.log_likelihood, abs=1e-7)
    model.eval()
    at = torch.linspace(-1, 4, 31, dtype=torch.float64)[:, None]
    posterior = model(at)
    ours = fit.predict(at.numpy())
    assert np.abs(posterior.mean.numpy() - ours.mean).max() < 1e-8
    assert (ours.sd >= posterior.stddev.numpy() - 1e-9).all()  # ours adds what is unknown of the trend
    zero = regress(x, y, mean="zero", restarts=2)
    assert np.abs(zero.model(at).stddev.numpy() - zero.predict(at).sd).max() < 1e-6


def test_trend_uncertainty_is_that_of_least_squares_without_correlation():
    x = np.linspace(0, 1, 12)
    y = 1 + 2 * x + 0.1 * rng.standard_normal(12)
    fit = regress(x, y, mean="linear", kernel=same_kernel(1e-14, 1.0), noise=0.01, restarts=0)
    slope, covariance = np.polyfit(x, y, 1, cov="unscaled")
    assert fit.weights[::-1] == pytest.approx(slope, abs=1e-6)
    assert np.diag(fit.weights_cov)[::-1] == pytest.approx(0.01 * np.diag(covariance), rel=1e-6)
    far = fit.predict([10.0]).sd[0]
    assert far == pytest.approx(0.1 * np.sqrt(np.array([10, 1]) @ covariance @ [10, 1]), rel=1e-6)


def test_noise_is_recovered():
    x = np.linspace(0, 5, 200)
    y = np.sin(x) + 0.2 * np.random.default_rng(0).standard_normal(200)
    assert np.sqrt(regress(x, y).noise) == pytest.approx(0.2, rel=0.15)


def test_noise_is_recovered_for_each_source():
    r = np.random.default_rng(0)
    x, source = r.uniform(0, 5, 200), np.repeat([0, 1], 100)
    y = np.sin(x) + np.where(source == 0, 0.05, 0.5) * r.standard_normal(200)
    fit = regress(x, y, sources=source, restarts=2)
    assert np.sqrt(fit.noise) == pytest.approx([0.05, 0.5], rel=0.2)
    assert isinstance(fit.model.likelihood, gpytorch.likelihoods.FixedNoiseGaussianLikelihood)


def test_observed_band_adds_the_noise(noisy):
    fit = regress(*noisy, restarts=1)
    quiet, loud = fit.predict([1.0]), fit.predict([1.0], noise=fit.noise)
    assert loud.sd**2 == pytest.approx(quiet.sd**2 + fit.noise)


def test_nearly_noise_free_close_points_do_not_raise():
    x = np.concatenate([np.linspace(0, 1, 30), np.linspace(0, 1, 30) + 1e-9])
    fit = regress(x, np.sin(3 * x), restarts=2)
    assert np.abs(fit.predict(x).mean - np.sin(3 * x)).max() < 1e-3


def test_a_seed_repeats_and_seeds_differ(noisy):
    one, two, three = (regress(*noisy, restarts=3, seed=s) for s in (1, 1, 2))
    # not bit for bit: where an array lies in memory decides in which order its sums are taken
    assert one.losses == pytest.approx(two.losses, abs=1e-7)
    assert one.predict(noisy[0]).mean == pytest.approx(two.predict(noisy[0]).mean, abs=1e-5)
    assert one.losses[0] == pytest.approx(three.losses[0], abs=1e-7)


def test_other_seeds_start_elsewhere():
    from mmlib.gp.starts import starts_and_bounds

    x, kernel = torch.linspace(0, 1, 5, dtype=torch.float64)[:, None], gaussian_kernel(1).double()
    a, b, c = (np.array(starts_and_bounds(kernel, x, x[:, 0], 1.0, np.random.default_rng(s), 3)[0]) for s in (1, 1, 2))
    assert (a == b).all() and (a[0] == c[0]).all() and (a[1:] != c[1:]).all()


def test_a_given_kernel_is_copied_and_frozen_parameters_stay(noisy):
    kernel = same_kernel(1.0, 0.5)
    kernel.raw_outputscale.requires_grad_(False)
    fit = regress(*noisy, kernel=kernel, restarts=2)
    assert float(kernel.base_kernel.lengthscale.detach()) == pytest.approx(0.5)
    assert float(fit.kernel.outputscale) == pytest.approx(1.0)
    assert fit.lengthscale[0] != pytest.approx(0.5, abs=1e-3)


def test_conditioning_on_more_data_without_a_new_search(noisy):
    x, y = noisy
    first = regress(x[::2], y[::2], restarts=2)
    more = regress(x, y, kernel=first.kernel, noise=first.noise, restarts=0)
    assert more.lengthscale == pytest.approx(first.lengthscale)
    assert more.predict(x).sd.mean() < first.predict(x).sd.mean()


def test_same_label_gives_each_label_its_own_function():
    x = np.tile(np.linspace(0, 1, 8), 2)
    label = np.repeat([0, 1], 8)
    y = np.sin(3 * x) + np.where(label, 2.0, 0.0)
    kernel = gaussian_kernel(1, (0,)) * SameLabel(active_dims=(1,))
    fit = regress(np.c_[x, label], y, kernel=kernel, mean="zero", restarts=2)
    apart = fit.predict([[0.5, 0.0], [0.5, 1.0]]).mean
    assert apart == pytest.approx([np.sin(1.5), np.sin(1.5) + 2], abs=0.02)
    z = torch.tensor(np.c_[x, label])
    assert torch.allclose(
        kernel(z, diag=True).detach().double(), torch.diagonal(kernel(z).to_dense()).detach().double()
    )


# -- fusion -------------------------------------------------------------------------------------------------------


def test_ar1_recovers_an_exact_linear_relation():
    low, high = np.linspace(0, 1, 11), np.array([0, 0.4, 0.6, 1])
    fused = ar1([(low, forrester_low(low)), (high, forrester_high(high))])
    assert fused.rho == pytest.approx([2.0], abs=0.01)
    assert fused.discrepancy == pytest.approx([20.0, -20.0], rel=0.01)
    x = np.linspace(0, 1, 101)
    assert np.sqrt(np.mean((fused.predict(x).mean - forrester_high(x)) ** 2)) < 0.1
    assert np.abs(fused.predict(high).mean - forrester_high(high)).max() < 1e-2


def test_ar1_with_three_levels_in_two_dimensions():
    r = np.random.default_rng(1)
    f = lambda x: np.sin(3 * x[:, 0]) * np.cos(2 * x[:, 1])  # noqa: E731
    g = lambda x: 1.5 * f(x) - 1  # noqa: E731
    h = lambda x: -2 * g(x) + x[:, 0]  # noqa: E731
    a, b, c = r.uniform(0, 2, (60, 2)), r.uniform(0, 2, (20, 2)), r.uniform(0, 2, (8, 2))
    fused = ar1([(a, f(a)), (b, g(b)), (c, h(c))], restarts=2)
    assert fused.rho == pytest.approx([1.5, -2], rel=0.01)
    assert fused.discrepancy == pytest.approx([0, 1, 0], abs=0.05)
    at = r.uniform(0.2, 1.8, (50, 2))
    assert np.abs(fused.predict(at).mean - h(at)).max() < 0.05
    assert np.abs(fused.predict(at, level=1).mean - g(at)).max() < 0.05


def test_ar1_carries_the_uncertainty_of_the_level_below():
    low, high = np.linspace(0, 0.5, 8), np.linspace(0, 1, 4)
    fused = ar1([(low, np.sin(5 * low)), (high, 3 * np.sin(5 * high))], discrepancy_mean="zero", restarts=2)
    near, far = fused.predict([0.25, 0.9]).sd
    below = fused.levels[0].predict([0.9]).sd[0]
    assert near < far and far >= abs(fused.rho[0]) * below * 0.99


def test_nargp_kernel_is_the_published_one():
    kernel = nargp_kernel(1).double()
    (product, delta), z = kernel.kernels, torch.tensor([[0.2, 1.0], [0.5, -0.3]], dtype=torch.float64)
    k_rho, k_f = product.kernels
    k_rho.outputscale, k_rho.base_kernel.lengthscale, k_f.lengthscale = 2.0, 0.7, 1.1
    delta.outputscale, delta.base_kernel.lengthscale = 0.5, 0.3
    r = lambda d, length: np.exp(-0.5 * (d / length) ** 2)  # noqa: E731
    want = 2.0 * r(0.3, 0.7) * r(1.3, 1.1) + 0.5 * r(0.3, 0.3)
    assert float(kernel(z).to_dense()[0, 1].detach()) == pytest.approx(want, rel=1e-6)


def test_nargp_learns_a_square_that_ar1_cannot():
    x, at = np.linspace(0, 1, 50), np.linspace(0, 1, 200)
    r = np.random.default_rng(2)
    high = np.array([r.choice(part) for part in np.array_split(x, 14)])  # one in each stretch, nested
    data = [(x, perdikaris_low(x)), (high, perdikaris_high(high))]
    error = {
        m.__name__: np.linalg.norm(m(data, restarts=4).predict(at).mean - perdikaris_high(at))
        / np.linalg.norm(perdikaris_high(at))
        for m in (ar1, nargp)
    }
    assert error["nargp"] < 0.06 and error["ar1"] > 0.3


def test_nargp_on_a_linear_relation_is_about_as_good_as_ar1():
    low, high, at = np.linspace(0, 1, 21), np.linspace(0, 1, 8), np.linspace(0, 1, 101)
    data = [(low, np.sin(8 * low)), (high, 2 * np.sin(8 * high) + 1)]
    error = [np.abs(m(data, restarts=4).predict(at).mean - 2 * np.sin(8 * at) - 1).max() for m in (ar1, nargp)]
    assert error[0] < 0.01 and error[1] < 0.1


def test_nargp_spread_comes_from_the_level_below():
    r = np.random.default_rng(0)
    x = np.linspace(0, 1, 30)
    data = [(x, np.sin(6 * x) + 0.2 * r.standard_normal(30)), (x[::3], np.sin(6 * x[::3]) ** 2)]
    fused = nargp(data, restarts=2, seed=3)
    one, two = fused.predict(x), fused.predict(x)
    assert one.mean == pytest.approx(two.mean, abs=1e-9) and (one.sd > 0).all()


# -- what is refused ----------------------------------------------------------------------------------------------

X, Y = np.linspace(0, 1, 5), np.linspace(0, 1, 5) ** 2


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((np.where(X > 0.9, np.nan, X), Y), {}, "expected finite x; got 1 NaN"),
        ((X, np.where(X > 0.9, np.inf, Y)), {}, "expected finite y"),
        ((X, Y[:, None]), {}, r"pass y\[:, 0\]"),
        ((X, Y[:4]), {}, r"expected y \(n,\) with n = 5"),
        ((X[:, None, None], Y), {}, r"expected x \(n,\) or \(n, d\); got shape \(5, 1, 1\)"),
        ((X[:1], Y[:1]), {}, "at least 2 points; got 1"),
        ((X, Y), {"mean": "cubic"}, "unknown mean 'cubic'.*zero, constant, linear"),
        ((X, Y), {"mean": lambda x: np.ones(5)}, "a float64 tensor"),
        ((np.ones(5), Y), {"mean": "linear"}, "determine 1. Use a simpler mean"),
        ((np.ones(5), Y), {}, "2 or more different x.*5 points at 1. Bring other x"),
        ((np.ones(5), Y), {"mean": "zero"}, "2 or more different x.*5 points at 1"),
        ((np.ones((5, 2)), Y), {"noise": 0.1}, "2 or more different x.*5 points at 1"),
        ((X > 0.5, Y), {"mean": "linear"}, "3 or more different x.*beside 2 coefficients.*5 points at 2"),
        ((X, Y), {"noise": 0.0}, "expected a positive noise variance.*1e-8"),
        ((X, Y), {"noise": -np.ones(5)}, "expected a positive noise"),
        ((X, Y), {"noise": "none"}, "expected noise 'learn'"),
        ((X, Y), {"restarts": 0}, "got 0, which learns nothing"),
        ((X, Y), {"sources": [0, 0, 2, 2, 2]}, "without gaps"),
        ((X, Y), {"sources": [0, 0, 1, 1, 1], "noise": 0.1}, "Leave noise out"),
    ],
)
def test_refused_by_regress(arguments, options, message):
    with pytest.raises(ValueError, match=f"(?i){message}"):
        regress(*arguments, **options)


def test_refused_length_scale():
    with pytest.raises(RuntimeError, match="greater than|not satisf|[Ii]nvalid|lower"):
        gpytorch.kernels.RBFKernel().lengthscale = -1.0
    with pytest.raises(RuntimeError, match="no Cholesky factor.*noise='learn'"):
        regress(np.r_[X, X], np.r_[Y, Y], kernel=same_kernel(1.0, 10.0), noise=1e-18, restarts=0)


def test_refused_by_predict(noisy):
    fit = regress(*noisy, restarts=1)
    with pytest.raises(ValueError, match=r"expected x \(m, 1\) or \(m,\); got shape \(4, 2\)"):
        fit.predict(np.zeros((4, 2)))
    with pytest.raises(ValueError, match="expected finite x"):
        fit.predict([np.nan])


@pytest.mark.parametrize("method", [ar1, nargp])
def test_refused_levels(method):
    with pytest.raises(ValueError, match="at least two, from the lowest"):
        method([(X, Y)])
    with pytest.raises(ValueError, match="level 1: expected finite y"):
        method([(X, Y), (X, Y * np.nan)])
    with pytest.raises(ValueError, match=r"same inputs at every level; got \[1, 2\]"):
        method([(X, Y), (np.c_[X, X], Y)])
    with pytest.raises(ValueError, match="one noise for each of the 2 levels; got 3"):
        method([(X, Y), (X, Y)], noise=["learn"] * 3)


def test_one_distinct_x_is_enough_for_a_kernel_that_is_given():
    """Then nothing is learned from the places: the answer is the closed form of repeated readings."""
    kernel = gaussian_kernel(1)
    fit = regress(np.ones(5), Y, mean="zero", kernel=kernel, noise=0.1, restarts=0)
    size = kernel.outputscale.item()
    assert fit.predict([1.0]).mean == pytest.approx(size * Y.sum() / (5 * size + 0.1))
    assert fit.verdict.converged


def test_one_distinct_x_in_a_level_or_beside_a_law():
    for levels in ([(np.ones(5), Y), (X[:3], Y[:3])], [(X, Y), (np.ones(4), Y[:4])]):
        with pytest.raises(ValueError, match="different"):
            ar1(levels, discrepancy_mean="constant", restarts=1)
    with pytest.raises(ValueError, match="2 or more different x; got 10 at one"):
        with_law({(0, 0): 1.0}, (np.ones(5), Y), (np.ones(5), Y), restarts=1)


def test_refused_options_of_fusion():
    with pytest.raises(ValueError, match="unknown discrepancy_mean 'quadratic'"):
        ar1([(X, Y), (X, Y)], discrepancy_mean="quadratic")
    with pytest.raises(ValueError, match="at least 20 samples"):
        nargp([(X, Y), (X, Y)], samples=1)
    fused = nargp([(X, Y), (X, Y)], restarts=1)
    with pytest.raises(ValueError, match=r"expected a fit of AR\(1\) to ask for rho; got NARGP"):
        _ = fused.rho
    with pytest.raises(ValueError, match="its discrepancy; got NARGP"):
        _ = fused.discrepancy


def test_importing_and_fitting_leave_global_state_alone():
    code = (
        "import torch, numpy as np, random\n"
        "before = (torch.get_default_dtype(), torch.get_rng_state().sum().item(), torch.get_num_threads())\n"
        "state = np.random.get_state()[1].copy()\n"
        "from mmlib.gp import nargp\n"
        "x = np.linspace(0, 1, 8)\n"
        "nargp([(x, np.sin(x)), (x, np.cos(x))], restarts=1).predict(x)\n"
        "assert before == (torch.get_default_dtype(), torch.get_rng_state().sum().item(), torch.get_num_threads())\n"
        "assert (state == np.random.get_state()[1]).all()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("shape", [(5, 2), (3, 5, 2), (4, 1, 5, 2)])
def test_trends_are_functions_of_the_last_axis(shape):
    """Whatever stands before it: of stacked places the trend is the stack of the trends."""
    from mmlib.gp._checks import BASES

    x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    ones = torch.ones(*shape[:-1], 1)
    assert BASES["zero"](x).shape == (*shape[:-1], 0)
    assert torch.equal(BASES["constant"](x), ones)
    assert torch.equal(BASES["linear"](x), torch.cat([ones, x], dim=len(shape) - 1))
