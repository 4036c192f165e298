"""A thick elastic ring, as of an artery, that grows through its wall: two numerical schemes, six candidate laws.

The deformation is F = Fe Fg (Rodriguez, Hoger and McCulloch 1994, doi:10.1016/0021-9290(94)90021-3) with Fg = diag(g, 1, 1) in radial,
circumferential and axial direction: new material thickens the wall. Axial length is held. The elastic part is neo-Hookean. Times are in
weeks, lengths in mm, pressures and stresses in kPa; a ring is seen through the radii of points that were R apart at rest.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.integrate import solve_ivp
from scipy.linalg import solve_banded

from mmlib import _input, multistart
from mmlib.optim import Verdict, brief

__all__ = ["DRIVERS", "GrowthLaws", "drivers_of", "elements", "fit", "grow", "inflate", "scales"]

DRIVERS = ("stress", "difference", "stretch", "energy", "mean stress", "Laplace")
WALL = (1.0, 1.4)  # inner and outer radius at rest [mm]
SHEAR = 100.0  # shear modulus [kPa]
BULK = 300.0  # of the elements, in units of the shear modulus
NORMAL = 13.3  # pressure at which the scales of the drivers are taken [kPa]
STEP = 0.1  # of time [week]
OVERLOAD = 1.4  # in units of the normal pressure: where the fits look at a law
LOW, HIGH = (-0.3, 1e-4), (0.3, 1.0)  # boxes of growth at overload, and of its rise from normal to overload [1/week]
TINY = 1e-6  # difference for the slopes of the fits


def inflate(g, pressure, *, wall=WALL, shear=SHEAR, start=None):
    r"""Radii of the edges (m, n + 1) of n layers with growth g (m, n), under a pressure: incompressible, thin layers.

    $r^2 = a^2 + \sum g\,\Delta R^2$, and $a$ solves $P = \sum \tau\,\Delta \ln r$ with $\tau = \mu(\alpha^2 - \alpha^{-2})$, by Newton's method.

    Parameters
    ----------
    g : (m, n), positive; layers have equal thickness at rest. pressure : () or (m,) [kPa]. shear : () or (m,) [kPa].
    start : (m,) squares of the inner radius to start from.

    Raises
    ------
    ValueError : growth or pressure of other kinds, or no radius at which the wall holds the pressure.

    >>> inflate([[1.0, 1.0]], 13.3).round(3)
    array([[1.186, 1.359, 1.538]])
    """
    g = _input.array(g, "g", "(m, n)", positive=True)
    R2 = _rest(wall, g.shape[1]) ** 2
    each = f"() or ({len(g)},)"
    P = np.broadcast_to(_input.array(pressure, "pressure zero or positive, pressure", each, low=0), len(g))
    mu = np.broadcast_to(_input.array(shear, "shear", each, positive=True), len(g))
    x, off = _newton(g, P, mu, R2, np.full(len(g), R2[0]) if start is None else start, 60)
    if not np.isfinite(x).all() or (off > 1e-6 * mu).any():
        raise ValueError(
            f"expected a pressure that some radius holds; got up to {P.max():g} kPa on a shear modulus of {mu.min():g}. Take a stiffer or thicker wall."
        )
    return np.sqrt(_squares(x, g, R2))


def drivers_of(r, pressure, *, rest, shear=SHEAR):
    r"""Candidate drivers (..., 6, n) of growth in each layer between radii r (..., n + 1) that were `rest` (n + 1,) before: see `DRIVERS`.

    Circumferential stress $\sigma_\theta = \sigma_r + \tau$ with $\sigma_r = -P$ inside, difference $\tau$, stretch $\alpha = r/R$, energy
    $\mu(\alpha^2 + \alpha^{-2} - 2)/2$, mean of the two stresses, and Laplace's $P a / h$, one for the whole wall.

    >>> rest = np.array([1.0, 1.2, 1.4])
    >>> drivers_of(inflate([[1.0, 1.0]], 13.3)[0], 13.3, rest=rest).round(1)[0]
    array([49. , 40.5])
    """
    r = _input.numbers(r, "r")
    rest = _input.array(rest, "rest", "(n,)", positive=True)
    if r.shape[-1:] != rest.shape or (np.diff(rest) <= 0).any() or not (np.diff(r) > 0).all():
        raise ValueError(
            f"expected radii that increase along the last axis, as many as rest ({len(rest)}); got shape {r.shape}. Sort or smooth them."
        )
    each = "() or (" + "".join(f"{n}, " for n in r.shape[:-1]) + ")"
    P = _input.array(pressure, "pressure", each, low=0, remedy="One number, or one for each row of r.")
    mu = _input.array(shear, "shear", each.removesuffix(")") + "1)", positive=True, remedy="One number, or a column.")
    return _drivers(r**2, P, rest**2, mu)


def scales(*, wall=WALL, shear=SHEAR, pressure=NORMAL, layers=8):
    """Means (6,) of the drivers through the wall that has not grown, under normal pressure: set points are in these units.

    >>> scales().round(1)
    array([44.6, 50.4,  1.1,  3.2, 19.4, 44.5])
    """
    layers, shear = _input.whole(layers, "layers", least=1), _input.number(shear, "a positive shear, shear", above=0)
    r = inflate(np.ones((1, layers)), pressure, wall=wall, shear=shear)[0]
    return drivers_of(r, pressure, rest=_rest(wall, layers), shear=shear).mean(axis=1)


def grow(driver, rate, set_point, t, pressure, *, wall=WALL, shear=SHEAR, layers=8, markers=5):
    r"""Radii (m, times, markers) of m rings that grow by $\dot g = k\,(\varphi / \varphi_0 - s)$, in incompressible layers, by Heun's steps.

    Parameters
    ----------
    driver : (m,) whole numbers, places in `DRIVERS`. rate : (m,) k [1/week], positive. set_point : (m,) s, in units of `scales`.
    t : (times,) multiples of 0.1 week, from 0. pressure : function of a time [week] [kPa].
    shear : [kPa], one number or a function of the time; the scales stay those of the standard wall.
    layers : a multiple of markers - 1.

    Raises
    ------
    ValueError : laws of other shapes, times off the steps, layers that do not fit the markers.

    >>> r = grow([0], [0.1], [1.0], [0, 4.0], lambda t: 18.6)
    >>> r.shape, float((r[0, 1, -1] - r[0, 1, 0]).round(3))
    ((1, 2, 5), 0.397)
    """
    driver, rate, set_point = _laws(driver, rate, set_point)
    t = _input.times(t, "t", start=0.0)
    layers, markers = _input.whole(layers, "layers", least=1), _input.whole(markers, "markers", least=2)
    stiffness, pressure = _input.in_time(shear, "shear", "kPa"), _of_time(pressure)
    steps = np.rint(t / STEP).astype(int)
    if abs(t - steps * STEP).max() > 1e-9 or layers % (markers - 1):
        raise ValueError(
            f"expected times on steps of {STEP} week and layers a multiple of {markers - 1}; got t={t}, layers={layers}. Round t."
        )
    R2, phi0 = _rest(wall, layers) ** 2, scales(wall=wall)[driver][:, None]
    k, s, m = rate[:, None], set_point[:, None], len(driver)
    row = np.arange(m)
    g, x, seen = np.ones((m, layers)), np.full(m, R2[0]), np.empty((m, len(t), markers))

    def slope(g, x, P, mu, rounds=3):
        x, _ = _newton(g, P, mu, R2, x, rounds)
        r2 = _squares(x, g, R2)
        return k * (_drivers(r2, P, R2, mu[:, None])[row, driver] / phi0 - s), x, r2

    for i in range(steps[-1] + 1):
        P, mu = (np.full(m, of(i * STEP)) for of in (pressure, stiffness))
        first, x, r2 = slope(g, x, P, mu, 60 if i == 0 else 5)
        for j in np.flatnonzero(steps == i):
            seen[:, j] = np.sqrt(r2[:, :: layers // (markers - 1)])
        second, x, _ = slope(np.maximum(g + STEP * first, 0.05), x, P, mu)
        g = np.maximum(g + STEP / 2 * (first + second), 0.05)
    return seen


def elements(driver, rate, set_point, t, pressure, *, jumps=(), wall=WALL, shear=SHEAR, count=40, markers=5, bulk=BULK):
    r"""The same ring by another scheme: finite elements of a wall that can be compressed a little, times by an implicit solver. (times, markers).

    Energy $\mu/2\,(\alpha_r^2 + \alpha_\theta^2 - 2 - 2 \ln J) + \kappa/2\,(\ln J)^2$ with $\alpha_r = r'/g$, $\alpha_\theta = r/R$, $J = \alpha_r \alpha_\theta$,
    one point in each element, Newton's method for all nodes at once.

    Parameters
    ----------
    driver : a name out of `DRIVERS`. rate, set_point, t, pressure, shear : see `grow`.
    jumps : times [week] at which the pressure or the shear modulus jumps. count : elements, a multiple of markers - 1. bulk : kappa in units of the shear modulus.

    Raises
    ------
    ValueError : an unknown driver, times out of order, numbers that are not positive. RuntimeError : Newton's method does not settle.

    >>> elements("stress", 0.1, 1.0, [0, 4.0], lambda t: 18.6, count=20).shape
    (2, 5)
    """
    which = DRIVERS.index(_input.choice(driver, "driver", DRIVERS))
    rate, set_point = _input.number(rate, "rate", above=0), _input.number(set_point, "set_point")
    t, bulk = _input.times(t, "t", start=0.0), _input.number(bulk, "a positive bulk, bulk", above=0)
    stiffness, pressure, jumps = (
        _input.in_time(shear, "shear", "kPa"),
        _of_time(pressure),
        np.unique(_input.array(jumps, "jumps", least=0)),
    )
    count, markers = _input.whole(count, "count", least=2), _input.whole(markers, "markers", least=2)
    R = _rest(wall, count)
    phi0, state = scales(wall=wall)[which], {"r": R.copy(), "load": np.array([0.0, stiffness(0.0)])}

    def settle(when, g):
        load = np.array([pressure(when), stiffness(when)])
        parts = 1 + int(abs(load - state["load"]).max())  # a jump in parts of 1 kPa
        for P, mu in np.linspace(state["load"], load, parts + 1)[1:]:
            state["r"] = _equilibrium(state["r"], g, P, R, mu, mu * bulk)
        state["load"] = load
        return state["r"], load

    def rhs(when, g):
        r, (P, mu) = settle(min(max(when, span[0] + 1e-9), span[1] - 1e-9), g)
        phi = _element_drivers(r, g, P, R, mu, mu * bulk)[which]
        return rate * (phi / phi0 - set_point)

    cuts = [0.0, *(j for j in jumps if 0 < j < t[-1]), t[-1]]
    g, seen = np.ones(count), np.empty((len(t), len(R)))
    for span in zip(cuts[:-1], cuts[1:], strict=True):
        ask = np.flatnonzero((t >= span[0]) & ((t < span[1]) | ((t == t[-1]) & (span[1] == t[-1]))))
        run = solve_ivp(
            rhs, span, g, method="RK45", rtol=1e-6, atol=1e-8, t_eval=np.unique([*t[ask], span[1]]), max_step=0.5
        )
        for j in ask:
            at = run.y[:, np.searchsorted(run.t, t[j])]
            seen[j] = settle(min(max(t[j], span[0] + 1e-9), span[1] - 1e-9), at)[0]
        g = run.y[:, -1]
    return seen[:, :: count // (markers - 1)]


@brief
class GrowthLaws(NamedTuple):
    """What `fit` returns, for each set of readings and each driver."""

    rate: np.ndarray  # (sets, 6) k [1/week]
    set_point: np.ndarray  # (sets, 6) in units of `scales`
    rms: np.ndarray  # (sets, 6) root mean square of what is left [mm]
    bic: np.ndarray  # (sets, 6) with the noise taken from what is left
    verdict: tuple[Verdict, ...]  # (sets * 6,) why each search ended, set by set

    @property
    def converged(self) -> np.ndarray:
        """(sets * 6,) bool."""
        return np.array([v.converged for v in self.verdict])


def fit(
    t, r, pressure, *, wall=WALL, shear=SHEAR, layers=8, starts=((0.02, 0.03), (0.1, 0.15)), iterations=30
) -> GrowthLaws:
    """Least squares of all six laws through the growing ring, for many sets of readings at once.

    Parameters
    ----------
    t : (times,) see `grow`. r : (sets, times, markers) radii [mm]. pressure : function of a time, one for all sets.
    shear : [kPa], one number or a function of the time.
    starts : pairs [1/week] from which each law starts: growth at 1.4 times the normal pressure before any growth, and how much more that
        is than at the normal one; the best end is kept.
    iterations : of `mmlib.multistart.least_squares`.

    Raises
    ------
    ValueError : shapes, times or starts that do not fit.

    >>> t = [0, 2.0, 4.0]
    >>> made = grow([2], [0.2], [1.0], t, lambda t: 18.6)
    >>> found = fit(t, made, lambda t: 18.6, iterations=15)
    >>> DRIVERS[int(found.rms[0].argmin())], float(found.rate[0, 2].round(3))
    ('stretch', 0.2)
    """
    t = _input.times(t, "t", start=0.0)
    r = _input.array(r, "r", "(sets, times, markers)", positive=True)
    sets, laws, begin = len(r), len(DRIVERS), _input.array(starts, "starts as pairs, starts", "(s, 2)")
    spread = scales(wall=wall, pressure=OVERLOAD * NORMAL) / scales(wall=wall) - 1
    if r.shape[1] != len(t):
        raise ValueError(f"expected r (sets, {len(t)}, markers); got shape {r.shape}. One row of radii a time.")
    if not min(wall) / 10 < r.min() <= r.max() < 10 * max(wall):
        raise ValueError(
            f"expected r in the unit of wall={wall}; got {r.min():.3g} to {r.max():.3g}. Rescale one of them."
        )
    driver = np.tile(np.repeat(np.arange(laws), len(begin)), sets)
    own = np.repeat(np.arange(sets), laws * len(begin))

    def function(x, which):
        n, moves = len(x), np.concatenate([x, x + [TINY, 0], x + [0, TINY]])
        kind = np.tile(driver[which], 3)
        seen = grow(
            kind,
            *_constants(moves, spread[kind]),
            t,
            pressure,
            wall=wall,
            shear=shear,
            layers=layers,
            markers=r.shape[2],
        )
        seen = seen.reshape(3, n, -1)
        return seen[0] - r[own[which]].reshape(n, -1), np.moveaxis((seen[1:] - seen[0]) / TINY, 0, 2)

    ends = multistart.least_squares(
        function, np.tile(begin, (sets * laws, 1)), LOW, HIGH, iterations=iterations, tolerance=1e-4
    )
    rms = ends.rms.reshape(sets * laws, -1)
    best = np.arange(sets * laws) * len(begin) + rms.argmin(axis=1)
    k, s = np.reshape(_constants(ends.x[best], np.tile(spread, sets)), (2, sets, laws))
    rms, n = rms.min(axis=1).reshape(sets, laws), r[0].size
    verdict = tuple(ends.verdict[i] for i in best)
    return GrowthLaws(k, s, rms, n * np.log(rms**2) + 2 * np.log(n), verdict)


def _rest(wall, layers):
    inner, outer = _input.array(
        wall, "0 < inner < outer radius, wall", "(2,)", positive=True, remedy="Two radii at rest."
    )
    if not inner < outer:
        raise ValueError(f"expected 0 < inner < outer radius; got {inner}, {outer}. Give the wall at rest.")
    return np.linspace(inner, outer, _input.whole(layers, "layers", least=1) + 1)


def _of_time(pressure):
    return _input.in_time(_input.function(pressure, "pressure", "a time [week]"), "pressure", "kPa", zero=True)


def _laws(driver, rate, set_point):
    found = _input.array(driver, "driver", "(m,)", low=0, remedy="Places in DRIVERS.")
    driver = found.astype(int)
    if (driver != found).any() or driver.max() >= len(DRIVERS):
        raise ValueError(
            f"expected driver (m,), whole numbers from 0 to {len(DRIVERS) - 1}; got {driver}. See DRIVERS."
        )
    shape = f"({len(driver)},)"
    return driver, _input.array(rate, "rate", shape, positive=True), _input.array(set_point, "set_point", shape)


def _constants(x, spread):
    """Rate and set point from growth at overload x[:, 0] and its rise from normal x[:, 1]."""
    rate = x[:, 1] / spread
    return rate, 1 + spread - x[:, 0] / rate


def _squares(x, g, R2):
    """Squares of radii (m, n + 1)."""
    return x[:, None] + np.concatenate([np.zeros((len(g), 1)), np.cumsum(g * np.diff(R2), axis=1)], axis=1)


def _newton(g, P, mu, R2, x, rounds):
    """Squares of the inner radius (m,), and what is left of the pressure."""
    mid = R2[1:] + R2[:-1]
    off, area = np.inf, np.concatenate([np.zeros((len(g), 1)), np.cumsum(g * np.diff(R2), axis=1)], axis=1)
    for _ in range(rounds):
        r2 = x[:, None] + area
        A = (r2[:, 1:] + r2[:, :-1]) / mid
        tau, L = A - 1 / A, np.log(r2[:, 1:] / r2[:, :-1]) / 2
        off = mu * (tau * L).sum(axis=1) - P
        rise = mu * ((1 + 1 / A**2) * 2 / mid * L + tau * (1 / r2[:, 1:] - 1 / r2[:, :-1]) / 2).sum(axis=1)
        x = np.clip(x - off / np.where(rise > 0, rise, mu * 0.1), x / 2, x * 2)
        if (abs(off) < 1e-10 * mu).all():
            break
    return x, abs(off)


def _drivers(r2, P, R2, mu):
    A = (r2[..., 1:] + r2[..., :-1]) / (R2[1:] + R2[:-1])
    tau, L = mu * (A - 1 / A), np.log(r2[..., 1:] / r2[..., :-1]) / 2
    P = P[..., None]
    radial = -P + np.cumsum(tau * L, axis=-1) - tau * L / 2
    a, b = np.sqrt(r2[..., :1]), np.sqrt(r2[..., -1:])
    thin = np.broadcast_to(P * a / (b - a), tau.shape)
    return np.stack([radial + tau, tau, np.sqrt(A), mu / 2 * (A + 1 / A - 2), radial + tau / 2, thin], axis=-2)


def _strains(r, g, R):
    mid = (R[1:] + R[:-1]) / 2
    return np.diff(r) / np.diff(R) / g, (r[1:] + r[:-1]) / 2 / mid, mid


def _element_drivers(r, g, P, R, mu, kappa):
    radial, around, _ = _strains(r, g, R)
    J = radial * around
    of = lambda a: (mu * (a**2 - 1) + kappa * np.log(J)) / J  # noqa: E731
    energy = mu / 2 * (radial**2 + around**2 - 2 - 2 * np.log(J)) + kappa / 2 * np.log(J) ** 2
    thin = np.full(len(g), P * r[0] / (r[-1] - r[0]))
    return of(around), of(around) - of(radial), around, energy, (of(around) + of(radial)) / 2, thin


def _equilibrium(r, g, P, R, mu, kappa):
    """Radii of the nodes (n + 1,) at which the energy of the wall and of the pressure is stationary."""
    step = np.diff(R)
    for _ in range(80):
        a, c, mid = _strains(r, g, R)
        with np.errstate(invalid="ignore"):
            log = np.log(a * c)
        by_a, by_c = mu * (a - 1 / a) + kappa * log / a, mu * (c - 1 / c) + kappa * log / c
        aa, cc = mu * (1 + 1 / a**2) + kappa * (1 - log) / a**2, mu * (1 + 1 / c**2) + kappa * (1 - log) / c**2
        ac, weight = kappa / (a * c), mid * step * g
        da, dc = 1 / (step * g), 1 / (2 * mid)
        left, right = weight * (-by_a * da + by_c * dc), weight * (by_a * da + by_c * dc)
        force, band = np.zeros(len(r)), np.zeros((3, len(r)))
        force[:-1] += left
        force[1:] += right
        force[0] -= P * r[0]
        band[1, :-1] += weight * (aa * da**2 - 2 * ac * da * dc + cc * dc**2)
        band[1, 1:] += weight * (aa * da**2 + 2 * ac * da * dc + cc * dc**2)
        band[0, 1:] = band[2, :-1] = weight * (-aa * da**2 + cc * dc**2)
        band[1, 0] -= P
        move = solve_banded((1, 1), band, -force, check_finite=False)
        if not np.isfinite(move).all():
            raise RuntimeError("a layer has vanished: take a smaller rate, a shorter time or a lower set point.")
        size = 1.0
        while (
            (np.diff(r + size * move) <= 0).any() or r[0] + size * move[0] <= 0 or abs(size * move).max() > 0.2 * r[0]
        ):
            size /= 2
        r = r + size * move
        if abs(move).max() < 1e-9 * r[0]:
            return r
    raise RuntimeError("Newton's method did not settle in 80 steps: lower the pressure, or take a stiffer wall.")
