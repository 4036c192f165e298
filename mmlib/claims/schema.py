"""What a claims file may say: its entries, their conditions, and how far the same seed may move."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from mmlib import _input

__all__ = [
    "UNMEASURED",
    "ClaimsError",
    "Drift",
    "Entry",
    "Published",
    "bounds",
    "holds",
    "in_words",
    "read_claims",
    "stated_drift",
]

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_CONDITION = re.compile(rf"^\s*(<=|>=|==|<|>)\s*({_NUMBER})\s*$")
_STATISTIC = re.compile(rf"^(median|mean|min|max|spread|(?:share|count)\s*(?:<=|>=|<|>)\s*{_NUMBER})$")
_PAIRED = ("share <", "median ratio", "median difference")
_HOLDS_IN = re.compile(r"^(\d+) of (\d+)$")
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

    log10: float | None = Field(None, gt=0, allow_inf_nan=False)
    relative: float | None = Field(None, gt=0, allow_inf_nan=False)
    absolute: float | None = Field(None, gt=0, allow_inf_nan=False)

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

    def reach(self, value: float) -> float:
        """How far above `value` the same result may lie.

        >>> round(Drift(log10=0.3).reach(2.0), 3), Drift(relative=0.01).reach(2.0)
        (1.991, 0.02)
        """
        if self.absolute is not None:
            return self.absolute
        return abs(value) * (self.relative if self.relative is not None else 10**self.log10 - 1)

    def __str__(self) -> str:
        (kind, size), *_ = [(k, v) for k, v in self.model_dump().items() if v is not None]
        return {"log10": f"a factor {10**size:.3g}", "relative": f"{100 * size:.2g} %"}.get(kind, f"± {size:.3g}")


UNMEASURED = Drift(relative=1e-6)  # while the rows are collected from which it will be measured


class Published(_Strict):
    """A number that was read in a source, with the key of that source in the bibliography."""

    value: float = Field(allow_inf_nan=False)
    cite: str
    within: float = Field(0.1, gt=0, allow_inf_nan=False)  # relative distance that still counts as reproduced
    why: str | None = None  # needed where ours does not reproduce it

    @field_validator("why")
    @classmethod
    def _no_verdict(cls, why):
        if why and why.split(":")[0].strip().lower() in ("better", "reproduced", "not reproduced"):
            raise ValueError(
                f"expected why as the reason alone; got {why[:30]!r}. The verdict is computed and shown beside it."
            )
        return why


class Entry(_Strict):
    """One claim of a chapter, as its claims file states it."""

    says: str = Field(min_length=10)
    unit: str
    kind: Literal["exact", "run", "replicates", "comparison"]
    must: str
    because: str = Field(min_length=10)
    drift: Drift | None = None  # exact, run: left out where it is measured (NAME.drift.csv)
    show: str = ".3g"
    better_is: Literal["smaller", "larger"] | None = None
    published: Published | None = None
    of: str | tuple[str, str] | None = None  # replicates: the run claim that is summarised; comparison: the two
    statistic: str | None = None  # replicates: median, …, "share < 0.1"; comparison: "share <", "median ratio", …
    control: str | None = None  # comparison: the claim that holds the run without the cause
    holds_in: str | None = None  # run: "9 of 10", how many stored runs must meet the condition; all if left out
    bound_because: str | None = Field(None, min_length=10)  # why a condition that no run can break stays
    drift_only: bool = False  # no fault turns it red but through its drift: listed apart

    @field_validator("drift", mode="before")
    @classmethod
    def _bare_number_is_log10(cls, value):
        return {"log10": value} if isinstance(value, int | float) and not isinstance(value, bool) else value

    @field_validator("must")
    @classmethod
    def _must_parses(cls, value):
        ends = _conditions(value)
        low = max((b for op, b in ends if op[0] in ">="), default=-math.inf)
        high = min((b for op, b in ends if op[0] in "<="), default=math.inf)
        if low > high or not all(math.isfinite(b) for _, b in ends):
            raise ValueError(f"must {value!r}: no number can meet it. Are its ends swapped?")
        return value

    @field_validator("show")
    @classmethod
    def _show_formats(cls, value):
        _format(1.0, value)
        return value

    @field_validator("of", mode="before")
    @classmethod
    def _of_is_a_name_or_a_pair(cls, value):
        if value is None or isinstance(value, str):
            return value
        if not (isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(v, str) for v in value)):
            raise ValueError(
                "expected one claim's name (replicates) or two, as in `of: [network, kernel]` (comparison)"
            )
        return tuple(value)

    @field_validator("statistic")
    @classmethod
    def _statistic_in_one_spelling(cls, value):
        return " ".join(value.replace("<", " < ").split()) if value and value.replace(" ", "") == "share<" else value

    @field_validator("holds_in")
    @classmethod
    def _holds_in_parses(cls, value):
        if value is None:
            return value
        match = _HOLDS_IN.match(value)
        k, n = map(int, match.groups()) if match else (0, 0)
        if not match or n < 10 or k > n:
            raise ValueError("expected '9 of 10': how many of at least ten stored runs must meet `must`")
        if 10 * k < 8 * n:
            raise ValueError("not below 8 of 10: claim the share itself, with kind 'replicates' and 'share …'")
        return value

    @model_validator(mode="after")
    def _kind_has_what_it_needs(self):
        {"replicates": self._replicates, "comparison": self._comparison}.get(self.kind, self._computed)()
        if self.kind != "comparison" and self.control:
            raise ValueError("`control` belongs to kind 'comparison'")
        if self.kind != "run" and self.holds_in:
            raise ValueError("`holds_in` belongs to kind 'run': it counts the stored runs that meet `must`")
        return self

    def _replicates(self):
        if not isinstance(self.of, str) or not self.statistic:
            raise ValueError("kind 'replicates' needs `of` (a run claim of this chapter) and `statistic`")
        if not _STATISTIC.match(self.statistic):
            raise ValueError(
                f"statistic {self.statistic!r}: expected median, mean, min, max, spread, "
                "'share < NUMBER' or 'count > NUMBER'"
            )
        if self.drift:
            raise ValueError("a replicates claim has no drift: it is computed from stored rows")

    def _comparison(self):
        if not isinstance(self.of, tuple) or len(set(self.of)) != 2 or not self.statistic:
            raise ValueError("kind 'comparison' needs `of: [a, b]` (two claims of this chapter) and `statistic`")
        if self.statistic not in _PAIRED:
            raise ValueError(f"statistic {self.statistic!r}: expected {', '.join(map(repr, _PAIRED))}")
        if self.drift or self.published:
            raise ValueError("a comparison has neither `drift` nor `published`: it is computed from stored rows")

    def _computed(self):
        if self.drift is None:
            raise ValueError(
                "state `drift`: how far the same seed moves when rerun (measure it, don't guess), "
                "or have it measured: make replicates"
            )
        if self.of or self.statistic:
            raise ValueError("`of` and `statistic` belong to the kinds 'replicates' and 'comparison'")
        if self.kind == "exact" and self.drift.log10 is not None:
            raise ValueError("an exact claim takes `drift: {relative: …}` or `{absolute: …}`, not log10")

    @property
    def share_asked(self) -> tuple[int, int]:
        """How many of how many stored runs must meet the condition: (9, 10) for ``holds_in: 9 of 10``."""
        return tuple(map(int, _HOLDS_IN.match(self.holds_in).groups())) if self.holds_in else (1, 1)

    def text(self, value: float) -> str:
        """The value as prose shows it."""
        unit = {"1": "", "%": " %"}.get(self.unit, f" {self.unit}")
        return _format(value, self.show) + unit


def _format(value: float, show: str) -> str:
    return format(round(value) if show.endswith("d") else value, show)


def _conditions(must: str) -> list[tuple[str, float]]:
    parts = [_CONDITION.match(p) for p in must.split(" and ")] if isinstance(must, str) else [None]
    if not all(parts):
        raise ValueError(f"must {must!r}: expected comparisons such as '< 2e-3' or '>= 1.99 and <= 2.01'")
    return [(p[1], float(p[2])) for p in parts]


def bounds(must: str) -> list[tuple[str, float]]:
    """The comparisons that a condition is made of.

    >>> bounds(">= 1.99 and <= 2.01")
    [('>=', 1.99), ('<=', 2.01)]
    """
    return _conditions(must)


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


def read_claims(path: str | Path, *, unmeasured: Drift | None = None) -> dict[str, Entry]:
    """Read and validate a claims file.

    Where ``NAME.drift.csv`` lies beside it, claims without a stated `drift` get the measured one.

    Parameters
    ----------
    path : str or Path
        ``NAME.claims.yml``.
    unmeasured : Drift, optional
        Stands in where a drift is neither stated nor measured yet: for the collector, which is about to measure it.

    Returns
    -------
    dict of str to Entry
        In the order of the file.

    Raises
    ------
    ClaimsError
        Unreadable YAML, a repeated claim or a wrong entry, with file, key and remedy.
    """
    from mmlib.claims.rows import measured_drift

    path = _input.path(path, "a claims file")
    measured = measured_drift(path.with_name(path.name.removesuffix(".claims.yml") + ".drift.csv"))
    entries = {}
    for name, body in _mapping_of(path).items():
        if not re.fullmatch(r"[a-z][a-z0-9_]*", str(name)):
            raise ClaimsError(f"{path}: claim name {name!r}: expected lower_case_with_underscores. Rename it.")
        if isinstance(body, dict) and body.get("drift") is None and body.get("kind") in ("exact", "run"):
            body = {**body, "drift": measured.get(name, {}).get(body["kind"], unmeasured)}
        entries[name] = _validated(path, name, body)
    for name, entry in entries.items():
        if problem := _bad_reference(entries, entry):
            raise ClaimsError(f"{path}: {name}.{problem}")
    return entries


def stated_drift(path: str | Path) -> set[str]:
    """Claims whose entry states its own drift."""
    return {name for name, body in _mapping_of(Path(path)).items() if isinstance(body, dict) and body.get("drift")}


def _mapping_of(path: Path) -> dict:
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=_NoRepeats)
    except (FileNotFoundError, IsADirectoryError):
        raise ClaimsError(
            f"{path}: no such file. A chapter has its claims beside it; start from an empty mapping {{}}."
        ) from None
    except UnicodeDecodeError as error:
        raise ClaimsError(f"{path}: not UTF-8: {error}. Save it as UTF-8.") from None
    except yaml.YAMLError as error:
        raise ClaimsError(f"{path}: not readable as YAML: {error}. Mend that line.") from None
    raw = {} if raw is None else raw
    if not isinstance(raw, dict):
        raise ClaimsError(f"{path}: expected a mapping of claim names, got {type(raw).__name__}.")
    return raw


def _validated(path: Path, name: str, body) -> Entry:
    try:
        return Entry.model_validate(body)
    except ValidationError as error:
        errors = sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden")  # a misspelt key first
        first = errors[0]
        key = ".".join([name, *map(str, first["loc"])])
        got = "" if first["type"] == "missing" else f" (got {first['input']!r})"
        allowed = f" Known keys: {', '.join(Entry.model_fields)}." if first["type"] == "extra_forbidden" else ""
        raise ClaimsError(f"{path}: {key}: {first['msg']}{got}.{allowed}") from None


def _bad_reference(entries: dict[str, Entry], entry: Entry) -> str | None:
    """What is wrong with the claims that an entry names, if anything."""

    def kind(name):
        return entries[name].kind if name in entries else None

    if entry.kind == "replicates" and kind(entry.of) not in ("run", "exact"):
        return f"of: {entry.of!r} is no run claim of this file."
    if entry.kind == "comparison":
        a, b = entry.of
        if kind(a) != "run":
            return f"of: the first of the two, {a!r}, is no run claim of this file."
        if kind(b) not in ("run", "exact"):
            return f"of: the second of the two, {b!r}, is no run or exact claim of this file."
        if entry.control and entry.control not in entries:
            return f"control: {entry.control!r} is no claim of this file."
    return None


class _NoRepeats(yaml.SafeLoader):
    """YAML would silently keep the last of two entries with one name."""


def _mapping(loader, node):
    keys = [loader.construct_object(key) for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands twice", node.start_mark)
    return loader.construct_mapping(node, deep=True)


_NoRepeats.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
