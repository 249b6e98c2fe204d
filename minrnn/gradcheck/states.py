"""States, which are arrays or tuples of states, as arrays with names."""


def leaves(state, path="state"):
    """The arrays of a state, which is an array or a tuple of states, with their places: [("state.0.1", array), ...]."""
    if not isinstance(state, tuple):
        return [(path, state)]
    return [leaf for k, part in enumerate(state) for leaf in leaves(part, f"{path}.{k}")]


def filled(state, arrays, path="state"):
    """A state built like `state` of copies of the arrays that `leaves` would name so."""
    if not isinstance(state, tuple):
        return arrays[path].copy()
    return tuple(filled(part, arrays, f"{path}.{k}") for k, part in enumerate(state))
