"""DeepXDE on PyTorch, imported without side effects: the only place where `deepxde` is first imported.

On import DeepXDE prints the backend's name, may move torch's default device to a GPU, and (through scikit-optimize)
adds warning filters. All three are put back. Its float type is global; `float64()` changes it for a while.
"""

import contextlib
import io
import os
import sys
import warnings

import torch

__all__ = ["dde", "float64"]


def _import_deepxde():
    loaded = sys.modules.get("deepxde")
    if loaded is None:
        before = torch.get_default_device()
        chosen = os.environ.get("DDE_BACKEND")
        os.environ["DDE_BACKEND"] = "pytorch"
        said = io.StringIO()
        try:
            with warnings.catch_warnings(), contextlib.redirect_stderr(said):
                warnings.simplefilter("ignore")  # of DeepXDE's own dependencies, while they are imported
                import deepxde as loaded
        finally:
            if chosen is None:
                del os.environ["DDE_BACKEND"]
            else:
                os.environ["DDE_BACKEND"] = chosen
            greeting = ("Using backend:", "Other supported backends:", "paddle supports more examples")
            for line in said.getvalue().splitlines():
                if line and not line.startswith(greeting):
                    print(line, file=sys.stderr)
        if torch.get_default_device() != before:
            torch.set_default_device(None if before.type == "cpu" else before)
    name = loaded.backend.backend_name
    if name != "pytorch":
        raise ImportError(
            f"mmlib.pinn needs DeepXDE on PyTorch; deepxde was imported before with the backend {name!r}. "
            "Import mmlib.pinn first, or set the environment variable DDE_BACKEND=pytorch before Python starts."
        )
    return loaded


dde = _import_deepxde()


@contextlib.contextmanager
def float64():
    """Build DeepXDE points, data, variables and networks in double precision; the old float type is restored at the end.

    `fit` computes in double precision in any case. What is *built* outside of this block is rounded to single precision
    first (points and measured values to about 6e-8), which matters only for errors near 1e-7.

    >>> with float64():
    ...     points = dde.geometry.Interval(0, 0.1).uniform_points(3)
    >>> points.dtype, float(points[-1, 0]) == 0.1, torch.get_default_dtype()
    (dtype('float64'), True, torch.float32)
    """
    real, precision, default = dde.config.real, dde.config.real.precision, torch.get_default_dtype()
    real.set_float64()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        getattr(real, f"set_float{precision}")()
        torch.set_default_dtype(default)
