"""What all fitting calls of the library share: one verdict, decided at one place, and a check of slopes written by hand.

A fit is asked after it has ended, beside the iteration and never inside of it: are loss and gradient finite? Does the linear
model see anything left to gain? Is something left that the data do not determine? `judge` answers in five words: *converged,
stalled, not finite, out of steps, not determined*, each with a reason and the next thing to try.
"""

from mmlib.optim.shown import brief
from mmlib.optim.slopes import check_slopes
from mmlib.optim.verdict import STATUSES, Quadratic, Verdict, all_of, judge, quadratic

__all__ = ["STATUSES", "Quadratic", "Verdict", "all_of", "brief", "check_slopes", "judge", "quadratic"]
