"""Mechanical tests of heart muscle, rubber and brain: strains, stresses, and the deformation behind them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mmlib import _input
from mmlib.data import read_table

__all__ = ["BrainTissue", "Myocardium", "Rubber", "brain_tissue", "myocardium", "rubber"]


class Myocardium(NamedTuple):
    """Passive human heart muscle in eleven mechanical tests: sixteen mean curves of eleven readings each."""

    tests: tuple[str, ...]  # (11,) six shears, "fs" to "ns", then five stretches, "1:1" to "0.5:1", fibre to normal
    curves: tuple[str, ...]  # (16,) a shear's own name, or that of a stretch and the direction of the stress, "1:1 f"
    test: np.ndarray  # (176,) number of the test of each reading
    curve: np.ndarray  # (176,) number of its curve
    strain: np.ndarray  # (176,) amount of shear, or stretch in the direction of the stress less one [1]
    F: np.ndarray  # (176, 3, 3) deformation gradient in axes fibre, sheet, normal; the volume stays
    face: np.ndarray  # (176, 2) row and column of the stress: 0 fibre, 1 sheet, 2 normal
    stress: np.ndarray  # (176,) [kPa]


def myocardium() -> Myocardium:
    """Shear and biaxial stretch of human myocardium (Sommer et al. 2015, doi:10.1016/j.actbio.2015.06.031).

    >>> heart = myocardium()
    >>> heart.stress.shape, heart.tests[6], float(heart.stress.max())
    ((176,), '1:1', 8.257)
    """
    table = read_table("myocardium")
    tests = tuple(dict.fromkeys(table["test"]))
    axes = {"f": 0, "s": 1, "n": 2}
    curves, rows = [], []
    for k, test in enumerate(tests):
        own = [i for i, name in enumerate(table["test"]) if name == test]
        for column, axis in (("stress", "f"), ("stress_n", "n")) if ":" in test else (("stress", None),):
            curves.append(f"{test} {axis}" if axis else test)
            for i in own:
                F = np.eye(3)
                if axis:
                    f, n = (float(table[c][i]) for c in ("stretch_f", "stretch_n"))
                    F, face = np.diag([f, 1 / (f * n), n]), (axes[axis], axes[axis])
                    strain = (f if axis == "f" else n) - 1
                else:
                    face, strain = (axes[test[0]], axes[test[1]]), float(table["shear"][i])
                    F[face[::-1]] = strain
                rows.append((k, len(curves) - 1, strain, F, face, float(table[column][i])))
    test, curve, strain, F, face, stress = (np.array(part) for part in zip(*rows, strict=True))
    return Myocardium(tests, tuple(curves), test, curve, strain, F, face, stress)


class Rubber(NamedTuple):
    """Vulcanised rubber under one kind of load."""

    stretch: np.ndarray  # (n,) [1]
    stress: np.ndarray  # (n,) nominal, force over the area at rest [MPa]


def rubber(mode, temperature=20) -> Rubber:
    """Treloar's rubber in "uniaxial", "equibiaxial" or "pure_shear" extension at 20 or 50 C (Treloar 1944, doi:10.1039/TF9444000059).

    Raises
    ------
    ValueError : another mode or temperature; the message lists those there are.

    >>> float(rubber("uniaxial").stretch.max())
    7.248707
    """
    table = read_table("rubber")
    modes, degrees = (tuple(dict.fromkeys(table[c])) for c in ("mode", "temperature"))
    if mode not in modes or str(temperature) not in degrees:
        raise ValueError(
            f"no rubber {mode!r} at {temperature!r}: expected one of {', '.join(modes)} at one of {', '.join(degrees)}; "
            f"got {mode!r} at {temperature!r}. Pass these."
        )
    own = [i for i, m in enumerate(table["mode"]) if m == mode and table["temperature"][i] == str(temperature)]
    return Rubber(*(np.array([table[c][i] for i in own], dtype=float) for c in ("stretch", "stress")))


class BrainTissue(NamedTuple):
    """Human brain tissue from one region: one curve of tension and compression, one of shear."""

    stretch: np.ndarray  # (33,) below one in compression [1]
    stress: np.ndarray  # (33,) nominal [kPa]
    shear: np.ndarray  # (33,) amount of shear; the negative half mirrors the positive one [1]
    shear_stress: np.ndarray  # (33,) [kPa]


def brain_tissue(region) -> BrainTissue:
    """Mean curves of "cortex", "basal_ganglia", "corona_radiata" or "corpus_callosum" (Budday et al. 2017, doi:10.1016/j.actbio.2016.10.036).

    Raises
    ------
    ValueError : another region; the message lists those there are.

    >>> float(brain_tissue("cortex").stress.min())
    -1.1484
    """
    table = read_table("brain")
    regions = tuple(dict.fromkeys(table["region"]))
    region = _input.choice(region, "region", regions)
    parts = []
    for mode in ("tension_compression", "simple_shear"):
        own = [i for i, r in enumerate(table["region"]) if r == region and table["mode"][i] == mode]
        parts += [np.array([table[c][i] for i in own], dtype=float) for c in ("strain", "stress")]
    return BrainTissue(*parts)
