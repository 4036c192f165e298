"""`mmlib.petab`: a reaction by hand against its closed form, formulas against libsbml's own meaning, and the public problems where they are at hand."""

import os
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("libsbml", reason="the extra petab: pip install 'mmlib[petab]'")

from mmlib import petab
from mmlib.multistart import least_squares

SBML = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">
  <model id="decay">
    <listOfFunctionDefinitions>
      <functionDefinition id="speed"><math xmlns="http://www.w3.org/1998/Math/MathML"><lambda><bvar><ci>a</ci></bvar><bvar><ci>b</ci></bvar>
        <apply><times/><ci>a</ci><ci>b</ci></apply></lambda></math></functionDefinition>
    </listOfFunctionDefinitions>
    <listOfCompartments><compartment id="cell" size="2" constant="true"/><compartment id="rim" size="0.5" constant="true"/></listOfCompartments>
    <listOfSpecies>
      <species id="A" compartment="cell" initialConcentration="1" hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"/>
      <species id="B" compartment="rim" initialAmount="0.25" hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"/>
    </listOfSpecies>
    <listOfParameters>
      <parameter id="k" value="0.5" constant="true"/><parameter id="first" value="3" constant="true"/>
      <parameter id="twice" constant="false"/>
    </listOfParameters>
    <listOfInitialAssignments><initialAssignment symbol="A"><math xmlns="http://www.w3.org/1998/Math/MathML"><ci>first</ci></math></initialAssignment></listOfInitialAssignments>
    <listOfRules><assignmentRule variable="twice"><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><cn>2</cn><ci>k</ci></apply></math></assignmentRule></listOfRules>
    <listOfReactions>
      <reaction id="r" reversible="false" fast="false">
        <listOfReactants><speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants>
        <listOfProducts><speciesReference species="B" stoichiometry="2" constant="true"/></listOfProducts>
        <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci>cell</ci><apply><ci>speed</ci><ci>twice</ci><ci>A</ci></apply></apply></math></kineticLaw>
      </reaction>
    </listOfReactions>
  </model>
</sbml>
"""
TABLES = {
    "p.yaml": "format_version: 1\nparameter_file: p.tsv\nproblems:\n- condition_files: [c.tsv]\n  measurement_files: [m.tsv]\n  observable_files: [o.tsv]\n  sbml_files: [s.xml]\n",
    "p.tsv": "parameterId\tparameterScale\tlowerBound\tupperBound\tnominalValue\testimate\n"
    "k\tlog10\t0.01\t10\t0.5\t1\ngain\tlin\t0\t5\t2\t1\nsigma\tlog10\t0.001\t10\t0.1\t1\nhigh\tlin\t0\t9\t6\t0\n",
    "c.tsv": "conditionId\tfirst\nlow\t3\nhigh_one\thigh\n",
    "o.tsv": "observableId\tobservableFormula\tnoiseFormula\tobservableTransformation\tnoiseDistribution\n"
    "a\tobservableParameter1_a * A\tnoiseParameter1_a\tlog10\tnormal\nb\tB + time\t0.05\tlin\tnormal\n",
    "m.tsv": None,
}
T = np.array([0.5, 1.0, 2.0])


def closed(first, k=0.5, gain=2.0):
    """A in the cell falls with rate 2 k; each A (volume 2) gives two B (volume 0.5), which start at 0.25 / 0.5."""
    a = first * np.exp(-2 * k * T)
    return gain * a, 0.5 + 2 * 2 / 0.5 * (first - a) + T


@pytest.fixture
def folder(tmp_path):
    rng, lines = (
        np.random.default_rng(0),
        ["observableId\tsimulationConditionId\tmeasurement\ttime\tobservableParameters\tnoiseParameters"],
    )
    for condition, first in (("low", 3.0), ("high_one", 6.0)):
        a, b = closed(first)
        a, b = a * 10 ** (0.1 * rng.standard_normal(3)), b + 0.05 * rng.standard_normal(3)
        lines += [f"a\t{condition}\t{v!r}\t{t}\tgain\tsigma" for t, v in zip(T.tolist(), a.tolist(), strict=True)]
        lines += [f"b\t{condition}\t{v!r}\t{t}\t\t" for t, v in zip(T.tolist(), b.tolist(), strict=True)]
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text if text is not None else "\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "s.xml").write_text(SBML, encoding="utf-8")
    return tmp_path


def test_a_reaction_between_two_volumes_against_its_closed_form(folder):
    problem = petab.read(folder)
    assert problem.names == ["k", "gain", "sigma"] and "3 free parameters, 2 states, 2 conditions, 12 readings" in repr(
        problem
    )
    wanted = np.concatenate([*closed(3.0), *closed(6.0)])
    assert problem.simulate(problem.nominal[None], rtol=1e-8)[0] == pytest.approx(wanted, rel=1e-6)
    other = np.array([[np.log10(0.3), 1.5, -1.0]])
    wanted = np.concatenate([*closed(3.0, 0.3, 1.5), *closed(6.0, 0.3, 1.5)])
    assert problem.simulate(other, rtol=1e-8)[0] == pytest.approx(wanted, rel=1e-6)


def test_the_likelihood_is_that_of_the_format(folder):
    """PEtab: normal noise on log10 readings is log-normal noise on readings, with the factor 1 / (m ln 10)."""
    from scipy import stats

    problem = petab.read(folder)
    wanted = 0.0
    for k, row in enumerate(problem.measurements):
        says, m = problem.simulate(problem.nominal[None], rtol=1e-9)[0, k], problem.readings[k]
        if row["observableId"] == "a":
            wanted -= stats.lognorm.logpdf(m, s=0.1 * np.log(10), scale=says)
        else:
            wanted -= stats.norm.logpdf(m, says, 0.05)
    assert problem.objective(problem.nominal[None], rtol=1e-9)[0] == pytest.approx(wanted, rel=1e-7)
    assert problem.objective(problem.nominal[None], one_by_one=True)[0] == pytest.approx(wanted, rel=1e-6)


def test_rows_are_the_likelihood_and_their_slopes_its_slope(folder):
    problem = petab.read(folder)
    x = np.stack([problem.nominal, problem.nominal + [0.1, -0.3, 0.2]])
    rows, slopes = problem.rows(x, rtol=1e-9)
    half = 0.5 * (rows**2).sum(axis=1)
    assert np.diff(half) == pytest.approx(np.diff(problem.objective(x, rtol=1e-9)), rel=1e-6)
    gradient, h = (rows[:, :, None] * slopes).sum(axis=1), 1e-5
    for j in range(3):
        up, down = (problem.objective(x + s * h * np.eye(3)[j], rtol=1e-10) for s in (1, -1))
        assert gradient[:, j] == pytest.approx((up - down) / (2 * h), rel=0.02, abs=0.02)
    assert problem.misfits(problem.nominal, rtol=1e-10) == pytest.approx(rows[0], abs=1e-4)


def test_many_starts_find_the_optimum_that_scipy_finds(folder):
    from scipy.optimize import minimize

    problem = petab.read(folder)
    run = problem.fit(problem.draw(np.random.default_rng(0), 10))
    ends = problem.objective(run.x)
    again = minimize(
        lambda z: problem.objective(z[None], rtol=1e-8)[0],
        problem.nominal,
        method="Nelder-Mead",
        options={"xatol": 1e-6, "fatol": 1e-8, "maxiter": 2000},
    )
    assert ends.min() == pytest.approx(again.fun, abs=1e-3) and (ends < again.fun + 0.01).sum() >= 5
    assert run.x[ends.argmin()] == pytest.approx(again.x, abs=0.01)
    assert isinstance(run, type(least_squares(lambda z, w: (z - 1, np.ones((len(z), 1, 1))), [[0.5]], [0.0], [2.0])))


def test_formulas_have_the_meaning_of_the_format():
    import sympy

    from mmlib.petab.formulas import parse

    x = sympy.Symbol("x")
    cases = {"2 * x^3": 16, "-x + 1": -1, "ln(exp(x))": 2, "log10(100 * x)": np.log10(200), "sqrt(x)": 2**0.5,
             "piecewise(1, x < 1, 5)": 5, "log(2, x^3)": 3, "x / 4 * 2": 1, "root(3, 8)": 2, "pi * x": 2 * np.pi}  # fmt: skip
    for text, wanted in cases.items():
        assert float(parse(text, "here").subs(x, 2)) == pytest.approx(wanted), text


@pytest.mark.parametrize(("file", "old", "new", "says"), [
    ("o.tsv", "normal\nb", "laplace\nb", "normal noise"),
    ("o.tsv", "B + time", "B +* time", "expected a formula"),
    ("o.tsv", "B + time", "floor(B)", "not translated"),
    ("c.tsv", "first", "unknown", "model's constants; got 'unknown'"),
    ("p.tsv", "log10\t0.01", "cubic\t0.01", "scale lin, log or log10"),
    ("p.yaml", "format_version: 1", "format_version: 2.0.0", "format_version 1"),
    ("p.yaml", "o.tsv", "other.tsv", "other.tsv missing"),
    ("m.tsv", "gain\tsigma", "gain\tsome", "noise of a: expected parameters of the table; got some"),
    ("s.xml", "<cn>2</cn>", "<ci>twice</ci>", "libsbml says"),
    ("s.xml", "</model>", "<listOfEvents><event useValuesFromTriggerTime='true'><trigger initialValue='true' persistent='true'><math xmlns='http://www.w3.org/1998/Math/MathML'>"
     "<true/></math></trigger></event></listOfEvents></model>", "without events"),
    ("s.xml", "</sbml>", "", "libsbml says"),
])  # fmt: skip
def test_what_is_not_read_is_named(folder, file, old, new, says):
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=says):
        petab.read(folder)


def test_bad_arguments(folder, tmp_path):
    problem = petab.read(folder)
    with pytest.raises(ValueError, match=r"expected x \(m, 3\)"):
        problem.simulate(np.zeros((1, 2)))
    with pytest.raises(ValueError, match="one .yaml file"):
        petab.read(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="Boehm_JProteomeRes2014"):
        petab.load("Boehm")


REFERENCE = {  # negative log likelihood at the published parameters: pyPESTO and PEtab.jl's own tests (there to 1e-2 or better)
    "Boehm_JProteomeRes2014": 138.22199693517703,
    "Bruno_JExpBot2016": -46.688181449443945,
    "Crauste_CellSystems2017": 190.96521897435176,
    "Fujita_SciSignal2010": -53.08377736998929,
    "Sneyd_PNAS2002": -319.79177818768756,
}


@pytest.mark.parametrize("name", REFERENCE)
def test_published_likelihoods_come_out(name):
    at = Path(os.environ.get("MMLIB_DATA", "/nowhere")) / "petab" / name
    if not at.exists():
        pytest.skip(f"{name} is not in the folder that MMLIB_DATA names")
    problem = petab.load(name)
    assert problem.objective(problem.nominal[None], one_by_one=True)[0] == pytest.approx(REFERENCE[name], abs=2e-3)
