"""Calls that work, for the bank of bad inputs: patients and their controllers, days and trials, fibres, channels, and what was asked last."""

from functools import cache

import numpy as np

from mmlib import (
    closed_loop,
    data,
    design,
    discrepancy,
    distil,
    gaps,
    gillespie,
    mixed_effects,
    outbreak,
    surfaces,
    twin,
    virtual_trial,
)
from mmlib.systems import artery, cardiac, diabetes, fibre, herg, lattice_gas, multi_fidelity, sickle
from mmlib.systems.womersley import Womersley

__all__ = ["calls"]

T, X = np.linspace(0, 2, 11), np.array([0.1, 0.4, 0.7])
RATES = [2.26e-4, 0.0699, 3.45e-5, 0.05462, 0.0873, 8.91e-3, 5.15e-3, 0.03158]
TEST = data.glucose_tolerance()
PLACES = np.random.default_rng(0).uniform(-1, 1, (20, 2))
STRAND = cardiac.Strand(np.arange(3.0), np.arange(11.0), np.zeros((3, 1, 11)), np.arange(11.0)[None] * 20, None, None)


@cache
def two():
    """Two patients, their state at rest and their basal rates."""
    some = diabetes.cohort(2, np.random.default_rng(0))
    return some, *some.rest(110.0)


@cache
def twins():
    return diabetes.MinimalModel(SI=np.array([5e-4, 8e-4]))


def lived(make, **options):
    """Half an hour under a controller."""
    eaten = {2: (np.full(2, 3e4), np.full(2, 3e4))}
    return closed_loop.day(two()[0], make(**options), noise=np.zeros((6, 2)), meals=eaten)


@cache
def fixed():
    return closed_loop.FixedDose(two()[2])


@cache
def trial():
    return virtual_trial.Trial(two()[0], {}, np.zeros((4, 2)))


@cache
def outbreaks():
    return outbreak.profile(counts(), period=3.0)


def counts():
    return outbreak.expected(np.log([[0.8, 3.0, 2.0, 4000.0]]), np.arange(12.0))[0].round()


def logistic():
    t = np.linspace(0, 2, 21)
    y = (3 / (1 + 2 * np.exp(-t)))[:, None]
    return dict(known=lambda u: u, along=t, states=y, missing=-(y**2) / 3, t=t, y=y, sd=0.001, names=["y"], degree=2)


def plan():
    some, y, basal = two()
    return dict(model=twin.columns(some), t=0.0, y=y, glucose=lambda m, y: m.glucose(y), basal=basal, guess=np.repeat(basal[:, None], 2, axis=1), blocks=(1, 1))  # fmt: skip


def recording():
    t = np.arange(0.0, 8000.0, 400.0)
    return dict(t=t, measured=herg.current(RATES, 0.15, t, dt=50.0), starts=1, dt=50.0)


def knots():
    return fibre.graded(4.0, 0.1, 0.2, 0.5)


def dose(name):
    return [
        (name, "negative", -1.0, "at least 0"),
        (name, "text", "a", "numbers"),
        (name, "three", [1.0, 2.0, 3.0], "shape"),
    ]


def calls(Entry):
    """{name: Entry(call, good arguments, kinds, own bad values)}."""
    meals = [("meals", "none", None, "meals"), ("meals", "at no step", {99: (1.0, 1.0)}, "steps 0 to"), ("meals", "one number", {1: 5.0}, "2 things"),
             ("meals", "negative", {1: (-1.0, 0.0)}, "at least 0"), ("meals", "text", {1: ("a", 0.0)}, "numbers"), ("meals", "three patients", {1: (np.ones(3), 0.0)}, "shape")]  # fmt: skip
    return {
        "closed_loop.day, all": Entry(closed_loop.day, lambda: dict(patients=two()[0], controller=fixed(), noise=np.zeros((4, 2)), meals={}, drift=0.0), dict(noise="numbers"),
            [*meals, ("patients", "none", None, "Hovorka"), ("controller", "a function", np.sin, "dose"), ("drift", "text", "a", "numbers"), ("drift", "NaN", np.nan, "finite"), ("drift", "three", np.ones(3), "shape"), ("noise", "three patients", np.zeros((4, 3)), "column a patient")]),
        "closed_loop.sensor_noise, rng": Entry(closed_loop.sensor_noise, lambda: dict(steps=4, rows=2, rng=0), dict(rng="seed")),
        "closed_loop.FixedDose": Entry(lambda **k: lived(closed_loop.FixedDose, **k), lambda: dict(basal=two()[2], rate=1.0), dict(basal="numbers"), [("basal", "negative", -two()[2], "positive"), *dose("rate"), *dose("ratio"), *dose("correction"), *dose("target")]),
        "closed_loop.PID": Entry(lambda **k: lived(closed_loop.PID, **k), lambda: dict(basal=two()[2], gain=1.0, integral=100.0, derivative=10.0, feedback=0.5), dict(basal="numbers"), [("integral", "zero", 0.0, "positive"), ("gain", "NaN", np.nan, "finite"), ("derivative", "text", "a", "numbers"), ("feedback", "none", None, "numbers"), *dose("ratio")]),
        "closed_loop.TwinControl": Entry(lambda **k: lived(closed_loop.TwinControl, **k), lambda: dict(model=twins(), rng=0, members=3), dict(rng="seed", members="count"),
            [("model", "none", None, "MinimalModel"), ("model", "one patient", diabetes.MinimalModel(), "rows"), ("reads", "a word", "no", "numbers"), ("plans", "a word", "no", "True or False"), *dose("spread"), *dose("learns"), *dose("worn")]),
        "closed_loop.Oracle": Entry(lambda **k: lived(closed_loop.Oracle, **k), lambda: dict(patients=two()[0], eaten={}), {}, [("patients", "none", None, "patients"), ("eaten", "none", None, "eaten"), ("glucose", "text", "a", "number")]),
        "twin.curve": Entry(twin.curve, lambda: dict(x=np.log([[0.02, 0.03, 5e-4, 300.0]]), time=T[:5] * 30, insulin=np.full((1, 5), 10.0), Gb=[90.0], Ib=[10.0]), dict(x="numbers", time="times", insulin="numbers", Gb="numbers", Ib="numbers", step="positive"), [("step", "tiny", 1e-9, "at most")]),
        "twin.columns": Entry(twin.columns, lambda: dict(model=twins()), {}, [("model", "none", None, "patients"), ("model", "the class", diabetes.MinimalModel, "patients")]),
        "twin.plan": Entry(twin.plan, plan, dict(y="numbers", basal="numbers", guess="numbers", sweeps="count", top="positive", glucose="function"), [("basal", "zero", np.zeros(2), "positive"), ("blocks", "halves", (0.5, 1.5), "whole"), ("blocks", "none", None, "numbers"), ("guess", "three blocks", np.ones((2, 3)), "guess"), ("model", "none", None, "advance"), ("t", "text", "a", "number"), *dose("target"), *dose("low"), *dose("effort")]),
        "twin.tolerance, options": Entry(twin.tolerance, lambda: dict(time=TEST.time, glucose=TEST.glucose, insulin=TEST.insulin, iterations=2), dict(iterations="count"),
            [("after", "text", "a", "number"), ("after", "none", None, "number"), ("after", "negative", -1.0, "at least 0"), ("prior", "a pair", ([0.0] * 3, [1.0] * 3), "3 things"), ("prior", "an sd of zero", ([0.0] * 3, [0.0] * 3, 0.1), "positive"), ("prior", "text", "prior", "3 things"), ("prior", "an error of zero", ([0.0] * 3, [1.0] * 3, 0.0), "above 0")]),
        "twin.update, readings": Entry(twin.update, lambda: dict(ensemble=np.arange(6.0).reshape(1, 2, 3), predicted=np.arange(6.0).reshape(2, 3), observed=[1.0, 2.0], variance=1.0), {}, [("observed", "infinite", [np.inf, 1.0], "finite")]),
        "virtual_trial.choose": Entry(virtual_trial.choose, lambda: dict(model=twins(), which=[1, 0]), dict(which="numbers"), [("which", "a third row", [2], "at most 1"), ("which", "half", [0.5], "whole"), ("model", "none", None, "patients")]),
        "virtual_trial.tested, all": Entry(virtual_trial.tested, lambda: dict(patients=twins(), basal=np.full(2, 12.4), weight=[70.0, 80.0], time=TEST.time, rng=0), dict(basal="numbers", weight="numbers", time="times", rng="seed", glucose="positive"), [("weight", "three", [70.0, 80.0, 90.0], "patient|shape"), ("patients", "none", None, "patients"), ("time", "in ns", 1e9 * np.asarray(TEST.time), "steps")]),
        "virtual_trial.some_day": Entry(virtual_trial.some_day, lambda: dict(patients=two()[0], rng=0), dict(rng="seed"), [("patients", "none", None, "patients"), ("patients", "one number for all", diabetes.Hovorka(), "cohort")]),
        "virtual_trial.run": Entry(virtual_trial.run, lambda: dict(trial=trial(), controller=fixed()), {}, [("trial", "none", None, "Trial"), ("controller", "none", None, "dose"), ("drift", "text", "a", "numbers")]),
        "virtual_trial.tune": Entry(virtual_trial.tune, lambda: dict(make=lambda which, s: closed_loop.FixedDose(two()[2][which], **s), knobs={"ratio": [3.0, 4.0]}, trial=trial(), score=lambda day: day.in_range), dict(make="function", score="function"), [("knobs", "none", None, "knobs"), ("knobs", "text", {"ratio": "a"}, "numbers"), ("knobs", "of two lengths", {"ratio": [3.0, 4.0], "rate": [1.0]}, "shape"), ("trial", "none", None, "Trial"), ("score", "one number", lambda day: 1.0, "shape")]),
        "outbreak.forecast": Entry(outbreak.forecast, lambda: dict(found=outbreaks(), day=[12.0, 13.0]), dict(day="numbers", kind="word"), [("found", "counts", counts(), "Profile"), ("level", "one", 1.0, "below 1"), ("level", "text", "a", "number"), ("day", "negative", [-1.0], "at least 0")]),
        "mixed_effects.likelihood": Entry(mixed_effects.likelihood, lambda: dict(curves=PLACES, readings=PLACES[:3] + 0.1, error=0.5), dict(curves="numbers", readings="numbers", error="positive")),
        "mixed_effects.fit_population": Entry(mixed_effects.fit_population, lambda: dict(curves=lambda z: z * np.arange(3.0), readings=np.outer([3.0, 3.1, 2.9], np.arange(3.0)), error=0.1, normal=np.random.default_rng(0).standard_normal((50, 1)), stages=1, rounds=1), dict(curves="function", error="positive", normal="numbers", stages="count", rounds="count"), [("worth", "negative", -1.0, "at least 0"), ("readings", "NaN", [[np.nan] * 3], "finite"), ("readings", "text", "a", "numbers")]),
        "gaps.forecast_gru": Entry(gaps.forecast_gru, lambda: dict(series=np.sin(0.7 * np.arange(12.0))[None, :, None], ahead=2, rng=0, noise=0.1, hidden=2, iterations=1), dict(ahead="count", rng="seed", noise="positive", hidden="count", iterations="count", device="device"), [("series", "complex", np.ones((1, 5, 1)) * 1j, "real"), ("series", "text", "a", "numbers"), ("series", "flat", np.ones(5), "shape")]),
        "distil.law_behind": Entry(distil.law_behind, logistic, dict(known="function", along="times", states="numbers", missing="numbers", t="times"), [("y", "text", "a", "numbers"), ("tie", "negative", -1.0, "at least 0"), ("sd", "zero", 0.0, "positive")]),
        "gillespie.simulate, tables": Entry(gillespie.simulate, lambda: dict(rates=lambda n, which: np.stack([np.full(len(n), 5.0), n[:, 0]], axis=1), change=[[1], [-1]], start=[[3], [4]], times=[0.0, 0.1], rng=0, observe=lambda n: n), dict(change="numbers", observe="function"),
            [("rates", "a text", lambda n, which: "a", "numbers"), ("rates", "complex", lambda n, which: np.ones((len(n), 2)) * 1j, "real"), ("rates", "of no argument", lambda: 1.0, "argument"), ("observe", "nothing", lambda n: None, "numbers"), ("observe", "one row", lambda n: n[:1], "row")]),
        "gillespie.linear_noise, tables": Entry(gillespie.linear_noise, lambda: dict(rates=lambda n, which: np.stack([np.full(len(n), 2.0), n[:, 0]], axis=1), change=[[1], [-1]], guess=[1.0]), dict(change="numbers")),
        "design.information, chosen": Entry(design.information, lambda: dict(outer=PLACES, inner=PLACES + 0.1, normal=PLACES, error=0.5, chosen=[[0], [1]]), dict(chosen="numbers")),
        "discrepancy.predict": Entry(lambda **k: fitted().predict(**k), lambda: dict(t=[1.0]), dict(t="numbers"), [("readings", "a word", "no", "True or False")]),
        "discrepancy.calibrate, law": Entry(discrepancy.calibrate, lambda: dict(law=lambda c, t: c[:, :1] + 0 * t, t=T, y=T, mean=[0.0], sd=[2.0], noise=0.1), {}, [("law", "complex", lambda c, t: 1j * t, "real"), ("law", "a text", lambda c, t: "a", "numbers"), ("law", "of one argument", lambda c: c, "argument")]),
        "surfaces.fit_spline, options": Entry(surfaces.fit_spline, lambda: dict(x=PLACES, mu=PLACES, intervals=2), {}, [("even", "a word", "no", "True or False"), ("one_surface", "a list", [True], "True or False"), ("known", "nothing", lambda x: None, "2 things"), ("known", "other shapes", lambda x: (x, x), "shape")]),
        "surfaces.Fit.height": Entry(lambda **k: spline().height(**k), lambda: dict(x=PLACES[:3]), dict(x="numbers")),
        "surfaces.project, field": Entry(surfaces.project, lambda: dict(slopes=lambda x: x, x=PLACES, intervals=2), {}, [("slopes", "nothing", lambda x: None, "numbers"), ("slopes", "complex", lambda x: 1j * x, "real"), ("even", "a word", "no", "True or False")]),
        "systems.buckling_load": Entry(fibre.buckling_load, lambda: dict(rigidity=0.5, length=8.0, beads=4), dict(rigidity="positive", length="positive", beads="count")),
        "systems.graded": Entry(fibre.graded, lambda: dict(length=4.0, fine=0.02, reach=0.1, coarse=0.5), dict(length="positive", fine="positive", coarse="positive"), [("reach", "text", "a", "number"), ("length", "in nm", 4e9, "steps")]),
        "systems.crossing": Entry(fibre.crossing, lambda: dict(x=knots(), rigidity=0.5, offset=0.1, width=0.1, strength=0.5), dict(rigidity="positive", width="positive"), [("x", "NaN", np.full(9, np.nan), "increasing"), ("offset", "text", "a", "number"), ("strength", "negative", -1.0, "at least 0"), ("strength", "NaN", np.nan, "number")]),
        "systems.sample, spring": Entry(fibre.sample, lambda: dict(rigidity=0.5, length=4.0, beads=4, chains=1, sweeps=1, rng=0, stretch=1.0), dict(stretch="positive", kT="positive")),
        "systems.swell, ring": Entry(fibre.swell, lambda: dict(number=0), dict(length="positive", rigidity="positive", radius="positive", nodes="count", bending="positive", stretch="positive", area="positive"), [("spread", "text", "a", "number")]),
        "systems.velocity": Entry(cardiac.velocity, lambda: dict(strand=STRAND), {}, [("strand", "none", None, "Strand"), ("strand", "an array", X, "Strand")]),
        "systems.pseudo_ecg": Entry(cardiac.pseudo_ecg, lambda: dict(strand=STRAND), dict(distance="positive"), [("strand", "none", None, "Strand")]),
        "systems.strand": Entry(cardiac.strand, lambda: dict(kinds=("endo",), layers=(4,), cycle=51.0), dict(layers="numbers", dx="positive", diffusion="positive", beats="count", fine="positive"), [("kinds", "a word", "endo", "kinds"), ("kinds", "none", None, "kinds"), ("cycle", "of a year", 3e10, "steps")]),
        "systems.herg.current": Entry(herg.current, lambda: dict(rates=RATES, conductance=0.15, t=[1400.0, 4000.0], dt=5.0), dict(rates="values", protocol="function", dt="positive"), [("conductance", "text", "a", "number"), ("conductance", "negative", -1.0, "at least 0"), ("protocol", "one number", lambda t: -80.0, "shape")]),
        "systems.herg.calibrate": Entry(herg.calibrate, recording, dict(t="times", measured="numbers", starts="count", seed="seed", dt="positive", protocol="function")),
        "systems.gate, start": Entry(herg.gate, lambda: dict(opening=np.ones(3), closing=np.zeros(3), dt=0.5), dict(dt="positive"), [("start", "two", 2.0, "at most 1"), ("start", "text", "a", "number")]),
        "systems.lattice_gas.place": Entry(lattice_gas.place, lambda: dict(occupation=[[0.9, 0.1]]), dict(occupation="numbers")),
        "systems.LatticeGas.mean_field": Entry(lambda **k: lattice_gas.LatticeGas(shape=(2, 2)).mean_field(**k), lambda: dict(x=[[0.5, 0.1]]), dict(x="numbers")),
        "systems.LatticeGas.at": Entry(lambda **k: lattice_gas.LatticeGas(shape=(2, 2)).at(**k), lambda: dict(x=[[0.5, 0.1]], phi=4.0), dict(x="numbers", phi="positive")),
        **{f"systems.{f.__name__}": Entry(f, lambda: dict(x=X), dict(x="values")) for f in (multi_fidelity.forrester_low, multi_fidelity.perdikaris_high, multi_fidelity.perdikaris_low, multi_fidelity.saturated_high)},
        "systems.log_crowding": Entry(sickle.log_crowding, lambda: dict(phi=[0.18]), dict(phi="values")),
        "systems.SickleHaemoglobin.progress": Entry(sickle.SickleHaemoglobin().progress, lambda: dict(fraction=[0.1, 0.5], c=23.0, nodes=8), {}, [("fraction", "per cent", [10.0], "between 0 and 1"), ("c", "NaN", np.nan, "g/dl")]),
        "systems.Artery.wave_speed": Entry(artery.Artery().wave_speed, lambda: dict(A=[2.8e-5]), {}, [("A", "in mm2", 28.0, "mm"), ("A", "text", "a", "numbers")]),
        "systems.Womersley.wall_shear": Entry(Womersley().wall_shear, lambda: dict(t=X), dict(t="values")),
        "systems.Hovorka.advance": Entry(lambda **k: two()[0].advance(**k), lambda: dict(t=0.0, y=two()[1], minutes=5.0), dict(minutes="positive", step="positive"), [("y", "three states", np.ones((3, 2)), "states"), ("y", "a number", 1.0, "state"), ("step", "tiny", 1e-9, "steps")]),
        "data.brain_tissue": Entry(data.brain_tissue, lambda: dict(region="cortex"), dict(region="word")),
        "data.outbreak": Entry(data.outbreak, lambda: dict(name="school 1978"), dict(name="word")),
        "data.puromycin": Entry(data.puromycin, dict, dict(state="word")),
    }  # fmt: skip


@cache
def fitted():
    return discrepancy.calibrate(lambda c, t: c[:, :1] + 0 * t, T, T, mean=[0.0], sd=[2.0], noise=0.1)


@cache
def spline():
    return surfaces.fit_spline(PLACES, PLACES, intervals=2)
