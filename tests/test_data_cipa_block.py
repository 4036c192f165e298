"""Block of seven currents by the CiPA drugs, and the thinned hERG recording."""

import numpy as np
import pytest

from mmlib.data import cipa_block, cipa_herg, herg_sine_wave


def test_drugs_are_those_of_the_other_table_in_the_official_split():
    table = cipa_block()
    assert set(table.drug) == set(cipa_herg().drug)
    first = set("bepridil dofetilide quinidine sotalol chlorpromazine cisapride ondansetron terfenadine".split())
    assert set(table.drug[table.training]) == first | set("diltiazem mexiletine ranolazine verapamil".split())
    assert {d: r for d, r in zip(table.drug, table.risk, strict=True) if d in ("ibutilide", "verapamil")} == {
        "ibutilide": "high",
        "verapamil": "low",
    }


def test_known_potencies():
    table = cipa_block()
    row = list(table.drug).index("quinidine")
    assert table.cmax[row] == 3237 and table.ic50[row, 0] == 992 and table.hill[row, 0] == 0.8199
    assert set(table.drug[np.isnan(table.ic50[:, 0])]) == {"nifedipine", "nitrendipine"}
    assert (np.isnan(table.ic50) == np.isnan(table.hill)).all()
    ratio = table.cmax / np.where(np.isnan(table.ic50[:, 0]), table.second_ic50, table.ic50[:, 0])
    medians = [np.median(ratio[table.risk == c]) for c in ("high", "intermediate", "low")]
    assert medians == pytest.approx([0.54, 0.089, 0.061], rel=0.6)  # ordered as the classes
    assert medians == sorted(medians, reverse=True)


def test_recording():
    t, current = herg_sine_wave()
    assert (np.diff(t).round(6) == 4).all() and t[-1] == pytest.approx(7997.95)
    assert np.isfinite(current).all()
    assert abs(current[t < 240].mean()) < 0.01  # leak was subtracted
