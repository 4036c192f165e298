"""The benchmark of physics-informed networks: one problem a file, runs that are kept, and the page made from them.

    python -m benchmarks list                               problems, methods, and what is stored of each
    python -m benchmarks run burgers --method ours --seed 0
    python -m benchmarks page                               the page "Where physics-informed networks stand"

Problems stand in `benchmarks/problems/`, one a file; methods in `benchmarks/methods.py`; runs in `physics_informed.csv`.
"""
