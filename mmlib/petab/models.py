"""A model of SBML as something that `mmlib.ensemble` integrates: many sets of constants at once, Jacobian by SymPy."""

from __future__ import annotations

import numpy as np
import sympy

from mmlib.petab.formulas import TIME, Equations

__all__ = ["Compiled", "Ensemble"]


class Compiled:
    """Formulas of one model as functions of arrays: rates, Jacobian, start, and what is observed."""

    def __init__(self, equations: Equations, observables: dict):
        self.states, self.names = equations.states, sorted(equations.constants)
        y = [sympy.Symbol(s) for s in equations.states]
        known = [sympy.Symbol(k) for k in self.names]
        stray = set().union(*(f.free_symbols for f in equations.rates)) - {*y, *known, TIME}
        if stray:
            raise ValueError(
                f"expected rates of states and constants; got {', '.join(sorted(map(str, stray)))} that nothing defines. Give each a value or a rule."
            )
        self.timed = any(TIME in f.free_symbols for f in equations.rates)
        self.n = len(y) + self.timed
        states = [*y, TIME] if self.timed else y
        rates = [*equations.rates, sympy.Integer(1)] if self.timed else equations.rates
        self.rates = _numeric([*states, *known], rates)
        slopes = {
            (i, j): sympy.diff(f, s) for i, f in enumerate(rates) for j, s in enumerate(states) if s in f.free_symbols
        }
        self.places = list(slopes)
        self.slopes = _numeric([*states, *known], list(slopes.values()))
        self.start = _numeric(known, [*equations.start, *([sympy.Integer(0)] if self.timed else [])])
        self.observed = {}
        for name, formula in observables.items():
            formula = formula.subs(equations.assigned)
            own = sorted(formula.free_symbols - {*y, *known, TIME}, key=str)
            self.observed[name] = [str(s) for s in own], _numeric([*y, *known, TIME, *own], [formula])


def _numeric(symbols, formulas):
    return sympy.lambdify([symbols], formulas, modules="numpy", cse=True)


class Ensemble:
    """One model with constants (names, draws), as `mmlib.ensemble.solve` asks for it."""

    def __init__(self, compiled: Compiled, constants):
        self.compiled, self.constants = compiled, constants
        self.bands = (compiled.n - 1, compiled.n - 1)

    def __len__(self):
        return self.constants.shape[1]

    def __getitem__(self, index):
        return Ensemble(self.compiled, self.constants[:, index])

    def rhs(self, y):
        return _stacked(self.compiled.rates([*y, *self.constants]), y.shape)

    def jacobian(self, y):
        n = self.compiled.n
        bands = np.zeros((2 * n - 1, *y.shape))
        for (i, j), value in zip(self.compiled.places, self.compiled.slopes([*y, *self.constants]), strict=True):
            bands[n - 1 + i - j, j] = value
        return bands

    def start(self):
        """(n, draws) states at time zero."""
        return _stacked(self.compiled.start(list(self.constants)), (self.compiled.n, len(self)))


def _stacked(values, shape):
    out = np.empty(shape)
    for row, value in zip(out, values, strict=True):
        row[...] = value
    return out
