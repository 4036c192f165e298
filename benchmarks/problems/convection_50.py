"""Convection at speed 50."""

from benchmarks.problems.convection_30 import convection

PROBLEM = convection(50)
