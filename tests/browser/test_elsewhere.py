"""A figure with a slider in a reader's own notebook: its script comes from plotly's address, and no other file than the published one runs."""

import numpy as np
import pytest

from mmlib import plot

from .conftest import npm

ADDRESS = "https://cdn.plot.ly/plotly-3.0.1.min.js"


@pytest.fixture
def figure(monkeypatch):
    """A figure with a slider as HTML."""
    shown = []
    monkeypatch.setattr(plot, "_display", lambda html, *_: shown.append(html))
    t = np.linspace(0, 1, 5)
    words = {"caption": "Move it and look at the slope.", "alt": "One rising line, steeper for each larger slope."}
    plot.move({"line": (t, np.outer([1, 2, 3], t))}, over="slope", values=[1, 2, 3], x="time [s]", y="way [m]", **words)
    return shown[0]


@pytest.mark.parametrize("genuine", [True, False])
def test_a_slider_in_a_notebook(chromium, figure, tmp_path, genuine):
    script = (npm("plotly.js-dist-min@3.0.1", tmp_path) / "plotly.min.js").read_text(encoding="utf-8")
    shared = {"access-control-allow-origin": "*", "content-type": "text/javascript; charset=utf-8"}
    context = chromium.new_context()
    context.route("**/*", lambda route: route.abort())
    context.route(ADDRESS, lambda route: route.fulfill(body=script + "\n" * (not genuine), headers=shared))
    context.route(
        "http://notebook.test/",
        lambda route: route.fulfill(body=f"<!doctype html><meta charset=utf-8>{figure}", content_type="text/html"),
    )
    tab = context.new_page()
    tab.goto("http://notebook.test/")
    if genuine:
        tab.locator(".mm-stage .plot-container").wait_for()
        assert not tab.locator("img").is_visible()
    else:
        tab.get_by_text("The slider needs the script plotly").wait_for()
        assert tab.locator("img").is_visible() and tab.evaluate("window.Plotly") is None
    context.close()
