"""The memory of the nights: every value of every night, in one file that only grows.

One CSV format: ``date, commit, chapter, claim, seed, value, device, machine, verdict``. A verdict is

- ``ok``: within the interval; ``exact`` and ``seeds`` for claims that no new seed moves (kind exact; replicates and
  comparisons, computed from stored runs), where they hold;
- ``alarm``: outside the 99 % interval, or a condition broken that all stored runs meet; ``rare``: an alarm with p < 1e-3;
- ``confirmed``: an alarm that fresh seeds of the same night confirm, alone or together with others of its chapter;
  ``red``: red at once;
- ``fresh ok``, ``fresh alarm``, ``fresh red``: the values of those fresh seeds.
"""

from __future__ import annotations

import csv
import datetime
import io
import os
from collections.abc import Iterable
from pathlib import Path

from pydantic import Field, ValidationError

from mmlib.claims.schema import ClaimsError, _Strict

__all__ = ["HistoryRow", "append_history", "rare_again", "read_history"]

RARE = 1e-3
NIGHTS = 7


class HistoryRow(_Strict):
    """One value of one night."""

    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    commit: str
    chapter: str
    claim: str
    seed: int = Field(ge=0)
    value: float
    device: str
    machine: str
    verdict: str


def read_history(path: str | Path) -> list[HistoryRow]:
    """Read a history file; no file means no night yet.

    Parameters
    ----------
    path : str or Path
        The CSV file.

    Returns
    -------
    list of HistoryRow
        In the order of the file.

    Raises
    ------
    ClaimsError
        Other columns, or a line that is none of ours, with its number.

    Examples
    --------
    >>> read_history("no/such/history.csv")
    []
    """
    path = Path(path)
    if not path.exists() or not path.stat().st_size:
        return []
    rows = []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if reader.fieldnames != list(HistoryRow.model_fields):
                raise ClaimsError(
                    f"{path}: expected the columns {','.join(HistoryRow.model_fields)}; got {reader.fieldnames}. "
                    "Name another file with --history: this one is left as it is."
                )
            for number, body in enumerate(reader, start=2):
                try:
                    rows.append(HistoryRow.model_validate(body))
                except ValidationError as error:
                    first = error.errors()[0]
                    where = ".".join(map(str, first["loc"]))
                    raise ClaimsError(f"{path}, line {number}: {where}: {first['msg']}. Mend that line.") from None
    except UnicodeDecodeError as error:
        raise ClaimsError(f"{path}: not UTF-8: {error}. Restore it, or name another file with --history.") from None
    return rows


def append_history(path: str | Path, rows: Iterable[HistoryRow]) -> None:
    """Append rows in one write; what is in the file stays, and a writer beside us does not mix its lines with ours.

    Parameters
    ----------
    path : str or Path
        The CSV file; made, with its header, where there is none.
    rows : iterable of HistoryRow
        What this night found.

    Raises
    ------
    ClaimsError
        The file is no history: nothing is written.

    Examples
    --------
    >>> import tempfile
    >>> row = HistoryRow(date="2026-01-01", commit="abc", chapter="odes/a", claim="error", seed=20260101, value=0.1,
    ...                  device="cpu", machine="runner", verdict="ok")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for _ in range(2):
    ...         append_history(f"{folder}/history.csv", [row])
    ...     len(read_history(f"{folder}/history.csv"))
    2
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        _lock(file)
        file.seek(0)
        head, header = file.readline().decode("utf-8", "replace").rstrip("\r\n"), ",".join(HistoryRow.model_fields)
        if head and head != header:
            raise ClaimsError(f"{path}: expected the columns {header}; got {head[:80]!r}. Name another file.")
        out = io.StringIO()
        if head:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":  # somebody else's last line was cut short: ours does not hang on to it
                out.write("\n")
        writer = csv.DictWriter(out, list(HistoryRow.model_fields), lineterminator="\n")
        if not head:
            writer.writeheader()
        writer.writerows(row.model_dump() for row in rows)
        file.write(out.getvalue().encode())  # opened to append: at the end, wherever others have got to
        file.flush()
        os.fsync(file.fileno())


def _lock(file) -> None:
    """Until the file is closed; where the system has no such lock (Windows), one night at a time is on you."""
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(file, fcntl.LOCK_EX)


def rare_again(history: Iterable[HistoryRow], today: str) -> dict[tuple[str, str], list[str]]:
    """Claims whose alarm had p < 1e-3 in two of the last seven nights, with the dates.

    Parameters
    ----------
    history : iterable of HistoryRow
        Tonight included.
    today : str
        ``YYYY-MM-DD``, the last of the seven nights.

    Returns
    -------
    dict
        (chapter, claim) to its dates. Fresh seeds do not count: they are drawn because there was an alarm.

    Examples
    --------
    >>> row = dict(commit="abc", chapter="odes/a", claim="error", seed=1, value=0.1, device="cpu", machine="runner")
    >>> nights = [HistoryRow(date=f"2026-01-0{day}", verdict="rare", **row) for day in (1, 4)]
    >>> rare_again(nights, "2026-01-07"), rare_again(nights, "2026-01-08")
    ({('odes/a', 'error'): ['2026-01-01', '2026-01-04']}, {})
    """
    last = datetime.date.fromisoformat(today)
    found: dict[tuple[str, str], set[str]] = {}
    for row in history:
        age = (last - datetime.date.fromisoformat(row.date)).days
        if row.verdict in ("rare", "confirmed", "red") and 0 <= age < NIGHTS:
            found.setdefault((row.chapter, row.claim), set()).add(row.date)
    return {claim: sorted(dates) for claim, dates in sorted(found.items()) if len(dates) >= 2}
