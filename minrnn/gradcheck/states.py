"""What stands in own_cell/states.py, for the files of this room."""

from ..own_cell.states import State as State
from ..own_cell.states import filled as filled
from ..own_cell.states import leaves as leaves
