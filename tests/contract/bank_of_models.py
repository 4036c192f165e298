"""Calls of the models that work, for the bank of bad inputs: functions and methods that a reader calls with numbers of his own."""

import numpy as np

from mmlib import exercises, mixed_effects, outbreak
from mmlib.systems import artery, cardiac, cell_invasion, epidemic, fibre, glucose_insulin, herg, multi_fidelity, sickle
from mmlib.systems.allen_cahn import AllenCahn
from mmlib.systems.coagulation import Coagulation
from mmlib.systems.diabetes import Hovorka, MinimalModel
from mmlib.systems.lattice_gas import LatticeGas, places
from mmlib.systems.ligand_receptor import LigandReceptor
from mmlib.systems.schnakenberg import Schnakenberg
from mmlib.systems.schrodinger import Schrodinger, breather
from mmlib.systems.tumour_cohort import TumourCohort
from mmlib.systems.womersley import Womersley

__all__ = ["calls"]

GAS = LatticeGas(shape=(2, 2))
RATES = [2.26e-4, 0.0699, 3.45e-5, 0.05462, 0.0873, 8.91e-3, 5.15e-3, 0.03158]
SPIKE = np.array([-80.0, 20.0, 20.0, 0.0, -80.0])[:, None]
X = np.array([0.1, 0.4, 0.7])
CHAINS = np.cumsum(np.random.default_rng(0).standard_normal((4, 6, 2)), axis=1)


def calls(Entry):
    """{name: Entry(call, good arguments, kinds, own bad values)}."""
    meals = [("meals", "one pair", (300.0, 6e4), "pairs"), ("meals", "negative", ((300.0, -6e4),), "zero or positive"),
             ("meals", "NaN", ((np.nan, 6e4),), "pairs")]  # fmt: skip
    return {
        "systems.forrester_high": Entry(multi_fidelity.forrester_high, lambda: dict(x=X), dict(x="values")),
        "systems.covariance": Entry(multi_fidelity.covariance, lambda: dict(x=X), dict(length="positive")),
        "systems.related_curves": Entry(multi_fidelity.related_curves, lambda: dict(rng=0, links=[0.5], points=5), dict(rng="seed", points="count", length="positive")),
        "systems.fisher_wave": Entry(cell_invasion.fisher_wave, lambda: dict(x=X, t=0.0, D=300.0, r=0.04), dict(x="values", D="positive", r="positive")),
        "systems.scratch": Entry(cell_invasion.scratch, lambda: dict(x=X), dict(x="values"), [("left", "beyond the right", 1500.0, "above")]),
        "systems.CellInvasion.growth": Entry(cell_invasion.CellInvasion().growth, lambda: dict(u=X), dict(u="values")),
        "systems.CellInvasion.diffusivity": Entry(cell_invasion.CellInvasion().diffusivity, lambda: dict(u=X), dict(u="values")),
        "systems.Epidemic.draw": Entry(epidemic.Epidemic().draw, lambda: dict(rng=0, outbreaks=2, days=3, steps=2), dict(rng="seed", outbreaks="count", days="count", steps="count")),
        "systems.TumourCohort.draw": Entry(TumourCohort().draw, lambda: dict(n=3, rng=0), dict(n="count", rng="seed")),
        "systems.TumourCohort.log_change": Entry(TumourCohort().log_change, lambda: dict(patients=TumourCohort().typical(), t=X), dict(t="values"), [("patients", "an array", np.ones((3, 5)), "draw")]),
        "systems.LatticeGas.ensemble": Entry(GAS.ensemble, lambda: dict(kappa=[[0.6, 0.0]], phi=4.0), dict(kappa="numbers", phi="positive")),
        "systems.LatticeGas.springs": Entry(GAS.springs, lambda: dict(n=3, phi=4.0, rng=0), dict(n="count", phi="positive", rng="seed"), [("low", "above high", 0.995, "occupation")]),
        "systems.LatticeGas.metropolis": Entry(GAS.metropolis, lambda: dict(kappa=[[0.5, 0.0]], phi=4.0, sweeps=2, rng=0, burn_in=0), dict(kappa="numbers", phi="positive", sweeps="count", burn_in="count", rng="seed")),
        "systems.places": Entry(places, lambda: dict(n=3), dict(n="count"), [("low", "above high", 0.99, "above")]),
        "systems.sine_wave": Entry(herg.sine_wave, lambda: dict(t=[100.0, 260.0]), dict(t="values"), [("t", "NaN", [np.nan], "finite")]),
        "systems.nernst": Entry(herg.nernst, dict, dict(outside="field", inside="field")),
        "systems.gate": Entry(herg.gate, lambda: dict(opening=[1.0, 1.0, 1.0], closing=[0.0, 0.0, 0.0], dt=0.5), dict(opening="values", closing="values"), [("closing", "one too few", [0.0, 0.0], "both"), ("opening", "zero", [0.0] * 3, "both")]),
        "systems.open_share": Entry(herg.open_share, lambda: dict(rates=RATES, t=[1400.0, 4000.0]), dict(rates="values", t="values", dt="positive", protocol="function"), [("t", "negative", [-1.0, 2.0], "at least 0"), ("t", "in ns", [1e14], "steps")]),
        "systems.hill_open": Entry(cardiac.hill_open, lambda: dict(concentration=X, ic50=1.0, hill=1.0), dict(concentration="values"), [("hill", "negative", -1.0, "above 0"), ("ic50", "two", [1.0, 2.0], "broadcast")]),
        "systems.action_potential": Entry(cardiac.action_potential, lambda: dict(t=[0.0, 1.0, 2.0, 102.0, 202.0], V=SPIKE), dict(t="times", V="values"), [("level", "per cent", 90.0, "at most 1")]),
        "systems.qt_interval": Entry(cardiac.qt_interval, lambda: dict(t=np.arange(500.0), ecg=np.maximum(0, 1 - np.abs(np.arange(500.0) - 300) / 50)[:, None]), dict(t="times"), [("ecg", "NaN", np.full((500, 1), np.nan), "finite")]),
        "systems.pace": Entry(cardiac.pace, lambda: dict(cycle=51.0), dict(cell="word", beats="count", fine="positive"), [("share", "text", [["a"] * 7], "numbers"),
                ("share", "one row", [1.0] * 7, "shares"),
                ("cycle", "in seconds", 1.0, "cycle")]),
        "systems.persistence": Entry(fibre.persistence, lambda: dict(x=CHAINS), dict(x="values")),
        "systems.sample": Entry(fibre.sample, lambda: dict(rigidity=1.0, length=1.0, beads=4, chains=2, sweeps=1, rng=0), dict(rigidity="positive", length="positive", beads="count", chains="count", sweeps="count", rng="seed")),
        "systems.euler_load": Entry(fibre.euler_load, lambda: dict(rigidity=0.5, length=8.0), dict(rigidity="positive", length="positive")),
        "systems.swell": Entry(fibre.swell, lambda: dict(number=0), dict(number="count", beads="count")),
        "systems.fetal": Entry(sickle.fetal, lambda: dict(share=X), dict(share="values"), [("share", "per cent", 20.0, "Divide by 100")]),
        "systems.SickleHaemoglobin.solubility": Entry(sickle.SickleHaemoglobin().solubility, lambda: dict(celsius=25.0), {}, [("celsius", "kelvin", 310.0, "Kelvin"), ("celsius", "text", "25", "numbers")]),
        "systems.SickleHaemoglobin.delay": Entry(sickle.SickleHaemoglobin().delay, lambda: dict(c=23.0, nodes=8), {}, [("c", "g/l", 330.0, "g/dl"), ("c", "text", "23", "numbers"), ("share", "NaN", np.nan, "share")]),
        "systems.SickleHaemoglobin.plateau": Entry(sickle.SickleHaemoglobin().plateau, lambda: dict(c=23.0), {}, [("c", "negative", -5.0, "at least 0"), ("c", "text", "23", "numbers")]),
        "systems.carotid_inflow": Entry(artery.carotid_inflow, lambda: dict(t=X), dict(t="values", period="positive")),
        "systems.Artery.pressure": Entry(artery.Artery().pressure, lambda: dict(A=[2.8e-5, 3e-5]), {}, [("A", "text", ["a"], "numbers"), ("A", "negative", -2e-5, "at least 0"), ("A", "in mm2", 28.0, "mm")]),
        "systems.linear_wave": Entry(artery.linear_wave, lambda: dict(artery=artery.Artery(), amplitudes=[1e-6], x=[0.0], t=[0.0]), dict(x="values", t="values"), [("amplitudes", "text", ["a"], "amplitudes")]),
        "systems.Womersley.velocity": Entry(Womersley().velocity, lambda: dict(r=[0.0, 1e-3], t=X), dict(r="values", t="values"), [("t", "NaN", np.nan, "finite"), ("r", "in mm", [0.0, 3.0], "metres")]),
        "systems.Womersley": Entry(Womersley, dict, {}, [("mean_velocity", "a number", 0.2, "steady"), ("mean_velocity", "text", ("a",), "finite")]),
        "systems.LigandReceptor.grid": Entry(LigandReceptor().grid, lambda: dict(n=4), dict(n="count")),
        "systems.LigandReceptor.faint": Entry(LigandReceptor().faint, lambda: dict(x=X), dict(x="values")),
        "systems.growth_rate": Entry(Schnakenberg().growth_rate, lambda: dict(k=X, D_u=1.0, D_v=40.0), dict(k="values"), [("k", "NaN", np.nan, "finite"), ("D_u", "negative", -1.0, "at least 0"), ("D_v", "text", "a", "number")]),
        "systems.Schrodinger.solve": Entry(Schrodinger().solve, lambda: dict(n=16, steps=4, keep=3), dict(n="count", steps="count", keep="count", initial="function")),
        "systems.breather": Entry(breather, lambda: dict(t=X, x=X), dict(t="values", x="values")),
        "systems.AllenCahn.solve": Entry(AllenCahn(cells=16).solve, lambda: dict(u=np.cos(np.arange(16.0)), duration=0.1, steps=2), dict(u="numbers", duration="positive", steps="count")),
        "systems.MinimalModel.eat": Entry(MinimalModel().eat, lambda: dict(y=MinimalModel().rest(), carbs=5e4), dict(y="state"), [("carbs", "text", "60 g", "numbers"), ("carbs", "negative", -5e4, "at least 0")]),
        "systems.Hovorka.inject": Entry(Hovorka().inject, lambda: dict(y=Hovorka().rest(110.0)[0]), dict(y="state"), [("insulin", "text", "5 U", "numbers")]),
        "systems.Coagulation.thrombin": Entry(Coagulation().thrombin, lambda: dict(y=np.ones((2, 34))), dict(y="values"), [("y", "other axis", np.ones((34, 2)), "axis=0")]),
        "systems.GlucoseInsulin": Entry(glucose_insulin.GlucoseInsulin, dict, {}, meals),
        "systems.GlucoseInsulin.path": Entry(glucose_insulin.GlucoseInsulin().path, lambda: dict(t=[0.0, 1.0, 2.0]), dict(t="times", method="word", rtol="positive")),
        "systems.readings": Entry(glucose_insulin.readings, lambda: dict(p=glucose_insulin.published_start()[None], t=[0.0, 4.0], slopes=False), dict(p="numbers", t="numbers", step="positive"), meals),
        "outbreak.expected": Entry(outbreak.expected, lambda: dict(x=np.log([[1.0, 2.5, 3.0, 1e9]]), day=np.arange(3.0)), dict(x="values", day="values", kind="word"), [("x", "three columns", np.zeros((1, 3)), "columns")]),
        "mixed_effects.expect": Entry(mixed_effects.expect, lambda: dict(like=[[1.0, 1.0], [1.0, 0.0]], values=[1.0, 0.0]), dict(like="numbers", values="values"), [("like", "all zero", [[0.0, 0.0]], "rule"), ("values", "three", np.ones(3), "values")]),
        "exercises.check": Entry(exercises.check, lambda: dict(chapter="pdes/schrodinger", number=1, answer=3.0), {}, [("chapter", "None", None, "path"), ("chapter", "dots", "pdes.schrodinger", "path"), ("number", "half", 1.5, "number")]),
    }  # fmt: skip
