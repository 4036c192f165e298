"""Two brains: the connectome of humans, and that of mice with the tau pathology that was counted in them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mmlib.data import read_table

__all__ = ["HumanConnectome", "MouseTau", "human_connectome", "mouse_tau"]

MIDLINE = 5700.0  # x of the plane between the two halves of the mouse brain, as the laboratory draws it [um]


class HumanConnectome(NamedTuple):
    """The network of 83 regions of the human brain, by tractography."""

    regions: tuple[str, ...]  # (83,) names; each but the brainstem stands twice, once a side
    side: tuple[str, ...]  # (83,) "left", "right" or "none"
    lobe: np.ndarray  # (83,) "temporal", "frontal", "parietal", "occipital", "cingulate" or "subcortex"
    centre: np.ndarray  # (83, 3) [mm]
    stage: np.ndarray  # (83,) Braak stage in which the region is counted, 1 to 6; 0 where the list has none
    fibres: np.ndarray  # (83, 83) mean number of fibres [1]
    length: np.ndarray  # (83, 83) their mean length [mm], 0 on the diagonal


def human_connectome() -> HumanConnectome:
    """Structural connectome of 83 regions, a mean over the Human Connectome Project (as Connectomes.jl states it).

    >>> brain = human_connectome()
    >>> brain.fibres.shape, int((brain.lobe == "frontal").sum()), brain.regions[26]
    ((83, 83), 22, 'entorhinal')
    """
    table, edges = read_table("connectome_regions"), read_table("connectome")
    i, j = (np.array(edges[c], dtype=int) - 1 for c in ("first", "second"))
    n = len(table["region"])
    fibres, length = np.zeros((n, n)), np.zeros((n, n))
    for matrix, column in ((fibres, "fibres"), (length, "length")):
        matrix[i, j] = matrix[j, i] = np.array(edges[column], dtype=float)
    centre = np.array([table[c] for c in "xyz"], dtype=float).T
    stage = np.array([int(s or 0) for s in table["stage"]])
    return HumanConnectome(
        tuple(table["region"]), tuple(table["hemisphere"]), np.array(table["lobe"]), centre, stage, fibres, length
    )


class MouseTau(NamedTuple):
    """Tau pathology in mice after an injection, and the projections along which it may have spread."""

    regions: tuple[str, ...]  # (132,) "i" for the injected side, then "c" for the other, before the name
    injected: np.ndarray  # (132,) bool: the regions of the injection
    parts: np.ndarray  # (132,) number of regions of the Allen atlas that make up the region
    place: np.ndarray  # (132, 3) where the laboratory draws it [um]; NaN where it does not
    projections: np.ndarray  # (132, 132) strength from row to column, summed over the parts of both [1]
    strain: np.ndarray  # (43,) "NTG", not transgenic, or "G20", a mutant of LRRK2
    month: np.ndarray  # (43,) after the injection [month]
    pathology: np.ndarray  # (43, 132) [unit not stated]; NaN where missing


def mouse_tau() -> MouseTau:
    """Tau pathology in 43 mice (Henderson et al. 2021, doi:10.1126/sciadv.abg6677) and the mouse connectome (Oh et al. 2014).

    >>> mice = mouse_tau()
    >>> mice.pathology.shape, int(mice.injected.sum()), [int(m) for m in np.unique(mice.month)]
    ((43, 132), 5, [1, 3, 6, 9])
    """
    table, edges, counts = (read_table(name) for name in ("mouse_regions", "mouse_connectome", "mouse_tau"))
    names, n = table["region"], len(table["region"])
    number = {name: k for k, name in enumerate(names)}
    a, b = ([number[r] for r in edges[c]] for c in ("source", "target"))
    same, other = np.zeros((n, n)), np.zeros((n, n))
    same[a, b], other[a, b] = (np.array(edges[c], dtype=float) for c in ("same", "other"))
    right = np.array([[float(v or "nan") for v in table[c]] for c in "xyz"]).T
    left = right * [-1, 1, 1] + [2 * MIDLINE, 0, 0]
    regions = tuple(h + r for h in "ic" for r in names)
    injected = np.isin(regions, ("iDG", "iCA1", "iCA3", "iVISa", "iRSP"))
    pathology = np.array([[float(v or "nan") for v in counts[r]] for r in regions]).T
    parts = np.tile(np.array(table["parts"], dtype=float), 2)
    both = np.block([[same, other], [other, same]])
    month = np.array(counts["month"], dtype=float)
    return MouseTau(
        regions, injected, parts, np.vstack([right, left]), both, np.array(counts["strain"]), month, pathology
    )
