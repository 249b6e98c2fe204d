"""A vocabulary level is one class and one line in LEVELS: pairs of characters, through everything a level meets."""

import pickle

import pytest
from conftest import assert_refused
from texts import in_pieces, text_of

from data import LEVELS, Vocabulary
from minrnn import checkpoint

SIZES = ("--hidden", 24, "--batch-size", 4, "--seq-len", 8, "--threads", 1, "--eval-every", 20, "--sample-every", 30)


class PairVocabulary(Vocabulary):
    """One symbol for every two characters; only the last of a file may have one."""

    level = "pair"

    def last_end(self, piece):
        return len(piece) - len(piece) % 2

    def split(self, piece):
        return [piece[k : k + 2] for k in range(0, len(piece), 2)]

    @classmethod
    def possible(cls, symbols):
        return super().possible(symbols) and all(len(s) <= 2 or s == "<unk>" for s in symbols)


@pytest.fixture(autouse=True)
def level(monkeypatch):
    monkeypatch.setitem(LEVELS, "pair", PairVocabulary)


@pytest.fixture
def trained_on_pairs(script, text_file, tmp_path):
    """trained_on_pairs(folder, *arguments): the folder of a finished run of 40 steps, and what it printed."""

    def train(name, *arguments):
        result = script("train.py", text_file, "--level", "pair", *SIZES, "--steps", 40, "--out", name, *arguments)
        assert result.returncode == 0, result.stderr
        return tmp_path / name, result

    return train


@pytest.mark.parametrize("size", [1, 2, 5, 1 << 20])
def test_no_symbol_is_cut_in_two_where_a_piece_ends(size):
    text = text_of("abcdefg", "ab", "", "cdcd")
    vocabulary = in_pieces(size, PairVocabulary.learn, text)
    assert vocabulary.symbols == ["ab", "cd", "ef", "g"]
    ids, starts = in_pieces(size, vocabulary.encode_text, text)
    assert vocabulary.decode(ids) == "abcdefgabcdcd" and starts == [0, 4, 5, 5]


def test_a_run_learns_and_is_resumed_to_the_same_bytes(trained_on_pairs, script):
    _, result = trained_on_pairs("whole", "--sample-style", "one,several,rows")
    assert "3,000 symbols" in result.stderr and result.stdout.count("a sample ---") == 6
    part, _ = trained_on_pairs("part", "--steps", 25, "--schedule", "constant", "--quiet")
    again, _ = trained_on_pairs("again", "--schedule", "constant", "--quiet")
    assert script("train.py", "--resume", "--out", part, "--steps", 40, "--quiet").returncode == 0
    saved = [checkpoint.load(folder / "last.pkl")["weights"] for folder in (part, again)]
    assert pickle.dumps(saved[0]) == pickle.dumps(saved[1])


def test_a_model_writes_and_scores(trained_on_pairs, script, text_file):
    folder, _ = trained_on_pairs("r", "--quiet")
    result = script("sample.py", folder, "--length", 30, "--prime", "Th", "--seed", 1)
    assert result.returncode == 0 and len(result.stdout) == 60, result.stderr
    assert_refused(script("sample.py", folder, "--prime", "x~"), "'x~' (line 1, column 1) is not among")
    result = script("sample.py", folder, "--score", text_file)
    assert result.stdout.splitlines()[-1] == "symbols           3000"


def test_blanks_are_filled_with_pairs(trained_on_pairs, script):
    folder, _ = trained_on_pairs("r", "--cell", "bigru", "--quiet")
    result = script("sample.py", folder, "--fill", "Th__t ca", "--seed", 1)
    assert result.returncode == 0, result.stderr
    assert len(result.stdout) == 10 and result.stdout.startswith("Th") and result.stdout.endswith("t ca")


@pytest.mark.slow
def test_pictures_and_pages_show_pairs(trained_on_pairs, script, text_file):
    folder, _ = trained_on_pairs("r", "--quiet")
    result = script("minrnn.inspect", folder, "--text", text_file, "--symbols", 50, "--lags", 5)
    assert result.returncode == 0, result.stderr
    assert {"lag.png", "gates.png", "page.html"} <= {path.name for path in (folder / "inspect").iterdir()}


def test_a_checkpoint_whose_symbols_are_no_pairs_is_refused(trained_on_pairs):
    folder, _ = trained_on_pairs("r", "--quiet")
    vocab = checkpoint.load(folder / "last.pkl")["vocab"]
    PairVocabulary.check(vocab)
    with pytest.raises(ValueError, match="symbols that are no pairs"):
        PairVocabulary.check({**vocab, "symbols": [*vocab["symbols"], "abc"]})
