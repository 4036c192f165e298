"""Parameter-estimation problems of others: PEtab's tables and SBML's models, fitted from many starts at once.

>>> from mmlib.data import remote
>>> sum(name.startswith("petab/") and name.endswith(".yaml") for name in remote.REGISTRY)      # problems that `load` knows
7

``problem = load("Boehm_JProteomeRes2014")`` fetches one, ``problem.fit(problem.draw(np.random.default_rng(0), 20))`` fits it from twenty starts.
"""

from __future__ import annotations

from mmlib._extras import extra

with extra("petab"):
    from mmlib.petab.formulas import Equations, equations
    from mmlib.petab.problems import Problem, load, read

__all__ = ["Equations", "Problem", "equations", "load", "read"]
