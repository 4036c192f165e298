"""A parameter-estimation problem in PEtab's tables: likelihood of many parameter sets at once, rows for least squares."""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp

from mmlib import _input, ensemble
from mmlib.data import remote
from mmlib.multistart import Multistart, least_squares
from mmlib.petab import tables
from mmlib.petab.formulas import equations, parse
from mmlib.petab.models import Compiled, Ensemble
from mmlib.petab.tables import SCALES, value

__all__ = ["Problem", "load", "read"]

NOISE = "noise of "
UNITS = {"lin": 0.0, "log": 1.0, "log10": np.log(10.0)}  # of a logarithm, in natural ones; 0 for none
ROOM = 100.0  # twice the logarithm of a standard deviation plus this is positive for all that are above 1e-21
STEP = 1e-3  # of a parameter on its scale, for differences


class Problem:
    """What `read` returns.

    Parameters x are on the problem's own scale (mostly logarithms to base 10), (m, k) for m sets of the k free ones.
    """

    def __init__(self, name, parameters, conditions, observables, measurements, equations):
        self.name, self.equations = name, equations
        self._parameters, self._conditions = parameters, conditions
        free = [p for p in parameters.values() if p["free"]]
        self.names = [p["id"] for p in free]
        self.low, self.high, self.nominal = (np.array([p[k] for p in free]) for k in ("low", "high", "nominal"))
        self.scales = [p["scale"] for p in free]
        formulas = {k: parse(o["observableFormula"], f"observable {k}") for k, o in observables.items()}
        formulas |= {NOISE + k: parse(o["noiseFormula"], f"noise of {k}") for k, o in observables.items()}
        self._compiled = Compiled(equations, formulas)
        self._observables, self.measurements = observables, measurements
        self.readings = np.array([float(r["measurement"]) for r in measurements])
        self.times = np.array([float(r["time"]) for r in measurements])
        self._unit = np.array([_transformation(observables[r["observableId"]]) for r in measurements])
        self._target = np.where(
            self._unit > 0,
            np.log(np.where(self._unit > 0, self.readings, 1.0)) / np.maximum(self._unit, 1.0),
            self.readings,
        )
        self._named(formulas)
        self._moving = self._dynamic()
        self._loose = np.array([self._free_noise(r) for r in measurements])

    def __repr__(self):
        what = f"{len(self.equations.states)} states, {len(self._conditions)} conditions, {len(self.readings)} readings"
        return f"Problem({self.name}: {len(self.names)} free parameters, {what})"

    def _dynamic(self):
        """(k,) bool: does the parameter enter the equations, or only what is observed of them?"""
        inside = set(self._compiled.names) | {
            v for c in self._conditions.values() for v in c.values() if isinstance(v, str)
        }
        return np.array([n in inside for n in self.names])

    def _named(self, formulas):
        """What the formulas of each reading ask for is there, and a standard deviation that is known is positive."""
        for row in self.measurements:
            for kind, begin in (("observable", ""), ("noise", NOISE)):
                name = begin + row["observableId"]
                own, _ = self._compiled.observed[name]
                found = {n: _parameter(row, n, kind) for n in own}
                for stray in {v for v in found.values() if isinstance(v, str)} - self._parameters.keys():
                    raise ValueError(
                        f"{'' if begin else 'observable '}{name}: expected states, constants and parameters of the table; got {stray}. Add it to the parameters."
                    )
                if begin and all(str(s) in own for s in formulas[name].free_symbols):
                    known = {n: self._parameters[v]["value"] if isinstance(v, str) else v for n, v in found.items()}
                    deviation = float(formulas[name].subs(known))
                    if not deviation > 0:
                        raise ValueError(
                            f"{name}: expected a positive standard deviation; got {deviation:g}. Correct noiseFormula or noiseParameters."
                        )

    def _free_noise(self, row):
        """Does the standard deviation of a reading change with the free parameters?"""
        own, _ = self._compiled.observed[NOISE + row["observableId"]]
        named = {_parameter(row, name, "noise") for name in own}
        return any(isinstance(n, str) and self._parameters[n]["free"] for n in named)

    def _values(self, x):
        """{id: value or (m,)} of all parameters of the table."""
        known = {k: p["value"] for k, p in self._parameters.items() if not p["free"]}
        return known | {n: SCALES[s][0](x[:, k]) for k, (n, s) in enumerate(zip(self.names, self.scales, strict=True))}

    def _constants(self, values, m):
        """(names, conditions x m): the model's constants in each condition."""
        rows = []
        for name in self._compiled.names:
            for condition in self._conditions.values():
                value = condition.get(name, values.get(name, self.equations.constants[name]))
                rows.append(np.broadcast_to(values[value] if isinstance(value, str) else value, m))
        return np.array(rows, dtype=float).reshape(len(self._compiled.names), -1)

    def _solved(self, x, rtol):
        """States (times, n, conditions, m), and the constants (names, conditions, m); NaN where a draw fails."""
        values, m = self._values(x), len(x)
        model = Ensemble(self._compiled, self._constants(values, m))
        t = np.unique(np.concatenate([[0.0], self.times]))
        with np.errstate(all="ignore"):
            start = model.start()
            size = np.nanmax(np.where(np.isfinite(start), np.abs(start), 0.0), axis=1)
            size = np.maximum(size, max(size.max(), 1e-300) * 1e-6)
            whole = np.flatnonzero(np.isfinite(model.rhs(start)).all(axis=0))  # the others have no solution
            y = np.full((len(t), *start.shape), np.nan)
            if len(whole):
                run = ensemble.solve(
                    model[whole], start[:, whole], t, rtol=rtol, atol=rtol * 1e-3 * size, max_steps=5000
                )
                y[:, :, whole] = run.y
        shape = len(self._conditions), m
        return t, y.reshape(len(t), self._compiled.n, *shape), model.constants.reshape(-1, *shape), values

    def _observe(self, solved, m):
        """(m, readings) what the model says of each reading, and its standard deviation."""
        t, y, constants, values = solved
        place, n = {k: c for c, k in enumerate(self._conditions)}, len(self._compiled.states)
        found = np.empty((2, m, len(self.readings)))
        for k, r in enumerate(self.measurements):
            c, when = place[r["simulationConditionId"]], int(np.searchsorted(t, self.times[k]))
            for row, (begin, kind) in zip(found, (("", "observable"), (NOISE, "noise")), strict=True):
                own, formula = self._compiled.observed[begin + r["observableId"]]
                extra = [_lookup(_parameter(r, name, kind), values) for name in own]
                with np.errstate(all="ignore"):
                    row[:, k] = formula([*y[when, :n, c], *constants[:, c], self.times[k], *extra])[0]
        return found

    def simulate(self, x, *, rtol=1e-6) -> np.ndarray:
        """(m, readings) what the model says at x (m, k), in the readings' units; NaN where it has no solution."""
        x = self._gate(x)
        return self._observe(self._solved(x, rtol), len(x))[0]

    def _gate(self, x):
        return _input.array(np.atleast_2d(x), "x", f"(m, {len(self.names)})")

    def _misfit(self, found):
        with np.errstate(all="ignore"):
            return np.where(self._unit > 0, np.log(found) / np.maximum(self._unit, 1.0), found) - self._target

    def objective(self, x, *, rtol=1e-6, one_by_one=False) -> np.ndarray:
        """(m,) negative log likelihood at x (m, k); infinite where the model has no solution.

        With ``one_by_one`` SciPy's LSODA solves each set and condition at a relative tolerance of 1e-12: slower, and exact enough
        to compare digits with others.
        """
        x = self._gate(x)
        solved = self._precise(x) if one_by_one else self._solved(x, _input.number(rtol, "rtol", above=0, below=1))
        found, sd = self._observe(solved, len(x))
        with np.errstate(all="ignore"):
            terms = 0.5 * (self._misfit(found) / sd) ** 2 + np.log(sd) + 0.5 * np.log(2 * np.pi)
        total = terms.sum(axis=1) + np.log(np.where(self._unit > 0, self.readings * self._unit, 1.0)).sum()
        return np.where(np.isfinite(total), total, np.inf)

    def misfits(self, x, *, rtol=1e-6) -> np.ndarray:
        """(r,) rows at one x (k,), by SciPy's LSODA: what `rows` gives for many, for solvers that take one start at a time."""
        return self._rows(self._observe(self._precise(self._gate(x), rtol), 1))[0]

    def _precise(self, x, rtol=1e-12):
        """As `_solved`, by SciPy."""
        values, m = self._values(x), len(x)
        model = Ensemble(self._compiled, self._constants(values, m))
        t, y = np.unique(np.concatenate([[0.0], self.times])), []
        for k in range(len(model)):
            constants = list(model.constants[:, k])

            def rates(_, z, constants=constants):
                return self._compiled.rates([*z, *constants])

            with np.errstate(all="ignore"):
                start = model[[k]].start()[:, 0]
                run = solve_ivp(
                    rates,
                    (0, t[-1]),
                    start,
                    "LSODA",
                    t_eval=t,
                    rtol=rtol,
                    atol=1e-6 * rtol * max(np.abs(start).max(), 1.0),
                )
            y.append(run.y.T if run.y.shape[1] == len(t) else np.full((len(t), len(start)), np.nan))
        shape = len(self._conditions), m
        y = np.moveaxis(np.array(y), 0, -1).reshape(len(t), self._compiled.n, *shape)
        return t, y, model.constants.reshape(-1, *shape), values

    def rows(self, x, which=None, *, rtol=1e-6):
        """Rows (m, r) and slopes (m, r, k) for `multistart.least_squares`, half of whose square is `objective` plus a constant.

        Each reading gives misfit / standard deviation; where that deviation is free, also the root of 100 + 2 log(deviation).
        """
        m, k = x.shape
        step = np.where(x + STEP > self.high, -STEP, STEP)
        moved = [j for j in range(k) if self._moving[j]]
        points = np.concatenate([x, *(x + step * np.eye(k)[j] for j in moved)])
        solved = self._solved(points, rtol)
        base = _slice(solved, slice(0, m))
        rows = self._rows(self._observe(base, m))
        slopes = np.zeros((*rows.shape, k))
        for j in range(k):
            shifted = x + step * np.eye(k)[j]
            part = (
                _slice(solved, slice(m * (1 + moved.index(j)), m * (2 + moved.index(j)))) if self._moving[j] else base
            )
            part = (*part[:3], self._values(shifted))
            with np.errstate(invalid="ignore"):  # a row that is not finite has no slope: such a step is refused
                slopes[:, :, j] = (self._rows(self._observe(part, m)) - rows) / step[:, [j]]
        return rows, slopes

    def _rows(self, observed):
        found, sd = observed
        with np.errstate(all="ignore"):
            return np.concatenate([self._misfit(found) / sd, np.sqrt(ROOM + 2 * np.log(sd[:, self._loose]))], axis=1)

    def draw(self, rng, m) -> np.ndarray:
        """(m, k) starts, uniform between the bounds on the parameters' scale."""
        rng = _input.generator(rng)
        return rng.uniform(self.low, self.high, (_input.whole(m, "m", least=1), len(self.names)))

    def fit(self, starts, *, iterations=60, rtol=1e-6) -> Multistart:
        """`multistart.least_squares` from starts (m, k), with this problem's rows and bounds.

        `rms` belongs to the rows; ask `objective` of the answer's `x` for the likelihood.
        """
        x = self._gate(starts)
        return least_squares(
            lambda z, which: self.rows(z, which, rtol=rtol), x, self.low, self.high, iterations=iterations
        )


def _slice(solved, part):
    t, y, constants, values = solved
    return t, y[..., part], constants[..., part], {k: v[part] if np.ndim(v) else v for k, v in values.items()}


def _lookup(what, values):
    return values[what] if isinstance(what, str) else what


def _parameter(row, placeholder, kind):
    """What stands in a measurement's list for ``observableParameter2_name``; another name is a parameter itself."""
    begin, end = f"{kind}Parameter", f"_{row['observableId']}"
    if not (placeholder.startswith(begin) and placeholder.endswith(end)):
        return placeholder
    given = [text.strip() for text in (row.get(f"{kind}Parameters") or "").split(";")]
    number = placeholder[len(begin) : -len(end)]
    if not number.isdigit() or not 1 <= int(number) <= len(given) or not given[int(number) - 1]:
        raise ValueError(
            f"measurements of {row['observableId']}: expected a value for {placeholder} in the column {kind}Parameters; got {row.get(f'{kind}Parameters')!r}. "
            "Separate several by semicolons."
        )
    return value(given[int(number) - 1], f"measurements of {row['observableId']}, {kind}Parameters")


def _transformation(observable):
    """Readings as they are (0), as natural logarithms (1) or as logarithms to base 10 (2.3)."""
    word = (observable.get("observableTransformation") or "lin").strip()
    if word not in UNITS or (observable.get("noiseDistribution") or "normal").strip() != "normal":
        got = f"{observable.get('noiseDistribution')} noise on {word}"
        raise ValueError(
            f"observable {observable['observableId']}: expected normal noise on lin, log or log10 readings; got {got}. Not read."
        )
    return UNITS[word]


def read(folder) -> Problem:
    r"""Read a problem in PEtab's format, version 1: a folder with its .yaml file and the files that it names.

    What is read: SBML models without events; conditions that set constants to numbers or parameters; normal noise on readings or their
    logarithms, each with a standard deviation made of numbers, parameters and states. Anything else is refused by name.

    Parameters
    ----------
    folder : path of the folder, or of the .yaml file in it.

    Returns
    -------
    Problem

    Raises
    ------
    ValueError : a folder without exactly one .yaml file, a file that is missing, what cannot be read (see above).

    References
    ----------
    Schmiester et al. 2021, doi:10.1371/journal.pcbi.1008646 (the format); Hass et al. 2019, doi:10.1093/bioinformatics/btz020 (problems).
    """
    path = _input.path(folder, "folder")
    found = [path] if path.suffix == ".yaml" else sorted(path.glob("*.yaml"))
    if len(found) != 1 or not found[0].is_file():
        raise ValueError(
            f"{path}: expected a folder with one .yaml file of PEtab; got {len(found)}. Name the file itself."
        )
    files = tables.head(found[0])
    rows = {kind: tables.table(files[kind], kind) for kind in ("parameter", "condition", "observable", "measurement")}
    model = equations(files["sbml"][0])
    parameters = {r["parameterId"]: tables.parameter(r) for r in rows["parameter"]}
    observables = {r["observableId"]: r for r in rows["observable"]}
    measurements = [r for r in rows["measurement"] if not r.get("preequilibrationConditionId")]
    base = found[0].parent
    if len(measurements) < len(rows["measurement"]):
        raise ValueError(
            f"{base}: expected readings without preequilibration; got some with it. Not read: write the model by hand."
        )
    used = {r["simulationConditionId"] for r in measurements}
    conditions = {
        r["conditionId"]: {
            k: value(v, f"condition {r['conditionId']}, {k}")
            for k, v in r.items()
            if k not in ("conditionId", "conditionName") and v
        }
        for r in rows["condition"]
        if r["conditionId"] in used
    }
    tables.cross_checked(parameters, conditions, observables, measurements, model.constants)
    return Problem(base.name, parameters, conditions, observables, measurements, model)


def load(name) -> Problem:
    """One of seven problems of the public collection, fetched once and verified by hash: see `mmlib.data.remote.fetch`.

    Parameters
    ----------
    name : ``"Boehm_JProteomeRes2014"`` (STAT5, 9 free parameters), ``"Bruno_JExpBot2016"`` (carotenoids, 13), ``"Crauste_CellSystems2017"``
        (T cells, 12), ``"Elowitz_Nature2000"`` (repressilator, 21), ``"Fujita_SciSignal2010"`` (EGF and Akt, 19),
        ``"Perelson_Science1996"`` (HIV, 3), ``"Sneyd_PNAS2002"`` (IP3 receptor, 15).

    Raises
    ------
    ValueError : another name. DataUnavailable : not at hand and no network; the message says how to get it.
    """
    problems = sorted({n.split("/")[1] for n in remote.REGISTRY if n.startswith("petab/")})
    _input.choice(name, "name", problems)
    files = [n for n in remote.REGISTRY if n.startswith(f"petab/{name}/")]
    return read({remote.fetch(n).parent for n in files}.pop())
