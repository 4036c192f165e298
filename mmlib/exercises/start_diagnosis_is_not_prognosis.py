"""Checkers of the chapter *Diagnosis is not prognosis*."""

from __future__ import annotations

from mmlib.exercises import array, number


def exercise_1(answer):
    """Dropped women: share without recurrence after four years [%], hers and by Kaplan-Meier."""
    hers, all_women = array(answer, (2,), "two shares in per cent, hers first")
    if max(hers, all_women) <= 1:
        return "Give both in per cent."
    if min(hers, all_women) < 0 or max(hers, all_women) > 100:
        return "A share lies between 0 and 100 %."
    if abs(hers - 55.9) < 2 and abs(all_women - 12) < 2:
        return "Hers comes first."
    if abs(all_women - 33.2) < 1:
        return (
            "That counts every woman whose observation ended early as a recurrence. What does Kaplan-Meier do with her?"
        )
    if abs(all_women - 55.9) > 1:
        return "The second number is the Kaplan-Meier estimate of all women, at four years. Is time in years?"
    if abs(hers - 12) > 1:
        return "She keeps only women with a recurrence. Which share of these was still without one after four years?"
    return None


def exercise_2(answer):
    """Selection outside the folds: mended AUC, averaged over ten studies."""
    auc = number(answer, "an AUC, averaged over ten studies")
    if not 0 <= auc <= 1:
        return f"{auc:g} is no AUC: it lies between 0 and 1."
    if auc > 0.7:
        return "Still splendid, and still coins. Who helped to choose the markers, and who grades them?"
    if not 0.25 <= auc <= 0.65:
        return "Near, but coins should come out near one half on average. Are all ten studies in it, and is the class of the coin 1?"
    return None


def exercise_3(answer):
    """Another microscope: AUC and Brier score at home, then away."""
    auc, brier, auc_away, brier_away = array(
        answer, (4,), "AUC and Brier score at home, then both at the other hospital"
    )
    if not (0 <= min(auc, auc_away) and max(auc, auc_away, brier, brier_away) <= 1 and 0 <= min(brier, brier_away)):
        return "AUC and Brier score lie between 0 and 1."
    if auc < 0.5 and brier > 0.5:
        return "Either the classes are swapped (in scikit-learn's data 1 means benign) or the order is: AUC, Brier, AUC, Brier."
    if brier > 0.3 or auc < 0.9:
        return "The home score is too low. Score the second half, and keep the order AUC, Brier, AUC, Brier."
    if brier_away <= brier * 1.02:
        return "The other hospital should hurt the Brier score. Did the enlargement reach the masses that were scored?"
    if brier < 0.005:
        return "Too good: score the half that the model was not trained on."
    if auc - auc_away > 0.05:
        return "The AUC fell too far. Were areas enlarged by the square, and the scaler left as it was trained?"
    return None


def exercise_4(answer):
    """Rule or learner: smallest of four training sizes from which the learner wins."""
    size = number(answer, "one of the sizes 20, 40, 80, 160")
    if size not in (20, 40, 80, 160):
        return f"{size:g} is none of the four sizes."
    if size > 40:
        return "The learner wins earlier. Is it scaled, is its penalty C = 0.3, and is the threshold set on training masses only?"
    return None


def exercise_5(answer):
    """Together: skill of mechanism, black box and both, failing world, 100 patients."""
    mechanism, box, both = array(answer, (3,), "three skills: mechanism, black box, both")
    if max(mechanism, box, both) > 0.65:
        return "Above what can be known in this world. Was the test patients' future among the features?"
    if mechanism < 0.1:
        return "The mechanism should do far better with 100 patients. Is its forecast a log size, and its weight from this cohort?"
    if box < -0.3:
        return "A black box that only changes the last reading does far better. Is its guess added to the reading that it starts from?"
    if mechanism == box or box == both:
        return "Two of the three skills are equal. Three forecasts are asked for: mechanism, black box, both."
    if both < box - 0.03 and both < mechanism - 0.12:
        return "Together they are worse than apart. Is the left-over a reading minus a forecast, both of log size, and is it added back?"
    return None
