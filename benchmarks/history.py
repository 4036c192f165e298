"""What has been measured on two days or more: nothing that was stored is replaced, so values can be followed over time."""

from __future__ import annotations

import numpy as np

from benchmarks import store
from benchmarks.words import seconds, short, table

NAMES = {"stock": "recipe", "ours": "second order", "first order": "first order, same formulation"}


def days(rows):
    """(problem, method) -> day -> rows of that day (of several from one seed the last), where there are two days or more."""
    found = {}
    for row in rows:
        found.setdefault((row["problem"], row["method"]), {}).setdefault(row["date"][:10], []).append(row)
    return {
        run: {day: store.newest(by_day[day]) for day in sorted(by_day)}
        for run, by_day in found.items()
        if len(by_day) > 1
    }


def lines(rows, problems):
    """One line for each problem, method and day."""
    table_of = []
    for (name, method), by_day in days(rows).items():
        for day, own in by_day.items():
            errors, spent = ([float(r[k]) for r in own] for k in ("error", "cpu_seconds"))
            many = f"{len(own)} seeds" if len(own) > 1 else "1 run"
            machine = ", ".join(sorted({r["device"].removesuffix(", one thread") for r in own}))
            title = problems[name].title if name in problems else name
            table_of.append(
                [
                    title,
                    NAMES.get(method, method),
                    day,
                    many,
                    short(np.median(errors)),
                    f"{seconds(np.median(spent))} s",
                    machine,
                ]
            )
    return table_of


def told(rows, problems):
    """The section's table, or a sentence if nothing was measured twice."""
    found = lines(rows, problems)
    if not found:
        return "So far each run has been made on one day only; a table will stand here."
    return table(["problem", "method", "day", "runs", "error, median", "CPU time", "machine"], found)
