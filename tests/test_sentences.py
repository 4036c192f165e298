"""Sentences that compare rest on a comparison, or say why not."""

from types import SimpleNamespace

import pytest

from mmlib import claims
from mmlib.reproduce import sentences
from mmlib.reproduce.book import Book
from mmlib.reproduce.judging import judge_run

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
        ("The network outclasses the spline.", ["outclasses"]),
        ("The spline is no match for the network.", ["no match"]),
        ("The network is superior.", ["superior"]),
        ("The network's error is the smaller one.", ["the smaller one"]),
        ("The network has the smaller error.", ["has the smaller error"]),
        ("The network errs less.", ["errs less"]),
        ("The spline is far behind.", ["is far behind"]),
        ("Its error exceeds that of the spline.", ["exceeds that"]),
        ("The network is ahead, since it knows the law.", ["is ahead", "since"]),
        ("It converges and is therefore right.", ["therefore"]),
        ("The law leads to the right answer.", ["leads to"]),
        ("It is caused by noise.", ["caused"]),
        ("The slope is exact, so that it converges.", ["so that"]),
        ("The gain comes from the law.", ["comes from"]),
        ("Its lead came from the prior, and follows from the noise.", ["came from", "follows from"]),
        ("The network owes its place to the law.", ["owes"]),
        ("Noise forces a wide window, and thereby an error.", ["forces a", "thereby"]),
        ("Smooth errors explain the choice.", ["explain"]),
        ("For want of weight it comes late.", ["for want of"]),
        ("The law gains nothing here.", ["gains nothing"]),
        ("The equation adds little.", ["adds little"]),
        ("A discrepancy mends the band, and a ridge spoils it.", ["mends", "spoils"]),
        ("The network comes no closer.", ["comes no closer"]),
        ("The spline needs far fewer steps.", ["needs far fewer steps"]),
        ("The network needs as many as the spline.", ["as many as"]),
        ("The two fit alike, and the third is about level with them.", ["fit alike", "about level with"]),
        ("SciPy takes several times the CPU time.", ["several times the cpu"]),
        ("It takes {glue:text}`net` the CPU seconds.", ["takes § the cpu seconds"]),
        ("Most of the gain is width.", ["most of the gain"]),
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
        "**Does it come from the network?** Read on.",
        "The readings come from another solver, so that you can compare.",
        "How far this is explained below.",
        "As long as the law holds, and as far as we know.",
        "$$\na = b, \\qquad\\text{so that}\\qquad\nb = a .\n$$ (one)",
        "This page does not ask whether the network beats the spline.",
        "Much has changed, and nothing has happened since.",
        "To try it may cost less.",
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
        ("The network, which is smooth, beats the spline {glue:text}`net_over_spline`.", True),
        ("Which of network and spline errs less is {glue:text}`net_over_spline`.", False),
        ("It beats kernel and spline {glue:text}`net_over_kernel`, {glue:text}`net_over_spline`.", False),
    ],
)
def test_a_sentence_rests_on_a_decided_comparison(chapter, text, listed):
    assert bool(chapter(text)) == listed


def test_a_condition_that_denies_its_own_claim_is_listed(chapter, tmp_path):
    """Of a share that must be small the page counts the other side: *the network is ahead in 9 of 10 runs* where it is behind."""
    path = tmp_path / "book/one.claims.yml"
    path.write_text(path.read_text("utf-8").replace('must: "> 0.2"', 'must: "<= 0.2"'), encoding="utf-8")
    assert chapter("The network is ahead {glue:text}`net_over_kernel`.") == [(1, ("is ahead",))]
    assert chapter("It comes to this: {glue:text}`net_over_kernel`.") == [(1, ())]


READ = "The network beats the kernel {glue:text}`net_over_kernel`."


@pytest.fixture
def read(chapter, tmp_path, monkeypatch):
    """A chapter whose one sentence was read beside its stored runs."""
    (tmp_path / "_toc.yml").write_text("root: book/one\n", encoding="utf-8")
    assert chapter(HEADER + READ) == []
    monkeypatch.chdir(tmp_path)
    assert sentences.main(["--read"]) == 0
    assert chapter(HEADER + READ) == []
    return chapter


HEADER = "---\nkernelspec:\n  name: python3\n---\n\n"


@pytest.mark.parametrize(
    "text",
    [
        "The kernel beats the network {glue:text}`net_over_kernel`.",
        "The network loses to the kernel {glue:text}`net_over_kernel`.",
        "The network does not beat the kernel {glue:text}`net_over_kernel`.",
        "The kernel comes to less {glue:text}`net_over_kernel`.",
        READ + " So the kernel does less well {glue:text}`net_over_kernel`.",
    ],
)
def test_a_sentence_turned_round_is_listed_until_somebody_reads_it(read, text, capsys):
    ((line, _),) = read(HEADER + text)[:1]
    assert line == 6
    assert sentences.main(["one", "--write"]) == 1 and read(HEADER + text)  # writing counts is not reading
    capsys.readouterr()
    assert sentences.main(["one", "--read"]) == 0
    assert (
        "net is below kernel in 10 of 10 runs (share of runs in which the network is below)" in capsys.readouterr().out
    )
    assert read(HEADER + text) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("of: [net, kernel]", "of: [kernel, net]"),
        ("the network is below", "the network is above"),
        ('must: "> 0.2"', 'must: "> 0.2 and < 0.8"'),
    ],
)
def test_a_claim_turned_round_is_listed_too(read, tmp_path, old, new):
    path = tmp_path / "book/one.claims.yml"
    path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")
    assert read(HEADER + READ) != []


@pytest.mark.parametrize("text", [READ.replace(" beats", ", beats"), HEADER + "## More\n\n" + READ, READ.replace("The network", "**The network**")])  # fmt: skip
def test_what_does_not_touch_the_words_is_read_already(read, text):
    assert read(text if text.startswith("---") else HEADER + text) == []


def test_every_comparison_of_the_book_was_read():
    assert sentences._read(BOOK) is not None and set(sentences._read(BOOK)) == set(BOOK.chapters())


def test_a_mark_frees_its_words_in_its_paragraph_alone(chapter):
    mark = "% not a comparison (wins): a word of the trade\n"
    assert chapter(f"{mark}It wins. It is cheaper.") == [(2, ("cheaper",))]
    assert chapter(f"{mark}It wins.\n\nIt wins again.") == [(4, ("wins",))]
    assert chapter("% not a comparison (wins):\nIt wins.") == [(2, ("wins",))]  # no reason


def test_lines_are_those_of_the_source(chapter):
    text = "---\na: b\n---\n\n# Title\n\nOne sentence. Another one\nwins (really). It\nloses.\n"
    assert chapter(text) == [(7, ("wins",)), (8, ("loses",))]


def judged(root):
    """What the judge calls red in the chapter as a whole, for a run that claimed what it should."""
    run = SimpleNamespace(book=Book(root), chapter="one", seed=0, device="cpu")
    return judge_run(run, SimpleNamespace(claims={name: values[0] for name, values in VALUES.items()})).red


def test_the_judge_is_red_where_a_sentence_rests_on_nothing(chapter, tmp_path):
    chapter("The kernel outclasses the network.\n")
    (line,) = judged(tmp_path)
    assert line == "one: book/one.md:1: outclasses: shows no comparison: The kernel outclasses the network."
    (tmp_path / sentences._COUNTS).write_text("one: 1\n", encoding="utf-8")
    assert judged(tmp_path) == []
    (tmp_path / sentences._COUNTS).unlink()
    (tmp_path / sentences._WORDS).unlink()  # a book of one's own, without such a list
    assert judged(tmp_path) == []


def test_the_judge_is_red_where_a_sentence_was_turned_round(read, tmp_path):
    assert read(HEADER + READ) == [] and judged(tmp_path) == []
    read(HEADER + "The kernel beats the network {glue:text}`net_over_kernel`.")
    (line,) = judged(tmp_path)
    assert "beats: not read since it changed: net is below kernel in 10 of 10 runs" in line


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
