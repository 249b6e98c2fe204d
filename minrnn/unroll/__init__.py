"""A recurrent network step by step, and as a diagram, both made from the equations in the header of a cell's file."""
