"""Burgers, inverse, with one per cent of noise on the readings."""

from benchmarks.problems.burgers_inverse import burgers_inverse

PROBLEM = burgers_inverse("Burgers, inverse, 1 % noise", 0.01, 0.0032098)
