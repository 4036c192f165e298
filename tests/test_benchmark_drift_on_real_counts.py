"""A drifting reproduction number on real counts: the winters are the record, the filter finds what is there, stored rows come again."""

import numpy as np
import pytest

from benchmarks import drift_on_real_counts as study
from mmlib import data


def test_winters_are_the_record():
    """Peaks in per cent as the agency states them for 2003/04, 2011/12 and 2017/18; weeks 40 to 52 and 1 to 20."""
    winters = study.winters()
    assert len(winters) == 21 and 2009 not in winters and {len(y) for y in winters.values()} == {33}
    assert [round(winters[w].max() / 1e4, 1) for w in (2003, 2011, 2017)] == [7.6, 2.4, 7.5]
    weeks = np.array(data.read_table("flu_winters")["week"], int).reshape(21, 33)
    assert (weeks == [*range(40, 53), *range(1, 21)]).all()


def test_interval_score_by_hand():
    assert study.score(1.0, 2.0, np.array([1.5, 2.5, 0.0])) == pytest.approx([1.0, 1 + 40 * 0.5, 1 + 40 * 1.0])


def test_the_filter_forecasts_a_growth_that_it_saw():
    """Poisson counts that grow by 1.2 a step: half a year of nothing but growth, and its 95 % interval holds what follows."""
    rng, y = np.random.default_rng(0), [50.0]
    for _ in range(30):
        y.append(float(rng.poisson(1.2 * y[-1])))
    series = study.Series("grown", np.array(y), np.array([0.0, 1.0]), 4, 0.0)
    found, _ = study.filter_series(series, 0, np.zeros(len(study.WALKS) * len(study.SIZES)))
    low, middle, high = found[25]
    z = np.log1p(series.count[25:29])
    assert ((low < z) & (z < high)).all()
    assert np.diff(middle) == pytest.approx(np.log(1.2), abs=0.06)
    low, middle, high = study.constant_r(series, 0, np.zeros(len(study.SIZES)))[0][25]
    assert ((low < z) & (z < high)).all() and np.diff(middle) == pytest.approx(np.log(1.2), abs=0.06)
    assert np.log1p(series.go_on(25, study.week(series, 25, 0))) == pytest.approx(z, abs=0.1)


def test_stored_rows_come_out_again():
    table = data.read_table("drift_forecasts")
    names = list(zip(*(table[c] for c in study.COLUMNS[:3]), strict=True))
    assert len(set(names)) == len(names) and {int(s) for s in table["seed"]} == set(range(10))
    series = study.Series("", data.outbreak("Baltimore 1918").count, data.outbreak("Baltimore 1918").serial, 7, 0.7)
    z, middle, each = np.log1p(series.count), study.middles(series, 0, False)["persistence"], []
    for k in range(20, 86):
        made = [np.where(np.arange(j, j + 7) < k, z[j : j + 7] - middle[j], np.nan) for j in range(study.FIRST, k)]
        each.append((middle[k] - study.spread(made), middle[k] + study.spread(made), z[k : k + 7]))
    stored = float(table["score"][names.index(("Baltimore 1918", "persistence", "0"))])
    assert study.summed("", "", 0, each)[3] == pytest.approx(stored, rel=1e-3)
