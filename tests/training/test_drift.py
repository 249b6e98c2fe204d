"""Truncated gradients do not see the cell states grow. What keeps them small is that nothing is gained by it."""

import numpy as np
import pytest

from minrnn.options.resolve import resolve
from minrnn.training.run import Run

pytestmark = pytest.mark.slow
V = 2000
LETTERS = str.maketrans("0123456789", "abcdefghij")


@pytest.fixture
def words(rng, tmp_path):
    """A file of words that follow Zipf's law and nothing else, and its entropy in nats a symbol: spaces are symbols."""
    p = 1 / np.arange(1, V + 1)
    p /= p.sum()
    path = tmp_path / "words.txt"
    path.write_text(" ".join("w" + str(k).translate(LETTERS) for k in rng.choice(V, 60_000, p=p)))
    return path, -(p @ np.log(p)) / 2


def largest_state(run):
    """The largest |h| or |c| of any stream."""
    return max(np.abs(v).max() for shard in run.states for layer in shard for v in layer)


def test_a_model_of_words_does_not_learn_their_frequencies_in_its_cell_states(words):
    path, entropy = words
    shape = dict(text=[str(path)], level="word", layers=2, hidden=32, embed=32, tie_weights=True, dropout=0.3)
    learning = dict(batch_size=10, seq_len=20, lr=1e-2, clip_norm=1.0, steps=1000, quiet=True, shards=1, threads=1)

    def after_150_steps(**given):
        run = Run(resolve(shape | learning | given))
        for _ in range(150):
            run.train_step()
        return largest_state(run), run.validate()[0]

    size, loss = after_150_steps()
    assert size < 100
    assert loss < entropy + 0.15
    other_size, other_loss = after_150_steps(output_bias="zero")
    assert other_size > 300
    assert other_loss > loss + 0.1
