"""Flux balance against COBRApy (another program with another solver), and small networks against closed forms."""

import cobra
import numpy as np
import pytest
from cobra.flux_analysis import flux_variability_analysis, pfba, single_gene_deletion
from scipy.optimize import minimize_scalar

from mmlib import fluxes

MODEL = cobra.io.load_model("textbook")
CORE = fluxes.from_cobra(MODEL)
GROWTH = CORE.at("Biomass_Ecoli_core")


def tiny(**other):
    """Food to half; half to product or to waste."""
    return fluxes.Network(
        np.array([[1.0, -1.0, -1.0]]), np.zeros(3), np.array([10.0, 6.0, 99.0]), np.array([0.0, 1.0, 0.25]),
        ("food", "product", "waste"), ("half",), ("a", "a and (b or c)", ""), ("a", "b", "c"),
    )._replace(**other)  # fmt: skip


def test_growth_and_arrays_are_those_of_cobra():
    found = fluxes.optimum(CORE)
    assert found.verdict.converged
    assert found.value == pytest.approx(MODEL.optimize().objective_value, abs=1e-9)
    assert found.value == pytest.approx(0.8739, abs=5e-5)  # as COBRApy's documentation prints it, 0.874
    assert np.abs(CORE.S @ found.v).max() < 1e-9
    assert np.array_equal(CORE.S, cobra.util.create_stoichiometric_matrix(MODEL))


def test_prices_are_slopes_of_the_optimum():
    for name in ("EX_glc__D_e", "ATPM", "EX_ac_e"):
        j = CORE.at(name)
        lower = CORE.lower.copy()
        lower[j] -= 1e-3
        step = fluxes.optimum(CORE._replace(lower=lower)).value - fluxes.optimum(CORE).value
        assert fluxes.optimum(CORE).price[j] == pytest.approx(-step / 1e-3, rel=1e-6)


def test_small_network_by_hand():
    found = fluxes.optimum(tiny())
    assert found.value == pytest.approx(7.0) and found.v.tolist() == [10, 6, 4]
    assert found.price == pytest.approx([0.25, 0.75, 0])
    other = fluxes.optimum(tiny(), goal=[0, 0, 1.0])
    assert other.value == pytest.approx(10)


def test_what_cannot_be_carried_is_said():
    found = fluxes.optimum(tiny(lower=np.array([0.0, 0, 50])))
    assert not found.verdict and np.isnan(found.value) and np.isnan(found.v).all()
    assert "bounds" in found.verdict.remedy
    assert not fluxes.nearest(tiny(lower=np.array([0.0, 0, 50])), 0.0).verdict


@pytest.mark.parametrize("share", [1.0, 0.95, 0.5])
def test_variability_is_that_of_cobra(share):
    ends = fluxes.variability(CORE, share)
    theirs = flux_variability_analysis(MODEL, fraction_of_optimum=share, processes=1)
    loop = [CORE.at("FRD7"), CORE.at("SUCDi")]
    rest = np.setdiff1d(np.arange(95), loop)
    assert np.abs(ends - theirs[["minimum", "maximum"]].to_numpy())[rest].max() < 1e-4


def test_knock_outs_are_those_of_cobra():
    theirs = single_gene_deletion(MODEL, processes=1)
    growth = {next(iter(ids)): value for ids, value in zip(theirs.ids, theirs.growth, strict=True)}
    for gene in CORE.genes[::6]:
        lost = fluxes.closed(CORE, gene)
        bounds = dict(lower=np.where(lost, 0.0, CORE.lower), upper=np.where(lost, 0.0, CORE.upper))
        mine = fluxes.optimum(CORE._replace(**bounds)).value
        assert np.nan_to_num(mine) == pytest.approx(np.nan_to_num(growth[gene]), abs=1e-8)


def test_rules_with_and_or_and_brackets():
    net = tiny()
    assert fluxes.closed(net, "a").tolist() == [True, True, False]
    assert fluxes.closed(net, ["b"]).tolist() == [False, False, False]
    assert fluxes.closed(net, ["b", "c"]).tolist() == [False, True, False]
    with pytest.raises(ValueError, match="joined by"):
        fluxes.closed(tiny(rules=("not a", "", "")), "a")


def test_least_total_flux_is_that_of_cobra():
    lower = CORE.lower.copy()
    lower[GROWTH] = fluxes.optimum(CORE).value * (1 - 1e-9)
    found = fluxes.nearest(CORE._replace(lower=lower), 0.0)
    assert found.value == pytest.approx(pfba(MODEL).objective_value, rel=1e-6)
    assert found.value == pytest.approx(np.abs(found.v).sum(), rel=1e-9)


def test_nearest_flux_by_one_unknown():
    """Two reactions with v0 = 2 v1: the nearest one is a search along a line."""
    net = fluxes.Network(
        np.array([[1.0, -2.0]]), np.zeros(2), np.full(2, 9.0), np.zeros(2), ("x", "y"), ("m",), ("", ""), ()
    )
    for v, weights in (([8.0, 1.0], None), ([3.0, 6.0], [1.0, 5.0])):
        w = np.ones(2) if weights is None else np.array(weights)
        line = minimize_scalar(
            lambda t, v=v, w=w: w @ np.abs(np.array([2 * t, t]) - v),
            bounds=(0, 4.5),
            method="bounded",
            options={"xatol": 1e-10},
        )
        assert fluxes.nearest(net, v, weights).value == pytest.approx(line.fun, abs=1e-6)


def test_null_space_has_the_right_size_and_balances():
    N = fluxes.balanced(CORE)
    assert N.shape == (95, 95 - np.linalg.matrix_rank(CORE.S)) == (95, 28)
    assert np.abs(CORE.S @ N).max() < 1e-12 and np.allclose(N.T @ N, np.eye(28))


def test_ceiling_bounds_growth_and_meets_it_where_it_was_solved():
    at = [CORE.at("EX_glc__D_e"), CORE.at("EX_o2_e")]
    rng = np.random.default_rng(0)
    feeds = np.array([4.0, 0]) + rng.random((12, 2)) * [11.0, 40]
    found = [fluxes.optimum(CORE._replace(lower=_offer(at, u))) for u in feeds]
    values, slopes = np.array([f.value for f in found]), np.array([-f.price[at] for f in found])
    top = fluxes.ceiling(feeds[:6], values[:6], slopes[:6], feeds)
    assert np.allclose(top[:6], values[:6]) and (top >= values - 1e-9).all()


def _offer(at, u):
    lower = CORE.lower.copy()
    lower[at] = -u
    return lower


def test_best_ratio_against_a_grid():
    points, values, slopes = [[0.0, 0], [4, 4], [1, 5]], [0.0, 5.0, 3.0], [[1.0, 1.5], [0.1, 0.2], [0.5, 0.0]]
    price, fixed = [1.0, 0.4], 2.0
    u, ratio = fluxes.best_ratio(points, values, slopes, [0, 0], [8, 8], price, fixed)
    grid = np.stack(np.meshgrid(*[np.linspace(0, 8, 401)] * 2), -1).reshape(-1, 2)
    all_ratios = fluxes.ceiling(points, values, slopes, grid) / (fixed + grid @ price)
    assert ratio >= all_ratios.max() - 1e-9 and ratio == pytest.approx(all_ratios.max(), rel=4e-3)
    assert fluxes.ceiling(points, values, slopes, [u])[0] / (fixed + u @ price) == pytest.approx(ratio)


@pytest.mark.parametrize(("v", "lower", "upper", "price"), [([8.0, 5.0], [0, 0], [9.0, 3.0], [0, -3.0]), ([0.0, 0], [0, 1.0], [9.0, 9.0], [0, 3.0])])  # fmt: skip
def test_prices_of_the_nearest_flux_are_slopes_of_its_distance(v, lower, upper, price):
    """v0 = 2 v1: a unit more of the bound on v1 moves both, and the distance by three."""
    net = fluxes.Network(
        np.array([[1.0, -2.0]]), np.array(lower), np.array(upper), np.zeros(2), ("x", "y"), ("m",), ("", ""), ()
    )
    found, which = fluxes.nearest(net, v), "lower" if price[1] > 0 else "upper"
    moved = fluxes.nearest(net._replace(**{which: getattr(net, which) + [0, 0.1]}), v)
    assert found.price == pytest.approx(price) and (moved.value - found.value) / 0.1 == pytest.approx(price[1])


@pytest.mark.parametrize(("low", "high"), [([0.0, 0.0], [8.0, 8.0]), ([2.0, 1.0], [3.0, 6.0]), ([5.0, 0.0], [8.0, 0.5]), ([0.0, 4.0], [0.3, 8.0])])  # fmt: skip
def test_best_ratio_keeps_to_its_range(low, high):
    points, values, slopes = [[0.0, 0], [4, 4], [1, 5]], [0.0, 5.0, 3.0], [[1.0, 1.5], [0.1, 0.2], [0.5, 0.0]]
    price, fixed = [1.0, 0.4], 2.0
    u, ratio = fluxes.best_ratio(points, values, slopes, low, high, price, fixed)
    assert (u >= np.array(low) - 1e-9).all() and (u <= np.array(high) + 1e-9).all()
    grid = np.stack(np.meshgrid(*[np.linspace(a, b, 301) for a, b in zip(low, high, strict=True)]), -1).reshape(-1, 2)
    assert ratio == pytest.approx(
        (fluxes.ceiling(points, values, slopes, grid) / (fixed + grid @ price)).max(), rel=4e-3
    )
    assert fluxes.ceiling(points, values, slopes, [u])[0] / (fixed + u @ price) == pytest.approx(ratio)


@pytest.mark.parametrize("price", [[1.0, -0.4], [-0.3, 0.1]])
def test_a_cost_that_is_not_positive_is_refused_where_it_is_lowest(price):
    low, high = np.array([1.0, 0.5]), np.array([3.0, 6.0])
    lowest = sum(min(p * a, p * b) for p, a, b in zip(price, low, high, strict=True))
    call = lambda fixed: fluxes.best_ratio([[0.0, 0]], [1.0], [[1.0, 1]], low, high, price, fixed)  # noqa: E731
    if lowest < 0:
        with pytest.raises(ValueError, match="cost of every feed"):
            call(-lowest * 0.99)
    assert call(max(-lowest, 0) * 1.01 + 0.1)[1] > 0
