"""The older command of the benchmark; `python -m benchmarks run` is the newer one.

python benchmarks/physics_informed.py burgers --only ours --seeds 5     is now
python -m benchmarks run burgers --method ours
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.__main__ import main as command


def main(arguments):
    """Run what the older options asked for by the newer command."""
    new, rest = ["run"], list(arguments)
    while rest:
        word, _, value = rest.pop(0).partition("=")
        if word == "--only":
            new += ["--method", value or rest.pop(0)]
        elif word == "--seeds":
            new += [part for seed in range(int(value or rest.pop(0))) for part in ("--seed", str(seed))]
        else:
            new += [word + "=" * bool(value) + value]
    print("python -m benchmarks " + " ".join(f'"{w}"' if " " in w else w for w in new), file=sys.stderr)
    return command(new)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
