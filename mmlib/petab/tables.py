"""The tables of a problem in PEtab's format, read and looked through before anything is computed."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import yaml

__all__ = ["cross_checked", "head", "parameter", "table", "value"]

SCALES = {
    "lin": (lambda x: x, lambda v: v),
    "log10": (lambda x: 10.0**x, np.log10),
    "log": (np.exp, np.log),
}
COLUMNS = {
    "parameter": ("parameterId", "parameterScale", "lowerBound", "upperBound", "nominalValue", "estimate"),
    "condition": ("conditionId",),
    "observable": ("observableId", "observableFormula", "noiseFormula"),
    "measurement": ("observableId", "simulationConditionId", "measurement", "time"),
}
KEYS = {"parameter": "parameterId", "condition": "conditionId", "observable": "observableId"}
KINDS = ("sbml", "condition", "measurement", "observable")


def head(path: Path) -> dict[str, list[Path]]:
    """{kind of table: its files} out of a problem's .yaml file; ValueError for one that does not name them all."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{path}: expected a file in YAML; got something else: {' '.join(str(error).split())[:200]}. Mend that line."
        ) from None
    problems = found.get("problems") if isinstance(found, dict) else None
    first = isinstance(found, dict) and str(found.get("format_version", "")).split(".")[0] == "1"
    if not first or not isinstance(problems, list) or len(problems) != 1 or not isinstance(problems[0], dict):
        raise ValueError(
            f"{path}: expected PEtab's format_version 1 with one problem; got another. Convert it with the package petab."
        )
    named = {kind: problems[0].get(f"{kind}_files") for kind in KINDS}
    for kind, files in named.items():
        most = 1 if kind == "sbml" else None
        if not isinstance(files, list) or not files or len(files) > (most or len(files)):
            raise ValueError(
                f"{path}: expected {kind}_files as a list of {'one file' if most else 'files'}; got {files!r}. Write {kind}_files: [name]."
            )
    one = found.get("parameter_file")
    if not isinstance(one, str):
        raise ValueError(f"{path}: expected parameter_file, the name of one file; got {one!r}. Add that line.")
    named["parameter"] = [one]
    missing = [str(n) for files in named.values() for n in files if not (path.parent / str(n)).is_file()]
    if missing:
        raise ValueError(
            f"{path.parent}: expected the files that {path.name} names; got {', '.join(missing)} missing. Fetch all of the folder."
        )
    return {kind: [path.parent / str(n) for n in files] for kind, files in named.items()}


def table(files: list[Path], kind: str) -> list[dict[str, str]]:
    """Rows of all files of one kind; ValueError for a column that is missing, or a name that stands twice."""
    rows = []
    for path in files:
        try:
            path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{path.name}: expected text in UTF-8; got another ({error.reason}). Save it as UTF-8."
            ) from None
        with path.open(encoding="utf-8-sig", newline="") as f:
            reader = csv.DictReader(f, delimiter="\t", restval="")
            missing = [c for c in COLUMNS[kind] if c not in (reader.fieldnames or ())]
            if missing:
                raise ValueError(
                    f"{path.name}: expected a column {missing[0]}, separated by tabs; got {', '.join(reader.fieldnames or ())}. Add it."
                )
            rows += [{k: (v or "").strip() for k, v in row.items() if k is not None} for row in reader]
    seen = set()
    for row in rows if kind in KEYS else ():
        name = row[KEYS[kind]]
        if not name or name in seen:
            got = f"{name!r} twice" if name else "an empty one"
            raise ValueError(
                f"{files[0].name}: expected each {KEYS[kind]} once; got {got}. Rename or remove one of the rows."
            )
        seen.add(name)
    if not rows:
        raise ValueError(f"{files[0].name}: expected rows below the header; got none. Fetch the file again.")
    return rows


def number(text: str, where: str, *, positive: bool = False) -> float:
    """A finite number out of a table, or ValueError."""
    try:
        found = float(text)
    except ValueError:
        raise ValueError(f"{where}: expected a number; got {text!r}. Correct the table.") from None
    if not math.isfinite(found):
        raise ValueError(f"{where}: expected a finite number; got {text!r}. Correct the table.")
    if positive and found <= 0:
        raise ValueError(f"{where}: expected a positive number; got {text!r}. Correct the table.")
    return found


def value(text: str, where: str):
    """A finite number, or the name of a parameter."""
    try:
        float(text)
    except ValueError:
        return text.strip()
    return number(text, where)


def parameter(row: dict[str, str]) -> dict:
    """A row of the parameters' table, its bounds and nominal value on its own scale too."""
    name, scale, estimate = row["parameterId"], row["parameterScale"], row["estimate"]
    if scale not in SCALES:
        raise ValueError(
            f"parameter {name}: expected the scale lin, log or log10; got {scale!r}. Correct the column parameterScale."
        )
    if estimate not in ("0", "1"):
        raise ValueError(f"parameter {name}: expected 0 or 1 as estimate; got {estimate!r}. Correct the table.")
    free, to = estimate == "1", SCALES[scale][1]
    positive = free and scale != "lin"  # its logarithm is taken
    nominal = number(row["nominalValue"], f"parameter {name}, nominalValue", positive=positive)
    found = {"id": name, "scale": scale, "free": free, "value": nominal}
    if not free:
        return found | {"low": nominal, "high": nominal, "nominal": nominal}
    low, high = (number(row[k], f"parameter {name}, {k}", positive=positive) for k in ("lowerBound", "upperBound"))
    if low >= high:
        raise ValueError(
            f"parameter {name}: expected a lower bound below the upper one; got {low:g} and {high:g}. Swap or widen them."
        )
    return found | {k: float(to(v)) for k, v in (("low", low), ("high", high), ("nominal", nominal))}


def cross_checked(parameters: dict, conditions: dict, observables: dict, measurements: list[dict], constants) -> None:
    """Does each name in a table stand where it is defined? ValueError for the first one that does not."""
    if not any(p["free"] for p in parameters.values()):
        raise ValueError("expected a free parameter (estimate 1); got none. Set estimate to 1 for what is to be found.")
    for name, row in conditions.items():
        for key, found in row.items():
            if key not in constants:
                raise ValueError(
                    f"condition {name}: expected columns that name the model's constants; got {key!r}, which is none. Not read."
                )
            if isinstance(found, str) and found not in parameters:
                raise ValueError(
                    f"condition {name}, {key}: expected a number or a parameter of the table; got {found!r}. Add it to the parameters."
                )
    for row in measurements:
        name, condition = row["observableId"], row["simulationConditionId"]
        if name not in observables:
            raise ValueError(
                f"measurements: expected an observable of the table; got {name!r}. There are {', '.join(observables)}."
            )
        if condition not in conditions:
            raise ValueError(
                f"measurements: expected a condition of the table; got {condition!r}. There are {', '.join(conditions)}."
            )
        where = f"measurements of {name} in {condition}"
        number(row["measurement"], f"{where}, measurement", positive=_logarithmic(observables[name]))
        if number(row["time"], f"{where}, time") < 0:
            raise ValueError(
                f"{where}: expected a time from zero on; got {row['time']}. Shift the times, or begin the model earlier."
            )


def _logarithmic(observable: dict[str, str]) -> bool:
    return (observable.get("observableTransformation") or "lin") != "lin"
