"""Claims: results that a chapter states, and the rules by which a machine judges them.

A chapter calls ``here.claim("name", value)``. Beside it, ``NAME.claims.yml`` says what the number is and what the
science asks of it, and ``NAME.replicates.csv`` holds the same number from earlier runs with several seeds. This
package reads the two files and judges values; it runs nothing and draws nothing.

- `schema`: what a claims file may say, and its conditions;
- `rows`: stored runs, and what is measured of their drift;
- `comparisons`: a sentence about two claims, decided by pairs of stored runs;
- `judging`: one verdict for each claim; `advice`: what its author is told besides;
- `night`: a new seed each night, its alarms and their confirmation; `history`: what the nights saw; `power`: what the
  rule catches;
- `words`: how a value or a verdict is said, on the page and in a reader's notebook.

Names are loaded when they are first used, so that a kernel that only reads stored rows does not depend on the judge.
"""

import importlib

_HOMES = {
    "schema": (
        "UNMEASURED",
        "ClaimsError",
        "Drift",
        "Entry",
        "Published",
        "holds",
        "in_words",
        "read_claims",
        "stated_drift",
    ),
    "rows": (
        "DriftRow",
        "Row",
        "measured_drift",
        "read_drift",
        "read_replicates",
        "statistic",
        "stored_values",
        "write_drift",
        "write_replicates",
    ),
    "comparisons": ("Comparison", "compare"),
    "night": ("alarms_allowed", "confirmed", "confirmed_together", "fresh_seeds"),
    "history": ("HistoryRow", "append_history", "rare_again", "read_history"),
    "power": ("red_nights",),
    "judging": ("Verdict", "judge", "named_in", "prediction_interval"),
    "advice": ("warnings_for_authors",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [*sorted(_HOME)]


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
