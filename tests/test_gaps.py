"""The recurrent rival: it crosses gaps, forgets nothing but what is missing, and says how it ended."""

import numpy as np
import pytest

from mmlib.gaps import forecast_gru


def waves(missing=()):
    k = np.arange(40)
    x = np.stack([np.sin(0.5 * k), np.sin(0.5 * k + 1)])[..., None]
    x[:, list(missing)] = np.nan
    return x


def test_a_wave_goes_on_after_gaps():
    ahead = np.arange(40, 46)
    found = forecast_gru(waves((5, 6, 20, 21, 22)), 6, rng=np.random.default_rng(0), noise=0.1, decay=0.01)
    truth = np.stack([np.sin(0.5 * ahead), np.sin(0.5 * ahead + 1)])[..., None]
    assert found.ahead.shape == (2, 6, 1)
    assert np.sqrt(((found.ahead - truth) ** 2).mean()) < 0.25


def test_what_is_missing_has_no_value():
    """Whatever stood where nothing was read, the answer is the same; the first weights come from rng alone."""
    one, two = (forecast_gru(waves((5, 6)), 2, rng=np.random.default_rng(1), noise=0.1, iterations=5) for _ in range(2))
    assert np.array_equal(one.ahead, two.ahead)
    other = forecast_gru(waves((5, 6)), 2, rng=np.random.default_rng(2), noise=0.1, iterations=5)
    assert not np.array_equal(one.ahead, other.ahead)


def test_few_iterations_are_no_convergence():
    found = forecast_gru(waves(), 2, rng=np.random.default_rng(0), noise=0.1, iterations=3)
    assert not found.converged and found.verdict.status == "out of steps"
    longer = forecast_gru(waves(), 2, rng=np.random.default_rng(0), noise=0.1, iterations=40)
    assert longer.loss < found.loss


@pytest.mark.parametrize("series", [np.zeros((40, 1)), np.full((1, 40, 1), np.nan), np.full((1, 40, 1), np.inf)])
def test_series_that_cannot_be_used_are_refused(series):
    with pytest.raises(ValueError, match=r"series\[None\]"):
        forecast_gru(series, 2, rng=np.random.default_rng(0), noise=0.1)
