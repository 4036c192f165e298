"""Contracts that many parts of the library keep alike, one parametrised file each."""
