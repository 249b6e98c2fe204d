"""What sample.py asks for, without the script: which symbols come, how many, and what a model cannot do."""

import numpy as np
import pytest

from data import CharVocabulary
from minrnn.generation.samples import asked
from minrnn.nn.build import build
from minrnn.options.sampling_options import complete
from minrnn.system.errors import OptionError

VOCABULARY = CharVocabulary(["\n", *"abcdef"])


def symbols(cell="gru", **given):
    """Symbol ids (length, num) of a small model with random weights."""
    model = build({"V": len(VOCABULARY), "cell": cell, "layers": 1, "hidden": 5}, np.random.default_rng(1))
    return np.array(list(asked(complete({"model": ["m"], "seed": 3, **given}), model, VOCABULARY)))


@pytest.mark.parametrize("cell", ["gru", "bigru"])
@pytest.mark.parametrize("given", [{}, {"random_start": True}, {"prime": "abc"}])
@pytest.mark.parametrize("num", [1, 3])
def test_as_many_symbols_come_as_were_asked_for(cell, given, num):
    found = symbols(cell, length=7, num=num, **given)
    assert found.shape == (7, num)
    np.testing.assert_array_equal(found, symbols(cell, length=7, num=num, **given))


def test_blanks_are_filled_and_the_rest_stays():
    found = symbols("bigru", fill="ab_d__", num=2)
    assert found.shape == (6, 2)
    for sample in found.T:
        text = VOCABULARY.decode(sample)
        assert (text[:2], text[3]) == ("ab", "d") and "_" not in text


@pytest.mark.parametrize(
    "cell, given, words",
    [
        ("gru", {"fill": "a_"}, ["--fill", "cell gru", "--cell bilstm"]),
        ("bigru", {"fill": "ab"}, ["--fill 'ab' has no blank", "put _"]),
        ("bigru", {"length": 0}, ["--length 0", "bidirectional"]),
    ],
)
def test_what_a_model_cannot_do_is_refused(cell, given, words):
    with pytest.raises(OptionError) as told:
        symbols(cell, **given)
    assert all(word in str(told.value) for word in words)
