r"""Laws of growth in closed form, on logarithms, for many data sets at once: what `discrepancy.calibrate` takes as a law.

Each function takes constants `theta` (b, k), a row a data set, and times `t` (n,) or (b, n), and returns the logarithm of the size (b, n). Constants that are positive are
logarithms themselves: $V_0$ is the size at t = 0, $K$ the final size, $r$ a rate.
"""

from __future__ import annotations

import numpy as np

from mmlib._input import array

__all__ = ["bertalanffy", "constant", "exponential", "gompertz", "logistic", "richards", "shrink_and_grow"]

STEEP = 600.0  # exponents beyond it overflow


def _columns(theta, t, names):
    theta = array(theta, "theta", f"(b, {len(names)})", finite=False, remedy=f"Columns are {', '.join(names)}.")
    t = array(t, "t", "(n,) or (b, n)", finite=False)
    if t.ndim == 2 and len(t) != len(theta):
        raise ValueError(
            f"expected t (n,) or ({len(theta)}, n), a row a data set; got shape {t.shape}. Pass one row for all."
        )
    return *theta.T[:, :, None], np.broadcast_to(t, (len(theta), t.shape[-1]))


def constant(theta, t) -> np.ndarray:
    """Nothing changes: theta = (ln V0,).

    >>> constant([[2.0]], [0, 1])
    array([[2., 2.]])
    """
    size, t = _columns(theta, t, ("ln V0",))
    return size + 0 * t


def exponential(theta, t) -> np.ndarray:
    r"""Growth at one rate, or decay, $\dot V = r V$: theta = (ln V0, r), the rate itself, of either sign.

    >>> exponential([[0.0, -0.5]], [0, 2])
    array([[ 0., -1.]])
    """
    size, rate, t = _columns(theta, t, ("ln V0", "r"))
    return size + rate * t


def gompertz(theta, t) -> np.ndarray:
    r"""$\dot V = r V \ln(K/V)$ (Laird 1964, Dynamics of tumor growth, British Journal of Cancer): theta = (ln V0, ln K, ln r).

    >>> gompertz([[0.0, 1.0, 0.0]], [0, np.log(2)])
    array([[0. , 0.5]])
    """
    size, final, rate, t = _columns(theta, t, ("ln V0", "ln K", "ln r"))
    return final + (size - final) * np.exp(-np.exp(rate) * t)


def richards(theta, t) -> np.ndarray:
    r"""$\dot V = (r/q) V (1 - (V/K)^q)$ (Richards 1959, A flexible growth function for empirical use): theta = (ln V0, ln K, ln r, ln q).

    Logistic at q = 1, Gompertz' law as q goes to zero.

    >>> theta = np.array([[0.0, 1.0, 0.0, np.log(1e-6)]])
    >>> np.allclose(richards(theta, [1.0]), gompertz(theta[:, :3], [1.0]), atol=1e-5)
    True
    """
    size, final, rate, shape, t = _columns(theta, t, ("ln V0", "ln K", "ln r", "ln q"))
    q = np.exp(shape)
    away = np.expm1(np.clip(q * (final - size), -STEEP, STEEP))
    return final - np.log1p(away * np.exp(-np.exp(rate) * t)) / q


def logistic(theta, t) -> np.ndarray:
    r"""$\dot V = r V (1 - V/K)$ (Verhulst 1838): theta = (ln V0, ln K, ln r).

    >>> logistic([[0.0, np.log(2), 0.0]], [0.0, np.log(3)]).round(4)
    array([[0.    , 0.4055]])
    """
    theta = array(theta, "theta", "(b, 3)", finite=False, remedy="Columns are ln V0, ln K, ln r.")
    return richards(np.column_stack([theta, np.zeros(len(theta))]), t)


def bertalanffy(theta, t) -> np.ndarray:
    r"""$\dot V = 3 r (K^{1/3} V^{2/3} - V)$, growth over a surface and loss in the volume (von Bertalanffy 1957, Quarterly Review of Biology 32:217): theta = (ln V0, ln K, ln r).

    The cube root of V goes to that of K at the rate r. Where it would be negative (a start below K, long before t = 0) the size is NaN.

    >>> bertalanffy([[0.0, np.log(8), 0.0]], [0.0, np.log(2)]).round(4)
    array([[0.    , 1.2164]])
    """
    size, final, rate, t = _columns(theta, t, ("ln V0", "ln K", "ln r"))
    root = 1 + np.expm1(np.clip((size - final) / 3, -STEEP, STEEP)) * np.exp(-np.exp(rate) * t)
    return final + 3 * np.log(np.where(root > 0, root, np.nan))


def shrink_and_grow(theta, t) -> np.ndarray:
    r"""$V = V_0 (e^{-d t} + e^{g t} - 1)$: cells that a drug kills beside cells that grow (Stein et al. 2008, doi:10.1634/theoncologist.2008-0075).

    theta = (ln V0, ln d, ln g).

    >>> shrink_and_grow([[0.0, 0.0, -20.0]], [0.0, 1.0]).round(4)
    array([[ 0., -1.]])
    """
    size, decay, growth, t = _columns(theta, t, ("ln V0", "ln d", "ln g"))
    with np.errstate(divide="ignore"):
        grown = np.log(np.expm1(np.minimum(np.exp(growth) * t, STEEP)))
    return size + np.logaddexp(-np.exp(decay) * t, grown)
