"""The language model and everything around it: training, checkpoints, sampling."""
