"""What is read from traces of voltage, and what a drug leaves open."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mmlib import _input

__all__ = ["Beat", "Strand", "action_potential", "hill_open", "pseudo_ecg", "qt_interval", "velocity"]


class Beat(NamedTuple):
    """The last of several paced beats of n cells."""

    t: np.ndarray  # (n_t,) [ms] after the stimulus
    V: np.ndarray  # (n_t, n) [mV]
    apd90: np.ndarray  # (n,) duration to 90 % repolarisation [ms]; nan where the cell has not repolarised in time
    net: np.ndarray  # (n,) qNet, the charge of six currents over the beat [uC/uF]
    after: np.ndarray  # (n,) did V rise again by 3 mV later than 100 ms, or not come back below -60 mV?
    state: np.ndarray  # (n, 41) at the end, to go on from


class Strand(NamedTuple):
    """The last of several beats of n strands, stimulated at the first cells."""

    t: np.ndarray  # (n_t,) [ms] after the stimulus
    x: np.ndarray  # (nodes,) [cm]
    V: np.ndarray  # (n_t, n, nodes) [mV]
    arrival: np.ndarray  # (n, nodes) when V rises past -30 mV [ms]; nan where it never does
    after: np.ndarray  # (n,) in any cell: V rises again or does not come back, as in `Beat`
    state: np.ndarray  # (n * nodes, 41)


def hill_open(concentration, ic50, hill):
    """Share of channels left open by a drug: 1 / (1 + (c / IC50)^h). Unknown block (nan) leaves all open.

    Parameters
    ----------
    concentration, ic50 : in one unit, concentration >= 0 and ic50 > 0. Shapes broadcast.
    hill : Hill coefficients.

    >>> float(hill_open(50.0, 50.0, 0.9)), float(hill_open(50.0, np.nan, np.nan))
    (0.5, 1.0)
    """
    c, k, h = (_input.numbers(a, n) for a, n in ((concentration, "concentration"), (ic50, "ic50"), (hill, "hill")))
    try:
        np.broadcast_shapes(c.shape, k.shape, h.shape)
    except ValueError:
        raise ValueError(
            f"expected shapes that broadcast; got {c.shape}, {k.shape} and {h.shape}. Concentrations by drugs? Pass c[:, None]."
        ) from None
    if not (c >= 0).all():
        raise ValueError("expected concentrations of at least 0; got a negative one or nan. Is it a logarithm?")
    if (k <= 0).any():
        raise ValueError("expected IC50 above 0; got 0 or less. Is it a logarithm? Unknown block is nan.")
    if not ((h > 0) | ~np.isfinite(k)).all():
        raise ValueError("expected Hill coefficients above 0 wherever an IC50 is known; got another. Try 1.")
    with np.errstate(divide="ignore"):
        share = 1 / (1 + np.exp(h * (np.log(c) - np.log(k))))
    return np.where(np.isfinite(k), share, 1.0)


def velocity(strand: Strand) -> np.ndarray:
    """Conduction velocity between a fifth and half of each strand [cm/s]; nan where the wave does not arrive.

    >>> velocity(Strand(None, np.arange(11.0), None, np.arange(11.0)[None] * 20, None, None))
    array([50.])
    """
    nodes = len(_input.kind(strand, "strand", Strand, "Pass what strand() returned.").x)
    a, b = nodes // 5, nodes // 2
    return 1000 * (strand.x[b] - strand.x[a]) / (strand.arrival[:, b] - strand.arrival[:, a])


def pseudo_ecg(strand: Strand, *, distance=2.0) -> np.ndarray:
    """Voltage of an electrode on the strand's axis, `distance` [cm] beyond its end: (n_t, n), in arbitrary units.

    The integral of -dV/dx d(1/r)/dx over the strand, with r the distance to the electrode.

    Parameters
    ----------
    strand : what `strand` returned, n strands.
    distance : from the end of the strand to the electrode [cm].
    """
    strand = _input.kind(strand, "strand", Strand, "Pass what strand() returned.")
    remedy = "Expected an electrode beyond the end of the strand, distance > 0 cm."
    distance = _input.number(distance, "distance", above=0, remedy=remedy)
    middle = 0.5 * (strand.x[1:] + strand.x[:-1])
    weight = 1 / (strand.x[-1] + distance - middle) ** 2
    return -(np.diff(strand.V, axis=2) * weight).sum(axis=2)


def qt_interval(t, ecg) -> np.ndarray:
    """Time from the stimulus to the end of the T wave [ms], for ecg (n_t, n) from `pseudo_ecg`.

    The T wave ends where its steepest falling tangent meets the base line; nan where no wave comes down in time.

    Parameters
    ----------
    t : (n_t,) times [ms], 0 at the stimulus.
    ecg : (n_t, n), any unit.

    >>> t = np.arange(0.0, 500.0)
    >>> wave = np.maximum(0, 1 - np.abs(t - 300) / 50)  # a triangle that ends at 350 ms
    >>> qt_interval(t, wave[:, None]).round(1)
    array([350.])
    """
    t, ecg = _input.times(t), _input.numbers(ecg, "ecg")
    if ecg.ndim != 2 or t.shape != ecg.shape[:1]:
        raise ValueError(
            f"expected t (n_t,) and ecg (n_t, n); got {t.shape} and {ecg.shape}. One trace? Pass ecg[:, None]."
        )
    if t[-1] <= 150 or not np.isfinite(ecg).all():
        raise ValueError(f"expected finite traces that last beyond 150 ms; got {t[-1]:g} ms. Is t in ms?")
    slope = np.gradient(ecg, t, axis=0)
    end = np.full(ecg.shape[1], np.nan)
    for k in range(ecg.shape[1]):
        late = np.flatnonzero(t > 150)
        peak = late[ecg[late, k].argmax()]
        fall = peak + slope[peak:, k].argmin()
        if ecg[peak, k] > 0 > slope[fall, k] and abs(ecg[-1, k]) < 0.1 * ecg[peak, k]:
            end[k] = t[fall] - ecg[fall, k] / slope[fall, k]
    return end


def action_potential(t, V, level=0.9) -> np.ndarray:
    """Time from upstroke to `level` repolarisation [ms] for traces V (n_t, n) at t (n_t,); nan where it is not reached.

    >>> t = np.array([0.0, 1.0, 2.0, 102.0, 202.0])
    >>> action_potential(t, np.array([-80.0, 20.0, 20.0, 0.0, -80.0])[:, None]).round(1)
    array([189.4])
    """
    t, V = _input.times(t), _input.numbers(V, "V")
    level = _input.number(level, "level", above=0, most=1, remedy="0.9 is a repolarisation of 90 %.")
    if V.ndim != 2 or t.shape != V.shape[:1]:
        raise ValueError(f"expected t (n_t,) and V (n_t, n); got {t.shape} and {V.shape}. One trace? Pass V[:, None].")
    low = V.min(axis=0) if len(V) < 20 else V[0]
    bound = low + (1 - level) * (V.max(axis=0) - low)
    above = V > bound
    column = np.arange(V.shape[1])
    first = above.argmax(axis=0)
    last = len(t) - 1 - above[::-1].argmax(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        k = np.minimum(last + 1, len(t) - 1)
        down = t[last] + (t[k] - t[last]) * (V[last, column] - bound) / (V[last, column] - V[k, column])
        j = np.maximum(first - 1, 0)
        up = t[j] + (t[first] - t[j]) * (bound - V[j, column]) / (V[first, column] - V[j, column])
    return np.where(last < len(t) - 1, down - up, np.nan)


def _after(t, V):
    late = V[t > 100]
    rise = (late - np.minimum.accumulate(late, axis=0)).max(axis=0, initial=0.0)
    return (rise > 3) | (V[-1] > -60)
