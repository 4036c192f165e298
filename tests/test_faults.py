"""Faults planted in a book that was green: each must turn the run red, and say where."""

import os
import re
import signal
import subprocess
import sys
import time

import psutil
import pytest

CHAPTER = "fixture/predators"
MODEL = "mmlib/systems/lotka_volterra.py"
COLLOCATION = "mmlib/collocation.py"
MD = "book/fixture/predators.md"
CLAIMS = "book/fixture/predators.claims.yml"
ROWS = "book/fixture/predators.replicates.csv"

FAULTS = {
    # what is planted: (file, old, new), what the red line must say
    "a sign in a right-hand side": (MODEL, "[self.alpha * h - self", "[-self.alpha * h - self", "drift"),
    "a coefficient off by 5 %": (MODEL, "alpha: float = 0.55", "alpha: float = 0.5775", "equilibrium"),
    "a swapped axis": (
        COLLOCATION,
        "(np.arange(q) + 0.5)[:, None]",
        "(np.arange(q) + 0.5)[None, :]",
        "drift",
    ),
    "a seed that leaks from the clock": (MD, "0.01 * here.rng.normal", "0.01 * np.random.default_rng().normal", "growth_rate"),
    "another seed": (MD, "0.01 * here.rng.normal", "0.01 * np.random.default_rng(7).normal", "growth_rate"),
    "a failing cell": (MD, 'here.claim("drift",', 'undefined_name("drift",', "NameError"),
    "a value that is not a number": (MD, "y[0].mean())", "y[0].mean() * np.nan)", "equilibrium"),
    "a claim made twice": (MD, 'here.claim("equilibrium",', 'here.claim("drift",', "made before"),
    "a claim without an entry": (MD, 'here.claim("terms",', 'here.claim("number_of_terms",', "number_of_terms"),
    "an entry without a claim": (MD, 'here.claim("equilibrium", y[0].mean())', "", "equilibrium"),
    "a condition that does not hold": (CLAIMS, '"== 4"', '"== 5"', "terms: got 4, expected == 5"),
    "a published figure that does not reproduce, without a reason": (
        CLAIMS,
        "  drift: {absolute: 1.0e-7}\n  better_is: smaller\n",
        "  drift: {absolute: 1.0e-7}\n  better_is: smaller\n  published: {value: 1.0e-12, cite: lotka1920analytical}\n",
        "published.why",
    ),
    "a solution that its checker rejects": (MD, "model.gamma / model.delta", "model.alpha / model.beta", "exercise 1"),
    "a warning on the page": (MD, "scale = y.std(axis=1)\n", "scale = y.std(axis=1) / np.float64(0)\n", CHAPTER),
    "a claims file that is not YAML": (CLAIMS, "drift:\n  says", "drift: [\n  says", "predators.claims.yml"),
    "a key that does not exist": (CLAIMS, "  show: d\n", "  shows: d\n", "terms.shows"),
    "a claim that stands twice": (CLAIMS, "equilibrium:\n", "drift:\n", "stands twice"),
    "a false conclusion": (CLAIMS, '">= 0.8"', '"<= 0.2"', "noise_costs: got 1, expected share < of error and error_noisy"),
    "a swapped comparison": (CLAIMS, "[error, error_noisy]", "[error_noisy, error]", "noise_costs: got 0, expected"),
    "a comparison of a claim that does not exist": (CLAIMS, "[error, error_noisy]", "[error, eror]", "noise_costs.of"),
    "a condition that a stored seed breaks": (CLAIMS, '"< 0.006"', '"< 0.0020"', "error: got 0.001"),
    "too many conditions beyond reach": (
        CLAIMS,
        '  must: ">= 0.5 and <= 0.6"\n  because: the true rate is 0.55\n  drift',
        '  must: ">= 0.5 and <= 0.6"\n  bound_because: no run can break it\n  because: the true rate is 0.55\n  drift',
        "bound_because stands on 1 of 8 claims",
    ),
    "a damaged replicates file": (ROWS, "growth_rate,3,", "growth_rate,three,", "line"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_fault_goes_red(copy, fault):
    file, old, new, says = FAULTS[fault]
    copy.replace(file, old, new)
    result = copy.run()
    assert result.status == 1, result.text
    red = [line for line in re.split(r"\n(?=\S)", result.text) if line.startswith("RED")]
    assert any(says in line for line in red), result.text
    assert "Traceback" not in result.text


def test_result_outside_its_drift(copy):
    """The stored row of seed 0 is the memory: a changed result is red even where the condition still holds."""
    rows = (copy.root / ROWS).read_text(encoding="utf-8")
    moved = re.sub(r"(?m)^growth_rate,0,0\.\d+", "growth_rate,0,0.5555", rows)
    assert moved != rows
    (copy.root / ROWS).write_text(moved, encoding="utf-8")
    result = copy.run()
    assert result.status == 1
    assert "growth_rate: got 0.55" in result.text and "expected 0.5555 within 0.001 %" in result.text


def test_a_run_claim_that_ignores_the_seed(copy):
    """All seeds give one value: either the seed leaks past the computation, or the claim is exact."""
    rows = (copy.root / ROWS).read_text(encoding="utf-8")
    value = re.search(r"growth_rate,0,([\d.]+)", rows)[1]
    (copy.root / ROWS).write_text(re.sub(r"(growth_rate,\d),[\d.]+", rf"\1,{value}", rows), encoding="utf-8")
    result = copy.run()
    assert result.status == 1
    assert "seed does not reach the computation" in result.text


def test_a_false_conclusion_in_the_stored_runs(copy):
    """The stored runs say that less noise loses in seven of ten: the sentence is red, though this run is as before."""
    rows = (copy.root / ROWS).read_text(encoding="utf-8")
    for seed in range(1, 8):
        rows = re.sub(rf"(?m)^error_noisy,{seed},[^,]+", f"error_noisy,{seed},1e-9", rows)
    (copy.root / ROWS).write_text(rows, encoding="utf-8")
    result = copy.run()
    assert result.status == 1
    assert "noise_costs: got 0.3, expected share < of error and error_noisy >= 0.8 (from 10 runs)" in result.text


def test_an_old_violation_is_excused_and_a_new_one_is_not(copy):
    copy.replace(CLAIMS, '"< 0.006"', '"< 0.0020"')
    (copy.root / "book/violations.yml").write_text("at_most: 1\nfixture/predators:\n- error\n", encoding="utf-8")
    assert copy.run().status == 0
    (copy.root / "book/violations.yml").write_text("at_most: 1\nfixture/predators:\n- terms\n", encoding="utf-8")
    assert copy.run().status == 1


def test_result_that_went_stale_with_a_module(copy):
    """A module that the kernel loaded changed: the run is not reused, and the page build refuses it."""
    assert "reused" in copy.run().text
    path = copy.root / "mmlib/systems/lotka_volterra.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n# a comment\n", encoding="utf-8")
    refused = copy.run(module="mmlib.reproduce.pages")
    assert refused.status == 1
    assert "lotka_volterra.py changed" in refused.text
    again = copy.run()
    assert "executing, mmlib/systems/lotka_volterra.py changed" in again.text
    assert again.status == 0


def test_a_module_the_chapter_does_not_load_makes_nothing_stale(copy):
    (copy.root / "mmlib/systems/lorenz.py").write_text("changed = True\n", encoding="utf-8")
    result = copy.run()
    assert result.status == 0
    assert "executing" not in result.text


def test_text_around_the_cells_makes_nothing_stale(copy):
    copy.replace(MD, "Synthetic data.", "Synthetic data, as said.")
    assert "executing" not in copy.run().text


def test_rewording_a_claim_makes_nothing_stale(copy):
    """Words, conditions and stored runs are read by the judge and the page build, not by the kernel."""
    copy.replace(CLAIMS, "the equations have four terms", "the equations of the model have four terms")
    copy.replace(CLAIMS, "mean number of hares", "average number of hares")
    copy.replace(CLAIMS, '"> 25 and < 40"', '"> 26 and < 40"')
    rows = (copy.root / ROWS).read_text(encoding="utf-8")
    (copy.root / ROWS).write_text(rows.replace("2026-", "2025-"), encoding="utf-8")
    result = copy.run()
    assert result.status == 0 and "reused" in result.text and "executing" not in result.text, result.text


def test_a_chapter_that_draws_stored_runs_depends_on_them(copy):
    copy.replace(
        MD, 'here.claim("median_growth_rate")', 'here.claim("median_growth_rate"); here.replicates("growth_rate")'
    )
    assert copy.run().status == 0
    assert "reused" in copy.run().text
    rows = (copy.root / ROWS).read_text(encoding="utf-8")
    (copy.root / ROWS).write_text(rows.replace("2026-", "2025-"), encoding="utf-8")
    assert "executing, predators.replicates.csv changed" in copy.run().text


def test_damaged_store_is_run_again(copy):
    folder = copy.root / "_build/runs" / CHAPTER / "seed0-cpu"
    (folder / "executed.ipynb").write_text("{", encoding="utf-8")
    result = copy.run()
    assert result.status == 0
    assert "stored run is unusable" in result.text
    (folder / "record.json").write_text('{"chapter": 1', encoding="utf-8")
    result = copy.run("--judge-only")
    assert result.status == 1
    assert "record.json is damaged" in result.text


def test_one_bad_chapter_leaves_the_others_alone(copy):
    for ending in (".md", ".claims.yml", ".replicates.csv"):
        text = copy.path(ending).read_text(encoding="utf-8")
        (copy.root / f"book/fixture/other{ending}").write_text(
            text.replace("fixture/predators", "fixture/other"), encoding="utf-8"
        )
    other = copy.root / "book/fixture/other.md"
    other.write_text(
        other.read_text(encoding="utf-8").replace("model = LotkaVolterra()", "model = None"), encoding="utf-8"
    )
    result = copy.run("--jobs", "2")
    assert result.status == 1
    assert "fixture/predators: reused" in result.text
    assert "AttributeError" in result.text and (copy.root / "_build/runs/fixture/other/seed0-cpu/failed.ipynb").exists()


def is_kernel(process):
    try:
        return "ipykernel_launcher" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # gone, or a zombie that its parent has not collected yet
        return False


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
@pytest.mark.parametrize("how", ["Ctrl-C", "kill -9 of the engine", "kill -9 of the kernel"])
def test_interrupted_at_any_moment(copy, how):
    """What was finished is kept, nothing is half written, no kernel is left behind, and the next call goes on."""
    copy.replace(MD, "scale = y.std(axis=1)\n", "import time; time.sleep(3)\nscale = y.std(axis=1)\n")
    engine = subprocess.Popen(
        [sys.executable, "-m", "mmlib.reproduce"],
        cwd=copy.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # started in the background, a test run ignores Ctrl-C, and so would the engine
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    kernel = None
    until = time.monotonic() + 60
    while kernel is None and time.monotonic() < until:
        children = psutil.Process(engine.pid).children()
        kernel = next((c for c in children if is_kernel(c)), None)
        time.sleep(0.05)
    time.sleep(2)
    if how == "Ctrl-C":
        engine.send_signal(signal.SIGINT)
    elif how == "kill -9 of the engine":
        engine.kill()
    else:
        kernel.kill()
    text, _ = engine.communicate(timeout=60)
    assert engine.returncode == {"Ctrl-C": 130, "kill -9 of the engine": -9, "kill -9 of the kernel": 1}[how], text
    assert "Traceback" not in text, text
    if how == "kill -9 of the kernel":
        assert "the kernel died" in text
    psutil.wait_procs([kernel], timeout=30)
    assert not kernel.is_running()
    folder = copy.root / "_build/runs" / CHAPTER / "seed0-cpu"
    assert not [p for p in folder.iterdir() if p.name.startswith(".")], "half-written file"
    again = copy.run()
    assert again.status == 0, again.text


# -- pages --------------------------------------------------------------------------------------------------------


def test_pages_are_built_from_the_run_and_checked(copy):
    (copy.root / ".cache").mkdir()
    (copy.root / ".cache" / "README.md").write_text("# what a tool leaves behind is no page", encoding="utf-8")
    built = copy.run("--jobs", "2", module="mmlib.reproduce.pages")
    assert built.status == 0, built.text
    page = copy.root / "_build/html/book/fixture/predators.html"
    text = page.read_text(encoding="utf-8")
    assert '<button type="button" class="mm-tick mm-holds"' in text and "1.3e-08" in text
    assert text.index('<details class="mm-fold">') > text.index("mm-tick"), "verdicts at the end of their section"
    assert "mm-made" not in text, "no mark of a cell that made a claim is left"
    assert "vnd.mmlib" not in text
    assert '<p class="mm-card">5 minutes to read, 5 CPU seconds to run, synthetic data. <span>Needs ' in text
    moved = copy.root / "_build/html/book/hares.html"
    assert 'url=fixture/predators.html"' in moved.read_text(encoding="utf-8")

    from mmlib.reproduce.book import Book
    from mmlib.reproduce.pages import inspect

    book = Book(copy.root)
    assert inspect(book) == []
    page.write_text(text.replace("claim <code>terms</code>", ""), encoding="utf-8")
    assert "does not show the claims terms" in inspect(book)[0]
    page.write_text(text + "<pre>Traceback (most recent call last)</pre>", encoding="utf-8")
    assert "shows a failure" in inspect(book)[0]
    page.unlink()
    assert "was not built" in inspect(book)[0]
    moved.unlink()
    assert "old address book/hares does not lead to book/fixture/predators" in inspect(book)[-1]


def test_pages_at_a_time(executed):
    result = executed.run("--jobs", "0", module="mmlib.reproduce.pages")
    assert result.status == 2 and "--jobs: expected at least 1, got 0" in result.text


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("_toc.yml", "  - file: book/fixture/predators\n", "", "predators"),  # a page that is missing
        ("_toc.yml", "book/sources", "book/sauces", "sauces"),  # one that does not exist
        (
            "book/redirects.yml",
            "fixture/predators",
            "fixture/prey",
            "leads to book/fixture/prey",
        ),  # an address that leads nowhere
        (MD, "{cite:t}`lotka1920analytical`", "{cite:t}`lotka1925`", "lotka1925"),  # a source that is not there
        (MD, "{glue:text}`drift`", "{glue:text}`drifft`", "drifft"),  # a result that is not there
        (MD, "Synthetic data.", "Data.", "does not agree"),  # the notebook was not written again
    ],
)
def test_faulty_page_goes_red(copy, file, old, new, says):
    copy.replace(file, old, new)
    result = copy.run(module="mmlib.reproduce.pages")
    assert result.status == 1, result.text
    assert says in result.text


# -- wrong usage --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["fixture/predator"], "Did you mean 'fixture/predators'?"),
        (["--seed", "-1"], "--seed: expected at least 0"),
        (["--jobs", "0"], "--jobs: expected at least 1"),
        (["--replicates", "0"], "--replicates: expected at least 1"),
        (["--judge-only", "--fresh"], "--judge-only executes nothing"),
        (["--device", "tpu"], "invalid choice"),
        (["--night", "--judge-only"], "--night executes new seeds"),
        (["--history", "nights.csv"], "add --night"),
        (["--night", "--history", "_toc.yml"], "_toc.yml: expected the columns date,commit,chapter"),
    ],
)
def test_wrong_usage(executed, arguments, says):
    result = executed.run(*arguments)
    assert result.status == 2
    assert says in result.text and "Traceback" not in result.text


def test_no_gpu_when_asked_for_one(executed):
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    result = executed.run("--device", "cuda")
    assert result.status == 2
    assert "no usable GPU" in result.text and "--device cpu" in result.text


def test_outside_of_a_book(tmp_path):
    done = subprocess.run([sys.executable, "-m", "mmlib.reproduce"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert "expected a folder with _toc.yml and book/" in done.stderr


# -- seeds --------------------------------------------------------------------------------------------------------


def test_collecting_and_a_new_seed(copy):
    """Replicates are collected once and kept; a new seed is held against their prediction interval."""
    rows = (copy.root / ROWS).read_text(encoding="utf-8").splitlines()
    kept = [line for line in rows if not re.match(r"\w+,[7-9],", line)]
    (copy.root / ROWS).write_text("\n".join(kept) + "\n", encoding="utf-8")
    early = copy.run("--seed", "77")
    assert early.status == 1 and "10 stored runs" in early.text
    assert copy.run("--replicates", "10", "--no-drift").status == 0
    again = copy.run("--replicates", "10", "--no-drift")
    assert again.status == 0 and "seed 3: reused" in again.text and "executing" not in again.text
    assert len((copy.root / ROWS).read_text(encoding="utf-8").splitlines()) == 1 + 3 + 30  # header, exact, run
    new = copy.run("--seed", "77")
    assert new.status == 0, new.text
    assert "predators seed 77" in new.text
