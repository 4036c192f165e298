"""Glycolytic oscillations of yeast in seven states, with fourteen parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmlib.systems.base import Model

__all__ = ["Glycolysis"]


@dataclass(frozen=True)
class Glycolysis(Model):
    r"""Ruoff's model in the form of Yazdani et al. 2020 (doi:10.1371/journal.pcbi.1007575).

    With $v_1 = k_1 S_1 S_6 / (1 + (S_6/K_1)^q)$, $v_2 = k_2 S_2 (N - S_5)$, $v_3 = k_3 S_3 (A - S_6)$,
    $v_4 = k_4 S_4 S_5$, $v_6 = k_6 S_2 S_5$ and $J = \kappa (S_4 - S_7)$:

    $\dot S_1 = J_0 - v_1$, $\dot S_2 = 2 v_1 - v_2 - v_6$, $\dot S_3 = v_2 - v_3$, $\dot S_4 = v_3 - v_4 - J$,
    $\dot S_5 = v_2 - v_4 - v_6$, $\dot S_6 = -2 v_1 + 2 v_3 - k_5 S_6$, $\dot S_7 = \psi J - k S_7$.

    Concentrations in mM, time in minutes. Other papers write $\psi (J - k S_7)$ in the last line; their k is ten times
    this one. S1 is glucose, S4 pyruvate and acetaldehyde inside the cell, S5 NADH, S6 ATP, S7 the same as S4 outside.

    >>> Glycolysis().rhs(0.0, Glycolysis().start).shape
    (7,)
    """

    J0: float = 2.5  # [mM/min] glucose flux
    k1: float = 100.0  # [1/(mM min)]
    k2: float = 6.0  # [1/(mM min)]
    k3: float = 16.0  # [1/(mM min)]
    k4: float = 100.0  # [1/(mM min)]
    k5: float = 1.28  # [1/min]
    k6: float = 12.0  # [1/(mM min)]
    k: float = 1.8  # [1/min]
    kappa: float = 13.0  # [1/min]
    q: float = 4.0  # [1]
    K1: float = 0.52  # [mM]
    psi: float = 0.1  # [1]
    N: float = 1.0  # [mM] total of NAD+ and NADH
    A: float = 4.0  # [mM] total of ADP and ATP

    names = ("S1", "S2", "S3", "S4", "S5", "S6", "S7")
    units = {
        "S1": "mM", "S2": "mM", "S3": "mM", "S4": "mM", "S5": "mM", "S6": "mM", "S7": "mM", "t": "min", "J0": "mM/min",
        "k1": "1/(mM min)", "k2": "1/(mM min)", "k3": "1/(mM min)", "k4": "1/(mM min)", "k5": "1/min", "k6": "1/(mM min)",
        "k": "1/min", "kappa": "1/min", "q": "1", "K1": "mM", "psi": "1", "N": "mM", "A": "mM",
    }  # fmt: skip
    may_be_zero = ("J0", "k1", "k2", "k3", "k4", "k5", "k6", "k", "kappa", "q", "psi", "N", "A")
    # The initial state in the code of Yazdani et al., a draw from the ranges of the states. It is not on the limit cycle, but
    # near its orbit: after one period, 1.17 min, it is within 5 % of the ranges, after five within 0.5 %.
    start = (0.50144272, 1.95478666, 0.19788759, 0.14769148, 0.16059078, 0.16127341, 0.06404702)

    def rhs(self, t, state):
        """Rates (7, …) at the state (7, …), in mM/min. Works on numpy arrays and torch tensors."""
        s1, s2, s3, s4, s5, s6, s7 = state
        v1 = self.k1 * s1 * s6 / (1 + (s6 / self.K1) ** self.q)
        v2 = self.k2 * s2 * (self.N - s5)
        v3 = self.k3 * s3 * (self.A - s6)
        v4 = self.k4 * s4 * s5
        v6 = self.k6 * s2 * s5
        flux = self.kappa * (s4 - s7)
        rates = (
            self.J0 - v1,
            2 * v1 - v2 - v6,
            v2 - v3,
            v3 - v4 - flux,
            v2 - v4 - v6,
            -2 * v1 + 2 * v3 - self.k5 * s6,
            self.psi * flux - self.k * s7,
        )
        return np.array(rates) if isinstance(s1, (np.floating, float, np.ndarray)) else rates
