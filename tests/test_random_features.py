"""Random sines against closed forms: linear and nonlinear equations, a corner, a layer that they cannot follow."""

import numpy as np
import pytest
from scipy.optimize import brentq

from mmlib.random_features import Condition, corner, solve

RNG = np.random.default_rng(0)
INSIDE = RNG.uniform(size=(600, 2))
S = np.linspace(0, 1, 30)
EDGE = np.vstack([np.c_[S, 0 * S], np.c_[S, 0 * S + 1], np.c_[0 * S, S], np.c_[0 * S + 1, S]])


def harmonic(x):
    return np.exp(np.pi * x[:, 0]) * np.sin(np.pi * x[:, 1])


def laplace(unit=1.0, shift=0.0, value=1.0, **options):
    """Laplace's equation with a harmonic function at the edge, in another unit of length and of u."""
    inside = Condition(INSIDE * unit + shift, [(0, 0), (1, 1)], lambda xx, yy: xx + yy)
    edge = Condition(EDGE * unit + shift, [()], lambda u: u - value * harmonic(EDGE))
    return solve([inside, edge], **{"features": 300} | options)


def test_laplace_and_its_derivatives():
    fit = laplace()
    at = RNG.uniform(0.05, 0.95, (200, 2))
    assert fit.converged and fit.fresh < 1e-4 and 1 <= fit.rank <= 300
    assert np.abs(fit(at) - harmonic(at)).max() < 1e-6 * harmonic(at).max()
    by_x = np.pi * harmonic(at)
    assert np.abs(fit(at, (0,)) - by_x).max() < 1e-4 * by_x.max()
    assert np.abs(fit(at, (0, 0)) - np.pi * by_x).max() < 1e-2 * np.pi * by_x.max()
    by_y = np.pi * np.exp(np.pi * at[:, 0]) * np.cos(np.pi * at[:, 1])
    assert np.abs(fit(at, (1,)) - by_y).max() < 1e-4 * np.abs(by_y).max()
    assert np.abs(fit(at, (0, 1)) - np.pi * by_y).max() < 1e-2 * np.pi * np.abs(by_y).max()


@pytest.mark.parametrize(("unit", "shift", "value"), [(1e-6, 0.0, 1.0), (1e6, 3e6, 1.0), (1.0, 0.0, 1e9)])
def test_units_change_nothing(unit, shift, value):
    at = RNG.uniform(0.05, 0.95, (100, 2))
    plain, other = laplace(), laplace(unit, shift, value)
    assert other.converged and other.bandwidth == plain.bandwidth
    assert np.abs(other(at * unit + shift) / value - plain(at)).max() < 1e-5


def test_equal_seeds_give_equal_fits():
    at, few = INSIDE[:20], {"features": 60, "bandwidth": 2.0}
    one, again, other = laplace(rng=3, **few), laplace(rng=3, **few), laplace(rng=4, **few)
    assert np.array_equal(one(at), again(at)) and not np.array_equal(one(at), other(at))
    assert one.bandwidth == 2.0


def bratu(steps=20, height=0.0):
    """u'' + 2 e^u = 0, u(0) = u(1) = 0, with Newton's method begun at an arch of some height."""
    x = np.linspace(0, 1, 60)[:, None]
    ends = Condition(x[[0, -1]], [()], lambda u: u)
    inside = Condition(x, [(), (0, 0)], lambda u, uxx: uxx + 2 * np.exp(u))
    arch = lambda x: height * np.sin(np.pi * x[:, 0])  # noqa: E731
    fit = solve([inside, ends], features=60, bandwidth=4.0, steps=steps, start=arch if height else None)
    return fit, fit(x), x[:, 0] - 0.5


def test_a_nonlinear_equation():
    """Bratu's problem has two solutions, -2 log(cosh(s x) / cosh(s / 2)) about the middle with s = cosh(s / 2)."""
    for height, between in ((0.0, (0.1, 2.4)), (3.0, (2.4, 10.0))):
        fit, found, x = bratu(height=height)
        s = brentq(lambda s: s - np.cosh(s / 2), *between)
        exact = -2 * np.log(np.cosh(s * x) / np.cosh(s / 2))
        assert fit.converged and 2 <= fit.steps <= 8 and np.abs(found - exact).max() < 1e-6 * exact.max()
    assert bratu(steps=1)[0].verdict.status == "out of steps"


@pytest.mark.parametrize(
    ("at", "first", "angle", "order"),
    [((0, 0), np.pi / 2, 1.5 * np.pi, 1), ((1, -2), 0.3, 2 * np.pi, 3), ((0, 1), -2.0, 2.5, 2)],
)
def test_the_function_of_a_corner(at, first, angle, order):
    """Zero at both walls, harmonic, its derivatives those of differences, r^alpha along the middle."""
    u, r = corner(at, first, angle, order), RNG.uniform(0.2, 1, 50)

    def points(share):
        where = first + share * angle
        return np.array(at) + r[:, None] * np.array([np.cos(where), np.sin(where)])

    for wall in (1e-12, 1 - 1e-12):
        assert np.abs(u(points(wall), ())).max() < 1e-9
    alpha = order * np.pi / angle
    assert np.allclose(u(points(0.3), ()), r**alpha * np.sin(0.3 * order * np.pi))
    inside, h = points(0.4), 1e-5
    assert np.abs(u(inside, (0, 0)) + u(inside, (1, 1))).max() < 1e-9 * np.abs(u(inside, (0, 0))).max()
    for axes in ((), (0,), (1,)):
        for axis, step in enumerate(h * np.eye(2)):
            slope = (u(inside + step, axes) - u(inside - step, axes)) / (2 * h)
            assert np.allclose(u(inside, (*axes, axis)), slope, rtol=1e-5, atol=1e-5)


def test_a_corner_needs_a_function_of_its_own():
    """On an L, u = Im z^(2/3) + a smooth harmonic function: the sines alone say that they have not converged."""
    x = RNG.uniform(-1, 1, (2400, 2))
    x = x[(x < 0).any(axis=1)]
    s = np.linspace(-1, 1, 41)
    half = s[s > 0]
    edge = np.vstack(
        [np.c_[s, 0 * s - 1], np.c_[0 * s - 1, s], np.c_[0 * half + 1, -half], np.c_[-half, 0 * half + 1],
         np.c_[half, 0 * half], np.c_[0 * half, half]]
    )  # fmt: skip

    singular = corner((0, 0), np.pi / 2, 3 * np.pi / 2)

    def exact(x):
        return singular(x, ()) + x[:, 0] * x[:, 1]

    conditions = [
        Condition(x, [(0, 0), (1, 1)], lambda xx, yy: xx + yy),
        Condition(edge, [()], lambda u: u - exact(edge)),
    ]
    plain, with_it = solve(conditions, features=200), solve(conditions, features=200, extra=[singular])
    error = [np.abs(f(x) - exact(x)).max() for f in (plain, with_it)]
    assert with_it.converged and error[1] < 1e-6
    assert not plain.converged and error[0] > 1e-3


def test_a_layer_is_not_called_solved():
    """u_t + u u_x = 0.01 / pi u_xx steepens to a layer of one hundredth: 300 sines do not follow, and say so."""
    x, t = (a.ravel() for a in np.meshgrid(np.linspace(-1, 1, 60), np.linspace(0.01, 0.99, 25)))
    first, late = np.linspace(-1, 1, 120), np.linspace(0, 0.99, 50)
    conditions = [
        Condition(np.c_[x, t], [(), (0,), (0, 0), (1,)], lambda u, ux, uxx, ut: ut + u * ux - 0.01 / np.pi * uxx),
        Condition(np.c_[first, 0 * first], [()], lambda u: u + np.sin(np.pi * first)),
        Condition(np.c_[np.r_[0 * late - 1, 0 * late + 1], np.r_[late, late]], [()], lambda u: u),
    ]
    fit = solve(conditions, features=300, bandwidth=16.0)
    assert fit.verdict.status == "stalled" and "smaller windows" in str(fit.verdict)


X = np.linspace(0, 1, 30)[:, None]
GOOD = Condition(X, [(), (0, 0)], lambda u, uxx: uxx + u)
ENDS = Condition(X[[0, -1]], [()], lambda u: u - np.array([0.0, 1.0]))


@pytest.mark.parametrize(
    ("conditions", "options", "says"),
    [
        ([], {}, "list of Condition"),
        (GOOD, {}, "list of Condition"),
        ([GOOD._replace(x=X[:, 0])], {}, r"conditions\[0\].x \(m, d\)"),
        ([GOOD, ENDS._replace(x=np.zeros((2, 2)))], {}, r"conditions\[1\].x: expected 1 columns"),
        ([GOOD._replace(x=np.full((30, 1), np.nan))], {}, "finite"),
        ([GOOD._replace(x=np.ones((30, 1)))], {}, "differ along each coordinate"),
        ([GOOD._replace(derivatives=[(1,)])], {}, "tuples of axes from 0 to 0"),
        ([GOOD._replace(derivatives=[])], {}, "tuples of axes"),
        ([GOOD._replace(residual=3.0)], {}, "function of the derivatives"),
        ([GOOD._replace(residual=lambda u, uxx: 0.0)], {}, r"a residual \(30,\)"),
        ([GOOD], {}, "that the zero function meets"),
        ([GOOD._replace(residual=lambda u, uxx: uxx + np.abs(u) - 1.0), ENDS], {}, "analytic"),
        ([GOOD._replace(residual=lambda u, uxx: uxx + u * np.abs(u) - 1.0), ENDS], {}, "analytic"),
        ([GOOD._replace(residual=lambda u, uxx: uxx + np.real(u) - 1.0), ENDS], {}, "analytic"),
        ([GOOD, ENDS], {"extra": [lambda x, axes: np.full(len(x), np.nan)]}, r"finite extra\[0\]"),
        ([GOOD, ENDS], {"extra": [lambda x, axes: np.ones(3)]}, r"extra\[0\]"),
        ([GOOD._replace(residual=lambda u, uxx: uxx + np.log(u)), ENDS], {}, "expected finite residual"),
        ([GOOD, ENDS._replace(weight=0.0)], {}, r"conditions\[1\].weight"),
        ([GOOD, ENDS], {"features": 1}, "features"),
        ([GOOD, ENDS], {"features": 10**8}, "3 GB"),
        ([GOOD, ENDS], {"bandwidth": -1.0}, "bandwidth"),
        ([GOOD, ENDS], {"steps": 0}, "steps"),
        ([GOOD, ENDS], {"extra": [3.0]}, r"extra\[0\]"),
        ([GOOD, ENDS], {"start": 3.0}, "start"),
        ([GOOD, ENDS], {"start": lambda x: np.ones(3)}, r"start\(x\)"),
        ([GOOD, ENDS], {"rng": "one"}, "rng"),
    ],
)
def test_bad_input(conditions, options, says):
    with pytest.raises((ValueError, TypeError), match=says):
        solve(conditions, **options)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(((0,), 0, 3), "at"), (((0, 0), 0, 0), "angle"), (((0, 0), 0, 7), "angle"), (((0, 0), np.nan, 3), "first"), (((0, 0), 0, 3, 0), "order")],
)  # fmt: skip
def test_no_corner(arguments, says):
    with pytest.raises(ValueError, match=says):
        corner(*arguments)


def test_a_derivative_that_is_not_used():
    idle = GOOD._replace(derivatives=[(), (0,), (0, 0)], residual=lambda u, ux, uxx: uxx + u)
    got, wanted = (solve([c, ENDS], features=30, bandwidth=2.0)(X) for c in (idle, GOOD))
    assert np.abs(got - wanted).max() < 1e-9


def test_points_of_another_dimension():
    fit = solve([GOOD, ENDS], features=30)
    with pytest.raises(ValueError, match=r"expected x \(m, 1\); got \(3, 2\)"):
        fit(np.ones((3, 2)))


@pytest.mark.parametrize("axes", [0, (1,), (-1,), "x"])
def test_an_axis_that_is_not_there(axes):
    with pytest.raises(ValueError, match="expected axes"):
        solve([GOOD, ENDS], features=30, bandwidth=2.0)(X, axes)


def test_few_points_are_judged_too():
    """Two ends that cannot both be met: nothing is held out of so few, and still the fit is not called converged."""
    flat = Condition(X, [(0,)], lambda ux: ux)
    fit = solve([flat, ENDS], features=30)
    assert not fit.converged and fit.residual > 0.1


def test_a_start_where_zero_is_no_place_to_begin():
    """log u and 1 / u are not finite at zero: begun at one, the solution of u' = u with log u(0) = 0 is exp x."""
    inside = Condition(X, [(), (0,)], lambda u, ux: ux / u - 1)
    first = Condition(X[:1], [()], lambda u: np.log(u))
    with pytest.raises(ValueError, match="where Newton's method begins"):
        solve([inside, first], features=30, bandwidth=2.0)
    fit = solve([inside, first], features=30, bandwidth=2.0, start=lambda x: np.ones(len(x)))
    assert fit.converged and np.abs(fit(X) - np.exp(X[:, 0])).max() < 1e-7


def test_a_linear_fit_written_once_more():
    """Too few sines to meet u'' + u = 1, so that weights, bandwidth and the rows held out show: coefficients by NumPy's least squares."""
    n, wide, x = 9, 3.0, np.sort(np.random.default_rng(1).uniform(2.0, 5.0, 40))
    inside = Condition(x[:, None], [(), (0, 0)], lambda u, uxx: uxx + u - 1.0)
    ends = Condition(x[[0, 7, -1], None], [(0,)], lambda ux: ux - np.array([2.0, 0.0, -1.0]), weight=3.0)
    fit = solve([inside, ends], features=n, bandwidth=wide, rng=5)
    rng = np.random.default_rng(5)
    w, b = wide * rng.standard_normal((n, 1))[:, 0], rng.uniform(0, 2 * np.pi, n)
    held = rng.permutation(40)[:8]  # a fifth; of three points none
    kept = np.ones(43, dtype=bool)
    kept[held] = False
    half, middle = (x.max() - x.min()) / 2, (x.max() + x.min()) / 2
    turn = np.outer((x - middle) / half, w) + b
    u, ux, uxx = np.sin(turn), np.cos(turn) * w / half, -np.sin(turn) * (w / half) ** 2
    parts = [(u + uxx, np.ones(40), 1.0), (ux[[0, 7, -1]], np.array([2.0, 0, -1]), 3.0)]
    scale = [weight / np.sqrt(len(a)) / np.sqrt((a**2).sum(axis=1).mean()) for a, _, weight in parts]
    rows = np.vstack([s * a for s, (a, _, _) in zip(scale, parts, strict=True)])
    goal = np.concatenate([s * g for s, (_, g, _) in zip(scale, parts, strict=True)])
    assert fit(x[:, None]) == pytest.approx(u @ np.linalg.lstsq(rows, goal, rcond=None)[0], rel=1e-6)

    def size(c, which):
        every = np.r_[np.arange(40), 0, 7, 39]
        usual = {name: np.sqrt(((d[every] @ c) ** 2).mean()) for name, d in (("u", u), ("ux", ux), ("uxx", uxx))}
        first = (parts[0][0] @ c - 1)[which[:40]], 1 + usual["u"] + usual["uxx"]
        second = parts[1][0] @ c - parts[1][1], np.abs(parts[1][1]) + usual["ux"]
        return max(np.sqrt((r**2).mean()) / np.sqrt(np.mean(there**2)) for r, there in (first, second))

    assert fit.residual == pytest.approx(size(np.linalg.lstsq(rows, goal, rcond=None)[0], np.ones(43, bool)), rel=1e-6)
    fresh = size(np.linalg.lstsq(rows[kept], goal[kept], rcond=None)[0], ~kept)
    assert fit.fresh == pytest.approx(fresh, rel=1e-6) and fit.rank == n


def test_the_bandwidth_is_the_one_that_meets_held_out_rows_best():
    """By the median residual of the worst condition at those rows, over fits with one bandwidth each."""
    from mmlib import random_features

    x = np.linspace(0, 1, 80)[:, None]
    inside = Condition(x, [(), (0, 0)], lambda u, uxx: uxx + 100 * u - np.sin(25 * x[:, 0]))
    ends = Condition(x[[0, -1]], [()], lambda u: u)
    fit, medians = solve([inside, ends], features=40, rng=2), []
    for wide in random_features.BANDWIDTHS:
        rng = np.random.default_rng(2)
        w, b = rng.standard_normal((40, 1)), rng.uniform(0, 2 * np.pi, 40)
        kept = np.concatenate([random_features._kept(rng, 80), random_features._kept(rng, 2)])
        conditions, middle, half = random_features._checked([inside, ends], 40)
        problem = random_features._Problem(
            conditions, random_features._Sines(wide * w, b, middle, half, ()), None, kept
        )
        medians.append(problem.size(problem.newton(kept, 20)[0], ~kept, np.median))
    assert fit.bandwidth == random_features.BANDWIDTHS[int(np.argmin(medians))] not in (1.0, 32.0)


def test_weights_are_as_many_rows():
    """Two ends that disagree, one counted four times: their weighted mean, by a constant feature and no slope."""
    flat = [Condition(X[[0]], [()], lambda u: u - 1.0, weight=2.0), Condition(X[[-1]], [()], lambda u: u - 6.0)]
    one = lambda x, axes: np.ones(len(x)) if not axes else np.zeros(len(x))  # noqa: E731
    held = Condition(X, [(0,)], lambda ux: ux, weight=1e6)
    fit = solve([*flat, held], features=2, bandwidth=1.0, extra=[one])
    assert fit(X[[3]])[0] == pytest.approx((4 * 1.0 + 6.0) / 5, rel=0.15)
