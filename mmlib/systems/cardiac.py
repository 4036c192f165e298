r"""Human ventricular muscle: ion channels, one cell, a strand of cells, and the voltage an electrode sees.

The cell is that of O'Hara, Virag, Varro and Rudy (2011), PLoS Comput Biol 7:e1002061, doi:10.1371/journal.pcbi.1002061
("ORd"), with its three cell types; time in ms, voltage in mV, currents in uA/uF, concentrations in mmol/L. A drug
multiplies the conductance of a channel by the share of it that stays open. Many cells are advanced at once: gates by the
exponential rule of Rush and Larsen (1978), with their voltage-dependent rates read
from a table, everything else by Euler's rule. A strand adds diffusion of voltage,

    dV/dt = D d2V/dx2 - I_ion(V, ...),    no flux at the ends,

and the pseudo-ECG is the voltage of a distant electrode on its axis (as in Gima and Rudy 2002).

Every number is one of O'Hara et al.; all were compared with another program (`tests/cardiac_reference.csv`, made by
`benchmarks/cardiac_reference.py`). The unit of each stands beside it, or in the words above its group: as CiPA's CellML
version of 2017 has them, and for the schemes of the exchanger and the pump, where that leaves them open, from
the balance of dimensions.

For teaching, not for clinical use.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

__all__ = [
    "CHANNELS",
    "Beat",
    "Strand",
    "action_potential",
    "hill_open",
    "pace",
    "pseudo_ecg",
    "qt_interval",
    "strand",
    "velocity",
]

CHANNELS = ("IKr", "ICaL", "INaL", "INa", "Ito", "IK1", "IKs")

R, T, F = 8314.0, 310.0, 96485.0  # [mJ/(mol K)], [K], [C/mol]
FRT = F / (R * T)  # [1/mV]
NAO, CAO, KO = 140.0, 1.8, 5.4  # outside the cell [mmol/L]
LENGTH, RADIUS = 0.01, 0.0011  # of a cell [cm]
VCELL = 1000 * 3.14 * RADIUS**2 * LENGTH  # [uL]
ACAP = 2 * (2 * 3.14 * RADIUS**2 + 2 * 3.14 * RADIUS * LENGTH)  # capacitive area [cm^2]
VMYO, VNSR, VJSR, VSS = (share * VCELL for share in (0.68, 0.0552, 0.0048, 0.02))

TYPES = ("endo", "epi", "mid")
# conductances and rates that differ between layers of the wall, as multiples of the innermost (endocardial) cell
SCALE = {
    "INaL": (1, 0.6, 1), "Ito": (1, 4, 4), "ICaL": (1, 1.2, 2.5), "IKr": (1, 1.3, 0.8), "IKs": (1, 1.4, 1), "IK1": (1, 1.2, 1.3),
    "ncx": (1, 1.1, 1.4), "nak": (1, 0.9, 0.7), "IKb": (1, 0.6, 1), "up": (1, 1.3, 1), "rel": (1, 1, 1.7), "cmdn": (1, 1.3, 1),
}  # fmt: skip

GATES = ("m hf hs j hsp jp mL hL hLp a iF iS ap iFp iSp d ff fs fcaf fcas jca ffp fcafp xrf xrs xs1 xs2 xk1").split()
OTHERS = "nca Jrelnp Jrelp CaMKt nai nass ki kss cai cass cansr cajsr".split()
STATE = ("V", *GATES, *OTHERS)
EXTRAS = "AiF Axrf Afcaf rkr rk1 xkb A1 A2 B2 hna ihca h8 h9 iKnai a3 b2".split()

V_LOW, V_HIGH, V_STEP = -140.0, 100.0, 0.05  # the table [mV]


def _sigmoid(v, half, slope):
    return 1 / (1 + np.exp((v + half) / slope))


def _gates(v, epi):
    """Steady states and time constants [ms] of the 28 gates at voltages v: two arrays (n, 28).

    INa: m, h, j; INaL: mL, hL; Ito: a, i; ICaL: d, f, jca; IKr, IKs, IK1: x. Added to v, or dividing it: mV. Before
    an exponential below a fraction bar: 1/ms. Added to a time, or a time itself: ms. Before a sigmoid or a time: 1.
    With KO: mV/(mmol/L).
    """
    e = np.exp
    hss = _sigmoid(v, 82.90, 6.086)
    tm = 1 / (6.765 * e((v + 11.64) / 34.77) + 8.552 * e(-(v + 77.42) / 5.955))
    thf = 1 / (1.432e-5 * e(-(v + 1.196) / 6.285) + 6.149 * e((v + 0.5096) / 20.27))
    ths = 1 / (0.009794 * e(-(v + 17.95) / 28.05) + 0.3343 * e((v + 5.730) / 56.66))
    tj = 2.038 + 1 / (0.02136 * e(-(v + 100.6) / 8.281) + 0.3052 * e((v + 0.9941) / 38.45))
    ta = 1.0515 / (_sigmoid(v, -18.4099, -29.3814) / 1.2089 + 3.5 * _sigmoid(v, 100.0, 29.3814))
    delta = 1 - 0.95 * _sigmoid(v, 70.0, 5.0) if epi else 1.0
    tif = delta * (4.562 + 1 / (0.3933 * e(-(v + 100) / 100) + 0.08004 * e((v + 50) / 16.59)))
    tis = delta * (23.62 + 1 / (0.001416 * e(-(v + 96.52) / 59.05) + 1.780e-8 * e((v + 114.1) / 8.079)))
    slower = (1.354 + 1e-4 / (e((v - 167.4) / 15.89) + e(-(v - 12.23) / 0.2154))) * (1 - 0.5 * _sigmoid(v, 70.0, 20.0))
    iss, fss = _sigmoid(v, 43.94, 5.711), _sigmoid(v, 19.58, 3.696)
    td = 0.6 + 1 / (e(-0.05 * (v + 6)) + e(0.09 * (v + 14)))
    tff = 7 + 1 / (0.0045 * e(-(v + 20) / 10) + 0.0045 * e((v + 20) / 10))
    tfs = 1000 + 1 / (3.5e-5 * e(-(v + 5) / 4) + 3.5e-5 * e((v + 5) / 6))
    tfcaf = 7 + 1 / (0.04 * e(-(v - 4) / 7) + 0.04 * e((v - 4) / 7))
    tfcas = 100 + 1 / (0.00012 * e(-v / 3) + 0.00012 * e(v / 7))
    txrf = 12.98 + 1 / (0.3652 * e((v - 31.66) / 3.869) + 4.123e-5 * e(-(v - 47.78) / 20.38))
    txrs = 1.865 + 1 / (0.06629 * e((v - 34.70) / 7.355) + 1.128e-5 * e(-(v - 29.74) / 25.94))
    txs1 = 817.3 + 1 / (2.326e-4 * e((v + 48.28) / 17.80) + 0.001292 * e(-(v + 210) / 230))
    txs2 = 1 / (0.01 * e((v - 50) / 20) + 0.0193 * e(-(v + 66.54) / 31))
    txk1 = 122.2 / (e(-(v + 127.2) / 20.36) + e((v + 236.8) / 69.33))
    ass, xrss, xs1ss = _sigmoid(v, -14.34, -14.82), _sigmoid(v, 8.337, -6.789), _sigmoid(v, 11.60, -8.932)
    xk1ss = _sigmoid(v, 2.5538 * KO + 144.59, -(1.5692 * KO + 3.8115))
    pairs = {
        "m": (_sigmoid(v, 39.57, -9.871), tm), "hf": (hss, thf), "hs": (hss, ths), "j": (hss, tj),
        "hsp": (_sigmoid(v, 89.1, 6.086), 3 * ths), "jp": (hss, 1.46 * tj),
        "mL": (_sigmoid(v, 42.85, -5.264), tm), "hL": (_sigmoid(v, 87.61, 7.488), 200.0),
        "hLp": (_sigmoid(v, 93.81, 7.488), 600.0), "a": (ass, ta), "iF": (iss, tif), "iS": (iss, tis),
        "ap": (_sigmoid(v, -24.34, -14.82), ta), "iFp": (iss, slower * tif), "iSp": (iss, slower * tis),
        "d": (_sigmoid(v, 3.940, -4.230), td), "ff": (fss, tff), "fs": (fss, tfs), "fcaf": (fss, tfcaf),
        "fcas": (fss, tfcas), "jca": (fss, 75.0), "ffp": (fss, 2.5 * tff), "fcafp": (fss, 2.5 * tfcaf),
        "xrf": (xrss, txrf), "xrs": (xrss, txrs), "xs1": (xs1ss, txs1), "xs2": (xs1ss, txs2), "xk1": (xk1ss, txk1),
    }  # fmt: skip
    stack = [np.broadcast_arrays(*pairs[name], v)[:2] for name in GATES]
    return np.stack([s for s, _ in stack], axis=1), np.stack([t for _, t in stack], axis=1)


def _extras(v):
    """What else depends on voltage alone: (n, 16).

    Sigmoids: mV, their factors 1 (shares of fast gates of Ito, IKr, ICaL; rectification of IKr, IK1, IKb). INaCa:
    0.5224, 0.1670 charge that moves in the field [1], 88.12 binding of sodium [mmol/L]. INaK: 1.1550, -0.1550 place
    of the sodium sites in the field [1]; 27.78, 9.073 (sodium outside, inside), 0.3582 (potassium) binding [mmol/L];
    1899.0, 39.4 rates of the scheme [1/ms]. ICaL: 0.341 activity of calcium outside [1].
    """
    e = np.exp
    x = v * FRT
    small = np.abs(x) < 1e-6
    safe = np.where(small, 1.0, x)
    g1 = np.where(small, 1 + x / 2, safe / -np.expm1(-safe))  # x e^x / (e^x - 1)
    g2 = np.where(small, 1 + x, 2 * safe / -np.expm1(-2 * safe))
    hna, hca = e(0.5224 * x), e(0.1670 * x)
    h7 = 1 + NAO / 88.12 * (1 + 1 / hna)
    knao, knai = 27.78 * e(1.1550 * x / 3), 9.073 * e(-0.1550 * x / 3)
    outside = (1 + NAO / knao) ** 3 + (1 + KO / 0.3582) ** 2 - 1
    columns = {
        "AiF": _sigmoid(v, -213.6, 151.2), "Axrf": _sigmoid(v, 54.81, 38.21), "Afcaf": 0.3 + 0.6 * _sigmoid(v, -10.0, 10.0),
        "rkr": _sigmoid(v, 55.0, 75.0) * _sigmoid(v, -10.0, 30.0), "rk1": _sigmoid(v, 105.8 - 2.6 * KO, 9.493),
        "xkb": _sigmoid(v, -14.48, -18.34), "A1": F * g1, "A2": 2 * F * g2, "B2": 0.341 * CAO * 2 * F * (g2 - 2 * x),
        "hna": hna, "ihca": 1 / hca, "h8": NAO / (88.12 * hna * h7), "h9": 1 / h7, "iKnai": 1 / knai,
        "a3": 1899.0 * (KO / 0.3582) ** 2 / outside, "b2": 39.4 * (NAO / knao) ** 3 / outside,
    }  # fmt: skip
    return np.stack([columns[name] for name in EXTRAS], axis=1)


@lru_cache(maxsize=8)
def _table(dt):
    """(2 n, 72): steady states, decay factors over dt and extras; the second half for epicardial cells."""
    v = np.arange(V_LOW, V_HIGH + V_STEP / 2, V_STEP)
    halves = []
    for epi in (False, True):
        steady, tau = _gates(v, epi)
        halves.append(np.concatenate([steady, np.exp(-dt / tau), _extras(v)], axis=1))
    return np.concatenate(halves)


class _Cells:
    """Cells side by side: their state, scaled conductances and one time step."""

    def __init__(self, state, kinds, share):
        self.V = state[:, 0].copy()
        self.gates = np.ascontiguousarray(state[:, 1:29])
        self.rest = dict(zip(OTHERS, state[:, 29:].T.copy(), strict=True))
        self.offset = np.where(kinds == 1, round((V_HIGH - V_LOW) / V_STEP) + 1, 0)
        self.scale = {name: np.array(values, dtype=float)[kinds] for name, values in SCALE.items()}
        self.share = dict(zip(CHANNELS, share.T.copy(), strict=True))
        # conductances [mS/uF], for ICaL a permeability [cm/s]
        g = {"IKr": 0.046, "ICaL": 1e-4, "INaL": 0.0075, "INa": 75.0, "Ito": 0.02, "IK1": 0.1908, "IKs": 0.0034}
        self.g = {name: g[name] * self.share[name] * self.scale.get(name, 1.0) for name in CHANNELS}
        self.net = np.zeros(len(self.V))  # qNet so far [uC/uF]

    def state(self):
        return np.concatenate([self.V[:, None], self.gates, np.stack(list(self.rest.values()), axis=1)], axis=1)

    def step(self, dt, stimulus):
        """Advance by dt [ms] with a stimulus current [uA/uF], negative inward."""
        V, r, s, g = self.V, self.rest, self.scale, self.g
        table = _table(dt)
        position = (V - V_LOW) / V_STEP
        i = position.astype(int)
        w = (position - i)[:, None]
        i = i + self.offset
        low = table[i]
        now = low + w * (table[i + 1] - low)
        AiF, Axrf, Afcaf, rkr, rk1, xkb, A1, A2, B2, hna, ihca, h8, h9, iKnai, a3, b2 = now[:, 56:].T
        m, hf, hs, j, hsp, jp, mL, hL, hLp, a, iF, iS, ap, iFp, iSp, d, ff, fs, fcaf, fcas, jca, ffp, fcafp, xrf, xrs, xs1, xs2, xk1 = self.gates.T  # fmt: skip
        nai, nass, ki, kss, cai, cass = (r[k] for k in ("nai", "nass", "ki", "kss", "cai", "cass"))
        cansr, cajsr, nca = r["cansr"], r["cajsr"], r["nca"]

        # CaMK: 0.05 share that is active at rest [1], 0.0015 and 0.15 half saturations [mmol/L]
        bound = 0.05 * (1 - r["CaMKt"]) / (1 + 0.0015 / cass)
        active = bound + r["CaMKt"]
        p = active / (active + 0.15)  # share of channels that CaMK has phosphorylated
        q = 1 - p
        ENa, EK = np.log(NAO / nai) / FRT, np.log(KO / ki) / FRT
        # 0.01833: permeability of IKs to sodium over that to potassium [1]; below: shares of gates [1]
        EKs = np.log((KO + 0.01833 * NAO) / (ki + 0.01833 * nai)) / FRT

        INa = g["INa"] * (V - ENa) * m**3 * (q * (0.99 * hf + 0.01 * hs) * j + p * (0.99 * hf + 0.01 * hsp) * jp)
        INaL = g["INaL"] * (V - ENa) * mL * (q * hL + p * hLp)
        Ito = g["Ito"] * (V - EK) * (q * a * (AiF * iF + (1 - AiF) * iS) + p * ap * (AiF * iFp + (1 - AiF) * iSp))
        fast, slow = Afcaf, (1 - Afcaf) * fcas
        still = 1 - nca
        gate = g["ICaL"] * d * (
            q * ((0.6 * ff + 0.4 * fs) * still + jca * (fast * fcaf + slow) * nca)
            + 1.1 * p * ((0.6 * ffp + 0.4 * fs) * still + jca * (fast * fcafp + slow) * nca)
        )  # fmt: skip
        B1 = A1 - V * FRT * F
        ICaL = gate * (A2 * cass - B2)
        # permeabilities to sodium and potassium over that to calcium, and activities inside and outside [1]
        ICaNa = 0.00125 * gate * 0.75 * (A1 * nass - B1 * NAO)
        ICaK = 3.574e-4 * gate * 0.75 * (A1 * kss - B1 * KO)
        IKr = g["IKr"] * (Axrf * xrf + (1 - Axrf) * xrs) * rkr * (V - EK)
        # 0.6: gain by calcium [1], half of it at 3.8e-5 [mmol/L]; INaCa: 0.8 in the bulk, 0.2 below the membrane [1]
        IKs = g["IKs"] * (1 + 0.6 / (1 + (3.8e-5 / cai) ** 1.4)) * xs1 * xs2 * (V - EKs)
        IK1 = g["IK1"] * np.sqrt(KO) * rk1 * xk1 * (V - EK)
        near, far = self._exchanger(np.stack([nai, nass]), np.stack([cai, cass]), hna, ihca, h8, h9)
        INaCa, INaCass = 0.8 * near, 0.2 * far
        INaK = self._pump(nai, ki, iKnai, a3, b2)
        # background: 0.003 [mS/uF], 3.75e-10 and 2.5e-8 [cm/s]; calcium pump: 0.0005 [uA/uF], half at 0.0005 [mmol/L]
        IKb = 0.003 * s["IKb"] * xkb * (V - EK)
        INab = 3.75e-10 * (A1 * nai - B1 * NAO)
        ICab = 2.5e-8 * (A2 * cai - B2)
        IpCa = 0.0005 * cai / (0.0005 + cai)
        potassium = Ito + IKr + IKs + IK1
        self.net += dt * (INaL + ICaL + potassium) / 1000
        total = INa + INaL + ICaL + ICaNa + ICaK + potassium + INaCa + INaCass + INaK + INab + IKb + IpCa + ICab

        # calcium: release from, uptake into and transfer within the store. Release: 4.75 time [ms], 0.5 gain [1/ms],
        # 1.5 half [mmol/L], 8 power [1], 0.0123 [mmol/L], at least 0.001 [ms]; phosphorylated 1.25 times [1]. Uptake:
        # 0.004375 and leak 0.0039375 [mmol/L/ms] at 15 [mmol/L], halves 0.00092 and 0.00075 [mmol/L], phosphorylated
        # 2.75 times [1]. Transfer 100 [ms]; diffusion from below the membrane 0.2 (calcium) and 2 [ms]. Calmodulin at
        # ICaL: 0.002 [mmol/L], 4 [1], 1000 [1/ms]. CaMK: 0.05 binds [1/(mmol/L)/ms], 0.00068 lets go [1/ms].
        infinite = 0.5 * 4.75 * -ICaL * s["rel"] / (1 + (1.5 / cajsr) ** 8)
        tau = np.maximum(4.75 / (1 + 0.0123 / cajsr), 0.001)
        release = q * r["Jrelnp"] + p * r["Jrelp"]
        r["Jrelnp"] = infinite + (r["Jrelnp"] - infinite) * np.exp(-dt / tau)
        r["Jrelp"] = 1.25 * infinite + (r["Jrelp"] - 1.25 * infinite) * np.exp(-dt / (1.25 * tau))
        uptake = 0.004375 * s["up"] * (q * cai / (cai + 0.00092) + 2.75 * p * cai / (cai + 0.00075))
        uptake = uptake - 0.0039375 * cansr / 15
        transfer = (cansr - cajsr) / 100
        spread, na_spread, k_spread = (cass - cai) / 0.2, (nass - nai) / 2, (kss - ki) / 2
        binding = 1 / (1000 / jca + (1 + 0.002 / cass) ** 4)
        r["nca"] = 1000 * binding / jca + (nca - 1000 * binding / jca) * np.exp(-dt * jca)
        r["CaMKt"] = r["CaMKt"] + dt * (0.05 * bound * active - 0.00068 * r["CaMKt"])

        r["nai"] = nai + dt * (-(INa + INaL + 3 * (INaCa + INaK) + INab) * ACAP / (F * VMYO) + na_spread * VSS / VMYO)
        r["nass"] = nass + dt * (-(ICaNa + 3 * INaCass) * ACAP / (F * VSS) - na_spread)
        r["ki"] = ki + dt * (-(potassium + IKb + stimulus - 2 * INaK) * ACAP / (F * VMYO) + k_spread * VSS / VMYO)
        r["kss"] = kss + dt * (-ICaK * ACAP / (F * VSS) - k_spread)
        # buffers, amount and half saturation [mmol/L]: calmodulin 0.05, 0.00238; troponin 0.07, 0.0005; phospholipids
        # of the reticulum 0.047, 0.00087, of the membrane 1.124, 0.0087; calsequestrin 10, 0.8
        free = 1 / (1 + 0.05 * s["cmdn"] * 0.00238 / (0.00238 + cai) ** 2 + 0.07 * 0.0005 / (0.0005 + cai) ** 2)
        inward = -(IpCa + ICab - 2 * INaCa) * ACAP / (2 * F * VMYO)
        r["cai"] = cai + dt * free * (inward - uptake * VNSR / VMYO + spread * VSS / VMYO)
        free = 1 / (1 + 0.047 * 0.00087 / (0.00087 + cass) ** 2 + 1.124 * 0.0087 / (0.0087 + cass) ** 2)
        inward = -(ICaL - 2 * INaCass) * ACAP / (2 * F * VSS)
        r["cass"] = cass + dt * free * (inward + release * VJSR / VSS - spread)
        r["cansr"] = cansr + dt * (uptake - transfer * VJSR / VNSR)
        r["cajsr"] = cajsr + dt * (transfer - release) / (1 + 10.0 * 0.8 / (0.8 + cajsr) ** 2)

        steady = now[:, :28]
        self.gates = steady + (self.gates - steady) * now[:, 28:56]
        self.V = V - dt * (total + stimulus)

    def _exchanger(self, na, ca, hna, ihca, h8, h9):
        """Sodium-calcium exchange in the bulk and below the membrane: (2, n).

        Bindings of sodium 15, 5 and 88.12 [mmol/L]; rates of the scheme, of calcium on 1.5e6 [1/(mmol/L)/ms] and off
        5e3, of sodium 6e4 and 5e3 [1/ms]; 12.5 asymmetry [1]; half of the activation at 150e-6 [mmol/L]; 0.0008
        density (times a rate: uA/uF).
        """
        h1 = 1 + na / 88.12 * (1 + hna)
        h2, h3 = na * hna / (88.12 * h1), 1 / h1
        h4 = 1 + na / 15.0 * (1 + na / 5.0)
        h5, h6 = na * na / (h4 * 15.0 * 5.0), 1 / h4
        h10 = 12.5 + 1 + NAO / 15.0 * (1 + NAO / 5.0)
        k1, k2, k5 = CAO * 1.5e6 / h10, 5.0e3, 5.0e3
        k3pp, k4pp = h8 * 5.0e3, h2 * 5.0e3
        k3, k4 = h9 * 6.0e4 + k3pp, h3 * 6.0e4 * ihca + k4pp
        k6, k7, k8 = h6 * ca * 1.5e6, h5 * h2 * 6.0e4, h8 * NAO**2 / (h10 * 15.0 * 5.0) * 6.0e4
        x1 = k2 * k4 * (k7 + k6) + k5 * k7 * (k2 + k3)
        x2 = k1 * k7 * (k4 + k5) + k4 * k6 * (k1 + k8)
        x3 = k1 * k3 * (k7 + k6) + k8 * k6 * (k2 + k3)
        x4 = k2 * k8 * (k4 + k5) + k3 * k5 * (k1 + k8)
        sodium = 3 * (x4 * k7 - x1 * k8) + x3 * k4pp - x2 * k3pp
        calcium = x2 * k2 - x1 * k1
        allosteric = 1 / (1 + (150.0e-6 / ca) ** 2)
        return 0.0008 * self.scale["ncx"] * allosteric * (sodium + 2 * calcium) / (x1 + x2 + x3 + x4)

    def _pump(self, nai, ki, iKnai, a3, b2):
        """Sodium-potassium pump current [uA/uF].

        Rates of the scheme 949.5, 687.2, 639 forward, 40 backward [1/ms], 79300 and 182.4 backward [1/(mmol/L)/ms],
        with 0.05 of MgADP, 9.8 of MgATP and its binding 1.698e-7, protons 1e-7, phosphate 4.2, and bindings of
        potassium 0.5 (inside), of phosphate to protons 1.698e-7, sodium 224, potassium 292 [mmol/L]; 30 density
        (times a rate: uA/uF).
        """
        inside = (1 + nai * iKnai) ** 3 + (1 + ki / 0.5) ** 2 - 1
        P = 4.2 / (1 + 1e-7 / 1.698e-7 + nai / 224.0 + ki / 292.0)
        atp = 9.8 / 1.698e-7
        a1, b1, a2 = 949.5 * (nai * iKnai) ** 3 / inside, 182.4 * 0.05, 687.2
        b3, a4, b4 = 79300.0 * P * 1e-7 / (1 + atp), 639.0 * atp / (1 + atp), 40.0 * (ki / 0.5) ** 2 / inside
        x1 = a4 * a1 * a2 + b2 * b4 * b3 + a2 * b4 * b3 + b3 * a1 * a2
        x2 = b2 * b1 * b4 + a1 * a2 * a3 + a3 * b1 * b4 + a2 * a3 * b4
        x3 = a2 * a3 * a4 + b3 * b2 * b1 + b2 * b1 * a4 + a3 * a4 * b1
        x4 = b4 * b3 * b2 + a3 * a4 * a1 + b2 * a4 * a1 + b3 * b2 * a1
        return 30 * self.scale["nak"] * (3 * (x1 * a3 - x2 * b3) + 2 * (x4 * b1 - x3 * a1)) / (x1 + x2 + x3 + x4)


class Beat(NamedTuple):
    """The last of several paced beats of n cells."""

    t: np.ndarray  # (n_t,) [ms] after the stimulus
    V: np.ndarray  # (n_t, n) [mV]
    apd90: np.ndarray  # (n,) duration to 90 % repolarisation [ms]; nan where the cell has not repolarised in time
    net: np.ndarray  # (n,) qNet, the charge of six currents over the beat [uC/uF]
    after: np.ndarray  # (n,) did V rise again by 3 mV later than 100 ms, or not come back below -60 mV?
    state: np.ndarray  # (n, 41) at the end, to go on from


class Strand(NamedTuple):
    """The last of several beats of n strands, stimulated at the first cells."""

    t: np.ndarray  # (n_t,) [ms] after the stimulus
    x: np.ndarray  # (nodes,) [cm]
    V: np.ndarray  # (n_t, n, nodes) [mV]
    arrival: np.ndarray  # (n, nodes) when V rises past -30 mV [ms]; nan where it never does
    after: np.ndarray  # (n,) in any cell: V rises again or does not come back, as in `Beat`
    state: np.ndarray  # (n * nodes, 41)


def hill_open(concentration, ic50, hill):
    """Share of channels left open by a drug: 1 / (1 + (c / IC50)^h). Unknown block (nan) leaves all open.

    Parameters
    ----------
    concentration, ic50 : in one unit, concentration >= 0 and ic50 > 0. Shapes broadcast.
    hill : Hill coefficients.

    >>> float(hill_open(50.0, 50.0, 0.9)), float(hill_open(50.0, np.nan, np.nan))
    (0.5, 1.0)
    """
    c, k, h = (np.asarray(a, dtype=float) for a in (concentration, ic50, hill))
    if not (c >= 0).all():
        raise ValueError("expected concentrations of at least 0; got a negative one or nan. Is it a logarithm?")
    if (k <= 0).any():
        raise ValueError("expected IC50 above 0; got 0 or less. Is it a logarithm? Unknown block is nan.")
    with np.errstate(divide="ignore"):
        share = 1 / (1 + np.exp(h * (np.log(c) - np.log(k))))
    return np.where(np.isfinite(k), share, 1.0)


def pace(share=None, *, cell="endo", beats=1, cycle=1000.0, state=None, fine=0.02, coarse=0.5) -> Beat:
    """Pace single cells from rest (or from `state`) and return the last beat.

    Parameters
    ----------
    share : (n, 7) conductances of `CHANNELS` as shares of normal, 0 … ; one cell without drug if left out.
    cell : "endo", "epi" or "mid": inner, outer or middle layer of the wall.
    beats, cycle : number of stimuli and the time between them [ms].
    state : (n, 41) to start from; by default the cell after 226 beats at 1 Hz without drug.
    fine, coarse : smallest and largest time step [ms]; the step follows the fastest cell.

    Raises
    ------
    ValueError : unknown cell, shares that are negative or not (n, 7), steps or beats that make no sense.
    FloatingPointError : a voltage left the table: the time step is too long for these shares.

    >>> beat = pace(np.ones((1, 7)))
    >>> bool(260 < beat.apd90[0] < 280), bool(beat.after[0])
    (True, False)
    """
    share = _share(share)
    kinds = np.full(len(share), _kind(cell))
    t, V, _, cells = _run(share, kinds, beats, cycle, state, fine, coarse, None, slice(None), 1)
    return Beat(t, V, action_potential(t, V), cells.net.copy(), _after(t, V), cells.state())


def strand(
    share=None,
    *,
    kinds=("endo", "mid", "epi"),
    layers=(60, 45, 60),
    dx=0.01,
    diffusion=2.0e-3,
    beats=1,
    cycle=1000.0,
    state=None,
    fine=0.02,
    coarse=0.5,
) -> Strand:
    """Beats of strands of cells through the wall, from the inside out; all n strands are advanced together.

    Parameters
    ----------
    share : (n, 7) as in `pace`; the drug reaches every cell of a strand.
    kinds, layers : cell types in order and how many nodes each has.
    dx : distance of nodes [cm]. The stimulus enters the first 0.1 cm.
    diffusion : of voltage [cm^2/ms].
    state : (n * nodes, 41) to start from.
    other parameters, errors : as in `pace`.
    """
    share = _share(share)
    if len(kinds) != len(layers) or not all(int(n) == n and n >= 1 for n in layers):
        raise ValueError(f"expected one number of nodes for each of the {len(kinds)} kinds; got layers={layers!r}.")
    if not (dx > 0 and diffusion > 0):
        raise ValueError(f"expected positive dx [cm] and diffusion [cm^2/ms]; got {dx}, {diffusion}.")
    wall = np.repeat([_kind(k) for k in kinds], layers)
    n, nodes = len(share), len(wall)
    laplace = np.diag(np.ones(nodes - 1), 1) + np.diag(np.ones(nodes - 1), -1)
    laplace -= np.diag(laplace.sum(axis=1))
    spread = (diffusion / dx**2 * laplace, n)
    stimulated = np.tile(np.arange(nodes) * dx < 0.1 - 1e-9, n)
    many = np.repeat(share, nodes, axis=0)
    t, V, arrival, cells = _run(many, np.tile(wall, n), beats, cycle, state, fine, coarse, spread, stimulated, 2.0)
    after = _after(t, V).reshape(n, nodes).any(axis=1)
    return Strand(
        t, np.arange(nodes) * dx, V.reshape(len(t), n, nodes), arrival.reshape(n, nodes), after, cells.state()
    )


def velocity(strand: Strand) -> np.ndarray:
    """Conduction velocity between a fifth and half of each strand [cm/s]; nan where the wave does not arrive.

    >>> velocity(Strand(None, np.arange(11.0), None, np.arange(11.0)[None] * 20, None, None))
    array([50.])
    """
    nodes = len(strand.x)
    a, b = nodes // 5, nodes // 2
    return 1000 * (strand.x[b] - strand.x[a]) / (strand.arrival[:, b] - strand.arrival[:, a])


def pseudo_ecg(strand: Strand, *, distance=2.0) -> np.ndarray:
    """Voltage of an electrode on the strand's axis, `distance` [cm] beyond its end: (n_t, n), in arbitrary units.

    The integral of -dV/dx d(1/r)/dx over the strand, with r the distance to the electrode.

    Parameters
    ----------
    strand : what `strand` returned, n strands.
    distance : from the end of the strand to the electrode [cm].
    """
    if not distance > 0:
        raise ValueError(f"expected an electrode beyond the end of the strand, distance > 0 cm; got {distance}.")
    middle = 0.5 * (strand.x[1:] + strand.x[:-1])
    weight = 1 / (strand.x[-1] + distance - middle) ** 2
    return -(np.diff(strand.V, axis=2) * weight).sum(axis=2)


def qt_interval(t, ecg) -> np.ndarray:
    """Time from the stimulus to the end of the T wave [ms], for ecg (n_t, n) from `pseudo_ecg`.

    The T wave ends where its steepest falling tangent meets the base line; nan where no wave comes down in time.

    Parameters
    ----------
    t : (n_t,) times [ms], 0 at the stimulus.
    ecg : (n_t, n), any unit.

    >>> t = np.arange(0.0, 500.0)
    >>> wave = np.maximum(0, 1 - np.abs(t - 300) / 50)  # a triangle that ends at 350 ms
    >>> qt_interval(t, wave[:, None]).round(1)
    array([350.])
    """
    t, ecg = np.asarray(t, dtype=float), np.asarray(ecg, dtype=float)
    if ecg.ndim != 2 or t.shape != ecg.shape[:1]:
        raise ValueError(
            f"expected t (n_t,) and ecg (n_t, n); got {t.shape} and {ecg.shape}. One trace? Pass ecg[:, None]."
        )
    slope = np.gradient(ecg, t, axis=0)
    end = np.full(ecg.shape[1], np.nan)
    for k in range(ecg.shape[1]):
        late = np.flatnonzero(t > 150)
        peak = late[ecg[late, k].argmax()]
        fall = peak + slope[peak:, k].argmin()
        if ecg[peak, k] > 0 > slope[fall, k] and abs(ecg[-1, k]) < 0.1 * ecg[peak, k]:
            end[k] = t[fall] - ecg[fall, k] / slope[fall, k]
    return end


def action_potential(t, V, level=0.9) -> np.ndarray:
    """Time from upstroke to `level` repolarisation [ms] for traces V (n_t, n) at t (n_t,); nan where it is not reached.

    >>> t = np.array([0.0, 1.0, 2.0, 102.0, 202.0])
    >>> action_potential(t, np.array([-80.0, 20.0, 20.0, 0.0, -80.0])[:, None]).round(1)
    array([189.4])
    """
    t, V = np.asarray(t, dtype=float), np.asarray(V, dtype=float)
    if V.ndim != 2 or t.shape != V.shape[:1]:
        raise ValueError(f"expected t (n_t,) and V (n_t, n); got {t.shape} and {V.shape}. One trace? Pass V[:, None].")
    low = V.min(axis=0) if len(V) < 20 else V[0]
    bound = low + (1 - level) * (V.max(axis=0) - low)
    above = V > bound
    column = np.arange(V.shape[1])
    first = above.argmax(axis=0)
    last = len(t) - 1 - above[::-1].argmax(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        k = np.minimum(last + 1, len(t) - 1)
        down = t[last] + (t[k] - t[last]) * (V[last, column] - bound) / (V[last, column] - V[k, column])
        j = np.maximum(first - 1, 0)
        up = t[j] + (t[first] - t[j]) * (bound - V[j, column]) / (V[first, column] - V[j, column])
    return np.where(last < len(t) - 1, down - up, np.nan)


def _after(t, V):
    late = V[t > 100]
    rise = (late - np.minimum.accumulate(late, axis=0)).max(axis=0, initial=0.0)
    return (rise > 3) | (V[-1] > -60)


def _kind(cell):
    if cell not in TYPES:
        raise ValueError(f"unknown cell {cell!r}: expected one of {', '.join(TYPES)}.")
    return TYPES.index(cell)


def _share(share):
    share = np.ones((1, 7)) if share is None else np.array(share, dtype=float)
    if share.ndim != 2 or share.shape[1] != len(CHANNELS):
        raise ValueError(f"expected shares (n, 7), one column for each of {', '.join(CHANNELS)}; got {share.shape}.")
    if not (np.isfinite(share).all() and (share >= 0).all()):
        raise ValueError("expected shares of normal conductance, 0 or more; got a negative one or nan. 1 is no drug.")
    return share


def _run(share, kinds, beats, cycle, state, fine, coarse, spread, stimulated, strength):
    """Advance all cells; returns times, voltages and arrivals of the last beat, and the cells."""
    if not (int(beats) == beats and beats >= 1 and cycle > 50 and 0 < fine <= coarse):
        raise ValueError(
            f"expected beats >= 1, cycle > 50 ms, 0 < fine <= coarse; got {beats}, {cycle}, {fine}, {coarse}."
        )
    state = REST[kinds] if state is None else np.array(state, dtype=float)
    if state.shape != (len(share), len(STATE)):
        raise ValueError(f"expected a state ({len(share)}, {len(STATE)}), as a run returns it; got {state.shape}.")
    cells = _Cells(state, kinds, share)
    steps = (fine, min(5 * fine, coarse), coarse)
    mix = {}
    if spread is not None:
        laplace, n = spread
        mix = {dt: np.linalg.inv(np.eye(len(laplace)) - dt * laplace).T for dt in steps}
    for _ in range(int(beats)):
        t, due, rate = 0.0, 0.0, np.inf
        times, traces, arrival = [], [], np.full(len(share), np.nan)
        cells.net[:] = 0.0
        while t < cycle - 1e-9:
            if t >= due - 1e-9:
                times.append(t)
                traces.append(cells.V)
                due = t + 1.0
            dt = steps[0] if t < 2 or rate > 10 else steps[1] if t < 20 or rate > 3 else steps[2]
            current = np.zeros(len(share))
            if t < 0.5 - 1e-9:
                current[stimulated] = -80.0 * strength
            before = cells.V
            cells.step(dt, current)
            if spread is not None:
                cells.V = (cells.V.reshape(n, -1) @ mix[dt]).reshape(-1)
            change = cells.V - before
            rate = np.abs(change).max() / dt
            if not (-130 < cells.V.min() and cells.V.max() < 90):
                raise FloatingPointError(
                    f"a voltage left -130 … 90 mV at {t:.1f} ms: take smaller steps than {fine}, {coarse} ms."
                )
            passed = np.isnan(arrival) & (before <= -30) & (cells.V > -30)
            if passed.any():
                arrival[passed] = t + dt * (-30 - before[passed]) / change[passed]
            t += dt
        times.append(t)
        traces.append(cells.V)
    return np.array(times), np.array(traces), arrival, cells


# Cells at rest, just before a stimulus, after 226 beats at 1 Hz without drug with this integrator (potassium still drifts, by
# less than 0.01 % a beat): rows endo, epi, mid, columns `STATE`
REST = np.array([
    [-87.991557, 0.0073518128, 0.69774699, 0.69773136, 0.69764083, 0.45453163, 0.69758026, 0.00018863487, 0.50113159,
     0.26984929, 0.0010017984, 0.99955337, 0.59109222, 0.00051044348, 0.99955337, 0.64376217, 2.3465609e-09,
     0.99999999, 0.91017622, 0.99999999, 0.99981974, 0.99997687, 0.99999999, 0.99999999, 8.0821813e-06, 0.45091576,
     0.27085257, 0.00019306962, 0.99676245, 0.0025396865, 2.2986889e-07, 2.8717887e-07, 0.011721597, 7.1545385,
     7.15462, 144.69979, 144.69977, 8.4258449e-05, 8.3181884e-05, 1.5780864, 1.5334244],
    [-87.905971, 0.007415341, 0.69477376, 0.69476444, 0.69470894, 0.45107181, 0.69467019, 0.0001917253, 0.50089795,
     0.27480572, 0.0010075918, 0.99954668, 0.99953911, 0.00051339687, 0.99954668, 0.99954508, 2.394497e-09,
     0.99999999, 0.920761, 0.99999999, 0.99988277, 0.99998349, 0.99999999, 0.99999999, 8.155324e-06, 0.42683869,
     0.24688088, 0.00019490487, 0.99678471, 0.0015361112, 4.3797075e-07, 5.4733483e-07, 0.014279892, 7.6037425,
     7.6038175, 144.05086, 144.05083, 7.3906901e-05, 7.2983376e-05, 1.9015151, 1.8479432],
    [-87.687517, 0.0075800569, 0.68710757, 0.68708503, 0.68695309, 0.44215043, 0.68686216, 0.00019984977, 0.48490544,
     0.24770775, 0.0010225447, 0.99952893, 0.55361878, 0.0005210196, 0.99952894, 0.60032767, 2.5214621e-09,
     0.99999999, 0.8719086, 0.99999999, 0.99957917, 0.99994658, 0.99999999, 0.99999999, 8.6956277e-06, 0.48919291,
     0.33651346, 0.00019978017, 0.99684148, 0.0026965603, 1.3486321e-06, 1.6846293e-06, 0.0216114, 8.4779093,
     8.4780194, 143.07801, 143.07798, 8.6072391e-05, 8.4482876e-05, 1.7651693, 1.6768876],
])  # fmt: skip
