"""Every bash step of the workflows is executed here, in its order, among programs that only note how they were called."""

import json
import os
import re
import shutil
import stat
import subprocess

import pytest

from mmlib.reproduce.book import Book

from .conftest import ROOT
from .test_workflows import WORKFLOWS, _jobs

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are written for bash")

VERDICTS = "a/b: executed, 1 CPU s, 2 s, 3 MB (1 of 1)\nWARN   a/b: wide\n1 chapter, 1 claims judged: all hold\n"
STUB = """#!/bin/bash
echo "$(basename "$0") $*" >> "$CALLS"
case "$(basename "$0") $*" in
  "gh issue list"*) printf '%s' "${ISSUE:-}";;
  "gh release list"*) printf 'v0.2.0\\nv0.1.0\\n';;
  "gh release download"*) touch "_build/releases/$4-pages.zip";;
  python*|make*) printf '%s' "${SAID:-}";;
esac
exit "${STATUS:-0}"
"""


@pytest.fixture
def stage(tmp_path, monkeypatch):
    """A function: run a script as a step of a workflow; exit status, what was called, what it wrote for the host."""
    home = tmp_path / "checkout"
    for place in (
        "bin/make",
        "bin/gh",
        "bin/python",
        "bin/nvidia-smi",
        "checkout/.venv/bin/python",
        "tools/bin/python",
    ):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(STUB)
        (tmp_path / place).chmod(stat.S_IRWXU)
    (home / "summaries/new-seed").mkdir(parents=True)
    (home / "summaries/new-seed/summary.md").write_text("RED    a/b: too large\n")
    shutil.copytree(
        ROOT / "book", home / "book", ignore=lambda _, names: [n for n in names if "." in n and not n.endswith(".md")]
    )
    given = {
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path), "CALLS": str(tmp_path / "calls"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_REF_NAME": "v0.3.0",
        "SAID": VERDICTS,
    }  # fmt: skip

    def run(step, **more):
        asked = {name: re.sub(r"\$\{\{.*?\}\}", "value", str(text)) for name, text in step.get("env", {}).items()}
        if "VENV" in asked:
            asked["VENV"] = str(tmp_path / "tools")
        for name in ("calls", "summary", "output"):
            (tmp_path / name).write_text("")
        done = subprocess.run(
            ["bash", "-c", step["run"]], cwd=home, env=given | asked | more, capture_output=True, text=True
        )
        read = {name: (tmp_path / name).read_text() for name in ("calls", "summary", "output")}
        return done, read

    run.home = home
    return run


def steps(workflow, job):
    return [s for s in _jobs(ROOT / f".github/workflows/{workflow}.yml")[job]["steps"] if s.get("shell") == "bash"]


def step(workflow, job, name):
    [found] = [s for s in steps(workflow, job) if name in s["name"]]
    return found


JOBS = [(path.stem, job) for path in WORKFLOWS for job in _jobs(path) if steps(path.stem, job)]


@pytest.mark.parametrize(("workflow", "job"), JOBS)
def test_the_steps_of_a_job_run_through(stage, workflow, job):
    if shutil.which("jq") is None and (workflow, job) == ("gpu", "chapters"):
        pytest.skip("jq, which the host has, is not on this machine")
    for one in steps(workflow, job):
        done, read = stage(one, SAID=VERDICTS.replace("executed", "reused"))
        assert done.returncode == 0 and done.stderr == "", f"{one['name']}: {done.stderr}"
        assert any(read.values()), f"{one['name']} called nothing and wrote nothing"


@pytest.mark.parametrize(("workflow", "job"), [(w, j) for w, j in JOBS if any("tee" in s["run"] for s in steps(w, j))])
def test_a_red_command_is_a_red_step_and_a_summary_all_the_same(stage, workflow, job):
    """What a command writes passes through `tee`: its status must not get lost there."""
    judged = next(s for s in steps(workflow, job) if "| tee" in s["run"])
    red = "RED    a/b: too large\n1 chapter, 1 claims judged: 1 red\n"
    done, _ = stage(judged, STATUS="1", SAID=red)
    assert done.returncode == 1
    for one in steps(workflow, job):
        if "summary" in one["name"]:
            (stage.home / "verdicts.txt").write_text(red)
            assert one["if"] == "always()" or "always()" in str(one["if"]), one["name"]
            done, read = stage(one)
            assert done.returncode == 0 and "RED    a/b: too large" in read["summary"] and "1 red" in read["summary"]


def test_pages_are_red_if_they_had_to_execute_a_chapter(stage):
    pages = step("cpu", "pages", "The pages, from the runs")
    assert stage(pages, SAID="a/b: reused, run of 2026-01-01\n")[0].returncode == 0
    done, _ = stage(pages, SAID="a/b: executing, not run yet\n")
    assert done.returncode == 1 and "was executed again" in done.stdout


def test_released_versions_are_fetched_one_by_one(stage):
    _, read = stage(step("cpu", "pages", "Released versions"))
    calls = read["calls"].splitlines()
    assert [c.split()[3] for c in calls if c.startswith("gh release download")] == ["v0.2.0", "v0.1.0"]
    assert calls[-1] == "python -m mmlib.reproduce.versions _build/releases"


def test_a_red_night_opens_one_issue_and_then_writes_into_it(stage):
    tell = step("nightly", "tell", "Open or update")
    _, read = stage(tell)
    assert "gh issue create --title A night was red" in read["calls"] and "comment" not in read["calls"]
    body = (stage.home / "body.md").read_text()
    assert "was red: value" in body and "**new-seed**" in body and "RED    a/b: too large" in body
    _, read = stage(tell, ISSUE="7")
    assert "gh issue comment 7 --body-file body.md" in read["calls"] and "create --title" not in read["calls"]


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq, which the host has, is not on this machine")
def test_the_matrix_of_the_gpu_is_all_chapters(stage):
    _, read = stage(step("gpu", "chapters", "List the chapters"))
    assert json.loads(read["output"].removeprefix("chapters=")) == Book(ROOT).chapters()


def test_a_chapters_run_has_a_name_without_slashes(stage):
    _, read = stage(step("gpu", "chapter", "A name"), CHAPTER="odes/free_energy")
    assert read["output"] == "flat=odes-free_energy\n"
