"""Ways out: a trained model as a file for other programs, one format a file."""
