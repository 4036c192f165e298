"""Stored runs of a chapter, what is measured of their drift, and how the values of one claim are summarised."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from mmlib import _input
from mmlib.claims.schema import ClaimsError, Drift, _Strict, holds

__all__ = ["DriftRow", "Row", "measured_drift", "read_drift", "read_replicates", "statistic", "stored_values",
           "write_drift", "write_replicates"]  # fmt: skip


class Row(_Strict):
    """One value from one earlier run."""

    claim: str
    seed: int = Field(ge=0)
    value: float = Field(allow_inf_nan=False)
    device: str
    dtype: str
    threads: int = Field(ge=1)
    cpu_s: float = Field(ge=0)
    key: str
    date: str


class DriftRow(_Strict):
    """The same seed, computed another way: on two threads, with the last bits of its input moved, a second time."""

    claim: str
    variant: str
    value: float = Field(allow_inf_nan=False)
    base: float = Field(allow_inf_nan=False)
    date: str
    machine: str


def read_replicates(path: str | Path) -> list[Row]:
    """Read the stored runs of a chapter; no file means none yet.

    Raises
    ------
    ClaimsError
        Other columns, or a value that is none, with file and line.

    Examples
    --------
    >>> read_replicates("no/such/chapter.replicates.csv")
    []
    """
    rows, seen = _read(path, Row), set()
    for number, row in enumerate(rows, start=2):
        run = row.claim, row.seed, row.device, row.dtype, row.threads
        if run in seen:
            raise ClaimsError(
                f"{path}, line {number}: claim {row.claim!r} of seed {row.seed} stands twice for one way of running. Remove the older row."
            )
        seen.add(run)
    return rows


def read_drift(path: str | Path) -> list[DriftRow]:
    """Read what the collector measured of the drift; no file means nothing yet."""
    return _read(path, DriftRow)


def _read(path: str | Path, model: type[BaseModel]) -> list:
    path = _input.path(path, "stored rows")
    if not path.exists():
        return []
    rows = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if reader.fieldnames != list(model.model_fields):
                raise ClaimsError(
                    f"{path}: expected the columns {','.join(model.model_fields)}; got {reader.fieldnames}."
                )
            for number, body in enumerate(reader, start=2):
                try:
                    rows.append(model.model_validate(body))
                except ValidationError as error:
                    first = error.errors()[0]
                    raise ClaimsError(
                        f"{path}, line {number}: {'.'.join(map(str, first['loc']))}: {first['msg']}. "
                        "Delete the file and collect again, or restore it."
                    ) from None
    except csv.Error as error:
        raise ClaimsError(f"{path}: not a table: {error}. Restore it, or delete it and collect again.") from None
    except UnicodeDecodeError as error:
        raise ClaimsError(f"{path}: not UTF-8: {error}. Restore it, or delete it and collect again.") from None
    return rows


SAFETY = (
    5  # reruns with other instructions moved a training by 2.6 %, another processor by 10 %: they see a fourth of it
)
FLOOR = 1e-9  # relative: another library of elementary functions moves what no rerun here moves


def measured_drift(path: str | Path) -> dict[str, dict[str, Drift]]:
    """The drift of each claim as it was measured: {claim: {"exact": Drift, "run": Drift}}.

    Five times the largest distance that a variant moved from its base: relative, absolute where the base is zero,
    and for a run claim that moved by more than a tenth of its value, a factor.
    """
    by_claim: dict[str, list[DriftRow]] = {}
    for row in read_drift(path):
        by_claim.setdefault(row.claim, []).append(row)
    return {claim: {kind: _drift(rows, kind) for kind in ("exact", "run")} for claim, rows in by_claim.items()}


def _drift(rows: list[DriftRow], kind: str) -> Drift:
    base = max(abs(r.base) for r in rows)
    moved = max(abs(r.value - r.base) for r in rows)
    if base == 0:
        return Drift(absolute=max(SAFETY * moved, 1e-12))
    relative = max(abs(r.value - r.base) / abs(r.base) if r.base else math.inf for r in rows)
    if not math.isfinite(relative):
        return Drift(absolute=SAFETY * moved)
    if kind == "run" and relative > 0.1 and all(r.value * r.base > 0 for r in rows):
        return Drift(log10=SAFETY * max(abs(math.log10(r.value / r.base)) for r in rows))
    return Drift(relative=max(SAFETY * relative, FLOOR))


def write_replicates(rows: Iterable[Row]) -> str:
    """The text of a replicates file, in a stable order.

    >>> write_replicates([]).strip()
    'claim,seed,value,device,dtype,threads,cpu_s,key,date'
    """
    return _text(Row, sorted(rows, key=lambda r: (r.device, r.dtype, r.threads, r.claim, r.seed)))


def write_drift(rows: Iterable[DriftRow]) -> str:
    """The text of a drift file, in a stable order.

    >>> write_drift([]).strip()
    'claim,variant,value,base,date,machine'
    """
    return _text(DriftRow, sorted(rows, key=lambda r: (r.machine, r.claim, r.variant)))


def _text(model: type[BaseModel], rows: list[BaseModel]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(model.model_fields), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(row.model_dump())
    return out.getvalue()


def stored_values(rows: Iterable[Row], claim: str, device: str = "cpu") -> dict[int, float]:
    """{seed: value} of one claim, ordered by seed; where a seed ran with several thread counts, the smallest counts.

    >>> row = Row(claim="error", seed=0, value=0.1, device="cpu", dtype="float64", threads=1, cpu_s=1, key="k",
    ...           date="2026-01-01")
    >>> stored_values([row], "error"), stored_values([row], "error", "cuda")
    ({0: 0.1}, {})
    """
    mine = sorted((r for r in rows if r.claim == claim and r.device == device), key=lambda r: (r.seed, -r.threads))
    return {r.seed: r.value for r in mine}


def statistic(name: str, values: np.ndarray) -> float:
    """Summarise the values of one claim over seeds.

    >>> statistic("share < 0.1", np.array([0.04, 0.05, 0.6, 0.03]))
    0.75
    """
    values = np.asarray(values, dtype=float)
    if values.size == 0:
        raise ClaimsError("no stored runs to summarise. Collect them: make replicates C=<chapter>.")
    plain = {"median": np.median, "mean": np.mean, "min": np.min, "max": np.max, "spread": np.ptp}
    if name in plain:
        return float(plain[name](values))
    what, condition = name[:5], name[5:]
    inside = np.array([holds(condition, v) for v in values])
    return float(inside.mean() if what == "share" else inside.sum())
