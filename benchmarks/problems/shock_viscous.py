"""The shock of Buckley and Leverett, viscosity told: 1e-2 at first, then 5e-3, then 2.5e-3; the error is still that to the shock."""

from benchmarks.problem import Benchmark
from benchmarks.problems.shock import (
    VISCOSITY,
    conservation,
    setup,
    shock_classical,
    shock_error,
    shock_sines,
)
from mmlib import pinn

STEPS = ((4 * VISCOSITY, 60), (2 * VISCOSITY, 40), (VISCOSITY, 40))  # and iterations


def step(number, net=None):
    viscosity, iterations = STEPS[number]
    stage = {"iterations": iterations, "resample": pinn.Resample()}
    more = number + 1 < len(STEPS)
    then = (lambda predict, net: step(number + 1, net)) if more else None
    return setup(conservation(viscosity), net, stages=(stage,), then=then)


PROBLEM = Benchmark(
    "Buckley-Leverett shock, viscosity told",
    lambda seed: step(0),
    shock_error,
    classical=shock_classical,
    sines=shock_sines(VISCOSITY),
)
