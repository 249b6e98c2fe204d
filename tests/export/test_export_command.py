"""python -m minrnn.export: the endings, and the options that only some formats take."""

from conftest import assert_refused

from minrnn.exchange import npz, safetensors
from minrnn.export import FORMATS


def test_an_option_of_another_format_is_refused(trained, tmp_path, script):
    assert_refused(
        script("minrnn.export", trained, "a.npz", "--names", "torch"), "--names", "is not for .npz; leave it out"
    )
    assert_refused(script("minrnn.export", trained, "a.safetensors", "--names", "jax"), "'jax'")
    assert not list(tmp_path.iterdir())


def test_an_unknown_ending_is_answered_with_the_list(trained, script):
    assert_refused(script("minrnn.export", trained, "a.pt"), "'a.pt' has no ending of a format", *FORMATS)


def test_the_names_of_torch_are_the_same_in_both_formats(trained, tmp_path, script):
    assert script("minrnn.export", trained, "a.npz").returncode == 0
    assert script("minrnn.export", trained, "a.safetensors", "--names", "torch").returncode == 0
    one = npz.decoded((tmp_path / "a.npz").read_bytes())
    other, metadata = safetensors.decoded((tmp_path / "a.safetensors").read_bytes())
    assert metadata["format"] == "pt"
    assert {name: v.tobytes() for name, v in one.items()} == {name: v.tobytes() for name, v in other.items()}
    assert {"rnn.weight_ih_l0", "decoder.weight", "decoder.bias"} <= one.keys()


def test_what_torch_does_not_have_is_refused_in_one_line(text_file, tmp_path, script):
    options = ("--cell", "mogrifier", "--hidden", 5, "--steps", 1, "--quiet", "--batch-size", 4, "--seq-len", 8)
    assert script("train.py", text_file, *options, "--out", "r").returncode == 0
    assert_refused(script("minrnn.export", "r", "a.npz"), "torch.nn has nothing that computes cell mogrifier")
    assert script("minrnn.export", "r", "a.safetensors").returncode == 0
