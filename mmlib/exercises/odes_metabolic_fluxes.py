"""Checkers of the chapter *What can a cell make?*: linear programs, no chance."""

from __future__ import annotations

from mmlib.exercises import array, near, pair

STILL = (0.211663, 8.279455)  # growth without oxygen [1/h], ethanol [mmol/gDW/h]
VINEGAR = (0.389313, 34)  # growth on acetate, lethal genes
PRICES = (0.0916647, 0.0324966, 0.0324966)  # of glucose at 5 and 15 mmol, of oxygen at 15
CAPPED = (0.717837, 6.811093)  # growth with a capped chain, acetate
CULTURE = (11.132993, 1.665322)  # largest acetate [mmol/l], last cells [g/l]
MEDIUM = (0.03651745, 5.886272)  # growth per cost of the best medium, acetate offered [mmol/gDW/h]


def exercise_1(answer):
    """Growth and ethanol without oxygen."""
    hints = (
        "the growth rate",
        "Growth: only the oxygen uptake is closed, lower[air] = 0; glucose stays at 10.",
        "Growth is right. The ethanol: found.v[net.at('EX_etoh_e')].",
    )
    return pair(answer, STILL, "a growth rate and a flux", 0.002, hints)


def exercise_2(answer):
    """Growth on acetate, number of lethal genes."""
    growth, dead = array(answer, (2,), "a growth rate and a number of genes")
    if not near(growth, VINEGAR[0], 0.002):
        return "Growth: lower bounds 0 for EX_glc__D_e and -20 for EX_ac_e; oxygen stays open."
    if near(dead, 7, 0.01):
        return "Those are the genes on glucose. Remove each gene from the cell on acetate."
    if near(dead, VINEGAR[1], 1e-6):
        return None
    return "Growth is right. The genes: lethal are those below 0.001 and those without a steady state, where growth is NaN."


def exercise_3(answer):
    """Prices of glucose and oxygen."""
    got = array(answer, (3,), "three prices")
    if near(got, [-p for p in PRICES], 0.01):
        return "The sizes are right. More food is a lower bound that goes down: turn the sign of price."
    if near(got[:2], [PRICES[1], PRICES[0]], 0.01):
        return "5 mmol of glucose first."
    for k, name in enumerate(("Glucose at 5", "Glucose at 15", "Oxygen")):
        if not near(got[k], PRICES[k], 0.002):
            return f"{name}: 20 mmol of oxygen are offered in both cases; the price stands at the exchange reaction."
    return None


def exercise_4(answer):
    """Growth and acetate with a capped respiratory chain."""
    hints = (
        "the growth rate",
        "Growth: the upper bound of CYTBD is 30; 10 mmol of glucose, oxygen open.",
        "Growth is right. The acetate: found.v[net.at('EX_ac_e')].",
    )
    return pair(answer, CAPPED, "a growth rate and a flux", 0.002, hints)


def exercise_5(answer):
    """Largest acetate and last cells of a batch culture."""
    hints = (
        "the largest acetate",
        "The acetate: offers from X, G and A before the step, all three updated together; the largest A on the way.",
        "The acetate is right. The cells: X when the program first has no steady state.",
    )
    return pair(answer, CULTURE, "mmol/l of acetate and g/l of cells", 0.002, hints)


def exercise_6(answer):
    """Best growth per cost and acetate offered, from one linear program."""
    hints = (
        "growth per cost",
        "Growth per cost: the value of c w, with 10 s + p z = 1 and every bound of v times s; z lies between s times the ends of the box.",
        "Growth per cost is right. The acetate offered is z over s, the fourth offer.",
    )
    return pair(answer, MEDIUM, "growth per cost and an offer", 0.002, hints)


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4", "exercise_5", "exercise_6"]
