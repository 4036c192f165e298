"""Sizes of tumours on scans."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mmlib.data import read_table

__all__ = ["Lesion", "lesions"]


class Lesion(NamedTuple):
    """One target lesion of a treated patient, at n scans."""

    study: int  # which of five trials
    day: np.ndarray  # (n,) since the first dose [d]
    diameter: np.ndarray  # (n,) longest one [mm]


def lesions() -> list[Lesion]:
    """Target lesions of treated patients with at least six readings, all above zero (Laleh et al. 2022, doi:10.1371/journal.pcbi.1009822).

    Who stays under treatment long enough for six scans is a selection: tumours that grew fast are missing.

    >>> found = lesions()
    >>> len(found), found[0].diameter
    (578, array([13., 11., 10., 10.,  5.,  7., 10.]))
    """
    table = read_table("lesions")
    number, study = (np.array(table[c], dtype=int) for c in ("lesion", "study"))
    day, diameter = (np.array(table[c], dtype=float) for c in ("day", "diameter"))
    return [
        Lesion(int(study[own][0]), day[own], diameter[own]) for own in (number == k for k in range(1, number.max() + 1))
    ]
