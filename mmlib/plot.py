"""Figures of the book: one style, one way to show them. The only module that imports matplotlib."""

from __future__ import annotations

import base64
import html
import io
import json
from itertools import chain
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

__all__ = ["BLACK", "BLUE", "GREEN", "GREY", "ORANGE", "PURPLE", "SKY", "YELLOW", "figure", "move", "show"]

# Okabe and Ito's palette, by name
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
SKY, YELLOW, BLACK, GREY = "#56B4E9", "#E69F00", "#000000", "#6E6E6E"

STYLE = Path(__file__).with_name("book.mplstyle")


def figure(rows: int = 1, columns: int = 1, *, size: tuple[float, float] | None = None, **options):
    """A figure and its axes in the book's style: ``plt.subplots`` after switching matplotlib to that style.

    Parameters
    ----------
    rows, columns : number of panels.
    size : width and height [inch]; a column of the page is 7.2 wide.
    options : passed to ``plt.subplots`` (``sharex=True``, ``width_ratios=…``).

    >>> fig, ax = figure(size=(4, 3))
    >>> ax.spines["top"].get_visible()
    False
    >>> plt.close(fig)
    """
    plt.style.use(STYLE)  # for the session: legends and labels that are added later follow it too
    return plt.subplots(rows, columns, figsize=size, **options)


def show(fig, *, caption: str, alt: str) -> None:
    """Show a figure with its message as caption and its content as alternative text, then close it.

    Parameters
    ----------
    fig : a matplotlib figure.
    caption : the message, one or two sentences. Numbers in it are computed, not typed.
    alt : what a reader who cannot see the figure needs: kind of plot, axes, what the curves do.

    Raises
    ------
    ValueError : alternative text or caption missing, or alt text that says only that there is a figure.
    """
    _check_words(caption, alt)
    data, image = _image(fig, alt)
    _display(f'<figure class="mm-figure">{image}<figcaption>{html.escape(caption)}</figcaption></figure>', data, alt)


_PLOTLY = "https://cdn.plot.ly/plotly-3.0.1.min.js"  # for a notebook elsewhere; the book's pages serve their own
_LINES = (  # colour, matplotlib's dash, plotly's dash, marker of each curve: a curve is told apart without its colour
    (BLUE, "-", "solid", "o"),
    (ORANGE, "--", "dash", "s"),
    (GREEN, ":", "dot", "^"),
    (PURPLE, "-.", "dashdot", "D"),
)
_SYMBOLS = {"o": "circle", "s": "square", "^": "triangle-up", "D": "diamond", "x": "x"}


def move(
    curves: dict,
    *,
    over: str,
    values,
    x: str,
    y: str,
    caption: str,
    alt: str,
    fixed: dict | None = None,
    points: tuple = (),
    start: int | None = None,
    says: list[str] | None = None,
    log: str = "",
    ylim: tuple[float, float] | None = None,
) -> None:
    """Show curves that change with one parameter, which the reader moves by a slider.

    The curves are computed beforehand, one for each value of the parameter. The figure is drawn by plotly in the page
    (served by the book itself, no network needed); where that is out of reach, and on paper, the same figure stands still
    at the starting value.

    Parameters
    ----------
    curves : up to four curves that move: {name: (x, y)} with y of shape (len(values), n) and x (n,) or (len(values), n).
    over : the parameter with its unit, "noise [%]".
    values : (k,) its values in rising order, or their texts; k from 3 to 60.
    x, y : axis labels with units.
    caption : the message; says what moving the slider shows.
    alt : what is seen, and how it changes from the first value to the last.
    fixed : what does not move: {name: (x, y)}, both (n,); lines broad and pale, points black.
    points : names of the curves that are drawn as points.
    start : which value is shown first, and on paper; default the middle one.
    says : (k,) for each value one sentence under the slider, for those who hear the page rather than see it too.
    log : axes on a logarithmic scale, "", "x", "y" or "xy".
    ylim : limits of the y axis; default from all curves.

    Raises
    ------
    ValueError : caption or alt missing, no or too many values, shapes that do not fit, an unknown name in `points`.

    >>> t = np.linspace(0, 4, 50)
    >>> rates = np.array([0.5, 1.0, 2.0])
    >>> move({"decay": (t, np.exp(-np.outer(rates, t)))}, over="rate [1/h]", values=rates, x="time [h]", y="dose [mg]",
    ...      caption="A faster rate empties the body sooner: move it and watch the tail.",
    ...      alt="One falling exponential curve over four hours, steeper for each larger rate.")
    """
    _check_words(caption, alt)
    values, fixed = [v if isinstance(v, str) else f"{v:g}" for v in values], fixed or {}
    if not 3 <= len(values) <= 60:
        raise ValueError(f"expected 3 to 60 values to move over; got {len(values)}.")
    if not 1 <= len(curves) <= len(_LINES):
        raise ValueError(f"expected one to {len(_LINES)} curves that move; got {len(curves)}.")
    if unknown := set(points) - curves.keys() - fixed.keys():
        raise ValueError(f"points names {', '.join(sorted(unknown))}; curves are {', '.join([*curves, *fixed])}.")
    if says is not None and len(says) != len(values):
        raise ValueError(f"expected {len(values)} sentences in says, one for each value; got {len(says)}.")
    moving = {name: _moving(name, *curve, len(values)) for name, curve in curves.items()}
    still = {name: (np.asarray(a, float), np.asarray(b, float)) for name, (a, b) in fixed.items()}
    limits = [
        _limits(chain((pair[k] for pair in moving.values()), (pair[k] for pair in still.values())), axis in log)
        for k, axis in enumerate("xy")
    ]
    if ylim is not None:
        limits[1] = tuple(ylim)
    start = len(values) // 2 if start is None else range(len(values))[start]

    fig, ax = figure(size=(7.2, 3.8))
    own = {name for name, (across, _) in curves.items() if np.ndim(across) == 2}
    traces = _draw(ax, moving, still, points=points, start=start, own=own)
    ax.set(xlabel=x, ylabel=y, xlim=limits[0], ylim=limits[1], title=f"{over}: {values[start]}")
    ax.set(**{f"{axis}scale": "log" for axis in log})
    several = len(still) + len(moving) > 1
    if several:
        ax.legend()
    data, image = _image(fig, alt)
    layout = _layout((x, y), limits, log, several)
    spec = traces | {"values": values, "says": says, "start": start, "layout": layout, "elsewhere": _PLOTLY}
    _display(_stage(spec, image, over=over, caption=caption, alt=alt), data, alt)


def _moving(name, across, up, count):
    """x and y (count, n) of a curve that moves."""
    across, up = np.asarray(across, float), np.asarray(up, float)
    if up.ndim != 2 or len(up) != count or across.shape not in (up.shape, up.shape[1:]):
        raise ValueError(
            f"curve {name!r}: expected y of shape ({count}, n) and x of shape (n,) or that of y; got {up.shape} and {across.shape}."
        )
    return np.broadcast_to(across, up.shape), up


def _draw(ax, moving, still, *, points, start, own):
    """The figure at rest, and the same curves for plotly; `own` names the curves with an x for each value."""
    traces = {"fixed": [], "moving": []}
    for name, (across, up) in still.items():
        colour, marker = (BLACK, "x") if name in points else ("#b4b4b4", None)  # broad and pale, below what moves
        ax.plot(across, up, "x" if marker else "-", color=colour, lw=5, label=name)
        traces["fixed"].append(_trace(name, colour, "solid", marker, 6) | {"x": _short(across), "y": _short(up)})
    for (name, (across, up)), (colour, line, dash, marker) in zip(moving.items(), _LINES, strict=False):
        marker = marker if name in points else None
        ax.plot(across[start], up[start], marker or line, color=colour, label=name)
        place = {"xs": [_short(row) for row in across]} if name in own else {"x": _short(across[0])}
        traces["moving"].append(_trace(name, colour, dash, marker) | place | {"ys": [_short(row) for row in up]})
    return traces


def _layout(labels, limits, log, legend):
    """Axes and margins for plotly."""
    axes = {
        f"{axis}axis": {
            "title": {"text": label},
            "range": [float(v) for v in (np.log10(span) if axis in log else span)],
            "type": "log" if axis in log else "linear",
            **{"showline": True, "linecolor": "#333", "ticks": "outside", "zeroline": False, "gridcolor": "#e6e6e6"},
        }
        for axis, label, span in zip("xy", labels, limits, strict=True)
    }
    return axes | {
        "height": 380,
        "margin": {"l": 64, "r": 16, "t": 16, "b": 48},
        "showlegend": legend,
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        "font": {"color": "#222", "size": 14},
        "paper_bgcolor": "#fff",
        "plot_bgcolor": "#fff",
        "dragmode": False,
    }


def _stage(spec, image, *, over, caption, alt):
    """The figure at rest, a place for the one that moves, its slider and its data."""
    drawn = json.dumps(spec).replace("</", "<\\/")  # no text of ours may end the script
    script = Path(__file__).with_name("move.js").read_text(encoding="utf-8")
    return (
        f'<figure class="mm-figure mm-move">{image}'
        f'<div class="mm-stage" role="img" aria-label="{html.escape(alt, quote=True)}" hidden></div>'
        f'<div class="mm-controls" hidden><label>{html.escape(over)}: <span class="mm-value"></span> '
        f'<input type="range" min="0" max="{len(spec["values"]) - 1}" step="1" value="{spec["start"]}"></label>'
        '<p class="mm-reading" aria-live="polite"></p></div>'
        f"<figcaption>{html.escape(caption)}</figcaption>"
        f'<script type="application/json">{drawn}</script><script>{script}</script></figure>'
    )


def _trace(name: str, colour: str, dash: str, marker: str | None, width: float = 2.5) -> dict:
    if marker:
        return {"name": name, "mode": "markers", "marker": {"color": colour, "symbol": _SYMBOLS[marker], "size": 8}}
    return {"name": name, "mode": "lines", "line": {"color": colour, "dash": dash, "width": width}}


def _short(row: np.ndarray) -> list:
    return [float(f"{v:.5g}") if np.isfinite(v) else None for v in row]


def _limits(arrays, log: bool) -> tuple[float, float]:
    """Smallest and largest finite value with a little room."""
    found = np.concatenate([np.ravel(a) for a in arrays])
    found = found[np.isfinite(found) & ((found > 0) | (not log))]
    if found.size == 0:
        raise ValueError("expected finite values to draw (above zero on a logarithmic axis); got none.")
    low, high = (np.log10(found.min()), np.log10(found.max())) if log else (found.min(), found.max())
    room = 0.04 * (high - low or 1)
    low, high = low - room, high + room
    return (10**low, 10**high) if log else (float(low), float(high))


def _check_words(caption: str, alt: str) -> None:
    for name, text in (("caption", caption), ("alt", alt)):
        if len(str(text).split()) < 6:
            raise ValueError(f"expected {name} text of at least six words; got {text!r}. Say what the figure shows.")
    if alt.strip() == caption.strip():
        raise ValueError("alt repeats the caption: say in alt what can be seen, in the caption what it means.")


def _image(fig, alt: str) -> tuple[str, str]:
    """The figure as PNG in base64, and as an HTML image; closes it."""
    png = io.BytesIO()
    fig.savefig(png, format="png")
    width, height = (round(100 * inches) for inches in fig.get_size_inches())
    plt.close(fig)
    data = base64.b64encode(png.getvalue()).decode()
    return data, (
        f'<img src="data:image/png;base64,{data}" alt="{html.escape(alt, quote=True)}" '
        f'width="{width}" height="{height}" style="max-width: 100%; height: auto">'
    )


def _display(page: str, data: str, alt: str) -> None:
    from IPython import get_ipython

    if get_ipython() is not None:
        from IPython.display import display

        display({"text/html": page, "image/png": data, "text/plain": f"[figure: {alt}]"}, raw=True)
