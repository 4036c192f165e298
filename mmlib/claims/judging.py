"""One verdict for each claim: the only place where a value is held against its condition, its past and its peers."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from mmlib.claims.comparisons import LEAST, Comparison, compare
from mmlib.claims.rows import Row, statistic, stored_values
from mmlib.claims.schema import ClaimsError, Entry, holds

__all__ = ["Verdict", "judge", "named_in", "prediction_interval"]

FEW = 5  # stored runs below which a statement over seeds is none


@dataclass(frozen=True)
class Verdict:
    """What the judge says of one claim.

    Attributes
    ----------
    chapter, claim : str
        Which claim.
    holds : bool
        Is everything well? A verdict that does not hold makes a run red.
    got : float or None
        The value; for replicates and comparisons the statistic of the stored rows.
    expected, because : str
        What was asked, and why or what to do.
    runs : int
        Number of runs behind `got`.
    alarm : bool
        A new seed fell outside its prediction interval, or broke a condition that all stored rows meet.
    published : str
        ``reproduced``, ``better``, ``not reproduced``, or empty.
    rows_met : tuple of int, optional
        k of n stored rows meet `must` (run claims).
    comparison : Comparison, optional
        What the pairs say (comparisons).
    seen_red : bool, optional
        Did a planted fault turn it red through `must` or a comparison? None: no fault was planted yet.
    to_plant : int
        Faults that a campaign may still plant; 0 where it is finished.
    p : float, optional
        How rarely a new seed falls so far out, if nothing changed.
    """

    chapter: str
    claim: str
    holds: bool
    got: float | None
    expected: str
    because: str = ""
    runs: int = 1
    alarm: bool = False
    published: str = ""
    rows_met: tuple[int, int] | None = None
    comparison: Comparison | None = None
    seen_red: bool | None = None
    to_plant: int = 0
    p: float | None = None

    def __str__(self) -> str:
        got = "nothing" if self.got is None else f"{self.got:.6g}"
        line = f"{self.chapter}: {self.claim}: got {got}, expected {self.expected}"
        if self.runs > 1:
            line += f" (from {self.runs} runs)"
        return line + (f". {self.because}" if self.because else "")


def judge(
    chapter: str,
    entries: Mapping[str, Entry],
    values: Mapping[str, float | None],
    rows: Iterable[Row],
    seed: int = 0,
    device: str = "cpu",
    *,
    listed: Collection[str] = (),
    named: Collection[str] | None = None,
) -> list[Verdict]:
    """Judge the values of one run of a chapter.

    Seed 0 must meet `must`, agree with its own stored row within `drift`, and so must every stored row meet `must`
    (``holds_in`` of them). Another seed is held against the stored rows by `mmlib.claims.night` (claims of kind
    ``exact`` are judged as with seed 0). Claims of kind ``replicates`` and ``comparison`` are computed from the rows.

    Parameters
    ----------
    chapter : str
        Its path below ``book/``, for the messages.
    entries : mapping of str to Entry
        The claims file.
    values : mapping of str to float or None
        What the run claimed; None for a claim that was named without a value.
    rows : iterable of Row
        Stored runs.
    seed, device : int, str
        Of the run.
    listed : collection of str
        Claims of this chapter in ``book/violations.yml``: their stored rows break `must` today.
    named : collection of str, optional
        Claims that the chapter's prose names (`named_in`): a statement over seeds needs no call in the kernel. If
        left out, it is not asked whether such a claim is used.

    Returns
    -------
    list of Verdict
        One for each entry, in its order; values without an entry come first.

    Examples
    --------
    >>> entry = Entry(says="error of the forecast", unit="1", kind="run", must="< 1", because="a spline's error", drift=0.1)
    >>> rows = [Row(claim="error", seed=seed, value=0.1 + 0.1 * seed, device="cpu", dtype="float64", threads=1, cpu_s=1,
    ...             key="k", date="2026-01-01") for seed in range(10)]
    >>> (verdict,) = judge("odes/a", {"error": entry}, {"error": 0.1}, rows)
    >>> verdict.holds, verdict.rows_met
    (False, (9, 10))
    """
    rows = list(rows)
    verdicts = [
        Verdict(chapter, name, False, values[name], "an entry in the claims file",
                f"Add {name!r} to {chapter}.claims.yml, or remove the claim from the chapter.")
        for name in values if name not in entries
    ]  # fmt: skip
    for name, entry in entries.items():
        case = _Case(chapter, name, entry, values.get(name), rows, device)
        over_seeds = entry.kind in ("replicates", "comparison")
        if name not in values and not (over_seeds and (named is None or name in named)):
            glue = ", name it in the text ({glue:text})" if over_seeds else ""
            verdicts.append(
                case.verdict(False, entry.must, f"The chapter never claims it: call here.claim({name!r}, …){glue} or delete the entry.")
            )  # fmt: skip
        elif over_seeds:
            verdicts.append(case.comparison(entries) if entry.kind == "comparison" else case.replicates())
        elif case.value is None:
            verdicts.append(case.verdict(False, entry.must, f"It has no value: call here.claim({name!r}, value)."))
        elif seed != 0 and entry.kind == "run":
            from mmlib.claims.night import judge_new_seed

            verdicts.append(judge_new_seed(chapter, name, entry, case.value, rows, device))
        else:
            verdicts.append(case.seed_zero(excused=name in listed))
    return verdicts


def named_in(text: str) -> set[str]:
    """The claims that a chapter's text names.

    >>> named_in("The network wins {glue:text}`net_over_kernel`.")
    {'net_over_kernel'}
    """
    return set(re.findall(r"\{glue:text\}`(?:[^`<]*<)?(\w+)", text))


@dataclass(frozen=True)
class _Case:
    """One claim before the judge."""

    chapter: str
    name: str
    entry: Entry
    value: float | None
    rows: list[Row]
    device: str

    def verdict(self, ok: bool, expected: str, because: str = "", runs: int = 1, **more) -> Verdict:
        published = "" if self.value is None else _against_published(self.entry, self.value)
        return Verdict(
            self.chapter, self.name, ok, self.value, expected, because, runs, **{"published": published, **more}
        )

    def replicates(self) -> Verdict:
        stored = list(stored_values(self.rows, self.entry.of, self.device).values())
        if len(stored) < FEW:
            return self.verdict(False, f"at least {FEW} seeds", self.collect(len(stored)), len(stored))
        mine = replace(self, value=statistic(self.entry.statistic, stored))
        if refusal := self._idle():
            return mine.verdict(False, *refusal, len(stored))
        return mine.verdict(holds(self.entry.must, mine.value), self.entry.must, self.entry.because, len(stored))

    def comparison(self, entries: Mapping[str, Entry]) -> Verdict:
        must = f"{self.entry.statistic} of {' and '.join(self.entry.of)} {self.entry.must}"
        try:
            found = compare(self.entry, entries, self.rows, self.device, name=self.name)
        except ClaimsError as error:
            return replace(self, value=None).verdict(False, must, str(error).removeprefix(f"{self.name}: "))
        mine = replace(self, value=found.value)
        if found.n < LEAST:
            return mine.verdict(
                False, f"at least {LEAST} common runs", self.collect(found.n), found.n, comparison=found
            )
        if refusal := self._idle():
            return mine.verdict(False, *refusal, found.n, comparison=found)
        return mine.verdict(
            holds(self.entry.must, found.value), must, self.entry.because, found.n, comparison=found, published=""
        )

    def _idle(self) -> tuple[str, str] | None:
        """A condition on a share that every share meets says nothing, whatever the runs do."""
        if self.entry.statistic.startswith("share") and all(holds(self.entry.must, k / 20) for k in range(21)):
            return "a condition that a share can break", f"Every share from 0 to 1 meets {self.entry.must}. Sharpen it."
        return None

    def seed_zero(self, excused: bool) -> Verdict:
        met = rows_met(self.entry, self.name, self.rows, self.device)
        more = {"rows_met": met}
        for refusal in (self._condition(), self._published(), self._memory(), self._every_row(met, excused)):
            if refusal:
                return self.verdict(False, *refusal, **more)
        return self.verdict(True, self.entry.must, **more)

    def _condition(self):
        return None if holds(self.entry.must, self.value) else (self.entry.must, self.entry.because)

    def _published(self):
        p = self.entry.published
        if not p or p.why or _against_published(self.entry, self.value) != "not reproduced":
            return None
        return (
            f"{p.value:g} ± {100 * p.within:g} % ({p.cite}), or a reason",
            "It does not reproduce the published figure: say why under published.why.",
        )

    def _memory(self):
        """Does seed 0 agree with its stored row, and do the seeds differ?"""
        stored = stored_values(self.rows, self.name, self.device)
        if self.device != "cpu" and not stored:
            return None  # no rows collected on this kind of device yet: `must` alone judges
        same = [r for r in self.rows if r.claim == self.name and r.device == self.device and r.seed == 0]
        if not same:
            return "a stored row of seed 0", f"Nothing to compare with. Run: make replicates C={self.chapter}"
        for row in same:
            if not self.entry.drift.agrees(self.value, row.value):
                return (
                    f"{row.value:.6g} within {self.entry.drift} (seed 0 on {row.date})",
                    "The code or the environment changed the result. If the change is meant, collect the rows again: "
                    f"make replicates C={self.chapter}",
                )
        if self.entry.kind == "run" and len(stored) >= FEW and len(set(stored.values())) == 1:
            return (
                "values that differ between seeds",
                "All seeds give one value: the seed does not reach the computation, or the kind is 'exact'.",
                len(stored),
            )
        return None

    def _every_row(self, met: tuple[int, int] | None, excused: bool):
        if met is None or excused:
            return None
        (k, n), (asked, of) = met, self.entry.share_asked
        if n < of:
            return f"at least {of} stored runs for `holds_in: {self.entry.holds_in}`", self.collect(n), n
        if k * of >= asked * n:
            return None
        broken = [f"{s} ({v:.4g})" for s, v in stored_values(self.rows, self.name, self.device).items()
                  if not holds(self.entry.must, v)]  # fmt: skip
        often = f"{self.entry.holds_in} stored runs" if self.entry.holds_in else "every stored run"
        return (
            f"{self.entry.must} in {often}",
            f"{k} of {n} meet it; seeds that do not: {', '.join(broken)}. Say in how many it holds (holds_in, "
            "not below 8 of 10), claim the share itself (kind: replicates), or mend the condition.",
            n,
        )

    def collect(self, n: int) -> str:
        return f"{n} stored. Run: make replicates C={self.chapter}"


def rows_met(entry: Entry, name: str, rows: Iterable[Row], device: str = "cpu") -> tuple[int, int] | None:
    """How many of the stored rows of a run claim meet its condition; None for other kinds and without rows."""
    stored = stored_values(rows, name, device) if entry.kind == "run" else {}
    return (sum(holds(entry.must, v) for v in stored.values()), len(stored)) if stored else None


def _against_published(entry: Entry, value: float) -> str:
    p = entry.published
    if p is None:
        return ""
    if abs(value - p.value) <= p.within * abs(p.value):
        return "reproduced"
    ahead = value < p.value if entry.better_is == "smaller" else entry.better_is == "larger" and value > p.value
    return "better" if ahead else "not reproduced"


def prediction_interval(
    values: np.ndarray, *, better_is: str | None = None, level: float = 0.99
) -> tuple[float, float]:
    """Where one more run should fall, from at least ten earlier ones (Student's t; on a log scale if all are positive).

    Parameters
    ----------
    values : array_like
        Of the stored runs.
    better_is : str, optional
        ``smaller`` or ``larger``: one-sided then, a better result is no alarm.
    level : float
        Of the interval.

    Returns
    -------
    low, high : float

    Raises
    ------
    ClaimsError
        Fewer than ten values.

    Examples
    --------
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
