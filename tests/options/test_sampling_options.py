"""What the options of sample.py mean together, and which of them contradict each other."""

import pytest

import sample
from minrnn.options.sampling_options import complete
from minrnn.system.errors import OptionError


def parsed(*arguments):
    return complete(vars(sample.parser().parse_args(["m", *arguments])))


def test_what_is_not_given_has_its_default():
    o = parsed("--length", "7")
    assert (o.model, o.length, o.prime, o.temperature, o.num, o.greedy, o.seed) == (["m"], 7, "", 1.0, 1, False, None)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--greedy", "--top-k", "0"], ["--greedy", "--top-k"]),
        (["--num", "2", "--length", "0"], ["--num", "--length 0"]),
        (["--num", "2", "--greedy"], ["--num", "--greedy"]),
        (["--random-start", "--prime", "a"], ["--random-start and --prime"]),
        (["--fill", "_", "--stop", "a"], ["--fill", "leave out --stop"]),
        (["--score", "f", "--sweeps", "8"], ["--score", "leave out --sweeps"]),
        (["--score", "f", "--seed", "1", "--length", "500"], ["--score", "leave out --length"]),
    ],
)
def test_contradictions_are_told_with_a_cure(arguments, words):
    with pytest.raises(OptionError) as told:
        parsed(*arguments)
    assert all(word in str(told.value) for word in words)


def test_what_goes_together_is_taken():
    assert parsed("--num", "3", "--greedy", "--random-start").num == 3
    assert parsed("--fill", "a_", "--num", "2", "--sweeps", "0").sweeps == 0
    assert parsed("--random-start", "--prime", "").random_start
