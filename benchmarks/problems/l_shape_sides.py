"""Poisson on an L, the control of `l_shape_corner`: zero on the outer sides by construction, the corner not told."""

from __future__ import annotations

from benchmarks.problem import Benchmark, Setup
from benchmarks.problems.l_shape import l_classical, l_error
from benchmarks.problems.l_shape_corner import STAGE, corner_problem

PROBLEM = Benchmark(
    "Poisson on an L, outer sides built in",
    lambda seed: Setup(*corner_problem(lambda x: 1), stages=(STAGE,)),
    l_error,
    classical=l_classical,
)
