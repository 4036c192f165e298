"""Sentences that compare rest on a comparison, or say why not."""

import pytest

from mmlib import claims
from mmlib.reproduce import sentences
from mmlib.reproduce.book import Book

from .conftest import ROOT

BOOK = Book(ROOT)
RUN = """\
{0}:
  says: error of the {0}
  unit: ""
  kind: run
  must: "< 99"
  because: it is made so that it should
  drift: {{absolute: 0.1}}
"""
COMPARED = """\
net_over_{0}:
  says: share of runs in which the network is below
  unit: ""
  kind: comparison
  of: [net, {0}]
  statistic: share <
  must: "> 0.2"
  because: counted in pairs of stored runs
"""
VALUES = {"net": [1] * 10, "kernel": [2] * 10, "ridge": [2] * 9 + [0], "spline": [2] * 6 + [0] * 4}  # seeds 0 to 9


@pytest.fixture
def chapter(tmp_path):
    """`chapter(text)` -> what is unjudged in a chapter of this prose: (line, words)."""
    (tmp_path / "book").mkdir()
    (tmp_path / sentences._WORDS).write_text((ROOT / sentences._WORDS).read_text("utf-8"), encoding="utf-8")
    entries = "".join(RUN.format(name) for name in VALUES)
    entries += "".join(COMPARED.format(name) for name in VALUES if name != "net")
    (tmp_path / "book/one.claims.yml").write_text(entries, encoding="utf-8")
    where = {"device": "cpu", "dtype": "float64", "threads": 1, "cpu_s": 1, "key": "k", "date": "2026-01-01"}
    rows = [claims.Row(claim=c, seed=k, value=v, **where) for c, values in VALUES.items() for k, v in enumerate(values)]
    (tmp_path / "book/one.replicates.csv").write_text(claims.write_replicates(rows), encoding="utf-8")

    def unjudged(text):
        (tmp_path / "book/one.md").write_text(text, encoding="utf-8")
        return [(s.line, words) for s, words, _ in sentences.unjudged(Book(tmp_path), "one")]

    return unjudged


@pytest.mark.parametrize("name", BOOK.chapters())
def test_their_number_does_not_rise(name):
    limit = sentences.allowed(BOOK).get(name, 0)
    assert len(sentences.unjudged(BOOK, name)) <= limit, f"see python -m mmlib.reproduce.sentences {name}"


def test_the_file_says_how_many_there_are():
    found = {name: number for name, number in sentences.counts(BOOK).items() if number}
    assert sentences.allowed(BOOK) == found, "where fewer: python -m mmlib.reproduce.sentences --write"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The network beats the spline.", ["beats"]),
        ("It converges, because the\nslope is exact.", ["because"]),
        ("The spline's error is smaller than the network's.", ["than"]),
        ("The forest is the best.", ["is the best"]),
        ("Regression is as good as the network, and cheaper.", ["as good as", "cheaper"]),
        ("The network {glue:text}`net` wins.", ["wins"]),  # a number of one method is no comparison
        ("- An item that wins.", ["wins"]),
        ("```{admonition} A word\nThe network wins.\n```", ["wins"]),
        ("```{solution-start} a\n```\nThe network wins.\n```{solution-end}\n```", ["wins"]),
    ],
)
def test_sentences_that_compare_are_listed(chapter, text, words):
    (found,) = chapter(text)
    assert list(found[1]) == words


@pytest.mark.parametrize(
    "text",
    [
        "The error falls by more than {glue:text}`net`, in less than a minute, rather than an hour.",
        'The review says that "networks beat solvers. They cost less."',
        "Does the network beat the spline?",
        "You will be able to say which is cheaper.",
        "## The network wins",
        "| the network | wins |",
        "```{code-cell}\n# the network beats the spline\n```",
        "```python\n# the network beats the spline\n```",
        "```{admonition} Predict\nThe network wins.\n```",
        "```{exercise-start} One\n:label: a\n```\nThe network wins. Find out.\n```{exercise-end}\n```",
        "Where $x$ `beats` is code.",
        "% not a comparison (wins): a word of the trade\nThe network wins.",
        "% not a comparison (wins, because): a word of the trade\nIt wins\nbecause of it.",
    ],
)
def test_what_only_looks_like_it_is_not(chapter, text):
    assert chapter(text) == []


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("The network beats the kernel {glue:text}`net_over_kernel`.", False),
        ("It beats ridge\n{glue:text}`net_over_ridge`, because it is smooth.", False),  # shown as a count
        ("It beats the kernel. See {glue:text}`net_over_kernel`.", True),  # not in the same sentence
        ("It beats the spline {glue:text}`net_over_spline`.", True),
        ("Whether it beats the spline is not decided: {glue:text}`net_over_spline`.", False),
        ("It beats kernel and spline {glue:text}`net_over_kernel`, {glue:text}`net_over_spline`.", False),
    ],
)
def test_a_sentence_rests_on_a_decided_comparison(chapter, text, listed):
    assert bool(chapter(text)) == listed


def test_a_mark_frees_its_words_in_its_paragraph_alone(chapter):
    mark = "% not a comparison (wins): a word of the trade\n"
    assert chapter(f"{mark}It wins. It is cheaper.") == [(2, ("cheaper",))]
    assert chapter(f"{mark}It wins.\n\nIt wins again.") == [(4, ("wins",))]
    assert chapter("% not a comparison (wins):\nIt wins.") == [(2, ("wins",))]  # no reason


def test_lines_are_those_of_the_source(chapter):
    text = "---\na: b\n---\n\n# Title\n\nOne sentence. Another one\nwins (really). It\nloses.\n"
    assert chapter(text) == [(7, ("wins",)), (8, ("loses",))]


def test_the_counts_are_written_when_they_fall_and_never_raised(chapter, tmp_path, monkeypatch, capsys):
    (tmp_path / "_toc.yml").write_text("root: book/one\n", encoding="utf-8")
    chapter("---\nkernelspec:\n  name: python3\n---\n\nIt wins.\n")
    monkeypatch.chdir(tmp_path)
    assert sentences.main(["--write"]) == 1  # one, none allowed
    assert sentences.allowed(Book(tmp_path)) == {}
    (tmp_path / sentences._COUNTS).write_text("one: 3\n", encoding="utf-8")
    assert sentences.main(["--write"]) == 0
    assert sentences.allowed(Book(tmp_path)) == {"one": 1}
    assert sentences.main(["one"]) == 0
    assert "book/one.md:6: wins: shows no comparison\n    It wins." in capsys.readouterr().out
