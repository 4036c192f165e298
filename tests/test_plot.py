"""Figures: no caption or alternative text that says nothing, and one style."""

import html
import json
import re

import matplotlib as mpl
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

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


# What each kind of dichromat sees of linear red, green and blue: Machado, Oliveira and Fernandes 2009,
# doi:10.1109/TVCG.2009.113, severity 1.
BLIND = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


@pytest.mark.parametrize("kind", BLIND)
def test_colours_differ_to_the_colour_blind(fig, kind):
    """Two curves of the cycle differ in the colour that is seen (CIE76, 10 is plain to see), or in their dashes."""

    def lab(colour):
        rgb = np.array(mpl.colors.to_rgb(colour))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        seen = np.clip(np.array(BLIND[kind]) @ linear, 0, 1)
        xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
        f = np.cbrt(xyz / [0.9505, 1, 1.089])
        return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])

    cycle = list(mpl.rcParams["axes.prop_cycle"])
    for i, a in enumerate(cycle):
        for b in cycle[:i]:
            apart = np.linalg.norm(lab(a["color"]) - lab(b["color"]))
            assert apart > 10 or a["linestyle"] != b["linestyle"], (a, b, apart)
    first_four = [lab(c["color"]) for c in cycle[:4]]  # most figures need no more
    assert min(np.linalg.norm(a - b) for i, a in enumerate(first_four) for b in first_four[:i]) > 10


T = np.linspace(0, 4, 20)
MOVE = {
    "curves": {"dose": (T, np.exp(-np.outer([0.5, 1, 2], T)))},
    "over": "rate [1/h]",
    "values": [0.5, 1, 2],
    "x": "time [h]",
    "y": "dose [mg]",
    "caption": "A faster rate empties the body sooner.",
    "alt": "One falling curve, steeper for each larger rate.",
}


@pytest.fixture
def shown(monkeypatch):
    """What a notebook would be given to show."""
    given = []
    monkeypatch.setattr("IPython.get_ipython", lambda: InteractiveShell)
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: given.append(bundle))
    return given


def test_figure_that_moves_holds_every_curve_and_a_still_picture(fig, shown):
    plot.move(**MOVE, fixed={"read": (T, T)}, points=("read",), says=["half", "one </script>", "two"], start=0, log="y")
    page = shown[0]["text/html"]
    spec = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)[1])
    np.testing.assert_allclose(spec["moving"][0]["ys"], MOVE["curves"]["dose"][1], rtol=1e-4)
    assert spec["values"] == ["0.5", "1", "2"] and spec["start"] == 0 and spec["says"][1] == "one </script>"
    assert spec["fixed"][0]["mode"] == "markers"
    assert html.escape(MOVE["alt"], quote=True) in page and shown[0]["image/png"] in page
    low, high = spec["layout"]["yaxis"]["range"]
    assert spec["layout"]["yaxis"]["type"] == "log" and low < np.log10(np.exp(-8)) and high > 0


def test_axes_stay_where_they_are_while_the_curve_moves(fig, shown):
    plot.move(**MOVE)
    low, high = json.loads(re.search(r"json\">(.*?)</script>", shown[0]["text/html"], re.DOTALL)[1])["layout"]["yaxis"][
        "range"
    ]
    assert low < np.exp(-8) and high > 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"values": [1, 2]}, "3 to 60 values"),
        ({"curves": {}}, "one to 4 curves"),
        ({"curves": {"dose": (T, T)}}, r"expected y of shape \(3, n\)"),
        ({"curves": {"dose": (T[:5], MOVE["curves"]["dose"][1])}}, r"x of shape \(n,\)"),
        ({"points": ("does",)}, "points names does"),
        ({"says": ["one"]}, "3 sentences"),
        ({"caption": "Short."}, "six words"),
        ({"curves": {"dose": (T, np.full((3, 20), np.nan))}}, "finite"),
        ({"curves": {"dose": (T, -np.ones((3, 20)))}, "log": "y"}, "above zero"),
    ],
)
def test_figure_that_cannot_move_says_why(fig, change, message):
    with pytest.raises(ValueError, match=message):
        plot.move(**MOVE | change)
