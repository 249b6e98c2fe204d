"""Dropout that grows while a text is read again and again: by how much, in every shard, and after a stop."""

import pytest

from minrnn import checkpoint
from minrnn.options.resolve import resolve
from minrnn.options.training_options import FEW_SYMBOLS, GROWTH
from minrnn.training.introduction import introduction
from minrnn.training.rereading import Rereading
from minrnn.training.run import Run


@pytest.mark.parametrize(
    "epochs, p", [(0, 0.1), (1, 0.1), (1.25, 0.1), (2.5, 0.2), (5, 0.3), (20, 0.5), (1e9, 0.5)]
)  # fmt: skip
def test_each_doubling_of_the_epochs_adds_the_growth_up_to_a_half(epochs, p):
    assert Rereading(0.1, 0.1, weights=800, symbols=400).dropout(epochs) == pytest.approx(p)


def test_it_begins_later_the_fewer_weights_there_are_for_the_text():
    for weights, begins in ((1000, 2.5), (500, 5), (100, 25)):
        one = Rereading(0.1, 0.0, weights, symbols=1000)
        assert [one.dropout(share * begins) for share in (0.9, 1, 2, 4)] == pytest.approx([0, 0, 0.1, 0.2])


def test_the_first_epoch_has_none_and_more_than_four_weights_a_symbol_do_not_matter():
    many, more = (Rereading(0.1, 0.0, weights, symbols=100) for weights in (400, 90_000))
    for epochs in (0.5, 1, 1.1, 2, 7):
        assert many.dropout(epochs) == more.dropout(epochs)
        assert (many.dropout(epochs) > 0) == (epochs > 1)
    assert many.dropout(2.5) == pytest.approx(0.2)


@pytest.mark.parametrize("growth", [0.0, 0.3])
def test_a_given_dropout_is_never_made_smaller(growth):
    for epochs in (0, 3, 99):
        assert Rereading(growth, 0.7, 100, 100).dropout(epochs) == 0.7


def test_only_a_text_of_some_length_has_it_by_itself():
    assert Rereading(None, 0.0, FEW_SYMBOLS - 1, FEW_SYMBOLS - 1).dropout(99) == 0
    assert Rereading(None, 0.0, FEW_SYMBOLS, FEW_SYMBOLS).dropout(5) == pytest.approx(GROWTH)
    assert Rereading(0.2, 0.0, 50, 50).dropout(5) == pytest.approx(0.2)


@pytest.fixture
def new_run(tmp_path):
    """A maker of runs that read their text once in five steps."""
    text = tmp_path / "t.txt"
    text.write_text("it was read, and read again. " * 11)
    given = dict(text=[str(text)], val=0.0, hidden=6, layers=2, batch_size=6, seq_len=10, steps=30, shards=3, threads=1)
    return lambda **more: Run(resolve(given | {"dropout_growth": 0.2} | more))


@pytest.mark.parametrize("cell", ["lstm", "bigru"])
def test_every_shard_has_the_dropout_of_the_step(new_run, cell):
    run = new_run(cell=cell)
    assert run.streams.steps_per_epoch == 5 and run.rereading.free < 2
    for step in range(30):
        run.train_step()
        expected = run.rereading.dropout(step / 5)
        assert (expected > 0) == (step > 5 * run.rereading.free)
        for replica in run.shards.replicas:
            places = [replica.dropout, *(stack.dropouts[1] for stack in replica.stacks.values())]
            assert [place.p for place in places] == [expected] * len(places)
            assert all((place.mask is not None) == (expected > 0) for place in places)


def test_threads_and_stops_change_nothing(new_run, tmp_path):
    whole = new_run()
    while not whole.over:
        whole.train_step()
    run = new_run()
    for stop, threads in ((12, 2), (20, 3), (30, 1)):
        while run.step < stop:
            run.train_step()
        run.save(tmp_path / "run.pkl")
        saved = checkpoint.load(tmp_path / "run.pkl")
        run = Run(resolve({"threads": threads}, saved["config"]["options"]), saved)
    assert run.model.params.tobytes() == whole.model.params.tobytes()


def test_a_run_says_what_will_be_dropped(new_run):
    run = new_run()
    line = f"dropout: none in the first {run.rereading.free:.3g} epochs, then 0.2 more with every doubling of them"
    assert line in introduction(run)
    assert "dropout:" not in introduction(new_run(dropout_growth=None))
