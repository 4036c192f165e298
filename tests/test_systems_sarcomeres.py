"""The rule of the synthetic animals against its differential equation, the share against its closed form."""

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from mmlib.systems import sarcomeres


def test_true_share_is_the_mean_of_the_rows_equation():
    def one(k):
        d = 0.3
        run = solve_ivp(lambda t, y: k * (d - y), (0, 8), [0.0], rtol=1e-10, atol=1e-12)
        return run.y[0, -1] / d

    low, high = sarcomeres.RATES
    assert sarcomeres.true_share(8.0) == pytest.approx(quad(one, low, high)[0] / (high - low), rel=1e-7)
    assert sarcomeres.true_share(0.0) == 0
    assert sarcomeres.true_share(8.0, rates=(0.1, 0.1)) == pytest.approx(1 - np.exp(-0.8))


def test_animals_without_errors_keep_the_rule():
    x = sarcomeres.animals(20000, rng=np.random.default_rng(0), echo=(0.0, 0.0), cells=10**9)
    rho = x.inner + x.thickness / 2
    d, longer = np.diff(np.log(rho), axis=1)[:, 0], np.diff(np.log(x.sarcomeres), axis=1)[:, 0]
    assert d.mean() == pytest.approx(0.2, abs=0.002) and d.std() == pytest.approx(0.05, rel=0.03)
    assert longer.mean() / d.mean() == pytest.approx(sarcomeres.true_share(8.0), abs=0.003)
    volume = ((x.inner + x.thickness) ** 3 - x.inner**3)[:, 1] / ((x.inner + x.thickness) ** 3 - x.inner**3)[:, 0]
    assert volume.min() > 0.999 and volume.max() < 1.201 and volume.mean() == pytest.approx(1.1, abs=0.003)
    assert x.inner[:, 0].mean() == pytest.approx(20, rel=0.01) and x.thickness[:, 0].mean() == pytest.approx(
        10, rel=0.01
    )


def test_errors_have_their_sizes():
    one = sarcomeres.animals(4000, rng=np.random.default_rng(1), weeks=0.0)
    assert np.diff(np.log(one.sarcomeres), axis=1).std() == pytest.approx(0.12 * np.sqrt(2 / 30), rel=0.05)
    a = np.log(one.thickness[:, 0]).std()
    assert a == pytest.approx(np.hypot(0.08, 0.06), rel=0.05)


def test_share_and_error_are_those_of_a_ratio():
    d, y = np.array([0.2, 0.25, 0.15, 0.22]), np.array([0.1, 0.13, 0.1, 0.12])
    a = np.exp(np.stack([np.zeros(4), d], axis=1))
    share, error = sarcomeres.sphere_share(a, 0 * a, np.exp(np.stack([np.zeros(4), y], axis=1)))
    assert share == pytest.approx(y.mean() / d.mean())
    c = np.cov(y, d)
    ratio = np.sqrt((c[0, 0] - 2 * share * c[0, 1] + share**2 * c[1, 1]) / 4) / d.mean()
    assert error == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sarcomeres.sphere_share(np.ones((2, 2)), np.ones((2, 2)), np.ones((2, 2))), "3 animals"),
        (lambda: sarcomeres.sphere_share(np.ones((3, 2)), -np.ones((3, 2)), np.ones((3, 2))), "zero or more"),
        (lambda: sarcomeres.animals(3, rng=np.random.default_rng(0), echo=(-0.1, 0.1)), "zero or positive"),
        (lambda: sarcomeres.true_share(-1.0), "weeks"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
