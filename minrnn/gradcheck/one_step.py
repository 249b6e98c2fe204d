"""What one step of one row shows: which source, gate or path of the backward pass is wrong, and how."""

import numpy as np

from . import fits
from .cell_facts import CellFacts
from .pieces import block, nameless, place
from .rules import Words, listed


def lost_source(f: CellFacts, of_all: bool) -> Words:
    """A source, all of whose wrong arrays get nothing from it, while the other sources are right."""
    wrong = [part for part in f.one_step if not part.right]
    if not wrong or not all(part.lost for part in wrong):
        return None
    sources = list(dict.fromkeys(part.source for part in wrong))
    reached = [p for p in f.one_step if p.source in sources and np.abs(p.expected).max() > p.close]
    if "h[0]" in sources or (len(reached) == len(wrong)) != of_all:
        return None
    names = listed(f.said(part.group, part.name) for part in wrong)
    states = [f.state(source) for source in sources]
    return {"states": listed(states), "names": names, "next": listed(f"d{state}_next" for state in states)}


def nothing_from_above(f: CellFacts) -> Words:
    wrong = [part for part in f.one_step if not part.right]
    return {} if wrong and all(part.lost and part.source == "h[0]" for part in wrong) else None


def scaled_source(f: CellFacts) -> Words:
    wrong = [part for part in f.one_step if not part.right]
    sources = {part.source for part in wrong}
    factors = [fits.factor(part.got, part.expected) for part in wrong]
    if not wrong or None in factors or np.ptp(factors) > fits.FIT:
        return None
    said = fits.named(factors[0], {})
    above = "h[0]" in sources
    back = f"what comes back from step t+1 in {listed(f.state(s) for s in sorted(sources - {'h[0]'}))}"
    what = "dh_above[t]" if len(sources) == 1 else "the sum of dh_above[t] and dh_next"
    return said and {"what": what if above else back, "said": said}


def partner(f: CellFacts) -> Words:
    """Only one matrix is wrong, and each of its rows is a multiple of the right one."""
    wrong = {part.name for part in f.one_step if not part.right}
    parts = [part for part in f.one_step if part.name in wrong and part.source == "h[0]"]
    if len(wrong) != 1 or parts[0].group != "parameters" or parts[0].got.ndim != 3:
        return None
    part, cell = parts[0], f.bench.cell
    state = next(iter(f.bench.states))
    base, own = (f.bench.x[0, 0], "x[t]") if part.got.shape[1] == f.D else (f.bench.states[state][0], "h[t-1]")
    for k, letter in enumerate(f.letters(part.got.shape[-1])):
        at = (..., slice(k * f.H, (k + 1) * f.H) if letter else slice(None))
        r = fits.ratio(part.got[at], part.expected[at], axis=1)
        if r is None or len(r) != len(base):
            return None
        if fits.fits(r, np.ones(len(r))):
            continue
        other = nameless(fits.name_value(r * base, f.values))
        name_of = f"d{part.name}, block {letter}," if letter else f"d{part.name}"
        if other:
            there = {"h": "h[t]"}.get(other, other)
            return {"names": name_of, "there": there, "belongs": own, "cell": type(cell).__name__}
    return None


def slope(f: CellFacts) -> Words:
    """A wrong gate that is the right one times a factor that has a name."""
    for piece in f.of_parameters:
        r = fits.ratio(piece.got, piece.expected)
        said = None if r is None else fits.explain_ratio(r, f.values)
        if said:
            return {"where": block(f.of_parameters, piece), "said": nameless(said), "place": place(piece)}
    return None


def unit_factors(f: CellFacts) -> Words:
    """A wrong gate that is the right one times a factor for each unit, which has no name."""
    own = [piece for piece in f.of_parameters if not piece.array.endswith("_next") and piece.array != "dx"]
    for piece in own:
        if piece.source == "h[0]" and fits.ratio(piece.got, piece.expected) is not None:
            return {"where": block(f.of_parameters, piece), "place": place(piece)}
    return None


def normalised(f: CellFacts) -> Words:
    """A right gradient that passed back through a layer norm sums to zero over the units."""

    def sums_to_zero(v):
        return np.abs(v.sum(axis=-1)).max() <= fits.FIT * np.abs(v).max()

    found = [p for p in f.of_parameters if p.source == "h[0]" and p.expected.shape[-1] > 2 and sums_to_zero(p.expected)]
    wrong = [p for p in found if not sums_to_zero(p.got)]
    gates = [p.letter for p in wrong if p.letter]
    blocks = f"blocks {listed(gates)} of " if gates else ""
    return {"names": blocks + listed(p.array for p in wrong)} if wrong else None


def one_gate(f: CellFacts) -> Words:
    """Not all gates of the arrays that are cut into gates are wrong."""
    cut = [piece for piece in f.pieces if piece.letter]
    letters = list(dict.fromkeys(p.letter for p in cut if not p.right))
    if not letters or len(letters) == len({p.letter for p in cut}):
        return None
    arrays = listed(p.array for p in cut if not p.right)
    some = len(letters) > 1
    named = ("blocks " if some else "block ") + listed(letters)
    place = listed(f"da_{k}" for k in letters)
    return {"blocks": named, "are": "are" if some else "is", "arrays": arrays, "place": place}


def passed_back(f: CellFacts) -> Words:
    wrong = dict.fromkeys((p.group, p.name) for p in f.one_step if not p.right)
    if not wrong or any(group != "states" for group, _ in wrong):
        return None
    states = [f.state(name) for _, name in wrong]
    return {"states": listed(states), "place": listed(f"d{state}_next" for state in states)}


def only_dx(f: CellFacts) -> Words:
    wrong = {part.name for part in f.one_step if not part.right}
    return {} if wrong == {"x"} else None


def wrong_at_one_step(f: CellFacts) -> Words:
    wrong = [p for p in f.one_step if not p.right]
    if not wrong:
        return None
    names = [f.said(p.group, p.name) for p in wrong]
    good = [name for p in f.one_step if (name := f.said(p.group, p.name)) not in names]
    return {"names": listed(names), "right": f"; right: {listed(good)}" if good else ""}
