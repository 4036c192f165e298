"""The rival without training on a circle: sines with whole wave numbers, so that both ends agree by construction."""

from __future__ import annotations

import numpy as np

from mmlib.random_features import solve


def periodic_sines(conditions, *, whole, spread, wave, rng, features=400, **options):
    """`mmlib.random_features.solve` with sin(wave k x + w t + b) as features: k whole and at most `whole`, w normal with this spread."""
    draw = np.random.default_rng(rng)
    k, w = wave * draw.integers(-whole, whole + 1, features), spread * draw.standard_normal(features)
    b = draw.uniform(0, 2 * np.pi, features)

    def feature(n):
        def f(x, axes):
            slope = np.prod([(k[n], w[n])[a] for a in axes])
            return slope * np.sin(k[n] * x[:, 0] + w[n] * x[:, 1] + b[n] + len(axes) * np.pi / 2)

        return f

    extra = [feature(n) for n in range(features)]
    return solve(conditions, features=2, bandwidth=1e-3, extra=extra, rng=draw, **options)
