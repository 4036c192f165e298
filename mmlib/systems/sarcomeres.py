"""Sarcomeres in series and the dilation of a chamber: a rule for synthetic animals, and the share of dilation that sarcomeres explain.

Times are in weeks, lengths in mm. A sarcomere that is stretched calls for new ones in its row (Göktepe et al. 2010,
doi:10.1016/j.jtbi.2010.04.023, who grow muscle along its fibres by stretch; the linear rate is ours).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mmlib import _input

__all__ = ["Animals", "animals", "sphere_share", "true_share"]

RATES = (0.08, 0.15)  # of new sarcomeres, by animal [1/week]
DILATION = (0.2, 0.05)  # mean and spread of ln(rho_1 / rho_0) over animals
INNER, WALL, VARIES = 20.0, 10.0, 0.08  # chamber at rest [mm], spread of both over animals
GAIN = (0.0, 0.2)  # growth of the wall's volume
CELLS, SPREAD, SARCOMERES = 30, 0.12, 60.0  # cells counted, their spread, sarcomeres in series
ECHO = (0.03, 0.06)  # relative errors of the inner radius and of the wall


class Animals(NamedTuple):
    """What is read of synthetic animals, before and after: (n, 2) each."""

    inner: np.ndarray  # inner radius [mm]
    thickness: np.ndarray  # of the wall [mm]
    sarcomeres: np.ndarray  # in series, mean of the cells that were counted


def true_share(weeks, rates=RATES):
    r"""Share of the dilation that sarcomeres in series have taken over, mean over animals: $1 - \langle e^{-k t} \rangle$, $k$ uniform.

    $\dot N = k N \ln \lambda$ and $\ln \lambda = d - \ln(N/N_0)$ after a dilation $d$ that comes at once and stays.

    Parameters
    ----------
    weeks : [week], zero or positive. rates : ends of the range of k [1/week].

    >>> round(true_share(8.0), 3)
    0.596
    """
    weeks = _input.number(weeks, "weeks", least=0)
    low, high = _input.array(rates, "rates", "(2,)", positive=True, remedy="Pass both ends of the range.")
    if weeks == 0 or low >= high:
        return float(-np.expm1(-low * weeks))
    return float(1 - (np.exp(-low * weeks) - np.exp(-high * weeks)) / (weeks * (high - low)))


def animals(n, *, rng, weeks=8.0, wall=WALL, echo=ECHO, cells=CELLS) -> Animals:
    r"""Readings of n synthetic animals before and after a dilation of the middle of their wall: see `true_share` for the rule.

    The chamber is a sphere. Its wall's volume, $4\pi(\rho^2 h + h^3/12)$, grows by up to a fifth and gives the thickness after.

    Parameters
    ----------
    n : animals, at least 1. rng : numpy Generator. weeks : between the readings. wall : thickness before [mm].
    echo : relative errors of radius and thickness. cells : counted in each animal at each time.

    Raises
    ------
    ValueError : numbers of other kinds, named.

    >>> animals(4, rng=np.random.default_rng(0)).inner.shape
    (4, 2)
    """
    n, cells, rng = _input.whole(n, "n", least=1), _input.whole(cells, "cells", least=1), _input.generator(rng)
    weeks, wall = _input.number(weeks, "weeks", least=0), _input.number(wall, "wall", above=0)
    echo = _input.array(echo, "errors zero or positive, echo", "(2,)", low=0, remedy="Give relative errors, as 0.03.")
    size = np.exp(rng.normal(0, VARIES, (2, n)))
    a, h = INNER * size[0], wall * size[1]
    rho, d = a + h / 2, rng.normal(*DILATION, n)
    volume = (rho**2 * h + h**3 / 12) * (1 + rng.uniform(*GAIN, n))
    after = rho * np.exp(d)
    thin = volume / after**2
    for _ in range(50):
        thin = volume / (after**2 + thin**2 / 12)
    longer = np.exp(d * -np.expm1(-weeks * rng.uniform(*RATES, n)))
    read = lambda v, sd: v * np.exp(sd * rng.normal(0, 1, v.shape))  # noqa: E731
    inner, thickness = np.stack([a, after - thin / 2], axis=1), np.stack([h, thin], axis=1)
    rows = SARCOMERES * np.stack([np.ones(n), longer], axis=1)
    return Animals(read(inner, echo[0]), read(thickness, echo[1]), read(rows, SPREAD / np.sqrt(cells)))


def sphere_share(inner, thickness, length):
    r"""Share of a chamber's dilation that longer cells explain, for animals before and after, and the standard error of the ratio.

    A ring of cells around the middle of a spherical wall: $\ln(\rho_1 / \rho_0)$ with $\rho = a + h/2$ is its dilation, $\ln(L_1 / L_0)$ what cells
    that are longer by sarcomeres in series give. The share is the ratio of the two means over animals, its error by the delta method.

    Parameters
    ----------
    inner, thickness : (n, 2) radius and wall before and after, in one unit; zero thickness is the thin sphere. length : (n, 2) of cells, or numbers
        of sarcomeres in series.

    Raises
    ------
    ValueError : other shapes, values that are not positive, fewer than three animals.

    >>> a, h = [[20, 25], [21, 26], [19, 25]], [[10, 10], [10, 9], [9, 10]]
    >>> share, error = sphere_share(a, h, [[100, 110], [100, 112], [100, 109]])
    >>> round(share, 2), round(error, 2)
    (0.5, 0.1)
    """
    a, L = (_input.array(v, name, "(n, 2)", positive=True) for v, name in ((inner, "inner"), (length, "length")))
    h = _input.array(thickness, "thickness", "(n, 2)", low=0)
    if h.shape != a.shape or L.shape != a.shape or len(a) < 3:
        raise ValueError(
            f"expected at least 3 animals, (n, 2) each, thickness zero or more; got {a.shape}, {h.shape}, {L.shape}. One row an animal."
        )
    dilation, longer = (np.diff(np.log(v), axis=1)[:, 0] for v in (a + h / 2, L))
    if not dilation.mean():
        raise ValueError(
            "expected spheres that dilate or shrink; got none that does. Are before and after exchanged for one?"
        )
    share = longer.mean() / dilation.mean()
    return float(share), float(np.std(longer - share * dilation, ddof=1) / np.sqrt(len(a)) / abs(dilation.mean()))
