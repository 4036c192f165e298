"""qNet and duration of 28 drugs at four times their peak concentration, after 1, 5, 20 and 50 beats.

python benchmarks/drugs_fifty_beats.py          writes mmlib/data/drugs_fifty_beats.csv (four CPU minutes)

The inner cell of O'Hara et al. (2011), from rest without drug, one beat every two seconds; block as a constant share.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mmlib import data
from mmlib.systems import cardiac

TABLE = Path(__file__).parent.parent / "mmlib" / "data" / "drugs_fifty_beats.csv"
HEADER = """# what: beats of the simulated inner cell of O'Hara et al. (2011) with each of 28 CiPA drugs at four times its peak concentration
# source: benchmarks/drugs_fifty_beats.py: a beat every 2 s, from rest without drug; potencies of cipa_block.csv
# units: beat [1]; qnet, charge of six currents in that beat [uC/uF]; apd90 [ms]; after: 1 where voltage rises again or does not come back
# done to it: computed; apd90 is empty where the cell does not come to rest
"""


def main() -> None:
    """Pace the cells and write the table."""
    drugs = data.cipa_block()
    gap = np.isnan(drugs.ic50[:, 0])  # two drugs have only the second set of hERG data
    ic50, hill = drugs.ic50.copy(), drugs.hill.copy()
    ic50[gap, 0], hill[gap, 0] = drugs.second_ic50[gap], drugs.second_hill[gap]
    share = cardiac.hill_open((4 * drugs.cmax)[:, None], ic50, hill)
    lines, state, done = ["drug,beat,qnet,apd90,after"], None, 0
    for beat in (1, 5, 20, 50):
        run = cardiac.pace(share, beats=beat - done, cycle=2000, state=state)
        state, done = run.state, beat
        for name, net, apd, after in zip(drugs.drug, run.net, run.apd90, run.after, strict=True):
            lines.append(f"{name},{beat},{net:.6f},{'' if np.isnan(apd) else f'{apd:.2f}'},{int(after)}")
    TABLE.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
