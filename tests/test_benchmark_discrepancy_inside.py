"""The discrepancy inside of an equation: its closed forms against an integrator, and stored rows again."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from benchmarks import discrepancy_inside as study
from mmlib import data


@pytest.mark.parametrize("law", ["logistic", "gompertz"])
def test_the_law_with_a_discrepancy_solves_its_equation(law):
    own, more = study.with_discrepancy(law, 0.8, 6.0)
    rng = np.random.default_rng(0)
    theta = np.concatenate([[np.log(40), np.log(6000), np.log(0.15)], rng.standard_normal(more)])
    delta = theta[3:] @ (0.8 / 6.0 * study.directions(6.0))
    rate, final = np.exp(theta[2]), np.exp(theta[1])
    grow = (lambda x: rate * (1 - np.exp(x) / final)) if law == "logistic" else (lambda x: rate * (theta[1] - x))
    run = solve_ivp(
        lambda t, x: grow(x) + np.interp(t, study.FINE, delta),
        (0, 35),
        theta[:1],
        t_eval=study.AHEAD,
        rtol=1e-9,
        max_step=0.25,
    )
    assert own(theta[None], study.AHEAD[None])[0] == pytest.approx(run.y[0], abs=2e-3)


def test_directions_give_the_covariance_of_the_process():
    shapes = study.directions(6.0)
    assert shapes.T @ shapes == pytest.approx(np.exp(-0.5 * ((study.FINE[:, None] - study.FINE) / 6.0) ** 2), abs=0.02)


def test_stored_rows_come_out_again():
    table = data.read_table("discrepancy_inside")
    names = list(zip(*(table[c] for c in study.COLUMNS[:5]), strict=True))
    assert len(names) == 3 * 3 * 10 * 3 and len(set(names)) == len(names)
    for line in study.run("gompertz", "logistic", "alone", 0):
        k = names.index(tuple(line[:5]))
        stored = [float(table[c][k]) for c in study.COLUMNS[5:]]
        assert stored == pytest.approx([float(v) for v in line[5:]], rel=0.02)
