"""The page about your own program: its code runs."""

import re

from conftest import ROOT

PAGE = (ROOT / "docs" / "systems.md").read_text(encoding="utf-8")


def test_the_program_writes_three_samples(trained, capsys):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    code = code.replace("runs/cats-lstm/best.pkl", (trained / "best.pkl").as_posix()).replace("The ", "the ")
    names = {}
    exec(code, names)
    assert names["samples"].shape == (200, 3)
    assert len(capsys.readouterr().out) >= 3 * 200


def test_every_test_that_it_names_is_there():
    named = re.findall(r"`(tests/[\w/]+\.py)`", PAGE)
    assert len(named) >= 5 and all((ROOT / name).exists() for name in named)
