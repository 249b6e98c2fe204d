"""The error of a run whose numbers are not finite any more."""


class DivergedError(ArithmeticError):
    """The loss, the gradient or the weights are not finite any more. The message is one line for the user."""

    exit_status = 1

    @classmethod
    def at(cls, step: int, what: str) -> "DivergedError":
        """The error of this step, with what to do about it."""
        return cls(f"step {step}: {what}; try a lower --lr or --clip-norm")
