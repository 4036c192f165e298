"""STAT5 in a cell that meets Epo: two isoforms, three dimers, a nucleus; six rate constants, three quantities that were measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmlib.ensemble import Draws
from mmlib.systems.base import Model

__all__ = ["Stat5"]

RELATIVE = (1.4 / 0.45, 0.45 / 1.4)  # volume of the cytoplasm over that of the nucleus, and the other way round


@dataclass(frozen=True)
class Stat5(Model, Draws):
    r"""Phosphorylation, dimers and their way through the nucleus (Boehm et al. 2014, doi:10.1021/pr5006923).

    With Epo $u = u_0 e^{-\delta t}$, monomers $A, B$, dimers $D_{AA}, D_{AB}, D_{BB}$ in the cytoplasm and $N_{AA}, N_{AB}, N_{BB}$ in
    the nucleus, and $\nu$ the volume of the nucleus over that of the cytoplasm:

    $\dot A = -u k (2 A^2 + A B) + \nu (2 e_1 N_{AA} + e_2 N_{AB})$, $\dot B$ likewise with $B$ and $N_{BB}$,
    $\dot D_{AA} = u k A^2 - i_1 D_{AA}$, $\dot D_{AB} = u k A B - i_2 D_{AB}$, $\dot D_{BB} = u k B^2 - i_1 D_{BB}$,
    $\dot N_{AA} = i_1 D_{AA} / \nu - e_1 N_{AA}$, and so on: homodimers are imported with $i_1$ and exported with $e_1$,
    heterodimers with $i_2$ and $e_2$. Concentrations in nM, as we read them (the files of the benchmark state no unit), time in
    minutes. Each constant is a number or an array (draws,): then `mmlib.ensemble.solve` integrates them all at once.

    The equations, volumes, measured quantities and constants are those of the problem Boehm_JProteomeRes2014 of the PEtab benchmark
    collection (Benchmark-Models-PEtab, BSD-3-Clause); the defaults are its published optimum. Two of them sit on, or next to, an end of
    the ranges that were searched, $10^{-5}$ to $10^5$: they say a limit, not a value.

    >>> model = Stat5()
    >>> model.rhs(0.0, model.start).shape, len(Stat5(k_phos=np.ones(3)))
    ((9,), 3)
    """

    Epo_degradation_BaF3: float = 0.026982514033029  # [1/min] delta
    k_exp_hetero: float = 1.00067973851508e-05  # [1/min] e_2, next to the lower end of its range
    k_exp_homo: float = 0.006170228086381  # [1/min] e_1
    k_imp_hetero: float = 0.0163679184468  # [1/min] i_2
    k_imp_homo: float = 97749.3794024716  # [1/min] i_1, next to the upper end of its range
    k_phos: float = 15766.5070195731  # [1/(nM nM min)] k
    ratio: float = 0.693  # [1] share of STAT5A, measured
    specC17: float = 0.107  # [1] share of STAT5A in what the antibody brings down, measured
    Epo: float = 1.25e-7  # [nM] u_0
    total: float = 207.6  # [nM] both isoforms

    names = ("pApA", "pBpB", "pApB", "nucpApA", "nucpBpB", "nucpApB", "STAT5A", "STAT5B", "BaF3_Epo")
    units = dict.fromkeys(("Epo", "total", *names), "nM") | {
        "t": "min", "Epo_degradation_BaF3": "1/min", "k_exp_hetero": "1/min", "k_exp_homo": "1/min", "k_imp_hetero": "1/min",
        "k_imp_homo": "1/min", "k_phos": "1/(nM nM min)", "ratio": "1", "specC17": "1",
    }  # fmt: skip
    rates = ("Epo_degradation_BaF3", "k_exp_hetero", "k_exp_homo", "k_imp_hetero", "k_imp_homo", "k_phos")
    observables = ("pSTAT5A_rel", "pSTAT5B_rel", "rSTAT5A_rel")
    bands = (8, 8)  # of the Jacobian, as `mmlib.ensemble.solve` asks

    @property
    def start(self):
        """State (9,) or (9, draws) in nM before Epo comes: monomers alone. Dimers are zero."""
        a, b, epo = np.broadcast_arrays(self.total * self.ratio, self.total * (1 - self.ratio), self.Epo)
        return np.array([*[np.zeros(a.shape)] * 6, a, b, epo], dtype=float)

    def rhs(self, t, state=None):
        """Rates (9, …) at the state (9, …), in nM/min. Call as ``rhs(t, y)`` or ``rhs(y)``: time does not enter."""
        aa, bb, ab, n_aa, n_bb, n_ab, a, b, epo = t if state is None else state
        into, back = RELATIVE
        k = self.k_phos * epo
        made_aa, made_bb, made_ab = k * a * a, k * b * b, k * a * b
        in_aa, in_bb, in_ab = self.k_imp_homo * aa, self.k_imp_homo * bb, self.k_imp_hetero * ab
        out_aa, out_bb, out_ab = self.k_exp_homo * n_aa, self.k_exp_homo * n_bb, self.k_exp_hetero * n_ab
        return np.array([
            made_aa - in_aa,
            made_bb - in_bb,
            made_ab - in_ab,
            into * in_aa - out_aa,
            into * in_bb - out_bb,
            into * in_ab - out_ab,
            back * (2 * out_aa + out_ab) - 2 * made_aa - made_ab,
            back * (2 * out_bb + out_ab) - 2 * made_bb - made_ab,
            -self.Epo_degradation_BaF3 * epo,
        ])  # fmt: skip

    def jacobian(self, y):
        """Banded Jacobian (17, 9, draws) of `rhs`: entry (i, j) in row 8 + i - j, column j, as scipy.linalg.solve_banded has it."""
        a, b, epo = y[6:]
        into, back = RELATIVE
        k = self.k_phos * epo
        entries = {
            (0, 0): -self.k_imp_homo, (1, 1): -self.k_imp_homo, (2, 2): -self.k_imp_hetero,
            (3, 0): into * self.k_imp_homo, (4, 1): into * self.k_imp_homo, (5, 2): into * self.k_imp_hetero,
            (3, 3): -self.k_exp_homo, (4, 4): -self.k_exp_homo, (5, 5): -self.k_exp_hetero,
            (6, 3): 2 * back * self.k_exp_homo, (7, 4): 2 * back * self.k_exp_homo,
            (6, 5): back * self.k_exp_hetero, (7, 5): back * self.k_exp_hetero,
            (0, 6): 2 * k * a, (1, 7): 2 * k * b, (2, 6): k * b, (2, 7): k * a,
            (6, 6): -4 * k * a - k * b, (6, 7): -k * a, (7, 6): -k * b, (7, 7): -4 * k * b - k * a,
            (0, 8): self.k_phos * a * a, (1, 8): self.k_phos * b * b, (2, 8): self.k_phos * a * b,
            (6, 8): -self.k_phos * (2 * a * a + a * b), (7, 8): -self.k_phos * (2 * b * b + a * b),
            (8, 8): -self.Epo_degradation_BaF3,
        }  # fmt: skip
        bands = np.zeros((17, *y.shape))
        for (i, j), value in entries.items():
            bands[8 + i - j, j] = value
        return bands

    def observe(self, state):
        """What was measured, (3, …) in percent, at the state (9, …): see `observables`.

        The degree of phosphorylation of STAT5A and of STAT5B in what an antibody brings down, and the share of STAT5A in all of it.
        Only the cytoplasm is measured. Both isoforms come down with the antibody, directly or as partner in a heterodimer.
        """
        aa, bb, ab, _, _, _, a, b, _ = state
        s, other = self.specC17, 1 - self.specC17
        all_a = ab + s * (a + 2 * aa)
        all_b = ab + other * (b + 2 * bb)
        return 100 * np.array([
            (ab + 2 * s * aa) / all_a,
            (ab + 2 * other * bb) / all_b,
            all_a / (all_a + all_b),
        ])  # fmt: skip
