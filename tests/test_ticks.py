"""Claims on a page: which sign a number carries, and what is folded."""

import pytest
from docutils import nodes

from mmlib.claims import Comparison, Entry, Verdict
from mmlib.reproduce.dress import _prints_in_one_box
from mmlib.reproduce.store import Record
from mmlib.reproduce.ticks import Shown, _fold, _joined, _mark, _styled, _take_out

RUN = Entry(
    says="relative error of the forecast",
    unit="%",
    kind="run",
    must="< 10",
    because="what a spline reaches",
    drift={"absolute": 0.1},
)
WINS = Entry(
    says="the network against the kernel", unit="1", kind="comparison", of=["net", "kernel"], statistic="share <",
    must="> 0.5", because="the data are few"
)  # fmt: skip


def verdict(name="error", **more):
    return Verdict("a/b", name, more.pop("ok", True), more.pop("got", 3.9), "< 10", **more)


def pairs(wins, decided):
    return Comparison("share <", wins / 10, 10, wins, 0, 0.1, 0.9, decided)


@pytest.mark.parametrize(
    ("what", "entry", "sign", "spoken"),
    [
        (verdict(rows_met=(10, 10)), RUN, "✓", "holds"),
        (verdict(rows_met=(8, 10)), RUN, "◐", "holds in 8 of 10"),
        (verdict(ok=False, rows_met=(10, 10)), RUN, "✗", "does not hold"),
        (verdict(comparison=pairs(10, "always")), WINS, "✓", "holds"),
        (verdict(comparison=pairs(9, "count")), WINS, "◐", "holds in 9 of 10"),
        (verdict(comparison=pairs(5.5, "not decided")), WINS, "?", "not decided"),
        (verdict(ok=False, comparison=pairs(2, "not decided")), WINS, "✗", "does not hold"),
    ],
)
def test_a_plain_tick_only_where_every_run_agrees(what, entry, sign, spoken):
    assert _mark(what, entry)[::2] == (sign, spoken)


def shown(*verdicts, named=()):
    record = Record.model_construct(chapter="a/b", claims={v.claim: v.got for v in verdicts})
    return Shown("a/b", record, {v.claim: RUN for v in verdicts}, {v.claim: v for v in verdicts}, frozenset(named))


def test_what_fails_is_never_folded():
    html = _fold(shown(verdict("good"), verdict("bad", ok=False)), ["good", "bad"])
    outside, inside = html.split("<details")
    assert "mm-claim mm-fails" in outside and "claim <code>bad</code>" in outside and "bad" not in inside
    assert "claim <code>good</code>" in inside and "1 more of this section, judged: hold" in inside
    assert "2 results of this section, judged: all hold" in _fold(shown(verdict("a"), verdict("b")), ["a", "b"])
    assert "<details" not in _fold(shown(verdict("bad", ok=False)), ["bad"])


def test_a_number_that_stands_in_a_sentence_is_not_folded_again():
    html = _fold(shown(verdict("said"), verdict("unsaid"), named=["said"]), ["said", "unsaid"])
    assert html.count("3.9 %") == 1
    assert html.index("3.9 %") > html.index("said</code>")


def test_letters_below_the_line():
    assert [type(n).__name__ for n in _styled("3 k_B T")] == ["Text", "subscript", "Text"]
    assert "".join(n.astext() for n in _styled("a < 3 cm^2")) == "a < 3 cm2"


@pytest.mark.parametrize(
    ("said", "last"), [("in all 10 runs, median ratio 0.04", "0.04"), ("213 counts/min^2", "counts/min2"), ("7", "7")]
)
def test_a_sign_stays_with_the_last_word_of_its_number(said, last):
    sign = nodes.raw("", "✓", format="html")
    *before, joined = _joined(_styled(said), sign)
    assert joined["classes"] == ["mm-joined"] and joined.children[-1] is sign
    assert "".join(n.astext() for n in joined.children[:-1]) == last
    assert "".join(n.astext() for n in before) + last == said.replace("^", "")


def test_what_a_cell_prints_stands_in_one_box():
    def printed(text, kind="stream"):
        return nodes.literal_block(text, text, classes=["output", kind])

    output = nodes.container(nb_element="cell_code_output")
    output += [printed("a 1\n"), printed("b 2\n"), printed("beware", "stderr"), printed("c 3\n")]
    output += [nodes.paragraph("", "a figure"), printed("d 4\n")]
    page = nodes.section("", output)
    _prints_in_one_box(None, page)
    assert [n.astext() for n in output.children] == ["a 1\nb 2\n", "beware", "c 3\n", "a figure", "d 4\n"]
    assert output.children[0].rawsource == "a 1\nb 2\n"  # what is highlighted


def test_an_output_goes_with_the_boxes_that_it_leaves_empty():
    cell = nodes.container(classes=["cell"])
    output, bundle = nodes.container(classes=["cell_output"]), nodes.container(nb_element="mime_bundle")
    html, plain = nodes.container(mime_type="text/html"), nodes.container(mime_type="text/plain")
    raw = nodes.raw("", "x", format="html")
    html += raw
    bundle += [html, plain]
    output += [bundle, nodes.paragraph("", "a figure")]
    cell += [nodes.container(classes=["cell_input"]), output]
    _take_out(raw)
    assert output.children and bundle not in output.children
    assert output in cell.children
