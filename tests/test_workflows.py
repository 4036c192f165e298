"""Workflows and the gate: valid, and written so that a failing step fails."""

import re
import subprocess
import sys

import pytest
import yaml

from .conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def test_there_are_workflows():
    assert {w.stem for w in WORKFLOWS} == {"cpu", "gpu", "nightly", "release"}


def test_workflows_follow_the_schema():
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.github-workflows",
        *map(str, WORKFLOWS),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schema_check_can_fail(tmp_path):
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(WORKFLOWS[0].read_text(encoding="utf-8").replace("runs-on:", "runs-at:"), encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(wrong)]
    assert subprocess.run(command, capture_output=True).returncode == 1


STOPS = {
    "bash": "set -euo pipefail\n",
    "pwsh": "$ErrorActionPreference = 'Stop'\n$PSNativeCommandUseErrorActionPreference = $true\n",
}


def _jobs(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]


def _steps(path):
    return [step for job in _jobs(path).values() for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)
def test_every_shell_step_stops_at_the_first_failure(path):
    steps = [step for step in _steps(path) if "run" in step]
    assert steps
    for step in steps:
        assert step["run"].startswith(STOPS[step["shell"]]), step["run"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)
def test_every_shell_step_is_a_script(path):
    for step in _steps(path):
        if step.get("shell") == "bash":
            plain = re.sub(r"\$\{\{.*?\}\}", "x", step["run"])
            assert plain == step["run"], "a value of the event reaches a script through env, never pasted into it"
            done = subprocess.run(["bash", "-n"], input=plain, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)
def test_actions_are_pinned_and_may_do_little(path):
    text = path.read_text(encoding="utf-8")
    used = re.findall(r"uses: (\S+)(.*)", text)
    assert used
    for action, comment in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action) and re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action
    assert len(set(used)) == len({action.split("@")[0] for action, _ in used}), "one version of each action"
    assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
    for step in _steps(path):
        if "actions/checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_a_job_that_may_write_runs_none_of_our_packages():
    for path in WORKFLOWS:
        for name, job in _jobs(path).items():
            if "write" in job.get("permissions", {}).values():
                scripts = " ".join(step.get("run", "") for step in job["steps"])
                assert not re.search(r"\b(make|pip|python)\b", scripts), f"{path.stem}: {name}"


def test_pages_are_published_when_every_other_lane_is_green():
    jobs = _jobs(ROOT / ".github/workflows/cpu.yml")
    needed, seen = list(jobs["publish"]["needs"]), set()
    while needed:
        name = needed.pop()
        seen.add(name)
        more = jobs[name].get("needs", [])
        needed += [more] if isinstance(more, str) else more
    assert seen == set(jobs) - {"publish"}


def test_the_shares_of_the_matrix_are_all_chapters():
    job = _jobs(ROOT / ".github/workflows/cpu.yml")["chapters"]
    shares = job["strategy"]["matrix"]["share"]
    share = next(step["env"]["SHARE"] for step in job["steps"] if "SHARE" in step.get("env", {}))
    assert shares == list(range(1, int(share.rsplit("/")[-1]) + 1))


def test_windows_runs_the_lines_of_the_page():
    job = _jobs(ROOT / ".github/workflows/cpu.yml")["windows"]
    script = job["steps"][-1]["run"].replace(" --quiet", "")
    page = (ROOT / "book/how_to_use.md").read_text(encoding="utf-8")
    lines = re.search(r"in PowerShell:\n\n```\n(.*?)\n```", page, re.DOTALL)[1].split("\n")
    assert len(lines) == 5
    for line in lines[:4]:
        assert line in script


def test_the_gate_stops_at_the_first_failure():
    lines = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if line and not line.startswith("#")]
    assert commands[0] == "set -euo pipefail"
