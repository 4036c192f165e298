"""Two brains: the tables are what their sources say of them."""

import csv
import os

import numpy as np
import pytest

from mmlib import data
from mmlib.data import remote


def test_the_human_brain_has_two_halves_and_its_lobes():
    brain = data.human_connectome()
    assert brain.fibres.shape == brain.length.shape == (83, 83)
    assert (brain.fibres == brain.fibres.T).all() and (brain.length == brain.length.T).all()
    assert (brain.fibres > 0).sum() == 6806  # the source: every pair of regions, both ways
    assert brain.side.count("left") == brain.side.count("right") == 41
    lobes = dict(zip(*np.unique(brain.lobe, return_counts=True), strict=True))
    assert lobes == {"cingulate": 10, "frontal": 22, "occipital": 8, "parietal": 10, "subcortex": 11, "temporal": 22}
    assert [int((brain.stage == k).sum()) for k in range(1, 7)] == [2, 2, 8, 16, 34, 10]
    left, right = (np.array([s == side for s in brain.side]) for side in ("left", "right"))
    assert (brain.centre[left, 0] < 0).all() and (brain.centre[right, 0] > -1.5).all()  # one lies on the midline


def test_fibres_of_near_regions_are_more_and_about_as_long_as_the_way():
    brain = data.human_connectome()
    pairs = np.triu_indices(83, 1)
    gap = np.linalg.norm(brain.centre[:, None] - brain.centre, axis=2)[pairs]
    assert np.corrcoef(gap, brain.length[pairs])[0, 1] > 0.7
    assert np.corrcoef(np.log(gap), np.log(brain.fibres[pairs]))[0, 1] < -0.4


def test_mice_and_regions_are_those_of_the_paper():
    mice = data.mouse_tau()
    assert len(mice.regions) == 132 and mice.projections.shape == (132, 132)
    groups = {(s, int(m)): int(((mice.strain == s) & (mice.month == m)).sum()) for s in ("NTG", "G20") for m in (1, 3, 6, 9)}  # fmt: skip
    assert list(groups.values()) == [4, 8, 6, 6, 3, 7, 5, 4]
    assert {r for r, k in zip(mice.regions, mice.injected, strict=True) if k} == {
        "iDG",
        "iCA1",
        "iCA3",
        "iVISa",
        "iRSP",
    }
    assert (mice.projections[:66, :66] == mice.projections[66:, 66:]).all() and mice.projections.min() == 0
    assert np.nanmin(mice.pathology) == 0 and np.isnan(mice.pathology).sum() == 6
    first = mice.pathology[(mice.month == 1) & (mice.strain == "NTG")].mean(axis=0)
    assert mice.regions[int(np.nanargmax(first))] == "iCA3"  # where it was injected
    late, early = (np.log10(np.nanmean(mice.pathology[mice.month == m]) + 1e-9) for m in (9, 1))
    assert late > early


def test_places_are_mirrored():
    mice = data.mouse_tau()
    right, left = mice.place[:66], mice.place[66:]
    assert np.nanmax(np.abs(right[:, 0] + left[:, 0] - 11400)) == 0
    assert (np.nan_to_num(right[:, 1:]) == np.nan_to_num(left[:, 1:])).all()
    assert np.isfinite(right[:, 0]).sum() == 52


@pytest.mark.skipif("MMLIB_DATA" not in os.environ, reason="needs the published files in the folder MMLIB_DATA")
def test_projections_are_sums_of_the_published_table():
    """A second writing of the sum, for regions whose parts belong to no other."""
    with remote.fetch("tau_Connectome_Contra.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    table = {(r[0], c): float(v) for r in rows[1:] for c, v in zip(rows[0][1:], r[1:], strict=True)}
    mice = data.mouse_tau()
    at = {r: k for k, r in enumerate(mice.regions)}
    for a, parts_a, b, parts_b in (("GP", "GPe GPi", "SN", "SNc SNr"), ("LS", "LSc LSr LSv", "CP", "CP")):
        want = sum(table[i, j] for i in parts_a.split() for j in parts_b.split())
        assert mice.projections[at["i" + a], at["c" + b]] == pytest.approx(want, rel=1e-3)
