"""The command python -m minrnn.runs: all runs in one table, and their curves in one picture."""
