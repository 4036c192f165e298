"""What depends on voltage alone, of the cell of O'Hara et al. (2011), doi:10.1371/journal.pcbi.1002061, and its table."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

__all__ = ["CAO", "F", "FRT", "GATES", "KO", "NAO", "OTHERS", "STATE"]

R, T, F = 8314.0, 310.0, 96485.0  # [mJ/(mol K)], [K], [C/mol]
FRT = F / (R * T)  # [1/mV]
NAO, CAO, KO = 140.0, 1.8, 5.4  # outside the cell [mmol/L]
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
