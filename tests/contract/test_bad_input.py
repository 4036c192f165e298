"""What the library cannot use is refused: every public call, every argument, one bad value at a time, in one wording.

The bank makes its rows from the kind of each argument, so that a new call is covered by naming its arguments. A row asks
for a ValueError or TypeError that mmlib itself raised, within a second, with what was expected, what was got and what to do
next, and with a word that shows that the right thing was seen.
"""

import re

import pytest

from tests.contract.bank import ENTRIES, arguments, bank, options, outcome

ROWS = list(bank())


@pytest.mark.parametrize("name", ENTRIES)
def test_the_call_itself_works(name):
    entry = ENTRIES[name]
    entry.call(**entry.good())


@pytest.mark.parametrize(
    ("name", "argument", "wrong", "change", "word"),
    ROWS,
    ids=[re.sub(" at 0x\\w+", "", f"{n}-{a}-{w}") for n, a, w, _, _ in ROWS],
)
def test_a_bad_value_is_refused(name, argument, wrong, change, word):
    done = outcome(name, arguments(name, argument, wrong, change))
    assert done.kind == "clear", f"{done.kind}: {done.text}"
    assert re.search(word, done.text), f"expected one of {word!r} in: {done.text}"
    if done.seconds >= 1:  # a fit that the call needs is kept from the first time on; the clock is for the refusal
        done = outcome(name, arguments(name, argument, wrong, change))
    assert done.seconds < 1


OPTIONS = list(options())


@pytest.mark.parametrize(("name", "argument", "value"), OPTIONS, ids=[f"{n}-{a}-{v!r}" for n, a, v in OPTIONS])
def test_an_option_is_looked_at_even_where_no_kind_is_told(name, argument, value):
    """A number as a word, a flag as a word, a word as a number: no default of an argument is taken on trust."""
    done = outcome(name, ENTRIES[name].good() | {argument: value})
    assert done.kind == "clear", f"{done.kind}: {done.text}"


def test_there_are_rows_for_every_kind():
    assert len(ROWS) >= 5000 and len({(n, a) for n, a, *_ in ROWS}) >= 700 and len(OPTIONS) >= 300
