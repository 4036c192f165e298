"""What comes into `fit`: network, options, units and points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from mmlib import _input
from mmlib import _training_input as training_input
from mmlib.pinn.backend import dde, float64

__all__ = [
    "check_equation",
    "check_options",
    "check_points",
    "check_theirs",
    "check_variables",
    "error_function",
    "reference_arrays",
    "scale_inputs",
]

THIN, DISTANT = 1e-4, 1e5  # domains in which DeepXDE takes all points for one, or has no digits left to tell them apart
FAR, NARROW = 20.0, 1e-2  # inputs of a network of tanh units: larger ones saturate it, spans below all but stand still


def check_options(data, net, iterations, resample, resample_type, default):
    """Number of iterations, after a look at what was passed."""
    if not isinstance(data, dde.data.Data):
        raise TypeError(
            f"expected fit(data, net) with data a dde.data.PDE; got data {type(data).__name__}. Build it: dde.data.PDE(geometry, …)."
        )
    if not isinstance(net, torch.nn.Module):
        raise TypeError(
            f"expected fit(data, net) with data a dde.data.PDE and net a dde.nn.FNN; got net {type(net).__name__}. "
            "Such as dde.nn.FNN([1, 16, 16, 1], 'tanh', 'Glorot normal')."
        )
    training_input.module(net)
    check_equation(data)
    if resample is not None and not isinstance(resample, resample_type):
        raise TypeError(
            f"expected resample=Resample(…); got {resample!r}. Leave it out to keep the points of the data."
        )
    iterations = default if iterations is None else iterations
    iterations = _input.whole(iterations, "iterations", remedy="Leave it out for the default.")
    if iterations < 1:
        raise ValueError(f"expected at least one iteration; got {iterations}. Leave iterations out for the default.")
    if resample is not None and resample.candidates < len(data.train_x_all):
        raise ValueError(
            f"expected at least {len(data.train_x_all)} candidates, as many as points; got {resample.candidates}. Raise it."
        )
    return iterations


def check_equation(data):
    """Does the equation take what DeepXDE will give it?"""
    told = "(x, y, known) that returns residuals" if data.auxiliary_var_fn else "(x, y) that returns residuals"
    if data.pde is not None and not isinstance(data, dde.data.IDE | dde.data.FPDE):
        _input.function(data.pde, "the equation", told)


THEIRS = {  # DeepXDE's argument names, and what to write here
    "loss_weights": "weights=",
    "external_trainable_variables": "variables={'k': k}",
    "epochs": "iterations=",
    "optimizer": "method=",
    "metrics": "reference=(x, y)",
    "display_every": "progress=True",
    "callbacks": "resample=Resample(...) for new points, Fit.history for the path of losses and variables, iterations= for an end",
    "batch_size": "nothing: a batch of the rows is taken where all of them would be too many, and Fit.batch says so",
    "lr": "nothing: the length of a step follows from the fall of the loss (method='adam+lbfgs' has 1e-3)",
    "loss": "nothing: the loss is the mean square of each condition; weights= weighs them",
}


def check_theirs(given):
    """Refuse arguments that `fit` does not have, those of DeepXDE with the name they have here."""
    for name in given:
        hint = f"Write {THEIRS[name]}." if name in THEIRS else "help(mmlib.pinn.fit) lists them."
        where = "as DeepXDE calls it" if name in THEIRS else "which fit does not have"
        raise TypeError(f"expected the arguments of mmlib.pinn.fit; got {name}=, {where}. {hint}")


def check_variables(variables):
    """A dict of name -> variable, as `fit` takes it."""
    if variables is not None and not isinstance(variables, dict):
        raise TypeError(
            f"expected variables as a dict by name; got {type(variables).__name__}. Pass variables={{'k': k}}, with k = dde.Variable(1.0)."
        )
    return dict(variables or {})


def error_function(reference, data):
    """A function of `predict` that returns one number, or None."""
    if reference is None:
        return None
    if callable(reference):
        _input.function(reference, "reference", "(predict) that returns an error")

        def told(predict):
            error = _input.given(
                reference(predict), "reference(predict)", (), remedy="One number: np.abs(predict(x) - y).max(), say."
            )
            return float(error)

        return told
    x, y = reference_arrays(reference)
    if x.shape[1] != data.train_x_all.shape[1]:
        raise ValueError(
            f"expected reference=(x (n, {data.train_x_all.shape[1]}), y), points as the equation has them; got x {x.shape}. One column an input."
        )

    def error(predict):
        got = predict(x)
        if got.shape != y.shape:
            raise ValueError(
                f"expected reference y of the shape that the network gives, {got.shape}; got {y.shape}. One column an output."
            )
        return np.linalg.norm(got - y) / np.linalg.norm(y)

    return error


def reference_arrays(reference):
    """x (n, dim) and y (n, outputs) of a reference that is not zero."""
    if not isinstance(reference, list | tuple) or len(reference) != 2:
        raise ValueError(
            f"expected reference=(x, y), or a function of predict; got {_input.shown(reference)}. Pass two arrays."
        )
    x, y = (_input.numbers(a, f"reference {name}") for a, name in zip(reference, "xy", strict=True))
    y = y[:, None] if y.ndim == 1 else y
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y) or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError(
            f"expected reference=(x (n, dim), y (n, outputs)), finite; got {x.shape} and {y.shape}. One dimension? Pass x[:, None]."
        )
    if not y.any():
        raise ValueError(
            "expected a reference that is not zero everywhere, because the error is relative to it; got zeros. Pass a function of "
            "predict that returns an error, such as lambda predict: np.abs(predict(x)).max()."
        )
    return x, y


# -- units


def _points(data):
    """All points at which the network is evaluated."""
    x = [np.asarray(data.train_x_all, dtype=float)]
    x += [np.asarray(bc.points, dtype=float) for bc in data.bcs if hasattr(bc, "points")]
    x = [p for p in x if p.ndim == 2 and len(p)]
    return np.concatenate(x) if x else None


@dataclass
class Scaled:
    """The user's own feature transform, then the affine map of one box to -1 … 1."""

    own: Any
    middle: torch.Tensor
    half: torch.Tensor

    def __call__(self, points):
        inner = points if self.own is None else self.own(points)
        return (inner - self.middle.to(inner.device)) / self.half.to(inner.device)


def scale_inputs(data, net):
    """Map what enters the first layer to -1 … 1 where it is far from order one, by one frozen affine map inside the network.

    The box is that of the points. Inputs that are of order one, after the user's own feature transform, stay as they are. The
    network is a copy that `fit` owns.
    """
    points = _points(data) if isinstance(data, dde.data.PDE) else None
    if points is None:
        return
    x = torch.tensor(points, device=next(net.parameters()).device)
    own = getattr(net, "_input_transform", None) or getattr(net, "inputs_scaled", None)
    with torch.no_grad(), float64():
        z = x if own is None else own(x)
    if not torch.is_tensor(z) or z.ndim != 2 or not torch.isfinite(z).all():
        return
    low, high = z.min(dim=0).values, z.max(dim=0).values
    span = high - low
    off = (span > 0) & ((z.abs().max(dim=0).values > FAR) | (span < NARROW))
    if not off.any():
        return
    middle = torch.where(off, (low + high) / 2, torch.zeros_like(low))
    half = torch.where(off, span / 2, torch.ones_like(low))
    scaled = Scaled(own, middle, half)
    if isinstance(net, dde.nn.NN):
        net.apply_feature_transform(scaled)
    elif own is None:
        net.register_forward_pre_hook(lambda _, arguments: (scaled(arguments[0]), *arguments[1:]))
        net.inputs_scaled = scaled


# -- points


def check_points(data, net):
    """A first layer that takes the points; measured points inside of the domain."""
    points = _points(data) if isinstance(data, dde.data.PDE) else None
    if points is None:
        return
    points = torch.tensor(points[:2], device=next(net.parameters()).device, requires_grad=True)  # as in training
    try:
        with torch.enable_grad(), float64():
            once, twice = net(points), net(points)
    except (RuntimeError, ValueError) as error:
        first = next((m.in_features for m in net.modules() if isinstance(m, torch.nn.Linear)), None)
        if first is None or "shape" not in str(error) and "size" not in str(error):
            raise
        raise ValueError(
            f"expected a network whose first layer takes the {points.shape[1]} input(s) of the points; got one of width {first} "
            f"({str(error).splitlines()[0]}). Its first size is the number of coordinates, space and time, after a feature transform."
        ) from None
    training_input.answer(
        once, "net", (len(points), None), "One row a point: a tensor (n, outputs), such as dde.nn.FNN gives."
    )
    if not torch.equal(once, twice) and torch.isfinite(once).all():
        raise ValueError(
            "expected a network with one value at a point; got one that draws chance at each evaluation (Dropout?). Leave that layer out: "
            "a least-squares step needs rows that stay; for a spread, train several seeds (fit_many)."
        )
    box = _box(data.geom)
    _check_domain(box)
    for bc in data.bcs if box is not None and data.pde is not None and _sees_points(net) else []:
        if hasattr(bc, "points"):
            x, (low, high) = np.asarray(bc.points, dtype=float), box
            out = (x < low - 1e-3 * (high - low)) | (x > high + 1e-3 * (high - low))
            if x.ndim == 2 and x.shape[1] == len(low) and out.any():
                raise ValueError(
                    f"expected measured points inside of the domain, {low} to {high}; got {x[out.any(axis=1)][0]}: the equation is not "
                    "asked for there. Widen the domain, or leave the point out."
                )


def _sees_points(net):
    """Do the points enter the first layer as they are? A feature transform may mirror or wrap those outside of the domain."""
    own = getattr(net, "_input_transform", None)
    own = own.own if isinstance(own, Scaled) else own
    return own is None and isinstance(net, dde.nn.FNN | dde.nn.PFNN | torch.nn.Sequential)


def _check_domain(box):
    for low, high in zip(*box, strict=True) if box is not None else []:
        if not THIN <= high - low or max(abs(low), abs(high)) > DISTANT * (high - low):
            raise ValueError(
                f"expected a domain in which points can be told apart; got {low:g} to {high:g}: DeepXDE takes points closer than 1e-6 for "
                "one. Measure from the start of the domain, in a unit in which it has a length of order one."
            )


def _box(geometry):
    """Lowest and highest corner of the domain, or None where DeepXDE does not say."""
    if isinstance(geometry, dde.geometry.GeometryXTime):
        space, time = _box(geometry.geometry), geometry.timedomain
        return None if space is None else (np.append(space[0], time.t0), np.append(space[1], time.t1))
    box = getattr(geometry, "bbox", None)
    return None if box is None else (np.atleast_1d(box[0]).astype(float), np.atleast_1d(box[1]).astype(float))
