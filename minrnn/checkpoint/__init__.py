"""Checkpoints: what a run keeps in a file, read without trusting it. `load` and `save` are the way in and out."""

from .file import load, save
