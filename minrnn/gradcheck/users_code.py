"""What stands in own_cell/users_code.py, for the files of this room."""

from ..own_cell.users_code import calling as calling
from ..own_cell.users_code import is_theirs as is_theirs
