"""Real measurements: published tables stated as facts, and larger sets fetched once and verified by hash.

Every table is a CSV file beside this module whose header names what, source (DOI), units and what was done to it;
``README.md`` in the same folder lists them all.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.io

from mmlib import _input

__all__ = [
    "BrainTissue",
    "BurgersErrors",
    "CipaBlock",
    "CipaHerg",
    "EgfAkt",
    "HareLynx",
    "HergRecording",
    "HumanConnectome",
    "Indomethacin",
    "GlucoseTolerance",
    "InfluenzaTitres",
    "Lesion",
    "MouseTau",
    "Myocardium",
    "Outbreak",
    "Puromycin",
    "Rubber",
    "ScratchAssay",
    "Stat5Readings",
    "Theophylline",
    "brain_tissue",
    "cipa_block",
    "cipa_herg",
    "egf_akt",
    "glucose_tolerance",
    "hare_lynx",
    "herg_sine_wave",
    "human_connectome",
    "indomethacin",
    "influenza_titres",
    "lesions",
    "mouse_tau",
    "myocardium",
    "outbreak",
    "puromycin",
    "raissi_burgers_table",
    "read_table",
    "rubber",
    "scratch_assay",
    "stat5",
    "theophylline",
    "used",
]

FOLDER = Path(__file__).parent

used: set[Path] = set()
"""Files read in this process; the engine makes them part of a chapter's key."""


def read_table(name: str) -> dict[str, list[str]]:
    """Read one of the tables in this folder: {column: values as text}.

    Raises
    ------
    ValueError : no table of that name; the message lists those there are.
    """
    there = sorted(p.stem for p in FOLDER.glob("*.csv"))
    if not isinstance(name, str) or name not in there:
        raise ValueError(
            f"no table {name!r}: expected one of {', '.join(there)}; got {name!r}. Pass one of these names."
        )
    path = FOLDER / f"{name}.csv"
    used.add(path)
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    if not rows or any(None in row or None in row.values() for row in rows):
        raise ValueError(
            f"{path}: expected rows with a value in each column; got others. The file is damaged: install mmlib again."
        )
    return {column: [row[column] for row in rows] for column in rows[0]}


class HareLynx(NamedTuple):
    """Pelts of snowshoe hare and Canadian lynx traded by the Hudson's Bay Company."""

    year: np.ndarray  # (21,) 1900 … 1920
    hare: np.ndarray  # (21,) [thousand pelts]
    lynx: np.ndarray  # (21,) [thousand pelts]


def hare_lynx() -> HareLynx:
    """Hare and lynx pelts, 1900 to 1920.

    >>> record = hare_lynx()
    >>> int(record.year[record.hare.argmax()]), float(record.hare.max())
    (1903, 77.4)
    """
    table = read_table("hare_lynx")
    return HareLynx(*(np.array(table[c], dtype=float) for c in ("year", "hare", "lynx")))


class CipaHerg(NamedTuple):
    """Block of the hERG current by 28 drugs, measured by automated and by manual patch clamp; one row a concentration."""

    drug: np.ndarray  # (226,) names
    method: np.ndarray  # (226,) "automated" or "manual"
    concentration: np.ndarray  # (226,) [nM]
    block: np.ndarray  # (226,) mean over cells [% of the current without drug]
    cells: np.ndarray  # (226,) number of cells
    sd: np.ndarray  # (226,) standard deviation over cells [%]


def cipa_herg() -> CipaHerg:
    """hERG block by concentration for the 28 drugs of the CiPA initiative, in two kinds of patch clamp.

    >>> record = cipa_herg()
    >>> [int((record.method == m).sum()) for m in ("automated", "manual")], len(set(record.drug))
    ([112, 114], 28)
    """
    table = read_table("cipa_herg")
    numbers = (np.array(table[c], dtype=float) for c in ("concentration_nM", "block", "cells", "sd"))
    return CipaHerg(np.array(table["drug"]), np.array(table["method"]), *numbers)


class CipaBlock(NamedTuple):
    """Block of seven currents by the 28 CiPA drugs, their peak concentrations and classes; one row a drug."""

    drug: np.ndarray  # (28,) names
    training: np.ndarray  # (28,) bool: one of the 12 drugs that models are trained on; the other 16 are for validation
    risk: np.ndarray  # (28,) of torsade de pointes: "high", "intermediate" or "low"
    cmax: np.ndarray  # (28,) free peak plasma concentration [nM]
    channels: tuple[str, ...]  # names of the columns below
    ic50: np.ndarray  # (28, 7) half-maximal concentration [nM]; nan where no block was found
    hill: np.ndarray  # (28, 7) Hill coefficient; nan likewise
    second_ic50: np.ndarray  # (28,) of IKr, from a second set of measurements [nM]
    second_hill: np.ndarray  # (28,) likewise


def cipa_block() -> CipaBlock:
    """Half-maximal concentrations of the 28 CiPA drugs (Li et al. 2017 and 2019, doi:10.1002/cpt.1184).

    >>> table = cipa_block()
    >>> [int((table.risk == c).sum()) for c in ("high", "intermediate", "low")], int(table.training.sum())
    ([8, 11, 9], 12)
    """
    table = read_table("cipa_block")
    number = {c: np.array([float(x or "nan") for x in v]) for c, v in table.items() if c not in ("drug", "set", "risk")}
    channels = ("IKr", "ICaL", "INaL", "INa", "Ito", "IK1", "IKs")
    ic50, hill = (np.stack([number[f"{c}_{what}"] for c in channels], axis=1) for what in ("IC50", "h"))
    return CipaBlock(
        np.array(table["drug"]), np.array(table["set"]) == "training", np.array(table["risk"]), number["Cmax_nM"],
        channels, ic50, hill, number["IKr_IC50_second"], number["IKr_h_second"],
    )  # fmt: skip


class HergRecording(NamedTuple):
    """Current through the hERG channels of one cell under the sum-of-sines protocol."""

    t: np.ndarray  # (n,) [ms]
    current: np.ndarray  # (n,) [nA]


def herg_sine_wave(*, whole=False) -> HergRecording:
    """A recording of Beattie et al. (2018, doi:10.1113/JP275733), cell 5, recording 16713110.

    By default the excerpt that comes with the library: 2,000 means of ten samples each. With `whole` all 80,000 samples,
    0.1 ms apart, from the authors' repository: fetched once and verified.

    Raises
    ------
    DataUnavailable : the whole recording is not at hand and could not be fetched; the message says how to get it.

    >>> recording = herg_sine_wave()
    >>> recording.t[:2], len(recording.current)
    (array([1.95, 5.95]), 2000)
    """
    if whole:
        from mmlib.data import remote  # what it imports warns in a notebook without widgets

        samples = scipy.io.loadmat(remote.fetch("hERG_sine_wave_16713110.mat"))["T"].ravel()
        return HergRecording(0.1 * np.arange(len(samples)), samples)
    table = read_table("herg_sine_wave")
    return HergRecording(*(np.array(table[c], dtype=float) for c in ("t", "current")))


class BurgersErrors(NamedTuple):
    """Errors of physics-informed networks on Burgers' equation, one training run a cell, from two published tables."""

    table: np.ndarray  # (48,) 1: numbers of points vary, 2: size of the network varies
    layers: np.ndarray  # (48,) hidden layers
    width: np.ndarray  # (48,) units in each
    n_data: np.ndarray  # (48,) points with a known value
    n_residual: np.ndarray  # (48,) points where the equation is enforced
    error: np.ndarray  # (48,) relative L2 error [1]


def raissi_burgers_table() -> BurgersErrors:
    """The two tables of errors for Burgers' equation of Raissi et al. (2019, doi:10.1016/j.jcp.2018.10.045).

    >>> cells = raissi_burgers_table()
    >>> [int((cells.table == k).sum()) for k in (1, 2)], float(cells.error.min())
    ([36, 12], 0.00049)
    """
    table = read_table("raissi_burgers_table")
    counts = (np.array(table[c], dtype=int) for c in ("table", "layers", "width", "n_data", "n_residual"))
    return BurgersErrors(*counts, np.array(table["error"], dtype=float))


class Indomethacin(NamedTuple):
    """Plasma concentration of indomethacin after one intravenous dose; one row a sample."""

    subject: np.ndarray  # (66,) 1 … 6
    time: np.ndarray  # (66,) [h] after the injection
    concentration: np.ndarray  # (66,) [ug/mL]


def indomethacin() -> Indomethacin:
    """Indomethacin in the plasma of six subjects, eleven samples each (Kwan et al. 1976, doi:10.1007/BF01063617).

    >>> record = indomethacin()
    >>> record.time.shape, float(record.concentration.max())
    ((66,), 2.72)
    """
    table = read_table("indomethacin")
    return Indomethacin(*(np.array(table[c], dtype=float) for c in ("subject", "time", "concentration")))


class Theophylline(NamedTuple):
    """Serum concentration of theophylline after one oral dose; one row a sample."""

    subject: np.ndarray  # (132,) 1 … 12
    dose: np.ndarray  # (132,) [mg/kg]
    time: np.ndarray  # (132,) [h] after the dose
    concentration: np.ndarray  # (132,) [mg/L]


def theophylline() -> Theophylline:
    """Theophylline in the serum of twelve subjects, eleven samples each (Upton; in Pinheiro and Bates 2000, ISBN 978-1-4419-0317-4).

    >>> record = theophylline()
    >>> record.time.shape, float(record.concentration.max())
    ((132,), 11.4)
    """
    table = read_table("theophylline")
    return Theophylline(*(np.array(table[c], dtype=float) for c in ("subject", "dose", "time", "concentration")))


class GlucoseTolerance(NamedTuple):
    """Glucose and insulin of one healthy subject after glucose was injected into a vein at time 0."""

    time: np.ndarray  # (24,) [min]; the first reading is the one before
    glucose: np.ndarray  # (24,) [mg/dl]
    insulin: np.ndarray  # (24,) [mU/l]


def glucose_tolerance() -> GlucoseTolerance:
    """A frequently sampled intravenous glucose tolerance test (Pacini and Bergman 1986, doi:10.1016/0169-2607(86)90106-9).

    >>> test = glucose_tolerance()
    >>> test.time.shape, float(test.glucose.max()), float(test.insulin.max())
    ((24,), 350.0, 130.0)
    """
    table = read_table("glucose_tolerance")
    return GlucoseTolerance(*(np.array(table[c], dtype=float) for c in ("time", "glucose", "insulin")))


class InfluenzaTitres(NamedTuple):
    """Virus in the nasal wash of six volunteers after an experimental infection with influenza A."""

    volunteer: np.ndarray  # (6,) 1 … 6
    day: np.ndarray  # (7,) after infection
    titre: np.ndarray  # (6, 7) log10 of TCID50/mL; NaN: below detection


def influenza_titres() -> InfluenzaTitres:
    """Daily titres of influenza A/Hong Kong/123/77 (Baccam et al. 2006, doi:10.1128/JVI.01623-05).

    >>> record = influenza_titres()
    >>> record.titre.shape, float(np.nanmax(record.titre)), int(np.isnan(record.titre).sum())
    ((6, 7), 7.5, 7)
    """
    table = {column: np.array(values, dtype=float) for column, values in read_table("influenza_titres").items()}
    titre = np.stack([table[f"day_{d}"] for d in range(1, 8)], axis=1)
    return InfluenzaTitres(table["volunteer"], np.arange(1.0, 8.0), np.where(titre > 0, titre, np.nan))


class Outbreak(NamedTuple):
    """An epidemic by day."""

    name: str
    kind: str  # "incidence": new cases of each day; "prevalence": cases present on it
    day: np.ndarray  # (days,) after the first
    count: np.ndarray  # (days,) [cases]
    serial: (
        np.ndarray
    )  # (k,) share of cases that follow their infector's after 0, 1, … days; empty where none is stated


def outbreak(name) -> Outbreak:
    """One of three epidemics: "school 1978", "Baltimore 1918" (influenza) or "Hong Kong 2003" (SARS).

    Raises
    ------
    ValueError : another name; the message lists those there are.

    >>> flu = outbreak("Baltimore 1918")
    >>> flu.kind, len(flu.day), round(float(flu.serial @ np.arange(12)), 1)
    ('incidence', 92, 2.6)
    """
    table = read_table("outbreaks")
    names = tuple(dict.fromkeys(table["outbreak"]))
    name = _input.choice(name, "name, an outbreak,", names)
    own = [k for k, n in enumerate(table["outbreak"]) if n == name]
    day, count = (np.array([table[c][k] for k in own], dtype=float) for c in ("day", "count"))
    serial = np.array([table["serial"][k] for k in own if table["serial"][k]], dtype=float)
    return Outbreak(name, "prevalence" if name == "school 1978" else "incidence", day, count, serial)


class ScratchAssay(NamedTuple):
    """Density of PC-3 prostate cancer cells across a scratch, for six initial numbers of cells and three repeats of each."""

    cells: np.ndarray  # (6,) cells placed in the well [1]
    x: np.ndarray  # (38,) middles of columns that are 50 um wide [um]
    t: np.ndarray  # (5,) [h]
    density: np.ndarray  # (6, 3, 5, 38) initial number, repeat, time, place [1e-3 cells/um^2]


def scratch_assay() -> ScratchAssay:
    """Scratch assays of PC-3 cells (Jin et al. 2016, doi:10.1016/j.jtbi.2015.10.040).

    >>> assay = scratch_assay()
    >>> assay.density.shape, [int(n) for n in assay.cells[[0, -1]]], float(assay.t[-1])
    ((6, 3, 5, 38), [10000, 20000], 48.0)
    """
    table = {column: np.array(values, dtype=float) for column, values in read_table("scratch_assay").items()}
    cells, x, t = (np.unique(table[c]) for c in ("initial_cells", "x", "t"))
    repeats = np.stack([table[f"repeat_{k}"].reshape(len(cells), len(x), len(t)) for k in (1, 2, 3)], axis=1)
    return ScratchAssay(cells, x, t, repeats.swapaxes(2, 3))


class Stat5Readings(NamedTuple):
    """STAT5 in the cytoplasm of cells that meet Epo: three quantities at sixteen times, and what another program computes."""

    observables: tuple[str, ...]  # names of the rows below, as in `mmlib.systems.stat5.Stat5.observables`
    t: np.ndarray  # (16,) [min]
    readings: np.ndarray  # (3, 16) [%]
    simulation: (
        np.ndarray
    )  # (3, 16) [%] at the published optimum, as published with the readings: no output of this library


def stat5() -> Stat5Readings:
    """Phosphorylation of STAT5A and STAT5B and their ratio (Boehm et al. 2014, doi:10.1021/pr5006923).

    >>> record = stat5()
    >>> record.readings.shape, float(record.t[-1]), record.observables[2]
    ((3, 16), 240.0, 'rSTAT5A_rel')
    """
    table = read_table("stat5")
    names = tuple(dict.fromkeys(table["observable"]))
    t, readings, simulation = (
        np.array(table[c], dtype=float).reshape(len(names), -1) for c in ("time", "measurement", "simulation")
    )
    return Stat5Readings(names, t[0], readings, simulation)


from mmlib.data._brains import HumanConnectome, MouseTau, human_connectome, mouse_tau  # noqa: E402 - they call `read_table`
from mmlib.data._enzymes import Puromycin, puromycin  # noqa: E402 - they call `read_table`
from mmlib.data._lesions import Lesion, lesions  # noqa: E402 - they call `read_table`
from mmlib.data._signals import EgfAkt, egf_akt  # noqa: E402 - they call `read_table`
from mmlib.data._tissues import (  # noqa: E402 - they call `read_table`
    BrainTissue,
    Myocardium,
    Rubber,
    brain_tissue,
    myocardium,
    rubber,
)
