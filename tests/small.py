"""A book of chapters that take no time, for tests that run the engine as a command."""

import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

HEADER = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---
"""
CLAIMS = """\
one:
  says: a number that nothing can change
  unit: "1"
  kind: exact
  must: "== 1"
  because: it is the neutral element
  drift: {absolute: 0.1}
"""
ROWS = "claim,seed,value,device,dtype,threads,cpu_s,key,date\none,0,1.0,cpu,float64,1,0.0,none,2026-01-01\n"


def cell(code):
    return f"\n```{{code-cell}}\n{textwrap.dedent(code).strip()}\n```\n"


class Small:
    """A book of chapters that take no time: ``t/good``, and others in which something is wrong."""

    def __init__(self, root: Path, names=("odd",)):
        self.root = root
        (root / "book/t").mkdir(parents=True)
        (root / "_toc.yml").write_text("format: jb-book\nroot: book/t/good\n", "utf-8")
        for name in ("good", *names):
            self.add(name)

    def path(self, name, ending=".md"):
        return self.root / "book/t" / f"{name}{ending}"

    def add(self, name, code=""):
        self.path(name, ".claims.yml").write_text(CLAIMS, "utf-8")
        self.path(name, ".replicates.csv").write_text(ROWS, "utf-8")
        opened = cell(f'from mmlib import chapter\nhere = chapter("t/{name}")\nhere.claim("one", 1)')
        self.path(name).write_text(HEADER + "\n# Title\n" + opened + (cell(code) if code else ""), "utf-8")

    def claim(self, name, claim, value):
        """Claim another value than before."""
        text, count = re.subn(
            rf'here.claim\("{claim}", .*\)', f'here.claim("{claim}", {value})', self.path(name).read_text("utf-8")
        )
        assert count == 1
        self.path(name).write_text(text, "utf-8")

    def start(self, *arguments, environment=(), prefix=(), first=None):
        """Start the engine, in an environment, below a command, or after some lines of Python that break it."""
        how = ["-c", f"{first}\nimport sys\nfrom mmlib.reproduce.__main__ import main\nsys.exit(main())"]
        plain = {k: v for k, v in os.environ.items() if not k.startswith(("MMLIB_", "LC_"))}
        return subprocess.Popen(
            [*prefix, sys.executable, *(how if first else ["-m", "mmlib.reproduce"]), *arguments],
            cwd=self.root, env=plain | dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True, errors="replace",
            # started in the background, a test run ignores Ctrl-C, and so would the engine
            preexec_fn=(lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) if os.name != "nt" else None,
        )  # fmt: skip

    def run(self, *arguments, **options):
        process = self.start(*arguments, **options)
        text, _ = process.communicate(timeout=900)
        return process.returncode, text
