"""Checkers of the chapter *A network inside an equation*."""

from __future__ import annotations

from mmlib.exercises import array, near


def exercise_1(answer):
    """A wrong known term: coefficient of x in the distilled law, and the misfit."""
    coefficient, misfit = array(answer, (2,), "the coefficient of x in the first equation and the misfit")
    if coefficient == 0:
        return "No term in x was found. Was the network trained with the wrong growth rate, and is the same rate passed to law_behind?"
    if coefficient < 0:
        return (
            "The sign is that of something taken away. Did you subtract 1.3 x from the rates instead of the wrong term?"
        )
    if abs(coefficient - 1.3) < 0.1 or abs(coefficient - 1.0) < 0.1:
        return "That is a whole growth rate. Read what the network adds to the known part, not all of it."
    if not 0.2 < coefficient < 0.4:
        return "What does the known part lack? The network can only add that."
    if not near(misfit, 0.70720, 0.005):
        return (
            "The coefficient is of the right size. The misfit is that of the network trained with the growth rate 1.0, "
            "from the network and the record of seed 7 and with decay 0.1."
        )
    if not near(coefficient, 0.30405, 0.01):
        return "The misfit is right. Read the law with candidates up to degree two, and hand in what is found, not what was withheld."
    return None


def exercise_2(answer):
    """Real record: errors over six years of an autoregression and of the mean."""
    regressed, mean = array(answer, (2,), "two root mean squared errors, of the autoregression and of the mean")
    if min(regressed, mean) < 0:
        return "An error is not negative."
    if near([mean, regressed], [0.4014288, 0.8504256], 0.003):
        return "Both are right, in the other order: the autoregression comes first."
    if near(regressed, 0.4014288**2, 0.005) or near(mean, 0.8504256**2, 0.005):
        return "One of them is a mean square. Take its root."
    if not near(regressed, 0.4014288, 0.003):
        return "The first is off: fit to the logarithms of the first fifteen years, and let the forecast run on for six years."
    if not near(mean, 0.8504256, 0.003):
        return "The first is right. The second says the mean of the first fifteen *logarithms*, one for each species, in all six years."
    return None


def exercise_3(answer):
    """The ward: areas without and with the number of measurements."""
    values, more = array(answer, (2,), "two areas under the ROC curve, without and with the number of measurements")
    if not (0 <= values <= 1 and 0 <= more <= 1):
        return "An area under the ROC curve lies between 0 and 1."
    if min(values, more) < 0.5:
        return "Worse than chance: pass the probability of death, the second column of predict_proba."
    if more < values - 0.03:
        return "The number of measurements should not hurt that much: is the order (without, with)?"
    if max(values, more) > 0.97:
        return "Too good: do the summaries use only what was measured, and are the areas those of the second thousand?"
    if not near(values, 0.7817, 0.01):
        return "The first is off: fit to mean and last measurement of the first thousand, and judge on the second thousand."
    if not near(more, 0.8953, 0.01):
        return "The first is right. Add the number of measurements (or its logarithm) as a third column to both."
    return None


def exercise_4(answer):
    """Regulation: areas under the ROC curve, network and polynomial law, and the margin of the network."""
    network, sindy, margin = array(answer, (3,), "two areas under the ROC curve, network first, and a ratio of edges")
    if not (0 <= network <= 1 and 0 <= sindy <= 1):
        return "An area under the ROC curve lies between 0 and 1."
    if network < 0.5:
        return (
            "Worse than chance: does row i of your scores hold the target and column j the regulator, as in `edges`? "
            "And is the sign dropped before you average?"
        )
    if sindy < 0.5:
        return (
            "The polynomial does better than chance. Take the size of its slopes, with the decay put back on the diagonal, "
            "and keep target and regulator as in `edges`."
        )
    if network < 0.999:
        return "The network can do better: average the size of its slopes over the states of all three series."
    if near(margin, 1 / 6.528, 0.03):
        return "The areas may be right; the ratio is upside down: the weakest true edge over the strongest false one."
    if not near(margin, 6.528, 0.03):
        return (
            "The network ranks the edges rightly. The ratio is that of the network: its weakest true edge over its strongest "
            "false one, trained as stated."
        )
    if not near(sindy, 5 / 6, 0.01):
        return (
            "The network is right. For the polynomial take window 5, the path 'sindy' and the rule 'cv', and put the decay "
            "back on the diagonal of its slopes."
        )
    return None
