"""STAT5: against the benchmark's own simulation, its published objective, the reactions written out again, and conservation."""

import dataclasses

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from mmlib import data, ensemble
from mmlib.systems.stat5 import Stat5

PUBLISHED = 138.22199693517703  # -log likelihood at the published optimum: tests of pyPESTO and PEtab.jl
NOISE = np.array([3.85261197844677, 6.59147818673419, 3.15271275648527])  # published standard deviations [%]


def simulate(model, t, tolerance=1e-11):
    run = solve_ivp(model.rhs, (0, t[-1]), model.start, "LSODA", t_eval=t, rtol=tolerance, atol=tolerance)
    assert run.success
    return run.y


def disagreement(model):
    record = data.stat5()
    return np.abs(model.observe(simulate(model, record.t, 1e-9)) - record.simulation).max()


def test_the_published_simulation_comes_back():
    """simulatedData of the benchmark, made by another program, to the digits that its own tolerance gives."""
    assert disagreement(Stat5()) < 5e-6


@pytest.mark.parametrize("name", [f.name for f in dataclasses.fields(Stat5)])
def test_five_per_cent_on_any_constant_is_seen(name):
    """Except the two on the ends of their ranges: at the optimum nothing that was measured depends on them."""
    changed = disagreement(dataclasses.replace(Stat5(), **{name: 1.05 * getattr(Stat5(), name)}))
    if name in ("k_exp_hetero", "k_imp_homo"):
        assert changed < 5e-3
    else:
        assert changed > 0.1


def test_the_objective_is_the_published_one():
    record = data.stat5()
    off = (record.readings - Stat5().observe(simulate(Stat5(), record.t))) / NOISE[:, None]
    value = 0.5 * (off**2).sum() + 16 * np.log(NOISE * np.sqrt(2 * np.pi)).sum()
    assert value == pytest.approx(PUBLISHED, abs=2e-6)


def test_rates_are_the_nine_reactions_of_the_file():
    """The SBML file reaction by reaction: stoichiometry, kinetic law with its compartment, amounts over volumes."""
    m, y = Stat5(k_exp_hetero=0.003, k_imp_homo=0.2), np.random.default_rng(1).uniform(1, 90, 9)
    c = dict(zip(m.names, y, strict=True))
    cyt, nuc = 1.4, 0.45
    reactions = [
        ({"STAT5A": 2}, {"pApA": 1}, cyt * c["BaF3_Epo"] * c["STAT5A"] ** 2 * m.k_phos),
        ({"STAT5A": 1, "STAT5B": 1}, {"pApB": 1}, cyt * c["BaF3_Epo"] * c["STAT5A"] * c["STAT5B"] * m.k_phos),
        ({"STAT5B": 2}, {"pBpB": 1}, cyt * c["BaF3_Epo"] * c["STAT5B"] ** 2 * m.k_phos),
        ({"pApA": 1}, {"nucpApA": 1}, cyt * m.k_imp_homo * c["pApA"]),
        ({"pApB": 1}, {"nucpApB": 1}, cyt * m.k_imp_hetero * c["pApB"]),
        ({"pBpB": 1}, {"nucpBpB": 1}, cyt * m.k_imp_homo * c["pBpB"]),
        ({"nucpApA": 1}, {"STAT5A": 2}, nuc * m.k_exp_homo * c["nucpApA"]),
        ({"nucpApB": 1}, {"STAT5A": 1, "STAT5B": 1}, nuc * m.k_exp_hetero * c["nucpApB"]),
        ({"nucpBpB": 1}, {"STAT5B": 2}, nuc * m.k_exp_homo * c["nucpBpB"]),
    ]
    rate = dict.fromkeys(m.names, 0.0)
    for lost, made, law in reactions:
        for side, sign in ((lost, -1), (made, 1)):
            for name, n in side.items():
                rate[name] += sign * n * law / (nuc if name.startswith("nuc") else cyt)
    rate["BaF3_Epo"] = -m.Epo_degradation_BaF3 * c["BaF3_Epo"]
    assert m.rhs(0.0, y) == pytest.approx([rate[n] for n in m.names], rel=1e-12)


def test_what_is_measured_is_the_formula_of_the_file():
    pApA, pBpB, pApB, A, B = 3.0, 7.0, 11.0, 60.0, 20.0
    s = 0.107
    expected = [
        (100 * pApB + 200 * pApA * s) / (pApB + A * s + 2 * pApA * s),
        -(100 * pApB - 200 * pBpB * (s - 1)) / ((B * (s - 1) - pApB) + 2 * pBpB * (s - 1)),
        (100 * pApB + 100 * A * s + 200 * pApA * s) / (2 * pApB + A * s + 2 * pApA * s - B * (s - 1) - 2 * pBpB * (s - 1)),
    ]  # fmt: skip
    assert Stat5().observe([pApA, pBpB, pApB, 1.0, 2.0, 3.0, A, B, 0.1]) == pytest.approx(expected, rel=1e-12)


def test_both_isoforms_are_conserved():
    model = Stat5(k_exp_hetero=0.01, k_imp_homo=3.0)
    aa, bb, ab, n_aa, n_bb, n_ab, a, b, _ = simulate(model, np.linspace(0, 240, 50))
    nucleus = 0.45 / 1.4
    assert a + 2 * aa + ab + nucleus * (2 * n_aa + n_ab) == pytest.approx(207.6 * 0.693, rel=1e-8)
    assert b + 2 * bb + ab + nucleus * (2 * n_bb + n_ab) == pytest.approx(207.6 * 0.307, rel=1e-8)


def test_epo_decays_as_its_closed_form():
    t = np.linspace(0, 240, 9)
    assert simulate(Stat5(), t)[8] == pytest.approx(1.25e-7 * np.exp(-0.026982514033029 * t), rel=1e-4)


def test_many_draws_at_once_are_the_single_ones():
    rng = np.random.default_rng(4)
    draws = {name: getattr(Stat5(), name) * np.exp(0.3 * rng.standard_normal(5)) for name in Stat5.rates}
    t, model = data.stat5().t, Stat5(**draws)
    atol = [1e-5] * 8 + [1e-5 * 1.25e-7]
    run = ensemble.solve(model, model.start, t, rtol=1e-6, atol=atol)
    assert run.success and len(model) == 5
    for k in range(5):
        alone = model[k]
        assert alone.observe(run.y[:, :, k].T) == pytest.approx(alone.observe(simulate(alone, t)), abs=2e-3)


def test_the_table_is_the_record():
    record = data.stat5()
    assert record.observables == Stat5.observables
    assert list(record.t[[0, 1, -1]]) == [0.0, 2.5, 240.0] and (np.diff(record.t) > 0).all()
    assert record.readings.max() == 95.1164830493244 and (record.readings > 0).all()
    maximum = np.sqrt(((record.readings - record.simulation) ** 2).mean(axis=1))  # of the likelihood, in closed form
    assert maximum == pytest.approx(NOISE, rel=5e-4)  # where the published search stopped
