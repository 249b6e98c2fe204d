"""A validation reads as much as its share of the time allows, always the same text, and can be stopped and repeated."""

import signal

import numpy as np
import pytest
from runs import steps_logged
from test_training import without_seconds

from minrnn import checkpoint
from minrnn.options.resolve import resolve
from minrnn.system.errors import OptionError
from minrnn.training.held_out import HeldOut
from minrnn.training.introduction import introduction
from minrnn.training.run import Run
from minrnn.training.trainer import Trainer

SMALL = dict(hidden=8, batch_size=6, seq_len=7, sample_every=0, threads=1, shards=2, quiet=True, log_every=2)


def new_run(text_file, **given):
    return Run(resolve({**SMALL, "text": [str(text_file)], **given}))


class Streams:
    def __init__(self, N, T):
        self.N, self.T = N, T


@pytest.mark.parametrize(
    "N, T, every, asked, total, part",
    [
        (32, 64, 300, None, 111_540, 111_540),  # tiny-shakespeare
        (32, 64, 300, None, 198_522, 198_522),  # Anna Karenina
        (32, 64, 10, None, 120_000, 120_000),  # so short a text is read whole whatever the steps between
        (32, 64, 300, None, 6_000_000, 245_760),  # 0.4 of what is learned from in 300 steps
        (32, 64, 3000, None, 6_000_000, 2_457_600),
        (1, 25, 300, None, 111_540, 111_540),
        (1, 25, 300, None, 6_000_000, 10_000),  # never less than the least
        (4, 100, 300, None, 6_000_000, 48_000),
        (32, 64, 0, None, 6_000_000, 120_000),
        (32, 64, 300, 0, 6_000_000, 6_000_000),
        (32, 64, 300, 5000, 6_000_000, 5000),
        (32, 64, 300, 1, 6_000_000, 2),
        (32, 64, 300, 5000, 900, 900),
    ],
)
def test_how_much_is_read_follows_from_counted_symbols(N, T, every, asked, total, part):
    read = HeldOut(np.zeros(total, np.uint8), {"eval_every": every, "val_symbols": asked}, Streams(N, T))
    assert read.part == part
    x = sum(x.size for x, _ in read.windows(part))
    assert x <= part and x >= 0.99 * part - 32


@pytest.mark.parametrize(
    "cheaper, total, part",
    [
        (1, 6_000_000, 245_760),
        (4, 6_000_000, 61_440),
        (4, 110_000, 61_440),
        (4, 30_000, 30_000),
        (99, 6_000_000, 10_000),
    ],
)
def test_where_learning_is_cheaper_less_is_read(cheaper, total, part):
    read = HeldOut(np.zeros(total, np.uint8), {"eval_every": 300, "val_symbols": None}, Streams(32, 64), cheaper)
    assert read.part == part
    assert read.at_the_end(100_000_000) == min(total, max(part, 20_000_000 // cheaper))


def test_a_part_is_the_same_text_each_time_and_the_whole_is_read_at_the_end_of_a_long_run():
    text = np.random.default_rng(0).integers(0, 50, 900_000)
    read = HeldOut(text, {"eval_every": 1000, "val_symbols": None}, Streams(8, 16))
    once, again = ([x for x, _ in read.windows(read.part)] for _ in range(2))
    assert all((a == b).all() for a, b in zip(once, again)) and len(once) == len(again)
    lasts = [read.at_the_end(n) for n in (0, 256_000, 2_000_000, 4_500_000, 10**9)]
    assert lasts == [51_200, 51_200, 400_000, 900_000, 900_000]


@pytest.mark.parametrize("asked", [None, 0, 600, 10**6])
def test_a_short_text_is_read_whole_as_ever(asked, text_file):
    given = {} if asked is None else {"val_symbols": asked}
    run = new_run(text_file, **given)
    whole = [x.tobytes() + y.tobytes() for x, y in run.held_out_windows()]
    assert [x.tobytes() + y.tobytes() for x, y in run.held_out.windows(run.held_out.part)] == whole
    assert run.measure(run.held_out.part) == run.validate()[:2]
    assert "validation reads" not in introduction(run)


def test_what_is_read_is_said_if_it_is_not_all(text_file):
    line = introduction(new_run(text_file, val_symbols=200))
    words = "validation reads 200 of 600 held-out symbols, spread evenly, and more at the end: all of them if the run"
    assert f"{words} has learned from 3,000 by then; " in line
    assert "--val-symbols 0 reads all" in line


def test_a_validation_that_takes_longer_than_learning_is_advised_against(text_file):
    line = "advice: a validation reads 600 symbols, and only 126 are learned from until the next one; "
    assert line in introduction(new_run(text_file, eval_every=3))
    for given in ({"eval_every": 300}, {"eval_every": 0}, {"eval_every": 3, "val_symbols": 100}):
        assert "only" not in introduction(new_run(text_file, **given)).replace("--", "")


def validated(folder):
    rows = [row.split(",") for row in (folder / "log.csv").read_text().splitlines()[1:]]
    return {int(row[0]): float(row[5]) for row in rows if row[5]}


def test_the_last_number_is_of_the_whole_text_and_the_best_is_chosen_by_the_part(text_file, tmp_path):
    run = new_run(text_file, val_symbols=200, steps=90, eval_every=30)
    Trainer(run, tmp_path).train()
    losses = validated(tmp_path)
    assert list(losses) == [30, 60, 90]
    assert losses[90] == pytest.approx(run.measure(600)[0], rel=1e-9)
    assert losses[90] != pytest.approx(run.measure(200)[0], rel=1e-6)
    saved = checkpoint.load(tmp_path / "last.pkl")["progress"]
    assert saved["best"] == min(losses[30], losses[60], run.measure(200)[0])


def test_where_the_whole_takes_too_long_the_part_is_the_last_number_too(text_file, tmp_path):
    run = new_run(text_file, val_symbols=200, steps=20, eval_every=10)
    assert run.held_out.at_the_end(20 * 42) == 200
    Trainer(run, tmp_path).train()
    assert validated(tmp_path)[20] == pytest.approx(run.measure(200)[0], rel=1e-9)


@pytest.mark.parametrize("end", [{"steps": 301}, {"epochs": 301 / 128}])
def test_no_validation_comes_right_before_the_last_one(end, text_file, tmp_path):
    run = new_run(text_file, eval_every=100, log_every=0, **end)
    assert run.streams.steps_per_epoch == 128
    Trainer(run, tmp_path).train()
    assert run.step == 301 and steps_logged(tmp_path) == [100, 200, 301]


def test_a_clock_that_runs_out_in_a_validation_makes_it_the_last(text_file, tmp_path, monkeypatch):
    measure = Run.measure

    def slow(run, n):
        run.started -= 3600
        return measure(run, n)

    monkeypatch.setattr(Run, "measure", slow)
    run = new_run(text_file, minutes=30.0, eval_every=20)
    assert Trainer(run, tmp_path).train() is None
    assert run.step == 20 and list(validated(tmp_path)) == [20]


def interrupting(monkeypatch, step, n=None):
    """Sends SIGINT while a validation after this step (of n symbols, if given) is read."""
    windows, sent = HeldOut.windows, []

    def and_interrupt(held, n_read):
        for k, window in enumerate(windows(held, n_read)):
            if k == 1 and not sent and held.run.step == step and n in (None, n_read):
                sent.append(signal.raise_signal(signal.SIGINT))
            yield window

    monkeypatch.setattr(HeldOut, "windows", and_interrupt)
    return sent


def resumed(folder):
    saved = checkpoint.load(folder / "last.pkl")
    return Run(resolve({"quiet": True}, saved["config"]["options"]), saved)


@pytest.mark.parametrize("given", [{"schedule": "plateau", "decay_patience": 1}, {"val_symbols": 200, "keep": 2}])
def test_a_validation_that_was_stopped_is_made_up_for(given, text_file, tmp_path, monkeypatch):
    """The end is as if nothing had happened."""
    given = dict(given, steps=50, eval_every=20, lr=0.03, log_every=7)
    ends = []
    for step in (None, 20, 40, 50):
        folder = tmp_path / str(step)
        folder.mkdir()
        with monkeypatch.context() as patch:
            run = new_run(text_file, **given)
            run.held_out.run = run
            sent = interrupting(patch, step)
            stopped = Trainer(run, folder).train()
        assert bool(sent) == (step is not None) and stopped == (signal.SIGINT if step else None)
        if step == 50:
            again = resumed(folder)
            again.held_out.run = again
            with monkeypatch.context() as patch:
                interrupting(patch, step)
                assert Trainer(again, folder).train() == signal.SIGINT  # once more
        if step:
            assert run.step == step and step not in validated(folder)
            assert Trainer(resumed(folder), folder).train() is None
        end = checkpoint.load(folder / "last.pkl")
        log = without_seconds((folder / "log.csv").read_text())
        progress = {name: value for name, value in end["progress"].items() if name != "seconds"}
        names = sorted(path.name for path in folder.glob("*.pkl"))
        ends.append((log, repr(progress), {k: w.tobytes() for k, w in end["weights"].items()}, names))
    for end in ends:
        for part, expected in zip(end, ends[0]):
            assert part == expected


def test_who_stops_the_last_reading_of_the_whole_text_keeps_the_number_of_the_part(text_file, tmp_path, monkeypatch):
    run = new_run(text_file, val_symbols=200, steps=90, eval_every=30)
    run.held_out.run = run
    sent = interrupting(monkeypatch, 90, n=600)
    assert Trainer(run, tmp_path).train() is None and sent
    assert validated(tmp_path)[90] == pytest.approx(run.measure(200)[0], rel=1e-9)


def test_val_symbols_without_a_held_out_text_is_refused():
    with pytest.raises(OptionError, match="--val-symbols 500 is for validations, but nothing is held out; give --val"):
        resolve({"val": 0.0, "val_symbols": 500})


# Lines drawn at random.


def test_lines_are_held_out_by_the_seed_and_a_resumed_run_agrees(text_file, tmp_path):
    first, second = (new_run(text_file, val_lines=0.2, seed=seed, steps=6) for seed in (0, 1))
    assert first.corpus.held_out.tobytes() != second.corpus.held_out.tobytes()
    text = text_file.read_text()
    held = first.corpus.vocabulary.decode(first.corpus.held_out).splitlines()
    assert len(held) == round(0.2 * len(text.splitlines())) and set(held) <= set(text.splitlines())
    Trainer(first, tmp_path).train()
    again = resumed(tmp_path)
    for part in ("train", "held_out"):
        assert getattr(again.corpus, part).tobytes() == getattr(first.corpus, part).tobytes()


@pytest.mark.parametrize("other", [{"val": 0.1}, {"val_first": 9}, {"val_files": 1}])
def test_two_ways_to_hold_out_are_refused(other):
    with pytest.raises(OptionError, match="contradict each other; give one"):
        resolve({"val_lines": 0.1, **other})


def test_sorted_lines_are_advised_to_be_drawn(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("".join(f"{a}{b}ab{c}\n" for a in "abcdefgh" for b in "aeiou" for c in "lmn"))
    for given, advised in (({}, True), ({"val_first": 100}, True), ({"val_lines": 0.1}, False), ({"val": 0.0}, False)):
        said = introduction(Run(resolve({**SMALL, "text": [str(path)], **given})))
        assert ("note: the lines are sorted" in said and "--val-lines 0.1" in said) == advised, given
