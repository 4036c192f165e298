"""The lattice gas against published counts, a closed form, its own states one by one, and a Markov matrix."""

import itertools

import numpy as np
import pytest

from mmlib.systems.lattice_gas import BOX, SQUARE, LatticeGas, place, places

ISING_4X4 = [2, 32, 64, 424, 1728, 6688, 13568, 20524]  # states with energy -32, -24, -20, ... 0 (and the same above)


def states(gas):
    """All states (2^N, N), energies (2^N,) and (c, eta) (2^N, 2), site by site, without the library's bit tricks."""
    rows, columns = gas.shape
    s = np.array(list(itertools.product((0, 1), repeat=gas.sites))).reshape(-1, rows, columns)
    spin = s - 0.5
    energy = gas.w * (spin * np.roll(spin, 1, 1) + spin * np.roll(spin, 1, 2)).sum(axis=(1, 2))
    sign = (-1) ** np.add.outer(np.arange(rows), np.arange(columns))
    x = np.stack([s.sum(axis=(1, 2)), (s * sign).sum(axis=(1, 2))], axis=1) / gas.sites
    return s, energy, x


def partition_function(gas):
    return np.exp(gas.log_weight).sum()


def kaufman(n, m, K):
    """Partition function of the n x m Ising ferromagnet without field (Kaufman 1949, doi:10.1103/PhysRev.76.1232)."""
    if not n % 2 == m % 2 == 0:
        raise ValueError("even sides only")
    k = np.arange(2 * n)
    gamma = np.arccosh(np.cosh(2 * K) / np.tanh(2 * K) - np.cos(np.pi * k / n))
    gamma[0] = 2 * K + np.log(np.tanh(K))
    odd, even = gamma[1::2], gamma[0::2]
    four = [
        np.prod(2 * np.cosh(m / 2 * odd)),
        np.prod(2 * np.sinh(m / 2 * odd)),
        np.prod(2 * np.cosh(m / 2 * even)),
        np.prod(2 * np.sinh(m / 2 * even)),
    ]
    return 0.5 * (2 * np.sinh(2 * K)) ** (n * m / 2) * sum(four)


@pytest.mark.parametrize("shape", [(2, 2), (2, 4), (4, 2), (4, 4)])
def test_weights_are_those_of_all_states_one_by_one(shape):
    gas = LatticeGas(w=1.7, shape=shape)
    _, energy, x = states(gas)
    n_a, n_b = np.rint(gas.sites * (x[:, 0] + x[:, 1]) / 2), np.rint(gas.sites * (x[:, 0] - x[:, 1]) / 2)
    expected = np.zeros(gas.log_weight.shape)
    np.add.at(expected, (n_a.astype(int), n_b.astype(int)), np.exp(-energy))
    assert np.exp(gas.log_weight) == pytest.approx(expected, rel=1e-12)


def test_counts_are_the_known_ones_of_the_ising_model():
    gas = LatticeGas(shape=(4, 4))
    counts = gas.counts
    n = np.add.outer(np.arange(9), np.arange(9))[..., None]
    unlike = 4 * n - 2 * np.arange(counts.shape[-1])  # neighbouring pairs of one particle and one hole
    by_unlike = np.bincount(unlike[counts > 0].ravel(), weights=counts[counts > 0].ravel())
    energies = ISING_4X4 + ISING_4X4[-2::-1]
    assert by_unlike[by_unlike > 0] == pytest.approx(energies)


@pytest.mark.parametrize("w", [0.5, 2.0, 4 * np.log(1 + np.sqrt(2)) / 2, 3.0])
@pytest.mark.parametrize("shape", [(4, 4), (4, 6)])
def test_the_partition_function_is_kaufmans(shape, w):
    assert partition_function(LatticeGas(w=w, shape=shape)) == pytest.approx(kaufman(*shape, w / 4), rel=1e-10)


def test_the_landscape_has_the_symmetries_of_the_lattice():
    x = np.array([[0.35, 0.1], [0.35, -0.1], [0.65, 0.1]])
    at = LatticeGas().at(x, phi=4.0)
    assert at.g == pytest.approx(at.g[0], rel=1e-12)
    assert at.mu[1] == pytest.approx(at.mu[0] * [1, -1], rel=1e-9)
    assert at.mu[2] == pytest.approx(at.mu[0] * [-1, 1], rel=1e-9)


@pytest.mark.parametrize("phi", [0.5, 4.0, 12.0])
@pytest.mark.parametrize("shape", [(2, 2), (4, 6)])
def test_the_chemical_potentials_are_the_gradient_at_the_mean(shape, phi):
    gas, h = LatticeGas(shape=shape), 1e-5
    x = np.array([[0.4, 0.13], [0.7, -0.2]])
    slopes = [(gas.at(x + d, phi=phi).g - gas.at(x - d, phi=phi).g) / (2 * h) for d in h * np.eye(2)]
    assert gas.at(x, phi=phi).mu == pytest.approx(np.stack(slopes, axis=1), abs=1e-7)


def test_the_ensemble_agrees_with_all_states_one_by_one():
    gas, kappa, phi = LatticeGas(w=2.0, shape=(2, 4)), np.array([0.6, 0.1]), 3.0
    _, energy, x = states(gas)
    p = np.exp(-energy - gas.sites * phi * ((x - kappa) ** 2).sum(axis=1))
    z, p = p.sum(), p / p.sum()
    got = gas.ensemble(kappa[None], phi=phi)
    mean = p @ x
    assert got.x[0] == pytest.approx(mean, rel=1e-12)
    assert got.mu[0] == pytest.approx(2 * phi * (kappa - mean), rel=1e-10)
    assert got.g[0] == pytest.approx(-np.log(z) / gas.sites - phi * ((mean - kappa) ** 2).sum(), rel=1e-12)
    assert got.covariance[0] == pytest.approx(np.cov(x.T, aweights=p, ddof=0), rel=1e-10)


def test_a_centre_is_found_again_from_its_mean():
    gas = LatticeGas()
    there = gas.ensemble(np.array([[0.3, 0.2], [0.9, -0.4], [0.5, 0.6]]), phi=4.0)
    back = gas.at(there.x, phi=4.0)
    assert back.kappa == pytest.approx(there.kappa, abs=1e-8)
    assert back.g == pytest.approx(there.g, abs=1e-10)


def test_without_repulsion_mean_field_is_the_free_energy_of_a_large_lattice():
    x, h = np.array([[0.4, 0.1], [0.6, -0.2]]), 1e-6
    gas = LatticeGas(w=1.3)
    slopes = [(gas.mean_field(x + d)[0] - gas.mean_field(x - d)[0]) / (2 * h) for d in h * np.eye(2)]
    assert gas.mean_field(x)[1] == pytest.approx(np.stack(slopes, axis=1), abs=1e-8)
    ideal = LatticeGas(w=0.0)
    assert ideal.at(x, phi=4.0).mu == pytest.approx(ideal.mean_field(x)[1], abs=0.1)  # corrections of order 1/N


def test_occupations_and_places_are_two_names_of_one_point():
    occupation = np.array([[0.9, 0.1], [0.3, 0.5]])
    x = place(occupation)
    assert x == pytest.approx(np.array([[0.5, 0.4], [0.4, -0.1]]))
    assert (x - SQUARE[0]) @ np.array(SQUARE[1]) == pytest.approx(occupation)
    grid, (low, high) = places(0.0, 1.0, 11), np.transpose(BOX)
    assert grid.min(axis=0) == pytest.approx(low) and grid.max(axis=0) == pytest.approx(high)


def test_springs_hold_their_chains_between_the_occupations_asked_for():
    gas = LatticeGas()
    kappa = gas.springs(200, phi=4.0, rng=np.random.default_rng(0), low=0.25, high=0.75)
    occupation = gas.ensemble(kappa, phi=4.0).x @ np.array(SQUARE[1])
    assert kappa.shape == (200, 2)
    assert 0.1 < occupation.min() < 0.35 and 0.65 < occupation.max() < 0.9


def test_every_state_is_visited_as_often_as_it_weighs():
    """And each step obeys detailed balance: flows between any two states agree within their statistical error."""
    gas, phi, m = LatticeGas(w=2.0, shape=(2, 2)), 2.0, 4000
    rng, kappa = np.random.default_rng(3), np.array([0.55, 0.1])
    s, energy, x = states(gas)
    log_p = -energy - gas.sites * phi * ((x - kappa) ** 2).sum(axis=1)
    p = np.exp(log_p) / np.exp(log_p).sum()
    power = 2 ** np.arange(4)[::-1]
    now = gas.metropolis(np.tile(kappa, (m, 1)), phi=phi, sweeps=50, burn_in=0, rng=rng).lattice
    visits = np.zeros(16)
    for _ in range(60):
        now = gas.metropolis(np.tile(kappa, (m, 1)), phi=phi, sweeps=1, burn_in=0, rng=rng, lattice=now).lattice
        visits += np.bincount(now.reshape(m, 4) @ power, minlength=16)
    number = s.reshape(16, 4) @ power
    assert visits[number] / visits.sum() == pytest.approx(p, abs=0.01)


def test_simulated_slopes_scatter_about_the_exact_ones():
    gas, rng = LatticeGas(), np.random.default_rng(5)
    kappa = np.tile([[0.4, 0.2]], (300, 1))
    chains = gas.metropolis(kappa, phi=4.0, sweeps=150, rng=rng)
    exact = gas.ensemble(kappa[:1], phi=4.0)
    error = chains.mu.std(axis=0) / np.sqrt(300)
    assert (abs(chains.mu.mean(axis=0) - exact.mu[0]) < 5 * error).all()
    assert (abs(chains.mu - exact.mu) < 0.6).all()


def test_the_error_falls_with_the_root_of_the_number_of_sweeps():
    gas, rng = LatticeGas(shape=(4, 4)), np.random.default_rng(7)
    kappa = np.stack([rng.uniform(0.3, 0.7, 500), rng.uniform(-0.2, 0.2, 500)], axis=1)
    exact, sweeps = gas.ensemble(kappa, phi=4.0).mu, np.array([20, 80, 320])
    error = [np.sqrt(((gas.metropolis(kappa, phi=4.0, sweeps=k, rng=rng).mu - exact) ** 2).mean()) for k in sweeps]
    assert np.polyfit(np.log(sweeps), np.log(error), 1)[0] == pytest.approx(-0.5, abs=0.06)


def test_chance_comes_from_the_generator_alone():
    gas, kappa = LatticeGas(shape=(2, 4)), np.array([[0.5, 0.1]])
    one, two, other = [
        gas.metropolis(kappa, phi=4.0, sweeps=5, rng=np.random.default_rng(seed)).x for seed in (1, 1, 2)
    ]
    assert (one == two).all() and (one != other).any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: LatticeGas(shape=(3, 4)), "two even numbers"),
        (lambda: LatticeGas(shape=(4, 8)), "too many states"),
        (lambda: LatticeGas(shape=(4.0, 4)), "two even numbers"),
        (lambda: LatticeGas(w=np.nan), r"expected w finite \[k_B T\]"),
        (lambda: LatticeGas().ensemble([0.5, 0.1], phi=4.0), r"kappa\[None\]"),
        (lambda: LatticeGas().ensemble([[0.5, np.nan]], phi=4.0), "got 1 NaN or infinite"),
        (lambda: LatticeGas().ensemble([[0.5, 0.1]], phi=0.0), "phi > 0"),
        (lambda: LatticeGas().at([[0.4, 0.4]], phi=4.0), "no state lies beyond"),
        (lambda: LatticeGas().mean_field([[0.4, 0.1, 0.2]]), "composition and order"),
        (lambda: LatticeGas().mean_field([[0.4, 0.5]]), "no state lies beyond"),
        (lambda: LatticeGas().at([[0.4, 0.3]], phi=1e-4), "a stiffer bias"),
        (lambda: LatticeGas().springs(3, phi=4.0, rng=np.random.default_rng(0), low=0.0), "0 < low < high < 1"),
        (lambda: place([0.5, 0.5]), r"occupation\[None\]"),
        (lambda: LatticeGas().metropolis([[0.5, 0]], phi=-1.0, sweeps=5, rng=np.random.default_rng(0)), "phi > 0"),
        (lambda: LatticeGas().metropolis([[0.5, 0]], phi=1.0, sweeps=0, rng=np.random.default_rng(0)), "one sweep"),
        (
            lambda: LatticeGas(shape=(2, 2)).metropolis(
                [[0.5, 0]], phi=1.0, sweeps=1, rng=np.random.default_rng(0), lattice=np.full((1, 2, 2), 2)
            ),
            "zeros and ones",
        ),
    ],
)
def test_errors_say_what_was_expected(call, message):
    with pytest.raises((ValueError, RuntimeError), match=message):
        call()


def test_springs_follow_their_generator_and_fill_the_square():
    gas = LatticeGas()
    one, same, other = (gas.springs(5, phi=4.0, rng=np.random.default_rng(s)) for s in (1, 1, 2))
    assert (one == same).all() and (one != other).all()
    kappa = gas.springs(2000, phi=4.0, rng=np.random.default_rng(3), low=0.2, high=0.8)
    drawn = np.random.default_rng(3).uniform(0.2, 0.8, (2000, 2))
    x = np.stack([drawn.sum(axis=1) / 2, (drawn[:, 0] - drawn[:, 1]) / 2], axis=1)
    a, b = drawn.T
    slope = [4 * (b - 0.5) + np.log(a / (1 - a)) / 2, 4 * (a - 0.5) + np.log(b / (1 - b)) / 2]  # of g with c_A, c_B
    mu = np.stack([slope[0] + slope[1], slope[0] - slope[1]], axis=1)
    assert kappa == pytest.approx(x + mu / 8, rel=1e-12, abs=1e-12)


def test_mean_field_is_bragg_and_williams_formula():
    x = np.array([[0.4, 0.1]])
    a, b, w = 0.5, 0.3, 1.3
    entropy = sum(s * np.log(s) + (1 - s) * np.log(1 - s) for s in (a, b)) / 2
    assert LatticeGas(w=w).mean_field(x)[0] == pytest.approx([2 * w * (a - 0.5) * (b - 0.5) + entropy], rel=1e-12)


def test_the_grid_of_places():
    assert places().shape == (625, 2)
    assert places() @ np.array(SQUARE[1]) == pytest.approx(
        np.array([[a, b] for a in np.linspace(0.05, 0.95, 25) for b in np.linspace(0.05, 0.95, 25)])
    )


def test_all_chance_of_the_chains_comes_from_the_generator():
    class Counted:
        rng, asked = np.random.default_rng(1), set()

        def __getattr__(self, name):
            self.asked.add(name)
            return getattr(self.rng, name)

    LatticeGas(shape=(2, 2)).metropolis([[0.5, 0.1]], phi=4.0, sweeps=3, rng=Counted())
    assert Counted.asked == {"random", "standard_exponential", "integers"}


def test_visits_count_the_chain():
    """The mean of x over the visits is the mean that the chain reports."""
    gas, kappa = LatticeGas(shape=(2, 4)), np.array([[0.4, 0.1], [0.6, 0.0]])
    chains = gas.metropolis(kappa, phi=4.0, sweeps=50, rng=np.random.default_rng(0))
    n_a, n_b = np.meshgrid(np.arange(5), np.arange(5), indexing="ij")
    assert (chains.visits.sum(axis=(1, 2)) == 50 * gas.sites).all()
    mean = [[(v * (n_a + n_b)).sum(), (v * (n_a - n_b)).sum()] for v in chains.visits]
    assert np.array(mean) / (50 * gas.sites**2) == pytest.approx(chains.x, abs=1e-12)


def test_weighted_histograms_find_the_weights():
    """Endless chains, which visit each place as often as it is likely, give the counted weights back."""
    gas, phi = LatticeGas(w=1.5, shape=(2, 4)), 4.0
    kappa = gas.springs(30, phi=phi, rng=np.random.default_rng(1))
    n_a, n_b = np.meshgrid(np.arange(5), np.arange(5), indexing="ij")
    x = np.stack([n_a + n_b, n_a - n_b], axis=-1) / gas.sites
    log_p = gas.log_weight - gas.sites * phi * ((x - kappa[:, None, None]) ** 2).sum(axis=-1)
    visits = np.exp(log_p) / np.exp(log_p).sum(axis=(1, 2), keepdims=True)
    found = gas.reweighted(kappa, visits, phi=phi, steps=20000)
    assert np.ptp(found.log_weight - gas.log_weight) < 1e-5
    place_ = [[0.4, 0.1]]
    assert found.at(place_, phi=phi).mu == pytest.approx(gas.at(place_, phi=phi).mu, abs=1e-6)


def test_weighted_histograms_say_what_they_want():
    gas = LatticeGas(shape=(2, 2))
    with pytest.raises(ValueError, match=r"expected visits \(1, 3, 3\).*Hand in the `visits`"):
        gas.reweighted([[0.5, 0.0]], np.ones((1, 2, 2)), phi=4.0)
    with pytest.raises(ValueError, match="some for each chain"):
        gas.reweighted([[0.5, 0.0]], np.zeros((1, 3, 3)), phi=4.0)
