"""The ledger: counts, states, and the table that is downloaded."""

import csv
import io
import json
from types import SimpleNamespace

import pytest

from mmlib.claims import Comparison, Entry, Verdict
from mmlib.claims.history import HistoryRow, append_history, read_history
from mmlib.reproduce import ledger, nights
from mmlib.reproduce.store import Record
from mmlib.reproduce.ticks import Shown

RUN = Entry(
    says="relative error of the forecast", unit="%", kind="run", must="< 10", because="what a spline\n  reaches",
    drift={"absolute": 0.1}, published={"value": 4.0, "cite": "doe2020", "why": "they smooth"},
)  # fmt: skip


def verdict(name="error", **more):
    return Verdict("a/b", name, more.pop("ok", True), more.pop("got", 3.9), "< 10", **more)


@pytest.fixture
def shown():
    found = {
        "error": verdict(published="not reproduced", rows_met=(9, 10), seen_red=True),
        "other": verdict("other", seen_red=False, to_plant=4, published="better"),
        "wins": verdict("wins", comparison=Comparison("share <", 0.5, 10, 5, 0, 0.2, 0.8, "not decided")),
    }
    record = Record.model_construct(
        chapter="a/b", date="2026-01-02", seed=0, device="cpu", cells="c", files={}, cpu_s=1.0, peak_mb=2.0
    )
    return Shown("a/b", record, dict.fromkeys(found, RUN), found, frozenset())


def test_counts(shown):
    said = ledger.counts([shown])
    assert (said.chapters, said.claims, said.hold) == (1, 3, 3)
    assert (said.published, said.reproduced, said.better, said.undecided) == (2, 0, 1, 1)


def night(date, claim, verdict):
    return HistoryRow(
        date=date, commit="abcdef0123456789", chapter="a/b", claim=claim, seed=1, value=1.0, device="cpu", machine="m", verdict=verdict
    )  # fmt: skip


def test_the_last_night_is_said():
    before = [night("2026-01-01", "old", "red")]
    calm = [
        night("2026-01-02", "one", "ok"),
        night("2026-01-02", "two", "alarm"),
        night("2026-01-02", "two", "fresh ok"),
    ]
    said = nights.last_night(before + calm)
    assert "2026-01-02 at commit abcdef0123, read 2 values: 1 outside" in said and said.endswith(
        "none of them confirmed by fresh seeds."
    )
    said = nights.last_night([*before, *calm, night("2026-01-02", "three", "confirmed")])
    assert "read 3 values: 2 outside" in said and said.endswith(
        '1 of them confirmed by fresh seeds: <a href="#a-b-three">a/b <code>three</code></a>.'
    )


def test_a_claim_says_what_it_was_last_night():
    """The newest night of the device of the pages; values of fresh seeds are not the claim's own."""
    rows = [
        night("2026-01-01", "error", "red"),
        night("2026-01-02", "error", "ok"),
        night("2026-01-02", "error", "fresh alarm"),
    ]
    rows += [night("2026-01-02", "other", "rare"), night("2026-01-02", "wins", "confirmed")]
    rows.append(night("2026-01-02", "stored", "seeds"))
    rows.append(rows[0].model_copy(update={"date": "2026-01-03", "device": "cuda"}))
    last = nights.of_each(rows)
    assert {name: row.verdict for (_, name), row in last.items()} == {
        "error": "ok",
        "other": "rare",
        "wins": "confirmed",
        "stored": "seeds",
    }
    said = [nights.in_words(last.get(("a/b", name)), RUN) for name in ("error", "other", "wins", "new", "stored")]
    assert said == ["1 %", "1 %, outside", "1 %, **red**", "", ""]
    assert nights.of_each([]) == {}


def test_the_nights_are_a_table_and_a_file(tmp_path):
    """The newest night first; fresh seeds are no values of their own; the whole history lies beside the pages."""
    rows = [night(f"2026-01-{day:02}", "one", "ok") for day in range(1, 32)] * 2
    rows += [night("2026-02-01", "two", "confirmed"), night("2026-02-01", "two", "fresh alarm")]
    lines = nights.table(rows)
    assert len(lines) == 2 + nights.SHOWN
    assert lines[2] == '| 2026-02-01 | `abcdef0123` | 1 | 1 | <a href="#a-b-two">a/b <code>two</code></a> |'
    assert lines[3] == "| 2026-01-31 | `abcdef0123` | 2 | 0 | none |"
    assert nights.table([]) == []
    app = SimpleNamespace(builder=SimpleNamespace(name="html"), srcdir=str(tmp_path), outdir=str(tmp_path / "out"))
    (tmp_path / "out").mkdir()
    nights._publish(app, None)
    assert not list((tmp_path / "out").iterdir())
    append_history(tmp_path / "_build" / "history.csv", rows)
    nights._publish(app, None)
    assert len(read_history(tmp_path / "out" / "history.csv")) == len(rows)


def test_states_by_which_a_reader_filters(shown):
    states = {name: ledger._state(v, RUN).split('"')[1].split() for name, v in shown.verdicts.items()}
    assert states == {
        "error": ["run", "some", "published"],
        "other": ["run", "unseen", "published"],
        "wins": ["run", "undecided", "some", "unseen"],
    }
    assert [ledger._seen(v) for v in shown.verdicts.values()] == ["yes", "not yet", "not tried"]


def test_the_table_that_is_downloaded(shown, monkeypatch, tmp_path):
    monkeypatch.setattr(ledger, "judged", lambda book, chapter: shown)
    monkeypatch.setattr(ledger, "in_order", lambda book: ["a/b"])
    app = SimpleNamespace(builder=SimpleNamespace(name="html"), srcdir=str(tmp_path), outdir=str(tmp_path))
    ledger._write(app, None)
    lines = json.loads((tmp_path / "ledger.json").read_text("utf-8"))
    assert [line["claim"] for line in lines] == ["error", "other", "wins"]
    first = lines[0]
    assert (
        first["because"] == "what a spline reaches"
        and first["stored"] == "3.9 ± 0.1 %"
        and first["why"] == "they smooth"
    )
    assert (first["runs_that_meet"], first["runs_asked"], first["seen_red"]) == (9, 10, True)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "ledger.csv").read_text("utf-8"))))
    assert rows[0].keys() == first.keys() and rows[2]["comparison"] == "not decided"
    assert first["night"] is first["night_value"] is None and rows[0]["night"] == "", "no night is recorded"
    append_history(tmp_path / "_build" / "history.csv", [night("2026-01-02", "error", "alarm")])
    ledger._write(app, None)
    first, other, _ = json.loads((tmp_path / "ledger.json").read_text("utf-8"))
    assert (first["night"], first["night_value"], first["night_verdict"]) == ("2026-01-02", 1.0, "alarm")
    assert first["night_commit"] == "abcdef0123456789" and other["night"] is None
