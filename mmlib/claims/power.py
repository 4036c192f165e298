"""What the rule of the night catches, and how often it is wrong: by simulation, stored runs and new seeds drawn alike.

Claims of one chapter share their seeds, so they are drawn with a common part. Over the chapters of the book the common
part of two claims is small (root mean square of the correlation of stored values about 0.1, sampling noise removed).
"""

from __future__ import annotations

import math

import numpy as np

from mmlib.claims.night import AT_ONCE, FRESH, LEVEL, TOGETHER, needed

__all__ = ["red_nights"]


def red_nights(
    *, claims: int, shift: float, stored: int = 10, correlation: float = 0.1, nights: int = 20_000, seed: int = 0
) -> float:
    """Share of nights in which a chapter goes red.

    Every night is drawn anew with its stored runs: an interval from ten runs is sometimes too narrow, and then too
    narrow in each of the night's seeds.

    Parameters
    ----------
    claims : int
        Claims of the chapter that are shifted (power), or all of them (false alarms, with `shift` zero).
    shift : float
        In standard deviations of the stored values, on their logarithms where they are positive.
    stored : int
        Stored runs, at least ten.
    correlation : float
        Between any two claims of the chapter.
    nights, seed : int
        Size and seed of the simulation.

    Returns
    -------
    float

    Examples
    --------
    >>> red_nights(claims=5, shift=0, nights=2000) < 0.01 < 0.99 < red_nights(claims=5, shift=6, nights=2000)
    True
    """
    if stored < 10 or not 0 <= correlation <= 1:
        raise ValueError(
            f"expected at least 10 stored runs and a correlation between 0 and 1; got {stored} and {correlation}."
        )
    rng = np.random.default_rng(seed)
    batches = [min(BATCH, nights - done) for done in range(0, nights, BATCH)]
    return sum(_red(rng, n, claims, shift, stored, correlation) for n in batches) / nights


BATCH = 5_000  # nights held in memory at a time


def _red(rng, nights: int, claims: int, shift: float, stored: int, correlation: float) -> int:
    from scipy import stats

    common = rng.normal(size=(nights, stored + 1 + FRESH, 1))
    own = rng.normal(size=(nights, stored + 1 + FRESH, claims))
    x = math.sqrt(correlation) * common + math.sqrt(1 - correlation) * own
    past, new = x[:, :stored], x[:, stored:]
    spread = past.std(axis=1, ddof=1, keepdims=True)
    t = np.abs(new - past.mean(axis=1, keepdims=True) + shift * spread) / (spread * math.sqrt(1 + 1 / stored))
    alarm = t > stats.t.isf((1 - LEVEL) / 2, stored - 1)
    at_once = t > stats.t.isf(AT_ONCE / 2, stored - 1)
    first, fresh = alarm[:, 0], alarm[:, 1:]
    confirmed = first & (fresh.sum(axis=1) >= needed(stored))
    seen_again = (fresh & first[:, None]).any(axis=2).sum(axis=1)
    together = (first.sum(axis=1) >= TOGETHER) & (seen_again >= needed(stored))
    looked_again = first.any(axis=1)  # fresh seeds are drawn for the whole chapter
    wild = at_once[:, 0].any(axis=1) | (looked_again & at_once[:, 1:].any(axis=(1, 2)))
    return int((confirmed.any(axis=1) | together | wild).sum())
