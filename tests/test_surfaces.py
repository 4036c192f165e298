"""Surfaces from slopes against closed forms: bowls, waves, swirls; and against a change of units."""

import numpy as np
import pytest
import torch

from mmlib import surfaces
from mmlib.surfaces import curl, fit_network, fit_spline, height_by_path, log_cosh, loop_work, project, work

SMALL = {"hidden": (8,), "steps": 60}


def g(x):
    return np.sin(x[:, 0]) * np.cos(2 * x[:, 1]) + 0.3 * x[:, 0]


def slopes(x):
    return np.stack([np.cos(x[:, 0]) * np.cos(2 * x[:, 1]) + 0.3, -2 * np.sin(x[:, 0]) * np.sin(2 * x[:, 1])], axis=1)


def swirl(x):
    return np.stack([-x[:, 1], x[:, 0]], axis=1)


def scattered(n, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (n, 2))


def test_work_is_the_difference_of_heights():
    a, b = scattered(20, 1), scattered(20, 2)
    assert work(slopes, a, b) == pytest.approx(g(b) - g(a), abs=1e-12)
    for first in (0, 1):
        assert height_by_path(slopes, a, [0.1, 0.2], first) == pytest.approx(
            g(a) - g(np.array([[0.1, 0.2]])), abs=1e-12
        )


def test_a_loop_of_a_swirl_does_twice_its_area_and_a_surface_nothing():
    centres = scattered(5)
    assert loop_work(swirl, centres, 0.3).sum(axis=1) == pytest.approx(2 * np.pi * 0.09)
    assert abs(loop_work(slopes, centres, 0.3).sum(axis=1)).max() < 1e-12
    assert curl(swirl, centres) == pytest.approx(-2)
    assert abs(curl(slopes, centres)).max() < 1e-6


def test_one_spline_finds_slopes_and_heights():
    x, z = scattered(300), 0.9 * scattered(50, 3)
    fit = fit_spline(x, slopes(x))
    assert fit(z) == pytest.approx(slopes(z), abs=0.01)
    off = fit.height(z) - g(z)
    assert off.std() < 1e-3
    assert abs(curl(fit, z)).max() < 1e-5
    each = fit_spline(x, slopes(x), one_surface=False)
    assert each(z) == pytest.approx(slopes(z), abs=0.01) and each.surface is None


def test_generalised_cross_validation_smooths_noise():
    x, z = scattered(200), 0.9 * scattered(100, 3)
    noisy = slopes(x) + 0.2 * np.random.default_rng(1).normal(size=x.shape)
    assert np.sqrt(((fit_spline(x, noisy)(z) - slopes(z)) ** 2).mean()) < 0.1


def test_projection_takes_the_swirl_away_and_leaves_the_surface():
    dense = scattered(800)
    found = project(lambda x: slopes(x) + 0.5 * swirl(x), dense)
    z = 0.8 * scattered(50, 3)
    assert (found.height(z) - g(z)).std() < 0.05
    assert abs(loop_work(found, 0.5 * scattered(5), 0.3).sum(axis=1)).max() < 1e-3


@pytest.mark.parametrize(
    "fit", [fit_spline, lambda *a, **o: fit_network(*a, rng=np.random.default_rng(0), **SMALL, **o)]
)
@pytest.mark.parametrize("form", ["surface", "each"])
def test_an_even_fit_is_even_and_what_is_known_is_added_again(fit, form):
    if form == "each":
        options = {"one_surface": False} if fit is fit_spline else {"slopes": None}
    else:
        options = {}
    x = scattered(60)
    known = lambda x: (5 * x[:, 0], np.tile([5.0, 0.0], (len(x), 1)))  # noqa: E731
    found = fit(x, slopes(x) + [5.0, 0.0], even=True, known=known, **options)
    z, mirrored = x[:10], x[:10] * [1, -1]
    assert found(mirrored) == pytest.approx(found(z) * [1, -1], abs=1e-9)
    bare = fit(x, slopes(x), even=True, **options)
    assert found(z) == pytest.approx(bare(z) + [5.0, 0.0], abs=1e-2)
    if form == "surface":
        assert found.height(mirrored) == pytest.approx(found.height(z), abs=1e-9)


def test_a_network_of_one_output_is_a_surface_and_one_of_two_is_not():
    x, z = scattered(100), 0.5 * scattered(10, 3)
    rng = np.random.default_rng
    one, two = fit_network(x, slopes(x), rng=rng(0), hidden=(16,)), fit_network(x, slopes(x), rng=rng(0), slopes=None)
    for fit in (one, two):
        assert np.sqrt(((fit(z) - slopes(z)) ** 2).mean()) < 0.1
    assert abs(loop_work(one, z, 0.2).sum(axis=1)).max() < 1e-12 < 1e-6 < abs(loop_work(two, z, 0.2).sum(axis=1)).max()
    h = 1e-5 * np.eye(2)
    numerical = np.stack([(one.height(z + s) - one.height(z - s)) / 2e-5 for s in h], axis=1)
    assert one(z) == pytest.approx(numerical, abs=1e-7)


def test_log_cosh_has_the_slope_tanh():
    v = torch.linspace(-30, 30, 61, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(log_cosh(v).sum(), v)
    assert slope.detach().numpy() == pytest.approx(np.tanh(v.detach().numpy()), abs=1e-12)


@pytest.mark.parametrize("metre, joule", [(1e-9, 1.0), (1e9, 1e-6), (3.0, 1e6)])
@pytest.mark.parametrize("method", ["spline", "each", "network", "plain"])
def test_the_answer_follows_the_units(method, metre, joule):
    def fit(x, mu):
        if method in ("spline", "each"):
            return fit_spline(x, mu, one_surface=method == "spline")
        return fit_network(
            x, mu, rng=np.random.default_rng(0), slopes=None if method == "plain" else surfaces.gradient, **SMALL
        )

    x = scattered(60)
    here, there = fit(x, slopes(x)), fit(metre * x + 2 * metre, slopes(x) * joule / metre)
    z = 0.5 * x[:10]
    assert there(metre * z + 2 * metre) == pytest.approx(here(z) * joule / metre, rel=0.02, abs=0.02 * joule / metre)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: fit_spline(np.zeros((20, 3)), np.zeros((20, 3))), r"expected x \(m, 2\)"),
        (lambda: fit_spline(scattered(5), scattered(5)), "at least eight"),
        (lambda: fit_spline(scattered(20), scattered(19)), "at least eight"),
        (lambda: fit_spline(np.full((20, 2), np.nan), scattered(20)), "NaN or infinity in 20 rows"),
        (lambda: fit_spline(np.ones((20, 2)), scattered(20)), "on one line"),
        (lambda: fit_spline(scattered(20), scattered(20), frame=([0, 0], np.eye(2))), "unit square"),
        (lambda: fit_spline(scattered(20), scattered(20), one_surface=False).height([[0, 0]]), "Call project"),
        (lambda: fit_network(np.ones((20, 2)), scattered(20), rng=None), "low < high"),
        (
            lambda: fit_network(scattered(20), scattered(20), rng=None, even=True, box=((-1, 1), (0, 1))),
            "symmetric about zero",
        ),
        (lambda: work(slopes, scattered(3), scattered(4)), "one shape"),
        (lambda: curl(slopes, [0.1, 0.2]), r"Pass x\[None\]"),
    ],
)
def test_errors_say_what_was_expected(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_log_cosh_is_the_logarithm_of_cosh():
    v = torch.linspace(-5, 5, 41, dtype=torch.float64)
    assert log_cosh(v).numpy() == pytest.approx(np.log(np.cosh(v.numpy())), abs=1e-12)


def test_the_smooth_coefficients_are_those_of_stacked_least_squares():
    """Rows of the penalty below the rows of the data, and the score of cross-validation from the hat matrix itself."""
    rng, size, order = np.random.default_rng(4), 5, 2
    M, y = rng.normal(size=(60, size**2)), rng.normal(size=60)
    D = np.diff(np.eye(size), order, axis=0)
    across = [np.kron(D, np.eye(size)), np.kron(np.eye(size), D)]
    best = (np.inf, None)
    for weight in 10 ** np.arange(-6, 3, 0.5):
        stacked = np.concatenate([M, *(np.sqrt(weight) * a for a in across), 1e-4 * np.eye(size**2)])
        solve = np.linalg.pinv(stacked)[:, :60]
        hat = M @ solve
        score = (((np.eye(60) - hat) @ y) ** 2).mean() / (1 - 1.4 * np.trace(hat) / 60) ** 2
        best = min(best, (score, solve @ y), key=lambda b: b[0])
    assert surfaces._smooth(M, y, size, order) == pytest.approx(best[1], rel=1e-6, abs=1e-9)


def test_weights_begin_as_normal_numbers_of_known_spread():
    class Counted:
        rng, asked = np.random.default_rng(0), []

        def normal(self, mean, spread, size):
            self.asked.append((mean, round(float(spread), 9), size))
            return self.rng.normal(mean, spread, size)

    net = surfaces._Net(1, (400, 300), torch.tanh, 50, False, Counted(), "cpu")
    sizes = [(2, 50), (100, 400), 400, (400, 300), 300, (300, 1), 1]
    spreads = [0.7, 0.1, 0.5, 0.05, 0.5, round(1 / np.sqrt(300), 9), 0.5]
    assert Counted.asked == [(0, s, n) for s, n in zip(spreads, sizes, strict=True)]
    drawn = [net.frequencies, net.weights[0], net.biases[0], net.weights[1]]
    for values, spread in zip(drawn, (0.7, 0.1, 0.5, 0.05), strict=True):
        assert values.std().item() == pytest.approx(spread, rel=0.15)


def test_the_frame_of_the_knots_may_be_turned():
    """A polynomial of low degree is found to round-off in any frame, and the default frame is the box of the data."""
    x, z = scattered(300), 0.5 * scattered(30, 3)
    bowl = lambda x: np.stack([2 * x[:, 0] + x[:, 1], x[:, 0] - x[:, 1]], axis=1)  # noqa: E731
    turned = np.array([[1, 1], [1, -1]]) / 4
    low, high = x.min(axis=0), x.max(axis=0)
    box = fit_spline(x, bowl(x), frame=(low, np.diag(1 / (high - low))))
    for fit in (fit_spline(x, bowl(x)), fit_spline(x, bowl(x), frame=([-2.0, 0.0], turned)), box):
        assert fit(z) == pytest.approx(bowl(z), abs=2e-3)
        height = fit.height(z) - (z[:, 0] ** 2 + z[:, 0] * z[:, 1] - z[:, 1] ** 2 / 2)
        assert np.ptp(height) < 2e-3
    assert fit_spline(x, bowl(x))(z) == pytest.approx(box(z), abs=1e-9)
