"""loss.png shows losses in nats, and those of words as perplexity."""

import math

import pytest
from matplotlib.figure import Figure

from data import LEVELS
from minrnn.rundir import plot

ROWS = [
    {"symbols": 100.0, "train_loss": 6.0},
    {"symbols": 200.0, "train_loss": 5.0, "val_loss": 5.5},
    {"symbols": 300.0, "train_loss": 4.0, "val_loss": 4.5},
]


def drawn(rows, headline, tmp_path, monkeypatch, **more):
    """The axes of the picture, which was written to a file, too."""
    axes, save = [], plot.save
    monkeypatch.setattr(plot, "save", lambda figure, path: (axes.append(figure.axes[0]), save(figure, path)))
    plot.draw_loss(rows, tmp_path / "loss.png", "a run", headline, **more)
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")
    return axes[0]


def test_the_levels_have_the_headline_that_people_use():
    assert {name: level.headline for name, level in LEVELS.items()} == {
        "char": "loss", "word": "perplexity", "byte": "loss",
    }  # fmt: skip


@pytest.mark.parametrize(
    "headline, unit, scale, best, label",
    [
        ("loss", lambda loss: loss, "linear", "best: 4.5000", "loss (nats a symbol)"),
        ("perplexity", math.exp, "log", "best: 90.02", "perplexity"),
    ],
)
def test_losses_are_drawn_in_the_unit_of_the_headline(headline, unit, scale, best, label, tmp_path, monkeypatch):
    axes = drawn(ROWS, headline, tmp_path, monkeypatch)
    assert axes.get_yscale() == scale and axes.get_ylabel() == label
    lines = {line.get_label(): list(line.get_ydata()) for line in axes.get_lines()}
    assert lines == {
        "training": pytest.approx([unit(6), unit(5), unit(4)]),
        "validation": pytest.approx([unit(5.5), unit(4.5)]),
        best: pytest.approx([unit(4.5)]),
    }


@pytest.mark.parametrize("headline, level", [("loss", 3.5), ("perplexity", math.exp(3.5))])
def test_the_loss_to_beat_is_a_line(headline, level, tmp_path, monkeypatch):
    axes = drawn(ROWS, headline, tmp_path, monkeypatch, beat=("5-grams", 3.5))
    lines = {line.get_label(): list(line.get_ydata()) for line in axes.get_lines()}
    assert lines["5-grams"] == pytest.approx([level, level])
    assert "5-grams" in [text.get_text() for text in axes.get_legend().get_texts()]


@pytest.mark.parametrize("losses", [(0.0, 0.0), (1e5, 3.0), (1e5, 1e5)])
def test_every_finite_loss_can_be_drawn(losses, tmp_path, monkeypatch):
    rows = [{"symbols": 10.0 * k, "train_loss": loss, "val_loss": loss} for k, loss in enumerate(losses, 1)]
    for headline in ("loss", "perplexity"):
        drawn(rows, headline, tmp_path, monkeypatch)


def test_a_perplexity_beyond_all_floats_is_written_out(tmp_path, monkeypatch):
    axes = drawn([{"symbols": 10.0, "val_loss": 868.0}], "perplexity", tmp_path, monkeypatch)
    assert "best: 9.28e+376" in [line.get_label() for line in axes.get_lines()]


def test_without_losses_there_is_no_picture(tmp_path, monkeypatch):
    monkeypatch.setattr(Figure, "savefig", None)
    plot.draw_loss([{"symbols": 5.0}], tmp_path / "loss.png", "a run", "perplexity")
    assert not (tmp_path / "loss.png").exists()
