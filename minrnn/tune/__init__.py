"""The command python -m minrnn.tune: searches for good options with many short runs, chosen by Optuna."""
