"""How batches are made, read and shared: code with a bug and nothing to fill in."""

from .task import Slip, Task, normal
from .tasks_updates import by_solution


def windows_arguments(rng, sizes):
    text = rng.permutation(100)  # no symbol occurs twice, so that every shift shows
    return text, rng.integers(0, 100 - sizes["T"] - 1, sizes["N"]), sizes["T"]


WINDOWS = Task(
    "windows", "windows", {"x": "T N", "y": "T N"}, by_solution(lambda: WINDOWS, windows_arguments),
    (
        "Take a text of 0 1 2 3 4 ..., one window, and print x and y side by side.",
        "Look at the last step. The symbol that follows it is not in x.",
    ),
    (
        Slip("y = text[at + 1]", "y = np.roll(x, -1, axis=0)",
             "The target of the last input is outside of the window. np.roll takes the first input of the window in "
             "its place.", "Round the window"),
        Slip("y = text[at + 1]", "y = text[at]",
             "The target is the next symbol, not the symbol itself."),
        Slip("y = text[at + 1]", "y = text[at - 1]",
             "The target is the next symbol, not the one before."),
    ),
)  # fmt: skip

BOTH_WAYS = Task(
    "both_ways", "forward", {"h": "T N 2H"},
    by_solution(lambda: BOTH_WAYS, lambda rng, s: (
        normal(rng, s, "T N D"), *(0.7 * normal(rng, s, axes) for axes in ("D H", "H H", "D H", "H H")))),
    (
        "Which axis is the time? Which part of h is wrong: the first H columns or the last?",
        "hb must have read x from the end to the beginning, and must then be put back into the order of time.",
    ),
    (
        Slip("x[::-1]", "x[:, ::-1]",
             "Time is the first axis. This turns the batch round: each row gets the text of another.",
             "The batch runs backwards"),
        Slip("x[::-1]", "x[::1]",
             "[::1] turns nothing round. Both RNNs read forwards.", "Nobody runs backwards"),
        Slip("Wb, Ub)[::-1]", "Wb, Ub)",
             "hb is in the order in which it was read. Put it back into the order of time."),
        Slip("read(x[::-1], Wb, Ub)[::-1]", "read(x, Wb, Ub)",
             "The second RNN reads forwards, like the first."),
        Slip("[hf, hb]", "[hb, hf]",
             "The forward states come first."),
    ),
)  # fmt: skip

SHARDS = Task(
    "shards", "gradient_of_batch", {"g": ""},
    by_solution(lambda: SHARDS, lambda rng, s: (
        normal(rng, s, "N H") * rng.uniform(0.1, 3, (s["N"], 1)), 0.5 + s["T"])),
    (
        "Print the norm of the result. Is it at most limit?",
        "What must be at most limit: the gradient of each shard, or the gradient of the batch?",
    ),
    (
        Slip("        total += g\n"
             "    return clip(total, limit)",
             "        total += clip(g, limit)\n"
             "    return total",
             "Each shard is clipped before the sum, so the sum can be longer than limit, and a large shard counts no "
             "more than others. First add, then clip.", "Clipped before the sum"),
        Slip("total += g", "total += clip(g, limit)",
             "The shards are still clipped before the sum. Clip only the sum."),
        Slip("return clip(total, limit)", "return total",
             "Now nothing is clipped. Clip the sum."),
        Slip("return clip(total, limit)", "return clip(total / len(shards), limit)",
             "The gradient of the batch is the sum of the shards, not their mean."),
    ),
)  # fmt: skip

BATCHES = Task(
    "batches", "read_text", {"h": "3T N H"},
    by_solution(lambda: BATCHES, lambda rng, s: (
        [normal(rng, s, "T N D") for _ in range(3)], 0.7 * normal(rng, s, "D H"), 0.7 * normal(rng, s, "H H"))),
    (
        "Print the state with which each batch begins.",
        "read_batch has an argument with a default. A call without it works, and means something else.",
    ),
    (
        Slip("read_batch(x, Wx, Wh, state)", "read_batch(x, Wx, Wh)",
             "Every batch begins from zeros: the state is not passed on.", "Every batch begins from nothing"),
        Slip("read_batch(x, Wx, Wh, state)", "read_batch(x, Wx, Wh, None if state is None else hs[0][-1])",
             "Each batch must begin with the last state of the batch just before it, not of the first batch."),
    ),
)  # fmt: skip
