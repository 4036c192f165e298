"""The CiPA hERG table: its shape, and half-maximal concentrations against those fitted elsewhere to single cells."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from mmlib.data import cipa_herg


def ic50(drug, method):
    record = cipa_herg()
    rows = (record.drug == drug) & (record.method == method)
    c, block = record.concentration[rows], record.block[rows]
    hill = lambda c, log_ic50, h: 100 / (1 + 10 ** (h * (log_ic50 - np.log10(c))))  # noqa: E731
    (log_ic50, _), _ = curve_fit(hill, c, block, p0=(np.log10(np.median(c)), 1.0), bounds=([-3, 0.2], [8, 4]))
    return 10**log_ic50


def test_shape():
    record = cipa_herg()
    assert {len(column) for column in record} == {226}
    assert len(set(record.drug)) == 28
    assert set(record.method) == {"automated", "manual"}
    assert not any("phase" in drug for drug in record.drug)
    assert (record.concentration > 0).all() and (record.cells >= 2).all() and (record.sd >= 0).all()
    assert -15 < record.block.min() and record.block.max() < 115
    rows = list(zip(record.drug, record.method, record.concentration, strict=True))
    assert len(set(rows)) == len(rows)


def test_every_drug_is_measured_by_both_methods():
    record = cipa_herg()
    for drug in set(record.drug):
        for method, least in (("automated", 4), ("manual", 4)):
            assert ((record.drug == drug) & (record.method == method)).sum() >= least, (drug, method)


def test_cells_add_up():
    record = cipa_herg()
    total = {m: int(record.cells[record.method == m].sum()) for m in ("automated", "manual")}
    assert total == {"automated": 517, "manual": 352}


@pytest.mark.parametrize(
    ("drug", "published"),
    [  # IC50 [nM] of the same laboratory, table of FDA/CiPA (AP_simulation/data/newCiPA.csv), fitted there to single cells
        ("dofetilide", 1.462),
        ("quinidine", 343.4),
        ("verapamil", 498.6),
        ("bepridil", 149.3),
        ("cisapride", 11.82),
        ("sotalol", 86369),
        ("azimilide", 827),
        ("ibutilide", 14.75),
        ("metoprolol", 20120),
        ("risperidone", 137.3),
    ],
)
def test_manual_ic50_agrees_with_the_published_fit(drug, published):
    assert ic50(drug, "manual") == pytest.approx(published, rel=0.15)


@pytest.mark.parametrize(("drug", "white_oak"), [("quinidine", 992), ("dofetilide", 4.87), ("verapamil", 288)])
def test_another_laboratory_found_other_values(drug, white_oak):
    """FDA's White Oak laboratory (Li et al. 2017): two to four times away. This table is not theirs."""
    ratio = ic50(drug, "manual") / white_oak
    assert max(ratio, 1 / ratio) > 1.5
