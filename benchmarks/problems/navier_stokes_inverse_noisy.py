"""Synthetic: Navier-Stokes, inverse, with one per cent of noise on the readings."""

from benchmarks.problems.navier_stokes_inverse import navier_stokes_inverse

PROBLEM = navier_stokes_inverse("Navier-Stokes, inverse, 1 % noise", 0.01)
