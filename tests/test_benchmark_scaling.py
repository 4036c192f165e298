"""How many workers are worth having: the simulation by hand, and the measurement on chapters that take no time."""

import pytest

from benchmarks import scaling, store
from mmlib.reproduce.book import Book

from .small import Small


def test_tasks_go_to_the_worker_that_is_free_first():
    """5 and 4 go to two workers, 3 to the one that is free after 4 (+ 1): 4 + 1 + 3 + 1 s, beside 15 s in a row."""
    assert scaling.length([5.0, 4.0, 3.0], 1) == 15 and scaling.length([5.0, 4.0, 3.0], 2) == 9
    assert scaling.length([5.0, 4.0, 3.0], 500) == 6


def test_a_measurement_is_a_row_with_its_machine(tmp_path):
    book = Book(Small(tmp_path / "book", ()).root)
    row = scaling.measure(book, ["t/good"], 1)
    assert tuple(row) == scaling.COLUMNS and row["workers"] == row["tasks"] == "1" and "cores" in row["machine"]
    assert 0 < float(row["tasks_s"]) < float(row["command_s"])
    assert not book.runs.exists(), "the store of the book is left alone"
    for _ in range(2):
        store.append(scaling.TABLE, [row], tmp_path, scaling.COLUMNS)
    assert store.read(scaling.TABLE, tmp_path) == [row, row]


def test_a_chapter_that_fails_is_not_measured(tmp_path):
    small = Small(tmp_path / "book", ())
    small.add("good", "1 / 0")
    with pytest.raises(RuntimeError, match="expected 1 chapters executed"):
        scaling.measure(Book(small.root), ["t/good"], 1)


def test_the_sentence_compares_with_the_simulation():
    shared = {"tasks": "6", "machine": "a machine"}
    one = shared | {"command_s": "150.0", "tasks_s": "140.0", "simulated_s": "138.0"}
    two = shared | {"command_s": "85.0", "tasks_s": "70.0", "simulated_s": "69.0"}
    said = scaling.sentence([one, two])
    assert "6 chapters took 140 s with one worker and 70 s with two: 2.00 times as fast (simulated: 2.00" in said
    assert "the whole command: 1.76" in said and "a machine" in said
