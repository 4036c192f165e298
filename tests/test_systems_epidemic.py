"""The law of an epidemic: closed forms, a conserved quantity, published growth formulas, and chance that averages to the law."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from mmlib.systems.epidemic import Epidemic


def run(model, t):
    found = solve_ivp(model.rhs, (0, t[-1]), model.start, t_eval=t, rtol=1e-10, atol=1e-13)
    assert found.success
    return found.y


@pytest.mark.parametrize("R0", [1.1, 1.8, 3.22, 8.0])
@pytest.mark.parametrize("latent", [0.0, 2.0])
def test_final_size_is_where_the_law_ends(R0, latent):
    """Also with latency, which delays and changes nothing else; the root once more by bisection."""
    model = Epidemic(R0=R0, latent=latent, persons=1e7)
    assert 1 - run(model, np.array([0.0, 2000.0]))[0, -1] == pytest.approx(model.final_size, abs=2e-5)
    root = brentq(lambda z: 1 - z - np.exp(-R0 * z), 1e-3, 1)
    assert model.final_size == pytest.approx(root, rel=1e-9)


def test_no_epidemic_below_one():
    assert Epidemic(R0=0.9).final_size == 0.0 and Epidemic(R0=0.9).growth < 0


def test_conserved_without_latency():
    """I + S - log(S) / R0 stays."""
    model = Epidemic()
    s, _, i = run(model, np.linspace(0, 20, 50))
    kept = i + s - np.log(s) / model.R0
    assert np.ptp(kept) < 1e-8 and s[-1] < 0.1


@pytest.mark.parametrize("latent", [0.0, 1.5])
def test_growth_is_that_of_a_small_start(latent):
    model = Epidemic(latent=latent, persons=1e9)
    i = run(model, np.array([0.0, 4.0, 8.0]))[2]
    assert np.log(i[2] / i[1]) / 4 == pytest.approx(model.growth, rel=2e-3)


def test_published_example_of_the_growth_formula():
    """Wallinga and Lipsitch 2007: growth of 0.2 a day and a mean interval of 2.85 days; R 1.57 without latency, 1.65 with half of it."""
    assert Epidemic(R0=1.57, period=2.85).growth == pytest.approx(0.2, rel=1e-3)
    assert Epidemic(R0=1.65, period=1.425, latent=1.425).growth == pytest.approx(0.2, rel=5e-3)


@pytest.mark.parametrize("latent", [0.0, 2.0])
def test_chance_averages_to_the_law(latent):
    model = Epidemic(R0=2.0, period=3.0, latent=latent, persons=200000.0, infected=2000.0)
    new, present = model.draw(np.random.default_rng(0), 20, 40, steps=40)
    s, _, i = run(model, np.arange(41.0))
    assert new.mean(axis=0) == pytest.approx(-200000 * np.diff(s), rel=0.03, abs=40)
    assert present.mean(axis=0) == pytest.approx(200000 * i[:40], rel=0.03, abs=40)


def test_chance_counts_persons_and_can_die_out():
    model = Epidemic(R0=1.5, period=2.0, persons=100.0, infected=1.0)
    new, present = model.draw(np.random.default_rng(1), 400, 100)
    total = new.sum(axis=1)
    assert new.dtype.kind == "i" and (present[:, 0] == 1).all() and total.max() <= 99
    # an epidemic in a large population dies out with probability 1 / R0: one infected, exponential period
    assert np.mean(total < 12) == pytest.approx(1 / 1.5, abs=0.08)


def test_asked_for_nothing():
    with pytest.raises(ValueError, match="outbreaks as a whole number at least 1 .*got 0"):
        Epidemic().draw(np.random.default_rng(0), 0, 5)
