"""TensorBoard shows what was measured, also after a run was resumed or went back."""

import math
import struct
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from runs import TINY
from tensorboardX.crc32c import crc32c
from tensorboardX.proto.event_pb2 import Event, SessionLog
from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData

from minrnn.rundir.tensorboard import Board
from minrnn.system.errors import OptionError


def masked(data):
    """The checksum of the TFRecord format: CRC-32C, rotated by 15 bits and shifted by a constant."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def events(path):
    """All events of a file: for each, u64 length, u32 checksum of that, data, u32 checksum of the data."""
    content = path.read_bytes()
    while content:
        (length,) = struct.unpack("<Q", content[:8])
        data = content[12 : 12 + length]
        assert struct.unpack("<II", content[8:12] + content[12 + length : 16 + length]) == (
            masked(content[:8]),
            masked(data),
        )
        yield Event.FromString(data)
        content = content[16 + length :]


def shown(folder, curve):
    """{tag: [(symbols, value), ...]} as TensorBoard has it: a session that starts at s hides what is from s on."""
    scalars = {}
    for path in sorted((folder / "tensorboard" / curve).iterdir()):
        assert path.name.startswith("events.out.tfevents.")
        for event in events(path):
            if event.session_log.status == SessionLog.START:
                scalars = {tag: [row for row in rows if row[0] < event.step] for tag, rows in scalars.items()}
            for value in event.summary.value:
                scalars.setdefault(value.tag, []).append((event.step, value.simple_value))
    return scalars


def close(rows):
    return [(symbols, pytest.approx(value, rel=1e-6)) for symbols, value in rows]


class Watched:
    """A run as far as a board looks at it, whose rows are given: "with Watched(folder) as run: run.row(...)"."""

    def __init__(self, folder, symbols=0, width=1.0, held_out="abc", options=None):
        self.symbols, self.rollbacks, self.corpus = symbols, 0, SimpleNamespace(width=width, held_out=held_out)
        self.board = Board(folder, options)

    def __enter__(self):
        self.board.begin(self)
        return self

    def __exit__(self, *error):
        self.board.end(self)

    def row(self, symbols, lr=0.5, **measured):
        self.symbols = symbols
        self.board.step(self, {"symbols": symbols, "lr": lr, **measured}, False)


def test_training_and_validation_are_two_curves_by_the_symbols_seen(tmp_path):
    with Watched(tmp_path) as run:
        run.board.step(run, None, False)
        run.row(640, train_loss=2.5, train_accuracy=0.25, lr=0.01, grad_norm=1.5)
        run.row(
            1280, train_loss=np.float64(2.0), train_accuracy=np.float32(0.5), val_loss=2.25, val_accuracy=0.375,
            lr=0.02, grad_norm=np.float32(0.75),
        )  # fmt: skip
    assert shown(tmp_path, "training") == {
        "loss": close([(640, 2.5), (1280, 2.0)]),
        "perplexity": close([(640, math.exp(2.5)), (1280, math.exp(2.0))]),
        "bits_per_character": close([(640, 2.5 / math.log(2)), (1280, 2.0 / math.log(2))]),
        "accuracy": close([(640, 0.25), (1280, 0.5)]),
        "lr": close([(640, 0.01), (1280, 0.02)]),
        "grad_norm": close([(640, 1.5), (1280, 0.75)]),
    }
    assert shown(tmp_path, "validation") == {
        "loss": close([(1280, 2.25)]),
        "perplexity": close([(1280, math.exp(2.25))]),
        "bits_per_character": close([(1280, 2.25 / math.log(2))]),
        "accuracy": close([(1280, 0.375)]),
    }


def test_bits_are_by_the_character_where_a_symbol_is_longer(tmp_path):
    with Watched(tmp_path, width=5.0) as run:
        run.row(100, train_loss=6.0, val_loss=7.0)
    for curve, loss in (("training", 6.0), ("validation", 7.0)):
        assert shown(tmp_path, curve)["bits_per_character"] == close([(100, loss / math.log(2) / 5)])
        assert shown(tmp_path, curve)["perplexity"] == close([(100, math.exp(loss))])


def test_a_resumed_run_shows_every_moment_once(tmp_path):
    with Watched(tmp_path) as run:
        for symbols in (10, 20, 30, 40):
            run.row(symbols, train_loss=symbols, val_loss=2 * symbols)
    with Watched(tmp_path, symbols=20) as run:
        for symbols in (30, 40, 50):
            run.row(symbols, train_loss=symbols + 1, val_loss=2 * symbols + 1)
    assert shown(tmp_path, "training")["loss"] == [(10, 10), (20, 20), (30, 31), (40, 41), (50, 51)]
    assert shown(tmp_path, "validation")["loss"] == [(10, 20), (20, 40), (30, 61), (40, 81), (50, 101)]


def test_a_run_that_went_back_shows_every_moment_once(tmp_path):
    with Watched(tmp_path) as run:
        for symbols in (10, 20, 30):
            run.row(symbols, train_loss=symbols)
        run.symbols, run.rollbacks = 10, 1
        run.board.begin(run)
        run.row(20, train_loss=21)
    assert shown(tmp_path, "training")["loss"] == [(10, 10), (20, 21)]


def summaries(folder, curve, end):
    """{tag: value} of the summaries whose tag ends so; the last one of each."""
    paths = sorted((folder / "tensorboard" / curve).iterdir())
    values = [value for path in paths for event in events(path) for value in event.summary.value]
    return {value.tag: value for value in values if value.tag.endswith(end)}


OPTIONS = {"cell": "lstm", "lr": 0.5, "hidden": 8, "tie_gates": False, "text": ["a.txt", "b.txt"], "init": None}


@pytest.mark.parametrize("held_out, curve, other", [("abc", "validation", "training"), ("", "training", "validation")])
def test_options_are_hyper_parameters_beside_the_loss_that_counts(held_out, curve, other, tmp_path):
    with Watched(tmp_path, held_out=held_out, options=OPTIONS) as run:
        run.row(10, train_loss=3.0, val_loss=2.0)
    (start,) = summaries(tmp_path, curve, "session_start_info").values()
    content = HParamsPluginData.FromString(start.metadata.plugin_data.content).session_start_info.hparams
    shown = {name: getattr(value, value.WhichOneof("kind")) for name, value in content.items()}
    assert shown == {"cell": "lstm", "lr": 0.5, "hidden": 8.0, "tie_gates": False, "text": "a.txt b.txt"}
    (experiment,) = summaries(tmp_path, curve, "/experiment").values()
    content = HParamsPluginData.FromString(experiment.metadata.plugin_data.content).experiment
    assert [metric.name.tag for metric in content.metric_infos] == ["loss", "accuracy"]
    assert {info.name for info in content.hparam_infos} == shown.keys()
    assert not summaries(tmp_path, other, "session_start_info")


def test_samples_are_shown_as_they_are(tmp_path):
    with Watched(tmp_path, symbols=10) as run:
        run.board.sample(run, "one", "# not a title\n\n*x* \u00e9")
    (value,) = summaries(tmp_path, "training", "text_summary").values()
    assert value.tag == "sample/one/text_summary" and value.metadata.plugin_data.plugin_name == "text"
    assert value.tensor.string_val[0].decode() == "    # not a title\n    \n    *x* \u00e9\n"


def test_a_quiet_run_shows_its_samples_on_the_board_only(script, text_file, tmp_path):
    arguments = (*TINY, "--steps", 4, "--sample-every", 2, "--sample-style", "one,several", "--tensorboard", "--quiet")
    result = script("train.py", text_file, *arguments, "--out", "r")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    samples = summaries(tmp_path / "r", "training", "text_summary")
    assert samples.keys() == {"sample/one/text_summary", "sample/several/text_summary"}
    assert len(summaries(tmp_path / "r", "validation", "session_start_info")) == 1


def test_a_loss_too_large_for_its_perplexity_is_written_all_the_same(tmp_path):
    with Watched(tmp_path) as run:
        run.row(10, train_loss=5000.0)
    assert shown(tmp_path, "training")["loss"] == [(10, 5000.0)]


def test_without_tensorboardx_one_line_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(OptionError) as error, Watched(tmp_path):
        pass
    assert "pip install -e '.[tensorboard]'" in str(error.value)
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())
