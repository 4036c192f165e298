"""Figures of the book: one style, one way to show them. The only module that imports matplotlib."""

from __future__ import annotations

import base64
import html
import io
from pathlib import Path

import matplotlib.pyplot as plt

__all__ = ["BLACK", "BLUE", "GREEN", "GREY", "ORANGE", "PURPLE", "SKY", "YELLOW", "figure", "show"]

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
    for name, text in (("caption", caption), ("alt", alt)):
        if len(str(text).split()) < 6:
            raise ValueError(f"expected {name} text of at least six words; got {text!r}. Say what the figure shows.")
    if alt.strip() == caption.strip():
        raise ValueError("alt repeats the caption: say in alt what can be seen, in the caption what it means.")
    png = io.BytesIO()
    fig.savefig(png, format="png")
    width, height = (round(100 * inches) for inches in fig.get_size_inches())
    plt.close(fig)
    data = base64.b64encode(png.getvalue()).decode()
    page = (
        f'<figure class="mm-figure"><img src="data:image/png;base64,{data}" alt="{html.escape(alt, quote=True)}" '
        f'width="{width}" height="{height}" style="max-width: 100%; height: auto">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )
    from IPython import get_ipython

    if get_ipython() is not None:
        from IPython.display import display

        display({"text/html": page, "image/png": data, "text/plain": f"[figure: {alt}]"}, raw=True)
