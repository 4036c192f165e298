"""Cells of O'Hara et al. (2011), doi:10.1371/journal.pcbi.1002061, side by side: currents, stores and one step in time."""

from __future__ import annotations

from collections import namedtuple

import numpy as np

from mmlib.systems.cardiac.rates import (
    CAO,
    EXTRAS,
    FRT,
    GATES,
    KO,
    NAO,
    OTHERS,
    V_HIGH,
    V_LOW,
    V_STEP,
    F,
    _table,
)  # fmt: skip

__all__ = ["CHANNELS", "REST", "TYPES"]

CHANNELS = ("IKr", "ICaL", "INaL", "INa", "Ito", "IK1", "IKs")

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


Gates, Extras = namedtuple("Gates", GATES), namedtuple("Extras", EXTRAS)
Currents = namedtuple("Currents", "INa INaL ICaL ICaNa ICaK potassium IKb INaCa INaCass INaK INab IpCa ICab")  # [uA/uF]


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
        now = self._looked_up(dt)
        at, y = Extras(*now[:, 56:].T), Gates(*self.gates.T)
        # CaMK: 0.05 share that is active at rest [1], 0.0015 and 0.15 half saturations [mmol/L]
        bound = 0.05 * (1 - self.rest["CaMKt"]) / (1 + 0.0015 / self.rest["cass"])
        active = bound + self.rest["CaMKt"]
        p = active / (active + 0.15)  # share of channels that CaMK has phosphorylated
        I = Currents(*self._sodium(y, p), *self._calcium(at, y, p), *self._potassium(at, y, p), *self._carried(at))
        self.net += dt * (I.INaL + I.ICaL + I.potassium) / 1000
        total = I.INa + I.INaL + I.ICaL + I.ICaNa + I.ICaK + I.potassium + I.INaCa + I.INaCass
        total = total + I.INaK + I.INab + I.IKb + I.IpCa + I.ICab

        release, uptake = self._store(dt, I.ICaL, p)
        self._bind(dt, y.jca, bound, active)
        self._concentrations(dt, I, stimulus, release, uptake)
        steady = now[:, :28]
        self.gates = steady + (self.gates - steady) * now[:, 28:56]
        self.V = self.V - dt * (total + stimulus)

    def _looked_up(self, dt):
        """The table at the cells' voltages, linear between its rows: (n, 72)."""
        table = _table(dt)
        position = (self.V - V_LOW) / V_STEP
        i = position.astype(int)
        w = (position - i)[:, None]
        i = i + self.offset
        low = table[i]
        return low + w * (table[i + 1] - low)

    def _sodium(self, y, p):
        """INa and INaL [uA/uF]; 0.99 and 0.01: shares of gates [1]."""
        g, q = self.g, 1 - p
        ENa = np.log(NAO / self.rest["nai"]) / FRT
        INa = g["INa"] * (self.V - ENa) * y.m**3
        INa = INa * (q * (0.99 * y.hf + 0.01 * y.hs) * y.j + p * (0.99 * y.hf + 0.01 * y.hsp) * y.jp)
        return INa, g["INaL"] * (self.V - ENa) * y.mL * (q * y.hL + p * y.hLp)

    def _calcium(self, at, y, p):
        """ICaL, and what sodium and potassium carry through its channel, ICaNa and ICaK [uA/uF].

        0.6, 0.4 shares of gates, 1.1 gain by CaMK [1]; 0.00125, 3.574e-4 permeabilities to sodium and potassium over
        that to calcium, and 0.75 their activities inside and outside [1].
        """
        r, q = self.rest, 1 - p
        fast, slow = at.Afcaf, (1 - at.Afcaf) * y.fcas
        still = 1 - r["nca"]
        gate = self.g["ICaL"] * y.d * (
            q * ((0.6 * y.ff + 0.4 * y.fs) * still + y.jca * (fast * y.fcaf + slow) * r["nca"])
            + 1.1 * p * ((0.6 * y.ffp + 0.4 * y.fs) * still + y.jca * (fast * y.fcafp + slow) * r["nca"])
        )  # fmt: skip
        B1 = at.A1 - self.V * FRT * F
        ICaL = gate * (at.A2 * r["cass"] - at.B2)
        ICaNa = 0.00125 * gate * 0.75 * (at.A1 * r["nass"] - B1 * NAO)
        return ICaL, ICaNa, 3.574e-4 * gate * 0.75 * (at.A1 * r["kss"] - B1 * KO)

    def _potassium(self, at, y, p):
        """Ito + IKr + IKs + IK1, and the background IKb [uA/uF].

        0.01833: permeability of IKs to sodium over that to potassium [1]; 0.6: its gain by calcium [1], half of it at
        3.8e-5 [mmol/L]; 0.003 conductance of IKb [mS/uF].
        """
        V, g, q = self.V, self.g, 1 - p
        nai, ki, cai = (self.rest[k] for k in ("nai", "ki", "cai"))
        EK = np.log(KO / ki) / FRT
        EKs = np.log((KO + 0.01833 * NAO) / (ki + 0.01833 * nai)) / FRT
        Ito = g["Ito"] * (V - EK)
        Ito = Ito * (
            q * y.a * (at.AiF * y.iF + (1 - at.AiF) * y.iS) + p * y.ap * (at.AiF * y.iFp + (1 - at.AiF) * y.iSp)
        )
        IKr = g["IKr"] * (at.Axrf * y.xrf + (1 - at.Axrf) * y.xrs) * at.rkr * (V - EK)
        IKs = g["IKs"] * (1 + 0.6 / (1 + (3.8e-5 / cai) ** 1.4)) * y.xs1 * y.xs2 * (V - EKs)
        IK1 = g["IK1"] * np.sqrt(KO) * at.rk1 * y.xk1 * (V - EK)
        return Ito + IKr + IKs + IK1, 0.003 * self.scale["IKb"] * at.xkb * (V - EK)

    def _carried(self, at):
        """Exchanger in the bulk and below the membrane, pump, background of sodium, calcium pump, background of calcium [uA/uF].

        INaCa: 0.8 in the bulk, 0.2 below the membrane [1]; background 3.75e-10 and 2.5e-8 [cm/s]; calcium pump
        0.0005 [uA/uF], half at 0.0005 [mmol/L].
        """
        nai, nass, ki, cai, cass = (self.rest[k] for k in ("nai", "nass", "ki", "cai", "cass"))
        both = np.stack([nai, nass]), np.stack([cai, cass])
        near, far = self._exchanger(*both, at.hna, at.ihca, at.h8, at.h9)
        INaK = self._pump(nai, ki, at.iKnai, at.a3, at.b2)
        B1 = at.A1 - self.V * FRT * F
        INab = 3.75e-10 * (at.A1 * nai - B1 * NAO)
        ICab = 2.5e-8 * (at.A2 * cai - at.B2)
        return 0.8 * near, 0.2 * far, INaK, INab, 0.0005 * cai / (0.0005 + cai), ICab

    def _store(self, dt, ICaL, p):
        """Release of calcium from its store, and uptake into it [mmol/L/ms]; advances the release.

        Release: 4.75 time [ms], 0.5 gain [1/ms], 1.5 half [mmol/L], 8 power [1], 0.0123 [mmol/L], at least 0.001 [ms];
        phosphorylated 1.25 times [1]. Uptake: 0.004375 and leak 0.0039375 [mmol/L/ms] at 15 [mmol/L], halves 0.00092
        and 0.00075 [mmol/L], phosphorylated 2.75 times [1].
        """
        r, s, q = self.rest, self.scale, 1 - p
        cai, cansr, cajsr = r["cai"], r["cansr"], r["cajsr"]
        infinite = 0.5 * 4.75 * -ICaL * s["rel"] / (1 + (1.5 / cajsr) ** 8)
        tau = np.maximum(4.75 / (1 + 0.0123 / cajsr), 0.001)
        release = q * r["Jrelnp"] + p * r["Jrelp"]
        r["Jrelnp"] = infinite + (r["Jrelnp"] - infinite) * np.exp(-dt / tau)
        r["Jrelp"] = 1.25 * infinite + (r["Jrelp"] - 1.25 * infinite) * np.exp(-dt / (1.25 * tau))
        uptake = 0.004375 * s["up"] * (q * cai / (cai + 0.00092) + 2.75 * p * cai / (cai + 0.00075))
        return release, uptake - 0.0039375 * cansr / 15

    def _bind(self, dt, jca, bound, active):
        """Advance calmodulin at ICaL and CaMK.

        Calmodulin: 0.002 [mmol/L], 4 [1], 1000 [1/ms]. CaMK: 0.05 binds [1/(mmol/L)/ms], 0.00068 lets go [1/ms].
        """
        r = self.rest
        binding = 1 / (1000 / jca + (1 + 0.002 / r["cass"]) ** 4)
        r["nca"] = 1000 * binding / jca + (r["nca"] - 1000 * binding / jca) * np.exp(-dt * jca)
        r["CaMKt"] = r["CaMKt"] + dt * (0.05 * bound * active - 0.00068 * r["CaMKt"])

    def _concentrations(self, dt, I, stimulus, release, uptake):
        """Advance the concentrations, by currents, by calcium's way through its store, and by diffusion below the membrane.

        Transfer within the store 100 [ms]; diffusion 0.2 (calcium) and 2 [ms]. Buffers, amount and half saturation
        [mmol/L]: calmodulin 0.05, 0.00238; troponin 0.07, 0.0005; phospholipids of the reticulum 0.047, 0.00087, of the
        membrane 1.124, 0.0087; calsequestrin 10, 0.8.
        """
        r = self.rest
        nai, nass, ki, kss, cai, cass = (r[k] for k in ("nai", "nass", "ki", "kss", "cai", "cass"))
        cansr, cajsr = r["cansr"], r["cajsr"]
        transfer = (cansr - cajsr) / 100
        spread, na_spread, k_spread = (cass - cai) / 0.2, (nass - nai) / 2, (kss - ki) / 2
        inward = -(I.INa + I.INaL + 3 * (I.INaCa + I.INaK) + I.INab) * ACAP / (F * VMYO)
        r["nai"] = nai + dt * (inward + na_spread * VSS / VMYO)
        r["nass"] = nass + dt * (-(I.ICaNa + 3 * I.INaCass) * ACAP / (F * VSS) - na_spread)
        inward = -(I.potassium + I.IKb + stimulus - 2 * I.INaK) * ACAP / (F * VMYO)
        r["ki"] = ki + dt * (inward + k_spread * VSS / VMYO)
        r["kss"] = kss + dt * (-I.ICaK * ACAP / (F * VSS) - k_spread)
        cmdn = 0.05 * self.scale["cmdn"] * 0.00238 / (0.00238 + cai) ** 2
        free = 1 / (1 + cmdn + 0.07 * 0.0005 / (0.0005 + cai) ** 2)
        inward = -(I.IpCa + I.ICab - 2 * I.INaCa) * ACAP / (2 * F * VMYO)
        r["cai"] = cai + dt * free * (inward - uptake * VNSR / VMYO + spread * VSS / VMYO)
        free = 1 / (1 + 0.047 * 0.00087 / (0.00087 + cass) ** 2 + 1.124 * 0.0087 / (0.0087 + cass) ** 2)
        inward = -(I.ICaL - 2 * I.INaCass) * ACAP / (2 * F * VSS)
        r["cass"] = cass + dt * free * (inward + release * VJSR / VSS - spread)
        r["cansr"] = cansr + dt * (uptake - transfer * VJSR / VNSR)
        r["cajsr"] = cajsr + dt * (transfer - release) / (1 + 10.0 * 0.8 / (0.8 + cajsr) ** 2)

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
