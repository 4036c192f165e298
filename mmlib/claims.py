"""Claims: results that a chapter states, and the rules by which a machine judges them.

A chapter calls ``here.claim("name", value)``. Beside it, ``NAME.claims.yml`` says what the number is and what the
science asks of it, and ``NAME.replicates.csv`` holds the same number from earlier runs with several seeds. This
module reads the two files and judges values; it runs nothing and draws nothing.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

__all__ = [
    "ClaimsError",
    "Drift",
    "Entry",
    "Published",
    "Row",
    "Verdict",
    "alarms_allowed",
    "holds",
    "in_words",
    "judge",
    "prediction_interval",
    "read_claims",
    "read_replicates",
    "statistic",
    "stored_values",
    "write_replicates",
]

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_CONDITION = re.compile(rf"^\s*(<=|>=|==|<|>)\s*({_NUMBER})\s*$")
_STATISTIC = re.compile(rf"^(median|mean|min|max|spread|(?:share|count)\s*(?:<=|>=|<|>)\s*{_NUMBER})$")
_COMPARE = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
}


class ClaimsError(ValueError):
    """A claims or replicates file that cannot be used; the message names file, key and remedy."""


# -- what the files hold ------------------------------------------------------------------------------------------


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Drift(_Strict):
    """How far the same seed moves between machines, threads and versions: exactly one of the three."""

    log10: float | None = Field(None, gt=0)
    relative: float | None = Field(None, gt=0)
    absolute: float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _one(self):
        if sum(v is not None for v in (self.log10, self.relative, self.absolute)) != 1:
            raise ValueError("give exactly one of log10, relative, absolute")
        return self

    def agrees(self, got: float, before: float) -> bool:
        """Is `got` the same result as `before`?

        >>> Drift(log10=0.3).agrees(1.9e-3, 1.0e-3), Drift(relative=0.01).agrees(1.9e-3, 1.0e-3)
        (True, False)
        """
        if self.absolute is not None:
            return abs(got - before) <= self.absolute
        if self.relative is not None:
            return abs(got - before) <= self.relative * abs(before)
        if got == before:
            return True
        return got * before > 0 and abs(math.log10(abs(got)) - math.log10(abs(before))) <= self.log10

    def __str__(self) -> str:
        (kind, size), *_ = [(k, v) for k, v in self.model_dump().items() if v is not None]
        return {"log10": f"a factor {10**size:.3g}", "relative": f"{100 * size:.2g} %"}.get(kind, f"± {size:.3g}")


class Published(_Strict):
    """A number that was read in a source, with the key of that source in the bibliography."""

    value: float
    cite: str
    within: float = Field(0.1, gt=0)  # relative distance that still counts as reproduced
    why: str | None = None  # needed where ours does not reproduce it


class Entry(_Strict):
    """One claim of a chapter, as its claims file states it."""

    says: str = Field(min_length=10)
    unit: str
    kind: Literal["exact", "run", "replicates"]
    must: str
    because: str = Field(min_length=10)
    drift: Drift | None = None
    show: str = ".3g"
    better_is: Literal["smaller", "larger"] | None = None
    published: Published | None = None
    of: str | None = None  # replicates: the run claim whose seeds are summarised
    statistic: str | None = None  # replicates: median, mean, min, max, spread, "share < 0.1", "count > 3"

    @field_validator("drift", mode="before")
    @classmethod
    def _bare_number_is_log10(cls, value):
        return {"log10": value} if isinstance(value, int | float) else value

    @field_validator("must")
    @classmethod
    def _must_parses(cls, value):
        _conditions(value)
        return value

    @field_validator("show")
    @classmethod
    def _show_formats(cls, value):
        _format(1.0, value)
        return value

    @model_validator(mode="after")
    def _kind_has_what_it_needs(self):
        if self.kind == "replicates":
            if not self.of or not self.statistic:
                raise ValueError("kind 'replicates' needs `of` (a run claim of this chapter) and `statistic`")
            if not _STATISTIC.match(self.statistic):
                raise ValueError(
                    f"statistic {self.statistic!r}: expected median, mean, min, max, spread, "
                    "'share < NUMBER' or 'count > NUMBER'"
                )
            if self.drift:
                raise ValueError("a replicates claim has no drift: it is computed from stored rows")
        else:
            if self.drift is None:
                raise ValueError("state `drift`: how far the same seed moves when rerun (measure it, don't guess)")
            if self.of or self.statistic:
                raise ValueError("`of` and `statistic` belong to kind 'replicates'")
            if self.kind == "exact" and self.drift.log10 is not None:
                raise ValueError("an exact claim takes `drift: {relative: …}` or `{absolute: …}`, not log10")
        return self

    def text(self, value: float) -> str:
        """The value as prose shows it."""
        unit = {"1": "", "%": " %"}.get(self.unit, f" {self.unit}")
        return _format(value, self.show) + unit


def _format(value: float, show: str) -> str:
    return format(round(value) if show.endswith("d") else value, show)


def _conditions(must: str) -> list[tuple[str, float]]:
    parts = [_CONDITION.match(p) for p in must.split(" and ")]
    if not all(parts):
        raise ValueError(f"must {must!r}: expected comparisons such as '< 2e-3' or '>= 1.99 and <= 2.01'")
    return [(p[1], float(p[2])) for p in parts]


def holds(must: str, value: float) -> bool:
    """Does `value` meet the condition?

    >>> holds(">= 1.99 and <= 2.01", 2.004), holds("< 2e-3", float("nan"))
    (True, False)
    """
    return all(_COMPARE[op](value, bound) for op, bound in _conditions(must))


def in_words(must: str) -> str:
    """A condition as a reader likes it.

    >>> in_words(">= 1.99 and <= 2.01"), in_words("< 2e-3"), in_words("== 4")
    ('1.99 to 2.01', 'below 2e-3', '4')
    """
    parts = [p.strip() for p in must.split(" and ")]
    if len(parts) == 2 and parts[0].startswith(">") and parts[1].startswith("<"):
        return " to ".join(p.lstrip("<>= ") for p in parts)
    words = {"<=": "at most ", ">=": "at least ", "==": "", "<": "below ", ">": "above "}
    sign = {p: next(w for w in words if p.startswith(w)) for p in parts}
    return " and ".join(words[sign[p]] + p.removeprefix(sign[p]).strip() for p in parts)


def read_claims(path: str | Path) -> dict[str, Entry]:
    """Read and validate a claims file: {claim name: Entry}.

    Raises `ClaimsError` with file, key and remedy for unreadable YAML, a repeated claim or a wrong entry.
    """
    path = Path(path)
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=_NoRepeats)
    except FileNotFoundError:
        raise ClaimsError(
            f"{path}: no such file. A chapter has its claims beside it; start from an empty mapping {{}}."
        ) from None
    except yaml.YAMLError as error:
        raise ClaimsError(f"{path}: not readable as YAML: {error}. Mend that line.") from None
    if raw is None:
        raw = {}
    if not isinstance(raw, dict):
        raise ClaimsError(f"{path}: expected a mapping of claim names, got {type(raw).__name__}.")
    entries = {}
    for name, body in raw.items():
        if not re.fullmatch(r"[a-z][a-z0-9_]*", str(name)):
            raise ClaimsError(f"{path}: claim name {name!r}: expected lower_case_with_underscores. Rename it.")
        try:
            entries[name] = Entry.model_validate(body)
        except ValidationError as error:
            errors = sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden")  # a misspelt key first
            first = errors[0]
            key = ".".join([name, *map(str, first["loc"])])
            got = "" if first["type"] == "missing" else f" (got {first['input']!r})"
            allowed = f" Known keys: {', '.join(Entry.model_fields)}." if first["type"] == "extra_forbidden" else ""
            raise ClaimsError(f"{path}: {key}: {first['msg']}{got}.{allowed}") from None
    for name, entry in entries.items():
        if entry.of and (entry.of not in entries or entries[entry.of].kind == "replicates"):
            raise ClaimsError(f"{path}: {name}.of: {entry.of!r} is no run claim of this file.")
    return entries


class _NoRepeats(yaml.SafeLoader):
    """YAML would silently keep the last of two entries with one name."""


def _mapping(loader, node):
    keys = [loader.construct_object(key) for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands twice", node.start_mark)
    return loader.construct_mapping(node, deep=True)


_NoRepeats.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


# -- replicates ---------------------------------------------------------------------------------------------------


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


def read_replicates(path: str | Path) -> list[Row]:
    """Read the stored runs of a chapter; no file means none yet."""
    path = Path(path)
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != list(Row.model_fields):
            raise ClaimsError(f"{path}: expected the columns {','.join(Row.model_fields)}; got {reader.fieldnames}.")
        rows = []
        for number, body in enumerate(reader, start=2):
            try:
                rows.append(Row.model_validate(body))
            except ValidationError as error:
                first = error.errors()[0]
                raise ClaimsError(
                    f"{path}, line {number}: {'.'.join(map(str, first['loc']))}: {first['msg']}. "
                    "Delete the file and collect again, or restore it."
                ) from None
    return rows


def write_replicates(rows: Iterable[Row]) -> str:
    """The text of a replicates file, in a stable order."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(Row.model_fields), lineterminator="\n")
    writer.writeheader()
    for row in sorted(rows, key=lambda r: (r.device, r.dtype, r.threads, r.claim, r.seed)):
        writer.writerow(row.model_dump())
    return out.getvalue()


def stored_values(rows: Iterable[Row], claim: str, device: str = "cpu") -> dict[int, float]:
    """{seed: value} of one claim, ordered by seed; where a seed ran with several thread counts, the smallest counts."""
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


# -- judging ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """What the judge says of one claim."""

    chapter: str
    claim: str
    holds: bool
    got: float | None
    expected: str
    because: str = ""
    runs: int = 1  # number of runs behind `got`
    alarm: bool = False  # outside the prediction interval of a new seed: counted, not red by itself
    published: str = ""  # "reproduced", "better", "not reproduced"

    def __str__(self) -> str:
        got = "nothing" if self.got is None else f"{self.got:.6g}"
        line = f"{self.chapter}: {self.claim}: got {got}, expected {self.expected}"
        if self.runs > 1:
            line += f" (from {self.runs} runs)"
        return line + (f". {self.because}" if self.because else "")


def prediction_interval(
    values: np.ndarray, *, better_is: str | None = None, level: float = 0.99
) -> tuple[float, float]:
    """Where one more run should fall, from at least ten earlier ones (Student's t; on a log scale if all are positive).

    One-sided where the claim says which direction is better: a better result is no alarm.

    >>> low, high = prediction_interval(np.full(10, 2.0) + np.linspace(-.1, .1, 10), better_is="smaller")
    >>> low == float("-inf"), 2.1 < high < 2.4
    (True, True)
    """
    from scipy import stats

    values = np.asarray(values, dtype=float)
    n = values.size
    if n < 10:
        raise ClaimsError(f"a prediction interval needs at least 10 runs, got {n}: make replicates C=<chapter> N=10.")
    logs = bool(np.all(values > 0))
    x = np.log(values) if logs else values
    tail = 1 - level if better_is else (1 - level) / 2
    reach = stats.t.ppf(1 - tail, n - 1) * x.std(ddof=1) * math.sqrt(1 + 1 / n)
    low, high = x.mean() - reach, x.mean() + reach
    if logs:
        low, high = math.exp(low), math.exp(high)
    if better_is == "smaller":
        low = -math.inf
    elif better_is == "larger":
        high = math.inf
    return low, high


def alarms_allowed(n: int, *, level: float = 0.99) -> int:
    """How many of `n` claims may fall outside a 99 % interval before chance is no longer an explanation (p = 0.001).

    >>> alarms_allowed(10), alarms_allowed(200)
    (2, 8)
    """
    from scipy import stats

    return int(stats.binom.ppf(0.999, n, 1 - level)) if n else 0


def _against_published(entry: Entry, value: float) -> str:
    p = entry.published
    if p is None:
        return ""
    if (entry.better_is == "smaller" and value < p.value) or (entry.better_is == "larger" and value > p.value):
        return "better"
    return "reproduced" if abs(value - p.value) <= p.within * abs(p.value) else "not reproduced"


def judge(
    chapter: str,
    entries: dict[str, Entry],
    values: dict[str, float],
    rows: list[Row],
    *,
    seed: int = 0,
    device: str = "cpu",
) -> list[Verdict]:
    """Judge the values of one run of a chapter; one verdict for each claim of file or chapter.

    Seed 0 must meet `must` and agree with its own stored row within `drift`. Another seed is held against the
    prediction interval of the stored rows (claims of kind ``exact`` are judged as with seed 0).
    """
    verdicts = []
    for name in values.keys() - entries.keys():
        verdicts.append(
            Verdict(chapter, name, False, values[name], "an entry in the claims file",
                    f"Add {name!r} to {chapter}.claims.yml, or remove the claim from the chapter.")
        )  # fmt: skip
    for name, entry in entries.items():
        if name not in values:
            verdicts.append(
                Verdict(chapter, name, False, None, entry.must,
                        f"The chapter never claims it: call here.claim({name!r}, …) or delete the entry.")
            )  # fmt: skip
            continue
        if seed != 0 and entry.kind == "run":
            verdicts.append(_judge_new_seed(chapter, name, entry, values[name], rows, device))
        else:
            verdicts.append(_judge_seed_zero(chapter, name, entry, values[name], rows, device))
    return verdicts


def _judge_seed_zero(chapter, name, entry, value, rows, device) -> Verdict:
    def verdict(ok, expected, because="", runs=1):
        return Verdict(chapter, name, ok, value, expected, because, runs, published=_against_published(entry, value))

    if entry.kind == "replicates":
        n = len(stored_values(rows, entry.of, device))
        if n < 5:
            return verdict(False, "at least 5 seeds", f"{n} stored. Run: make replicates C={chapter}", n)
        return verdict(holds(entry.must, value), entry.must, entry.because, n)
    if not holds(entry.must, value):
        return verdict(False, entry.must, entry.because)
    if _against_published(entry, value) == "not reproduced" and not entry.published.why:
        return verdict(
            False,
            f"{entry.published.value:g} ± {100 * entry.published.within:g} % ({entry.published.cite}), or a reason",
            "It does not reproduce the published figure: say why under published.why.",
        )
    stored = stored_values(rows, name, device)
    if device != "cpu" and not stored:
        return verdict(True, entry.must)  # no rows collected on this kind of device yet: `must` alone judges
    same = [r for r in rows if r.claim == name and r.device == device and r.seed == 0]
    if not same:
        return verdict(False, "a stored row of seed 0", f"Nothing to compare with. Run: make replicates C={chapter}")
    for row in same:
        if not entry.drift.agrees(value, row.value):
            return verdict(
                False,
                f"{row.value:.6g} within {entry.drift} (seed 0 on {row.date})",
                "The code or the environment changed the result. If the change is meant, collect the rows again: "
                f"make replicates C={chapter}",
            )
    if entry.kind == "run" and len(stored) >= 5 and len(set(stored.values())) == 1:
        return verdict(False, "values that differ between seeds",
                       "All seeds give one value: the seed does not reach the computation, or the kind is 'exact'.",
                       len(stored))  # fmt: skip
    return verdict(True, entry.must)


def _judge_new_seed(chapter, name, entry, value, rows, device) -> Verdict:
    stored = np.array(list(stored_values(rows, name, device).values()))
    if len(stored) < 10:
        return Verdict(chapter, name, False, value, "10 stored runs for a new seed",
                       f"{len(stored)} stored. Run: make replicates C={chapter}", len(stored))  # fmt: skip
    low, high = prediction_interval(stored, better_is=entry.better_is)
    inside = low <= value <= high
    return Verdict(chapter, name, True, value, f"{low:.4g} … {high:.4g}", "", len(stored), alarm=not inside)
