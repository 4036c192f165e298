"""What comes into the functions that train networks and differential equations: looked at before anything is computed."""

from __future__ import annotations

import contextlib

import numpy as np
import torch

from mmlib import _input

__all__ = [
    "check_gaps",
    "check_rows",
    "check_scales",
    "checked_options",
    "deviations",
    "filled",
    "fits",
    "module",
    "operator_data",
    "operator_sizes",
    "rates_of",
    "sequences",
    "series",
    "standing_on",
]

MOST_READINGS = 2000  # times states: the equations of all states are one full matrix, whose solution costs their cube
TINY = 1e-4
MOST_STEPS = 2000  # of the Runge-Kutta scheme between two readings
MOST_WEIGHTS = 5000  # the normal equations are a full matrix: 200 MB, and seconds an iteration


def series(t, y, log):
    """Lists of times and readings (logarithms if `log`), checked."""
    times, readings = _input.series(t, y, positive=log, missing=True)
    largest = max(np.nanmax(np.abs(r)) for r in readings)
    if not log and 0 < largest < TINY:
        raise ValueError(
            f"expected readings of order one, because steps in states and in params share one scale; got {largest:.2g} as the "
            f"largest. Rescale: y / {largest:.2g} and sd / {largest:.2g}, or log=True."
        )
    return times, [np.log(r) if log else r for r in readings]


def checked_options(rhs, params, decay, step, weights, iterations):
    """params as an array and step as a number, the others looked at."""
    _input.function(rhs, "rhs", "(params, y) in torch that returns rates")
    params = _input.array(np.atleast_1d(_input.numbers(params, "params")), "params", "(p,)")
    if (_input.array(decay, "decay", f"() or ({len(params)},)") < 0).any():
        raise ValueError(f"expected decay of 0 or more; got {decay!r}. 0 leaves params free.")
    if not np.size(weights):
        raise ValueError(
            f"expected at least one weight on the jumps; got {weights!r}. One a round: weights=(1, 10, 100)."
        )
    _input.array(weights, "weights on the jumps", "(rounds,)", positive=True)
    _input.whole(iterations, "iterations", least=1, remedy="Try iterations=60.")
    if step is not None:
        step = _input.number(step, "a positive step, step", above=0, remedy="Leave it out for half the median gap.")
    return params, step


def deviations(sd, d):
    """(d,) standard deviations of the readings."""
    sd = _input.numbers(sd, "sd, a positive, finite sd for each state,")
    if sd.shape not in ((), (1,), (d,)):
        raise ValueError(
            f"expected a positive, finite sd for each state, a number or ({d},); got {sd.shape}. One a state."
        )
    sd = np.broadcast_to(sd, (d,))
    if not (np.isfinite(sd).all() and (sd > 0).all()):
        raise ValueError(f"expected a positive, finite sd for each state; got {sd}. What is the noise of a reading?")
    return sd.copy()


def check_gaps(times, step):
    """Every piece takes as many steps as the longest gap needs: refuse before hours are spent."""
    sizes, gaps = [len(s) for s in times], np.concatenate([np.diff(s) for s in times])
    if sum(sizes) > MOST_READINGS:
        raise ValueError(
            f"expected at most {MOST_READINGS} times in all series, because their states are solved for together; got "
            f"{sum(sizes)}. Take means of neighbours, every k-th reading, or a part of the series."
        )
    steps = gaps.max() / (step or np.median(gaps) / 2)
    if steps > MOST_STEPS:
        raise ValueError(
            f"expected gaps that a few steps cross; got one of {gaps.max():g} beside a median of {np.median(gaps):g}, which takes "
            f"{steps:.0f} steps in every piece. Cut there: pass two series (lists of t and y); or a longer step=."
        )


def rates_of(rate, theta, y):
    """Rates of the user's law, which must be written in torch."""
    try:
        got = torch.func.vmap(rate, in_dims=(None, 0))(theta, y)  # as it will be called
    except Exception as error:
        plain = rate(theta, y)  # its own mistakes are shown as they are
        if torch.is_tensor(plain):
            return plain
        raise TypeError(
            f"expected rhs to return a tensor of torch; got {type(plain).__name__} ({error}). Write it with torch.stack([…], -1)."
        ) from None
    return rate(theta, y) if torch.is_tensor(got) else got


def module(net):
    """A network of torch."""
    if not isinstance(net, torch.nn.Module):
        raise TypeError(
            f"expected net as a network (torch.nn.Module); got {_input.shown(net)}. Try mlp([1, 16, 1], seed=0)."
        )
    return net


@contextlib.contextmanager
def standing_on(net, device):
    """The network on the device while it trains; afterwards it stands where it stood."""
    before = next((w.device for w in net.parameters()), device)
    try:
        yield net.to(device)
    finally:
        net.to(before)


def fits(net, call, x):
    """Call once: does the first layer take so many inputs, do outputs and readings fit?"""
    try:
        call()
    except (RuntimeError, IndexError) as error:
        raise ValueError(
            f"expected a network that takes the inputs of x; got x of shape {tuple(x.shape)}, and the call failed: "
            f"{str(error).splitlines()[0]}. Is the width of the first or last layer right?"
        ) from None


def sequences(x, y):
    """x and y of `fit_sequences` as tensors on the CPU, and where an output is asked for."""
    x, y = (torch.as_tensor(_input.numbers(v, name).copy(), device="cpu") for v, name in ((x, "x"), (y, "y")))
    if x.ndim != 3 or y.ndim != 3 or x.shape[:2] != y.shape[:2]:
        raise ValueError(
            "expected x (sequences, steps, inputs) and y (sequences, steps, outputs); "
            f"got {tuple(x.shape)} and {tuple(y.shape)}. One input? Pass x[..., None]."
        )
    asked = ~torch.isnan(y)
    if not torch.isfinite(x).all() or not asked.any():
        raise ValueError(
            "expected finite inputs x and at least one output y that is not NaN; got others. Drop those sequences."
        )
    return x, y, asked


def operator_data(u, g, x):
    """u (functions, sensors), g (functions, points), x (points, d) of an operator network."""
    u, g, x = (np.array(_input.numbers(v, name), order="C") for v, name in ((u, "u"), (g, "g"), (x, "x")))
    if u.ndim != 2 or x.ndim != 2 or g.shape != (len(u), len(x)):
        raise ValueError(
            f"expected u (functions, sensors), g (functions, points), x (points, d); got {u.shape}, {g.shape}, {x.shape}. "
            "One row a function; points as x[:, None]."
        )
    if not (np.isfinite(u).all() and np.isfinite(g).all() and np.isfinite(x).all()):
        raise ValueError("expected finite u, g and x; got NaN or infinity. Drop those functions.")
    return u, g, x


def operator_sizes(u, g, *, modes, inputs, trunk, branch):
    """Whole numbers that fit the data: modes of the basis, inputs of the branch, hidden units of trunk and branch."""
    least = (("modes", modes, None), ("inputs", inputs, None), ("trunk", trunk, 1), ("branch", branch, 0))
    modes, inputs, trunk, branch = (
        _input.whole(v, name, least=low, remedy="A number of units.") for name, v, low in least
    )
    inputs = inputs if branch else u.shape[1]
    if not 1 <= modes < min(g.shape) or not 1 <= inputs <= min(u.shape[1], len(u) if branch else u.shape[1]):
        raise ValueError(
            f"expected 1 <= modes < {min(g.shape)} and 1 <= inputs <= {min(u.shape)}; got {modes}, {inputs}. "
            "Ask for fewer, or bring more functions."
        )
    return modes, inputs, trunk, branch


def check_scales(g, x):
    """Places and outputs of an operator network in units in which they are of order one."""
    span, far, size = np.ptp(x, axis=0).max(), np.abs(x).max(), np.abs(g).max()
    if not (0.02 <= span and far <= 50):
        raise ValueError(
            f"expected points x of order one, because they enter tanh units; got a span of {span:.3g} and values up to {far:.3g}. "
            "Rescale: x = (x - x.min(axis=0)) / np.ptp(x, axis=0)."
        )
    if not 1e-4 <= size <= 1e4:
        raise ValueError(
            f"expected outputs g of order one, because those of a new network are; got {size:.3g} as the largest. Rescale: "
            f"g / {size:.3g}, and multiply predictions by it."
        )


def filled(times, readings):
    """Readings (n, d) of all series with gaps filled by straight lines in time, and 1 where there was a reading, else 0.

    A state without any reading in a series starts from zero: the law and the other states decide.
    """
    data, seen = np.concatenate(readings), np.isfinite(np.concatenate(readings)).astype(float)
    row = 0
    for time, series in zip(times, readings, strict=True):
        for j in range(series.shape[1]):
            there = np.isfinite(series[:, j])
            value = np.interp(time, time[there], series[there, j]) if there.any() else np.zeros(len(time))
            data[row : row + len(time), j] = np.where(there, series[:, j], value)
        row += len(time)
    return data, seen


def check_rows(weights, data, outputs, rows):
    """What `fit_rows` asks of its functions, data and size of network."""
    _input.function(outputs, "outputs", "(f, x) of one sample that returns (k,)")
    _input.function(rows, "rows", "(z, *rest) of one sample that returns (r,)")
    if not isinstance(data, list | tuple) or not data or not all(torch.is_tensor(d) for d in data):
        raise TypeError(f"expected data (x, *rest) as tensors; got {_input.shown(data)}. Pass torch.from_numpy(x).")
    if (count := sum(w.numel() for w in weights.values())) > MOST_WEIGHTS:
        raise ValueError(
            f"expected at most {MOST_WEIGHTS} weights, because Gauss-Newton solves for all of them at once; got {count}. "
            "Take fewer or narrower layers, or train with an optimizer of torch."
        )
