"""Checkers of the chapter *Pressure, shear and activation*."""

from __future__ import annotations

import numpy as np

from mmlib.exercises import array, near, number


def exercise_1(answer):
    """Wave speed in an aorta [m/s]."""
    c = number(answer, "a wave speed in m/s")
    exact = np.sqrt(2 / 3 * 4e5 * 1.2e-3 / (1060 * 0.012))
    if c <= 0:
        return "A speed is positive here: pulses run away from the heart."
    if abs(c / exact**2 - 1) < 0.01:
        return "This is the square of a speed. What is its unit?"
    if abs(c / (exact * np.sqrt(1.5)) - 1) < 0.01:
        return "Without the factor that a wall which keeps its volume brings. Where does the 4/3 in the wall law go?"
    if abs(c / (exact / np.sqrt(2)) - 1) < 0.01:
        return "Is the diameter in place of the radius?"
    if c > 100:
        return "Faster than any pulse. Are all lengths in metres and the modulus in pascal?"
    if abs(c / exact - 1) > 0.01:
        return "Insert b into c^2 = b sqrt(A) / (2 rho), and A = pi r^2: which powers of r are left?"
    return None


def exercise_2(answer):
    """Calibrated wall motion: error of the pressure curve [mmHg]."""
    error = number(answer, "a root mean square error in mmHg")
    if error < 0:
        return "A root mean square error is not negative. Is it a mean difference?"
    if error > 50:
        return "Is this still in pascal? One mmHg is 133.3 Pa."
    if error > 3:
        return "Too large for a calibrated curve. Is the truth that of the same artery and the same site?"
    if error > 1:
        return "Near. Smooth the cross section before the square root, and subtract its lowest value."
    if error < 0.01:
        return "Closer than the noise of the readings allows. Was the true cross section used?"
    if not near(error, 0.2276, 0.03):
        return (
            "Near. Is it the third artery, its first site, the lowest value taken after smoothing, and the mean pressure "
            "that of the truth there?"
        )
    return None


def exercise_3(answer):
    """Two conduction velocities [m/s]."""
    v = np.sort(array(answer, (2,), "two conduction velocities in m/s"))
    if (v <= 0).any():
        return "A conduction velocity is positive. Does the fit divide by it?"
    if np.allclose(v, (1.0, 1 / 0.7), rtol=0.05):
        return "These are in units of the sheet. How many metres a second is one side in its unit of time?"
    if np.allclose(v, np.sort(1 / np.array([0.6, 0.6 / 0.7])), rtol=0.05):
        return "Turned over: these are slownesses."
    if v[1] - v[0] < 0.05:
        return "Both the same: two cones may have come to lie in one place. Start the second source in other corners."
    if np.allclose(v, (0.6, 0.6 / 0.7), rtol=1e-3):
        return "Those made the map. The readings have noise: hand in what the fit to the fifty electrodes gives."
    if not near(v, (0.59690, 0.84904), 0.003):
        return "Not yet. Try several starts, and keep the one with the least sum of squares."
    return None


def exercise_4(answer):
    """Peak wall shear over Poiseuille's estimate of it."""
    factor = number(answer, "a ratio of two shear stresses")
    if factor <= 0:
        return "Both peaks are positive here. Check the sign of the derivative at the wall."
    if factor < 1:
        return "Turned over? In a pulse the shear at the wall leads, and its peak is higher."
    if factor < 1.05:
        return "Was the mean over the beat compared? The two means agree. Compare the peaks."
    if not near(factor, 1.50756, 0.002):
        return "Not yet. Take each peak over the whole beat, on a fine grid of times, and the same viscosity in both."
    return None


def exercise_5(answer):
    """Fusion of linear and nonlinear pulse pressures: largest errors [mmHg] of the fusion and of linear theory."""
    error, linear = array(answer, (2,), "two largest errors in mmHg, of the fusion first")
    if min(error, linear) < 0:
        return "A largest error is not negative. Take the absolute value before the maximum."
    if max(error, linear) > 20:
        return "Is this in pascal? One mmHg is 133.3 Pa."
    if error > 0.3:
        return "No better than one source alone. Does ar1 see the cheap runs first, and log E in both?"
    if error < 1e-6:
        return "Zero at points that were used for the fit. Judge at the other values of E."
    if not near(linear, 0.67699, 0.01):
        return "The second is off: linear pulse pressures with ten harmonics, against the nonlinear ones at the same five E."
    if not near(error, 0.011221, 0.03):
        return "Linear theory is right. In the fusion, is the discrepancy's mean constant, and are the three dear runs the right ones?"
    return None
