"""The channel of Beattie et al. 2018 calibrated on every sample of one recording: mmlib/data/herg_whole_recording.csv.

    python benchmarks/herg_whole_recording.py

Fetches the recording once (0.6 MB) unless MMLIB_DATA names a folder that holds it.
"""

import csv
import time

import numpy as np

from mmlib import data
from mmlib.systems import herg

HEAD = """\
# what: eight rates and the conductance of the hERG channel, calibrated on all 80,000 samples but those within 6 ms after (1 ms before) a voltage step
# source: benchmarks/herg_whole_recording.py, on the recording 16713110 of Beattie et al. 2018 (doi:10.1113/JP275733); {starts} starts, {agree} of them within 0.1 % of the best misfit, {seconds:.0f} CPU s
# units: rates [1/ms] and [1/mV] in turn, conductance [uS]; misfit and noise [nA], root mean squares, the noise before the first step
# done to it: computed; the published values are not in it
"""
STEPS = np.array([250, 300, 500, 1500, 2000, 3000, 6500, 7000])
STARTS = 8


def main():
    clock = time.process_time()
    t, measured = data.herg_sine_wave(whole=True)
    spike = ((t[:, None] > STEPS - 1) & (t[:, None] < STEPS + 6)).any(axis=1)
    fit = herg.calibrate(t[~spike], measured[~spike], starts=STARTS, seed=0)
    agree = int(np.sum(fit.all_rms < 1.001 * fit.rms))
    rows = [*zip([f"p{i}" for i in range(1, 9)], fit.rates, strict=True), ("conductance", fit.conductance)]
    rows += [("misfit", fit.rms), ("noise", measured[t < 240].std())]
    with (data.FOLDER / "herg_whole_recording.csv").open("w", newline="", encoding="utf-8") as file:
        file.write(HEAD.format(starts=STARTS, agree=agree, seconds=time.process_time() - clock))
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["name", "value"])
        writer.writerows((name, f"{value:.6g}") for name, value in rows)


if __name__ == "__main__":
    main()
