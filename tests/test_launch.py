"""The button *Run*: each way with its address, nothing left out."""

import pytest

from mmlib.reproduce.launch import menu

LINKS = {"Binder": "https://b.org/?a=1&b=2", "Colab": "https://c.org", "Notebook": "../_sources/x.ipynb"}


def test_every_way_has_its_address_and_words():
    html = menu(LINKS, "how.html#place")
    assert html.startswith('<details class="mm-run"><summary>Run</summary>')
    assert 'href="https://b.org/?a=1&amp;b=2"' in html and 'href="../_sources/x.ipynb" download' in html
    assert html.count("<li>") == html.count("<span>") == 4 and 'href="how.html#place"' in html
    assert 'class="btn-launch-thebe" onclick="initThebeSBT()"' in html


def test_a_way_without_an_address_is_refused():
    with pytest.raises(KeyError, match="Colab"):
        menu({k: v for k, v in LINKS.items() if k != "Colab"}, "how.html")
