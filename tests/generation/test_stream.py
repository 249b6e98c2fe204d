"""The end of a text: before a stop, or after it."""

import pytest

from minrnn.generation.stream import until


@pytest.mark.parametrize("cut", [1, 2, 3, 99])
@pytest.mark.parametrize(
    "text, stop, before, after",
    [("abab abc d", "abc", "abab ", "abab abc"), ("aab", "ab", "a", "aab"), ("none", "x", "none", "none")],
)
def test_a_text_ends_before_or_after_a_stop_however_it_is_cut(text, stop, before, after, cut):
    for make in (str, str.encode):
        pieces = [make(text[k : k + cut]) for k in range(0, len(text), cut)]
        assert make("").join(until(pieces, make(stop))) == make(before)
        assert make("").join(until(pieces, make(stop), keep=True)) == make(after)
