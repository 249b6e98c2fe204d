"""How well counting alone predicts a text: an n-gram model with interpolated Kneser-Ney smoothing.

Kneser and Ney 1995, interpolated as in Chen and Goodman 1998, with one discount an order. For a symbol s after the
context h, the n - 1 symbols before it (h' is h without its first symbol):

    (1)  D = n1 / (n1 + 2 n2)
    (2)  p_n(s | h) = (max(c(h s) - D, 0) + D N1+(h .) p_{n-1}(s | h')) / c(h .),     p_0(s) = 1 / V

c(h s) counts how often h s occurs in the training text; in the lower orders, it counts how many different symbols
stand before h s there. c(h .) is the sum of c(h s) over s, and N1+(h .) is how many s have a count above 0. After a
context that never occurs, p_n is p_{n-1}. n1 and n2 are how many n-grams of this order have the counts 1 and 2.
"""

import numpy as np


def ngram_losses(train: np.ndarray, held_out: np.ndarray, V: int, order: int) -> np.ndarray:
    """The loss of each symbol of `held_out` in nats (m,), by an n-gram model of this order that has counted `train`.

    Symbol ids (n,) and (m,), below V. The held-out text is read as if it followed the training text. Takes about
    0.1 s for each order and million symbols.
    """
    n, symbols = len(train), np.concatenate([train, held_out]).astype(np.int64)
    # grams[t] is an id of the k symbols that end at t, and contexts[t] of the k - 1 symbols before t. As there is
    # nothing before the text, its first symbol has the context 0.
    contexts, grams, levels = np.zeros_like(symbols), None, []
    for _ in range(order):
        shorter = grams
        grams, first = numbered(contexts * V + symbols)
        counts = np.bincount(grams[:n], minlength=len(first))
        if levels:
            # In the order below, every different gram of this order counts once.
            levels[-1]["counts"] = np.bincount(shorter[first], counts > 0, len(levels[-1]["counts"]))
        levels.append({"counts": counts, "context": contexts[first], "at": (grams[n:], contexts[n:])})
        contexts = np.concatenate([[0], grams[:-1] + 1])
    p = np.full(len(held_out), 1 / V)
    for level in levels:
        counts, (gram, context) = level["counts"], level["at"]
        total = np.bincount(level["context"], counts)[context]
        different = np.bincount(level["context"], counts > 0)[context]
        D = discount(counts)
        seen = total > 0
        p[seen] = ((np.maximum(counts[gram] - D, 0) + D * different * p)[seen]) / total[seen]  # (2)
    return -np.log(p)


def numbered(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(ids, first): equal keys (n,) get equal ids (n,), from 0 on; keys[first[k]] is a key with the id k.

    Like np.unique, but faster, as its sort need not be stable.
    """
    order = keys.argsort()
    new = np.diff(keys[order], prepend=-1) != 0
    ids = np.empty_like(keys)
    ids[order] = np.cumsum(new) - 1
    return ids, order[new]


def discount(counts: np.ndarray) -> float:
    """D of the counts of one order; 1/2 where no count is 1, as there must be something left for what was not seen."""
    n1, n2 = ((counts == n).sum() for n in (1, 2))
    return n1 / (n1 + 2 * n2) if n1 else 0.5  # (1)
