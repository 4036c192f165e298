"""The history of the nights: lines that only grow, damage that is named, writers beside each other, and what is listed again."""

import multiprocessing

import numpy as np
import pytest

from mmlib.claims import ClaimsError, HistoryRow, append_history, rare_again, read_history


def row(date="2026-01-01", verdict="ok", **changes):
    body = {
        "commit": "abc",
        "chapter": "a/b",
        "claim": "c",
        "seed": 1,
        "value": 0.1,
        "device": "cpu",
        "machine": "m, 2",
    }
    return HistoryRow(**{**body, "date": date, "verdict": verdict, **changes})


def test_history_only_grows(tmp_path):
    path = tmp_path / "deep" / "history.csv"
    append_history(path, [row()])
    before = path.read_bytes()
    append_history(path, [row(date="2026-01-02", value=float("nan"))])
    assert path.read_bytes().startswith(before)
    first, second = read_history(path)
    assert first == row() and np.isnan(second.value)
    assert path.read_text(encoding="utf-8").splitlines()[0] == (
        "date,commit,chapter,claim,seed,value,device,machine,verdict"
    )


def test_history_after_a_line_that_was_cut_short(tmp_path):
    path = tmp_path / "history.csv"
    append_history(path, [row()])
    path.write_bytes(path.read_bytes()[:-4])
    append_history(path, [row()])
    assert path.read_text(encoding="utf-8").splitlines()[2].endswith(",ok")


@pytest.mark.parametrize("text", ["claim,value\nc,1\n", "precious data without a header\n"])
def test_another_file_is_left_as_it_is(tmp_path, text):
    path = tmp_path / "history.csv"
    path.write_text(text, encoding="utf-8")
    for call in (lambda: append_history(path, [row()]), lambda: read_history(path)):
        with pytest.raises(ClaimsError, match="history.csv: expected the columns"):
            call()
    assert path.read_text(encoding="utf-8") == text


def test_a_damaged_line_is_named(tmp_path):
    path = tmp_path / "history.csv"
    append_history(path, [row(), row()])
    path.write_text(path.read_text(encoding="utf-8").replace("0.1", "a tenth", 1), encoding="utf-8")
    with pytest.raises(ClaimsError, match="history.csv, line 2: value"):
        read_history(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ClaimsError, match="not UTF-8"):
        read_history(path)


def _many(path, number):
    for _ in range(20):
        append_history(path, [row(chapter=f"a/{number}")] * 5)


def test_writers_beside_each_other_do_not_mix_their_lines(tmp_path):
    path = tmp_path / "history.csv"
    workers = [multiprocessing.get_context("spawn").Process(target=_many, args=(path, k)) for k in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(read_history(path)) == 200


def test_what_is_listed_again():
    """p < 1e-3 in two of seven nights; a plain alarm and fresh seeds do not count, a confirmed alarm does."""
    assert rare_again([row("2026-01-01", "rare"), row("2026-01-07", "confirmed")], "2026-01-07") == {
        ("a/b", "c"): ["2026-01-01", "2026-01-07"]
    }
    assert rare_again([row("2026-01-01", "rare"), row("2026-01-08", "rare")], "2026-01-08") == {}
    assert rare_again([row("2026-01-01", "rare"), row("2026-01-01", "rare", seed=2)], "2026-01-02") == {}
    assert rare_again([row("2026-01-01", "rare"), row("2026-01-02", "alarm")], "2026-01-02") == {}
    assert rare_again([row("2026-01-01", "rare"), row("2026-01-02", "fresh alarm")], "2026-01-02") == {}


def test_a_line_a_row_and_no_empty_ones(tmp_path):
    path = tmp_path / "history.csv"
    for day in (1, 2, 3):
        append_history(path, [row(f"2026-01-0{day}"), row(f"2026-01-0{day}", claim="d")])
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 7 and all(line.count(",") == 9 for line in lines[1:]), "the machine has a comma in its name"


def test_two_rare_nights_are_listed_for_their_own_claim_only():
    nights = [row("2026-01-01", "rare"), row("2026-01-02", "rare", claim="d"), row("2026-01-02", "rare", chapter="a/d")]
    assert rare_again(nights, "2026-01-02") == {}
    assert rare_again([*nights, row("2026-01-02", "red")], "2026-01-02") == {("a/b", "c"): ["2026-01-01", "2026-01-02"]}
    assert rare_again([row("2026-01-09", "rare"), row("2026-01-02", "rare")], "2026-01-02") == {}, "not in the future"
