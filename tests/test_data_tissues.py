"""Heart muscle, rubber and brain: the tables are what their sources say of them."""

import numpy as np
import pytest

from mmlib import data


def test_heart_tests_are_six_shears_and_five_stretches():
    heart = data.myocardium()
    assert heart.tests == ("fs", "fn", "sf", "sn", "nf", "ns", "1:1", "1:0.75", "0.75:1", "1:0.5", "0.5:1")
    assert len(heart.curves) == 16 and (np.bincount(heart.curve) == 11).all()
    peaks = [float(heart.stress[heart.curve == c].max()) for c in range(16)]
    assert peaks == [
        5.783,
        5.3113,
        3.5714,
        3.5523,
        2.6762,
        2.8,
        8.257,
        4.791,
        5.8645,
        2.7617,
        3.6699,
        2.7961,
        4.748,
        1.719,
        2.437,
        3.034,
    ]
    assert np.linalg.det(heart.F) == pytest.approx(np.ones(176), abs=1e-12)


def test_deformations_are_those_of_the_tests():
    """A shear fs stretches the fibre and leaves the sheet's length; the squares of stretches follow the proportions."""
    heart = data.myocardium()
    C = heart.F.transpose(0, 2, 1) @ heart.F
    own = heart.curve == heart.curves.index("fs")
    g = heart.strain[own]
    assert (
        C[own, 0, 0] == pytest.approx(1 + g**2)
        and C[own, 1, 1] == pytest.approx(np.ones(11))
        and C[own, 0, 1] == pytest.approx(g)
    )
    own = heart.curve == heart.curves.index("1:0.5 f")
    fibre, normal = heart.F[own, 0, 0] - 1, heart.F[own, 2, 2] - 1
    assert normal == pytest.approx(fibre / 2) and heart.strain[own] == pytest.approx(fibre)
    assert (heart.face[own] == 0).all() and (heart.face[heart.curve == heart.curves.index("1:0.5 n")] == 2).all()


def test_rubber_is_treloars():
    one = data.rubber("uniaxial")
    assert one.stretch.shape == (14,) and one.stress[-1] == pytest.approx(4.489855) and one.stress[0] == 0
    assert [len(data.rubber(m, 50).stretch) for m in ("uniaxial", "equibiaxial", "pure_shear")] == [15, 20, 18]
    gent = (
        (one.stretch[1:4] - one.stretch[1:4] ** -2)
        @ one.stress[1:4]
        / ((one.stretch[1:4] - one.stretch[1:4] ** -2) ** 2).sum()
    )
    assert 0.3 < gent < 0.4  # shear modulus at small stretch, 0.39 MPa in Treloar's own fit
    with pytest.raises(
        ValueError, match="no rubber 'shear' at 20: expected one of uniaxial, equibiaxial, pure_shear at one of 20, 50"
    ):
        data.rubber("shear")
    with pytest.raises(ValueError, match="no rubber 'uniaxial' at 30"):
        data.rubber("uniaxial", 30)


def test_brain_is_stiffest_in_the_cortex_and_in_compression():
    """The order of regions that Budday et al. report, and the cortex's stress at a stretch of 0.9."""
    regions = ("cortex", "basal_ganglia", "corona_radiata", "corpus_callosum")
    tissues = [data.brain_tissue(r) for r in regions]
    assert float(tissues[0].stress[0]) == -1.1484 and float(tissues[0].stretch[0]) == 0.9
    assert all(t.stretch.shape == t.shear.shape == (33,) for t in tissues)
    assert all(-t.stress[0] > t.stress[-1] for t in tissues)
    assert (
        np.argmax([t.shear_stress[-1] for t in tissues]) == 0 and np.argmin([t.shear_stress[-1] for t in tissues]) == 3
    )
    with pytest.raises(ValueError, match="expected region 'cortex', .*got 'cerebellum'"):
        data.brain_tissue("cerebellum")
