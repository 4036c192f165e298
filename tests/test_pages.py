"""What a page loads: nothing from elsewhere, unless its tag says the hash of the file."""

import re
from pathlib import Path

import pytest

import mmlib
from mmlib import plot
from mmlib.reproduce.pages import from_elsewhere

CDN = "https://cdn.example/x"


@pytest.mark.parametrize(
    "html",
    [
        f'<script src="{CDN}.js"></script>',
        f"<script async=\"async\"\n  src='{CDN}.js'></script>",
        f'<link rel="stylesheet" href="{CDN}.css" type="text/css" />',
        f'<link href="{CDN}.woff2" rel="preload" as="font">',
        '<script src="//cdn.example/x.js"></script>',
        f'<iframe src="{CDN}"></iframe>',
        f'<img alt="" src="{CDN}.png">',
        f"<script>const THE_URL = '{CDN}.js';</script>",
        f'<script type="module">import "{CDN}.mjs"</script>',
    ],
)
def test_what_is_loaded_from_elsewhere_is_seen(html):
    assert from_elsewhere(f"<html><body>{html}</body></html>") and "cdn.example" in from_elsewhere(html)[0]


@pytest.mark.parametrize(
    "html",
    [
        f'<script src="{CDN}.js" integrity="sha384-x" crossorigin="anonymous"></script>',
        f'<link rel="canonical" href="{CDN}.html"><link rel="alternate" href="{CDN}.css">',
        f'<a href="{CDN}.js">a script</a> <code>{CDN}.js</code>',
        f'<script type="application/ld+json">{{"url": "{CDN}.js"}}</script>',
        '<script src="../_static/x.js"></script><link rel="stylesheet" href="../_static/x.css">',
    ],
)
def test_what_loads_nothing_is_left_alone(html):
    assert from_elsewhere(html) == []


def test_a_slider_in_a_readers_notebook_takes_the_published_file_alone():
    """The one script that comes from elsewhere, into a notebook: its hash is that which plotly's own package prints beside the address."""
    assert plot._PLOTLY == "https://cdn.plot.ly/plotly-3.0.1.min.js"
    code = (Path(mmlib.__file__).parent / "move.js").read_text(encoding="utf-8")
    assert re.findall(r"sha\d+-[\w+/]+=*", code) == ["sha256-oy6Be7Eh6eiQFs5M7oXuPxxm9qbJXEtTpfSI93dW16Q="]
    assert 'integrity: genuine, crossOrigin: "anonymous"' in code
