r"""Differential equations with a network in them: gradients through a solver, and second-order training.

`network` is a small fully connected net as a function of one flat vector of weights. `fit_ode` trains any right-hand
side that depends on such a vector, on one irregular noisy series or several, by multiple shooting and
Levenberg-Marquardt. `ode_gradient` differentiates a solve of torchdiffeq in either of its two ways and says what that
cost; it is the only function here that needs torchdiffeq, which is installed with the book.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.integrate import solve_ivp

from mmlib._extras import extra

with extra("pinn"):
    import torch

from mmlib import _input
from mmlib import _training_input as training_input
from mmlib._shooting import Pieces, check_start, levenberg_marquardt
from mmlib.optim import Verdict, brief

__all__ = ["Gradient", "Network", "OdeFit", "fit_ode", "network", "ode_gradient"]


MOST_CALLS = 50_000  # of the right-hand side in one solve: LSODA would crawl towards a pole for ever


class Network(NamedTuple):
    """A fully connected net without state: ``net(theta, x)`` with all weights in one vector."""

    sizes: tuple[int, ...]
    theta0: torch.Tensor  # (p,) initial weights
    activation: Callable

    def __call__(self, theta, x):
        """Outputs (…, sizes[-1]) at the inputs x (…, sizes[0]) with weights theta (p,)."""
        at, last = 0, len(self.sizes) - 2
        if not (
            torch.is_tensor(x)
            and torch.is_tensor(theta)
            and theta.shape == self.theta0.shape
            and x.dtype == theta.dtype
        ):
            raise ValueError(
                f"expected theta {tuple(self.theta0.shape)} and x (…, {self.sizes[0]}), tensors of one precision; got "
                f"{_input.shown(theta)} and {_input.shown(x)}. Such as net(net.theta0, torch.zeros(7, {self.sizes[0]}).double())."
            )
        if x.shape[-1:] != self.sizes[:1]:
            raise ValueError(
                f"expected x (…, {self.sizes[0]}), one column an input; got {tuple(x.shape)}. One input? Pass x[:, None]."
            )
        for k, (n, m) in enumerate(zip(self.sizes, self.sizes[1:])):  # noqa: B905 - one shorter on purpose
            weight, bias = theta[at : at + n * m].reshape(n, m), theta[at + n * m : at + n * m + m]
            x = x @ weight + bias
            x = x if k == last else self.activation(x)
            at += n * m + m
        return x


def network(sizes, *, seed, activation=torch.tanh) -> Network:
    """A small net with weights drawn from N(0, 1/inputs) and zero biases, in double precision.

    Parameters
    ----------
    sizes : inputs, hidden widths, outputs, such as [2, 5, 5, 2].
    seed : of the draw; the global random state is not touched.
    activation : a torch function of one tensor.

    Raises ValueError for fewer than two sizes, or sizes that are not positive.

    >>> net = network([2, 4, 1], seed=0)
    >>> len(net.theta0), net(net.theta0, torch.zeros(7, 2, dtype=torch.float64)).shape
    (17, torch.Size([7, 1]))
    """
    sizes, activation = tuple(_input.sizes(sizes)), training_input.activation(activation)
    draw = torch.Generator("cpu").manual_seed(_input.seed(seed))
    parts = []
    for n, m in zip(sizes, sizes[1:]):  # noqa: B905 - one shorter on purpose
        parts += [
            torch.randn(n * m, generator=draw, dtype=torch.float64, device="cpu") / math.sqrt(n),
            torch.zeros(m, dtype=torch.float64, device="cpu"),
        ]
    return Network(sizes, torch.cat(parts), activation)


# -- training -----------------------------------------------------------------------------------------------------


@brief
class OdeFit(NamedTuple):
    """A trained right-hand side and the states it was trained on."""

    params: torch.Tensor  # (p,) what `rhs` takes first
    states: list[np.ndarray]  # one (n, d) array a series: estimated states at the times of the readings
    misfit: float  # root mean square of (state - reading) / sd
    jump: float  # largest jump between neighbouring pieces of trajectory [sd]; small: one solution runs through
    converged: bool  # nothing was left to gain, and one solution runs through all pieces: see `verdict`
    iterations: int  # Levenberg-Marquardt steps, accepted or not
    rhs: Callable  # as passed in
    times: list[np.ndarray]
    log: bool
    verdict: Verdict | None = None  # why it ended, and what to try

    def rates(self, y) -> np.ndarray:
        """Rates of change at the states y (…, d), in the readings' own units."""
        y, d = _input.numbers(y, "y"), self.states[0].shape[1]
        if y.shape[-1:] != (d,):
            raise ValueError(f"expected y (…, {d}), one column a state; got {y.shape}. One state? Pass y[:, None].")
        with torch.no_grad():
            return self.rhs(self.params, torch.tensor(y, device="cpu")).numpy()

    def solve(self, times, *, series=0, start="first") -> np.ndarray:
        """States (n, d) at `times`, by scipy's LSODA from the first or the last estimated state of a series.

        Raises RuntimeError if the trained equation cannot be integrated that far, with the time it reached.
        """
        _input.choice(start, "start", ("first", "last"))
        n = len(self.times)
        series = _input.whole(series, "series", least=-n, most=n - 1, remedy=f"There are {n} series, numbered from 0.")
        k = 0 if start == "first" else -1
        t0, y0 = self.times[series][k], self.states[series][k]
        times = _input.array(times, "times", "(n,)")
        if (np.diff(times) <= 0).any() or times[0] < t0 - 1e-12:
            raise ValueError(
                f"expected strictly increasing times from {t0:g} on; got {times!r}. A forecast starts at its state."
            )
        if self.log:
            y0 = np.log(y0)
        calls, largest = 0, 1e6 * (1 + np.abs(self.states[series]).max())

        def rate(t, z):
            nonlocal calls
            calls += 1
            y = np.exp(np.minimum(z, 700)) if self.log else z
            if calls > MOST_CALLS or not np.abs(y).max() < largest:
                raise RuntimeError(
                    f"the trained equation was integrated up to t = {t:g} only: it runs away from the states it was "
                    "trained on. Ask for a shorter forecast, or train on data that go there."
                )
            return self.rates(y) / y if self.log else self.rates(y)

        span = (t0, max(times[-1], t0 + max(1e-9, 4 * np.spacing(abs(t0)))))  # SciPy needs one of some length
        run = solve_ivp(rate, span, y0, t_eval=np.clip(times, *span), method="LSODA", rtol=1e-7, atol=1e-9)
        if not run.success or run.y.shape[1] != len(times):
            reached = run.t[-1] if len(run.t) else t0
            raise RuntimeError(f"the trained equation was integrated up to t = {reached:g} only: {run.message}")
        return np.exp(run.y.T) if self.log else run.y.T


def fit_ode(
    rhs,
    params,
    t,
    y,
    *,
    sd,
    log=False,
    decay=0.0,
    step=None,
    weights=(1, 10, 100, 1000),
    iterations=60,
    device="cpu",
) -> OdeFit:
    r"""Train ``dy/dt = rhs(params, y)`` on noisy readings, at whatever times they were taken.

    Every reading time gets a state of its own, and each piece of trajectory between neighbours starts from its state
    (multiple shooting). Levenberg-Marquardt minimises the sum of squares of the misfits (state - reading) / sd, of the
    jumps between pieces times a weight / sd, and of sqrt(decay) x params. The weight on the jumps grows from round to
    round until one solution runs through all pieces. Pieces are short, so no long solve is ever differentiated.

    Parameters
    ----------
    rhs : function of (params (p,), y (…, d)) that returns rates (…, d), written in torch.
    params : (p,) first guess.
    t : (n,) increasing times, evenly spaced or not, or a list of such arrays, one a series; 2,000 times in all at most. Cut
        a series at a gap that is long beside the others: all pieces take as many steps as the longest needs.
    y : (n, d) readings, or a list. NaN is a reading that was not taken: of one state at a time, or of a state that is never
        read (it starts from zero; give it a bounded law).
    sd : standard deviation of a reading [unit of y], a number or d of them. With ``log=True``, of the logarithms.
    log : the states are positive and the errors relative: work with logarithms. `rhs` still takes and returns y's units.
    decay : strength of the pull of params towards zero; a prior of variance 1 / decay. A number, or p of them.
    step : longest step of the Runge-Kutta scheme [unit of t]; half the median gap by default.
    weights : on the jumps, one a round.
    iterations : at most so many steps a round.
    device : where it trains, "cpu" or "cuda": `rhs` gets tensors that stand there, and makes its own like these
        (``torch.ones_like(y)``). The fit is on the CPU again.

    Raises
    ------
    ValueError : infinite readings, a time without any, a gap of more than 2,000 steps, unsorted times, shapes
        that do not fit, readings that are not positive where ``log=True``,
        sd that is not positive; trajectories or slopes that are not finite at the first guess (series and time are named).

    >>> t = np.array([0.0, 0.3, 0.9, 1.0, 1.6, 2.0])
    >>> fit = fit_ode(lambda p, y: p * y, [0.0], t, np.exp(-1.3 * t)[:, None], sd=0.01)
    >>> fit.params.numpy().round(3), fit.converged
    (array([-1.3]), True)
    """
    times, readings = training_input.series(t, y, log := _input.flag(log, "log"))
    d, device = readings[0].shape[1], _input.device(device)
    params, decay, step = training_input.checked_options(rhs, params, decay, step, weights, iterations)
    training_input.check_gaps(times, step)
    sd = training_input.deviations(sd, d)
    theta = torch.as_tensor(params, dtype=torch.float64, device=device).reshape(-1).clone()
    pull = torch.as_tensor(decay, dtype=torch.float64, device=device).expand(len(theta)).sqrt()
    data, seen = (torch.as_tensor(a, device=device) for a in training_input.filled(times, readings))
    rate = (lambda q, z: rhs(q, z.exp()) / z.exp()) if log else rhs
    training_input.rates_of(rate, theta, data[:2])
    pieces = Pieces(rate, times, data, seen, torch.as_tensor(sd, device=device), pull, step)
    z = data.clone()
    check_start(pieces, z, theta, weights[0], times)
    z, theta, verdict, jump, count = levenberg_marquardt(pieces, z, theta, weights, iterations)
    misfit = float((((z - data) / pieces.scale) ** 2)[seen > 0].mean().sqrt())
    states = [s.cpu().numpy() for s in torch.split(z.exp() if log else z, [len(s) for s in times])]
    return OdeFit(theta.cpu(), states, misfit, jump, verdict.converged, count, rhs, times, log, verdict)


# -- gradients through a solver of torchdiffeq --------------------------------------------------------------------


class Gradient(NamedTuple):
    """A loss, its gradient, and what it cost."""

    value: float
    params: np.ndarray  # (p,)
    y0: np.ndarray  # (d,)
    forward: int  # evaluations of the right-hand side, forward
    backward: int  # more evaluations on the way back; 0: the way back used what was stored
    stored: int  # bytes kept from the way forward for the way back
    solution: Any  # (n, d) tensor, torchdiffeq's own answer


def _gradient_input(params, y0, t, place):
    """Where the gradient is wanted, as tensors (p,), (d,), (n,)."""
    params = _input.array(np.atleast_1d(_input.numbers(params, "params")), "params", "(p,)")
    y0 = _input.array(np.atleast_1d(_input.numbers(y0, "y0")), "y0", "(d,)")
    return (torch.tensor(v, dtype=torch.float64, **place) for v in (params, y0, _input.times(t)))


def ode_gradient(
    rhs, params, y0, t, loss, *, by="backprop", method="dopri5", rtol=1e-6, atol=1e-9, options=None, device="cpu"
):
    """Gradient of ``loss(solution)`` by one of torchdiffeq's two ways (Chen et al. 2018, arXiv:1806.07366).

    Parameters
    ----------
    rhs : function of (params (p,), y (d,)), as for `fit_ode`.
    params, y0 : (p,) and (d,), where the gradient is wanted.
    t : (n,) increasing; the solution at these times goes to `loss`.
    loss : function of a tensor (n, d) that returns a scalar tensor.
    by : ``"backprop"`` (through the steps of the solver, which are stored) or ``"adjoint"`` (a second equation, solved
        backwards in time, along which the states are solved for once more).
    method, rtol, atol, options : torchdiffeq's.
    device : where it is solved, "cpu" or "cuda"; `solution` stands there too.

    Raises ValueError for an unknown `by` or times that do not increase, ImportError without torchdiffeq.

    >>> t = np.linspace(0, 1, 5)
    >>> g = ode_gradient(lambda p, y: p * y, [-1.0], [2.0], t, lambda y: y[-1, 0], by="adjoint")
    >>> g.params.round(4), g.y0.round(4)          # d/dp 2 exp(p) and exp(p) at p = -1
    (array([0.7358]), array([0.3679]))
    """
    try:
        import torchdiffeq
        from torchdiffeq._impl.odeint import SOLVERS
    except ImportError:
        raise ImportError(
            "ode_gradient needs torchdiffeq: pip install torchdiffeq (it comes with mmlib[book])."
        ) from None
    rhs, place = (
        _input.function(rhs, "rhs", "(params, y) in torch that returns rates"),
        {"device": _input.device(device)},
    )
    _input.choice(by, "by", ("backprop", "adjoint"))
    _input.function(loss, "loss", "(solution) that returns one number")
    params, y0, t = _gradient_input(params, y0, t, place)
    rtol, atol = training_input.positive(rtol=rtol, atol=atol)
    _input.choice(method, "method", tuple(SOLVERS))
    if options is not None and not isinstance(options, dict):
        raise TypeError(f"expected options as a dict of torchdiffeq's; got {_input.shown(options)}. Leave it out.")

    class Equation(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.params = torch.nn.Parameter(params.clone())
            self.calls = 0

        def forward(self, t, y):
            self.calls += 1
            return training_input.answer(rhs(self.params, y), "rhs", tuple(y.shape), "One rate a state.")

    equation = Equation()
    start = y0.clone().requires_grad_()
    solver = torchdiffeq.odeint if by == "backprop" else torchdiffeq.odeint_adjoint
    stored = {}

    def keep(tensor):
        stored[tensor.data_ptr(), tensor.numel()] = tensor.numel() * tensor.element_size()
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        solution = solver(equation, start, t, rtol=rtol, atol=atol, method=method, options=options)
        value = training_input.one_slope(loss(solution), "loss")
    forward = equation.calls
    value.backward()
    if start.grad is None:
        raise ValueError(
            "expected loss to depend on the solution it is given; got a number that does not. Compute it from y."
        )
    slopes = [torch.zeros_like(v) if v.grad is None else v.grad for v in (equation.params, start)]  # None: not in rhs
    return Gradient(
        float(value.detach()),
        *(v.cpu().numpy() for v in slopes),
        forward,
        equation.calls - forward,
        sum(stored.values()),
        solution.detach(),
    )
