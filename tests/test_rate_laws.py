"""Rate laws: closed forms, SciPy's solver and least squares, and what a mass-action chain must keep."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.interpolate import make_interp_spline
from scipy.optimize import least_squares
from scipy.special import lambertw

from mmlib import rate_laws as laws

T = np.arange(0, 31, 3.0)
START = np.array([20.0, 0, 0, 0, 0])
LEVEL = 10 ** np.random.default_rng(0).uniform(-2.5, -1.9, (3, 4))
RISE = np.full((3, 4), 5.0)
E = laws.induced(LEVEL, RISE, T)
P = np.array([60.0, 50, 40, 30, 2, 1, 0.6, 1, 0.1])


def of(law, p=P):
    return laws.Fit((law,), np.array([p]), np.zeros(1), ()).rate()


def by_hand(law, m, e, p=P):
    """The three forms of the module's head, written one by one."""
    v = []
    for j in range(4):
        k, K, s = p[j], p[4 + j], m[j]
        r = m["SABCP".index(law[0])] / p[8] if law and law[1] == j + 1 else 0
        v.append(
            {
                "competitive": k * e[j] * s / (K * (1 + r) + s),
                "uncompetitive": k * e[j] * s / (K + s * (1 + r)),
                "noncompetitive": k * e[j] * s / ((K + s) * (1 + r)),
            }[law[2] if law else "competitive"]
        )
    return np.array([-v[0], v[0] - v[1], v[1] - v[2], v[2] - v[3], v[3]])


@pytest.mark.parametrize("law", [None, *laws.single_laws()])
def test_each_law_is_its_formula(law):
    rng = np.random.default_rng(1)
    m, e = rng.uniform(0.1, 5, (4, 5)), rng.uniform(0.01, 0.1, (4, 4))
    got = of(law)(m, e)
    assert got == pytest.approx(np.array([by_hand(law, *row) for row in zip(m, e, strict=True)]), rel=1e-12)


def test_one_step_is_lamberts_function():
    """Constant enzyme, no inhibitor: S of a Michaelis-Menten step in closed form."""
    e = np.full((1, len(T), 4), 0.02)
    got = laws.integrate(of(None), T, e, START, step=0.25)[0, :, 0]
    V, K = 60 * 0.02, 2.0
    assert got == pytest.approx(K * lambertw(20 / K * np.exp((20 - V * T) / K)).real, abs=2e-6)


def test_integrate_against_scipy():
    """Runge and Kutta's fourth order: sixteen times closer at half the step."""
    e, rate = np.full((1, len(T), 4), 0.02), of(("C", 1, "competitive"))
    truth = solve_ivp(lambda t, y: rate(y[None], e[:, 0])[0], (0, T[-1]), START, t_eval=T, rtol=1e-11, atol=1e-12).y.T
    far, near = (abs(laws.integrate(rate, T, e, START, step=h)[0] - truth).max() for h in (0.5, 0.25))
    assert near < 1e-4 and far / near > 11


def test_mass_action_keeps_and_meets_its_limit():
    """Nothing is lost; slopes are those of the series; scarce enzymes obey Michaelis and Menten with C competing at enzyme 1."""
    t = np.linspace(0, 30, 3001)
    m, slopes = laws.mass_action(LEVEL[:1], RISE[:1], t)
    assert abs(m.sum(axis=2) - 20).max() < 1e-4
    assert slopes[0, 100:-1:97] == pytest.approx(np.gradient(m[0], t, axis=0)[100:-1:97], abs=2e-4)
    series, _ = laws.mass_action(LEVEL, RISE, T)
    rate, ends = of(("C", 1, "competitive")), []
    for level, rise in zip(LEVEL[:, None], RISE[:, None], strict=True):

        def rhs(t, y, level=level, rise=rise):
            return rate(y[None], laws.induced(level, rise, [t])[0])[0]

        ends.append(solve_ivp(rhs, (0, T[-1]), START, t_eval=T, rtol=1e-8).y.T)
    assert abs(series - ends).max() < 0.06  # mM of 20: enzymes are 0.003 to 0.013 mM


def test_without_inhibition_nothing_is_blocked():
    free, _ = laws.mass_action(LEVEL, RISE, T, inhibition=None)
    held, _ = laws.mass_action(LEVEL, RISE, T, inhibition=0.03)
    assert (free[:, -1, 4] > held[:, -1, 4]).all()


def test_a_fit_finds_what_scipy_finds():
    m, _ = laws.mass_action(LEVEL, RISE, T)
    m = m + 0.05 * m.std(axis=(0, 1)) * np.random.default_rng(2).normal(size=m.shape)
    law, scale = ("C", 1, "competitive"), m.std(axis=(0, 1))
    found = laws.fit([law], T, m, E, START, scale=scale)

    def residuals(x):
        made = laws.integrate(of(law, 10**x), T, E, START, step=0.25)
        return ((made - m) / scale)[:, 1:].ravel()

    limits = np.log10(laws.LOW), np.log10(laws.HIGH)
    other = least_squares(residuals, np.log10(np.clip(P, laws.LOW, laws.HIGH)), bounds=limits, max_nfev=40)
    left = np.sqrt(np.mean(other.fun**2))  # of a search that starts at the truth
    assert found.rms[0] == pytest.approx(left, rel=1e-3)
    assert residuals(np.log10(found.constants[0])) @ residuals(np.log10(found.constants[0])) == pytest.approx(
        found.rms[0] ** 2 * other.fun.size, rel=1e-6
    )
    rng = np.random.default_rng(4).uniform(0.35, 0.65, (3, 9))
    starts = np.array(laws.LOW) ** (1 - rng) * np.array(laws.HIGH) ** rng
    ends = [laws.fit([law], T, m, E, START, scale=scale, starts=one[None]).rms[0] for one in starts]
    assert min(ends) == pytest.approx(left, rel=1e-3)


def test_smoothing_takes_most_of_the_noise_out_of_slopes():
    t = np.arange(0, 46, 3.0)
    y = np.sin(t / 8) + 0.05 * np.random.default_rng(5).normal(size=(20, len(t)))
    true = np.cos(t / 8) / 8
    smoothed = laws.smooth(t, y[:, :, None], derivative=1)[:, :, 0]
    through = np.array([make_interp_spline(t, one)(t, nu=1) for one in y])
    assert np.sqrt(np.mean((smoothed - true) ** 2)) < 0.5 * np.sqrt(np.mean((through - true) ** 2))


def test_the_true_pair_is_first_with_noise():
    m, _ = laws.mass_action(LEVEL, RISE, T)
    m = m + 0.05 * m.std(axis=(0, 1)) * np.random.default_rng(6).normal(size=m.shape)
    found = laws.fit_slopes(laws.single_laws(), laws.smooth(T, m), laws.smooth(T, m, derivative=1), E)
    assert found.laws[found.order[0]][:2] == ("C", 1)


def test_a_second_inhibitor_slows_the_third_step():
    one, _ = laws.mass_action(LEVEL, RISE, T)
    two, slopes = laws.mass_action(LEVEL, RISE, T, second=0.1)
    assert abs(two.sum(axis=2) - 20).max() < 1e-4
    assert (two[:, -1, 2] > one[:, -1, 2]).all()  # B piles up before enzyme 3


def test_slopes_without_noise_give_every_law_back():
    rng = np.random.default_rng(3)
    m, e = rng.uniform(0.05, 5, (3, 30, 5)), rng.uniform(0.003, 0.02, (3, 30, 4))
    for law in (None, ("B", 3, "uncompetitive"), ("P", 2, "noncompetitive")):
        found = laws.fit_slopes([law], m, of(law)(m, e), e)
        n = 9 if law else 8
        assert found.constants[0, :n] == pytest.approx(P[:n], rel=1e-3)
    assert np.isinf(laws.fit_slopes([None], m, of(None)(m, e), e).constants[0, 8])


def test_the_true_law_is_first_without_noise():
    m, slopes = laws.mass_action(LEVEL, RISE, T)
    found = laws.fit_slopes([None, *laws.single_laws()], m, slopes, E)
    assert found.laws[found.order[0]] == ("C", 1, "competitive")


def test_laws_are_fifty_six_and_their_order_is_kept():
    assert len(set(laws.single_laws())) == 56
    m, slopes = laws.mass_action(LEVEL, RISE, T)
    some = [("A", 4, "competitive"), None, ("C", 1, "competitive")]
    one, other = laws.fit_slopes(some, m, slopes, E), laws.fit_slopes(some[::-1], m, slopes, E)
    assert one.rms == pytest.approx(other.rms[::-1])
    assert one.laws == tuple(some)


def test_smooth_keeps_a_line_and_its_slope():
    y = (2 + 3 * T)[None, :, None]
    assert laws.smooth(T, y) == pytest.approx(y, abs=1e-6)
    assert laws.smooth(T, y, np.array([1.0, 7.0]), derivative=1) == pytest.approx(np.full((1, 2, 1), 3.0), abs=1e-6)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: laws.fit_slopes([("C", 5, "competitive")], np.ones((1, 5, 5)), np.eye(5)[None], np.ones((1, 5, 4))), "enzyme 1 to 4"),
        (lambda: laws.fit_slopes(["C"], np.ones((1, 5, 5)), np.eye(5)[None], np.ones((1, 5, 4))), "got 'C'"),
        (lambda: laws.fit([None], [0, 1, 2, 3, 5], np.ones((1, 5, 5)), np.ones((1, 5, 4)), START), "evenly spaced"),
        (lambda: laws.fit([None], T, np.ones((1, len(T), 5)), np.ones((1, len(T), 4)), START), "metabolites that change"),
        (lambda: laws.integrate(lambda m, e: m[0], T, E, START), "expected what rate returns"),
        (lambda: laws.mass_action(-LEVEL, RISE, T), "positive final"),
        (lambda: laws.smooth(T, np.ones((2, 3, 4))), "expected y"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_slopes_first_then_the_equation():
    """A fit that starts where the slopes ended leaves no more than they do, and (q, s, 9) starts keep their laws."""
    m, slopes = laws.mass_action(LEVEL, RISE, T)
    some = [None, ("C", 1, "competitive"), ("A", 2, "uncompetitive")]
    first = laws.fit_slopes(some, m, slopes, E)
    assert first.starts.shape == (3, 1, 9) and (first.starts <= laws.HIGH).all()
    then = laws.fit(some, T, m, E, START, starts=first.starts, iterations=10)
    scale = m.std(axis=(0, 1))
    for k in range(3):
        made = laws.integrate(first.rate(k), T, E, START, step=0.25)
        assert then.rms[k] <= np.sqrt(np.mean(((made - m)[:, 1:] / scale) ** 2)) * 1.001
    with pytest.raises(ValueError, match=r"expected starts \(s, 9\) or \(3, s, 9\)"):
        laws.fit(some, T, m, E, START, starts=first.starts[:2])


@pytest.mark.parametrize("step", [0.25, 0.3, 0.7, 1.0, 3.0, 3.5, 100.0])
def test_steps_are_the_fewest_that_are_no_longer_than_asked(step):
    """Counted by the calls of the rate: four a step, and one to see the shape."""
    calls = []

    def rate(m, e):
        calls.append(1)
        return 0 * m

    laws.integrate(rate, T, E, START, step=step)
    parts, rest = divmod(len(calls) - 1, 4 * 10)
    assert rest == 0 and 3.0 / parts <= step * (1 + 1e-9) or parts == 1
    assert parts == 1 or 3.0 / (parts - 1) > step * (1 + 1e-9)
    assert step >= 3 or 3.0 / parts <= step * (1 + 1e-9)
