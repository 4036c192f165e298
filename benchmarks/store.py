"""Stored runs: rows are appended and never replaced; what is read of them is the newest of each run."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import numpy as np
from filelock import FileLock

FOLDER = Path(__file__).parent
RUNS, CURVES = "physics_informed.csv", "physics_informed_curves.csv"
RUN = ("problem", "method", "seed")  # what one run is; of several with the same the newest counts
COLUMNS = {
    RUNS: (*RUN, "error", "cpu_seconds", "peak_mb", "note", "device", "versions", "date"),
    CURVES: (*RUN, "cpu_seconds", "error", "date"),
}


def read(name, folder=FOLDER):
    """All rows of a table, as text; none if it is not there."""
    path = Path(folder) / name
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def commented(path):
    """Rows, as lists of text, of a table whose head is comments; none if it is not there."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(line for line in file if not line.startswith("#")))[1:]


def append(name, rows, folder=FOLDER, columns=None):
    """Add rows at the end of a table, and its head if it is new; `columns` where it is none of the tables of runs."""
    path = Path(folder) / name
    with FileLock(Path(tempfile.gettempdir()) / f"mmlib-{name}.lock"):  # two problems may run side by side
        new = not path.exists()
        with path.open("a", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, columns or COLUMNS[name], lineterminator="\n")
            if new:
                table.writeheader()
            table.writerows(rows)


def key(row):
    return tuple(row[k] for k in RUN)


def newest(rows):
    """Of each (problem, method, seed) the row with the latest date, of one date the last line; in the order of the table."""
    last = {}
    for number, row in enumerate(rows):
        if key(row) not in last or row["date"] >= rows[last[key(row)]]["date"]:
            last[key(row)] = number
    return [rows[number] for number in sorted(last.values())]


def curves_of(runs, curves):
    """The points of the curves that belong to these runs."""
    kept = {(*key(row), row["date"]) for row in runs}
    return [point for point in curves if (*key(point), point["date"]) in kept]


def thin(curve, most=60):
    """At most so many points, evenly spread over the logarithm of time, the last one kept."""
    curve = [(s, e) for s, e in curve if s > 0 and np.isfinite(e)]
    if len(curve) <= most:
        return curve
    seconds = np.array([s for s, _ in curve])
    wanted = np.geomspace(seconds[0], seconds[-1], most)
    return [curve[i] for i in sorted({int(np.abs(seconds - w).argmin()) for w in wanted} | {len(curve) - 1})]
