"""States, which are arrays or tuples of states, as arrays with names."""

import numpy as np

State = np.ndarray | tuple  # of an array (N, H), or of states


def leaves(state: State, path: str = "state") -> list[tuple[str, np.ndarray]]:
    """The arrays of a state with their places: [("state.0.1", array), ...]."""
    if not isinstance(state, tuple):
        return [(path, state)]
    return [leaf for k, part in enumerate(state) for leaf in leaves(part, f"{path}.{k}")]


def filled(state: State, arrays: dict[str, np.ndarray], path: str = "state") -> State:
    """A state of the same structure, made of copies of the arrays that `leaves` names."""
    if not isinstance(state, tuple):
        return arrays[path].copy()
    return tuple(filled(part, arrays, f"{path}.{k}") for k, part in enumerate(state))
