"""Checkers of the chapter *Which of 2^32 laws does a heart muscle obey?*: measured tables, no chance."""

from __future__ import annotations

from mmlib.exercises import array, near, pair

EVEN = (0.912852, 0.904528)  # mean R squared of the best four shapes: weighted search, plain search
RUBBER = (0.852177, 0.914681, 0.951548, -2632.172)  # neo-Hooke, Mooney-Rivlin: pulled; then in two directions
BRAIN = (1.242092, 2.853402, 2.013262)  # shear modulus of cortex by tension, compression, shear [kPa]
ROUND = (-0.544211, 0.262909)  # work of a round trip, energy at the corner [kPa]
EVIDENCE = (0.996697, 0.539475)  # largest share for 176 and for 48 readings
AT_ONCE = (0.344108, 0.337728)  # rms of non-negative least squares, ten shapes and sixteen [kPa]
OGDEN = (1.546166, -17.518739, 0.987018)  # cortex, without shear: modulus [kPa], exponent, R squared of the shear
SAMPLED = (18.92, 30.50)  # logarithm of the evidence, classical and published shapes


def exercise_1(answer):
    """Mean R squared by the weighted and by the plain search."""
    hints = (
        "the weighted search",
        "Weighted: one over np.var(y[c]) of the curve that a reading belongs to; then the plain mean of 16 R squared.",
        "Weighted it is right. Plain: the best four shapes of the page, without refitting.",
    )
    return pair(answer, EVEN, "two R squared", 0.0005, hints)


def exercise_2(answer):
    """R squared of two laws of rubber on two tests."""
    got = array(answer, (4,), "four R squared")
    if near([got[0], got[2], got[1], got[3]], RUBBER, 0.005):
        return "Both laws on the uniaxial test first, then both on the equibiaxial one."
    if not near(got[0], RUBBER[0], 0.002):
        return "neo-Hooke, uniaxial: one constant by least squares on the nominal stress; R squared against the mean stress."
    if not near(got[1], RUBBER[1], 0.002):
        return "Mooney-Rivlin, uniaxial: both constants free, also below zero."
    if not near(got[2], RUBBER[2], 0.002):
        return (
            "The uniaxial test is right. neo-Hooke in two directions: the constant of the uniaxial fit, not a new one."
        )
    return (
        None
        if near(got[3], RUBBER[3], 0.01)
        else "Three are right. Mooney-Rivlin: the second constant times the squared stretch."
    )


def exercise_3(answer):
    """Three shear moduli of the cortex, then Ogden's law without shear and the shear it gives."""
    got = array(answer, (6,), "three shear moduli in kPa, Ogden's modulus, exponent and an R squared")
    if near(got[[1, 0, 2]], BRAIN, 0.01):
        return "Tension first: stretches above one."
    if near(got[:2], [3 * v for v in BRAIN[:2]], 0.01):
        return "That is three times the shear modulus: the factor between it and the stiffness at small stretch."
    for k, name in enumerate(("Tension", "Compression", "Shear")):
        if not near(got[k], BRAIN[k], 0.004):
            return (
                f"{name}: one constant through the origin, sum of x P over sum of x x, with x as given for this test."
            )
    if near(got[3:], [OGDEN[1], OGDEN[0], OGDEN[2]], 0.01):
        return "Ogden's two are swapped: the modulus first."
    if not near(got[3:5], OGDEN[:2], 0.01):
        return "The three moduli are right. Ogden: least squares on cortex.stress alone, all 33 stretches, no weights, from [1, -5]."
    if not near(got[5], OGDEN[2], 0.001):
        return "The law is right. The shear: tau at cortex.shear with these two constants, one minus squares left over squares about the mean."
    return None


def exercise_4(answer):
    """Work of a round trip without an energy, energy at the corner."""
    work, corner = array(answer, (2,), "a work and an energy in kPa")
    if near(work, -ROUND[0], 0.02):
        return "The size is right. The way: fibre first, then normal, then fibre back, normal back."
    if not near(work, ROUND[0], 0.005):
        return (
            "The work: nominal stresses, true stress over stretch; nine monomials of degree one to three, four sides."
        )
    if not near(corner, ROUND[1], 0.004):
        return (
            "The work is right. The corner: elastic.energy of the published law, the sheet thinned to keep the volume."
        )
    return None


def exercise_5(answer):
    """Largest share of evidence for two numbers of readings, and two evidences by nested sampling."""
    got = array(answer, (4,), "two shares and two logarithms")
    hints = (
        "176 readings",
        "176: BIC of all 385 laws, with rms squared; shares of exp(-BIC / 2), taken from the smallest BIC.",
        "176 is right. With 48: the same, n stands in both parts of BIC.",
    )
    said = pair(got[:2], EVIDENCE, "two shares", 0.001, hints)
    if said:
        return said
    hints = (
        "the classical law",
        "The shares are right. The classical law: log_evidence(CLASSIC, 48, np.random.default_rng(0)), as it comes.",
        "Three are right. The published shapes: PUBLISHED, a new generator of the same seed.",
    )
    return pair(got[2:], SAMPLED, "two logarithms", 0.04, hints)


def exercise_6(answer):
    """Rms of non-negative least squares on all terms."""
    hints = (
        "ten shapes",
        "Ten: seventy columns, each shape with each exponent; nnls gives the root of the sum of squares, and the rms is of 176.",
        "Ten is right. Sixteen: the terms without exp, first powers of the squared stretches and shears among them.",
    )
    return pair(answer, AT_ONCE, "two rms in kPa", 0.003, hints)


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4", "exercise_5", "exercise_6"]
