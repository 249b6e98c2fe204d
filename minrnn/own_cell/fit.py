"""What a cell out of a user's file must promise before it is trained: the contract, and what training needs besides.

Its gradients are not looked at: python -m minrnn.gradcheck compares them.
"""

import numpy as np

from cells.cell import Cell

from ..system.errors import OptionError
from ..system.wording import cell_label
from .contract import H, N, Trial, check_contract, close
from .names import option_for
from .states import filled, leaves
from .training_needs import training_needs
from .users_code import calling

# Time steps of the first of two parts that a text is cut into.
CUT = 2


def refuse_unfit(name: str, options: dict, symbols: bool) -> None:
    """Raises OptionError, in one line that says what to change, unless the cell `name` of CELLS can be trained.

    `options` go to its constructor. With `symbols`, it must take integers (T, N) in place of one-hot vectors.
    """
    label = cell_label(name)
    try:
        cell = check_contract(name, options, symbols)
        if needs := training_needs(name, cell, options):
            raise OptionError(f"{label}: to be trained, it needs {'; '.join(needs)}")
        serves_a_model(name, options, symbols)
        for half in getattr(cell, "halves", {"": cell}).values():
            OneWay(label, half).try_all()
    except OptionError as error:
        raise OptionError(f"{error} (python -m minrnn.gradcheck{option_for(name)} checks its gradients)") from error


def serves_a_model(name: str, options: dict, symbols: bool) -> None:
    """A model has float32 weights, and so must be everything that its cells return. A shard may be without rows."""
    trial = Trial(name, np.float32)
    trial.begin(options)
    trial.has_params_and_grads()
    trial.runs()
    trial.forward(trial.x[:, :0], None)
    if symbols:
        trial.takes_symbols()


class OneWay:
    """A float64 cell that reads in one direction: its state carries all that it knows from one batch to the next."""

    def __init__(self, label: str, cell: Cell):
        self.label, self.cell = label, cell
        rng = np.random.default_rng(1)
        self.x = rng.standard_normal((CUT + 2, N, cell.D))
        self.zero = cell.zero_state(N)
        self.state = {place: rng.standard_normal(part.shape) for place, part in leaves(self.zero)}
        with calling(f"{label}: forward"):
            self.h = cell.forward(self.x, None)[0].copy()

    def demand(self, kept: bool, message: str) -> None:
        if not kept:
            raise OptionError(f"{self.label}: {message}")

    def try_all(self) -> None:
        """Raises OptionError for the first promise that is broken."""
        with calling(f"{self.label}: forward"):
            self.begins_from_its_state()
            self.goes_on_where_it_stopped()
        self.refuses_a_state_of_other_rows()
        with calling(f"{self.label}: stepper"):
            self.steps_like_forward()

    def begins_from_its_state(self) -> None:
        other = self.cell.forward(self.x, filled(self.zero, self.state))[0]
        self.demand(not close(other, self.h, 1e-9), "forward ignores the state that it is given; it must begin from it")

    def goes_on_where_it_stopped(self) -> None:
        """Two batches in a row must be as one: no step may see a later one, and the state must be the last."""
        first, state = self.cell.forward(self.x[:CUT], None)
        first = first.copy()
        rest = self.cell.forward(self.x[CUT:], state)[0]
        self.demand(
            close(first, self.h[:CUT], 1e-9),
            "h of a time step depends on what comes after it; it may depend on this step and earlier ones only",
        )
        self.demand(
            close(rest, self.h[CUT:], 1e-9),
            "forward gives other values for a text in two parts; return the state after the last step, and begin from "
            "the state that is given",
        )

    def refuses_a_state_of_other_rows(self) -> None:
        one = filled(self.zero, {place: v[:1] for place, v in self.state.items()})
        try:
            self.cell.forward(self.x, one)
        except Exception:
            return
        self.demand(
            False,
            f"forward takes a state of shape {(1, H)} for {N} rows and repeats it; "
            "raise ValueError where its shape is not (N, H) (Cell.trajectory does)",
        )

    def steps_like_forward(self) -> None:
        here = np.zeros_like(self.x[:1])
        h, step = self.cell.stepper(here, self.zero)
        for x, expected in zip(self.x, self.h):
            here[0] = x
            step()
            self.demand(close(h[0], expected, 1e-9), "a step of stepper gives other values than forward")
