"""Particles that avoid each other on a small square lattice: composition, order, and their free energy, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from mmlib import _input
from mmlib.systems.base import Model

__all__ = ["BOX", "SQUARE", "Ensemble", "LatticeGas", "Samples", "place", "places"]

BOX = ((0.0, 1.0), (-0.5, 0.5))  # composition and order lie within [1]
SQUARE = ((0.0, 0.0), ((1.0, 1.0), (1.0, -1.0)))  # origin and matrix: x @ matrix are the occupations of A and B


class Ensemble(NamedTuple):
    """Exact averages under a bias: what an endless simulation would return."""

    kappa: np.ndarray  # (m, 2) centre of the bias: composition, order [1]
    x: np.ndarray  # (m, 2) mean composition and order [1]
    mu: np.ndarray  # (m, 2) chemical potentials, the gradient of g at x [k_B T a site]
    g: np.ndarray  # (m,) free energy at x [k_B T a site]
    covariance: np.ndarray  # (m, 2, 2) of composition and order in one snapshot [1]


class Samples(NamedTuple):
    """Averages of a simulation, one chain for each centre of the bias."""

    x: np.ndarray  # (m, 2) mean composition and order [1]
    mu: np.ndarray  # (m, 2) chemical potentials, 2 phi (kappa - x) [k_B T a site]
    lattice: np.ndarray  # (m, rows, columns) last state of each chain, 0 empty, 1 occupied
    visits: np.ndarray  # (m, N/2 + 1, N/2 + 1) steps that each chain spent with n_A and n_B particles


def place(occupation) -> np.ndarray:
    """Composition and order (m, 2) from the occupations of the sublattices A and B (m, 2), each between 0 and 1.

    >>> place([[0.9, 0.1]])
    array([[0.5, 0.4]])
    """
    a, b = found = _pairs(occupation, "occupation").T
    if found.min() < 0 or found.max() > 1:
        raise ValueError(f"expected occupations from 0 to 1; got {found.min():g} to {found.max():g}. Divide by sites.")
    return np.stack([(a + b) / 2, (a - b) / 2], axis=1)


def places(low: float = 0.05, high: float = 0.95, n: int = 25) -> np.ndarray:
    """Composition and order (n^2, 2) on a regular grid of occupations from `low` to `high`.

    >>> places(0.1, 0.9, 3).shape
    (9, 2)
    """
    low = _input.number(low, "low", least=0, most=1, remedy="An occupation.")
    high = _input.number(high, "high", above=low, most=1, remedy="An occupation, above low.")
    u = np.linspace(low, high, _input.whole(n, "n", least=1))
    return place(np.stack(np.meshgrid(u, u, indexing="ij"), axis=-1).reshape(-1, 2))


@cache
def _counts(shape: tuple[int, int]) -> np.ndarray:
    """Number of states with n_a and n_b particles on the two sublattices and a number of touching pairs, by visiting all."""
    rows, columns = shape
    sites = rows * columns
    full = (1 << sites) - 1
    on_a = sum(1 << (r * columns + k) for r in range(rows) for k in range(columns) if (r + k) % 2 == 0)
    first = sum(1 << (r * columns) for r in range(rows))  # first column
    a, b = (n + 1 for n in (bin(on_a).count("1"), sites - bin(on_a).count("1")))
    table = np.zeros(a * b * (2 * sites + 1), dtype=np.int64)
    for start in range(0, 1 << sites, 1 << 20):
        s = np.arange(start, min(start + (1 << 20), 1 << sites), dtype=np.uint64)
        right = ((s & np.uint64(full ^ first)) >> np.uint64(1)) | ((s & np.uint64(first)) << np.uint64(columns - 1))
        down = (s >> np.uint64(columns)) | ((s << np.uint64(sites - columns)) & np.uint64(full))
        n_a = np.bitwise_count(s & np.uint64(on_a)).astype(np.int64)
        n_b = np.bitwise_count(s & np.uint64(full ^ on_a)).astype(np.int64)
        pairs = np.bitwise_count(s & right).astype(np.int64) + np.bitwise_count(s & down)
        table += np.bincount((n_a * b + n_b) * (2 * sites + 1) + pairs, minlength=len(table))
    table = table.reshape(a, b, 2 * sites + 1)
    table.setflags(write=False)
    return table


@dataclass(frozen=True)
class LatticeGas(Model):
    r"""Lattice gas with repulsion between nearest neighbours on a periodic square lattice of two sublattices, A and B.

    The energy of a state is $w \sum (s_i - \frac12)(s_j - \frac12)$ over neighbouring pairs of sites, $s = 1$ where occupied:
    the antiferromagnet of Lee and Yang 1952, doi:10.1103/PhysRev.87.410, in the language of particles. It stays the same
    when particles and holes, or A and B, change places. Energies are in units of k_B T, per site where said.
    Composition is $c = (n_A + n_B)/N$, order $\eta = (n_A - n_B)/N$; particles prefer to gather on one sublattice.

    The bias $N \phi\,|x - \kappa|^2$ with $x = (c, \eta)$ holds a state near $\kappa$. The mean of $x$ then gives
    $\mu = 2\phi(\kappa - \langle x\rangle)$ (Teichert et al. 2019, doi:10.1016/j.cma.2019.05.019). For every $N$ and $\phi$
    this is the exact gradient, at $\langle x\rangle$, of $g = -\frac1N \ln Z(\kappa) - \phi\,|\langle x\rangle-\kappa|^2$,
    the free energy that `ensemble` and `at` return.

    >>> gas = LatticeGas(w=0.0, shape=(2, 2))  # no repulsion: N ln 2 of entropy in all
    >>> gas.log_weight.shape, float(np.log(np.exp(gas.log_weight).sum()) / np.log(2))
    ((3, 3), 4.0)
    """

    w: float = 2.0  # repulsion of two neighbours [k_B T]
    shape: tuple[int, int] = (4, 6)  # rows, columns

    units = {"w": "k_B T", "shape": "sites", "composition": "1", "order": "1"}
    any_sign = ("w",)  # attraction is no mistake
    unchecked = ("shape",)

    def __post_init__(self):
        given = tuple(self.shape) if isinstance(self.shape, tuple | list | np.ndarray) else ()
        ok = len(given) == 2 and all(isinstance(n, int | np.integer) and n >= 2 and n % 2 == 0 for n in given)
        if ok:
            object.__setattr__(self, "shape", tuple(map(int, given)))
        if not ok or self.sites > 24:
            raise ValueError(
                f"expected two even numbers of at most 24 sites in all, such as (4, 6); got {self.shape}. "
                "Odd sides break the two sublattices, larger lattices have too many states to visit."
            )
        super().__post_init__()

    @property
    def sites(self) -> int:
        """Number of sites N."""
        return self.shape[0] * self.shape[1]

    @property
    def counts(self) -> np.ndarray:
        """Number of states by n_A, n_B and occupied pairs, (N/2 + 1, N/2 + 1, 2N + 1), all 2^N of them visited."""
        return _counts(tuple(self.shape))

    @property
    def log_weight(self) -> np.ndarray:
        """Logarithm of the sum of exp(-energy) over the states with n_A and n_B particles, (N/2 + 1, N/2 + 1)."""
        counts = self.counts
        with np.errstate(divide="ignore"):
            terms = np.log(counts) - self.w * np.arange(counts.shape[-1])
        n = np.arange(counts.shape[0])
        terms += self.w * (2 * (n[:, None] + n) - self.sites / 2)[..., None]  # the halves in the energy
        top = terms.max(axis=-1)
        return top + np.log(np.exp(terms - top[..., None]).sum(axis=-1))

    def ensemble(self, kappa, *, phi: float) -> Ensemble:
        """Exact averages under biases centred at kappa.

        Parameters
        ----------
        kappa : (m, 2) centres, composition and order [1].
        phi : stiffness of the bias [k_B T a site].

        Raises
        ------
        ValueError : shapes, NaN, or a bias that is not positive.

        >>> LatticeGas(shape=(2, 2)).ensemble([[0.6, 0.0]], phi=4.0).mu.round(3)
        array([[0.541, 0.   ]])
        """
        kappa = _pairs(kappa, "kappa")
        _positive(phi)
        n = np.stack(np.meshgrid(*[np.arange(k) for k in self.counts.shape[:2]], indexing="ij"), axis=-1).reshape(-1, 2)
        x = np.stack([n.sum(axis=1), n[:, 0] - n[:, 1]], axis=1) / self.sites  # (k, 2)
        away = ((x - kappa[:, None]) ** 2).sum(axis=-1)  # (m, k)
        log_p = self.log_weight.reshape(-1) - self.sites * phi * away
        top = log_p.max(axis=1)
        p = np.exp(log_p - top[:, None])
        z = p.sum(axis=1)
        p /= z[:, None]
        mean = p @ x
        second = np.einsum("mk,ki,kj->mij", p, x, x, optimize=True)
        covariance = second - mean[:, :, None] * mean[:, None, :]
        g = -(top + np.log(z)) / self.sites - phi * ((mean - kappa) ** 2).sum(axis=1)
        return Ensemble(kappa, mean, 2 * phi * (kappa - mean), g, covariance)

    def at(self, x, *, phi: float) -> Ensemble:
        """The exact free energy and its gradient at given means x (m, 2): finds the centres that lead there.

        Raises
        ------
        ValueError : shapes, NaN, or x outside |order| < min(composition, 1 - composition).
        RuntimeError : no centre was found, as happens within a hair of the border.

        >>> LatticeGas(shape=(2, 2)).at([[0.5, 0.1]], phi=4.0).x.round(6)
        array([[0.5, 0.1]])
        """
        x = _pairs(x, "x")
        _positive(phi)
        _inside(x)
        kappa = x.copy()
        for _ in range(200):  # Newton's method on a concave function, with steps no longer than 0.1
            now = self.ensemble(kappa, phi=phi)
            miss = x - now.x
            if abs(miss).max() < 1e-12:
                return now
            step = np.linalg.solve(2 * phi * self.sites * now.covariance, miss[..., None])[..., 0]
            kappa = kappa + step * np.minimum(1, 0.1 / (np.linalg.norm(step, axis=1, keepdims=True) + 1e-300))
        raise RuntimeError(
            f"no centre found for {(abs(miss).max(axis=1) > 1e-12).sum()} of {len(x)} points after 200 steps. "
            "Stay further from the border, or choose a stiffer bias."
        )

    def mean_field(self, x) -> tuple[np.ndarray, np.ndarray]:
        r"""Bragg and Williams' estimate of g (m,) and its gradient (m, 2) at x (m, 2): sites of a sublattice are independent.

        $g = 2 w (c_A - \tfrac12)(c_B - \tfrac12) + \tfrac12 \sum_{s} [c_s \ln c_s + (1-c_s) \ln (1-c_s)]$ with $c_{A,B} = c \pm \eta$
        (Bragg and Williams 1934, doi:10.1098/rspa.1934.0132).

        Raises
        ------
        ValueError : shapes, NaN, or x outside |order| < min(composition, 1 - composition).

        >>> LatticeGas(w=2.0).mean_field([[0.5, 0.0]])[0].round(4)
        array([-0.6931])
        """
        x = _pairs(x, "x")
        _inside(x)
        a, b = x[:, 0] + x[:, 1], x[:, 0] - x[:, 1]
        g = 2 * self.w * (a - 0.5) * (b - 0.5) + sum(s * np.log(s) + (1 - s) * np.log1p(-s) for s in (a, b)) / 2
        by_a = 2 * self.w * (b - 0.5) + np.log(a / (1 - a)) / 2
        by_b = 2 * self.w * (a - 0.5) + np.log(b / (1 - b)) / 2
        return g, np.stack([by_a + by_b, by_a - by_b], axis=1)

    def springs(self, n: int, *, phi: float, rng, low: float = 0.01, high: float = 0.99) -> np.ndarray:
        r"""Centres (n, 2) of biases whose means are to fall anywhere between two occupations.

        Places are drawn evenly; mean field guesses how far each spring must pull: $\kappa = x + \mu(x) / 2\phi$.

        >>> LatticeGas().springs(3, phi=4.0, rng=np.random.default_rng(0)).shape
        (3, 2)
        """
        _positive(phi)
        n, rng = _input.whole(n, "n", least=1), _input.generator(rng)
        low = _input.number(low, "low", above=0, below=1, remedy="Expected occupations 0 < low < high < 1.")
        high = _input.number(high, "high", above=low, below=1, remedy="Expected occupations 0 < low < high < 1.")
        x = place(rng.uniform(low, high, (n, 2)))
        return x + self.mean_field(x)[1] / (2 * phi)

    def metropolis(self, kappa, *, phi: float, sweeps: int, rng, burn_in: int = 100, lattice=None) -> Samples:
        """Simulate one chain for each centre of the bias, all at once (Metropolis et al. 1953, doi:10.1063/1.1699114).

        Each step draws a site at random, the same for all chains, and each chain fills or empties it by a chance of its own.

        Parameters
        ----------
        kappa : (m, 2) centres, composition and order [1].
        phi : stiffness of the bias [k_B T a site].
        sweeps : averages are taken over this many sweeps of N steps, after every step.
        rng : ``numpy.random.Generator``.
        burn_in : sweeps that are thrown away first.
        lattice : (m, rows, columns) states to go on from; left out, each chain starts near its centre.

        Raises
        ------
        ValueError : shapes, NaN, a bias that is not positive, or no sweeps.

        >>> gas = LatticeGas(shape=(2, 2))
        >>> chains = gas.metropolis([[0.5, 0.0]], phi=4.0, sweeps=20000, rng=np.random.default_rng(0))
        >>> bool(abs(chains.mu - gas.ensemble([[0.5, 0.0]], phi=4.0).mu).max() < 0.1)
        True
        """
        kappa = _pairs(kappa, "kappa")
        _positive(phi)
        sweeps = _input.whole(sweeps, "sweeps", least=1, remedy="Expected at least one sweep.")
        burn_in, rng = _input.whole(burn_in, "burn_in", least=0), _input.generator(rng)
        rows, columns = self.shape
        m, n = len(kappa), self.sites
        sign = np.array([1 if (i // columns + i % columns) % 2 == 0 else -1 for i in range(n)])
        near = [
            [(i // columns + dr) % rows * columns + (i % columns + dk) % columns for dr, dk in _NEIGHBOURS]
            for i in range(n)
        ]
        if lattice is None:
            chance = np.clip(kappa[:, :1] + sign * kappa[:, 1:], 0, 1)  # (m, n)
            s = (rng.random((m, n)) < chance).T.astype(float)
        else:
            s = np.array(_input.numbers(lattice, "lattice"))
            if s.shape != (m, rows, columns) or not np.isin(s, (0, 1)).all():
                raise ValueError(
                    f"expected a lattice of zeros and ones, shape {(m, rows, columns)}; got {s.shape}. One a chain."
                )
            s = s.reshape(m, n).T.copy()
        # distances from the centre in particles, kept up to date: both change by one in a step
        off_c = s.sum(axis=0) - n * kappa[:, 0]
        off_e = sign @ s - n * kappa[:, 1]
        total = np.zeros((2, m))
        filled = np.stack([s[sign > 0].sum(axis=0), s[sign < 0].sum(axis=0)]).astype(int)  # n_A, n_B
        visits, each = np.zeros((m, n // 2 + 1, n // 2 + 1), dtype=int), np.arange(m)
        stiff = 2 * phi / n
        for sweep in range(burn_in + sweeps):
            patience = rng.standard_exponential((n, m))  # -log of a uniform number
            for k, i in enumerate(rng.integers(n, size=n)):
                change = 1 - 2 * s[i]  # +1 fills, -1 empties
                p, q, r, t = near[i]
                cost = self.w * (s[p] + s[q] + s[r] + s[t] - 2) + stiff * (off_c + sign[i] * off_e)
                step = change * (change * cost + stiff < patience[k])  # stiff: the bias is quadratic in the step
                s[i] += step
                off_c += step
                off_e += sign[i] * step
                filled[0 if sign[i] > 0 else 1] += step.astype(int)
                if sweep >= burn_in:
                    total[0] += off_c
                    total[1] += off_e
                    visits[each, filled[0], filled[1]] += 1
        x = kappa + total.T / (sweeps * n * n)
        return Samples(x, 2 * phi * (kappa - x), s.T.reshape(m, rows, columns).astype(np.int8), visits)

    def reweighted(self, kappa, visits, *, phi: float, steps: int = 2000) -> LatticeGas:
        """The same lattice with its weights unknown, estimated from all chains at once: WHAM.

        The weighted histogram analysis method (Kumar et al. 1992, doi:10.1002/jcc.540130812) asks how often the chains
        visited each n_A and n_B, and takes the known biases out. The answer is a lattice gas whose `log_weight` is that
        estimate, so that its `at` gives free energy and slopes; this gas lends its shape alone.

        Parameters
        ----------
        kappa : (m, 2) centres of the biases, composition and order [1].
        visits : (m, N/2 + 1, N/2 + 1) as `metropolis` counts them.
        phi : stiffness of the bias [k_B T a site].
        steps : iterations at most; they stop when no free energy moves by more than 1e-9 k_B T.

        Raises
        ------
        ValueError : shapes, NaN, a bias that is not positive, or a chain without visits.

        >>> gas, kappa = LatticeGas(shape=(2, 2)), [[0.4, 0.0], [0.6, 0.0]]
        >>> chains = gas.metropolis(kappa, phi=4.0, sweeps=5000, rng=np.random.default_rng(0))
        >>> found = gas.reweighted(kappa, chains.visits, phi=4.0)
        >>> bool(abs(found.at([[0.5, 0.0]], phi=4.0).mu - gas.at([[0.5, 0.0]], phi=4.0).mu).max() < 0.05)
        True
        """
        kappa = _pairs(kappa, "kappa")
        _positive(phi)
        half = self.sites // 2 + 1
        visits = _input.numbers(visits, "visits")
        if visits.shape != (len(kappa), half, half) or not (visits.sum(axis=(1, 2)) > 0).all():
            raise ValueError(
                f"expected visits {(len(kappa), half, half)}, some for each chain; got shape {visits.shape}. "
                "Hand in the `visits` of the chains that were run at these centres."
            )
        n = np.stack(np.meshgrid(np.arange(half), np.arange(half), indexing="ij"), axis=-1).reshape(-1, 2)
        x = np.stack([n.sum(axis=1), n[:, 0] - n[:, 1]], axis=1) / self.sites
        bias = self.sites * phi * ((x - kappa[:, None]) ** 2).sum(axis=-1)  # (m, k)
        per_chain, seen = visits.sum(axis=(1, 2)), visits.sum(axis=0).ravel()
        with np.errstate(divide="ignore"):
            log_seen = np.log(seen)  # -inf where no chain came
        free = np.zeros(len(kappa))
        for _ in range(steps):
            log_weight = log_seen - _log_sum(np.log(per_chain)[:, None] + free[:, None] - bias, axis=0)
            now = -_log_sum(log_weight - bias, axis=1)
            moved, free = abs(now - now[0] - free).max(), now - now[0]
            if moved < 1e-9:
                break
        return _Reweighted(self.w, self.shape, log_weight.reshape(half, half))


@dataclass(frozen=True, eq=False)
class _Reweighted(LatticeGas):
    """A lattice gas whose weights were estimated, not counted."""

    estimated: np.ndarray | None = None
    unchecked = ("shape", "estimated")

    @property
    def log_weight(self) -> np.ndarray:
        return self.estimated


def _log_sum(a, axis):
    top = a.max(axis=axis, keepdims=True)
    return np.log(np.exp(a - top).sum(axis=axis)) + top.squeeze(axis)


_NEIGHBOURS = ((0, 1), (0, -1), (1, 0), (-1, 0))


def _pairs(x, name: str) -> np.ndarray:
    x = _input.numbers(x, name)
    if x.ndim != 2 or x.shape[1] != 2 or not len(x):
        raise ValueError(
            f"expected {name} (m, 2), composition and order; got shape {x.shape}. One point? Pass {name}[None]."
        )
    return _input.array(x, name, "(m, 2)")


def _inside(x) -> None:
    out = ~(abs(x[:, 1]) < np.minimum(x[:, 0], 1 - x[:, 0]))
    if out.any():
        raise ValueError(
            f"expected |order| < min(composition, 1 - composition), no state lies beyond; got {out.sum()} rows outside, "
            f"the first {x[out][0]}. Clip or drop them."
        )


def _positive(phi) -> None:
    _input.number(
        phi, "a stiffness phi > 0 [k_B T a site], phi", above=0, remedy="Without a bias nothing is held in place."
    )
