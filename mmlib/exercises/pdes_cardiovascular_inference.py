"""Checkers of the chapter *Pressure and shear*."""

from __future__ import annotations

import numpy as np

from mmlib.exercises import array, near, number

CALIBRATED = 0.277470  # error of the calibrated wall motion, seed 0 [mmHg]
LOOPS = (6.848824, 6.343115, 5.653471, 5.006405)  # wave speeds read from the rise at the four sites [m/s]
WALL = (2.997865, 1.005523)  # radius that meets the boxes best [mm], mean shear there over the true one


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
    if not near(error, CALIBRATED, 0.03):
        return (
            "Near. Is it the third artery, its first site, the lowest value taken after smoothing, and the mean pressure "
            "that of the truth there?"
        )
    return None


def exercise_3(answer):
    """Wave speeds from the rise of velocity over the logarithm of area, at four sites."""
    got = array(answer, (4,), "four wave speeds in m/s")
    if (got <= 0).any():
        return "A speed is positive here: on the rise velocity and area grow together."
    if near(got[::-1], LOOPS, 0.01):
        return "The right four, in the order from the bed. Begin with the first site."
    if near(1 / got, LOOPS, 0.02):
        return "Turned over: the slope of U against ln A is asked, not that of ln A against U."
    if near(got, np.full(4, got[0]), 0.005):
        return "Four times the same. Each site has a loop of its own: use its own A and U."
    if not near(got, LOOPS, 0.01):
        return "Not yet. From the foot to the last time below 60 % of the rise, slope of U against ln A, without smoothing."
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


def exercise_6(answer):
    """The radius that meets the boxes best, and the mean shear there."""
    radius, ratio = array(answer, (2,), "a radius in mm and a ratio")
    if near(radius, WALL[0] / 1000, 0.01):
        return "Is the radius in metres? Hand it in in millimetres."
    if near(radius, WALL[0] / 3, 0.001):
        return "That is in units of the true radius. Multiply by 3 mm."
    if near(radius, WALL[0], 0.002) and near(ratio * WALL[1], 1, 0.001):
        return "The radius is right, the ratio is turned over."
    if not near(radius, WALL[0], 0.0005):
        return "The radius is off. Enter the boxes anew for each outline, and let the search end at 1e-6 of the radius."
    if not near(ratio, WALL[1], 0.001):
        return "The radius is right. The ratio: mean wall shear of the fit at this radius over that of the tube, in the 24 frames."
    return None
