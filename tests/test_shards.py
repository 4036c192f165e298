"""Chapters shared out over machines: each once, and nobody waits long for another."""

import pytest

from mmlib.reproduce.book import Book
from mmlib.reproduce.shards import cost, shard

from .conftest import ROOT

BOOK = Book(ROOT)


@pytest.mark.parametrize("number", [1, 2, 4, 7])
def test_each_chapter_is_in_one_share(number):
    chapters = BOOK.chapters()
    shares = [shard(BOOK, chapters, f"{k}/{number}") for k in range(1, number + 1)]
    assert sorted(sum(shares, [])) == chapters
    assert shares == [shard(BOOK, chapters[::-1], f"{k}/{number}") for k in range(1, number + 1)]


def test_shares_cost_about_the_same():
    chapters = BOOK.chapters()
    loads = [sum(cost(BOOK, name) for name in shard(BOOK, chapters, f"{k}/4")) for k in range(1, 5)]
    dearest = max(cost(BOOK, name) for name in chapters)
    assert max(loads) - min(loads) <= dearest
    assert max(loads) < 0.5 * sum(loads)


@pytest.mark.parametrize("share", ["0/4", "5/4", "1", "a/b", "1/0", "-1/3", "1/4 "])
def test_no_such_share(share):
    with pytest.raises(ValueError, match=r"expected K/N with K from 1 to N, such as 2/4; got"):
        shard(BOOK, BOOK.chapters(), share)
