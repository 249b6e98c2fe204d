"""The error of a run whose numbers are not finite any more."""

CURE = "try a lower --lr or --clip-norm"


class DivergedError(ArithmeticError):
    """The loss, the gradient or the weights are not finite any more. The message is one line for the user."""

    exit_status = 1
