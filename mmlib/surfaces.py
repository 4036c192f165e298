"""Surfaces from their slopes: fits that know of one surface and fits that do not, and the tests that tell them apart.

A *field* is a function from places (m, 2) to slopes (m, 2). It belongs to a surface g where its curl is zero; then the
work along a way is the difference of heights, and the work around a loop is zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.interpolate import BSpline

from mmlib._extras import extra

with extra("pinn"):
    import torch

from mmlib import _input
from mmlib._curvature import lbfgs
from mmlib._slopes import MIRROR, field, known_part, network_options, places, readings, scales, unit_frame
from mmlib.optim import Verdict, brief, judge

__all__ = [
    "Fit",
    "curl",
    "fit_network",
    "fit_spline",
    "gradient",
    "height_by_path",
    "log_cosh",
    "loop_work",
    "project",
    "work",
]

REMEDIES = {
    "stalled": "Try another rng=, fewer units, or slopes of order one.",
    "out of steps": "Raise steps=; or take fit_spline, which is solved in closed form.",
}


@brief
@dataclass(frozen=True)
class Fit:
    """A fitted field of slopes; called with places (m, 2) it returns slopes (m, 2)."""

    slopes: Callable
    surface: Callable | None  # heights (m,) up to a constant; None where the fit knows of no surface
    model: Any  # the torch network, or the coefficients of the spline
    verdict: Verdict | None = None  # why it ended, and what to try

    @property
    def converged(self) -> bool:
        return self.verdict is not None and self.verdict.converged

    def __call__(self, x) -> np.ndarray:
        return self.slopes(places(x, "x"))

    def height(self, x) -> np.ndarray:
        """Heights (m,) at x (m, 2), up to a constant. ValueError where the slopes were fitted one by one."""
        if self.surface is None:
            raise ValueError(
                "expected a fit of one surface; got slopes that were fitted one by one. Call project(fit, x) first."
            )
        return self.surface(places(x, "x"))


def work(slopes, start, end) -> np.ndarray:
    r"""Work along straight lines, $\int \mu \cdot dx$, by Gauss and Legendre with 60 points.

    start, end : (m, 2) each. Returns (m,).

    >>> work(lambda x: x, np.zeros((1, 2)), np.array([[3.0, 4.0]])).round(6)
    array([12.5])
    """
    start, end, slopes = places(start, "start"), places(end, "end"), field(slopes)
    if start.shape != end.shape:
        raise ValueError(f"expected start and end of one shape; got {start.shape} and {end.shape}. One row a way.")
    nodes, weights = np.polynomial.legendre.leggauss(60)
    step = end - start
    z = start[:, None] + (nodes[:, None] + 1) / 2 * step[:, None]
    force = slopes(z.reshape(-1, 2)).reshape(z.shape)
    return np.einsum("k,mki,mi->m", weights / 2, force, step)


def height_by_path(slopes, x, origin, first: int = 0) -> np.ndarray:
    """Heights above `origin` (2,) at x (m, 2): the work along axis `first`, then along the other one.

    >>> swirl = lambda x: np.stack([-x[:, 1], x[:, 0]], axis=1)  # no surface: the ways disagree
    >>> [round(float(height_by_path(swirl, [[1.0, 1.0]], [0.0, 0.0], first=k)[0]), 6) for k in (0, 1)]
    [1.0, -1.0]
    """
    x, first = (
        places(x, "x"),
        _input.whole(first, "first", least=0, most=1, remedy="It is the axis of the first stretch."),
    )
    start = np.tile(_input.array(origin, "origin", "(2,)"), (len(x), 1))
    corner = start.copy()
    corner[:, first] = x[:, first]
    return work(slopes, start, corner) + work(slopes, corner, x)


def loop_work(slopes, centres, radius: float, pieces: int = 64) -> np.ndarray:
    r"""Work along each piece of circular loops, $\oint \mu \cdot dx$ when summed: (loops, pieces).

    centres : (loops, 2). The rule is exact to round-off for fields that are smooth on the scale of a piece.

    >>> swirl = lambda x: np.stack([-x[:, 1], x[:, 0]], axis=1)
    >>> bool(np.isclose(loop_work(swirl, [[0.0, 0.0]], 1.0).sum(), 2 * np.pi))
    True
    """
    centres, slopes = places(centres, "centres"), field(slopes)
    radius = _input.number(radius, "a positive radius, radius", above=0)
    pieces = _input.whole(pieces, "pieces", least=3, remedy="Try pieces=64.")
    angle = np.arange(pieces) * 2 * np.pi / pieces
    circle = radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    tangent = radius * np.stack([-np.sin(angle), np.cos(angle)], axis=1) * 2 * np.pi / pieces
    force = slopes((centres[:, None] + circle).reshape(-1, 2)).reshape(len(centres), pieces, 2)
    return (force * tangent).sum(axis=-1)


def curl(slopes, x, step: float = 1e-4) -> np.ndarray:
    r"""$\partial \mu_0/\partial x_1 - \partial \mu_1/\partial x_0$ at x (m, 2) by central differences: (m,).

    >>> swirl = lambda x: np.stack([-x[:, 1], x[:, 0]], axis=1)
    >>> curl(swirl, [[0.3, 0.2]]).round(6)
    array([-2.])
    """
    x, slopes = places(x, "x"), field(slopes)
    step = _input.number(step, "a positive step, step", above=0, remedy="Try step=1e-4.")
    by_first, by_second = [(slopes(x + s) - slopes(x - s)) / (2 * step) for s in step * np.eye(2)]
    return by_second[:, 0] - by_first[:, 1]


def project(slopes, x, *, even: bool = False, known=None, frame=None, intervals: int = 5) -> Fit:
    """The surface whose slopes come nearest to a field's, in least squares over many places x (m, 2): a spline.

    The field costs nothing to evaluate, so x may be dense. Other arguments as for `fit_spline`.

    >>> x = np.random.default_rng(0).uniform(-1, 1, (300, 2))
    >>> swirl = lambda x: np.stack([x[:, 0] - x[:, 1], x[:, 1] + x[:, 0]], axis=1)  # a bowl and a swirl
    >>> found = project(swirl, x)
    >>> bool(abs(loop_work(found, np.zeros((1, 2)), 0.5).sum()) < 1e-3), round(float(loop_work(swirl, np.zeros((1, 2)), 0.5).sum()), 3)
    (True, 1.571)
    """
    x, even = places(x, "x"), _input.flag(even, "even")
    return fit_spline(x, field(slopes)(x), even=even, known=known, frame=frame, intervals=intervals)


def fit_spline(
    x, mu, *, one_surface: bool = True, even: bool = False, known=None, frame=None, intervals: int = 5
) -> Fit:
    """Cubic B-splines with a penalty on differences of neighbouring coefficients (Eilers & Marx 1996, doi:10.1214/ss/1038425655).

    The slopes of a spline surface are linear in its coefficients: one least-squares problem. Its penalty is on third
    differences, that of slopes fitted one by one on second differences. Generalised cross-validation chooses the weight, with
    each degree of freedom counted 1.4 times, which keeps it from too little smoothing (Kim & Gu 2004,
    doi:10.1046/j.1369-7412.2003.05316.x).

    Parameters
    ----------
    x, mu : (n, 2) places and slopes measured there.
    one_surface : fit one g to both slopes; False fits each slope by itself.
    even : g is even in the second coordinate (the first slope is even, the second odd).
    known : function x -> (g (m,), slopes (m, 2)) of what is known before; only the rest is fitted.
    frame : (origin (2,), matrix (2, 2)) with u = (x - origin) @ matrix in the unit square, on which the knots lie;
        by default the box of the data.
    intervals : intervals of the knots along each side.

    Raises
    ------
    ValueError : shapes, NaN, fewer than eight places, or a frame that places them outside the unit square.

    >>> x = np.random.default_rng(0).uniform(-1, 1, (100, 2))
    >>> fit = fit_spline(x, 2 * x)  # slopes of a bowl
    >>> (fit.height([[0.5, 0.5]]) - fit.height([[0.0, 0.0]])).round(3)
    array([0.5])
    """
    x, mu = readings(x, mu)
    one_surface, even = _input.flag(one_surface, "one_surface"), _input.flag(even, "even")
    intervals = _input.whole(intervals, "intervals", least=1, most=40, remedy="Try intervals=5.")
    origin, matrix = unit_frame(np.vstack([x, x * MIRROR]) if even else x, frame)
    knots = np.r_[[0] * 3, np.linspace(0, 1, intervals + 1), [1] * 3]
    size = intervals + 3

    def basis(z, du=0, dv=0):
        u = (z - origin) @ matrix
        one = [BSpline(knots, np.eye(size), 3)(u[:, k], nu=nu) for k, nu in enumerate((du, dv))]
        return (one[0][:, :, None] * one[1][:, None, :]).reshape(len(z), -1)

    def rows(z, sign):
        return basis(z) + sign * basis(z * MIRROR) if even else basis(z)

    def slope_rows(z, mirrored=False):
        found = np.einsum("jk,kmi->jmi", matrix, np.stack([basis(z, du=1), basis(z, dv=1)]))  # chain rule
        return found + MIRROR[:, None, None] * slope_rows(z * MIRROR, True) if even and not mirrored else found

    rest = mu - known_part(known, x)[1]
    if one_surface:
        scale = 1 / np.linalg.norm(matrix, axis=1)  # slopes of both axes in one unit, that of g
        design = slope_rows(x) * scale[:, None, None]
        coef = _smooth(np.concatenate(design), (rest * scale).T.ravel(), size, 3)
        return _solved(lambda z: (slope_rows(z) @ coef).T, lambda z: rows(z, 1) @ coef, coef, known, x, rest)
    coef = [_smooth(rows(x, sign), y, size, 2) for sign, y in zip(MIRROR, rest.T, strict=True)]

    def found(z):
        return np.stack([rows(z, s) @ k for s, k in zip(MIRROR, coef, strict=True)], axis=1)

    return _solved(found, None, coef, known, x, rest)


def _solved(slopes, surface, coef, known, x, rest) -> Fit:
    """A spline, which is the solution of one linear problem, and its verdict."""
    loss, reason = float(((slopes(x) - rest) ** 2).mean()), "least squares with a penalty, in closed form"
    return _fit(slopes, surface, coef, known, judge(loss=loss, gradient=np.ravel(coef), fall=0.0, reason=reason))


def _smooth(M, y, size, differences):
    """Coefficients of y = M coef with penalised differences; the weight by generalised cross-validation."""
    D, eye = np.diff(np.eye(size), differences, axis=0), np.eye(size)
    penalty = np.kron(D.T @ D, eye) + np.kron(eye, D.T @ D)
    best = np.inf, None
    for weight in 10 ** np.arange(-6, 3, 0.5):
        inverse = np.linalg.inv(M.T @ M + weight * penalty + 1e-8 * np.eye(size**2))
        coef = inverse @ (M.T @ y)
        freedom = (inverse * (M.T @ M)).sum() / len(y)
        score = ((M @ coef - y) ** 2).mean() / max(1 - 1.4 * freedom, 1e-9) ** 2
        best = min(best, (score, coef), key=lambda b: b[0])
    return best[1]


def gradient(net, v):
    """Slopes (n, 2) at v (n, 2) of a network with one output, in a form that can be trained.

    >>> gradient(lambda v: (v**2).sum(dim=1, keepdim=True), torch.ones(1, 2)).tolist()
    [[2.0, 2.0]]
    """
    v = v.detach().requires_grad_()
    return torch.autograd.grad(net(v).sum(), v, create_graph=True)[0]


def log_cosh(v):
    """An activation whose derivative is tanh: a surface of these units has slopes of tanh units.

    >>> [round(v, 3) for v in log_cosh(torch.tensor([0.0, 50.0])).tolist()]
    [0.0, 49.307]
    """
    return v.abs() + torch.nn.functional.softplus(-2 * v.abs()) - np.log(2)


class _Net(torch.nn.Module):
    """Dense layers behind a scaled, perhaps mirrored, perhaps periodic input."""

    def __init__(self, outputs, hidden, activation, waves, even, rng, device):
        super().__init__()
        self.frequencies = _tensor(rng.normal(0, 0.7, (2, waves)), device) if waves else None
        sizes = [2 * waves or 2, *hidden, outputs]
        self.weights, self.biases = torch.nn.ParameterList(), torch.nn.ParameterList()
        for a, b in zip(sizes, sizes[1:], strict=False):
            self.weights.append(torch.nn.Parameter(_tensor(rng.normal(0, 1 / np.sqrt(a), (a, b)), device)))
            self.biases.append(torch.nn.Parameter(_tensor(rng.normal(0, 0.5, b), device)))
        self.activation, self.even = activation, even

    def forward(self, v):
        """Outputs (n, outputs) at v (n, 2), of order one."""
        odd = v[:, 1:]
        if self.even:
            v = torch.cat([v[:, :1], odd**2 / 2], dim=1)
        if self.frequencies is not None:
            v = torch.cat([torch.cos(v @ self.frequencies), torch.sin(v @ self.frequencies)], dim=1)
        *inner, last = zip(self.weights, self.biases, strict=True)
        for W, b in inner:
            v = self.activation(v @ W + b)
        v = v @ last[0] + last[1]
        if self.even and v.shape[1] == 2:  # two slopes of an even surface: the second is odd
            v = torch.cat([v[:, :1], v[:, 1:] * odd], dim=1)
        return v


def fit_network(
    x,
    mu,
    *,
    rng,
    slopes=gradient,
    hidden=(20, 20),
    activation=torch.tanh,
    waves: int = 0,
    even: bool = False,
    known=None,
    box=None,
    decay: float = 4e-3,
    steps: int = 300,
    device="cpu",
) -> Fit:
    r"""A network fitted to slopes: as the gradient of its one output (Teichert et al. 2019, doi:10.1016/j.cma.2019.05.019), or by two outputs.

    L-BFGS on the mean squared misfit, in units of the slopes' own root mean square, plus `decay`/n times the sum of squares
    of all weights. Inputs are scaled to -2 … 2 over the box.

    Parameters
    ----------
    x, mu : (n, 2) places and slopes measured there.
    rng : ``numpy.random.Generator`` for the weights, or a whole number.
    slopes : function (net, v) -> (n, 2) that turns a network of one output into slopes; None: two outputs, each a slope.
    hidden, activation : sizes of the hidden layers; their function, on tensors.
    waves : with k > 0 the input is k cosines and k sines of random frequencies (Tancik et al. 2020).
    even, known : as for `fit_spline`.
    box : ((low, high), (low, high)) of the two coordinates; by default that of the data.
    steps : iterations of L-BFGS at most.
    device : where it trains.

    Raises ValueError for shapes, NaN, fewer than eight places, or a loss that is not finite at the end.

    >>> x = np.random.default_rng(0).uniform(-1, 1, (100, 2))
    >>> fit = fit_network(x, 2 * x, rng=np.random.default_rng(1), hidden=(10,))
    >>> bool(abs(loop_work(fit, np.zeros((1, 2)), 0.5).sum()) < 1e-9)
    True
    """
    x, mu = readings(x, mu)
    decay, even = network_options(slopes, activation, rate=decay), _input.flag(even, "even")
    steps, waves = _input.whole(steps, "steps", least=1), _input.whole(waves, "waves", least=0, remedy="0: no waves.")
    hidden, device = _input.sizes(hidden, "hidden sizes", least=1), _input.device(device)
    middle, half = scales(x, even, box)  # v = (x - middle) / half runs from -2 to 2
    rest, rng = (mu - known_part(known, x)[1]) * half, _input.generator(rng)
    unit = np.sqrt((rest**2).mean()) or 1.0
    net = _Net(2 if slopes is None else 1, hidden, activation, waves, even, rng, device)

    def scaled(z):
        return _tensor((z - middle) / half, device)

    def scaled_slopes(v):
        return net(v) if slopes is None else slopes(net, v)

    verdict = _train(net, scaled_slopes, scaled(x), _tensor(rest / unit, device), decay / len(x), steps)

    def found(z):
        return scaled_slopes(scaled(z)).detach().cpu().numpy() * unit / half

    def surface(z):
        with torch.no_grad():
            return net(scaled(z))[:, 0].cpu().numpy() * unit

    return _fit(found, None if slopes is None else surface, net, known, verdict)


def _tensor(a, device):
    return torch.tensor(a, dtype=torch.float64, device=device)


def _train(net, slopes, v, target, decay, steps):
    weights = list(net.parameters())

    def value():
        return ((slopes(v) - target) ** 2).mean() + decay * sum((p**2).sum() for p in weights)

    options = {"history_size": 50, "tolerance_grad": 1e-9, "tolerance_change": 1e-12}
    loss, verdict = lbfgs(value, weights, steps, zero=float((target**2).mean()) or None, remedies=REMEDIES, **options)
    if not np.isfinite(loss):
        raise ValueError(
            f"expected a finite loss at the end of training; got {loss}. Look for wild values among the slopes."
        )
    return verdict


def _fit(slopes, surface, model, known, verdict) -> Fit:
    """A fit of the rest, with what is known added again."""
    if known is None:
        return Fit(slopes, surface, model, verdict)
    whole = None if surface is None else lambda z: surface(z) + known_part(known, z)[0]
    return Fit(lambda z: slopes(z) + known_part(known, z)[1], whole, model, verdict)
