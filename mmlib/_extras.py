"""Parts of the library that ask for more than its core: what is missing is said with the line that installs it."""

from __future__ import annotations

import contextlib

__all__ = ["PACKAGES", "extra"]

PACKAGES = {  # extra of pyproject.toml -> what is imported from it
    "pinn": ("torch", "deepxde"),
    "gp": ("torch", "gpytorch", "linear_operator"),
    "identify": ("pysindy", "sklearn"),
    "petab": ("libsbml", "sympy"),
}


@contextlib.contextmanager
def extra(name):
    """Imports inside of this block need the extra `name`; without it, ImportError says how to install it.

    >>> with extra("gp"):
    ...     import gpytorch
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in PACKAGES[name]:
            raise
        raise ImportError(
            f"expected the package {package}; it is not installed. It comes with an extra: pip install 'mmlib[{name}]'.",
            name=package,
        ) from None
