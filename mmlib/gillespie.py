"""Reactions of single molecules: exact paths after Gillespie, and what remains of them in the deterministic and the linear-noise limit.

A reaction network is a function of the state that gives the rates of its reactions, and a table of what each reaction changes. A reaction
may come in bursts: it then adds a geometric number of copies of its change, 0, 1, 2, ... with a given mean.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import solve_continuous_lyapunov
from scipy.optimize import root
from scipy.special import ive

from mmlib import _input

__all__ = ["Limit", "Paths", "linear_noise", "pairs", "simulate"]

MOST = 2_000_000  # rounds of events before a simulation is given up
MANY = 1e7  # molecules, beyond which the Bessel functions of `pairs` are their expansion
TINY = 1e-5  # relative difference for the slopes of the rates


class Paths(NamedTuple):
    """What `simulate` returns."""

    state: np.ndarray  # (m, times, species) numbers of molecules at the times
    mean: np.ndarray  # (m, times - 1, k) averages over time of what was observed, between one time and the next
    events: int  # reactions that happened, all paths together


class Limit(NamedTuple):
    """What `linear_noise` returns."""

    mean: np.ndarray  # (species,) steady state of the deterministic limit
    covariance: np.ndarray  # (species, species) of numbers of molecules around it
    jacobian: np.ndarray  # (species, species) of the deterministic rates of change


def simulate(rates, change, start, times, *, rng, burst=None, observe=None) -> Paths:
    """Exact paths of m copies of a reaction network (Gillespie 1977, doi:10.1021/j100540a008), all at once.

    Parameters
    ----------
    rates : function of (states (k, species), which (k,)) that returns (k, reactions), zero or positive, per unit of time; `which` says which of
        the m paths the states belong to. Between two times of `times` rates may depend on the state alone.
    change : (reactions, species) whole numbers that one reaction adds.
    start : (m, species) whole numbers, zero or positive. times : (t,) increasing.
    burst : (reactions,) mean size of the bursts; 0 stands for a reaction that happens once. None: all happen once.
    observe : function of (states (k, species)) that returns (k, ...), whose averages over time are kept; the state, if None.

    Raises
    ------
    ValueError : tables that do not fit, a rate below zero or not finite. RuntimeError : more than two million rounds of events.

    >>> birth_and_death = lambda n, which: np.stack([np.full(len(n), 5.0), n[:, 0]], axis=1)
    >>> paths = simulate(birth_and_death, [[1], [-1]], np.full((2000, 1), 5), [0, 5.0], rng=np.random.default_rng(0))
    >>> paths.state[:, -1].mean().round(1), paths.state[:, -1].var().round(1)      # Poisson: both are 5
    (np.float64(5.0), np.float64(4.9))
    """
    rates, change, start, times, burst = _checked(rates, change, start, times, burst)
    rng = _input.generator(rng)
    observe = (
        (lambda n: n)
        if observe is None
        else _input.function(observe, "observe", "(states) that returns one row a path")
    )
    if len(np.atleast_1d(_input.given(observe(start), "observe(states)"))) != len(start):
        raise ValueError(
            f"expected of observe(states) one row for each of {len(start)} paths; got another shape. Keep its first axis."
        )
    now, events = start.copy(), 0
    kept, means = [now.copy()], []
    for a, b in zip(times[:-1], times[1:], strict=True):
        now, seen, count = _window(rates, change, burst, now, b - a, rng, observe)
        kept.append(now.copy())
        means.append(seen / (b - a))
        events += count
    return Paths(np.stack(kept, axis=1), np.stack(means, axis=1), events)


def linear_noise(rates, change, guess, *, burst=None) -> Limit:
    r"""Steady state of the deterministic limit, and the covariance around it by the linear-noise equation.

    With the table S of changes, mean burst sizes in it, and $D = S^T \operatorname{diag}(v) S$, times $1 + 2b$ over b for bursts, the covariance solves
    $J C + C J^T + D = 0$ (van Kampen 2007, chapter X; ISBN 978-0-444-52965-7). For rates that are linear in the state both are exact.

    Parameters
    ----------
    rates : function of (states (k, species), which (k,)) that returns (k, reactions), as in the limit of many molecules: $c\,n^2$ for a pair, not
        $c\,n (n - 1)$. change, burst : see `simulate`. guess : (species,) from which the steady state is searched.

    Raises
    ------
    ValueError : tables that do not fit, or no stable steady state found from there.

    >>> made_in_bursts = lambda n, which: np.stack([np.full(len(n), 2.0), n[:, 0]], axis=1)
    >>> limit = linear_noise(made_in_bursts, [[1], [-1]], [1.0], burst=[3, 0])
    >>> float(limit.mean[0].round(6)), float(limit.covariance[0, 0].round(6))      # negative binomial: 6 and 24
    (6.0, 24.0)
    """
    rates, change, start, _, burst = _checked(rates, change, np.zeros((1, _change(change).shape[1])), [0.0, 1.0], burst)
    guess = _input.array(guess, "guess", f"({change.shape[1]},)")
    size = np.where(burst > 0, burst, 1.0)
    one = lambda n: rates(np.atleast_2d(n), np.zeros(1, int))[0]  # noqa: E731
    drift = lambda n: (size * one(n)) @ change  # noqa: E731
    found = root(drift, guess, method="hybr", tol=1e-12)
    n = found.x
    step = TINY * np.maximum(abs(n), 1.0)
    jac = np.stack(
        [(drift(n + h * e) - drift(n - h * e)) / (2 * h) for h, e in zip(step, np.eye(len(n)), strict=True)], axis=1
    )
    scale = max(abs(size * one(n)).max(), 1e-300)
    if abs(drift(n)).max() > 1e-6 * scale or (n < 0).any() or np.linalg.eigvals(jac).real.max() >= 0:
        raise ValueError(
            f"expected a stable steady state near guess={guess}; got drift {drift(n)} at {n}. Guess nearer, or ask whether there is one."
        )
    square = np.where(burst > 0, burst + 2 * burst**2, 1.0)  # mean square of a burst
    noise = change.T @ ((square * one(n))[:, None] * change)
    return Limit(n, solve_continuous_lyapunov(jac, -noise), jac)


def pairs(n):
    r"""Mean number of molecules that enter one by one and leave in pairs, where the deterministic limit says n: closed form.

    With entry at rate b and loss of a pair at rate $c\,n(n-1)$ the stationary mean is $\sqrt{a/2}\,I_0(x)/I_1(x)$, $a = b/c$, $x = 2\sqrt{2a}$, and the deterministic one
    $\sqrt{a/2}$. From the generating function, which solves $(1 + s)\,G'' = a\,G$.

    Parameters
    ----------
    n : (...,) positive.

    >>> pairs([0.1, 1.0, 10.0]).round(3)
    array([ 0.51 ,  1.158, 10.127])
    """
    n = _input.numbers(n, "n")
    if not n.size or not np.isfinite(n).all() or (n <= 0).any():
        raise ValueError(f"expected n positive and finite; got {_input.shown(n)}. Give numbers of molecules.")
    _input.sized(n, "n", each=True)
    few = np.minimum(n, MANY)
    return np.where(n > MANY, n + 1 / 8, few * ive(0, 4 * few) / ive(1, 4 * few))[()]


def _checked(rates, change, start, times, burst):
    rates = _input.function(rates, "rates", "(states, which) that returns one column a reaction")
    change = _change(change)
    start = _input.array(start, "start", f"(m, {change.shape[1]})")
    if (start < 0).any() or (start != np.rint(start)).any():
        raise ValueError(
            f"expected start in whole numbers, zero or positive; got {start.min():g} to {start.max():g}. Round them."
        )
    times = _input.times(times, "times")
    burst = np.zeros(len(change)) if burst is None else _input.array(burst, "burst", f"({len(change)},)")
    if (burst < 0).any():
        raise ValueError(f"expected burst zero or positive; got {burst}. Give mean sizes, zero for a single reaction.")
    asked = _input.given(rates(start, np.arange(len(start))), "rates(states, which)")
    if asked.shape != (len(start), len(change)) or not np.isfinite(asked).all() or (asked < 0).any():
        raise ValueError(
            f"expected rates ({len(start)}, {len(change)}), zero or positive and finite; got shape {asked.shape}, {asked.ravel()[:4]}. "
            "Return one column a reaction."
        )
    most = asked.sum(axis=1).max(initial=0.0) * np.diff(times).max()
    if most > 1e4 * MOST:
        raise ValueError(
            f"expected at most {MOST} events from one time to the next; got rates for some {most:.1g} at the start. Ask for shorter "
            "times, look at the unit of the rates, or take the deterministic limit."
        )
    return rates, change.astype(float), start, times, burst


def _change(change):
    change = _input.wholes(change, "change", "(reactions, species)", remedy="One row a reaction.")
    if not change.shape[1]:
        raise ValueError(
            f"expected change (reactions, species), one species at least; got {change.shape}. One row a reaction."
        )
    return change


def _window(rates, change, burst, state, length, rng, observe):
    """States (m, species) after a time, integrals over time of what is observed, and the number of events."""
    state, events = state.copy(), 0
    which = np.arange(len(state))
    seen = np.zeros_like(np.asarray(observe(state), float))
    n, left, total = state[which], np.full(len(which), float(length)), seen[which]
    for _ in range(MOST):
        v = rates(n, which)
        if not v.min() >= 0:  # NaN, too
            raise ValueError(
                f"expected rates zero or positive; got {v.min():g} at {n[0]}. Look at where the state may come to."
            )
        up = np.cumsum(v, axis=1)
        wait = rng.exponential(size=len(n)) / np.maximum(up[:, -1], 1e-300)
        alive = wait < left
        total += (np.minimum(wait, left).T * observe(n).T).T
        left = np.maximum(left - wait, 0.0)
        pick = np.minimum((rng.random(len(n)) * up[:, -1])[:, None] >= up, 1).sum(axis=1)
        pick = np.minimum(pick, len(change) - 1)
        size = np.ones(len(n))
        bursts = burst[pick] > 0
        if bursts.any():
            size[bursts] = rng.geometric(1 / (1 + burst[pick[bursts]])) - 1
        n = n + (alive * size)[:, None] * change[pick]
        events += int(alive.sum())
        done = left <= 0
        if done.mean() > 0.2:
            state[which[done]], seen[which[done]] = n[done], total[done]
            keep = ~done
            which, n, left, total = which[keep], n[keep], left[keep], total[keep]
            if not len(which):
                return state, seen, events
    raise RuntimeError(
        f"more than {MOST} rounds of events in a time of {length:g}: take a shorter one, or fewer molecules."
    )
