"""Reactions of single molecules, against closed forms, the master equation by matrix exponential, and known identities."""

import numpy as np
import pytest
from scipy import special, stats
from scipy.linalg import expm

from mmlib import gillespie


def one(rates):
    """Rates of one species from functions of n."""
    return lambda n, which: np.stack([np.broadcast_to(r(n[:, 0]), len(n)) for r in rates], axis=1)


def test_birth_and_death_is_poisson_at_all_times():
    """From nothing, births at b and deaths at n: Poisson with mean b (1 - exp(-t))."""
    law = one([lambda n: 6.0, lambda n: n])
    path = gillespie.simulate(law, [[1], [-1]], np.zeros((4000, 1)), [0, 0.5, 3.0], rng=np.random.default_rng(0))
    for j, t in ((1, 0.5), (2, 3.0)):
        mean = 6 * (1 - np.exp(-t))
        assert path.state[:, j].mean() == pytest.approx(mean, abs=4 * np.sqrt(mean / 4000))
        assert path.state[:, j].var() == pytest.approx(mean, rel=0.12)
        seen = np.bincount(path.state[:, j, 0].astype(int), minlength=30)[:30]
        wanted = 4000 * stats.poisson.pmf(np.arange(30), mean)
        big = wanted > 20
        assert ((seen - wanted)[big] ** 2 / wanted[big]).sum() < stats.chi2.ppf(0.999, big.sum())


def test_means_over_time_are_integrals():
    """The mean over time of a birth-death process from nothing: b (1 - (1 - exp(-T)) / T)."""
    law = one([lambda n: 6.0, lambda n: n])
    path = gillespie.simulate(law, [[1], [-1]], np.zeros((6000, 1)), [0, 2.0], rng=np.random.default_rng(1))
    assert path.mean.shape == (6000, 1, 1)
    assert path.mean[:, 0, 0].mean() == pytest.approx(6 * (1 - (1 - np.exp(-2)) / 2), abs=0.06)


def test_observed_functions_are_averaged():
    law = one([lambda n: 2.0, lambda n: n])
    path = gillespie.simulate(
        law,
        [[1], [-1]],
        np.full((4000, 1), 2),
        [0, 5, 9.0],
        rng=np.random.default_rng(2),
        observe=lambda n: n[:, 0] == 0,
    )
    assert path.mean[:, 1].mean() == pytest.approx(np.exp(-2), abs=0.01)


def test_bursts_are_negative_binomial():
    law = one([lambda n: 2.5, lambda n: n])
    path = gillespie.simulate(
        law, [[1], [-1]], np.zeros((6000, 1)), [0, 12.0], rng=np.random.default_rng(3), burst=[3, 0]
    )
    n = path.state[:, -1, 0]
    assert n.mean() == pytest.approx(7.5, abs=4 * np.sqrt(30 / 6000))
    assert n.var() == pytest.approx(30, rel=0.1)
    assert (n == 0).mean() == pytest.approx(stats.nbinom.pmf(0, 2.5, 0.25), abs=0.01)


def test_pairs_against_the_master_equation():
    """Birth and loss in pairs from three molecules: probabilities by the exponential of the matrix of a truncated master equation."""
    b, c, top = 1.5, 0.4, 40
    Q = np.zeros((top, top))
    for n in range(top):
        if n + 1 < top:
            Q[n + 1, n] += b
            Q[n, n] -= b
        if n > 1:
            Q[n - 2, n] += c * n * (n - 1)
            Q[n, n] -= c * n * (n - 1)
    p = expm(Q * 0.7)[:, 3]
    law = one([lambda n: b, lambda n: c * n * (n - 1)])
    path = gillespie.simulate(law, [[1], [-2]], np.full((8000, 1), 3), [0, 0.7], rng=np.random.default_rng(4))
    seen = np.bincount(path.state[:, 1, 0].astype(int), minlength=top) / 8000
    assert abs(seen - p).max() < 0.02
    late = expm(Q * 60)[:, 3]
    assert gillespie.pairs(np.sqrt(b / c / 2)) == pytest.approx(late @ np.arange(top), rel=1e-6)


def test_pairs_is_the_bessel_formula():
    n = np.array([0.3, 2.0])
    a = 2 * n**2
    x = 2 * np.sqrt(2 * a)
    assert gillespie.pairs(n) == pytest.approx(np.sqrt(a / 2) * special.i0(x) / special.i1(x), rel=1e-12)
    assert gillespie.pairs(1e-7) == pytest.approx(0.5, abs=1e-6)  # empty or one, half of the time each
    assert gillespie.pairs(500.0) == pytest.approx(500 + 1 / 8, abs=1e-3)


def test_every_path_has_its_own_rates():
    """Paths that end at different times of the computation keep their places."""
    speed = np.repeat([1.0, 50.0], 1500)
    law = lambda n, which: np.stack([speed[which] * 4.0, n[:, 0]], axis=1)  # noqa: E731
    path = gillespie.simulate(law, [[1], [-1]], np.zeros((3000, 1)), [0, 8.0], rng=np.random.default_rng(5))
    first, second = path.state[:1500, 1].mean(), path.state[1500:, 1].mean()
    assert first == pytest.approx(4, abs=0.25) and second == pytest.approx(200, abs=1.6)
    assert path.events > 3000 * 8


def test_linear_conversion_is_binomial():
    """Twenty molecules that flip between two forms: binomial; their number stays."""
    law = lambda n, which: np.stack([2 * n[:, 0], 3 * n[:, 1]], axis=1)  # noqa: E731
    start = np.tile([20, 0], (4000, 1))
    path = gillespie.simulate(law, [[-1, 1], [1, -1]], start, [0, 4.0], rng=np.random.default_rng(6))
    assert (path.state.sum(axis=2) == 20).all() and (path.state >= 0).all()
    assert path.state[:, 1, 1].mean() == pytest.approx(8, abs=0.15)
    assert path.state[:, 1, 1].var() == pytest.approx(20 * 0.4 * 0.6, rel=0.1)


def test_linear_noise_is_exact_for_linear_rates():
    """Two species: messengers m made at 2 and lost at 1, proteins made at 5 m and lost at 0.5 (Thattai and van Oudenaarden's ratio)."""
    law = lambda n, which: np.stack([np.full(len(n), 2.0), n[:, 0], 5 * n[:, 0], 0.5 * n[:, 1]], axis=1)  # noqa: E731
    limit = gillespie.linear_noise(law, [[1, 0], [-1, 0], [0, 1], [0, -1]], [1.0, 1.0])
    assert limit.mean == pytest.approx([2, 20])
    assert limit.covariance[0, 0] == pytest.approx(2)
    assert limit.covariance[1, 1] / limit.mean[1] == pytest.approx(1 + 5 / (1 + 0.5), rel=1e-6)
    assert limit.jacobian == pytest.approx(np.array([[-1, 0], [5, -0.5]]), abs=1e-6)


def test_linear_noise_of_pairs():
    """Entry b, loss of pairs c n^2: mean sqrt(b / 2c), variance three quarters of it; the correction is 1/8."""
    limit = gillespie.linear_noise(one([lambda n: 8.0, lambda n: 0.01 * n * n]), [[1], [-2]], [10.0])
    assert limit.mean[0] == pytest.approx(20)
    assert limit.covariance[0, 0] == pytest.approx(15, rel=1e-6)
    shift = np.linalg.solve(limit.jacobian, 2 * 0.01 * (np.diag(limit.covariance) - limit.mean))
    assert shift[0] == pytest.approx(1 / 8, rel=1e-6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (dict(change=[[0.5], [-1]]), "whole numbers"),
        (dict(change=[1, -1]), "one row a reaction"),
        (dict(start=[[1.5]]), "Round them"),
        (dict(start=[[-1]]), "zero or positive"),
        (dict(burst=[-1.0, 0]), "mean sizes"),
        (dict(rates=lambda n, which: -np.ones((len(n), 2))), "zero or positive"),
        (dict(rates=lambda n, which: np.ones((len(n), 3))), "one column a reaction"),
        (dict(rates=lambda n, which: np.full((len(n), 2), np.nan)), "finite"),
    ],
)
def test_bad_input_is_refused(change, words):
    good = dict(rates=one([lambda n: 1.0, lambda n: n]), change=[[1], [-1]], start=[[1]], times=[0, 1.0]) | change
    with pytest.raises(ValueError, match=words[1:]):
        gillespie.simulate(rng=np.random.default_rng(0), **good)


def test_pairs_and_limits_refuse():
    with pytest.raises(ValueError, match="positive"):
        gillespie.pairs([0.0])
    explodes = one([lambda n: 1.0 + n, lambda n: 0 * n])
    with pytest.raises(ValueError, match="stable steady state"):
        gillespie.linear_noise(explodes, [[1], [-1]], [1.0])


def test_too_many_events_are_given_up(monkeypatch):
    monkeypatch.setattr(gillespie, "MOST", 10)
    with pytest.raises(RuntimeError, match="shorter"):
        gillespie.simulate(
            one([lambda n: 100.0, lambda n: n]), [[1], [-1]], [[0]], [0, 10.0], rng=np.random.default_rng(0)
        )


def test_pairs_of_very_many_are_their_expansion():
    """Both sides of the switch: the Bessel functions' ratio is 1 + 1 / (8 n) there (DLMF 10.40.1)."""
    for n in (0.99e7, 1.01e7, 1e9):
        assert gillespie.pairs(n) - n == pytest.approx(0.125, abs=1e-6)
