"""The language model and everything around it: training, checkpoints, sampling."""

__version__ = "0.1.0"
