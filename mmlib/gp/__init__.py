"""Gaussian processes on GPyTorch: one source, several fidelities (`ar1`), nonlinear relations between them (`nargp`), and linear
differential equations (`with_law`).

The first three are one model. A Gaussian process with a *trend* (a mean function linear in its coefficients) is fitted by
maximum likelihood; the two fusion methods only feed it one more input, the prediction of the level below:

- `regress`: y = trend(x) + g(x), on data of one source;
- `ar1`: the level below enters the trend, so its coefficient is the scale rho of Kennedy and O'Hagan (2000);
- `nargp`: the level below enters the kernel, as Perdikaris et al. (2017) have it;
- `with_law`: readings of u and of L u are rows of one process, whose kernel is differentiated.

Everything is float64 whatever torch's default is, noise has a floor (so that Cholesky factors exist), and chance comes
from `seed` alone.
"""

from mmlib._extras import extra

with extra("gp"):
    from mmlib.gp.fidelity import Fusion, ar1, nargp
    from mmlib.gp.operator import Lawful, LawKernel, with_law
    from mmlib.gp.regression import Prediction, Regression, SameLabel, gaussian_kernel, regress


__all__ = [
    "Fusion",
    "LawKernel",
    "Lawful",
    "Prediction",
    "Regression",
    "SameLabel",
    "ar1",
    "gaussian_kernel",
    "nargp",
    "regress",
    "with_law",
]
