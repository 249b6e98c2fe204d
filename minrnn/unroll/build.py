"""Makes the network of a text and a cell, and compares what its equations give with what the cell's code gives."""

import numpy as np

from cells import CELLS

from ..nn import output
from ..system.errors import OptionError
from .equation import HeaderError
from .header import read_header
from .machine import Machine
from .network import Network, cell_header

TOLERANCE = 1e-9
SIDES = {"forward": 1, "backward": -1}
# Of what has more than a page can show; a user may give others.
SMALL = {"transforms": 2, "rounds": 2, "rank": 2}


def build(name: str, options: dict, symbols: list[int], V: int, T: int, H: int, seed: int) -> Network:
    """The network of the cell CELLS[name] with random weights, which has run; `symbols` are T + 1 of V.

    A bidirectional cell reads the first T. Raises OptionError for a header that cannot be read, and where its
    equations are not what the cell computes.
    """
    kind = CELLS[name]
    rng = np.random.default_rng(seed)
    cell = kind(V, H, dtype=np.float64, rng=rng, **options)
    both = hasattr(kind, "kind")
    layer = output.Output(2 * H if both else H, V, np.float64, rng)
    for p in (*cell.params.values(), *layer.params.values()):
        if p.ndim == 1:
            p += rng.uniform(-0.5, 0.5, p.shape)  # so that no summand of an equation is zero
    header, sizes = cell_header(getattr(kind, "kind", kind), options, V, H)
    halves = (
        {side: (cell.halves[side].params, back) for side, back in SIDES.items()} if both else {"": (cell.params, 1)}
    )
    machines = {side: Machine(header, params, sizes, back) for side, (params, back) in halves.items()}
    top = read_header(output.__doc__, "output.py", {}, {})
    machines["output"] = Machine(top, layer.params, {})
    read = np.array(symbols[:T])
    return Network(cell, layer, read, read if both else np.array(symbols[1 : T + 1]), machines)


def compare(network: Network) -> None:
    """Raises OptionError if the equations of a network that has run are not what the code of its cell computes."""
    cell, H = network.cell, network.cell.H
    both = len(network.lanes) > 1
    h, _ = cell.forward(np.eye(cell.D)[network.symbols][:, np.newaxis])
    dh = np.zeros_like(h)
    for k, machine in enumerate(network.lanes.values()):
        columns = slice(k * H, (k + 1) * H)
        for t in range(network.T):
            same(machine.header.file, f"h[{t}]", machine.values[t]["h"], h[t, :, columns])
            dh[t, :, columns] = machine.values[t]["dh_above"]
    for p in cell.grads.values():
        p[...] = 0
    dx, _ = cell.backward(dh)
    for t in range(network.T):
        mine = sum(machine.values[t]["dx"] for machine in network.lanes.values())
        same(machine.header.file, f"dx[{t}]", mine, dx[t])
    for side, machine in network.lanes.items():
        for name in machine.params:
            mine = machine.found(f"d{name}", machine.values["total"])
            if mine is None:
                raise HeaderError(f"{machine.header.file} has no backward equation for d{name}")
            same(machine.header.file, f"d{name}", mine, cell.grads[f"{side}.{name}" if both else name])


def same(file: str, what: str, mine: np.ndarray, code: np.ndarray) -> None:
    """Raises OptionError if two arrays are not the same but for rounding."""
    error = np.abs(mine - code).max() if np.shape(mine) == np.shape(code) else np.inf
    if not error <= TOLERANCE * max(1, np.abs(code).max()):
        raise OptionError(
            f"the equations in the header of {file} are not what its code computes: {what} differs by {error:.1g}; "
            "mend the one that is wrong (python -m minrnn.gradcheck tells whether the code's gradients are right)"
        )
