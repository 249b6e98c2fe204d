"""The check: every gradient against the complex step of a naive forward pass, and what is wrong with a wrong one."""

# The sizes of one cell that is checked. All differ, so that no swapped axis can pass.
SIZES = dict(T=3, N=4, D=5, V=7, hidden=6)
# The layers of the model that it is checked in.
LAYERS = 1
