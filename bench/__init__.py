"""Benchmarks: how fast products go from a CSV file to a score, and how that compares with a bare script."""
