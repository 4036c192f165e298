"""Misfolded protein on the network of a brain: it flows along connections and multiplies where it is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from mmlib import _input
from mmlib.systems.base import Model

__all__ = ["NetworkSpread", "cohort", "crossing", "rewired", "smoothed", "strength"]

SWEEPS, CLOSE = 2000, 1e-10  # of the scaling in `rewired`: at most this many, until no strength is off by this share
STABLE = 2.5  # step times fastest rate up to which the fourth-order steps of `cohort` decay (their limit is 2.78)


@dataclass(frozen=True)
class NetworkSpread(Model):
    r"""Concentration $c_i$ of misfolded protein in region $i$, as a share of what the region can hold:

    $\dot c_i = -\kappa \sum_j w_{ij} (c_i - c_j) + \alpha c_i (1 - c_i)$,

    the Fisher-Kolmogorov equation on a graph (Fornari et al. 2019, doi:10.1098/rsif.2019.0356, whose growth is the default); with
    $\alpha = 0$ the network diffusion of Henderson et al. 2021 (doi:10.1126/sciadv.abg6677). $w_{ij}$ says how fast region i takes on
    the concentration of region j. Symmetric weights keep the sum of c where nothing grows; for protein that travels against the
    direction of axons, `weights` are the projections from i to j, for the other direction their transpose. The diagonal is ignored.
    The weights have no unit that is known: `coupling` carries it.

    >>> model = NetworkSpread(weights=[[0, 1], [1, 0]], growth=0.5, coupling=0.0)
    >>> c = model.simulate([0.1, 0.0], [0.0, 10.0])  # the logistic curve, and nothing
    >>> bool(np.isclose(c[1, 0], 1 / (1 + 9 * np.exp(-5)))), float(c[1, 1])
    (True, 0.0)
    """

    weights: np.ndarray = field(default_factory=lambda: np.array([[0.0, 1, 0], [1, 0, 2], [0, 2, 0]]))  # (n, n) [1]
    growth: float = 0.5  # rate at which protein multiplies where it is rare, alpha [1/year]
    coupling: float = 1.0  # rate of exchange along a weight of one, kappa [1/year]

    names = ("concentration",)
    units = {"weights": "1", "growth": "1/year", "coupling": "1/year", "t": "year", "concentration": "1"}
    may_be_zero = ("growth", "coupling")
    unchecked = ("weights",)

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, "weights", _weights(self.weights))

    @property
    def _count(self):
        return len(self.weights)

    @property
    def laplacian(self):
        """Matrix L (n, n) of the exchange [1/year]: what leaves on the diagonal, minus the weights beside it, times the coupling."""
        return self.coupling * (np.diag(self.weights.sum(axis=1)) - self.weights)

    def rhs(self, t, c):
        """Rates (n, …) per year at concentrations c (n, …)."""
        c = np.asarray(c, dtype=float)
        return self.growth * c * (1 - c) - np.tensordot(self.laplacian, c, axes=1)

    def simulate(self, start, t):
        """Concentrations (m, n) at times t (m,) [year] from concentrations `start` (n,) between 0 and 1 at time 0.

        Raises
        ------
        ValueError : shapes that do not fit, a start below 0 or above 1, times that do not increase from zero or later.
        RuntimeError : the solver stopped.
        """
        start, t = self._start(start), _input.times(t, least=1, start=0)
        lap, none = self.laplacian, np.zeros(len(start))

        def slope(_, c):
            return self.growth * c * (1 - c) - lap @ c

        def jacobian(_, c):
            return np.diag(self.growth * (1 - 2 * c)) - lap

        if t[-1] == 0:
            return start[None].copy()
        run = solve_ivp(slope, (0, t[-1]), start, "LSODA", t_eval=t, jac=jacobian, rtol=1e-8, atol=1e-12 + none)
        if not run.success:
            raise RuntimeError(
                f"the solver stopped: {run.message} Rescale the weights, so that their largest sum is of order one."
            )
        return run.y.T

    def linear(self, start, t):
        """The same where protein is rare, $e^{(\\alpha - L) t} c_0$ (m, n): exact for pure diffusion (growth zero)."""
        start, t = self._start(start), _input.times(t, least=1, start=0)
        rate = self.growth * np.eye(len(start)) - self.laplacian
        gaps = np.diff(t, prepend=0.0)
        carry = {gap: expm(rate * gap) for gap in set(gaps.tolist())}  # equal gaps share one exponential
        found = []
        for gap in gaps.tolist():
            start = carry[gap] @ start
            found.append(start)
        if not np.isfinite(start).all():
            raise ValueError(
                f"expected times short enough for a linear law that grows; got {t[-1]:g}, where it overflows. Use simulate."
            )
        return np.array(found)

    def _start(self, start):
        n = len(self.weights)
        start = _input.array(start, "start", f"({n},)", remedy=f"One concentration for each of the {n} regions.")
        if start.min() < 0 or start.max() > 1:
            raise ValueError(
                f"expected start between 0 and 1, shares of what a region holds; got {start.min():g} to {start.max():g}. Divide by the largest."
            )
        return start


def cohort(weights, start, growth, coupling, t, *, steps=12):
    """Maps of many patients, each with rates and times of visit of its own: (m, k, n), by classical Runge-Kutta steps.

    Parameters
    ----------
    weights : (n, n) as in `NetworkSpread`, the same for all.
    start : (n,) concentrations between 0 and 1 at time 0, the same for all.
    growth, coupling : (m,) [1/year], not negative.
    t : (m, k) times of the visits [year], increasing along each row from zero or later.
    steps : steps from one visit to the next, and from time 0 to the first.

    Raises
    ------
    ValueError : shapes that do not fit, negative rates, times that do not increase, steps too long for the fastest exchange.

    >>> two = cohort([[0, 1], [1, 0]], [0.1, 0.1], [0.5, 1.0], [1.0, 1.0], [[4.0], [4.0]])
    >>> two[:, 0, 0].round(4)  # logistic curves
    array([0.4509, 0.8585])
    """
    model = NetworkSpread(weights)
    start, lap = model._start(start), NetworkSpread(weights, coupling=1.0).laplacian
    growth = _input.array(growth, "growth", "(m,)")
    m = len(growth)
    coupling = _input.array(coupling, "coupling", f"({m},)", remedy="One coupling a patient.")
    t = _input.array(t, "t", f"({m}, k)", remedy="One row of times a patient.")
    steps = _input.whole(steps, "steps", least=1, remedy="Try steps=12.")
    if min(growth.min(), coupling.min()) < 0:
        raise ValueError("expected growth and coupling zero or positive; got a negative one. Was a logarithm passed?")
    gaps = np.diff(t, prepend=0.0, axis=1)
    if gaps.min() < 0:
        raise ValueError("expected times that increase from zero or later along each row; got others. Sort them.")
    fastest = np.max(gaps.max(axis=1) / steps * (2 * lap.diagonal().max() * coupling + growth))  # Gershgorin's circle
    if fastest > STABLE:
        raise ValueError(
            f"expected steps short enough for the fastest exchange, step times rate at most {STABLE}; got {fastest:.2g}. "
            f"Pass steps={int(np.ceil(steps * fastest / STABLE))}."
        )
    c, found = np.repeat(start[:, None], m, axis=1), []

    def rate(c):
        return growth * c * (1 - c) - coupling * (lap @ c)

    for gap in gaps.T:
        h = gap / steps
        for _ in range(steps):
            k1 = rate(c)
            k2 = rate(c + h / 2 * k1)
            k3 = rate(c + h / 2 * k2)
            c = c + h / 6 * (k1 + 2 * k2 + 2 * k3 + rate(c + h * k3))
        found.append(c)
    return np.array(found).transpose(2, 0, 1)


def crossing(t, c, level=0.5):
    """When each column of c (m, n) first reaches a level: (n,) in the unit of t, infinite where it does not.

    Between two times the logarithm of c / (1 - c) is taken as straight, as it is in logistic growth.

    Raises
    ------
    ValueError : times that do not increase, shapes that do not fit, a level that is not between 0 and 1.

    >>> t = np.linspace(0, 20, 11)
    >>> crossing(t, 1 / (1 + 9 * np.exp(-0.5 * t))[:, None]).round(4)  # 2 ln 9
    array([4.3944])
    """
    t = _input.times(t)
    c = _input.array(c, "c", f"({len(t)}, n)", remedy="One row a time, one column a region.")
    level = _input.number(level, "level", above=0, below=1)
    odds = np.log(np.clip(c, 1e-300, None)) - np.log(np.clip(1 - c, 1e-300, None)) - np.log(level / (1 - level))
    found = np.full(c.shape[1], np.inf)
    for k in range(c.shape[1]):
        over = np.flatnonzero(odds[:, k] >= 0)
        if len(over):
            i = over[0]
            found[k] = (
                t[0] if i == 0 else t[i - 1] + (t[i] - t[i - 1]) * -odds[i - 1, k] / (odds[i, k] - odds[i - 1, k])
            )
    return found


def strength(weights):
    """Mean over regions of the sum of a region's weights: the mean weighted degree. Dividing by it gives weights of mean strength one.

    Raises
    ------
    ValueError : weights that are no square matrix, are negative, or are all zero.

    >>> strength([[0, 1, 0], [1, 0, 2], [0, 2, 0]])
    2.0
    """
    return float(_weights(weights).sum(axis=1).mean())


def rewired(weights, rng, alike=None):
    """A null: the same weights, dealt out to other pairs of regions, then scaled until each region has its strength again.

    The scaling multiplies rows and columns in turn (Sinkhorn 1967, doi:10.2307/2314570), so the weights are the old ones only up to a
    factor for each region. Sums of rows and of columns are kept; a symmetric matrix stays symmetric.

    Parameters
    ----------
    weights : (n, n), not negative, with a positive sum in every row and column.
    rng : numpy.random.Generator
    alike : (n, n) whole numbers, optional: weights are dealt out only among pairs of one number. Classes of distance keep the habit
        of near regions to be connected; symmetric where the weights are.

    Raises
    ------
    ValueError : weights that are no such matrix, classes of another shape or not symmetric where the weights are; a network too sparse
        for its strengths to be met.

    >>> w = np.array([[0, 1.0, 2, 3], [1, 0, 1, 1], [2, 1, 0, 1], [3, 1, 1, 0]])
    >>> new = rewired(w, np.random.default_rng(0))
    >>> bool(np.allclose(new.sum(1), w.sum(1))), bool(np.allclose(new, new.T))
    (True, True)
    """
    w, rng = _weights(weights), _input.generator(rng)
    alike = _classes(w, alike)
    same = _symmetric(w)
    place = np.triu_indices(len(w), 1) if same else np.nonzero(~np.eye(len(w), dtype=bool))
    new, dealt = np.zeros_like(w), w[place]
    for number in np.unique(alike[place]):
        own = alike[place] == number
        dealt[own] = rng.permutation(dealt[own])
    new[place] = dealt
    return _with_strengths(new + new.T if same else new, w)


def smoothed(weights, alike):
    """A network in which only the classes are left: each pair has the mean weight of its class, scaled as in `rewired`.

    Dealt-out weights are as uneven as the real ones, by chance; this null has neither wiring nor chance.

    Parameters
    ----------
    weights : (n, n), not negative, with a positive sum in every row and column.
    alike : (n, n) whole numbers, the class of each pair; symmetric where the weights are.

    Raises
    ------
    ValueError : as `rewired`.

    >>> w = np.array([[0, 1.0, 2, 3], [1, 0, 1, 1], [2, 1, 0, 1], [3, 1, 1, 0]])
    >>> bool(np.allclose(smoothed(w, np.zeros((4, 4))).sum(1), w.sum(1)))
    True
    """
    w = _weights(weights)
    alike, beside = _classes(w, alike), ~np.eye(len(w), dtype=bool)
    new = np.zeros_like(w)
    for number in np.unique(alike[beside]):
        own = beside & (alike == number)
        new[own] = w[own].mean()
    return _with_strengths(new, w)


def _symmetric(w):
    return np.allclose(w, w.T, rtol=1e-12, atol=0)


def _classes(w, alike):
    n = len(w)
    if min(w.sum(axis=1).min(), w.sum(axis=0).min()) <= 0:
        raise ValueError("expected every region to have a connection in and one out; got one without. Leave it out.")
    if alike is None:
        return np.zeros((n, n))
    alike = _input.array(alike, "alike", f"({n}, {n})", remedy="One number a pair of regions.")
    if _symmetric(w) and (alike != alike.T).any():
        raise ValueError(
            "expected alike symmetric, as the weights are; got another matrix. Use the same number for both orders."
        )
    return alike


def _with_strengths(new, w):
    """Rows and columns of `new` multiplied in turn until their sums are those of w."""
    rows, columns = w.sum(axis=1), w.sum(axis=0)
    for _ in range(SWEEPS):
        new = new * (rows / np.maximum(new.sum(axis=1), 1e-300))[:, None]
        new = new * (columns / np.maximum(new.sum(axis=0), 1e-300))
        if np.abs(new.sum(axis=1) / rows - 1).max() < CLOSE:
            return (new + new.T) / 2 if _symmetric(w) else new
    raise ValueError(
        "expected weights whose strengths can be met after dealing; got a network that is too sparse or has one region with most of the weight. "
        "Draw again, or leave that region out."
    )


def _weights(weights):
    weights = _input.array(weights, "weights", "(n, n)", least=2, remedy="One row and one column a region.")
    if weights.shape[0] != weights.shape[1] or weights.min() < 0:
        raise ValueError(
            f"expected weights as a square matrix of zero or positive numbers; got shape {weights.shape}, smallest {weights.min():g}. "
            "One row and one column a region."
        )
    weights = weights.copy()
    np.fill_diagonal(weights, 0.0)
    if not weights.any():
        raise ValueError(
            "expected weights with a connection; got none beside the diagonal. Are they on the diagonal only?"
        )
    return weights
