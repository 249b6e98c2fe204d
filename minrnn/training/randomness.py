"""What random numbers are for. They follow from (purpose, seed, step, shard), so that there is no state to be saved.

The purpose comes first: NumPy does not tell (seed, step) from (seed, step, 0).
"""

DROPOUT, SAMPLES, LINES = 1, 2, 3
