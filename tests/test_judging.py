"""A run before the judge, with the files beside its chapter: the list of old violations, excuses, names in the text."""

import pytest
import yaml

from mmlib import claims
from mmlib.claims import words
from mmlib.claims.judging import rows_met
from mmlib.reproduce.book import Book
from mmlib.reproduce.judging import VIOLATIONS, _planted, _too_many_excuses, violations

from .conftest import ROOT

BOOK = Book(ROOT)


def broken(chapter) -> set[str]:
    """Run claims of a chapter whose stored runs break their condition more often than the entry allows."""
    entries = claims.read_claims(BOOK.file(chapter, ".claims.yml"))
    rows = claims.read_replicates(BOOK.file(chapter, ".replicates.csv"))
    found = set()
    for name, entry in entries.items():
        if met := rows_met(entry, name, rows):
            (k, n), (asked, of) = met, entry.share_asked
            found |= {name} if k * of < asked * n else set()
    return found


def test_the_list_of_violations_covers_what_is_broken_and_names_nothing_that_is_gone():
    listed = violations(BOOK)
    assert set(listed) <= set(BOOK.chapters())
    for chapter in BOOK.chapters():
        new = broken(chapter) - set(listed.get(chapter, ()))
        assert not new, f"{chapter}: {sorted(new)} break their condition: mend them, do not lengthen {VIOLATIONS}"
    for chapter, names in listed.items():
        gone = set(names) - set(claims.read_claims(BOOK.file(chapter, ".claims.yml")))
        assert not gone, f"take {gone} of {chapter} out of {VIOLATIONS}"


def test_the_list_of_violations_may_only_shrink():
    """`at_most` is lowered with the list and never raised: it was 14 when every stored run was first asked."""
    raw = yaml.safe_load((ROOT / VIOLATIONS).read_text(encoding="utf-8"))
    total = sum(len(names) for names in violations(BOOK).values())
    assert total == raw["at_most"] <= 14, f"{VIOLATIONS}: at_most is {raw['at_most']}, the list holds {total}"


@pytest.mark.parametrize("text", ["- a", "a/b: c", "a/b: ["])
def test_a_damaged_list_is_named(tmp_path, text):
    (tmp_path / "book").mkdir()
    assert violations(Book(tmp_path)) == {}
    (tmp_path / VIOLATIONS).write_text(text, encoding="utf-8")
    with pytest.raises(claims.ClaimsError, match="violations.yml"):
        violations(Book(tmp_path))


def test_what_was_seen_red(tmp_path):
    path = tmp_path / "book" / "c.faults.csv"
    path.parent.mkdir()
    assert _planted(Book(tmp_path), "c") is None
    text = "fault,claim,outcome\n1,a,must\n1,b,drift\n2,c,comparison\n2,d,unchanged\n3,,test\n"
    path.write_text(text, encoding="utf-8")
    assert _planted(Book(tmp_path), "c") == ({"a", "c"}, 2), "a fault that a test caught needs no run of the chapter"
    path.write_text("fault\n1\n", encoding="utf-8")
    with pytest.raises(claims.ClaimsError, match="c.faults.csv: no columns claim and outcome"):
        _planted(Book(tmp_path), "c")


@pytest.mark.parametrize(
    ("flag", "left", "says"),
    [
        (None, 0, ""),
        (True, 8, "a planted fault turned it red"),
        (False, 8, "yet, and up to 8 are still to be planted"),
        (False, 0, "no planted fault turned it red"),
    ],
)
def test_an_unfinished_campaign_says_so(flag, left, says):
    assert words.seen_red(flag, left).endswith(says)
    assert ("yet" in words.seen_red(flag, left)) == (flag is False and left > 0)


def test_one_condition_in_ten_may_be_beyond_reach():
    body = {"says": "error of the forecast", "unit": "1", "kind": "run", "must": "< 1", "because": "x" * 10, "drift": 1}
    plain = claims.Entry(**body)
    kept = claims.Entry(**body, bound_because="a share cannot exceed one")
    ten = {f"c{i}": plain for i in range(9)} | {"kept": kept}
    assert _too_many_excuses("a/chapter", ten) == []
    (line,) = _too_many_excuses("a/chapter", ten | {"c0": kept})
    assert "bound_because stands on 2 of 10 claims (c0, kept), expected at most one in 10" in line
