"""A law behind the missing part: closed forms come back, what cannot be integrated is said."""

import numpy as np
import pytest

from mmlib.distil import law_behind


def logistic(noise=0.0):
    t = np.linspace(0, 2, 21)
    y = (3 / (1 + 2 * np.exp(-t)))[:, None]  # y' = y - y^2 / 3
    return t, y, y + noise * np.random.default_rng(0).standard_normal(y.shape)


def test_the_missing_term_of_logistic_growth_comes_back():
    t, y, readings = logistic(0.002)
    law = law_behind(lambda u: u, t, y, -(y**2) / 3, t, readings, sd=0.002, names=["y"])
    assert [law.terms[j] for _, j in np.argwhere(law.coef)] == ["y^2"]
    assert law.coef[law.coef != 0] == pytest.approx([-1 / 3], rel=5e-3)
    assert law.fit.misfit == pytest.approx(1, abs=0.4) and law.failed == 0


def test_the_readings_decide_and_not_the_estimate():
    """An estimate of the missing part that is 10 % off gives the same coefficient: it only proposes."""
    t, y, readings = logistic(0.002)
    exact, rough = (
        law_behind(lambda u: u, t, y, scale * y**2 / 3, t, readings, sd=0.002, names=["y"]) for scale in (-1.0, -1.1)
    )
    assert np.array_equal(exact.coef != 0, rough.coef != 0)
    assert rough.coef == pytest.approx(exact.coef, abs=1e-4)


def test_bic_is_that_of_its_formula():
    t, y, readings = logistic(0.002)
    law = law_behind(lambda u: u, t, y, -(y**2) / 3, t, readings, sd=0.002, names=["y"])
    off = (law.fit.states[0] - readings) / 0.002
    assert law.bic == pytest.approx((off**2).sum() + np.count_nonzero(law.coef) * np.log(21), rel=1e-6)


def test_a_negative_tie_is_refused():
    t, y, readings = logistic()
    with pytest.raises(ValueError, match="tie"):
        law_behind(lambda u: u, t, y, -(y**2) / 3, t, readings, sd=0.002, names=["y"], tie=-1.0)
