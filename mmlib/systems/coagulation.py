"""Blood that meets tissue factor: 34 species, 42 rate constants, and a burst of thrombin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmlib import _input
from mmlib.reactions import Network

__all__ = ["Coagulation", "ProteinC", "shape_of"]

FACTORS = ("TF", "VII", "VIIa", "X", "IX", "II", "VIII", "V", "TFPI", "ATIII")


@dataclass(frozen=True)
class Coagulation(Network):
    r"""The extrinsic pathway with its two inhibitors (Hockin et al. 2002, doi:10.1074/jbc.M201173200).

    Tissue factor TF binds factor VIIa; the complex activates X and IX; Xa makes a little thrombin IIa, which activates V and VIII;
    Xa with Va turns prothrombin II into mIIa and IIa, in a burst. TFPI and antithrombin ATIII end it. Every line of `reactions` is a
    mass-action step. Concentrations in nM, time in seconds; constants of pairs in 1/(nM s), of single species in 1/s.

    Constants and lines as the curated model BIOMD0000000335 of BioModels has them (in M there); start concentrations are those of
    the file, but for TF: 0.005 nM, a dose that assays use, where the file has 0.025.

    >>> Coagulation().rhs(Coagulation().start).shape
    (34,)
    """

    k1: float = 3.1e-3
    k2: float = 3.2e-3
    k3: float = 3.1e-3
    k4: float = 2.3e-2
    k5: float = 4.4e-4
    k6: float = 1.3e-2
    k7: float = 2.3e-5
    k8: float = 1.05
    k9: float = 2.5e-2
    k10: float = 6.0
    k11: float = 19.0
    k12: float = 2.2e-2
    k13: float = 2.4
    k14: float = 1.0e-2
    k15: float = 1.8
    k16: float = 7.5e-6
    k17: float = 2.0e-2
    k18: float = 5.0e-3
    k19: float = 1.0e-2
    k20: float = 1.0e-3
    k21: float = 0.1
    k22: float = 8.2
    k23: float = 2.2e-5
    k24: float = 6.0e-3
    k25: float = 1.0e-3
    k26: float = 2.0e-2
    k27: float = 0.2
    k28: float = 0.4
    k29: float = 103.0
    k30: float = 0.1
    k31: float = 63.5
    k32: float = 1.5e-2
    k33: float = 3.6e-4
    k34: float = 9.0e-4
    k35: float = 1.1e-4
    k36: float = 0.32
    k37: float = 5.0e-2
    k38: float = 1.5e-6
    k39: float = 7.1e-6
    k40: float = 4.9e-7
    k41: float = 7.1e-6
    k42: float = 2.3e-7
    TF: float = 0.005  # [nM]
    VII: float = 10.0
    VIIa: float = 0.1
    X: float = 160.0
    IX: float = 90.0
    II: float = 1400.0
    VIII: float = 0.7
    V: float = 20.0
    TFPI: float = 2.5
    ATIII: float = 3400.0

    names = (
        "TF", "TF_VII", "VII", "TF_VIIa", "VIIa", "Xa", "IIa", "TF_VIIa_X", "X", "TF_VIIa_Xa", "IX", "TF_VIIa_IX", "IXa", "II",
        "VIII", "VIIIa", "IXa_VIIIa", "IXa_VIIIa_X", "VIIIa1_L", "VIIIa2", "V", "Va", "Xa_Va", "Xa_Va_II", "mIIa", "TFPI",
        "Xa_TFPI", "TF_VIIa_Xa_TFPI", "ATIII", "Xa_ATIII", "mIIa_ATIII", "IXa_ATIII", "IIa_ATIII", "TF_VIIa_ATIII",
    )  # fmt: skip
    may_start = FACTORS
    may_be_zero = FACTORS
    rates = tuple(f"k{i}" for i in range(1, 43))
    reactions = (
        "TF_VII -> TF + VII : k1",
        "TF + VII -> TF_VII : k2",
        "TF_VIIa -> TF + VIIa : k3",
        "TF + VIIa -> TF_VIIa : k4",
        "TF_VIIa + VII -> TF_VIIa + VIIa : k5",
        "Xa + VII -> Xa + VIIa : k6",
        "IIa + VII -> IIa + VIIa : k7",
        "TF_VIIa_X -> TF_VIIa + X : k8",
        "TF_VIIa + X -> TF_VIIa_X : k9",
        "TF_VIIa_X -> TF_VIIa_Xa : k10",
        "TF_VIIa_Xa -> TF_VIIa + Xa : k11",
        "TF_VIIa + Xa -> TF_VIIa_Xa : k12",
        "TF_VIIa_IX -> TF_VIIa + IX : k13",
        "TF_VIIa + IX -> TF_VIIa_IX : k14",
        "TF_VIIa_IX -> TF_VIIa + IXa : k15",
        "Xa + II -> Xa + IIa : k16",
        "IIa + VIII -> IIa + VIIIa : k17",
        "IXa_VIIIa -> IXa + VIIIa : k18",
        "IXa + VIIIa -> IXa_VIIIa : k19",
        "IXa_VIIIa_X -> IXa_VIIIa + X : k20",
        "IXa_VIIIa + X -> IXa_VIIIa_X : k21",
        "IXa_VIIIa_X -> IXa_VIIIa + Xa : k22",
        "VIIIa1_L + VIIIa2 -> VIIIa : k23",
        "VIIIa -> VIIIa1_L + VIIIa2 : k24",
        "IXa_VIIIa_X -> VIIIa1_L + VIIIa2 + X + IXa : k25",
        "IXa_VIIIa -> VIIIa1_L + VIIIa2 + IXa : k25",
        "IIa + V -> IIa + Va : k26",
        "Xa_Va -> Xa + Va : k27",
        "Xa + Va -> Xa_Va : k28",
        "Xa_Va_II -> Xa_Va + II : k29",
        "Xa_Va + II -> Xa_Va_II : k30",
        "Xa_Va_II -> Xa_Va + mIIa : k31",
        "mIIa + Xa_Va -> IIa + Xa_Va : k32",
        "Xa_TFPI -> Xa + TFPI : k33",
        "Xa + TFPI -> Xa_TFPI : k34",
        "TF_VIIa_Xa_TFPI -> TF_VIIa_Xa + TFPI : k35",
        "TF_VIIa_Xa + TFPI -> TF_VIIa_Xa_TFPI : k36",
        "TF_VIIa + Xa_TFPI -> TF_VIIa_Xa_TFPI : k37",
        "Xa + ATIII -> Xa_ATIII : k38",
        "mIIa + ATIII -> mIIa_ATIII : k39",
        "IXa + ATIII -> IXa_ATIII : k40",
        "IIa + ATIII -> IIa_ATIII : k41",
        "TF_VIIa + ATIII -> TF_VIIa_ATIII : k42",
    )
    units = {
        **dict.fromkeys(FACTORS, "nM"), **dict.fromkeys(names, "nM"), "t": "s",
        **{f"k{i}": "1/s" if i in (1, 3, 8, 10, 11, 13, 15, 18, 20, 22, 24, 25, 27, 29, 31, 33, 35) else "1/(nM s)" for i in range(1, 43)},
    }  # fmt: skip

    def thrombin(self, y, axis=-1):
        """What a substrate of thrombin sees, IIa + 1.2 mIIa in nM, of states with the species along `axis`."""
        y = _input.numbers(y, "y")
        axis = _input.whole(axis, "axis", least=-y.ndim, most=y.ndim - 1, remedy="That of the species: -1, or 0.")
        y = np.moveaxis(y, axis, -1)
        if y.shape[-1] != len(self.names):
            raise ValueError(
                f"expected states with {len(self.names)} species along axis {axis}; got {y.shape[-1]} there. Pass axis=0 for "
                "states (species, times)."
            )
        return y[..., self.names.index("IIa")] + 1.2 * y[..., self.names.index("mIIa")]


@dataclass(frozen=True)
class ProteinC(Coagulation):
    r"""The same blood with thrombomodulin TM, protein C and a drug D that blocks thrombin.

    Thrombin on TM activates protein C; APC destroys Va: thrombin curbs its own making. Lines and constants of TM, PC and APC as a
    public Python implementation of the model of Brummel-Ziedins et al. 2012 (doi:10.1371/journal.pone.0044378) has them, shortened:
    Va that APC has cut counts as dead at once (two cuts there, 1.0 and 0.192 1/s, are one here). The drug binds free IIa and mIIa
    alike; its constants, and the levels of TM, PC and D, are ours. Names p are of the loop, d of the drug.

    >>> ProteinC().rhs(ProteinC().start).shape
    (43,)
    """

    p1: float = 0.1  # TM + IIa
    p2: float = 0.33
    p3: float = 0.1
    p4: float = 100.0
    p5: float = 0.41
    p6: float = 7.1e-6
    p7: float = 0.1
    p8: float = 0.7
    p9: float = 1.192
    d1: float = 0.01  # drug on
    d2: float = 0.02  # drug off
    TM: float = 10.0
    PC: float = 65.0
    D: float = 0.0

    names = Coagulation.names + ("TM", "TM_IIa", "PC", "TM_IIa_PC", "APC", "APC_Va", "D", "D_IIa", "D_mIIa")
    may_start = (*FACTORS, "TM", "PC", "D")
    may_be_zero = may_start
    reactions = Coagulation.reactions + (
        "TM + IIa -> TM_IIa : p1",
        "TM_IIa -> TM + IIa : p2",
        "TM_IIa + PC -> TM_IIa_PC : p3",
        "TM_IIa_PC -> TM_IIa + PC : p4",
        "TM_IIa_PC -> TM_IIa + APC : p5",
        "TM_IIa + ATIII -> TM + IIa_ATIII : p6",
        "APC + Va -> APC_Va : p7",
        "APC_Va -> APC + Va : p8",
        "APC_Va -> APC : p9",
        "D + IIa -> D_IIa : d1",
        "D_IIa -> D + IIa : d2",
        "D + mIIa -> D_mIIa : d1",
        "D_mIIa -> D + mIIa : d2",
    )
    units = {
        **Coagulation.units, **dict.fromkeys(("TM", "TM_IIa", "PC", "TM_IIa_PC", "APC", "APC_Va", "D", "D_IIa", "D_mIIa"), "nM"),
        **dict.fromkeys(("p1", "p3", "p6", "p7", "d1"), "1/(nM s)"), **dict.fromkeys(("p2", "p4", "p5", "p8", "p9", "d2"), "1/s"),
    }  # fmt: skip


def shape_of(t, thrombin, *, level=2.0):
    """Lag (time to `level`) [s], peak [nM], time of the peak [s] and area [nM s] of thrombin curves.

    Parameters
    ----------
    t : (times,) [s], increasing.
    thrombin : (times,) or (times, curves) [nM].
    level : thrombin that ends the lag [nM]; infinity is the lag of a curve that never reaches it.

    Raises
    ------
    ValueError : times not increasing, shapes that do not fit, curves that are not finite, a level that is not positive.

    >>> [float(v) for v in shape_of([0.0, 1.0, 2.0], [0.0, 4.0, 1.0])]
    [0.5, 4.0, 1.0, 4.5]
    """
    t = _input.times(t, "t, increasing times of the curve,")
    c = _input.numbers(thrombin, "thrombin")
    level = _input.number(level, "positive level, level", above=0, remedy="Try level=2.0.")
    if not c.ndim or len(c) != len(t) or c.ndim > 2 or not np.isfinite(c).all():
        raise ValueError(
            f"expected finite thrombin (times,) or (times, curves), {len(t)} times; got shape {c.shape}, "
            f"{int((~np.isfinite(c)).sum())} not finite. Pass model.thrombin(curves(model, t))."
        )
    _input.sized(c, "thrombin")
    reached = (c >= level).any(axis=0)
    first = np.where(reached, (c >= level).argmax(axis=0), len(t) - 1)
    before = np.maximum(first - 1, 0)
    low, high = (np.take_along_axis(c, np.asarray(k)[None], axis=0)[0] for k in (before, first))
    share = np.clip((level - low) / np.where(high > low, high - low, 1.0), 0, 1)
    lag = np.where(reached, t[before] + (t[first] - t[before]) * share, np.inf)
    return lag, c.max(axis=0), t[c.argmax(axis=0)], np.trapezoid(c, t, axis=0)
