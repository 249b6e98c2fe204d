"""The machine and the user: files, locks, signals, cores, words, pictures. Knows nothing of models."""
