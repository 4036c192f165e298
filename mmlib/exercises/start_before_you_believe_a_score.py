"""Checkers of the chapter *Before you believe a score*: the data are real or come from the seed that the exercise states."""

from __future__ import annotations

from mmlib.exercises import array, near, swapped

DROPPED = (12.0401, 55.8848)  # shares after four years [%]: hers, by Kaplan and Meier
MARKERS = (0.976778, 0.529889)  # AUC: markers chosen outside of the folds, inside
MICROSCOPE = (0.996623, 0.0246255, 0.995740, 0.0566567)  # AUC and Brier score at home, away
THIRDS = (113.222, 75.9794, 32.3849)  # log-rank statistic, shares of the lowest and the highest third [%]


def exercise_1(answer):
    """Dropped women: share without recurrence after four years [%], hers and by Kaplan-Meier."""
    hers, everyone = array(answer, (2,), "two shares in per cent, hers first")
    if min(hers, everyone) < 0 or max(hers, everyone) > 100:
        return "A share lies between 0 and 100 %."
    if max(hers, everyone) <= 1:
        return "Give both in per cent."
    if swapped((hers, everyone), DROPPED, 0.02):
        return "Hers comes first."
    if abs(everyone - 33.2) < 1:
        return (
            "That counts every woman whose observation ended early as a recurrence. What does Kaplan-Meier do with her?"
        )
    if not near(everyone, DROPPED[1], 0.005):
        return "The second number is the Kaplan-Meier estimate of all women, at four years. Is time in years?"
    if not near(hers, DROPPED[0], 0.005):
        return "She keeps only women with a recurrence. Which share of these was still without one after four years?"
    return None


def exercise_2(answer):
    """Selection outside the folds: AUC over ten studies, as it is and mended."""
    splendid, honest = array(answer, (2,), "two AUCs: as it is, and mended")
    if not 0 <= min(splendid, honest) <= max(splendid, honest) <= 1:
        return "An AUC lies between 0 and 1."
    if near(honest, MARKERS[0], 0.01) and near(splendid, MARKERS[1], 0.01):
        return "The two are swapped: as it is first."
    if not near(splendid, MARKERS[0], 0.005):
        return "The first number is the mean of `leaky(x)` over the ten studies in `markers`."
    if honest > 0.7:
        return "Still splendid, and still coins. Who helped to choose the markers, and who grades them?"
    if not near(honest, MARKERS[1], 0.005):
        return "Near, but not the mean of these ten studies. Is the choice of the twenty markers a step inside each of the ten folds, and is the class of the coin 1?"
    return None


def exercise_3(answer):
    """Another microscope: AUC and Brier score at home, then away."""
    auc, brier, auc_away, brier_away = array(
        answer, (4,), "AUC and Brier score at home, then both at the other hospital"
    )
    if not 0 <= min(auc, brier, auc_away, brier_away) <= max(auc, brier, auc_away, brier_away) <= 1:
        return "AUC and Brier score lie between 0 and 1."
    if auc < 0.5 or brier > 0.5:
        return "Either the classes are swapped (in scikit-learn's data 1 means benign) or the order is: AUC, Brier, AUC, Brier."
    if not near(auc, MICROSCOPE[0], 0.002) or not near(brier, MICROSCOPE[1], 0.02):
        return "The scores at home are those of the 285 masses that the model was not trained on, as they are, by `logistic(0.3)`."
    if brier_away <= brier * 1.02:
        return "The other hospital should hurt the Brier score. Did the enlargement reach the masses that were scored?"
    if not near(auc_away, MICROSCOPE[2], 0.002) or not near(brier_away, MICROSCOPE[3], 0.02):
        return "Home is right. Were areas enlarged by the square, in all three groups of columns, and the model left as it was trained?"
    return None


def exercise_4(answer):
    """Three groups of women: log-rank statistic, shares of the lowest and the highest third [%]."""
    statistic, low, high = array(answer, (3,), "a test statistic and two shares in per cent")
    if max(low, high) <= 1:
        return "Give both shares in per cent."
    if near(low, THIRDS[2], 0.01) and near(high, THIRDS[1], 0.01):
        return "The lowest hazard comes first: these women do best."
    if not near(statistic, THIRDS[0], 0.01):
        return "The statistic is the log-rank test of three groups at once, with the event told; it is no p-value."
    if not near(low, THIRDS[1], 0.005) or not near(high, THIRDS[2], 0.005):
        return "The statistic is right. The shares are Kaplan-Meier estimates at four years, within each third."
    return None


__all__ = ["exercise_1", "exercise_2", "exercise_3", "exercise_4"]
