"""The samples and predictions that a run prints while it learns."""

import numpy as np
import pytest

from minrnn.nn.output import softmax_cross_entropy
from minrnn.options.resolve import resolve
from minrnn.system.wording import advice
from minrnn.training.previews import STYLES, visible
from minrnn.training.run import Run

SMALL = dict(hidden=12, batch_size=5, seq_len=7, steps=20, quiet=True, threads=1, shards=2, sample_length=6)


@pytest.fixture
def texts(tmp_path):
    """Three files of different letters, so that a row tells where it came from."""
    for name, letters in (("one", "abc "), ("two", "xyz "), ("three", "123 ")):
        (tmp_path / f"{name}.txt").write_text(letters * 60)
    return [str(tmp_path / f"{name}.txt") for name in ("one", "two", "three")]


def run_of(texts, steps=3, **given):
    run = Run(resolve({**SMALL, "text": texts, **given}))
    for _ in range(steps):
        run.train_step()
    return run


@pytest.mark.parametrize("carry", ["stream", "epoch", "none", "endless"])
@pytest.mark.parametrize("cell", ["lstm", "bigru"])
def test_rows_show_the_next_batch_with_its_loss(cell, carry, texts):
    run = run_of(texts, cell=cell, carry=carry, dropout=0.3)
    lines = STYLES["rows"](run).splitlines()[1:]
    assert len(lines) == 5
    x, y, states = run.next_batch()
    y = run.model.targets(x, y)
    decode = run.corpus.vocabulary.decode
    logits = [r.forward(part, s)[0] for r, part, s in zip(run.shards.replicas, run.shards.cut(x), states)]
    logits = np.concatenate([v.copy() for v in logits], axis=1)
    for n, line in enumerate(lines):
        _, read, predicted, loss = line.split(" | ")
        assert read == decode(x[:, n])
        assert predicted == decode(logits[:, n].argmax(axis=1))
        expected = softmax_cross_entropy(logits[:, [n]], y[:, [n]], 7)[0]
        assert float(loss) == pytest.approx(expected, abs=6e-4)


@pytest.mark.parametrize("given", [{"val": 0.0}, {"val": 0.0, "val_first": 100}, {"val": 0.0, "val_files": 1}])
def test_rows_name_the_file_they_came_from(given, texts):
    own = {"one.txt": "abc", "two.txt": "xyz", "three.txt": "123"}
    for steps in range(6):
        for line in STYLES["rows"](run_of(texts, steps, **given)).splitlines()[1:]:
            name, read = (cell.strip() for cell in line.split(" | ")[:2])
            # The first symbol tells the file; a row may go on into the next.
            assert read[0] in own[name]


def test_files_of_one_name_are_shown_by_their_paths(texts, tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "one.txt").write_text("abc " * 60)
    names = {run_of([*texts, str(tmp_path / "more")]).corpus.file_at(k) for k in range(0, 860, 10)}
    assert names == {"two.txt", "three.txt", str(tmp_path / "one.txt"), str(tmp_path / "more" / "one.txt")}


@pytest.mark.parametrize("cell", ["gru", "birnn"])
def test_several_samples_have_their_length_and_begin_differently(cell, texts):
    for length in (1, 2, 6):
        lines = STYLES["several"](run_of(texts, cell=cell, sample_length=length, seed=2)).split("\n")
        assert [len(line) for line in lines] == [length] * 5
        assert len({line[0] for line in lines}) > 1


@pytest.mark.parametrize("cell", ["gru", "birnn"])
@pytest.mark.parametrize("style", STYLES)
def test_the_same_seed_and_step_show_the_same(style, cell, texts):
    shown = {STYLES[style](run_of(texts, cell=cell, seed=seed)) for seed in (1, 1, 2)}
    assert len(shown) == 2
    assert len(STYLES["one"](run_of(texts, cell=cell))) == 6


def test_invisible_characters_are_shown_as_escapes():
    assert visible("a\nb\t\x85 é\u2028") == r"a\nb\t\x85 é\u2028"


def test_advice_compares_parameters_with_symbols():
    assert "by heart" in advice(1000, 500) and advice(1000, 500).startswith("2.0 parameters")
    assert "good proportion" in advice(1000, 3000) and "3.0 symbols" in advice(1000, 3000)
    assert "larger --hidden" in advice(1000, 50_000) and "50 symbols" in advice(1000, 50_000)
