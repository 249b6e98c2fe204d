"""The way in: a model out of a file that another program wrote."""
