"""Derivatives of any order of a network's outputs, by Taylor series through its layers (Taylor mode, jets).

Along a line x + t v each layer takes the coefficients of its input's series to those of its output: a linear layer one by one, an activation
by its own recurrence. A derivative of order k costs k + 1 passes of a layer, where reverse mode inside of reverse mode doubles with each order.
Mixed derivatives are sums of pure ones along several lines.
"""

from __future__ import annotations

import functools
import itertools
import math

import numpy as np
import torch

from mmlib import _input
from mmlib.pinn.backend import dde
from mmlib.pinn.jacobian import without_bias

__all__ = ["derivative", "remember"]

HIGHEST = 12  # order: beyond, factorials leave no digits


def derivative(ys, xs, orders, component=0):
    """A derivative of any order of one output of a network, for the equation of a DeepXDE problem.

    The value is that of `dde.grad.jacobian` and `dde.grad.hessian`, nested as often as needed. Where `ys` is what `pinn.fit` or `pinn.fit_many`
    passes to the equation, and the network a `dde.nn.FNN`, it comes by a Taylor series through the layers: the
    Jacobian of a third derivative takes 1.2 times a second one's and of a fourth 1.6 times, in place of 1.6 and 3.7 (three layers of 24, a thousand points); a gradient
    2.4 times in place of 6.6. Elsewhere (other networks, outputs that were sliced or changed first, `Model.train`) reverse mode is nested.

    Parameters
    ----------
    ys : tensor (n, outputs)
        Outputs as the equation gets them.
    xs : tensor (n, dim)
        Inputs as the equation gets them.
    orders : int, or one int for each input
        How often to differentiate by each input: (3, 0) is u_xxx on points (x, t), (2, 2) is u_xxtt, 4 is u_xxxx where there is one input.
    component : int
        Number of the output.

    Returns
    -------
    tensor (n, 1), in units of the output over those of the inputs.

    Raises
    ------
    TypeError
        `ys` or `xs` is not a tensor.
    ValueError
        Their shapes do not fit, there is no such output, or `orders` are not whole numbers from 0, 12 in all at most.

    Notes
    -----
    Coefficients follow Griewank and Walther, *Evaluating Derivatives* (2008), chapter 13, doi:10.1137/1.9780898717761; mixed derivatives from pure ones
    follow Griewank, Utke and Walther (2000), doi:10.1090/S0025-5718-00-01120-0. Feature and output transforms may be any
    functions: each is differentiated by reverse mode, alone, along the line.

    Examples
    --------
    The equation of Korteweg and de Vries, u_t + 6 u u_x + u_xxx = 0, on points (x, t):

    >>> import numpy as np
    >>> from mmlib import pinn
    >>> from mmlib.pinn import dde
    >>> strip = dde.geometry.GeometryXTime(dde.geometry.Interval(-8, 8), dde.geometry.TimeDomain(0, 2))
    >>> def soliton(x):
    ...     return 0.5 / np.cosh(0.5 * (x[:, :1] - x[:, 1:])) ** 2
    >>> def kdv(x, u):
    ...     u_t, u_x = pinn.derivative(u, x, (0, 1)), pinn.derivative(u, x, (1, 0))
    ...     return u_t + 6 * u * u_x + pinn.derivative(u, x, (3, 0))
    >>> start = dde.icbc.IC(strip, soliton, lambda _, on: on)
    >>> ends = dde.icbc.DirichletBC(strip, soliton, lambda _, on: on)
    >>> slope = dde.icbc.OperatorBC(strip, lambda x, u, _: dde.grad.jacobian(u, x, 0, 0), lambda x, on: on and x[0] > 7.9)
    >>> data = dde.data.TimePDE(strip, kdv, [start, ends, slope], num_domain=300, num_boundary=60, num_initial=60)
    >>> x = np.array([[a, t] for a in np.linspace(-8, 8, 33) for t in (0, 1, 2)])
    >>> fit = pinn.fit(data, dde.nn.FNN([2, 12, 12, 1], "tanh", "Glorot normal"), seed=0, iterations=60, reference=(x, soliton(x)))
    >>> fit.error < 0.02
    True
    """
    orders = _checked(ys, xs, orders, component)
    if not sum(orders):
        return ys[:, component : component + 1]
    series = getattr(ys, "_mmlib_series", None)
    if series is None or series.x is not xs or not xs.requires_grad:
        return _nested(ys, xs, orders, component)
    terms = [weight * series.pure(line, sum(orders), component) for line, weight in _lines(orders)]
    return functools.reduce(torch.add, terms)


def _checked(ys, xs, orders, component):
    """`orders` as a tuple, one for each input."""
    for name, value in (("ys", ys), ("xs", xs)):
        if not torch.is_tensor(value):
            raise TypeError(
                f"expected {name} as a tensor (n, columns), as the equation gets it; got {type(value).__name__}. "
                "Call derivative(u, x, orders) inside of the equation."
            )
    if ys.ndim != 2 or xs.ndim != 2 or len(ys) != len(xs):
        raise ValueError(
            f"expected ys (n, outputs) and xs (n, inputs) with as many rows; got {tuple(ys.shape)} and {tuple(xs.shape)}. Pass what the equation gets."
        )
    orders = orders if isinstance(orders, tuple | list) else (orders,)
    whole = all(isinstance(k, int | np.integer) and not isinstance(k, bool) and k >= 0 for k in orders)
    if len(orders) != xs.shape[1] or not whole or sum(orders) > HIGHEST:
        raise ValueError(
            f"expected orders as {xs.shape[1]} whole number(s) from 0, one for each input, {HIGHEST} in all at most; got "
            f"{_input.shown(orders)}. Such as {(2, *[0] * (xs.shape[1] - 1))} for the second derivative by the first input."
        )
    if isinstance(component, bool) or not isinstance(component, int) or not 0 <= component < ys.shape[1]:
        raise ValueError(
            f"expected component as the number of one of {ys.shape[1]} output(s), from 0; got {component!r}. Leave it out for the first."
        )
    return tuple(int(k) for k in orders)


def _nested(ys, xs, orders, component):
    """By reverse mode inside of reverse mode, through DeepXDE's cache."""
    found = ys[:, component : component + 1] if ys.shape[1] > 1 else ys
    for i, j in enumerate(j for j, order in enumerate(orders) for _ in range(order)):
        if not found.requires_grad:
            return torch.zeros_like(ys[:, :1])
        found = dde.grad.jacobian(*((ys, xs, component, j) if i == 0 else (found, xs, 0, j)))
    return found


@functools.lru_cache(maxsize=256)
def _lines(orders):
    """(direction, weight) whose pure derivatives of order sum(orders) add up to the mixed one.

    >>> _lines((3, 0)), _lines((1, 1))
    ((((1, 0), 1.0),), (((0, 1), -0.5), ((1, 0), -0.5), ((1, 1), 0.5)))
    """
    used, order = [j for j, k in enumerate(orders) if k], sum(orders)
    if len(used) == 1:
        return ((tuple(int(j in used) for j in range(len(orders))), 1.0),)
    wanted = [m for m in itertools.product(range(order + 1), repeat=len(used)) if sum(m) == order]
    most = [math.factorial(order) / math.prod(math.factorial(k) for k in m) for m in wanted]
    tried = itertools.product(range(-order, order + 1), repeat=len(used))
    tried = [v for v in tried if next((k for k in v if k), 0) > 0 and math.gcd(*v) == 1]  # v and -v are one line
    lines, rows = [], np.empty((0, len(wanted)))
    for v in sorted(tried, key=lambda v: (sum(map(abs, v)), -sum(v), v)):
        row = [c * math.prod(float(x) ** k for x, k in zip(v, m, strict=True)) for c, m in zip(most, wanted, strict=True)]  # fmt: skip
        more = np.vstack([rows, row])
        if np.linalg.matrix_rank(more) > len(rows):
            lines, rows = [*lines, v], more
        if len(lines) == len(wanted):
            break
    target = [float(m == tuple(orders[j] for j in used)) for m in wanted]
    weights = np.linalg.solve(rows.T, target)
    place = [tuple(dict(zip(used, v, strict=True)).get(j, 0) for j in range(len(orders))) for v in lines]
    return tuple((v, float(w)) for v, w in zip(place, weights, strict=True) if abs(w) > 1e-12)


# -- where a series comes from


def remember(net, arguments, y):
    """Forward hook of the networks of `fit`: lets `derivative` know which network made y, and from what."""
    x = arguments[0]
    if torch.is_tensor(y) and torch.is_tensor(x) and y.requires_grad and x.requires_grad and _known(net):
        y._mmlib_series = Series(net, x)


def _known(net):
    if type(net).forward is not dde.nn.FNN.forward:
        return False
    activations = net.activation if isinstance(net.activation, list) else [net.activation]
    return all(f in ACTIVATIONS for f in activations)


class Series:
    """Taylor coefficients of the layers of one network at the points x (n, dim), along any lines, each computed once."""

    def __init__(self, net, x):
        self.net, self.x, self.lines = net, x, {}
        self.base = None  # coefficients of order zero, which all lines share

    def pure(self, line, order, component):
        """d^order / dt^order (n, 1) of one output at x + t line."""
        if line not in self.lines:
            v = torch.tensor(line, device=self.x.device, dtype=self.x.dtype).expand_as(self.x)
            self.lines[line] = _Line(self, v)
        return math.factorial(order) * self.lines[line].output(order, component)

    def stages(self):
        """Layers and activations in order, new, with their coefficients of order zero."""
        net, last = self.net, len(self.net.linears) - 1
        stages = []
        for j, layer in enumerate(net.linears):
            stages.append(_Linear(layer))
            if j < last:
                f = net.activation[j] if isinstance(net.activation, list) else net.activation
                stages.append(ACTIVATIONS[f](f))
        if self.base is None:
            first = self.x if net._input_transform is None else net._input_transform(self.x)
            self.base = [first]
            for stage in stages:
                self.base.append(stage.start(self.base[-1]))
        for stage, value in zip(stages, self.base[1:], strict=True):
            stage.found = [value]
        return stages


class _Line:
    """The series along one line, order by order. None stands for a coefficient that is zero."""

    def __init__(self, series, v):
        self.net, self.x, self.v = series.net, series.x, v
        self.stages = series.stages()
        self.input = [series.base[0]]
        self.made = {}  # component -> derivatives of the output transform

    def _extend(self, order):
        while len(self.input) <= order:
            k = len(self.input)
            if self.net._input_transform is None:
                self.input.append(self.v if k == 1 else None)
            else:
                self.input = self._features(k)
            known = self.input
            for stage in self.stages:
                stage.found.append(stage.next(known[: k + 1]))
                known = stage.found

    def _features(self, order):
        """Coefficients of the feature transform to that order, column by column."""
        t = self._zero()
        z = self.net._input_transform(self.x + t * self.v)
        columns = [_along(z[:, j : j + 1], t, order) for j in range(z.shape[1])]
        higher = [torch.cat(c, dim=1) for c in list(zip(*columns, strict=True))[len(self.input) :]]
        return [*self.input, *higher]

    def _zero(self):
        return 0 * self.x[:, :1]  # needs a gradient as x does, and passes none on

    def output(self, order, component):
        """Coefficient (n, 1) of one output."""
        self._extend(order)
        found = self.stages[-1].found
        if self.net._output_transform is None:
            return _or_zero(found[order], found[0])[:, component : component + 1]
        if len(self.made.get(component, ())) <= order:
            t = self._zero()
            y = self.net._output_transform(self.x + t * self.v, _polynomial(found[: order + 1], t))
            self.made[component] = _along(y[:, component : component + 1], t, order)
        return self.made[component][order]


def _polynomial(coefficients, t):
    total = coefficients[0]
    for k, c in enumerate(coefficients[1:], 1):
        if c is not None:
            total = total + c * t**k
    return total


def _along(y, t, order):
    """Taylor coefficients of y by t, 0 to order, where each row of y depends on its own row (or entry) of t: reverse mode, nested."""
    found = [y]
    for k in range(1, order + 1):
        (y,) = torch.autograd.grad(y.sum(), t, create_graph=True, allow_unused=True) if y.requires_grad else (None,)
        if y is None:
            y = torch.zeros_like(t)
        found.append(y / math.factorial(k))
    return found


def _or_zero(a, like):
    return torch.zeros_like(like) if a is None else a


# -- how one stage takes coefficients to coefficients


class _Linear:
    def __init__(self, layer):
        self.layer = layer

    def start(self, a):
        return self.layer(a)

    def next(self, a):
        return None if a[-1] is None else without_bias(self.layer, a[-1])


def _slope_times(a, slope):
    """k-th coefficient of y from those of a and of its slope, y' = slope a': sum of j a_j slope_(k-j) / k, j from 1 to k."""
    k, total = len(a) - 1, None
    for j in range(1, k + 1):
        if a[j] is not None:
            term = a[j] * slope[k - j]
            total = (term if j == k else term * (j / k)) if total is None else torch.add(total, term, alpha=j / k)
    return total


def _product(a, b, k):
    """k-th coefficient of a product."""
    terms = [a[j] * b[k - j] for j in range(k + 1) if a[j] is not None and b[k - j] is not None]
    return functools.reduce(torch.add, terms) if terms else torch.zeros_like(b[0])


def _square(y, k):
    """k-th coefficient of y^2."""
    if k == 0:
        return y[0] * y[0]
    total = functools.reduce(torch.add, [y[j] * y[k - j] for j in range((k + 1) // 2)]) * 2
    return total if k % 2 else total + y[k // 2] * y[k // 2]


class _Activation:
    """Any function of single entries, by reverse mode along the line."""

    def __init__(self, function):
        self.function = function
        self.slope = []  # coefficients of its slope, or whatever else the recurrence needs

    def start(self, a):
        return self.function(a)

    def next(self, a):
        t = 0 * a[0]  # needs a gradient as a does, and passes none on
        return _along(self.function(_polynomial(a, t)), t, len(a) - 1)[-1]


class _Tanh(_Activation):
    """y' = (1 - y^2) a'."""

    def next(self, a):
        y = self.found
        while len(self.slope) < len(a) - 1:
            k = len(self.slope)
            square = _square(y, k)
            self.slope.append(1 - square if k == 0 else -square)
        return _or_zero(_slope_times(a, self.slope), y[0])


class _Sigmoid(_Activation):
    """y' = (y - y^2) a'."""

    def next(self, a):
        y = self.found
        while len(self.slope) < len(a) - 1:
            k = len(self.slope)
            self.slope.append(y[k] - _square(y, k))
        return _or_zero(_slope_times(a, self.slope), y[0])


class _Sine(_Activation):
    """s' = c a', c' = -s a'; the cosine is the slope."""

    def next(self, a):
        s, c = self.found, self.slope
        if not c:
            c.append(torch.cos(a[0]))
        while len(c) < len(a) - 1:
            c.append(-_or_zero(_slope_times(a[: len(c) + 1], s), s[0]))
        return _or_zero(_slope_times(a, c), s[0])


class _Swish(_Activation):
    """a sigmoid(a)."""

    def next(self, a):
        if not self.slope:
            self.gate = _Sigmoid(torch.sigmoid)
            self.gate.found = self.slope = [torch.sigmoid(a[0])]
        while len(self.slope) < len(a):
            self.slope.append(self.gate.next(a[: len(self.slope) + 1]))
        return _product(a, self.slope, len(a) - 1)


class _Same(_Activation):
    def next(self, a):
        return a[-1]


_BY_NAME = {"tanh": _Tanh, "sigmoid": _Sigmoid, "sin": _Sine, "silu": _Swish, "swish": _Swish} | dict.fromkeys(
    ("elu", "gelu", "relu", "selu"), _Activation
)
ACTIVATIONS = {dde.nn.activations.get(name): kind for name, kind in _BY_NAME.items()}
ACTIVATIONS |= {torch.tanh: _Tanh, torch.sigmoid: _Sigmoid, torch.sin: _Sine, torch.nn.functional.silu: _Swish}
ACTIVATIONS |= {torch.cos: _Activation, torch.exp: _Activation, dde.nn.activations.linear: _Same}
