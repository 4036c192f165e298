"""Convection at speed 40, the problem of Rathore et al. 2024 (doi:10.48550/arXiv.2402.01868)."""

from benchmarks.problem import Published
from benchmarks.problems.convection_30 import convection

PROBLEM = convection(
    40,
    (
        Published(
            "relative L2, Newton with conjugate gradients after Adam and L-BFGS",
            1.94e-3,
            "{cite:t}`rathore2024challenges`",
        ),
    ),
)
