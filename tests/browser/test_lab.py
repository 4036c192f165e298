"""The exported notebook, opened and run in JupyterLab: what is folded, what *Run All* executes, how an answer is judged."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil

import nbformat
import pytest

from mmlib.reproduce.book import Book
from mmlib.reproduce.notebooks import export

from ..conftest import FIXTURE
from .conftest import DESKTOP, ROOT, jupyter_server, npm

SLIDER = """
```{code-cell}
:tags: [hide-input]

plot.move({"hare": (t, np.outer([1, 2, 3], y[0]))}, over="size", values=[1, 2, 3], x="time [years]", y="hares [1]",
          caption="More hares at each size: move it and look at the tops.",
          alt="One curve over twenty years, higher for each larger size.")
```

```{exercise-start}"""
CHECKER = """\
import sys, types
checkers = types.ModuleType("mmlib.exercises.fixture_predators")
exec({!r}, checkers.__dict__)
sys.modules[checkers.__name__] = checkers"""
LAB = {  # every cell stands in the page, and no question is asked at the start
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


@pytest.fixture
def lab(tmp_path):
    """Address of a JupyterLab that has the notebook of the tests' own chapter, with a slider added."""
    if importlib.util.find_spec("jupyterlab") is None:
        pytest.fail("expected JupyterLab, which tests/browser/requirements.lock names; run: make browser")
    shutil.copytree(FIXTURE, tmp_path / "book")
    source = tmp_path / "book/book/fixture/predators.md"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("\n```{exercise-start}", SLIDER, 1), encoding="utf-8")
    notebook = nbformat.reads(export(Book(tmp_path / "book"), "fixture/predators"), as_version=4)
    checker = CHECKER.format((FIXTURE / "exercises.py").read_text(encoding="utf-8"))
    notebook.cells.insert(0, nbformat.v4.new_code_cell(checker))  # a chapter's own lies in mmlib
    (folder := tmp_path / "reader").mkdir()
    nbformat.write(notebook, folder / "predators.ipynb")
    for name, values in LAB.items():
        path = tmp_path / f"settings/@jupyterlab/{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")
    places = {"JUPYTERLAB_SETTINGS_DIR": tmp_path / "settings", "JUPYTERLAB_WORKSPACES_DIR": tmp_path / "workspaces"}
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {k: str(v) for k, v in places.items()} | {"PYTHONPATH": paths}
    options = {"ServerApp.root_dir": folder}
    with jupyter_server("jupyterlab", tmp_path / "log", options, env=environment, cwd=folder) as (address, token):
        yield f"{address}/lab/tree/predators.ipynb?token={token}", notebook


def test_a_notebook_in_jupyterlab(chromium, lab, tmp_path):
    address, notebook = lab
    context = chromium.new_context(viewport=DESKTOP)
    context.set_default_timeout(120_000)
    script = (
        npm("plotly.js-dist-min@3.0.1", tmp_path) / "plotly.min.js"
    )  # as its network gives it: another file would not run
    shared = {"access-control-allow-origin": "*", "content-type": "text/javascript"}
    context.route("https://cdn.plot.ly/plotly-3.0.1.min.js", lambda route: route.fulfill(path=script, headers=shared))
    tab = context.new_page()
    tab.goto(address)
    cells = tab.locator(".jp-Notebook .jp-Cell")
    tab.wait_for_function(
        "n => document.querySelectorAll('.jp-Notebook .jp-Cell').length === n", arg=len(notebook.cells)
    )

    # as it opens: no markup of the book, code of figures and the solution folded
    folded = [k for k, cell in enumerate(notebook.cells) if cell.metadata.get("jupyter", {}).get("source_hidden")]
    assert len(folded) == 3, "what the book says of its claims, and two figures"
    for k in folded:
        assert cells.nth(k).locator(".jp-InputPlaceholder").is_visible(), "code that the page folds stands open"
    tab.locator(".jp-MarkdownCell details").wait_for(state="attached")
    words = " ".join(tab.locator(".jp-MarkdownCell .jp-RenderedMarkdown").all_inner_texts())
    assert "Predators" in words and not [role for role in ("{glue", "{cite", "{eq}", ":label:") if role in words]
    assert tab.locator("details summary", has_text="Solution to exercise 1").is_visible()
    solution = tab.locator("details pre", has_text="model.gamma / model.delta")
    assert not solution.is_visible(), "the solution is closed"
    assert "What reproduces" in cells.last.inner_text(), "the end leads to the verdicts"

    # Run All, by the menu
    tab.get_by_role("menuitem", name="Run", exact=True).click()
    tab.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    last = next(k for k, cell in enumerate(notebook.cells) if "answer" in cell.metadata.get("tags", ()))
    cells.nth(last).locator(".mm-check").wait_for()  # cells run in order, and this is the last one with code
    errors = tab.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']")
    assert errors.all_inner_texts() == []
    checks = tab.locator(".mm-check")
    assert checks.count() == 1 and "not yet" in checks.inner_text(), "Run All executes no solution"
    assert "book" in tab.locator(".mm-claim").first.inner_text(), "the book's value stands beside the reader's"

    # one figure, not two, where a slider is
    moving = tab.locator("figure.mm-move")
    moving.locator(".plot-container").wait_for()
    assert not moving.locator("img").is_visible() and moving.locator("input").is_visible()
    assert tab.locator(".jp-OutputArea figure:not(.mm-move) img:visible").count() == 1

    # an answer is typed, judged and coloured
    def colour():
        return checks.evaluate("e => getComputedStyle(e).borderLeftColor")

    before = colour()
    cells.nth(last).locator(".cm-content").click()
    tab.keyboard.press("ControlOrMeta+a")
    tab.keyboard.type("here.check(1, model.gamma / model.delta)")
    tab.keyboard.press("Shift+Enter")
    tab.locator(".mm-check", has_text="right").wait_for()
    assert colour() != before
    context.close()
