"""What random numbers are for. All are a function of (purpose, seed, step, shard), so there is no state to lose.

The purpose comes first, because NumPy takes (seed, step) and (seed, step, 0) for the same.
"""

DROPOUT, SAMPLES = 1, 2
