"""Wrong readings under three likelihoods: law, losses and slopes against other code, and a stored row again."""

import numpy as np
import pytest
from scipy import stats

from benchmarks import wrong_readings as study
from mmlib import data

DRAWS = range(20)


def test_two_integrators_agree_on_the_law():
    q = study.drawn(0, [3])[0]
    assert study.simulate(q)[0] == pytest.approx(study.truth(q[0]), abs=0.05)


def test_losses_are_the_logarithms_of_their_densities():
    r = np.linspace(-30, 30, 241)
    for loss, density in ((study.gauss, stats.norm), (study.student, stats.t(4))):
        value, slope = loss(r)
        assert value**2 / 2 == pytest.approx(density.logpdf(0) - density.logpdf(r), abs=1e-9)
        assert slope == pytest.approx((loss(r + 1e-6)[0] - loss(r - 1e-6)[0]) / 2e-6, abs=1e-5)


def test_as_many_readings_are_wrong_as_it_says():
    for share in study.SHARES:
        true, made, fresh = study.drawn(share, [0])
        off = abs(made[0] - study.truth(true[0])) / study.SIGMA
        assert (off > 4).sum() <= round(48 * share / 100) and off.max() > (4 if share else 1)
        assert (abs(fresh[0] - study.truth(true[0])) / study.SIGMA).max() < 4


def test_a_stored_row_comes_out_again():
    table = data.read_table("wrong_readings")
    names = list(zip(*(table[c] for c in study.COLUMNS[:4]), strict=True))
    assert len(names) == 4 * 20 * 3 * 4 and len(set(names)) == len(names)
    true, made, _ = study.drawn(0, [1])
    starts = np.array([study.begins(1)]).swapaxes(0, 1)
    x, _ = study.best_of(starts, made, np.ones(made.shape), study.gauss, np.array([-1]))
    k = names.index(("0", "1", "Gaussian", "k_phos"))
    assert x[0, 5] - true[0, 5] == pytest.approx(float(table["error"][k]), abs=0.01)
