"""Numbers as people read them."""

import pytest

from minrnn.system.wording import bits_and_perplexity, cell_label, decimals, in_short, loss_in_words, perplexity, plural


def test_numbers_of_any_size_have_few_digits():
    assert [decimals(v, 2) for v in (0.0, 5.619, 123456.789, 2.5e12)] == ["0.00", "5.62", "123456.79", "2.50e+12"]
    assert [perplexity(loss) for loss in (868, 1958, 1e5)] == ["9.28e+376", "2.23e+850", "2.81e+43429"]
    assert perplexity(699.999, 1) == perplexity(700, 1) == "1.0e+304"


def test_the_units_of_a_loss():
    assert bits_and_perplexity(0.0, 3) == (0.0, 1.0)
    bits, many = bits_and_perplexity(1.5, 2)
    assert bits == pytest.approx(1.5 / 0.6931471805599453 / 2) and many == pytest.approx(4.4816890703)
    assert loss_in_words(1.5, 2) == "loss 1.5000 nats (1.082 bits a character, perplexity 4.48)"
    assert loss_in_words(1.5, 2, "perplexity") == "perplexity 4.48 (loss 1.5000 nats, 1.082 bits a character)"
    assert [in_short(1.5, headline) for headline in ("loss", "perplexity")] == ["loss 1.500", "perplexity 4.48"]


def test_nouns_have_their_plural():
    assert [plural(n, "file") for n in (0, 1, 1234567)] == ["0 files", "1 file", "1,234,567 files"]


def test_the_label_of_a_cell_has_no_digest():
    digest = "0123456789abcdef" * 4
    assert cell_label("lstm") == "lstm"
    assert cell_label(f"mine.py:Mine@{digest}") == "mine.py:Mine"
    assert cell_label(f"lstm + a@b.py:X@{digest} + c.py:Y@{digest}") == "lstm + a@b.py:X + c.py:Y"
