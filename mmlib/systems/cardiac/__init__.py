r"""Human ventricular muscle: ion channels, one cell, a strand of cells, and the voltage an electrode sees.

The cell is that of O'Hara, Virag, Varro and Rudy (2011), PLoS Comput Biol 7:e1002061, doi:10.1371/journal.pcbi.1002061
("ORd"), with its three cell types; time in ms, voltage in mV, currents in uA/uF, concentrations in mmol/L. A drug
multiplies the conductance of a channel by the share of it that stays open. Many cells are advanced at once: gates by the
exponential rule of Rush and Larsen (1978), with their voltage-dependent rates read
from a table, everything else by Euler's rule. A strand adds diffusion of voltage,

    dV/dt = D d2V/dx2 - I_ion(V, ...),    no flux at the ends,

and the pseudo-ECG is the voltage of a distant electrode on its axis (as in Gima and Rudy 2002).

Every number is one of O'Hara et al.; all were compared with another program (`tests/cardiac_reference.csv`, made by
`benchmarks/cardiac_reference.py`). The unit of each stands beside it, or in the words above its group: as CiPA's CellML
version of 2017 has them, and for the schemes of the exchanger and the pump, where that leaves them open, from
the balance of dimensions.

For teaching, not for clinical use.
"""

from mmlib.systems.cardiac.beats import pace, strand
from mmlib.systems.cardiac.cell import CHANNELS, REST, TYPES  # noqa: F401
from mmlib.systems.cardiac.rates import GATES, STATE  # noqa: F401
from mmlib.systems.cardiac.traces import Beat, Strand, action_potential, hill_open, pseudo_ecg, qt_interval, velocity

__all__ = [
    "CHANNELS",
    "Beat",
    "Strand",
    "action_potential",
    "hill_open",
    "pace",
    "pseudo_ecg",
    "qt_interval",
    "strand",
    "velocity",
]
