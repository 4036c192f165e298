r"""Rate laws of a chain of four enzymes: a synthetic pathway of elementary reactions, and laws fitted to its time series.

The chain is $S \to A \to B \to C \to P$, one enzyme a step. A law is None (Michaelis and Menten's, nothing inhibits) or a triple
``("C", 1, "competitive")``: C inhibits enzyme 1. With $r = [I] / K_i$ the velocity of that step is

$v = k e s / (K (1 + r) + s)$ competitive, $k e s / (K + s (1 + r))$ uncompetitive, $k e s / ((K + s)(1 + r))$ pure noncompetitive.

Concentrations in mM, time in hours.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.integrate import solve_ivp
from scipy.interpolate import make_smoothing_spline

from mmlib import _input, multistart
from mmlib.optim import Verdict, brief

__all__ = [
    "KINDS", "METABOLITES", "Fit", "balance", "fit", "fit_slopes", "induced", "integrate", "mass_action", "single_laws", "smooth",
]  # fmt: skip

METABOLITES = ("S", "A", "B", "C", "P")
KINDS = ("competitive", "noncompetitive", "uncompetitive")
KCAT = (60.0, 50.0, 40.0, 30.0)  # of the synthetic pathway [1/h]
KM = (2.0, 1.0, 0.6, 1.0)  # [mM]
OFF = (200.0, 200.0)  # how fast substrate and inhibitor leave an enzyme [1/h]
LOW = (1.0, 1.0, 1.0, 1.0, 0.1, 0.1, 0.1, 0.1, 0.005)  # of k [1/h], K and K_i [mM] in a fit
HIGH = (2000.0, 2000.0, 2000.0, 2000.0, 200.0, 200.0, 200.0, 200.0, 50.0)
FIRST = tuple(np.sqrt(np.multiply(LOW, HIGH)))  # where a fit starts: in the middle, on a logarithmic scale
LEAST, NUDGE = 1e-6, 1e-5  # least enzyme of a smoothed curve [mM]; step in log10 of a constant, for slopes
# splines of the bytes of times and readings, kept: the same strains are smoothed again for each law
_spline = lru_cache(maxsize=4096)(lambda t, y: make_smoothing_spline(np.frombuffer(t), np.frombuffer(y)))


def induced(final, rise, t):
    """Enzymes (k, n, 4) that rise from a twentieth of their final level (k, 4) with time constants (k, 4), at times (n,).

    >>> induced([[0.01] * 4], [[5.0] * 4], [0.0, 50.0]).round(5)[0, :, 0]
    array([0.0005, 0.01  ])
    """
    final = _input.array(final, "final", "(k, 4)", low=0, remedy="One row a strain.")
    rise = _input.array(rise, "rise", f"({len(final)}, 4)", positive=True, remedy="One row a strain.")
    return _rising(final[:, None], rise[:, None], _input.array(t, "t", "(n,)", low=0)[:, None])


def _rising(final, rise, t):
    return final * (1 - 0.95 * np.exp(-t / rise))


def mass_action(final, rise, t, *, inhibition=0.1, second=None, start=20.0):
    r"""Synthetic strains by the law of mass action: each enzyme binds its substrate and lets go of it, or of the product.

    $E + s \rightleftharpoons C \to E + p$ for each step, and $E_1 + C \rightleftharpoons E_1C$: the fourth metabolite occupies the
    first enzyme (and, if asked for, the fifth occupies the third). Eleven states a strain, solved by LSODA. Where enzymes are scarce, Briggs and Haldane's approximation
    makes Michaelis and Menten's law with competitive inhibition of it.

    Parameters
    ----------
    final, rise : (k, 4) final levels [mM] and time constants [h] of the enzymes, see `induced`.
    t : (n,) times [h], from zero.
    inhibition : dissociation constant of the inhibitor [mM]; None for a chain without.
    second : the same for P on enzyme 3; none if left out.
    start : of S [mM]; the other metabolites start at zero.

    Returns
    -------
    Metabolites (k, n, 5), free and bound together, as an extract of cells measures them [mM], and their slopes (k, n, 5) [mM/h].

    Raises
    ------
    ValueError : shapes that do not fit, levels or constants that are not positive.

    >>> m, slope = mass_action([[0.01] * 4], [[5.0] * 4], [0.0, 20.0])
    >>> m.shape, bool(abs(m.sum(axis=2) - 20).max() < 1e-4)  # nothing is lost
    ((1, 2, 5), True)
    """
    t = _input.times(t, "t", start=0.0)
    final = _input.array(final, "final", "(k, 4)", positive=True)
    rise = _input.array(rise, "rise", f"({len(final)}, 4)", positive=True)
    start = _input.number(start, "start", above=0, remedy="In mM.")
    blocks = tuple(
        0.0 if v is None else OFF[1] / _input.number(v, name, above=0, remedy="None for none.")
        for v, name in ((inhibition, "inhibition"), (second, "second"))
    )
    strains = [_one_strain(e, r, t, blocks, start) for e, r in zip(final, rise, strict=True)]
    return tuple(np.array(part) for part in zip(*strains, strict=True))


def _one_strain(final, rise, t, blocks, start):
    kcat = np.array(KCAT)
    on, enzyme, by = (OFF[0] + kcat) / np.array(KM), [0, 2], [3, 4]  # C on enzyme 1, P on enzyme 3

    def rhs(time, y):
        m, bound, blocked = y[:5], y[5:9], y[9:]
        free = _rising(final, rise, time) - bound
        free[enzyme] -= blocked
        caught, made = on * free * m[:4] - OFF[0] * bound, kcat * bound
        block = blocks * free[enzyme] * m[by] - OFF[1] * blocked
        dm = np.zeros(5)
        dm[:4] -= caught
        dm[1:] += made
        dm[by] -= block
        return np.concatenate([dm, caught - made, block])

    y = solve_ivp(rhs, (0, t[-1]), [start] + [0.0] * 10, method="LSODA", t_eval=t, rtol=1e-7, atol=1e-10).y.T
    total = y[:, :5].copy()
    total[:, :4] += y[:, 5:9]
    total[:, by] += y[:, 9:]
    return total, _balance(kcat * y[:, 5:9])


def balance(v):
    """Slopes (…, 5) of the metabolites from the velocities (…, 4) of the steps: what one step takes the next receives.

    >>> balance(np.array([3.0, 2.0, 2.0, 1.0]))
    array([-3.,  1.,  0.,  1.,  1.])
    """
    v = _input.numbers(v, "v")
    if v.shape[-1:] != (4,):
        raise ValueError(f"expected v (…, 4); got shape {v.shape}. Put the four steps last.")
    return _balance(v)


def _balance(v):
    slopes = np.zeros((*v.shape[:-1], v.shape[-1] + 1))
    slopes[..., :-1] -= v
    slopes[..., 1:] += v
    return slopes


def smooth(t, y, at=None, *, derivative=0):
    """Values (k, m, d) of cubic smoothing splines of many series, the smoothing of each by generalised cross-validation (SciPy).

    Parameters
    ----------
    t : (n,) times, five at least.
    y : (k, n, d)
    at : (m,) where to take their values; at t if left out.
    derivative : 0 for values, 1 for slopes.

    >>> t = np.linspace(0, 3, 16)
    >>> abs(smooth(t, np.sin(t)[None, :, None], derivative=1)[0, 1:-1, 0] - np.cos(t)[1:-1]).max() < 0.01
    np.True_
    """
    t = _input.times(t, "t", least=5)
    _input.number(t[-1] - t[0], "the length of t", least=1e-3, most=1e6, remedy="Rescale t to order one.")
    y = _input.array(y, "y", f"(k, {len(t)}, d)")
    at = t if at is None else _input.array(at, "at", "(m,)")
    derivative = _input.whole(derivative, "derivative", least=0, most=1)
    columns = [[_spline(t.tobytes(), c.tobytes())(at, nu=derivative) for c in one.T] for one in y]
    return np.array(columns).transpose(0, 2, 1)


def integrate(rate, t, enzymes, start, *, step=1.0):
    """Metabolites (k, n, 5) of strains from their measured enzymes, by Runge and Kutta's fourth-order steps.

    Parameters
    ----------
    rate : function (metabolites (k, 5), enzymes (k, 4)) -> slopes (k, 5) [mM/h].
    t : (n,) times of the readings [h], evenly spaced.
    enzymes : (k, n, 4) readings [mM]; `smooth` makes curves of them.
    start : (5,) metabolites at t[0] [mM].
    step : [h], at most; the spacing of t is divided evenly.

    Raises
    ------
    ValueError : times that are not evenly spaced, shapes that do not fit, slopes of another shape.

    >>> made = integrate(lambda m, e: balance(e), np.arange(6.0), np.full((1, 6, 4), 0.5), [20.0, 0, 0, 0, 0])
    >>> made[0, -1].round(6)
    array([17.5,  0. ,  0. ,  0. ,  2.5])
    """
    rate = _input.function(rate, "rate", "(metabolites, enzymes)")
    t, parts = _parts(t, step)
    enzymes = _input.array(enzymes, "enzymes", f"(k, {len(t)}, 4)")
    start = np.tile(_input.array(start, "start", "(5,)"), (len(enzymes), 1))
    _input.array(rate(start, enzymes[:, 0]), "what rate returns", str(start.shape), remedy="One row a strain.")
    return _runge_kutta(rate, _halves(t, enzymes, parts), start, parts, (t[1] - t[0]) / parts)


def _parts(t, step):
    t = _input.times(t, "t", least=5)
    step = _input.number(step, "step", above=0, remedy="An hour, say.")
    if not _input.even(t, 1e-6):
        raise ValueError("expected times that are evenly spaced; got others. Read smoothed series at even times.")
    return t, _input.steps(t[1] - t[0], step, ceil=1e-9, times=len(t) - 1)


def _halves(t, enzymes, parts):
    """Smoothed enzymes at all steps and half steps."""
    return np.maximum(smooth(t, enzymes, np.linspace(t[0], t[-1], 2 * parts * (len(t) - 1) + 1)), LEAST)


def _runge_kutta(rate, e, m, parts, h):
    kept = [m]
    for k in range(0, e.shape[-2] - 1, 2):
        a = rate(m, e[..., k, :])
        b = rate(m + h / 2 * a, e[..., k + 1, :])
        c = rate(m + h / 2 * b, e[..., k + 1, :])
        m = m + h / 6 * (a + 2 * b + 2 * c + rate(m + h * c, e[..., k + 2, :]))
        if (k // 2 + 1) % parts == 0:
            kept.append(m)
    return np.stack(kept, axis=-2)


def single_laws():
    """All laws in which one metabolite inhibits one enzyme: 56. A substrate that competes with itself is no other law, and left out.

    >>> len(single_laws())
    56
    """
    return [
        (m, e, kind)
        for e in range(1, 5)
        for i, m in enumerate(METABOLITES)
        for kind in KINDS
        if kind != "competitive" or i != e - 1
    ]


@brief
class Fit(NamedTuple):
    """What `fit` and `fit_slopes` return; the laws keep their order."""

    laws: tuple  # (q,) as asked for
    constants: np.ndarray  # (q, 9) k of four enzymes [1/h], K of four [mM], K_i [mM], infinite where nothing inhibits
    rms: np.ndarray  # (q,) root mean square of what is left, in units of the scale
    verdict: tuple[Verdict, ...]  # (q,) why the search for the constants of each ended

    @property
    def converged(self) -> np.ndarray:
        """(q,) bool."""
        return np.array([v.converged for v in self.verdict])

    @property
    def order(self) -> np.ndarray:
        """(q,) places of the laws in the lists, the one that leaves least first."""
        return np.argsort(self.rms, kind="stable")

    @property
    def starts(self) -> np.ndarray:
        """(q, 1, 9) its constants as starts of another fit of the same laws: first slopes, say, then the equation."""
        return np.clip(self.constants, LOW, HIGH)[:, None]

    def rate(self, which: int = 0):
        """The slopes of one fitted law as a function, as `integrate` takes it."""
        which = _input.whole(which, "which", least=-len(self.laws), most=len(self.laws) - 1)
        coded, p = _coded([self.laws[which]]), self.constants[which]
        return lambda m, e: _balance(_velocities(np.asarray(m, dtype=float), np.asarray(e, dtype=float), p, coded[0]))


def fit(laws, t, metabolites, enzymes, start, *, scale=None, starts=(FIRST,), step=0.25, iterations=60) -> Fit:
    """Fit laws to time series through the differential equation, by least squares from each start: the best end is kept.

    Parameters
    ----------
    laws : list of None or ("C", 1, "competitive"), see the module.
    t : (n,) times of the readings [h], evenly spaced.
    metabolites : (k, n, 5) readings [mM]; those at t[0] are not fitted.
    enzymes : (k, n, 4) readings [mM], smoothed before use.
    start : (5,) metabolites at t[0], the same medium for all strains [mM].
    scale : (5,) one error of each metabolite counts as this much; standard deviations of the readings if left out.
    starts : (s, 9) constants to start from, see `Fit.constants`, or (q, s, 9) for each law its own, see `Fit.starts`.
    step : of the solver [h].
    iterations : of `mmlib.multistart.least_squares`.

    Raises
    ------
    ValueError : laws that name no metabolite, enzyme or kind; shapes that do not fit.

    >>> t, start = np.arange(0, 31, 3.0), [20.0, 0, 0, 0, 0]
    >>> level, rise = np.array([[0.01] * 4, [0.005, 0.01, 0.02, 0.01]]), np.full((2, 4), 5.0)
    >>> m, _ = mass_action(level, rise, t, inhibition=0.1)
    >>> found = fit([None, ("C", 1, "competitive")], t, m, induced(level, rise, t), start)
    >>> bool(found.rms[1] < 0.2 * found.rms[0])
    True
    """
    t, parts = _parts(t, step)
    y = _input.array(metabolites, "metabolites", f"(k, {len(t)}, 5)")
    e = _halves(t, _input.array(enzymes, "enzymes", f"({len(y)}, {len(t)}, 4)"), parts)
    start, scale = _input.array(start, "start", "(5,)"), _scaled(scale, y)
    _in_units(y, e, np.ptp(y, axis=1).max() / (t[-1] - t[0]))

    def residuals(p, coded):
        """(b, 9) constants and laws (b, 3) -> (b, rows)."""
        m, p, coded = np.broadcast_to(start, (len(p), len(y), 5)), p[:, None], coded[:, None]
        with np.errstate(all="ignore"):  # steps too large for a trial end in no number, and are refused
            made = _runge_kutta(lambda m, e: _balance(_velocities(m, e, p, coded)), e, m, parts, (t[1] - t[0]) / parts)
        return ((made - y)[:, :, 1:] / scale).reshape(len(p), -1)

    return _search(laws, residuals, starts, iterations)


def fit_slopes(laws, metabolites, slopes, enzymes, *, scale=None, starts=(FIRST,), iterations=60) -> Fit:
    """Fit laws to slopes, without solving anything: each reading is one equation. See `fit` for the arguments.

    Parameters
    ----------
    metabolites, slopes, enzymes : (k, n, 5), (k, n, 5), (k, n, 4): smoothed values and their derivatives.

    >>> m = np.random.default_rng(0).uniform(0.1, 5, (3, 20, 5))
    >>> e, law = np.full((3, 20, 4), 0.01), ("C", 1, "competitive")
    >>> truth = Fit((law,), np.array([[60, 50, 40, 30, 2, 1, 0.6, 1, 0.1]]), np.zeros(1), ())
    >>> found = fit_slopes([law], m, truth.rate()(m, e), e)
    >>> found.constants.round(2)[0, [0, 4, 8]]
    array([60. ,  2. ,  0.1])
    """
    m = np.maximum(_input.array(metabolites, "metabolites", "(k, n, 5)"), 0)
    goal = _input.array(slopes, "slopes", str(m.shape)).reshape(-1, 5)
    e = _input.array(enzymes, "enzymes", f"({m.shape[0]}, {m.shape[1]}, 4)").reshape(-1, 4)
    m, scale = m.reshape(-1, 5), _scaled(scale, goal[None])
    _in_units(m, e, abs(goal).max())

    def residuals(p, coded):
        v = _velocities(m, e, p[:, None], coded[:, None])
        return ((_balance(v) - goal) / scale).reshape(len(p), -1)

    return _search(laws, residuals, starts, iterations)


def _in_units(m, e, speed):  # what the constants of a fit cannot make is refused
    _input.number(m.max(), "the largest metabolite [mM]", least=LOW[4], most=10 * HIGH[4], remedy="Rescale to mM.")
    _input.number(
        speed / e.max(), "the largest slope / enzyme [1/h]", least=LOW[0] / 10, most=HIGH[0], remedy="Rescale."
    )


def _scaled(scale, y):
    scale = y.std(axis=(0, 1)) if scale is None else _input.array(scale, "scale", "(5,)", positive=True)
    if (scale == 0).any():
        raise ValueError(
            f"expected metabolites that change; got a constant {METABOLITES[scale.argmin()]}. Pass scale=."
        )
    return scale


def _coded(laws):
    """(q, 3) whole numbers: enzyme, metabolite, kind (0 for none)."""
    rows = []
    for law in laws:
        try:
            by, enzyme, kind = ("S", 1, None) if law is None else law
            kinds = (None, *KINDS) if law is None else (0, *KINDS)
            rows.append(((1, 2, 3, 4).index(enzyme), METABOLITES.index(by), kinds.index(kind)))
        except (TypeError, ValueError):
            raise ValueError(
                f"expected None or (one of {', '.join(METABOLITES)}, enzyme 1 to 4, one of {', '.join(KINDS)}); got {law!r}. "
                'Try ("C", 1, "competitive").'
            ) from None
    return np.array(rows, dtype=int).reshape(-1, 3)


def _velocities(m, e, p, coded):
    """Velocities (…, 4) of metabolites (…, 5), enzymes (…, 4), constants (…, 9) and coded laws (…, 3), which are broadcast."""
    m = np.maximum(m, 0)
    enzyme, by, kind = (coded[..., j, None] for j in range(3))
    by = np.broadcast_to(by, (*np.broadcast_shapes(by.shape[:-1], m.shape[:-1]), 1))
    m = np.broadcast_to(m, (*by.shape[:-1], 5))
    more = np.take_along_axis(m, by, -1) / p[..., 8:] * (np.arange(4) == enzyme)
    slower = 1 + more * ((kind == 1) | (kind == 2))
    lower = 1 + more * (kind >= 2)
    s = m[..., :4]
    return p[..., :4] * e * s / (p[..., 4:8] * slower + s * lower)


def _search(laws, residuals, starts, iterations):
    """Laws without an inhibitor have eight unknowns, the others nine: two runs, put together in the order asked for."""
    laws = tuple(_input.listed(laws, "laws", "One law? Pass [law]; none inhibited: [None]."))
    coded, q = _coded(laws), len(laws)
    starts = _input.array(starts, "starts", f"(s, 9) or ({q}, s, 9)", positive=True)
    starts = np.broadcast_to(starts, (q, *starts.shape[-2:]))
    s = starts.shape[1]
    constants, rms, verdict = np.full((q, 9), np.inf), np.zeros(q), [None] * q
    for n, own in ((8, np.flatnonzero(coded[:, 2] == 0)), (9, np.flatnonzero(coded[:, 2]))):
        if not len(own):
            continue
        which_law = np.repeat(own, s)

        def function(x, which, n=n, which_law=which_law):
            nudged = np.concatenate([x[:, None], x[:, None] + NUDGE * np.eye(n)], axis=1).reshape(-1, n)
            p = np.full((len(nudged), 9), np.inf)
            p[:, :n] = 10**nudged
            r = residuals(p, np.repeat(coded[which_law[which]], n + 1, axis=0)).reshape(len(x), n + 1, -1)
            with np.errstate(invalid="ignore"):
                return r[:, 0], (r[:, 1:] - r[:, :1]).transpose(0, 2, 1) / NUDGE

        first, low, high = (np.log10(np.asarray(v)[..., :n]) for v in (starts[own], LOW, HIGH))
        run = multistart.least_squares(function, first.reshape(-1, n), low, high, iterations=iterations, tolerance=1e-5)
        best = run.rms.reshape(-1, s).argmin(axis=1) + s * np.arange(len(own))
        constants[own, :n], rms[own] = 10 ** run.x[best], run.rms[best]
        for k, i in zip(own, best, strict=True):
            verdict[k] = run.verdict[i]
    return Fit(laws, constants, rms, tuple(verdict))
