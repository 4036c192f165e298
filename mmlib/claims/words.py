"""How a value, a condition and a verdict are said: on the pages, in a reader's notebook, in an exported one.

Nothing here judges. What a notebook needs of its claims stands in a plain dictionary (`known`), which an exported one carries.
"""

from __future__ import annotations

import html
import re

import numpy as np

from mmlib.claims.comparisons import Comparison
from mmlib.claims.schema import Entry, holds, in_words

__all__ = [
    "asked",
    "comparison",
    "from_stored_runs",
    "guessed",
    "here",
    "interval",
    "known",
    "rich",
    "rows_met",
    "runs",
    "scripts",
    "seen_red",
    "stored",
    "text",
    "value",
]

_MARK = {True: ("✓", "holds", "#009e73"), False: ("✗", "fails", "#d55e00"), None: ("·", "open", "#6e6e6e")}


def text(value: float, show: str, unit: str) -> str:
    """A value with its unit.

    >>> text(3.912, ".2f", "%"), text(14.2, ".2g", "times"), text(3.9, "d", "1")
    ('3.91 %', '14 times', '4')
    """
    return _number(value, show) + _unit(unit)


def stored(value: float, show: str, unit: str, drift: dict | None) -> str:
    """A stored value, and how far the same seed may move between machines.

    >>> stored(3.9, ".1f", "%", {"absolute": 0.1}), stored(0.0042, ".2g", "1", {"log10": 0.3})
    ('3.9 ± 0.1 %', '0.0042 (within a factor 2)')
    >>> stored(3.9, ".1f", "%", {"absolute": 0.001})
    '3.9 % to the last digit'
    """
    ((kind, size),) = [(k, v) for k, v in (drift or {}).items() if v is not None] or [("none", 0)]
    if kind == "none":
        return text(value, show, unit)
    if kind == "log10":
        return f"{text(value, show, unit)} (within a factor {10**size:.2g})"
    reach, shown = size if kind == "absolute" else size * abs(value), _number(value, show)
    if reach <= _last_digit(shown) / 2:
        return f"{text(value, show, unit)} to the last digit"
    return f"{shown} ± {_one_digit(reach)}{_unit(unit)}"


def rich(said: str) -> str:
    """Words as HTML: letters below and above the line as units are written.

    >>> rich("3 k_B T < 4 cm^2")
    '3 k<sub>B</sub> T &lt; 4 cm<sup>2</sup>'
    """
    return scripts(html.escape(said))


def scripts(markup: str) -> str:
    """The same for text that is HTML already, such as a caption.

    >>> scripts("<b>6.1 k_B T</b>")
    '<b>6.1 k<sub>B</sub> T</b>'
    """
    said = re.sub(r"\b([A-Za-z])_([A-Za-z0-9]{1,2})\b", r"\1<sub>\2</sub>", markup)
    return re.sub(r"\b([A-Za-z]+)\^(-?\d+)", r"\1<sup>\2</sup>", said)


def known(entries: dict, rows: list, device: str = "cpu") -> dict[str, dict]:
    """What a notebook needs to speak of the claims of its chapter, in plain numbers and words."""
    from mmlib.claims import judge, stored_values

    by_seed = {name: stored_values(rows, name, device) for name in entries}
    values = {name: by_seed[name].get(0) for name in entries}
    verdicts = {v.claim: v for v in judge("", entries, values, rows, device=device)}
    said = {}
    for name, entry in entries.items():
        one, verdict = entry.model_dump(include={"says", "unit", "must", "show", "kind"}), verdicts[name]
        if verdict.got is not None:
            one["text"] = value(entry, verdict.got, verdict.rows_met, verdict.comparison)
        if entry.kind in ("replicates", "comparison"):
            one["runs"] = verdict.runs
        elif values[name] is not None:
            one["stored"] = values[name]
            if entry.drift is not None:
                one["drift"] = entry.drift.model_dump(exclude_none=True)
        said[name] = one
    return said


def asked(entry: Entry) -> str:
    """A condition with the unit of its claim.

    >>> common = dict(says="error of the forecast", because="a spline reaches it")
    >>> asked(Entry(**common, kind="run", unit="%", must="< 10", drift=0.1))
    'below 10 %'
    >>> asked(Entry(**common, kind="comparison", unit="1", of=["a", "b"], statistic="share <", must="> 0.8"))
    'a smaller than b in more than 80 % of the pairs'
    """
    if entry.kind != "comparison":
        return in_words(entry.must) + _unit(entry.unit)
    a, b = entry.of
    if entry.statistic != "share <":
        what = "ratio" if entry.statistic == "median ratio" else "difference"
        return f"median {what} of {a} and {b} {in_words(entry.must)}"
    share = re.sub(r"\d[\d.e-]*", lambda m: f"{100 * float(m[0]):g} %", in_words(entry.must))
    more = share.replace("above", "more than").replace("below", "less than")
    return f"{a} smaller than {b} in {more} of the pairs"


def value(entry: Entry, got: float, met: tuple[int, int] | None = None, found: Comparison | None = None) -> str:
    """A result as it stands in a sentence: its number, for a comparison its words, with a count where not all runs agree."""
    if found is not None:
        return comparison(found, entry)
    count = rows_met(met, entry) if met else ""
    return entry.text(got) + (f" ({count})" if count else "")


def runs(entry: Entry, n: int, met: tuple[int, int] | None) -> str:
    """The runs behind a verdict.

    >>> common = dict(says="error of the forecast", because="a spline reaches it", unit="1", must="< 10")
    >>> runs(Entry(**common, kind="run", drift=0.1), 1, (9, 10))
    'met by 9 of 10 stored runs'
    >>> runs(Entry(**common, kind="replicates", of="a", statistic="median"), 10, None)
    'median of 10 stored runs'
    >>> runs(Entry(**common | {"says": "median error over ten seeds"}, kind="replicates", of="a", statistic="median"), 10, None)
    '10 stored runs'
    """
    if entry.kind == "exact":
        return "the same in every run"
    if entry.kind == "run":
        return f"met by {met[0]} of {met[1]} stored runs" if met else "one run"
    if entry.kind == "comparison":
        return f"{n} pairs of stored runs"
    how = {"max": "largest", "min": "smallest"}.get(entry.statistic, entry.statistic.split()[0])
    if how in ("share", "count") or how in entry.says:
        return f"{n} stored runs"
    return f"{how} of {n} stored runs"


def seen_red(flag: bool | None, to_plant: int = 0) -> str:
    """What planted faults did to a claim, or nothing where none was planted yet; `to_plant` are still to come.

    >>> seen_red(False), seen_red(False, 8)
    ('no planted fault turned it red', 'no planted fault has turned it red yet, and up to 8 are still to be planted')
    """
    if flag is None:
        return ""
    if flag:
        return "a planted fault turned it red"
    if to_plant:
        return f"no planted fault has turned it red yet, and up to {to_plant} are still to be planted"
    return "no planted fault turned it red"


def here(name: str, told: dict | None, value: float, was: float | None = None) -> dict:
    """A claim made in a notebook: its value beside the book's, and beside its own of before.

    Parameters
    ----------
    name : the claim's name.
    told : its part of `known`, or None where nothing is known of it.
    value, was : what was computed now, and the last time.

    Returns
    -------
    The line as plain text and as HTML, by MIME type.
    """
    show, unit = (told["show"], told["unit"]) if told else (".4g", "1")
    now = text(value, show, unit)
    changed = "" if was is None else _changed(was, value, show, unit)
    if told is None:
        return _line(None, changed or now, name, "the book, where it is judged, is not at hand")
    ok = holds(told["must"], value)
    book = ""
    if "stored" in told:
        book = f"book {stored(told['stored'], show, unit, told.get('drift'))}" + ("" if changed else f", here {now}")
    verdict = f"asked {in_words(told['must'])}{_unit(unit)}: {'holds' if ok else 'does not hold'}"
    said = "; ".join(filter(None, [changed, book])) or now
    return _line(ok, said, told["says"], f"{verdict}; claim {name}")


def _changed(was: float, now: float, show: str, unit: str) -> str:
    if was == now:
        return f"as before, {text(now, show, unit)}"
    if _number(was, show) == _number(now, show):  # a change that the page's digits do not show
        show = ".6g"
    return f"was {text(was, show, unit)}, now {text(now, show, unit)}"


def from_stored_runs(name: str, told: dict | None) -> dict | str:
    """A claim that one run cannot compute: what the book says from its stored runs."""
    if not told or "text" not in told:
        return f"{name}: stated in the book from stored runs over several seeds."
    return _line(
        None, f"book {told['text']}", told["says"], f"from {told.get('runs', 'its')} stored runs; claim {name}"
    )


def guessed(name: str, guess, value: float, told: dict | None) -> str:
    """A guess beside the result. Whatever was guessed, it is an answer."""
    show, unit = (told["show"], told["unit"]) if told else (".4g", "1")
    found = text(value, show, unit)
    try:
        number = float(guess)
        said = text(number, ".4g", unit)
        if value and number and np.isfinite(number) and number / value > 0:
            ratio = max(number / value, value / number)
            how = "as good as exact" if ratio < 1.005 else f"{100 * abs(number / value - 1):.2g} % off"
            if ratio >= 2:
                how = f"{ratio:.2g} times too {'large' if abs(number) > abs(value) else 'small'}"
            return f"{name}: you guessed {said}; it is {found} ({how})."
    except (TypeError, ValueError, OverflowError):
        said = str(guess)[:80]
    return f"{name}: you guessed {said}; it is {found}."


def _line(ok: bool | None, said: str, says: str, aside: str) -> dict:
    mark, state, colour = _MARK[ok]
    style = f"border-left: 0.25rem solid {colour}; padding-left: 0.75rem"  # a notebook has no style sheet of ours
    line = (
        f'<p class="mm-claim mm-{state}" style="{style}"><span aria-hidden="true">{mark}</span> {rich(says)}: '
        f'<b>{rich(said)}</b> <span class="mm-must">({rich(aside)})</span></p>'
    )
    return {"text/plain": f"{mark} {says}: {said} ({aside})", "text/html": line}


def _number(value: float, show: str) -> str:
    return format(round(value) if show.endswith("d") else value, show)


def _last_digit(shown: str) -> float:
    """What one step of the last digit is worth.

    >>> _last_digit("33.9"), _last_digit("8.25e-10"), _last_digit("120")
    (0.1, 1e-12, 1.0)
    """
    mantissa, _, exponent = shown.partition("e")
    return float(f"1e{int(exponent or 0) - len(mantissa.partition('.')[2])}")


def _one_digit(size: float) -> str:
    """One digit, as a reader writes it: 0.04, 300, 5e-06 as 5e-6.

    >>> _one_digit(0.0391), _one_digit(312.0), _one_digit(5.2e-6)
    ('0.04', '300', '5e-6')
    """
    rounded = float(f"{size:.0e}")
    if 1e-4 <= rounded < 1e5:
        return f"{rounded:.10f}".rstrip("0").rstrip(".")
    return re.sub(r"e([+-])0*(\d)", lambda m: f"e{m[1].strip('+')}{m[2]}", f"{rounded:.0e}")


def _unit(unit: str) -> str:
    return {"1": "", "%": " %"}.get(unit, f" {unit}")


def comparison(found: Comparison, entry: Entry) -> str:
    """A comparison as it stands in a sentence.

    >>> entry = Entry(says="a share of the pairs", unit="1", kind="comparison", of=["net", "kernel"],
    ...               statistic="median ratio", must="< 1", because="counted in pairs", show=".2f")
    >>> comparison(Comparison("median ratio", 0.42, 10, 9, 0, 0.3, 0.9, "count"), entry)
    'in 9 of 10 runs, median ratio 0.42'
    """
    if found.decided != "not decided" and found.wins == found.n:
        text = f"in all {found.n} runs"
    else:
        won = found.wins - found.ties / 2
        text = f"in {won:g} of {found.n} runs" + (f" and {found.ties} tied" if found.ties else "")
        if found.decided == "not decided":
            text = f"not decided: {text.removeprefix('in ')}"
    return text if found.statistic == "share <" else f"{text}, {found.statistic} {_value(found.value, found, entry)}"


def interval(found: Comparison, entry: Entry) -> str:
    """The 95 % interval of a comparison, for its tick and for the ledger.

    >>> entry = Entry(says="a share of the pairs", unit="1", kind="comparison", of=["net", "kernel"],
    ...               statistic="share <", must="> 0.8", because="counted in pairs", show=".2f")
    >>> interval(Comparison("share <", 0.9, 10, 9, 0, 0.555, 0.997, "count"), entry)
    '0.56 to 1.00 (95 %)'
    """
    low, high = (_value(x, found, entry) for x in (found.low, found.high))
    return f"{low} to {high} (95 %)"


def rows_met(met: tuple[int, int], entry: Entry) -> str:
    """How many stored runs meet the condition, where not all do.

    >>> run = dict(says="error of the forecast", unit="1", kind="run", must="< 1", because="a spline reaches it", drift=0.1)
    >>> rows_met((9, 10), Entry(**run)), rows_met((10, 10), Entry(**run))
    ('in 9 of 10 runs', '')
    """
    k, n = met
    return "" if k == n and not entry.holds_in else f"in {k} of {n} runs"


def _value(value: float, found: Comparison, entry: Entry) -> str:
    if found.statistic == "median difference":
        return entry.text(value)
    show = entry.show if entry.show[-1:] not in "d%" else ".2g"
    return format(value, show)
