"""Derivatives of the cardiac cell at random states, by another program: writes ``tests/cardiac_reference.csv``.

``python benchmarks/cardiac_reference.py PORT`` where PORT is ``ohara_model.py`` of github.com/BillAC/PyOhara, a port of
the code of O'Hara, Virag, Varro and Rudy (2011) by W. A. Coetzee. Three slips in it are mended after the paper.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from mmlib.systems.cardiac import GATES, STATE, TYPES

MENDED = {  # slip: as the paper has it
    "log(ko + PKNa * nao) / (ki + PKNa * nai)": "log((ko + PKNa * nao) / (ki + PKNa * nai))",  # reversal of IKs
    "if celltype == 1:\n            Gto": "if celltype >= 1:\n            Gto",  # Ito of the middle layer
    "82.90001": "82.90",
}
HEAD = """\
# States of the cell of O'Hara, Virag, Varro and Rudy (2011), drawn at random, and their derivatives [1/ms] by another
# program: the port by W. A. Coetzee (github.com/BillAC/PyOhara, commit 06eedb74a9b3), three slips mended after the paper.
# `net` is the sum of the six currents of qNet, over 1000. Written by benchmarks/cardiac_reference.py.
state,cell,name,value,derivative
"""
VOLTAGES = (-87.0, -62.5, -40.05, -20.0, -5.3, 8.45, 20.0, 33.35)  # nodes of our table, none at a zero of 0/0


def port(path: str):
    """The class of the port, mended."""
    text = Path(path).read_text(encoding="utf-8")
    for slip, right in MENDED.items():
        if text.count(slip) != 1:
            raise ValueError(f"{path}: expected {slip!r} once, got {text.count(slip)} times. Is it another version?")
        text = text.replace(slip, right)
    space = {}
    exec(text, space)
    return space["ohara"]


def draw(rng, voltage: float) -> dict[str, float]:
    """A state in which each term of the equations counts."""
    y = {name: rng.uniform(0.05, 0.95) for name in GATES} | {"V": voltage}
    y |= {name: rng.uniform(5, 12) for name in ("nai", "nass")} | {
        name: rng.uniform(130, 150) for name in ("ki", "kss")
    }
    y |= {"cai": 10 ** rng.uniform(-4.3, -2.7), "cass": 10 ** rng.uniform(-4.2, -2.2)}
    y |= {name: rng.uniform(0.8, 3) for name in ("cansr", "cajsr")} | {"nca": rng.uniform(0.05, 0.6)}
    y |= {name: rng.uniform(0, 1) for name in ("Jrelnp", "Jrelp")} | {"CaMKt": rng.uniform(0.01, 0.3)}
    return {name: float(f"{y[name]:.6g}") for name in STATE}


def main() -> None:
    """Write the table."""
    model, rng = port(sys.argv[1]), np.random.default_rng(2011)
    order = "V nai nass ki kss cai cass cansr cajsr m hf hs j hsp jp mL hL hLp a iF iS ap iFp iSp d ff fs fcaf fcas jca"
    order = f"{order} nca ffp fcafp xrf xrs xs1 xs2 xk1 Jrelnp Jrelp CaMKt".split()
    lines, number = [], 0
    for kind, cell in enumerate(TYPES):
        for voltage in VOLTAGES:
            y = draw(rng, voltage)
            program = model()
            program.celltype = kind
            x = np.array([y[name] for name in order])
            slopes = dict(zip(order, program.dALLdt(x, 99.0, program), strict=True))
            program.mode = 1
            currents = program.dALLdt(x, 99.0, program)
            lines += [f"{number},{cell},{name},{y[name]!r},{slopes[name]:.10g}\n" for name in STATE]
            lines.append(f"{number},{cell},net,0.0,{sum(currents[1:7]) / 1000:.10g}\n")
            number += 1
    Path("tests/cardiac_reference.csv").write_text(HEAD + "".join(lines), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
