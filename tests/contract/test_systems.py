"""One contract for all models in `mmlib.systems`: names, units, constants with a source, checks, rates, referees.

`system_constants.csv` holds each constant a second time, with the source it was compared with; *ours* is a choice of this
book. `system_choices.csv` does the same for numbers at the top of a module and for defaults of functions. A constant changes
here and there, or it changes by mistake.
"""

import csv
import dataclasses
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

import mmlib.systems
from mmlib.systems.base import Model

from .test_choices import chosen

FUNCTIONS = {  # modules of functions, whose tests stand in the file that has their name
    "cardiac": "41 states in one array, advanced by one integrator of its own",
    "fibre": "chains of beads: each function is one experiment",
    "growing_ring": "one ring by two schemes: layers for many laws at once, elements for one",
    "herg": "one channel: its rates are what is fitted",
    "multi_fidelity": "pairs of functions",
    "waves": "a law is a table of coefficients, so any that is found can be put in",
    "sarcomeres": "a rule that makes animals, and an estimate",
    "signalled_ring": "a ring that asks a function, and the cells that answer",
}
MODULES = [m.name for m in pkgutil.iter_modules(mmlib.systems.__path__) if m.name != "base"]
LOADED = {name: importlib.import_module(f"mmlib.systems.{name}") for name in MODULES}
MODELS = {
    c.__name__: c for m in LOADED.values() for c in vars(m).values()
    if inspect.isclass(c) and issubclass(c, Model) and c.__module__ == m.__name__ and c.__name__[0] != "_"
}  # fmt: skip
BASIS = ("m", "s", "kg", "mol", "U", "cell", "pelt", "TCID50")
UNITS = {  # of the models: factor and powers of the basis
    "1": {}, "m": {"m": 1}, "um": {"m": 1}, "mm": {"m": 1}, "s": {"s": 1}, "h": {"s": 1}, "min": {"s": 1}, "day": {"s": 1},
    "week": {"s": 1}, "year": {"s": 1}, "kg": {"kg": 1}, "Pa": {"kg": 1, "m": -1, "s": -2}, "mM": {"mol": 1, "m": -3}, "nM": {"mol": 1, "m": -3},
    "cells": {"cell": 1}, "pelts": {"pelt": 1}, "mL": {"m": 3}, "TCID50": {"TCID50": 1},
}  # fmt: skip


def default(name):
    return MODELS[name]()


def numbers(model):
    """Names of the fields that hold a plain number."""
    return [f.name for f in dataclasses.fields(model) if isinstance(getattr(model, f.name), float)]


def flat(value):
    """All entries of nested tuples."""
    return [x for part in value for x in flat(part)] if isinstance(value, tuple) else [value]


def tables(model):
    """Names of the tuples of numbers that stand in the class, such as a start or the meals of a day."""
    found = {n: flat(v) for n, v in vars(type(model)).items() if isinstance(v, tuple) and n[0] != "_"}
    return [n for n, v in found.items() if {type(x) for x in v} == {float}]


with_fields = pytest.mark.parametrize("name", MODELS)
with_rates = pytest.mark.parametrize("name", [n for n, c in MODELS.items() if hasattr(c, "rhs")])


def state(model, rng):
    """A state of the right shape in which each term counts."""
    shape = {"AllenCahn": 256, "LigandReceptor": 12, "Schrodinger": 16, "NetworkSpread": 3}.get(
        type(model).__name__, len(model.names)
    )
    y = rng.uniform(0.05, 0.9, shape)
    if type(model).__name__ == "GlucoseInsulin":
        y = np.array(model.start) * rng.uniform(0.5, 1.5, 6) + [0, 0, 0, 20, 20, 20]
    return y + 1j * rng.uniform(-1, 1, shape) if type(model).__name__ == "Schrodinger" else y


def test_every_module_holds_a_model_or_says_why_not():
    assert {c.__module__.rpartition(".")[2] for c in MODELS.values()} | set(FUNCTIONS) == set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_modules_name_what_is_public_and_where_it_comes_from(module):
    loaded = LOADED[module]
    own = [n for n, v in vars(loaded).items() if getattr(v, "__module__", "") == loaded.__name__ and n[0] != "_"]
    hidden = {"Path", "Crossing"}  # what a function returns; reached through it
    assert set(own) - hidden <= set(loaded.__all__) <= set(vars(loaded))
    source = Path(loaded.__file__).read_text(encoding="utf-8")
    assert re.search(r"doi:10\.\d{4}|A toy, with checked parts", source), "no source"


@with_fields
def test_every_constant_state_and_time_has_a_unit(name):
    model = default(name)
    fields = {f.name for f in dataclasses.fields(model)}
    assert fields | set(model.names) <= set(model.units)
    assert "t" in model.units or not (hasattr(model, "rhs") or hasattr(model, "solve"))
    assert all(isinstance(u, str) and u.strip() for u in model.units.values())


@with_fields
def test_comments_and_units_agree(name):
    """`growth: float = 0.2  # growth rate [1/day]`: the unit in the comment is that of the table."""
    model = default(name)
    for line in inspect.getsource(MODELS[name]).splitlines():
        found = re.match(r"    (\w+): float[^=]*= [^#]+#.*?\[([^\]]+)\]", line)
        if found and found[1] in model.units:
            assert model.units[found[1]] == found[2], line


@pytest.mark.filterwarnings("ignore:Converting a tensor")
@with_rates
def test_a_constant_as_a_tensor(name):
    """A plain one is a number. One that keeps its gradient is for rates in torch: NumPy's say which one it is."""
    model, rng = default(name), np.random.default_rng(0)
    for field in numbers(model):
        tensor = torch.tensor(getattr(model, field), dtype=torch.float64)
        y = state(model, rng)
        first = np.asarray(model.rhs(0.3, y))
        found = dataclasses.replace(model, **{field: tensor}).rhs(0.3, y)
        assert isinstance(found, type(model.rhs(0.3, y))) and np.allclose(found, first, rtol=1e-9, equal_nan=True)
        try:
            found = dataclasses.replace(model, **{field: tensor.requires_grad_()}).rhs(0.3, y)
        except TypeError as error:
            assert re.search(f"{name}: expected .* got {field} as a tensor .*{field}.detach", str(error))
        else:  # these rates do not ask for it
            assert np.allclose(found, first, rtol=1e-9, equal_nan=True)


def test_a_constant_that_keeps_its_gradient_is_named_by_every_method():
    slope = {"dtype": torch.float64, "requires_grad": True}
    with pytest.raises(TypeError, match="Artery: expected .* got radius as a tensor"):
        LOADED["artery"].Artery(radius=torch.tensor(3e-3, **slope))
    with pytest.raises(TypeError, match="LatticeGas: expected .* got phi as a tensor"):
        LOADED["lattice_gas"].LatticeGas(shape=(2, 2)).ensemble([[0.6, 0.0]], phi=torch.tensor(4.0, **slope))
    k = torch.tensor(2.0, **slope)
    rates = LOADED["glycolysis"].Glycolysis(k1=k).rhs(0.0, torch.ones(7, dtype=torch.float64))
    sum(r.sum() for r in rates).backward()  # in torch it is kept
    assert k.grad is not None


def published():
    with Path(__file__).with_name("system_constants.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@with_fields
def test_constants_are_those_of_their_sources(name):
    model, rows = default(name), [r for r in published() if r["model"] == name]
    assert [r["constant"] for r in rows] == numbers(model) + tables(model)
    for row in rows:
        got, wanted = flat(getattr(model, row["constant"])), [float(v) for v in row["value"].split()]
        assert got == pytest.approx(wanted, rel=1e-12), row
        assert row["unit"] == model.units.get(row["constant"], row["unit"]) and len(row["source"]) > 3, row


LISTED_ELSEWHERE = ("artery", "cardiac", "fibre")  # modules whose own tests hold their constants against published ones


def test_numbers_outside_of_the_models_stand_in_their_list():
    with Path(__file__).with_name("system_choices.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    got = []
    for path in sorted(Path(mmlib.systems.__file__).parent.glob("*.py")):
        if not path.stem.startswith(LISTED_ELSEWHERE):
            found = [c for c in chosen(path) if re.match(r"\w*", c[0])[0] not in MODELS]
            got += [(f"mmlib/systems/{path.name}", *choice) for choice in found]
    assert got == [(r["file"], r["name"], r["numbers"]) for r in rows], "change system_choices.csv with it"
    assert all(len(r["because"].split()) >= 2 for r in rows)


@with_fields
def test_impossible_constants_are_refused_by_name(name):
    model = default(name)
    for field in numbers(model):
        bad = [np.nan, np.inf, "1.0", np.array([1.0, np.nan]), None]
        bad += [] if field in model.any_sign else [-1.0]
        for value in bad:
            with pytest.raises(ValueError, match=rf"expected {field} |numbers, or arrays"):
                dataclasses.replace(model, **{field: value})


@with_rates
def test_rates_are_finite_of_the_shape_of_the_state_and_leave_it_alone(name):
    model, rng = default(name), np.random.default_rng(1)
    y = state(model, rng)
    kept = y.copy()
    rate = model.rhs(0.0, y)
    assert np.shape(rate) == y.shape and np.isfinite(rate).all() and np.abs(rate).min() >= 0
    assert (y == kept).all() and (np.abs(rate) > 0).any()


@with_rates
def test_scipy_takes_the_rates_as_they_are(name):
    """And a short step goes where the rates point."""
    model, rng = default(name), np.random.default_rng(2)
    y = state(model, rng)
    rate = model.rhs(0.0, y)
    end = 1e-4 * np.abs(y).max() / np.abs(rate).max()
    run = solve_ivp(model.rhs, (0, end), y, rtol=1e-9, atol=1e-12 * np.abs(y).max())
    assert run.success
    assert run.y[:, -1] - y == pytest.approx(rate * end, rel=0.05, abs=1e-3 * np.abs(rate * end).max())


# -- a change of units changes the answer as its own unit says --


def power(unit):
    """{basis: power} of a unit such as ``1/(mM min)`` or ``um^2/h``; numbers and "thousand" are left out."""
    top, _, below = unit.partition("/")
    found = {}
    for part, sign in ((top, 1), *((p, -1) for p in re.sub(r"[()]", " ", below).split("/"))):
        for word in part.split():
            symbol, _, exponent = word.partition("^")
            if symbol in UNITS:
                for base, n in UNITS[symbol].items():
                    found[base] = found.get(base, 0) + sign * n * int(exponent or 1)
            else:
                assert symbol in ("1", "1e6", "thousand", ""), unit
    return found


def factor(unit, scale):
    return float(np.prod([scale[base] ** n for base, n in power(unit).items()]))


def rescaled(model, scale):
    """The same model with its constants in other units."""
    change = {f: getattr(model, f) * factor(model.units[f], scale) for f in numbers(model)}
    return dataclasses.replace(model, **change)


SCALES = [
    {base: (3.7 if base == one else 1.0) for base in BASIS} for one in ("m", "s", "kg", "mol", "cell", "pelt", "TCID50")
]


@pytest.mark.parametrize("scale", SCALES, ids=lambda s: next(k for k, v in s.items() if v != 1))
@pytest.mark.parametrize("name", ["LotkaVolterra", "Glycolysis", "LigandReceptor", "Influenza", "Stat5", "ProteinC"])
def test_rates_follow_a_change_of_units(name, scale):
    """Metres to 3.7 of them, and so on: a term of the wrong dimension or a constant in the wrong place breaks this."""
    model, rng = default(name), np.random.default_rng(3)
    if name == "Influenza":
        model = dataclasses.replace(model, phi=0.3, eps=0.7, lam=0.1, kappa=0.4)
    y = state(model, rng)
    of = [factor(model.units[n], scale) for n in model.names]
    each = np.tile([of[1], of[0]], 6) if name == "LigandReceptor" else np.array(of)
    expected = model.rhs(0.0, y) * each / factor(model.units["t"], scale)
    assert rescaled(model, scale).rhs(0.0, y * each) == pytest.approx(expected, rel=1e-10, abs=1e-14)


@pytest.mark.parametrize("scale", SCALES[:3], ids=lambda s: next(k for k, v in s.items() if v != 1))
def test_flows_follow_a_change_of_units(scale):
    artery, tube, cells = (default(n) for n in ("Artery", "Womersley", "CellInvasion"))
    other, pressure, speed = rescaled(artery, scale), factor("Pa", scale), factor("m/s", scale)
    area = 1.1 * artery.area
    assert other.pressure(area * factor("m^2", scale)) == pytest.approx(artery.pressure(area) * pressure, rel=1e-12)
    assert other.wave_speed(area * factor("m^2", scale)) == pytest.approx(artery.wave_speed(area) * speed, rel=1e-12)
    tube = dataclasses.replace(tube, mean_velocity=(0.2, 0.1j))
    wide = dataclasses.replace(rescaled(tube, scale), mean_velocity=(0.2 * speed, 0.1j * speed))
    r, t = np.array([0.0, 1e-3, 2.5e-3]), np.array([0.1, 0.4])
    moved = (r * factor("m", scale), t * factor("s", scale))
    assert wide.velocity(*moved) == pytest.approx(tube.velocity(r, t) * speed, rel=1e-9, abs=1e-12)
    assert wide.wall_shear(moved[1]) == pytest.approx(tube.wall_shear(t) * pressure, rel=1e-9)
    assert wide.pressure_gradient(moved[1]) == pytest.approx(
        tube.pressure_gradient(t) * factor("Pa/m", scale), rel=1e-9
    )
    waves = dataclasses.replace(artery, venous=artery.diastolic)
    p, q = LOADED["artery"].linear_wave(waves, [1e-6, 2e-7j], [0.0, 0.05], t)
    flow = factor("m^3/s", scale)
    p2, q2 = LOADED["artery"].linear_wave(
        rescaled(waves, scale), np.array([1e-6, 2e-7j]) * flow, np.array([0.0, 0.05]) * factor("m", scale), moved[1]
    )
    assert p2 == pytest.approx(p * pressure, rel=1e-9) and q2 == pytest.approx(q * flow, rel=1e-9)
    u = np.array([0.1, 0.6])
    assert rescaled(cells, scale).growth(u) == pytest.approx(cells.growth(u) / scale["s"], rel=1e-12)
    assert rescaled(cells, scale).diffusivity(u) == pytest.approx(
        cells.diffusivity(u) * factor("um^2/h", scale), rel=1e-12
    )


def test_every_module_has_a_referee_from_outside():
    """`system_referees.csv` names the test, what it holds the model against, and whose that is; only a rule of ours has none."""
    with Path(__file__).with_name("system_referees.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [r["module"] for r in rows] == sorted(MODULES)
    for row in rows:
        file, _, test = row["test"].partition("::")
        text = (Path(__file__).parent.parent / file).read_text(encoding="utf-8")
        assert f"def {test}(" in text if test else text.startswith('"""') and "def test_" in text, row
        assert re.match(r"closed form|none: |SciPy|Myokit|iSINDy|PEtab|code of|[A-Z].*doi:10\.\d{4}", row["source"]), (
            row
        )
    assert [r["module"] for r in rows if r["source"].startswith("none")] == ["sarcomeres"]
