"""Laws with a discrepancy against scikit-learn's Gaussian processes, a quadrature, and normal distributions."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct

from mmlib import discrepancy
from mmlib import growth_laws as laws

T = np.linspace(0.0, 3.0, 9)
NEW = np.array([0.4, 2.9, 3.5, 6.0])
RNG = np.random.default_rng(0)
Y = np.stack([1 + 0.5 * T**1.5, 2 - T + 0.2 * T**2]) + 0.05 * RNG.standard_normal((2, 9))
LINE = {"mean": [0.0, 0.0], "sd": [1.5, 0.7]}


def kriged(y, noise, size, length):
    """scikit-learn: a line with normal coefficients is the kernel of a constant and a dot product."""
    kernel = ConstantKernel(1.5**2, "fixed") + ConstantKernel(0.7**2, "fixed") * DotProduct(0.0, "fixed")
    kernel = kernel + ConstantKernel(size**2, "fixed") * RBF(length, "fixed")
    return GaussianProcessRegressor(kernel, alpha=noise**2, optimizer=None).fit(T[:, None], y)


@pytest.mark.parametrize(("noise", "size", "length"), [(0.05, 0.3, 0.8), (0.2, 0.1, 2.0)])
def test_a_line_with_a_discrepancy_is_a_gaussian_process(noise, size, length):
    fit = discrepancy.calibrate(laws.exponential, T, Y, noise=noise, size=size, length=length, **LINE)
    curve, reading = fit.predict(NEW), fit.predict(NEW, readings=True)
    for k in range(2):
        other = kriged(Y[k], noise, size, length)
        mean, sd = other.predict(NEW[:, None], return_std=True)
        assert fit.evidence[k] == pytest.approx(other.log_marginal_likelihood_value_, rel=1e-6)
        assert curve.mean[k, 0] == pytest.approx(mean, rel=1e-5)
        assert curve.sd[k, 0] == pytest.approx(sd, rel=1e-4)
        assert reading.sd[k, 0] == pytest.approx(np.hypot(sd, noise), rel=1e-4)
    assert fit.verdict.converged


def test_settings_are_weighed_by_evidence():
    grid = [(0.05, 0.0), (0.05, 0.3), (0.2, 0.0), (0.2, 0.3)]
    fit = discrepancy.calibrate(laws.exponential, T, Y, noise=[0.2, 0.05], size=[0.3, 0.0], length=[0.8, 5.0], **LINE)
    assert len(fit.settings) == 2 + 2 * 2  # without a discrepancy its length is one
    told = np.exp(
        [kriged(Y[0], a, b, c).log_marginal_likelihood_value_ if b else alone(Y[0], a) for a, b, c in fit.settings]
    )
    assert fit.weights[0] == pytest.approx(told / told.sum(), rel=1e-5)
    assert fit.evidence[0] == pytest.approx(np.log(told.mean()), rel=1e-6)
    assert {(a, b) for a, b, _ in fit.settings} == set(grid)


def alone(y, noise):
    cov = 1.5**2 + 0.7**2 * np.outer(T, T) + noise**2 * np.eye(9)
    return -0.5 * (y @ np.linalg.solve(cov, y) + np.linalg.slogdet(cov)[1] + 9 * np.log(2 * np.pi))


def test_a_walk_is_brownian_motion():
    """Constant law: last reading and its spread follow the covariance min(t, t') of Brownian motion."""
    fit = discrepancy.calibrate(
        laws.constant, T + 5, Y, mean=[0.0], sd=[3.0], noise=0.1, size=0.4, length=2.0, kernel="walk"
    )

    def walk(a, b):
        return 9.0 + 0.4**2 / 2 * np.minimum(a[:, None], b)

    cov, cross = walk(T, T) + 0.01 * np.eye(9), walk(NEW, T)
    gain = cross @ np.linalg.inv(cov)
    found = fit.predict(NEW + 5)
    assert found.mean[:, 0] == pytest.approx(Y @ gain.T, rel=1e-6)
    assert found.sd[0, 0] ** 2 == pytest.approx(np.diag(walk(NEW, NEW) - gain @ cross.T), rel=1e-5)


def test_a_law_that_bends_agrees_with_quadrature():
    """Decay by one unknown rate: posterior mean, spread and evidence by integration over the rate."""

    def decay(theta, t):
        return np.exp(-np.exp(theta) * t)

    y = np.exp(-0.8 * T) + 0.02 * np.cos(3 * T)
    fit = discrepancy.calibrate(decay, T, y, mean=[-0.5], sd=[1.0], noise=0.02, size=0.03, length=0.7)
    z = np.linspace(-1.5, 1.0, 20001)
    cov = 0.02**2 * np.eye(9) + 0.03**2 * np.exp(-0.5 * ((T[:, None] - T) / 0.7) ** 2)
    off = y - decay(z[:, None], T)
    log = -0.5 * (
        np.einsum("zi,ij,zj->z", off, np.linalg.inv(cov), off) + np.linalg.slogdet(cov)[1] + 9 * np.log(2 * np.pi)
    )
    density = np.exp(log) * norm.pdf(z, -0.5, 1.0)
    total = np.trapezoid(density, z)
    mean = np.trapezoid(z * density, z) / total
    sd = np.sqrt(np.trapezoid((z - mean) ** 2 * density, z) / total)
    assert fit.evidence[0] == pytest.approx(np.log(total), abs=0.01)  # what Laplace leaves
    assert fit.constants[0, 0, 0] == pytest.approx(mean, abs=0.02 * sd + 5e-4)
    assert np.sqrt(fit.covariance[0, 0, 0, 0]) == pytest.approx(sd, rel=0.02)
    low, high = fit.of(0).band()
    assert (low[0, 0], high[0, 0]) == pytest.approx((mean - 1.645 * sd, mean + 1.645 * sd), abs=3e-3)


def test_rows_are_fitted_alone():
    both = discrepancy.calibrate(laws.logistic, T, Y, mean=[0, 1, 0], sd=[2, 2, 1], noise=[0.05, 0.2], size=[0.1, 0.4])
    one = discrepancy.calibrate(
        laws.logistic, T, Y[1], mean=[0, 1, 0], sd=[2, 2, 1], noise=[0.05, 0.2], size=[0.1, 0.4]
    )
    assert both.evidence[1] == pytest.approx(one.evidence[0], rel=1e-8)
    assert both.predict(NEW).quantile(0.9)[1] == pytest.approx(one.predict(NEW).quantile(0.9)[0], rel=1e-6)


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_units_follow(unit):
    """Times in another unit: length and rate follow, forecasts stay. Readings in another unit: all sizes follow."""
    told = dict(mean=[0.0, 0.0], sd=[1.5, 0.7], noise=[0.05, 0.1], size=0.3, length=0.8)
    first = discrepancy.calibrate(laws.exponential, T, Y, **told)
    clock = told | {"sd": [1.5, 0.7 / unit], "length": 0.8 * unit}
    other = discrepancy.calibrate(laws.exponential, T * unit, Y, **clock)
    assert other.predict(NEW * unit).quantile(0.3) == pytest.approx(first.predict(NEW).quantile(0.3), rel=1e-6)
    big = {k: np.multiply(v, unit) if k in ("mean", "sd", "noise", "size") else v for k, v in told.items()}
    other = discrepancy.calibrate(laws.exponential, T, Y * unit, **big)
    assert other.predict(NEW).quantile(0.3) / unit == pytest.approx(first.predict(NEW).quantile(0.3), rel=1e-6)
    assert other.verdict.converged


def test_quantiles_of_a_mixture():
    two = discrepancy.Forecast(np.array([[0.3, 0.7]]), np.array([[[0.0], [5.0]]]), np.array([[[1.0], [0.5]]]))
    for p in (0.01, 0.3, 0.5, 0.95):
        x = two.quantile(p)[0, 0]
        assert 0.3 * norm.cdf(x) + 0.7 * norm.cdf(x, 5, 0.5) == pytest.approx(p, abs=1e-9)
    low, high = two.band(0.8)
    assert (low[0, 0], high[0, 0]) == pytest.approx((two.quantile(0.1)[0, 0], two.quantile(0.9)[0, 0]))


def test_average_weighs_laws_by_evidence():
    told = dict(noise=0.1, **LINE)
    line = discrepancy.calibrate(laws.exponential, T, Y, **told)
    flat = discrepancy.calibrate(laws.constant, T, Y, mean=[0.0], sd=[1.5], noise=0.1)
    share = 1 / (1 + np.exp(flat.evidence - line.evidence))
    assert discrepancy.average([flat, line], NEW).weights[:, 1] == pytest.approx(share, rel=1e-9)
    with pytest.raises(ValueError, match="same readings"):
        discrepancy.average([line, discrepancy.calibrate(laws.exponential, T, Y + 1, **told)], NEW)


def test_a_law_that_breaks_is_said():
    """The law is finite at the start and nowhere near the readings: the verdict is not 'converged'."""

    def log(theta, t):
        return np.where(theta > 0.5, theta, np.nan) + 0 * t

    fit = discrepancy.calibrate(log, T, 0 * T, mean=[0.500001], sd=[1.0], noise=0.01)
    assert not fit.verdict.converged


def test_too_much_at_once_is_refused():
    with pytest.raises(ValueError, match="Use fewer"):
        discrepancy.calibrate(
            laws.constant, np.arange(300.0), np.zeros((100, 300)), mean=[0.0], sd=[1.0], noise=np.arange(1.0, 9)
        )
