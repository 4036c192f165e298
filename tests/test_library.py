"""The reference: every public module is in it, the quick starts run, and links lead both ways."""

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys

import pytest

import mmlib
from mmlib.reproduce import library
from mmlib.reproduce.book import Book

from .conftest import ROOT

BOOK = Book(ROOT)
INNER = (
    "mmlib.reproduce",
    "mmlib.claims.",
    "mmlib.gp.",
    "mmlib.identify.",
    "mmlib.optim.",
    "mmlib.petab.",
    "mmlib.pinn.",
    "mmlib.exercises.",
    "mmlib.data.",
    "mmlib.systems.cardiac.",
)  # reached through their package
MODULES = [
    m.name
    for m in pkgutil.walk_packages(mmlib.__path__, "mmlib.")
    if not m.name.startswith(INNER) and "._" not in m.name
]


def test_every_public_module_is_in_the_reference_once():
    named = library.documented(BOOK)
    assert sorted(named) == sorted(set(named))
    assert set(named) == set(MODULES) - {"mmlib.systems"}


@pytest.mark.parametrize("name", library.documented(BOOK))
def test_what_the_reference_shows_has_words_and_an_example(name):
    """Each public function says what it does; each module holds at least one example, which the doctests run."""
    module = importlib.import_module(name)
    public = [getattr(module, n) for n in getattr(module, "__all__", [n for n in vars(module) if n[0].isupper()])]
    ours = [t for t in public if getattr(t, "__module__", "").startswith("mmlib") and callable(t)]
    assert ours
    for thing in ours:
        assert len((inspect.getdoc(thing) or "").split()) >= 3, thing
    assert (
        ">>>" in (module.__doc__ or "")
        or any(">>>" in (inspect.getdoc(t) or "") for t in ours)
        or any(">>>" in (inspect.getdoc(m) or "") for t in ours if inspect.isclass(t) for m in vars(t).values())
    )


def test_links_lead_both_ways():
    assert "mmlib.identify.sindy" in library.uses(BOOK, "odes/system_identification")
    assert "odes/system_identification" in library.used_by(BOOK, "mmlib.identify.sindy")
    assert "mmlib.systems.lorenz.Lorenz" in library.uses(BOOK, "odes/system_identification"), "imported by name"
    assert "mmlib.identify.sindy" not in library.uses(BOOK, "pdes/schrodinger")


STARTS = re.findall(
    r"```python\n(.*?)```\n\n```text\n(.*?)```", (ROOT / "book/library/index.md").read_text(encoding="utf-8"), re.DOTALL
)
NUMBER = re.compile(r"-?\d+\.?\d*(?:e-?\d+)?")


@pytest.mark.parametrize(("code", "says"), STARTS, ids=["pysindy", "gpytorch", "deepxde"])
def test_quick_start_runs(code, says, tmp_path):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=300)
    assert done.returncode == 0, done.stderr
    assert NUMBER.sub("#", done.stdout) == NUMBER.sub("#", says), "the page shows other words than it prints"
    shown, printed = ([float(n) for n in NUMBER.findall(text)] for text in (says, done.stdout))
    assert printed == pytest.approx(shown, rel=0.01, abs=1e-3), "the page shows other numbers than it prints"
    assert max(map(len, code.splitlines())) <= 92, "wider than the page"
    assert len([line for line in code.splitlines() if line.strip()]) <= 14, "a quick start is short"
