"""What a fit that did not get there suggests to do next, as lines of code: read off its residuals and conditions."""

from __future__ import annotations

import numpy as np
import torch

from mmlib.pinn.backend import dde
from mmlib.pinn.balance import balanced

__all__ = ["advice", "waves"]

FAR = 0.1  # residual at fresh points, relative to the zero function's, above which there is something to say
UNEVEN = 100.0  # ratio of what two conditions pull
LINES, PLACES = 8, 256  # lines along each input, and places on each
PERIODS, SHARE = 3.0, 0.5  # so many periods on the span, with so much of the residual's power near them
HEAVY = 1e9  # entries of the Jacobian, beyond which the conditions are not weighed


def advice(problem, status, fresh) -> str:
    """Lines of code for a fit that ended stalled or out of steps with a residual that is not small; "" where nothing is suggested.

    Parameters
    ----------
    problem : Problem
        As it stands after training, and stays.
    status : str
        Of the verdict.
    fresh : float
        Residual at fresh points, relative to that of the zero function.

    Returns
    -------
    str
    """
    if status not in ("stalled", "out of steps") or not fresh > FAR:
        return ""
    net, said = problem.net, []
    features = hasattr(net, "apply_feature_transform") and getattr(net, "_input_transform", None) is None
    found = waves(problem) if features else {}
    if found:
        said.append(_features(found, problem.points.shape[1]))
    if _uneven(problem):
        said.append("Some conditions pull a hundred times harder than others: pinn.fit(..., weights='balanced').")
    return " ".join(said)


def _features(found, dim):
    parts = [f"torch.{f}({k:.3g} * x[:, {j}:{j + 1}])" for j, k in found.items() for f in ("sin", "cos")]
    return (
        f"The residual is a wave of {', '.join(f'{k:.3g} rad per unit of input {j}' for j, k in found.items())}, which a network of plain inputs learns late: "
        f"net.apply_feature_transform(lambda x: torch.cat([x, {', '.join(parts)}], dim=1)), with a first layer of {dim + len(parts)} inputs."
    )


def _uneven(problem):
    if len(problem.names) < 2 or len(set(problem.weights)) > 1 or problem.count_rows() * problem.size > HEAVY:
        return False
    return bool(balanced(problem).max() > UNEVEN)


def waves(problem) -> dict:
    """{number of input: wave number in rad per unit of it} where the equation's residual is a wave of three periods or more.

    Along lines through the box of the points, each parallel to one input, half of the residual's power must lie within a factor of 1.5 of the
    strongest frequency (Hann's window, mean removed).
    """
    if problem.data.pde is None or not len(problem.points):
        return {}
    rng, found = np.random.default_rng(0), {}
    low, high = problem.points.min(axis=0), problem.points.max(axis=0)
    window = np.hanning(PLACES)
    for j in range(len(low)):
        if not high[j] > low[j]:
            continue
        power = np.zeros(PLACES // 2 + 1)
        for base in problem.points[rng.integers(len(problem.points), size=LINES)]:
            line = np.tile(base, (PLACES, 1))
            line[:, j] = np.linspace(low[j], high[j], PLACES)
            for r in _residual(problem, line):
                power += np.abs(np.fft.rfft((r - r.mean()) * window)) ** 2 if np.isfinite(r).all() else 0
        periods = np.arange(len(power)) * (PLACES - 1) / PLACES
        peak = float(periods[power.argmax()])
        near = (periods >= peak / 1.5) & (periods <= peak * 1.5)
        if peak >= PERIODS and power[near].sum() >= SHARE * power.sum() > 0:
            found[j] = 2 * np.pi * peak / float(high[j] - low[j])
    return found


def _residual(problem, points):
    """Columns of the equation's residuals at points (n, dim)."""
    with problem.context(), torch.enable_grad():
        x = torch.tensor(points, device=problem.device, requires_grad=True)
        found = problem._residuals(x, problem.net(x))
        dde.grad.clear()
    return [c.detach().cpu().numpy() for r in found if torch.is_tensor(r) for c in r.reshape(len(points), -1).T]
