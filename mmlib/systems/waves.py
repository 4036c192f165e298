r"""Waves on a ring: Burgers, Korteweg-de Vries, Kuramoto-Sivashinsky, by a spectral solver, with exact solutions beside it.

All three are $u_t = \sum_{p, d} c_{p, d}\, \partial_x^d (u^p)$ on a periodic line. A law is a dictionary {(p, d): c}: the power of u, the
order of the derivative, the coefficient.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmlib import _input

__all__ = ["BURGERS", "KDV", "KURAMOTO", "Ring", "cole_hopf", "solitons"]

MOST = 1e7  # steps in time of one film, many minutes
POINTS = 32  # on the circle by which the coefficients of a step are averaged


@dataclass(frozen=True)
class Ring:
    r"""A law of a field on a periodic line, $u_t = \sum_{p, d} c_{p, d}\, \partial_x^d (u^p)$.

    Fourier series in space, two thirds of them kept in products; in time the exponential Runge-Kutta method of fourth
    order, which is exact for the linear part (Kassam and Trefethen 2005, doi:10.1137/S1064827502410633).

    >>> heat = Ring("heat", {(1, 2): 0.1})
    >>> x = 2 * np.pi * np.arange(32) / 32
    >>> bool(np.allclose(heat.solve(np.sin(x), x, [0.0, 1.0])[1], np.exp(-0.1) * np.sin(x)))
    True
    """

    name: str
    terms: dict  # {(p, d): c}, power and order of the derivative: coefficient

    def __post_init__(self):
        remedy = "Try {(2, 1): -0.5, (1, 2): 0.1}."
        if not isinstance(self.terms, dict):
            raise ValueError(f"expected terms as a dictionary {{(p, d): c}}; got {_input.shown(self.terms)}. {remedy}")
        for term in self.terms:
            if not isinstance(term, tuple) or len(term) != 2:
                raise ValueError(
                    f"expected each term as a pair (power, order of the derivative); got {term!r}. {remedy}"
                )
            for part in term:
                _input.whole(part, f"power and order of {term}", least=0, remedy=remedy)
        numbers = {
            term: _input.number(c, f"the coefficient of {term}", remedy=remedy) for term, c in self.terms.items()
        }
        object.__setattr__(self, "terms", numbers)

    def solve(self, u0, x, t, *, step=0.01) -> np.ndarray:
        """The film (k, n) at times t from the profile u0 at places x.

        Parameters
        ----------
        u0 : (n,) profile at time t[0].
        x : (n,) places, evenly spaced over one period; its end, which is the start of the next, left out.
        t : (k,) times, increasing.
        step : longest time step [unit of t].

        Raises
        ------
        ValueError : NaN, places that are not evenly spaced, times that do not increase, a step that is not positive.
        RuntimeError : the field ran away.
        """
        x, t, u0, step = _checked(x, t, u0, step)
        if (t[-1] - t[0]) / step > MOST:
            raise ValueError(f"expected at most {MOST:g} steps; got {(t[-1] - t[0]) / step:.2g}. Take a longer step.")
        n = len(x)
        k = 2 * np.pi * np.fft.rfftfreq(n, x[1] - x[0])
        keep = np.arange(len(k)) <= n // 3
        symbol = {p: sum(c * (1j * k) ** d for (q, d), c in self.terms.items() if q == p) for p, _ in self.terms}
        linear = symbol.pop(1, 0) + np.zeros(len(k), complex)

        def products(v):
            u = np.fft.irfft(v * keep, n)
            return keep * sum((s * np.fft.rfft(u**p) for p, s in symbol.items()), np.zeros(len(k), complex))

        v, film, made = np.fft.rfft(u0), [u0], {}
        for gap in np.diff(t):
            steps = max(1, int(np.ceil(gap / step - 1e-9)))
            h = round(gap / steps, 12)
            if h not in made:
                made[h] = _step(h, linear)
            for _ in range(steps):
                v = made[h](v, products)
            if not np.isfinite(v).all():
                raise RuntimeError(
                    f"the field of {self.name} is no longer finite at {t[len(film)]:g}: the law is unstable, or the step too long. "
                    "Try half the step; if it runs away again, the law has no solution from here."
                )
            film.append(np.fft.irfft(v, n))
        return np.array(film)


BURGERS = Ring("Burgers", {(2, 1): -0.5, (1, 2): 0.1})
KDV = Ring("Korteweg-de Vries", {(2, 1): -3.0, (1, 3): -1.0})
KURAMOTO = Ring("Kuramoto-Sivashinsky", {(2, 1): -0.5, (1, 2): -1.0, (1, 4): -1.0})


def _step(h, linear):
    """One step of the exponential Runge-Kutta method; its coefficients are means over a circle around each h L."""
    around = np.exp(2j * np.pi * (np.arange(POINTS) + 0.5) / POINTS)
    z = h * linear[:, None] + around
    e, half = np.exp(h * linear), np.exp(h * linear / 2)
    mean = lambda f: h * f.mean(axis=1)  # noqa: E731
    q = mean((np.exp(z / 2) - 1) / z)
    f1 = mean((-4 - z + np.exp(z) * (4 - 3 * z + z**2)) / z**3)
    f2 = mean((2 + z + np.exp(z) * (z - 2)) / z**3)
    f3 = mean((-4 - 3 * z - z**2 + np.exp(z) * (4 - z)) / z**3)

    def advance(v, rate):
        with np.errstate(all="ignore"):
            start = rate(v)
            a = half * v + q * start
            at_a = rate(a)
            at_b = rate(half * v + q * at_a)
            at_c = rate(half * a + q * (2 * at_b - start))
            return e * v + f1 * start + 2 * f2 * (at_a + at_b) + f3 * at_c

    return advance


def solitons(x, t, speeds=(1.0, 0.4), places=(-18.0, -6.0)) -> np.ndarray:
    r"""Two solitons of $u_t + 6 u u_x + u_{xxx} = 0$ on an infinite line, exact, also where they meet: (k, m).

    $u = 2\, \partial_x^2 \ln (1 + E_1 + E_2 + A E_1 E_2)$ with $E_i = e^{\kappa_i (x - x_i) - \kappa_i^3 t}$, $\kappa_i$ the
    root of the speed and $A = (\kappa_1 - \kappa_2)^2 / (\kappa_1 + \kappa_2)^2$ (Hirota 1971,
    doi:10.1103/PhysRevLett.27.1192).

    Parameters
    ----------
    x, t : (m,) places and (k,) times.
    speeds : of the two, different and positive; each is twice its height.
    places : $x_i$, where each would be at time zero without the other.

    >>> far = solitons(np.linspace(-40, 40, 8001), [0.0], places=(-20, 20))
    >>> round(float(far.max()), 3)
    0.5
    """
    x, t = _input.array(x, "x", "(m,)")[None, :], _input.array(t, "t", "(k,)")[:, None]
    k1, k2 = np.sqrt(_input.array(speeds, "speeds", "(2,)", positive=True))
    if k1 == k2:
        raise ValueError(f"expected two different speeds; got {speeds}. Two solitons of one speed do not exist.")
    p1, p2 = _input.array(places, "places", "(2,)")
    with np.errstate(over="ignore"):
        a = np.log(((k1 - k2) / (k1 + k2)) ** 2)
        y1, y2 = k1 * (x - p1) - k1**3 * t, k2 * (x - p2) - k2**3 * t
    logs = np.stack(np.broadcast_arrays(0 * y1, y1, y2, a + y1 + y2))
    slopes = np.array([0, k1, k2, k1 + k2])[:, None, None]
    weights = np.exp(logs - logs.max(axis=0))
    weights /= weights.sum(axis=0)
    mean = (weights * slopes).sum(axis=0)
    return 2 * ((weights * slopes**2).sum(axis=0) - mean**2)


def cole_hopf(x, t, start, *, viscosity=0.1, reach=12.0, nodes=4001) -> np.ndarray:
    r"""Burgers' equation $u_t + u u_x = \nu u_{xx}$ on an infinite line by the transform of Cole and Hopf: (k, m).

    $u = \int \frac{x - y}{t} e^{-G} dy \big/ \int e^{-G} dy$ with $G = \frac{1}{2\nu} \big( \int_0^y u_0 + \frac{(x - y)^2}{2t} \big)$
    (Hopf 1950, doi:10.1002/cpa.3160030302), by the trapezoidal rule.

    Parameters
    ----------
    x, t : (m,) places and (k,) times above zero.
    start : function of places, small beyond `reach`.
    viscosity : $\nu$ [length^2/time].
    reach : integrals run from -reach to reach.
    nodes : of the rule.

    >>> bump = lambda y: np.exp(-((y + 2) ** 2))
    >>> u = cole_hopf(np.array([-2.0]), np.array([1e-3]), bump)
    >>> bool(abs(u[0, 0] - 1) < 1e-3)
    True
    """
    x, t = _input.array(x, "x", "(m,)"), _input.array(t, "t", "(k,)", positive=True)
    _input.function(start, "start", "(places) that returns u at time zero")
    viscosity, reach = (
        _input.number(v, f"a positive {n}, {n}", above=0) for v, n in ((viscosity, "viscosity"), (reach, "reach"))
    )
    y = np.linspace(-reach, reach, _input.whole(nodes, "nodes", least=3, remedy="Try nodes=4001."))
    u0 = _input.array(start(y), "what start returns", f"({len(y)},)", remedy="One value a place.")
    total = np.concatenate([[0.0], np.cumsum((u0[1:] + u0[:-1]) / 2) * (y[1] - y[0])])
    rows = []
    for time in t:
        g = -(total + (x[:, None] - y) ** 2 / (2 * time)) / (2 * viscosity)
        weight = np.exp(g - g.max(axis=1, keepdims=True))
        rows.append((weight * (x[:, None] - y)).sum(axis=1) / time / weight.sum(axis=1))
    return np.array(rows)


def _checked(x, t, u0, step):
    x, t = _input.array(x, "x", "(n,)", least=8), _input.array(t, "t", "(k,)")
    u0 = _input.array(u0, "u0", f"({len(x)},)")
    if len(t) < 2 or (np.diff(t) <= 0).any():
        raise ValueError("expected at least two times that increase, the first that of u0; got others. Sort them.")
    gaps = np.diff(x)
    if gaps[0] <= 0 or np.ptp(gaps) > 1e-6 * gaps[0]:
        raise ValueError("expected evenly spaced places that increase; got others. Interpolate u0 onto such places.")
    return x, t, u0, _input.number(step, "a positive step, step", above=0, remedy="Try step=0.01.")
