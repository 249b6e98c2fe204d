"""What stands in own_cell/training_needs.py, for the files of this room."""

from ..own_cell.training_needs import training_needs as training_needs
