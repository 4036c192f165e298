"""Checkers of the chapter *Activation and transfer*."""

from __future__ import annotations

import numpy as np

from mmlib.exercises import array, near

PLANE = (0.6008418, 57.264774)  # velocity [m/s], angle [degrees]
BENT = (-0.4697091, 0.9156291)  # slope g, what is left [ms]; seed 0
BOUND = (0.678461, 0.185674)  # errors of velocity near the collision and elsewhere [m/s]; seed 0
PATIENTS = (2.884895, 2.242525)  # median errors with 3 and with 50 patients [mmHg]; seed 0
FIBRE = (61.080049, 0.528544)  # arrival [ms], velocity of the front [m/s]


def exercise_1(answer):
    """Velocity and direction of a plane wave from three electrodes."""
    v, angle = array(answer, (2,), "a velocity in m/s and an angle in degrees")
    if near(v, 1 / PLANE[0], 0.005):
        return "That is the slowness, in ms/mm. Turn it over."
    if near(v, (10 / 9 + 10 / 14) / 2, 0.005) or near(v, np.hypot(10 / 9, 10 / 14), 0.005):
        return "Not 10/9 and 10/14: these are velocities of the trace along the sides. Add slownesses, as the gradient of T does."
    if not near(v, PLANE[0], 0.005):
        return "The gradient of T is (9, 14) / 10 ms/mm, and velocity is one over its length."
    if near(angle, np.radians(PLANE[1]), 0.01):
        return "The velocity is right. Is the angle in radians?"
    if near(angle, 90 - PLANE[1], 0.005):
        return "The velocity is right. The angle is that to the y axis."
    if not near(angle, PLANE[1], 0.005):
        return "The velocity is right. The wave goes where T grows fastest: along its gradient."
    return None


def exercise_2(answer):
    """Slope of the velocity, and what seven numbers leave."""
    g, left = array(answer, (2,), "a slope and what is left in ms")
    if near(g, -BENT[0], 0.02):
        return "The size is right. Does velocity rise or fall from left to right?"
    if not near(g, BENT[0], 0.02):
        return (
            "The slope is off. The same g in both fronts, T over c, and 1 + g x at the point as well as at the source."
        )
    if near(left, BENT[1] / 100, 0.03):
        return "The slope is right. Is what is left in units of the sheet? One is 100 ms."
    if near(left, BENT[1] * np.sqrt(50 / 43), 0.01):
        return "The slope is right. Root mean square: over all fifty readings."
    if not near(left, BENT[1], 0.02):
        return "The slope is right. What is left: root mean square of the fifty differences, in ms."
    return None


def exercise_3(answer):
    """Velocity of the process near the collision and elsewhere, bounded by 1.8 m/s only."""
    close, far = array(answer, (2,), "two mean errors in m/s")
    if near([far, close], BOUND, 0.03):
        return "The other way round: near the collision first."
    if near(np.array([close, far]) * 0.6, BOUND, 0.03):
        return "Are these in units of the sheet? One is 0.6 m/s."
    if close < 0.25:
        return "Is the bound still 0.9 m/s? Pass fastest=3, which is 1.8 m/s."
    if not near(close, BOUND[0], 0.03):
        return "Near the collision it is off: the map of the Gaussian process, first sheet, first set of electrodes."
    if not near(far, BOUND[1], 0.03):
        return "Near the collision it is right. Elsewhere: the third number that judge returns."
    return None


def exercise_4(answer):
    """Median error with three and with fifty patients behind five readings."""
    few, many = array(answer, (2,), "two median errors in mmHg, with 3 patients first")
    if near([many, few], PATIENTS, 0.005):
        return "The other way round: 3 patients first."
    if not near(many, PATIENTS[1], 0.005):
        return "With fifty it is off: all of `cohort`, one rng for all 200 patients, drawn in the order that is given."
    if not near(few, PATIENTS[0], 0.005):
        return "With fifty it is right. With three: mean and covariance of cohort[:3], the same patients and readings."
    return None


def exercise_5(answer):
    """Arrival along and across fibres, and the velocity of the front."""
    time, v = array(answer, (2,), "a time in ms and a velocity in m/s")
    if near(time, np.hypot(30 / 0.6, 20 / 0.2), 0.002):
        return "Turn into the frame of the fibres first: u and w are distances along and across them."
    if near(time, np.hypot(30, 20) / 0.6, 0.002):
        return "That is the time without slower conduction across."
    if not near(time, FIBRE[0], 0.002):
        return "The time is off: u = 30 cos 30° + 20 sin 30°, w = -30 sin 30° + 20 cos 30°, in mm; mm over m/s is ms."
    if near(v, np.hypot(30, 20) / FIBRE[0], 0.003):
        return "The time is right. Distance over time is not the front's velocity at right angles to itself."
    if not near(v, FIBRE[1], 0.003):
        return "The time is right. The gradient of T: (u / 0.6^2, w / 0.2^2) over T; velocity is one over its length."
    return None
