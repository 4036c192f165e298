"""What a run depends on: the packages that its kernel imported, and no others."""

import json
import os
import sys
from pathlib import Path

import pytest

from mmlib.reproduce import store

from .small import Small


class Pinned(Small):
    """A book beside two packages of our own; only the first is imported by its chapter."""

    def __init__(self, root):
        super().__init__(root, [])
        self.add("good", "import used_pin\nused_pin.value")
        self.site = root / "site"
        for name in ("used_pin", "idle_pin"):
            (self.site / name).mkdir(parents=True)
            (self.site / name / "__init__.py").write_text("value = 1\n", "utf-8")
            self.install(name, "1.0")

    def install(self, name, version):
        for old in self.site.glob(f"{name}-*"):
            for file in old.iterdir():
                file.unlink()
            old.rmdir()
        info = self.site / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\n")
        (info / "RECORD").write_text(f"{name}/__init__.py,,\n")

    def lock(self, **pins):
        lines = [f"{name.replace('_', '-')}=={version} --hash=sha256:0\n" for name, version in pins.items()]
        (self.root / "requirements.lock").write_text("# pins\n" + "".join(lines), "utf-8")

    def run(self, *arguments):
        path = os.pathsep.join([str(self.site), *filter(None, [os.environ.get("PYTHONPATH")])])
        return super().run(*arguments, environment={"PYTHONPATH": path})


@pytest.fixture
def pinned(tmp_path):
    book = Pinned(tmp_path / "book")
    assert book.run()[0] == 0
    return book


def test_a_pin_that_no_chapter_loads_executes_nothing(pinned):
    pinned.install("idle_pin", "2.0")
    pinned.lock(idle_pin="2.0")
    status, text = pinned.run()
    assert status == 0 and "executing" not in text, text


def test_a_package_that_the_kernel_imported_executes_the_chapter(pinned):
    pinned.install("used_pin", "2.0")
    assert "executing, the package used-pin changed from 1.0 to 2.0" in pinned.run()[1]
    assert "executing" not in pinned.run()[1]
    pinned.lock(used_pin="3.0", idle_pin="7")
    assert "executing, the package used-pin changed from 2.0 to 2.0 (pinned 3.0)" in pinned.run()[1]
    assert "executing" not in pinned.run()[1]


def test_the_record_names_what_was_imported(pinned):
    record = json.loads((pinned.root / "_build/runs/t/good/seed0-cpu/record.json").read_text("utf-8"))
    assert record["packages"]["used-pin"] == "1.0" and "numpy" in record["packages"]
    assert not {"idle-pin", "mmlib", "torch", "sphinx"} & set(record["packages"])


def test_a_record_of_an_earlier_version_is_stale(pinned):
    path = Path(pinned.root / "_build/runs/t/good/seed0-cpu/record.json")
    record = json.loads(path.read_text("utf-8"))
    del record["packages"]
    path.write_text(json.dumps(record), "utf-8")
    status, text = pinned.run()
    assert status == 0 and "executing, its packages are not known" in text


def test_pins_are_read_as_pip_writes_them(tmp_path):
    lock = "# numpy==1.0\nNumPy==2.4.6 \\\n    --hash=sha256:1\nq.r_s[x]==3 ; python_version < '4'\n-e .\nplain\n"
    (tmp_path / "requirements.lock").write_text(lock, "utf-8")
    assert store._pins(tmp_path) == {"numpy": "2.4.6", "q-r-s": "3"}
    assert store.package_versions(tmp_path, ["q-r-s"]) == {"q-r-s": "none (pinned 3)"}
    assert store.package_versions(tmp_path / "elsewhere", ["pytest"])["pytest"] == sys.modules["pytest"].__version__
