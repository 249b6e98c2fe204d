"""Exercises with a judge: python -m minrnn.exercise."""
