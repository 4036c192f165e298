"""Coagulation: against its balances written out species by species in mol/l, its published statements, and conservation."""

import dataclasses

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from mmlib import reactions
from mmlib.systems.coagulation import Coagulation, ProteinC, shape_of

# BIOMD0000000335 of BioModels, as a conversion of that file prints them [1/(M s), 1/s; M]
K = [0.0031, 3.2e6, 0.0031, 2.3e7, 4.4e5, 1.3e7, 2.3e4, 1.05, 2.5e7, 6, 19, 2.2e7, 2.4, 1e7, 1.8, 7.5e3, 2e7, 0.005, 1e7, 0.001, 1e8,
     8.2, 2.2e4, 0.006, 0.001, 2e7, 0.2, 4e8, 103, 1e8, 63.5, 1.5e7, 3.6e-4, 9e5, 1.1e-4, 3.2e8, 5e7, 1.5e3, 7.1e3, 490, 7.1e3, 230]  # fmt: skip
START = {"TF": 2.5e-11, "VII": 1e-8, "VIIa": 1e-10, "X": 1.6e-7, "IX": 9e-8, "II": 1.4e-6, "VIII": 7e-10, "V": 2e-8, "TFPI": 2.5e-9, "ATIII": 3.4e-6}  # fmt: skip


def balances(t, y):
    """The 34 balances, by species and in M: another grouping than the lines of the model."""
    k = [None, *K]
    (tf, tf7, f7, tf7a, f7a, xa, iia, tf7ax, x, tf7axa, ix, tf7aix, ixa, ii, viii, viiia, ten, tenx, v1l, v2, v, va, pro, pro2,
     miia, tfpi, xtf, quad, at, *_) = y  # fmt: skip
    bind7, bind7a = k[2] * tf * f7 - k[1] * tf7, k[4] * tf * f7a - k[3] * tf7a
    cut7 = (k[5] * tf7a + k[6] * xa + k[7] * iia) * f7
    onx, onix = k[9] * tf7a * x - k[8] * tf7ax, k[14] * tf7a * ix - k[13] * tf7aix
    onxa = k[12] * tf7a * xa - k[11] * tf7axa
    ontfpi, quad_on = k[34] * xa * tfpi - k[33] * xtf, k[36] * tf7axa * tfpi - k[35] * quad
    tenase, tenase_x = k[19] * ixa * viiia - k[18] * ten, k[21] * ten * x - k[20] * tenx
    split, loss = k[24] * viiia - k[23] * v1l * v2, k[25] * (ten + tenx)
    bind_va, bind_ii = k[28] * xa * va - k[27] * pro, k[30] * pro * ii - k[29] * pro2
    return [
        -bind7 - bind7a, bind7, -bind7 - cut7,
        bind7a - onx - onxa - onix + k[15] * tf7aix - k[37] * tf7a * xtf - k[42] * tf7a * at,
        cut7 - bind7a, k[22] * tenx - onxa - bind_va - ontfpi - k[38] * xa * at,
        k[16] * xa * ii + k[32] * miia * pro - k[41] * iia * at, onx - k[10] * tf7ax, k[25] * tenx - onx - tenase_x,
        onxa + k[10] * tf7ax - quad_on, -onix, onix - k[15] * tf7aix, loss + k[15] * tf7aix - tenase - k[40] * ixa * at,
        -k[16] * xa * ii - bind_ii, -k[17] * iia * viii, k[17] * iia * viii - tenase - split,
        tenase + k[22] * tenx - tenase_x - k[25] * ten, tenase_x - (k[25] + k[22]) * tenx, split + loss, split + loss,
        -k[26] * iia * v, k[26] * iia * v - bind_va, bind_va - bind_ii + k[31] * pro2, bind_ii - k[31] * pro2,
        k[31] * pro2 - k[32] * miia * pro - k[39] * miia * at, -ontfpi - quad_on, ontfpi - k[37] * tf7a * xtf,
        quad_on + k[37] * tf7a * xtf,
        -(k[38] * xa + k[39] * miia + k[40] * ixa + k[41] * iia + k[42] * tf7a) * at,
        k[38] * xa * at, k[39] * miia * at, k[40] * ixa * at, k[41] * iia * at, k[42] * tf7a * at,
    ]  # fmt: skip


T = np.arange(0, 701, 10.0)


def other_curve():
    y0 = np.array([START.get(name, 0.0) for name in Coagulation.names])
    run = solve_ivp(lambda t, y: np.array(balances(t, y)), (0, 700), y0, "BDF", T, rtol=1e-9, atol=1e-18)
    assert run.success
    return 1e9 * run.y.T


def test_the_balances_written_out_give_the_same_curves():
    ours = reactions.curves(Coagulation(TF=0.025), T, rtol=1e-9, atol=1e-12)
    theirs = other_curve()
    assert ours == pytest.approx(theirs, rel=2e-4, abs=1e-5)


def test_each_constant_is_the_printed_one():
    model = Coagulation()
    for i, printed in enumerate(K, 1):
        pair = model.units[f"k{i}"] == "1/(nM s)"
        assert getattr(model, f"k{i}") == pytest.approx(printed * (1e-9 if pair else 1), rel=1e-12)
    for name, printed in START.items():
        assert name == "TF" or getattr(model, name) == pytest.approx(1e9 * printed, rel=1e-12)


def test_the_published_statements_hold():
    """Above the threshold of tissue factor the bolus of thrombin is about the same; below it there is none (Hockin et al. 2002)."""
    t = np.arange(0, 1201, 5.0)
    area = [
        shape_of(t, Coagulation().thrombin(reactions.curves(Coagulation(TF=tf), t)))[3] for tf in (0.001, 0.005, 0.025)
    ]
    assert area[1] == pytest.approx(area[2], rel=0.05)
    assert area[0] < 0.02 * area[1]


@pytest.mark.parametrize("cls", [Coagulation, ProteinC])
def test_proteins_are_conserved(cls):
    """Prothrombin, antithrombin, X and V each keep their sum over all species that hold them."""
    model = cls(TF=0.025)
    y = reactions.curves(model, np.linspace(0, 1200, 13))

    def holds(*own):
        return y[:, [model.names.index(n) for n in own]].sum(1)

    ii = ["II", "IIa", "mIIa", "Xa_Va_II", "IIa_ATIII", "mIIa_ATIII"]
    ii += ["TM_IIa", "TM_IIa_PC", "D_IIa", "D_mIIa"] if cls is ProteinC else []
    assert holds(*ii) == pytest.approx(1400, rel=1e-6)
    assert holds("ATIII", "Xa_ATIII", "mIIa_ATIII", "IXa_ATIII", "IIa_ATIII", "TF_VIIa_ATIII") == pytest.approx(
        3400, rel=1e-6
    )
    x = [
        "X",
        "Xa",
        "TF_VIIa_X",
        "TF_VIIa_Xa",
        "IXa_VIIIa_X",
        "Xa_Va",
        "Xa_Va_II",
        "Xa_TFPI",
        "TF_VIIa_Xa_TFPI",
        "Xa_ATIII",
    ]
    assert holds(*x) == pytest.approx(160, rel=1e-6)


def test_without_thrombomodulin_and_drug_the_loop_is_silent():
    t = np.linspace(0, 900, 31)
    plain, loop = Coagulation(), ProteinC(TM=0.0)
    assert loop.thrombin(reactions.curves(loop, t)) == pytest.approx(
        plain.thrombin(reactions.curves(plain, t)), rel=1e-4, abs=1e-5
    )


def test_the_loop_lowers_thrombin_and_the_drug_can_raise_it():
    t = np.arange(0, 2401, 20.0)

    def area(**c):
        model = ProteinC(TF=0.005, **c)
        return shape_of(t, model.thrombin(reactions.curves(model, t)))[3]

    assert area() < 0.9 * area(PC=0.0)
    assert area(PC=0.0, D=300.0) < area(PC=0.0)


def test_a_curve_that_never_starts_has_no_lag():
    lag, peak, at, area = shape_of([0.0, 1.0, 2.0], np.array([[0.0, 0.0], [1.0, 4.0], [1.5, 3.0]]))
    assert np.isinf(lag[0]) and lag[1] == pytest.approx(0.5)
    assert peak.tolist() == [1.5, 4.0] and at.tolist() == [2.0, 1.0] and area.tolist() == [1.75, 5.5]
    with pytest.raises(ValueError, match="shape"):
        shape_of([0.0, 1.0], np.zeros(3))


def test_five_per_cent_on_a_constant_is_seen():
    base = Coagulation().thrombin(reactions.curves(Coagulation(), T))
    for name in ("k4", "k9", "k16", "k26", "k30", "k36", "k41"):
        model = dataclasses.replace(Coagulation(), **{name: 1.05 * getattr(Coagulation(), name)})
        assert np.abs(model.thrombin(reactions.curves(model, T)) - base).max() > 1
