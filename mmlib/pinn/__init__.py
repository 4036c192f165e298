"""Physics-informed networks on DeepXDE: second-order training, in double precision, of ordinary DeepXDE problems.

Write the problem as DeepXDE's manual has it (`pinn.dde` is DeepXDE itself, on PyTorch), then call `fit` instead of
`model.train`. Methods: `"gauss-newton"` (Levenberg-Marquardt on the residual rows), `"ssbroyden"` and `"ssbfgs"` (self-scaled
quasi-Newton methods, for conditions that couple points), and `"adam+lbfgs"` (the stock recipe).
"""

from mmlib._extras import extra

with extra("pinn"):
    from mmlib.pinn.backend import dde, float64
    from mmlib.pinn.result import Fit
    from mmlib.pinn.sampling import Resample
    from mmlib.pinn.series import derivative
    from mmlib.pinn.training import fit, fit_many


__all__ = ["Fit", "Resample", "dde", "derivative", "fit", "fit_many", "float64"]
