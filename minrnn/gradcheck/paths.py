"""Which way back through one step is missing or wrong: one through a matrix, or a direct one."""

from collections.abc import Iterator

import numpy as np

from . import fits
from .cell_facts import CellFacts
from .pieces import Piece, block, nameless, place
from .rules import Words


def matrix_missing(f: CellFacts) -> Words:
    """What differs is a share that comes back through the transpose of a block W of the parameters."""
    for piece, D in differences(f):
        for key, W in f.matrices.items():
            shares = [(da @ W.T, whole) for da, whole in gates(f, piece)]
            if fits.framed(D, W.T) or any(fits.ratio(D, share) is not None for share, _ in shares):
                # All of it, if nothing else is left, or if it is da W^T times a value of the forward pass.
                lacks = fits.diagonal(piece.got) is not None or any(
                    whole and is_whole(fits.ratio(D, share), f.values) for share, whole in shares
                )
                use = "what the block computes is used a second time, before that product"
                return {
                    "where": block(f.of_parameters, piece),
                    "lacks": "lacks" if lacks else "is right but for",
                    "matrix": f"{key}^T",
                    "use": use if piece.letter else "one of the ways back to step t-1",
                    "place": place(piece),
                }
    return None


def not_transposed(f: CellFacts) -> Words:
    """What differs is a share that comes through W - W^T."""
    for piece, D in differences(f):
        for key, W in f.matrices.items():
            skew = W.T - W
            if fits.framed(D, skew, diagonal=False) or any(
                fits.ratio(D, da @ skew) is not None for da, _ in gates(f, piece)
            ):
                return {"where": block(f.of_parameters, piece), "matrix": key}
    return None


def direct(f: CellFacts) -> Words:
    """What differs goes from each unit to itself: a product of elements, without a matrix."""
    for piece, D in differences(f):
        d = fits.diagonal(D)
        if d is not None and fits.diagonal(piece.expected) is None:
            value, twice = fits.name_value(d, f.values), fits.name_value(-d, f.values)
            alone = any(fits.framed(piece.got, W.T) for W in f.matrices.values())  # Nothing but another path is there.
            what = "lacks" if value or alone else "has twice" if twice else "is right but for"
            times = f", dh times {nameless(value or twice)}" if value or twice else ""
            return {"where": block(f.of_parameters, piece), "lacks": what, "value": times, "place": place(piece)}
    return None


def differences(f: CellFacts) -> Iterator[tuple[Piece, np.ndarray]]:
    """The wrong pieces, and what is missing in them of what comes from each unit of h, (H, H)."""
    for piece in f.of_parameters:
        if piece.source == "h[0]" and piece.got.shape == (f.H, f.H):
            yield piece, piece.expected - piece.got


def gates(f: CellFacts, piece: Piece) -> Iterator[tuple[np.ndarray, bool]]:
    """The right da of each gate, (H, H), and whether it is da itself, as in db, or da times one number."""
    for p in f.pieces:
        if p.letter and p.source == "h[0]" and p.array != piece.array:
            yield p.expected, f.bench.cell.params[p.array[1:]].ndim == 1


def is_whole(r: np.ndarray | None, values: dict[str, np.ndarray]) -> bool:
    """Whether the factors r are all 1, or a value of the forward pass."""
    return r is not None and (fits.fits(r, np.ones(len(r))) or fits.name_value(r, values) is not None)
