"""Figures: no caption or alternative text that says nothing, and one style."""

import matplotlib as mpl
import pytest

from mmlib import plot

CAPTION = "Lynx follow the hares by two years."
ALT = "Two curves over time; both oscillate, the second later."


@pytest.fixture
def fig():
    before = mpl.rcParams.copy()
    figure, _ = plot.figure(size=(3, 2))
    yield figure
    plot.plt.close(figure)
    mpl.rcParams.update(before)


@pytest.mark.parametrize(("caption", "alt"), [("", ALT), (CAPTION, ""), (CAPTION, "A figure."), (CAPTION, CAPTION)])
def test_figure_without_words_is_refused(fig, caption, alt):
    with pytest.raises(ValueError, match="Say what the figure shows|say in alt"):
        plot.show(fig, caption=caption, alt=alt)


def test_shown_figure_is_closed(fig):
    plot.show(fig, caption=CAPTION, alt=ALT)
    assert not plot.plt.fignum_exists(fig.number)


def test_colours_differ_without_colour(fig):
    """Relative luminance apart, or another line style: each pair in the cycle can be told apart in grey."""
    cycle = list(mpl.rcParams["axes.prop_cycle"])

    def grey(c):
        return sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), mpl.colors.to_rgb(c), strict=True))

    for i, a in enumerate(cycle):
        for b in cycle[:i]:
            assert a["linestyle"] != b["linestyle"] or abs(grey(a["color"]) - grey(b["color"])) > 0.1, (a, b)
