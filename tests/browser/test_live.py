"""Live cells: a reader edits a cell on the page and runs it, here on a Jupyter server of this machine instead of Binder."""

from __future__ import annotations

import pytest

from mmlib.reproduce.launch import THEBE

from .conftest import ROOT, SITE, jupyter_server, npm

CHAPTER = "odes/free_energy"

# The page's own button goes to Binder; all that the test changes is the server.
ELSEWHERE = """([server, token, folder]) => {
  let live;
  Object.defineProperty(window, "thebelab", {
    get: () => live,
    set: (loaded) => {
      const bootstrap = loaded.bootstrap;
      live = {
        ...loaded,
        bootstrap: (own) => bootstrap({
          ...own,
          requestKernel: true,
          useBinder: false,
          serverSettings: { baseUrl: server, wsUrl: server.replace("http", "ws"), token, appendToken: true },
          kernelOptions: { kernelName: "python3", name: "python3", path: folder },
        }),
      };
    },
  });
}"""
# The imports are folded: the first cell that a reader sees.
OPEN = """() => {
  const cells = [...document.querySelectorAll(".thebe-cell")];
  return cells.findIndex((cell) => cell.querySelector(".CodeMirror")?.checkVisibility({ contentVisibilityAuto: true }));
}"""
TYPE = "(cell, code) => cell.querySelector('.CodeMirror').CodeMirror.setValue(code)"


@pytest.fixture
def jupyter(site, tmp_path):
    """(address, token) of a Jupyter server in this checkout that pages of the site may talk to."""
    options = {"ServerApp.root_dir": ROOT, "ServerApp.allow_origin": site, "ServerApp.disable_check_xsrf": True}
    with jupyter_server("jupyter_server", tmp_path / "log", options) as server:
        yield server
    print((tmp_path / "log").read_text()[-3500:])


def test_the_button_says_its_ways_and_a_failed_start_says_what_to_do(open_page, site):
    """Beside the title, by pointer and by key; without a network the page says so, and offers the other ways."""
    tab, seen = open_page(f"book/{CHAPTER}", size={"width": 1366, "height": 768})
    button, ways = tab.locator(".mm-run > summary"), tab.locator(".mm-ways")
    assert button.inner_text().startswith("Run") and button.bounding_box()["y"] < 400
    assert tab.locator(".article-header-buttons .fa-rocket").count() == 0, "two buttons for one thing"
    button.press("Enter")
    said = ways.inner_text()
    assert [way for way in ("Binder", "Colab", "Live cells", "Notebook") if way not in said] == []
    tab.keyboard.press("Escape")
    assert not ways.is_visible() and tab.evaluate("document.activeElement.tagName") == "SUMMARY"
    tried = []
    tab.context.route("**/thebe-*/index.js", lambda route: (tried.append(route.request.url), route.abort()))
    button.click()
    ways.get_by_text("Live cells").click()
    told = tab.locator(".mm-live")
    told.get_by_text("did not start").wait_for()
    assert "network" in told.inner_text()
    assert told.get_by_role("link").all_inner_texts() == ["Binder", "Colab", "Notebook", "What to do"], (
        "other ways are offered"
    )
    told.get_by_role("button").click()  # try again
    told.get_by_text("did not start").wait_for()
    assert len(tried) == 2 and seen.refused == [], "the script is the site's own"
    told.get_by_role("link", name="What to do").click()
    tab.wait_for_url(f"{site}/book/how_to_use.html#it-does-not-start")
    assert tab.locator("#it-does-not-start").count() == 1


def test_a_binder_that_does_not_answer_is_said(open_page):
    """Live cells ask Binder, and nobody else."""
    tab, seen = open_page(f"book/{CHAPTER}")
    tab.evaluate("initThebeSBT()")
    tab.locator(".mm-live").get_by_text("Binder gave no Python").wait_for(timeout=60_000)
    assert seen.refused and all(url.startswith("https://mybinder.org/") for url in seen.refused)


def test_the_script_of_the_live_cells_is_the_published_one(tmp_path):
    published, ours = npm(f"thebe@{THEBE}", tmp_path) / "lib", SITE / f"thebe-{THEBE}"
    names = {path.name for path in published.iterdir() if path.suffix in (".js", ".css")}
    assert {path.name for path in ours.iterdir()} == names and len(names) > 100
    assert [name for name in sorted(names) if (ours / name).read_bytes() != (published / name).read_bytes()] == []


def test_a_cell_can_be_edited_and_run(open_page, jupyter):
    tab, seen = open_page(f"book/{CHAPTER}")
    address, token = jupyter
    tab.context.route(f"{address}/**", lambda route: route.continue_())
    pictures = tab.locator("div.cell_output img:visible").count()
    tab.evaluate(ELSEWHERE, [address, token, f"book/{CHAPTER.rsplit('/')[0]}"])
    tab.evaluate("document.querySelector('.btn-launch-thebe').click()")  # it stands in a menu
    tab.locator(".mm-live").get_by_text("are live").wait_for(timeout=60_000)
    tab.locator(".thebe-cell .thebe-run-button").first.wait_for(state="attached", timeout=60_000)
    cell = tab.locator(".cell", has=tab.locator(".thebe-cell")).nth(tab.evaluate(OPEN))
    cell.evaluate(TYPE, f"from mmlib import chapter\nprint(chapter('{CHAPTER}').seed + 41041)")
    for _ in range(30):  # the kernel may still be starting
        cell.locator(".thebe-run-button").click()
        tab.wait_for_timeout(2000)
        if any("41041" == said.strip() for said in cell.locator(".jp-OutputArea-output").all_inner_texts()):
            break
    else:
        pytest.fail(f"the cell ran without its output below it: {seen.failed} {seen.console}")
    assert seen.refused == [], "live cells ask the server of Jupyter, and nobody else"
    assert pictures and tab.locator("[data-output] img:visible").count() == pictures, (
        "figures went away with the live cells"
    )
