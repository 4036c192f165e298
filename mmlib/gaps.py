r"""A recurrent network on an even grid with readings missing: the rival of a differential equation where series have gaps.

`forecast_gru` steps through the grid. Where a state was read it takes the reading, where not its own prediction: a plain cousin
of the units of Che et al. (2018, Sci. Rep. 8:6085). So a gap of ten steps is crossed in ten steps, as the
forecast is, and no step is longer than those the network was trained on.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mmlib import _input
from mmlib._extras import extra

with extra("pinn"):
    import torch

from mmlib._curvature import lbfgs
from mmlib.optim import Verdict, brief

__all__ = ["GruForecast", "forecast_gru"]


@brief
class GruForecast(NamedTuple):
    """What `forecast_gru` returns."""

    ahead: np.ndarray  # (s, ahead, d) predictions for the steps after the last of the grid
    loss: float  # where the training ended
    converged: bool
    verdict: Verdict  # why it ended, and what to try


def forecast_gru(series, ahead, *, rng, noise, hidden=10, decay=1.0, iterations=120, device="cpu") -> GruForecast:
    r"""Train a gated recurrent unit on series with gaps, and let each run on.

    The state $h$ of the unit and the prediction follow $h_{k+1} = \text{GRU}(z_k, h_k)$ and
    $\hat x_{k+1} = z_k + W h_{k+1} + b$, where $z_k$ is the reading if there is one and $\hat x_k$ if not. Minimised by L-BFGS: half the
    sum of squares of $(\hat x_k - x_k)$ / noise over all readings but the first of each series, plus decay times the sum of
    squares of the weights.

    Parameters
    ----------
    series : (s, n, d) readings on an even grid, of order one and zero mean (such as centred logarithms); NaN where none was taken.
    ahead : steps to forecast.
    rng : ``numpy.random.Generator`` that draws the first weights, or a whole number.
    noise : standard deviation of a reading.
    hidden : units of the state.
    decay : strength of the pull of the weights towards zero.
    iterations : of L-BFGS, at most.
    device : where it trains, "cpu" or "cuda".

    Raises
    ------
    ValueError : shapes that do not fit, infinite readings, a series without any reading.

    >>> wave = np.sin(0.5 * np.arange(40))[None, :, None]
    >>> wave[0, 7:12] = np.nan
    >>> out = forecast_gru(wave, 3, rng=np.random.default_rng(0), noise=0.1, decay=0.1, iterations=60).ahead
    >>> out.shape, bool(abs(out[0, :, 0] - np.sin(0.5 * np.arange(40, 43))).max() < 0.3)
    ((1, 3, 1), True)
    """
    x, rng = _input.numbers(series, "series"), _input.generator(rng)
    if x.ndim != 3 or np.isinf(x).any() or np.isnan(x).all(axis=(1, 2)).any():
        raise ValueError(
            f"expected series (s, n, d) with NaN where nothing was read and a reading in each; got shape {x.shape}"
            f"{', an infinite value' if np.isinf(x).any() else ''}. One series? Pass series[None]."
        )
    ahead = _input.whole(ahead, "ahead", least=1, remedy="Ask for one step at least.")
    hidden = _input.whole(hidden, "hidden", least=1, remedy="Leave it out for 10.")
    iterations = _input.whole(iterations, "iterations", least=1, remedy="Leave it out for 120.")
    noise = _input.number(noise, "noise", above=0, remedy="The standard deviation of a reading.")
    decay = _input.number(decay, "decay", least=0, remedy="Leave it out for 1.")
    device = _input.device(device)
    _input.order_one(x, "series")
    seen = torch.as_tensor(~np.isnan(x), device=device)
    x = torch.as_tensor(np.nan_to_num(x), device=device)
    cell, head, weights = _unit(x.shape[2], hidden, rng, device)
    counted = seen & (seen.cumsum(dim=1) > 1)  # all but the first reading of a series

    def loss():
        off = (_walk(cell, head, x, seen, x.shape[1]) - x)[counted] / noise
        return 0.5 * (off**2).sum() + decay * sum((w**2).sum() for w in weights)

    end, verdict = lbfgs(loss, weights, iterations, zero=float(0.5 * (x[counted] ** 2).sum()) / noise**2 or None)
    with torch.no_grad():
        out = _walk(cell, head, x, seen, x.shape[1] + ahead)[:, x.shape[1] :].cpu().numpy()
    return GruForecast(out, end, verdict.converged, verdict)


def _walk(cell, head, x, seen, steps):
    """Predictions (s, steps, d) for the grid and what follows it."""
    guess, h, out = torch.zeros_like(x[:, 0]), x.new_zeros(len(x), cell.hidden_size), []
    for k in range(steps):
        out.append(guess)
        z = torch.where(seen[:, k], x[:, k], guess) if k < x.shape[1] else guess
        h = cell(z, h)
        guess = z + head(h)
    return torch.stack(out, dim=1)


def _unit(d, hidden, rng, device):
    """A cell for d states, its linear read-out, and all weights, drawn from `rng`."""
    place = {"dtype": torch.float64, "device": device}
    cell = torch.nn.utils.skip_init(torch.nn.GRUCell, d, hidden, **place)
    head = torch.nn.utils.skip_init(torch.nn.Linear, hidden, d, **place)
    weights = [*cell.parameters(), *head.parameters()]
    bound = hidden**-0.5
    with torch.no_grad():
        for w in weights:
            w.copy_(torch.as_tensor(rng.uniform(-bound, bound, tuple(w.shape)), device=device))
    return cell, head, weights
