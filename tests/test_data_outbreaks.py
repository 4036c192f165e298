"""Three epidemics: the tables are what their sources say of them."""

import numpy as np
import pytest

from mmlib import data


def test_tables_are_the_records():
    """Sums, peaks and lengths; 2.6 days is the mean serial interval that the source states for influenza."""
    school, city, sars = map(data.outbreak, ("school 1978", "Baltimore 1918", "Hong Kong 2003"))
    assert [o.kind for o in (school, city, sars)] == ["prevalence", "incidence", "incidence"]
    assert [len(o.day) for o in (school, city, sars)] == [14, 92, 107]
    assert [o.count.sum() for o in (school, city, sars)] == [1559, 6202, 1467]
    assert [int(o.count.argmax()) for o in (school, city, sars)] == [5, 44, 37]
    for o in (school, city, sars):
        assert (o.day == np.arange(len(o.day))).all() and (o.count >= 0).all()
    assert city.serial.sum() == pytest.approx(1) and city.serial @ np.arange(12) == pytest.approx(2.6, abs=0.02)
    spread = np.sqrt(city.serial @ (np.arange(12) - 2.6) ** 2)
    assert spread == pytest.approx(1.5, abs=0.1)  # standard deviation that the source states
    assert sars.serial.sum() == pytest.approx(1) and sars.serial @ np.arange(25) == pytest.approx(8.4, abs=0.05)
    assert school.serial.size == 0


def test_least_squares_on_the_school_gives_the_known_R0():
    """3.76, as fits of the law by least squares to these counts give."""
    from scipy.integrate import solve_ivp
    from scipy.optimize import least_squares

    from mmlib.systems.epidemic import Epidemic

    def off(q):
        flu = Epidemic(R0=q[0], period=q[1])
        run = solve_ivp(flu.rhs, (0, 14), flu.start, t_eval=np.arange(1, 15), rtol=1e-8)
        return 763 * run.y[2] - data.outbreak("school 1978").count

    assert least_squares(off, [3, 2], bounds=([1.1, 0.3], [20, 9])).x[0] == pytest.approx(3.76, abs=0.01)


def test_unknown_outbreak():
    with pytest.raises(ValueError, match="expected name, an outbreak, 'school 1978', .*got 'Paris'"):
        data.outbreak("Paris")
