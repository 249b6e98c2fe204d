"""What stands in own_cell/contract.py, for the files of this room."""

from ..own_cell.contract import D as D
from ..own_cell.contract import H as H
from ..own_cell.contract import N as N
from ..own_cell.contract import T as T
from ..own_cell.contract import Trial as Trial
from ..own_cell.contract import check_contract as check_contract
