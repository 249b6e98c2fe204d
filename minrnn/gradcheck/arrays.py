"""Diagnoses from whole arrays: what each wrong gradient is of the right one."""

from collections.abc import Callable

import numpy as np

from . import fits
from .cell_facts import CellFacts
from .rules import Rule, Words, listed


def not_finite(f: CellFacts) -> Words:
    if all(np.isfinite(got).all() for got, _ in f.wrong.values()):
        return None
    # A step with NaN makes all weights NaN: the first call tells where it begins.
    got = f.first_call.got
    names = [f.said(group, key) for group in got for key, v in got[group].items() if not np.isfinite(v).all()]
    return {"names": listed(names or f.wrong)}


def forward_parts(f: CellFacts) -> Words:
    if f.first_parting is None:
        return None
    fit = "fits it" if f.fits_own_forward else "does not fit it either"
    return {"where": f.first_parting, "fit": fit}


def every(f: CellFacts, test: Callable) -> Words:
    """For what is true of single arrays: their names, and what the test says of them, the most frequent first."""
    found: dict[str, list[str]] = {}
    for name, (got, expected) in f.wrong.items():
        said = test(got, expected)
        if said:
            found.setdefault(said, []).append(name)
    if not found:
        return None
    said = max(found, key=lambda key: len(found[key]))
    return {"names": listed(found[said]), "said": said}


def all_zero(f: CellFacts) -> Words:
    return every(f, lambda got, expected: "zero" if not got.any() and expected.any() else None)


def scaled(f: CellFacts) -> Words:
    def test(got, expected):
        c = fits.factor(got, expected) if got.any() else None
        return c and fits.named(c, f.sizes)

    return every(f, test)


def reversed_in_time(f: CellFacts) -> Words:
    return every(f, lambda got, expected: "T" if got.ndim == 3 and fits.close(got[::-1], expected) else None)


def transposed(f: CellFacts) -> Words:
    def test(got, expected):
        return "T" if got.ndim == 2 and got.shape == got.T.shape and fits.close(got.T, expected) else None

    return every(f, test)


def swapped(f: CellFacts) -> Words:
    H = f.sizes["H"]

    def test(got, expected):
        letters = f.letters(got.shape[-1] // H * f.H) if got.shape[-1] % H == 0 else [""]
        blocks = [slice(k * H, (k + 1) * H) for k in range(len(letters))]
        for k, one in enumerate(blocks):
            for j, other in enumerate(blocks[:k]):
                if fits.close(got[..., one], expected[..., other]) and fits.close(got[..., other], expected[..., one]):
                    return f"{letters[j]} and {letters[k]}"
        return None

    return every(f, test)


FORWARD = (
    Rule(
        "the forward pass differs from the naive one",
        "the forward pass and the reference part first in {where}; backward {fit}",
        "forward first: the gradients are compared with those of the reference",
        forward_parts,
    ),
    Rule(
        "NaN or infinity in a gradient",
        "NaN or infinity in {names}",
        "logarithms, divisions and exp",
        not_finite,
    ),
)

ARRAYS = (
    Rule(
        "an array is zero where it should not be",
        "all zeros: {names}",
        "whether backward computes it and returns it",
        all_zero,
    ),
    Rule(
        "an array is the right one times a factor: N, T, T N, H, D, 2, one of their inverses, -1, or another number",
        "{names}: {said}",
        "a sum where a mean belongs or the other way round, a sign, a share that is added twice",
        scaled,
    ),
    Rule(
        "dx is right if its time steps are reversed",
        "{names}: right with its time steps in reverse order",
        "t in the loop, and whether a list is built backwards",
        reversed_in_time,
    ),
    Rule(
        "a matrix is the transpose of the right one",
        "{names}: right when transposed",
        "the order of the product",
        transposed,
    ),
    Rule(
        "two blocks of columns have changed places",
        "{names}: blocks {said} have changed places",
        "the order of the gates",
        swapped,
    ),
)
