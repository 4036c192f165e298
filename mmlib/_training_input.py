"""What comes into the functions that train networks and differential equations: looked at before anything is computed."""

from __future__ import annotations

import contextlib

import numpy as np
import torch

from mmlib import _input

__all__ = [
    "activation",
    "answer",
    "at_once",
    "check_gaps",
    "check_rows",
    "check_scales",
    "checked_options",
    "positive",
    "deviations",
    "filled",
    "fits",
    "module",
    "one_slope",
    "operator_data",
    "operator_sizes",
    "rates_of",
    "sequences",
    "series",
    "standing_on",
]

MOST_READINGS = 2000  # times states: the equations of all states are one full matrix, whose solution costs their cube
TINY = 1e-4
SMALLEST = 1e-100  # errors of readings: squares of smaller ones vanish
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
    """params and decay as arrays and step as a number, the others looked at."""
    _input.function(rhs, "rhs", "(params, y) in torch that returns rates")
    params = _input.array(np.atleast_1d(_input.numbers(params, "params")), "params", "(p,)")
    decay = _input.array(decay, "decay", f"() or ({len(params)},)")
    if (decay < 0).any():
        raise ValueError(f"expected decay of 0 or more; got {decay!r}. 0 leaves params free.")
    if not np.size(weights):
        raise ValueError(
            f"expected at least one weight on the jumps; got {weights!r}. One a round: weights=(1, 10, 100)."
        )
    _input.array(weights, "weights on the jumps", "(rounds,)", positive=True)
    _input.whole(iterations, "iterations", least=1, remedy="Try iterations=60.")
    if step is not None:
        step = _input.number(step, "a positive step, step", above=0, remedy="Leave it out for half the median gap.")
    return params, decay, step


def positive(**named):
    """Numbers above zero, in the order given."""
    told = {"above": 0, "remedy": "Leave it out for the default."}
    return [_input.number(value, f"a positive {name}, {name}", **told) for name, value in named.items()]


def deviations(sd, d):
    """(d,) standard deviations of the readings."""
    sd = _input.numbers(sd, "sd, a positive, finite sd for each state,")
    if sd.shape not in ((), (1,), (d,)):
        raise ValueError(
            f"expected a positive, finite sd for each state, a number or ({d},); got {sd.shape}. One a state."
        )
    sd = np.broadcast_to(sd, (d,))
    if not (np.isfinite(sd).all() and (sd > SMALLEST).all() and (sd < 1 / SMALLEST).all()):
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


def answer(value, name, shape, remedy, *, dtype=None):
    """What a function of the caller returned, a tensor of real numbers of a shape; None in it stands for any length from 1."""
    if not torch.is_tensor(value) or value.is_complex() or dtype not in (None, value.dtype):
        got = f"one of {value.dtype}" if torch.is_tensor(value) else type(value).__name__
        raise TypeError(
            f"expected {name} to return a tensor of torch, of {'real numbers' if dtype is None else dtype}; got {got}. {remedy}"
        )
    fits = value.ndim == len(shape) and all(
        n == m or (n is None and m) for n, m in zip(shape, value.shape, strict=True)
    )
    if not fits:
        shown = ", ".join("…" if n is None else str(n) for n in shape) + "," * (len(shape) == 1)
        raise ValueError(f"expected {name} to return a tensor of shape ({shown}); got {tuple(value.shape)}. {remedy}")
    return value


def at_once(call, plain, name):
    """`call()`, which evaluates a function of the caller for many rows together; `plain()` is that function as it was written."""
    try:
        return call()
    except Exception as error:
        found = plain()  # its own mistakes are shown as they are
        if not torch.is_tensor(found):
            return found
        raise ValueError(
            f"expected {name} as a function that torch can evaluate for many rows at once; got one that it cannot: "
            f"{str(error).splitlines()[0]} No `if` on a value, no float() or .item(), nothing drawn by chance, nothing written "
            "into its arguments. In place of those: torch.where(y > 1, a, b) chooses, y[..., 0] is the first state of one row and of many."
        ) from None


def rates_of(rate, theta, y):
    """Rates of the user's law, which must be written in torch, for one state and for many, and must leave y as it is."""
    remedy = f"It gives rates of shape (…, {y.shape[1]}): torch.stack([…], -1)."
    state, y = y, y.clone()
    each = at_once(lambda: torch.func.vmap(rate)(theta.expand(len(y), -1), y), lambda: rate(theta, state), "rhs")
    answer(each, "rhs", y.shape, remedy)
    kept = torch.equal(y, state)
    got = answer(rate(theta, y), "rhs", y.shape, remedy)
    if not kept:
        raise ValueError(
            "expected rhs to leave y as it is; got one that writes into it. Write rates = p * y, not y *= p."
        )
    if (got - each).nan_to_num().abs().max() > 1e-3 * each.nan_to_num().abs().max():
        raise ValueError(
            f"expected rhs to take states (…, {y.shape[1]}) by their last axis; got other rates for two states at once than for each alone. "
            "Write y[..., 0] for the first state, not y[0]."
        )
    return got


def activation(value):
    """A function of one tensor that keeps its shape and has a slope."""
    _input.function(value, "activation", "(x) of one tensor, such as torch.tanh")
    x = torch.linspace(-1, 1, 3, dtype=torch.float64, device="cpu").requires_grad_()
    try:
        with torch.enable_grad():
            found = value(x)
        good = torch.is_tensor(found) and found.shape == x.shape and not found.is_complex()
    except (RuntimeError, TypeError):
        good = False
    if not good:
        raise TypeError(
            f"expected activation as a function of one tensor that returns one of its shape; got {_input.shown(value)}. Such as "
            "torch.tanh: functions of NumPy have no slopes here, and a class such as torch.nn.Tanh is made first: torch.nn.Tanh()."
        )
    return value


def one_slope(value, name):
    """A loss: one number, with a way back to what it came from."""
    answer(value, name, (), "Return a sum or a mean of the answer, without float() or .item().")
    if not value.requires_grad:
        raise ValueError(
            f"expected {name} to depend on the answer it is given; got a number without slopes. Compute it from that tensor, without "
            "float(), .item() or .detach()."
        )
    return value


def module(net):
    """A network of torch, with weights that are there and of which some are trained."""
    if not isinstance(net, torch.nn.Module):
        raise TypeError(
            f"expected net as a network (torch.nn.Module); got {_input.shown(net)}. Try mlp([1, 16, 1], seed=0)."
        )
    weights = list(net.parameters())
    if any(w.is_meta or isinstance(w, torch.nn.parameter.UninitializedParameter) for w in weights):
        raise ValueError(
            "expected net with weights that have numbers; got one of a lazy layer or on 'meta'. Give each layer its sizes, on the CPU."
        )
    if not any(w.requires_grad for w in weights):
        raise ValueError(
            f"expected net with weights to train; got {'none' if not weights else 'all of them frozen'}. Call "
            "net.requires_grad_(True), or add a layer."
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


def fits(net, call, x, shape=None):
    """Call once: does the first layer take so many inputs, do outputs and readings fit? The answer, of a shape if one is asked for."""
    try:
        found = call()
    except (RuntimeError, IndexError, ValueError) as error:
        raise ValueError(
            f"expected a network that takes the inputs of x; got x of shape {tuple(x.shape)}, and the call failed: "
            f"{str(error).splitlines()[0]}. Is the width of the first or last layer right?"
        ) from None
    if shape is not None:
        answer(found, "net", shape, "Its last layer has one unit for each column of y; see nets.Recurrent.")
    return found


def sequences(x, y):
    """x and y of `fit_sequences` as tensors on the CPU, and where an output is asked for."""
    x, y = (torch.as_tensor(_input.numbers(v, name).copy(), device="cpu") for v, name in ((x, "x"), (y, "y")))
    if x.ndim != 3 or y.ndim != 3 or x.shape[:2] != y.shape[:2]:
        raise ValueError(
            "expected x (sequences, steps, inputs) and y (sequences, steps, outputs); "
            f"got {tuple(x.shape)} and {tuple(y.shape)}. One input? Pass x[..., None]."
        )
    asked = ~torch.isnan(y)
    if not torch.isfinite(x).all() or not asked.any() or torch.isinf(y).any():
        raise ValueError(
            "expected finite inputs x and at least one output y that is not NaN; got others. Drop those sequences (NaN in y: not asked for)."
        )
    _input.order_one(x, "x")
    _input.order_one(y[asked], "y")
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
    for name, values in (("u", u), ("g", g)):
        _input.sized(values, name)
        if not (values != values[:1]).any():
            raise ValueError(
                f"expected functions that differ; got {len(values)} equal rows of {name}. Bring others: an operator is learned from changes."
            )
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
    if not isinstance(data, list | tuple) or not data or not all(torch.is_tensor(d) for d in data):
        raise TypeError(f"expected data (x, *rest) as tensors; got {_input.shown(data)}. Pass torch.from_numpy(x).")
    if any(d.is_meta or not d.ndim or not len(d) for d in data):
        raise ValueError(
            f"expected data (x, *rest) as tensors with numbers, one entry a sample; got {[tuple(d.shape) for d in data]} on "
            f"{data[0].device}. One number a sample? Pass x[:, None]."
        )
    rest = ["rest"] if len(data) == 2 else [f"rest {k}" for k in range(1, len(data))]
    _input.function(rows, "rows", f"({', '.join(['z', *rest])}) of one sample that returns (r,)")
    if (count := sum(w.numel() for w in weights.values())) > MOST_WEIGHTS:
        raise ValueError(
            f"expected at most {MOST_WEIGHTS} weights, because Gauss-Newton solves for all of them at once; got {count}. "
            "Take fewer or narrower layers, or train with an optimizer of torch."
        )
