"""The page about other systems names tests that exist."""

import re

from conftest import ROOT


def test_every_test_that_the_page_names_is_there():
    named = re.findall(r"`(tests/[\w/]+\.py)`", (ROOT / "docs" / "systems.md").read_text(encoding="utf-8"))
    assert len(named) >= 5 and all((ROOT / name).exists() for name in named)
