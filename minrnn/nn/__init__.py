"""The model: embedding, stacked cells, dropout, output, and the loss."""

# What dropout is applied to (see `stack.py`), and how often it draws a new mask (see `dropout.py`).
DROPOUT_PLACES = ("outputs", "inputs")
DROPOUT_MASKS = ("step", "sequence")
# How the bias of the output starts: see `initialisers.py`.
OUTPUT_BIASES = ("frequencies", "zero")
