"""Presets are complete, have only options that exist and fit, and are rescaled to our mean loss as they say."""

from inspect import signature

import pytest
from conftest import ROOT

from data import Streams
from minrnn.options.presets import listing, load, names
from minrnn.options.resolve import resolve
from minrnn.options.table import DEFAULTS, HELD_OUT, LENGTHS, belongs
from minrnn.system.errors import OptionError
from optim import OPTIMIZERS, SCHEDULES

NAMES = [
    "anna-lstm", "char-rnn", "laptop", "min-char-rnn", "ptb-60min", "ptb-60min-512", "r2rt-gru", "r2rt-lnlstm",
    "r2rt-lstm", "r2rt-mixgru", "r2rt-scripts", "shakespeare-gru", "theano-bigru", "theano-gru", "theano-lstm",
    "tinyshakespeare-25min", "tinyshakespeare-60min", "udacity-lstm64",
]  # fmt: skip
TEXTS = ("title", "source", "published", "corpus", "notes")
# What the number of every recipe depends on, beside what its cell, optimiser and schedule can be told.
NEEDED = {
    "level", "val", "cell", "layers", "hidden", "embed", "dropout", "init", "optimizer", "lr", "schedule", "clip_norm",
    "clip_value", "batch_size", "seq_len", "carry", "sampled_softmax",
}  # fmt: skip

every_preset = pytest.mark.parametrize("name", NAMES)


def test_the_presets_are_the_files_of_the_folder():
    assert names() == NAMES


@every_preset
def test_a_preset_has_its_texts_and_nothing_unknown(name):
    preset = load(name)
    assert list(preset) == [*TEXTS, "options"]
    for text in TEXTS:
        assert preset[text].strip() and "\n" not in preset[text]
    assert len(preset["title"]) <= 100


@every_preset
def test_options_of_a_preset_exist_and_are_of_the_type_of_the_default(name):
    for option, value in load(name)["options"].items():
        default = DEFAULTS[option]
        assert default is None or type(value) is type(default), option


@every_preset
def test_options_of_a_preset_belong_to_its_cell_optimiser_and_schedule(name):
    options = load(name)["options"]
    for option in options:
        for choice, owners in belongs(option).items():
            assert options[choice] in owners, option


@every_preset
def test_a_preset_leaves_nothing_its_number_depends_on_to_our_defaults(name):
    options = load(name)["options"]
    needed = NEEDED | set(signature(OPTIMIZERS[options["optimizer"]]).parameters) - {"size"}
    if load(name)["source"].startswith("this project"):
        needed -= {"init"}  # Our own recipes start as new models do.
    needed |= set(signature(SCHEDULES[options["schedule"]]).parameters)
    needed |= {option for option in DEFAULTS if options["cell"] in belongs(option).get("cell", ())}
    if options["dropout"]:
        needed |= {"dropout_at", "dropout_mask"}
    assert needed <= set(options)
    assert sum(length in options for length in LENGTHS) == 1
    assert sum(bool(options.get(part)) for part in HELD_OUT) <= 1


@every_preset
def test_a_preset_resolves_to_its_own_options(name):
    options = load(name)["options"]
    resolved = resolve({"preset": name})
    assert {option: resolved[option] for option in options} == options


@pytest.mark.parametrize(
    "name",
    ["lstm", "", "../presets/r2rt-gru", str(ROOT / "minrnn/options/presets/r2rt-gru")],
)
def test_an_unknown_preset_is_told_with_all_names(name):
    with pytest.raises(OptionError) as error:
        load(name)
    message = str(error.value)
    assert "\n" not in message
    assert all(known in message for known in NAMES)


def test_the_listing_has_a_line_for_each_preset_with_its_title():
    lines = listing().splitlines()
    assert [line.split()[0] for line in lines] == NAMES
    assert len({line.index(load(name)["title"]) for name, line in zip(NAMES, lines)}) == 1


# What was summed there, per mean of ours; and eps and clipping as they stand there.
SUMMED = {
    "shakespeare-gru": (100 * 30, 1e-8, 0.0),
    "theano-gru": (50, 1e-6, 0.0),
    "theano-lstm": (50, 1e-6, 5.0),
    "theano-bigru": (50, 1e-6, 5.0),
    "min-char-rnn": (25, 1e-8, 5.0),
    "char-rnn": (50, 1e-8, 5.0),
}


@pytest.mark.parametrize("name", SUMMED)
def test_recipes_for_a_summed_loss_are_rescaled_to_the_mean(name):
    options, (summed, eps, clip) = load(name)["options"], SUMMED[name]
    power = 2 if options.get("eps_inside") else 1
    assert options["eps"] * summed**power == pytest.approx(eps, rel=1e-6)
    assert options["clip_value"] * summed == pytest.approx(clip)


@pytest.mark.parametrize(
    "name, symbols, steps",
    [
        ("anna-lstm", 1_985_223, 198),
        ("theano-gru", 49_388, 987),
        ("r2rt-gru", 1_115_394, 435),
        ("r2rt-mixgru", 1_115_394, 1161),
        ("r2rt-scripts", 3_299_132, 824),
    ],
)
def test_a_row_of_the_log_is_an_epoch_where_the_published_number_is_the_mean_of_one(name, symbols, steps):
    options = load(name)["options"]
    streams = Streams(range(symbols), options["batch_size"], options["seq_len"], options["carry"])
    assert options["log_every"] == steps == streams.steps_per_epoch


def test_the_rate_of_char_rnn_falls_at_the_end_of_every_epoch_from_the_tenth_on():
    options = load("char-rnn")["options"]
    learned = 1_115_394 - round(1_115_394 * options["val"])
    E = Streams(range(learned), options["batch_size"], options["seq_len"]).steps_per_epoch
    schedule = SCHEDULES["staircase"](1.0, *(options[name] for name in ("decay", "decay_every", "decay_start")))
    rates = [schedule.lr(step, 0.0) for step in (0, 10 * E - 1, 10 * E, 11 * E - 1, 11 * E, 50 * E - 1)]
    assert rates == pytest.approx([1, 1, 0.97, 0.97, 0.97**2, 0.97**40])
