"""Formulas of SBML and PEtab as SymPy expressions, and SBML models as equations."""

from __future__ import annotations

import math
from typing import NamedTuple

import libsbml
import sympy

from mmlib import _input

__all__ = ["Equations", "equations", "parse"]

TIME = sympy.Symbol("time")
_ONE = {
    libsbml.AST_FUNCTION_EXP: sympy.exp,
    libsbml.AST_FUNCTION_LN: sympy.log,
    libsbml.AST_FUNCTION_SIN: sympy.sin,
    libsbml.AST_FUNCTION_COS: sympy.cos,
    libsbml.AST_FUNCTION_TAN: sympy.tan,
    libsbml.AST_FUNCTION_TANH: sympy.tanh,
    libsbml.AST_FUNCTION_ABS: sympy.Abs,
}
_PAIR = {
    libsbml.AST_RELATIONAL_LEQ: sympy.Le,
    libsbml.AST_RELATIONAL_LT: sympy.Lt,
    libsbml.AST_RELATIONAL_GEQ: sympy.Ge,
    libsbml.AST_RELATIONAL_GT: sympy.Gt,
    libsbml.AST_POWER: sympy.Pow,
    libsbml.AST_FUNCTION_POWER: sympy.Pow,
    libsbml.AST_DIVIDE: lambda a, b: a / b,
}
_MANY = {
    libsbml.AST_PLUS: sympy.Add,
    libsbml.AST_TIMES: sympy.Mul,
    libsbml.AST_LOGICAL_AND: sympy.And,
    libsbml.AST_LOGICAL_OR: sympy.Or,
}


def parse(text: str, where: str):
    """SymPy expression of a formula, such as those of PEtab's observables."""
    node = libsbml.parseL3Formula(str(text))
    if node is None:
        raise ValueError(f"{where}: expected a formula; got {text!r}. {libsbml.getLastParseL3Error().splitlines()[0]}")
    return _turned(node, where)


def _turned(node, where):
    kind, parts = node.getType(), [_turned(node.getChild(k), where) for k in range(node.getNumChildren())]
    if node.isNumber():
        return sympy.Integer(node.getInteger()) if node.isInteger() else sympy.Float(node.getValue(), 17)
    if kind == libsbml.AST_NAME_TIME or (
        kind == libsbml.AST_NAME and node.getName() in ("time", "t") and where == "observable"
    ):
        return TIME
    if kind == libsbml.AST_NAME:
        return sympy.Symbol(node.getName())
    if kind == libsbml.AST_MINUS:
        return -parts[0] if len(parts) == 1 else parts[0] - parts[1]
    if kind in _MANY:
        return _MANY[kind](*parts)
    if kind in _PAIR and len(parts) == 2:
        return _PAIR[kind](*parts)
    if kind in _ONE:
        return _ONE[kind](parts[0])
    if kind == libsbml.AST_FUNCTION_ROOT:  # the degree comes first
        return parts[-1] ** (1 / (parts[0] if len(parts) == 2 else sympy.Integer(2)))
    if kind == libsbml.AST_FUNCTION_LOG:  # the base comes first
        return sympy.log(parts[-1]) / sympy.log(parts[0] if len(parts) == 2 else sympy.Integer(10))
    if kind == libsbml.AST_FUNCTION_PIECEWISE:
        pairs = [(parts[k], parts[k + 1]) for k in range(0, len(parts) - 1, 2)]
        return sympy.Piecewise(*pairs, *([(parts[-1], True)] if len(parts) % 2 else []))
    constants = {libsbml.AST_CONSTANT_PI: sympy.pi, libsbml.AST_CONSTANT_E: sympy.E}
    if kind in constants:
        return constants[kind]
    raise ValueError(
        f"{where}: expected arithmetic, powers, exp, ln, roots, sines or piecewise; got {libsbml.formulaToL3String(node)!r}. "
        "Such a term is not translated: write the model by hand, with `mmlib.systems.base.Model`."
    )


class Equations(NamedTuple):
    """What an SBML model says: dy/dt and the start as formulas of states, constants and time."""

    states: list[str]
    rates: list  # SymPy, of states, constants and time
    start: list  # SymPy, of constants
    constants: dict[str, float]  # name -> value in the model
    assigned: dict  # name -> SymPy, of states, constants and time


def equations(path) -> Equations:
    """Read a model from an SBML file (level 2 or 3): compartments, species, reactions, rules, initial assignments.

    Species are concentrations where the model has them so, amounts otherwise.

    Raises
    ------
    ValueError : a file that libsbml calls wrong, events, algebraic rules, compartments that change, delays.
    """
    path = _input.path(path, "an SBML model", there=True)
    document = libsbml.readSBMLFromFile(str(path))
    if not document.getNumErrors(libsbml.LIBSBML_SEV_ERROR):
        document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, False)
        document.checkConsistency()
    if document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) or document.getModel() is None:
        said = [document.getError(k) for k in range(document.getNumErrors())]
        said = [e.getMessage().strip().replace("\n", " ") for e in said if e.getSeverity() >= libsbml.LIBSBML_SEV_ERROR]
        first = said[0] if said else "no model"
        first = first if len(first) < 400 else f"{first[:150]} ... {first[-240:]}"  # the name at fault stands last
        raise ValueError(
            f"{path}: expected an SBML model; got another file, of which libsbml says: {first} . Is it the right file, and whole?"
        )
    document.expandFunctionDefinitions()
    options = libsbml.ConversionProperties()
    options.addOption("promoteLocalParameters", True)
    document.convert(options)
    model = document.getModel()
    _refuse(model, path)
    return _collect(model, path)


def _refuse(model, path):
    found = [("events", model.getNumEvents())]
    found += [("algebraic rules", sum(r.isAlgebraic() for r in model.getListOfRules()))]
    sizes = {c.getId() for c in model.getListOfCompartments()}
    found += [
        (
            "compartments that change",
            sum(r.getVariable() in sizes for r in model.getListOfRules() if not r.isAlgebraic()),
        )
    ]
    for what, number in found:
        if number:
            raise ValueError(
                f"{path}: expected a model without {what}; got {number}. Write it by hand: `mmlib.systems.base.Model`."
            )


def _math(owner, path):
    return _turned(owner.getMath(), f"{path}: {owner.getIdAttribute() or owner.getElementName()}")


def _collect(model, path) -> Equations:
    constants = {c.getId(): c.getSize() if c.isSetSize() else 1.0 for c in model.getListOfCompartments()}
    constants |= {p.getId(): p.getValue() for p in model.getListOfParameters() if p.isSetValue()}
    constants |= {p.getId(): float("nan") for p in model.getListOfParameters() if not p.isSetValue()}
    start = {}
    for s in model.getListOfSpecies():
        amount, size = s.getHasOnlySubstanceUnits(), sympy.Symbol(s.getCompartment())
        if s.isSetInitialConcentration():
            start[s.getId()] = sympy.Float(s.getInitialConcentration(), 17) * (size if amount else 1)
        else:
            first = s.getInitialAmount() if s.isSetInitialAmount() else 0.0
            start[s.getId()] = sympy.Float(first, 17) / (1 if amount else size)
    assigned = {r.getVariable(): _math(r, path) for r in model.getListOfRules() if r.isAssignment()}
    rated = {r.getVariable(): _math(r, path) for r in model.getListOfRules() if r.isRate()}
    for name in rated.keys() - start.keys():
        start[name] = sympy.Symbol(name + "__start")
        constants[name + "__start"] = constants.pop(name)
    for a in model.getListOfInitialAssignments():
        if a.getSymbol() in start:
            start[a.getSymbol()] = _math(a, path)
        else:
            assigned[a.getSymbol()] = _math(a, path)
    constants = {k: v for k, v in constants.items() if k not in assigned}
    states = [s for s in start if s not in assigned]
    rates = dict.fromkeys(states, sympy.Integer(0)) | rated
    held = {s.getId() for s in model.getListOfSpecies() if s.getBoundaryCondition() or s.getConstant()}
    for reaction in model.getListOfReactions():
        law = reaction.getKineticLaw()
        sides = [s for part in (reaction.getListOfReactants(), reaction.getListOfProducts()) for s in part]
        if law is None or not law.isSetMath() or not all(math.isfinite(s.getStoichiometry()) for s in sides):
            lacks = "its rate" if law is None or not law.isSetMath() else "a stoichiometry"
            raise ValueError(
                f"{path}: expected reactions with a rate and a stoichiometry of each species; got {reaction.getId()!r} without {lacks}. "
                "Add it to the model: what is missing has no default."
            )
        speed = _math(law, path)
        for sign, sides in ((-1, reaction.getListOfReactants()), (1, reaction.getListOfProducts())):
            for side in sides:
                name = side.getSpecies()
                if name in held or name in rated or name not in rates:
                    continue
                species = model.getSpecies(name)
                size = 1 if species.getHasOnlySubstanceUnits() else sympy.Symbol(species.getCompartment())
                rates[name] += sign * sympy.Float(side.getStoichiometry(), 17) * speed / size
    assigned = _closed(assigned, path)
    held_start = [start[s].subs(assigned) for s in states]
    return Equations(
        states, [sympy.nsimplify(0) + rates[s].subs(assigned) for s in states], held_start, constants, assigned
    )


def _closed(assigned, path):
    """Assignments without each other: rules may stand in any order."""
    for _ in range(len(assigned) + 1):
        names = {sympy.Symbol(k) for k in assigned}
        if not any(names & f.free_symbols for f in assigned.values()):
            return {sympy.Symbol(k): f for k, f in assigned.items()}
        assigned = {k: f.subs({sympy.Symbol(o): g for o, g in assigned.items() if o != k}) for k, f in assigned.items()}
    raise ValueError(
        f"{path}: expected assignment rules that do not depend on each other in a circle; got {', '.join(assigned)}. Write one of them out."
    )
