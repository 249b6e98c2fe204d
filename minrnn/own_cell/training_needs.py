"""What a cell needs to be trained, beyond what its gradients need: checkpoints and generated text ask for more."""

from inspect import signature

from cells.cell import Cell

from ..system.wording import cell_label, plural
from .contract import D, H
from .users_code import calling


def training_needs(name: str, cell: Cell, options: dict) -> list[str]:
    """What this cell (D inputs, H units) lacks, in words; empty for one that can be trained.

    Of a bidirectional cell, the halves are looked at: models are made of these.
    """
    needs = [] if hasattr(cell, "stepper") else ["stepper(x, state), which a class gets from cells.cell.Cell"]
    for half in getattr(cell, "halves", {"": cell}).values():
        zero, states = half.zero_state(1), getattr(half, "states", None)
        parts = len(zero) if isinstance(zero, tuple) else 1
        if not isinstance(states, tuple) or len(states) != parts:
            needs.append(f"states, a tuple with {plural(parts, 'name')}, not {states!r}")
        params, told = {key: p.shape for key, p in half.params.items()}, None
        if getattr(half, "shapes", Cell.shapes) is not Cell.shapes:
            known = signature(half.shapes).parameters
            with calling(f"{cell_label(name)}: shapes(D, H)"):
                told = half.shapes(D, H, **{key: value for key, value in options.items() if key in known})
        if told != params:
            needs.append(f"shapes(D, H) that are those of params, not {told}")
    return list(dict.fromkeys(needs))
