"""Fit the law of an epidemic to counts, and draw the profile of its reproduction number: what counts can tell, and when."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.integrate import solve_ivp
from scipy.special import betainc, digamma, gammaln

from mmlib import _input, multistart

__all__ = ["Profile", "expected", "forecast", "profile"]

NAMES = ("log(R0 - 1)", "log period", "log first", "log people", "log size")
LOW = np.log([0.02, 0.02, 1e-9, 1.0, 0.05])
HIGH = np.log([29.0, 200.0, 1e4, 1e8, 1e5])
LEVEL = 1.92  # half of the 95 % point of chi squared with one degree of freedom
POISSON = np.log(1e5)  # size at which the negative binomial is Poisson's distribution, for counts far below it
LEAST = 1e-6  # an expected count below it is taken as this
FIRST, STEP, LAST = -12.0, 0.05, 60.0  # of the table, in units of growth


class Profile(NamedTuple):
    """What `profile` returns for each series of counts."""

    R0: np.ndarray  # (series, nodes) values at which R0 was held, rising
    rise: np.ndarray  # (series, nodes) of -log L above its smallest value, all else fitted anew
    best: np.ndarray  # (series,) R0 where -log L is smallest, by a parabola through three nodes
    low: np.ndarray  # (series,) lower end of the 95 % interval; NaN: none inside of the range that was searched
    high: np.ndarray  # (series,) upper end; NaN likewise
    x: np.ndarray  # (series, nodes, 5) where each fit ended, see `NAMES`
    objective: np.ndarray  # (series,) smallest -log L
    converged: np.ndarray  # (series, nodes) bool: nothing was left to gain, and nothing beside R0 is undetermined


@cache
def _table():
    """x (nodes, times) of dx/du = (R0 (1 - exp(-x)) - x) / (R0 - 1) with x = exp(u) at first; nodes of log(R0 - 1), times u."""
    z = np.linspace(LOW[0], HIGH[0], 401)
    R0, u = 1 + np.exp(z), np.arange(FIRST, LAST + STEP, STEP)
    run = solve_ivp(
        lambda _, x: (R0 * -np.expm1(-x) - x) / (R0 - 1),
        (u[0], u[-1]),
        np.full(len(z), np.exp(FIRST)),
        method="DOP853",
        t_eval=u,
        rtol=1e-10,
        atol=1e-13,
    )
    return z, run.y


def _standard_wave(z, u):
    """x, dx/du and dx/dz (m, n) at z (m, 1) = log(R0 - 1) and u (m, n); before the table x = exp(u)."""
    nodes, table = _table()
    place = (z - nodes[0]) / (nodes[1] - nodes[0])
    i = np.clip(place.astype(int), 0, len(nodes) - 2)
    at = (np.clip(u, FIRST, LAST) - FIRST) / STEP
    k = np.clip(at.astype(int), 0, table.shape[1] - 2)
    s, values, slopes = at - k, [], []
    for row in (i, i + 1):
        R0 = 1 + np.exp(nodes[row])
        left, right = table[row, k], table[row, k + 1]
        a, b = (STEP * (R0 * -np.expm1(-v) - v) / (R0 - 1) for v in (left, right))
        apart = right - left
        c, d = 3 * apart - 2 * a - b, a + b - 2 * apart
        values.append(left + s * (a + s * (c + s * d)))
        slopes.append((a + s * (2 * c + 3 * s * d)) / STEP)
    w = place - i
    x, rate = (1 - w) * values[0] + w * values[1], (1 - w) * slopes[0] + w * slopes[1]
    early = u < FIRST
    growing = np.exp(np.minimum(u, FIRST))
    x, rate = np.where(early, growing, x), np.where(early, growing, np.where(u > LAST, 0, rate))
    return x, rate, np.where(early, 0, (values[1] - values[0]) / (nodes[1] - nodes[0]))


def expected(x, day, kind="incidence"):
    r"""Expected counts (m, n) and their slopes (m, n, 4) under the law of Kermack and McKendrick (doi:10.1098/rspa.1927.0118).

    With $x = -\log S$ the law is one equation, $\dot x = (R_0 (1 - e^{-x}) - x) / D$, and in units of growth,
    $u = r t + \log\varepsilon$ with $r = (R_0 - 1) / D$, each $R_0$ has one wave, tabled once. Counts are
    $K (e^{-x(t)} - e^{-x(t + 1)})$, new cases of one day, or $K (1 - e^{-x} - x / R_0)$, cases present. $K$, here *people*, is the
    population times the share of cases that is counted; the two come only as a product.

    Parameters
    ----------
    x : array (m, 4) or more columns
        Logarithms of $R_0 - 1$, of the period $D$ [day], of the count that grows first (new cases a day, or cases present, at
        ``day`` 0 on the exponential), and of $K$.
    day : array (n,)
        Days; a day's new cases are those from ``day`` to ``day + 1``.
    kind : "incidence" or "prevalence"

    >>> mu, _ = expected(np.log([[1.0, 2.5, 3.0, 1e9]]), np.arange(3.0), "prevalence")
    >>> mu.round(3)  # far from its end the epidemic grows by exp((R0 - 1) / D) a day
    array([[3.   , 4.475, 6.677]])
    """
    x, day = _input.numbers(x, "x"), _input.numbers(day, "day")
    if x.ndim != 2 or x.shape[1] < 4:
        raise ValueError(f"expected x (m, 4) or more columns; got shape {x.shape}. One set? Pass x[None].")
    _input.choice(kind, "kind", ("incidence", "prevalence"))
    z, log_d, log_a, log_k = (x[:, j : j + 1] for j in range(4))
    over, people = np.exp(z), np.exp(log_k)  # R0 - 1, K
    R0, r = 1 + over, np.exp(z - log_d)
    if kind == "incidence":
        shift, dz = log_a - log_k - (z - log_d), -1.0
        parts = []
        for t in (day, day + 1):
            w, rate, by_z = _standard_wave(z, r * t + shift)
            s = np.exp(-w)
            by_u = np.stack([by_z + rate * (r * t + dz), rate * (1 - r * t), rate, -rate], axis=2)
            parts.append((s, -s[:, :, None] * by_u))
        early = -np.expm1(np.log(np.maximum(parts[1][0], 1e-300)) - np.log(np.maximum(parts[0][0], 1e-300)))
        mu = people * parts[0][0] * early
        slopes = people[:, :, None] * (parts[0][1] - parts[1][1])
    else:
        shift, dz = log_a - log_k - z + np.log(R0), -1 + over / R0
        w, rate, by_z = _standard_wave(z, r * day + shift)
        by_u = np.stack([by_z + rate * (r * day + dz), -rate * r * day, rate, -rate], axis=2)
        mu = people * (-np.expm1(-w) - w / R0)
        slopes = (people * (np.exp(-w) - 1 / R0))[:, :, None] * by_u
        slopes[:, :, 0] += people * w * over / R0**2
    slopes[:, :, 3] += mu
    return mu, slopes


def _rows(x, y, day, kind):
    """Rows (m, 2 n) whose half sum of squares is -log L + n / 2, and slopes (m, 2 n, 5); negative binomial of mean mu and size s."""
    mu, by = expected(x, day, kind)
    by = np.where((mu > LEAST)[:, :, None], by, 0)
    mu = np.maximum(mu, LEAST)
    s = np.exp(x[:, 4:5])
    log_part = np.log((y + s) / (mu + s))
    some = np.maximum(y, 1e-300)
    deviance = np.maximum(2 * (np.where(y > 0, y * np.log(some / mu), 0) - (y + s) * log_part), 0)
    off, variance = np.sqrt(deviance) * np.sign(y - mu), mu * (1 + mu / s)
    plain = np.abs(off) < 1e-4
    kept = np.where(plain, 1, off)
    by_mu = np.where(plain, -1 / np.sqrt(variance), -(y - mu) / variance / kept)
    by_s = np.where(plain, 0, s * ((y + s) / (mu + s) - 1 - log_part) / kept)
    best = gammaln(y + s) - gammaln(s) - gammaln(y + 1) - s * np.log1p(y / s)
    best = np.minimum(best + np.where(y > 0, y * np.log(some / (s + y)), 0), 0)
    size = np.sqrt(1 - 2 * best)
    slopes = np.zeros((len(x), 2 * len(day), 5))
    slopes[:, : len(day), :4] = by_mu[:, :, None] * by
    slopes[:, : len(day), 4] = by_s
    slopes[:, len(day) :, 4] = -s * (digamma(y + s) - digamma(s) - np.log1p(y / s)) / size
    return np.concatenate([off, size], axis=1), slopes


def _fit(starts, y, day, kind, held):
    """Least squares on `_rows` from starts (m, 5) with y (m, n); `held`: numbers of the unknowns that stay."""

    def function(x, which):
        r, slopes = _rows(x, y[which], day, kind)
        slopes[:, :, held] = 0
        return r, slopes

    ends = multistart.least_squares(function, starts, LOW, HIGH, iterations=80, tolerance=1e-7)
    return ends.x, len(day) * (ends.rms**2 - 0.5), ends.converged


def profile(counts, *, kind="incidence", period=None, people=None, poisson=False, R0=(1.03, 20.0)) -> Profile:
    """Hold R0 at values between the two given, fit all else, and see how much -log L rises: the profile likelihood.

    Unknown are the period during which a case infects, the count at the start, the people that would be counted if all fell ill, and the
    size of the negative binomial errors. Everybody is susceptible at first (or `people` counts only those who are).

    Parameters
    ----------
    counts : array (series, days) or (days,)
        Whole numbers, one a day; nothing after the last of them is used.
    kind : "incidence" or "prevalence"
        New cases of each day, or cases present on it.
    period, people : float, optional
        Told, and not fitted: mean period during which a case infects [day]; population times the share that is counted.
    poisson : bool
        Errors of Poisson's distribution instead of the negative binomial.
    R0 : (lowest, highest)
        Range that is searched; an interval that has no end inside of it has NaN there.

    Raises
    ------
    ValueError : counts that are negative, not finite or fewer than five days, an unknown kind, a range outside of 1.02 to 30.

    >>> day = np.arange(30.0)
    >>> counts = expected(np.log([[0.8, 3.0, 2.0, 4000.0]]), day)[0].round()
    >>> told = profile(counts, period=3.0)
    >>> bool(told.low[0] < 1.8 < told.high[0])
    True
    """
    poisson = _input.flag(poisson, "poisson")
    y, held, told = _checked(counts, kind, period, people, poisson, R0)
    day = np.arange(y.shape[1], dtype=float)
    z = np.linspace(*np.log(np.array(R0) - 1), 15)
    starts = np.concatenate([_starts(y, z, kind, told, far) for far in (False, True)], axis=2)
    x, rise, fine = _ends(starts, y, day, kind, held)
    nodes = _finer(z, rise - rise.min(axis=1, keepdims=True))  # (series, nodes)
    near = np.abs(nodes[:, :, None] - z).argmin(axis=2)
    again = np.take_along_axis(x, near[:, :, None], axis=1)
    again[:, :, 0] = nodes
    if period is None:  # the growth that was found, at another R0
        again[:, :, 1] += nodes - np.take_along_axis(x[:, :, 0], near, axis=1)
    again = np.clip(again, LOW, HIGH)
    x2, rise2, fine2 = _ends(again[:, :, None], y, day, kind, held)
    x, rise, fine = (np.concatenate(pair, axis=1) for pair in ((x, x2), (rise, rise2), (fine, fine2)))
    order = np.argsort(x[:, :, 0], axis=1)
    x = np.take_along_axis(x, order[:, :, None], axis=1)
    rise, fine = np.take_along_axis(rise, order, axis=1), np.take_along_axis(fine, order, axis=1)
    least = rise.min(axis=1)
    rise = rise - least[:, None]
    values = 1 + np.exp(x[:, :, 0])
    low, high = np.array([_limits(*pair) for pair in zip(values, rise, strict=True)]).T
    best = np.array([_lowest(*pair) for pair in zip(values, rise, strict=True)])
    return Profile(values, rise, best, low, high, x, least, fine)


def _checked(counts, kind, period, people, poisson, R0):
    y = np.atleast_2d(_input.numbers(counts, "counts"))
    if y.ndim != 2 or y.shape[1] < 5 or not np.isfinite(y).all() or (y < 0).any():
        raise ValueError(
            f"expected counts (series, days) or (days,), zero or positive, at least five days; got shape {y.shape}. "
            "Fill or cut days without a count."
        )
    if kind not in ("incidence", "prevalence"):
        raise ValueError(f"expected kind 'incidence' or 'prevalence'; got {kind!r}. New cases a day, or cases present?")
    if _input.axes(R0) != 1 or np.shape(R0) != (2,) or not 1.02 <= _input.numbers(R0, "R0")[0] < R0[1] <= 30:
        raise ValueError(f"expected R0 a range inside of 1.02 to 30; got {R0}. Try R0=(1.03, 20.0).")
    told = {}
    for j, name, value in ((1, "period", period), (3, "people", people)):
        if value is not None:
            told[j] = np.log(
                _input.number(value, f"positive {name}, {name}", above=0, remedy="Leave it out to fit it.")
            )
    if poisson:
        told[4] = POISSON
    return y, [0, *told], told


def _starts(y, z, kind, told, far):
    """Starts (series, nodes, 1, 5): growth of the counts up to their peak, people that the sum so far, or a hundred sums, stand for."""
    n = y.shape[1]
    out = np.zeros((len(y), len(z), 1, 5))
    for k, row in enumerate(y):
        top = max(int(np.argmax(np.convolve(row, np.ones(3), "same"))) + 1, 5)
        slope, level = np.polyfit(np.arange(top), np.log(row[:top] + 0.5), 1)
        rate = max(slope, 0.02)
        total = row.sum() + 10 if kind == "incidence" else row.max() * 2 + 10
        out[k, :, 0, 1] = z - np.log(rate)
        out[k, :, 0, 2] = level
        out[k, :, 0, 3] = np.log(total * (100 if far else 1.5) + 5 * n)
        out[k, :, 0, 4] = np.log(5.0)
    out[..., 0] = z[:, None]
    for j, value in told.items():
        out[..., j] = value
    return np.clip(out, LOW, HIGH)


def _ends(starts, y, day, kind, held):
    """Best end (series, nodes, 5) of starts (series, nodes, tries, 5), its -log L, and whether nothing was left to gain."""
    series, nodes, tries, _ = starts.shape
    many = np.repeat(y, nodes * tries, axis=0)
    x, objective, fine = _fit(starts.reshape(-1, 5), many, day, kind, held)
    shape = (series, nodes, tries)
    best = objective.reshape(shape).argmin(axis=2)[:, :, None]
    x = np.take_along_axis(x.reshape(*shape, 5), best[..., None], axis=2)[:, :, 0]
    return x, *(np.take_along_axis(a.reshape(shape), best, axis=2)[:, :, 0] for a in (objective, fine))


def _finer(z, rise):
    """Sixteen nodes (series, 16) from the last one below the interval to the first above it."""
    inside = rise < 2 * LEVEL
    first = np.maximum(inside.argmax(axis=1) - 1, 0)
    last = np.minimum(len(z) - inside[:, ::-1].argmax(axis=1), len(z) - 1)
    return z[first][:, None] + np.linspace(0.02, 0.98, 16) * (z[last] - z[first])[:, None]


def _lowest(values, rise):
    """Where the parabola through the lowest node and its neighbours is lowest; the node itself at an end of the range."""
    j = int(rise.argmin())
    if j in (0, len(values) - 1):
        return values[j]
    a, b, _ = np.polyfit(values[j - 1 : j + 2] - values[j], rise[j - 1 : j + 2], 2)
    return values[j] + np.clip(-b / (2 * a) if a > 0 else 0, values[j - 1] - values[j], values[j + 1] - values[j])


def _limits(values, rise):
    """Smallest and largest value where a profile is below 1.92, also if it is in several pieces; NaN where an end of the range is below."""
    r, root = np.sqrt(np.maximum(rise, 0)), np.sqrt(LEVEL)
    out = []
    for side, at in ((r, values), (r[::-1], values[::-1])):
        k = np.flatnonzero(side <= root)[0]
        if k == 0:
            out.append(np.nan)
            continue
        w = (side[k - 1] - root) / (side[k - 1] - side[k])
        out.append(at[k - 1] + w * (at[k] - at[k - 1]))
    return out


def forecast(found, day, *, kind="incidence", level=0.95):
    """Interval (series, days) for counts on coming days: the fits of a profile, weighted by exp(-rise) and evenly in log(R0 - 1).

    Beside R0 nothing varies but the count itself (negative binomial): with the period told, that is most of what is unknown early on.

    Parameters
    ----------
    found : Profile
    day : array (days,)
        Days, counted as those of the fit.
    kind, level : as in `profile`; the share of counts that the interval should hold.

    Raises
    ------
    TypeError : `found` is no Profile. ValueError : days or a level that cannot be.

    >>> counts = expected(np.log([[0.8, 3.0, 2.0, 4000.0]]), np.arange(12.0))[0].round()
    >>> low, high = forecast(profile(counts, period=3.0), np.arange(12.0, 15.0))
    >>> bool((low < high).all()), low.shape
    (True, (1, 3))
    """
    if not isinstance(found, Profile):
        raise TypeError(f"expected found, a Profile; got {_input.shown(found)}. Pass what profile(counts) gave.")
    day = _input.array(day, "day", "(days,)", low=0, remedy="Days of the forecast, counted as those of the fit.")
    level = _input.number(level, "level", above=0, below=1)
    series, nodes, _ = found.x.shape
    mu = np.maximum(expected(found.x.reshape(-1, 5), day, kind)[0], LEAST).reshape(series, nodes, -1)
    size = np.exp(found.x[:, :, 4:5])
    weight = np.exp(-found.rise) * np.gradient(found.x[:, :, 0], axis=1)
    weight = (weight / weight.sum(axis=1, keepdims=True))[:, :, None]
    ends = []
    for p in ((1 - level) / 2, (1 + level) / 2):
        below, above = np.full((series, len(day)), -1.0), np.full((series, len(day)), 1e9)
        for _ in range(40):  # the smallest whole number whose distribution function reaches p
            middle = np.floor((below + above) / 2)
            reached = (weight * _distribution(middle[:, None, :], size, mu)).sum(axis=1) >= p
            below, above = np.where(reached, below, middle), np.where(reached, middle, above)
        ends.append(above)
    return ends[0], ends[1]


def _distribution(count, size, mu):
    """Distribution function of the negative binomial of mean mu and variance mu (1 + mu / size)."""
    return betainc(size, np.maximum(count, 0) + 1, size / (size + mu)) * (count >= 0)
