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
    ("m.tsv", "gain\tsigma", "gain\tsome", "noise of a: expected states, constants and parameters of the table; got some"),
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


def _apply(operator, *parts):
    return f"<apply><{operator}/>{''.join(p if p.startswith('<') else f'<ci>{p}</ci>' for p in parts)}</apply>"


def _math(text):
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML">{text}</math>'


TIME = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time">t</csymbol>'
WORDS = f"""<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"><model id="words">
<listOfCompartments><compartment id="flask" size="4" constant="true"/><compartment id="open" constant="true"/></listOfCompartments>
<listOfSpecies>
  <species id="S" compartment="flask" initialAmount="8" hasOnlySubstanceUnits="true" boundaryCondition="false" constant="false"/>
  <species id="C" compartment="flask" initialConcentration="1.5" hasOnlySubstanceUnits="true" boundaryCondition="false" constant="false"/>
  <species id="X" compartment="open" initialConcentration="2" hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"/>
  <species id="food" compartment="flask" initialConcentration="5" hasOnlySubstanceUnits="false" boundaryCondition="true" constant="false"/>
  <species id="late" compartment="flask" hasOnlySubstanceUnits="true" boundaryCondition="false" constant="false"/>
</listOfSpecies>
<listOfParameters>
  <parameter id="q" value="3" constant="false"/><parameter id="z" value="-1" constant="false"/><parameter id="k" value="0.25" constant="true"/>
  <parameter id="half" constant="false"/><parameter id="one" constant="false"/><parameter id="h" value="7" constant="true"/>
</listOfParameters>
<listOfInitialAssignments>
  <initialAssignment symbol="h">{_math(_apply("times", "<cn>2</cn>", "k"))}</initialAssignment>
  <initialAssignment symbol="late">{_math(_apply("plus", "k", "<cn>1</cn>"))}</initialAssignment>
</listOfInitialAssignments>
<listOfRules>
  <assignmentRule variable="half">{_math(_apply("times", "<cn>0.5</cn>", "one"))}</assignmentRule>
  <assignmentRule variable="one">{_math(_apply("times", "<cn>4</cn>", "k"))}</assignmentRule>
  <rateRule variable="q">{_math(_apply("minus", _apply("times", "<cn>0.2</cn>", "q")))}</rateRule>
  <rateRule variable="z">{_math(_apply("times", "<cn>2</cn>", TIME))}</rateRule>
</listOfRules>
<listOfReactions>
  <reaction id="r" reversible="false" fast="false"><listOfReactants><speciesReference species="S" stoichiometry="1" constant="true"/></listOfReactants>
    <listOfProducts><speciesReference species="X" stoichiometry="3" constant="true"/></listOfProducts>
    <kineticLaw>{_math(_apply("times", "slow", "S"))}<listOfLocalParameters><localParameter id="slow" value="0.5"/></listOfLocalParameters></kineticLaw></reaction>
  <reaction id="feed" reversible="false" fast="false"><listOfReactants><speciesReference species="food" stoichiometry="1" constant="true"/></listOfReactants>
    <listOfProducts><speciesReference species="late" stoichiometry="2" constant="true"/></listOfProducts>
    <kineticLaw>{_math(_apply("times", "h", "half", "food"))}</kineticLaw></reaction>
</listOfReactions></model></sbml>
"""


def test_what_sbml_says_in_other_words_against_closed_forms(tmp_path):
    """Amounts, a compartment without a size (one), a species that is held, rate rules, rules in any order, a start that is a formula, time."""
    from scipy.integrate import solve_ivp

    from mmlib.petab.models import Compiled, Ensemble

    path = tmp_path / "words.xml"
    path.write_text(WORDS, encoding="utf-8")
    found = petab.equations(path)
    model = Compiled(found, {})
    values = np.array([found.constants[k] for k in model.names])
    assert model.timed and len(found.states) == 7 and model.n == 8
    one = Ensemble(model, values[:, None])
    start, t = dict(zip(found.states, one.start()[:, 0], strict=False)), np.array([0.0, 0.5, 3.0])
    assert start == pytest.approx({"S": 8, "C": 6, "X": 2, "food": 5, "late": 1.25, "q": 3, "z": -1})
    run = solve_ivp(lambda _, y: one.rhs(y[:, None])[:, 0], (0, 3), one.start()[:, 0], t_eval=t, rtol=1e-10, atol=1e-12)
    wanted = {
        "S": 8 * np.exp(-t / 2),
        "X": 2 + 3 * 8 * (1 - np.exp(-t / 2)),
        "C": 0 * t + 6,
        "food": 0 * t + 5,
        "late": 1.25 + 2 * 0.5 * 0.5 * 5 * t,
        "q": 3 * np.exp(-0.2 * t),
        "z": -1 + t**2,
    }
    for name, y in zip(found.states, run.y, strict=False):
        assert y == pytest.approx(wanted[name], rel=1e-7), name
    far = one.jacobian(np.tile(one.start(), (1, 1)) + 0.3)
    for j in range(8):
        up, down = (one.rhs(one.start() + 0.3 + s * 1e-6 * np.eye(8)[:, [j]])[:, 0] for s in (1, -1))
        column = [far[7 + i - j, j, 0] for i in range(8)]
        assert column == pytest.approx((up - down) / 2e-6, abs=1e-7)


def test_time_has_its_own_name():
    from mmlib.petab.formulas import TIME as CLOCK
    from mmlib.petab.formulas import parse

    assert CLOCK in parse("2 * time", "observable a").free_symbols
    assert CLOCK not in parse("2 * t", "observable a").free_symbols, "a parameter may be called t"
    x = {"x": 2.0}
    for text, wanted in {"log(x)": np.log10(2), "piecewise(1, x > 3, 2, x >= 2, 4)": 2, "piecewise(1, x < 3 && x <= 1, 7)": 7,
                         "piecewise(1, x < 1 || x > 1, 7)": 1, "-x - 3": -5, "exponentiale * x": 2 * np.e, "tanh(x) - abs(-x)": np.tanh(2) - 2}.items():  # fmt: skip
        assert float(parse(text, "here").subs(x)) == pytest.approx(wanted), text


def changed(folder, *changes):
    for file, old, new in changes:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return petab.read(folder / "p.yaml")


def test_slopes_of_the_rows_by_each_of_two_rates_and_at_a_bound(folder):
    problem = changed(folder, ("p.tsv", "high\tlin\t0\t9\t6\t0", "high\tlin\t0\t9\t6\t1"))
    assert problem.names == ["k", "gain", "sigma", "high"]
    x = np.stack([problem.nominal, [0.2, 5.0, -0.7, 9.0]])  # the second lies at two upper bounds
    rows, slopes = problem.rows(x, rtol=1e-9)
    for j in range(4):
        up, down = (problem.rows(x + s * 1e-4 * np.eye(4)[j], rtol=1e-10)[0] for s in (1, -1))
        difference = (up - down) / 2e-4
        assert slopes[:, :, j] == pytest.approx(difference, rel=0.02, abs=5e-3 * np.abs(difference).max())


def test_natural_logarithms_of_readings_and_of_parameters(folder):
    from scipy import stats

    plain = petab.read(folder)
    told = changed(folder, ("o.tsv", "log10\tnormal", "log\tnormal"), ("p.tsv", "sigma\tlog10", "sigma\tlog"))
    assert told.nominal == pytest.approx([np.log10(0.5), 2.0, np.log(0.1)])
    assert told.simulate(told.nominal[None]) == pytest.approx(plain.simulate(plain.nominal[None]), rel=1e-9)
    wanted, says = 0.0, told.simulate(told.nominal[None], rtol=1e-9)[0]
    for k, row in enumerate(told.measurements):
        a = row["observableId"] == "a"
        law = stats.lognorm(s=0.1, scale=says[k]) if a else stats.norm(says[k], 0.05)
        wanted -= law.logpdf(told.readings[k])
    assert told.objective(told.nominal[None], rtol=1e-9)[0] == pytest.approx(wanted, rel=1e-7)


def test_starts_are_uniform_between_the_bounds_and_drawn_from_the_generator(folder):
    problem = petab.read(folder)
    drawn = problem.draw(np.random.default_rng(3), 500)
    assert drawn == pytest.approx(np.random.default_rng(3).uniform([-2, 0, -3], [1, 5, 1], (500, 3)))
    assert drawn.min(axis=0) == pytest.approx([-2, 0, -3], abs=0.05) and drawn.max(axis=0) == pytest.approx(
        [1, 5, 1], abs=0.05
    )


def test_a_set_without_a_solution_is_infinitely_far_and_leaves_the_others_alone(folder):
    problem = petab.read(folder)
    bad = np.array([308.0, 2.0, -1.0])  # twice that rate is no number
    both = problem.objective(np.stack([problem.nominal, bad]))
    assert both[1] == np.inf and both[0] == pytest.approx(problem.objective(problem.nominal[None])[0], rel=1e-6)
    assert np.isnan(problem.simulate(bad[None])[0]).any()


BAD = [  # file, what is replaced there, by what, what the message must say
    ("p.yaml", "format_version: 1", "format_version: 2", "format_version 1"),
    ("p.yaml", "parameter_file: p.tsv\n", "", "parameter_file"),
    ("p.yaml", "  measurement_files: [m.tsv]\n", "", "measurement_files"),
    ("p.yaml", "[c.tsv]", "c.tsv", "condition_files"),
    ("p.yaml", "[s.xml]", "[]", "sbml_files"),
    ("p.yaml", "problems:\n-", "problems:\n ", "one problem"),
    ("p.yaml", "format_version: 1\n", "format_version: 1\n\t- x: [\n", "YAML"),
    ("p.tsv", "parameterId\t", "parameter\t", "parameterId"),
    ("p.tsv", "\tlowerBound", "\tlower", "lowerBound"),
    ("p.tsv", "0.01\t10\t0.5", "10\t0.01\t0.5", "lower bound below the upper"),
    ("p.tsv", "0.01\t10\t0.5", "0\t10\t0.5", "positive"),
    ("p.tsv", "0.01\t10\t0.5", "-1\t10\t0.5", "positive"),
    ("p.tsv", "0.01\t10\t0.5", "0.01\tinf\t0.5", "finite"),
    ("p.tsv", "0.01\t10\t0.5", "0.01\tten\t0.5", "number"),
    ("p.tsv", "0.01\t10\t0.5", "0.01\t\t0.5", "number"),
    ("p.tsv", "0.01\t10\t0.5", "0.01\t10\tnan", "finite"),
    ("p.tsv", "0.01\t10\t0.5\t1", "0.01\t10\t0.5\tyes", "estimate"),
    ("p.tsv", "0.01\t10\t0.5\t1", "0.01\t10\t0.5", "estimate"),
    ("p.tsv", "k\tlog10", "k\tlog2", "scale"),
    ("p.tsv", "gain\tlin", "k\tlin", "twice"),
    ("p.tsv", "\t1\n", "\t0\n", "free parameter"),
    ("c.tsv", "conditionId", "condition", "conditionId"),
    ("c.tsv", "high_one\thigh", "low\thigh", "twice"),
    ("c.tsv", "high_one\thigh", "other\thigh", "high_one"),
    ("c.tsv", "high_one\thigh", "high_one\thigher", "higher"),
    ("c.tsv", "first\n", "second\n", "second"),
    ("c.tsv", "low\t3", "low\tinf", "finite"),
    ("o.tsv", "observableFormula", "formula", "observableFormula"),
    ("o.tsv", "noiseFormula", "noise", "noiseFormula"),
    ("o.tsv", "B + time", "B +", "formula"),
    ("o.tsv", "B + time", "C + time", "C"),
    ("o.tsv", "B + time\t0.05", "B + time\tsigmas", "sigmas"),
    ("o.tsv", "B + time\t0.05", "B + time\t0", "positive"),
    ("o.tsv", "B + time\t0.05", "B + time\t-0.05", "positive"),
    ("o.tsv", "log10\tnormal", "log10\tlaplace", "laplace"),
    ("o.tsv", "log10\tnormal", "log2\tnormal", "log2"),
    ("o.tsv", "\nb\t", "\na\t", "twice"),
    ("m.tsv", "measurement\t", "value\t", "measurement"),
    ("m.tsv", "simulationConditionId", "condition", "simulationConditionId"),
    ("m.tsv", "\ttime\t", "\thours\t", "time"),
    ("m.tsv", "b\tlow\t", "c\tlow\t", "c"),
    ("m.tsv", "b\tlow\t", "b\tlowest\t", "lowest"),
    ("m.tsv", "\t0.5\t", "\t-0.5\t", "time"),
    ("m.tsv", "\t0.5\t", "\tinf\t", "time"),
    ("m.tsv", "\t0.5\t", "\tsoon\t", "number"),
    ("m.tsv", "\tgain\tsigma", "\t\tsigma", "observableParameter1_a"),
    ("m.tsv", "\tgain\tsigma", "\tgains\tsigma", "gains"),
    ("m.tsv", "\tgain\tsigma", "\tgain\t", "noiseParameter1_a"),
    ("m.tsv", "\tgain\tsigma", "\tgain\tsigmas", "sigmas"),
    ("m.tsv", "\tgain\tsigma", "\tgain\t0", "positive"),
    ("s.xml", "<?xml", "<xml", "SBML"),
    ("s.xml", "<ci>twice</ci><ci>A</ci>", "<ci>thrice</ci><ci>A</ci>", "thrice"),
    ("s.xml", '<parameter id="k" value="0.5" constant="true"/>', "", "k"),
]


@pytest.mark.parametrize(("file", "old", "new", "says"), BAD)
def test_what_is_wrong_in_a_file_is_said_before_anything_is_computed(folder, monkeypatch, file, old, new, says):
    monkeypatch.setattr(petab.problems.Problem, "_solved", lambda *_: pytest.fail("it computed"))
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match="expected .*; got ") as error:
        petab.read(folder)
    assert says in str(error.value)


@pytest.mark.parametrize("file", list(TABLES))
@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", "\ufeff".encode(), b"\n\n", b"a,b\n1,2\n"])
def test_a_file_that_is_another_one(folder, file, content):
    (folder / file).write_bytes(content)
    with pytest.raises(ValueError, match="expected .*; got "):
        petab.read(folder)
