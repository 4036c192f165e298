"""The biology and its relatives: one model a file, with equations, parameters (unit, source) and a reference."""
