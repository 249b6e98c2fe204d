"""All parameters of a model in one vector, and all gradients in another."""

import numpy as np

from cells.kernels.memory import empty


def one_vector(parts: dict, what: str, dtype: np.dtype, memory: np.ndarray | None = None) -> np.ndarray:
    """Moves all arrays of `what` ("params" or "grads") of the parts into one vector, and makes them views of it.

    A given `memory` keeps its values; a new one takes those of the arrays.
    """
    owners = [(getattr(part, what), name) for part in parts.values() for name in getattr(part, what)]
    ends = np.cumsum([arrays[name].size for arrays, name in owners])
    flat = empty((ends[-1],), dtype) if memory is None else memory
    for (arrays, name), piece in zip(owners, np.split(flat, ends[:-1])):
        view = piece.reshape(arrays[name].shape)
        if memory is None:
            view[:] = arrays[name]
        arrays[name] = view
    return flat
